//! User agents: family, major version, system and kind of device; never a model, never the raw string.

use std::borrow::Cow;

mod compact;
mod table;
#[cfg(feature = "uap")]
mod uap;
mod words;

pub use compact::Compact;
#[cfg(feature = "uap")]
pub use uap::UapRules;

/// Family of operating systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Os {
    /// Windows, of any kind
    Windows,
    /// macOS
    MacOs,
    /// iOS and iPadOS
    Ios,
    /// Android
    Android,
    /// ChromeOS
    ChromeOs,
    /// Linux
    Linux,
    /// Anything else
    Other,
}

/// Kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// A desktop or laptop
    Desktop,
    /// A phone
    Mobile,
    /// A tablet
    Tablet,
    /// A crawler or other robot
    Bot,
    /// Anything else: televisions, consoles, libraries, the unknown
    Other,
}

impl Os {
    /// The word that comes out: `Windows`, `macOS`, `iOS`, `Android`, `ChromeOS`, `Linux`, `Other`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Os::Windows => "Windows",
            Os::MacOs => "macOS",
            Os::Ios => "iOS",
            Os::Android => "Android",
            Os::ChromeOs => "ChromeOS",
            Os::Linux => "Linux",
            Os::Other => "Other",
        }
    }
}

impl Device {
    /// The word that comes out: `desktop`, `mobile`, `tablet`, `bot`, `other`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Device::Desktop => "desktop",
            Device::Mobile => "mobile",
            Device::Tablet => "tablet",
            Device::Bot => "bot",
            Device::Other => "other",
        }
    }
}

/// What is known of a user agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent<'a> {
    /// Product, such as `Chrome`; `Other` if unknown.
    pub family: Cow<'a, str>,
    /// First number of its version, empty if unknown.
    pub major: Cow<'a, str>,
    /// System it runs on.
    pub os: Os,
    /// Kind of device.
    pub device: Device,
}

impl Agent<'_> {
    /// What comes out of a text that nobody knows.
    pub const UNKNOWN: Agent<'static> = Agent {
        family: Cow::Borrowed("Other"),
        major: Cow::Borrowed(""),
        os: Os::Other,
        device: Device::Other,
    };
}

/// How much of a user agent is looked at, in bytes: real ones are shorter (the longest of uap-core's cases has
/// 492), and what a parse costs is bounded by it.
const MAX_TEXT: usize = 2048;

/// The part of a user agent that is looked at.
fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or("")
}
