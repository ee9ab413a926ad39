//! `pumice decrypt` and `pumice detokenize`: one value, or the events of a policy, back to what they were.

use crate::failure::{Failure, in_words, print};
use crate::keys::Absent;
use crate::stream::Work;
use crate::{policy, stream};
use pumice::Error;
use pumice::crypto::{Keys, Plain};
use std::io::{self, Write};
use std::path::PathBuf;

/// Bring back what was encrypted: one VALUE, or with --policy the encrypted fields of scrubbed events (NDJSON).
#[derive(clap::Args)]
#[command(override_usage = "pumice decrypt [OPTIONS] --account <ACCOUNT> --field <FIELD> <VALUE>\n       \
                            pumice decrypt [OPTIONS] --policy <FILE> [IN]...")]
pub(crate) struct Decrypt {
    /// The id of the field that VALUE was encrypted for: the selector, unless the rule names another.
    #[arg(long, conflicts_with = "policy")]
    field: Option<String>,
    #[command(flatten)]
    back: Back,
}

/// Bring back what was tokenized: one VALUE, or with --policy the tokenized fields of scrubbed events (NDJSON).
#[derive(clap::Args)]
#[command(override_usage = "pumice detokenize [OPTIONS] <VALUE>\n       \
                            pumice detokenize [OPTIONS] --policy <FILE> [IN]...")]
pub(crate) struct Detokenize {
    #[command(flatten)]
    back: Back,
}

#[derive(clap::Args)]
#[group(skip)]
struct Back {
    /// The policy that the events were scrubbed by. Whatever else it treats stays as it is.
    #[arg(short, long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write one VALUE as JSON.
    #[arg(long, conflicts_with = "policy")]
    json: bool,
    #[command(flatten)]
    supplies: policy::Supplies,
    #[command(flatten)]
    stream: stream::Options,
}

pub(crate) fn decrypt(args: &Decrypt) -> Result<(), Failure> {
    let open = |keys: &Keys, value: &str| {
        let (Some(account), Some(field)) = (&args.back.supplies.account, &args.field) else {
            return Err(Failure::usage("one VALUE needs --account and --field"));
        };
        keys.decrypt(value, account, field).map_err(refused)
    };
    let work = Work {
        lines: |worker, lines, on_error, out, rejects| worker.decrypt_ndjson(lines, on_error, out, rejects),
        #[cfg(feature = "files")]
        columns: |worker, batch| worker.decrypt_batch(batch),
    };
    args.back.run(open, work)
}

pub(crate) fn detokenize(args: &Detokenize) -> Result<(), Failure> {
    let open = |keys: &Keys, value: &str| {
        // It would look as if tokens of other accounts were refused.
        if args.back.supplies.account.is_some() {
            return Err(Failure::usage("a token says itself whose it is: --account goes with --policy"));
        }
        keys.detokenize(value).map_err(refused)
    };
    let work = Work {
        lines: |worker, lines, on_error, out, rejects| {
            worker.detokenize_ndjson(lines, on_error, out, rejects)
        },
        #[cfg(feature = "files")]
        columns: |worker, batch| worker.detokenize_batch(batch),
    };
    args.back.run(open, work)
}

fn refused(error: Error) -> Failure {
    Failure::data(in_words(&error))
}

impl Back {
    fn run(
        &self,
        open: impl Fn(&Keys, &str) -> Result<Plain<'static>, Failure>,
        work: Work,
    ) -> Result<(), Failure> {
        if let Some(policy) = &self.policy {
            return self.stream.run(|| self.supplies.scrubber(policy, Absent::Refused), work);
        }
        let value = self.stream.value()?;
        if self.supplies.are_of_events() {
            return Err(Failure::usage(stream::ONLY_EVENTS));
        }
        let keys = self.supplies.keys.keys(Absent::Refused)?;
        let keys = keys.ok_or_else(|| Failure::usage("one VALUE needs --keyring and its root"))?;
        match open(&keys, value)? {
            Plain::String(text) if self.json => print(&format!("{}\n", serde_json::Value::from(&*text))),
            Plain::String(text) | Plain::Json(text) => print(&format!("{text}\n")),
            Plain::Bytes(bytes) => {
                let mut stdout = io::stdout().lock();
                let written = stdout.write_all(&bytes).and_then(|()| stdout.flush());
                written.map_err(|error| Failure::io("stdout", &error))
            }
        }
    }
}
