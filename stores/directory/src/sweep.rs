//! What insertions that were cut short left behind, and directories that nobody needs any more; never a living record.

use crate::disk;
use crate::layout::{Layout, bytes_of, id_of};
use crate::store::find;
use pumice::crypto::RecordId;
use pumice::{Code, Error};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Older than this, an insertion will not be ended any more. Should it be after all, it fails: without its name in `new` a
/// record cannot be put in its place.
const CUT_SHORT: Duration = Duration::from_secs(3_600);

pub(crate) fn sweep(layout: &Layout) -> Result<(), Error> {
    let oldest = SystemTime::now().checked_sub(CUT_SHORT).unwrap_or(SystemTime::UNIX_EPOCH);
    for name in disk::list(&layout.news())? {
        let path = layout.news().join(&name);
        if is_before(&path, oldest)? {
            disk::remove(&path)?;
        }
    }
    let mut ways = BTreeSet::from([layout.news(), layout.ids(), layout.records()]);
    for shard in disk::list(&layout.ids())? {
        let folder = layout.ids().join(&shard);
        for name in disk::list(&folder)? {
            if let Some(id) = id_of(&shard, &name)
                && leads_nowhere(layout, &id)?
            {
                disk::remove(&folder.join(&name))?;
            }
        }
        disk::remove_if_empty(&folder)?;
        ways.insert(folder);
    }
    for tag in disk::list(&layout.records())?.iter().filter(|tag| bytes_of::<8>(tag).is_some()) {
        let account = layout.records().join(tag);
        for shard in disk::list(&account)? {
            disk::remove_if_empty(&account.join(shard))?;
        }
        disk::remove_if_empty(&account)?;
        ways.insert(account);
    }
    disk::sync(&ways)
}

fn is_before(path: &Path, oldest: SystemTime) -> Result<bool, Error> {
    let Some(about) = disk::there(fs::symlink_metadata(path))? else { return Ok(false) };
    Ok(about.modified().map_err(disk::failed)? < oldest)
}

/// Whether an id names no record, and never will.
fn leads_nowhere(layout: &Layout, id: &RecordId) -> Result<bool, Error> {
    // INVARIANT: looked at first. Whoever inserts a record takes this name away after the record is in its place.
    if layout.new_record(id).is_symlink() || layout.new_record(id).exists() {
        return Ok(false);
    }
    let Some(link) = disk::there(fs::read_link(layout.id(id)))? else { return Ok(false) };
    let Some(key) = Layout::key_of_link(&link) else { return Ok(false) };
    match find(layout, &key) {
        Ok(found) => Ok(found.is_none_or(|found| found.record.id != *id)),
        Err(error) if error.code() == Code::StoreDamaged => Ok(false),
        Err(error) => Err(error),
    }
}
