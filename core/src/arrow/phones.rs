//! Columns of telephone numbers, masked in a copy of their bytes: most numbers stay as long as they were. It knows no rule.

use super::redact::Leaves;
use super::texts::{Strings, Texts};
use super::{impossible, shared};
use crate::error::{Code, Error};
use crate::redact::phone::Phone;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, GenericStringArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, OffsetBuffer};

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
        let used = array.value_data().get(first..last.map_or(first, |last| last.as_usize()));
        let mut bytes = used.unwrap_or_default().to_vec();
        let (mut odd, mut texts) = (Vec::new(), String::new());
        let mut rest = bytes.as_mut_slice();
        for slot in 0..array.len() {
            let text = array.value(slot);
            let Some((number, after)) = rest.split_at_mut_checked(text.len()) else { break };
            rest = after;
            if !self.is_valid(slot) {
                // Whatever a null has behind it does not come out.
                if !number.is_empty() {
                    odd.push(Odd { slot, end: texts.len() });
                }
            } else if phone.redact_in_place(text, number).is_none() {
                if phone.redact(text, &mut texts).is_err() {
                    invalid.push(slot);
                }
                odd.push(Odd { slot, end: texts.len() });
            }
        }
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
