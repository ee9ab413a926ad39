//! Columns of e-mail addresses: most are short, and are read and written in blocks. It knows no rule.

use super::redact::Leaves;
use super::texts::{Strings, Texts};
use super::{impossible, shared};
use crate::error::{Code, Error};
use crate::redact::LONGEST_CUT;
use crate::redact::email::Email;
use crate::simd::{Chunk, Scanning, push_head, scanning};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, GenericStringArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, OffsetBuffer};

/// Bytes that are read for an address, whatever is behind it.
const BLOCK: usize = 2 * LONGEST_CUT;

impl Leaves<'_> {
    /// Addresses to what stays of them.
    pub(super) fn mails<O: OffsetSizeTrait>(
        self,
        email: &Email,
        strings: Strings,
        invalid: &mut Vec<usize>,
    ) -> Result<ArrayRef, Error> {
        let array = self.array.as_string_opt::<O>().ok_or_else(|| Error::new(Code::ColumnType))?;
        let (bytes, ends) = scanning(Mails { leaves: self, array, email, invalid });
        let nulls = self.nulls(invalid);
        if O::from_usize(bytes.len()).is_none() {
            return Err(Error::new(Code::TooLarge));
        }
        if strings.data_type() == GenericStringArray::<O>::DATA_TYPE {
            let (ends, bytes) = (OffsetBuffer::new(ends.into()), Buffer::from_vec(bytes));
            return GenericStringArray::<O>::try_new(ends, bytes, nulls).map(shared).map_err(impossible);
        }
        let text = String::from_utf8(bytes).map_err(|_| Error::new(Code::ColumnType))?;
        Texts::of(text, ends).finish(strings, nulls)
    }
}

struct Mails<'a, O: OffsetSizeTrait> {
    leaves: Leaves<'a>,
    array: &'a GenericStringArray<O>,
    email: &'a Email,
    invalid: &'a mut Vec<usize>,
}

impl<O: OffsetSizeTrait> Scanning for Mails<'_, O> {
    /// The bytes of all, and where each begins and ends.
    type Answer = (Vec<u8>, Vec<O>);

    #[inline(always)]
    fn run<C: Chunk>(self) -> Self::Answer {
        let Mails { leaves, array, email, invalid } = self;
        let (bytes, offsets) = (array.value_data(), array.value_offsets());
        let used = offsets.last().map_or(0, |last| last.as_usize())
            - offsets.first().map_or(0, |first| first.as_usize());
        // An initial and three stars at most are more than there was; and the last of them has room for a block.
        let mut made = Vec::with_capacity(used + 4 * array.len() + BLOCK);
        let mut ends = Vec::with_capacity(array.len() + 1);
        ends.push(O::default());
        for (slot, (start, end)) in offsets.iter().zip(offsets.iter().skip(1)).enumerate() {
            let (start, end) = (start.as_usize(), end.as_usize());
            if leaves.is_valid(slot) {
                let rest = bytes.get(start..).unwrap_or_default();
                let cut = match rest.first_chunk() {
                    Some(block) => push_cut::<C>(email, block, end - start, &mut made),
                    None => push_cut::<C>(email, &padded(rest), end - start, &mut made),
                };
                if cut.is_none() && push_any(email, array.value(slot), &mut made).is_none() {
                    invalid.push(slot);
                }
            }
            // Too many bytes are found in the end.
            ends.push(O::usize_as(made.len()));
        }
        (made, ends)
    }
}

/// What stays of the address of this length at the head of a block, if it can be cut.
#[inline(always)]
fn push_cut<C: Chunk>(email: &Email, block: &[u8; BLOCK], length: usize, made: &mut Vec<u8>) -> Option<()> {
    let cut = email.cut::<C>(block, length)?;
    let ahead = block.first_chunk::<8>().filter(|ahead| cut.head <= ahead.len())?;
    let domain = block.get(cut.tail..)?.first_chunk::<LONGEST_CUT>()?;
    push_head(ahead, cut.head, made);
    cut.push_between(made);
    push_head(domain, length - cut.tail, made);
    Some(())
}

/// An address that is written otherwise than most, or is none.
#[inline(never)]
fn push_any(email: &Email, text: &str, made: &mut Vec<u8>) -> Option<()> {
    let mut redacted = String::new();
    email.redact(text, &mut redacted).ok()?;
    made.extend_from_slice(redacted.as_bytes());
    Some(())
}

/// The last bytes of a column as a block.
#[cold]
#[inline(never)]
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    block
}

#[cfg(test)]
mod tests {
    use crate::redact::email::{Email, Keep};
    use crate::scrubber::Redactor;
    use arrow_array::cast::AsArray;
    use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn values() -> impl Strategy<Value = Vec<Option<String>>> {
        let value = prop_oneof![
            8 => "[a-z.]{1,12}@[a-z]{1,9}\\.(com|org)",
            1 => "[A-Za-z0-9.+-]{1,70}@([a-z0-9-]{1,30}\\.){1,3}[a-z]{2,4}",
            1 => "(\"[a-z ]{1,4}\"|é[a-z]|[a-z]*)@(B|bücher|b)\\.(de|localhost|[0-9])",
            1 => "[ -~]{0,4}",
        ];
        proptest::collection::vec(proptest::option::weighted(0.9, value), 0..40)
    }

    proptest! {
        #[test]
        fn a_column_is_what_its_values_are(values in values(), cut in (0usize..40, 0usize..40), keep in 0usize..3) {
            let options = [r#"{"keep": "initial"}"#, r#"{"keep": "provider"}"#, r#"{"keep": "none"}"#][keep];
            let email = Email { keep: [Keep::Initial, Keep::Provider, Keep::None][keep] };
            let redactor = Redactor::builder("email", options).build().unwrap();
            let (from, length) = (cut.0.min(values.len()), cut.1.min(values.len() - cut.0.min(values.len())));
            let due: StringArray = values[from..from + length].iter().map(|value| {
                let mut out = String::new();
                value.as_ref().and_then(|value| email.redact(value, &mut out).ok()).map(|()| out)
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
