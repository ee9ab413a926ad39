//! The options that make a scrubber, the same for every verb; knows nothing of events.

use crate::failure::{Failure, in_file, in_words};
use crate::keys::{self, Absent};
use pumice::crypto::Keys;
#[cfg(feature = "uap")]
use pumice::redact::user_agent::UapRules;
use pumice::{GeoDb, Scrubber};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// The policy: which field gets what.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    supplies: Supplies,
}

// What a policy may need beside itself.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Supplies {
    #[command(flatten)]
    databases: Databases,
    #[command(flatten)]
    pub(crate) keys: keys::Options,
    /// The account of all events, whatever the policy says of it.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// The subject of all events, whatever the policy says of it.
    #[arg(long)]
    subject: Option<String>,
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
    pub(crate) fn scrubber(&self, absent: Absent) -> Result<Scrubber, Failure> {
        self.supplies.scrubber(&self.policy, absent)
    }

    /// The same for who sees no events: it needs no keys.
    pub(crate) fn scrubber_to_look_at(&self) -> Result<Scrubber, Failure> {
        let keys = match self.supplies.keys.keys(Absent::Refused)? {
            Some(keys) => keys,
            None => keys::passing().map_err(|error| Failure::data(in_words(&error)))?,
        };
        self.supplies.scrubber_with(&self.policy, Some(keys))
    }
}

impl Supplies {
    /// Whether something was given that only events have a use for.
    pub(crate) fn are_of_events(&self) -> bool {
        let Supplies { databases, keys: _, account: _, subject, max_event_bytes } = self;
        databases.are_given() || subject.is_some() || max_event_bytes.is_some()
    }

    pub(crate) fn scrubber(&self, policy: &Path, absent: Absent) -> Result<Scrubber, Failure> {
        self.scrubber_with(policy, self.keys.keys(absent)?)
    }

    fn scrubber_with(&self, path: &Path, keys: Option<Arc<Keys>>) -> Result<Scrubber, Failure> {
        let policy = read(path)?;
        let mut builder = Scrubber::builder(&policy);
        if let Some(keys) = keys {
            builder = builder.keys(keys);
        }
        if let Some(account) = &self.account {
            builder = builder.account(account);
        }
        if let Some(subject) = &self.subject {
            builder = builder.subject(subject);
        }
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
        builder.build().map_err(|error| in_file(path, &error))
    }
}

impl Databases {
    fn are_given(&self) -> bool {
        #[cfg(feature = "uap")]
        let uap = self.uap.is_some();
        #[cfg(not(feature = "uap"))]
        let uap = false;
        self.geo.is_some() || uap
    }

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
