//! Whether an input is lines or a file of columns: told by how it begins, and by its name; reads no more of it.

use crate::failure::Failure;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// A kind of file that has columns, and a schema of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Parquet,
    Avro,
}

impl Container {
    /// What the file at this path is; none if it is lines, or is no file that could be looked into twice.
    ///
    /// # Errors
    /// A name that says what the file is not.
    pub(crate) fn of(path: &Path) -> Result<Option<Container>, Failure> {
        let is_file = path.as_os_str() != "-" && fs::metadata(path).is_ok_and(|about| about.is_file());
        if !is_file {
            return Ok(None);
        }
        let mut start = Vec::new();
        let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut start));
        if read.is_err() {
            // Whoever reads it says so.
            return Ok(None);
        }
        let found = match start.as_slice() {
            b"PAR1" => Some(Container::Parquet),
            b"Obj\x01" => Some(Container::Avro),
            b"PARE" => {
                return Err(Failure::usage(format!("{}: its footer is encrypted", path.display())));
            }
            _ => None,
        };
        match Container::named(path) {
            Some(named) if found != Some(named) => {
                Err(Failure::usage(format!("{}: is not {}", path.display(), named.name())))
            }
            _ => Ok(found),
        }
    }

    /// What a file of this name should be.
    pub(crate) fn named(path: &Path) -> Option<Container> {
        let ending = path.extension()?.to_str()?;
        [(Container::Parquet, "parquet"), (Container::Avro, "avro")]
            .into_iter()
            .find_map(|(container, name)| ending.eq_ignore_ascii_case(name).then_some(container))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Container::Parquet => "a Parquet file",
            Container::Avro => "an Avro container file",
        }
    }
}
