//! Keys and their uses: envelopes, tokens, hashes, and the forgetting of subjects. It knows no policy and no path.

pub(crate) mod key;
mod subject;

pub use key::Secret;
pub use subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
