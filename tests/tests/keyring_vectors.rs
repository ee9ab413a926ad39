//! Runs `vectors/keyring.json`, which another implementation made.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::vectors;
use pumice::crypto::{
    Argon2id, KeyWrapper, Keyring, LocalRoot, PassphraseRoot, RootInfo, Secret, UnwrapRequest, WrapRequest,
};
use pumice::{Code, Error};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

fn rows<Row: DeserializeOwned>(section: &str) -> Vec<Row> {
    let rows = vectors::read::<Value>("keyring").remove(section).unwrap();
    assert!(!rows.is_empty());
    rows.into_iter().map(|row| serde_json::from_value(row).unwrap()).collect()
}

/// A root's bytes in hex, or a passphrase.
#[derive(Deserialize)]
struct Given {
    root: Option<String>,
    passphrase: Option<String>,
}

impl Given {
    fn make(&self, argon2id: Option<&Argon2id>) -> Result<Arc<dyn KeyWrapper>, Error> {
        Ok(match (&self.root, &self.passphrase) {
            (Some(root), None) => Arc::new(LocalRoot::from_bytes(&vectors::hex(root))?),
            // One who has a passphrase has costs in mind where a document says none.
            (None, Some(passphrase)) => {
                let own = Argon2id { lanes: 1, memory_kib: 64, passes: 1, salt: [1; 16] };
                Arc::new(PassphraseRoot::open(passphrase.as_bytes(), argon2id.unwrap_or(&own))?)
            }
            _ => panic!("a root is bytes or a passphrase"),
        })
    }

    /// As a host does: it asks the document which root to fetch.
    fn open(&self, document: &str, at_least: Option<u64>) -> Result<Keyring, Error> {
        let asked = Keyring::root_of(document.as_bytes())?;
        let root = self.make(asked.argon2id.as_ref())?;
        match at_least {
            Some(at_least) => Keyring::open_pinned(document.as_bytes(), root, at_least),
            None => Keyring::open(document.as_bytes(), root),
        }
    }
}

#[derive(Deserialize)]
struct RootRow {
    #[serde(flatten)]
    given: Given,
    argon2id: Option<Costs>,
    id: String,
    key: String,
    wraps: Vec<Wrap>,
}

#[derive(Deserialize)]
struct Costs {
    lanes: u32,
    memory_kib: u32,
    passes: u32,
    salt: String,
}

#[derive(Deserialize)]
struct Wrap {
    context: Vec<(String, String)>,
    wrapped: String,
}

impl Wrap {
    fn context(&self) -> Vec<(&str, &str)> {
        self.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

#[test]
fn roots_wrap_as_written_down() {
    for row in rows::<RootRow>("roots") {
        let argon2id = row.argon2id.map(|costs| Argon2id {
            lanes: costs.lanes,
            memory_kib: costs.memory_kib,
            passes: costs.passes,
            salt: URL_SAFE_NO_PAD.decode(costs.salt).unwrap().try_into().unwrap(),
        });
        let root = row.given.make(argon2id.as_ref()).unwrap();
        let kind = if row.given.root.is_some() { "local" } else { "passphrase" };
        assert_eq!(root.info(), RootInfo { kind: kind.to_owned(), id: row.id, argon2id });

        let key = Secret::from_bytes(&vectors::hex(&row.key)).unwrap();
        let contexts: Vec<Vec<(&str, &str)>> = row.wraps.iter().map(Wrap::context).collect();
        let requests: Vec<_> = contexts.iter().map(|context| WrapRequest { key: &key, context }).collect();
        let wrapped = root.wrap(&requests).unwrap();
        let expected: Vec<_> = row.wraps.iter().map(|wrap| vectors::hex(&wrap.wrapped)).collect();
        assert_eq!(wrapped, expected);
        for (at, wrapped) in wrapped.iter().enumerate() {
            for (other, context) in contexts.iter().enumerate() {
                match root.unwrap(&[UnwrapRequest { wrapped, context }]) {
                    Ok(keys) => assert!(at == other && keys[0].expose() == key.expose()),
                    Err(error) => assert!(at != other && error.code() == Code::AuthenticationFailed),
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct ValidRow {
    #[serde(flatten)]
    given: Given,
    document: String,
    sequence: u64,
    accounts: Vec<AccountRow>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct AccountRow {
    account: String,
    keys: Vec<KeyRow>,
    token_roots: Vec<TokenRootRow>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct KeyRow {
    version: u64,
    state: String,
    kid: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct TokenRootRow {
    version: u64,
    state: String,
    tag: String,
}

fn listed(keyring: &Keyring) -> Vec<AccountRow> {
    let key = |key: &pumice::crypto::KeyInfo| KeyRow {
        version: key.version,
        state: key.state.as_str().to_owned(),
        kid: key.kid_text(),
    };
    let token_root = |root: &pumice::crypto::TokenRootInfo| TokenRootRow {
        version: root.version,
        state: root.state.as_str().to_owned(),
        tag: URL_SAFE_NO_PAD.encode(root.tag.0),
    };
    keyring
        .accounts()
        .map(|account| AccountRow {
            account: account.account.to_owned(),
            keys: account.keys.iter().map(key).collect(),
            token_roots: account.token_roots.iter().map(token_root).collect(),
        })
        .collect()
}

#[test]
fn valid_documents_open() {
    for row in rows::<ValidRow>("valid") {
        let mut keyring = row.given.open(&row.document, Some(row.sequence)).unwrap();
        assert_eq!(keyring.sequence(), row.sequence, "{}", row.document);
        assert_eq!(listed(&keyring), row.accounts, "{}", row.document);
        let code = row.given.open(&row.document, Some(row.sequence + 1)).unwrap_err().code();
        assert_eq!(code, Code::KeyringRolledBack);

        let written = String::from_utf8(keyring.to_bytes()).unwrap();
        let members = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(members(&written), members(&row.document), "what is written is what was read");
        assert_eq!(listed(&row.given.open(&written, None).unwrap()), row.accounts);
        // Each key unwraps, and is what its kid or tag says.
        let rewrapped = keyring.rewrap(Arc::new(LocalRoot::make().unwrap()));
        assert_eq!(rewrapped.is_ok(), row.sequence < (1 << 53) - 1);
    }
}

#[test]
fn a_document_cut_short_is_refused() {
    for row in rows::<ValidRow>("valid") {
        let whole = row.document.trim_ascii_end();
        for length in (0..whole.len()).filter(|length| whole.is_char_boundary(*length)) {
            let code = Keyring::root_of(&whole.as_bytes()[..length]).map(drop).unwrap_err().code();
            assert_eq!(code, Code::KeyringInvalid, "{length} of {whole}");
        }
    }
}

#[derive(Deserialize)]
struct InvalidRow {
    #[serde(flatten)]
    given: Given,
    at_least: Option<u64>,
    document: String,
    code: String,
    why: String,
}

#[test]
fn invalid_documents_are_refused() {
    let mut wrong = Vec::new();
    for row in rows::<InvalidRow>("invalid") {
        let came = row.given.open(&row.document, row.at_least).map(drop);
        let code = came.err().map_or("opened", |error| error.code().as_str());
        if code != row.code {
            wrong.push(format!("{}: {code} in place of {}", row.why, row.code));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[derive(Deserialize)]
struct UnusableRow {
    #[serde(flatten)]
    given: Given,
    document: String,
    code: String,
    why: String,
}

#[test]
fn keys_that_are_not_their_accounts_are_not_used() {
    for row in rows::<UnusableRow>("unusable") {
        let mut keyring = row.given.open(&row.document, None).unwrap();
        let before = keyring.to_bytes();
        let code = keyring.rewrap(Arc::new(LocalRoot::make().unwrap())).unwrap_err().code();
        assert_eq!(code.as_str(), row.code, "{}", row.why);
        assert_eq!(keyring.to_bytes(), before, "{}", row.why);
    }
}
