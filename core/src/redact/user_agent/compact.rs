//! The engine of every face: the words of the text; refuses to let the text itself out.

use std::borrow::Cow;

use super::table::{Kind, Marks, Row, VersionAt};
use super::words::{Word, Words, number_at, number_behind};
use super::{Agent, Device, Os, head};

/// The engine of every face: one pass over the words of the text and a table of products, systems and devices
/// (`core/data/in_app_browsers.tsv`).
///
/// The family is always in the spelling of the table, never a piece of the text; the major version has
/// at most six digits. A robot that the table does not know is `Other`, a `bot`. At most the first 2,048 bytes are
/// looked at.
///
/// ```
/// use pumice::redact::user_agent::{Compact, Device, Os};
///
/// let text = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
///             Mobile/15E148 Instagram 278.0.0.19.115 (iPhone12,1; iOS 16_3; fr_FR)";
/// let agent = Compact.parse(text);
/// assert_eq!((agent.family.as_ref(), agent.major.as_ref()), ("Instagram", "278"));
/// assert_eq!((agent.os, agent.device), (Os::Ios, Device::Mobile));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Compact;

impl Compact {
    /// What is known of this user agent. Never fails: what is unknown is `Other`.
    #[must_use]
    pub fn parse<'a>(&'a self, text: &'a str) -> Agent<'a> {
        let text = head(text);
        let found = Found::in_text(text);
        let os = found.os();
        match found.product() {
            Some(product) => Agent {
                family: Cow::Borrowed(found.family(product, os)),
                major: Cow::Borrowed(found.major(product)),
                os,
                device: found.device(product.row.kind, os),
            },
            None => Agent { os, device: found.device(Kind::Browser, os), ..Agent::UNKNOWN },
        }
    }
}

/// What the words of a text tell.
struct Found<'a> {
    product: Option<Product<'a>>,
    marks: Marks,
    /// The number behind `Version`.
    version: &'a str,
    /// The number behind `FBAV`.
    fbav: &'a str,
    /// The number behind `Chrome`.
    chrome: &'a str,
}

struct Product<'a> {
    place: u16,
    row: &'static Row,
    /// What stands behind its word.
    behind: &'a str,
}

impl<'a> Found<'a> {
    fn in_text(text: &'a str) -> Self {
        let mut found = Found { product: None, marks: Marks::NONE, version: "", fbav: "", chrome: "" };
        let mut words = Words::new(text);
        let mut last = "";
        while let Some(word) = words.next() {
            if word.is_address() {
                if words.skip_address() || word.before == b'+' {
                    found.mark(Marks::SITE);
                }
            } else {
                found.take(&word, last);
                last = word.text;
            }
        }
        found
    }

    fn mark(&mut self, marks: Marks) {
        self.marks = self.marks.and(marks);
    }

    /// Notes what a word tells, and the last one in front of it.
    fn take(&mut self, word: &Word<'a>, last: &str) {
        let Some((place, row, behind)) = word.row(last) else {
            if word.is_robot() {
                self.mark(Marks::ROBOT);
            }
            if word.is_fire_tv() {
                self.mark(Marks::TV);
            }
            return;
        };
        let needs_version = row.version_at == VersionAt::WordAndSlash;
        if needs_version && (!behind.starts_with('/') || number_behind(behind).is_empty()) {
            return;
        }
        self.mark(row.marks);
        if row.kind == Kind::Version {
            self.version = number_behind(behind);
        }
        if row.kind == Kind::Fbav {
            self.fbav = number_behind(behind);
        }
        if row.kind == Kind::Chrome {
            self.chrome = number_behind(behind);
        }
        let precedes = self.product.as_ref().is_none_or(|product| place < product.place);
        if precedes && !row.family.is_empty() {
            self.product = Some(Product { place, row, behind });
        }
    }

    /// The product, unless that is only what a robot pretends to be.
    fn product(&self) -> Option<&Product<'a>> {
        let product = self.product.as_ref()?;
        let pretended = product.row.kind.is_said_by_all() && self.marks.has(Marks::ROBOT);
        // The bare engine is Apple's mail, or an application of theirs; elsewhere it may be anything.
        let bare =
            product.row.kind == Kind::Mail && !(self.marks.has(Marks::MACOS) && is_full(product.behind));
        (!pretended && !bare).then_some(product)
    }

    fn family(&self, product: &Product<'a>, os: Os) -> &'static str {
        let is = |kind| product.row.kind == kind;
        let has = |marks| self.marks.has(marks);
        let in_android_app =
            has(Marks::WEBVIEW) || matches!(os, Os::Android | Os::Linux) && !self.version.is_empty();
        if is(Kind::Chrome) && in_android_app {
            "Chrome Mobile WebView"
        } else if is(Kind::Chrome) && has(Marks::MOBILE) {
            "Chrome Mobile"
        } else if is(Kind::Safari) && !has(Marks::SAFARI) {
            "Mobile Safari UI/WKWebView"
        } else if has(Marks::MOBILE.and(Marks::TABLET)) {
            product.row.mobile_family
        } else {
            product.row.family
        }
    }

    fn major(&self, product: &Product<'a>) -> &'a str {
        let number = match product.row.version_at {
            VersionAt::Nowhere => "",
            VersionAt::Word | VersionAt::WordAndSlash => number_behind(product.behind),
            VersionAt::WordOrChrome => match number_behind(product.behind) {
                "" => self.chrome,
                number => number,
            },
            VersionAt::Version => self.version,
            VersionAt::Fbav => self.fbav,
        };
        match product.row.kind {
            // Opera 10 and later say 9.80, and the truth behind Version.
            Kind::Opera if number == "9" && !self.version.is_empty() => self.version,
            // Internet Explorer in its compatibility view says an older MSIE, and the truth by its engine.
            Kind::Trident => match number {
                "4" => "8",
                "5" => "9",
                "6" => "10",
                "7" | "8" => "11",
                _ => "",
            },
            // Outlook is known by its year.
            Kind::Outlook => match number {
                "12" => "2007",
                "14" => "2010",
                "15" => "2013",
                "16" => "2016",
                _ => number,
            },
            // Java 8 and earlier are 1.8 and earlier.
            Kind::Java if number == "1" => {
                product.behind.split_once('.').map_or(number, |(_, minor)| number_at(minor))
            }
            Kind::Browser
            | Kind::App
            | Kind::Bot
            | Kind::Tool
            | Kind::Tv
            | Kind::Chrome
            | Kind::Safari
            | Kind::Opera
            | Kind::Mail
            | Kind::Java
            | Kind::Version
            | Kind::Fbav => number,
        }
    }

    fn os(&self) -> Os {
        let has = |marks| self.marks.has(marks);
        if has(Marks::WINDOWS) && has(Marks::PHONE) {
            Os::Windows // says that it is like Android and like iPhone
        } else if has(Marks::ANDROID) {
            Os::Android
        } else if has(Marks::ELSEWHERE) || has(Marks::TV) && has(Marks::IOS.and(Marks::MACOS)) {
            Os::Other // a television of Apple's is neither
        } else if has(Marks::IOS) {
            Os::Ios
        } else if has(Marks::DARWIN) {
            if has(Marks::INTEL) { Os::MacOs } else { Os::Ios }
        } else if has(Marks::WINDOWS) {
            Os::Windows
        } else if has(Marks::CHROMEOS) {
            Os::ChromeOs
        } else if has(Marks::MACOS) {
            Os::MacOs
        } else if has(Marks::LINUX) {
            Os::Linux
        } else {
            Os::Other
        }
    }

    fn device(&self, kind: Kind, os: Os) -> Device {
        let has = |marks| self.marks.has(marks);
        // Whoever names a site to ask at, behind a plus, or one about robots, is no person's browser.
        let is_robot = kind.is_said_by_all() && has(Marks::ROBOT.and(Marks::SITE));
        let is_fetcher = kind == Kind::App && has(Marks::SITE);
        if kind == Kind::Bot || is_robot || is_fetcher {
            return Device::Bot;
        }
        if has(Marks::TV) || matches!(kind, Kind::Tool | Kind::Java | Kind::Tv) {
            return Device::Other;
        }
        match os {
            // A browser of iOS that asks for the desktop's pages says Macintosh: on an iPad by default.
            Os::Ios if has(Marks::TABLET) => Device::Tablet,
            Os::Ios if has(Marks::MACOS) && !has(Marks::MOBILE.and(Marks::DARWIN)) => Device::Tablet,
            Os::Ios => Device::Mobile,
            Os::Android if has(Marks::TABLET) => Device::Tablet,
            // Applications leave out Mobile, browsers on phones do not.
            Os::Android if has(Marks::SAFARI) && !has(Marks::MOBILE) => Device::Tablet,
            Os::Android => Device::Mobile,
            Os::Windows if has(Marks::PHONE.and(Marks::MOBILE)) => Device::Mobile,
            Os::Windows | Os::MacOs | Os::ChromeOs => Device::Desktop,
            Os::Linux | Os::Other => {
                if has(Marks::MOBILE) {
                    Device::Mobile
                } else if has(Marks::TABLET) {
                    Device::Tablet
                } else if has(Marks::DESKTOP) || os == Os::Linux && self.product.is_some() {
                    Device::Desktop
                } else {
                    Device::Other
                }
            }
        }
    }
}

/// Whether three numbers stand behind a word: the engine of consoles has two.
fn is_full(behind: &str) -> bool {
    let is_of_version = |c: char| c.is_ascii_digit() || c == '.';
    let version = behind.trim_start_matches('/').split(|c| !is_of_version(c)).next().unwrap_or("");
    version.split('.').count() >= 3
}
