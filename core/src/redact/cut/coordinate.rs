//! Coordinates that lose decimals and nothing else; knows no exponent.

use super::{Cut, NOTHING, equal, inside};
use crate::redact::coordinate::{Coordinate, MAX_DECIMALS, Rounding};
use crate::simd::Chunk;

impl Coordinate {
    /// Cuts the number of this length at the head of `here`, if no decimal of it is to be rounded up.
    #[inline(always)]
    pub(crate) fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
        let (block, inside) = (here.first_chunk()?, inside(length)?);
        let digits = C::load(block).digits() & inside;
        let sign = usize::from(block.starts_with(b"-"));
        let others = inside & !digits & !(sign as u32);
        let whole = (!(digits >> sign)).trailing_zeros() as usize;
        let point = sign + whole;
        let fraction = length.saturating_sub(point + 1);
        // All is digits but for one point, which has some on both sides.
        if others != 0 && (others != 1 << point || block.get(point) != Some(&b'.') || fraction == 0) {
            return None;
        }
        let is_within = match block.get(sign..)? {
            [b'2'..=b'9', ..] | [b'1', b'8'..=b'9', ..] => (1..=2).contains(&whole),
            _ => (1..=3).contains(&whole),
        };
        let places = fraction.min(self.decimals.min(MAX_DECIMALS).into());
        let head = if places > 0 { point + 1 + places } else { point };
        let next = block.get(point + 1 + places);
        let rounds_up =
            self.rounding == Rounding::Nearest && places < fraction && matches!(next, Some(b'5'..=b'9'));
        let kept = digits & super::inside(head)?;
        let is_minus_zero = sign > 0 && kept & !equal::<C>(block, b'0') == 0;
        (is_within && !rounds_up && !is_minus_zero).then_some(Cut { head, tail: length, between: NOTHING })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Cuts, assert_same, every_text};
    use super::*;
    use proptest::prelude::*;

    impl Cuts for Coordinate {
        fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
            Coordinate::cut::<C>(self, here, length)
        }
    }

    fn is_cut(coordinate: &Coordinate, text: &str) -> bool {
        let mut due = String::new();
        let due = coordinate.any_number(text, &mut due).map(|()| due);
        assert_same(coordinate, text, due.as_deref())
    }

    #[test]
    fn numbers_to_be_cut_are_cut() {
        let mut read = 0;
        for text in every_text(["0", "1", "8", ".", "-", "+"], 6) {
            for decimals in [0, 1, 2] {
                for rounding in [Rounding::TowardZero, Rounding::Nearest] {
                    read += usize::from(is_cut(&Coordinate { decimals, rounding }, &text));
                }
            }
        }
        assert!(read > 1000, "{read}");
        for text in ["45.4215", "-75.6972", "179.9999", "0.1", "45", "-0.25", "45.42150000000000123456789"] {
            assert!(is_cut(&Coordinate::default(), text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cut_number_is_as_any(
            decimals in 0..=18u8,
            nearest: bool,
            text in "-?(0{0,3}[0-9]{0,2}|1[78][0-9]|[0-9]{1,4})(\\.[059]{0,3}[0-9]{0,28})?[0 e.]?",
        ) {
            let rounding = if nearest { Rounding::Nearest } else { Rounding::TowardZero };
            is_cut(&Coordinate { decimals, rounding }, &text);
        }
    }
}
