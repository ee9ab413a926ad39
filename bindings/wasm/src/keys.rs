//! The keys that a scrubber is given; keeps those of subjects in memory alone, and quotes nothing of them.

use crate::supplies::Supplies;
use pumice::Error;
use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore};
use std::sync::Arc;

/// Keys, and the store of those of subjects, if they have one.
pub(crate) type Opened = (Keys, Option<Arc<MemoryStore>>);

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
        return Ok(Some((keys.build(), None)));
    }
    let store = Arc::new(MemoryStore::from_bytes(&supplies.records().unwrap_or_default())?);
    Ok(Some((keys.store(store.clone()).build(), Some(store))))
}
