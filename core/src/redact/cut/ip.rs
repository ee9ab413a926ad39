//! IPv4 addresses with nothing around, of which whole octets stay; knows no list and no IPv6.

use super::{Between, Cut, NOTHING, equal, inside};
use crate::redact::ip::Ip;
use crate::simd::Chunk;

/// What stands for the octets behind those that stay, by how many these are.
const ZEROS: [&Between; 5] =
    [&Between::new("0.0.0.0"), &Between::new("0.0.0"), &Between::new("0.0"), &Between::new("0"), NOTHING];

impl Ip {
    /// Cuts the IPv4 address of this length at the head of `here`, if whole octets of it stay.
    #[inline(always)]
    pub(crate) fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
        let (block, inside) = (here.first_chunk()?, inside(length)?);
        let digits = C::load(block).digits() & inside;
        let dots = equal::<C>(block, b'.') & inside;
        if digits | dots != inside || length > "255.255.255.255".len() || !self.v4_bits.is_multiple_of(8) {
            return None;
        }
        let kept = usize::from(self.v4_bits / 8);
        let (mut ends, mut from, mut head) = (dots | 1 << length, 0, 0);
        let mut wrong = false;
        for octet in 1..=4 {
            let end = ends.trailing_zeros() as usize;
            ends &= ends.wrapping_sub(1);
            let width = end.wrapping_sub(from);
            let digits = u32::from_le_bytes(*block.get(from..)?.first_chunk()?);
            // The last digit stands third, before it what there is of others.
            let [hundreds, tens, ones, _] =
                (digits.wrapping_shl(24_u32.wrapping_sub(8 * width as u32)) & 0x0f_0f_0f).to_le_bytes();
            let number = u32::from(hundreds) * 100 + u32::from(tens) * 10 + u32::from(ones);
            wrong |= width.wrapping_sub(1) > 2 || number > 255 || (width > 1 && digits & 0x0f == 0);
            from = end + 1;
            head = if octet == kept { from } else { head };
        }
        if wrong || ends != 0 {
            return None;
        }
        let head = if kept == 4 { length } else { head };
        Some(Cut { head, tail: length, between: ZEROS.get(kept)? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Cuts, assert_same};
    use super::*;
    use proptest::prelude::*;

    impl Cuts for Ip {
        fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
            Ip::cut::<C>(self, here, length)
        }
    }

    fn is_cut(text: &str, v4_bits: u8) -> bool {
        let (ip, mut due) = (Ip { v4_bits, ..Ip::default() }, String::new());
        let due = ip.redact(text, &mut due).is_ok().then_some(due);
        assert_same(&ip, text, due.as_deref())
    }

    #[test]
    fn addresses_of_whole_octets_are_cut() {
        for v4_bits in 0..=32 {
            for text in ["207.164.33.12", "0.0.0.0", "255.255.255.255", "1.22.100.9", "10.0.0.1"] {
                assert_eq!(is_cut(text, v4_bits), v4_bits % 8 == 0, "{text} {v4_bits}");
            }
            for text in [
                "",
                ".",
                "...",
                "1",
                "1.2.3",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4.",
                "1.2.3.4.5",
                "01.2.3.4",
                "1.2.3.04",
                "1.00.3.4",
                "256.2.3.4",
                "1.2.3.999",
                "1.2.3.1000",
                "1234.2.3.4",
                "1.2.3.4 ",
                "1.2.3.4:80",
                "1.2.3.a",
                "1.2.3.-4",
                "::1",
            ] {
                assert!(!is_cut(text, v4_bits), "{text} {v4_bits}");
            }
        }
    }

    #[test]
    fn every_octet_in_every_place() {
        for octet in 0..1100 {
            for place in 0..4 {
                let octets: Vec<_> =
                    (0..4).map(|at| if at == place { octet } else { 7 }.to_string()).collect();
                for v4_bits in [0, 8, 16, 24, 32] {
                    assert_eq!(is_cut(&octets.join("."), v4_bits), octet < 256);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_cut_address_is_as_any(text in "[0-9.]{0,18}|([0-9]{1,3}\\.){3}[0-9]{1,3}[ -~]?", v4_bits in 0u8..=32) {
            is_cut(&text, v4_bits);
        }
    }
}
