//! A keyring and a store of subject keys behind bounded caches, shared by threads; knows no event.

mod forget;
mod forms;
mod subjects;

pub use forget::Forgotten;
pub(crate) use subjects::{Absent, Fetched, join};

use super::cache::Cache;
use super::key::{AccountKey, Kid, TokenRoot};
use super::keyring::{AccountKeys, KeyState, Keyring, TokenRootState};
use super::subject::{RecordId, SubjectStore};
use super::subject_key::SubjectKey;
use super::token::Hint;
use crate::error::{Code, Error};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

const ACCOUNTS: usize = 4_096;
const SUBJECTS: usize = 65_536;
/// How many accounts may be unwrapped at once; each account by one thread.
const LOADERS: usize = 64;

/// The keys of a keyring, and those of subjects in a store, ready to be used by any number of threads.
///
/// Account keys are unwrapped when they are first used, and the least recently used are dropped and wiped; so are
/// subject keys.
///
/// ```
/// use pumice::Code;
/// use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore, Plain};
/// use pumice::policy::Kind;
/// use std::sync::Arc;
///
/// let mut keyring = Keyring::make(Arc::new(LocalRoot::make()?))?;
/// keyring.add(&["AC1"])?;
/// let keys = Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build();
///
/// let body = Plain::String("see you at 7".into());
/// let sealed = keys.encrypt("AC1", "message.body", &body)?;
/// assert!(sealed.starts_with("pum1"));
/// assert_eq!(keys.decrypt(&sealed, "AC1", "message.body")?, body);
/// assert_eq!(keys.decrypt(&sealed, "AC1", "note").unwrap_err().code(), Code::AuthenticationFailed);
///
/// let email = Plain::String("ann@example.com".into());
/// let token = keys.tokenize("AC1", "user-1", Kind::Email, &email)?;
/// assert_eq!(keys.tokenize("AC1", "user-1", Kind::Email, &email)?, token);
/// assert_eq!(keys.detokenize(&token)?, email);
///
/// assert_eq!(keys.forget("AC1", "user-1")?.subjects, 1);
/// assert_eq!(keys.detokenize(&token).unwrap_err().code(), Code::Forgotten);
/// # Ok::<(), pumice::Error>(())
/// ```
pub struct Keys {
    keyring: RwLock<Keyring>,
    store: Option<Arc<dyn SubjectStore>>,
    accounts: Cache<Box<str>, Arc<AccountKeys>>,
    /// By account and subject, as [`subjects::join`] joins them.
    subjects: Cache<Box<[u8]>, Arc<SubjectKey>>,
    /// The same keys by their records' ids, for who has a token and no subject.
    located: Cache<RecordId, Arc<SubjectKey>>,
    loaders: [Mutex<()>; LOADERS],
    loader_of: RandomState,
    /// One higher with whatever makes a key in memory stale.
    generation: AtomicU64,
}

/// Builds [`Keys`].
pub struct KeysBuilder {
    keyring: Keyring,
    store: Option<Arc<dyn SubjectStore>>,
    accounts: usize,
    subjects: usize,
}

impl KeysBuilder {
    /// Where subject keys are kept. Without one there are no tokens, and no values under a subject's key.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn SubjectStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// How many accounts' keys are in memory at most, from 1; 4,096 if nothing is said. One takes about a kilobyte.
    #[must_use]
    pub fn cached_accounts(mut self, accounts: usize) -> Self {
        self.accounts = accounts;
        self
    }

    /// How many subjects' keys are in memory at most for who names a subject, and how many for who has a token or
    /// ciphertext, from 1 each; 65,536 if nothing is said. One takes up to a kilobyte.
    #[must_use]
    pub fn cached_subjects(mut self, subjects: usize) -> Self {
        self.subjects = subjects;
        self
    }

    /// The keys.
    #[must_use]
    pub fn build(self) -> Keys {
        Keys {
            keyring: RwLock::new(self.keyring),
            store: self.store,
            accounts: Cache::new(self.accounts),
            subjects: Cache::new(self.subjects),
            located: Cache::new(self.subjects),
            loaders: std::array::from_fn(|_| Mutex::new(())),
            loader_of: RandomState::new(),
            generation: AtomicU64::new(0),
        }
    }
}

impl Keys {
    /// Keys of this keyring.
    #[must_use]
    pub fn builder(keyring: Keyring) -> KeysBuilder {
        KeysBuilder { keyring, store: None, accounts: ACCOUNTS, subjects: SUBJECTS }
    }

    /// Whether there is a store of subject keys.
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// The keyring as it is now, to be listed or written. Let go of it before these keys are used again: who changes the
    /// keyring waits for that, and the others wait for him.
    pub fn keyring(&self) -> impl Deref<Target = Keyring> {
        self.keyring.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the keyring, as when an account is added, a key rotated, or a newer document read, and drops what is in
    /// memory of the old one. Other threads wait meanwhile; `change` itself must not use these keys.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn change_keyring<T>(
        &self,
        change: impl FnOnce(&mut Keyring) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let changed = change(&mut self.keyring.write().unwrap_or_else(PoisonError::into_inner));
        self.drop_cached();
        changed
    }

    /// Drops all keys in memory: what another process deleted from the store is then gone here too. The keyring stays the
    /// one that was given: one that another process changed has to be read anew, and put here by
    /// [`Self::change_keyring`].
    pub fn drop_cached(&self) {
        self.evict(|| {
            self.accounts.clear();
            self.subjects.clear();
            self.located.clear();
        });
    }

    /// Unlike before if a key that was taken from here has become stale.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// # Errors
    /// [`Code::NeedsStore`]
    pub(crate) fn store(&self) -> Result<&dyn SubjectStore, Error> {
        self.store.as_deref().ok_or_else(|| Error::new(Code::NeedsStore))
    }

    /// The keys of an account.
    ///
    /// # Errors
    /// [`Code::UnknownAccount`], [`Code::RootFailed`], [`Code::KeyringTampered`]
    pub(crate) fn account(&self, account: &str) -> Result<Arc<AccountKeys>, Error> {
        if let Some(keys) = self.accounts.get(account) {
            return Ok(keys);
        }
        let _loader = self.loader(account);
        // Another thread may have loaded them meanwhile.
        if let Some(keys) = self.accounts.get(account) {
            return Ok(keys);
        }
        let generation = self.generation();
        let keys = Arc::new(self.keyring().keys_of(account)?);
        self.accounts.put_if(|| self.generation() == generation, account.into(), keys.clone());
        Ok(keys)
    }

    fn loader(&self, account: &str) -> Option<MutexGuard<'_, ()>> {
        let at = self.loader_of.hash_one(account) as usize % LOADERS;
        self.loaders.get(at).map(|loader| loader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The living account whose token root has this hint; there is one at most.
    ///
    /// # Errors
    /// [`Code::UnknownKey`], [`Code::KeyDestroyed`] if the token roots with this hint are gone; [`Code::RootFailed`],
    /// [`Code::KeyringTampered`]
    pub(crate) fn hinted(&self, hint: Hint) -> Result<Arc<AccountKeys>, Error> {
        let mut missing = Code::UnknownKey;
        let mut living = None;
        for hinted in self.keyring().with_hint(hint) {
            match hinted.state {
                TokenRootState::Live => living = Some((hinted.account.to_owned(), hinted.tag)),
                TokenRootState::Destroyed => missing = Code::KeyDestroyed,
            }
        }
        let (account, tag) = living.ok_or_else(|| Error::new(missing))?;
        let keys = self.account(&account)?;
        // The account may have been forgotten, and begun again, in between.
        if keys.token_root()?.tag == tag { Ok(keys) } else { Err(Error::new(Code::KeyDestroyed)) }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl fmt::Debug for KeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysBuilder(..)")
    }
}

impl AccountKeys {
    /// The key that seals.
    ///
    /// # Errors
    /// [`Code::KeyDestroyed`]
    pub(crate) fn primary(&self) -> Result<&AccountKey, Error> {
        let primary = self.keys.iter().rev().find(|(_, state, _)| *state == KeyState::Primary);
        primary.and_then(|(_, _, key)| key.as_ref()).ok_or_else(|| Error::new(Code::KeyDestroyed))
    }

    /// The key that a ciphertext names.
    ///
    /// # Errors
    /// [`Code::UnknownKey`], [`Code::KeyDestroyed`]
    pub(crate) fn with_kid(&self, kid: &Kid) -> Result<&AccountKey, Error> {
        let named =
            self.keys.iter().find(|(name, _, _)| name == kid).ok_or_else(|| Error::new(Code::UnknownKey))?;
        named.2.as_ref().ok_or_else(|| Error::new(Code::KeyDestroyed))
    }

    /// # Errors
    /// [`Code::KeyDestroyed`]
    pub(crate) fn token_root(&self) -> Result<&TokenRoot, Error> {
        self.token_root.as_ref().ok_or_else(|| Error::new(Code::KeyDestroyed))
    }
}
