//! Core's errors as Python's `PumiceError`; knows no value of an event.

use pumice::{At, Code, Error};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// A `PumiceError`, not raised.
pub(crate) fn error<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let message = format!("{error}: {}", error.code().meaning());
    let at = match error.at() {
        At::Offset(offset) | At::Column(offset) => Some(offset.into_pyobject(py)?.into_any()),
        At::Policy(place) | At::Rule(place) => Some(place.into_pyobject(py)?.into_any()),
        _ => None,
    };
    let class = CLASS.import(py, "pumice._error", "PumiceError")?;
    class.call1((message, error.code().as_str(), at, error.line()))
}

/// A `PumiceError`, to be raised.
pub(crate) fn raised(py: Python<'_>, failed: &Error) -> PyErr {
    error(py, failed).map_or_else(|broken| broken, PyErr::from_value)
}

/// Every code that a `PumiceError` can have, with what it means.
///
/// >>> import pumice
/// >>> pumice.codes()["invalid_json"]
/// 'The event is not JSON as RFC 8259 has it.'
#[pyfunction]
pub(crate) fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let codes = PyDict::new(py);
    for code in Code::ALL {
        codes.set_item(code.as_str(), code.meaning())?;
    }
    Ok(codes)
}
