//! `pumice redact`: one value from the command line; prints it only redacted.

use crate::failure::{Failure, in_words, print};
use crate::policy::Databases;
use pumice::Redactor;
use serde_json::{Map, Value};

/// Redact one value by its type.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// phone, email, ip, user_agent, coordinate or text.
    #[arg(value_name = "TYPE")]
    kind: String,
    /// The value: a text, or JSON with --json.
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// An option of the type, as in a policy. V is JSON, or else a text; a comma makes it a list of texts
    /// (`fields=family,os`, `geo=country`).
    #[arg(long = "option", value_name = "K=V")]
    options: Vec<String>,
    /// VALUE is JSON, and so is the result.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    databases: Databases,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let redactor = args.redactor()?;
    let value = if args.json { args.value.clone() } else { Value::from(args.value.as_str()).to_string() };
    let redacted = redactor.redact(&value).map_err(|error| Failure::data(in_words(&error)))?;
    let shown = match serde_json::from_str(&redacted) {
        Ok(Value::String(text)) if !args.json => text,
        _ => redacted,
    };
    print(&format!("{shown}\n"))
}

impl Args {
    fn redactor(&self) -> Result<Redactor, Failure> {
        let mut options = Map::new();
        for option in &self.options {
            let Some((key, value)) = option.split_once('=') else {
                return Err(Failure::usage("--option is K=V"));
            };
            if options.insert(key.to_owned(), read(value)).is_some() {
                return Err(Failure::usage(format!("--option {key} is given twice")));
            }
        }
        let options = Value::Object(options).to_string();
        let mut builder = Redactor::builder(&self.kind, &options);
        if let Some(geo) = self.databases.geo()? {
            builder = builder.geo(geo);
        }
        #[cfg(feature = "uap")]
        if let Some(uap) = self.databases.uap()? {
            builder = builder.uap(uap);
        }
        builder.build().map_err(|error| Failure::usage(in_words(&error)))
    }
}

fn read(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_else(|_| match value.contains(',') {
        true => value.split(',').filter(|item| !item.is_empty()).collect(),
        false => Value::from(value),
    })
}
