//! Keys and their uses: envelopes, tokens, hashes, and the forgetting of subjects. It knows no policy and no path.

mod b64;
mod envelope;
mod hash;
pub(crate) mod key;
mod memory;
mod plain;
mod subject;
mod token;

pub use key::Secret;
pub use memory::MemoryStore;
pub use plain::{KeyOf, Owner, Plain, PlainKind};
pub use subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
