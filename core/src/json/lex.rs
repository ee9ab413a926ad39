//! Strings, numbers and words of JSON, strictly as RFC 8259 has them; knows no nesting.

use crate::error::{At, Code, Error};
use crate::simd::{self, Base, Chunk};

/// What is wrong with the bytes, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) offset: usize,
}

impl Fault {
    pub(crate) fn json(offset: usize) -> Self {
        Fault { code: Code::InvalidJson, offset }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Error::new(fault.code).at_place(At::Offset(fault.offset))
    }
}

/// Position of the first byte at or after `at` that is not white space.
#[inline(always)]
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// A string that begins with the quote at `open`: the position after its closing quote, and whether it has
/// escapes in it.
#[inline(always)]
pub(crate) fn string<C: Chunk>(bytes: &[u8], open: usize) -> Result<(usize, bool), Fault> {
    let stop = simd::plain_end::<C>(bytes, open + 1);
    if bytes.get(stop) == Some(&b'"') {
        return Ok((stop + 1, false));
    }
    long_string::<C>(bytes, stop)
}

/// A string with more in it than plain ASCII, from the first such byte on.
#[inline(never)]
fn long_string<C: Chunk>(bytes: &[u8], mut at: usize) -> Result<(usize, bool), Fault> {
    let mut escaped = false;
    loop {
        let stop = simd::text_end::<C>(bytes, at);
        let run = bytes.get(at..stop).unwrap_or_default();
        if let Err(e) = std::str::from_utf8(run) {
            return Err(Fault { code: Code::InvalidUtf8, offset: at + e.valid_up_to() });
        }
        match bytes.get(stop) {
            Some(b'"') => return Ok((stop + 1, escaped)),
            Some(b'\\') => {
                escaped = true;
                at = escape(bytes, stop).ok_or(Fault::json(stop))?.1;
            }
            // A control character, or the end.
            Some(_) | None => return Err(Fault::json(stop)),
        }
    }
}

/// The character that the escape at `at` stands for, and the position after it.
fn escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let simple = |c| Some((c, at + 2));
    match bytes.get(at + 1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => {
            let unit = hex(bytes, at + 2)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((c, at + 6));
            }
            // A surrogate: the first half, or nothing.
            if unit >= 0xdc00 || bytes.get(at + 6..at + 8)? != b"\\u" {
                return None;
            }
            let low = hex(bytes, at + 8)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            Some((char::from_u32(0x10000 + ((unit - 0xd800) << 10) + low)?, at + 12))
        }
        _ => None,
    }
}

fn hex(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Position after the number that begins at `at`.
#[inline(always)]
fn number<C: Chunk>(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => simd::digits_end::<C>(bytes, at + 1),
        Some(_) | None => return Err(Fault::json(at)),
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits::<C>(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits::<C>(bytes, at)?;
    }
    Ok(at)
}

/// One digit or more.
#[inline(always)]
fn digits<C: Chunk>(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let end = simd::digits_end::<C>(bytes, at);
    if end == at { Err(Fault::json(at)) } else { Ok(end) }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Null,
    True,
    False,
    Number,
    /// A string whose inside is its text.
    Plain,
    /// A string with escapes in it.
    Escaped,
    /// An object or array.
    Nested,
}

/// The scalar at `at`, whose first byte is `first`: the position after it.
#[inline(always)]
pub(crate) fn scalar<C: Chunk>(bytes: &[u8], at: usize, first: u8) -> Result<(usize, Spelling), Fault> {
    match first {
        b'"' => {
            let (end, escaped) = string::<C>(bytes, at)?;
            Ok((end, if escaped { Spelling::Escaped } else { Spelling::Plain }))
        }
        b'-' | b'0'..=b'9' => Ok((number::<C>(bytes, at)?, Spelling::Number)),
        b't' => Ok((word(bytes, at, b"true")?, Spelling::True)),
        b'f' => Ok((word(bytes, at, b"false")?, Spelling::False)),
        b'n' => Ok((word(bytes, at, b"null")?, Spelling::Null)),
        _ => Err(Fault::json(at)),
    }
}

/// Position after the word that must be at `at`.
#[inline(always)]
fn word(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, Fault> {
    let end = at + word.len();
    if bytes.get(at..end) == Some(word) {
        return Ok(end);
    }
    let tail = bytes.get(at..).unwrap_or_default();
    let same = tail.iter().zip(word).take_while(|(a, b)| a == b).count();
    Err(Fault::json(at + same))
}

/// Appends the text that the inside of a valid string stands for; `None` if it is not valid after all.
pub(crate) fn unescape(inside: &[u8], out: &mut String) -> Option<()> {
    let mut at = 0;
    while at < inside.len() {
        let run = memchr::memchr(b'\\', inside.get(at..)?).map_or(inside.len(), |run| at + run);
        out.push_str(std::str::from_utf8(inside.get(at..run)?).ok()?);
        if run == inside.len() {
            break;
        }
        let (c, after) = escape(inside, run)?;
        out.push(c);
        at = after;
    }
    Some(())
}

/// Appends `text` as a JSON string, quotes included; only what must be escaped is.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let mut at = 0;
    loop {
        let stop = simd::text_end::<Base>(bytes, at);
        out.extend_from_slice(bytes.get(at..stop).unwrap_or_default());
        let Some(&byte) = bytes.get(stop) else { break };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                let hex = |half: u8| char::from_digit(half.into(), 16).map_or(b'0', |c| c as u8);
                out.extend_from_slice(b"\\u00");
                out.push(hex(control >> 4));
                out.push(hex(control & 15));
            }
        }
        at = stop + 1;
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unescape_undoes_write(text in any::<String>()) {
            let mut written = Vec::new();
            write_string(&mut written, &text);
            prop_assert_eq!(string::<Base>(&written, 0).map(|(end, _)| end), Ok(written.len()));
            let mut back = String::new();
            unescape(&written[1..written.len() - 1], &mut back);
            prop_assert_eq!(&back, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&written).ok(), Some(text));
        }
    }
}
