//! `pumice codes`: every error code with its meaning; adds none of its own.

use crate::failure::{Failure, print};
use pumice::Code;

pub(crate) fn run() -> Result<(), Failure> {
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let lines: Vec<String> =
        Code::ALL.iter().map(|code| format!("{:width$}  {}\n", code.as_str(), code.meaning())).collect();
    print(&lines.concat())
}
