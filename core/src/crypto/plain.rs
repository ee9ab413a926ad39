//! What is sealed, and for whom: values in the clear; knows no key.

use super::b64;
use crate::error::{Code, Error};
use std::borrow::Cow;
use std::fmt;

/// What was sealed: it comes back as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainKind {
    /// A string: its characters, unescaped.
    String,
    /// Any other JSON value: its text, as it stood.
    Json,
    /// Bytes that are no JSON value.
    Bytes,
}

impl PlainKind {
    /// As the high four bits of a byte say it.
    pub(crate) fn bits(self) -> u8 {
        match self {
            PlainKind::String => 0x10,
            PlainKind::Json => 0x20,
            PlainKind::Bytes => 0x30,
        }
    }

    /// What the high four bits of a byte say.
    pub(crate) fn from_bits(byte: u8) -> Option<Self> {
        [PlainKind::String, PlainKind::Json, PlainKind::Bytes]
            .into_iter()
            .find(|kind| kind.bits() == byte & 0xF0)
    }

    /// Holds opened bytes to what they are said to be, so that JSON text can be put into an event as it is. Whoever has the
    /// key and seals something else gets the answer of who has no key.
    ///
    /// # Errors
    /// [`Code::AuthenticationFailed`]
    pub(crate) fn check(self, bytes: &[u8]) -> Result<(), Error> {
        let fine = match self {
            PlainKind::String => std::str::from_utf8(bytes).is_ok(),
            PlainKind::Json => std::str::from_utf8(bytes).is_ok_and(is_json),
            PlainKind::Bytes => true,
        };
        if fine { Ok(()) } else { Err(Error::new(Code::AuthenticationFailed)) }
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && has_whole_surrogates(text)
}

/// Whether the surrogates that valid JSON escapes come in pairs: of text that it skips, serde_json does not look at them.
fn has_whole_surrogates(text: &str) -> bool {
    let mut rest = text;
    let mut high = false;
    while let Some((before, after)) = rest.split_once('\\') {
        let unit = after.strip_prefix('u').and_then(|digits| digits.get(..4));
        let unit = unit.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let low = matches!(unit, Some(0xdc00..=0xdfff));
        if low != high || (low && !before.is_empty()) {
            return false;
        }
        high = matches!(unit, Some(0xd800..=0xdbff));
        // An escape has one character at least, and that may be a backslash.
        let length = if unit.is_some() { 5 } else { 1 };
        rest = after.get(length..).unwrap_or_default();
    }
    !high
}

/// A value in the clear. It prints its kind and never its content.
///
/// ```
/// use pumice::crypto::Plain;
///
/// // A number and the string of its digits are two values.
/// assert_ne!(Plain::Json("7".into()), Plain::String("7".into()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Plain<'a> {
    /// A string.
    String(Cow<'a, str>),
    /// Any JSON value but a string, as its text (RFC 8259), which is given back byte for byte.
    Json(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
}

impl Plain<'_> {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> PlainKind {
        match self {
            Plain::String(_) => PlainKind::String,
            Plain::Json(_) => PlainKind::Json,
            Plain::Bytes(_) => PlainKind::Bytes,
        }
    }

    /// Its bytes; of a text in UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Plain::String(text) | Plain::Json(text) => text.as_bytes(),
            Plain::Bytes(bytes) => bytes,
        }
    }

    /// It as a member of a JSON object, for languages that read that: `"value"` with any JSON value, or `"base64"` with bytes
    /// (base64url, unpadded).
    ///
    /// ```
    /// use pumice::crypto::Plain;
    ///
    /// assert_eq!(Plain::String("7\n".into()).to_json(), r#"{"value":"7\n"}"#);
    /// assert_eq!(Plain::Json("7.0".into()).to_json(), r#"{"value":7.0}"#);
    /// assert_eq!(Plain::Bytes([7].as_slice().into()).to_json(), r#"{"base64":"Bw"}"#);
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Plain::String(text) => {
                format!(r#"{{"value":{}}}"#, serde_json::to_string(text).unwrap_or_default())
            }
            Plain::Json(text) => format!(r#"{{"value":{text}}}"#),
            Plain::Bytes(bytes) => {
                let mut spelled = Vec::new();
                b64::append(bytes, &mut spelled);
                format!(r#"{{"base64":"{}"}}"#, String::from_utf8_lossy(&spelled))
            }
        }
    }

    /// Its bytes, if it may be sealed: what does not come back must not go in.
    ///
    /// # Errors
    /// [`Code::InvalidJson`]
    pub(crate) fn checked(&self) -> Result<&[u8], Error> {
        match self {
            Plain::Json(text) if !is_json(text) => Err(Error::new(Code::InvalidJson)),
            Plain::String(_) | Plain::Json(_) | Plain::Bytes(_) => Ok(self.as_bytes()),
        }
    }

    /// What was opened.
    ///
    /// # Errors
    /// [`Code::AuthenticationFailed`]
    pub(crate) fn from_opened(kind: PlainKind, bytes: Vec<u8>) -> Result<Plain<'static>, Error> {
        let text = |bytes| String::from_utf8(bytes).map_err(|_| Error::new(Code::AuthenticationFailed));
        Ok(match kind {
            PlainKind::String => Plain::String(text(bytes)?.into()),
            PlainKind::Json => Plain::Json(text(bytes)?.into()),
            PlainKind::Bytes => Plain::Bytes(bytes.into()),
        })
    }
}

impl fmt::Debug for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Plain::String(_) => "Plain::String(..)",
            Plain::Json(_) => "Plain::Json(..)",
            Plain::Bytes(_) => "Plain::Bytes(..)",
        })
    }
}

/// For whom a value is sealed. It prints as its type: both are data of an event.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// Whose key it is: the data controller. 1 to 65,535 bytes.
    pub account: &'a str,
    /// Whose data it is: the data subject. Not empty.
    pub subject: Option<&'a str>,
}

impl fmt::Debug for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner(..)")
    }
}

/// Which key a value is encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOf {
    /// The account's.
    Account,
    /// The account's and the subject's together: forgetting either is enough.
    Subject,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_the_high_bits() {
        for byte in 0..=u8::MAX {
            let kind = match byte >> 4 {
                1 => Some(PlainKind::String),
                2 => Some(PlainKind::Json),
                3 => Some(PlainKind::Bytes),
                _ => None,
            };
            assert_eq!(PlainKind::from_bits(byte), kind);
        }
    }

    #[test]
    fn only_json_is_json() {
        for text in [
            "1",
            "-0.0",
            "1e400",
            "null",
            "{\"a\":[]}",
            " [1, 2]\n",
            "\"text\"",
            r#"{"\ud83d\udddd":["\\ud83d", "\\\u0041\n"]}"#,
        ] {
            assert!(PlainKind::Json.check(text.as_bytes()).is_ok(), "{text}");
            assert!(Plain::Json(text.into()).checked().is_ok());
        }
        for text in [
            "",
            "01",
            "1,2",
            "{",
            "nul",
            "[1]]",
            "\u{feff}1",
            "NaN",
            r#""\ud83d""#,
            r#"["\udddd"]"#,
            r#""\ud83d \udddd""#,
            r#""\ud83d\n""#,
            r#""\ud83d\ud83d\udddd""#,
        ] {
            assert_eq!(
                PlainKind::Json.check(text.as_bytes()).unwrap_err().code(),
                Code::AuthenticationFailed,
                "{text}"
            );
            assert_eq!(Plain::Json(text.into()).checked().unwrap_err().code(), Code::InvalidJson);
        }
        assert!(PlainKind::Json.check(b"\"\xff\"").is_err());
        assert!(PlainKind::String.check(b"\xff").is_err());
        assert!(PlainKind::Bytes.check(b"\xff").is_ok());
    }

    #[test]
    fn prints_no_content() {
        let owner = Owner { account: "canary", subject: Some("canary") };
        let plains =
            [Plain::String("canary".into()), Plain::Json("canary".into()), Plain::Bytes(b"canary".into())];
        for printed in [format!("{owner:?}"), format!("{plains:?}")] {
            assert!(!printed.contains("canary"));
        }
    }
}
