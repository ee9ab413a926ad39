//! The class `RawRedactor`: single values by type and options, as JSON.

use crate::call;
use crate::failure::thrown;
use crate::supplies::{geo, uap};
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Unknown};
use napi_derive::napi;
use pumice::{Code, Error, Redactor};
use std::rc::Rc;

/// A type with its options, ready to redact single values.
#[napi]
pub struct RawRedactor(Rc<Redactor>);

#[napi]
impl RawRedactor {
    #[napi(constructor, catch_unwind)]
    pub fn new(
        type_name: String,
        options: String,
        geo_db: Option<Uint8Array>,
        uap_rules: Option<Uint8Array>,
    ) -> napi::Result<Self> {
        let build = || {
            let mut builder = Redactor::builder(&type_name, &options);
            if let Some(db) = geo(geo_db)? {
                builder = builder.geo(db);
            }
            if let Some(rules) = uap(uap_rules)? {
                builder = builder.uap(rules);
            }
            builder.build()
        };
        build().map(|redactor| RawRedactor(Rc::new(redactor))).map_err(|error| thrown(&error))
    }

    /// The function for single values as JSON text: see `call::of_text`.
    #[napi(catch_unwind)]
    pub fn text(&self, env: Env) -> napi::Result<Unknown<'static>> {
        let redactor = Rc::clone(&self.0);
        let redact = move |value: &[u8], out: &mut Vec<u8>| {
            let value = str::from_utf8(value).map_err(|_| Error::new(Code::InvalidUtf8))?;
            *out = redactor.redact(value)?.into_bytes();
            Ok(())
        };
        let work = move |value: &[u8], _: pumice::Whose<'_>, out: &mut Vec<u8>| {
            redact(value, out).map_err(|error| thrown(&error))
        };
        call::of_text(env, Box::new(work), self.0.max_value_bytes())
    }
}
