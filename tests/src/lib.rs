//! What the conformance tests share: readers of the vectors, the slow oracle and the makers of data.

pub mod arbitrary;
pub mod events;
pub mod keys;
pub mod mmdb;
pub mod oracle;
pub mod stores;
pub mod vectors;

/// The README's Rust, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The Rust on the page of schemas, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/SCHEMAS.md")]
pub struct Schemas;
