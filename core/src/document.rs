//! JSON documents that people write, read strictly and with a pointer to every mistake; knows no policy.

use crate::error::{At, Code, Error};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep a document is read.
const DEPTH: usize = 127;

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

impl<'a> Node<'a> {
    /// The whole document.
    pub(crate) fn document(bytes: &'a [u8]) -> Result<Self, Error> {
        let syntax = |offset| Error::new(Code::PolicySyntax).at_place(At::Offset(offset));
        let text = std::str::from_utf8(bytes).map_err(|e| syntax(e.valid_up_to()))?;
        let raw = serde_json::from_str(text).map_err(|e| {
            if e.is_eof() {
                return syntax(text.len());
            }
            let line_start: usize =
                text.split_inclusive('\n').take(e.line().saturating_sub(1)).map(str::len).sum();
            syntax(usize::min(line_start + e.column().saturating_sub(1), text.len()))
        })?;
        check(raw, 1).map_err(|bad| syntax(bad.get().as_ptr().addr() - text.as_ptr().addr()))?;
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

    /// The elements of an array.
    pub(crate) fn list(&self) -> Result<Vec<Node<'a>>, Error> {
        let raws: Vec<&'a RawValue> =
            serde_json::from_str(self.text()).map_err(|_| self.error(Code::PolicyShape))?;
        let node = |(i, raw)| Node { raw, pointer: format!("{}/{i}", self.pointer) };
        Ok(raws.into_iter().enumerate().map(node).collect())
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }

    pub(crate) fn is_list(&self) -> bool {
        self.text().starts_with('[')
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        serde_json::from_str(self.text()).map_err(|_| self.error(Code::PolicyShape))
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

/// What a raw value is not held to: that surrogates come in pairs, and how deep it is. It answers with the value that is wrong.
/// (serde_json's own tree would also judge numbers, and differently with each of its features.)
fn check(raw: &RawValue, depth: usize) -> Result<(), &RawValue> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth > DEPTH => Err(raw),
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text).map_err(|_| raw)?;
            members.into_iter().try_for_each(|(_, member)| check(member, depth + 1))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| raw)?;
            items.into_iter().try_for_each(|item| check(item, depth + 1))
        }
        Some(b'"') => serde_json::from_str::<String>(text).map(drop).map_err(|_| raw),
        Some(_) | None => Ok(()),
    }
}

/// A pointer one token longer; escapes as in RFC 6901 section 3.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
