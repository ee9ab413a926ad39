//! JSON documents that people write, read strictly and with a pointer to every mistake; knows no policy.

use crate::error::{At, Code, Error};
use crate::lex::{self, text_of};
use crate::simd::Base;
use std::collections::BTreeMap;

/// Numbers by what they are known by: one kind of map for all that is looked up when a policy is read, since each kind is code.
pub(crate) type Index = BTreeMap<Vec<u8>, usize>;

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
        let end = read(text, start, 1, None).map_err(syntax)?;
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
        let (mut members, mut known) = (Vec::new(), Index::new());
        if !self.is_object() {
            return Err(self.error(Code::PolicyShape));
        }
        for Inside { key, value } in self.inside() {
            let key = text_of(key).ok_or_else(|| self.error(Code::PolicyShape))?;
            let node = Node { text: value, pointer: child(&self.pointer, &key) };
            if known.insert(key.clone().into_bytes(), 0).is_some() {
                return Err(node.error(Code::DuplicateKey));
            }
            members.push((key, node));
        }
        Ok(members)
    }

    /// The elements of an array.
    pub(crate) fn list(&self) -> Result<Vec<Node<'a>>, Error> {
        if !self.is_list() {
            return Err(self.error(Code::PolicyShape));
        }
        let node = |(i, element): (usize, Inside<'a>)| Node {
            text: element.value,
            pointer: format!("{}/{i}", self.pointer),
        };
        Ok(self.inside().into_iter().enumerate().map(node).collect())
    }

    /// What is right inside it.
    fn inside(&self) -> Vec<Inside<'a>> {
        let mut inside = Vec::new();
        // INVARIANT: it is valid. Of what is not, nothing but the valid would be found.
        let _ = read(self.text, 0, 1, Some(&mut inside));
        inside
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
        text_of(self.text).ok_or_else(|| self.error(Code::PolicyShape))
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

/// A member, its key as it is written, or an element, whose key is empty.
struct Inside<'a> {
    key: &'a str,
    value: &'a str,
}

/// Reads the value at `at`, strictly as RFC 8259 has it, so deep in others, and notes what is right inside it. Gives its end.
///
/// # Errors
/// Where it goes wrong.
fn read<'a>(
    text: &'a str,
    mut at: usize,
    depth: usize,
    mut inside: Option<&mut Vec<Inside<'a>>>,
) -> Result<usize, usize> {
    let bytes = text.as_bytes();
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
        let mut key = "";
        if close == b'}' {
            if bytes.get(at) != Some(&b'"') {
                return Err(at);
            }
            let end = lex::scalar::<Base>(bytes, at).map_err(lex::Fault::offset)?;
            key = text.get(at..end).unwrap_or_default();
            at = lex::skip_space(bytes, end);
            if bytes.get(at) != Some(&b':') {
                return Err(at);
            }
            at = lex::skip_space(bytes, at + 1);
        }
        let end = read(text, at, depth + 1, None)?;
        if let Some(inside) = &mut inside {
            inside.push(Inside { key, value: text.get(at..end).unwrap_or_default() });
        }
        at = lex::skip_space(bytes, end);
        match bytes.get(at) {
            Some(b',') => at = lex::skip_space(bytes, at + 1),
            Some(byte) if *byte == close => return Ok(at + 1),
            Some(_) | None => return Err(at),
        }
    }
}

/// A pointer one token longer; escapes as in RFC 6901 section 3.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    /// Whether it is JSON as serde_json has it, which looks at no halves of surrogate pairs where it keeps the text.
    fn is_json(text: &str) -> bool {
        serde_json::from_str::<&RawValue>(text).is_ok()
    }

    /// What a node says of itself, all the way down.
    fn value(node: &Node<'_>) -> Value {
        if node.is_object() {
            node.object().unwrap().iter().map(|(key, node)| (key.clone(), value(node))).collect()
        } else if node.is_list() {
            node.list().unwrap().iter().map(value).collect()
        } else if node.is_string() {
            node.string().unwrap().into()
        } else {
            node.number(u64::MAX)
                .map(Value::from)
                .or_else(|_| node.boolean().map(Value::from))
                .unwrap_or_else(|_| serde_json::from_str(node.text()).unwrap())
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_is_what_it_was_made_of(made in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&made) } else { serde_json::to_string(&made) };
            let text = format!(" \n{}\t\r", text.unwrap());
            prop_assert_eq!(value(&Node::document(text.as_bytes()).unwrap()), made);
        }

        #[test]
        fn what_is_no_json_is_refused(
            made in json(),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), "[\\[\\]{}:,\"\\\\ a-f0-9.+u\u{1}-]{0,2}"), 1..4),
        ) {
            let mut chars: Vec<char> = serde_json::to_string(&made).unwrap().chars().collect();
            for (at, put) in changes {
                let at = at.index(chars.len() + 1);
                chars.splice(at..chars.len().min(at + 1), put.chars());
            }
            let text: String = chars.into_iter().collect();
            prop_assume!(!text.to_lowercase().contains("\\ud"));
            match Node::document(text.as_bytes()) {
                Ok(_) => prop_assert!(is_json(&text), "{text}"),
                Err(error) => {
                    prop_assert!(!is_json(&text), "{text}");
                    let At::Offset(at) = *error.at() else { panic!("{error}") };
                    prop_assert!(at <= text.len());
                }
            }
        }
    }
}
