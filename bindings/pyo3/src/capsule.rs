//! Arrow's columns through the PyCapsule interface, both ways without a copy; knows no policy. All that is unsafe about
//! it is here: that what a producer gives keeps to the C data interface. What it says is then checked.
#![expect(unsafe_code, reason = "the C data interface is made of pointers")]

use crate::failure::raised;
use crate::soundness;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator, make_array};
use arrow_schema::{ArrowError, Field, FieldRef, SchemaRef};
use pumice::{Code, Error};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// Arrays of one type that came in.
pub(crate) struct Taken {
    pub(crate) field: FieldRef,
    pub(crate) chunks: Vec<ArrayRef>,
    /// Whether they came as a stream, of however many.
    pub(crate) is_stream: bool,
}

/// Whether the object has columns to give.
pub(crate) fn has_columns(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.hasattr("__arrow_c_array__")? || object.hasattr("__arrow_c_stream__")?)
}

/// Takes the columns of an object.
///
/// # Errors
/// A `TypeError` if it has none, `columns_invalid` if they are not as they say; what the object itself raises
pub(crate) fn take(object: &Bound<'_, PyAny>) -> PyResult<Taken> {
    let py = object.py();
    if !has_columns(object)? {
        return Err(PyTypeError::new_err(
            "columns are an object with __arrow_c_array__ or __arrow_c_stream__",
        ));
    }
    let object = &measured(object)?;
    let taken = if object.hasattr("__arrow_c_array__")? {
        let given = object.call_method0("__arrow_c_array__")?;
        let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = given.extract()?;
        let (schema, array) = (schema.pointer_checked(Some(SCHEMA))?, array.pointer_checked(Some(ARRAY))?);
        // SAFETY: capsules of these names hold these structs, and live until this function is left. Both are moved out, as the
        // interface asks of a consumer.
        let array = unsafe { FFI_ArrowArray::from_raw(array.cast().as_ptr()) };
        let schema = unsafe { FFI_ArrowSchema::from_raw(schema.cast().as_ptr()) };
        py.detach(move || of_array(array, schema))
    } else {
        let given = object.call_method0("__arrow_c_stream__")?;
        let stream = given.cast::<PyCapsule>()?.pointer_checked(Some(STREAM))?;
        // SAFETY: as above.
        let stream = unsafe { FFI_ArrowArrayStream::from_raw(stream.cast().as_ptr()) };
        py.detach(move || of_stream(stream))
    };
    // The words of arrow's errors may quote values.
    taken.map_err(|_| raised(py, &Error::new(Code::ColumnsInvalid)))
}

/// The object, once pyarrow has held its columns to the lengths of their buffers. The C data interface says none, so that
/// columns which claim more than they have could not be told from others.
fn measured<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if !object.get_type().module()?.to_str()?.starts_with("pyarrow") {
        return Ok(object.clone());
    }
    let whole = if object.hasattr("read_all")? { object.call_method0("read_all")? } else { object.clone() };
    // Its words may quote values.
    whole.call_method0("validate").map_err(|_| raised(py, &Error::new(Code::ColumnsInvalid)))?;
    Ok(whole)
}

fn of_array(array: FFI_ArrowArray, schema: FFI_ArrowSchema) -> Result<Taken, ArrowError> {
    let field = described(&schema)?;
    Ok(Taken { field, chunks: vec![imported(array, &schema)?], is_stream: false })
}

fn of_stream(mut stream: FFI_ArrowArrayStream) -> Result<Taken, ArrowError> {
    let (Some(get_schema), Some(get_next)) = (stream.get_schema(), stream.get_next()) else {
        return Err(refused("the stream was taken already"));
    };
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: it is the stream's own, and writes to a schema that is empty.
    if unsafe { get_schema(&raw mut stream, &raw mut schema) } != 0 {
        return Err(refused("the stream has no schema"));
    }
    let field = described(&schema)?;
    let mut chunks = Vec::new();
    loop {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: as above.
        if unsafe { get_next(&raw mut stream, &raw mut array) } != 0 {
            return Err(refused("the stream broke off"));
        }
        if array.is_released() {
            return Ok(Taken { field, chunks, is_stream: true });
        }
        chunks.push(imported(array, &schema)?);
    }
}

/// What is said of a column.
fn described(schema: &FFI_ArrowSchema) -> Result<FieldRef, ArrowError> {
    unless_it_panics(|| Field::try_from(schema).map(Arc::new))
}

/// The array, if it is what it says.
fn imported(array: FFI_ArrowArray, schema: &FFI_ArrowSchema) -> Result<ArrayRef, ArrowError> {
    unless_it_panics(|| {
        // SAFETY: the array is of this schema, as they came together.
        let data = unsafe { from_ffi(array, schema) }?;
        soundness::check(&data)?;
        Ok(make_array(data))
    })
}

/// arrow itself panics at some of what it is given, such as lengths below zero, or a schema that was taken already.
fn unless_it_panics<T>(import: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowError> {
    catch_unwind(AssertUnwindSafe(import)).unwrap_or_else(|_| Err(refused("it is no column")))
}

/// What is refused; the words go no further.
fn refused(words: &str) -> ArrowError {
    ArrowError::CDataInterface(words.to_owned())
}

/// An array, or a batch as a struct, for whoever reads the PyCapsule interface.
#[pyclass(frozen, module = "pumice")]
pub(crate) struct Column {
    pub(crate) field: FieldRef,
    pub(crate) array: ArrayRef,
}

#[pymethods]
impl Column {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema =
            FFI_ArrowSchema::try_from(self.field.as_ref()).map_err(|error| impossible(py, &error))?;
        PyCapsule::new_with_value(py, schema, SCHEMA)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        // A producer may give what it has, whatever is asked for.
        let _ = requested_schema;
        let (array, _) = to_ffi(&self.array.to_data()).map_err(|error| impossible(py, &error))?;
        let array = PyCapsule::new_with_value(py, array, ARRAY)?;
        (self.__arrow_c_schema__(py)?, array).into_pyobject(py)
    }
}

/// Batches for whoever reads the PyCapsule interface.
#[pyclass(frozen, module = "pumice")]
pub(crate) struct Batches {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

#[pymethods]
impl Batches {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema =
            FFI_ArrowSchema::try_from(self.schema.as_ref()).map_err(|error| impossible(py, &error))?;
        PyCapsule::new_with_value(py, schema, SCHEMA)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = RecordBatchIterator::new(self.batches.clone().into_iter().map(Ok), self.schema.clone());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), STREAM)
    }
}

fn impossible(py: Python<'_>, _: &ArrowError) -> PyErr {
    // INVARIANT: the columns are arrow's own.
    raised(py, &Error::new(Code::ColumnsInvalid))
}
