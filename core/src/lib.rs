//! pumice scrubs personal data out of events before they leave the producer.
//!
//! ```
//! use pumice::Scrubber;
//!
//! let policy = br#"{"pumice": 1, "fields": {"user.email": "email", "context.ip": "ip"}}"#;
//! let scrubber = Scrubber::builder(policy).build()?;
//!
//! let event = br#"{"user":{"email":"john@gmail.com"},"context":{"ip":"207.164.33.12"},"total":89.00}"#;
//! let scrubbed = scrubber.scrub(event)?;
//! assert_eq!(scrubbed, br#"{"user":{"email":"j***@gmail.com"},"context":{"ip":"207.164.0.0"},"total":89.00}"#);
//! # Ok::<(), pumice::Error>(())
//! ```
//!
//! - [`Scrubber`] is a policy ready to run, shared by any number of threads. Each thread that has many events takes a
//!   [`Worker`] of it, which keeps its buffers and what it learned of the events' shape.
//! - A scrubber is made of one policy or of a [set](policy::PolicySet) of them, of which each event names one.
//! - [`schema`] reads what companies' schemas say of fields, and [`governance`] makes a policy out of that and of rules that say
//!   who may see what.
//! - [`Redactor`] redacts single values by type and options, without a policy.
//! - [`policy`] is the document: which fields, and what is done with them; [`selector`] says which fields.
//! - [`schema`] reads the schemas that companies already have: which fields there are, what they are, and what an event
//!   must look like.
//! - [`redact`] has the redactions themselves, one module for each type; [`GeoDb`] knows where an address is.
//! - [`crypto`] has the keys, for fields that are encrypted, tokenized or hashed: [`crypto::Keyring`], the
//!   [`crypto::SubjectStore`], and [`crypto::Keys`], which puts both to work and forgets.
//! - [`Error`] has a stable [`Code`] and says where; [`Report`] counts. Neither ever holds a value or a key of an event.
//!
//! **It fails closed.** Whatever goes wrong, the value that was to be treated does not come out: a value that cannot be
//! read as its type becomes `null`, goes, or refuses its event; an event that is not strictly RFC 8259 gives an error and
//! no output; whatever a policy says that this version does not know is an error when the scrubber is built.
//!
//! **It is pure.** No I/O, no async, no clock, no environment, no global state; where keys are used, it asks the operating
//! system for random bytes. The one file with `unsafe` code holds vector instructions.
//!
//! Feature `arrow` adds batches of columns, [`Scrubber::scrub_batch`], and columns of events, with the `arrow-array` crate of
//! version 60. Feature `uap` adds the uap-core rules for user agents. On by default are `compact` (user agents without such
//! rules), `geo` (places of addresses), `keys` (encrypt, tokenize, hash) and `sets` (of policies, and shapes): a build without one
//! refuses policies that need it, and is smaller. So is one without `speed`, which does the same and takes longer.

#[cfg(feature = "arrow")]
mod arrow;
pub mod crypto;
mod document;
mod error;
mod geo;
pub mod governance;
mod json;
mod lex;
mod parts;
mod plan;
pub mod policy;
mod quote;
pub mod redact;
mod report;
mod scalar;
pub mod schema;
mod scrubber;
pub mod selector;
mod shape;
mod simd;

#[cfg(feature = "arrow")]
pub use arrow::ByRow;
pub use error::{At, Code, Error};
pub use geo::{GeoDb, Place};
pub use report::{Report, RuleCounts};
pub use scalar::Scalar;
#[cfg(feature = "arrow")]
pub use scrubber::BatchOptions;
pub use scrubber::{
    Builder, Explanation, Lines, Mismatch, MismatchKind, OnError, Redactor, RedactorBuilder, Scrubber, Whose,
    Worker,
};
