//! The file of a store: made whole or not at all, locked by one process, replaced in one step; knows no table.

use crate::failure::{damaged, failed};
use pumice::{Code, Error};
use redb::Database;
use redb::backends::FileBackend;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// How much of the file is kept in memory, in bytes.
const CACHE_BYTES: usize = 64 << 20;

/// How often a file may be replaced by its owner while it is being opened.
const ATTEMPTS: u32 = 8;

/// A file that this process has locked.
pub(crate) struct Held {
    pub(crate) path: PathBuf,
    pub(crate) database: Database,
}

fn unusable(_: io::Error) -> Error {
    Error::new(Code::StoreFailed)
}

fn database(file: File) -> Result<Database, Error> {
    Database::builder()
        .set_cache_size(CACHE_BYTES)
        // Without it redb trusts a file that was closed in order, and panics, or answers wrongly, where it was damaged.
        .set_check_integrity_on_open(true)
        .create_with_backend(FileBackend::new(file).map_err(failed)?)
        .map_err(failed)
}

/// Opens the file; none if there is none.
pub(crate) fn open(path: &Path) -> Result<Option<Held>, Error> {
    for _ in 0..ATTEMPTS {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error)),
        };
        // A purge replaces the file, not what links to it.
        let path = path.canonicalize().map_err(unusable)?;
        let opened = file.metadata().map_err(unusable)?;
        // A store is never empty: redb would make a new one of it.
        if !opened.is_file() || opened.len() == 0 {
            return Err(damaged());
        }
        let database = database(file)?;
        // Whoever held the lock until now may have replaced the file: this one would be written in vain.
        if !is_at(&opened, &path)? {
            continue;
        }
        remove_unfinished(&path)?;
        sync_directory(&path)?;
        return Ok(Some(Held { path, database }));
    }
    Err(Error::new(Code::StoreLocked))
}

/// Makes the file, and has it filled before it gets its name. Where there is one by then, that one stays, and the answer is
/// none.
pub(crate) fn make(
    path: &Path,
    fill: impl FnOnce(&Database) -> Result<(), Error>,
) -> Result<Option<Held>, Error> {
    let made = tempfile::Builder::new().prefix(".pumice-").tempfile_in(directory(path)).map_err(unusable)?;
    let (file, made) = made.into_parts();
    let database = database(file)?;
    fill(&database)?;
    match made.persist_noclobber(path) {
        Ok(()) => {}
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(unusable(error.error)),
    }
    sync_directory(path)?;
    Ok(Some(Held { path: path.canonicalize().map_err(unusable)?, database }))
}

/// A file beside another, to replace it. It goes when it is dropped before that.
pub(crate) struct Successor {
    path: TempPath,
    pub(crate) database: Database,
}

impl Successor {
    pub(crate) fn make(path: &Path) -> Result<Self, Error> {
        remove_unfinished(path)?;
        let path = unfinished(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(unusable)?;
        let path = TempPath::try_from_path(path).map_err(unusable)?;
        Ok(Successor { path, database: database(file)? })
    }

    /// Takes the place of the file. That is lasting once its directory is synchronized.
    pub(crate) fn replace(self, path: &Path) -> Result<Database, Error> {
        self.path.persist(path).map_err(|error| unusable(error.error))?;
        Ok(self.database)
    }
}

/// The name of a successor: always the same, so that what a crash left is found.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".purge");
    PathBuf::from(name)
}

fn remove_unfinished(path: &Path) -> Result<(), Error> {
    match fs::remove_file(unfinished(path)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(error)),
        _ => Ok(()),
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in the file's directory lasting.
pub(crate) fn sync_directory(path: &Path) -> Result<(), Error> {
    // Only there can a directory be opened as a file.
    if cfg!(unix) {
        File::open(directory(path)).and_then(|directory| directory.sync_all()).map_err(unusable)?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_at(opened: &Metadata, path: &Path) -> Result<bool, Error> {
    use std::os::unix::fs::MetadataExt;
    match fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unusable(error)),
    }
}

/// Elsewhere std does not tell which file it is.
#[cfg(not(unix))]
fn is_at(_: &Metadata, _: &Path) -> Result<bool, Error> {
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_replaced_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("store"), folder.path().join("other"));
        fs::write(&path, b"1").unwrap();
        fs::write(&other, b"1").unwrap();
        let opened = fs::metadata(&path).unwrap();
        assert!(is_at(&opened, &path).unwrap());
        fs::rename(&other, &path).unwrap();
        assert!(!is_at(&opened, &path).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_at(&opened, &path).unwrap());
    }
}
