//! Tokens, sealed and opened with a key that is given; knows no keyring and no store.
//!
//! ```text
//! magic 3 ‖ kind 1 ‖ hint 5 ‖ masked record id 9 ‖ synthetic IV 16 ‖ ciphertext 16, 24, 32, 48, 64, 96, …
//! ```

use super::b64;
use super::envelope::{Buffers, take};
use super::key::{TAG_BYTES, Tag, TokenRoot, mac};
use super::plain::PlainKind;
use super::subject::RecordId;
use crate::error::{Code, Error};
use crate::scalar::Kind;
use aes_gcm::aes::Aes256Enc;
use aes_siv::siv::Siv;
use cmac::Cmac;
use zeroize::{Zeroize, Zeroizing};

const MAGIC: [u8; 3] = [0xA6, 0xD9, 0x35];
/// Magic, kind, hint, masked record id.
const HEAD_BYTES: usize = 3 + 1 + 5 + RecordId::BYTES;
const PAD: u8 = 0x80;

/// The key of a subject's tokens of a type, ready to be used.
// SIV runs AES forwards only, both ways: half of the key schedule is enough.
pub(crate) type TokenKey = Siv<Aes256Enc, Cmac<Aes256Enc>>;

/// Of which account's token root a token is, perhaps among others.
pub(crate) type Hint = [u8; 5];

/// The hint of a token root.
pub(crate) fn hint(tag: Tag) -> Hint {
    let [a, b, c, d, e, ..] = tag;
    [a, b, c, d, e]
}

/// The number of a type.
pub(crate) fn number(value_type: Kind) -> u8 {
    match value_type {
        Kind::Phone => 1,
        Kind::Email => 2,
        Kind::Ip => 3,
        Kind::UserAgent => 4,
        Kind::Coordinate => 5,
        Kind::Text => 6,
    }
}

/// What a token stands for, as one byte: what was sealed, and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) plain: PlainKind,
    pub(crate) value_type: Kind,
}

impl Sort {
    /// # Errors
    /// [`Code::InvalidValue`]: bytes have no token and no hash.
    pub(crate) fn new(plain: PlainKind, value_type: Kind) -> Result<Self, Error> {
        match plain {
            PlainKind::String | PlainKind::Json => Ok(Sort { plain, value_type }),
            PlainKind::Bytes => Err(Error::new(Code::InvalidValue)),
        }
    }

    pub(crate) fn byte(self) -> u8 {
        self.plain.bits() | number(self.value_type)
    }

    fn from_byte(byte: u8) -> Option<Self> {
        let sorts =
            |plain| Kind::ALL.iter().filter_map(move |(_, value_type)| Sort::new(plain, *value_type).ok());
        sorts(PlainKind::from_bits(byte)?).find(|sort| sort.byte() == byte)
    }
}

/// The next of 16, 24, 32, 48, 64, 96, … that is longer than the value.
fn padded_length(length: usize) -> usize {
    let mut step = 16;
    loop {
        if step > length {
            return step;
        }
        if step + step / 2 > length {
            return step + step / 2;
        }
        step *= 2;
    }
}

/// The value inside its padding.
fn unpadded(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    let (value, rest) = padded.split_at_checked(end)?;
    (rest.first() == Some(&PAD) && padded_length(value.len()) == padded.len()).then_some(value)
}

/// Whose token it is.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) account: &'a str,
    pub(crate) root: &'a TokenRoot,
    pub(crate) record: RecordId,
}

impl Whose<'_> {
    /// The one associated string.
    fn bind(&self, sort: Sort, bound: &mut Vec<u8>) -> Result<(), Error> {
        let length = u16::try_from(self.account.len()).map_err(|_| Error::new(Code::NoAccount))?;
        bound.clear();
        bound.reserve(HEAD_BYTES + TAG_BYTES + self.account.len());
        append_head(sort, hint(self.root.tag), bound);
        bound.extend_from_slice(&self.record.0);
        bound.extend_from_slice(&length.to_be_bytes());
        bound.extend_from_slice(self.account.as_bytes());
        Ok(())
    }

    fn mask(&self, iv: &[u8; TAG_BYTES]) -> RecordId {
        mask(self.root, self.record, iv)
    }
}

/// Hides a record id, and shows a hidden one.
fn mask(root: &TokenRoot, id: RecordId, iv: &[u8; TAG_BYTES]) -> RecordId {
    id.masked(mac(&root.mask, &[b"pumice/1/token", iv]))
}

fn append_head(sort: Sort, hint: Hint, out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
    out.push(sort.byte());
    out.extend_from_slice(&hint);
}

/// Appends the token of `plain` to `out`. The key is the one of the sort's type.
///
/// # Errors
/// [`Code::NoAccount`] for an account that is too long.
pub(crate) fn seal(
    key: &mut TokenKey,
    whose: Whose<'_>,
    sort: Sort,
    plain: &[u8],
    buffers: &mut Buffers,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let Buffers { raw, bound } = buffers;
    whose.bind(sort, bound)?;
    let padded = padded_length(plain.len());
    raw.clear();
    // Before there is anything in the clear, so that none of it is left where the buffer was.
    raw.reserve(HEAD_BYTES + TAG_BYTES + padded);
    raw.resize(HEAD_BYTES + TAG_BYTES, 0);
    raw.extend_from_slice(plain);
    raw.push(PAD);
    raw.resize(HEAD_BYTES + TAG_BYTES + padded, 0);
    let (_, text) = raw.split_at_mut(HEAD_BYTES + TAG_BYTES);
    let iv = match key.encrypt_inout_detached([&*bound], (&mut *text).into()) {
        Ok(iv) => iv.into(),
        // INVARIANT: AES-SIV refuses only more than 126 associated strings. The value must not come out then.
        Err(_) => {
            text.zeroize();
            return Err(Error::new(Code::AuthenticationFailed));
        }
    };
    let (head, _) = raw.split_at_mut(HEAD_BYTES + TAG_BYTES);
    bound.truncate(HEAD_BYTES - RecordId::BYTES);
    bound.extend_from_slice(&whose.mask(&iv).0);
    bound.extend_from_slice(&iv);
    head.copy_from_slice(bound);
    b64::append(raw, out);
    Ok(())
}

/// A token, taken apart and not yet opened.
pub(crate) struct Token<'a> {
    pub(crate) sort: Sort,
    pub(crate) hint: Hint,
    masked: RecordId,
    iv: [u8; TAG_BYTES],
    text: &'a [u8],
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`Code::NotOurs`], [`Code::UnknownVersion`], [`Code::Malformed`]
    pub(crate) fn parse(text: &str, raw: &'a mut Vec<u8>) -> Result<Self, Error> {
        b64::read_named("ptk", text, raw)?;
        let mut rest = raw.as_slice();
        let _magic = take::<3>(&mut rest)?;
        let [byte] = take(&mut rest)?;
        let sort = Sort::from_byte(byte).ok_or_else(|| Error::new(Code::UnknownVersion))?;
        let token = Token {
            sort,
            hint: take(&mut rest)?,
            masked: RecordId(take(&mut rest)?),
            iv: take(&mut rest)?,
            text: rest,
        };
        let whole =
            token.text.len().checked_sub(1).is_some_and(|most| padded_length(most) == token.text.len());
        if whole { Ok(token) } else { Err(Error::new(Code::Malformed)) }
    }

    /// Its record, if it is of this account.
    pub(crate) fn record(&self, root: &TokenRoot) -> RecordId {
        mask(root, self.masked, &self.iv)
    }

    /// Appends what it stands for to `out`. The key is the one of the sort's type.
    ///
    /// # Errors
    /// [`Code::AuthenticationFailed`], and nothing is appended.
    pub(crate) fn open(
        &self,
        key: &mut TokenKey,
        whose: Whose<'_>,
        bound: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<PlainKind, Error> {
        let failed = || Error::new(Code::AuthenticationFailed);
        whose.bind(self.sort, bound)?;
        let mut padded = Zeroizing::new(self.text.to_vec());
        key.decrypt_inout_detached([&*bound], padded.as_mut_slice().into(), (&self.iv).into())
            .map_err(|_| failed())?;
        let value = unpadded(&padded).ok_or_else(failed)?;
        self.sort.plain.check(value)?;
        out.extend_from_slice(value);
        Ok(self.sort.plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key::Secret;
    use crate::crypto::subject_key::{SubjectKey, record_key};
    use proptest::prelude::*;

    struct World {
        root: TokenRoot,
        subject: SubjectKey,
    }

    impl World {
        fn new() -> Self {
            let root = TokenRoot::new(&Secret::from_bytes(&[3; 32]).unwrap());
            let (subject, _) = SubjectKey::make(&root, record_key(&root, "user-1")).unwrap();
            World { root, subject }
        }

        fn sealed(&self, account: &str, sort: Sort, plain: &[u8]) -> String {
            let whose = Whose { account, root: &self.root, record: self.subject.id };
            let mut out = Vec::new();
            let key = &mut self.subject.token_key(sort.value_type);
            seal(key, whose, sort, plain, &mut Buffers::default(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        }

        /// As a reader of this subject alone opens it.
        fn opened(&self, account: &str, text: &str) -> Result<(Sort, Vec<u8>), Error> {
            let mut raw = Vec::new();
            let token = Token::parse(text, &mut raw)?;
            if token.hint != hint(self.root.tag) || token.record(&self.root) != self.subject.id {
                return Err(Error::new(Code::Forgotten));
            }
            let whose = Whose { account, root: &self.root, record: self.subject.id };
            let mut out = b"before".to_vec();
            let key = &mut self.subject.token_key(token.sort.value_type);
            let kind = token
                .open(key, whose, &mut Vec::new(), &mut out)
                .inspect_err(|_| assert_eq!(out, b"before"))?;
            assert_eq!(kind, token.sort.plain);
            Ok((token.sort, out.split_off(6)))
        }
    }

    fn sort(plain: PlainKind, value_type: Kind) -> Sort {
        Sort::new(plain, value_type).unwrap()
    }

    #[test]
    fn length_shows_as_a_step() {
        let steps = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
        for length in 0..512 {
            let due = steps.into_iter().find(|step| *step > length).unwrap();
            assert_eq!(padded_length(length), due);
            let mut padded = vec![0; due];
            padded[..length].fill(0x80);
            assert_eq!(
                unpadded(&padded).map(<[u8]>::len),
                (length > 0 && padded_length(length - 1) == due).then(|| length - 1)
            );
            padded[length] = 0x80;
            assert_eq!(unpadded(&padded), Some(&padded[..length]));
        }
        assert_eq!((unpadded(&[]), unpadded(&[0; 16])), (None, None));
    }

    #[test]
    fn sorts_are_their_bytes() {
        let sorts: Vec<_> = (0..=u8::MAX).filter_map(Sort::from_byte).collect();
        assert_eq!(sorts.len(), 12);
        for sort in sorts {
            assert_eq!(Sort::from_byte(sort.byte()), Some(sort));
        }
        assert_eq!(Sort::new(PlainKind::Bytes, Kind::Text).unwrap_err().code(), Code::InvalidValue);
    }

    proptest! {
        #[test]
        fn what_was_sealed_comes_back(plain in ".{0,200}", value_type in 0..6_usize, account in ".{1,40}") {
            let world = World::new();
            let sort = sort(PlainKind::String, Kind::ALL[value_type].1);
            let text = world.sealed(&account, sort, plain.as_bytes());
            prop_assert_eq!(&text, &world.sealed(&account, sort, plain.as_bytes()));
            prop_assert_eq!(text.len(), ((34 + padded_length(plain.len())) * 4).div_ceil(3));
            prop_assert_eq!(world.opened(&account, &text).unwrap(), (sort, plain.into_bytes()));
            prop_assert_eq!(world.opened(&format!("{account}."), &text).unwrap_err().code(), Code::AuthenticationFailed);
        }

        #[test]
        fn any_text_is_refused(text in "(ptk[0-3])?.{0,120}", more in "[A-Za-z0-9_-]{0,200}") {
            let world = World::new();
            for text in [text.clone(), format!("ptk1{more}"), format!("ptk1E{more}")] {
                prop_assert!(world.opened("AC1", &text).is_err());
            }
        }
    }

    #[test]
    fn every_bit_counts() {
        let world = World::new();
        let text = world.sealed("AC1", sort(PlainKind::Json, Kind::Phone), b"11234567890");
        let mut raw = Vec::new();
        b64::read(&text, &mut raw).unwrap();
        for bit in 0..raw.len() * 8 {
            let mut changed = raw.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let mut text = Vec::new();
            b64::append(&changed, &mut text);
            assert!(world.opened("AC1", std::str::from_utf8(&text).unwrap()).is_err(), "bit {bit}");
        }
        for length in 0..text.len() {
            assert!(world.opened("AC1", text.split_at(length).0).is_err(), "cut to {length}");
        }
    }
}
