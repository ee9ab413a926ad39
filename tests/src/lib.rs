//! Readers of the shared vectors, and makers of the data that the tests share.

pub mod events;
pub mod mmdb;

/// The README's Rust, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
