//! The keys that `envelope.json` and `token.json` are sealed with, as their head says; knows no row.

use crate::vectors::{hex, read};
use pumice::crypto::{
    Keyring, Keys, LocalRoot, MemoryStore, Plain, Record, RecordId, RecordKey, SubjectStore,
};
use serde_json::Value;
use std::sync::Arc;

/// The keys of a file of vectors, with the records of its subjects in a store.
///
/// # Panics
/// If the file has no such head, or its keyring does not open.
#[must_use]
pub fn of(name: &str) -> Keys {
    let store = MemoryStore::default();
    store.insert_if_absent(&records(name)).unwrap();
    Keys::builder(keyring(name)).store(Arc::new(store)).build()
}

/// The records of the subjects of a file of vectors, but for those that were forgotten.
///
/// # Panics
/// If the file has none.
#[must_use]
pub fn records(name: &str) -> Vec<(RecordKey, Record)> {
    let head = read::<Value>(name);
    let stored = head["subjects"].iter().filter(|row| row["stored"].as_bool().unwrap());
    stored
        .map(|row| {
            let bytes = |member| hex(&text(row, member));
            let id = RecordId(bytes("record_id").try_into().unwrap());
            let wrapped = bytes("wrapped").try_into().unwrap();
            (RecordKey(bytes("record_key").try_into().unwrap()), Record { id, wrapped })
        })
        .collect()
}

/// The keyring of a file of vectors.
///
/// # Panics
/// If the file has none, or it does not open.
#[must_use]
pub fn keyring(name: &str) -> Keyring {
    let given = &read::<Value>(name)["keyring"][0];
    let root = LocalRoot::from_bytes(&hex(&text(given, "root"))).unwrap();
    Keyring::open(text(given, "document").as_bytes(), Arc::new(root)).unwrap()
}

fn text(row: &Value, member: &str) -> String {
    row[member].as_str().unwrap().to_owned()
}

/// A value as a row has it: `kind`, and `plain` or `plain_hex`.
///
/// # Panics
/// If it has none.
#[must_use]
pub fn plain(row: &Value) -> Plain<'static> {
    let text = |member| text(row, member);
    match row["kind"].as_str() {
        Some("string") => Plain::String(text("plain").into()),
        Some("json") => Plain::Json(text("plain").into()),
        Some("bytes") => Plain::Bytes(hex(&text("plain_hex")).into()),
        _ => panic!("no kind of value"),
    }
}
