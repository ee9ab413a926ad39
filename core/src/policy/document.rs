//! JSON documents that people write, read strictly and with a pointer to every mistake; knows no policy.

use crate::error::{At, Code, Error};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value of a document, and where it stands in it.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    raw: &'a RawValue,
    pointer: String,
}

/// The members of an object in their order, duplicates and all.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// How deep documents may be nested.
const DEPTH: usize = 128;

/// Reads a value and all in it, down to this depth.
///
/// # Errors
/// The byte at which that ends.
fn check(text: &str, depth: usize) -> Result<(), usize> {
    let at = |error: serde_json::Error| {
        let line_start: usize =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let offset = if error.is_eof() { text.len() } else { line_start + error.column().saturating_sub(1) };
        usize::min(offset, text.len())
    };
    let values = match text.trim_ascii_start().as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text).map_err(at)?;
            members.into_iter().map(|(_, value)| value).collect()
        }
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text).map_err(at)?,
        Some(b'"') => return serde_json::from_str::<String>(text).map(drop).map_err(at),
        _ => return serde_json::from_str::<&RawValue>(text).map(drop).map_err(at),
    };
    for value in values {
        // INVARIANT: a raw value is borrowed from the text that it is in.
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        let deeper = depth.checked_sub(1).ok_or(start)?;
        check(value.get(), deeper).map_err(|offset| start + offset)?;
    }
    Ok(())
}

impl<'a> Node<'a> {
    /// The whole document.
    pub(crate) fn document(bytes: &'a [u8]) -> Result<Self, Error> {
        let syntax = |offset| Error::new(Code::PolicySyntax).at_place(At::Offset(offset));
        let text = std::str::from_utf8(bytes).map_err(|e| syntax(e.valid_up_to()))?;
        // First what a raw value is not held to: surrogates, depth. What a number is worth is for its option to say.
        check(text, DEPTH).map_err(syntax)?;
        let raw = serde_json::from_str(text).map_err(|_| syntax(0))?;
        Ok(Node { raw, pointer: String::new() })
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
        self.raw.get()
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
        let Members(members) =
            serde_json::from_str(self.text()).map_err(|_| self.error(Code::PolicyShape))?;
        let mut keys = std::collections::HashSet::new();
        members
            .into_iter()
            .map(|(key, raw)| {
                let node = Node { raw, pointer: child(&self.pointer, &key) };
                if keys.insert(key.clone()) { Ok((key, node)) } else { Err(node.error(Code::DuplicateKey)) }
            })
            .collect()
    }

    pub(crate) fn is_string(&self) -> bool {
        self.text().starts_with('"')
    }

    pub(crate) fn string(&self) -> Result<String, Error> {
        serde_json::from_str(self.text()).map_err(|_| self.error(Code::PolicyShape))
    }

    /// An unsigned integer within `0..=most`.
    pub(crate) fn number(&self, most: u64) -> Result<u64, Error> {
        if !self.text().starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Err(self.error(Code::PolicyShape));
        }
        let number: u64 = serde_json::from_str(self.text()).map_err(|_| self.error(Code::InvalidOption))?;
        if number <= most { Ok(number) } else { Err(self.error(Code::InvalidOption)) }
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
        let raws: Vec<&'a RawValue> =
            serde_json::from_str(self.text()).map_err(|_| self.error(Code::PolicyShape))?;
        let mut meanings = Vec::new();
        for (i, raw) in raws.into_iter().enumerate() {
            let node = Node { raw, pointer: format!("{}/{i}", self.pointer) };
            let meaning = node.word(words, Code::InvalidOption)?;
            if meanings.contains(&meaning) {
                return Err(node.error(Code::InvalidOption));
            }
            meanings.push(meaning);
        }
        if meanings.is_empty() { Err(self.error(Code::InvalidOption)) } else { Ok(meanings) }
    }
}

/// A pointer one token longer; escapes as in RFC 6901 section 3.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
