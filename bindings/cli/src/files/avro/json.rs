//! JSON whose members keep their order and whose numbers keep their spelling.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Deepest nesting that is read.
const MOST_LEVELS: usize = 128;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// Null, a truth value or a number, as it was spelled.
    Other(String),
}

impl Json {
    /// None if it is no JSON, or too deep.
    pub(super) fn parse(text: &str) -> Option<Json> {
        Json::of(serde_json::from_str(text).ok()?, MOST_LEVELS)
    }

    pub(super) fn new(text: &str) -> Json {
        Json::Text(text.to_owned())
    }

    pub(super) fn null() -> Json {
        Json::Other("null".to_owned())
    }

    fn of(raw: &RawValue, levels: usize) -> Option<Json> {
        let (text, levels) = (raw.get(), levels.checked_sub(1)?);
        Some(match text.as_bytes().first()? {
            b'"' => Json::Text(serde_json::from_str(text).ok()?),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Json::List(items.into_iter().map(|item| Json::of(item, levels)).collect::<Option<_>>()?)
            }
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let member = |(name, value)| Some((name, Json::of(value, levels)?));
                Json::Object(members.into_iter().map(member).collect::<Option<_>>()?)
            }
            _ => Json::Other(text.to_owned()),
        })
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            Json::List(_) | Json::Object(_) | Json::Other(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Json::Other(text) if text == "null")
    }

    pub(super) fn write(&self, out: &mut String) {
        match self {
            Json::Text(text) => write_text(text, out),
            Json::Other(text) => out.push_str(text),
            Json::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// The member of this name.
pub(super) fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find_map(|(known, value)| (known == name).then_some(value))
}

/// What stands in an object, in order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

        deserializer.deserialize_map(Reader)
    }
}
