//! The class `Redactor`: single values by type and options.

use crate::bytes::Bytes;
use crate::failure::PumiceError;
use pumice::{Code, Error, GeoDb};

/// Redacts single values by their type, without a policy. Any number of threads may share it.
#[derive(uniffi::Object)]
pub struct Redactor(pumice::Redactor);

#[uniffi::export]
impl Redactor {
    /// A redactor of `type`: `phone`, `email`, `ip`, `user_agent`, `coordinate` or `text`.
    ///
    /// - `options`: what a rule of a policy would say beside the type, as a JSON object: `{"keep": "provider"}`.
    /// - `geo`: the content of an mmdb file, for `ip` with `geo`.
    ///
    /// Fails with `unknown_type`, `unknown_option`, `invalid_option`, `policy_syntax`, `duplicate_key`, `needs_geo`,
    /// `needs_uap`, `geo_invalid`, `geo_no_country`.
    #[uniffi::constructor(default(options = "{}", geo = None))]
    pub fn new(r#type: String, options: String, geo: Option<Bytes>) -> Result<Self, PumiceError> {
        let mut builder = pumice::Redactor::builder(&r#type, &options);
        if let Some(geo) = geo {
            builder = builder.geo(GeoDb::from_bytes(geo.as_slice())?);
        }
        Ok(Redactor(builder.build()?))
    }

    /// The redacted value. Both are JSON: a string in quotes, a number, or an object or array of which each leaf is redacted.
    /// `null` stays `null`.
    ///
    /// Fails with `invalid_value` if it cannot be read as its type; with `invalid_utf8`; with `invalid_json`,
    /// `too_deep` or `too_large` at a byte.
    pub fn redact(&self, value: Bytes) -> Result<Bytes, PumiceError> {
        let value = std::str::from_utf8(value.as_slice()).map_err(|_| Error::new(Code::InvalidUtf8))?;
        Bytes::of(self.0.redact(value)?.as_bytes())
    }
}
