//! Byte scans, thirty-two bytes at a time; knows bytes and positions, and nothing of JSON beyond them.
//!
//! The one file of the crate with `unsafe` in it: vector instructions, and the choice of those that the machine
//! has. [`Portable`] does the same in plain Rust, and a test holds them all equal.

#![expect(unsafe_code, reason = "vector loads, and instructions that were found to exist, have no safe form")]

use std::ops::Range;

/// Thirty-two bytes, in whatever registers there are. A mask has one bit a byte, the first byte's lowest.
pub(crate) trait Chunk: Copy {
    /// Takes thirty-two bytes.
    fn load(bytes: &[u8; 32]) -> Self;

    /// Bytes that are not plain in a JSON string: quotes, backslashes, control characters, and all beyond ASCII.
    fn unplain(self) -> u32;

    /// The same, without those beyond ASCII.
    fn special(self) -> u32;

    /// Bytes beyond ASCII.
    fn beyond(self) -> u32;

    /// The digits of ASCII.
    fn digits(self) -> u32;

    /// Bytes that differ.
    fn differ(self, other: Self) -> u32;
}

/// Position at or after `from` of the first byte that is not plain in a JSON string; the length if there is none.
#[inline(always)]
pub(crate) fn plain_end<C: Chunk>(bytes: &[u8], from: usize) -> usize {
    scan::<C>(bytes, from, C::unplain)
}

/// Position at or after `from` of the first quote, backslash or control character; the length if there is none.
#[inline(always)]
pub(crate) fn text_end<C: Chunk>(bytes: &[u8], from: usize) -> usize {
    scan::<C>(bytes, from, C::special)
}

/// The inside of a JSON string as a text, if it is plain: ASCII without escapes.
#[inline(always)]
pub(crate) fn plain(bytes: &[u8], inside: Range<usize>) -> Option<&str> {
    if plain_end::<Base>(bytes, inside.start) < inside.end {
        return None;
    }
    // SAFETY: all bytes up to the end are ASCII, and ASCII is UTF-8.
    bytes.get(inside).map(|text| unsafe { std::str::from_utf8_unchecked(text) })
}

/// Appends the first bytes of a block. All of it is copied, as that takes no call, and what is too much cut off.
#[inline(always)]
pub(crate) fn push_head<const N: usize>(block: &[u8; N], length: usize, out: &mut Vec<u8>) {
    let end = out.len() + length;
    out.extend_from_slice(block);
    out.truncate(end);
}

/// Bytes that differ, one bit a byte, the first byte's lowest.
#[inline(always)]
pub(crate) fn differ<C: Chunk>(a: &[u8; 32], b: &[u8; 32]) -> u32 {
    C::load(a).differ(C::load(b))
}

#[inline(always)]
fn scan<C: Chunk>(bytes: &[u8], mut from: usize, stops: impl Fn(C) -> u32) -> usize {
    let mut rest = bytes.get(from..).unwrap_or_default();
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let found = stops(C::load(chunk));
        if found != 0 {
            return from + found.trailing_zeros() as usize;
        }
        (rest, from) = (after, from + 32);
    }
    scan_last(bytes, from, stops)
}

/// The same where fewer than thirty-two bytes are left.
#[inline(always)]
fn scan_last<C: Chunk>(bytes: &[u8], from: usize, stops: impl Fn(C) -> u32) -> usize {
    let found = if let Some(chunk) = bytes.last_chunk() {
        // The last thirty-two once more, past those already seen.
        let seen = (from + 32).saturating_sub(bytes.len());
        stops(C::load(chunk)).checked_shr(seen as u32).unwrap_or(0)
    } else {
        let mut chunk = [0; 32];
        let rest = bytes.get(from..).unwrap_or_default();
        chunk.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
        // What is behind the end stops nothing.
        stops(C::load(&chunk)) & ((1 << rest.len()) - 1)
    };
    if found == 0 { bytes.len() } else { from + found.trailing_zeros() as usize }
}

/// What the first sixty-four bytes of `rest` are, or as many as there are, one bit a byte, the first byte's lowest: quotes,
/// backslashes and control characters; and bytes beyond ASCII. Gives back what is behind them. `rest` is the end of `bytes`.
#[inline(always)]
pub(crate) fn stops<'a, C: Chunk>(bytes: &'a [u8], rest: &'a [u8]) -> (u64, u64, &'a [u8]) {
    if let Some((chunk, behind)) = rest.split_first_chunk() {
        let (special, beyond) = stops_of::<C>(chunk);
        return (special, beyond, behind);
    }
    if let Some(chunk) = bytes.last_chunk() {
        // The last sixty-four once more, past those already seen.
        let (special, beyond) = stops_of::<C>(chunk);
        let unseen = |mask: u64| mask.checked_shr(64 - rest.len() as u32).unwrap_or(0);
        return (unseen(special), unseen(beyond), &[]);
    }
    let mut chunk = [b' '; 64];
    chunk.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    let (special, beyond) = stops_of::<C>(&chunk);
    (special, beyond, &[])
}

#[inline(always)]
fn stops_of<C: Chunk>(chunk: &[u8; 64]) -> (u64, u64) {
    let (halves, _) = chunk.as_chunks();
    let [low, high] = halves else { return (0, 0) };
    let (low, high) = (C::load(low), C::load(high));
    let join = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let beyond = join(low.beyond(), high.beyond());
    (join(low.unplain(), high.unplain()) & !beyond, beyond)
}

/// Work that scans, to be done with the best instructions there are.
pub(crate) trait Scanning {
    /// What comes of it.
    type Answer;

    /// Does it. Implementations are `inline(always)`, so that they are compiled for those instructions.
    fn run<C: Chunk>(self) -> Self::Answer;
}

/// Does the work with the best instructions of this machine.
#[inline]
pub(crate) fn scanning<W: Scanning>(work: W) -> W::Answer {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
    {
        // SAFETY: this machine has the instructions that the function is compiled for.
        return unsafe { x86::scanning_avx2(work) };
    }
    work.run::<Base>()
}

/// What every machine of this architecture has.
#[cfg(target_arch = "x86_64")]
pub(crate) type Base = x86::Sse2;

/// What every machine of this architecture has.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) type Base = wasm::Simd128;

/// What every machine of this architecture has.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
pub(crate) type Base = portable::Portable;

#[cfg(any(test, not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128")))))]
mod portable {
    use super::Chunk;

    /// Plain Rust, for every machine.
    #[derive(Clone, Copy)]
    pub(crate) struct Portable([u8; 32]);

    impl Portable {
        #[inline(always)]
        fn mask(self, stops: impl Fn(u8) -> bool) -> u32 {
            self.0.iter().rev().fold(0, |mask, byte| mask << 1 | u32::from(stops(*byte)))
        }
    }

    impl Chunk for Portable {
        #[inline(always)]
        fn load(bytes: &[u8; 32]) -> Self {
            Portable(*bytes)
        }

        #[inline(always)]
        fn unplain(self) -> u32 {
            self.mask(|byte| byte == b'"' || byte == b'\\' || !(0x20..0x80).contains(&byte))
        }

        #[inline(always)]
        fn special(self) -> u32 {
            self.mask(|byte| byte == b'"' || byte == b'\\' || byte < 0x20)
        }

        #[inline(always)]
        fn beyond(self) -> u32 {
            self.mask(|byte| byte >= 0x80)
        }

        #[inline(always)]
        fn digits(self) -> u32 {
            self.mask(|byte| byte.is_ascii_digit())
        }

        #[inline(always)]
        fn differ(self, other: Self) -> u32 {
            let pairs = self.0.iter().zip(&other.0).rev();
            pairs.fold(0, |mask, (a, b)| mask << 1 | u32::from(a != b))
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Chunk, Scanning};
    use core::arch::x86_64::{
        __m128i, __m256i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8, _mm_sub_epi8, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256,
        _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_sub_epi8,
    };

    /// Two registers of sixteen bytes: on every x86-64.
    #[derive(Clone, Copy)]
    pub(crate) struct Sse2(__m128i, __m128i);

    impl Sse2 {
        #[inline(always)]
        fn mask(self, flags: impl Fn(__m128i) -> __m128i) -> u32 {
            // SAFETY: SSE2 is part of every x86-64.
            let bits = |half| unsafe { _mm_movemask_epi8(flags(half)) }.cast_unsigned();
            bits(self.0) | bits(self.1) << 16
        }
    }

    // SAFETY of every block: SSE2 is part of every x86-64, and a load reads the bytes that it borrows, at any
    // alignment.
    impl Chunk for Sse2 {
        #[inline(always)]
        fn load(bytes: &[u8; 32]) -> Self {
            let at = bytes.as_ptr().cast::<__m128i>();
            unsafe { Sse2(_mm_loadu_si128(at), _mm_loadu_si128(at.add(1))) }
        }

        #[inline(always)]
        fn unplain(self) -> u32 {
            self.mask(|half| unsafe {
                // Signed: below a space are the control characters, and all beyond ASCII.
                let low = _mm_cmplt_epi8(half, _mm_set1_epi8(0x20));
                let quote = _mm_cmpeq_epi8(half, _mm_set1_epi8(0x22));
                let backslash = _mm_cmpeq_epi8(half, _mm_set1_epi8(0x5c));
                _mm_or_si128(low, _mm_or_si128(quote, backslash))
            })
        }

        #[inline(always)]
        fn special(self) -> u32 {
            self.mask(|half| unsafe {
                let low = _mm_cmpeq_epi8(_mm_min_epu8(half, _mm_set1_epi8(0x1f)), half);
                let quote = _mm_cmpeq_epi8(half, _mm_set1_epi8(0x22));
                let backslash = _mm_cmpeq_epi8(half, _mm_set1_epi8(0x5c));
                _mm_or_si128(low, _mm_or_si128(quote, backslash))
            })
        }

        #[inline(always)]
        fn beyond(self) -> u32 {
            self.mask(|half| half)
        }

        #[inline(always)]
        fn digits(self) -> u32 {
            self.mask(|half| unsafe {
                let values = _mm_sub_epi8(half, _mm_set1_epi8(0x30));
                _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values)
            })
        }

        #[inline(always)]
        fn differ(self, other: Self) -> u32 {
            let equal = unsafe { Sse2(_mm_cmpeq_epi8(self.0, other.0), _mm_cmpeq_epi8(self.1, other.1)) };
            !equal.mask(|half| half)
        }
    }

    /// One register of thirty-two bytes: on x86-64 machines since 2013 or so, not on all.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256i);

    // SAFETY of every block: values of this type are made by `scanning_avx2` alone, which is called where AVX2 was
    // found; and the load reads the bytes that it borrows, at any alignment.
    impl Chunk for Avx2 {
        #[inline(always)]
        fn load(bytes: &[u8; 32]) -> Self {
            Avx2(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
        }

        #[inline(always)]
        fn unplain(self) -> u32 {
            unsafe {
                let low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), self.0);
                let quote = _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(0x22));
                let backslash = _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(0x5c));
                _mm256_movemask_epi8(_mm256_or_si256(low, _mm256_or_si256(quote, backslash))).cast_unsigned()
            }
        }

        #[inline(always)]
        fn special(self) -> u32 {
            unsafe {
                let low = _mm256_cmpeq_epi8(_mm256_min_epu8(self.0, _mm256_set1_epi8(0x1f)), self.0);
                let quote = _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(0x22));
                let backslash = _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(0x5c));
                _mm256_movemask_epi8(_mm256_or_si256(low, _mm256_or_si256(quote, backslash))).cast_unsigned()
            }
        }

        #[inline(always)]
        fn beyond(self) -> u32 {
            unsafe { _mm256_movemask_epi8(self.0) }.cast_unsigned()
        }

        #[inline(always)]
        fn digits(self) -> u32 {
            unsafe {
                let values = _mm256_sub_epi8(self.0, _mm256_set1_epi8(0x30));
                let digits = _mm256_cmpeq_epi8(_mm256_min_epu8(values, _mm256_set1_epi8(9)), values);
                _mm256_movemask_epi8(digits).cast_unsigned()
            }
        }

        #[inline(always)]
        fn differ(self, other: Self) -> u32 {
            !unsafe { _mm256_movemask_epi8(_mm256_cmpeq_epi8(self.0, other.0)) }.cast_unsigned()
        }
    }

    /// The work, compiled for AVX2 and what came with it.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub(super) fn scanning_avx2<W: Scanning>(work: W) -> W::Answer {
        work.run::<Avx2>()
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use super::Chunk;
    use core::arch::wasm32::{
        i8x16_bitmask, i8x16_lt, i8x16_splat, u8x16_eq, u8x16_lt, u8x16_ne, u8x16_splat, u8x16_sub, v128,
        v128_load, v128_or,
    };

    /// Two registers of sixteen bytes: what is compiled for them runs where they are.
    #[derive(Clone, Copy)]
    pub(crate) struct Simd128(v128, v128);

    impl Simd128 {
        #[inline(always)]
        fn mask(self, flags: impl Fn(v128) -> v128) -> u32 {
            let bits = |half| u32::from(i8x16_bitmask(flags(half)));
            bits(self.0) | bits(self.1) << 16
        }
    }

    #[inline(always)]
    fn ends(half: v128) -> v128 {
        v128_or(u8x16_eq(half, u8x16_splat(b'"')), u8x16_eq(half, u8x16_splat(b'\\')))
    }

    impl Chunk for Simd128 {
        #[inline(always)]
        fn load(bytes: &[u8; 32]) -> Self {
            let at = bytes.as_ptr().cast::<v128>();
            // SAFETY: it reads the bytes that it borrows, at any alignment.
            unsafe { Simd128(v128_load(at), v128_load(at.add(1))) }
        }

        #[inline(always)]
        fn unplain(self) -> u32 {
            // Signed: below a space are the control characters, and all beyond ASCII.
            self.mask(|half| v128_or(i8x16_lt(half, i8x16_splat(0x20)), ends(half)))
        }

        #[inline(always)]
        fn special(self) -> u32 {
            self.mask(|half| v128_or(u8x16_lt(half, u8x16_splat(0x20)), ends(half)))
        }

        #[inline(always)]
        fn beyond(self) -> u32 {
            self.mask(|half| half)
        }

        #[inline(always)]
        fn digits(self) -> u32 {
            self.mask(|half| u8x16_lt(u8x16_sub(half, u8x16_splat(b'0')), u8x16_splat(10)))
        }

        #[inline(always)]
        fn differ(self, other: Self) -> u32 {
            let bits = |a, b| u32::from(i8x16_bitmask(u8x16_ne(a, b)));
            bits(self.0, other.0) | bits(self.1, other.1) << 16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::portable::Portable;
    use super::*;
    use proptest::prelude::*;

    struct Ends<'a>(&'a [u8], usize);

    impl Scanning for Ends<'_> {
        type Answer = [usize; 2];

        #[inline(always)]
        fn run<C: Chunk>(self) -> [usize; 2] {
            let Ends(bytes, from) = self;
            [plain_end::<C>(bytes, from), text_end::<C>(bytes, from)]
        }
    }

    struct Differ<'a>(&'a [u8; 32], &'a [u8; 32]);

    impl Scanning for Differ<'_> {
        type Answer = u32;

        #[inline(always)]
        fn run<C: Chunk>(self) -> u32 {
            differ::<C>(self.0, self.1)
        }
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            40 => 0x20u8..0x7f,
            1 => any::<u8>(),
            1 => Just(b'"'),
            1 => Just(b'\\'),
        ];
        proptest::collection::vec(byte, 0..120)
    }

    proptest! {
        #[test]
        fn twins_agree(bytes in bytes(), plain in 0usize..70, from in 0usize..190) {
            let bytes = [vec![b'7'; plain], bytes].concat();
            let from = from.min(bytes.len());
            let position = |stops: fn(u8) -> bool| {
                bytes[from..].iter().position(|b| stops(*b)).map_or(bytes.len(), |at| from + at)
            };
            let expected = [
                position(|b| b == b'"' || b == b'\\' || !(0x20..0x80).contains(&b)),
                position(|b| b == b'"' || b == b'\\' || b < 0x20),
            ];
            prop_assert_eq!(scanning(Ends(&bytes, from)), expected);
            prop_assert_eq!(Ends(&bytes, from).run::<Base>(), expected);
            prop_assert_eq!(Ends(&bytes, from).run::<Portable>(), expected);
        }

        #[test]
        fn differences_agree(a in any::<[u8; 32]>(), flips in any::<u32>()) {
            let mut b = a;
            (0..32).filter(|at| flips >> at & 1 == 1).for_each(|at| b[at] ^= 0x80);
            prop_assert_eq!(scanning(Differ(&a, &b)), flips);
            prop_assert_eq!(Differ(&a, &b).run::<Base>(), flips);
            prop_assert_eq!(Differ(&a, &b).run::<Portable>(), flips);
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=255u8 {
            for at in 0..32 {
                let mut chunk = [b'7'; 32];
                chunk[at] = byte;
                let ends = Ends(&chunk, 0).run::<Portable>();
                assert_eq!(scanning(Ends(&chunk, 0)), ends, "{byte:#x} at {at}");
                assert_eq!(Ends(&chunk, 0).run::<Base>(), ends, "{byte:#x} at {at}");
            }
        }
    }
}
