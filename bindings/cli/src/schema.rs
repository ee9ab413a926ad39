//! `pumice schema`, and the options that name a schema and a governance document; knows no field.

use crate::failure::{Failure, in_file, in_words, print};
use crate::policy::read;
use pumice::Error;
use pumice::governance::Governance;
use pumice::schema::{Format, Options, Schema};
use std::path::{Path, PathBuf};

/// How schemas are written.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Form {
    /// What the schema is written in: registry, privacy, avro or json-schema; told by what is in it if not given.
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The attribute of a type that says what its values are.
    #[arg(long, value_name = "NAME", default_value_t = Options::default().type_attribute)]
    type_attribute: String,
    /// The attribute of an Avro field that holds its properties.
    #[arg(long, value_name = "NAME", default_value_t = Options::default().properties_attribute)]
    properties_attribute: String,
}

/// Tell, as JSON, what is read of a schema: its fields, what an event of it looks like, and warnings.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The schema.
    #[arg(long = "schema", value_name = "FILE")]
    path: PathBuf,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    print(&format!("{}\n", args.form.schema(&args.path)?))
}

impl Form {
    pub(crate) fn schema(&self, path: &Path) -> Result<Schema, Failure> {
        let document = read(path)?;
        let options = Options {
            type_attribute: self.type_attribute.clone(),
            properties_attribute: self.properties_attribute.clone(),
        };
        let format = self.format.map_or_else(|| Format::detect(&document), Ok);
        format
            .and_then(|format| Schema::parse(&document, format, &options))
            .map_err(|error| in_file(path, &error))
    }
}

/// What is wrong where the two come together; a pointer is into the governance document.
pub(crate) fn together(schema: &Path, governance: &Path, error: &Error) -> Failure {
    Failure::usage(format!("{} by {}: {}", schema.display(), governance.display(), in_words(error)))
}

pub(crate) fn governance(path: &Path) -> Result<Governance, Failure> {
    Governance::parse(&read(path)?).map_err(|error| in_file(path, &error))
}
