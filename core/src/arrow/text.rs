//! The JSON text of a column's values, row by row; knows no rule.

use super::gather::{flat_type, flatten};
use super::leaf::{Leaf, Reader, Sort};
use crate::error::{Code, Error};
use crate::quote;
use crate::scalar::Scalar;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

/// Whether each value of a type has a JSON text, but for a number that is none.
pub(super) fn has_text(data_type: &DataType) -> bool {
    match flat_type(data_type) {
        DataType::Struct(fields) => fields.iter().all(|field| has_text(field.data_type())),
        DataType::List(element) | DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
            has_text(element.data_type())
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => match fields.as_ref() {
                [key, value] => {
                    let key = Sort::of(flat_type(key.data_type()));
                    matches!(key, Sort::String | Sort::Number) && has_text(value.data_type())
                }
                _ => false,
            },
            _ => false,
        },
        leaf => match Sort::of(leaf) {
            Sort::String | Sort::Number | Sort::Bool | Sort::Null | Sort::Moment => true,
            Sort::Bytes | Sort::Other => false,
        },
    }
}

/// A column whose values have a JSON text.
pub(super) struct Values {
    array: ArrayRef,
    nulls: Option<NullBuffer>,
    inside: Inside,
}

enum Inside {
    Leaf,
    /// Each with its name as JSON.
    Fields(Vec<(Vec<u8>, Values)>),
    /// Where the elements of each slot begin and end.
    Elements(Vec<usize>, Box<Values>),
    Entries(Vec<usize>, Box<(Values, Values)>),
}

impl Values {
    /// # Errors
    /// [`Code::ColumnType`] for a type whose values have none.
    pub(super) fn new(array: &ArrayRef) -> Result<Self, Error> {
        let array = flatten(array)?;
        let inside = if let Some(parts) = array.as_struct_opt() {
            let fields = parts.fields().iter().zip(parts.columns());
            let field = |(field, array): (&arrow_schema::FieldRef, &ArrayRef)| {
                Ok((quote::quoted(field.name()).into_bytes(), Values::new(array)?))
            };
            Inside::Fields(fields.map(field).collect::<Result<_, Error>>()?)
        } else if let Some(list) = array.as_list_opt::<i32>() {
            Inside::Elements(ends(list.offsets()), Box::new(Values::new(list.values())?))
        } else if let Some(list) = array.as_list_opt::<i64>() {
            Inside::Elements(ends(list.offsets()), Box::new(Values::new(list.values())?))
        } else if let Some(list) = array.as_fixed_size_list_opt() {
            let size = usize::try_from(list.value_length()).unwrap_or(0);
            let ends = (0..=list.len()).map(|slot| slot * size).collect();
            Inside::Elements(ends, Box::new(Values::new(list.values())?))
        } else if let Some(map) = array.as_map_opt() {
            let both = (Values::new(map.keys())?, Values::new(map.values())?);
            Inside::Entries(ends(map.offsets()), Box::new(both))
        } else if has_text(array.data_type()) {
            Inside::Leaf
        } else {
            return Err(Error::new(Code::ColumnType));
        };
        Ok(Values { nulls: array.logical_nulls(), array, inside })
    }

    /// Something that appends the JSON text of the value in a slot; it gives none if there is no such text.
    pub(super) fn writer(&self) -> Writer<'_> {
        let inside = match &self.inside {
            Inside::Leaf => Kind::Leaf(Reader::new(&self.array)),
            Inside::Fields(fields) => {
                Kind::Fields(fields.iter().map(|(name, values)| (name.as_slice(), values.writer())).collect())
            }
            Inside::Elements(ends, values) => Kind::Elements(ends, Box::new(values.writer())),
            Inside::Entries(ends, both) => {
                let (keys, values) = both.as_ref();
                Kind::Entries(ends, Box::new((keys.writer(), values.writer())))
            }
        };
        Writer { nulls: self.nulls.as_ref(), inside }
    }
}

fn ends<O: arrow_array::OffsetSizeTrait>(offsets: &[O]) -> Vec<usize> {
    offsets.iter().map(|offset| offset.as_usize()).collect()
}

/// Writes JSON texts.
pub(super) struct Writer<'a> {
    nulls: Option<&'a NullBuffer>,
    inside: Kind<'a>,
}

enum Kind<'a> {
    Leaf(Option<Reader<'a>>),
    Fields(Vec<(&'a [u8], Writer<'a>)>),
    Elements(&'a [usize], Box<Writer<'a>>),
    Entries(&'a [usize], Box<(Writer<'a>, Writer<'a>)>),
}

impl Writer<'_> {
    pub(super) fn write(&self, slot: usize, out: &mut Vec<u8>) -> Option<()> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(slot)) {
            out.extend_from_slice(b"null");
            return Some(());
        }
        match &self.inside {
            Kind::Leaf(reader) => {
                let mut text = String::new();
                match reader.as_ref()?.get(slot, &mut text)? {
                    Leaf::Scalar(scalar) => write_scalar(scalar, out),
                    Leaf::Bytes(_) => return None,
                }
            }
            Kind::Fields(fields) => {
                out.push(b'{');
                for (number, (name, values)) in fields.iter().enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(name);
                    out.push(b':');
                    values.write(slot, out)?;
                }
                out.push(b'}');
            }
            Kind::Elements(ends, values) => {
                out.push(b'[');
                for (number, inner) in range(ends, slot)?.enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    values.write(inner, out)?;
                }
                out.push(b']');
            }
            Kind::Entries(ends, both) => {
                let (keys, values) = both.as_ref();
                out.push(b'{');
                for (number, inner) in range(ends, slot)?.enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    keys.write_key(inner, out)?;
                    out.push(b':');
                    values.write(inner, out)?;
                }
                out.push(b'}');
            }
        }
        Some(())
    }

    /// A key of an object is a string, whatever it is to the map.
    fn write_key(&self, slot: usize, out: &mut Vec<u8>) -> Option<()> {
        let Kind::Leaf(Some(reader)) = &self.inside else { return None };
        let mut text = String::new();
        match reader.get(slot, &mut text)? {
            Leaf::Scalar(Scalar::Str(text) | Scalar::Number(text)) => {
                quote::write_string(out, text);
                Some(())
            }
            Leaf::Scalar(Scalar::Null | Scalar::Bool(_)) | Leaf::Bytes(_) => None,
        }
    }
}

fn range(ends: &[usize], slot: usize) -> Option<std::ops::Range<usize>> {
    Some(*ends.get(slot)?..*ends.get(slot + 1)?)
}

fn write_scalar(scalar: Scalar<'_>, out: &mut Vec<u8>) {
    match scalar {
        Scalar::Null => out.extend_from_slice(b"null"),
        Scalar::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Scalar::Number(text) => out.extend_from_slice(text.as_bytes()),
        Scalar::Str(text) => quote::write_string(out, text),
    }
}
