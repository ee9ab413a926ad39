//! Strings, numbers and words of JSON, strictly as RFC 8259 has them; knows no nesting.

use crate::error::{At, Code, Error};
use crate::simd::{self, Base, Chunk};

/// What is wrong with the bytes, and where. (One word, so that a result of a position or this comes back in two
/// registers, not through memory.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault(u64);

/// What can be wrong with the bytes of an event, by its number in a [`Fault`].
const CODES: [Code; 4] = [Code::InvalidJson, Code::InvalidUtf8, Code::TooDeep, Code::UnlistedField];

impl Fault {
    pub(crate) fn new(code: Code, offset: usize) -> Self {
        let number = CODES.iter().position(|known| *known == code).unwrap_or_default();
        Fault((offset as u64) << 2 | number as u64)
    }

    pub(crate) fn json(offset: usize) -> Self {
        Fault((offset as u64) << 2)
    }

    /// Where it is.
    pub(crate) fn offset(self) -> usize {
        (self.0 >> 2) as usize
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = CODES.get((fault.0 & 3) as usize).copied().unwrap_or(Code::InvalidJson);
        Error::new(code).at_place(At::Offset(fault.offset()))
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

/// Position after the scalar at `at`.
#[inline(always)]
pub(crate) fn scalar<C: Chunk>(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    match bytes.get(at) {
        Some(b'"') => string::<C>(bytes, at),
        Some(first) => unquoted::<C>(bytes, at, *first),
        None => Err(Fault::json(at)),
    }
}

/// Position after the string that begins with the quote at `open`.
#[inline(always)]
pub(crate) fn string<C: Chunk>(bytes: &[u8], open: usize) -> Result<usize, Fault> {
    let stop = simd::plain_end::<C>(bytes, open + 1);
    if bytes.get(stop) == Some(&b'"') { Ok(stop + 1) } else { long_string(bytes, stop) }
}

/// A string with more in it than plain ASCII, from the first such byte on. Compiled once, for every machine: what
/// is not inlined into a scan for better instructions would call each of them as a function.
#[inline(never)]
fn long_string(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    loop {
        let stop = simd::text_end::<Base>(bytes, at);
        let run = bytes.get(at..stop).unwrap_or_default();
        if let Err(e) = std::str::from_utf8(run) {
            return Err(Fault::new(Code::InvalidUtf8, at + e.valid_up_to()));
        }
        match bytes.get(stop) {
            Some(b'"') => return Ok(stop + 1),
            Some(b'\\') => at = escape(bytes, stop).ok_or(Fault::json(stop))?.1,
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

/// Position after the number or word at `at`, whose first byte is `first`.
#[inline(always)]
pub(crate) fn unquoted<C: Chunk>(bytes: &[u8], at: usize, first: u8) -> Result<usize, Fault> {
    match first {
        b'-' | b'0'..=b'9' => number::<C>(bytes, at),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => Err(Fault::json(at)),
    }
}

#[inline(always)]
fn number<C: Chunk>(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    match bytes.get(at..).and_then(|here| here.first_chunk()).and_then(short_number::<C>) {
        Some(len) if cfg!(feature = "speed") => Ok(at + len),
        Some(_) | None => any_number(bytes, at),
    }
}

/// Length of the number at the head of the chunk, as numbers are mostly written: it ends in the chunk, and has no exponent.
#[inline(always)]
fn short_number<C: Chunk>(chunk: &[u8; 32]) -> Option<usize> {
    let digits = C::load(chunk).digits();
    let run = |from: usize| (!(digits >> from)).trailing_zeros() as usize;
    let sign = usize::from(chunk.first() == Some(&b'-'));
    let whole = run(sign);
    if whole == 0 || (whole > 1 && chunk.get(sign) == Some(&b'0')) {
        return None;
    }
    let point = sign + whole;
    let (end, after) = match chunk.get(point)? {
        b'.' if point < 31 => {
            let fraction = run(point + 1);
            let end = point + 1 + fraction;
            (end, chunk.get(end).filter(|_| fraction > 0)?)
        }
        after => (point, after),
    };
    (!matches!(after, b'e' | b'E' | b'.')).then_some(end)
}

/// Whether the bytes from `start` to `end` are a number or a word.
#[inline(always)]
pub(crate) fn is_unquoted<C: Chunk>(bytes: &[u8], start: usize, end: usize) -> bool {
    let Some(text) = bytes.get(start..end) else { return false };
    match text {
        [b'-' | b'0'..=b'9', ..] => {
            plain_number::<C>(bytes, start, text) || any_number(bytes, start) == Ok(end)
        }
        text => matches!(text, b"true" | b"false" | b"null"),
    }
}

/// Whether `text`, which stands at `start`, is a number as they are mostly written.
#[inline(always)]
fn plain_number<C: Chunk>(bytes: &[u8], start: usize, text: &[u8]) -> bool {
    let len = text.len();
    if len > 31 {
        return false;
    }
    // Thirty-two bytes that end with it, so that it may stand at the end of the event.
    let digits = match bytes.get(..start + len).and_then(|bytes| bytes.last_chunk()) {
        Some(chunk) => C::load(chunk).digits() >> (32 - len as u32),
        None => return false,
    };
    let others = !digits & ((1 << len) - 1);
    let sign = usize::from(text.first() == Some(&b'-'));
    let others = others >> sign;
    let whole = (others | 1 << (len - sign)).trailing_zeros() as usize;
    let is_whole = others == 0;
    let is_fraction = others & others.wrapping_sub(1) == 0
        && text.get(sign + whole) == Some(&b'.')
        && sign + whole + 1 < len;
    whole > 0 && (is_whole || is_fraction) && (whole == 1 || text.get(sign) != Some(&b'0'))
}

#[inline(never)]
fn any_number(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => digits_end(bytes, at + 1),
        Some(_) | None => return Err(Fault::json(at)),
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    Ok(at)
}

/// One digit or more.
fn digits(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let end = digits_end(bytes, at);
    if end == at { Err(Fault::json(at)) } else { Ok(end) }
}

/// Position of the first byte at or after `at` that is not a digit. (Byte by byte: numbers are short.)
fn digits_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    at
}

#[inline(never)]
fn word(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, Fault> {
    let tail = bytes.get(at..).unwrap_or_default();
    if tail.starts_with(word) {
        return Ok(at + word.len());
    }
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

/// The text of a JSON string, quotes and all.
pub(crate) fn text_of(json: &str) -> Option<String> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inside.len());
    unescape(inside.as_bytes(), &mut text)?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::write_string;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unescape_undoes_write(text in any::<String>()) {
            let mut written = Vec::new();
            write_string(&mut written, &text);
            prop_assert_eq!(string::<Base>(&written, 0), Ok(written.len()));
            let mut back = String::new();
            unescape(&written[1..written.len() - 1], &mut back);
            prop_assert_eq!(&back, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&written).ok(), Some(text));
        }
    }
}
