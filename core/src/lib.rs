//! Scrubs personal data out of events before they leave the producer.

mod error;
pub mod redact;
mod scalar;

pub use error::{At, Code, Error};
pub use scalar::Scalar;
