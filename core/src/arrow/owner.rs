//! Whose each row is: the names of accounts and subjects, from the call, the builder, or columns. It knows no key.

use super::columns::Table;
use super::gather::{flatten, gather};
use super::leaf::{Leaf, Reader};
use crate::error::Error;
use crate::plan::{Plan, Source, Whose};
use crate::scalar::Scalar;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;

/// A step from a column to one in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// The field of this number.
    Field(usize),
    /// The value under this key of a map.
    Entry(Box<[u8]>),
}

/// Where in a batch.
pub(super) type Place = Vec<Hop>;

/// Whose the rows are.
pub(super) struct Names<'a> {
    pub(super) account: Name<'a>,
    pub(super) subject: Name<'a>,
}

/// The name of an account or a subject.
pub(super) enum Name<'a> {
    Nowhere,
    One(&'a str),
    /// By row, where in the text it is.
    Rows(String, Vec<Mention>),
}

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mention {
    /// The place is not there.
    Nothing,
    Named(usize, usize),
    /// No name, or several that are unlike.
    Unclear,
}

impl Name<'_> {
    /// Those that a column has, a name in each row.
    ///
    /// # Errors
    /// More than a column of its type holds.
    pub(super) fn of_column(column: &ArrayRef) -> Result<Name<'static>, Error> {
        let mut rows = Reading::new(column.len());
        rows.read_array(&flatten(column)?, None);
        Ok(Name::Rows(rows.text, rows.mentions))
    }

    /// What is said for a row: nothing if nobody says anything, and none if it is no single name.
    pub(super) fn said(&self, row: usize) -> Option<Option<&str>> {
        match self {
            Name::Nowhere => None,
            Name::Rows(_, mentions) if mentions.get(row) == Some(&Mention::Nothing) => None,
            Name::One(_) | Name::Rows(..) => Some(self.of(row)),
        }
    }

    /// The name for a row; none if there is no single one.
    pub(super) fn of(&self, row: usize) -> Option<&str> {
        let name = match self {
            Name::Nowhere => None,
            Name::One(name) => Some(*name),
            Name::Rows(text, mentions) => match mentions.get(row)? {
                Mention::Named(start, end) => text.get(*start..*end),
                Mention::Nothing | Mention::Unclear => None,
            },
        };
        name.filter(|name| !name.is_empty())
    }
}

impl<'a> Names<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        table: &Table,
        batch: &RecordBatch,
        whose: Whose<'a>,
    ) -> Result<Self, Error> {
        let owners = plan.owners();
        let name = |source: &'a Source, called: Option<&'a str>| -> Result<Name<'a>, Error> {
            Ok(match (called, source) {
                (Some(called), _) => Name::One(called),
                (None, Source::Nowhere | Source::Call) => Name::Nowhere,
                (None, Source::Given(given)) => Name::One(given),
                (None, Source::Event(place)) => {
                    let mut rows = Reading::new(batch.num_rows());
                    for (_, path) in table.mentions.iter().filter(|(marks, _)| marks & 1 << place != 0) {
                        rows.read(path, batch)?;
                    }
                    Name::Rows(rows.text, rows.mentions)
                }
            })
        };
        Ok(Names {
            account: name(&owners.account, whose.account)?,
            subject: name(&owners.subject, whose.subject)?,
        })
    }
}

/// What is read of rows.
struct Reading {
    text: String,
    mentions: Vec<Mention>,
}

impl Reading {
    fn new(rows: usize) -> Self {
        Reading { text: String::new(), mentions: vec![Mention::Nothing; rows] }
    }

    /// Reads what stands at one place in each row.
    fn read(&mut self, path: &[Hop], batch: &RecordBatch) -> Result<(), Error> {
        let Some((Hop::Field(first), path)) = path.split_first() else { return Ok(()) };
        let Some(array) = batch.columns().get(*first) else { return Ok(()) };
        let mut array = flatten(array)?;
        let mut there: Option<NullBuffer> = None;
        for hop in path {
            let here = NullBuffer::union(there.as_ref(), array.nulls());
            (array, there) = match hop {
                Hop::Field(number) => {
                    let parts = array.as_struct_opt();
                    let Some(part) = parts.and_then(|parts| parts.columns().get(*number)) else {
                        return Ok(());
                    };
                    (flatten(part)?, here)
                }
                Hop::Entry(key) => self.entry(&array, here.as_ref(), key)?,
            };
        }
        self.read_array(&array, there.as_ref());
        Ok(())
    }

    /// Reads what stands in each row.
    fn read_array(&mut self, array: &ArrayRef, there: Option<&NullBuffer>) {
        let (reader, nulls) = (Reader::new(array), array.logical_nulls());
        let mut text = String::new();
        for slot in 0..array.len() {
            if there.is_some_and(|there| there.is_null(slot)) {
                continue;
            }
            let leaf = match &reader {
                Some(reader) if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(slot)) => {
                    reader.get(slot, &mut text)
                }
                _ => None,
            };
            match leaf {
                Some(Leaf::Scalar(Scalar::Str(name) | Scalar::Number(name))) => {
                    self.mention(slot, Some(name))
                }
                Some(Leaf::Scalar(Scalar::Null | Scalar::Bool(_)) | Leaf::Bytes(_)) | None => {
                    self.mention(slot, None);
                }
            }
        }
    }

    /// Whoever reads the row next may take the one mention or the other: only if they are one is it clear.
    fn mention(&mut self, row: usize, name: Option<&str>) {
        let Some(mention) = self.mentions.get_mut(row) else { return };
        *mention = match (*mention, name) {
            (Mention::Nothing, Some(name)) => {
                let start = self.text.len();
                self.text.push_str(name);
                Mention::Named(start, self.text.len())
            }
            (Mention::Named(start, end), Some(name)) if self.text.get(start..end) == Some(name) => *mention,
            (Mention::Nothing | Mention::Named(..) | Mention::Unclear, _) => Mention::Unclear,
        };
    }

    /// The values of maps under a key.
    fn entry(
        &mut self,
        array: &ArrayRef,
        there: Option<&NullBuffer>,
        key: &[u8],
    ) -> Result<(ArrayRef, Option<NullBuffer>), Error> {
        let Some(map) = array.as_map_opt() else { return Ok((array.clone(), there.cloned())) };
        let keys = flatten(map.keys())?;
        let reader = Reader::new(&keys);
        let mut text = String::new();
        let mut is_named = |slot| {
            let leaf = reader.as_ref().and_then(|reader| reader.get(slot, &mut text));
            leaf.and_then(|leaf| leaf.as_key()) == Some(key)
        };
        let mut places = Vec::with_capacity(map.len());
        let offsets = map.offsets();
        for (slot, (start, end)) in offsets.iter().zip(offsets.iter().skip(1)).enumerate() {
            let is_there = there.is_none_or(|there| there.is_valid(slot));
            let mut found = None;
            for entry in (*start as usize..*end as usize).filter(|_| is_there) {
                if is_named(entry) && found.replace(entry).is_some() {
                    // Two under one key: which of them is meant is not said.
                    self.mention(slot, None);
                }
            }
            places.push(found.map(|entry| (0, entry)));
        }
        let there = places.iter().map(Option::is_some).collect();
        let values = gather(&[map.values()], places.into_iter())?;
        Ok((flatten(&values)?, Some(there)))
    }
}
