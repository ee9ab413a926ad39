//! What the conformance tests share: readers of the vectors, the slow oracle and the makers of data.

pub mod arbitrary;
pub mod events;
pub mod mmdb;
pub mod oracle;
pub mod vectors;
