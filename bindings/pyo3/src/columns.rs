//! Columns in, columns out: batches by policy, arrays by type, columns of events, ciphertexts and tokens. They come out as pyarrow's where that is installed.

use crate::capsule::{Batches, Column, Taken, take};
use crate::failure::raised;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StructArray, new_empty_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use pumice::{ByRow, Code, Error, OnError, Worker};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::sync::Arc;

/// What is made of the columns of an object: a batch of a batch, a table of a stream of them.
pub(crate) fn through<'py>(
    object: &Bound<'py, PyAny>,
    scrubber: &pumice::Scrubber,
    whose: pumice::Whose<'_>,
    work: impl Fn(&mut Worker<'_>, &RecordBatch) -> Result<RecordBatch, Error> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let taken = take(object)?;
    let is_stream = taken.is_stream;
    let scrub = || {
        let (schema, batches) = batches(taken)?;
        let mut worker = scrubber.worker_for(whose);
        // What the columns become is said without rows too.
        let schema = work(&mut worker, &RecordBatch::new_empty(schema))?.schema();
        Ok(Batches { schema, batches: each(&mut worker, &batches, work)? })
    };
    let mut scrubbed = py.detach(scrub).map_err(|error| raised(py, &error))?;
    match scrubbed.batches.pop() {
        Some(batch) if !is_stream => {
            let fields = batch.schema_ref().fields().clone();
            let metadata = batch.schema_ref().metadata().clone();
            let field = Arc::new(Field::new("", DataType::Struct(fields), false).with_metadata(metadata));
            let array = struct_of(batch).map_err(|error| raised(py, &error))?;
            by_pyarrow(py, "record_batch", Bound::new(py, Column { field, array })?.into_any())
        }
        last => {
            scrubbed.batches.extend(last);
            by_pyarrow(py, "table", Bound::new(py, scrubbed)?.into_any())
        }
    }
}

/// The redacted array of an object, or its redacted arrays.
pub(crate) fn redact<'py>(
    object: &Bound<'py, PyAny>,
    redactor: &pumice::Redactor,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let Taken { chunks, is_stream, .. } = take_arrays(object)?;
    let redact = || chunks.iter().map(|chunk| redactor.redact_array(chunk)).collect::<Result<Vec<_>, _>>();
    let redacted = py.detach(redact).map_err(|error| raised(py, &error))?;
    given(py, redacted, is_stream)
}

/// A column of events, scrubbed.
pub(crate) fn events<'py>(
    events: &Bound<'py, PyAny>,
    on_error: OnError,
    scrubber: &pumice::Scrubber,
    whose: pumice::Whose<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let taken = take_arrays(events)?;
    by_row(events.py(), &taken, on_error, || {
        let mut worker = scrubber.worker_for(whose);
        taken.chunks.iter().map(|chunk| worker.scrub_array(chunk)).collect()
    })
}

/// A column of ciphertexts, each of the account beside it, opened.
pub(crate) fn decrypt<'py>(
    values: &Bound<'py, PyAny>,
    accounts: &Bound<'py, PyAny>,
    on_error: OnError,
    open: impl Fn(&ArrayRef, &ArrayRef) -> Result<ByRow, Error> + Sync,
) -> PyResult<Bound<'py, PyAny>> {
    let (taken, accounts) = (take_arrays(values)?, take_arrays(accounts)?.chunks);
    by_row(values.py(), &taken, on_error, || {
        if taken.chunks.len() != accounts.len() {
            return Err(Error::new(Code::ColumnsInvalid));
        }
        taken.chunks.iter().zip(&accounts).map(|(values, accounts)| open(values, accounts)).collect()
    })
}

/// A column of tokens, opened.
pub(crate) fn detokenize<'py>(
    tokens: &Bound<'py, PyAny>,
    on_error: OnError,
    open: impl Fn(&ArrayRef) -> Result<ByRow, Error> + Sync,
) -> PyResult<Bound<'py, PyAny>> {
    let taken = take_arrays(tokens)?;
    by_row(tokens.py(), &taken, on_error, || taken.chunks.iter().map(&open).collect())
}

/// The values that came of these arrays, or the values and the codes.
fn by_row<'py>(
    py: Python<'py>,
    taken: &Taken,
    on_error: OnError,
    work: impl FnOnce() -> Result<Vec<ByRow>, Error> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let done = py.detach(work).map_err(|error| raised(py, &error))?;
    let codes = done.iter().map(|rows| rows.codes().clone()).collect();
    let mut before = 0;
    let values = done.into_iter().map(|rows| {
        let first = before;
        before += rows.values().len() as u64;
        match on_error {
            OnError::Fail => rows.all().map_err(|error| raised(py, &counted_from(first, error))),
            OnError::Reject => Ok(rows.values().clone()),
        }
    });
    let values = given(py, values.collect::<PyResult<_>>()?, taken.is_stream)?;
    match on_error {
        OnError::Fail => Ok(values),
        OnError::Reject => Ok((values, given(py, codes, taken.is_stream)?).into_pyobject(py)?.into_any()),
    }
}

/// The arrays of an object, one at least: what its type becomes is said by an array of it.
fn take_arrays(object: &Bound<'_, PyAny>) -> PyResult<Taken> {
    let mut taken = take(object)?;
    if taken.chunks.is_empty() {
        taken.chunks.push(new_empty_array(taken.field.data_type()));
    }
    Ok(taken)
}

/// Arrays as a column.
fn given<'py>(py: Python<'py>, arrays: Vec<ArrayRef>, is_stream: bool) -> PyResult<Bound<'py, PyAny>> {
    let columns = arrays.into_iter().map(|array| {
        let field = Arc::new(Field::new("", array.data_type().clone(), true));
        by_pyarrow(py, "array", Bound::new(py, Column { field, array })?.into_any())
    });
    let mut columns = columns.collect::<PyResult<Vec<_>>>()?;
    match columns.pop() {
        Some(column) if !is_stream => Ok(column),
        last => {
            columns.extend(last);
            by_pyarrow(py, "chunked_array", PyList::new(py, columns)?.into_any())
        }
    }
}

/// What this function of pyarrow makes of it; as it is without pyarrow.
fn by_pyarrow<'py>(py: Python<'py>, make: &str, columns: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match py.import("pyarrow") {
        Ok(pyarrow) => pyarrow.call_method1(make, (columns,)),
        Err(_) => Ok(columns),
    }
}

fn each(
    worker: &mut Worker<'_>,
    batches: &[RecordBatch],
    work: impl Fn(&mut Worker<'_>, &RecordBatch) -> Result<RecordBatch, Error>,
) -> Result<Vec<RecordBatch>, Error> {
    let mut before = 0;
    let mut scrubbed = Vec::with_capacity(batches.len());
    for batch in batches {
        scrubbed.push(work(worker, batch).map_err(|error| counted_from(before, error))?);
        before += batch.num_rows() as u64;
    }
    Ok(scrubbed)
}

/// The error of a row, counted from the first of all.
fn counted_from(before: u64, error: Error) -> Error {
    match error.line() {
        Some(row) => error.at_line(before + row),
        None => error,
    }
}

/// Structs without nulls, as batches.
fn batches(taken: Taken) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
    let invalid = || Error::new(Code::ColumnsInvalid);
    let DataType::Struct(fields) = taken.field.data_type() else { return Err(invalid()) };
    let schema = Arc::new(Schema::new_with_metadata(fields.clone(), taken.field.metadata().clone()));
    let batch = |array: &ArrayRef| {
        let rows = array.as_any().downcast_ref::<StructArray>().filter(|rows| rows.null_count() == 0)?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(schema.clone(), rows.columns().to_vec(), &options).ok()
    };
    let batches = taken.chunks.iter().map(|array| batch(array).ok_or_else(invalid));
    Ok((schema.clone(), batches.collect::<Result<_, _>>()?))
}

fn struct_of(batch: RecordBatch) -> Result<ArrayRef, Error> {
    let (schema, columns, rows) = batch.into_parts();
    let array = StructArray::try_new_with_length(schema.fields().clone(), columns, None, rows);
    Ok(Arc::new(array.map_err(|_| Error::new(Code::ColumnsInvalid))?))
}
