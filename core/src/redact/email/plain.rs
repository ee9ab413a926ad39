//! Addresses as most are written, read in one pass; knows nothing of what stays of them.

use super::{MAX_LABEL, MAX_LOCAL_PART};

// What was read last, as the place of its field in a [`Row`].
const NO_ADDRESS: u64 = 0;
/// Nothing, or a dot of the local part.
const LOCAL_START: u64 = 6;
const LOCAL: u64 = 12;
/// The `@`.
const DOMAIN_START: u64 = 18;
/// A dot of the domain.
const LABEL_START: u64 = 24;
/// A label that can only stand before others: the first one, or with a digit at its head.
const LABEL: u64 = 30;
const LABEL_HYPHEN: u64 = 36;
/// A label that may be the last.
const TOP_LEVEL: u64 = 42;
const TOP_LEVEL_HYPHEN: u64 = 48;

/// For one byte the state after it, in six bits for each state before it. So a step is one shift,
/// with no branch to mispredict.
type Row = u64;

const ROWS: [Row; 256] = rows();

/// The local part and the domain, if the text is an address of ASCII without quotes, with the domain in
/// lower case and no longer than one label may be.
pub(super) fn parts(text: &str) -> Option<(&str, &str)> {
    if text.len() > MAX_LOCAL_PART + 1 + MAX_LABEL {
        return None;
    }
    let (mut state, mut at) = (LOCAL_START, 0);
    for (i, byte) in text.bytes().enumerate() {
        state = ROWS.get(usize::from(byte))?.wrapping_shr(state as u32);
        at = if byte == b'@' { i } else { at };
    }
    let (local, domain) = text.split_at_checked(at)?;
    let domain = domain.strip_prefix('@')?;
    let fits = local.len() <= MAX_LOCAL_PART && domain.len() <= MAX_LABEL;
    (fits && state & 63 == TOP_LEVEL).then_some((local, domain))
}

const fn after(state: u64, byte: u8) -> u64 {
    match (state, byte) {
        (LOCAL_START | LOCAL, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9') => LOCAL,
        (LOCAL_START | LOCAL, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'/') => LOCAL,
        (LOCAL_START | LOCAL, b'=' | b'?' | b'^' | b'_' | b'`' | b'{' | b'|' | b'}' | b'~') => LOCAL,
        (LOCAL, b'.') => LOCAL_START,
        (LOCAL, b'@') => DOMAIN_START,
        (DOMAIN_START | LABEL | LABEL_HYPHEN, b'a'..=b'z' | b'0'..=b'9') => LABEL,
        (LABEL_START, b'0'..=b'9') => LABEL,
        (LABEL | LABEL_HYPHEN, b'-') => LABEL_HYPHEN,
        (LABEL_START, b'a'..=b'z') => TOP_LEVEL,
        (TOP_LEVEL | TOP_LEVEL_HYPHEN, b'a'..=b'z' | b'0'..=b'9') => TOP_LEVEL,
        (TOP_LEVEL | TOP_LEVEL_HYPHEN, b'-') => TOP_LEVEL_HYPHEN,
        (LABEL | TOP_LEVEL, b'.') => LABEL_START,
        _ => NO_ADDRESS,
    }
}

#[expect(clippy::indexing_slicing, reason = "it runs in the compiler alone")]
const fn rows() -> [Row; 256] {
    let mut rows = [0; 256];
    let mut byte = 0;
    while byte < rows.len() {
        let mut state = NO_ADDRESS;
        while state <= TOP_LEVEL_HYPHEN {
            rows[byte] |= after(state, byte as u8) << state;
            state += 6;
        }
        byte += 1;
    }
    rows
}
