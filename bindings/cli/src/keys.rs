//! The options that name keys, the same for every verb; never prints a key, nor what was given in its place.

use crate::failure::{Failure, in_file, in_words};
use pumice::crypto::{KeyWrapper, Keyring, Keys, LocalRoot, MemoryStore, PassphraseRoot, SubjectStore};
use pumice::{Code, Error};
use pumice_directory::DirectoryStore;
use pumice_redb::RedbStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};
use zeroize::Zeroizing;

/// What a verb needs that works with keys, or may.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// The keyring: the wrapped keys of all accounts.
    #[arg(long, value_name = "FILE", requires = "Root")]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    root: Root,
    /// Refuse a keyring with a lower sequence number: an older copy.
    #[arg(long, value_name = "N", requires = "keyring")]
    keyring_at_least: Option<u64>,
    /// The store of subject keys; `scrub` makes it if it is not there. A file, which one process at a time has; or a
    /// directory, with `/` at its end while it is not there, which many processes share.
    #[arg(long, value_name = "FILE|DIR/", requires = "keyring")]
    store: Option<PathBuf>,
}

/// What becomes of a store that is not there.
#[derive(Clone, Copy)]
pub(crate) enum Absent {
    /// It is made.
    Made,
    /// It is an error: nothing could be found in an empty store.
    Refused,
}

impl Options {
    /// The keyring and the store, if they are named.
    pub(crate) fn keys(&self, absent: Absent) -> Result<Option<Arc<Keys>>, Failure> {
        let Some(path) = &self.keyring else { return Ok(None) };
        let keyring = open(path, &self.root.secret()?, self.keyring_at_least)?;
        let mut keys = Keys::builder(keyring);
        if let Some(path) = &self.store {
            keys = keys.store(store(path, absent)?);
        }
        Ok(Some(Arc::new(keys.build())))
    }
}

/// The store in this file or directory.
pub(crate) fn store(path: &Path, absent: Absent) -> Result<Arc<dyn SubjectStore>, Failure> {
    let opened = match (DirectoryStore::is_meant_by(path), absent) {
        (_, Absent::Refused) if !path.exists() => {
            return Err(Failure::unusable(path, &io::ErrorKind::NotFound.into()));
        }
        (true, Absent::Made) => DirectoryStore::open(path).map(shared),
        (true, Absent::Refused) => DirectoryStore::open_existing(path).map(shared),
        (false, Absent::Made) => RedbStore::open(path).map(shared),
        (false, Absent::Refused) => RedbStore::open_existing(path).map(shared),
    };
    opened.map_err(|error| in_file(path, &error))
}

fn shared(store: impl SubjectStore + 'static) -> Arc<dyn SubjectStore> {
    Arc::new(store)
}

/// Keys that nobody has, to look at what a policy would do with some.
pub(crate) fn passing() -> Result<Arc<Keys>, Error> {
    let keyring = Keyring::make(Arc::new(LocalRoot::make()?))?;
    Ok(Arc::new(Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build()))
}

/// The root of a keyring.
#[derive(clap::Args)]
#[group(id = "Root", multiple = false)]
pub(crate) struct Root {
    /// A file with the root key, in the clear: 32 bytes, or their 43 characters of base64url.
    #[arg(long, value_name = "FILE", requires = "keyring")]
    pub(crate) root_key_file: Option<PathBuf>,
    /// The environment variable with the root key, in the clear.
    #[arg(long, value_name = "VAR", requires = "keyring")]
    root_key_env: Option<String>,
    /// A file with the passphrase that the root is made of, up to its line end.
    #[arg(long, value_name = "FILE", requires = "keyring")]
    passphrase_file: Option<PathBuf>,
    /// The environment variable with the passphrase that the root is made of.
    #[arg(long, value_name = "VAR", requires = "keyring")]
    passphrase_env: Option<String>,
}

/// The root that a keyring gets in place of the one it has.
#[derive(clap::Args)]
#[group(id = "NewRoot", required = true, multiple = false)]
pub(crate) struct NewRoot {
    /// A file with the new root key, in the clear: 32 bytes, or their 43 characters of base64url.
    #[arg(long, value_name = "FILE")]
    pub(crate) new_root_key_file: Option<PathBuf>,
    /// The environment variable with the new root key, in the clear.
    #[arg(long, value_name = "VAR")]
    new_root_key_env: Option<String>,
    /// A file with the passphrase that the new root is made of, up to its line end.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// The environment variable with the passphrase that the new root is made of.
    #[arg(long, value_name = "VAR")]
    new_passphrase_env: Option<String>,
}

/// What a root is made of.
pub(crate) enum RootSecret {
    Key(Arc<LocalRoot>),
    Passphrase { option: &'static str, passphrase: Zeroizing<Vec<u8>> },
}

impl Root {
    pub(crate) fn secret(&self) -> Result<RootSecret, Failure> {
        Places {
            key_file: ("--root-key-file", self.root_key_file.as_deref()),
            key_env: ("--root-key-env", self.root_key_env.as_deref()),
            passphrase_file: ("--passphrase-file", self.passphrase_file.as_deref()),
            passphrase_env: ("--passphrase-env", self.passphrase_env.as_deref()),
        }
        .secret()
    }
}

impl NewRoot {
    pub(crate) fn secret(&self) -> Result<RootSecret, Failure> {
        Places {
            key_file: ("--new-root-key-file", self.new_root_key_file.as_deref()),
            key_env: ("--new-root-key-env", self.new_root_key_env.as_deref()),
            passphrase_file: ("--new-passphrase-file", self.new_passphrase_file.as_deref()),
            passphrase_env: ("--new-passphrase-env", self.new_passphrase_env.as_deref()),
        }
        .secret()
    }
}

/// Where a root may come from: options, and what was given for them. clap has seen to it that there is one.
struct Places<'a> {
    key_file: (&'static str, Option<&'a Path>),
    key_env: (&'static str, Option<&'a str>),
    passphrase_file: (&'static str, Option<&'a Path>),
    passphrase_env: (&'static str, Option<&'a str>),
}

impl Places<'_> {
    fn secret(&self) -> Result<RootSecret, Failure> {
        let given = |file: (&'static str, Option<&Path>), env: (&'static str, Option<&str>)| {
            let of_file = file.1.map(|path| read(file.0, path).map(|bytes| (file.0, bytes)));
            of_file
                .or_else(|| env.1.map(|name| variable(env.0, name).map(|bytes| (env.0, bytes))))
                .transpose()
        };
        if let Some((option, bytes)) = given(self.key_file, self.key_env)? {
            let root = LocalRoot::parse(&bytes).map_err(|error| in_option(option, &error))?;
            return Ok(RootSecret::Key(Arc::new(root)));
        }
        let Some((option, mut passphrase)) = given(self.passphrase_file, self.passphrase_env)? else {
            return Err(Failure::usage("no root is given"));
        };
        // What an editor or `echo` puts behind it is not part of it.
        for end in [b'\n', b'\r'] {
            passphrase.pop_if(|last| *last == end);
        }
        Ok(RootSecret::Passphrase { option, passphrase })
    }
}

impl RootSecret {
    /// A root for a new keyring.
    pub(crate) fn make(&self) -> Result<Arc<dyn KeyWrapper>, Failure> {
        match self {
            RootSecret::Key(root) => Ok(root.clone()),
            RootSecret::Passphrase { option, passphrase } => match PassphraseRoot::make(passphrase) {
                Ok(root) => Ok(Arc::new(root)),
                Err(error) => Err(in_option(option, &error)),
            },
        }
    }

    /// The root of this document, if this is what it was made of.
    fn open(&self, path: &Path, document: &[u8]) -> Result<Arc<dyn KeyWrapper>, Failure> {
        let (option, passphrase) = match self {
            RootSecret::Key(root) => return Ok(root.clone()),
            RootSecret::Passphrase { option, passphrase } => (option, passphrase),
        };
        let info = Keyring::root_of(document).map_err(|error| in_file(path, &error))?;
        let costs = info.argon2id.ok_or_else(|| in_file(path, &Error::new(Code::WrongRoot)))?;
        match PassphraseRoot::open(passphrase, &costs) {
            Ok(root) => Ok(Arc::new(root)),
            Err(error) => Err(in_option(option, &error)),
        }
    }
}

/// The keyring in this file.
pub(crate) fn open(path: &Path, root: &RootSecret, at_least: Option<u64>) -> Result<Keyring, Failure> {
    let document = fs::read(path).map_err(|error| Failure::unusable(path, &error))?;
    let root = root.open(path, &document)?;
    Keyring::open_pinned(&document, root, at_least.unwrap_or_default()).map_err(|error| in_file(path, &error))
}

fn read(option: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // It might be the key itself, given in place of a name: neither is printed.
    fs::read(path).map(Zeroizing::new).map_err(|error| Failure::usage(format!("{option}: {error}")))
}

fn variable(option: &str, name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    std::env::var_os(name)
        .map(|value| Zeroizing::new(value.into_encoded_bytes()))
        .ok_or_else(|| Failure::usage(format!("{option}: there is no such variable")))
}

fn in_option(option: &str, error: &Error) -> Failure {
    Failure::usage(format!("{option}: {}", in_words(error)))
}
