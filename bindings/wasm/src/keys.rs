//! The keys that a scrubber is given; keeps those of subjects in memory alone, and quotes nothing of them.

use crate::supplies::Supplies;
use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore};
use pumice::{Builder, Error};
use std::sync::Arc;

/// # Errors
/// Those of core's keyring
pub(crate) fn give<'a>(supplies: &Supplies, builder: Builder<'a>) -> Result<Builder<'a>, Error> {
    let Some(document) = supplies.keyring() else { return Ok(builder) };
    let keyring = match supplies.passphrase() {
        Some(passphrase) => Keyring::open_by_passphrase(&document, passphrase.as_bytes())?,
        None => {
            let root = LocalRoot::parse(&supplies.root_key().unwrap_or_default())?;
            Keyring::open(&document, Arc::new(root))?
        }
    };
    let keys = Keys::builder(keyring);
    let keys = if supplies.store().is_some() { keys.store(Arc::new(MemoryStore::new())) } else { keys };
    Ok(builder.keys(Arc::new(keys.build())))
}
