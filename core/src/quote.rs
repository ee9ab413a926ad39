//! Texts as strings of JSON; reads none.

use crate::simd::{self, Base};

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = Vec::with_capacity(text.len() + 2);
    write_string(&mut json, text);
    // INVARIANT: what was text is text with its escapes.
    String::from_utf8(json).unwrap_or_default()
}

/// Appends `text` as a JSON string, quotes included; only what must be escaped is.
#[inline]
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let at = out.len();
    out.extend_from_slice(text.as_bytes());
    // Looked at where it stands now, with other bytes before it: a scan of few bytes alone is slow.
    if simd::text_end::<Base>(out, at) < out.len() {
        out.truncate(at);
        write_escaped(out, text.as_bytes());
    }
    out.push(b'"');
}

#[cold]
fn write_escaped(out: &mut Vec<u8>, text: &[u8]) {
    let hex = |half: u8| char::from_digit(half.into(), 16).map_or(b'0', |c| c as u8);
    for &byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend([hex(byte >> 4), hex(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
}
