//! Bytes that an event may repeat, compared thirty-two at a time; knows not what they mean.

use crate::simd::{self, Chunk};
use std::ops::Range;

/// Bytes that stood in an event before.
#[derive(PartialEq)]
pub(super) struct Literal {
    /// The first of them; the rest is in the tail.
    head: [u8; 32],
    /// One bit for each byte of the head that counts.
    mask: u32,
    len: u32,
    tail: Box<[u8]>,
}

impl Literal {
    pub(super) fn new(text: &[u8]) -> Self {
        let mut head = [0; 32];
        head.iter_mut().zip(text).for_each(|(slot, byte)| *slot = *byte);
        Literal {
            head,
            mask: u32::MAX.checked_shr(32_u32.saturating_sub(text.len() as u32)).unwrap_or(0),
            len: text.len() as u32,
            tail: text.get(32..).unwrap_or_default().into(),
        }
    }

    /// How many bytes there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether they stand at `at`.
    #[inline(always)]
    pub(super) fn stands_at<C: Chunk>(&self, bytes: &[u8], at: usize) -> bool {
        self.is::<C>(bytes.get(at..).and_then(|here| here.first_chunk()), bytes, at)
    }

    /// The same, where `head` are the bytes at `at`, if there are so many.
    #[inline(always)]
    pub(super) fn is<C: Chunk>(&self, head: Option<&[u8; 32]>, bytes: &[u8], at: usize) -> bool {
        match head {
            Some(head) => {
                simd::differ::<C>(head, &self.head) & self.mask == 0
                    && (self.len <= 32 || self.tail_at(bytes, at + 32))
            }
            None => self.ends_at(bytes, at),
        }
    }

    /// Whether those in `range` stand where they would if all of them stood at `at`.
    #[inline(always)]
    pub(super) fn is_there<C: Chunk>(
        &self,
        range: Range<usize>,
        head: Option<&[u8; 32]>,
        bytes: &[u8],
        at: usize,
    ) -> bool {
        match head {
            Some(head) if range.end <= 32 => {
                let before = |end: usize| !u32::MAX.checked_shl(end as u32).unwrap_or(0);
                let counts = before(range.end) & !before(range.start);
                simd::differ::<C>(head, &self.head) & counts == 0
            }
            Some(_) | None => {
                let head = self.head.get(range.start.min(32)..range.end.min(32)).unwrap_or_default();
                let tail =
                    self.tail.get(range.start.max(32) - 32..range.end.max(32) - 32).unwrap_or_default();
                let here = bytes.get(at.wrapping_add(range.start)..).unwrap_or_default();
                here.strip_prefix(head).is_some_and(|here| here.starts_with(tail))
            }
        }
    }

    #[inline(never)]
    fn tail_at(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at..at + self.tail.len()) == Some(&self.tail)
    }

    /// The same, where fewer than thirty-two bytes are left.
    #[inline(never)]
    fn ends_at(&self, bytes: &[u8], at: usize) -> bool {
        let here = bytes.get(at..).and_then(|here| here.get(..self.len()));
        here.is_some_and(|text| Some(text) == self.head.get(..text.len()))
    }
}
