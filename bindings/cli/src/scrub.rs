//! `pumice scrub`: events scrubbed by a policy, line by line.

use crate::failure::Failure;
use crate::keys::Absent;
use crate::{policy, stream};

/// Scrub events: one JSON object a line (NDJSON), order kept.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: policy::Options,
    #[command(flatten)]
    stream: stream::Options,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    args.stream.run(args.policy.scrubber(Absent::Made)?, |worker, lines, on_error, out, rejects| {
        worker.scrub_ndjson(lines, on_error, out, rejects)
    })
}
