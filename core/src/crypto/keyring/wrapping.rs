//! Asking a root to wrap and unwrap, and trusting no answer; knows no document.

use super::super::key::{self, Kid, Secret, Tag};
use super::super::root::{KeyWrapper, RootInfo, UnwrapRequest, WrapRequest};
use crate::error::{Code, Error};

/// What a wrapped key is, and whose: bound to it by the root.
#[derive(Clone)]
pub(super) struct Context<'a> {
    what: &'static str,
    owner: Option<(&'a str, String)>,
}

impl<'a> Context<'a> {
    pub(super) fn mac_key() -> Self {
        Context { what: "keyring_mac", owner: None }
    }

    pub(super) fn account_key(account: &'a str, version: u64) -> Self {
        Context { what: "account_key", owner: Some((account, version.to_string())) }
    }

    pub(super) fn token_root(account: &'a str, version: u64) -> Self {
        Context { what: "token_root", owner: Some((account, version.to_string())) }
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let mut pairs = vec![("pumice", self.what)];
        if let Some((account, version)) = &self.owner {
            pairs.extend([("account", *account), ("version", version.as_str())]);
        }
        pairs
    }
}

/// What an account's key must be, once unwrapped.
#[derive(Clone, Copy)]
pub(super) enum Commitment {
    AccountKey(Kid),
    TokenRoot(Tag),
}

impl Commitment {
    fn holds(self, secret: &Secret) -> bool {
        match self {
            Commitment::AccountKey(kid) => key::kid(secret) == kid,
            Commitment::TokenRoot(tag) => key::tag(secret) == tag,
        }
    }
}

/// An account's key as the document has it.
pub(super) struct Wrapped<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) context: Context<'a>,
    pub(super) commitment: Commitment,
}

/// Wraps all in one batch. Nothing to wrap is no batch.
pub(super) fn wrap(
    root: &dyn KeyWrapper,
    info: &RootInfo,
    keys: &[(&Secret, Context<'_>)],
) -> Result<Vec<Vec<u8>>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let contexts: Vec<_> = keys.iter().map(|(_, context)| context.pairs()).collect();
    let requests = keys.iter().zip(&contexts).map(|((key, _), context)| WrapRequest { key, context });
    let requests: Vec<_> = requests.collect();
    let failed = || Error::new(Code::RootFailed);
    let wrapped = root.wrap(&requests).map_err(|_| failed())?;
    let is_answer = wrapped.len() == keys.len() && wrapped.iter().all(|it| info.may_wrap_to(it.len()));
    if is_answer { Ok(wrapped) } else { Err(failed()) }
}

/// Unwraps all in one batch, and holds each to its commitment.
pub(super) fn unwrap(root: &dyn KeyWrapper, keys: &[Wrapped<'_>]) -> Result<Vec<Secret>, Error> {
    let secrets = unwrap_unchecked(root, keys.iter().map(|key| (key.bytes, &key.context)))?;
    let all_hold = keys.iter().zip(&secrets).all(|(key, secret)| key.commitment.holds(secret));
    if all_hold { Ok(secrets) } else { Err(Error::new(Code::KeyringTampered)) }
}

/// Unwraps the MAC key. What it is, the document's MAC tells.
pub(super) fn unwrap_mac_key(root: &dyn KeyWrapper, wrapped: &[u8]) -> Result<Secret, Error> {
    let secrets = unwrap_unchecked(root, std::iter::once((wrapped, &Context::mac_key())))?;
    secrets.into_iter().next().ok_or_else(|| Error::new(Code::RootFailed))
}

fn unwrap_unchecked<'a>(
    root: &dyn KeyWrapper,
    keys: impl ExactSizeIterator<Item = (&'a [u8], &'a Context<'a>)> + Clone,
) -> Result<Vec<Secret>, Error> {
    if keys.len() == 0 {
        return Ok(Vec::new());
    }
    let contexts: Vec<_> = keys.clone().map(|(_, context)| context.pairs()).collect();
    let requests: Vec<_> =
        keys.zip(&contexts).map(|((wrapped, _), context)| UnwrapRequest { wrapped, context }).collect();
    let secrets = root.unwrap(&requests).map_err(|error| match error.code() {
        Code::AuthenticationFailed => Error::new(Code::KeyringTampered),
        _ => Error::new(Code::RootFailed),
    })?;
    if secrets.len() == requests.len() { Ok(secrets) } else { Err(Error::new(Code::RootFailed)) }
}
