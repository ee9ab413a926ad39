//! Schemas, policies out of them and governance, and reviews of them, as JSON. What they do is core's.

use crate::failure::thrown;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use pumice::Error;
use pumice::governance::{CompileOptions, Governance, compile, review};
use pumice::schema::{Options, Schema};

/// How a schema is written, and what is asked of it.
#[napi(object, object_to_js = false)]
pub struct SchemaOptions {
    pub format: Option<String>,
    pub type_attribute: Option<String>,
    pub properties_attribute: Option<String>,
    pub strict: Option<bool>,
    pub reservoir: Option<String>,
    pub against: Option<Uint8Array>,
}

impl SchemaOptions {
    fn read(&self, schema: &[u8]) -> Result<Schema, Error> {
        let mut options = Options::default();
        if let Some(name) = &self.type_attribute {
            options.type_attribute.clone_from(name);
        }
        if let Some(name) = &self.properties_attribute {
            options.properties_attribute.clone_from(name);
        }
        Schema::read(schema, self.format.as_deref(), &options)
    }
}

/// What is read of a schema.
///
/// # Errors
/// Those of the schema
#[napi(catch_unwind)]
pub fn read_schema(schema: &[u8], options: SchemaOptions) -> napi::Result<String> {
    options.read(schema).map(|read| read.to_string()).map_err(|error| thrown(&error))
}

/// The policy of an audience, and what decided it.
///
/// # Errors
/// Those of the schema and the governance document
#[napi(catch_unwind)]
pub fn compile_policy(
    schema: &[u8],
    governance: &[u8],
    reservoir: String,
    options: SchemaOptions,
) -> napi::Result<String> {
    let compiled = || {
        let strict = options.strict == Some(true);
        compile(
            &options.read(schema)?,
            &Governance::parse(governance)?,
            &reservoir,
            CompileOptions { strict },
        )
    };
    compiled().map(|compiled| compiled.to_json()).map_err(|error| thrown(&error))
}

/// What a privacy review wants to see of a schema.
///
/// # Errors
/// Those of the schemas and the governance document
#[napi(catch_unwind)]
pub fn review_schema(schema: &[u8], governance: &[u8], options: SchemaOptions) -> napi::Result<String> {
    let reviewed = || {
        let against = options.against.as_deref().map(|schema| options.read(schema)).transpose()?;
        let governance = Governance::parse(governance)?;
        review(&options.read(schema)?, &governance, options.reservoir.as_deref(), against.as_ref())
    };
    reviewed().map(|review| review.to_json()).map_err(|error| thrown(&error))
}
