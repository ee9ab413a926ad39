//! The class `Redactor`: single values by type and options.

use crate::capsule::has_columns;
use crate::columns;
use crate::failure::raised;
use crate::supplies::{Source, geo, read};
use crate::value::{document, through_json};
use pumice::redact::user_agent::UapRules;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString};

/// Redacts single values by their type, with the options that a rule of a policy would have.
///
/// `geo_db` (an mmdb) and `uap_rules` (uap-core's `regexes.yaml`) are the content of a file as `bytes`, or its path. An
/// unknown type or option, or a database that is needed and missing, is a `PumiceError`.
///
/// >>> import pumice
/// >>> redactor = pumice.Redactor("email", keep="provider")
/// >>> redactor.redact("john@gmail.com")
/// 'REDACTED@gmail.com'
/// >>> redactor.redact("john")
/// Traceback (most recent call last):
/// ...
/// pumice.PumiceError: invalid_value: A value cannot be read as its type, and nothing may come out in its place.
#[pyclass(frozen, module = "pumice")]
pub(crate) struct Redactor(pumice::Redactor);

#[pymethods]
impl Redactor {
    #[new]
    #[pyo3(signature = (r#type, /, *, geo_db=None, uap_rules=None, **options))]
    fn new(
        py: Python<'_>,
        r#type: &str,
        geo_db: Option<Source>,
        uap_rules: Option<Source>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = match options {
            Some(options) => String::from_utf8(document(options)?)?,
            None => "{}".to_owned(),
        };
        let (geo_db, uap_rules) = (read(geo_db)?, read(uap_rules)?);
        let build = || {
            let mut builder = pumice::Redactor::builder(r#type, &options);
            if let Some(db) = geo(geo_db)? {
                builder = builder.geo(db);
            }
            if let Some(rules) = uap_rules {
                builder = builder.uap(UapRules::from_bytes(&rules)?);
            }
            builder.build()
        };
        py.detach(build).map(Redactor).map_err(|error| raised(py, &error))
    }

    /// The redacted value: of a `str` or number, or of each in a `list` or `dict`. `None` stays `None`.
    ///
    /// Of an array of Arrow (`pyarrow.Array`, `polars.Series`, whatever has `__arrow_c_array__` or `__arrow_c_stream__`) the
    /// redacted array, null where a value cannot be read as its type.
    ///
    /// Raises `TypeError` for an array of another kind; `PumiceError`: `invalid_value` if it cannot be read as its type;
    /// `invalid_json` if it has what JSON cannot hold.
    ///
    /// >>> import pumice
    /// >>> pumice.Redactor("phone").redact(["(415) 555-0132", None])
    /// ['(415) 555-XXXX', None]
    fn redact<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match has_columns(value)? {
            true => columns::redact(value, &self.0),
            // A single value of numpy is a str or float as well.
            false if !is_scalar(value) && value.hasattr("__array__")? => {
                Err(PyTypeError::new_err("an array is one of Arrow, as pyarrow.array(values)"))
            }
            false => through_json(value, |json| self.0.redact(json)),
        }
    }
}

fn is_scalar(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyString>() || value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>()
}
