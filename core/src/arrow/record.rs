//! Columns in which values come again: those with a dictionary, and those whose redaction is dear. Each distinct value is
//! redacted once.

use super::redact::Leaves;
use super::texts::{Strings, Texts};
use super::{impossible, shared, without};
use crate::error::{Code, Error};
use crate::plan::{Redactor, Sink};
use crate::scalar::Scalar;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, StructArray, new_null_array};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::{DataType, Field, Fields};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// The type of a column of records.
pub(super) fn data_type(redactor: &Redactor) -> DataType {
    let members: Vec<(&str, bool)> = match redactor {
        Redactor::Place(_, geo, _) => {
            vec![("masked", true), ("geo_country", geo.country), ("geo_city", geo.city)]
        }
        Redactor::Agent(fields, _) => vec![
            ("family", fields.family),
            ("major", fields.major),
            ("os", fields.os),
            ("device", fields.device),
        ],
        Redactor::Phone(_)
        | Redactor::Email(_)
        | Redactor::Ip(_)
        | Redactor::Coordinate(_)
        | Redactor::Text => Vec::new(),
    };
    let fields = members.into_iter().filter(|(_, wanted)| *wanted);
    DataType::Struct(fields.map(|(name, _)| Field::new(name, DataType::Utf8, true)).collect())
}

/// The distinct values of a column.
#[derive(Default)]
struct Distinct<'a> {
    texts: Vec<&'a str>,
    /// Which of them stands in each slot; `NONE` where nothing does.
    of: Vec<usize>,
}

const NONE: usize = usize::MAX;

/// How many values are remembered at once: each has one place, and the last to come has it.
const PLACES: usize = 4096;

impl<'a> Distinct<'a> {
    fn new(column: Leaves<'a>) -> Self {
        let array = column.array;
        match array.data_type() {
            DataType::Dictionary(..) => Distinct::of_dictionary(column).unwrap_or_default(),
            DataType::Utf8 => Distinct::of_texts(column, array.as_string::<i32>().iter()),
            DataType::LargeUtf8 => Distinct::of_texts(column, array.as_string::<i64>().iter()),
            DataType::Utf8View => Distinct::of_texts(column, array.as_string_view().iter()),
            _ => Distinct { texts: Vec::new(), of: vec![NONE; array.len()] },
        }
    }

    fn of_texts(column: Leaves<'_>, texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut known = vec![NONE; PLACES];
        let mut made = Distinct::default();
        for (slot, text) in texts.enumerate() {
            let Some(text) = text.filter(|_| column.is_valid(slot)) else {
                made.of.push(NONE);
                continue;
            };
            let hash = FixedState::default().hash_one(text) as usize % PLACES;
            let Some(place) = known.get_mut(hash) else { continue };
            if made.texts.get(*place) != Some(&text) {
                *place = made.texts.len();
                made.texts.push(text);
            }
            made.of.push(*place);
        }
        made
    }

    fn of_dictionary(column: Leaves<'a>) -> Option<Self> {
        let dictionary = column.array.as_any_dictionary_opt()?;
        let values = dictionary.values();
        let mut made = Distinct { texts: Vec::new(), of: vec![NONE; column.array.len()] };
        if values.is_empty() {
            return Some(made);
        }
        let keys = dictionary.normalized_keys();
        // Only what some slot stands for is read.
        let mut numbers = vec![NONE; values.len()];
        for slot in column.slots() {
            let number = numbers.get_mut(*keys.get(slot)?)?;
            if *number == NONE {
                *number = made.texts.len();
                made.texts.push(text(values, *keys.get(slot)?)?);
            }
            *made.of.get_mut(slot)? = *number;
        }
        Some(made)
    }
}

fn text(array: &ArrayRef, slot: usize) -> Option<&str> {
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string_opt::<i32>()?.value(slot),
        DataType::LargeUtf8 => array.as_string_opt::<i64>()?.value(slot),
        DataType::Utf8View => array.as_string_view_opt()?.value(slot),
        _ => return None,
    })
}

impl Leaves<'_> {
    /// Strings in a dictionary to strings in a dictionary, each once.
    pub(super) fn dictionary(self, redactor: &Redactor, invalid: &mut Vec<usize>) -> Result<ArrayRef, Error> {
        let DataType::Dictionary(keys, values) = self.array.data_type() else {
            return Err(Error::new(Code::ColumnType));
        };
        let strings = Strings::of(values).ok_or_else(|| Error::new(Code::ColumnType))?;
        let distinct = Distinct::new(self);
        let mut scratch = String::new();
        let mut texts = Texts::<i64>::with_capacity(distinct.texts.len(), 0);
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut answers = Vec::with_capacity(distinct.texts.len());
        for text in &distinct.texts {
            let mut answer = Answer::default();
            let answered = redactor.redact(Scalar::Str(text), &mut scratch, &mut answer);
            answers.push(match (answered, answer.0) {
                (Ok(()), Some(answer)) => *known.entry(answer).or_insert_with_key(|answer| {
                    texts.push(answer);
                    texts.len() - 1
                }),
                (Ok(()), None) | (Err(_), _) => NONE,
            });
        }
        let mut codes = Vec::with_capacity(distinct.of.len());
        for (slot, of) in distinct.of.iter().enumerate() {
            let code = answers.get(*of).copied().unwrap_or(NONE);
            if *of != NONE && code == NONE {
                invalid.push(slot);
            }
            codes.push((code != NONE).then_some(code));
        }
        let values = texts.finish(strings, None)?;
        match keys.as_ref() {
            DataType::Int8 => coded::<Int8Type>(&codes, values),
            DataType::Int16 => coded::<Int16Type>(&codes, values),
            DataType::Int32 => coded::<Int32Type>(&codes, values),
            DataType::Int64 => coded::<Int64Type>(&codes, values),
            DataType::UInt8 => coded::<UInt8Type>(&codes, values),
            DataType::UInt16 => coded::<UInt16Type>(&codes, values),
            DataType::UInt32 => coded::<UInt32Type>(&codes, values),
            DataType::UInt64 => coded::<UInt64Type>(&codes, values),
            _ => Err(Error::new(Code::ColumnType)),
        }
    }

    /// Strings to records.
    pub(super) fn records(
        self,
        redactor: &Redactor,
        data_type: &DataType,
        invalid: &mut Vec<usize>,
    ) -> Result<ArrayRef, Error> {
        let DataType::Struct(fields) = data_type else { return Err(Error::new(Code::ColumnType)) };
        let distinct = Distinct::new(self);
        let mut scratch = String::new();
        let mut records = Records::new(fields);
        for text in &distinct.texts {
            let read = redactor.redact(Scalar::Str(text), &mut scratch, &mut records).is_ok();
            records.end(read);
        }
        for (slot, of) in distinct.of.iter().enumerate() {
            if records.read.get(*of) == Some(&false) {
                invalid.push(slot);
            }
        }
        let len = self.array.len();
        let nulls = without(self.valid.cloned(), invalid, len);
        let members = records.members.iter().map(|member| member.column(&distinct.of));
        let members: Vec<ArrayRef> = members.collect::<Result<_, _>>()?;
        if members.is_empty() {
            return Ok(new_null_array(data_type, len));
        }
        StructArray::try_new(fields.clone(), members, nulls).map(shared).map_err(impossible)
    }
}

fn coded<K: ArrowDictionaryKeyType>(codes: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef, Error> {
    // INVARIANT: there are no more answers than there were values, and those had keys of this type.
    let keys = codes.iter().map(|code| code.and_then(K::Native::from_usize));
    let keys: PrimitiveArray<K> = keys.collect();
    DictionaryArray::try_new(keys, values).map(shared).map_err(impossible)
}

/// Takes one redacted string.
#[derive(Default)]
struct Answer(Option<String>);

impl Sink for Answer {
    fn string(&mut self, text: &str) {
        self.0 = Some(text.to_owned());
    }

    fn number(&mut self, text: &str) {
        self.string(text);
    }

    /// INVARIANT: records have columns of their own.
    fn record(&mut self, _: &[(&'static str, &str)]) {}
}

/// Records, one after the other, by member.
struct Records {
    members: Vec<Member>,
    /// Whether each could be read.
    read: Vec<bool>,
}

struct Member {
    name: String,
    texts: Texts<i64>,
    present: Vec<bool>,
}

impl Records {
    fn new(fields: &Fields) -> Self {
        let member = |field: &std::sync::Arc<Field>| Member {
            name: field.name().clone(),
            texts: Texts::with_capacity(0, 0),
            present: Vec::new(),
        };
        Records { members: fields.iter().map(member).collect(), read: Vec::new() }
    }

    fn end(&mut self, read: bool) {
        self.read.push(read);
        for Member { texts, present, .. } in &mut self.members {
            if present.len() < self.read.len() {
                texts.end();
                present.push(false);
            }
        }
    }
}

impl Sink for Records {
    /// INVARIANT: what makes records makes nothing else.
    fn string(&mut self, _: &str) {}

    fn number(&mut self, _: &str) {}

    fn record(&mut self, members: &[(&'static str, &str)]) {
        for Member { name, texts, present } in &mut self.members {
            if let Some((_, word)) = members.iter().find(|(known, _)| known == name) {
                texts.push(word);
                present.push(true);
            }
        }
    }
}

impl Member {
    /// The column of this member, by the record of each slot.
    fn column(&self, of: &[usize]) -> Result<ArrayRef, Error> {
        let mut texts = Texts::<i32>::with_capacity(of.len(), 0);
        let mut present = Vec::with_capacity(of.len());
        for of in of {
            let is_present = self.present.get(*of) == Some(&true);
            present.push(is_present);
            texts.push(if is_present { self.texts.get(*of) } else { "" });
        }
        let nulls = NullBuffer::from(present);
        texts.finish(Strings::Utf8, Some(nulls).filter(|nulls| nulls.null_count() > 0))
    }
}
