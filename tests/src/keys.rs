//! The keys that the vectors of ciphertexts and tokens are made with; knows no test.

use crate::vectors;
use pumice::crypto::{
    Inserted, Keyring, Keys, LocalRoot, MemoryStore, Record, RecordId, RecordKey, SubjectStore,
};
use serde_json::Value;
use std::sync::Arc;

/// What a file of vectors says of its keys.
pub struct KeysOfVectors {
    document: String,
    root: Vec<u8>,
    records: Vec<(RecordKey, Record)>,
}

impl KeysOfVectors {
    /// Those of `envelope` or `token`; they are the same.
    ///
    /// # Panics
    /// If there is no such file or it does not say.
    #[must_use]
    pub fn read(file: &str) -> Self {
        let sections = vectors::read::<Value>(file);
        let head = &sections["keyring"][0];
        let stored = sections["subjects"].iter().filter(|row| row["stored"] == true);
        let record = |row: &Value| {
            let key = RecordKey(hex(&row["record_key"]).try_into().unwrap());
            let id = RecordId(hex(&row["record_id"]).try_into().unwrap());
            (key, Record { id, wrapped: hex(&row["wrapped"]).try_into().unwrap() })
        };
        KeysOfVectors {
            document: head["document"].as_str().unwrap().to_owned(),
            root: hex(&head["root"]),
            records: stored.map(record).collect(),
        }
    }

    /// Without a store.
    #[must_use]
    pub fn keyring(&self) -> Keyring {
        let root = LocalRoot::from_bytes(&self.root).unwrap();
        Keyring::open(self.document.as_bytes(), Arc::new(root)).unwrap()
    }

    /// A store with the records.
    #[must_use]
    pub fn store(&self) -> Arc<MemoryStore> {
        let store = MemoryStore::new();
        let inserted = store.insert_if_absent(&self.records).unwrap();
        assert!(inserted.iter().all(|outcome| *outcome == Inserted::New));
        Arc::new(store)
    }

    /// Keyring and store.
    #[must_use]
    pub fn keys(&self) -> Arc<Keys> {
        Arc::new(Keys::builder(self.keyring()).store(self.store()).build())
    }
}

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
