//! Values written as most are, of which the head and the tail stay as they stand: read by bit masks, in blocks, without a
//! branch for each byte. Whatever is written otherwise is left to those who read any.

mod coordinate;
mod email;
mod ip;
mod phone;

use crate::simd::{self, Chunk};

/// Longest value that is cut, in bytes.
pub(crate) const LONGEST: usize = 64;

/// What becomes of a value: its bytes up to `head`, what is put between, and its bytes from `tail` on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) head: usize,
    pub(crate) tail: usize,
    between: &'static Between,
}

/// A text that is put between.
#[derive(Debug)]
struct Between {
    text: &'static str,
    /// As many bytes for each.
    padded: [u8; LONGEST_BETWEEN],
}

const LONGEST_BETWEEN: usize = 24;

const NOTHING: &Between = &Between::new("");

impl Cut {
    /// All of a text that has so many bytes.
    #[inline(always)]
    pub(crate) fn all(length: usize) -> Self {
        Cut { head: 0, tail: length, between: NOTHING }
    }

    /// Appends what is put between.
    #[inline(always)]
    pub(crate) fn push_between(&self, out: &mut Vec<u8>) {
        simd::push_head(&self.between.padded, self.between.text.len(), out);
    }

    /// Appends what becomes of a text.
    pub(super) fn push(&self, text: &str, out: &mut String) {
        out.push_str(text.get(..self.head).unwrap_or_default());
        out.push_str(self.between.text);
        out.push_str(text.get(self.tail..).unwrap_or_default());
    }
}

impl Between {
    #[expect(clippy::indexing_slicing, reason = "it runs in the compiler alone")]
    const fn new(text: &'static str) -> Self {
        let mut padded = [0; LONGEST_BETWEEN];
        let mut at = 0;
        while at < text.len() {
            padded[at] = text.as_bytes()[at];
            at += 1;
        }
        Between { text, padded }
    }
}

/// What a text is cut to that stands alone, and so is not at the head of anything.
pub(super) fn alone(text: &str, cut: impl FnOnce(&[u8]) -> Option<Cut>) -> Option<Cut> {
    if cfg!(not(feature = "speed")) {
        return None;
    }
    let mut here = [0; LONGEST];
    here.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    cut(&here)
}

/// One bit for each of the first bytes of a block, if there are so many.
#[inline(always)]
fn inside(length: usize) -> Option<u32> {
    u32::MAX.checked_shr(32_u32.checked_sub(length.try_into().ok()?)?)
}

/// One bit for each such byte.
#[inline(always)]
fn equal<C: Chunk>(bytes: &[u8; 32], byte: u8) -> u32 {
    !C::load(bytes).differ(C::load(&[byte; 32]))
}

/// One bit for each byte that belongs. The loop becomes the vector instructions that it is compiled for, if what is asked of a byte
/// has no branches, and is more than a choice of some.
#[inline(always)]
fn mask<C: Chunk>(bytes: &[u8; 32], belongs: impl Fn(u8) -> bool) -> u32 {
    let mut flags = [0; 32];
    for (flag, byte) in flags.iter_mut().zip(bytes) {
        *flag = if belongs(*byte) { 0x80 } else { 0 };
    }
    C::load(&flags).beyond()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::simd::{Base, Scanning, scanning};

    /// Every text of so many of these pieces at most.
    pub(crate) fn every_text<const N: usize>(pieces: [&str; N], most: usize) -> Vec<String> {
        let mut last = vec![String::new()];
        let mut texts = last.clone();
        for _ in 0..most {
            last = last.iter().flat_map(|text| pieces.map(|piece| format!("{text}{piece}"))).collect();
            texts.extend_from_slice(&last);
        }
        texts
    }

    /// A value cut, with bytes behind it that are not its own.
    pub(super) struct Cutting<'a, F>(pub(super) &'a str, pub(super) &'a [u8], pub(super) F);

    /// How a type cuts.
    pub(super) trait Cuts {
        fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut>;
    }

    impl<F: Cuts> Scanning for Cutting<'_, &F> {
        type Answer = Option<String>;

        #[inline(always)]
        fn run<C: Chunk>(self) -> Option<String> {
            let Cutting(text, behind, cuts) = self;
            let here = [text.as_bytes(), behind].concat();
            let cut = cuts.cut::<C>(&here, text.len())?;
            let mut out = text.as_bytes()[..cut.head].to_vec();
            cut.push_between(&mut out);
            out.extend_from_slice(&text.as_bytes()[cut.tail..]);
            Some(String::from_utf8(out).unwrap())
        }
    }

    /// Holds a cut to what is made of the value otherwise, whatever is behind it; whether it was cut.
    pub(super) fn assert_same(cuts: &impl Cuts, text: &str, due: Option<&str>) -> bool {
        let mut was_cut = Vec::new();
        for behind in [0, b'a', b'@', b'.', b'0', b'7', 0xff] {
            let behind = [behind; 64];
            let cut = scanning(Cutting(text, &behind, cuts));
            assert_eq!(Cutting(text, &behind, cuts).run::<Base>(), cut, "{text}");
            was_cut.push(cut.is_some());
            if cut.is_some() {
                assert_eq!(cut.as_deref(), due, "{text}");
            }
        }
        assert!(was_cut.iter().all(|one| *one == was_cut[0]), "what is behind a value is not of it: {text}");
        // With less behind it than a block it is cut the same, or not at all.
        for behind in [0, 1, 31] {
            let cut = scanning(Cutting(text, &[b'7'; 64][..behind], cuts));
            assert!(cut.is_none() || cut.as_deref() == due, "{text}");
        }
        was_cut[0]
    }
}
