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
/// How many bytes a ciphertext has beside what was sealed.
const MOST_BYTES_MORE: usize = 70;

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

    fn length(&self) -> usize {
        2 + self.account.len() + 2 + self.field.len()
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
    raw.reserve(MOST_BYTES_MORE + plain.len());
    header.append(raw);
    bound.clear();
    bound.reserve(MOST_BYTES_MORE + place.length());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key::prk;
    use proptest::prelude::*;

    const KIND: [PlainKind; 3] = [PlainKind::String, PlainKind::Json, PlainKind::Bytes];

    fn key() -> MessageKey {
        MessageKey::new(&prk(None, &[7; 32]), &[8; 12])
    }

    fn header(kind: PlainKind, of_subject: bool) -> Header {
        let masked = of_subject.then_some(RecordId([9; 9]));
        Header { kind, kid: [6; 16], masked, salt: [8; 12] }
    }

    fn sealed(header: &Header, place: Place<'_>, plain: &[u8]) -> String {
        let mut out = Vec::new();
        seal(&key(), header, place, &[5; 12], plain, &mut Buffers::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn opened(text: &str, place: Place<'_>) -> Result<(Header, Vec<u8>), Error> {
        let mut raw = Vec::new();
        let envelope = Envelope::parse(text, &mut raw)?;
        let mut out = b"before".to_vec();
        let kind = envelope
            .open(&key(), place, &mut Vec::new(), &mut out)
            .inspect_err(|_| assert_eq!(out, b"before"))?;
        assert_eq!(kind, envelope.header.kind);
        Ok((envelope.header, out.split_off(6)))
    }

    fn of_kind(kind: PlainKind, seed: &str) -> Vec<u8> {
        match kind {
            PlainKind::String | PlainKind::Bytes => seed.as_bytes().to_vec(),
            PlainKind::Json => serde_json::to_vec(seed).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_comes_back(
            seed in ".{0,300}",
            kind in 0..3_usize,
            of_subject: bool,
            account in ".{1,40}",
            field in ".{1,40}",
        ) {
            let header = header(KIND[kind], of_subject);
            let plain = of_kind(header.kind, &seed);
            let place = Place::new(&account, &field).unwrap();
            let text = sealed(&header, place, &plain);
            prop_assert_eq!(text.len(), (61 + 9 * usize::from(of_subject) + plain.len()).saturating_mul(4).div_ceil(3));
            prop_assert_eq!(opened(&text, place).unwrap(), (header, plain));
        }

        #[test]
        fn elsewhere_it_does_not_open(account in "[a-c]{1,4}", field in "[a-c]{1,4}", other in "[a-c]{1,4}", third in "[a-c]{1,4}") {
            let text = sealed(&header(PlainKind::String, false), Place::new(&account, &field).unwrap(), b"text");
            let is_same = (&account, &field) == (&other, &third);
            prop_assert_eq!(opened(&text, Place::new(&other, &third).unwrap()).is_ok(), is_same);
        }

        #[test]
        fn any_text_is_refused(text in "(pum[0-3])?.{0,120}", more in "[A-Za-z0-9_-]{0,200}") {
            let place = Place::new("AC1", "f").unwrap();
            for text in [text.clone(), format!("pum1{more}"), format!("pum1AR{more}"), format!("{text}{more}")] {
                prop_assert!(opened(&text, place).is_err());
            }
        }
    }

    #[test]
    fn every_bit_counts() {
        let place = Place::new("AC1", "email").unwrap();
        for of_subject in [false, true] {
            for kind in KIND {
                let text = sealed(&header(kind, of_subject), place, b"1234567890");
                let mut raw = Vec::new();
                b64::read(&text, &mut raw).unwrap();
                for bit in 0..raw.len() * 8 {
                    let mut changed = raw.clone();
                    changed[bit / 8] ^= 1 << (bit % 8);
                    let mut text = Vec::new();
                    b64::append(&changed, &mut text);
                    assert!(opened(std::str::from_utf8(&text).unwrap(), place).is_err(), "bit {bit}");
                }
                for length in 0..text.len() {
                    assert!(opened(text.split_at(length).0, place).is_err(), "cut to {length}");
                }
                for more in ["A", "AA", "AAAA", "=", "\n"] {
                    assert!(opened(&format!("{text}{more}"), place).is_err(), "{more:?} more");
                }
            }
        }
    }

    #[test]
    fn what_is_not_its_kind_is_refused() {
        let place = Place::new("AC1", "f").unwrap();
        for (kind, plain) in
            [(PlainKind::String, &b"\xff"[..]), (PlainKind::Json, b"1,2"), (PlainKind::Json, b"")]
        {
            let found = opened(&sealed(&header(kind, false), place, plain), place).unwrap_err();
            assert_eq!(found.code(), Code::AuthenticationFailed);
        }
    }

    #[test]
    fn a_place_has_names_that_fit() {
        let most = "n".repeat(65_535);
        let more = "n".repeat(65_536);
        assert!(Place::new(&most, &most).is_ok());
        for (account, field, code) in [
            ("", "f", Code::NoAccount),
            (more.as_str(), "f", Code::NoAccount),
            ("a", "", Code::InvalidOption),
            ("a", more.as_str(), Code::InvalidOption),
        ] {
            assert_eq!(Place::new(account, field).err().unwrap().code(), code);
        }
    }
}
