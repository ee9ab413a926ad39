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
    /// The text behind.
    pub(super) behind: &'a str,
    hash: u32,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Words { text, at: 0 }
    }

    /// Goes on behind an address: its words are not about the product.
    pub(super) fn skip_address(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or("");
        self.at += rest.find([' ', ';', ',', ')']).unwrap_or(rest.len());
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let bytes = self.text.as_bytes();
        let mut before = b' ';
        let mut start = self.at;
        if let Some(byte) = start.checked_sub(1).and_then(|at| bytes.get(at)) {
            before = *byte;
        }
        while let Some(byte) = bytes.get(start).filter(|byte| !is_of_word(**byte)) {
            before = *byte;
            start += 1;
        }
        let mut end = start;
        let mut hash = table::SEED;
        while let Some(byte) = bytes.get(end).filter(|byte| is_of_word(**byte)) {
            hash = table::hash_on(hash, *byte);
            end += 1;
        }
        self.at = end;
        let text = self.text.get(start..end).filter(|word| !word.is_empty())?;
        Some(Word { text, before, behind: self.text.get(end..).unwrap_or(""), hash })
    }
}

impl<'a> Word<'a> {
    /// Whether an address begins here.
    pub(super) fn is_address(&self) -> bool {
        match self.text.as_bytes() {
            [b'h' | b'H', b't' | b'T', ..] => self.behind.starts_with("://"),
            [b'w', b'w', b'w', b'.', ..] => true,
            _ => false,
        }
    }

    /// The row of this word, its place, and the text behind the word. A number that clings to the word
    /// (`UCBrowser7.9`, `iPhone7`, `ios@8`) is behind it.
    pub(super) fn row(&self) -> Option<(u16, &'static Row, &'a str)> {
        if let Some((place, row)) = table::find(self.text.as_bytes(), self.hash) {
            return Some((place, row, self.behind));
        }
        let digit = self.text.find(|c: char| c.is_ascii_digit())?;
        let name = self.text.get(..digit)?.trim_end_matches(['_', '-', '.']);
        let hash = name.bytes().fold(table::SEED, table::hash_on);
        let (place, row) = table::find(name.as_bytes(), hash)?;
        // From the word's own end on, what is behind it is the same text.
        let clinging = self.text.get(name.len()..)?;
        Some((place, row, clinging))
    }

    /// Whether this word, which the table does not have, names a robot. There is a maker of phones named Cubot.
    pub(super) fn is_robot(&self) -> bool {
        ["bot", "spider", "crawler"].iter().any(|end| ends_with(self.text, end))
            && !ends_with(self.text, "cubot")
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

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | 0x80..)
}

fn ends_with(word: &str, end: &str) -> bool {
    let start = word.len().checked_sub(end.len());
    start.and_then(|start| word.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}
