//! A subject's key: made, wrapped as a record and back, and what is derived from it; knows no store.

use super::envelope::{MessageKey, Salt};
use super::key::{self, AccountKey, Kid, Prk, Secret, TokenRoot, fill, mac, prk};
use super::subject::{Record, RecordId, RecordKey};
use super::token::{TokenKey, number};
use crate::error::{Code, Error};
use crate::scalar::Kind;
use aes_siv::aead::KeyInit;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// A subject's key in one account, in use. What is derived from it is kept once it was needed.
pub(crate) struct SubjectKey {
    pub(crate) record_key: RecordKey,
    pub(crate) id: RecordId,
    secret: Secret,
    token_keys: [OnceLock<Box<Zeroizing<[u8; 64]>>>; Kind::ALL.len()],
    /// `K_subject`, ready to be expanded, with the account key that went into it.
    enc: OnceLock<Box<(Kid, Prk)>>,
}

/// Where the record of a subject is.
pub(crate) fn record_key(root: &TokenRoot, subject: &str) -> RecordKey {
    RecordKey::new(root.tag, mac(&root.index, &[subject.as_bytes()]))
}

/// What a wrapped key is bound to.
fn bound(record_key: RecordKey, id: RecordId) -> Vec<u8> {
    [b"pumice/1/subject".as_slice(), &record_key.0, &id.0].concat()
}

impl SubjectKey {
    /// A new key, and its record.
    ///
    /// # Errors
    /// [`Code::RandomFailed`]
    pub(crate) fn make(root: &TokenRoot, record_key: RecordKey) -> Result<(Self, Record), Error> {
        let mut id = RecordId([0; RecordId::BYTES]);
        fill(&mut id.0)?;
        let secret = Secret::make()?;
        let wrapped = key::wrap(&root.wrap, &bound(record_key, id), &secret)?;
        Ok((SubjectKey::new(record_key, id, secret), Record { id, wrapped }))
    }

    /// The key in a record of this account.
    ///
    /// # Errors
    /// [`Code::StoreDamaged`] if it is not what this account put there.
    pub(crate) fn from_record(
        root: &TokenRoot,
        record_key: RecordKey,
        record: &Record,
    ) -> Result<Self, Error> {
        let secret = key::unwrap(&root.wrap, &bound(record_key, record.id), &record.wrapped)
            .map_err(|_| Error::new(Code::StoreDamaged))?;
        Ok(SubjectKey::new(record_key, record.id, secret))
    }

    fn new(record_key: RecordKey, id: RecordId, secret: Secret) -> Self {
        let token_keys = Default::default();
        SubjectKey { record_key, id, secret, token_keys, enc: OnceLock::new() }
    }

    /// The key of this subject's tokens of a type.
    pub(crate) fn token_key(&self, value_type: Kind) -> TokenKey {
        let derive = || self.secret.derive::<64>(&[b"pumice/1/token/", value_type.name().as_bytes()]);
        let at = usize::from(number(value_type)).checked_sub(1);
        match at.and_then(|at| self.token_keys.get(at)) {
            Some(kept) => TokenKey::new((&***kept.get_or_init(|| Box::new(derive()))).into()),
            None => TokenKey::new((&*derive()).into()),
        }
    }

    /// The key of up to 65,536 of this subject's values.
    pub(crate) fn message_key(&self, account_key: &AccountKey, salt: &Salt) -> MessageKey {
        let derive = || {
            let salted = prk(Some(account_key.k_enc.as_slice()), self.secret.expose());
            prk(None, key::expand::<32>(&salted, &[b"pumice/1/subject/enc"]).as_slice())
        };
        let kept = self.enc.get_or_init(|| Box::new((account_key.kid, derive())));
        if kept.0 == account_key.kid {
            MessageKey::new(&kept.1, salt)
        } else {
            MessageKey::new(&derive(), salt)
        }
    }
}
