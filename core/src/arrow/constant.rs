//! A constant in place of a whole column; knows no rule.

use super::leaf::Sort;
use super::number::{Number, by_number};
use super::rows::Rows;
use super::texts::{Strings, Texts};
use super::{impossible, shared};
use crate::error::{Code, Error};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, new_null_array};
use arrow_buffer::BooleanBuffer;
use arrow_schema::DataType;
use std::fmt;

/// A constant of a type.
pub(super) enum Constant {
    Text(Strings, String),
    /// The text of a number that this type has.
    Number(DataType, String),
    Bool(bool),
    Null(DataType),
}

impl fmt::Debug for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Constant").finish_non_exhaustive()
    }
}

impl Constant {
    /// This JSON text, of the type that the column has if that can be, or else of its own. There are no objects and arrays.
    pub(super) fn new(json: &str, flat: &DataType) -> Option<Self> {
        match json.as_bytes().first()? {
            b'"' => {
                let strings = Strings::of(flat).unwrap_or(Strings::Utf8);
                Some(Constant::Text(strings, serde_json::from_str(json).ok()?))
            }
            b't' | b'f' => Some(Constant::Bool(json == "true")),
            b'n' => Some(Constant::Null(flat.clone())),
            b'-' | b'0'..=b'9' => {
                let of_column = Some(flat).filter(|flat| Sort::of(flat) == Sort::Number);
                let data_type = of_column
                    .into_iter()
                    .chain([&DataType::Int64, &DataType::Float64])
                    .find(|data_type| reads(json, data_type))?;
                Some(Constant::Number(data_type.clone(), json.to_owned()))
            }
            _ => None,
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Constant::Text(strings, _) => strings.data_type(),
            Constant::Number(data_type, _) | Constant::Null(data_type) => data_type.clone(),
            Constant::Bool(_) => DataType::Boolean,
        }
    }

    /// A column that has it in every slot that is there.
    pub(super) fn column(&self, rows: &Rows) -> Result<ArrayRef, Error> {
        let (len, there) = (rows.len(), rows.there().cloned());
        match self {
            Constant::Text(strings, text) => {
                let mut texts = Texts::<i64>::with_capacity(len, 0);
                for slot in 0..len {
                    texts.push(if rows.is_there(slot) { text } else { "" });
                }
                texts.finish(*strings, there)
            }
            Constant::Number(data_type, text) => by_number!(data_type, T => {
                let value = T::read(text, data_type).ok_or_else(|| Error::new(Code::ColumnType))?;
                let made = PrimitiveArray::<T>::try_new(vec![value; len].into(), there).map_err(impossible)?;
                Ok(shared(made.with_data_type(data_type.clone())))
            }, else Err(Error::new(Code::ColumnType))),
            Constant::Bool(value) => {
                let values = if *value { BooleanBuffer::new_set(len) } else { BooleanBuffer::new_unset(len) };
                Ok(shared(BooleanArray::new(values, there)))
            }
            Constant::Null(data_type) => Ok(new_null_array(data_type, len)),
        }
    }
}

fn reads(json: &str, data_type: &DataType) -> bool {
    by_number!(data_type, T => T::read(json, data_type).is_some(), else false)
}
