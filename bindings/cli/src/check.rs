//! `pumice check`: is the policy one that a scrubber can be built from; reads no events.

use crate::failure::{Failure, print};
use crate::policy;

pub(crate) fn run(args: &policy::Options) -> Result<(), Failure> {
    args.scrubber_to_look_at()?;
    print(&format!("{}: ok\n", args.policy.display()))
}
