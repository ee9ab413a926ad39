//! Columns as the columns of a schema: what was an enum's is spelled where it is a string's now. It treats no value.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, ListArray, MapArray, RecordBatch, RecordBatchOptions, StringArray, StructArray,
    UnionArray,
};
use arrow_schema::{DataType, SchemaRef};
use std::sync::Arc;

/// The batch with these columns. None if it has no such.
pub(super) fn laid_out(batch: &RecordBatch, columns: &SchemaRef) -> Option<RecordBatch> {
    if batch.num_columns() != columns.fields().len() {
        return None;
    }
    let arrays = batch.columns().iter().zip(columns.fields());
    let arrays: Vec<_> =
        arrays.map(|(array, field)| shaped(array, field.data_type())).collect::<Option<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(columns.clone(), arrays, &options).ok()
}

fn shaped(array: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    if array.data_type() == data_type {
        return Some(array.clone());
    }
    Some(match (array.data_type(), data_type) {
        (DataType::Dictionary(..), DataType::Utf8) => {
            let codes = array.as_dictionary_opt::<Int32Type>()?;
            let texts = codes.downcast_dict::<StringArray>()?;
            Arc::new(texts.into_iter().collect::<StringArray>())
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let of = array.as_struct_opt().filter(|of| of.num_columns() == fields.len())?;
            let columns = of.columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| shaped(column, field.data_type()));
            let (columns, nulls) = (columns.collect::<Option<_>>()?, of.nulls().cloned());
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, of.len()).ok()?)
        }
        (DataType::List(_), DataType::List(element)) => {
            let of = array.as_list_opt::<i32>()?;
            let values = shaped(of.values(), element.data_type())?;
            let (offsets, nulls) = (of.offsets().clone(), of.nulls().cloned());
            Arc::new(ListArray::try_new(element.clone(), offsets, values, nulls).ok()?)
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let of = array.as_map_opt()?;
            let inner: ArrayRef = Arc::new(of.entries().clone());
            let inner = shaped(&inner, entries.data_type())?.as_struct_opt()?.clone();
            let (offsets, nulls) = (of.offsets().clone(), of.nulls().cloned());
            Arc::new(MapArray::try_new(entries.clone(), offsets, inner, nulls, *sorted).ok()?)
        }
        (DataType::Union(..), DataType::Union(branches, _)) => {
            let (was, ids, offsets, columns) = array.as_union_opt()?.clone().into_parts();
            let is_same = was.iter().map(|(id, _)| id).eq(branches.iter().map(|(id, _)| id));
            let columns = columns.iter().zip(branches.iter());
            let columns = columns.map(|(column, (_, branch))| shaped(column, branch.data_type()));
            let columns = columns.collect::<Option<_>>().filter(|_| is_same)?;
            Arc::new(UnionArray::try_new(branches.clone(), ids, offsets, columns).ok()?)
        }
        _ => return None,
    })
}
