//! Core's errors as each language's own; knows no value of an event.

use pumice::{At, Code, Error};
use std::collections::HashMap;
use std::fmt;

/// What went wrong, and where. No value and no key of an event is ever in it, so that it may be logged.
#[derive(Debug, uniffi::Error)]
pub enum PumiceError {
    /// The call failed, and nothing of what it was given came out.
    Failed {
        /// A stable word, the same in every language, as `invalid_json`. All of them, and what they mean: `codes`.
        code: String,
        /// Where: a JSON Pointer into the policy, the selector of a rule, or the number of a byte, from 0.
        at: Option<String>,
        /// On which line, from 1, where there are many.
        line: Option<i64>,
    },
}

impl From<Error> for PumiceError {
    fn from(error: Error) -> Self {
        let at = match error.at() {
            At::Offset(number) | At::Column(number) => Some(number.to_string()),
            At::Policy(place) | At::Rule(place) => Some(place.clone()),
            _ => None,
        };
        let line = error.line().map(|line| i64::try_from(line).unwrap_or(i64::MAX));
        PumiceError::Failed { code: error.code().to_string(), at, line }
    }
}

impl fmt::Display for PumiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PumiceError::Failed { code, .. } = self;
        f.write_str(code)
    }
}

impl std::error::Error for PumiceError {}

/// Every code that an error can have, with what it means.
#[uniffi::export]
pub fn codes() -> HashMap<String, String> {
    Code::ALL.iter().map(|code| (code.to_string(), code.meaning().to_owned())).collect()
}
