//! Holds keyrings and roots to what they promise.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::vectors;
use proptest::prelude::*;
use pumice::crypto::{
    Argon2id, KeyState, KeyWrapper, Keyring, LocalRoot, PassphraseRoot, RootInfo, Secret, TokenRootState,
    UnwrapRequest, WrapRequest,
};
use pumice::{Code, Error};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, PartialEq)]
struct AccountRow {
    account: String,
    keys: Vec<(u64, String, String)>,
    token_roots: Vec<(u64, String, String)>,
}

fn listed(keyring: &Keyring) -> Vec<AccountRow> {
    keyring
        .accounts()
        .map(|account| AccountRow {
            account: account.account.to_owned(),
            keys: account
                .keys
                .iter()
                .map(|key| (key.version, key.state.as_str().to_owned(), key.kid_text()))
                .collect(),
            token_roots: account
                .token_roots
                .iter()
                .map(|root| (root.version, root.state.as_str().to_owned(), root.tag_text()))
                .collect(),
        })
        .collect()
}

fn new_root() -> Arc<dyn KeyWrapper> {
    Arc::new(LocalRoot::make().unwrap())
}

/// Of the vectors, one with an account of every kind, as a keyring writes it.
fn main_document() -> (String, Arc<dyn KeyWrapper>) {
    let row = vectors::read::<Value>("keyring").remove("valid").unwrap().remove(0);
    let root = LocalRoot::from_bytes(&vectors::hex(row["root"].as_str().unwrap())).unwrap();
    let root: Arc<dyn KeyWrapper> = Arc::new(root);
    let keyring = Keyring::open(row["document"].as_str().unwrap().as_bytes(), root.clone()).unwrap();
    assert_eq!(keyring.accounts().count(), 4);
    (String::from_utf8(keyring.to_bytes()).unwrap(), root)
}

#[test]
fn no_bit_may_change() {
    let (document, root) = main_document();
    let mut bytes = document.into_bytes();
    for at in 0..bytes.len() {
        // Each byte in two ways, each bit of many.
        for bit in [0, 1 + at % 7] {
            bytes[at] ^= 1 << bit;
            let code = Keyring::open(&bytes, root.clone()).map(drop).unwrap_err().code();
            assert!(
                [Code::KeyringInvalid, Code::KeyringTampered, Code::WrongRoot].contains(&code),
                "bit {bit} of byte {at}: {code}"
            );
            bytes[at] ^= 1 << bit;
        }
    }
    Keyring::open(&bytes, root).unwrap();
}

#[test]
fn no_end_may_be_missing() {
    let (document, root) = main_document();
    for end in 0..document.len() {
        let cut = Keyring::open(&document.as_bytes()[..end], root.clone());
        assert_eq!(cut.unwrap_err().code(), Code::KeyringInvalid, "{end} bytes");
        let cut = Keyring::root_of(&document.as_bytes()[..end]);
        assert_eq!(cut.unwrap_err().code(), Code::KeyringInvalid, "{end} bytes");
    }
}

#[test]
fn the_layout_is_free() {
    let (document, root) = main_document();
    let tree: Value = serde_json::from_str(&document).unwrap();
    let line = tree.to_string();
    let escaped = document.replacen("\"AC-again\"", "\"\\u0041C-again\"", 1);
    assert!(line != document && escaped != document);
    for same in [line, escaped, format!(" {document}\r\n")] {
        let keyring = Keyring::open(same.as_bytes(), root.clone()).unwrap();
        assert_eq!(keyring.to_bytes(), document.as_bytes());
    }
}

#[test]
fn another_root_is_told_before_it_is_asked() {
    let (document, _) = main_document();
    let other = Arc::new(Service::new(Fault::Silent));
    let came = Keyring::open(document.as_bytes(), other.clone());
    assert_eq!(came.unwrap_err().code(), Code::WrongRoot);
    assert_eq!(other.asked.load(Ordering::Relaxed), 0);
    let came = Keyring::open(document.as_bytes(), new_root());
    assert_eq!(came.unwrap_err().code(), Code::WrongRoot);

    let costs = Argon2id { lanes: 1, memory_kib: 8, passes: 1, salt: [1; 16] };
    let root = |passphrase: &[u8]| Arc::new(PassphraseRoot::open(passphrase, &costs).unwrap());
    let document = Keyring::make(root(b"mine")).unwrap().to_bytes();
    Keyring::open(&document, root(b"mine")).unwrap();
    let came = Keyring::open(&document, root(b"mine\n"));
    assert_eq!(came.unwrap_err().code(), Code::WrongRoot);
}

#[test]
fn an_older_document_is_refused_by_who_remembers() {
    let root = new_root();
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(&["AC1"]).unwrap();
    let before = keyring.to_bytes();
    keyring.forget_account("AC1").unwrap();
    let seen = keyring.sequence();

    let came = Keyring::open_pinned(&before, root.clone(), seen);
    assert_eq!(came.unwrap_err().code(), Code::KeyringRolledBack);
    for pin in [0, 1, seen] {
        Keyring::open_pinned(&keyring.to_bytes(), root.clone(), pin).unwrap();
    }
    let came = Keyring::open_pinned(&keyring.to_bytes(), root, seen + 1);
    assert_eq!(came.unwrap_err().code(), Code::KeyringRolledBack);
}

/// The states of an account's keys and token roots.
fn states(keyring: &Keyring, name: &str) -> (Vec<KeyState>, Vec<TokenRootState>) {
    let account = keyring.accounts().find(|account| account.account == name).unwrap();
    let keys = account.keys.iter().map(|key| key.state).collect();
    (keys, account.token_roots.iter().map(|root| root.state).collect())
}

#[test]
fn what_is_destroyed_stays_dead() {
    use KeyState::{DecryptOnly, Destroyed, Primary};
    use TokenRootState::{Destroyed as Dead, Live};
    let root = new_root();
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(&["AC1", "AC2"]).unwrap();
    assert_eq!(states(&keyring, "AC1"), (vec![Primary], vec![Live]));
    assert_eq!(keyring.rotate("AC1").unwrap(), 2);
    assert_eq!(keyring.rotate("AC1").unwrap(), 3);
    assert_eq!(states(&keyring, "AC1"), (vec![DecryptOnly, DecryptOnly, Primary], vec![Live]));
    let wrapped = String::from_utf8(keyring.to_bytes()).unwrap();

    assert_eq!(keyring.forget_account("AC1").unwrap(), 4);
    assert_eq!(states(&keyring, "AC1"), (vec![Destroyed; 3], vec![Dead]));
    let forgotten = listed(&keyring);
    assert_eq!(keyring.rotate("AC1").unwrap_err().code(), Code::KeyDestroyed);
    keyring.add(&["AC1"]).unwrap();
    assert_eq!(states(&keyring, "AC1"), (vec![Destroyed, Destroyed, Destroyed, Primary], vec![Dead, Live]));
    // The names of the dead stay in their places, and nothing of their bytes is left.
    assert_eq!(listed(&keyring)[0].keys[..3], forgotten[0].keys);
    assert_eq!(listed(&keyring)[0].token_roots[..1], forgotten[0].token_roots);
    let document = String::from_utf8(keyring.to_bytes()).unwrap();
    let bytes = |text: &str| -> HashSet<String> {
        let is_wrapped = |line: &&str| line.trim_start().starts_with("\"wrapped\"");
        text.lines().filter(is_wrapped).map(str::to_owned).collect()
    };
    assert_eq!((bytes(&wrapped).len(), bytes(&document).len()), (6, 4));
    assert_eq!(bytes(&wrapped).intersection(&bytes(&document)).count(), 2);

    let keyring = Keyring::open(document.as_bytes(), root).unwrap();
    let kids: Vec<_> = listed(&keyring).into_iter().flat_map(|account| account.keys).collect();
    let unlike: HashSet<_> = kids.iter().map(|(_, _, kid)| kid).collect();
    assert_eq!((unlike.len(), kids.len()), (5, 5));
}

#[test]
fn every_change_counts_and_nothing_else_does() {
    let mut keyring = Keyring::make(new_root()).unwrap();
    assert_eq!(keyring.sequence(), 1);
    keyring.add(&["AC1", "AC2"]).unwrap();
    assert_eq!(keyring.sequence(), 2);
    keyring.add(&[]).unwrap();
    keyring.add(&["AC1"]).unwrap_err();
    keyring.rotate("AC3").unwrap_err();
    assert_eq!(keyring.sequence(), 2);
    keyring.rotate("AC1").unwrap();
    assert_eq!(keyring.sequence(), 3);
    keyring.rewrap(new_root()).unwrap();
    assert_eq!(keyring.sequence(), 4);
    assert_eq!((keyring.forget_account("AC1").unwrap(), keyring.sequence()), (3, 5));
    assert_eq!((keyring.forget_account("AC1").unwrap(), keyring.sequence()), (0, 5));
}

#[test]
fn accounts_are_bytes() {
    let root = new_root();
    let mut keyring = Keyring::make(root.clone()).unwrap();
    let longest = "x".repeat(65_535);
    let names = ["a", "A", " a", "a\0", "\u{e9}", "e\u{301}", "\"\\/\u{1f}\u{7f}\u{2028}\u{1f511}", &longest];
    keyring.add(&names).unwrap();
    let again = Keyring::open(&keyring.to_bytes(), root).unwrap();
    assert_eq!(again.accounts().map(|account| account.account).collect::<Vec<_>>(), names);
    assert_eq!(again.to_bytes(), keyring.to_bytes());

    for (wrong, code) in [
        (&["b", "b"][..], Code::AccountExists),
        (&["b", "a"], Code::AccountExists),
        (&["b", ""], Code::NoAccount),
        (&["b", &"x".repeat(65_536)], Code::NoAccount),
    ] {
        assert_eq!(keyring.add(wrong).unwrap_err().code(), code);
        assert_eq!(keyring.to_bytes(), again.to_bytes());
    }
    for unknown in ["b", "", "aa"] {
        assert_eq!(keyring.rotate(unknown).unwrap_err().code(), Code::UnknownAccount);
        assert_eq!(keyring.forget_account(unknown).unwrap_err().code(), Code::UnknownAccount);
    }
}

#[test]
fn a_new_root_takes_over() {
    let (old, new) = (new_root(), new_root());
    let mut keyring = Keyring::make(old.clone()).unwrap();
    // More than are in the clear at once.
    let names: Vec<String> = (0..1_100).map(|number| format!("AC{number}")).collect();
    keyring.add(&names.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    keyring.rotate("AC7").unwrap();
    keyring.forget_account("AC1099").unwrap();
    let listed_before = listed(&keyring);
    let before = keyring.to_bytes();

    keyring.rewrap(new.clone()).unwrap();
    let document = keyring.to_bytes();
    assert_eq!(listed(&keyring), listed_before);
    assert_eq!(Keyring::open(&document, old.clone()).unwrap_err().code(), Code::WrongRoot);
    let mut again = Keyring::open(&document, new.clone()).unwrap();
    assert_eq!(listed(&again), listed_before);
    // Each key unwraps under the new root, and later changes are under it too.
    again.add(&["later"]).unwrap();
    again.rewrap(new.clone()).unwrap();
    Keyring::open(&again.to_bytes(), new).unwrap();

    // Who has the old root cannot seal the new document.
    let mac_key = |document: &[u8]| serde_json::from_slice::<Value>(document).unwrap()["mac_key"].clone();
    assert_ne!(mac_key(&before), mac_key(&document));
    Keyring::open(&before, old).unwrap();
}

/// A key service that fails in one way.
struct Service {
    key: LocalRoot,
    fault: Fault,
    asked: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Silent,
    WrapsOneLess,
    WrapsOneMore,
    WrapsToNothing,
    UnwrapsOneLess,
    UnwrapsOneMore,
    Unwraps31Bytes,
    UnwrapsZeros,
    UnwrapsInAnotherOrder,
    UnwrapsAnother,
    Refuses,
}

impl Service {
    fn new(fault: Fault) -> Self {
        Service { key: LocalRoot::from_bytes(&[7; 32]).unwrap(), fault, asked: AtomicUsize::new(0) }
    }
}

impl KeyWrapper for Service {
    fn info(&self) -> RootInfo {
        RootInfo { kind: "kms".to_owned(), id: "key/7".to_owned(), argon2id: None }
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut wrapped = self.key.wrap(requests)?;
        match self.fault {
            Fault::Silent => return Err(Error::new(Code::StoreFailed)),
            Fault::WrapsOneLess => drop(wrapped.pop()),
            Fault::WrapsOneMore => wrapped.push(vec![1; 48]),
            Fault::WrapsToNothing => wrapped[0].clear(),
            _ => {}
        }
        Ok(wrapped)
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut keys = self.key.unwrap(requests)?;
        match self.fault {
            Fault::Silent => return Err(Error::new(Code::StoreFailed)),
            Fault::UnwrapsOneLess => drop(keys.pop()),
            Fault::UnwrapsOneMore => keys.push(Secret::make()?),
            Fault::Unwraps31Bytes => keys[0] = Secret::from_bytes(&keys[0].expose()[..31])?,
            Fault::UnwrapsZeros => keys[0] = Secret::from_bytes(&[0; 32])?,
            Fault::UnwrapsInAnotherOrder => keys.reverse(),
            Fault::UnwrapsAnother => keys[0] = Secret::make()?,
            Fault::Refuses => return Err(Error::new(Code::AuthenticationFailed)),
            _ => {}
        }
        Ok(keys)
    }
}

#[test]
fn a_service_that_fails_changes_nothing_and_is_not_believed() {
    let sound = Arc::new(Service::new(Fault::None));
    let mut keyring = Keyring::make(sound.clone()).unwrap();
    keyring.add(&["AC1", "AC2"]).unwrap();
    keyring.rotate("AC2").unwrap();
    let document = keyring.to_bytes();
    let asked = sound.asked.load(Ordering::Relaxed);
    assert_eq!(asked, 3, "one batch for each change");

    for fault in [Fault::Silent, Fault::WrapsOneLess, Fault::WrapsOneMore, Fault::WrapsToNothing] {
        let service = || Arc::new(Service::new(fault));
        assert_eq!(Keyring::make(service()).unwrap_err().code(), Code::RootFailed, "{fault:?}");
        if matches!(fault, Fault::Silent) {
            assert_eq!(Keyring::open(&document, service()).unwrap_err().code(), Code::RootFailed);
            continue;
        }
        let mut keyring = Keyring::open(&document, service()).unwrap();
        assert_eq!(keyring.add(&["AC3"]).unwrap_err().code(), Code::RootFailed, "{fault:?}");
        assert_eq!(keyring.rotate("AC1").unwrap_err().code(), Code::RootFailed, "{fault:?}");
        let to_it = Keyring::open(&document, sound.clone()).unwrap().rewrap(service());
        assert_eq!(to_it.unwrap_err().code(), Code::RootFailed, "{fault:?}");
        assert_eq!(keyring.to_bytes(), document, "{fault:?}");
        assert_eq!(keyring.accounts().count(), 2);
    }
    for (fault, opening, using) in [
        (Fault::UnwrapsOneLess, Code::RootFailed, Code::RootFailed),
        (Fault::UnwrapsOneMore, Code::RootFailed, Code::RootFailed),
        (Fault::Unwraps31Bytes, Code::RootFailed, Code::RootFailed),
        (Fault::UnwrapsZeros, Code::RootFailed, Code::RootFailed),
        (Fault::UnwrapsAnother, Code::KeyringTampered, Code::KeyringTampered),
        (Fault::Refuses, Code::KeyringTampered, Code::KeyringTampered),
    ] {
        let came = Keyring::open(&document, Arc::new(Service::new(fault)));
        assert_eq!(came.unwrap_err().code(), opening, "{fault:?}");
        let mut keyring = Keyring::open(&document, Arc::new(Turning::new(fault))).unwrap();
        assert_eq!(keyring.rewrap(new_root()).unwrap_err().code(), using, "{fault:?}");
        assert_eq!(keyring.to_bytes(), document);
    }
    let mut keyring = Keyring::open(&document, Arc::new(Service::new(Fault::UnwrapsInAnotherOrder))).unwrap();
    assert_eq!(keyring.rewrap(new_root()).unwrap_err().code(), Code::KeyringTampered);
    assert_eq!(keyring.to_bytes(), document);
}

/// A key service that is sound when it is asked for the first time.
struct Turning {
    sound: Service,
    later: Service,
}

impl Turning {
    fn new(fault: Fault) -> Self {
        Turning { sound: Service::new(Fault::None), later: Service::new(fault) }
    }
}

impl KeyWrapper for Turning {
    fn info(&self) -> RootInfo {
        self.sound.info()
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.sound.wrap(requests)
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        match self.sound.asked.load(Ordering::Relaxed) {
            0 => self.sound.unwrap(requests),
            _ => self.later.unwrap(requests),
        }
    }
}

#[test]
fn a_root_that_a_document_cannot_name_is_refused() {
    struct Named(RootInfo);
    impl KeyWrapper for Named {
        fn info(&self) -> RootInfo {
            self.0.clone()
        }
        fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
            Ok(requests.iter().map(|_| vec![1; 48]).collect())
        }
        fn unwrap(&self, _: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
            Err(Error::new(Code::RootFailed))
        }
    }
    let costs = || Some(Argon2id { lanes: 1, memory_kib: 8, passes: 1, salt: [0; 16] });
    let named = |kind: &str, id: &str, argon2id| {
        Keyring::make(Arc::new(Named(RootInfo { kind: kind.to_owned(), id: id.to_owned(), argon2id })))
    };
    named("kms", "arn:aws:kms:eu-west-1:1:key/2", None).unwrap();
    named("passphrase", "AAAAAAAAAAAAAAAAAAAAAA", costs()).unwrap();
    for (kind, id, argon2id) in [
        ("", "key", None),
        ("kms", "", None),
        ("kms", "key", costs()),
        ("local", "key", None),
        ("local", "AAAAAAAAAAAAAAAAAAAAAB", None),
        ("local", "AAAAAAAAAAAAAAAAAAAAAA", costs()),
        ("passphrase", "AAAAAAAAAAAAAAAAAAAAAA", None),
    ] {
        assert_eq!(named(kind, id, argon2id).unwrap_err().code(), Code::InvalidRoot, "{kind} {id}");
    }
}

#[test]
fn a_local_root_is_32_bytes_or_their_text() {
    let bytes: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap() ^ 0x8a);
    let root = LocalRoot::from_bytes(&bytes).unwrap();
    let text = root.to_text();
    assert_eq!(*text, URL_SAFE_NO_PAD.encode(bytes));
    for same in [text.clone(), format!("{}\n", *text).into(), format!("{}\r\n", *text).into()] {
        assert_eq!(LocalRoot::parse(same.as_bytes()).unwrap().info(), root.info());
    }
    assert_eq!(LocalRoot::parse(&bytes).unwrap().info(), root.info());
    // Of raw bytes, the last may look like a line end.
    let mut ending = bytes;
    ending[31] = b'\n';
    assert_ne!(LocalRoot::parse(&ending).unwrap().info(), root.info());

    let zeros = URL_SAFE_NO_PAD.encode([0; 32]);
    let mut loose = text.clone();
    loose.replace_range(42.., "_");
    for wrong in [
        "",
        "\n",
        &zeros,
        &text[..42],
        &text[..40],
        &format!("{}A", *text),
        &format!("{}AA", *text),
        &format!("{}=", *text),
        &format!(" {}", *text),
        &format!("{}\n\n", *text),
        &format!("{} ", *text),
        &format!("+{}", &text[1..]),
        &loose,
        &"8a".repeat(32),
    ] {
        let came = LocalRoot::parse(wrong.as_bytes());
        assert_eq!(came.unwrap_err().code(), Code::InvalidRoot, "{wrong:?}");
    }
    for wrong in [&[0; 32][..], &bytes[..31], &[&bytes[..], b"\n"].concat()] {
        assert_eq!(LocalRoot::from_bytes(wrong).unwrap_err().code(), Code::InvalidRoot);
        assert_eq!(Secret::from_bytes(wrong).unwrap_err().code(), Code::InvalidRoot);
    }
    assert_ne!(LocalRoot::make().unwrap().info(), LocalRoot::make().unwrap().info());
}

#[test]
fn a_passphrase_is_not_empty_and_its_costs_have_bounds() {
    let costs = Argon2id { lanes: 1, memory_kib: 8, passes: 1, salt: [1; 16] };
    PassphraseRoot::open(b"x", &costs).unwrap();
    assert_eq!(PassphraseRoot::open(b"", &costs).unwrap_err().code(), Code::InvalidRoot);
    assert_eq!(PassphraseRoot::make(b"").unwrap_err().code(), Code::InvalidRoot);
    for wrong in [
        Argon2id { lanes: 0, ..costs.clone() },
        Argon2id { lanes: 17, memory_kib: 1_024, ..costs.clone() },
        Argon2id { lanes: u32::MAX, ..costs.clone() },
        Argon2id { memory_kib: 7, ..costs.clone() },
        Argon2id { lanes: 2, memory_kib: 15, ..costs.clone() },
        Argon2id { memory_kib: 1_048_577, ..costs.clone() },
        Argon2id { passes: 0, ..costs.clone() },
        Argon2id { passes: 17, ..costs.clone() },
    ] {
        let came = PassphraseRoot::open(b"x", &wrong);
        assert_eq!(came.unwrap_err().code(), Code::KeyringInvalid, "{wrong:?}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    const CANARY: &str = "kanarienvogel";
    let bytes: [u8; 32] = std::array::from_fn(|i| CANARY.as_bytes()[i % CANARY.len()]);
    let root = Arc::new(LocalRoot::from_bytes(&bytes).unwrap());
    let costs = Argon2id { lanes: 1, memory_kib: 8, passes: 1, salt: [1; 16] };
    let passphrase = PassphraseRoot::open(CANARY.as_bytes(), &costs).unwrap();
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(&[CANARY]).unwrap();
    let secret = Secret::from_bytes(&bytes).unwrap();
    let request = WrapRequest { key: &secret, context: &[] };
    let errors = [keyring.add(&[CANARY]).unwrap_err(), keyring.rotate("").unwrap_err()];
    let printed = format!("{root:?} {passphrase:?} {keyring:?} {secret:?} {request:?} {errors:?}");
    let text = root.to_text();
    let numbers = format!("{:?}", &bytes[..4]);
    for secret in [CANARY, &text[..8], numbers.trim_matches(['[', ']'])] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    assert!(
        printed.starts_with("LocalRoot(..) PassphraseRoot(..) Keyring(1 accounts, sequence 2) Secret(..)")
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(Keyring::root_of(&bytes).unwrap_err().code(), Code::KeyringInvalid);
        let _ = LocalRoot::parse(&bytes);
    }

    /// Pieces of a document in other places.
    #[test]
    fn no_pieces_of_it_make_a_keyring(cuts in proptest::collection::vec(any::<prop::sample::Index>(), 3)) {
        let (document, root) = main_document();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(document.len())).collect();
        cuts.sort_unstable();
        let bytes = document.as_bytes();
        let [a, b, c] = cuts[..] else { unreachable!() };
        let swapped = [&bytes[..a], &bytes[b..c], &bytes[a..b], &bytes[c..]].concat();
        let meant = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        if meant(&swapped) != meant(bytes) {
            prop_assert!(Keyring::open(&swapped, root).is_err());
        }
    }
}
