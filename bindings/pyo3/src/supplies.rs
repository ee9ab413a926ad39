//! What a scrubber is given beside its policy: databases, keys and a store; reads their files, and quotes nothing of them.

use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore};
use pumice::{Error, GeoDb};
use pumice_directory::DirectoryStore;
use pumice_redb::RedbStore;
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes, or the path of a file with them.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

/// A root key or passphrase: never a path.
#[derive(FromPyObject)]
pub(crate) enum Secret {
    Bytes(PyBackedBytes),
    Text(PyBackedStr),
}

/// A keyring with its root, and where subjects' keys are.
pub(crate) struct KeyFiles {
    keyring: Vec<u8>,
    root: Root,
    store: Option<Store>,
}

enum Root {
    Key(Secret),
    Passphrase(Secret),
}

enum Store {
    Memory,
    File(PathBuf),
    Directory(PathBuf),
}

impl Store {
    fn at(place: PathBuf) -> Self {
        match DirectoryStore::is_meant_by(&place) {
            _ if place.as_os_str() == "memory" => Store::Memory,
            true => Store::Directory(place),
            false => Store::File(place),
        }
    }
}

impl Source {
    /// # Errors
    /// An `OSError`
    pub(crate) fn read(self) -> PyResult<Vec<u8>> {
        match self {
            Source::Bytes(bytes) => Ok(bytes.to_vec()),
            Source::Path(path) => std::fs::read(&path).map_err(|error| match error.raw_os_error() {
                // With these three, Python chooses FileNotFoundError and its kind.
                Some(number) => PyOSError::new_err((number, error.kind().to_string(), path)),
                None => PyErr::from(error),
            }),
        }
    }
}

impl Secret {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Secret::Bytes(bytes) => bytes,
            Secret::Text(text) => text.as_bytes(),
        }
    }
}

impl KeyFiles {
    /// # Errors
    /// A `TypeError` if one is missing that another needs, or one too many; an `OSError`
    pub(crate) fn of(
        keyring: Option<Source>,
        root_key: Option<Secret>,
        passphrase: Option<Secret>,
        store: Option<PathBuf>,
    ) -> PyResult<Option<Self>> {
        let root = match (root_key, passphrase) {
            (Some(key), None) => Some(Root::Key(key)),
            (None, Some(passphrase)) => Some(Root::Passphrase(passphrase)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                return Err(PyTypeError::new_err("root_key and passphrase are one too many"));
            }
        };
        let store = store.map(Store::at);
        match (keyring, root) {
            (Some(keyring), Some(root)) => Ok(Some(KeyFiles { keyring: keyring.read()?, root, store })),
            (Some(_), None) => Err(PyTypeError::new_err("keyring needs root_key or passphrase")),
            (None, None) if store.is_none() => Ok(None),
            (None, _) => Err(PyTypeError::new_err("root_key, passphrase and store need keyring")),
        }
    }

    pub(crate) fn open(&self) -> Result<Arc<Keys>, Error> {
        let keyring = match &self.root {
            Root::Key(key) => Keyring::open(&self.keyring, Arc::new(LocalRoot::parse(key.as_bytes())?))?,
            Root::Passphrase(passphrase) => {
                Keyring::open_by_passphrase(&self.keyring, passphrase.as_bytes())?
            }
        };
        let keys = Keys::builder(keyring);
        let keys = match &self.store {
            None => keys,
            Some(Store::Memory) => keys.store(Arc::new(MemoryStore::new())),
            Some(Store::File(path)) => keys.store(Arc::new(RedbStore::open(path)?)),
            Some(Store::Directory(path)) => keys.store(Arc::new(DirectoryStore::open(path)?)),
        };
        Ok(Arc::new(keys.build()))
    }
}

/// # Errors
/// An `OSError`
pub(crate) fn read(source: Option<Source>) -> PyResult<Option<Vec<u8>>> {
    source.map(Source::read).transpose()
}

pub(crate) fn geo(bytes: Option<Vec<u8>>) -> Result<Option<GeoDb>, Error> {
    bytes.map(GeoDb::from_bytes).transpose()
}
