//! Values one at a time, and many at once: each call is one session.

use super::Keys;
use crate::crypto::plain::{KeyOf, Owner, Plain, PlainKind};
use crate::crypto::session::{Reach, Session, Under};
use crate::crypto::token::Sort;
use crate::error::{Code, Error};
use crate::scalar::Kind;

/// How many rows are looked at before the store is asked, once for all of them.
const ROWS_AT_ONCE: usize = 1_024;

impl Keys {
    /// Encrypts a value under the account's key, bound to the account and the field: the lasting name of where it stands,
    /// of 1 to 65,535 bytes.
    ///
    /// # Errors
    /// [`Code::NoAccount`], [`Code::InvalidOption`] for the field, [`Code::InvalidJson`]; [`Code::UnknownAccount`],
    /// [`Code::KeyDestroyed`]; [`Code::RootFailed`], [`Code::KeyringTampered`]; [`Code::RandomFailed`]
    pub fn encrypt(&self, account: &str, field: &str, plain: &Plain<'_>) -> Result<String, Error> {
        self.seal(&mut Session::default(), &Owner { account, subject: None }, KeyOf::Account, field, plain)
    }

    /// Encrypts a value under the keys of the account and the subject together: forgetting either is enough.
    ///
    /// # Errors
    /// Those of [`Self::encrypt`]; [`Code::NeedsStore`], [`Code::NoSubject`] if it is empty; [`Code::StoreFailed`],
    /// [`Code::StoreLocked`], [`Code::StoreDamaged`]
    pub fn encrypt_with_subject_key(
        &self,
        account: &str,
        subject: &str,
        field: &str,
        plain: &Plain<'_>,
    ) -> Result<String, Error> {
        let owner = Owner { account, subject: Some(subject) };
        self.seal(&mut Session::default(), &owner, KeyOf::Subject, field, plain)
    }

    /// Encrypts many values of one account and field, each as [`Self::encrypt`] does.
    pub fn encrypt_bulk(
        &self,
        account: &str,
        field: &str,
        plains: &[Plain<'_>],
    ) -> Vec<Result<String, Error>> {
        let session = &mut Session::default();
        let owner = Owner { account, subject: None };
        plains.iter().map(|plain| self.seal(session, &owner, KeyOf::Account, field, plain)).collect()
    }

    /// Opens a ciphertext of this account and field.
    ///
    /// # Errors
    /// - [`Code::NotOurs`], [`Code::UnknownVersion`], [`Code::Malformed`]: what it looks like.
    /// - [`Code::UnknownAccount`], [`Code::UnknownKey`], [`Code::KeyDestroyed`]: the account has not this key, or no more.
    /// - [`Code::Forgotten`], [`Code::NeedsStore`]: of one under a subject's key.
    /// - [`Code::AuthenticationFailed`]: it was changed, or is of another account or field.
    /// - [`Code::RootFailed`], [`Code::KeyringTampered`], [`Code::StoreFailed`], [`Code::StoreLocked`],
    ///   [`Code::StoreDamaged`]: a key could not be had.
    pub fn decrypt(&self, text: &str, account: &str, field: &str) -> Result<Plain<'static>, Error> {
        let mut out = Vec::new();
        let kind = Session::default().decrypt(self, account, field, text, &mut out)?;
        Plain::from_opened(kind, out)
    }

    /// Opens many ciphertexts of one account and field, each as [`Self::decrypt`] does.
    pub fn decrypt_bulk(
        &self,
        account: &str,
        field: &str,
        texts: &[impl AsRef<str>],
    ) -> Vec<Result<Plain<'static>, Error>> {
        self.open_bulk(texts, |session, text, reach, out| {
            session.open(self, (account, field), Under::Any, text, reach, out)
        })
    }

    /// Makes the token of a value: always the same for the same value, type, subject and account. A subject that is new
    /// gets its key in the store.
    ///
    /// # Errors
    /// [`Code::NeedsStore`]; [`Code::NoAccount`], [`Code::NoSubject`] if they are empty; [`Code::InvalidJson`];
    /// [`Code::InvalidValue`] for bytes, which have no token; [`Code::UnknownAccount`], [`Code::KeyDestroyed`];
    /// [`Code::RootFailed`], [`Code::KeyringTampered`]; [`Code::StoreFailed`], [`Code::StoreLocked`],
    /// [`Code::StoreDamaged`]; [`Code::RandomFailed`]
    pub fn tokenize(
        &self,
        account: &str,
        subject: &str,
        value_type: Kind,
        plain: &Plain<'_>,
    ) -> Result<String, Error> {
        let owner = Owner { account, subject: Some(subject) };
        let mut out = Vec::new();
        Session::default().tokenize(self, &owner, value_type, plain.kind(), plain.checked()?, &mut out)?;
        spelled(out)
    }

    /// Makes the tokens of many values of one account and type, each as [`Self::tokenize`] does. Rows are pairs of subject
    /// and value.
    pub fn tokenize_bulk(
        &self,
        account: &str,
        value_type: Kind,
        rows: &[(&str, Plain<'_>)],
    ) -> Vec<Result<String, Error>> {
        let seal = |session: &mut Session, (subject, plain): &(&str, Plain<'_>), reach| {
            let sort = Sort::new(plain.kind(), value_type)?;
            let owner = Owner { account, subject: Some(subject) };
            let mut out = Vec::new();
            let sealed = session.seal_token(self, &owner, sort, plain.checked()?, reach, &mut out)?;
            sealed.map(|()| spelled(out)).transpose()
        };
        in_two_steps(rows, seal, |_, missing| {
            let pairs: Vec<_> = missing.iter().map(|(subject, _)| (account, *subject)).collect();
            self.prepare(&pairs)
        })
    }

    /// Opens a token. It says itself whose it is.
    ///
    /// # Errors
    /// - [`Code::NotOurs`], [`Code::UnknownVersion`], [`Code::Malformed`]: what it looks like.
    /// - [`Code::UnknownKey`]: no account of the keyring made it.
    /// - [`Code::KeyDestroyed`], [`Code::Forgotten`]: its account, or its subject, was forgotten.
    /// - [`Code::AuthenticationFailed`]: it was changed.
    /// - [`Code::NeedsStore`], [`Code::RootFailed`], [`Code::KeyringTampered`], [`Code::StoreFailed`],
    ///   [`Code::StoreLocked`], [`Code::StoreDamaged`]: a key could not be had.
    pub fn detokenize(&self, token: &str) -> Result<Plain<'static>, Error> {
        let mut out = Vec::new();
        let kind = Session::default().detokenize(self, None, token, &mut out)?;
        Plain::from_opened(kind, out)
    }

    /// Opens many tokens, of any accounts, each as [`Self::detokenize`] does.
    pub fn detokenize_bulk(&self, tokens: &[impl AsRef<str>]) -> Vec<Result<Plain<'static>, Error>> {
        self.open_bulk(tokens, |session, token, reach, out| session.open_token(self, None, token, reach, out))
    }

    /// Makes the hash of a value: 36 characters, one way, the same for the same value and type in the account until its key
    /// is rotated.
    ///
    /// # Errors
    /// [`Code::NoAccount`], [`Code::InvalidJson`], [`Code::InvalidValue`] for bytes; [`Code::UnknownAccount`],
    /// [`Code::KeyDestroyed`]; [`Code::RootFailed`], [`Code::KeyringTampered`]
    pub fn hash(&self, account: &str, value_type: Kind, plain: &Plain<'_>) -> Result<String, Error> {
        let mut out = Vec::new();
        let owner = Owner { account, subject: None };
        Session::default().hash(self, &owner, value_type, plain.kind(), plain.checked()?, &mut out)?;
        spelled(out)
    }

    fn seal(
        &self,
        session: &mut Session,
        owner: &Owner<'_>,
        by: KeyOf,
        field: &str,
        plain: &Plain<'_>,
    ) -> Result<String, Error> {
        let mut out = Vec::new();
        session.encrypt(self, owner, by, field, plain.kind(), plain.checked()?, &mut out)?;
        spelled(out)
    }

    /// Opens rows: those whose keys are in memory, then the others, whose keys are fetched all at once.
    fn open_bulk(
        &self,
        texts: &[impl AsRef<str>],
        open: impl Fn(&mut Session, &str, Reach, &mut Vec<u8>) -> Result<Option<PlainKind>, Error>,
    ) -> Vec<Result<Plain<'static>, Error>> {
        let open = |session: &mut Session, text: &_, reach| {
            let mut out = Vec::new();
            let kind = open(session, AsRef::as_ref(text), reach, &mut out)?;
            kind.map(|kind| Plain::from_opened(kind, out)).transpose()
        };
        in_two_steps(texts, open, |session, _| session.fetch(self))
    }
}

/// Takes rows twice: those that a step answers from memory, then, once `fetch` has been for the others, those.
fn in_two_steps<Row, T>(
    rows: &[Row],
    step: impl Fn(&mut Session, &Row, Reach) -> Result<Option<T>, Error>,
    fetch: impl Fn(&mut Session, &[&Row]) -> Result<(), Error>,
) -> Vec<Result<T, Error>> {
    let session = &mut Session::default();
    let mut answers = Vec::with_capacity(rows.len());
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let first: Vec<_> = rows.iter().map(|row| step(session, row, Reach::Memory).transpose()).collect();
        let missing: Vec<_> =
            rows.iter().zip(&first).filter(|(_, it)| it.is_none()).map(|(row, _)| row).collect();
        let fetched = if missing.is_empty() { Ok(()) } else { fetch(session, &missing) };
        answers.extend(first.into_iter().zip(rows).map(|(answer, row)| {
            answer.unwrap_or_else(|| {
                fetched.clone()?;
                step(session, row, Reach::Store)?.ok_or_else(|| Error::new(Code::StoreFailed))
            })
        }));
    }
    answers
}

fn spelled(bytes: Vec<u8>) -> Result<String, Error> {
    // INVARIANT: base64url is ASCII.
    String::from_utf8(bytes).map_err(|_| Error::new(Code::Malformed))
}
