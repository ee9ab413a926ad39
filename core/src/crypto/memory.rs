//! A store of subject keys in memory, for tests and for what need not outlive the process; knows no key in the clear.

use super::key::WRAPPED_BYTES;
use super::subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
use crate::error::{Code, Error};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

/// A [`SubjectStore`] in memory: nothing of it is durable. Once it is dropped, no token of its subjects can be read.
#[derive(Default)]
pub struct MemoryStore(Mutex<Records>);

#[derive(Default)]
struct Records {
    by_key: BTreeMap<RecordKey, Record>,
    by_id: HashMap<RecordId, RecordKey>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// A store with these records, as [`MemoryStore::to_bytes`] gave them.
    ///
    /// # Errors
    /// [`Code::StoreDamaged`] if they are cut short, or two have one key or id.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = || Error::new(Code::StoreDamaged);
        let mut records = Records::default();
        let (rows, []) = bytes.as_chunks::<{ 24 + RecordId::BYTES + WRAPPED_BYTES }>() else {
            return Err(damaged());
        };
        for row in rows {
            let (key, rest) = row.split_first_chunk().ok_or_else(damaged)?;
            let (id, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
            let wrapped = rest.try_into().map_err(|_| damaged())?;
            if records.insert(RecordKey(*key), Record { id: RecordId(*id), wrapped }) != Inserted::New {
                return Err(damaged());
            }
        }
        Ok(MemoryStore(Mutex::new(records)))
    }

    /// Its records, for a host that keeps them where it keeps the keyring: of each the key, the id and the wrapped key.
    ///
    /// ```
    /// use pumice::crypto::MemoryStore;
    ///
    /// let store = MemoryStore::from_bytes(&[7; 81])?;
    /// assert_eq!(store.to_bytes()?, [7; 81]);
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::StoreFailed`] if a thread died while it wrote.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let records = self.records()?;
        let rows = records.by_key.iter();
        Ok(rows
            .flat_map(|(key, record)| [key.0.as_slice(), &record.id.0, &record.wrapped])
            .flatten()
            .copied()
            .collect())
    }

    fn records(&self) -> Result<MutexGuard<'_, Records>, Error> {
        // A thread died while it wrote.
        self.0.lock().map_err(|_| Error::new(Code::StoreFailed))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(..)")
    }
}

impl Records {
    fn insert(&mut self, key: RecordKey, record: Record) -> Inserted {
        if let Some(existing) = self.by_key.get(&key) {
            return Inserted::Existing(*existing);
        }
        if self.by_id.contains_key(&record.id) {
            return Inserted::IdTaken;
        }
        self.by_id.insert(record.id, key);
        self.by_key.insert(key, record);
        Inserted::New
    }

    fn delete(&mut self, keys: &[RecordKey]) -> u64 {
        keys.iter()
            .filter_map(|key| self.by_key.remove(key))
            .map(|record| {
                self.by_id.remove(&record.id);
                1
            })
            .sum()
    }
}

impl SubjectStore for MemoryStore {
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        let records = self.records()?;
        Ok(keys.iter().map(|key| records.by_key.get(key).copied()).collect())
    }

    fn insert_if_absent(&self, new: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        let mut records = self.records()?;
        Ok(new.iter().map(|(key, record)| records.insert(*key, *record)).collect())
    }

    fn locate(&self, ids: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error> {
        let records = self.records()?;
        let find = |id| {
            let key = records.by_id.get(id)?;
            Some((*key, *records.by_key.get(key)?))
        };
        Ok(ids.iter().map(find).collect())
    }

    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        Ok(self.records()?.delete(keys))
    }

    fn delete_account(&self, account: AccountTag) -> Result<u64, Error> {
        let mut records = self.records()?;
        let keys: Vec<RecordKey> = records
            .by_key
            .range(RecordKey::first_of(account)..)
            .map(|(key, _)| *key)
            .take_while(|key| key.account() == account)
            .collect();
        Ok(records.delete(&keys))
    }

    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let records = self.records()?;
        Ok(records
            .by_key
            .range((from, Bound::Unbounded))
            .take(limit)
            .map(|(key, record)| (*key, *record))
            .collect())
    }

    fn purge(&self) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(account: u8, subject: u8) -> RecordKey {
        let mut key = [subject; 24];
        key[..8].fill(account);
        RecordKey(key)
    }

    fn record(id: u8) -> Record {
        Record { id: RecordId([id; 9]), wrapped: [id; 48] }
    }

    #[test]
    fn the_first_writer_stays() {
        let store = MemoryStore::new();
        let answers = store
            .insert_if_absent(&[
                (key(1, 1), record(1)),
                (key(1, 1), record(2)),
                (key(1, 2), record(1)),
                (key(1, 2), record(3)),
            ])
            .unwrap();
        assert_eq!(answers, [Inserted::New, Inserted::Existing(record(1)), Inserted::IdTaken, Inserted::New]);
        assert_eq!(store.get(&[key(1, 2), key(2, 2)]).unwrap(), [Some(record(3)), None]);
        let located = store.locate(&[RecordId([1; 9]), RecordId([2; 9])]).unwrap();
        assert_eq!(located, [Some((key(1, 1), record(1))), None]);
    }

    #[test]
    fn damaged_records_are_refused() {
        for bytes in [[7; 80].as_slice(), &[7; 82], &[7; 162]] {
            assert_eq!(MemoryStore::from_bytes(bytes).unwrap_err().code(), Code::StoreDamaged);
        }
        assert_eq!(MemoryStore::from_bytes(&[]).unwrap().to_bytes().unwrap(), [0; 0]);
    }

    #[test]
    fn deletes_an_account_and_no_other() {
        let store = MemoryStore::new();
        let rows: Vec<_> = (0..30).map(|at| (key(at % 3, at), record(at))).collect();
        store.insert_if_absent(&rows).unwrap();
        assert_eq!(store.delete_account(AccountTag([1; 8])).unwrap(), 10);
        assert_eq!(store.delete_account(AccountTag([1; 8])).unwrap(), 0);
        assert_eq!(store.scan(None, 100).unwrap().len(), 20);
        assert_eq!(store.locate(&[RecordId([1; 9])]).unwrap(), [None]);
    }

    proptest! {
        /// Whatever is done to it, both ways to a record lead to the same, and a scan in steps sees all.
        #[test]
        fn both_ways_lead_to_the_same(deeds in prop::collection::vec((0..3_u8, 0..4_u8, 0..4_u8, 0..20_u8), 0..60)) {
            let store = MemoryStore::new();
            let mut model: BTreeMap<RecordKey, Record> = BTreeMap::new();
            for (deed, account, subject, id) in deeds {
                let key = key(account, subject);
                match deed {
                    0 | 1 => {
                        let taken = model.values().any(|other| other.id == record(id).id);
                        let want = match model.get(&key) {
                            Some(existing) => Inserted::Existing(*existing),
                            None if taken => Inserted::IdTaken,
                            None => Inserted::New,
                        };
                        prop_assert_eq!(store.insert_if_absent(&[(key, record(id))]).unwrap(), [want]);
                        if want == Inserted::New {
                            model.insert(key, record(id));
                        }
                    }
                    _ => prop_assert_eq!(store.delete(&[key]).unwrap(), u64::from(model.remove(&key).is_some())),
                }
            }
            let mut seen = Vec::new();
            while let Some(page) = Some(store.scan(seen.last().map(|(key, _)| *key), 2).unwrap()).filter(|page| !page.is_empty()) {
                seen.extend(page);
            }
            prop_assert_eq!(&seen, &model.clone().into_iter().collect::<Vec<_>>());
            for row in seen {
                prop_assert_eq!(store.locate(&[row.1.id]).unwrap(), [Some(row)]);
            }
        }
    }
}
