//! The document of a keyring: its members, what they must be, its one canonical form and the MAC over it. It holds
//! nothing that is secret.

use super::super::key::{Kid, Tag};
use super::super::root::{Argon2id, RootInfo};
use super::index::Index;
use super::spelling::{Word, b64, b64_present, object, objects, present, word};
use super::wrapping::{Commitment, Context, Wrapped};
use crate::error::{Code, Error};
use hmac::{Hmac, Mac};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use sha2::Sha256;

/// The version of the format that this build reads and writes.
const FORMAT: u64 = 1;

/// The highest sequence number: the canonical form writes greater integers as doubles, no longer unlike one another.
pub(super) const MOST: u64 = (1 << 53) - 1;

/// Bytes of an account's id.
pub(super) const ACCOUNT_BYTES: std::ops::RangeInclusive<usize> = 1..=65_535;

// In all of these, members stand in the order of the canonical form (RFC 8785): that of the alphabet.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(deserialize_with = "objects")]
    pub(super) accounts: Vec<Account>,
    #[serde(with = "b64")]
    mac: [u8; 32],
    #[serde(with = "b64")]
    pub(super) mac_key: Vec<u8>,
    pumice_keyring: u64,
    #[serde(deserialize_with = "object")]
    root: Root,
    pub(super) sequence: u64,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) account: String,
    #[serde(deserialize_with = "objects")]
    pub(super) keys: Vec<Key>,
    #[serde(deserialize_with = "objects")]
    pub(super) token_roots: Vec<TokenRoot>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    #[serde(with = "b64")]
    pub(super) kid: Kid,
    #[serde(with = "word")]
    pub(super) state: KeyState,
    pub(super) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "b64_present")]
    pub(super) wrapped: Option<Vec<u8>>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRoot {
    #[serde(with = "word")]
    pub(super) state: TokenRootState,
    #[serde(with = "b64")]
    pub(super) tag: Tag,
    pub(super) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "b64_present")]
    pub(super) wrapped: Option<Vec<u8>>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Root {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    argon2id: Option<Costs>,
    id: String,
    kind: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Costs {
    lanes: u32,
    memory_kib: u32,
    passes: u32,
    #[serde(with = "b64")]
    salt: [u8; 16],
}

/// What an account key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// It seals and opens.
    Primary,
    /// It opens what it once sealed.
    DecryptOnly,
    /// It is gone, and what it sealed is dead.
    Destroyed,
}

/// What a token root is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenRootState {
    /// The keys of the account's subjects are under it.
    Live,
    /// It is gone, and with it every token and subject key under it.
    Destroyed,
}

impl KeyState {
    /// The state as a keyring spells it: `primary`, `decrypt_only`, `destroyed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

impl Word for KeyState {
    const ALL: &'static [(&'static str, Self)] = &[
        ("primary", KeyState::Primary),
        ("decrypt_only", KeyState::DecryptOnly),
        ("destroyed", KeyState::Destroyed),
    ];
}

impl TokenRootState {
    /// The state as a keyring spells it: `live`, `destroyed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

impl Word for TokenRootState {
    const ALL: &'static [(&'static str, Self)] =
        &[("live", TokenRootState::Live), ("destroyed", TokenRootState::Destroyed)];
}

impl Document {
    /// An empty one.
    pub(super) fn new(root: &RootInfo, mac_key: Vec<u8>) -> Self {
        let root = Root::from(root);
        Document { accounts: Vec::new(), mac: [0; 32], mac_key, pumice_keyring: FORMAT, root, sequence: 1 }
    }

    /// Reads a document. Nothing of it is authenticated yet.
    ///
    /// # Errors
    /// [`Code::KeyringInvalid`]
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, Index), Error> {
        // What serde says would quote the document.
        let invalid = || Error::new(Code::KeyringInvalid);
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let document: Document = object(&mut reader).map_err(|_| invalid())?;
        reader.end().map_err(|_| invalid())?;
        let root = document.root();
        let is_sound = document.pumice_keyring == FORMAT
            && document.sequence <= MOST
            && root.is_sound()
            && root.may_wrap_to(document.mac_key.len())
            && document.accounts.iter().all(|account| account.is_sound(&root));
        let index = Index::of(&document.accounts).filter(|_| is_sound).ok_or_else(invalid)?;
        Ok((document, index))
    }

    /// Whether this key made its MAC.
    pub(super) fn is_sealed_by(&self, key: &Hmac<Sha256>) -> bool {
        self.hashed(key).verify_slice(&self.mac).is_ok()
    }

    /// The document as it is kept, for people to read, with its MAC.
    pub(super) fn sealed_by(&self, key: &Hmac<Sha256>) -> Vec<u8> {
        let mac = self.hashed(key).finalize().into_bytes().into();
        let sealed = serde_json::to_vec_pretty(&Written { document: self, mac: Some(mac) });
        // INVARIANT: writing fails only on keys of maps that are no strings, and there is no map.
        debug_assert!(sealed.is_ok());
        sealed.unwrap_or_default()
    }

    fn hashed(&self, key: &Hmac<Sha256>) -> Hmac<Sha256> {
        let canonical = serde_json::to_vec(&Written { document: self, mac: None });
        debug_assert!(canonical.is_ok());
        key.clone().chain_update(canonical.unwrap_or_default())
    }

    pub(super) fn root(&self) -> RootInfo {
        RootInfo::from(&self.root)
    }

    pub(super) fn set_root(&mut self, root: &RootInfo, mac_key: Vec<u8>) {
        self.root = Root::from(root);
        self.mac_key = mac_key;
    }
}

/// A document as it is written: the canonical form has no MAC.
struct Written<'a> {
    document: &'a Document,
    mac: Option<[u8; 32]>,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct B64<'a>(#[serde(with = "b64")] &'a [u8]);
        let Document { accounts, mac: _, mac_key, pumice_keyring, root, sequence } = self.document;
        let mut members = serializer.serialize_struct("Keyring", 6)?;
        members.serialize_field("accounts", accounts)?;
        if let Some(mac) = &self.mac {
            members.serialize_field("mac", &B64(mac))?;
        }
        members.serialize_field("mac_key", &B64(mac_key))?;
        members.serialize_field("pumice_keyring", pumice_keyring)?;
        members.serialize_field("root", root)?;
        members.serialize_field("sequence", sequence)?;
        members.end()
    }
}

impl Account {
    /// One with neither key nor token root yet.
    pub(super) fn new(account: &str) -> Self {
        Account { account: account.to_owned(), keys: Vec::new(), token_roots: Vec::new() }
    }

    fn is_sound(&self, root: &RootInfo) -> bool {
        let is_wrapped = |wrapped: Option<&Vec<u8>>, is_destroyed: bool| match wrapped {
            Some(wrapped) => !is_destroyed && root.may_wrap_to(wrapped.len()),
            None => is_destroyed,
        };
        let keys = || self.keys.iter();
        let token_roots = || self.token_roots.iter();
        ACCOUNT_BYTES.contains(&self.account.len())
            && counts_from_1(keys().map(|key| key.version))
            && counts_from_1(token_roots().map(|root| root.version))
            && keys().all(|key| is_wrapped(key.wrapped.as_ref(), key.state == KeyState::Destroyed))
            && token_roots()
                .all(|root| is_wrapped(root.wrapped.as_ref(), root.state == TokenRootState::Destroyed))
            && keys().filter(|key| key.state == KeyState::Primary).count() <= 1
            // The token root lives as long as any key does.
            && token_roots().filter(|root| root.state == TokenRootState::Live).count()
                == usize::from(self.is_living())
    }

    /// Whether it has a key that is not destroyed.
    pub(super) fn is_living(&self) -> bool {
        self.keys.iter().any(|key| key.state != KeyState::Destroyed)
    }

    pub(super) fn next_key(&self) -> u64 {
        self.keys.last().map_or(1, |key| key.version + 1)
    }

    pub(super) fn next_token_root(&self) -> u64 {
        self.token_roots.last().map_or(1, |root| root.version + 1)
    }

    /// A new primary key. The one before it only opens from now on.
    pub(super) fn add_key(&mut self, kid: Kid, wrapped: Option<Vec<u8>>) {
        let version = self.next_key();
        for key in self.keys.iter_mut().filter(|key| key.state == KeyState::Primary) {
            key.state = KeyState::DecryptOnly;
        }
        self.keys.push(Key { kid, state: KeyState::Primary, version, wrapped });
    }

    pub(super) fn add_token_root(&mut self, tag: Tag, wrapped: Option<Vec<u8>>) {
        let version = self.next_token_root();
        self.token_roots.push(TokenRoot { state: TokenRootState::Live, tag, version, wrapped });
    }

    /// Leaves the names of its keys; how many there were.
    pub(super) fn destroy(&mut self) -> u64 {
        let mut destroyed = 0;
        for key in &mut self.keys {
            destroyed += u64::from(key.wrapped.take().is_some());
            key.state = KeyState::Destroyed;
        }
        for root in &mut self.token_roots {
            destroyed += u64::from(root.wrapped.take().is_some());
            root.state = TokenRootState::Destroyed;
        }
        destroyed
    }

    /// Its living keys, then its living token root, in the order of [`Self::wrapped_mut`].
    pub(super) fn wrapped(&self) -> impl Iterator<Item = Wrapped<'_>> {
        let keys = self.keys.iter().filter_map(|key| {
            Some(Wrapped {
                bytes: key.wrapped.as_ref()?,
                context: Context::account_key(&self.account, key.version),
                commitment: Commitment::AccountKey(key.kid),
            })
        });
        let token_roots = self.token_roots.iter().filter_map(|root| {
            Some(Wrapped {
                bytes: root.wrapped.as_ref()?,
                context: Context::token_root(&self.account, root.version),
                commitment: Commitment::TokenRoot(root.tag),
            })
        });
        keys.chain(token_roots)
    }

    pub(super) fn wrapped_mut(&mut self) -> impl Iterator<Item = &mut Vec<u8>> {
        let keys = self.keys.iter_mut().filter_map(|key| key.wrapped.as_mut());
        keys.chain(self.token_roots.iter_mut().filter_map(|root| root.wrapped.as_mut()))
    }
}

/// A version is never left out, as what is destroyed leaves its name behind. There is one at least.
fn counts_from_1(versions: impl Iterator<Item = u64>) -> bool {
    let mut last = 0;
    versions.zip(1..).all(|(version, due)| {
        last = due;
        version == due
    }) && last > 0
}

impl From<&RootInfo> for Root {
    fn from(info: &RootInfo) -> Self {
        let argon2id = info.argon2id.as_ref().map(|costs| Costs {
            lanes: costs.lanes,
            memory_kib: costs.memory_kib,
            passes: costs.passes,
            salt: costs.salt,
        });
        Root { argon2id, id: info.id.clone(), kind: info.kind.clone() }
    }
}

impl From<&Root> for RootInfo {
    fn from(root: &Root) -> Self {
        let argon2id = root.argon2id.as_ref().map(|costs| Argon2id {
            lanes: costs.lanes,
            memory_kib: costs.memory_kib,
            passes: costs.passes,
            salt: costs.salt,
        });
        RootInfo { argon2id, id: root.id.clone(), kind: root.kind.clone() }
    }
}
