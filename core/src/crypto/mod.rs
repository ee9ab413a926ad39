//! Keys and their uses: envelopes, tokens, hashes, and the forgetting of subjects. It knows no policy and no path.

pub(crate) mod key;
mod keyring;
mod root;
mod subject;

pub use key::Secret;
pub use keyring::{AccountInfo, KeyInfo, KeyState, Keyring, TokenRootInfo, TokenRootState};
pub use root::{Argon2id, KeyWrapper, LocalRoot, PassphraseRoot, RootInfo, UnwrapRequest, WrapRequest};
pub use subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
