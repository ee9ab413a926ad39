//! The options that make a scrubber, the same for every verb; knows nothing of events.

use crate::failure::{Failure, in_words};
#[cfg(feature = "uap")]
use pumice::redact::user_agent::UapRules;
use pumice::{GeoDb, Scrubber};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// The policy: which field gets what.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    databases: Databases,
    /// The largest event taken, in bytes without its line end; 16 MiB if not given.
    #[arg(long, value_name = "BYTES")]
    max_event_bytes: Option<usize>,
}

#[derive(clap::Args)]
pub(crate) struct Databases {
    /// A geo database (mmdb), for `"geo"` on ip rules.
    #[arg(long, value_name = "FILE")]
    geo: Option<PathBuf>,
    /// The uap-core rules (regexes.yaml), for `"engine": "uap"` on user_agent rules.
    #[cfg(feature = "uap")]
    #[arg(long, value_name = "FILE")]
    uap: Option<PathBuf>,
}

impl Options {
    pub(crate) fn scrubber(&self) -> Result<Scrubber, Failure> {
        let policy = read(&self.policy)?;
        let mut builder = Scrubber::builder(&policy);
        if let Some(bytes) = self.max_event_bytes {
            builder = builder.max_event_bytes(bytes);
        }
        if let Some(geo) = self.databases.geo()? {
            builder = builder.geo(geo);
        }
        #[cfg(feature = "uap")]
        if let Some(uap) = self.databases.uap()? {
            builder = builder.uap(uap);
        }
        builder.build().map_err(|error| in_file(&self.policy, &error))
    }
}

impl Databases {
    pub(crate) fn geo(&self) -> Result<Option<GeoDb>, Failure> {
        let Some(path) = &self.geo else { return Ok(None) };
        GeoDb::from_bytes(read(path)?).map(Some).map_err(|error| in_file(path, &error))
    }

    #[cfg(feature = "uap")]
    pub(crate) fn uap(&self) -> Result<Option<UapRules>, Failure> {
        let Some(path) = &self.uap else { return Ok(None) };
        UapRules::from_bytes(&read(path)?).map(Some).map_err(|error| in_file(path, &error))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::unusable(path, &error))
}

fn in_file(path: &Path, error: &pumice::Error) -> Failure {
    Failure::usage(format!("{}: {}", path.display(), in_words(error)))
}
