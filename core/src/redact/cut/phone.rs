//! Numbers whose last four digits stand side by side at the end; knows no scheme and no extension.

use super::{Between, Cut, equal, inside};
use crate::redact::phone::{MASKED_DIGITS, MAX_DIGITS, Phone};
use crate::simd::Chunk;

const MASKED: &Between = &Between::new("XXXX");

impl Phone {
    /// Cuts the number of this length at the head of `here`.
    #[inline(always)]
    pub(crate) fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
        let (block, inside) = (here.first_chunk()?, inside(length)?);
        let digits = C::load(block).digits() & inside;
        let others = inside & !digits & !u32::from(block.starts_with(b"+"));
        if others != 0 {
            let is = |byte| equal::<C>(block, byte);
            let parts = is(b' ') | is(b'-') | is(b'.') | is(b'(') | is(b')');
            if others & !parts != 0 {
                return None;
            }
        }
        let head = length.checked_sub(MASKED_DIGITS)?;
        let ends_in_digits = digits >> head == (1 << MASKED_DIGITS) - 1;
        let is_number = ends_in_digits && digits.count_ones() as usize <= MAX_DIGITS;
        is_number.then_some(Cut { head, tail: length, between: MASKED })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Cuts, assert_same};
    use super::*;
    use proptest::prelude::*;

    impl Cuts for Phone {
        fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
            Phone::cut::<C>(self, here, length)
        }
    }

    fn is_cut(text: &str) -> bool {
        let mut due = String::new();
        let due = Phone.redact_any(text, &mut due).is_ok().then_some(due);
        assert_same(&Phone, text, due.as_deref())
    }

    #[test]
    fn numbers_as_most_are_written_are_cut() {
        for text in [
            "0132",
            "+0132",
            "4155550132",
            "+14155550132",
            "123456789012345678",
            "(415) 555-0132",
            "+1 415.555.0132",
            "1-2-3-4-5-6-7-8-9-0-1-2-3-4-5678",
        ] {
            assert!(is_cut(text), "{text}");
        }
        for text in [
            "",
            "132",
            "+132",
            "1234567890123456789",
            "41555501-32",
            "4155550132 ",
            "1+4155550132",
            "++4155550132",
            "tel:4155550132",
            "415/5550132",
            "4155550132x1",
            "é4155550132",
            "1 -2 -3 -4 -5 -6 -7 -8 -9 -0-5678",
        ] {
            assert!(!is_cut(text), "{text}");
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        for c in '\0'..='\u{ff}' {
            for at in 0..=11 {
                let (head, tail) = "41555501327".split_at(at);
                is_cut(&format!("{head}{c}{tail}"));
            }
        }
    }

    proptest! {
        #[test]
        fn a_cut_number_is_as_any(text in "\\+?[0-9 ().+-]{0,36}[0-9]{0,5}") {
            is_cut(&text);
        }
    }
}
