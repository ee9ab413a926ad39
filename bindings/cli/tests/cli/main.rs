//! The `pumice` command as a user meets it: its bytes, its messages and its exit status.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[cfg(feature = "files")]
mod avro;
mod bounds;
#[cfg(feature = "files")]
mod columns;
mod endings;
mod forget;
mod governance;
mod keyring;
#[cfg(feature = "files")]
mod parquet;
mod pumice;
mod redact;
mod rejects;
mod scrub;
mod sealed;
mod shared;
mod vectors;
mod verify;
