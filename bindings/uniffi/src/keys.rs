//! The keys that a scrubber is given: where they come from. It shows none.

use crate::bytes::Bytes;
use crate::failure::PumiceError;
use pumice::crypto::{Keyring, LocalRoot, MemoryStore, Plain};
use std::sync::Arc;

/// The keys for fields that are encrypted, tokenized or hashed.
#[derive(uniffi::Record)]
pub struct Keys {
    /// The keyring: the content of the document that `pumice keyring` makes.
    pub keyring: Bytes,
    /// What the keyring was made under.
    pub root: Root,
    /// Where subjects' keys are, if the policy tokenizes or encrypts under them.
    #[uniffi(default = None)]
    pub store: Option<Store>,
}

/// The root of a keyring.
#[derive(uniffi::Enum)]
pub enum Root {
    /// A key of 32 bytes, as such or in base64url.
    Key {
        /// The key.
        key: Bytes,
    },
    /// A passphrase; it takes a moment, and 64 MiB of memory, to make a key of it.
    Passphrase {
        /// The passphrase, in UTF-8.
        passphrase: Bytes,
    },
}

/// Where subjects' keys are.
#[derive(Clone, Copy, uniffi::Enum)]
pub enum Store {
    /// In memory: what they seal is dead once the scrubber is closed, or the process ends.
    Memory,
}

/// What was encrypted.
#[derive(uniffi::Enum)]
pub enum Opened {
    /// A string.
    Text {
        /// Its characters.
        text: String,
    },
    /// Any other value of JSON.
    Json {
        /// Its text, as it stood.
        json: String,
    },
    /// Bytes.
    Raw {
        /// The bytes.
        bytes: Bytes,
    },
}

impl Keys {
    pub(crate) fn open(&self) -> Result<Arc<pumice::crypto::Keys>, PumiceError> {
        let keyring = self.keyring.as_slice();
        let keyring = match &self.root {
            Root::Key { key } => Keyring::open(keyring, Arc::new(LocalRoot::parse(key.as_slice())?))?,
            Root::Passphrase { passphrase } => Keyring::open_by_passphrase(keyring, passphrase.as_slice())?,
        };
        let keys = pumice::crypto::Keys::builder(keyring);
        let keys = match &self.store {
            None => keys,
            Some(Store::Memory) => keys.store(Arc::new(MemoryStore::new())),
        };
        Ok(Arc::new(keys.build()))
    }
}

impl Opened {
    pub(crate) fn of(plain: Plain<'_>) -> Result<Self, PumiceError> {
        Ok(match plain {
            Plain::String(text) => Opened::Text { text: text.into_owned() },
            Plain::Json(json) => Opened::Json { json: json.into_owned() },
            Plain::Bytes(bytes) => Opened::Raw { bytes: Bytes::of(&bytes)? },
        })
    }
}
