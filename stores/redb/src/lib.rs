//! Wrapped subject keys in one file: the embedded [`SubjectStore`](pumice::crypto::SubjectStore) of pumice.

mod failure;
mod file;
mod rows;
mod store;
mod turns;

pub use store::RedbStore;
