//! `pumice check`: is the policy one that a scrubber can be built from, and does a schema pass its review; reads no events.

use crate::failure::{Failure, counted, print};
use crate::{policy, schema};
use pumice::governance::{Weight, review};
use std::path::{Path, PathBuf};

/// Check a policy, or a set of them, with the databases that they need; or review a schema by a governance document.
#[derive(clap::Args)]
#[command(override_usage = "\
pumice check [OPTIONS] --policy <FILE>
       pumice check [OPTIONS] --policies <DIR>
       pumice check [OPTIONS] --schema <FILE> --governance <FILE> [--against <FILE>] [--reservoir <NAME>] [--json]")]
pub(crate) struct Args {
    #[command(flatten)]
    policy: policy::Options,
    /// The schema to review.
    #[arg(long, value_name = "FILE", requires = "governance", conflicts_with_all = ["policy", "policies"])]
    schema: Option<PathBuf>,
    /// The governance document: who may see what.
    #[arg(long, value_name = "FILE", requires = "schema")]
    governance: Option<PathBuf>,
    /// The schema as it was: new fields without a decision fail, and what changed is listed.
    #[arg(long, value_name = "FILE", requires = "schema")]
    against: Option<PathBuf>,
    /// One audience only; all of them if none is named.
    #[arg(long, value_name = "NAME", requires = "schema")]
    reservoir: Option<String>,
    /// Write what is found as one JSON object.
    #[arg(long, requires = "schema")]
    json: bool,
    #[command(flatten)]
    form: schema::Form,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if let (Some(path), Some(governance)) = (&args.schema, &args.governance) {
        return args.review(path, governance);
    }
    let scrubber = args.policy.scrubber_to_look_at()?;
    drop(scrubber);
    let (path, _) = args.policy.policies.read()?;
    print(&format!("{}: ok\n", path.display()))
}

impl Args {
    fn review(&self, path: &Path, governance: &Path) -> Result<(), Failure> {
        let against = self.against.as_ref().map(|path| self.form.schema(path)).transpose()?;
        let schema = self.form.schema(path)?;
        let rules = schema::governance(governance)?;
        let review = review(&schema, &rules, self.reservoir.as_deref(), against.as_ref());
        let review = review.map_err(|error| schema::together(path, governance, &error))?;
        match self.json {
            true => print(&format!("{}\n", review.to_json()))?,
            false if review.findings.is_empty() => print(&format!("{}: ok\n", path.display()))?,
            false => print(&review.findings.iter().map(|found| format!("{found}\n")).collect::<String>())?,
        }
        let failures = review.findings.iter().filter(|found| found.weight == Weight::Failure).count();
        match review.passes() {
            true => Ok(()),
            false => {
                Err(Failure::data(format!("{}: {}", path.display(), counted(failures as u64, "failure"))))
            }
        }
    }
}
