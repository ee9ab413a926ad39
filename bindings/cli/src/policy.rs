//! The options that make a scrubber, the same for every verb; knows nothing of events.

use crate::failure::{Failure, in_words};
use pumice::{GeoDb, Scrubber};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The policy: which field gets what.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    databases: Databases,
    /// The account (whose key), where the policy's events do not name it.
    #[arg(long)]
    account: Option<String>,
    /// The subject (whose data), where the policy's events do not name it.
    #[arg(long)]
    subject: Option<String>,
    /// The largest event taken, in bytes without its line end.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    pub(crate) max_event_bytes: usize,
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
        let mut builder = Scrubber::builder(&policy).max_event_bytes(self.max_event_bytes);
        if let Some(geo) = self.databases.geo()? {
            builder = builder.geo(geo);
        }
        #[cfg(feature = "uap")]
        if let Some(uap) = self.databases.uap()? {
            builder = builder.uap(uap);
        }
        if let Some(account) = &self.account {
            builder = builder.account(account);
        }
        if let Some(subject) = &self.subject {
            builder = builder.subject(subject);
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
    pub(crate) fn uap(&self) -> Result<Option<pumice::UapRules>, Failure> {
        let Some(path) = &self.uap else { return Ok(None) };
        pumice::UapRules::from_bytes(&read(path)?).map(Some).map_err(|error| in_file(path, &error))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::unusable(path, &error))
}

fn in_file(path: &Path, error: &pumice::Error) -> Failure {
    Failure::usage(format!("{}: {}", path.display(), in_words(error)))
}
