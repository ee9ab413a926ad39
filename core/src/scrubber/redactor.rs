//! One value at a time, by type and options, without a policy; knows no paths.

use super::Scrubber;
use crate::document::Node;
use crate::error::{At, Code, Error};
use crate::geo::GeoDb;
use crate::quote::quoted;

/// A type with its options, ready to redact single values.
///
/// ```
/// let redactor = pumice::Redactor::builder("email", r#"{"keep": "provider"}"#).build()?;
/// assert_eq!(redactor.redact(r#""john@gmail.com""#)?, r#""REDACTED@gmail.com""#);
/// assert_eq!(redactor.redact(r#""john""#).unwrap_err().code(), pumice::Code::InvalidValue);
/// # Ok::<(), pumice::Error>(())
/// ```
#[derive(Debug)]
pub struct Redactor {
    pub(super) scrubber: Scrubber,
}

/// A redactor in the making.
#[must_use]
#[derive(Debug)]
pub struct RedactorBuilder<'a> {
    type_name: &'a str,
    options: &'a str,
    geo: Option<GeoDb>,
    #[cfg(feature = "uap")]
    uap: Option<crate::redact::user_agent::UapRules>,
}

impl Redactor {
    /// Begins a redactor of this type, with the options that a rule of a policy would have, as a JSON object.
    pub fn builder<'a>(type_name: &'a str, options: &'a str) -> RedactorBuilder<'a> {
        RedactorBuilder {
            type_name,
            options,
            geo: None,
            #[cfg(feature = "uap")]
            uap: None,
        }
    }

    /// The largest value that is taken, in bytes of its JSON.
    #[must_use]
    pub fn max_value_bytes(&self) -> usize {
        self.scrubber.max_event_bytes()
    }

    /// Redacts one JSON value: a scalar, or each leaf of an object or array. `null` stays `null`.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if it cannot be read as its type; [`Code::InvalidJson`], [`Code::TooDeep`] or
    /// [`Code::TooLarge`] at a byte offset.
    pub fn redact(&self, value: &str) -> Result<String, Error> {
        let redacted = self.scrubber.scrub(value.as_bytes()).map_err(|error| match error.at() {
            At::Rule(_) => Error::new(error.code()),
            At::Nowhere | At::Policy(_) | At::Offset(_) | At::Column(_) => error,
        })?;
        String::from_utf8(redacted).map_err(|_| Error::new(Code::InvalidUtf8))
    }
}

impl RedactorBuilder<'_> {
    /// The geo database, for addresses with `geo`.
    pub fn geo(mut self, db: GeoDb) -> Self {
        self.geo = Some(db);
        self
    }

    /// The user-agent rules, for `"engine": "uap"`.
    #[cfg(feature = "uap")]
    pub fn uap(mut self, rules: crate::redact::user_agent::UapRules) -> Self {
        self.uap = Some(rules);
        self
    }

    /// Checks type and options.
    ///
    /// # Errors
    /// [`Code::PolicySyntax`] if the options are not a JSON object; [`Code::UnknownType`]; and at a JSON Pointer into the options
    /// [`Code::UnknownOption`], [`Code::InvalidOption`], [`Code::DuplicateKey`], [`Code::NeedsGeo`], [`Code::NeedsUap`].
    pub fn build(self) -> Result<Redactor, Error> {
        const RULE: &str = "/fields/**";
        let options = self.options.trim();
        if !Node::document(options.as_bytes()).is_ok_and(|options| options.is_object()) {
            return Err(Error::new(Code::PolicySyntax).at_place(At::Offset(0)));
        }
        let members = options.strip_prefix('{').unwrap_or(options);
        let comma = if members.trim_start().starts_with('}') { "" } else { "," };
        let type_name = quoted(self.type_name);
        // A value that cannot be read is the caller's to know of at once.
        let policy = format!(
            r#"{{"pumice":1,"fields":{{"**":{{"type":{type_name},"on_invalid":"fail"{comma}{members}}}}}"#
        );
        let mut builder = Scrubber::builder(policy.as_bytes());
        if let Some(db) = self.geo {
            builder = builder.geo(db);
        }
        #[cfg(feature = "uap")]
        if let Some(rules) = self.uap {
            builder = builder.uap(rules);
        }
        let scrubber = builder.build().map_err(|error| match error.at() {
            At::Policy(pointer) => {
                let pointer = pointer.strip_prefix(RULE).unwrap_or(pointer).to_owned();
                Error::new(error.code()).at_place(At::Policy(pointer))
            }
            At::Nowhere | At::Rule(_) | At::Offset(_) | At::Column(_) => Error::new(error.code()),
        })?;
        Ok(Redactor { scrubber })
    }
}
