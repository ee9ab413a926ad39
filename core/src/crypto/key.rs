//! Keys and what is derived from them; knows no document, no store and no event.

use crate::error::{Code, Error};
use aes_siv::aead::KeyInit;
use aes_siv::siv::Aes256Siv;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of a synthetic IV, and of a GCM tag, in bytes.
pub(crate) const TAG_BYTES: usize = 16;

/// What HKDF expands from, ready to be used many times.
pub(crate) type Prk = Hkdf<Sha256>;

/// Names an account key without telling it: a commitment.
pub(crate) type Kid = [u8; 16];

/// A key of 32 bytes. It is wiped when dropped, cannot be cloned, and prints as its type.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(Box<[u8; 32]>);

impl Secret {
    /// A new key.
    ///
    /// # Errors
    /// [`Code::RandomFailed`]
    pub fn make() -> Result<Self, Error> {
        let mut secret = Secret(Box::new([0; 32]));
        fill(secret.0.as_mut_slice())?;
        Ok(secret)
    }

    /// A key from elsewhere, as a key service gives it back. The caller wipes its own copy.
    ///
    /// # Errors
    /// [`Code::InvalidRoot`] unless it is 32 bytes that are not all zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut secret = Secret(Box::new([0; 32]));
        if bytes.len() != secret.0.len() || bytes.iter().all(|byte| *byte == 0) {
            return Err(Error::new(Code::InvalidRoot));
        }
        secret.0.copy_from_slice(bytes);
        Ok(secret)
    }

    /// The key itself, for who wraps it.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// This key with a purpose.
    pub(crate) fn derive<const N: usize>(&self, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
        expand(&prk(None, self.expose()), info)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Random bytes of the operating system.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|_| Error::new(Code::RandomFailed))
}

/// The first half of HKDF (RFC 5869).
pub(crate) fn prk(salt: Option<&[u8]>, key: &[u8]) -> Prk {
    Hkdf::new(salt, key)
}

/// The second half of HKDF.
pub(crate) fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    // INVARIANT: HKDF-SHA256 refuses only more than 8,160 bytes.
    let done = prk.expand_multi_info(info, key.as_mut_slice());
    debug_assert!(done.is_ok() && N <= 64);
    key
}

/// HMAC-SHA256, ready to be used many times.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);
    // HMAC fills a key up with zeros to a block (RFC 2104 section 2).
    <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into())
}

/// The first bytes of an HMAC.
pub(crate) fn mac<const N: usize>(key: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; N] {
    let mut key = key.clone();
    parts.iter().for_each(|part| key.update(part));
    let mut cut = [0; N];
    cut.iter_mut().zip(key.finalize().into_bytes()).for_each(|(slot, byte)| *slot = byte);
    cut
}

/// A wrapped key: the synthetic IV, then the key.
pub(crate) const WRAPPED_BYTES: usize = TAG_BYTES + 32;

/// Wraps a key: deterministic authenticated encryption, which is what SIV was made for (RFC 5297).
pub(crate) fn wrap(by: &[u8; 64], ad: &[u8], key: &Secret) -> Result<[u8; WRAPPED_BYTES], Error> {
    let mut wrapped = [0; WRAPPED_BYTES];
    let (iv, text) = wrapped.split_at_mut(TAG_BYTES);
    text.copy_from_slice(key.expose());
    let made = Aes256Siv::new(by.into()).encrypt_inout_detached([ad], text.into());
    // INVARIANT: AES-SIV refuses only more than 126 associated strings. The copy of the key must not come out then.
    iv.copy_from_slice(&made.map_err(|_| Error::new(Code::AuthenticationFailed))?);
    Ok(wrapped)
}

/// Unwraps a key.
///
/// # Errors
/// [`Code::AuthenticationFailed`]
pub(crate) fn unwrap(by: &[u8; 64], ad: &[u8], wrapped: &[u8]) -> Result<Secret, Error> {
    let failed = || Error::new(Code::AuthenticationFailed);
    let (iv, text) = wrapped.split_first_chunk::<TAG_BYTES>().ok_or_else(failed)?;
    let mut secret = Secret(Box::new([0; 32]));
    if text.len() != secret.0.len() {
        return Err(failed());
    }
    secret.0.copy_from_slice(text);
    Aes256Siv::new(by.into())
        .decrypt_inout_detached([ad], secret.0.as_mut_slice().into(), iv.into())
        .map_err(|_| failed())?;
    Ok(secret)
}

/// An account key, in use.
pub(crate) struct AccountKey {
    pub(crate) kid: Kid,
    /// Value keys are expanded from it.
    pub(crate) enc: Prk,
    /// `K_enc` itself: the salt of a subject's key.
    pub(crate) k_enc: Zeroizing<[u8; 32]>,
    pub(crate) hash: Hmac<Sha256>,
}

impl AccountKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        let k_enc = secret.derive::<32>(&[b"pumice/1/enc"]);
        AccountKey {
            kid: kid(secret),
            enc: prk(None, k_enc.as_slice()),
            k_enc,
            hash: keyed(&secret.derive(&[b"pumice/1/hash"])),
        }
    }
}

/// The kid of an account key.
pub(crate) fn kid(secret: &Secret) -> Kid {
    *secret.derive(&[b"pumice/1/kid"])
}

/// Names a token root without telling it.
pub(crate) type Tag = [u8; 8];

/// A token root, in use.
pub(crate) struct TokenRoot {
    pub(crate) tag: Tag,
    pub(crate) index: Hmac<Sha256>,
    pub(crate) mask: Hmac<Sha256>,
    pub(crate) wrap: Zeroizing<[u8; 64]>,
}

impl TokenRoot {
    pub(crate) fn new(secret: &Secret) -> Self {
        TokenRoot {
            tag: tag(secret),
            index: keyed(&secret.derive(&[b"pumice/1/index"])),
            mask: keyed(&secret.derive(&[b"pumice/1/mask"])),
            wrap: secret.derive(&[b"pumice/1/wrap"]),
        }
    }
}

/// The tag of a token root.
pub(crate) fn tag(secret: &Secret) -> Tag {
    *secret.derive(&[b"pumice/1/tag"])
}
