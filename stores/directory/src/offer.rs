//! One record on its way into the store: written, named by its id, named by its key; what fails is taken back.

use crate::disk::{self, Named};
use crate::layout::Layout;
use crate::record;
use crate::store::{find, settle};
use pumice::crypto::{Inserted, Record, RecordKey};
use pumice::{Code, Error};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How often the place of a record may change while it is looked at.
const ATTEMPTS: u32 = 64;

pub(crate) struct Offer<'a> {
    layout: &'a Layout,
    key: RecordKey,
    record: Record,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    /// It is in `new`, and nobody looks for it there.
    Written,
    /// Its id leads to its place, where it is not yet.
    Pointed,
    /// It is in its place: anyone may use it.
    Published,
}

impl<'a> Offer<'a> {
    /// None if its id is taken. Its name in `new` keeps others from the same id until it is in its place.
    pub(crate) fn make(layout: &'a Layout, key: RecordKey, record: Record) -> Result<Option<Self>, Error> {
        let offer = || Offer { layout, key, record, stage: Stage::Written };
        // Before the wait for the disk.
        if layout.id(&record.id).is_symlink() {
            return Ok(None);
        }
        let bytes = record::pack(&key, &record);
        Ok(disk::write_new(&layout.new_record(&record.id), &bytes)?.then(offer))
    }

    /// Puts it in its place, unless another is there; `ways` are then what must be made durable.
    pub(crate) fn publish(&mut self, ways: &mut BTreeSet<PathBuf>) -> Result<Inserted, Error> {
        let (layout, new) = (self.layout, self.layout.new_record(&self.record.id));
        let (id, place) = (layout.id(&self.record.id), layout.record(&self.key));
        // INVARIANT: the id first. A record without its id would make tokens that nobody can locate.
        if !self.give(&id, |id| disk::point(id, &Layout::link_to(&self.key)))? {
            return Ok(Inserted::IdTaken);
        }
        self.stage = Stage::Pointed;
        for _ in 0..ATTEMPTS {
            if self.give(&place, |place| disk::link(&new, place))? {
                self.stage = Stage::Published;
                break;
            }
            match find(layout, &self.key)? {
                // On a network the answer to a link may be lost, and what was asked again finds it done.
                Some(found) if found.record == self.record => {
                    self.stage = Stage::Published;
                    break;
                }
                Some(found) => {
                    settle(layout, &self.key, &found)?;
                    return Ok(Inserted::Existing(found.record));
                }
                // It was deleted meanwhile.
                None => {}
            }
        }
        match self.stage {
            Stage::Published => {
                layout.ways_to_record(&self.key, ways);
                layout.ways_to_id(&self.record.id, ways);
                Ok(Inserted::New)
            }
            Stage::Written | Stage::Pointed => Err(Error::new(Code::StoreFailed)),
        }
    }

    /// Whether the name was given; the directories to it are made where they are missing. A purge may remove them again
    /// while they are empty.
    fn give(&self, name: &Path, give: impl Fn(&Path) -> Result<Named, Error>) -> Result<bool, Error> {
        for _ in 0..ATTEMPTS {
            match give(name)? {
                Named::Done => return Ok(true),
                Named::Taken => return Ok(false),
                Named::NoWay => {
                    // Never what was made with the store: where that is missing, the store is.
                    let ours = [self.layout.records(), self.layout.ids()];
                    let folders =
                        name.ancestors().skip(1).take_while(|folder| !ours.iter().any(|our| our == folder));
                    let folders: Vec<_> = folders.collect();
                    for folder in folders.iter().rev() {
                        disk::make_folder(folder)?;
                    }
                }
            }
        }
        Err(Error::new(Code::StoreFailed))
    }

    /// Its names are durable: the one in `new` has done its duty.
    pub(crate) fn end(self) -> Result<(), Error> {
        match self.stage {
            Stage::Published => disk::remove(&self.layout.new_record(&self.record.id)).map(drop),
            // Taken back when it is dropped.
            Stage::Written | Stage::Pointed => Ok(()),
        }
    }
}

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        let (id, new) = (self.layout.id(&self.record.id), self.layout.new_record(&self.record.id));
        // What cannot be taken back now is found by a purge.
        match self.stage {
            Stage::Written => drop(disk::remove(&new)),
            Stage::Pointed => drop(disk::remove(&id).and_then(|_| disk::remove(&new))),
            // Where its names are not durable, the one in `new` says so.
            Stage::Published => {}
        }
    }
}
