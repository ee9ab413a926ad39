//! Schemas, policies out of them and governance, and reviews of them. What they do is core's.

use crate::failure::raised;
use crate::value::{document, load};
use pumice::Error;
use pumice::governance::{CompileOptions, Governance};
use pumice::schema::{Options, Schema};
use pyo3::prelude::*;

/// A schema and how it is written.
struct Written {
    document: Vec<u8>,
    format: Option<String>,
    options: Options,
}

impl Written {
    fn of(schema: &Bound<'_, PyAny>, format: Option<&str>, options: &Options) -> PyResult<Self> {
        let format = format.map(str::to_owned);
        Ok(Written { document: document(schema)?, format, options: options.clone() })
    }

    fn read(&self) -> Result<Schema, Error> {
        Schema::read(&self.document, self.format.as_deref(), &self.options)
    }
}

fn options(type_attribute: Option<String>, properties_attribute: Option<String>) -> Options {
    let default = Options::default();
    Options {
        type_attribute: type_attribute.unwrap_or(default.type_attribute),
        properties_attribute: properties_attribute.unwrap_or(default.properties_attribute),
    }
}

/// What is read of a schema, a `dict`, or JSON as `str` or `bytes`: a `dict` with its `fields`, the `shape` of its events (which a
/// policy may hold them to) and, if there are any, `warnings`.
///
/// `format` is what the schema is written in, as for `compile_policy`. `type_attribute` (`"twilio_type"`) and `properties_attribute`
/// (`"letgo.properties"`) are what the attributes are called that say what values are, and that hold a field's properties.
///
/// Raises `PumiceError`: `schema_syntax`, `schema_format` and others of the schema.
///
/// >>> import pumice
/// >>> schema = {"type": "record", "name": "sent", "fields": [{"name": "to", "type": "string", "confluent:tags": ["PHONE"]}]}
/// >>> pumice.read_schema(schema)["fields"]
/// [{'selector': 'to', 'at': '/fields/0', 'type': 'string', 'required': True, 'tags': ['PHONE']}]
#[pyfunction]
#[pyo3(signature = (schema, *, format=None, type_attribute=None, properties_attribute=None))]
pub(crate) fn read_schema<'py>(
    schema: &Bound<'py, PyAny>,
    format: Option<&str>,
    type_attribute: Option<String>,
    properties_attribute: Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = schema.py();
    let written = Written::of(schema, format, &options(type_attribute, properties_attribute))?;
    let read = py.detach(|| written.read()).map_err(|error| raised(py, &error))?;
    load(py, read.to_string().as_bytes(), false)
}

/// The policy of an audience, out of a schema and a governance document, each a `dict`, or JSON as `str` or `bytes`: a `dict`
/// with the `policy`, the `decisions` (for each field what is done with it, and by which rule) and the `warnings`.
///
/// `format` is what the schema is written in, `"registry"`, `"privacy"`, `"avro"` or `"json-schema"`, and told by what is in it
/// if it is not given. With `strict` the policy refuses events that are not what the schema says.
///
/// Raises `PumiceError`: `schema_syntax`, `schema_format` and others of the schema; `policy_syntax` and others of the governance
/// document, `unknown_reservoir`, `contradictory_rules`, `incomplete_rule`.
///
/// >>> import pumice
/// >>> schema = {"type": "record", "name": "sent", "fields": [{"name": "to", "type": "string", "confluent:tags": ["PHONE"]}]}
/// >>> governance = {"pumice_governance": 1, "reservoirs": ["analysts"], "rules": [{"tag": "PHONE", "action": {"type": "phone"}}]}
/// >>> compiled = pumice.compile_policy(schema, governance, "analysts")
/// >>> compiled["policy"]["fields"]
/// {'to': 'phone'}
/// >>> pumice.Scrubber(compiled["policy"]).scrub({"to": "+11234567890"})
/// {'to': '+1123456XXXX'}
#[pyfunction]
#[pyo3(signature = (schema, governance, reservoir, *, format=None, strict=false, type_attribute=None, properties_attribute=None))]
pub(crate) fn compile_policy<'py>(
    schema: &Bound<'py, PyAny>,
    governance: &Bound<'py, PyAny>,
    reservoir: &str,
    format: Option<&str>,
    strict: bool,
    type_attribute: Option<String>,
    properties_attribute: Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = schema.py();
    let written = Written::of(schema, format, &options(type_attribute, properties_attribute))?;
    let rules = document(governance)?;
    let compile = || {
        let options = CompileOptions { strict };
        pumice::governance::compile(&written.read()?, &Governance::parse(&rules)?, reservoir, options)
    };
    let compiled = py.detach(compile).map_err(|error| raised(py, &error))?;
    load(py, compiled.to_json().as_bytes(), false)
}

/// What a privacy review wants to see of a schema, for one audience or all of them: a `dict` that says whether it `passes`, and
/// all `findings`. With `against`, the schema as it was, new fields without a decision fail, and what changed is listed.
///
/// Raises `PumiceError`: those of `compile_policy`.
///
/// >>> import pumice
/// >>> governance = {"pumice_governance": 1, "reservoirs": ["analysts"], "rules": []}
/// >>> schema = {"type": "record", "name": "signup", "fields": [{"name": "billing_email", "type": "string"}]}
/// >>> [finding["code"] for finding in pumice.review_schema(schema, governance)["findings"]]
/// ['personal_name']
#[pyfunction]
#[pyo3(signature = (schema, governance, *, against=None, reservoir=None, format=None, type_attribute=None, properties_attribute=None))]
pub(crate) fn review_schema<'py>(
    schema: &Bound<'py, PyAny>,
    governance: &Bound<'py, PyAny>,
    against: Option<&Bound<'py, PyAny>>,
    reservoir: Option<&str>,
    format: Option<&str>,
    type_attribute: Option<String>,
    properties_attribute: Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = schema.py();
    let options = options(type_attribute, properties_attribute);
    let written = Written::of(schema, format, &options)?;
    let against = against.map(|schema| Written::of(schema, format, &options)).transpose()?;
    let rules = document(governance)?;
    let review = || {
        let against = against.as_ref().map(Written::read).transpose()?;
        pumice::governance::review(&written.read()?, &Governance::parse(&rules)?, reservoir, against.as_ref())
    };
    let review = py.detach(review).map_err(|error| raised(py, &error))?;
    load(py, review.to_json().as_bytes(), false)
}
