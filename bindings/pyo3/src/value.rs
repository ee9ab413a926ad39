//! Python values as JSON text and back; knows no policy and no key.
//!
//! Numbers are spelled as Python's `json` spells them, so that a value has one token and one hash whichever way it comes.

use crate::failure::raised;
use pumice::crypto::Plain;
use pumice::{Code, Error};
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyDictMethods, PyFloat, PyInt, PyList, PyString, PyTuple, PyType,
};
use std::cell::Cell;

/// Deeper than core reads: it is core that says what is too deep, but for what has no end.
const DEPTH: usize = 200;

/// Longest event that is worked on without releasing the interpreter's lock, in bytes.
const SHORT: usize = 4096;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The JSON text of a value, and whether it has a `Decimal`.
#[derive(Default)]
pub(crate) struct Text {
    pub(crate) json: Vec<u8>,
    has_decimal: bool,
}

impl Text {
    /// Of `None`, a `bool`, `int`, `float`, `Decimal`, `str`, `list`, `tuple` or `dict` with keys of `str`.
    ///
    /// # Errors
    /// `invalid_json` for what JSON cannot hold, `invalid_utf8` for a lone surrogate, `too_deep`.
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut text = Text::default();
        text.write(value, 0).map_err(|code| raised(value.py(), &Error::new(code)))?;
        Ok(text)
    }

    fn write(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> Result<(), Code> {
        if let Ok(text) = value.cast::<PyString>() {
            self.write_string(text)
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.write_dict(dict, depth)
        } else if let Ok(list) = value.cast::<PyList>() {
            self.write_items(list.iter(), depth)
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.write_items(tuple.iter(), depth)
        } else if value.is_none() {
            self.push("null")
        } else if let Ok(truth) = value.cast::<PyBool>() {
            self.push(if truth.is_true() { "true" } else { "false" })
        } else {
            self.write_number(value)
        }
    }

    fn write_number(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Code> {
        let py = value.py();
        // Spelled by the class itself: a subclass, as an enumeration, may spell itself otherwise.
        if value.is_instance_of::<PyInt>() {
            match value.extract::<i64>() {
                Ok(number) => self.push(&number.to_string()),
                Err(_) => self.push_spelled(&py.get_type::<PyInt>(), "__repr__", value),
            }
        } else if let Ok(number) = value.cast::<PyFloat>() {
            match number.value().is_finite() {
                true => self.push_spelled(&py.get_type::<PyFloat>(), "__repr__", value),
                false => Err(Code::InvalidJson),
            }
        } else {
            let class = DECIMAL.import(py, "decimal", "Decimal").map_err(|_| Code::InvalidJson)?;
            let is_finite = || class.call_method1("is_finite", (value,))?.is_truthy();
            match value.is_instance(class).unwrap_or(false) && is_finite().unwrap_or(false) {
                true => {
                    self.has_decimal = true;
                    self.push_spelled(class, "__str__", value)
                }
                false => Err(Code::InvalidJson),
            }
        }
    }

    fn push_spelled(
        &mut self,
        class: &Bound<'_, PyType>,
        method: &str,
        value: &Bound<'_, PyAny>,
    ) -> Result<(), Code> {
        let spelled = class.call_method1(method, (value,)).map_err(|_| Code::InvalidJson)?;
        let spelled = spelled.cast::<PyString>().map_err(|_| Code::InvalidJson)?;
        self.push(spelled.to_str().map_err(|_| Code::InvalidJson)?)
    }

    fn write_string(&mut self, text: &Bound<'_, PyString>) -> Result<(), Code> {
        let text = text.to_str().map_err(|_| Code::InvalidUtf8)?;
        serde_json::to_writer(&mut self.json, text).map_err(|_| Code::InvalidUtf8)
    }

    fn write_dict(&mut self, dict: &Bound<'_, PyDict>, depth: usize) -> Result<(), Code> {
        if depth > DEPTH {
            return Err(Code::TooDeep);
        }
        let mut before = "{";
        let (length, mut members) = (dict.len(), dict.iter());
        for _ in 0..length {
            // What is spelled by Python may let others in, who change it.
            let member = if dict.len() == length { members.next() } else { None };
            let (key, value) = member.ok_or(Code::InvalidJson)?;
            self.push(before)?;
            self.write_string(key.cast::<PyString>().map_err(|_| Code::InvalidJson)?)?;
            self.push(":")?;
            self.write(&value, depth + 1)?;
            before = ",";
        }
        self.push(if length == 0 { "{}" } else { "}" })
    }

    fn write_items<'py>(
        &mut self,
        mut items: impl Iterator<Item = Bound<'py, PyAny>>,
        depth: usize,
    ) -> Result<(), Code> {
        if depth > DEPTH {
            return Err(Code::TooDeep);
        }
        self.push("[")?;
        if let Some(first) = items.next() {
            self.write(&first, depth + 1)?;
        }
        for item in items {
            self.push(",")?;
            self.write(&item, depth + 1)?;
        }
        self.push("]")
    }

    fn push(&mut self, text: &str) -> Result<(), Code> {
        self.json.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Puts an event through `work` and gives it back as what it was: `bytes`, `str` or `dict`. Where `waits` says so, the work may
/// wait for others, and the interpreter's lock is released for it.
pub(crate) fn through<'py>(
    event: &Bound<'py, PyAny>,
    waits: bool,
    work: impl FnOnce(&[u8], &mut Vec<u8>) -> Result<(), Error> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let py = event.py();
    let work = |event: &[u8], out: &mut Vec<u8>| {
        // To release the lock and to take it again takes as long as a short event does.
        let done =
            if waits || event.len() > SHORT { py.detach(|| work(event, out)) } else { work(event, out) };
        done.map_err(|error| raised(py, &error))
    };
    if let Ok(bytes) = event.cast::<PyBytes>() {
        let mut out = Buffer::take();
        work(bytes.as_bytes(), &mut out.0)?;
        Ok(PyBytes::new(py, &out.0).into_any())
    } else if let Ok(text) = event.cast::<PyString>() {
        let mut out = Buffer::take();
        let Utf8(text) = text.extract()?;
        work(text.as_bytes(), &mut out.0)?;
        Ok(string(py, &out.0)?.into_any())
    } else if event.is_instance_of::<PyDict>() {
        let text = Text::of(event)?;
        let mut out = Buffer::take();
        work(&text.json, &mut out.0)?;
        load(py, &out.0, text.has_decimal)
    } else {
        Err(PyTypeError::new_err("an event is bytes, str or dict"))
    }
}

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A buffer that is empty at first: the last one of this thread, if that was not large.
struct Buffer(Vec<u8>);

impl Buffer {
    fn take() -> Self {
        // Whoever comes here while it is taken, or when the thread ends, gets a new one.
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        buffer.clear();
        Buffer(buffer)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() <= 4 * SHORT {
            let _ = BUFFER.try_with(|kept| kept.set(std::mem::take(&mut self.0)));
        }
    }
}

/// Puts a value through `work`, which is given its JSON text and gives back JSON text.
pub(crate) fn through_json<'py>(
    value: &Bound<'py, PyAny>,
    work: impl FnOnce(&str) -> Result<String, Error>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let text = Text::of(value)?;
    let json = std::str::from_utf8(&text.json).map_err(|_| raised(py, &Error::new(Code::InvalidUtf8)))?;
    let out = work(json).map_err(|error| raised(py, &error))?;
    load(py, out.as_bytes(), text.has_decimal)
}

/// A policy, or options: a `dict`, or JSON as `str` or `bytes`.
pub(crate) fn document(document: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = document.cast::<PyBytes>() {
        Ok(bytes.as_bytes().to_vec())
    } else if let Ok(text) = document.cast::<PyString>() {
        let Utf8(text) = text.extract()?;
        Ok(text.as_bytes().to_vec())
    } else if document.is_instance_of::<PyDict>() {
        Ok(Text::of(document)?.json)
    } else {
        Err(PyTypeError::new_err("a policy is dict, str or bytes"))
    }
}

/// What was opened, as what it was: `str`, `bytes`, or the value of its JSON.
pub(crate) fn opened<'py>(py: Python<'py>, plain: &Plain<'_>) -> PyResult<Bound<'py, PyAny>> {
    match plain {
        Plain::String(text) => Ok(PyString::new(py, text).into_any()),
        Plain::Json(text) => load(py, text.as_bytes(), false),
        Plain::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
    }
}

/// The value of JSON text, by Python's `json`. Its errors would quote the text.
pub(crate) fn load<'py>(py: Python<'py>, json: &[u8], decimals: bool) -> PyResult<Bound<'py, PyAny>> {
    static FLOATS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static DECIMALS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let decoder = |number: Bound<'py, PyAny>| {
        let options = PyDict::new(py);
        options.set_item("parse_float", number)?;
        let decoder = py.import("json")?.getattr("JSONDecoder")?.call((), Some(&options))?;
        Ok::<_, PyErr>(decoder.getattr("decode")?.unbind())
    };
    let decode = if decimals {
        DECIMALS
            .get_or_try_init(py, || decoder(DECIMAL.import(py, "decimal", "Decimal")?.clone().into_any()))?
    } else {
        FLOATS.get_or_try_init(py, || decoder(wrap_pyfunction!(float, py)?.into_any()))?
    };
    let text = string(py, json)?;
    decode.bind(py).call1((text,)).map_err(|_| raised(py, &Error::new(Code::InvalidJson)))
}

/// A number that is not whole: a float, or a `Decimal` where a float would be infinite.
#[pyfunction]
fn float<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    match text.to_str()?.parse::<f64>()? {
        number if number.is_finite() => Ok(PyFloat::new(py, number).into_any()),
        _ => DECIMAL.import(py, "decimal", "Decimal")?.call1((text,)),
    }
}

fn string<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let text = std::str::from_utf8(bytes).map_err(|_| raised(py, &Error::new(Code::InvalidUtf8)))?;
    Ok(PyString::new(py, text))
}

/// A `str` without lone surrogates: Python's own error would hold it.
#[derive(Clone, Copy)]
pub(crate) struct Utf8<'a>(pub(crate) &'a str);

impl<'a, 'py> FromPyObject<'a, 'py> for Utf8<'a> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        <&str>::extract(object).map(Utf8).map_err(|error| {
            match error.is_instance_of::<PyUnicodeEncodeError>(object.py()) {
                true => raised(object.py(), &Error::new(Code::InvalidUtf8)),
                false => error,
            }
        })
    }
}

/// A ciphertext or token among others. One with lone surrogates is none of ours, as an empty one is.
pub(crate) struct Sealed(Option<PyBackedStr>);

impl AsRef<str> for Sealed {
    fn as_ref(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Sealed {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match PyBackedStr::extract(object) {
            Ok(text) => Ok(Sealed(Some(text))),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(object.py()) => Ok(Sealed(None)),
            Err(error) => Err(error),
        }
    }
}
