//! Schemas, policies out of them and governance, and reviews of them, as JSON. What they do is core's.

use crate::failure::thrown;
use pumice::Error;
use pumice::governance::{CompileOptions, Governance, compile, review};
use pumice::schema::{Options, Schema};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// How a schema is written, and what is asked of it: an object of JavaScript that was checked.
    #[wasm_bindgen(typescript_type = "object")]
    pub type SchemaOptions;

    #[wasm_bindgen(method, getter)]
    fn format(this: &SchemaOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = typeAttribute)]
    fn type_attribute(this: &SchemaOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = propertiesAttribute)]
    fn properties_attribute(this: &SchemaOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn strict(this: &SchemaOptions) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    fn reservoir(this: &SchemaOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn against(this: &SchemaOptions) -> Option<Vec<u8>>;
}

impl SchemaOptions {
    fn read(&self, schema: &[u8]) -> Result<Schema, Error> {
        let mut options = Options::default();
        if let Some(name) = self.type_attribute() {
            options.type_attribute = name;
        }
        if let Some(name) = self.properties_attribute() {
            options.properties_attribute = name;
        }
        Schema::read(schema, self.format().as_deref(), &options)
    }
}

/// What is read of a schema.
///
/// # Errors
/// Those of the schema
#[wasm_bindgen(js_name = readSchema)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn read_schema(schema: &[u8], options: &SchemaOptions) -> Result<String, JsError> {
    options.read(schema).map(|read| read.to_string()).map_err(thrown)
}

/// The policy of an audience, and what decided it.
///
/// # Errors
/// Those of the schema and the governance document
#[wasm_bindgen(js_name = compilePolicy)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn compile_policy(
    schema: &[u8],
    governance: &[u8],
    reservoir: &str,
    options: &SchemaOptions,
) -> Result<String, JsError> {
    let compiled = || {
        let strict = options.strict() == Some(true);
        compile(&options.read(schema)?, &Governance::parse(governance)?, reservoir, CompileOptions { strict })
    };
    compiled().map(|compiled| compiled.to_json()).map_err(thrown)
}

/// What a privacy review wants to see of a schema.
///
/// # Errors
/// Those of the schemas and the governance document
#[wasm_bindgen(js_name = reviewSchema)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn review_schema(schema: &[u8], governance: &[u8], options: &SchemaOptions) -> Result<String, JsError> {
    let reviewed = || {
        let against = options.against().map(|schema| options.read(&schema)).transpose()?;
        let governance = Governance::parse(governance)?;
        review(&options.read(schema)?, &governance, options.reservoir().as_deref(), against.as_ref())
    };
    reviewed().map(|review| review.to_json()).map_err(thrown)
}
