//! Keys and their uses: envelopes, tokens, hashes, and the forgetting of subjects. It knows no policy and no path.
//!
//! [`Keyring`] has the keys of accounts, wrapped by a [`KeyWrapper`]; a [`SubjectStore`] has those of subjects; [`Keys`]
//! uses both.
//!
//! What must be deletable alone is random and stored, wrapped; what dies with its parent is derived:
//!
//! - A **root** wraps all else. It is the host's: a key service behind [`KeyWrapper`], or a [`LocalRoot`] or
//!   [`PassphraseRoot`].
//! - A [`Keyring`] has the account keys and token roots of all accounts, in a document that the host keeps.
//! - A [`SubjectStore`] has one small record for each subject in an account.
//!
//! Every byte is written down in `docs/FORMATS.md`.
//!
//! # Crates
//!
//! The primitives are RustCrypto's. What is known of them, as their own pages say it:
//!
//! | crate | for | audited |
//! |---|---|---|
//! | `aes-gcm`, with `aes`, `ghash`, `polyval` | ciphertexts | by NCC Group in 2020, for MobileCoin, without significant findings; they have changed since |
//! | `aes-siv`, with `cmac`, `dbl` | tokens, wrapped keys | never; its page says so, and that it was not thoroughly assessed to run in constant time. Its AES is the one above |
//! | `hkdf`, `hmac`, `sha2` | derived keys, hashes, the MAC | they claim none, and we know of none |
//! | `argon2`, with `blake2` | passphrases | they claim none, and we know of none |
//! | `zeroize`, `getrandom`, `base64`, `lru` | wiping, randomness of the system, spelling, caches | they claim none, and we know of none |
//!
//! None of it is certified (FIPS 140). Secrets are wiped when they are dropped; copies that a compiler left in registers
//! or on the stack are beyond that.

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
mod session;
mod subject;
mod subject_key;
mod token;
#[cfg(test)]
mod vectors;

pub use key::Secret;
pub use keyring::{AccountInfo, KeyInfo, KeyState, Keyring, TokenRootInfo, TokenRootState};
pub use keys::{Forgotten, Keys, KeysBuilder};
pub use memory::MemoryStore;
pub use plain::{KeyOf, Owner, Plain, PlainKind};
pub use root::{Argon2id, KeyWrapper, LocalRoot, PassphraseRoot, RootInfo, UnwrapRequest, WrapRequest};
pub(crate) use session::Session;
pub use subject::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
