//! `pumice scrub`: events scrubbed by a policy, line by line.

use crate::failure::Failure;
use crate::keys::Absent;
use crate::{policy, stream};
#[cfg(feature = "files")]
use pumice::BatchOptions;

/// Scrub events: one JSON object a line (NDJSON), order kept; or a file of columns, Parquet or Avro, as such.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("Which").args(["policy", "policies"]).required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    policy: policy::Options,
    #[command(flatten)]
    stream: stream::Options,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let work = stream::Work {
        lines: |worker, lines, on_error, out, rejects| worker.scrub_ndjson(lines, on_error, out, rejects),
        #[cfg(feature = "files")]
        columns: |worker, batch| worker.scrub_batch(batch, BatchOptions::default()),
    };
    args.stream.run(|| args.policy.scrubber(Absent::Made), work)
}
