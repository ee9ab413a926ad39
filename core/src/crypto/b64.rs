//! base64url in its one canonical spelling; knows not what it spells.

use crate::error::{Code, Error};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Appends the spelling of these bytes.
pub(crate) fn append(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let spelled = bytes.len() / 3 * 4 + [0, 2, 3].get(bytes.len() % 3).copied().unwrap_or_default();
    out.resize(start + spelled, 0);
    let (_, room) = out.split_at_mut(start);
    // INVARIANT: the room is as long as the spelling, so that nothing else can go wrong.
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, room);
    debug_assert_eq!(written, Ok(spelled));
}

/// Reads a spelling into `bytes`, in place of what was there.
///
/// # Errors
/// [`Code::Malformed`] unless it is the one canonical spelling.
pub(crate) fn read(text: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
    bytes.clear();
    URL_SAFE_NO_PAD.decode_vec(text, bytes).map_err(|_| Error::new(Code::Malformed))
}

/// Reads the spelling of something that begins `name` and the digit 1.
///
/// # Errors
/// [`Code::NotOurs`], [`Code::UnknownVersion`] with another digit, [`Code::Malformed`]
pub(crate) fn read_named(name: &str, text: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
    let rest = text.strip_prefix(name).ok_or_else(|| Error::new(Code::NotOurs))?;
    match rest.bytes().next() {
        Some(b'1') => read(text, bytes),
        Some(b'0'..=b'9') => Err(Error::new(Code::UnknownVersion)),
        Some(_) | None => Err(Error::new(Code::NotOurs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_and_reads_every_length() {
        for length in 0..100_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let mut spelled = b"before".to_vec();
            append(&bytes, &mut spelled);
            let text = std::str::from_utf8(&spelled).unwrap().strip_prefix("before").unwrap();
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&bytes));
            let mut back = vec![7];
            read(text, &mut back).unwrap();
            assert_eq!(back, bytes);
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        // The last bits set; padding; the standard alphabet; white space; one character left over; not ASCII.
        for text in ["pum1AB", "pum1AA==", "pum1+/AA", "pum1 AAA", "pum1AAA\n", "pum1A", "pum1AAA\u{e9}"] {
            let found = read_named("pum", text, &mut Vec::new()).unwrap_err().code();
            assert_eq!(found, Code::Malformed, "{text:?}");
        }
        for text in ["", "p", "pum", "puma", "PUM1AAAA", " pum1", "\u{feff}pum1AAAA", "ptk1AAAA"] {
            let found = read_named("pum", text, &mut Vec::new()).unwrap_err().code();
            assert_eq!(found, Code::NotOurs, "{text:?}");
        }
        for text in ["pum0", "pum2AAAA", "pum9\u{e9}"] {
            let found = read_named("pum", text, &mut Vec::new()).unwrap_err().code();
            assert_eq!(found, Code::UnknownVersion, "{text:?}");
        }
    }
}
