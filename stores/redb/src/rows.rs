//! The three tables, and what is done with their rows within one transaction; knows no file and no thread.
//!
//! | table | row |
//! |---|---|
//! | `pumice_subjects` | `format` → 1 |
//! | `records` | record key (24 bytes) → record id (9) ‖ wrapped key (48) |
//! | `ids` | record id (9) → record key (24) |

use crate::failure::{damaged, failed};
use pumice::Error;
use pumice::crypto::{AccountTag, Inserted, Record, RecordId, RecordKey};
use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table,
    TableDefinition, TableHandle, WriteTransaction,
};
use std::ops::Bound;

type KeyBytes = &'static [u8; 24];
type RecordBytes = &'static [u8; 57];
type IdBytes = &'static [u8; 9];

const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("pumice_subjects");
const RECORDS: TableDefinition<'_, KeyBytes, RecordBytes> = TableDefinition::new("records");
const IDS: TableDefinition<'_, IdBytes, KeyBytes> = TableDefinition::new("ids");

const FORMAT: &str = "format";
const VERSION: u64 = 1;

fn pack(record: &Record) -> [u8; 57] {
    let mut row = [0; 57];
    row.iter_mut().zip(record.id.0.iter().chain(&record.wrapped)).for_each(|(slot, byte)| *slot = *byte);
    row
}

fn unpack(row: &[u8; 57]) -> Record {
    let mut record = Record { id: RecordId([0; 9]), wrapped: [0; 48] };
    let slots = record.id.0.iter_mut().chain(&mut record.wrapped);
    slots.zip(row).for_each(|(slot, byte)| *slot = *byte);
    record
}

/// Makes the tables of a new store.
pub(crate) fn make(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_write().map_err(failed)?;
    transaction.open_table(ABOUT).map_err(failed)?.insert(FORMAT, VERSION).map_err(failed)?;
    Rows::open(&transaction)?;
    transaction.commit().map_err(failed)
}

/// Whether the tables are those of a store, in the version that this build knows.
pub(crate) fn check(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_read().map_err(failed)?;
    let about = transaction.open_table(ABOUT).map_err(failed)?;
    let version = about.get(FORMAT).map_err(failed)?.map(|version| version.value());
    let tables = transaction.list_tables().map_err(failed)?;
    let ours = [ABOUT.name(), RECORDS.name(), IDS.name()];
    let foreign = tables.filter(|table| !ours.contains(&table.name())).count()
        + transaction.list_multimap_tables().map_err(failed)?.count();
    let rows = Snapshot::of(&transaction)?;
    let paired = rows.records.len().map_err(failed)? == rows.ids.len().map_err(failed)?;
    if version == Some(VERSION) && foreign == 0 && paired { Ok(()) } else { Err(damaged()) }
}

/// Copies all rows into a store that has none.
pub(crate) fn copy(from: &Database, to: &Database) -> Result<(), Error> {
    let from = Snapshot::of(&from.begin_read().map_err(failed)?)?;
    let transaction = to.begin_write().map_err(failed)?;
    let mut rows = Rows::open(&transaction)?;
    // Each in its own order: a B-tree that grows at its end stays dense.
    for row in from.records.iter().map_err(failed)? {
        let (key, record) = row.map_err(failed)?;
        rows.records.insert(key.value(), record.value()).map_err(failed)?;
    }
    for row in from.ids.iter().map_err(failed)? {
        let (id, key) = row.map_err(failed)?;
        rows.ids.insert(id.value(), key.value()).map_err(failed)?;
    }
    drop(rows);
    transaction.commit().map_err(failed)
}

/// The rows as they stand at one moment.
pub(crate) struct Snapshot {
    records: ReadOnlyTable<KeyBytes, RecordBytes>,
    ids: ReadOnlyTable<IdBytes, KeyBytes>,
}

impl Snapshot {
    pub(crate) fn of(transaction: &ReadTransaction) -> Result<Self, Error> {
        let records = transaction.open_table(RECORDS).map_err(failed)?;
        Ok(Snapshot { records, ids: transaction.open_table(IDS).map_err(failed)? })
    }

    pub(crate) fn get(&self, key: &RecordKey) -> Result<Option<Record>, Error> {
        Ok(self.records.get(&key.0).map_err(failed)?.map(|row| unpack(row.value())))
    }

    pub(crate) fn locate(&self, id: &RecordId) -> Result<Option<(RecordKey, Record)>, Error> {
        let Some(key) = self.ids.get(&id.0).map_err(failed)?.map(|key| RecordKey(*key.value())) else {
            return Ok(None);
        };
        let record = self.get(&key)?.filter(|record| record.id == *id).ok_or_else(damaged)?;
        Ok(Some((key, record)))
    }

    pub(crate) fn scan(
        &self,
        after: Option<RecordKey>,
        limit: usize,
    ) -> Result<Vec<(RecordKey, Record)>, Error> {
        let start = after.as_ref().map_or(Bound::Unbounded, |key| Bound::Excluded(&key.0));
        let rows = self.records.range::<&[u8; 24]>((start, Bound::Unbounded)).map_err(failed)?;
        rows.take(limit)
            .map(|row| {
                let (key, record) = row.map_err(failed)?;
                Ok((RecordKey(*key.value()), unpack(record.value())))
            })
            .collect()
    }
}

/// The rows, to be changed.
pub(crate) struct Rows<'t> {
    records: Table<'t, KeyBytes, RecordBytes>,
    ids: Table<'t, IdBytes, KeyBytes>,
    pub(crate) changed: bool,
}

impl<'t> Rows<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, Error> {
        let records = transaction.open_table(RECORDS).map_err(failed)?;
        Ok(Rows { records, ids: transaction.open_table(IDS).map_err(failed)?, changed: false })
    }

    pub(crate) fn insert_if_absent(&mut self, key: &RecordKey, record: &Record) -> Result<Inserted, Error> {
        if let Some(row) = self.records.get(&key.0).map_err(failed)? {
            return Ok(Inserted::Existing(unpack(row.value())));
        }
        if self.ids.get(&record.id.0).map_err(failed)?.is_some() {
            return Ok(Inserted::IdTaken);
        }
        self.records.insert(&key.0, &pack(record)).map_err(failed)?;
        self.ids.insert(&record.id.0, &key.0).map_err(failed)?;
        self.changed = true;
        Ok(Inserted::New)
    }

    /// How many there were.
    pub(crate) fn delete(&mut self, keys: &[RecordKey]) -> Result<u64, Error> {
        let mut deleted = 0;
        for key in keys {
            let Some(row) = self.records.remove(&key.0).map_err(failed)? else { continue };
            self.ids.remove(&unpack(row.value()).id.0).map_err(failed)?;
            deleted += 1;
        }
        self.changed |= deleted > 0;
        Ok(deleted)
    }

    /// How many there were.
    pub(crate) fn delete_account(&mut self, account: AccountTag) -> Result<u64, Error> {
        let first = with_index(account, 0x00);
        let last = with_index(account, 0xFF);
        let mut deleted = 0;
        let rows = self.records.extract_from_if::<&[u8; 24], _>(&first..=&last, |_, _| true);
        for row in rows.map_err(failed)? {
            let (_, row) = row.map_err(failed)?;
            self.ids.remove(&unpack(row.value()).id.0).map_err(failed)?;
            deleted += 1;
        }
        self.changed |= deleted > 0;
        Ok(deleted)
    }
}

/// A key of this account, its subject's bytes all alike.
fn with_index(account: AccountTag, byte: u8) -> [u8; 24] {
    let mut key = [byte; 24];
    key.iter_mut().zip(account.0).for_each(|(slot, byte)| *slot = byte);
    key
}
