//! Which accounts have which keys, and the document that keeps them, wrapped; knows no file, no event and no store.

mod document;
mod index;
mod spelling;
mod wrapping;

#[cfg(test)]
mod tests;

use super::key::{self, AccountKey, Kid, Secret, Tag, TokenRoot};
use super::root::{KeyWrapper, PassphraseRoot, RootInfo};
use super::subject::AccountTag;
use crate::error::{Code, Error};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document::{ACCOUNT_BYTES, Account, Document, MOST};
pub use document::{KeyState, TokenRootState};
use hmac::Hmac;
use index::{Hint, Index};
use sha2::Sha256;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use wrapping::Context;

/// How many accounts' keys are in the clear at once while a keyring gets a new root.
const REWRAPPED_AT_ONCE: usize = 512;

/// The keys of all accounts, wrapped by a root.
///
/// A keyring is read from a document and written to one; where it is kept is the host's affair. The document is JSON
/// that people can read. It holds no key in the clear and no value of an event, but the ids of the accounts. A MAC
/// seals it, under a key that only the root gives, so a document that someone else edited does not open; a host that
/// remembers the [sequence number](Self::sequence) also finds out when it is given an older one, in which destroyed keys
/// would live again.
///
/// Each account has a primary key, which seals, older ones that still open, and a token root, under which are the keys
/// of its subjects and which rotations leave alone. They are unwrapped when they are used; the keyring itself keeps
/// only the key of its MAC.
///
/// Whatever changes a keyring changes it wholly or, with an error, not at all.
///
/// ```
/// use pumice::Code;
/// use pumice::crypto::{KeyState, Keyring, LocalRoot};
/// use std::sync::Arc;
///
/// let root = Arc::new(LocalRoot::make()?);
/// let mut keyring = Keyring::make(root.clone())?;
/// keyring.add(&["AC1", "AC2"])?;
/// assert_eq!(keyring.rotate("AC1")?, 2);
/// let document = keyring.to_bytes();
///
/// let mut keyring = Keyring::open_pinned(&document, root.clone(), 3)?;
/// let first = keyring.accounts().next().unwrap();
/// let states: Vec<_> = first.keys.iter().map(|key| key.state).collect();
/// assert_eq!((first.account, states), ("AC1", vec![KeyState::DecryptOnly, KeyState::Primary]));
///
/// // Two account keys and a token root.
/// assert_eq!(keyring.forget_account("AC1")?, 3);
/// assert_eq!(keyring.sequence(), 4);
/// let older = Keyring::open_pinned(&document, root, 4);
/// assert_eq!(older.unwrap_err().code(), Code::KeyringRolledBack);
/// # Ok::<(), pumice::Error>(())
/// ```
pub struct Keyring {
    document: Document,
    index: Index,
    root: Arc<dyn KeyWrapper>,
    mac: Hmac<Sha256>,
}

/// An account of a keyring. It prints its keys, and not its id.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountInfo<'a> {
    /// Its id.
    pub account: &'a str,
    /// Its keys by version, from 1; at most one is primary.
    pub keys: Vec<KeyInfo>,
    /// Its token roots by version, from 1; at most one is live.
    pub token_roots: Vec<TokenRootInfo>,
}

/// An account key, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// From 1.
    pub version: u64,
    /// What it is for.
    pub state: KeyState,
    /// Its public name: what ciphertexts say of their key.
    pub kid: [u8; 16],
}

/// A token root, without the root.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRootInfo {
    /// From 1.
    pub version: u64,
    /// What it is for.
    pub state: TokenRootState,
    /// Its public name: what a store calls the account.
    pub tag: AccountTag,
}

impl KeyInfo {
    /// The kid as a keyring spells it, in base64url.
    #[must_use]
    pub fn kid_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.kid)
    }
}

impl TokenRootInfo {
    /// The tag as a keyring spells it, in base64url.
    #[must_use]
    pub fn tag_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.tag.0)
    }
}

/// An account's keys, in use.
pub(crate) struct AccountKeys {
    pub(crate) account: Box<str>,
    /// All, by version; the destroyed ones without the key.
    pub(crate) keys: Vec<(Kid, KeyState, Option<AccountKey>)>,
    /// The live one.
    pub(crate) token_root: Option<TokenRoot>,
}

/// An account that a token may belong to.
pub(crate) struct Hinted<'a> {
    pub(crate) account: &'a str,
    pub(crate) tag: Tag,
    pub(crate) state: TokenRootState,
}

/// What an account is to get.
struct Drawn<'a> {
    account: &'a str,
    key: New<Kid>,
    token_root: Option<New<Tag>>,
}

/// A key that is not part of the keyring yet.
struct New<Name> {
    secret: Secret,
    name: Name,
    version: u64,
}

/// What the accounts drawn for so far have taken, beside what is in the keyring.
#[derive(Default)]
struct Taken {
    kids: HashSet<Kid>,
    hints: HashSet<Hint>,
}

impl Keyring {
    /// A new one under this root, without accounts. Its sequence number is 1.
    ///
    /// # Errors
    /// [`Code::RandomFailed`], [`Code::RootFailed`] if the root does not wrap, [`Code::InvalidRoot`] if what it
    /// [says of itself](KeyWrapper::info) cannot stand in a document.
    pub fn make(root: Arc<dyn KeyWrapper>) -> Result<Self, Error> {
        let (info, mac_key, mac) = make_seal(root.as_ref())?;
        Ok(Keyring { document: Document::new(&info, mac_key), index: Index::default(), root, mac })
    }

    /// The one of this document.
    ///
    /// # Errors
    /// - [`Code::KeyringInvalid`]: it is not a keyring, of another version, or cut short.
    /// - [`Code::WrongRoot`]: it was made under another root.
    /// - [`Code::KeyringTampered`]: it was changed by someone without its keys.
    /// - [`Code::RootFailed`]: the root did not answer.
    pub fn open(document: &[u8], root: Arc<dyn KeyWrapper>) -> Result<Self, Error> {
        let (document, index) = Document::parse(document)?;
        if !document.root().is_same(&root.info()) {
            return Err(Error::new(Code::WrongRoot));
        }
        let mac_key = wrapping::unwrap_mac_key(root.as_ref(), &document.mac_key)?;
        let mac = key::keyed(mac_key.expose());
        if !document.is_sealed_by(&mac) {
            return Err(Error::new(Code::KeyringTampered));
        }
        Ok(Keyring { document, index, root, mac })
    }

    /// The one of this document, whose root is made of this passphrase.
    ///
    /// # Errors
    /// [`Code::WrongRoot`] if its root is none of a passphrase; those of [`PassphraseRoot::open`] and of [`Self::open`].
    pub fn open_by_passphrase(document: &[u8], passphrase: &[u8]) -> Result<Self, Error> {
        let argon2id = Self::root_of(document)?.argon2id.ok_or_else(|| Error::new(Code::WrongRoot))?;
        Self::open(document, Arc::new(PassphraseRoot::open(passphrase, &argon2id)?))
    }

    /// The one of this document, which must have at least this sequence number: the highest that the caller has seen.
    ///
    /// # Errors
    /// [`Code::KeyringRolledBack`] if its sequence number is lower, and those of [`Self::open`].
    pub fn open_pinned(document: &[u8], root: Arc<dyn KeyWrapper>, at_least: u64) -> Result<Self, Error> {
        let keyring = Self::open(document, root)?;
        if keyring.sequence() < at_least {
            return Err(Error::new(Code::KeyringRolledBack));
        }
        Ok(keyring)
    }

    /// Which root a document asks for. Nothing of it is authenticated yet: whoever can write the document chooses the
    /// answer.
    ///
    /// # Errors
    /// [`Code::KeyringInvalid`]
    pub fn root_of(document: &[u8]) -> Result<RootInfo, Error> {
        Document::parse(document).map(|(document, _)| document.root())
    }

    /// The document: JSON in UTF-8, laid out to be read. It is made without the root.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.sealed_by(&self.mac)
    }

    /// One higher after every change, from 1 to 2^53 - 1. Remember it where the document's writers cannot write, and
    /// [an older document](Self::open_pinned) is found out.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.document.sequence
    }

    /// All accounts, in the order in which they came, also those of which nothing lives.
    pub fn accounts(&self) -> impl Iterator<Item = AccountInfo<'_>> {
        self.document.accounts.iter().map(|account| AccountInfo {
            account: &account.account,
            keys: account
                .keys
                .iter()
                .map(|key| KeyInfo { version: key.version, state: key.state, kid: key.kid })
                .collect(),
            token_roots: account
                .token_roots
                .iter()
                .map(|root| TokenRootInfo {
                    version: root.version,
                    state: root.state,
                    tag: AccountTag(root.tag),
                })
                .collect(),
        })
    }

    /// Gives these accounts a key and a token root each. One that was forgotten gets new ones: what was sealed for it
    /// stays dead.
    ///
    /// Ids are UTF-8 of 1 to 65,535 bytes, and are the same account only if their bytes are.
    ///
    /// # Errors
    /// [`Code::AccountExists`] if one has a living key, or is named twice; [`Code::NoAccount`] if an id is empty or too
    /// long; [`Code::RandomFailed`], [`Code::RootFailed`]. The keyring is then as it was.
    pub fn add(&mut self, accounts: &[&str]) -> Result<(), Error> {
        let mut names = HashSet::new();
        for account in accounts {
            if !ACCOUNT_BYTES.contains(&account.len()) {
                return Err(Error::new(Code::NoAccount));
            }
            if self.find(account).is_some_and(Account::is_living) || !names.insert(*account) {
                return Err(Error::new(Code::AccountExists));
            }
        }
        let mut taken = Taken::default();
        let mut drawn = Vec::with_capacity(accounts.len());
        for account in accounts {
            let key = self.draw_key(account, &mut taken)?;
            let token_root = Some(self.draw_token_root(account, &mut taken)?);
            drawn.push(Drawn { account, key, token_root });
        }
        self.commit(&drawn)
    }

    /// Gives an account a new primary key, and says its version. The one before it still opens what it sealed. Tokens
    /// stay as they are.
    ///
    /// # Errors
    /// [`Code::UnknownAccount`]; [`Code::KeyDestroyed`] if the account was forgotten; [`Code::RandomFailed`],
    /// [`Code::RootFailed`]. The keyring is then as it was.
    pub fn rotate(&mut self, account: &str) -> Result<u64, Error> {
        let found = self.find(account).ok_or_else(|| Error::new(Code::UnknownAccount))?;
        if !found.is_living() {
            return Err(Error::new(Code::KeyDestroyed));
        }
        let key = self.draw_key(account, &mut Taken::default())?;
        let version = key.version;
        self.commit(&[Drawn { account, key, token_root: None }])?;
        Ok(version)
    }

    /// Puts all keys under another root. The keys themselves stay, so everything sealed still opens; the key of the
    /// MAC is a new one, so who had only the old root can no longer make such a document.
    ///
    /// # Errors
    /// [`Code::KeyringTampered`] if a key is not what its account says; [`Code::RandomFailed`]; [`Code::RootFailed`] if
    /// either root fails; [`Code::InvalidRoot`] as in [`Self::make`]. The keyring is then as it was.
    pub fn rewrap(&mut self, root: Arc<dyn KeyWrapper>) -> Result<(), Error> {
        let sequence = self.next_sequence()?;
        let (info, mac_key, mac) = make_seal(root.as_ref())?;
        let mut accounts = self.document.accounts.clone();
        for some in accounts.chunks_mut(REWRAPPED_AT_ONCE) {
            let old: Vec<_> = some.iter().flat_map(Account::wrapped).collect();
            let secrets = wrapping::unwrap(self.root.as_ref(), &old)?;
            let keys: Vec<_> = secrets.iter().zip(old).map(|(secret, old)| (secret, old.context)).collect();
            let new = wrapping::wrap(root.as_ref(), &info, &keys)?;
            some.iter_mut().flat_map(Account::wrapped_mut).zip(new).for_each(|(slot, new)| *slot = new);
        }
        self.document.accounts = accounts;
        self.document.set_root(&info, mac_key);
        self.document.sequence = sequence;
        self.root = root;
        self.mac = mac;
        Ok(())
    }

    /// Destroys all keys of an account, and says how many lived: account keys, and the token root. Their public names
    /// stay, so what they sealed is known to be dead.
    ///
    /// It is done once every copy of the document that still has the keys is gone.
    ///
    /// # Errors
    /// [`Code::UnknownAccount`]
    pub fn forget_account(&mut self, account: &str) -> Result<u64, Error> {
        let unknown = || Error::new(Code::UnknownAccount);
        let place = self.index.place(account).ok_or_else(unknown)?;
        let sequence = self.next_sequence()?;
        let account = self.document.accounts.get_mut(place).ok_or_else(unknown)?;
        let destroyed = account.destroy();
        if destroyed > 0 {
            self.document.sequence = sequence;
        }
        Ok(destroyed)
    }

    /// An account's keys, unwrapped in one batch, each held to its kid or tag. Of an account that was forgotten, the
    /// kids alone.
    ///
    /// # Errors
    /// [`Code::UnknownAccount`], [`Code::RootFailed`], [`Code::KeyringTampered`]
    pub(crate) fn keys_of(&self, account: &str) -> Result<AccountKeys, Error> {
        let account = self.find(account).ok_or_else(|| Error::new(Code::UnknownAccount))?;
        let wrapped: Vec<_> = account.wrapped().collect();
        let mut secrets = wrapping::unwrap(self.root.as_ref(), &wrapped)?.into_iter();
        let keys = account.keys.iter().map(|key| {
            let secret = key.wrapped.as_ref().and_then(|_| secrets.next());
            (key.kid, key.state, secret.map(|secret| AccountKey::new(&secret)))
        });
        let keys = keys.collect();
        Ok(AccountKeys {
            account: account.account.as_str().into(),
            keys,
            token_root: secrets.next().map(|secret| TokenRoot::new(&secret)),
        })
    }

    /// The accounts whose token roots, living or destroyed, have this hint. At most one lives.
    pub(crate) fn with_hint(&self, hint: Hint) -> impl Iterator<Item = Hinted<'_>> {
        self.index.with_hint(hint).filter_map(|(place, at)| {
            let account = self.document.accounts.get(place)?;
            let root = account.token_roots.get(at)?;
            Some(Hinted { account: &account.account, tag: root.tag, state: root.state })
        })
    }

    /// The tags of an account's token roots, also of those that are gone: what stores call it, and have called it.
    pub(crate) fn tags_of(&self, account: &str) -> Vec<AccountTag> {
        let roots = self.find(account).into_iter().flat_map(|account| &account.token_roots);
        roots.map(|root| AccountTag(root.tag)).collect()
    }

    fn find(&self, account: &str) -> Option<&Account> {
        self.index.place(account).and_then(|place| self.document.accounts.get(place))
    }

    fn next_sequence(&self) -> Result<u64, Error> {
        let next = self.document.sequence + 1;
        if next <= MOST { Ok(next) } else { Err(Error::new(Code::KeyringInvalid)) }
    }

    fn draw_key(&self, account: &str, taken: &mut Taken) -> Result<New<Kid>, Error> {
        let version = self.find(account).map_or(1, Account::next_key);
        let free = |kid: &Kid| !self.index.has_kid(kid) && taken.kids.insert(*kid);
        make_unlike(Secret::make, key::kid, free).map(|(secret, name)| New { secret, name, version })
    }

    /// Its hint is unlike all others, so that a token leads to one account.
    fn draw_token_root(&self, account: &str, taken: &mut Taken) -> Result<New<Tag>, Error> {
        let version = self.find(account).map_or(1, Account::next_token_root);
        let free = |tag: &Tag| {
            let hint = index::hint(tag);
            !self.index.has_hint(&hint) && taken.hints.insert(hint)
        };
        make_unlike(Secret::make, key::tag, free).map(|(secret, name)| New { secret, name, version })
    }

    /// Wraps what was drawn, in one batch, and takes it in. Only the first step can fail.
    fn commit(&mut self, drawn: &[Drawn<'_>]) -> Result<(), Error> {
        if drawn.is_empty() {
            return Ok(());
        }
        let sequence = self.next_sequence()?;
        let keys: Vec<_> = drawn.iter().flat_map(Drawn::keys).collect();
        let mut wrapped = wrapping::wrap(self.root.as_ref(), &self.document.root(), &keys)?.into_iter();
        for Drawn { account, key, token_root } in drawn {
            let place = self.index.place(account).unwrap_or_else(|| {
                self.index.add_account(account, self.document.accounts.len());
                self.document.accounts.push(Account::new(account));
                self.document.accounts.len() - 1
            });
            let Some(account) = self.document.accounts.get_mut(place) else { continue };
            account.add_key(key.name, wrapped.next());
            self.index.add_kid(key.name);
            if let Some(root) = token_root {
                self.index.add_token_root(&root.name, (place, account.token_roots.len()));
                account.add_token_root(root.name, wrapped.next());
            }
        }
        self.document.sequence = sequence;
        Ok(())
    }
}

impl Drawn<'_> {
    fn keys(&self) -> impl Iterator<Item = (&Secret, Context<'_>)> {
        let key = (&self.key.secret, Context::account_key(self.account, self.key.version));
        let token_root = self.token_root.as_ref();
        let token_root =
            token_root.map(|root| (&root.secret, Context::token_root(self.account, root.version)));
        std::iter::once(key).chain(token_root)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} accounts, sequence {})", self.document.accounts.len(), self.sequence())
    }
}

impl fmt::Debug for AccountInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account: _, keys, token_roots } = self;
        let mut info = f.debug_struct("AccountInfo");
        info.field("keys", keys).field("token_roots", token_roots).finish_non_exhaustive()
    }
}

/// A new MAC key, wrapped by the root, and ready to be used.
fn make_seal(root: &dyn KeyWrapper) -> Result<(RootInfo, Vec<u8>, Hmac<Sha256>), Error> {
    let info = root.info();
    if !info.is_sound() {
        return Err(Error::new(Code::InvalidRoot));
    }
    let mac_key = Secret::make()?;
    let wrapped = wrapping::wrap(root, &info, &[(&mac_key, Context::mac_key())])?;
    let wrapped = wrapped.into_iter().next().ok_or_else(|| Error::new(Code::RootFailed))?;
    Ok((info, wrapped, key::keyed(mac_key.expose())))
}

/// How often a key is drawn anew because its name is taken. Names have 40 random bits at least: so many taken ones in a
/// row are no chance, but a source of randomness that repeats itself.
const DRAWS: usize = 16;

/// A new key with a name that is free.
fn make_unlike<Name>(
    mut make: impl FnMut() -> Result<Secret, Error>,
    name_of: impl Fn(&Secret) -> Name,
    mut is_free: impl FnMut(&Name) -> bool,
) -> Result<(Secret, Name), Error> {
    for _ in 0..DRAWS {
        let secret = make()?;
        let name = name_of(&secret);
        if is_free(&name) {
            return Ok((secret, name));
        }
    }
    Err(Error::new(Code::RandomFailed))
}
