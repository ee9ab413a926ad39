//! `pumice explain`: what happens to each field, in core's words; reads no events.

use crate::failure::{Failure, print};
use crate::policy;

pub(crate) fn run(args: &policy::Options) -> Result<(), Failure> {
    let rules: Vec<String> =
        args.scrubber_to_look_at()?.explain().iter().map(|rule| format!("{rule}\n")).collect();
    print(&rules.concat())
}
