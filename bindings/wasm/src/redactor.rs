//! The class `RawRedactor`: single values by type and options, as JSON.

use crate::failure::thrown;
use pumice::Redactor;
use wasm_bindgen::prelude::*;

/// A type with its options, ready to redact single values.
#[wasm_bindgen]
pub struct RawRedactor(Redactor);

#[wasm_bindgen]
impl RawRedactor {
    /// # Errors
    /// Those of core's builder
    #[wasm_bindgen(constructor)]
    pub fn new(type_name: &str, options: &str, geo: Option<Vec<u8>>) -> Result<Self, JsError> {
        let builder = Redactor::builder(type_name, options);
        #[cfg(feature = "geo")]
        let builder = match geo {
            Some(db) => builder.geo(pumice::GeoDb::from_bytes(db).map_err(thrown)?),
            None => builder,
        };
        #[cfg(not(feature = "geo"))]
        drop(geo);
        builder.build().map(RawRedactor).map_err(thrown)
    }

    /// The redacted value, both as JSON text.
    ///
    /// # Errors
    /// Those of core's redactor
    pub fn redact(&self, value: &str) -> Result<String, JsError> {
        self.0.redact(value).map_err(thrown)
    }
}
