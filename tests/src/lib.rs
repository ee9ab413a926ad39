//! What the conformance tests share: readers of the vectors, the slow oracle and the makers of odd events.

pub mod arbitrary;
pub mod oracle;
pub mod vectors;
