//! Ciphertexts, sealed and opened with a key that is given; knows no keyring, no store and no randomness.
//!
//! ```text
//! magic 3 ‖ suite 1 ‖ flags 1 ‖ kid 16 ‖ [masked record id 9] ‖ salt 12 ‖ iv 12 ‖ ciphertext ‖ tag 16
//! ```

use super::b64;
use super::key::{Kid, Prk, TAG_BYTES, TokenRoot, expand, mac};
use super::plain::PlainKind;
use super::subject::RecordId;
use crate::error::{Code, Error};
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes256Enc;
use zeroize::Zeroize;

const MAGIC: [u8; 3] = [0xA6, 0xE9, 0xB5];
const SUITE: u8 = 1;
const OF_SUBJECT: u8 = 1;

/// How many values one salt serves at most: 2^16 random ivs of 96 bits under one key do not meet (NIST SP 800-38D).
pub(crate) const VALUES_PER_SALT: u32 = 65_536;

/// Random, one per call and key.
pub(crate) type Salt = [u8; 12];

/// Random, one per value.
pub(crate) type Iv = [u8; 12];

/// The key of up to [`VALUES_PER_SALT`] values.
// GCM runs AES forwards only, both ways.
pub(crate) struct MessageKey(AesGcm<Aes256Enc, U12>);

impl MessageKey {
    /// From the key of an account or a subject.
    pub(crate) fn new(key: &Prk, salt: &Salt) -> Self {
        MessageKey(KeyInit::new((&*expand::<32>(key, &[b"pumice/1/msg", salt])).into()))
    }
}

/// What stands before the iv.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: PlainKind,
    pub(crate) kid: Kid,
    /// If a subject's key is used.
    pub(crate) masked: Option<RecordId>,
    pub(crate) salt: Salt,
}

/// Where a ciphertext belongs: elsewhere it does not open.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    account: &'a str,
    account_length: u16,
    field: &'a str,
    field_length: u16,
}

impl<'a> Place<'a> {
    /// # Errors
    /// [`Code::NoAccount`], [`Code::InvalidOption`] for a field id that is empty or longer than 65,535 bytes.
    pub(crate) fn new(account: &'a str, field: &'a str) -> Result<Self, Error> {
        let length = |text: &str, code| match u16::try_from(text.len()) {
            Ok(1..) => u16::try_from(text.len()).map_err(|_| Error::new(code)),
            Ok(0) | Err(_) => Err(Error::new(code)),
        };
        Ok(Place {
            account,
            account_length: length(account, Code::NoAccount)?,
            field,
            field_length: length(field, Code::InvalidOption)?,
        })
    }

    fn append(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.account_length.to_be_bytes());
        out.extend_from_slice(self.account.as_bytes());
        out.extend_from_slice(&self.field_length.to_be_bytes());
        out.extend_from_slice(self.field.as_bytes());
    }
}

/// Buffers of one caller, which hold nothing in the clear.
#[derive(Default)]
pub(crate) struct Buffers {
    /// The bytes of a ciphertext or token.
    pub(crate) raw: Vec<u8>,
    /// What is authenticated with it.
    pub(crate) bound: Vec<u8>,
}

/// Hides a record id, and shows a hidden one.
pub(crate) fn mask(root: &TokenRoot, id: RecordId, salt: &Salt, iv: &Iv) -> RecordId {
    id.masked(mac(&root.mask, &[b"pumice/1/locator", salt, iv]))
}

/// Appends the ciphertext of `plain` to `out`.
///
/// # Errors
/// [`Code::TooLarge`] beyond 64 GiB.
pub(crate) fn seal(
    key: &MessageKey,
    header: &Header,
    place: Place<'_>,
    iv: &Iv,
    plain: &[u8],
    buffers: &mut Buffers,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let Buffers { raw, bound } = buffers;
    raw.clear();
    header.append(raw);
    bound.clear();
    bound.extend_from_slice(raw);
    place.append(bound);
    raw.extend_from_slice(iv);
    let start = raw.len();
    raw.resize(start + plain.len(), 0);
    let (_, text) = raw.split_at_mut(start);
    let tag = InOutBuf::new(plain, text)
        .ok()
        .and_then(|text| key.0.encrypt_inout_detached(iv.into(), bound, text).ok())
        .ok_or_else(|| Error::new(Code::TooLarge))?;
    raw.extend_from_slice(&tag);
    b64::append(raw, out);
    Ok(())
}

impl Header {
    fn append(&self, out: &mut Vec<u8>) {
        let of_subject = if self.masked.is_some() { OF_SUBJECT } else { 0 };
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[SUITE, self.kind.bits() | of_subject]);
        out.extend_from_slice(&self.kid);
        if let Some(masked) = &self.masked {
            out.extend_from_slice(&masked.0);
        }
        out.extend_from_slice(&self.salt);
    }
}

/// A ciphertext, taken apart and not yet opened.
pub(crate) struct Envelope<'a> {
    pub(crate) header: Header,
    pub(crate) iv: Iv,
    text: &'a [u8],
    tag: [u8; TAG_BYTES],
}

impl<'a> Envelope<'a> {
    /// Takes a ciphertext apart.
    ///
    /// # Errors
    /// [`Code::NotOurs`], [`Code::UnknownVersion`], [`Code::Malformed`]
    pub(crate) fn parse(text: &str, raw: &'a mut Vec<u8>) -> Result<Self, Error> {
        b64::read_named("pum", text, raw)?;
        let mut rest = raw.as_slice();
        let _magic = take::<3>(&mut rest)?;
        let [suite, flags] = take(&mut rest)?;
        let unknown = || Error::new(Code::UnknownVersion);
        if suite != SUITE {
            return Err(unknown());
        }
        let kind = PlainKind::from_bits(flags).ok_or_else(unknown)?;
        let of_subject = match flags & 0x0F {
            0 => false,
            OF_SUBJECT => true,
            _ => return Err(unknown()),
        };
        let kid = take(&mut rest)?;
        let masked = if of_subject { Some(RecordId(take(&mut rest)?)) } else { None };
        let header = Header { kind, kid, masked, salt: take(&mut rest)? };
        let iv = take(&mut rest)?;
        let (text, tag) = rest.split_last_chunk().ok_or_else(|| Error::new(Code::Malformed))?;
        Ok(Envelope { header, iv, text, tag: *tag })
    }

    /// Appends what was sealed to `out`.
    ///
    /// # Errors
    /// [`Code::AuthenticationFailed`], and nothing is appended.
    pub(crate) fn open(
        &self,
        key: &MessageKey,
        place: Place<'_>,
        bound: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<PlainKind, Error> {
        bound.clear();
        self.header.append(bound);
        place.append(bound);
        let start = out.len();
        out.resize(start + self.text.len(), 0);
        let (_, room) = out.split_at_mut(start);
        let opened = InOutBuf::new(self.text, &mut *room)
            .ok()
            .and_then(|text| {
                key.0.decrypt_inout_detached((&self.iv).into(), bound, text, (&self.tag).into()).ok()
            })
            .ok_or_else(|| Error::new(Code::AuthenticationFailed))
            .and_then(|()| self.header.kind.check(room));
        if let Err(error) = opened {
            room.zeroize();
            out.truncate(start);
            return Err(error);
        }
        Ok(self.header.kind)
    }
}

/// Takes the first bytes off.
pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Error> {
    let (first, others) = rest.split_first_chunk().ok_or_else(|| Error::new(Code::Malformed))?;
    *rest = others;
    Ok(*first)
}
