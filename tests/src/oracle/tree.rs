//! JSON as a tree of spellings, read by serde_json; knows no policy.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::Range;

/// Most levels of objects and arrays.
pub const MOST_LEVELS: usize = 128;

/// A JSON text as a tree: keys and leaves as they are spelled, in their order, duplicates and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    Leaf(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// A value and where it stands.
pub(super) struct Node<'a> {
    pub(super) span: Range<usize>,
    pub(super) text: &'a str,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    Leaf,
    Array(Vec<Node<'a>>),
    /// Key as spelled, key as meant, value.
    Object(Vec<(&'a str, String, Node<'a>)>),
}

/// Why bytes are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvent {
    NotUtf8,
    NotJson,
    TooDeep,
}

/// Reads a JSON text of so many levels, strictly.
pub(super) fn read(bytes: &[u8], levels: usize) -> Result<Node<'_>, NoEvent> {
    let text = std::str::from_utf8(bytes).map_err(|_| NoEvent::NotUtf8)?;
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| NoEvent::NotJson)?;
    read_value(raw, text.as_ptr() as usize, levels)
}

fn read_value(raw: &RawValue, base: usize, levels: usize) -> Result<Node<'_>, NoEvent> {
    let text = raw.get();
    let start = text.as_ptr() as usize - base;
    let inner = |raw| read_value(raw, base, levels - 1);
    let kind = match text.as_bytes()[0] {
        b'{' | b'[' if levels == 0 => return Err(NoEvent::TooDeep),
        b'{' => {
            let Members(members) = serde_json::from_str(text).map_err(|_| NoEvent::NotJson)?;
            let members = members.into_iter().map(|(key, value)| {
                let name = serde_json::from_str(key.get()).map_err(|_| NoEvent::NotJson)?;
                Ok((key.get(), name, inner(value)?))
            });
            Kind::Object(members.collect::<Result<_, _>>()?)
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| NoEvent::NotJson)?;
            Kind::Array(elements.into_iter().map(inner).collect::<Result<_, _>>()?)
        }
        b'"' => {
            // A raw string is not held to whole surrogate pairs.
            serde_json::from_str::<String>(text).map_err(|_| NoEvent::NotJson)?;
            Kind::Leaf
        }
        _ => Kind::Leaf,
    };
    Ok(Node { span: start..start + text.len(), text, kind })
}

struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl Node<'_> {
    pub(super) fn tree(&self) -> Tree {
        match &self.kind {
            Kind::Leaf => Tree::Leaf(self.text.to_owned()),
            Kind::Array(elements) => Tree::Array(elements.iter().map(Node::tree).collect()),
            Kind::Object(members) => Tree::Object(
                members.iter().map(|(key, _, value)| ((*key).to_owned(), value.tree())).collect(),
            ),
        }
    }
}

impl Tree {
    /// Reads an event.
    ///
    /// # Errors
    /// [`NoEvent`].
    pub fn event(bytes: &[u8]) -> Result<Self, NoEvent> {
        Ok(read(bytes, MOST_LEVELS)?.tree())
    }

    /// Reads a JSON text that need not be an event: a redacted value may be an object, and a constant anything, so
    /// that what comes out has more levels than what went in.
    ///
    /// # Errors
    /// [`NoEvent`].
    pub fn read(bytes: &[u8]) -> Result<Self, NoEvent> {
        Ok(read(bytes, 2 * MOST_LEVELS)?.tree())
    }
}

impl std::fmt::Display for Tree {
    /// The JSON text, without white space between its tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Tree::Leaf(text) => f.write_str(text),
            Tree::Array(elements) => {
                let elements: Vec<_> = elements.iter().map(Tree::to_string).collect();
                write!(f, "[{}]", elements.join(","))
            }
            Tree::Object(members) => {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}
