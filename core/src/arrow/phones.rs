//! Columns of telephone numbers, masked in a copy of their bytes: most numbers stay as long as they were. It knows no rule.

use super::redact::Leaves;
use super::texts::{Strings, Texts};
use super::{impossible, shared};
use crate::error::{Code, Error};
use crate::redact::phone::Phone;
use crate::simd::{Chunk, Scanning, scanning};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, GenericStringArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, OffsetBuffer};
use std::ops::Range;

/// How many values are copied at once.
const COPIED: usize = 1024;

/// A number that does not become what stands in its place in the copy.
struct Odd {
    slot: usize,
    /// What becomes of it ends here among the texts of all that are odd.
    end: usize,
}

impl Leaves<'_> {
    /// Numbers to numbers of the same layout.
    pub(super) fn phones<O: OffsetSizeTrait>(
        self,
        phone: &Phone,
        strings: Strings,
        invalid: &mut Vec<usize>,
    ) -> Result<ArrayRef, Error> {
        let array = self.array.as_string_opt::<O>().ok_or_else(|| Error::new(Code::ColumnType))?;
        let offsets = array.value_offsets();
        let (first, last) = (offsets.first(), offsets.last());
        let first = first.map_or(0, |first| first.as_usize());
        let last = last.map_or(first, |last| last.as_usize());
        let mut bytes = Vec::with_capacity(last.saturating_sub(first));
        let (mut odd, mut texts) = (Vec::new(), String::new());
        let masking = Masking {
            leaves: self,
            array,
            phone,
            first,
            bytes: &mut bytes,
            odd: &mut odd,
            texts: &mut texts,
            invalid,
        };
        scanning(masking);
        let nulls = self.nulls(invalid);
        if odd.is_empty() {
            let offsets = if first == 0 {
                array.offsets().clone()
            } else {
                let first = O::usize_as(first);
                OffsetBuffer::new(offsets.iter().map(|offset| *offset - first).collect())
            };
            let made = GenericStringArray::<O>::try_new(offsets, Buffer::from_vec(bytes), nulls);
            return made.map(shared).map_err(impossible);
        }
        let copy = String::from_utf8(bytes).map_err(|_| Error::new(Code::ColumnType))?;
        let mut made = Texts::<O>::with_capacity(array.len(), copy.len());
        let end_of = |slot: usize| offsets.get(slot).map_or(first, |end| end.as_usize()) - first;
        let (mut next, mut from) = (0, 0);
        for Odd { slot, end } in odd {
            made.push_all(&copy, end_of(next), (next + 1..=slot).map(end_of));
            made.push(texts.get(from..end).unwrap_or_default());
            (next, from) = (slot + 1, end);
        }
        made.push_all(&copy, end_of(next), (next + 1..=array.len()).map(end_of));
        made.finish(strings, nulls)
    }
}

/// Numbers being masked in a copy of their bytes.
struct Masking<'a, O: OffsetSizeTrait> {
    leaves: Leaves<'a>,
    array: &'a GenericStringArray<O>,
    phone: &'a Phone,
    /// Where the copy begins.
    first: usize,
    bytes: &'a mut Vec<u8>,
    odd: &'a mut Vec<Odd>,
    texts: &'a mut String,
    invalid: &'a mut Vec<usize>,
}

impl<O: OffsetSizeTrait> Scanning for Masking<'_, O> {
    type Answer = ();

    #[inline(always)]
    fn run<C: Chunk>(mut self) {
        let (given, offsets) = (self.array.value_data(), self.array.value_offsets());
        let mut copied = self.first;
        for (slot, (start, end)) in offsets.iter().zip(offsets.iter().skip(1)).enumerate() {
            let (start, end) = (start.as_usize(), end.as_usize());
            if end > copied {
                // Not all at once: what was copied just now is at hand.
                let ahead = offsets.get(slot + COPIED).or(offsets.last());
                let upto = ahead.map_or(end, |ahead| ahead.as_usize().max(end));
                self.bytes.extend_from_slice(given.get(copied..upto).unwrap_or_default());
                copied = upto;
            }
            let rest = given.get(start..).unwrap_or_default();
            // What is cut is the end of a number.
            if self.phone.cut::<C>(rest, end - start).is_some()
                && self.leaves.is_valid(slot)
                && let Some(masked) = self.bytes.get_mut(..end - self.first).and_then(<[u8]>::last_chunk_mut)
            {
                *masked = *b"XXXX";
            } else {
                self.other(slot, start - self.first..end - self.first);
            }
        }
    }
}

impl<O: OffsetSizeTrait> Masking<'_, O> {
    /// What is written otherwise than most numbers, or is none.
    #[inline(never)]
    fn other(&mut self, slot: usize, place: Range<usize>) {
        let text = self.array.value(slot);
        let number = self.bytes.get_mut(place).unwrap_or_default();
        if !self.leaves.is_valid(slot) {
            // Whatever a null has behind it does not come out.
            if !number.is_empty() {
                self.odd.push(Odd { slot, end: self.texts.len() });
            }
        } else if self.phone.redact_in_place(text, number).is_none() {
            if self.phone.redact(text, self.texts).is_err() {
                self.invalid.push(slot);
            }
            self.odd.push(Odd { slot, end: self.texts.len() });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::phone::Phone;
    use crate::scrubber::Redactor;
    use arrow_array::cast::AsArray;
    use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn values() -> impl Strategy<Value = Vec<Option<String>>> {
        let value = prop_oneof![
            8 => "\\+?[0-9]{0,20}",
            2 => "[+0-9]{0,2}[0-9]{1,17}[0-9Xx /:;é]?[0-9]{0,2}",
            2 => "(tel:)?\\+?[0-9(). -]{1,20}( ext\\. [0-9]{1,3})?",
            1 => "[ -~]{0,4}",
        ];
        proptest::collection::vec(proptest::option::weighted(0.9, value), 0..40)
    }

    proptest! {
        #[test]
        fn a_column_is_what_its_values_are(values in values(), from in 0usize..40, length in 0usize..40) {
            let redactor = Redactor::builder("phone", "{}").build().unwrap();
            let from = from.min(values.len());
            let length = length.min(values.len() - from);
            let due: StringArray = values[from..from + length].iter().map(|value| {
                let mut out = String::new();
                value.as_ref().and_then(|value| Phone.redact(value, &mut out).ok()).map(|()| out)
            }).collect();
            let narrow: ArrayRef = Arc::new(StringArray::from(values.clone()));
            let redacted = redactor.redact_array(&narrow.slice(from, length)).unwrap();
            prop_assert_eq!(redacted.as_string::<i32>(), &due);
            let wide: ArrayRef = Arc::new(LargeStringArray::from(values));
            let redacted = redactor.redact_array(&wide.slice(from, length)).unwrap();
            prop_assert!(redacted.as_string::<i64>().iter().eq(due.iter()));
        }
    }
}
