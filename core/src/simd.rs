//! Byte scans, many bytes at a time; knows bytes and positions, and nothing of JSON beyond them.
//!
//! The one file of the crate with `unsafe` in it: vector loads, each from a slice whose length was just
//! checked. `Words` does the same one word at a time, and a test holds the two equal.

#![expect(unsafe_code, reason = "vector loads from memory have no safe form in core::arch")]

/// The scans that a walk over JSON needs.
pub(crate) trait Simd {
    /// Position at or after `from` of the first byte that is not plain in a JSON string: a quote, a backslash,
    /// a control character or the beginning of a character beyond ASCII; the length if there is none.
    fn plain_end(bytes: &[u8], from: usize) -> usize;

    /// The same, where characters beyond ASCII are passed over.
    fn text_end(bytes: &[u8], from: usize) -> usize;

    /// Position at or after `from` of the first byte that is not an ASCII digit.
    fn digits_end(bytes: &[u8], from: usize) -> usize;

    /// Whether the first `len` bytes (32 at most) of both are equal.
    fn equal_prefix(a: &[u8; 32], b: &[u8; 32], len: u8) -> bool;
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

fn position(bytes: &[u8], from: usize, stops: impl Fn(u8) -> bool) -> usize {
    let tail = bytes.get(from..).unwrap_or_default();
    tail.iter().position(|&byte| stops(byte)).map_or(bytes.len(), |at| from + at)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    use super::{Simd, is_special, position};

    /// Eight bytes at a time, for every machine.
    pub(crate) struct Words;

    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;

    /// High bits set at the bytes of `word` that are `special`; exact up to and including the first of them.
    fn specials(word: u64) -> u64 {
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word)
    }

    impl Words {
        #[inline]
        fn scan(
            bytes: &[u8],
            mut from: usize,
            flags: impl Fn(u64) -> u64,
            stops: impl Fn(u8) -> bool,
        ) -> usize {
            while let Some(chunk) = bytes.get(from..).and_then(|tail| tail.first_chunk()) {
                let found = flags(u64::from_le_bytes(*chunk)) & HIGHS;
                if found != 0 {
                    return from + (found.trailing_zeros() / 8) as usize;
                }
                from += 8;
            }
            position(bytes, from, stops)
        }
    }

    impl Simd for Words {
        #[inline]
        fn plain_end(bytes: &[u8], from: usize) -> usize {
            Self::scan(bytes, from, |word| specials(word) | word, |b| is_special(b) || b >= 0x80)
        }

        #[inline]
        fn text_end(bytes: &[u8], from: usize) -> usize {
            Self::scan(bytes, from, specials, is_special)
        }

        #[inline]
        fn digits_end(bytes: &[u8], from: usize) -> usize {
            position(bytes, from, |byte| !byte.is_ascii_digit())
        }

        #[inline]
        fn equal_prefix(a: &[u8; 32], b: &[u8; 32], len: u8) -> bool {
            a.iter().zip(b).take(len.into()).all(|(a, b)| a == b)
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use super::{Simd, is_special, position};
    use core::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8, _mm_sub_epi8,
    };

    /// Sixteen bytes at a time. Every x86-64 has SSE2, so nothing needs to be detected.
    pub(crate) struct Sse2;

    /// Sixteen bytes, or sixteen flags (all bits of a byte set, or none).
    #[derive(Clone, Copy)]
    struct Bytes(__m128i);

    // SAFETY of every block below: SSE2 is part of the x86-64 baseline, so its instructions exist; and the load
    // reads the sixteen bytes that its argument borrows, at any alignment.
    impl Bytes {
        #[inline(always)]
        fn load(chunk: &[u8; 16]) -> Self {
            Bytes(unsafe { _mm_loadu_si128(chunk.as_ptr().cast()) })
        }

        #[inline(always)]
        fn all(byte: u8) -> Self {
            Bytes(unsafe { _mm_set1_epi8(byte.cast_signed()) })
        }

        #[inline(always)]
        fn equal(self, other: Self) -> Self {
            Bytes(unsafe { _mm_cmpeq_epi8(self.0, other.0) })
        }

        #[inline(always)]
        fn at_most(self, most: u8) -> Self {
            Bytes(unsafe { _mm_min_epu8(self.0, Self::all(most).0) }).equal(self)
        }

        #[inline(always)]
        fn minus(self, byte: u8) -> Self {
            Bytes(unsafe { _mm_sub_epi8(self.0, Self::all(byte).0) })
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            Bytes(unsafe { _mm_or_si128(self.0, other.0) })
        }

        /// The high bit of each byte, the first byte's lowest.
        #[inline(always)]
        fn high_bits(self) -> u32 {
            unsafe { _mm_movemask_epi8(self.0) }.cast_unsigned()
        }

        #[inline(always)]
        fn specials(self) -> Self {
            self.at_most(0x1f).or(self.equal(Self::all(b'"'))).or(self.equal(Self::all(b'\\')))
        }
    }

    /// Position of the first byte whose flag is set.
    #[inline(always)]
    fn scan(
        bytes: &[u8],
        mut from: usize,
        flags: impl Fn(Bytes) -> u32,
        stops: impl Fn(u8) -> bool,
    ) -> usize {
        while let Some(chunk) = bytes.get(from..).and_then(|tail| tail.first_chunk()) {
            let found = flags(Bytes::load(chunk));
            if found != 0 {
                return from + found.trailing_zeros() as usize;
            }
            from += 16;
        }
        // Fewer than sixteen are left: look at the last sixteen once more, past those already seen.
        if let Some(chunk) = bytes.last_chunk() {
            let seen = (from + 16).saturating_sub(bytes.len());
            let found = flags(Bytes::load(chunk)).checked_shr(seen as u32).unwrap_or(0);
            return if found == 0 { bytes.len() } else { from + found.trailing_zeros() as usize };
        }
        position(bytes, from, stops)
    }

    impl Simd for Sse2 {
        #[inline(always)]
        fn plain_end(bytes: &[u8], from: usize) -> usize {
            // The high bit of a byte beyond ASCII is its own flag.
            scan(bytes, from, |chunk| chunk.specials().or(chunk).high_bits(), |b| is_special(b) || b >= 0x80)
        }

        #[inline(always)]
        fn text_end(bytes: &[u8], from: usize) -> usize {
            scan(bytes, from, |chunk| chunk.specials().high_bits(), is_special)
        }

        #[inline(always)]
        fn digits_end(bytes: &[u8], from: usize) -> usize {
            let flags = |chunk: Bytes| !chunk.minus(b'0').at_most(9).high_bits() & 0xffff;
            scan(bytes, from, flags, |byte| !byte.is_ascii_digit())
        }

        #[inline(always)]
        fn equal_prefix(a: &[u8; 32], b: &[u8; 32], len: u8) -> bool {
            let (Some(a_low), Some(a_high)) = (a.first_chunk(), a.last_chunk()) else { return false };
            let (Some(b_low), Some(b_high)) = (b.first_chunk(), b.last_chunk()) else { return false };
            let low = Bytes::load(a_low).equal(Bytes::load(b_low)).high_bits();
            let high = Bytes::load(a_high).equal(Bytes::load(b_high)).high_bits();
            let differ = !u64::from(low | high << 16);
            differ & ((1u64 << len.min(32)) - 1) == 0
        }
    }
}

/// The scans that suit the machine this is built for.
#[cfg(target_arch = "x86_64")]
pub(crate) type Best = sse2::Sse2;

/// The scans that suit the machine this is built for.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) type Best = words::Words;

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::sse2::Sse2;
    use super::words::Words;
    use super::*;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            8 => 0x20u8..0x7f,
            1 => any::<u8>(),
            1 => Just(b'"'),
            1 => Just(b'\\'),
            4 => b'0'..=b'9',
        ];
        proptest::collection::vec(byte, 0..80)
    }

    proptest! {
        #[test]
        fn twins_agree(bytes in bytes(), from in 0usize..90) {
            let plain = position(&bytes, from, |b| is_special(b) || b >= 0x80);
            let text = position(&bytes, from, is_special);
            let digits = position(&bytes, from, |b| !b.is_ascii_digit());
            if from <= bytes.len() {
                prop_assert_eq!(Words::plain_end(&bytes, from), plain);
                prop_assert_eq!(Sse2::plain_end(&bytes, from), plain);
                prop_assert_eq!(Words::text_end(&bytes, from), text);
                prop_assert_eq!(Sse2::text_end(&bytes, from), text);
                prop_assert_eq!(Words::digits_end(&bytes, from), digits);
                prop_assert_eq!(Sse2::digits_end(&bytes, from), digits);
            }
        }

        #[test]
        fn prefixes_agree(a in any::<[u8; 32]>(), at in 0usize..32, len in 0u8..=32) {
            let mut b = a;
            prop_assert!(Sse2::equal_prefix(&a, &b, len));
            b[at] ^= 1;
            let equal = at >= usize::from(len);
            prop_assert_eq!(Sse2::equal_prefix(&a, &b, len), equal);
            prop_assert_eq!(Words::equal_prefix(&a, &b, len), equal);
        }
    }
}
