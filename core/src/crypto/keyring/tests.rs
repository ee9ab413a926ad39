//! Tests of what only the crate sees: keys in use, hints, the canonical form.

use super::super::root::{LocalRoot, UnwrapRequest, WrapRequest};
use super::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

/// A root that counts its batches, and gives what it is told in place of the first key.
struct Watched {
    root: LocalRoot,
    batches: AtomicU64,
    instead: Mutex<Vec<Secret>>,
}

impl Watched {
    fn new() -> Arc<Self> {
        let root = LocalRoot::from_bytes(&[1; 32]).unwrap();
        Arc::new(Watched { root, batches: AtomicU64::new(0), instead: Mutex::default() })
    }

    fn instead(&self) -> MutexGuard<'_, Vec<Secret>> {
        self.instead.lock().unwrap()
    }
}

impl KeyWrapper for Watched {
    fn info(&self) -> RootInfo {
        self.root.info()
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.root.wrap(requests)
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        let mut keys = self.root.unwrap(requests)?;
        if let (Some(slot), Some(other)) = (keys.first_mut(), self.instead().pop()) {
            *slot = other;
        }
        Ok(keys)
    }
}

fn keyring(accounts: &[&str]) -> (Keyring, Arc<Watched>) {
    let root = Watched::new();
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(accounts).unwrap();
    (keyring, root)
}

#[test]
fn an_accounts_keys_come_in_one_batch() {
    let (mut keyring, root) = keyring(&["AC1", "AC2"]);
    keyring.rotate("AC1").unwrap();
    let keys = keyring.keys_of("AC1").unwrap();
    assert_eq!(root.batches.load(Ordering::Relaxed), 1);

    let info = keyring.accounts().next().unwrap();
    for ((kid, state, key), due) in keys.keys.iter().zip(&info.keys) {
        assert_eq!((*kid, *state, key.as_ref().unwrap().kid), (due.kid, due.state, due.kid));
    }
    assert_eq!(keys.keys.len(), 2);
    assert_eq!(AccountTag(keys.token_root.unwrap().tag), info.token_roots[0].tag);

    keyring.forget_account("AC1").unwrap();
    keyring.add(&["AC1"]).unwrap();
    let keys = keyring.keys_of("AC1").unwrap();
    let living: Vec<_> = keys.keys.iter().map(|(_, state, key)| (*state, key.is_some())).collect();
    let dead = (KeyState::Destroyed, false);
    assert_eq!(living, [dead, dead, (KeyState::Primary, true)]);
    let info = keyring.accounts().next().unwrap();
    assert_eq!(AccountTag(keys.token_root.unwrap().tag), info.token_roots[1].tag);
}

#[test]
fn a_forgotten_account_asks_no_root() {
    let (mut keyring, root) = keyring(&["AC1"]);
    keyring.forget_account("AC1").unwrap();
    let keys = keyring.keys_of("AC1").unwrap();
    assert!(matches!(keys.keys[..], [(_, KeyState::Destroyed, None)]) && keys.token_root.is_none());
    assert_eq!(root.batches.load(Ordering::Relaxed), 0);
    assert_eq!(keyring.keys_of("AC2").map(drop).unwrap_err().code(), Code::UnknownAccount);
}

/// The document's MAC fits, as if the root's owner had been tricked into it: each key is bound to its place still.
#[test]
fn no_key_works_in_anothers_place() {
    type Edit = fn(&mut Vec<Account>);
    let edits: [(&str, Edit); 5] = [
        ("another account's key", |accounts| {
            accounts[0].keys[0].wrapped = accounts[1].keys[0].wrapped.clone();
        }),
        ("another version's key", |accounts| {
            accounts[0].keys[0].wrapped = accounts[0].keys[1].wrapped.clone();
        }),
        ("a token root as account key", |accounts| {
            accounts[0].keys[0].wrapped = accounts[0].token_roots[0].wrapped.clone();
        }),
        ("another kid", |accounts| accounts[0].keys[0].kid[0] ^= 1),
        ("another tag", |accounts| accounts[0].token_roots[0].tag[7] ^= 1),
    ];
    for (name, edit) in edits {
        let (mut keyring, root) = keyring(&["AC1", "AC2"]);
        keyring.rotate("AC1").unwrap();
        edit(&mut keyring.document.accounts);
        let mut keyring = Keyring::open(&keyring.to_bytes(), root).unwrap();
        let came = keyring.keys_of("AC1").map(drop);
        assert_eq!(came.unwrap_err().code(), Code::KeyringTampered, "{name}");
        keyring.keys_of("AC2").unwrap();
        let came = keyring.rewrap(Watched::new());
        assert_eq!(came.unwrap_err().code(), Code::KeyringTampered, "{name}");
    }
}

#[test]
fn another_key_from_the_root_is_never_used() {
    let (keyring, root) = keyring(&["AC1"]);
    root.instead().push(Secret::make().unwrap());
    assert_eq!(keyring.keys_of("AC1").map(drop).unwrap_err().code(), Code::KeyringTampered);
    keyring.keys_of("AC1").unwrap();
}

#[test]
fn a_hint_finds_its_account() {
    let (mut keyring, root) = keyring(&["AC1", "AC2"]);
    let tag = keyring.keys_of("AC2").unwrap().token_root.unwrap().tag;
    let found = |keyring: &Keyring, tag: &Tag| -> Vec<(String, Tag, TokenRootState)> {
        let found = keyring.with_hint(index::hint(tag));
        found.map(|it| (it.account.to_owned(), it.tag, it.state)).collect()
    };
    let live = ("AC2".to_owned(), tag, TokenRootState::Live);
    assert_eq!(found(&keyring, &tag), std::slice::from_ref(&live));
    assert!(found(&keyring, &[tag[0] ^ 1, tag[1], tag[2], tag[3], tag[4], 0, 0, 0]).is_empty());

    // A dead one may share it; of the living, one has it.
    keyring.forget_account("AC1").unwrap();
    let mut twin = tag;
    twin[7] ^= 1;
    keyring.document.accounts[0].token_roots[0].tag = twin;
    let mut keyring = Keyring::open(&keyring.to_bytes(), root).unwrap();
    assert_eq!(found(&keyring, &tag), [("AC1".to_owned(), twin, TokenRootState::Destroyed), live]);

    keyring.forget_account("AC2").unwrap();
    assert_eq!(found(&keyring, &tag)[1], ("AC2".to_owned(), tag, TokenRootState::Destroyed));
    keyring.add(&["AC2", "AC3"]).unwrap();
    for account in ["AC2", "AC3"] {
        let tag = keyring.keys_of(account).unwrap().token_root.unwrap().tag;
        assert_eq!(found(&keyring, &tag), [(account.to_owned(), tag, TokenRootState::Live)]);
    }
}

#[test]
fn a_taken_name_is_drawn_anew() {
    let draws = |names: &[u8]| {
        let mut secrets = names.iter().map(|name| Secret::from_bytes(&[*name; 32]));
        let name_of = |secret: &Secret| secret.expose()[0];
        let made = make_unlike(|| secrets.next().unwrap(), name_of, |name| *name > 2);
        made.map(|(secret, name)| (secret.expose()[0], name)).map_err(|error| error.code())
    };
    assert_eq!(draws(&[3, 4]), Ok((3, 3)));
    assert_eq!(draws(&[1, 2, 1, 9]), Ok((9, 9)));
    // Randomness that repeats itself ends.
    assert_eq!(draws(&[1; DRAWS]), Err(Code::RandomFailed));
}

#[test]
fn hints_and_kids_are_claimed_once() {
    let (keyring, _) = keyring(&["AC1"]);
    let mut taken = Taken::default();
    let root = keyring.draw_token_root("AC2", &mut taken).unwrap();
    let key = keyring.draw_key("AC2", &mut taken).unwrap();
    assert!(taken.hints.contains(&index::hint(&root.name)) && taken.kids.contains(&key.name));
    assert!(keyring.index.has_hint(&index::hint(&keyring.document.accounts[0].token_roots[0].tag)));
    assert!(keyring.index.has_kid(&keyring.document.accounts[0].keys[0].kid));
}

#[test]
fn the_index_kept_is_the_index_read() {
    let (mut keyring, root) = keyring(&["AC1", "AC2", "AC3"]);
    keyring.rotate("AC2").unwrap();
    keyring.forget_account("AC1").unwrap();
    keyring.add(&["AC4", "AC1"]).unwrap();
    let read = Keyring::open(&keyring.to_bytes(), root).unwrap();
    assert_eq!(read.index, keyring.index);
}

#[test]
fn the_sequence_ends_in_an_error() {
    let (mut keyring, root) = keyring(&["AC1"]);
    keyring.document.sequence = MOST;
    let document = keyring.to_bytes();
    assert_eq!(keyring.add(&["AC2"]).unwrap_err().code(), Code::KeyringInvalid);
    assert_eq!(keyring.rotate("AC1").unwrap_err().code(), Code::KeyringInvalid);
    assert_eq!(keyring.forget_account("AC1").unwrap_err().code(), Code::KeyringInvalid);
    assert_eq!(keyring.rewrap(root.clone()).unwrap_err().code(), Code::KeyringInvalid);
    assert_eq!(keyring.to_bytes(), document);
    Keyring::open(&document, root).unwrap();
}

#[test]
fn keyrings_are_shared_by_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let (keyring, _) = keyring(&["AC1"]);
    shared(&keyring);
}
