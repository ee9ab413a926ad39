//! Keys and their uses: envelopes, tokens, hashes, and the forgetting of subjects. It knows no policy and no path.

pub(crate) mod key;
mod stub;
mod subject;

pub use key::Secret;
pub(crate) use stub::Session;
pub use stub::{KeyOf, Keys, Owner, PlainKind};
pub use subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
