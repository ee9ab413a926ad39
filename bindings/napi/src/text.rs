//! Text as JavaScript has it, in units of 16 or 8 bits, to UTF-8 and back; knows no JavaScript.
//!
//! Events are ASCII for the most part, which goes by blocks that the compiler makes vectors of. Where a large block is not, it goes
//! by small ones, and where those are not, the next characters go one by one.

const LARGE: usize = 128;
const SMALL: usize = 16;

/// Appends the UTF-8 of these UTF-16 units, if they have no lone surrogate.
pub(crate) fn append_utf8(units: &[u16], out: &mut Vec<u8>) -> bool {
    out.reserve(units.len() * 3);
    let mut rest = units;
    loop {
        rest = append_ascii(rest, out, |unit| unit as u8);
        for _ in 0..SMALL {
            rest = match *rest {
                [] => return true,
                [unit @ ..0x80, ref after @ ..] => {
                    out.push(unit as u8);
                    after
                }
                [unit @ ..0x800, ref after @ ..] => {
                    out.extend_from_slice(&[0xC0 | (unit >> 6) as u8, tail(unit.into())]);
                    after
                }
                [high @ 0xD800..=0xDBFF, low @ 0xDC00..=0xDFFF, ref after @ ..] => {
                    let char = 0x1_0000 + (u32::from(high & 0x3FF) << 10 | u32::from(low & 0x3FF));
                    let lead = 0xF0 | (char >> 18) as u8;
                    out.extend_from_slice(&[lead, tail(char >> 12), tail(char >> 6), tail(char)]);
                    after
                }
                [0xD800..=0xDFFF, ..] => return false,
                [unit, ref after @ ..] => {
                    let lead = 0xE0 | (unit >> 12) as u8;
                    out.extend_from_slice(&[lead, tail((unit >> 6).into()), tail(unit.into())]);
                    after
                }
            };
        }
    }
}

/// Appends the blocks of ASCII at the head of a text, the large ones first, and gives back what is behind them.
#[inline(always)]
fn append_ascii<'a, A: Copy, B: Copy>(text: &'a [A], out: &mut Vec<B>, convert: impl Fn(A) -> B) -> &'a [A]
where
    u16: From<A>,
{
    let rest = append_blocks::<LARGE, A, B>(text, out, &convert);
    append_blocks::<SMALL, A, B>(rest, out, &convert)
}

/// The same of blocks of one length.
#[inline(always)]
fn append_blocks<'a, const N: usize, A: Copy, B: Copy>(
    text: &'a [A],
    out: &mut Vec<B>,
    convert: &impl Fn(A) -> B,
) -> &'a [A]
where
    u16: From<A>,
{
    let mut rest = text;
    while let Some((block, after)) = rest.split_first_chunk::<N>()
        && block.iter().fold(0, |all, unit| all | u16::from(*unit)) < 0x80
    {
        out.extend_from_slice(&block.map(convert));
        rest = after;
    }
    rest
}

fn tail(bits: u32) -> u8 {
    0x80 | (bits & 0x3F) as u8
}

/// A text as a string of JavaScript is made of it at the least cost.
pub(crate) enum Spelled<'a> {
    /// One byte for each character.
    Latin1(&'a [u8]),
    Utf16(&'a [u16]),
}

/// The spelling of UTF-8, for which there is room.
pub(crate) fn spell<'a>(utf8: &'a [u8], latin1: &'a mut Vec<u8>, units: &'a mut Vec<u16>) -> Spelled<'a> {
    match utf8.iter().fold(0, |most, byte| most.max(*byte)) {
        ..0x80 => Spelled::Latin1(utf8),
        // Characters up to U+00FF begin with C2 or C3.
        0x80..0xC4 => {
            latin1.clear();
            append_latin1(utf8, latin1);
            Spelled::Latin1(latin1)
        }
        0xC4.. => {
            units.clear();
            append_utf16(utf8, units);
            Spelled::Utf16(units)
        }
    }
}

fn append_latin1(utf8: &[u8], out: &mut Vec<u8>) {
    out.reserve(utf8.len());
    let mut rest = utf8;
    loop {
        rest = append_ascii(rest, out, |byte| byte);
        for _ in 0..SMALL {
            let (char, after) = match *rest {
                [] => return,
                [byte @ ..0x80, ref after @ ..] => (byte, after),
                [lead, byte, ref after @ ..] => (lead << 6 | byte & 0x3F, after),
                // It is cut off, which UTF-8 is not.
                [_] => (b'?', [].as_slice()),
            };
            out.push(char);
            rest = after;
        }
    }
}

fn append_utf16(utf8: &[u8], units: &mut Vec<u16>) {
    units.reserve(utf8.len());
    let mut rest = utf8;
    loop {
        rest = append_ascii(rest, units, u16::from);
        for _ in 0..SMALL {
            let (unit, after) = match *rest {
                [] => return,
                [byte @ ..0x80, ref after @ ..] => (byte.into(), after),
                [a @ ..0xE0, b, ref after @ ..] => (bits(a, 0x1F) << 6 | bits(b, 0x3F), after),
                [a @ ..0xF0, b, c, ref after @ ..] => {
                    (bits(a, 0x0F) << 12 | bits(b, 0x3F) << 6 | bits(c, 0x3F), after)
                }
                [a, b, c, d, ref after @ ..] => {
                    // The first half has what is above the low ten bits of char - 0x10000.
                    let high = bits(a, 0x07) << 8 | bits(b, 0x3F) << 2 | bits(c, 0x30) >> 4;
                    units.push(0xD800 | high.wrapping_sub(0x40) & 0x3FF);
                    (0xDC00 | bits(c, 0x0F) << 6 | bits(d, 0x3F), after)
                }
                // It is cut off, which UTF-8 is not.
                [..] => (0xFFFD, [].as_slice()),
            };
            units.push(unit);
            rest = after;
        }
    }
}

fn bits(byte: u8, mask: u8) -> u16 {
    u16::from(byte & mask)
}
