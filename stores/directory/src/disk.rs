//! Steps on the disk, each done whole or not at all, and what their failures mean; knows no record.

use crate::abreast::abreast;
use pumice::{Code, Error};
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

pub(crate) fn failed(_: io::Error) -> Error {
    Error::new(Code::StoreFailed)
}

pub(crate) fn damaged() -> Error {
    Error::new(Code::StoreDamaged)
}

/// Whether what was sought is not there; on a network a file that went while it was open says so in other words.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::StaleNetworkFileHandle)
}

/// The answer, or none of what is not there.
pub(crate) fn there<T>(answer: io::Result<T>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Up to `limit` bytes of a file, and how many names it has.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Option<(Vec<u8>, u64)>, Error> {
    let Some(file) = there(File::open(path))? else { return Ok(None) };
    let Some(about) = there(file.metadata())? else { return Ok(None) };
    if !about.is_file() {
        return Err(damaged());
    }
    let mut bytes = Vec::with_capacity(limit);
    Ok(there(file.take(limit as u64).read_to_end(&mut bytes))?.map(|_| (bytes, names(&about))))
}

#[cfg(unix)]
fn names(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(about)
}

#[cfg(not(unix))]
fn names(_: &Metadata) -> u64 {
    1
}

/// Writes a file that is durable once it has a durable name; false if there is one of this name.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(path);
        return Err(failed(error));
    }
    Ok(true)
}

/// What became of a name that was to be given.
#[derive(PartialEq)]
pub(crate) enum Named {
    Done,
    Taken,
    /// The directory is not there, or what was to be named.
    NoWay,
}

fn named(answer: io::Result<()>) -> Result<Named, Error> {
    match answer {
        Ok(()) => Ok(Named::Done),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Named::Taken),
        Err(error) if is_absent(&error) => Ok(Named::NoWay),
        Err(error) => Err(failed(error)),
    }
}

/// Gives a file a second name.
pub(crate) fn link(file: &Path, name: &Path) -> Result<Named, Error> {
    named(fs::hard_link(file, name))
}

/// Makes a symbolic link.
#[cfg(unix)]
pub(crate) fn point(name: &Path, to: &Path) -> Result<Named, Error> {
    named(std::os::unix::fs::symlink(to, name))
}

/// Only there is it one step that anyone may take.
#[cfg(not(unix))]
pub(crate) fn point(_: &Path, _: &Path) -> Result<Named, Error> {
    Err(Error::new(Code::StoreFailed))
}

/// Whether there was such a file.
pub(crate) fn remove(path: &Path) -> Result<bool, Error> {
    there(fs::remove_file(path)).map(|removed| removed.is_some())
}

/// Removes a directory with nothing in it.
pub(crate) fn remove_if_empty(path: &Path) -> Result<(), Error> {
    match fs::remove_dir(path) {
        // POSIX lets a file system say either.
        Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
            Ok(())
        }
        answer => there(answer).map(drop),
    }
}

/// Makes a directory for its owner alone, unless it is there; false if what it would be in is not.
pub(crate) fn make_folder(path: &Path) -> Result<bool, Error> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
        answer => there(answer).map(|made| made.is_some()),
    }
}

/// What is in a directory, in order; nothing if it is not there. Names with a dot before them are those of the file
/// system, or of who looks after it.
pub(crate) fn list(path: &Path) -> Result<Vec<String>, Error> {
    let Some(entries) = there(fs::read_dir(path))? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().into_string().map_err(|_| damaged())?;
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Makes the names in these directories durable.
pub(crate) fn sync(folders: &BTreeSet<PathBuf>) -> Result<(), Error> {
    // Only there can a directory be opened as a file.
    if cfg!(unix) {
        let folders: Vec<&PathBuf> = folders.iter().collect();
        abreast(&folders, |folder| there(File::open(folder).and_then(|folder| folder.sync_all())))?;
    }
    Ok(())
}
