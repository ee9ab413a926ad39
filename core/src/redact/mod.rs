//! One value in, one value out, by type; knows no policy, no paths and no keys.

pub mod coordinate;
mod cut;
pub mod email;
pub mod ip;
pub mod phone;
pub mod user_agent;

pub(crate) use cut::Cut;
#[cfg(feature = "arrow")]
pub(crate) use cut::LONGEST as LONGEST_CUT;

/// The value cannot be read as its type. It says no more, so that it can say nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;
