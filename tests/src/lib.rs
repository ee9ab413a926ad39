//! Readers of the shared vectors, and makers of the data that the tests share.

pub mod events;
pub mod mmdb;
