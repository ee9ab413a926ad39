//! Readers of the shared vectors.

pub mod mmdb;
