//! The store itself: one file, one process, any number of threads; knows no key in the clear and no subject.

use crate::failure::{failed, guarded};
use crate::file::{self, Held, Successor};
use crate::rows::{self, Rows, Snapshot};
use crate::turns::Turns;
use pumice::crypto::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
use pumice::{Code, Error};
use redb::{Database, ReadableDatabase};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{fmt, mem, process};

/// A change to the rows, as part of a transaction.
type Change = Box<dyn FnOnce(&mut Rows<'_>) -> Result<(), Error> + Send>;

/// Wrapped subject keys in one file. Shared by any number of threads; of two that write at once, one commits for both.
pub struct RedbStore {
    path: PathBuf,
    /// A purge puts another in its place. None after one of which it is not known whether it will last.
    database: RwLock<Option<Arc<Database>>>,
    turns: Turns<Change>,
    process: u32,
}

impl RedbStore {
    /// Opens the store in this file, and makes it if there is none: then only its owner may read and write it.
    ///
    /// The whole file is read, to find damage before it is built upon.
    ///
    /// # Errors
    /// [`Code::StoreLocked`] if it is open already, here or in another process; [`Code::StoreDamaged`] if it is damaged, or is
    /// no store of a version that this build knows, an empty file too; [`Code::StoreFailed`] if it cannot be read or
    /// written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        guarded(|| {
            if let Some(held) = file::open(path)? {
                return Self::of(held);
            }
            match file::make(path, rows::make)? {
                Some(held) => Self::of(held),
                // Another process made it meanwhile.
                None => Self::of(file::open(path)?.ok_or(Error::new(Code::StoreFailed))?),
            }
        })
    }

    /// Opens the store in this file, and does not make one: for who looks keys up or deletes them, where a mistaken path should
    /// not look like an empty store.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Code::StoreFailed`] if there is none.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, Error> {
        guarded(|| Self::of(file::open(path.as_ref())?.ok_or(Error::new(Code::StoreFailed))?))
    }

    fn of(held: Held) -> Result<Self, Error> {
        rows::check(&held.database)?;
        Ok(RedbStore {
            path: held.path,
            database: RwLock::new(Some(Arc::new(held.database))),
            turns: Turns::new(),
            process: process::id(),
        })
    }

    /// A child of a fork shares the file and its lock with its parent, and would write over what the parent writes.
    fn check_process(&self) -> Result<(), Error> {
        if process::id() == self.process { Ok(()) } else { Err(Error::new(Code::StoreLocked)) }
    }

    fn database(&self) -> Result<Arc<Database>, Error> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        database.as_ref().map(Arc::clone).ok_or(Error::new(Code::StoreFailed))
    }

    fn read<T>(&self, look: impl FnOnce(&Snapshot) -> Result<T, Error>) -> Result<T, Error> {
        self.check_process()?;
        guarded(|| {
            let transaction = self.database()?.begin_read().map_err(failed)?;
            look(&Snapshot::of(&transaction)?)
        })
    }

    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Rows<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.check_process()?;
        let answer = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&answer);
        let change: Change = Box::new(move |rows| {
            let answer = change(rows)?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            Ok(())
        });
        self.turns.share(change, |changes| guarded(|| self.commit(changes)))?;
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        // INVARIANT: what was committed has answered.
        answer.take().ok_or(Error::new(Code::StoreFailed))
    }

    /// All changes or none, durably: that is how redb commits unless told otherwise.
    fn commit(&self, changes: Vec<Change>) -> Result<(), Error> {
        let transaction = self.database()?.begin_write().map_err(failed)?;
        let mut rows = Rows::open(&transaction)?;
        changes.into_iter().try_for_each(|change| change(&mut rows))?;
        let changed = rows.changed;
        drop(rows);
        if changed { transaction.commit().map_err(failed) } else { transaction.abort().map_err(failed) }
    }

    /// Readers that began before go on in the old file, which has no name any more.
    fn replace(&self) -> Result<(), Error> {
        let successor = Successor::make(&self.path)?;
        rows::make(&successor.database)?;
        rows::copy(&*self.database()?, &successor.database)?;
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let purged = successor.replace(&self.path)?;
        // If the new name may not last, neither may what would be written under it: then nothing more is.
        *database = None;
        file::sync_directory(&self.path)?;
        *database = Some(Arc::new(purged));
        Ok(())
    }
}

impl SubjectStore for RedbStore {
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        self.read(|rows| keys.iter().map(|key| rows.get(key)).collect())
    }

    fn insert_if_absent(&self, records: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        let records = records.to_vec();
        self.write(move |rows| {
            records.iter().map(|(key, record)| rows.insert_if_absent(key, record)).collect()
        })
    }

    fn locate(&self, ids: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error> {
        self.read(|rows| ids.iter().map(|id| rows.locate(id)).collect())
    }

    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        let keys = keys.to_vec();
        self.write(move |rows| rows.delete(&keys))
    }

    fn delete_account(&self, account: AccountTag) -> Result<u64, Error> {
        self.write(move |rows| rows.delete_account(account))
    }

    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        self.read(|rows| rows.scan(after, limit))
    }

    fn purge(&self) -> Result<(), Error> {
        self.check_process()?;
        self.turns.alone(|| guarded(|| self.replace()))
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            // To close it would be to write to it.
            mem::forget(self.database.get_mut().map(Option::take));
        }
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbStore(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_has_nothing_of_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.redb");
        let row = (RecordKey([1; 24]), Record { id: RecordId([2; 9]), wrapped: [3; 48] });
        let mut store = RedbStore::open(&path).unwrap();
        store.insert_if_absent(&[row]).unwrap();
        let before = std::fs::read(&path).unwrap();
        // As it is in the child of a fork.
        store.process += 1;
        let locked = Error::new(Code::StoreLocked);
        assert_eq!(store.get(&[row.0]), Err(locked.clone()));
        assert_eq!(store.locate(&[row.1.id]), Err(locked.clone()));
        assert_eq!(store.scan(None, 1), Err(locked.clone()));
        assert_eq!(store.insert_if_absent(&[row]), Err(locked.clone()));
        assert_eq!(store.delete(&[row.0]), Err(locked.clone()));
        assert_eq!(store.delete_account(row.0.account()), Err(locked.clone()));
        assert_eq!(store.purge(), Err(locked));
        drop(store);
        assert!(std::fs::read(&path).unwrap() == before, "the end of the child wrote to the file");
    }

    #[test]
    fn a_panic_is_damage_and_hurts_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = RedbStore::open(folder.path().join("store.redb")).unwrap();
        let row = (RecordKey([1; 24]), Record { id: RecordId([2; 9]), wrapped: [3; 48] });
        let panicked: Result<(), Error> = store.write(move |rows| {
            rows.insert_if_absent(&row.0, &row.1)?;
            panic!("as redb does");
        });
        assert_eq!(panicked, Err(Error::new(Code::StoreDamaged)));
        assert_eq!(store.get(&[row.0]), Ok(vec![None]), "nothing of it was committed");
        let panicked: Result<(), Error> = store.read(|_| panic!("as redb does"));
        assert_eq!(panicked, Err(Error::new(Code::StoreDamaged)));
        assert_eq!(store.insert_if_absent(&[row]), Ok(vec![Inserted::New]));
    }
}
