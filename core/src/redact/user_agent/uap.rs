//! The uap-core rules as an engine; refuses to know where the rules file comes from.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

// Not std's OnceLock: a file that does not compile is an error, and `get_or_try_init` is unstable there.
use once_cell::sync::OnceCell;
use serde::Deserialize;

use super::{Agent, Compact, Device, Os, head};
use crate::error::{Code, Error};

/// Longest family that comes out; uap-core's own longest is 50 bytes.
const MAX_FAMILY: usize = 64;
/// Longest major version that comes out: a longer one could be somebody's number.
const MAX_MAJOR: usize = 8;

/// The user-agent rules of uap-core, read from its `regexes.yaml`.
///
/// Clones share one set of compiled rules. [`UapRules::from_bytes`] only reads the file (a few milliseconds);
/// the regular expressions are compiled once, by the first [`UapRules::compile`] or [`UapRules::parse`]
/// (tens of milliseconds, some ten megabytes), so a file that was given but that no rule needs costs little.
///
/// ```
/// use pumice::redact::user_agent::UapRules;
///
/// let file = br#"
/// user_agent_parsers: [ { regex: '(Instagram) (\d+)' } ]
/// os_parsers: [ { regex: 'iPhone OS', os_replacement: 'iOS' } ]
/// device_parsers: []
/// "#;
/// let rules = UapRules::from_bytes(file)?;
/// rules.compile()?;
///
/// let agent = rules.parse("Mobile/13F69 Instagram 8.4.0 (iPhone7,2; iPhone OS 9_3_2)");
/// assert_eq!((agent.family.as_ref(), agent.major.as_ref(), agent.os.as_str()), ("Instagram", "8", "iOS"));
/// # Ok::<(), pumice::Error>(())
/// ```
#[derive(Clone)]
pub struct UapRules {
    shared: Arc<Shared>,
}

struct Shared {
    source: File,
    compiled: OnceCell<Compiled>,
}

impl fmt::Debug for UapRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UapRules")
    }
}

impl UapRules {
    /// Reads the `regexes.yaml` of uap-core.
    ///
    /// # Errors
    /// [`Code::UapInvalid`]: not YAML of that shape, or without a rule for user agents or for systems.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let source: File = serde_saphyr::from_slice(bytes).map_err(|_| invalid())?;
        if source.user_agent_parsers.is_empty() || source.os_parsers.is_empty() {
            return Err(invalid());
        }
        Ok(UapRules { shared: Arc::new(Shared { source, compiled: OnceCell::new() }) })
    }

    /// Compiles the rules, unless that was done. Whoever builds something that will [`parse`](Self::parse) calls
    /// this first, so that rules that do not compile are an error then, and not at the first event.
    ///
    /// # Errors
    /// [`Code::UapInvalid`]: a regular expression or a replacement of the file is wrong.
    pub fn compile(&self) -> Result<(), Error> {
        self.compiled().map(|_| ())
    }

    /// What the rules know of this user agent. What is unknown is `Other`, and so is everything if the rules do
    /// not [`compile`](Self::compile).
    ///
    /// A family is what the rules say, and some rules take it from the text itself (`(\w+)Bot`). So a family that
    /// is over 64 bytes long, or has an `@` or seven digits in a row, is `Other`; a major version that is not of
    /// digits and dots, or is over eight bytes long, is empty.
    #[must_use]
    pub fn parse<'a>(&'a self, text: &'a str) -> Agent<'a> {
        let Ok(rules) = self.compiled() else { return Agent::UNKNOWN };
        let text = head(text);
        let os = rules.os.extract(text).map_or(Os::Other, |os| os_named(&os.os));
        let (family, major) = match rules.agents.extract(text) {
            Some(agent) => (agent.family, agent.major.unwrap_or("")),
            None => (Cow::Borrowed("Other"), ""),
        };
        let device =
            if rules.spiders.extract(text).is_some() { Device::Bot } else { Compact.parse(text).device };
        Agent {
            family: if is_name(&family) { family } else { Cow::Borrowed("Other") },
            major: Cow::Borrowed(if is_version(major) { major } else { "" }),
            os,
            device,
        }
    }

    fn compiled(&self) -> Result<&Compiled, Error> {
        self.shared.compiled.get_or_try_init(|| Compiled::new(&self.shared.source))
    }
}

#[derive(Deserialize)]
struct File {
    user_agent_parsers: Vec<AgentRule>,
    os_parsers: Vec<OsRule>,
    device_parsers: Vec<DeviceRule>,
}

#[derive(Clone, Deserialize)]
struct AgentRule {
    regex: String,
    family_replacement: Option<String>,
    v1_replacement: Option<String>,
}

#[derive(Clone, Deserialize)]
struct OsRule {
    regex: String,
    os_replacement: Option<String>,
}

#[derive(Clone, Deserialize)]
struct DeviceRule {
    regex: String,
    regex_flag: Option<String>,
    device_replacement: Option<String>,
}

struct Compiled {
    agents: ua_parser::user_agent::Extractor<'static>,
    os: ua_parser::os::Extractor<'static>,
    spiders: ua_parser::device::Extractor<'static>,
}

impl Compiled {
    fn new(file: &File) -> Result<Self, Error> {
        let agents = file.user_agent_parsers.iter().cloned().map(|rule| ua_parser::user_agent::Parser {
            regex: rule.regex.into(),
            family_replacement: rule.family_replacement.map(Cow::Owned),
            v1_replacement: rule.v1_replacement.map(Cow::Owned),
            ..Default::default()
        });
        let os = file.os_parsers.iter().cloned().map(|rule| ua_parser::os::Parser {
            regex: rule.regex.into(),
            os_replacement: rule.os_replacement.map(Cow::Owned),
            ..Default::default()
        });
        // The other device rules name brands and models, which never come out, and cost the most to compile. The
        // last rule for spiders is only sound after them: it calls Silk, Yahoo and WhatsApp spiders.
        let spiders = file
            .device_parsers
            .iter()
            .take_while(|rule| rule.device_replacement.as_deref() == Some("Spider"));
        let spiders = spiders.cloned().map(|rule| ua_parser::device::Parser {
            regex: rule.regex.into(),
            regex_flag: rule.regex_flag.map(|_| ua_parser::device::Flag::IgnoreCase),
            device_replacement: rule.device_replacement.map(Cow::Owned),
            ..Default::default()
        });
        Ok(Compiled {
            agents: ua_parser::user_agent::Builder::new()
                .push_all(agents)
                .map_err(|_| invalid())?
                .build()
                .map_err(|_| invalid())?,
            os: ua_parser::os::Builder::new()
                .push_all(os)
                .map_err(|_| invalid())?
                .build()
                .map_err(|_| invalid())?,
            spiders: ua_parser::device::Builder::new()
                .push_all(spiders)
                .map_err(|_| invalid())?
                .build()
                .map_err(|_| invalid())?,
        })
    }
}

fn invalid() -> Error {
    Error::new(Code::UapInvalid)
}

/// Our family of an operating system of uap-core's.
fn os_named(name: &str) -> Os {
    match name {
        "iOS" => Os::Ios,
        "Android" | "Chromecast Android" => Os::Android,
        "Mac OS X" | "Mac OS" => Os::MacOs,
        "Chrome OS" => Os::ChromeOs,
        "Linux" | "Ubuntu" | "Kubuntu" | "Lubuntu" | "Debian" | "Fedora" | "Red Hat" | "CentOS" | "SUSE"
        | "openSUSE" | "Gentoo" | "Slackware" | "Mandriva" | "Mageia" | "Arch Linux" | "Linux Mint"
        | "PCLinuxOS" | "Puppy" | "BackTrack" | "Chromecast Linux" => Os::Linux,
        name if name.starts_with("Windows") => Os::Windows,
        _ => Os::Other,
    }
}

fn is_name(family: &str) -> bool {
    let mut digits = 0;
    !family.is_empty()
        && family.len() <= MAX_FAMILY
        && family.chars().all(|c| {
            digits = if c.is_numeric() { digits + 1 } else { 0 };
            c != '@' && digits < 7
        })
}

fn is_version(major: &str) -> bool {
    major.len() <= MAX_MAJOR && major.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
