//! Scrubs personal data out of events before they leave the producer.

mod error;
mod geo;
pub mod redact;
mod scalar;

pub use error::{At, Code, Error};
pub use geo::{GeoDb, Place};
pub use scalar::Scalar;
