//! Keys and their uses: envelopes, tokens, hashes, and the forgetting of subjects. It knows no policy and no path.

mod b64;
mod cache;
mod envelope;
mod hash;
mod held;
pub(crate) mod key;
mod keyring;
mod keys;
mod memory;
mod plain;
mod pool;
mod root;
pub(crate) mod session;
mod subject;
mod subject_key;
mod token;

pub use key::Secret;
pub use keyring::{AccountInfo, KeyInfo, KeyState, Keyring, TokenRootInfo, TokenRootState};
pub use keys::{Forgotten, Keys, KeysBuilder};
pub use memory::MemoryStore;
pub use plain::{KeyOf, Owner, Plain, PlainKind};
pub use root::{Argon2id, KeyWrapper, LocalRoot, PassphraseRoot, RootInfo, UnwrapRequest, WrapRequest};
pub use subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
