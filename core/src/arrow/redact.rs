//! Columns of leaves, redacted by type: one way, without keys.

use super::gather::flat_type;
use super::leaf::{Leaf, Reader, Sort};
use super::number::{Number, by_number};
use super::record;
use super::rows::Rows;
use super::texts::{Strings, Texts};
use super::{Work, impossible, shared, valid, without};
use crate::error::{Code, Error};
use crate::plan::{Redactor, Sink, Treatment};
use crate::redact::Invalid;
use crate::redact::coordinate::Coordinate;
use crate::scalar::Scalar;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, PrimitiveArray, StringArrayType, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

/// The type of a column that was redacted.
pub(super) fn data_type(redactor: &Redactor, data_type: &DataType) -> DataType {
    let flat = flat_type(data_type);
    match (redactor, data_type) {
        (Redactor::Place(..) | Redactor::Agent(..), _) => record::data_type(redactor),
        (Redactor::Coordinate(_), _) if Sort::of(flat) == Sort::Number => flat.clone(),
        (_, DataType::Dictionary(_, values)) if Strings::of(values).is_some() => data_type.clone(),
        _ => Strings::of(flat).unwrap_or(Strings::Utf8).data_type(),
    }
}

/// Whether values of a type can be read by a redaction at all.
pub(super) fn reads(redactor: &Redactor, flat: &DataType) -> bool {
    match (redactor, Sort::of(flat)) {
        (_, Sort::String | Sort::Null) | (Redactor::Text, _) => true,
        (Redactor::Phone(_) | Redactor::Coordinate(_), Sort::Number) => true,
        (_, Sort::Number | Sort::Bool | Sort::Moment | Sort::Bytes | Sort::Other) => false,
    }
}

impl Work<'_> {
    /// A column of leaves, redacted to a column of this type.
    pub(super) fn redact(
        &mut self,
        rule: u16,
        data_type: &DataType,
        array: &ArrayRef,
        rows: &Rows,
    ) -> Result<ArrayRef, Error> {
        let plan = self.plan;
        let Some(Treatment::Redact(redactor)) = plan.rule(rule).map(|bound| &bound.treatment) else {
            return Err(Error::new(Code::ColumnType));
        };
        let valid = valid(array, rows);
        let mut invalid = Vec::new();
        let column = Leaves { array, valid: valid.as_ref() };
        let made = if !reads(redactor, flat_type(array.data_type())) {
            invalid.extend(column.slots());
            new_null_array(data_type, array.len())
        } else {
            column.redacted(redactor, data_type, &mut invalid)?
        };
        self.redacted(rule, rows, valid.as_ref(), &invalid)?;
        Ok(made)
    }
}

/// A column of leaves, of which only what is valid may be read.
#[derive(Clone, Copy)]
pub(super) struct Leaves<'a> {
    pub(super) array: &'a ArrayRef,
    pub(super) valid: Option<&'a NullBuffer>,
}

impl<'a> Leaves<'a> {
    pub(super) fn is_valid(self, slot: usize) -> bool {
        self.valid.is_none_or(|valid| valid.is_valid(slot))
    }

    /// The slots that may be read.
    pub(super) fn slots(self) -> impl Iterator<Item = usize> + use<'a> {
        (0..self.array.len()).filter(move |slot| self.is_valid(*slot))
    }

    pub(super) fn nulls(self, invalid: &[usize]) -> Option<NullBuffer> {
        without(self.valid.cloned(), invalid, self.array.len())
    }

    /// The redacted column; what could not be read is null, and its slots are in `invalid`.
    fn redacted(
        self,
        redactor: &Redactor,
        data_type: &DataType,
        invalid: &mut Vec<usize>,
    ) -> Result<ArrayRef, Error> {
        let strings = Strings::of(data_type);
        match (redactor, strings) {
            (Redactor::Place(..) | Redactor::Agent(..), _) => self.records(redactor, data_type, invalid),
            (Redactor::Text, Some(strings)) => {
                let mut texts = Texts::<i32>::with_capacity(self.array.len(), 0);
                (0..self.array.len()).for_each(|_| texts.end());
                texts.finish(strings, self.valid.cloned())
            }
            (_, None) if let DataType::Dictionary(..) = data_type => self.dictionary(redactor, invalid),
            (Redactor::Phone(phone), Some(strings))
                if let Some(from) = Strings::of(self.array.data_type()) =>
            {
                match from {
                    Strings::Utf8 => self.phones::<i32>(phone, strings, invalid),
                    Strings::LargeUtf8 => self.phones::<i64>(phone, strings, invalid),
                    Strings::Utf8View => self.texts(strings, invalid, |text, out| phone.redact(text, out)),
                }
            }
            (Redactor::Email(email), Some(strings)) => match Strings::of(self.array.data_type()) {
                Some(Strings::Utf8) => self.mails::<i32>(email, strings, invalid),
                Some(Strings::LargeUtf8) => self.mails::<i64>(email, strings, invalid),
                Some(Strings::Utf8View) | None => {
                    self.texts(strings, invalid, |text, out| email.redact(text, out))
                }
            },
            (Redactor::Ip(ip), Some(strings)) => {
                self.texts(strings, invalid, |text, out| ip.redact(text, out).map(drop))
            }
            (Redactor::Coordinate(coordinate), Some(strings)) => {
                self.texts(strings, invalid, |text, out| coordinate.redact(Scalar::Str(text), out))
            }
            (Redactor::Coordinate(coordinate), None) => {
                by_number!(data_type, T => self.coordinates::<T>(coordinate, invalid),
                    else Err(Error::new(Code::ColumnType)))
            }
            (Redactor::Phone(_), Some(strings)) => self.scalars(redactor, strings, invalid),
            (Redactor::Phone(_) | Redactor::Email(_) | Redactor::Ip(_) | Redactor::Text, None) => {
                Err(Error::new(Code::ColumnType))
            }
        }
    }

    /// Strings to strings.
    fn texts(
        self,
        strings: Strings,
        invalid: &mut Vec<usize>,
        redact: impl Fn(&str, &mut String) -> Result<(), Invalid>,
    ) -> Result<ArrayRef, Error> {
        let array = self.array;
        let texts = match array.data_type() {
            DataType::Utf8 => {
                let texts = self.each::<_, i32>(array.as_string::<i32>(), invalid, redact);
                return texts.finish(strings, self.nulls(invalid));
            }
            DataType::LargeUtf8 => self.each::<_, i64>(array.as_string::<i64>(), invalid, redact),
            DataType::Utf8View => self.each::<_, i64>(array.as_string_view(), invalid, redact),
            // Nothing but nulls.
            _ => return Ok(new_null_array(&strings.data_type(), array.len())),
        };
        texts.finish(strings, self.nulls(invalid))
    }

    #[inline(always)]
    fn each<'s, S: StringArrayType<'s>, O: OffsetSizeTrait>(
        self,
        array: S,
        invalid: &mut Vec<usize>,
        redact: impl Fn(&str, &mut String) -> Result<(), Invalid>,
    ) -> Texts<O> {
        // Most that is redacted is about as long as it was.
        let bytes = array.len() * 16;
        let mut texts = Texts::with_capacity(array.len(), bytes);
        for (slot, text) in array.iter().enumerate() {
            if let Some(text) = text
                && self.is_valid(slot)
            {
                let start = texts.text.len();
                if redact(text, &mut texts.text).is_err() {
                    texts.text.truncate(start);
                    invalid.push(slot);
                }
            }
            texts.end();
        }
        texts
    }

    /// Numbers to strings.
    fn scalars(
        self,
        redactor: &Redactor,
        strings: Strings,
        invalid: &mut Vec<usize>,
    ) -> Result<ArrayRef, Error> {
        let Some(reader) = Reader::new(self.array) else {
            return Ok(new_null_array(&strings.data_type(), self.array.len()));
        };
        let (mut text, mut scratch) = (String::new(), String::new());
        let mut texts = Texts::<i64>::with_capacity(self.array.len(), 0);
        for slot in 0..self.array.len() {
            if self.is_valid(slot) {
                let redacted = match reader.get(slot, &mut text) {
                    Some(Leaf::Scalar(scalar)) => {
                        redactor.redact(scalar, &mut scratch, &mut TextSink(&mut texts.text))
                    }
                    Some(Leaf::Bytes(_)) | None => Err(Invalid),
                };
                if redacted.is_err() {
                    invalid.push(slot);
                }
            }
            texts.end();
        }
        texts.finish(strings, self.nulls(invalid))
    }

    /// Numbers to numbers of the same type.
    fn coordinates<T: Number>(
        self,
        coordinate: &Coordinate,
        invalid: &mut Vec<usize>,
    ) -> Result<ArrayRef, Error> {
        let array = self.array.as_primitive_opt::<T>().ok_or_else(|| Error::new(Code::ColumnType))?;
        let data_type = array.data_type();
        let (mut text, mut reduced) = (String::new(), String::new());
        let mut values = vec![T::Native::default(); array.len()];
        for ((slot, value), out) in array.values().iter().enumerate().zip(&mut values) {
            if !self.is_valid(slot) {
                continue;
            }
            text.clear();
            reduced.clear();
            let read = T::write(*value, data_type, &mut text)
                .and_then(|()| coordinate.redact(Scalar::Number(&text), &mut reduced).ok())
                .and_then(|()| T::read(&reduced, data_type));
            match read {
                Some(read) => *out = read,
                None => invalid.push(slot),
            }
        }
        let made = PrimitiveArray::<T>::try_new(values.into(), self.nulls(invalid)).map_err(impossible)?;
        Ok(shared(made.with_data_type(data_type.clone())))
    }
}

/// Takes the redacted value as a string.
struct TextSink<'a>(&'a mut String);

impl Sink for TextSink<'_> {
    fn string(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn number(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// INVARIANT: records have columns of their own.
    fn record(&mut self, _: &[(&'static str, &str)]) {}
}
