//! The values of one column, slot by slot, as JSON has them; knows no rule.

use super::number::{self, by_number, is_number};
use crate::scalar::Scalar;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTemporalType, Date32Type, Date64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{
    Array, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray,
    LargeStringArray, PrimitiveArray, StringArray, StringViewArray,
};
use arrow_schema::{DataType, TimeUnit};
use std::fmt::Write;

/// Appends the text of the value in a slot; none if it has no text.
type Written<'a> = Box<dyn Fn(usize, &mut String) -> Option<()> + 'a>;

/// A column without nesting, dictionary and runs.
pub(super) enum Reader<'a> {
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    Number(Written<'a>),
    /// Dates and times, which JSON has as strings: RFC 3339 with what of it the type has.
    Moment(Written<'a>),
    Bool(&'a BooleanArray),
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    BinaryView(&'a BinaryViewArray),
    FixedBinary(&'a FixedSizeBinaryArray),
}

/// A value that is not null.
pub(super) enum Leaf<'a> {
    Scalar(Scalar<'a>),
    Bytes(&'a [u8]),
}

impl<'a> Leaf<'a> {
    /// The key of a map that is this; bytes are the key that they spell.
    pub(super) fn as_key(&self) -> Option<&'a [u8]> {
        match *self {
            Leaf::Scalar(Scalar::Str(text) | Scalar::Number(text)) => Some(text.as_bytes()),
            Leaf::Scalar(Scalar::Bool(true)) => Some(b"true"),
            Leaf::Scalar(Scalar::Bool(false)) => Some(b"false"),
            Leaf::Scalar(Scalar::Null) => None,
            Leaf::Bytes(bytes) => Some(bytes),
        }
    }
}

/// What the values of a type are to JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    String,
    Number,
    Bool,
    Null,
    /// A date or time.
    Moment,
    Bytes,
    /// Objects, arrays, and whatever has no place in JSON.
    Other,
}

impl Sort {
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Sort::String,
            DataType::Boolean => Sort::Bool,
            DataType::Null => Sort::Null,
            DataType::Timestamp(..)
            | DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_) => Sort::Moment,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Sort::Bytes,
            data_type if is_number(data_type) => Sort::Number,
            _ => Sort::Other,
        }
    }
}

impl<'a> Reader<'a> {
    /// None for a column of another kind.
    pub(super) fn new(array: &'a dyn Array) -> Option<Self> {
        by_number!(array.data_type(), T => {
            let array = array.as_primitive_opt::<T>()?;
            return Some(Reader::Number(Box::new(|slot, text| number::write(array, slot, text))));
        }, else {});
        Some(match array.data_type() {
            DataType::Utf8 => Reader::Utf8(array.as_string_opt()?),
            DataType::LargeUtf8 => Reader::LargeUtf8(array.as_string_opt()?),
            DataType::Utf8View => Reader::Utf8View(array.as_string_view_opt()?),
            DataType::Boolean => Reader::Bool(array.as_boolean_opt()?),
            DataType::Binary => Reader::Binary(array.as_binary_opt()?),
            DataType::LargeBinary => Reader::LargeBinary(array.as_binary_opt()?),
            DataType::BinaryView => Reader::BinaryView(array.as_binary_view_opt()?),
            DataType::FixedSizeBinary(_) => Reader::FixedBinary(array.as_fixed_size_binary_opt()?),
            DataType::Date32 => date::<Date32Type>(array)?,
            DataType::Date64 => date::<Date64Type>(array)?,
            DataType::Time32(TimeUnit::Second) => time::<Time32SecondType>(array)?,
            DataType::Time32(TimeUnit::Millisecond) => time::<Time32MillisecondType>(array)?,
            DataType::Time64(TimeUnit::Microsecond) => time::<Time64MicrosecondType>(array)?,
            DataType::Time64(TimeUnit::Nanosecond) => time::<Time64NanosecondType>(array)?,
            DataType::Timestamp(unit, zone) => {
                let zone = if zone.is_some() { "Z" } else { "" };
                match unit {
                    TimeUnit::Second => timestamp::<TimestampSecondType>(array, zone)?,
                    TimeUnit::Millisecond => timestamp::<TimestampMillisecondType>(array, zone)?,
                    TimeUnit::Microsecond => timestamp::<TimestampMicrosecondType>(array, zone)?,
                    TimeUnit::Nanosecond => timestamp::<TimestampNanosecondType>(array, zone)?,
                }
            }
            _ => return None,
        })
    }

    /// The value in a slot that is not null; none if it has no text.
    pub(super) fn get<'t>(&'t self, slot: usize, text: &'t mut String) -> Option<Leaf<'t>> {
        let mut written = |write: &Written<'_>| {
            text.clear();
            write(slot, text)
        };
        Some(match self {
            Reader::Utf8(array) => Leaf::Scalar(Scalar::Str(array.value(slot))),
            Reader::LargeUtf8(array) => Leaf::Scalar(Scalar::Str(array.value(slot))),
            Reader::Utf8View(array) => Leaf::Scalar(Scalar::Str(array.value(slot))),
            Reader::Number(write) => {
                written(write)?;
                Leaf::Scalar(Scalar::Number(text))
            }
            Reader::Moment(write) => {
                written(write)?;
                Leaf::Scalar(Scalar::Str(text))
            }
            Reader::Bool(array) => Leaf::Scalar(Scalar::Bool(array.value(slot))),
            Reader::Binary(array) => Leaf::Bytes(array.value(slot)),
            Reader::LargeBinary(array) => Leaf::Bytes(array.value(slot)),
            Reader::BinaryView(array) => Leaf::Bytes(array.value(slot)),
            Reader::FixedBinary(array) => Leaf::Bytes(array.value(slot)),
        })
    }
}

fn date<T: ArrowTemporalType>(array: &dyn Array) -> Option<Reader<'_>>
where
    i64: From<T::Native>,
{
    let array: &PrimitiveArray<T> = array.as_primitive_opt()?;
    Some(Reader::Moment(Box::new(|slot, text| write!(text, "{:?}", array.value_as_date(slot)?).ok())))
}

fn time<T: ArrowTemporalType>(array: &dyn Array) -> Option<Reader<'_>>
where
    i64: From<T::Native>,
{
    let array: &PrimitiveArray<T> = array.as_primitive_opt()?;
    Some(Reader::Moment(Box::new(|slot, text| write!(text, "{:?}", array.value_as_time(slot)?).ok())))
}

fn timestamp<'a, T: ArrowTemporalType>(array: &'a dyn Array, zone: &'static str) -> Option<Reader<'a>>
where
    i64: From<T::Native>,
{
    let array: &PrimitiveArray<T> = array.as_primitive_opt()?;
    Some(Reader::Moment(Box::new(move |slot, text| {
        write!(text, "{:?}{zone}", array.value_as_datetime(slot)?).ok()
    })))
}
