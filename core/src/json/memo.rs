//! Answers of dear redactions, remembered for values that come again; bounded, and knows nothing of what they mean.

use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};

/// How many answers are kept: each value has one place, and the last to come has it.
const PLACES: usize = 2048;
/// Longest value and answer that are worth a place, in bytes.
const LONGEST: usize = 512;

/// The memory: at most `PLACES` values and answers, about 2 MB if all are at their longest.
#[derive(Default)]
pub(crate) struct Memo {
    places: Vec<Place>,
}

#[derive(Clone, Default)]
struct Place {
    /// 0 where there is nothing yet.
    hash: u64,
    redaction: u32,
    value: Vec<u8>,
    answer: Vec<u8>,
}

/// Where a value of a redaction would be.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    hash: u64,
    redaction: u32,
}

impl Memo {
    #[inline]
    pub(crate) fn get(&self, key: Key, value: &[u8]) -> Option<&[u8]> {
        let place = self.places.get(key.place())?;
        (place.hash == key.hash && place.redaction == key.redaction && place.value == value)
            .then_some(&place.answer)
    }

    pub(crate) fn put(&mut self, key: Key, value: &[u8], answer: &[u8]) {
        if value.len() > LONGEST || answer.len() > LONGEST {
            return;
        }
        if self.places.is_empty() {
            self.places.resize_with(PLACES, Place::default);
        }
        if let Some(place) = self.places.get_mut(key.place()) {
            (place.hash, place.redaction) = (key.hash, key.redaction);
            place.value.clear();
            place.value.extend_from_slice(value);
            place.answer.clear();
            place.answer.extend_from_slice(answer);
        }
    }
}

impl Key {
    #[inline]
    pub(crate) fn new(redaction: u32, value: &[u8]) -> Self {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write(value);
        hasher.write_u32(redaction);
        Key { hash: hasher.finish() | 1, redaction }
    }

    fn place(self) -> usize {
        (self.hash >> 32) as usize % PLACES
    }
}
