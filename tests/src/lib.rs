//! Readers of the shared vectors.
