//! The words of a user agent and the numbers behind them; refuses to know what any of them means.

use super::table::{self, Row};

/// Longest major version: a longer number could be somebody's.
const MAX_MAJOR: usize = 6;
/// How far behind a word its number is looked for, as in `Twitter for iPhone/7.19`.
const MAX_BETWEEN: usize = 24;

/// Goes over the words of a text, from the left.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
}

/// A run of letters, digits and `_`, `-`, `.`, `@`.
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// The byte in front; a space at the beginning of the text.
    pub(super) before: u8,
    /// The text from this word on.
    onward: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Words { text, at: 0 }
    }

    /// Goes on behind an address, whose words are not about the product. Whether they are about a robot.
    pub(super) fn skip_address(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or("");
        let len = rest.find([' ', ';', ',', ')']).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).is_some_and(names_robot)
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        let mut before = start.checked_sub(1).and_then(|last| bytes.get(last)).copied().unwrap_or(b' ');
        while let Some(byte) = bytes.get(start).filter(|byte| !is_of_word(**byte)) {
            before = *byte;
            start += 1;
        }
        let onward = self.text.get(start..)?;
        let len = onward.bytes().take_while(|byte| is_of_word(*byte)).count();
        self.at = start + len;
        let text = onward.get(..len).filter(|word| !word.is_empty())?;
        Some(Word { text, before, onward })
    }
}

impl<'a> Word<'a> {
    /// Whether an address begins here.
    pub(super) fn is_address(&self) -> bool {
        match self.text.as_bytes() {
            [b'h' | b'H', b't' | b'T', ..] => self.behind(self.text).starts_with("://"),
            [b'w', b'w', b'w', b'.', ..] => true,
            _ => false,
        }
    }

    /// The row of this word, its place, and the text behind the word. A number that clings to the word
    /// (`UCBrowser7.9`, `iPhone7`, `ios@8`) is behind it. `last` is the word in front.
    pub(super) fn row(&self, last: &str) -> Option<(u16, &'static Row, &'a str)> {
        let counts = |row: &Row| match row.in_front {
            "" => true,
            "/" => self.before == b'/',
            word => word.eq_ignore_ascii_case(last),
        };
        if let Some((place, row)) = table::find(self.text.as_bytes(), counts) {
            return Some((place, row, self.behind(self.text)));
        }
        let digit = self.text.bytes().position(|byte| byte.is_ascii_digit()).filter(|digit| *digit > 0)?;
        let name = self.text.get(..digit)?.trim_end_matches(['_', '-', '.']);
        let (place, row) = table::find(name.as_bytes(), counts)?;
        Some((place, row, self.behind(name)))
    }

    /// The text behind this word, or behind what it begins with.
    fn behind(&self, name: &str) -> &'a str {
        self.onward.get(name.len()..).unwrap_or("")
    }

    /// Whether this word, which the table does not have, names a robot.
    pub(super) fn is_robot(&self) -> bool {
        names_robot(self.text)
    }

    /// Whether this word, which the table does not have, is a model of Fire TV (`AFTMM`).
    pub(super) fn is_fire_tv(&self) -> bool {
        matches!(self.text.as_bytes(), [b'A', b'F', b'T', b'A'..=b'Z', ..])
    }
}

/// The number that stands behind a word: the digits behind one `/`, space or the like, or behind ` for iPhone/`.
/// Empty if there is none, or if it has more than six digits.
pub(super) fn number_behind(behind: &str) -> &str {
    let behind = behind.strip_prefix(']').unwrap_or(behind);
    let behind = match behind.strip_prefix(" for ").and_then(|behind| behind.split_once('/')) {
        Some((between, number)) if between.len() <= MAX_BETWEEN => number,
        Some(_) | None => behind.trim_start_matches(['/', ' ', '_', '-', ':', '@']),
    };
    number_at(behind.strip_prefix(['v', 'V']).unwrap_or(behind))
}

/// The number that a text begins with, if it has one of six digits or fewer.
pub(super) fn number_at(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > MAX_MAJOR { "" } else { text.get(..digits).unwrap_or("") }
}

/// Whether a text has `spider`, `crawl` or `scraper` in it, or `bot` at the end of a word. There is a maker of phones
/// named Cubot.
fn names_robot(text: &str) -> bool {
    let begins = |rest: &[u8], name: &str| {
        rest.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()))
    };
    let mut rest = text.as_bytes();
    let mut before = b' ';
    while let Some((byte, behind)) = rest.split_first() {
        let is_robot = match byte.to_ascii_lowercase() {
            b'b' if begins(rest, "bot") && before != b'u' => {
                rest.get(3).is_none_or(|next| !next.is_ascii_alphanumeric())
            }
            b's' => begins(rest, "spider") || begins(rest, "scraper"),
            b'c' => begins(rest, "crawl"),
            _ => false,
        };
        if is_robot {
            return true;
        }
        (before, rest) = (byte.to_ascii_lowercase(), behind);
    }
    false
}

fn is_of_word(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'@'..=b'Z' | b'a'..=b'z' | b'_' | b'-' | b'.' | 0x80..)
}
