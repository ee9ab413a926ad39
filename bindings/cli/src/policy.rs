//! The options that make a scrubber, the same for every verb; knows nothing of events.

use crate::failure::{Failure, in_file, in_words};
use crate::keys::{self, Absent};
use pumice::crypto::Keys;
use pumice::policy::Bundle;
#[cfg(feature = "uap")]
use pumice::redact::user_agent::UapRules;
use pumice::{GeoDb, Scrubber};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) policies: Policies,
    #[command(flatten)]
    supplies: Supplies,
}

/// Where the policy is, or the set of them.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Policies {
    /// The policy: which field gets what; or a set of policies as one document.
    #[arg(short, long, value_name = "FILE", conflicts_with = "policies")]
    policy: Option<PathBuf>,
    /// A folder of policies (*.json), as a set. Each has its own name, or else that of its file.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// The selector at which an event names its policy of the folder, such as event_name.
    #[arg(long, value_name = "SELECTOR", requires = "policies")]
    by: Option<String>,
    /// The policy of the set that all events have, whatever they say.
    #[arg(long, value_name = "NAME")]
    named: Option<String>,
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
        self.supplies.scrubber(&self.policies, absent)
    }

    /// The same for who sees no events: it needs no keys.
    pub(crate) fn scrubber_to_look_at(&self) -> Result<Scrubber, Failure> {
        let keys = match self.supplies.keys.keys(Absent::Refused)? {
            Some(keys) => keys,
            None => keys::passing().map_err(|error| Failure::data(in_words(&error)))?,
        };
        self.supplies.scrubber_with(&self.policies, Some(keys))
    }
}

impl Supplies {
    /// Whether something was given that only events have a use for.
    pub(crate) fn are_of_events(&self) -> bool {
        let Supplies { databases, keys: _, account: _, subject, max_event_bytes } = self;
        databases.are_given() || subject.is_some() || max_event_bytes.is_some()
    }

    pub(crate) fn scrubber(&self, policies: &Policies, absent: Absent) -> Result<Scrubber, Failure> {
        self.scrubber_with(policies, self.keys.keys(absent)?)
    }

    fn scrubber_with(&self, policies: &Policies, keys: Option<Arc<Keys>>) -> Result<Scrubber, Failure> {
        let (path, document) = policies.read()?;
        let mut builder = Scrubber::builder(&document);
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
        let scrubber = builder.build().map_err(|error| in_file(path, &error))?;
        match &policies.named {
            Some(name) => scrubber.named(name).map_err(|error| in_file(path, &error)),
            None => Ok(scrubber),
        }
    }
}

impl Policies {
    /// Whether there is one at all.
    pub(crate) fn are_given(&self) -> bool {
        self.policy.is_some() || self.policies.is_some()
    }

    /// The document, and where it is from.
    pub(crate) fn read(&self) -> Result<(&Path, Vec<u8>), Failure> {
        match (&self.policy, &self.policies) {
            (Some(path), _) => Ok((path, read(path)?)),
            (None, Some(folder)) => {
                let mut bundle = Bundle::new(self.by.as_deref());
                for path in documents_in(folder)? {
                    let added = bundle.add(&stem(&path), &read(&path)?);
                    added.map_err(|error| in_file(&path, &error))?;
                }
                Ok((folder, bundle.to_json().into_bytes()))
            }
            (None, None) => Err(Failure::usage("give --policy FILE or --policies DIR")),
        }
    }
}

/// The *.json files of a folder, in the order of their names.
pub(crate) fn documents_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| Failure::unusable(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    match paths.is_empty() {
        true => Err(Failure::usage(format!("{}: no *.json file in it", folder.display()))),
        false => Ok(paths),
    }
}

/// The name of a file up to its first dot.
pub(crate) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
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

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::unusable(path, &error))
}
