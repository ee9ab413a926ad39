//! What a scrubber is given beside its policy: databases, keys and a store; reads no file but the store's.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore};
use pumice::redact::user_agent::UapRules;
use pumice::{Builder, Error, GeoDb};
use pumice_directory::DirectoryStore;
use pumice_redb::RedbStore;
use std::path::Path;
use std::sync::Arc;

/// As the constructor of JavaScript's `Scrubber` has checked them.
#[napi(object, object_to_js = false)]
pub struct Supplies {
    pub geo: Option<Uint8Array>,
    pub uap: Option<Uint8Array>,
    pub keyring: Option<Uint8Array>,
    pub root_key: Option<Uint8Array>,
    pub passphrase: Option<String>,
    pub store: Option<String>,
    pub records: Option<Uint8Array>,
    pub account: Option<String>,
    pub subject: Option<String>,
    pub owner_by_call: Option<bool>,
    pub max_event_bytes: Option<u32>,
}

impl Supplies {
    /// The builder with all of it.
    ///
    /// # Errors
    /// Those of what is read
    pub(crate) fn give<'a>(
        self,
        memory: Option<Arc<MemoryStore>>,
        mut builder: Builder<'a>,
    ) -> Result<Builder<'a>, Error> {
        if let Some(keys) = self.keys(memory)? {
            builder = builder.keys(Arc::new(keys));
        }
        if let Some(db) = geo(self.geo)? {
            builder = builder.geo(db);
        }
        if let Some(rules) = uap(self.uap)? {
            builder = builder.uap(rules);
        }
        if self.owner_by_call == Some(true) {
            builder = builder.owner_by_call();
        }
        if let Some(account) = self.account {
            builder = builder.account(account);
        }
        if let Some(subject) = self.subject {
            builder = builder.subject(subject);
        }
        if let Some(bytes) = self.max_event_bytes {
            builder = builder.max_event_bytes(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        Ok(builder)
    }

    /// The store in memory, if that is where subjects' keys are.
    ///
    /// # Errors
    /// `store_damaged`
    pub(crate) fn memory(&self) -> Result<Option<Arc<MemoryStore>>, Error> {
        let records = self.records.as_deref().unwrap_or_default();
        let store = (self.store.as_deref() == Some("memory")).then(|| MemoryStore::from_bytes(records));
        Ok(store.transpose()?.map(Arc::new))
    }

    fn keys(&self, memory: Option<Arc<MemoryStore>>) -> Result<Option<Keys>, Error> {
        let Some(document) = &self.keyring else { return Ok(None) };
        let keyring = match &self.passphrase {
            Some(passphrase) => Keyring::open_by_passphrase(document, passphrase.as_bytes())?,
            None => {
                let root = LocalRoot::parse(self.root_key.as_deref().unwrap_or_default())?;
                Keyring::open(document, Arc::new(root))?
            }
        };
        let keys = Keys::builder(keyring);
        let keys = match (memory, self.store.as_deref()) {
            (Some(memory), _) => keys.store(memory),
            (None, Some(path)) if DirectoryStore::is_meant_by(Path::new(path)) => {
                keys.store(Arc::new(DirectoryStore::open(path)?))
            }
            (None, Some(path)) => keys.store(Arc::new(RedbStore::open(path)?)),
            (None, None) => keys,
        };
        Ok(Some(keys.build()))
    }
}

/// # Errors
/// `geo_invalid`, `geo_no_country`
pub(crate) fn geo(bytes: Option<Uint8Array>) -> Result<Option<GeoDb>, Error> {
    bytes.map(|bytes| GeoDb::from_bytes(bytes.to_vec())).transpose()
}

/// # Errors
/// `uap_invalid`
pub(crate) fn uap(bytes: Option<Uint8Array>) -> Result<Option<UapRules>, Error> {
    bytes.map(|bytes| UapRules::from_bytes(&bytes)).transpose()
}
