//! Columns of strings in the making; knows no redaction.

use super::{impossible, shared};
use crate::error::{Code, Error};
use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, GenericStringArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::DataType;

/// The three ways in which strings are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    Utf8,
    LargeUtf8,
    Utf8View,
}

impl Strings {
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        match data_type {
            DataType::Utf8 => Some(Strings::Utf8),
            DataType::LargeUtf8 => Some(Strings::LargeUtf8),
            DataType::Utf8View => Some(Strings::Utf8View),
            _ => None,
        }
    }

    pub(super) fn data_type(self) -> DataType {
        match self {
            Strings::Utf8 => DataType::Utf8,
            Strings::LargeUtf8 => DataType::LargeUtf8,
            Strings::Utf8View => DataType::Utf8View,
        }
    }
}

/// Strings one after the other.
pub(super) struct Texts<O> {
    /// Whoever writes a string writes it at the end of this, and then calls [`Texts::end`].
    pub(super) text: String,
    offsets: Vec<O>,
}

impl<O: OffsetSizeTrait> Texts<O> {
    pub(super) fn with_capacity(strings: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(strings + 1);
        offsets.push(O::default());
        Texts { text: String::with_capacity(bytes), offsets }
    }

    /// Of a text, and where each string in it ends, after the 0 where the first begins.
    pub(super) fn of(text: String, offsets: Vec<O>) -> Self {
        Texts { text, offsets }
    }

    /// Ends a string. (Too many bytes are found in the end.)
    #[inline(always)]
    pub(super) fn end(&mut self) {
        self.offsets.push(O::usize_as(self.text.len()));
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.end();
    }

    /// Strings one after the other in a text, from here on, that end at these places in it.
    pub(super) fn push_all(&mut self, text: &str, from: usize, ends: impl Iterator<Item = usize>) {
        let start = self.text.len();
        let mut to = from;
        self.offsets.extend(ends.map(|end| {
            to = end;
            O::usize_as(start + end - from)
        }));
        self.text.push_str(text.get(from..to).unwrap_or_default());
    }

    /// How many have ended.
    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(super) fn get(&self, at: usize) -> &str {
        let offset = |at: usize| self.offsets.get(at).map_or(0, |offset| offset.as_usize());
        self.text.get(offset(at)..offset(at + 1)).unwrap_or_default()
    }

    /// # Errors
    /// [`Code::TooLarge`] if there are more bytes than such a column holds.
    pub(super) fn finish(self, strings: Strings, nulls: Option<NullBuffer>) -> Result<ArrayRef, Error> {
        let Texts { text, offsets } = self;
        if O::from_usize(text.len()).is_none() {
            return Err(Error::new(Code::TooLarge));
        }
        match strings {
            Strings::Utf8 => array::<O, i32>(text, offsets, nulls),
            Strings::LargeUtf8 => array::<O, i64>(text, offsets, nulls),
            Strings::Utf8View => {
                let mut builder = StringViewBuilder::with_capacity(offsets.len().saturating_sub(1));
                let ends = offsets.iter().zip(offsets.iter().skip(1)).enumerate();
                for (at, (start, end)) in ends {
                    let string = text.get(start.as_usize()..end.as_usize());
                    builder.append_option(
                        string.filter(|_| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(at))),
                    );
                }
                Ok(shared(builder.finish()))
            }
        }
    }
}

fn array<O: OffsetSizeTrait, P: OffsetSizeTrait>(
    text: String,
    offsets: Vec<O>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, Error> {
    if P::from_usize(text.len()).is_none() {
        return Err(Error::new(Code::TooLarge));
    }
    let offsets: Vec<P> = offsets.into_iter().map(|offset| P::usize_as(offset.as_usize())).collect();
    // INVARIANT: each offset is where a string ended, and the last of them fits.
    let offsets = OffsetBuffer::new(offsets.into());
    let bytes = Buffer::from_vec(text.into_bytes());
    GenericStringArray::<P>::try_new(offsets, bytes, nulls).map(shared).map_err(impossible)
}
