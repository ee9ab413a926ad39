//! Where the strings of an event may end, found for the whole event at once, so that going from one value to the next waits
//! for little. It knows no grammar.

use crate::simd::{self, Chunk};

/// Longest event that is looked at.
const LONGEST: usize = 1 << 14;

/// The quotes, backslashes and control characters of an event, one bit a byte, the first byte's lowest; all that is behind
/// its end is one as well.
pub(super) struct Stops {
    words: Box<[u64; LONGEST / 64 + 2]>,
    /// The last sixty-four bytes of the event, and nothing behind them.
    ends: [u8; 64 + 32],
}

impl Stops {
    pub(super) fn new() -> Self {
        Stops { words: Box::new([u64::MAX; LONGEST / 64 + 2]), ends: [0; 64 + 32] }
    }

    /// Finds those of this event; false if it is too long, or is not UTF-8.
    #[inline(always)]
    pub(super) fn find<C: Chunk>(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() > LONGEST {
            return false;
        }
        // From the first byte beyond ASCII to behind the last.
        let mut unchecked = (usize::MAX, 0);
        let (mut rest, mut at) = (bytes, 0);
        if let (Some(end), Some(slot)) = (bytes.last_chunk::<64>(), self.ends.first_chunk_mut()) {
            *slot = *end;
        }
        for word in &mut *self.words {
            if rest.is_empty() {
                *word = u64::MAX;
                break;
            }
            let beyond;
            (*word, beyond, rest) = simd::stops::<C>(bytes, rest);
            if beyond != 0 {
                let first = at + beyond.trailing_zeros() as usize;
                unchecked = (unchecked.0.min(first), at + 64 - beyond.leading_zeros() as usize);
            }
            at += 64;
        }
        unchecked.1 == 0 || is_utf8(bytes, unchecked.0, unchecked.1)
    }

    /// Thirty-two bytes of this event from `at` on, with zeros behind its end; none there if the event has not sixty-four.
    #[inline(always)]
    pub(super) fn chunk<'a>(&'a self, bytes: &'a [u8], at: usize) -> Option<&'a [u8; 32]> {
        let here = bytes.get(at..)?;
        here.first_chunk().or_else(|| {
            let skipped = 64_usize.checked_sub(here.len()).filter(|_| bytes.len() >= 64)?;
            self.ends.get(skipped..)?.first_chunk()
        })
    }

    /// The first at or after `from`; a position at or behind the end of the event if there is none.
    #[inline(always)]
    pub(super) fn next(&self, from: usize) -> usize {
        let mut at = from;
        // (Two whole words: a word from between two that were written just before would have to wait for both.)
        while let Some([low, high, ..]) = self.words.get(at / 64..) {
            let word = low >> (at % 64) | high << 1 << (63 - at % 64);
            if word != 0 {
                return at + word.trailing_zeros() as usize;
            }
            at += 64;
        }
        usize::MAX
    }
}

#[inline(never)]
fn is_utf8(bytes: &[u8], from: usize, to: usize) -> bool {
    // (The last word may count bits that are behind the end.)
    bytes.get(from..to.min(bytes.len())).is_some_and(|run| std::str::from_utf8(run).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Base, Scanning, scanning};
    use proptest::prelude::*;

    struct Find<'a>(&'a [u8], &'a mut Stops);

    impl Scanning for Find<'_> {
        type Answer = bool;

        #[inline(always)]
        fn run<C: Chunk>(self) -> bool {
            self.1.find::<C>(self.0)
        }
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            60 => "[a-z ]{1,90}".prop_map(String::into_bytes),
            20 => "[\"\\\\\n\x00]{1,40}".prop_map(String::into_bytes),
            20 => "\\PC{1,20}".prop_map(String::into_bytes),
            1 => proptest::collection::vec(any::<u8>(), 1..3),
        ];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn all_are_found(before in bytes(), bytes in bytes()) {
            let is_stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            // What another event left behind is not seen.
            let mut stops = Stops::new();
            stops.find::<Base>(&before);
            let is_utf8 = std::str::from_utf8(&bytes).is_ok();
            for is_found in [scanning(Find(&bytes, &mut stops)), Find(&bytes, &mut stops).run::<Base>()] {
                prop_assert_eq!(is_found, is_utf8);
                for from in 0..=bytes.len() {
                    let next = bytes[from..].iter().position(is_stop).map_or(bytes.len(), |at| from + at);
                    prop_assert_eq!(stops.next(from).min(bytes.len()), next);
                    let mut due = [0; 32];
                    due.iter_mut().zip(&bytes[from..]).for_each(|(slot, byte)| *slot = *byte);
                    let is_known = bytes.len() >= 64 || from + 32 <= bytes.len();
                    prop_assert_eq!(stops.chunk(&bytes, from), is_known.then_some(&due));
                }
            }
        }
    }

    #[test]
    fn the_longest() {
        let mut stops = Stops::new();
        assert!(!stops.find::<Base>(&[b' '; LONGEST + 1]));
        for len in LONGEST - 70..=LONGEST {
            assert!(stops.find::<Base>(&vec![b' '; len]));
            assert!(stops.next(0) >= len);
        }
        assert_eq!(stops.next(usize::MAX - 7), usize::MAX);
    }
}
