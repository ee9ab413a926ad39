//! `pumice policy`: a policy out of schemas and governance, for one audience; reads no events.

use crate::failure::{Failure, in_file, note, print};
use crate::policy::{documents_in, stem};
use crate::schema;
use pumice::governance::{CompileOptions, Compiled, compile};
use pumice::policy::Bundle;
use std::path::{Path, PathBuf};

/// Make the policy of an audience, out of a schema and a governance document; of several schemas, a set of policies.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A schema, or a folder of them (*.json). More than one make a set.
    #[arg(long = "schema", value_name = "FILE", required = true)]
    schemas: Vec<PathBuf>,
    /// The governance document: who may see what.
    #[arg(long, value_name = "FILE")]
    governance: PathBuf,
    /// The audience.
    #[arg(long, value_name = "NAME")]
    reservoir: String,
    /// The policy refuses events that are not what the schema says.
    #[arg(long)]
    strict: bool,
    /// Tell instead what is done with each field, and who decided it.
    #[arg(long)]
    explain: bool,
    /// Write policy, decisions and warnings of one schema as one JSON object.
    #[arg(long, conflicts_with_all = ["explain", "by"])]
    json: bool,
    /// The selector at which an event names its policy of the set.
    #[arg(long, value_name = "SELECTOR")]
    by: Option<String>,
    #[command(flatten)]
    form: schema::Form,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut paths = Vec::new();
    for path in &args.schemas {
        match path.is_dir() {
            true => paths.extend(documents_in(path)?),
            false => paths.push(path.clone()),
        }
    }
    if let ([path], None) = (paths.as_slice(), &args.by) {
        let compiled = args.compile(path)?;
        for warning in &compiled.warnings {
            let at = format!("{} at {}", warning.code, warning.pointer);
            note(&format!("{}: warning: {at}: {}", args.governance.display(), warning.code.meaning()));
        }
        return print(&match (args.json, args.explain) {
            (true, _) => format!("{}\n", compiled.to_json()),
            (_, true) => decisions(&compiled).concat(),
            (_, _) => compiled.policy,
        });
    }
    if args.json {
        return Err(Failure::usage("--json is for one schema"));
    }
    let (mut bundle, mut decided) = (Bundle::new(args.by.as_deref()), String::new());
    for path in &paths {
        let compiled = args.compile(path)?;
        let added = bundle.add(&stem(path), compiled.policy.as_bytes());
        added.map_err(|error| in_file(path, &error))?;
        decided.extend(decisions(&compiled).iter().map(|line| format!("{}: {line}", stem(path))));
    }
    print(&if args.explain { decided } else { format!("{}\n", bundle.to_json()) })
}

fn decisions(compiled: &Compiled) -> Vec<String> {
    compiled.decisions.iter().map(|decision| format!("{decision}\n")).collect()
}

impl Args {
    fn compile(&self, path: &Path) -> Result<Compiled, Failure> {
        let governance = schema::governance(&self.governance)?;
        let options = CompileOptions { strict: self.strict };
        let compiled = compile(&self.form.schema(path)?, &governance, &self.reservoir, options);
        compiled.map_err(|error| schema::together(path, &self.governance, &error))
    }
}
