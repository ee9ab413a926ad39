//! The keys that a scrubber is given, and what it does with them alone; keeps those of subjects in memory, and quotes nothing of
//! them.

use crate::failure::thrown;
use crate::scrubber::{RawScrubber, list};
use crate::supplies::Supplies;
use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore, Plain};
use pumice::{Code, Error};
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// Where the keys of subjects are.
pub(crate) type Store = Arc<MemoryStore>;

/// Keys, and the store of those of subjects, if they have one.
pub(crate) type Opened = (Arc<Keys>, Option<Store>);

/// The keys, if there is a keyring.
///
/// # Errors
/// Those of core's keyring, and `store_damaged`
pub(crate) fn open(supplies: &Supplies) -> Result<Option<Opened>, Error> {
    let Some(document) = supplies.keyring() else { return Ok(None) };
    let keyring = match supplies.passphrase() {
        Some(passphrase) => Keyring::open_by_passphrase(&document, passphrase.as_bytes())?,
        None => {
            let root = LocalRoot::parse(&supplies.root_key().unwrap_or_default())?;
            Keyring::open(&document, Arc::new(root))?
        }
    };
    let keys = Keys::builder(keyring);
    if supplies.store().is_none() {
        return Ok(Some((Arc::new(keys.build()), None)));
    }
    let store = Arc::new(MemoryStore::from_bytes(&supplies.records().unwrap_or_default())?);
    Ok(Some((Arc::new(keys.store(store.clone()).build()), Some(store))))
}

#[wasm_bindgen]
impl RawScrubber {
    /// What these ciphertexts were: the JSON of an array, with a row for each.
    ///
    /// # Errors
    /// Those of core's keys
    pub fn decrypt(&self, values: Vec<String>, account: &str, field: &str) -> Result<String, JsError> {
        self.keys(|keys| Ok(rows(&keys.decrypt_bulk(account, field, &values))))
    }

    /// What these tokens stand for, in the same way.
    ///
    /// # Errors
    /// Those of core's keys
    pub fn detokenize(&self, tokens: Vec<String>) -> Result<String, JsError> {
        self.keys(|keys| Ok(rows(&keys.detokenize_bulk(&tokens))))
    }

    /// Forgets a subject; gives back how many keys were deleted.
    ///
    /// # Errors
    /// Those of core's keys
    pub fn forget(&self, account: &str, subject: &str) -> Result<f64, JsError> {
        self.keys(|keys| Ok(keys.forget(account, subject)?.subjects as f64))
    }

    /// Forgets an account; gives back the keyring without its keys.
    ///
    /// # Errors
    /// Those of core's keys
    #[wasm_bindgen(js_name = forgetAccount)]
    pub fn forget_account(&self, account: &str) -> Result<Vec<u8>, JsError> {
        self.keys(|keys| keys.forget_account(account).map(|_| keys.keyring().to_bytes()))
    }

    /// The keyring as it is now.
    ///
    /// # Errors
    /// `needs_keys`
    pub fn keyring(&self) -> Result<Vec<u8>, JsError> {
        self.keys(|keys| Ok(keys.keyring().to_bytes()))
    }

    /// The records of the store in memory.
    ///
    /// # Errors
    /// `needs_store`, `random_failed`
    pub fn records(&self) -> Result<Vec<u8>, JsError> {
        let store = self.store.as_ref();
        store.ok_or_else(|| Error::new(Code::NeedsStore)).and_then(|store| store.to_bytes()).map_err(thrown)
    }
}

impl RawScrubber {
    fn keys<T>(&self, work: impl FnOnce(&Keys) -> Result<T, Error>) -> Result<T, JsError> {
        work(self.scrubber.keys().ok_or_else(|| thrown(Error::new(Code::NeedsKeys)))?).map_err(thrown)
    }
}

/// For each value what it was, or why it cannot be read.
fn rows(rows: &[Result<Plain<'static>, Error>]) -> String {
    list(rows.iter().map(|row| match row {
        Ok(plain) => plain.to_json(),
        Err(error) => format!(r#"{{"error":{}}}"#, error.to_json()),
    }))
}
