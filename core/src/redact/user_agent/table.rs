//! The words of products and systems, read from the data file while compiling; refuses to know what they decide.
#![expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, where an index out of bounds is an error of the build; get_mut is not const"
)]

/// What a word is worth.
pub(super) struct Row {
    word: &'static str,
    /// What the word must stand behind to count: `/`, another word, or nothing in particular.
    pub(super) in_front: &'static str,
    /// Family of the product; empty if the word is no product.
    pub(super) family: &'static str,
    /// Family of the product on a phone or tablet.
    pub(super) mobile_family: &'static str,
    pub(super) version_at: VersionAt,
    pub(super) kind: Kind,
    /// What the word tells of the system and the device.
    pub(super) marks: Marks,
}

/// Where a product's major version stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum VersionAt {
    Nowhere,
    /// Behind the word, if at all.
    Word,
    /// Behind the word and a slash, or the word is not the product.
    WordAndSlash,
    /// Behind the word, or else behind `Chrome`.
    WordOrChrome,
    /// Behind the word `Version`.
    Version,
    /// Behind the word `FBAV`.
    Fbav,
}

/// What kind of product a word is. The later ones have rules of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Browser,
    App,
    Bot,
    Tool,
    Tv,
    Chrome,
    Safari,
    Opera,
    Trident,
    Mail,
    Java,
    Outlook,
    Version,
    Fbav,
}

impl Kind {
    /// Whether everybody says this word: then a robot that says it too may still be another.
    pub(super) const fn is_said_by_all(self) -> bool {
        match self {
            Kind::Browser
            | Kind::Chrome
            | Kind::Safari
            | Kind::Opera
            | Kind::Trident
            | Kind::Mail
            | Kind::Version => true,
            Kind::App | Kind::Bot | Kind::Tool | Kind::Tv | Kind::Java | Kind::Outlook | Kind::Fbav => false,
        }
    }
}

/// A set of what words tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks(u32);

macro_rules! marks {
    ($($name:ident = $text:literal $bit:literal,)+) => {
        impl Marks {
            pub(super) const NONE: Marks = Marks(0);
            $(pub(super) const $name: Marks = Marks(1 << $bit);)+

            const fn named(text: &str) -> Marks {
                $(if same(text, $text) { return Marks::$name; })+
                assert!(false, "a mark that nobody knows");
                Marks::NONE
            }
        }
    };
}

marks! {
    ANDROID = "android" 0,
    IOS = "ios" 1,
    WINDOWS = "windows" 2,
    MACOS = "macos" 3,
    CHROMEOS = "chromeos" 4,
    LINUX = "linux" 5,
    ELSEWHERE = "elsewhere" 6,
    DARWIN = "darwin" 7,
    INTEL = "intel" 8,
    PHONE = "phone" 9,
    MOBILE = "mobile" 10,
    TABLET = "tablet" 11,
    DESKTOP = "desktop" 12,
    TV = "tv" 13,
    WEBVIEW = "webview" 14,
    SAFARI = "safari" 15,
    ROBOT = "robot" 16,
    SITE = "site" 17,
}

impl Marks {
    pub(super) const fn and(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    pub(super) const fn has(self, any: Marks) -> bool {
        self.0 & any.0 != 0
    }
}

const FILE: &str = include_str!("../../../data/in_app_browsers.tsv");
const LEN: usize = count(FILE);
const SLOTS: usize = 4096;
const EMPTY: u16 = u16::MAX;

/// The rows of the file, in its order, which is their precedence.
static ROWS: [Row; LEN] = rows(FILE);
/// Where each word's row is, by its hash.
static INDEX: [u16; SLOTS] = index();

/// The row of a word that `counts` where it stands, and the row's place in the order of precedence.
pub(super) fn find(word: &[u8], counts: impl Fn(&Row) -> bool) -> Option<(u16, &'static Row)> {
    let mut slot = slot_of(word);
    loop {
        let place = INDEX[slot];
        if place == EMPTY {
            return None;
        }
        let row = &ROWS[place as usize];
        if row.word.as_bytes().eq_ignore_ascii_case(word) && counts(row) {
            return Some((place, row));
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Where a word's row is first looked for: told by its length, its first six bytes and its last two, letters
/// without their case. That is enough to keep the words of the file apart, and less to read than all of it.
const fn slot_of(word: &[u8]) -> usize {
    let mut hash = word.len() as u32;
    let (mut first, mut left) = (word, 6);
    while let (Some((byte, rest)), 1..) = (first.split_first(), left) {
        hash = (hash ^ byte.to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        (first, left) = (rest, left - 1);
    }
    if let [.., before, last] = word {
        let end = (before.to_ascii_lowercase() as u32) << 8 | last.to_ascii_lowercase() as u32;
        hash = (hash ^ end).wrapping_mul(0x9e37_79b1);
    }
    (hash >> 12) as usize % SLOTS
}

const fn index() -> [u16; SLOTS] {
    let mut index = [EMPTY; SLOTS];
    let mut place = 0;
    while place < LEN {
        let mut slot = slot_of(ROWS[place].word.as_bytes());
        while index[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        index[slot] = place as u16;
        place += 1;
    }
    index
}

const fn rows(file: &'static str) -> [Row; LEN] {
    const NONE: Row = Row {
        word: "",
        in_front: "",
        family: "",
        mobile_family: "",
        version_at: VersionAt::Nowhere,
        kind: Kind::Browser,
        marks: Marks::NONE,
    };
    let mut rows = [NONE; LEN];
    let mut left = file;
    let mut place = 0;
    while !left.is_empty() {
        let (line, rest) = cut(left, b'\n');
        left = rest;
        if is_row(line) {
            rows[place] = row(line);
            place += 1;
        }
    }
    rows
}

const fn row(line: &'static str) -> Row {
    let (word, rest) = cut(line, b'\t');
    let (family, rest) = cut(rest, b'\t');
    let (version_at, rest) = cut(rest, b'\t');
    let (kind, mut marked) = cut(rest, b'\t');
    let (family, mobile_family) = cut(if same(family, "-") { "" } else { family }, b'>');
    let mut marks = Marks::NONE;
    while !marked.is_empty() {
        let (mark, rest) = cut(marked, b',');
        marks = marks.and(Marks::named(mark));
        marked = rest;
    }
    let (in_front, word) = match word.as_bytes() {
        [b'/', ..] => word.split_at(1),
        _ => {
            let (first, second) = cut(word, b' ');
            if second.is_empty() { ("", first) } else { (first, second) }
        }
    };
    Row {
        word,
        in_front,
        family,
        mobile_family: if mobile_family.is_empty() { family } else { mobile_family },
        version_at: version_at_named(version_at),
        kind: kind_named(kind),
        marks,
    }
}

const fn version_at_named(text: &str) -> VersionAt {
    if same(text, "=") {
        VersionAt::Word
    } else if same(text, "/") {
        VersionAt::WordAndSlash
    } else if same(text, "Chrome") {
        VersionAt::WordOrChrome
    } else if same(text, "Version") {
        VersionAt::Version
    } else if same(text, "FBAV") {
        VersionAt::Fbav
    } else {
        assert!(same(text, "-"), "a place of a version that nobody knows");
        VersionAt::Nowhere
    }
}

const fn kind_named(text: &str) -> Kind {
    if same(text, "app") {
        Kind::App
    } else if same(text, "bot") {
        Kind::Bot
    } else if same(text, "tool") {
        Kind::Tool
    } else if same(text, "tv") {
        Kind::Tv
    } else if same(text, "chrome") {
        Kind::Chrome
    } else if same(text, "safari") {
        Kind::Safari
    } else if same(text, "opera") {
        Kind::Opera
    } else if same(text, "trident") {
        Kind::Trident
    } else if same(text, "mail") {
        Kind::Mail
    } else if same(text, "java") {
        Kind::Java
    } else if same(text, "outlook") {
        Kind::Outlook
    } else if same(text, "version") {
        Kind::Version
    } else if same(text, "fbav") {
        Kind::Fbav
    } else {
        assert!(same(text, "browser") || same(text, "-"), "a kind that nobody knows");
        Kind::Browser
    }
}

const fn count(file: &'static str) -> usize {
    let mut left = file;
    let mut rows = 0;
    while !left.is_empty() {
        let (line, rest) = cut(left, b'\n');
        left = rest;
        rows += is_row(line) as usize;
    }
    rows
}

const fn is_row(line: &str) -> bool {
    match line.as_bytes() {
        [] | [b'#', ..] => false,
        [_, ..] => true,
    }
}

/// What stands before the first such byte, and what behind it; all and nothing if there is none.
const fn cut(text: &'static str, at: u8) -> (&'static str, &'static str) {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        if bytes[end] == at {
            return (text.split_at(end).0, text.split_at(end + 1).1);
        }
        end += 1;
    }
    (text, "")
}

const fn same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let (Some((a, left)), Some((b, right))) = (one.split_first(), other.split_first()) {
        if *a != *b {
            return false;
        }
        (one, other) = (left, right);
    }
    one.is_empty() && other.is_empty()
}
