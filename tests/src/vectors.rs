//! The vectors as Rust values; knows no test.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A file of `tests/vectors/`: rows by section.
///
/// # Panics
/// If there is no such file or it does not hold such rows.
#[must_use]
pub fn read<Row: DeserializeOwned>(name: &str) -> BTreeMap<String, Vec<Row>> {
    let path = format!("{}/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut sections: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text).unwrap();
    sections.remove("about").unwrap();
    let rows = |(section, rows): (String, Box<RawValue>)| {
        let rows = serde_json::from_str(rows.get()).unwrap_or_else(|e| panic!("{name} {section}: {e}"));
        (section, rows)
    };
    sections.into_iter().map(rows).collect()
}

/// A policy: as an object, or as a string with its text where the text matters.
#[must_use]
pub fn policy(written: &RawValue) -> String {
    serde_json::from_str::<String>(written.get()).unwrap_or_else(|_| written.get().to_owned())
}

/// A text; long ones in parts, each a text or `[text, times]`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Text {
    Whole(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Part {
    Once(String),
    Repeated(String, usize),
}

impl Text {
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Text::Whole(text) => text.clone().into_bytes(),
            Text::Parts(parts) => parts
                .iter()
                .flat_map(|part| match part {
                    Part::Once(text) => text.clone().into_bytes(),
                    Part::Repeated(text, times) => text.repeat(*times).into_bytes(),
                })
                .collect(),
        }
    }
}

/// Bytes that are no text.
///
/// # Panics
/// If it is not base64.
#[must_use]
pub fn base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

/// Bytes in hex; white space between them does not count.
///
/// # Panics
/// If it is not hex.
#[must_use]
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter(|digit| !digit.is_whitespace()).collect();
    assert!(digits.len().is_multiple_of(2));
    digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap()).collect()
}

/// Where an error is: a byte offset, or the text of a JSON Pointer or a selector.
#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(untagged)]
pub enum Place {
    Offset(usize),
    Named(String),
}

impl Place {
    /// The same for an error; `None` if it is nowhere.
    #[must_use]
    pub fn of(error: &pumice::Error) -> Option<Self> {
        match error.at() {
            pumice::At::Offset(offset) => Some(Place::Offset(*offset)),
            pumice::At::Policy(text) | pumice::At::Rule(text) => Some(Place::Named(text.clone())),
            _ => None,
        }
    }
}
