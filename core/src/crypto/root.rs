//! What wraps keys: a key service of the host, 32 bytes, or a passphrase; knows no document and no account.

use super::key::{self, Secret};
use crate::error::{Code, Error};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::ops::RangeInclusive;
use zeroize::Zeroizing;

/// The kind of a [`LocalRoot`].
pub(crate) const LOCAL: &str = "local";
/// The kind of a [`PassphraseRoot`].
pub(crate) const PASSPHRASE: &str = "passphrase";

/// Wraps keys so that only it can unwrap them: what a host implements for its key service (KMS).
///
/// Whatever is wrapped is wrapped together with a context, a list of name and value pairs, which a key service calls
/// the encryption context: the same key does not unwrap with another. Batch first: each call is one round trip where
/// the service allows it, its answers as many as what was asked, in that order.
///
/// A keyring never trusts an answer: each key is held to the commitment that stands beside it.
///
/// ```
/// use pumice::crypto::{KeyWrapper, Keyring, LocalRoot, RootInfo, Secret, UnwrapRequest, WrapRequest};
/// use pumice::{Code, Error};
/// use std::sync::Arc;
///
/// /// Stands in for the client of a key service.
/// struct Service {
///     name: String,
///     key: LocalRoot,
/// }
///
/// impl KeyWrapper for Service {
///     fn info(&self) -> RootInfo {
///         RootInfo { kind: "our-kms".to_owned(), id: self.name.clone(), argon2id: None }
///     }
///
///     fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
///         self.key.wrap(requests).map_err(|_| Error::new(Code::RootFailed))
///     }
///
///     fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
///         // What does not open in its context is told apart from a service that does not answer.
///         self.key.unwrap(requests)
///     }
/// }
///
/// let service = Service { name: "keys/events".to_owned(), key: LocalRoot::make()? };
/// let keyring = Keyring::make(Arc::new(service))?;
/// assert_eq!(Keyring::root_of(&keyring.to_bytes())?.id, "keys/events");
/// # Ok::<(), Error>(())
/// ```
pub trait KeyWrapper: Send + Sync {
    /// What a keyring writes down about it, to find it again: the same in every call.
    fn info(&self) -> RootInfo;

    /// Wraps each key with its context.
    ///
    /// # Errors
    /// [`Code::RootFailed`], and whatever else is answered becomes that.
    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error>;

    /// Unwraps each key with its context.
    ///
    /// # Errors
    /// [`Code::AuthenticationFailed`] if something was not wrapped by this root, or not in this context;
    /// [`Code::RootFailed`], and whatever else is answered becomes that.
    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error>;
}

/// A key to be wrapped. It prints as its type: the context names an account.
#[derive(Clone, Copy)]
pub struct WrapRequest<'a> {
    /// The key.
    pub key: &'a Secret,
    /// What it is for: names and values, of up to 65,535 bytes each.
    pub context: &'a [(&'a str, &'a str)],
}

/// A key to be unwrapped. It prints as its type: the context names an account.
#[derive(Clone, Copy)]
pub struct UnwrapRequest<'a> {
    /// What wrapping gave.
    pub wrapped: &'a [u8],
    /// The context that it was wrapped with.
    pub context: &'a [(&'a str, &'a str)],
}

impl fmt::Debug for WrapRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrapRequest(..)")
    }
}

impl fmt::Debug for UnwrapRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnwrapRequest(..)")
    }
}

/// Which root it is. Nothing of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootInfo {
    /// `local`, `passphrase`, or the word of a key service; not empty.
    pub kind: String,
    /// Which one of the kind: of 16 bytes as base64url, or the name of a key in a key service; not empty.
    pub id: String,
    /// How the root is made of a passphrase; only there.
    pub argon2id: Option<Argon2id>,
}

impl RootInfo {
    /// Whether it is the same root, however either came by it.
    pub(crate) fn is_same(&self, other: &RootInfo) -> bool {
        (&self.kind, &self.id) == (&other.kind, &other.id)
    }

    /// Whether a keyring may say so of its root.
    pub(crate) fn is_sound(&self) -> bool {
        match self.kind.as_str() {
            LOCAL => is_id(&self.id) && self.argon2id.is_none(),
            PASSPHRASE => is_id(&self.id) && self.argon2id.as_ref().is_some_and(Argon2id::is_bounded),
            service => !service.is_empty() && !self.id.is_empty() && self.argon2id.is_none(),
        }
    }

    /// Whether something of this length can be a key wrapped by it.
    pub(crate) fn may_wrap_to(&self, bytes: usize) -> bool {
        match self.kind.as_str() {
            LOCAL | PASSPHRASE => bytes == key::WRAPPED_BYTES,
            _ => bytes > 0,
        }
    }
}

fn is_id(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|id| id.len() == 16)
}

/// How a passphrase is made a root: Argon2id (RFC 9106), version 0x13.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argon2id {
    /// Lanes, 1 to 16. They run one after the other.
    pub lanes: u32,
    /// Memory in KiB, 8 for each lane to 1,048,576.
    pub memory_kib: u32,
    /// Passes over the memory, 1 to 16.
    pub passes: u32,
    /// Random, of its own for each root.
    pub salt: [u8; 16],
}

impl Argon2id {
    const LANES: RangeInclusive<u32> = 1..=16;
    const PASSES: RangeInclusive<u32> = 1..=16;
    const MOST_MEMORY_KIB: u32 = 1 << 20;

    /// The second recommended option of RFC 9106, in one lane.
    fn make() -> Result<Self, Error> {
        let mut salt = [0; 16];
        key::fill(&mut salt)?;
        Ok(Argon2id { lanes: 1, memory_kib: 65_536, passes: 3, salt })
    }

    /// Whether its costs are some that a document may ask for: it could otherwise ask for all memory, or for hours.
    fn is_bounded(&self) -> bool {
        Self::LANES.contains(&self.lanes)
            && Self::PASSES.contains(&self.passes)
            && (8 * self.lanes..=Self::MOST_MEMORY_KIB).contains(&self.memory_kib)
    }

    fn derive(&self, passphrase: &[u8]) -> Result<Secret, Error> {
        if !self.is_bounded() {
            return Err(Error::new(Code::KeyringInvalid));
        }
        let failed = || Error::new(Code::RootFailed);
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| failed())?;
        // Its own memory would not be wiped.
        let mut memory = Zeroizing::new(Vec::new());
        memory.try_reserve_exact(params.block_count()).map_err(|_| failed())?;
        memory.resize(params.block_count(), Block::new());
        let mut derived = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                passphrase,
                &self.salt,
                derived.as_mut_slice(),
                memory.as_mut_slice(),
            )
            .map_err(|_| failed())?;
        Secret::from_bytes(derived.as_slice())
    }
}

/// 32 bytes in use as a root.
struct Root {
    id: String,
    wrap: Zeroizing<[u8; 64]>,
}

impl Root {
    fn new(secret: &Secret) -> Self {
        let id = secret.derive::<16>(&[b"pumice/1/root/id"]);
        Root { id: URL_SAFE_NO_PAD.encode(*id), wrap: secret.derive(&[b"pumice/1/root/wrap"]) }
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        let wrap = |request: &WrapRequest<'_>| {
            let ad = associated(request.context).ok_or_else(|| Error::new(Code::RootFailed))?;
            key::wrap(&self.wrap, &ad, request.key).map(Vec::from)
        };
        requests.iter().map(wrap).collect()
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        let unwrap = |request: &UnwrapRequest<'_>| {
            let ad = associated(request.context).ok_or_else(|| Error::new(Code::RootFailed))?;
            key::unwrap(&self.wrap, &ad, request.wrapped)
        };
        requests.iter().map(unwrap).collect()
    }
}

/// The context as one string; each length stands before its text, so no two contexts are the same.
fn associated(context: &[(&str, &str)]) -> Option<Vec<u8>> {
    let mut ad = Vec::new();
    for text in context.iter().flat_map(|(name, value)| [name, value]) {
        ad.extend(u16::try_from(text.len()).ok()?.to_be_bytes());
        ad.extend(text.as_bytes());
    }
    Some(ad)
}

/// A root of 32 bytes, **in the clear** wherever it is kept: who reads them and the keyring has every key.
///
/// It is for machines that get it from a keeper of secrets (an orchestrator's secret, a mounted file), and for tests.
/// Where there is a key service, implement [`KeyWrapper`].
///
/// ```
/// use pumice::crypto::LocalRoot;
///
/// let root = LocalRoot::make()?;
/// let kept = root.to_text();
/// assert_eq!(kept.len(), 43);
/// LocalRoot::parse(kept.as_bytes())?;
/// # Ok::<(), pumice::Error>(())
/// ```
pub struct LocalRoot {
    secret: Secret,
    root: Root,
}

impl LocalRoot {
    /// A new one.
    ///
    /// # Errors
    /// [`Code::RandomFailed`]
    pub fn make() -> Result<Self, Error> {
        Secret::make().map(Self::new)
    }

    /// The one of these bytes. The caller wipes its own copy.
    ///
    /// # Errors
    /// [`Code::InvalidRoot`] unless they are 32 that are not all zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Secret::from_bytes(bytes).map(Self::new)
    }

    /// What a file or variable holds: the 32 bytes themselves, or their 43 characters of base64url ([`Self::to_text`]),
    /// with a line end or without. The caller wipes its own copy.
    ///
    /// # Errors
    /// [`Code::InvalidRoot`] if it is anything else, or all zero.
    pub fn parse(content: &[u8]) -> Result<Self, Error> {
        if content.len() == 32 {
            return Self::from_bytes(content);
        }
        let text = content.strip_suffix(b"\n").unwrap_or(content);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        // One byte more than a key has, as the decoder reckons in groups of three.
        let mut bytes = Zeroizing::new([0; 33]);
        let decoded = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut_slice());
        let length = decoded.map_err(|_| Error::new(Code::InvalidRoot))?;
        Self::from_bytes(bytes.get(..length).unwrap_or_default())
    }

    /// The 32 bytes as 43 characters of base64url: the root itself, to be kept where only its owner reads.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut encoded = Zeroizing::new([0; 43]);
        let written = URL_SAFE_NO_PAD.encode_slice(self.secret.expose(), encoded.as_mut_slice());
        debug_assert_eq!(written.ok(), Some(encoded.len()));
        // A text that grew would leave pieces of the key behind.
        let mut text = Zeroizing::new(String::with_capacity(encoded.len()));
        text.extend(encoded.iter().map(|byte| char::from(*byte)));
        text
    }

    fn new(secret: Secret) -> Self {
        LocalRoot { root: Root::new(&secret), secret }
    }
}

impl fmt::Debug for LocalRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalRoot(..)")
    }
}

impl KeyWrapper for LocalRoot {
    fn info(&self) -> RootInfo {
        RootInfo { kind: LOCAL.to_owned(), id: self.root.id.clone(), argon2id: None }
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.root.wrap(requests)
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        self.root.unwrap(requests)
    }
}

/// A root made of a passphrase by Argon2id. Whoever has the keyring can try passphrases: take a long one.
///
/// ```
/// use pumice::crypto::{Keyring, PassphraseRoot};
/// use std::sync::Arc;
///
/// let root = PassphraseRoot::make(b"correct horse battery staple")?;
/// let document = Keyring::make(Arc::new(root))?.to_bytes();
///
/// // The keyring tells how its root is made of the passphrase.
/// let argon2id = Keyring::root_of(&document)?.argon2id.unwrap();
/// let root = PassphraseRoot::open(b"correct horse battery staple", &argon2id)?;
/// Keyring::open(&document, Arc::new(root))?;
/// # Ok::<(), pumice::Error>(())
/// ```
pub struct PassphraseRoot {
    argon2id: Argon2id,
    root: Root,
}

impl PassphraseRoot {
    /// A new one: a salt of its own, 64 MiB, 3 passes, 1 lane. It takes some tenths of a second.
    ///
    /// # Errors
    /// [`Code::InvalidRoot`] if the passphrase is empty, [`Code::RandomFailed`], [`Code::RootFailed`] if there is not
    /// enough memory.
    pub fn make(passphrase: &[u8]) -> Result<Self, Error> {
        Self::open(passphrase, &Argon2id::make()?)
    }

    /// The one that a keyring was made with ([`Keyring::root_of`](super::Keyring::root_of)).
    ///
    /// # Errors
    /// [`Code::InvalidRoot`] if the passphrase is empty, [`Code::KeyringInvalid`] if the costs are out of their ranges,
    /// [`Code::RootFailed`] if there is not enough memory.
    pub fn open(passphrase: &[u8], argon2id: &Argon2id) -> Result<Self, Error> {
        if passphrase.is_empty() {
            return Err(Error::new(Code::InvalidRoot));
        }
        let root = Root::new(&argon2id.derive(passphrase)?);
        Ok(PassphraseRoot { argon2id: argon2id.clone(), root })
    }
}

impl fmt::Debug for PassphraseRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassphraseRoot(..)")
    }
}

impl KeyWrapper for PassphraseRoot {
    fn info(&self) -> RootInfo {
        let argon2id = Some(self.argon2id.clone());
        RootInfo { kind: PASSPHRASE.to_owned(), id: self.root.id.clone(), argon2id }
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.root.wrap(requests)
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        self.root.unwrap(requests)
    }
}
