//! Text as JavaScript has it, in units of 16 or 8 bits, to UTF-8 and back; knows no JavaScript.
//!
//! Events are ASCII for the most part: that goes by blocks that the compiler makes vectors of, the rest by characters.

const BLOCK: usize = 64;

/// Appends the text of these UTF-16 units, if it has no lone surrogate.
pub(crate) fn append_utf8(units: &[u16], out: &mut Vec<u8>) -> bool {
    out.reserve(units.len());
    let mut rest = units;
    while !rest.is_empty() {
        let (block, after) = rest.split_at_checked(BLOCK).unwrap_or((rest, &[]));
        if block.iter().fold(0, |all, unit| all | unit) < 0x80 {
            out.extend(block.iter().map(|unit| *unit as u8));
            rest = after;
            continue;
        }
        let mut taken = 0;
        for char in char::decode_utf16(rest.iter().copied()) {
            let Ok(char) = char else { return false };
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            taken += char.len_utf16();
            if taken >= block.len() {
                break;
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    true
}

/// What a text can be given to JavaScript as, at the least cost.
pub(crate) enum Spelled<'a> {
    /// One byte for each character.
    Latin1(&'a [u8]),
    Utf8(&'a [u8]),
}

/// `bytes` is UTF-8; `room` is for what has to be written anew.
pub(crate) fn spell<'a>(bytes: &'a [u8], room: &'a mut Vec<u8>) -> Spelled<'a> {
    if bytes.is_ascii() {
        return Spelled::Latin1(bytes);
    }
    // Characters up to U+00FF begin with C2 or C3.
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.iter().fold(0, |most, byte| most.max(*byte)) < 0xC4 => {
            append_latin1(text, room);
            Spelled::Latin1(room)
        }
        Ok(_) | Err(_) => Spelled::Utf8(bytes),
    }
}

fn append_latin1(text: &str, out: &mut Vec<u8>) {
    out.clear();
    out.reserve(text.len());
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (block, after) = rest.split_at_checked(BLOCK).unwrap_or((rest, &[]));
        if block.is_ascii() {
            out.extend_from_slice(block);
            rest = after;
            continue;
        }
        let mut bytes = rest.iter();
        let mut taken = 0;
        while taken < block.len()
            && let Some(lead) = bytes.next()
        {
            taken += 1;
            let mut char = *lead;
            if char >= 0x80
                && let Some(tail) = bytes.next()
            {
                taken += 1;
                char = char << 6 | tail & 0x3F;
            }
            out.push(char);
        }
        rest = bytes.as_slice();
    }
}
