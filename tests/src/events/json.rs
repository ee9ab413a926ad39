//! Compact JSON, written in the order it is told; knows nothing of what it says.

use std::fmt::{Display, Write};

/// NDJSON in the making.
#[derive(Default)]
pub(super) struct Json {
    text: String,
    /// Write `\u` escapes for all that is not ASCII, and `\/`, as some producers do.
    pub(super) ascii: bool,
}

impl Json {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    pub(super) fn end_line(&mut self) {
        self.text.push('\n');
    }

    /// An object on its own, or as an element of an array.
    pub(super) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.comma();
        self.text.push('{');
        members(self);
        self.text.push('}');
    }

    pub(super) fn member(&mut self, key: &str, members: impl FnOnce(&mut Self)) {
        self.key(key);
        self.text.push('{');
        members(self);
        self.text.push('}');
    }

    pub(super) fn array(&mut self, key: &str, elements: impl FnOnce(&mut Self)) {
        self.key(key);
        self.text.push('[');
        elements(self);
        self.text.push(']');
    }

    pub(super) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quoted(value);
    }

    /// A number, `true`, `false` or `null`, as it is spelled.
    pub(super) fn literal(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let _ = write!(self.text, "{value}");
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.quoted(key);
        self.text.push(':');
    }

    fn comma(&mut self) {
        if !matches!(self.text.chars().next_back(), None | Some('\n' | '{' | '[')) {
            self.text.push(',');
        }
    }

    fn quoted(&mut self, value: &str) {
        self.text.push('"');
        for char in value.chars() {
            match char {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '/' if self.ascii => self.text.push_str("\\/"),
                _ if self.ascii && !char.is_ascii() => {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        let _ = write!(self.text, "\\u{unit:04x}");
                    }
                }
                _ => self.text.push(char),
            }
        }
        self.text.push('"');
    }
}
