//! Where bytes go: stdout, a device, or a file that gets its name only once it is whole; knows nothing of lines.

use crate::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::NamedTempFile;

pub(crate) struct Destination {
    name: String,
    sink: Sink,
}

enum Sink {
    Stdout(io::Stdout),
    /// A pipe or a device: there is nothing to rename.
    Open(File),
    /// A file beside the target, removed when dropped.
    Temporary {
        file: NamedTempFile,
        target: PathBuf,
    },
}

/// Who may read a new file.
#[derive(Clone, Copy)]
pub(crate) enum Readers {
    /// As the umask says.
    Umask,
    /// Its owner alone: it holds raw events.
    Owner,
}

impl Destination {
    pub(crate) fn stdout() -> Destination {
        Destination { name: "stdout".to_owned(), sink: Sink::Stdout(io::stdout()) }
    }

    pub(crate) fn file(path: &Path, readers: Readers, leftovers: &Leftovers) -> Result<Destination, Failure> {
        let sink = open(path, readers, leftovers).map_err(|error| Failure::unusable(path, &error))?;
        Ok(Destination { name: path.display().to_string(), sink })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.sink.as_write().write_all(bytes);
        written.map_err(|error| Failure::io(&self.name, &error))
    }

    #[cfg(feature = "files")]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Everything was written: the file gets its name.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let finished = match self.sink {
            Sink::Stdout(mut stdout) => stdout.flush(),
            Sink::Open(mut file) => file.flush(),
            // Some file systems tell of a full disk only now, and the name must not outlive what it names.
            Sink::Temporary { file, target } => file
                .as_file()
                .sync_all()
                .and_then(|()| file.persist(target).map(drop).map_err(|failed| failed.error)),
        };
        finished.map_err(|error| Failure::io(&self.name, &error))
    }
}

impl Sink {
    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Sink::Stdout(stdout) => stdout,
            Sink::Open(file) => file,
            Sink::Temporary { file, .. } => file,
        }
    }
}

#[cfg(feature = "files")]
impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.as_write().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.as_write().flush()
    }
}

fn open(path: &Path, readers: Readers, leftovers: &Leftovers) -> io::Result<Sink> {
    let target = resolve(path);
    let existing = fs::metadata(&target).ok();
    if let Some(existing) = &existing {
        if existing.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !existing.is_file() {
            return OpenOptions::new().write(true).open(&target).map(Sink::Open);
        }
    }
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let prefix = format!(".{}.", name.to_string_lossy());
    let mut temporary = tempfile::Builder::new();
    temporary.prefix(&prefix).suffix(".pumice-tmp");
    #[cfg(unix)]
    if matches!(readers, Readers::Umask) {
        use std::os::unix::fs::PermissionsExt;
        temporary.permissions(fs::Permissions::from_mode(0o666));
    }
    // The error names the temporary file, which nobody asked for: the system's own error is enough.
    let file = temporary
        .tempfile_in(folder)
        .map_err(|error| error.raw_os_error().map_or(error, io::Error::from_raw_os_error))?;
    if let (Some(existing), Readers::Umask) = (existing, readers) {
        file.as_file().set_permissions(existing.permissions())?;
    }
    leftovers.add(file.path());
    Ok(Sink::Temporary { file, target })
}

/// The file that a path leads to, through symbolic links, whether it is there or not.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            fs::canonicalize(folder).map_or_else(|_| path.to_owned(), |folder| folder.join(name))
        }
        _ => path.to_owned(),
    })
}

/// The temporary files that an interrupt has to remove, as it runs no destructors.
pub(crate) struct Leftovers(Arc<Mutex<Vec<PathBuf>>>);

impl Leftovers {
    pub(crate) fn new() -> Leftovers {
        Leftovers(Arc::default())
    }

    pub(crate) fn remove_on_interrupt(&self) {
        let doomed = Arc::clone(&self.0);
        // Where the signals are ignored, as under nohup, they stay so. Without a handler, too, an interrupt leaves
        // nothing under a final name.
        let _ = ctrlc::try_set_handler(move || {
            for path in doomed.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let _ = fs::remove_file(path);
            }
            std::process::exit(130);
        });
    }

    fn add(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
    }
}
