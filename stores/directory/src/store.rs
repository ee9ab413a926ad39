//! The store itself: any number of processes and threads, none of which waits for another; knows no key in the clear and
//! no subject.

use crate::abreast::abreast;
use crate::disk::{self, Named, damaged};
use crate::layout::{self, FOLDERS, Layout, MARK_TEXT};
use crate::offer::Offer;
use crate::{record, sweep};
use pumice::crypto::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
use pumice::{Code, Error};
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;

/// How many records of a batch are written before they get their names, which shares the wait for the directories.
const AT_ONCE: usize = 1024;

/// Wrapped subject keys in a directory, a small file each.
pub struct DirectoryStore {
    layout: Layout,
}

/// A record as it was found.
pub(crate) struct Found {
    pub(crate) record: Record,
    /// Whether it is not known that its name is durable.
    fresh: bool,
}

impl DirectoryStore {
    /// Opens the store in this directory, and makes it if there is none or an empty one: then only its owner may look into it.
    ///
    /// # Errors
    /// [`Code::StoreDamaged`] if the directory has other things in it, or a store of a version that this build does not
    /// know; [`Code::StoreFailed`] if it cannot be read or written, or the file system has no hard links.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if let Some(store) = Self::find(path)? {
            return Ok(store);
        }
        if !disk::make_folder(path)? {
            return Err(Error::new(Code::StoreFailed));
        }
        let layout = Layout::of(path.canonicalize().map_err(disk::failed)?);
        if disk::list(layout.root())?
            .iter()
            .any(|name| !FOLDERS.contains(&&**name) && name != "lost+found" && name != layout::MARK)
        {
            return Err(damaged());
        }
        for folder in [layout.records(), layout.ids(), layout.news()] {
            disk::make_folder(&folder)?;
        }
        let mut mark = tempfile::NamedTempFile::new_in(layout.news()).map_err(disk::failed)?;
        mark.write_all(MARK_TEXT.as_bytes())
            .and_then(|()| mark.as_file().sync_all())
            .map_err(disk::failed)?;
        if disk::link(mark.path(), &layout.mark())? == Named::NoWay {
            return Err(Error::new(Code::StoreFailed));
        }
        disk::sync(&layout.root().ancestors().take(2).map(Path::to_owned).collect())?;
        // Another process may have made it meanwhile, of another version too.
        Self::find(path)?.ok_or_else(damaged)
    }

    /// Opens the store in this directory, and does not make one: for who looks keys up or deletes them, where a mistaken path
    /// should not look like an empty store.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Code::StoreFailed`] if there is none.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::find(path.as_ref())?.ok_or(Error::new(Code::StoreFailed))
    }

    /// Whether a path that someone gave means a store of this kind, and not one in a file: it is a directory, or ends like one.
    ///
    /// ```
    /// use pumice_directory::DirectoryStore;
    ///
    /// assert!(DirectoryStore::is_meant_by("subjects/"));
    /// assert!(!DirectoryStore::is_meant_by("subjects.redb"));
    /// ```
    #[must_use]
    pub fn is_meant_by(path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        let last = path.as_os_str().as_encoded_bytes().last();
        last.is_some_and(|byte| std::path::is_separator(char::from(*byte))) || path.is_dir()
    }

    fn find(path: &Path) -> Result<Option<Self>, Error> {
        let Some(root) = disk::there(path.canonicalize())? else { return Ok(None) };
        let store = DirectoryStore { layout: Layout::of(root) };
        let Some((mark, _)) = disk::read(&store.layout.mark(), MARK_TEXT.len() + 1)? else { return Ok(None) };
        if mark != MARK_TEXT.as_bytes() {
            return Err(damaged());
        }
        Ok(Some(store))
    }

    /// What was not found is not there only if the store itself is: what it stands on may have been unmounted.
    fn check_there(&self) -> Result<(), Error> {
        fs::metadata(self.layout.mark()).map(drop).map_err(disk::failed)
    }

    /// Checked when all is done.
    fn while_there<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let answer = work()?;
        self.check_there()?;
        Ok(answer)
    }

    fn look(&self, key: &RecordKey) -> Result<Option<Record>, Error> {
        let Some(found) = find(&self.layout, key)? else { return Ok(None) };
        settle(&self.layout, key, &found)?;
        Ok(Some(found.record))
    }

    fn locate_one(&self, id: &RecordId) -> Result<Option<(RecordKey, Record)>, Error> {
        let Some(link) = disk::there(fs::read_link(self.layout.id(id)))? else { return Ok(None) };
        let key = Layout::key_of_link(&link).ok_or_else(damaged)?;
        // Whoever is about to insert a record points at its place before, and may find another there.
        Ok(self.look(&key)?.filter(|record| record.id == *id).map(|record| (key, record)))
    }

    /// Rows of which no key and no id comes twice.
    fn insert_apart(&self, rows: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        let made = abreast(rows, |(key, record)| match self.look(key)? {
            Some(existing) => Ok(Err(Inserted::Existing(existing))),
            None => Offer::make(&self.layout, *key, *record).map(|offer| offer.ok_or(Inserted::IdTaken)),
        })?;
        let mut ways = BTreeSet::new();
        let mut offers = Vec::new();
        let mut answers = Vec::with_capacity(rows.len());
        for made in made {
            answers.push(match made {
                Ok(mut offer) => {
                    let answer = offer.publish(&mut ways)?;
                    offers.push(offer);
                    answer
                }
                Err(answer) => answer,
            });
        }
        disk::sync(&ways)?;
        offers.into_iter().try_for_each(Offer::end)?;
        Ok(answers)
    }

    fn delete_all(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        let mut ways = BTreeSet::new();
        let mut deleted = 0;
        for key in keys {
            let path = self.layout.record(key);
            let id = match find(&self.layout, key) {
                Ok(found) => found.map(|found| found.record.id),
                // What cannot be read must go all the same. What its id is called is left to a purge.
                Err(error) if error.code() == Code::StoreDamaged => None,
                Err(error) => return Err(error),
            };
            deleted += u64::from(disk::remove(&path)?);
            if let Some(id) = id {
                disk::remove(&self.layout.id(&id))?;
                disk::remove(&self.layout.new_record(&id))?;
                ways.extend(self.layout.id(&id).parent().map(Path::to_owned));
                ways.insert(self.layout.news());
            }
            // Whoever deleted it before may not have made that durable.
            ways.extend(path.parent().map(Path::to_owned));
        }
        disk::sync(&ways)?;
        Ok(deleted)
    }

    /// Whatever else is in the account's directory is left to who put it there.
    fn delete_all_of(&self, account: AccountTag) -> Result<u64, Error> {
        let mut deleted = 0;
        let folder = self.layout.account(account);
        for shard in disk::list(&folder)? {
            let names = disk::list(&folder.join(&shard))?;
            let keys: Vec<_> =
                names.iter().filter_map(|name| layout::key_in(account, &shard, name)).collect();
            deleted += self.delete_all(&keys)?;
        }
        Ok(deleted)
    }

    fn scan_after(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        let mut rows = Vec::new();
        for tag in disk::list(&self.layout.records())? {
            let account = layout::account_of(&tag).ok_or_else(damaged)?;
            if after.is_some_and(|after| account < after.account()) {
                continue;
            }
            let folder = self.layout.account(account);
            for shard in disk::list(&folder)? {
                let last = layout::last_key_in(account, &shard).ok_or_else(damaged)?;
                if Some(last) <= after {
                    continue;
                }
                for name in disk::list(&folder.join(&shard))? {
                    let key = layout::key_in(account, &shard, &name).ok_or_else(damaged)?;
                    if rows.len() == limit {
                        return Ok(rows);
                    }
                    if Some(key) > after {
                        rows.extend(self.look(&key)?.map(|record| (key, record)));
                    }
                }
            }
        }
        Ok(rows)
    }
}

/// The record of a key.
pub(crate) fn find(layout: &Layout, key: &RecordKey) -> Result<Option<Found>, Error> {
    let Some((bytes, names)) = disk::read(&layout.record(key), record::BYTES + 1)? else { return Ok(None) };
    let record = record::unpack(key, &bytes).ok_or_else(damaged)?;
    Ok(Some(Found { record, fresh: names > 1 }))
}

/// Makes durable what another has begun: who inserts a record takes its other name away once its names are durable. Without
/// this a reader could go on to use a key that a power failure takes back.
pub(crate) fn settle(layout: &Layout, key: &RecordKey, found: &Found) -> Result<(), Error> {
    if found.fresh {
        let mut ways = BTreeSet::new();
        layout.ways_to_record(key, &mut ways);
        layout.ways_to_id(&found.record.id, &mut ways);
        disk::sync(&ways)?;
        disk::remove(&layout.new_record(&found.record.id))?;
    }
    Ok(())
}

/// Rows in parts of which none names a key or an id twice.
fn apart(rows: &[(RecordKey, Record)]) -> Vec<&[(RecordKey, Record)]> {
    let mut parts = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let (mut keys, mut ids) = (HashSet::new(), HashSet::new());
        let is_new = |(key, record): &&(RecordKey, Record)| keys.insert(*key) && ids.insert(record.id);
        let len = rest.iter().take(AT_ONCE).take_while(is_new).count();
        let (part, after) = rest.split_at(len);
        parts.push(part);
        rest = after;
    }
    parts
}

impl SubjectStore for DirectoryStore {
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        self.while_there(|| keys.iter().map(|key| self.look(key)).collect())
    }

    fn insert_if_absent(&self, records: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        self.while_there(|| {
            let parts = apart(records).into_iter().map(|part| self.insert_apart(part));
            Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
        })
    }

    fn locate(&self, ids: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error> {
        self.while_there(|| ids.iter().map(|id| self.locate_one(id)).collect())
    }

    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        self.while_there(|| self.delete_all(keys))
    }

    fn delete_account(&self, account: AccountTag) -> Result<u64, Error> {
        self.while_there(|| self.delete_all_of(account))
    }

    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        self.while_there(|| self.scan_after(after, limit))
    }

    fn purge(&self) -> Result<(), Error> {
        self.while_there(|| sweep::sweep(&self.layout))
    }
}

impl fmt::Debug for DirectoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DirectoryStore(..)")
    }
}
