//! Ciphertexts, tokens and hashes made with the salts, ivs and keys of the vectors: to the byte what another program made.

use super::envelope::{self, Buffers, Envelope, Header, MessageKey, Place};
use super::key::{AccountKey, Secret, TokenRoot};
use super::plain::PlainKind;
use super::subject::{Record, RecordId};
use super::subject_key::{SubjectKey, record_key};
use super::token::{self, Sort, Token, Whose};
use super::{hash, key};
use crate::scalar::Kind;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashMap;

const ENVELOPE: &str = include_str!("../../../tests/vectors/envelope.json");
const TOKEN: &str = include_str!("../../../tests/vectors/token.json");

#[derive(Deserialize)]
struct AccountKeyRow {
    account: String,
    state: String,
    account_key: String,
    kid: String,
    #[serde(rename = "K_enc")]
    k_enc: String,
}

#[derive(Deserialize)]
struct TokenRootRow {
    account: String,
    state: String,
    token_root: String,
    tag: String,
    #[serde(rename = "K_wrap")]
    k_wrap: String,
}

#[derive(Deserialize)]
struct SubjectRow {
    account: String,
    subject: String,
    subject_key: String,
    record_key: String,
    record_id: String,
    wrapped: String,
}

#[derive(Deserialize)]
struct EnvelopeRow {
    account: String,
    field: Value,
    subject: Option<String>,
    kind: String,
    plain: Option<String>,
    plain_hex: Option<String>,
    salt: String,
    iv: String,
    ad: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct TokenRow {
    account: String,
    subject: String,
    #[serde(rename = "type")]
    value_type: String,
    kind: String,
    plain: String,
    ad: String,
    token: String,
}

#[derive(Deserialize)]
struct HashRow {
    account: String,
    #[serde(rename = "type")]
    value_type: String,
    kind: String,
    plain: String,
    hash: String,
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    unhex(hex).try_into().unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn secret(hex: &str) -> Secret {
    Secret::from_bytes(&unhex(hex)).unwrap()
}

fn kind(word: &str) -> PlainKind {
    match word {
        "string" => PlainKind::String,
        "json" => PlainKind::Json,
        "bytes" => PlainKind::Bytes,
        _ => panic!("{word}"),
    }
}

fn value_type(word: &str) -> Kind {
    Kind::ALL.iter().find(|(name, _)| *name == word).unwrap().1
}

/// A text, or its parts: each a text, or a text and how often.
fn text(written: &Value) -> String {
    match written {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .map(|part| match part {
                Value::Array(part) => text(&part[0]).repeat(part[1].as_u64().unwrap() as usize),
                other => text(other),
            })
            .collect(),
        _ => panic!("neither"),
    }
}

struct World {
    sections: Map<String, Value>,
    account_keys: Vec<(String, String, AccountKey)>,
    roots: HashMap<String, TokenRoot>,
    subjects: HashMap<(String, String), SubjectKey>,
}

impl World {
    fn read(file: &str) -> Self {
        let mut world = World {
            sections: serde_json::from_str(file).unwrap(),
            account_keys: Vec::new(),
            roots: HashMap::new(),
            subjects: HashMap::new(),
        };
        for row in world.rows::<AccountKeyRow>("account_keys") {
            let key = AccountKey::new(&secret(&row.account_key));
            assert_eq!((hex(&key.kid), hex(key.k_enc.as_slice())), (row.kid, row.k_enc));
            world.account_keys.push((row.account, row.state, key));
        }
        // Of an account that has none alive, the last one.
        for row in world.rows::<TokenRootRow>("token_roots") {
            let root = TokenRoot::new(&secret(&row.token_root));
            assert_eq!((hex(&root.tag), hex(root.wrap.as_slice())), (row.tag, row.k_wrap));
            assert!(["live", "destroyed"].contains(&row.state.as_str()));
            world.roots.insert(row.account, root);
        }
        for row in world.rows::<SubjectRow>("subjects") {
            let root = &world.roots[&row.account];
            let record_key = record_key(root, &row.subject);
            assert_eq!(hex(&record_key.0), row.record_key);
            let record = Record { id: RecordId(bytes(&row.record_id)), wrapped: bytes(&row.wrapped) };
            let ad = [b"pumice/1/subject".as_slice(), &record_key.0, &record.id.0].concat();
            assert_eq!(key::wrap(&root.wrap, &ad, &secret(&row.subject_key)).unwrap(), record.wrapped);
            let key = SubjectKey::from_record(root, record_key, &record).unwrap();
            world.subjects.insert((row.account, row.subject), key);
        }
        world
    }

    fn rows<Row: DeserializeOwned>(&self, section: &str) -> Vec<Row> {
        let rows: Vec<Row> = serde_json::from_value(self.sections[section].clone()).unwrap();
        assert!(!rows.is_empty());
        rows
    }

    fn primary(&self, account: &str) -> &AccountKey {
        let mut keys = self.account_keys.iter();
        &keys.find(|(name, state, _)| name == account && state == "primary").unwrap().2
    }

    fn subject(&self, account: &str, subject: &str) -> (&TokenRoot, &SubjectKey) {
        (&self.roots[account], &self.subjects[&(account.to_owned(), subject.to_owned())])
    }
}

#[test]
fn ciphertexts_are_the_same_to_the_byte() {
    let world = World::read(ENVELOPE);
    let mut of_subjects = 0;
    for row in world.rows::<EnvelopeRow>("valid") {
        let (kind, field, salt, iv) = (kind(&row.kind), text(&row.field), bytes(&row.salt), bytes(&row.iv));
        let plain = row.plain_hex.map_or_else(|| row.plain.clone().unwrap().into_bytes(), |hex| unhex(&hex));
        let mut raw = Vec::new();
        let parsed = Envelope::parse(&row.text, &mut raw).unwrap();
        let key = &world.account_keys.iter().find(|(_, _, key)| key.kid == parsed.header.kid).unwrap().2;
        let subject = row.subject.as_ref().map(|subject| world.subject(&row.account, subject));
        of_subjects += usize::from(subject.is_some());
        let message_key = subject
            .map_or_else(|| MessageKey::new(&key.enc, &salt), |(_, subject)| subject.message_key(key, &salt));
        let masked = subject.map(|(root, subject)| envelope::mask(root, subject.id, &salt, &iv));
        let header = Header { kind, kid: key.kid, masked, salt };
        assert_eq!((parsed.header, parsed.iv), (header, iv));

        let place = Place::new(&row.account, &field).unwrap();
        let (mut buffers, mut out) = (Buffers::default(), Vec::new());
        envelope::seal(&message_key, &header, place, &iv, &plain, &mut buffers, &mut out).unwrap();
        assert_eq!(std::str::from_utf8(&out).unwrap(), row.text);
        if let Some(ad) = row.ad {
            assert_eq!(hex(&buffers.bound), ad);
        }
        out.clear();
        assert_eq!(parsed.open(&message_key, place, &mut buffers.bound, &mut out).unwrap(), kind);
        assert_eq!(out, plain);
    }
    assert!(of_subjects > 5);
}

#[test]
fn tokens_are_the_same_to_the_byte() {
    let world = World::read(TOKEN);
    for row in world.rows::<TokenRow>("valid") {
        let (root, subject) = world.subject(&row.account, &row.subject);
        let sort = Sort::new(kind(&row.kind), value_type(&row.value_type)).unwrap();
        let mut key = subject.token_key(sort.value_type);
        let whose = Whose { account: &row.account, root, record: subject.id };
        let (mut buffers, mut out) = (Buffers::default(), Vec::new());
        token::seal(&mut key, whose, sort, row.plain.as_bytes(), &mut buffers, &mut out).unwrap();
        assert_eq!(std::str::from_utf8(&out).unwrap(), row.token);

        let parsed = Token::parse(&row.token, &mut buffers.raw).unwrap();
        assert_eq!((parsed.sort, parsed.hint), (sort, token::hint(root.tag)));
        assert_eq!(parsed.record(root), subject.id);
        out.clear();
        assert_eq!(parsed.open(&mut key, whose, &mut buffers.bound, &mut out).unwrap(), sort.plain);
        assert_eq!((hex(&buffers.bound), out), (row.ad, row.plain.into_bytes()));
    }
}

#[test]
fn hashes_are_the_same_to_the_byte() {
    let world = World::read(TOKEN);
    for row in world.rows::<HashRow>("hash") {
        let sort = Sort::new(kind(&row.kind), value_type(&row.value_type)).unwrap();
        let mut out = Vec::new();
        hash::append(&world.primary(&row.account).hash, sort, row.plain.as_bytes(), &mut out);
        assert_eq!(std::str::from_utf8(&out).unwrap(), row.hash);
        assert_eq!(out.len(), 36);
    }
}
