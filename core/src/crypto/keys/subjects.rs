//! The keys of subjects, from the caches or from the store, made where there are none yet.

use super::Keys;
use crate::crypto::key::TokenRoot;
use crate::crypto::keyring::AccountKeys;
use crate::crypto::subject::{AccountTag, Inserted, Record, RecordId, RecordKey};
use crate::crypto::subject_key::{SubjectKey, record_key};
use crate::error::{Code, Error};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How often the key of a new subject is drawn anew because its record's id is taken. Ids have 72 random bits: so many
/// taken ones in a row are no chance.
const DRAWS: usize = 16;

/// Account and subject, joined, of more bytes than this are not kept in memory: an event may name a subject in megabytes, and
/// the cache has room for many.
pub(super) const LONGEST_NAME: usize = 1_024;

/// Records by their ids, fetched for one call; none where there is no such record.
pub(crate) type Fetched = HashMap<RecordId, Option<(RecordKey, Record)>>;

/// Joins account and subject: unlike pairs are unlike names.
pub(crate) fn join(account: &str, subject: &str, name: &mut Vec<u8>) {
    name.clear();
    name.reserve(size_of::<usize>() + account.len() + subject.len());
    name.extend_from_slice(&account.len().to_le_bytes());
    name.extend_from_slice(account.as_bytes());
    name.extend_from_slice(subject.as_bytes());
}

/// What becomes of a subject that has no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It gets one.
    Made,
    /// That is said.
    Forgotten,
}

type Loaded = Result<Arc<SubjectKey>, Error>;

/// A subject whose key is not in the cache.
struct Wanted<'a> {
    root: &'a TokenRoot,
    subject: &'a str,
    name: Box<[u8]>,
}

impl Keys {
    /// Loads the keys of these accounts' subjects, pairs of account and subject, and makes those that are not there yet: in
    /// one round trip to the store, or two. Calls that then need them find them in memory, if they are no more than the
    /// cache holds.
    ///
    /// A pair whose account is unknown or forgotten, or whose subject is empty, is left out: the call that needs it says
    /// so.
    ///
    /// # Errors
    /// [`Code::NeedsStore`]; [`Code::RootFailed`], [`Code::KeyringTampered`]; [`Code::StoreFailed`],
    /// [`Code::StoreLocked`], [`Code::StoreDamaged`]; [`Code::RandomFailed`]
    pub fn prepare(&self, pairs: &[(impl AsRef<str>, impl AsRef<str>)]) -> Result<(), Error> {
        self.store()?;
        let mut joined = Vec::new();
        let mut accounts: HashMap<&str, Option<Arc<AccountKeys>>> = HashMap::new();
        let mut missing = Vec::new();
        // A stream names most subjects many times: each gets one key drawn, and one row in the store's answer.
        let pairs: HashSet<(&str, &str)> =
            pairs.iter().map(|(account, subject)| (account.as_ref(), subject.as_ref())).collect();
        for (account, subject) in pairs.into_iter().filter(|(_, subject)| !subject.is_empty()) {
            join(account, subject, &mut joined);
            if self.subjects.get(joined.as_slice()).is_none() {
                if !accounts.contains_key(account) {
                    accounts.insert(account, self.known(account)?);
                }
                missing.push((account, subject, joined.as_slice().into()));
            }
        }
        let wanted = missing.into_iter().filter_map(|(account, subject, name)| {
            let root = accounts.get(account)?.as_ref()?.token_root.as_ref()?;
            Some(Wanted { root, subject, name })
        });
        self.load(wanted.collect(), Absent::Made).map(drop)
    }

    /// The keys of an account, if there is one.
    fn known(&self, account: &str) -> Result<Option<Arc<AccountKeys>>, Error> {
        match self.account(account) {
            Ok(keys) => Ok(Some(keys)),
            Err(error) if error.code() == Code::UnknownAccount => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The key of a subject, whose name is joined already, if it is in memory.
    pub(crate) fn known_subject(&self, root: &TokenRoot, name: &[u8]) -> Option<Arc<SubjectKey>> {
        // Who began before the account was forgotten may have left one there that is of its token root from then.
        self.subjects.get(name).filter(|key| key.record_key.account() == AccountTag(root.tag))
    }

    /// The key of a subject, whose name is joined already.
    ///
    /// # Errors
    /// Those of [`Self::prepare`], and [`Code::Forgotten`] if none may be made, and there is none.
    pub(crate) fn subject(
        &self,
        root: &TokenRoot,
        subject: &str,
        name: &[u8],
        absent: Absent,
    ) -> Result<Arc<SubjectKey>, Error> {
        if let Some(key) = self.known_subject(root, name) {
            return Ok(key);
        }
        let loaded = self.load(vec![Wanted { root, subject, name: name.into() }], absent)?;
        loaded.into_iter().next().unwrap_or_else(|| Err(Error::new(Code::StoreFailed)))
    }

    /// Loads or makes the keys, in the order in which they are asked for: errors of the store for all, those of one record
    /// or account for that alone.
    fn load(&self, wanted: Vec<Wanted<'_>>, absent: Absent) -> Result<Vec<Loaded>, Error> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let store = self.store()?;
        // Before the store is asked: what is forgotten from here on must not stay.
        let generation = self.generation();
        let places: Vec<_> = wanted.iter().map(|it| (it.root, record_key(it.root, it.subject))).collect();
        let record_keys: Vec<_> = places.iter().map(|(_, key)| *key).collect();
        let open = |(root, record_key), record: &Record| {
            SubjectKey::from_record(root, record_key, record).map(Arc::new)
        };
        let records = answers(store.get(&record_keys)?, wanted.len())?;
        let found =
            places.iter().zip(&records).map(|(place, record)| record.as_ref().map(|it| open(*place, it)));
        let mut loaded: Vec<Option<Loaded>> = found.collect();
        if absent == Absent::Forgotten {
            loaded.iter_mut().filter(|slot| slot.is_none()).for_each(|slot| {
                *slot = Some(Err(Error::new(Code::Forgotten)));
            });
        }
        for _ in 0..DRAWS {
            let missing = loaded.iter_mut().zip(&places).filter(|(slot, _)| slot.is_none());
            let drawn = missing
                .map(|(slot, place)| SubjectKey::make(place.0, place.1).map(|made| (slot, place, made)));
            let drawn: Vec<_> = drawn.collect::<Result<_, Error>>()?;
            if drawn.is_empty() {
                break;
            }
            let rows: Vec<_> = drawn.iter().map(|(_, place, (_, record))| (place.1, *record)).collect();
            let inserted = answers(store.insert_if_absent(&rows)?, rows.len())?;
            for ((slot, place, (key, _)), inserted) in drawn.into_iter().zip(inserted) {
                *slot = match inserted {
                    Inserted::New => Some(Ok(Arc::new(key))),
                    Inserted::Existing(record) => Some(open(*place, &record)),
                    Inserted::IdTaken => None,
                };
            }
        }
        let loaded: Vec<Loaded> =
            loaded.into_iter().map(|it| it.unwrap_or_else(|| Err(Error::new(Code::StoreDamaged)))).collect();
        let is_current = || self.generation() == generation;
        for (Wanted { name, .. }, key) in wanted.into_iter().zip(&loaded) {
            if let Ok(key) = key {
                if name.len() <= LONGEST_NAME {
                    self.subjects.put_if(is_current, name, key.clone());
                }
                self.located.put_if(is_current, key.id, key.clone());
            }
        }
        Ok(loaded)
    }

    /// The key whose record has this id, if it is in memory.
    pub(crate) fn located(&self, root: &TokenRoot, id: RecordId) -> Option<Arc<SubjectKey>> {
        // Ids that a forger made up may lead into another account.
        self.located.get(&id).filter(|key| key.record_key.account() == AccountTag(root.tag))
    }

    /// The records of these ids.
    ///
    /// # Errors
    /// [`Code::NeedsStore`], [`Code::StoreFailed`], [`Code::StoreLocked`], [`Code::StoreDamaged`]
    pub(crate) fn fetch(&self, ids: &[RecordId]) -> Result<Fetched, Error> {
        let found = answers(self.store()?.locate(ids)?, ids.len())?;
        Ok(ids.iter().copied().zip(found).collect())
    }

    /// The key whose record was fetched since `generation`, if there is one and it is of this account.
    ///
    /// # Errors
    /// [`Code::StoreDamaged`]
    pub(crate) fn fetched(
        &self,
        root: &TokenRoot,
        found: Option<(RecordKey, Record)>,
        generation: u64,
    ) -> Result<Option<Arc<SubjectKey>>, Error> {
        let Some((record_key, record)) = found.filter(|(key, _)| key.account() == AccountTag(root.tag))
        else {
            return Ok(None);
        };
        let key = Arc::new(SubjectKey::from_record(root, record_key, &record)?);
        self.located.put_if(|| self.generation() == generation, key.id, key.clone());
        Ok(Some(key))
    }
}

/// A store must answer each question.
fn answers<T>(answers: Vec<T>, questions: usize) -> Result<Vec<T>, Error> {
    if answers.len() == questions { Ok(answers) } else { Err(Error::new(Code::StoreFailed)) }
}
