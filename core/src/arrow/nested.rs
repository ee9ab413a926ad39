//! Columns of columns: structs and lists are taken apart, treated inside, and put together again.

use super::columns::{Act, Column};
use super::gather::{flat_type, flatten};
use super::rows::Rows;
use super::{Work, impossible, shared};
use crate::error::{Code, Error};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, OffsetSizeTrait, StructArray, new_empty_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType;

impl Work<'_> {
    /// What becomes of a column; none if it is taken out.
    pub(super) fn column(
        &mut self,
        column: &Column,
        array: &ArrayRef,
        rows: &Rows,
    ) -> Result<Option<ArrayRef>, Error> {
        if let Some(rule) = column.keeps {
            self.keep(rule, rows);
        }
        if let Some(rule) = column.nulls {
            self.nulls(rule, array, rows);
        }
        let flat = if column.flattens { flatten(array)? } else { array.clone() };
        let data_type = flat_type(column.field.data_type());
        let made = match &column.act {
            Act::Pass => return Ok(Some(flat)),
            Act::Refuse => match (0..rows.len()).find(|slot| rows.is_there(*slot)) {
                Some(slot) => {
                    return Err(Error::new(Code::UnlistedField).at_line(rows.row(slot) as u64 + 1));
                }
                None => return Ok(Some(flat)),
            },
            Act::Remove(rule) => {
                match rule {
                    Some(rule) => self.keep(*rule, rows),
                    None => self.unlisted_dropped += rows.there_count() as u64,
                }
                return Ok(None);
            }
            Act::Replace(rule, constant) => {
                self.keep(*rule, rows);
                constant.column(rows)?
            }
            Act::Redact(rule) => self.redact(*rule, column.field.data_type(), &flat, rows)?,
            Act::Seal(rule) => self.seal(*rule, data_type, &flat, rows)?,
            Act::Open(rule) => self.open(*rule, &flat, rows)?,
            Act::Fields(columns) => self.fields(columns, data_type, &flat, rows)?,
            Act::Elements(element) => self.elements(element, data_type, &flat, rows)?,
            Act::Entries(entries) => self.map(entries, data_type, &flat, rows)?,
        };
        Ok(Some(if column.changes { made } else { array.clone() }))
    }

    fn fields(
        &mut self,
        columns: &[Column],
        data_type: &DataType,
        array: &ArrayRef,
        rows: &Rows,
    ) -> Result<ArrayRef, Error> {
        let parts = array.as_struct_opt().ok_or_else(|| Error::new(Code::ColumnType))?;
        let rows = rows.within(parts.nulls());
        let mut made = Vec::with_capacity(columns.len());
        for (column, array) in columns.iter().zip(parts.columns()) {
            made.extend(self.column(column, array, &rows)?);
        }
        let DataType::Struct(fields) = data_type else { return Ok(array.clone()) };
        StructArray::try_new_with_length(fields.clone(), made, parts.nulls().cloned(), parts.len())
            .map(shared)
            .map_err(impossible)
    }

    fn elements(
        &mut self,
        element: &Column,
        data_type: &DataType,
        array: &ArrayRef,
        rows: &Rows,
    ) -> Result<ArrayRef, Error> {
        if let Some(list) = array.as_list_opt::<i32>() {
            return self.list(list, element, data_type, rows);
        }
        if let Some(list) = array.as_list_opt::<i64>() {
            return self.list(list, element, data_type, rows);
        }
        let list = array.as_fixed_size_list_opt().ok_or_else(|| Error::new(Code::ColumnType))?;
        let size = usize::try_from(list.value_length()).unwrap_or(0);
        let around: Vec<usize> = (0..list.len()).flat_map(|slot| std::iter::repeat_n(slot, size)).collect();
        let window = Window::new(0, around, list.nulls(), rows);
        let values = list.values().slice(0, window.len());
        match (self.column(element, &values, &window.rows)?, data_type) {
            (Some(made), DataType::FixedSizeList(field, size)) => {
                let nulls = list.nulls().cloned();
                FixedSizeListArray::try_new_with_length(field.clone(), *size, made, nulls, list.len())
                    .map(shared)
                    .map_err(impossible)
            }
            (Some(_), _) => Ok(array.clone()),
            (None, _) => emptied::<i32>(data_type, list.len(), list.nulls()),
        }
    }

    fn list<O: OffsetSizeTrait>(
        &mut self,
        list: &GenericListArray<O>,
        element: &Column,
        data_type: &DataType,
        rows: &Rows,
    ) -> Result<ArrayRef, Error> {
        let window = Window::of(list.offsets(), list.nulls(), rows);
        let values = list.values().slice(window.start, window.len());
        let Some(made) = self.column(element, &values, &window.rows)? else {
            return emptied::<O>(data_type, list.len(), list.nulls());
        };
        let start = O::usize_as(window.start);
        let offsets: Vec<O> = list.offsets().iter().map(|offset| *offset - start).collect();
        let (DataType::List(inner) | DataType::LargeList(inner)) = data_type else {
            return Err(Error::new(Code::ColumnType));
        };
        GenericListArray::try_new(
            inner.clone(),
            OffsetBuffer::new(offsets.into()),
            made,
            list.nulls().cloned(),
        )
        .map(shared)
        .map_err(impossible)
    }
}

/// Lists of which every element was taken out.
fn emptied<O: OffsetSizeTrait>(
    data_type: &DataType,
    len: usize,
    nulls: Option<&NullBuffer>,
) -> Result<ArrayRef, Error> {
    let (DataType::List(inner) | DataType::LargeList(inner)) = data_type else {
        return Err(Error::new(Code::ColumnType));
    };
    let values = new_empty_array(inner.data_type());
    GenericListArray::<O>::try_new(inner.clone(), OffsetBuffer::new_zeroed(len), values, nulls.cloned())
        .map(shared)
        .map_err(impossible)
}

/// The values in the values of a column: those that its offsets mean, and no others that its child has.
pub(super) struct Window {
    pub(super) start: usize,
    /// The slot that each is in.
    pub(super) around: Vec<usize>,
    pub(super) rows: Rows,
}

impl Window {
    pub(super) fn of<O: OffsetSizeTrait>(
        offsets: &OffsetBuffer<O>,
        nulls: Option<&NullBuffer>,
        rows: &Rows,
    ) -> Self {
        // (There is always a first one, which the type says too.)
        let start = offsets.first().as_usize();
        let mut around = Vec::with_capacity(offsets.last().as_usize() - start);
        for (slot, (start, end)) in offsets.iter().zip(offsets.iter().skip(1)).enumerate() {
            around.extend(std::iter::repeat_n(slot, end.as_usize() - start.as_usize()));
        }
        Window::new(start, around, nulls, rows)
    }

    fn new(start: usize, around: Vec<usize>, nulls: Option<&NullBuffer>, rows: &Rows) -> Self {
        let outer = rows.within(nulls);
        let there = outer.there().map(|_| around.iter().map(|slot| outer.is_there(*slot)).collect());
        let rows = rows.inside(&around, there);
        Window { start, around, rows }
    }

    pub(super) fn len(&self) -> usize {
        self.around.len()
    }
}
