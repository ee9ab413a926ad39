//! Records of wrapped subject keys, and what a store of them must do; knows no key in the clear.

use super::key::{Tag, WRAPPED_BYTES};
use crate::error::Error;

/// Where a record is: which account's (its tag, 8 bytes), and which subject's there (16 bytes, keyed: it tells nothing
/// of the subject).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey(pub [u8; 24]);

/// Names an account to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountTag(pub Tag);

/// The random name of a record, by which tokens and ciphertexts find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub [u8; 9]);

/// One subject's key in one account, wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its random name.
    pub id: RecordId,
    /// The wrapped key.
    pub wrapped: [u8; WRAPPED_BYTES],
}

/// What became of a record that was to be inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is in the store, durably.
    New,
    /// There was one already: this one, which stays.
    Existing(Record),
    /// Another record has its id: nothing was written, and the caller draws another id.
    IdTaken,
}

impl RecordId {
    pub(crate) const BYTES: usize = 9;

    /// Hides it, and shows a hidden one.
    pub(crate) fn masked(mut self, mask: [u8; 9]) -> Self {
        self.0.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        self
    }
}

impl RecordKey {
    /// Not behind any record of this account.
    pub(crate) fn first_of(account: AccountTag) -> Self {
        RecordKey::new(account.0, [0; 16])
    }

    pub(crate) fn new(tag: Tag, index: [u8; 16]) -> Self {
        let mut key = [0; 24];
        key.iter_mut().zip(tag.into_iter().chain(index)).for_each(|(slot, byte)| *slot = byte);
        RecordKey(key)
    }

    /// Whose account it is in.
    #[must_use]
    pub fn account(&self) -> AccountTag {
        let mut tag = [0; 8];
        tag.iter_mut().zip(self.0).for_each(|(slot, byte)| *slot = byte);
        AccountTag(tag)
    }
}

/// Where wrapped subject keys are kept. Batch first: each call is one round trip, its answers in the order of what was
/// asked.
///
/// What a call acknowledges is durable. The store is never given a key in the clear, nor a subject.
///
/// # Errors
/// Every method may answer [`Code::StoreFailed`](crate::Code::StoreFailed),
/// [`Code::StoreLocked`](crate::Code::StoreLocked) or [`Code::StoreDamaged`](crate::Code::StoreDamaged).
#[expect(clippy::missing_errors_doc, reason = "they are the same for all, and said above")]
pub trait SubjectStore: Send + Sync {
    /// The records at these keys.
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error>;

    /// Inserts each record unless its key already has one. Of two writers that come at once, one finds the other's. A batch
    /// that names a key or an id twice is answered as if its rows had come one after the other.
    fn insert_if_absent(&self, records: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error>;

    /// The records of these ids.
    fn locate(&self, ids: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error>;

    /// Deletes the records at these keys; how many there were.
    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error>;

    /// Deletes all records of an account; how many there were.
    fn delete_account(&self, account: AccountTag) -> Result<u64, Error>;

    /// Up to `limit` records in the order of their keys, after this one or from the first.
    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error>;

    /// Makes sure that what was deleted is not in the store's bytes any more.
    fn purge(&self) -> Result<(), Error>;
}
