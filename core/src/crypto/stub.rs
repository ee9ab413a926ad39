//! Stub.
use crate::error::{Code, Error};
use crate::scalar::Kind;

/// Which key seals a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyOf {
    /// The account's.
    #[default]
    Account,
    /// The subject's.
    Subject,
}

/// What was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainKind {
    /// s
    String,
    /// j
    Json,
    /// b
    Bytes,
}

/// Whose.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// a
    pub account: &'a str,
    /// s
    pub subject: Option<&'a str>,
}
/// Keys
pub struct Keys;
impl Keys {
    /// s
    pub fn has_store(&self) -> bool {
        false
    }
    /// p
    pub fn prepare(&self, _pairs: &[(&str, &str)]) -> Result<(), Error> {
        Err(Error::new(Code::NeedsKeys))
    }
}
pub(crate) struct Session;
impl Session {
    pub(crate) fn new() -> Self {
        Session
    }
    pub(crate) fn clear(&mut self) {}
    pub(crate) fn encrypt(
        &mut self,
        _: &Keys,
        _: &Owner<'_>,
        _: KeyOf,
        _: &str,
        _: PlainKind,
        _: &[u8],
        _: &mut Vec<u8>,
    ) -> Result<(), Error> {
        Err(Error::new(Code::NeedsKeys))
    }
    pub(crate) fn tokenize(
        &mut self,
        _: &Keys,
        _: &Owner<'_>,
        _: Kind,
        _: PlainKind,
        _: &[u8],
        _: &mut Vec<u8>,
    ) -> Result<(), Error> {
        Err(Error::new(Code::NeedsKeys))
    }
    pub(crate) fn hash(
        &mut self,
        _: &Keys,
        _: &Owner<'_>,
        _: Kind,
        _: PlainKind,
        _: &[u8],
        _: &mut Vec<u8>,
    ) -> Result<(), Error> {
        Err(Error::new(Code::NeedsKeys))
    }
    pub(crate) fn decrypt(
        &mut self,
        _: &Keys,
        _: &str,
        _: &str,
        _: &str,
        _: &mut Vec<u8>,
    ) -> Result<PlainKind, Error> {
        Err(Error::new(Code::NeedsKeys))
    }
    pub(crate) fn detokenize(&mut self, _: &Keys, _: &str, _: &mut Vec<u8>) -> Result<PlainKind, Error> {
        Err(Error::new(Code::NeedsKeys))
    }
}
