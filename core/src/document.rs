//! JSON documents that people write, read strictly and with a pointer to every mistake; knows no policy.

use crate::error::{At, Code, Error};
use crate::json::lex;
use crate::simd::Base;
use std::collections::BTreeSet;
use std::ops::Range;

/// How deep a document is read.
const DEPTH: usize = 127;

/// A value of a document, and where it stands in it.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    /// Its JSON, which is valid.
    text: &'a str,
    pointer: String,
}

impl<'a> Node<'a> {
    /// The whole document.
    pub(crate) fn document(bytes: &'a [u8]) -> Result<Self, Error> {
        let syntax = |offset| Error::new(Code::PolicySyntax).at_place(At::Offset(offset));
        let text = std::str::from_utf8(bytes).map_err(|e| syntax(e.valid_up_to()))?;
        let start = lex::skip_space(bytes, 0);
        let end = read(bytes, start, 1, None).map_err(syntax)?;
        let rest = lex::skip_space(bytes, end);
        match text.get(start..end) {
            Some(text) if rest == bytes.len() => Ok(Node { text, pointer: String::new() }),
            Some(_) | None => Err(syntax(rest)),
        }
    }

    /// An error of this code, here.
    pub(crate) fn error(&self, code: Code) -> Error {
        Error::new(code).at_place(At::Policy(self.pointer.clone()))
    }

    /// An error of this code, at a member that is missing here.
    pub(crate) fn error_at(&self, key: &str, code: Code) -> Error {
        Error::new(code).at_place(At::Policy(child(&self.pointer, key)))
    }

    /// Where it stands in the document, as a JSON Pointer.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The JSON text, as written.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The JSON text without white space between its tokens: one line, however the document is laid out.
    pub(crate) fn line(&self) -> String {
        let (mut in_string, mut escaped) = (false, false);
        let is_kept = |c: &char| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = !in_string,
                _ => {}
            }
            in_string || !matches!(c, ' ' | '\n' | '\r' | '\t')
        };
        self.text().chars().filter(is_kept).collect()
    }

    /// The members of an object, each key once.
    pub(crate) fn object(&self) -> Result<Vec<(String, Node<'a>)>, Error> {
        let mut known = BTreeSet::new();
        let member = |(key, text): (Option<&'a str>, &'a str)| {
            let key = key.and_then(unquoted).ok_or_else(|| self.error(Code::PolicyShape))?;
            let node = Node { text, pointer: child(&self.pointer, &key) };
            if known.insert(key.clone()) { Ok((key, node)) } else { Err(node.error(Code::DuplicateKey)) }
        };
        if self.is_object() {
            self.inside().map(member).collect()
        } else {
            Err(self.error(Code::PolicyShape))
        }
    }

    /// The elements of an array.
    pub(crate) fn list(&self) -> Result<Vec<Node<'a>>, Error> {
        let node = |(i, (_, text))| Node { text, pointer: format!("{}/{i}", self.pointer) };
        if self.is_list() {
            Ok(self.inside().enumerate().map(node).collect())
        } else {
            Err(self.error(Code::PolicyShape))
        }
    }

    /// The keys, as they are written, and the values that are right inside it.
    fn inside(&self) -> impl Iterator<Item = (Option<&'a str>, &'a str)> + use<'a> {
        let (text, mut inside) = (self.text, Vec::new());
        // INVARIANT: it is valid; what is not has nothing inside.
        let _ = read(text.as_bytes(), 0, 1, Some(&mut inside));
        inside
            .into_iter()
            .filter_map(|Inside { key, value }| Some((key.and_then(|key| text.get(key)), text.get(value)?)))
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }

    pub(crate) fn is_list(&self) -> bool {
        self.text().starts_with('[')
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        self.text.parse().map_err(|_| self.error(Code::PolicyShape))
    }

    pub(crate) fn is_string(&self) -> bool {
        self.text.starts_with('"')
    }

    pub(crate) fn string(&self) -> Result<String, Error> {
        unquoted(self.text).ok_or_else(|| self.error(Code::PolicyShape))
    }

    /// An unsigned integer within `0..=most`.
    pub(crate) fn number(&self, most: u64) -> Result<u64, Error> {
        if !self.text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Err(self.error(Code::PolicyShape));
        }
        let number = self.text.parse().ok().filter(|number| *number <= most);
        number.ok_or_else(|| self.error(Code::InvalidOption))
    }

    /// One of the words of an option.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)], unknown: Code) -> Result<T, Error> {
        let word = self.string()?;
        let found = words.iter().find(|(name, _)| *name == word);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| self.error(unknown))
    }

    /// Some of the words of an option, each at most once, at least one; a bare word is a list of one.
    pub(crate) fn words<T: Copy + PartialEq>(&self, words: &[(&str, T)]) -> Result<Vec<T>, Error> {
        if self.is_string() {
            return Ok(vec![self.word(words, Code::InvalidOption)?]);
        }
        let mut meanings = Vec::new();
        for node in self.list()? {
            let meaning = node.word(words, Code::InvalidOption)?;
            if meanings.contains(&meaning) {
                return Err(node.error(Code::InvalidOption));
            }
            meanings.push(meaning);
        }
        if meanings.is_empty() { Err(self.error(Code::InvalidOption)) } else { Ok(meanings) }
    }
}

/// What is right inside an object, or, without a key, an array: where it stands.
struct Inside {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

/// Reads the value at `at`, strictly as RFC 8259 has it, so deep in others, and notes what is right inside it. Gives its end.
///
/// # Errors
/// Where it goes wrong.
fn read(
    bytes: &[u8],
    mut at: usize,
    depth: usize,
    mut inside: Option<&mut Vec<Inside>>,
) -> Result<usize, usize> {
    let close = match bytes.get(at) {
        Some(b'{' | b'[') if depth > DEPTH => return Err(at),
        Some(b'{') => b'}',
        Some(b'[') => b']',
        Some(_) | None => return lex::scalar::<Base>(bytes, at).map_err(lex::Fault::offset),
    };
    at = lex::skip_space(bytes, at + 1);
    if bytes.get(at) == Some(&close) {
        return Ok(at + 1);
    }
    loop {
        let mut key = None;
        if close == b'}' {
            if bytes.get(at) != Some(&b'"') {
                return Err(at);
            }
            let end = lex::scalar::<Base>(bytes, at).map_err(lex::Fault::offset)?;
            key = Some(at..end);
            at = lex::skip_space(bytes, end);
            if bytes.get(at) != Some(&b':') {
                return Err(at);
            }
            at = lex::skip_space(bytes, at + 1);
        }
        let end = read(bytes, at, depth + 1, None)?;
        if let Some(inside) = &mut inside {
            inside.push(Inside { key, value: at..end });
        }
        at = lex::skip_space(bytes, end);
        match bytes.get(at) {
            Some(b',') => at = lex::skip_space(bytes, at + 1),
            Some(byte) if *byte == close => return Ok(at + 1),
            Some(_) | None => return Err(at),
        }
    }
}

/// The text of a JSON string.
pub(crate) fn unquoted(json: &str) -> Option<String> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inside.len());
    lex::unescape(inside.as_bytes(), &mut text)?;
    Some(text)
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = Vec::with_capacity(text.len() + 2);
    lex::write_string(&mut json, text);
    // INVARIANT: what was text is text with its escapes.
    String::from_utf8(json).unwrap_or_default()
}

/// A pointer one token longer; escapes as in RFC 6901 section 3.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
