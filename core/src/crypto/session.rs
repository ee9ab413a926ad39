//! One call, be it of one value or of many: its random bytes, salts and keys, of which nothing outlives it; knows no event.

use super::envelope::{self, Buffers, Envelope, Header, MessageKey, Place, Salt, VALUES_PER_SALT};
use super::hash;
use super::held::{Held, Last};
use super::key::{Kid, TokenRoot};
use super::keyring::AccountKeys;
use super::keys::{Absent, Fetched, Keys, join};
use super::plain::{KeyOf, Owner, PlainKind};
use super::pool::Pool;
use super::subject::RecordId;
use super::subject_key::{SubjectKey, record_key};
use super::token::{self, Hint, Sort, Token, TokenKey, Whose};
use crate::error::{Code, Error};
use crate::scalar::Kind;
use std::sync::Arc;

/// What one call needs beside the [`Keys`]: always the same ones, until it is cleared.
///
/// Whatever fails, nothing is appended to the output.
#[derive(Default)]
pub(crate) struct Session {
    generation: u64,
    pool: Pool,
    accounts: Held<String, Arc<AccountKeys>>,
    subject: LastSubject,
    hinted: Last<Hint, Arc<AccountKeys>>,
    sealing: Held<(Kid, Option<RecordId>), Sealing>,
    opening: Held<(Kid, Option<RecordId>, Salt), MessageKey>,
    token_key: LastTokenKey,
    fetched: Fetched,
    missing: Vec<RecordId>,
    buffers: Buffers,
}

/// A key, its salt, and for how many values more.
struct Sealing {
    key: MessageKey,
    salt: Salt,
    left: u32,
}

impl Sealing {
    fn make(pool: &mut Pool, key: impl FnOnce(&Salt) -> MessageKey) -> Result<Self, Error> {
        let salt = pool.take()?;
        Ok(Sealing { key: key(&salt), salt, left: VALUES_PER_SALT })
    }
}

/// How far to go for a subject's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What is in memory. What is not is to be fetched, many at a time.
    Memory,
    /// The store, and none is made.
    Kept,
    /// The store, and a new subject gets a key there.
    Store,
}

/// Under whose key a ciphertext has to be.
#[derive(Clone, Copy)]
pub(crate) enum Under<'a> {
    /// The one that it names.
    Any,
    /// The account's alone.
    Account,
    /// This subject's.
    Subject(&'a str),
}

impl Under<'_> {
    fn is(self, root: Option<&TokenRoot>, subject: Option<&SubjectKey>) -> bool {
        match (self, root, subject) {
            (Under::Any, _, _) | (Under::Account, _, None) => true,
            (Under::Subject(name), Some(root), Some(found)) => found.record_key == record_key(root, name),
            (Under::Account, _, Some(_)) | (Under::Subject(_), _, _) => false,
        }
    }
}

/// What came of a search for a subject's key by its record's id.
enum Search {
    Found(Arc<SubjectKey>),
    /// The store has to be asked.
    Unknown,
    Forgotten,
}

impl Session {
    /// Appends the ciphertext of a value to `out`.
    ///
    /// # Errors
    /// [`Code::NoAccount`], [`Code::NoSubject`], [`Code::InvalidOption`] for the field; [`Code::UnknownAccount`],
    /// [`Code::KeyDestroyed`]; [`Code::NeedsStore`]; those of the root, the store and the randomness.
    #[expect(clippy::too_many_arguments, reason = "a value, where it is from, and where it goes")]
    pub(crate) fn encrypt(
        &mut self,
        keys: &Keys,
        owner: &Owner<'_>,
        by: KeyOf,
        field: &str,
        kind: PlainKind,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let place = Place::new(owner.account, field)?;
        self.refresh(keys);
        let Session { accounts, subject, pool, sealing, buffers, .. } = self;
        let account = accounts.named(keys, owner.account)?;
        let key = account.primary()?;
        let subject = match by {
            KeyOf::Account => None,
            KeyOf::Subject => {
                let root = account.token_root()?;
                let subject = subject.of_owner(keys, root, owner, Reach::Store)?;
                Some((root, reached(subject)?))
            }
        };
        let id = subject.map(|(_, subject)| subject.id);
        let derive = |salt: &Salt| match subject {
            None => MessageKey::new(&key.enc, salt),
            Some((_, subject)) => subject.message_key(key, salt),
        };
        let sealing = sealing.get_or_make(&(key.kid, id), || Sealing::make(pool, derive))?;
        if sealing.left == 0 {
            *sealing = Sealing::make(pool, derive)?;
        }
        let iv = pool.take()?;
        sealing.left -= 1;
        let masked = subject.map(|(root, subject)| envelope::mask(root, subject.id, &sealing.salt, &iv));
        let header = Header { kind, kid: key.kid, masked, salt: sealing.salt };
        envelope::seal(&sealing.key, &header, place, &iv, plain, buffers, out)
    }

    /// Appends what a ciphertext holds to `out`, and says what it is. None if a key has to be fetched.
    ///
    /// # Errors
    /// [`Code::NotOurs`], [`Code::UnknownVersion`], [`Code::Malformed`]; [`Code::UnknownAccount`], [`Code::UnknownKey`],
    /// [`Code::KeyDestroyed`]; [`Code::NeedsStore`], [`Code::Forgotten`]; [`Code::AuthenticationFailed`]; those of the root
    /// and the store.
    pub(crate) fn open(
        &mut self,
        keys: &Keys,
        (account_id, field): (&str, &str),
        under: Under<'_>,
        text: &str,
        reach: Reach,
        out: &mut Vec<u8>,
    ) -> Result<Option<PlainKind>, Error> {
        self.refresh(keys);
        let Session { accounts, opening, fetched, missing, buffers, generation, .. } = self;
        let Buffers { raw, bound } = buffers;
        let envelope = Envelope::parse(text, raw)?;
        let Header { kid, masked, salt, .. } = envelope.header;
        let account = accounts.named(keys, account_id)?;
        let key = account.with_kid(&kid)?;
        let subject = match masked {
            None => None,
            Some(masked) => {
                let root = account.token_root()?;
                let id = envelope::mask(root, masked, &salt, &envelope.iv);
                match search(keys, root, id, reach, fetched, *generation)? {
                    Search::Found(subject) => Some(subject),
                    Search::Forgotten => return Err(Error::new(Code::Forgotten)),
                    Search::Unknown => {
                        missing.push(id);
                        return Ok(None);
                    }
                }
            }
        };
        if !under.is(account.token_root.as_ref(), subject.as_deref()) {
            return Err(Error::new(Code::AuthenticationFailed));
        }
        let id = subject.as_ref().map(|subject| subject.id);
        let message_key = opening.get_or_make(&(kid, id, salt), || {
            Ok(match &subject {
                None => MessageKey::new(&key.enc, &salt),
                Some(subject) => subject.message_key(key, &salt),
            })
        })?;
        // Nothing was sealed for a field that cannot be.
        let place = Place::new(account_id, field).map_err(|_| Error::new(Code::AuthenticationFailed))?;
        envelope.open(message_key, place, bound, out).map(Some)
    }

    /// Appends what a ciphertext holds to `out`, and says what it is.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub(crate) fn decrypt(
        &mut self,
        keys: &Keys,
        account: &str,
        field: &str,
        text: &str,
        out: &mut Vec<u8>,
    ) -> Result<PlainKind, Error> {
        self.open(keys, (account, field), Under::Any, text, Reach::Store, out).and_then(reached)
    }

    /// The same, of what [`Self::encrypt`] is to have made for this owner.
    ///
    /// # Errors
    /// Those of [`Self::open`], and [`Code::NoSubject`].
    pub(crate) fn decrypt_made(
        &mut self,
        keys: &Keys,
        owner: &Owner<'_>,
        by: KeyOf,
        field: &str,
        text: &str,
        out: &mut Vec<u8>,
    ) -> Result<PlainKind, Error> {
        let under = match by {
            KeyOf::Account => Under::Account,
            KeyOf::Subject => Under::Subject(owner.subject.ok_or_else(|| Error::new(Code::NoSubject))?),
        };
        self.open(keys, (owner.account, field), under, text, Reach::Store, out).and_then(reached)
    }

    /// Appends the token of a value to `out`.
    ///
    /// # Errors
    /// Those of [`Self::seal_token`].
    pub(crate) fn tokenize(
        &mut self,
        keys: &Keys,
        owner: &Owner<'_>,
        value_type: Kind,
        kind: PlainKind,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let sort = Sort::new(kind, value_type)?;
        self.seal_token(keys, owner, sort, plain, Reach::Store, out).and_then(reached)
    }

    /// The same, but for a subject that has no key: it gets none.
    ///
    /// # Errors
    /// Those of [`Self::seal_token`].
    pub(crate) fn tokenize_again(
        &mut self,
        keys: &Keys,
        owner: &Owner<'_>,
        value_type: Kind,
        kind: PlainKind,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let sort = Sort::new(kind, value_type)?;
        self.seal_token(keys, owner, sort, plain, Reach::Kept, out).and_then(reached)
    }

    /// Appends the token of a value to `out`. None if the subject's key has to be fetched or made.
    /// [`Code::Forgotten`] if none may be made, and there is none.
    ///
    /// # Errors
    /// [`Code::NoAccount`], [`Code::NoSubject`]; [`Code::UnknownAccount`], [`Code::KeyDestroyed`]; [`Code::NeedsStore`];
    /// those of the root, the store and the randomness.
    pub(crate) fn seal_token(
        &mut self,
        keys: &Keys,
        owner: &Owner<'_>,
        sort: Sort,
        plain: &[u8],
        reach: Reach,
        out: &mut Vec<u8>,
    ) -> Result<Option<()>, Error> {
        self.refresh(keys);
        let Session { accounts, subject, token_key, buffers, .. } = self;
        let root = accounts.of_owner(keys, owner)?.token_root()?;
        let Some(subject) = subject.of_owner(keys, root, owner, reach)? else {
            return Ok(None);
        };
        let whose = Whose { account: owner.account, root, record: subject.id };
        token::seal(token_key.of(subject, sort.value_type)?, whose, sort, plain, buffers, out).map(Some)
    }

    /// Appends what a token stands for to `out`, and says what it is. None if a key has to be fetched. Where an account is
    /// given, one of another is refused with [`Code::AuthenticationFailed`].
    ///
    /// # Errors
    /// [`Code::NotOurs`], [`Code::UnknownVersion`], [`Code::Malformed`]; [`Code::UnknownKey`], [`Code::KeyDestroyed`];
    /// [`Code::NeedsStore`], [`Code::Forgotten`]; [`Code::AuthenticationFailed`]; those of the root and the store.
    pub(crate) fn open_token(
        &mut self,
        keys: &Keys,
        of: Option<&str>,
        text: &str,
        reach: Reach,
        out: &mut Vec<u8>,
    ) -> Result<Option<PlainKind>, Error> {
        self.refresh(keys);
        let Session { hinted, token_key, fetched, missing, buffers, generation, .. } = self;
        let Buffers { raw, bound } = buffers;
        let token = Token::parse(text, raw)?;
        let make = || keys.hinted(token.hint).map(|hinted| (token.hint, hinted));
        let account = hinted.get_or_make(|last| *last == token.hint, make)?;
        if of.is_some_and(|of| *of != *account.account) {
            return Err(Error::new(Code::AuthenticationFailed));
        }
        let root = account.token_root()?;
        let id = token.record(root);
        match search(keys, root, id, reach, fetched, *generation)? {
            Search::Found(subject) => {
                let whose = Whose { account: &account.account, root, record: id };
                let key = token_key.of(&subject, token.sort.value_type)?;
                token.open(key, whose, bound, out).map(Some)
            }
            Search::Forgotten => Err(Error::new(Code::Forgotten)),
            Search::Unknown => {
                missing.push(id);
                Ok(None)
            }
        }
    }

    /// Appends what a token stands for to `out`, and says what it is.
    ///
    /// # Errors
    /// Those of [`Self::open_token`].
    pub(crate) fn detokenize(
        &mut self,
        keys: &Keys,
        of: Option<&str>,
        text: &str,
        out: &mut Vec<u8>,
    ) -> Result<PlainKind, Error> {
        self.open_token(keys, of, text, Reach::Store, out).and_then(reached)
    }

    /// Appends the hash of a value to `out`.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for bytes; [`Code::NoAccount`]; [`Code::UnknownAccount`], [`Code::KeyDestroyed`]; those of the
    /// root.
    pub(crate) fn hash(
        &mut self,
        keys: &Keys,
        owner: &Owner<'_>,
        value_type: Kind,
        kind: PlainKind,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let sort = Sort::new(kind, value_type)?;
        self.refresh(keys);
        let key = self.accounts.of_owner(keys, owner)?.primary()?;
        hash::append(&key.hash, sort, plain, out);
        Ok(())
    }

    /// Whether anything can be sealed for this account now.
    ///
    /// # Errors
    /// [`Code::NoAccount`]; [`Code::UnknownAccount`], [`Code::KeyDestroyed`]; those of the root.
    pub(crate) fn check_account(&mut self, keys: &Keys, owner: &Owner<'_>) -> Result<(), Error> {
        self.refresh(keys);
        self.accounts.of_owner(keys, owner)?.primary().map(drop)
    }

    /// Fetches the records that were missed in memory, all at once.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn fetch(&mut self, keys: &Keys) -> Result<(), Error> {
        self.refresh(keys);
        let missing = std::mem::take(&mut self.missing);
        self.fetched = if missing.is_empty() { Fetched::default() } else { keys.fetch(&missing)? };
        Ok(())
    }

    /// Ends the call: its keys and random bytes are wiped, and all is let go. The next one may begin with other keys.
    pub(crate) fn clear(&mut self) {
        self.pool.clear();
        self.let_go();
        self.missing.clear();
        self.buffers.raw.clear();
        self.buffers.bound.clear();
    }

    fn let_go(&mut self) {
        self.accounts.clear();
        self.subject.clear();
        self.hinted.clear();
        self.sealing.clear();
        self.opening.clear();
        self.token_key.clear();
        self.fetched = Fetched::default();
    }

    /// Lets go of keys that may be forgotten since.
    fn refresh(&mut self, keys: &Keys) {
        let generation = keys.generation();
        if self.generation != generation {
            self.let_go();
            self.generation = generation;
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Whoever reaches for the store gets a key, or an error.
fn reached<T>(found: Option<T>) -> Result<T, Error> {
    found.ok_or_else(|| Error::new(Code::StoreFailed))
}

/// Looks for the subject's key whose record has this id.
fn search(
    keys: &Keys,
    root: &TokenRoot,
    id: RecordId,
    reach: Reach,
    fetched: &Fetched,
    generation: u64,
) -> Result<Search, Error> {
    if let Some(subject) = keys.located(root, id) {
        return Ok(Search::Found(subject));
    }
    let record = match (fetched.get(&id), reach) {
        (Some(record), _) => *record,
        (None, Reach::Memory) => return Ok(Search::Unknown),
        (None, Reach::Kept | Reach::Store) => keys.fetch(&[id])?.remove(&id).flatten(),
    };
    let found = keys.fetched(root, record, generation)?;
    Ok(found.map_or(Search::Forgotten, Search::Found))
}

impl Held<String, Arc<AccountKeys>> {
    fn named(&mut self, keys: &Keys, account: &str) -> Result<&AccountKeys, Error> {
        self.get_or_make(account, || keys.account(account)).map(|found| &**found)
    }

    /// The same, of who seals: an account that is not named is not just unknown.
    fn of_owner(&mut self, keys: &Keys, owner: &Owner<'_>) -> Result<&AccountKeys, Error> {
        if owner.account.is_empty() || u16::try_from(owner.account.len()).is_err() {
            return Err(Error::new(Code::NoAccount));
        }
        self.named(keys, owner.account)
    }
}

/// The subject that was asked for last.
#[derive(Default)]
struct LastSubject {
    last: Option<Arc<SubjectKey>>,
    /// Account and subject, joined, of the last one and of the one that is asked for.
    name: Vec<u8>,
    asked: Vec<u8>,
}

impl LastSubject {
    /// None if the store would have to be asked.
    fn of_owner(
        &mut self,
        keys: &Keys,
        root: &TokenRoot,
        owner: &Owner<'_>,
        reach: Reach,
    ) -> Result<Option<&SubjectKey>, Error> {
        keys.store()?;
        let subject = owner.subject.filter(|subject| !subject.is_empty());
        let subject = subject.ok_or_else(|| Error::new(Code::NoSubject))?;
        join(owner.account, subject, &mut self.asked);
        if self.last.is_none() || self.name != self.asked {
            self.last = match reach {
                Reach::Memory => keys.known_subject(root, &self.asked),
                Reach::Kept => Some(keys.subject(root, subject, &self.asked, Absent::Forgotten)?),
                Reach::Store => Some(keys.subject(root, subject, &self.asked, Absent::Made)?),
            };
            std::mem::swap(&mut self.name, &mut self.asked);
        }
        Ok(self.last.as_deref())
    }

    fn clear(&mut self) {
        self.last = None;
        self.name.clear();
        self.asked.clear();
    }
}

/// The key of the last token.
type LastTokenKey = Last<(RecordId, Kind), TokenKey>;

impl LastTokenKey {
    fn of(&mut self, subject: &SubjectKey, value_type: Kind) -> Result<&mut TokenKey, Error> {
        let wanted = (subject.id, value_type);
        self.get_or_make(|last| *last == wanted, || Ok((wanted, subject.token_key(value_type))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::b64;
    use crate::crypto::keyring::Keyring;
    use crate::crypto::memory::MemoryStore;
    use crate::crypto::root::LocalRoot;

    const ANN: Owner<'_> = Owner { account: "AC1", subject: Some("ann") };

    fn keys() -> Keys {
        let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
        keyring.add(&["AC1", "AC2"]).unwrap();
        Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build()
    }

    fn token(session: &mut Session, keys: &Keys, owner: &Owner<'_>) -> String {
        let mut out = Vec::new();
        session.tokenize(keys, owner, Kind::Email, PlainKind::String, b"ann@example.com", &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn sealed(session: &mut Session, keys: &Keys, owner: &Owner<'_>, by: KeyOf) -> String {
        let mut out = Vec::new();
        session.encrypt(keys, owner, by, "f", PlainKind::String, b"ann@example.com", &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn salt(text: &str, at: usize) -> Vec<u8> {
        let mut raw = Vec::new();
        b64::read(text, &mut raw).unwrap();
        raw[at..at + 12].to_vec()
    }

    #[test]
    fn a_call_has_one_salt_for_each_key() {
        let keys = keys();
        let mut session = Session::default();
        let accounts = ["AC1", "AC2", "AC1", "AC2"];
        let mut seal = |by, at| {
            accounts.map(|account| salt(&sealed(&mut session, &keys, &Owner { account, ..ANN }, by), at))
        };
        for [a, b, again_a, again_b] in [seal(KeyOf::Account, 21), seal(KeyOf::Subject, 30)] {
            assert_eq!((&a, &b), (&again_a, &again_b));
            assert_ne!(a, b);
        }
        let shared = salt(&sealed(&mut session, &keys, &ANN, KeyOf::Account), 21);
        assert_ne!(shared, salt(&sealed(&mut session, &keys, &ANN, KeyOf::Subject), 30));
        session.clear();
        assert_ne!(shared, salt(&sealed(&mut session, &keys, &ANN, KeyOf::Account), 21));
    }

    #[test]
    fn what_is_forgotten_in_the_midst_of_a_call_is_forgotten_at_once() {
        let keys = keys();
        let mut session = Session::default();
        let bob = Owner { subject: Some("bob"), ..ANN };
        let (old, other) = (token(&mut session, &keys, &ANN), token(&mut session, &keys, &bob));
        let own = sealed(&mut session, &keys, &ANN, KeyOf::Subject);
        let mut out = Vec::new();
        session.decrypt(&keys, "AC1", "f", &own, &mut out).unwrap();
        session.detokenize(&keys, None, &old, &mut out).unwrap();

        keys.forget("AC1", "ann").unwrap();
        out.clear();
        assert_eq!(session.detokenize(&keys, None, &old, &mut out).unwrap_err().code(), Code::Forgotten);
        assert_eq!(session.decrypt(&keys, "AC1", "f", &own, &mut out).unwrap_err().code(), Code::Forgotten);
        assert_ne!(token(&mut session, &keys, &ANN), old);
        assert_eq!(token(&mut session, &keys, &bob), other);

        let shared = sealed(&mut session, &keys, &ANN, KeyOf::Account);
        keys.forget_account("AC1").unwrap();
        let opened = session.decrypt(&keys, "AC1", "f", &shared, &mut out);
        assert_eq!(opened.unwrap_err().code(), Code::KeyDestroyed);
        let sealed = session.encrypt(&keys, &ANN, KeyOf::Account, "f", PlainKind::String, b"x", &mut out);
        assert_eq!(sealed.unwrap_err().code(), Code::KeyDestroyed);
        assert!(out.is_empty());
    }

    #[test]
    fn an_account_that_began_again_has_none_of_its_old_subject_keys() {
        let keys = keys();
        let old = keys.account("AC1").unwrap();
        keys.forget_account("AC1").unwrap();
        keys.change_keyring(|keyring| keyring.add(&["AC1"])).unwrap();
        // As who was at it when the account was forgotten.
        let mut name = Vec::new();
        join("AC1", "ann", &mut name);
        keys.subject(old.token_root().unwrap(), "ann", &name, Absent::Made).unwrap();
        let mut session = Session::default();
        let (new, own) =
            (token(&mut session, &keys, &ANN), sealed(&mut session, &keys, &ANN, KeyOf::Subject));
        let mut out = Vec::new();
        session.detokenize(&keys, None, &new, &mut out).unwrap();
        session.decrypt(&keys, "AC1", "f", &own, &mut out).unwrap();
    }

    #[test]
    fn names_without_end_fill_no_memory() {
        let keys = keys();
        let long = "x".repeat(10_000);
        let mut session = Session::default();
        let owner = Owner { subject: Some(&long), ..ANN };
        let first = token(&mut session, &keys, &owner);
        let mut name = Vec::new();
        join("AC1", &long, &mut name);
        let account = keys.account("AC1").unwrap();
        assert!(keys.known_subject(account.token_root().unwrap(), &name).is_none());
        assert_eq!(token(&mut Session::default(), &keys, &owner), first);
    }

    #[test]
    fn a_masked_id_of_another_account_leads_nowhere() {
        let keys = keys();
        let mut session = Session::default();
        let mine = sealed(&mut session, &keys, &ANN, KeyOf::Subject);
        let theirs = token(&mut session, &keys, &Owner { account: "AC2", ..ANN });
        let mut raw = Vec::new();
        let account = keys.account("AC2").unwrap();
        let id = Token::parse(&theirs, &mut raw).unwrap().record(account.token_root().unwrap());
        let root = keys.account("AC1").unwrap();
        let root = root.token_root().unwrap();
        let Header { salt, .. } = Envelope::parse(&mine, &mut raw).unwrap().header;
        let iv = Envelope::parse(&mine, &mut raw).unwrap().iv;
        raw[21..30].copy_from_slice(&envelope::mask(root, id, &salt, &iv).0);
        let mut forged = Vec::new();
        b64::append(&raw, &mut forged);
        let forged = std::str::from_utf8(&forged).unwrap();
        // Whether the other account's key is in memory, or in the store alone.
        for _ in 0..2 {
            let opened = session.decrypt(&keys, "AC1", "f", forged, &mut Vec::new());
            assert_eq!(opened.unwrap_err().code(), Code::Forgotten);
            keys.drop_cached();
        }
    }

    #[test]
    fn nothing_outlives_a_call() {
        let keys = keys();
        let mut session = Session::default();
        let own = sealed(&mut session, &keys, &ANN, KeyOf::Subject);
        let token = token(&mut session, &keys, &ANN);
        session.decrypt(&keys, "AC1", "f", &own, &mut Vec::new()).unwrap();
        assert!(session.open_token(&keys, None, &token, Reach::Memory, &mut Vec::new()).unwrap().is_some());
        session.clear();
        let Session { generation: _, pool, accounts, subject, hinted, sealing, opening, .. } = &session;
        assert!(pool.is_empty() && hinted.is_empty());
        assert!(subject.last.is_none() && subject.name.is_empty() && subject.asked.is_empty());
        assert_eq!((accounts.len(), sealing.len(), opening.len()), (0, 0, 0));
        let Session { token_key, fetched, missing, buffers, .. } = &session;
        assert!(token_key.is_empty() && fetched.is_empty() && missing.is_empty());
        assert!(buffers.raw.is_empty() && buffers.bound.is_empty());
    }
}
