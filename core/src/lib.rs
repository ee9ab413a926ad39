//! Scrubs personal data out of events before they leave the producer.

mod error;
mod geo;
mod json;
mod plan;
pub mod policy;
pub mod redact;
mod report;
mod scalar;
mod scrubber;
pub mod selector;
mod simd;

pub use error::{At, Code, Error};
pub use geo::{GeoDb, Place};
pub use report::{Report, RuleCounts};
pub use scalar::Scalar;
pub use scrubber::{
    Builder, Explanation, Lines, Mismatch, MismatchKind, OnError, Redactor, RedactorBuilder, Scrubber, Worker,
};
