//! What redb's errors mean to who uses a store; what they quote stops here.

use pumice::{Code, Error};
use redb::Error as Redb;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) fn failed(error: impl Into<Redb>) -> Error {
    Error::new(match error.into() {
        Redb::DatabaseAlreadyOpen | Redb::LockProtocolMismatch => Code::StoreLocked,
        Redb::Corrupted(_)
        | Redb::UpgradeRequired(_)
        | Redb::RepairAborted
        | Redb::TableTypeMismatch { .. }
        | Redb::TableIsMultimap(_)
        | Redb::TableIsNotMultimap(_)
        | Redb::TypeDefinitionChanged { .. }
        | Redb::TableDoesNotExist(_) => Code::StoreDamaged,
        // Not redb's magic number, or shorter than its header says.
        Redb::Io(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
            Code::StoreDamaged
        }
        _ => Code::StoreFailed,
    })
}

pub(crate) fn damaged() -> Error {
    Error::new(Code::StoreDamaged)
}

/// redb panics where its own pages do not say what they must, which its checksums make unlikely but not impossible.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // What the panic left half-done is a transaction, and redb commits none that a panic went through.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged()))
}
