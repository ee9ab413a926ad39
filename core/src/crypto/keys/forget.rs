//! Forgetting: keys are deleted where they are kept, then in memory.

use super::Keys;
use crate::crypto::keyring::AccountKeys;
use crate::crypto::subject::{AccountTag, RecordKey};
use crate::crypto::subject_key::record_key;
use crate::error::{Code, Error};
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// How many accounts a subject is forgotten in at once.
const ACCOUNTS_AT_ONCE: usize = 1_024;

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Records of subject keys that were deleted.
    pub subjects: u64,
    /// Keys of accounts that were destroyed: account keys and token roots.
    pub keys: u64,
}

impl Keys {
    /// Forgets a subject in one account: its tokens there are dead, and what was encrypted under its key. Once more
    /// changes nothing, and counts nothing.
    ///
    /// Whoever else has the key in memory, another process or other `Keys` over the same store, uses it until he
    /// [drops](Self::drop_cached) it; what he seals with it meanwhile can be read by nobody afterwards.
    ///
    /// # Errors
    /// [`Code::NeedsStore`]; [`Code::NoSubject`] if it is empty; [`Code::UnknownAccount`]; [`Code::RootFailed`],
    /// [`Code::KeyringTampered`]; [`Code::StoreFailed`], [`Code::StoreLocked`], [`Code::StoreDamaged`]
    pub fn forget(&self, account: &str, subject: &str) -> Result<Forgotten, Error> {
        self.store()?;
        if subject.is_empty() {
            return Err(Error::new(Code::NoSubject));
        }
        let keys = self.account(account)?;
        // A forgotten account has no subjects.
        let record_key = keys.token_root.as_ref().map(|root| record_key(root, subject));
        let subjects = self.delete(record_key.as_slice())?;
        Ok(Forgotten { subjects, keys: 0 })
    }

    /// Forgets a subject in all accounts, whose keys are unwrapped for that one after the other.
    ///
    /// # Errors
    /// Those of [`Self::forget`]. The subject may then be forgotten in some accounts and not in others; what is forgotten
    /// stays so, and the call can be made again. An account whose keys cannot be had does not keep it from being forgotten
    /// in the others.
    pub fn forget_subject(&self, subject: &str) -> Result<Forgotten, Error> {
        self.store()?;
        if subject.is_empty() {
            return Err(Error::new(Code::NoSubject));
        }
        let accounts: Vec<String> = self.keyring().accounts().map(|info| info.account.to_owned()).collect();
        let (mut subjects, mut failed) = (0, None);
        for accounts in accounts.chunks(ACCOUNTS_AT_ONCE) {
            let mut places = Vec::with_capacity(accounts.len());
            for account in accounts {
                match self.passing(account) {
                    Ok(keys) => places.extend(keys.token_root.as_ref().map(|root| record_key(root, subject))),
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            subjects += self.delete(&places)?;
        }
        failed.map_or(Ok(Forgotten { subjects, keys: 0 }), Err)
    }

    /// The keys of an account, which do not take the place of others in memory.
    fn passing(&self, account: &str) -> Result<Arc<AccountKeys>, Error> {
        self.accounts.get(account).map_or_else(|| self.keyring().keys_of(account).map(Arc::new), Ok)
    }

    /// Forgets an account: nothing that was sealed for it can be read again, be it under its keys or its subjects'. Once
    /// more counts nothing.
    ///
    /// It is done once the [keyring](Self::keyring) has been written in place of every copy that still has the keys.
    ///
    /// # Errors
    /// [`Code::UnknownAccount`]; [`Code::StoreFailed`], [`Code::StoreLocked`], [`Code::StoreDamaged`] if the account's keys
    /// are destroyed, but records of its subjects may be left: the call can be made again.
    pub fn forget_account(&self, account: &str) -> Result<Forgotten, Error> {
        let (keys, tags) = {
            let mut keyring = self.keyring.write().unwrap_or_else(PoisonError::into_inner);
            (keyring.forget_account(account)?, keyring.tags_of(account))
        };
        self.evict_account(account, &tags);
        let mut subjects = 0;
        if let Some(store) = &self.store {
            for tag in &tags {
                subjects += store.delete_account(*tag)?;
            }
        }
        Ok(Forgotten { subjects, keys })
    }

    fn evict_account(&self, account: &str, tags: &[AccountTag]) {
        self.evict(|| {
            self.accounts.remove(account);
            self.subjects.retain(|key| !tags.contains(&key.record_key.account()));
            self.located.retain(|key| !tags.contains(&key.record_key.account()));
        });
    }

    /// Takes keys out of memory. That is told before, so that none is put back, and after, as who heard of it before may have
    /// taken one that was still there.
    pub(super) fn evict(&self, take_out: impl FnOnce()) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        take_out();
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Deletes records from the store, then their keys from memory: also those of older records at the same place, which
    /// another process may have forgotten.
    fn delete(&self, record_keys: &[RecordKey]) -> Result<u64, Error> {
        if record_keys.is_empty() {
            return Ok(0);
        }
        let deleted = self.store()?.delete(record_keys);
        let gone: HashSet<_> = record_keys.iter().collect();
        self.evict(|| {
            self.subjects.retain(|key| !gone.contains(&key.record_key));
            self.located.retain(|key| !gone.contains(&key.record_key));
        });
        deleted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Keyring, LocalRoot, MemoryStore, Owner, PlainKind, Session};
    use crate::scalar::Kind;

    /// A call that looks while keys are taken out of memory, and finds one that is still there.
    #[test]
    fn what_was_taken_while_it_was_forgotten_is_let_go() {
        let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
        keyring.add(&["AC1"]).unwrap();
        let keys = Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build();
        let owner = Owner { account: "AC1", subject: Some("ann") };
        let mut session = Session::default();
        let mut token = || {
            let mut out = Vec::new();
            session.tokenize(&keys, &owner, Kind::Email, PlainKind::String, b"a@b.c", &mut out).unwrap();
            out
        };
        let old = token();
        let place = record_key(keys.account("AC1").unwrap().token_root.as_ref().unwrap(), "ann");
        keys.store().unwrap().delete(&[place]).unwrap();
        keys.evict(|| {
            assert_eq!(token(), old);
            keys.subjects.clear();
            keys.located.clear();
        });
        assert_ne!(token(), old);
    }
}
