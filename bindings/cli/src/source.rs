//! Where bytes come from: a file, or `-` for stdin; knows nothing of lines.

use crate::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(crate) struct Source {
    path: Option<PathBuf>,
    /// The size in bytes of a regular file; pipes and devices have none.
    pub(crate) size: Option<u64>,
}

impl Source {
    /// Looks before anything is written: an input that is not there, or is a directory, is found here.
    pub(crate) fn find(path: &Path) -> Result<Source, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Source { path: None, size: None });
        }
        let found = fs::metadata(path).and_then(|found| match found.is_dir() {
            true => Err(io::ErrorKind::IsADirectory.into()),
            // Opening a pipe has effects; opening a regular file tells whether it may be read.
            false if found.is_file() => File::open(path).map(|_| Some(found.len())),
            false => Ok(None),
        });
        let size = found.map_err(|error| Failure::unusable(path, &error))?;
        Ok(Source { path: Some(path.to_owned()), size })
    }

    pub(crate) fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "stdin".to_owned(), |path| path.display().to_string())
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, Failure> {
        match &self.path {
            None => Ok(Box::new(io::stdin())),
            Some(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(Failure::io(&self.name(), &error)),
            },
        }
    }
}
