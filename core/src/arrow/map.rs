//! Maps: each value is treated as its key says, which is known only when the batch is read.

use super::columns::{Column, Spot, Walk, renewed};
use super::gather::{compact, flat_type, flatten, gather, retyped};
use super::leaf::{Reader, Sort};
use super::metadata;
use super::nested::Window;
use super::rows::Rows;
use super::{Work, impossible, shared};
use crate::error::{Code, Error};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, MapArray, StructArray, new_empty_array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, FieldRef};
use std::collections::HashMap;

/// What is done to the values of a map.
#[derive(Debug)]
pub(super) struct Entries {
    /// The first for names that are not known.
    columns: Vec<Column>,
    /// Which of the columns a name leads to.
    named: HashMap<Box<[u8]>, usize>,
}

impl Entries {
    /// What is done to a map at this place, and the type that comes of it.
    ///
    /// # Errors
    /// Those of [`Walk::column`]; [`Code::ColumnType`] if values do not come out as one type.
    pub(super) fn new(
        walk: &mut Walk<'_>,
        at: Spot,
        entries: &FieldRef,
        sorted: bool,
        level: usize,
    ) -> Result<(Self, DataType), Error> {
        let DataType::Struct(fields) = entries.data_type() else { return Err(Error::new(Code::ColumnType)) };
        let [key, value] = fields.as_ref() else { return Err(Error::new(Code::ColumnType)) };
        let plan = walk.plan;
        if Sort::of(flat_type(key.data_type())) == Sort::Other && plan.names(at).next().is_some() {
            // Which of these keys are a name that a rule has is not known.
            return Err(Error::new(Code::ColumnType));
        }
        walk.in_map += 1;
        let mut columns = vec![walk.column(plan.other_member(at), value, level + 1)?];
        let mut named = HashMap::new();
        for name in plan.names(at) {
            named.insert(name.into(), columns.len());
            columns.push(walk.entry(at, name, value, level + 1)?);
        }
        walk.in_map -= 1;
        let made = Entries { columns, named };
        if !made.columns().any(|column| column.changes) {
            return Ok((made, DataType::Map(entries.clone(), sorted)));
        }
        let left: Vec<&Column> = made.columns().filter(|column| !column.is_removed()).collect();
        // What is said in their type may quote those that go.
        let types: Vec<_> = left.iter().map(|column| metadata::bare(column.field.data_type())).collect();
        let data_type = types.first().cloned().unwrap_or_else(|| metadata::bare(value.data_type()));
        if types.iter().any(|other| *other != data_type) {
            let rule = left.iter().find_map(|column| column.rule());
            return Err(rule.map_or(Error::new(Code::ColumnType), |rule| walk.error(Code::ColumnType, rule)));
        }
        // What is new may be null.
        let nullable = left.is_empty() || left.iter().any(|column| column.field.is_nullable());
        let fields = vec![key.clone(), renewed(value, data_type, nullable)];
        let entries = renewed(entries, DataType::Struct(fields.into()), entries.is_nullable());
        Ok((made, DataType::Map(entries, sorted)))
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter()
    }

    /// Which of the columns each of these keys leads to.
    fn of(&self, keys: &ArrayRef) -> Result<Vec<usize>, Error> {
        let keys = flatten(keys)?;
        let reader = Reader::new(&keys);
        let mut text = String::new();
        let mut of = |slot| {
            let leaf = reader.as_ref()?.get(slot, &mut text)?;
            self.named.get(leaf.as_key()?).copied()
        };
        Ok((0..keys.len()).map(|slot| of(slot).unwrap_or(0)).collect())
    }
}

impl Work<'_> {
    /// What becomes of a map.
    pub(super) fn map(
        &mut self,
        entries: &Entries,
        data_type: &DataType,
        array: &ArrayRef,
        rows: &Rows,
    ) -> Result<ArrayRef, Error> {
        let (Some(map), DataType::Map(inner, sorted)) = (array.as_map_opt(), data_type) else {
            return Err(Error::new(Code::ColumnType));
        };
        let window = Window::of(map.offsets(), map.nulls(), rows);
        let keys = map.keys().slice(window.start, window.len());
        let values = map.values().slice(window.start, window.len());
        let of = entries.of(&keys)?;
        let mut came = Vec::with_capacity(entries.columns.len());
        for (at, column) in entries.columns.iter().enumerate() {
            let here: NullBuffer = of.iter().map(|of| *of == at).collect();
            came.push(self.column(column, &values, &window.rows.within(Some(&here)))?);
        }
        let DataType::Struct(fields) = inner.data_type() else { return Err(Error::new(Code::ColumnType)) };
        let [_, value] = fields.as_ref() else { return Err(Error::new(Code::ColumnType)) };
        for came in came.iter_mut().flatten() {
            *came = retyped(came, value.data_type())?;
        }
        // For each value that stays the array that it comes from, by its number among those that came.
        let sources: Vec<&ArrayRef> = came.iter().flatten().collect();
        let mut next = 0..sources.len();
        let numbers: Vec<Option<usize>> =
            came.iter().map(|came| came.as_ref().and_then(|_| next.next())).collect();
        let mut ends = vec![0; map.len()];
        let mut places = Vec::with_capacity(of.len());
        for (slot, (of, around)) in of.iter().zip(&window.around).enumerate() {
            if let Some(number) = numbers.get(*of).copied().flatten()
                && window.rows.is_there(slot)
            {
                places.push((number, slot));
                if let Some(end) = ends.get_mut(*around) {
                    *end += 1;
                }
            }
        }
        // What stays may share a dictionary, or a buffer, with what does not.
        let values = if sources.is_empty() {
            new_empty_array(value.data_type())
        } else {
            compact(gather(&sources, places.iter().copied().map(Some))?)?
        };
        let keys = compact(gather(&[&keys], places.iter().map(|(_, slot)| Some((0, *slot))))?)?;
        let entries = StructArray::try_new(fields.clone(), vec![keys, values], None).map_err(impossible)?;
        let offsets = OffsetBuffer::<i32>::from_lengths(ends);
        MapArray::try_new(inner.clone(), offsets, entries, map.nulls().cloned(), *sorted)
            .map(shared)
            .map_err(impossible)
    }
}
