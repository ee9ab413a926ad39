//! Keys and their uses, through the public API: what forgetting, rotating and sharing must leave.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pumice::crypto::{
    AccountTag, Inserted, KeyWrapper, Keyring, Keys, LocalRoot, MemoryStore, Plain, PlainKind, Record,
    RecordId, RecordKey, RootInfo, Secret, SubjectStore, UnwrapRequest, WrapRequest,
};
use pumice::policy::Kind;
use pumice::{Code, Error};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, Weak};

fn text(text: &str) -> Plain<'_> {
    Plain::String(text.into())
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

fn keyring(accounts: &[&str]) -> (Keyring, Arc<LocalRoot>) {
    let root = Arc::new(LocalRoot::make().unwrap());
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(accounts).unwrap();
    (keyring, root)
}

fn keys_over(store: Arc<dyn SubjectStore>, accounts: &[&str]) -> Keys {
    Keys::builder(keyring(accounts).0).store(store).build()
}

fn keys(accounts: &[&str]) -> Keys {
    keys_over(Arc::new(MemoryStore::new()), accounts)
}

fn raw(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn after_a_rotation_old_ciphertexts_open_and_new_ones_carry_the_new_kid() {
    let (mut keyring, root) = keyring(&["AC1"]);
    let document = keyring.to_bytes();
    let store = Arc::new(MemoryStore::new());
    let before = Keys::builder(Keyring::open(&document, root).unwrap()).store(store.clone()).build();
    let old = before.encrypt("AC1", "f", &text("old")).unwrap();
    let old_own = before.encrypt_with_subject_key("AC1", "s", "f", &text("old")).unwrap();
    let token = before.tokenize("AC1", "s", Kind::Text, &text("old")).unwrap();
    let hash = before.hash("AC1", Kind::Text, &text("old")).unwrap();

    keyring.rotate("AC1").unwrap();
    let kids: Vec<_> = keyring.accounts().next().unwrap().keys.iter().map(|key| key.kid).collect();
    let after = Keys::builder(keyring).store(store).build();
    let new = after.encrypt("AC1", "f", &text("new")).unwrap();
    assert_eq!((&raw(&old)[5..21], &raw(&new)[5..21]), (&kids[0][..], &kids[1][..]));
    assert_eq!(after.decrypt(&old, "AC1", "f").unwrap(), text("old"));
    assert_eq!(after.decrypt(&new, "AC1", "f").unwrap(), text("new"));
    assert_eq!(after.tokenize("AC1", "s", Kind::Text, &text("old")).unwrap(), token);
    assert_ne!(after.hash("AC1", Kind::Text, &text("old")).unwrap(), hash);
    assert_eq!(code(before.decrypt(&new, "AC1", "f")), Code::UnknownKey);

    // The subject's key goes with either account key, whichever came first.
    let new_own = after.encrypt_with_subject_key("AC1", "s", "f", &text("new")).unwrap();
    assert_eq!(after.decrypt(&old_own, "AC1", "f").unwrap(), text("old"));
    assert_eq!(after.decrypt(&new_own, "AC1", "f").unwrap(), text("new"));

    // The same while it is in use.
    before.change_keyring(|keyring| keyring.rotate("AC1")).unwrap();
    let newest = before.encrypt("AC1", "f", &text("newest")).unwrap();
    assert_ne!(raw(&newest)[5..21], raw(&old)[5..21]);
    assert_eq!(before.decrypt(&old, "AC1", "f").unwrap(), text("old"));
    assert_eq!(before.decrypt(&old_own, "AC1", "f").unwrap(), text("old"));
    assert_eq!(code(before.decrypt(&new, "AC1", "f")), Code::UnknownKey);
}

#[test]
fn a_forgotten_subject_is_forgotten_there_alone() {
    let keys = keys(&["AC1", "AC2"]);
    let seal = |account, subject| {
        let token = keys.tokenize(account, subject, Kind::Email, &text("ann@example.com")).unwrap();
        let own = keys.encrypt_with_subject_key(account, subject, "f", &text("ann")).unwrap();
        let shared = keys.encrypt(account, "f", &text("ann")).unwrap();
        (token, own, shared)
    };
    let [ann, bob, elsewhere] = [("AC1", "ann"), ("AC1", "bob"), ("AC2", "ann")].map(|(a, s)| seal(a, s));
    assert_eq!(keys.forget("AC1", "ann").unwrap().subjects, 1);
    assert_eq!(keys.forget("AC1", "ann").unwrap().subjects, 0);
    for _ in 0..2 {
        assert_eq!(code(keys.detokenize(&ann.0)), Code::Forgotten);
        assert_eq!(code(keys.decrypt(&ann.1, "AC1", "f")), Code::Forgotten);
        assert_eq!(keys.decrypt(&ann.2, "AC1", "f").unwrap(), text("ann"));
        for (account, (token, own, _)) in [("AC1", &bob), ("AC2", &elsewhere)] {
            assert_eq!(keys.detokenize(token).unwrap(), text("ann@example.com"));
            assert_eq!(keys.decrypt(own, account, "f").unwrap(), text("ann"));
        }
        keys.drop_cached();
    }
    // Seen again: a new key, and nothing in common with the old.
    let again = seal("AC1", "ann");
    assert_ne!(raw(&again.0)[9..], raw(&ann.0)[9..]);
    assert_eq!(keys.detokenize(&again.0).unwrap(), text("ann@example.com"));
    assert_eq!(code(keys.detokenize(&ann.0)), Code::Forgotten);
    assert_eq!(code(keys.decrypt(&ann.1, "AC1", "f")), Code::Forgotten);
}

#[test]
fn a_subject_is_forgotten_in_all_accounts() {
    let names: Vec<_> = (0..40).map(|at| format!("AC{at}")).collect();
    let accounts: Vec<_> = names.iter().map(String::as_str).collect();
    let store = Arc::new(MemoryStore::new());
    // Fewer in memory than there are.
    let keys = Keys::builder(keyring(&accounts).0)
        .store(store.clone())
        .cached_accounts(7)
        .cached_subjects(5)
        .build();
    let of = |subject: &str| -> Vec<_> {
        names
            .iter()
            .map(|account| keys.tokenize(account, subject, Kind::Phone, &text("1")).unwrap())
            .collect()
    };
    let (ann, bob) = (of("ann"), of("bob"));
    keys.forget_account("AC3").unwrap();
    assert_eq!(keys.forget_subject("ann").unwrap().subjects, 39);
    assert_eq!(keys.forget_subject("ann").unwrap().subjects, 0);
    for (at, (ann, bob)) in ann.iter().zip(&bob).enumerate() {
        let (gone, alive) = (keys.detokenize(ann), keys.detokenize(bob));
        if at == 3 {
            assert_eq!((code(gone), code(alive)), (Code::KeyDestroyed, Code::KeyDestroyed));
        } else {
            assert_eq!((code(gone), alive), (Code::Forgotten, Ok(text("1"))));
        }
    }
    assert_eq!(store.scan(None, 100).unwrap().len(), 39);
}

#[test]
fn a_forgotten_account_is_dead_and_can_begin_again() {
    let store = Arc::new(MemoryStore::new());
    let keys = keys_over(store.clone(), &["AC1", "AC2"]);
    keys.change_keyring(|keyring| keyring.rotate("AC1")).unwrap();
    let sealed = keys.encrypt("AC1", "f", &text("x")).unwrap();
    let own = keys.encrypt_with_subject_key("AC1", "s", "f", &text("x")).unwrap();
    let token = keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    keys.tokenize("AC1", "t", Kind::Text, &text("x")).unwrap();
    let other = keys.tokenize("AC2", "s", Kind::Text, &text("x")).unwrap();

    let forgotten = keys.forget_account("AC1").unwrap();
    assert_eq!((forgotten.subjects, forgotten.keys), (2, 3));
    let forgotten = keys.forget_account("AC1").unwrap();
    assert_eq!((forgotten.subjects, forgotten.keys), (0, 0));
    assert_eq!(keys.forget("AC1", "s").unwrap().subjects, 0);
    assert_eq!(code(keys.forget_account("AC3")), Code::UnknownAccount);
    let dead = |keys: &Keys| {
        assert_eq!(code(keys.decrypt(&sealed, "AC1", "f")), Code::KeyDestroyed);
        assert_eq!(code(keys.decrypt(&own, "AC1", "f")), Code::KeyDestroyed);
        assert_eq!(code(keys.detokenize(&token)), Code::KeyDestroyed);
        assert_eq!(keys.detokenize(&other).unwrap(), text("x"));
    };
    dead(&keys);
    assert_eq!(code(keys.encrypt("AC1", "f", &text("x"))), Code::KeyDestroyed);
    assert_eq!(code(keys.encrypt_with_subject_key("AC1", "s", "f", &text("x"))), Code::KeyDestroyed);
    assert_eq!(code(keys.tokenize("AC1", "s", Kind::Text, &text("x"))), Code::KeyDestroyed);
    assert_eq!(code(keys.hash("AC1", Kind::Text, &text("x"))), Code::KeyDestroyed);
    assert_eq!(store.scan(None, 100).unwrap().len(), 1);

    keys.change_keyring(|keyring| keyring.add(&["AC1"])).unwrap();
    dead(&keys);
    assert_ne!(keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap(), token);
    assert_eq!(keys.forget_account("AC1").unwrap().subjects, 1);
}

#[test]
fn tokens_are_equal_across_keys_and_unequal_across_everything_else() {
    let (keyring, root) = keyring(&["AC1", "AC2"]);
    let document = keyring.to_bytes();
    let store = Arc::new(MemoryStore::new());
    let [one, two] = [(), ()].map(|()| {
        Keys::builder(Keyring::open(&document, root.clone()).unwrap()).store(store.clone()).build()
    });
    let mut seen = HashSet::new();
    for account in ["AC1", "AC2"] {
        for subject in ["ann", "bob", "AC1"] {
            for (_, value_type) in Kind::ALL {
                for plain in [text("7"), Plain::Json("7".into()), text("7.0"), Plain::Json("7.0".into())] {
                    let token = one.tokenize(account, subject, *value_type, &plain).unwrap();
                    assert_eq!(two.tokenize(account, subject, *value_type, &plain).unwrap(), token);
                    assert_eq!(two.detokenize(&token).unwrap(), plain);
                    assert!(seen.insert(raw(&token)[9..].to_vec()));
                }
            }
        }
    }
    let records = store.scan(None, 100).unwrap();
    assert_eq!(records.len(), 6);
    // Masked: no two tokens of one subject show the same record.
    assert_eq!(seen.iter().map(|raw| raw[..9].to_vec()).collect::<HashSet<_>>().len(), seen.len());
}

#[test]
fn writers_that_meet_a_new_subject_at_once_end_with_one_key() {
    let (keyring, root) = keyring(&["AC1"]);
    let document = keyring.to_bytes();
    let store = Arc::new(MemoryStore::new());
    let both = [(), ()].map(|()| {
        Keys::builder(Keyring::open(&document, root.clone()).unwrap()).store(store.clone()).build()
    });
    let start = Barrier::new(16);
    let tokens: Vec<Vec<String>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..16)
            .map(|at| {
                let (keys, start) = (&both[at % 2], &start);
                scope.spawn(move || {
                    let token = |subject| {
                        start.wait();
                        keys.tokenize("AC1", &format!("user-{subject}"), Kind::Text, &text("x")).unwrap()
                    };
                    (0..50).map(token).collect()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|of_one| *of_one == tokens[0]));
    assert_eq!(tokens[0].iter().collect::<HashSet<_>>().len(), 50);
    assert_eq!(store.scan(None, 100).unwrap().len(), 50);
    for keys in &both {
        assert!(keys.detokenize_bulk(&tokens[0]).into_iter().all(|row| row == Ok(text("x"))));
    }
}

#[test]
fn a_salt_serves_no_more_than_65536_values_and_no_iv_comes_twice() {
    let keys = keys(&["AC1"]);
    let plains = vec![text("x"); 100_000];
    let sealed = keys.encrypt_bulk("AC1", "f", &plains);
    let raws: Vec<_> = sealed.iter().map(|row| raw(row.as_ref().unwrap())).collect();
    let salts: Vec<_> = raws.iter().map(|raw| &raw[21..33]).collect();
    assert!(salts[..65_536].iter().all(|salt| *salt == salts[0]));
    assert!(salts[65_536..].iter().all(|salt| *salt == salts[65_536]));
    assert_ne!(salts[0], salts[65_536]);
    assert_eq!(raws.iter().map(|raw| &raw[33..45]).collect::<HashSet<_>>().len(), raws.len());
    for at in [0, 65_535, 65_536, 99_999] {
        assert_eq!(keys.decrypt(sealed[at].as_ref().unwrap(), "AC1", "f").unwrap(), text("x"));
    }
    let again = keys.encrypt_bulk("AC1", "f", &plains[..2]);
    assert!(!salts.contains(&&raw(again[0].as_ref().unwrap())[21..33]), "a salt outlived its call");
}

#[test]
fn calls_and_threads_share_no_randomness() {
    let keys = keys(&["AC1"]);
    let raws: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let seal = || {
            let seal = |_| raw(&keys.encrypt_with_subject_key("AC1", "s", "f", &text("x")).unwrap());
            (0..500).map(seal).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(seal)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for part in [21..30, 30..42, 42..54] {
        let seen: HashSet<_> = raws.iter().map(|raw| &raw[part.clone()]).collect();
        assert_eq!(seen.len(), raws.len(), "masked record id, salt, iv: {part:?}");
    }
}

#[test]
fn many_at_once_is_each_alone() {
    let keys = keys(&["AC1", "AC2"]);
    let names: Vec<_> = (0..3_000).map(|at| format!("user-{}", at % 2_100)).collect();
    let rows: Vec<_> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), text(&name[..at % 3 + 1]))).collect();
    let tokens = keys.tokenize_bulk("AC1", Kind::Text, &rows);
    keys.drop_cached();
    let mut texts = Vec::new();
    for ((subject, plain), token) in rows.iter().zip(tokens) {
        assert_eq!(token, keys.tokenize("AC1", subject, Kind::Text, plain));
        texts.push(token.unwrap());
    }
    keys.forget("AC1", "user-7").unwrap();
    texts.push("ptk1".to_owned());
    keys.drop_cached();
    let opened = keys.detokenize_bulk(&texts);
    for (text, opened) in texts.iter().zip(opened) {
        assert_eq!(opened, keys.detokenize(text));
    }

    let plains =
        [text("a"), Plain::Json("[1]".into()), Plain::Json("[1".into()), Plain::Bytes(vec![255].into())];
    let sealed = keys.encrypt_bulk("AC1", "f", &plains);
    assert_eq!(sealed[2].as_ref().unwrap_err().code(), Code::InvalidJson);
    for at in [0, 1, 3] {
        assert_eq!(keys.decrypt(sealed[at].as_ref().unwrap(), "AC1", "f").unwrap(), plains[at]);
    }
    let mut texts: Vec<_> = sealed.into_iter().filter_map(Result::ok).collect();
    texts.push(keys.encrypt("AC2", "f", &text("a")).unwrap());
    texts.push(keys.encrypt_with_subject_key("AC1", "user-9", "f", &text("own")).unwrap());
    texts.push(keys.encrypt_with_subject_key("AC1", "user-10", "f", &text("own")).unwrap());
    keys.forget("AC1", "user-10").unwrap();
    keys.drop_cached();
    let opened = keys.decrypt_bulk("AC1", "f", &texts);
    let codes: Vec<_> = opened.iter().map(|row| row.as_ref().err().map(Error::code)).collect();
    assert_eq!(codes, [None, None, None, Some(Code::UnknownKey), None, Some(Code::Forgotten)]);
    let unknown = keys.encrypt_bulk("AC9", "f", &plains[..1]);
    assert_eq!(unknown, [Err(Error::new(Code::UnknownAccount))]);
    assert_eq!(keys.encrypt_bulk("AC1", "f", &[]), []);
}

#[test]
fn what_is_missing_is_an_error() {
    let without = Keys::builder(keyring(&["AC1"]).0).build();
    let with = keys(&["AC1"]);
    assert!(!without.has_store() && with.has_store());
    let x = text("x");
    let token = with.tokenize("AC1", "s", Kind::Text, &x).unwrap();
    let own = with.encrypt_with_subject_key("AC1", "s", "f", &x).unwrap();
    assert_eq!(code(without.tokenize("AC1", "s", Kind::Text, &x)), Code::NeedsStore);
    assert_eq!(code(without.encrypt_with_subject_key("AC1", "s", "f", &x)), Code::NeedsStore);
    assert_eq!(code(without.forget("AC1", "s")), Code::NeedsStore);
    assert_eq!(code(without.forget_subject("s")), Code::NeedsStore);
    assert_eq!(code(without.prepare(&[("AC1", "s")])), Code::NeedsStore);
    assert_eq!(code(without.detokenize(&token)), Code::UnknownKey);
    let document = with.keyring().to_bytes();
    assert_eq!(code(without.decrypt(&own, "AC1", "f")), Code::UnknownKey);
    assert_eq!(without.forget_account("AC1").unwrap().keys, 2);
    assert!(!document.is_empty());

    let long = "a".repeat(65_536);
    for account in ["", long.as_str()] {
        assert_eq!(code(with.encrypt(account, "f", &x)), Code::NoAccount);
        assert_eq!(code(with.tokenize(account, "s", Kind::Text, &x)), Code::NoAccount);
        assert_eq!(code(with.hash(account, Kind::Text, &x)), Code::NoAccount);
    }
    assert_eq!(code(with.encrypt("AC2", "f", &x)), Code::UnknownAccount);
    assert_eq!(code(with.tokenize("AC2", "s", Kind::Text, &x)), Code::UnknownAccount);
    assert_eq!(code(with.hash("AC2", Kind::Text, &x)), Code::UnknownAccount);
    assert_eq!(code(with.forget("AC2", "s")), Code::UnknownAccount);
    assert_eq!(code(with.tokenize("AC1", "", Kind::Text, &x)), Code::NoSubject);
    assert_eq!(code(with.encrypt_with_subject_key("AC1", "", "f", &x)), Code::NoSubject);
    assert_eq!(code(with.forget("AC1", "")), Code::NoSubject);
    assert_eq!(code(with.forget_subject("")), Code::NoSubject);
    for field in ["", long.as_str()] {
        assert_eq!(code(with.encrypt("AC1", field, &x)), Code::InvalidOption);
    }
    let bytes = Plain::Bytes(b"x".into());
    assert_eq!(bytes.kind(), PlainKind::Bytes);
    assert_eq!(code(with.tokenize("AC1", "s", Kind::Text, &bytes)), Code::InvalidValue);
    assert_eq!(code(with.hash("AC1", Kind::Text, &bytes)), Code::InvalidValue);
    for bad in ["", "1 2", "{", "\u{feff}1"] {
        let bad = Plain::Json(bad.into());
        assert_eq!(code(with.encrypt("AC1", "f", &bad)), Code::InvalidJson);
        assert_eq!(code(with.tokenize("AC1", "s", Kind::Text, &bad)), Code::InvalidJson);
        assert_eq!(code(with.hash("AC1", Kind::Text, &bad)), Code::InvalidJson);
    }
    // A root without its store.
    let (keyring, root) = keyring(&["AC1"]);
    let document = keyring.to_bytes();
    let full = Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build();
    let bare = Keys::builder(Keyring::open(&document, root).unwrap()).build();
    let token = full.tokenize("AC1", "s", Kind::Text, &x).unwrap();
    let own = full.encrypt_with_subject_key("AC1", "s", "f", &x).unwrap();
    assert_eq!(code(bare.detokenize(&token)), Code::NeedsStore);
    assert_eq!(code(bare.decrypt(&own, "AC1", "f")), Code::NeedsStore);
}

/// A root that counts, and fails when it is told to.
struct Counting {
    root: LocalRoot,
    unwrapped: AtomicU64,
    fails: AtomicU64,
}

impl KeyWrapper for Counting {
    fn info(&self) -> RootInfo {
        self.root.info()
    }

    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.root.wrap(requests)
    }

    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        self.unwrapped.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(5));
        if self.fails.load(Ordering::SeqCst) > 0 {
            return Err(Error::new(Code::RootFailed));
        }
        self.root.unwrap(requests)
    }
}

fn counted(accounts: &[&str]) -> (Keyring, Arc<Counting>) {
    let root = LocalRoot::make().unwrap();
    let root = Arc::new(Counting { root, unwrapped: AtomicU64::new(0), fails: AtomicU64::new(0) });
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(accounts).unwrap();
    root.unwrapped.store(0, Ordering::SeqCst);
    (keyring, root)
}

#[test]
fn an_account_is_unwrapped_once_however_many_ask() {
    let (keyring, root) = counted(&["AC1"]);
    let keys = Keys::builder(keyring).build();
    let start = Barrier::new(16);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                start.wait();
                keys.encrypt("AC1", "f", &text("x")).unwrap();
            });
        }
    });
    assert_eq!(root.unwrapped.load(Ordering::SeqCst), 1);
}

#[test]
fn accounts_in_memory_are_bounded_and_a_root_that_fails_is_asked_again() {
    let (keyring, root) = counted(&["AC1", "AC2", "AC3"]);
    let keys = Keys::builder(keyring).cached_accounts(2).build();
    let asked = |account| {
        keys.encrypt(account, "f", &text("x")).unwrap();
        root.unwrapped.swap(0, Ordering::SeqCst)
    };
    assert_eq!(["AC1", "AC2", "AC1", "AC3", "AC1", "AC2", "AC3"].map(asked), [1, 1, 0, 1, 0, 1, 1]);
    root.fails.store(1, Ordering::SeqCst);
    assert_eq!(code(keys.encrypt("AC1", "f", &text("x"))), Code::RootFailed);
    root.fails.store(0, Ordering::SeqCst);
    keys.encrypt("AC1", "f", &text("x")).unwrap();
}

/// What a store is to do in the midst of a call.
type Hook = Box<dyn FnMut() + Send>;

/// A store that counts its round trips, and answers as it is told to.
#[derive(Default)]
struct Odd {
    store: MemoryStore,
    trips: AtomicU64,
    takes_ids: AtomicU64,
    is_short: AtomicU64,
    after_read: Mutex<Option<Hook>>,
}

impl Odd {
    fn read<T>(&self, mut answer: Vec<T>) -> Vec<T> {
        self.trips.fetch_add(1, Ordering::SeqCst);
        if let Some(mut hook) = self.after_read.lock().unwrap().take() {
            hook();
        }
        answer.truncate(answer.len() - self.is_short.load(Ordering::SeqCst) as usize);
        answer
    }
}

impl SubjectStore for Odd {
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        self.store.get(keys).map(|answer| self.read(answer))
    }

    fn insert_if_absent(&self, records: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        self.trips.fetch_add(1, Ordering::SeqCst);
        if self.takes_ids.load(Ordering::SeqCst) > 0 {
            self.takes_ids.fetch_sub(1, Ordering::SeqCst);
            return Ok(vec![Inserted::IdTaken; records.len()]);
        }
        self.store.insert_if_absent(records)
    }

    fn locate(&self, ids: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error> {
        self.store.locate(ids).map(|answer| self.read(answer))
    }

    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        self.store.delete(keys)
    }

    fn delete_account(&self, account: AccountTag) -> Result<u64, Error> {
        self.store.delete_account(account)
    }

    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        self.store.scan(after, limit)
    }

    fn purge(&self) -> Result<(), Error> {
        self.store.purge()
    }
}

#[test]
fn many_subjects_take_few_round_trips() {
    let store = Arc::new(Odd::default());
    let keys = keys_over(store.clone(), &["AC1", "AC2"]);
    let trips = || store.trips.swap(0, Ordering::SeqCst);
    let names: Vec<_> = (0..500).map(|at| format!("user-{at}")).collect();
    let pairs: Vec<_> =
        names.iter().flat_map(|name| [("AC1", &**name), ("AC2", &**name), ("AC1", &**name)]).collect();
    keys.prepare(&[&pairs[..], &[("AC9", "s"), ("AC1", "")]].concat()).unwrap();
    assert_eq!(trips(), 2);
    keys.prepare(&pairs).unwrap();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), text("x"))).collect();
    let tokens = keys.tokenize_bulk("AC1", Kind::Text, &rows);
    let tokens: Vec<_> = tokens.into_iter().map(Result::unwrap).collect();
    assert_eq!((trips(), store.scan(None, 9_999).unwrap().len()), (0, 1_000));
    assert!(keys.detokenize_bulk(&tokens).iter().all(Result::is_ok));
    assert_eq!(trips(), 0);
    keys.drop_cached();
    keys.forget("AC1", "user-3").unwrap();
    assert_eq!(keys.detokenize_bulk(&tokens).iter().filter(|row| row.is_ok()).count(), 499);
    assert_eq!(trips(), 1);
}

#[test]
fn subjects_in_memory_are_bounded() {
    let store = Arc::new(Odd::default());
    let keys = Keys::builder(keyring(&["AC1"]).0).store(store.clone()).cached_subjects(2).build();
    let trips = |subject| {
        let token = keys.tokenize("AC1", subject, Kind::Text, &text("x")).unwrap();
        let made = store.trips.swap(0, Ordering::SeqCst);
        assert_eq!(keys.detokenize(&token).unwrap(), text("x"));
        (made, store.trips.swap(0, Ordering::SeqCst))
    };
    assert_eq!(["a", "b", "a", "c", "a"].map(trips), [(2, 0), (2, 0), (0, 0), (2, 0), (0, 0)]);
    assert_eq!(["b", "c"].map(trips), [(1, 0), (1, 0)]);
}

#[test]
fn an_id_that_is_taken_is_drawn_anew() {
    let store = Arc::new(Odd::default());
    let keys = keys_over(store.clone(), &["AC1"]);
    store.takes_ids.store(3, Ordering::SeqCst);
    let token = keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    assert_eq!(keys.detokenize(&token).unwrap(), text("x"));
    store.takes_ids.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(code(keys.tokenize("AC1", "t", Kind::Text, &text("x"))), Code::StoreDamaged);
}

#[test]
fn a_store_that_answers_less_is_not_believed() {
    let store = Arc::new(Odd::default());
    let keys = keys_over(store.clone(), &["AC1"]);
    let token = keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    keys.drop_cached();
    store.is_short.store(1, Ordering::SeqCst);
    assert_eq!(code(keys.tokenize("AC1", "s", Kind::Text, &text("x"))), Code::StoreFailed);
    assert_eq!(code(keys.detokenize(&token)), Code::StoreFailed);
    assert_eq!(keys.detokenize_bulk(&[&token]), [Err(Error::new(Code::StoreFailed))]);
    assert_eq!(
        keys.tokenize_bulk("AC1", Kind::Text, &[("s", text("x"))]),
        [Err(Error::new(Code::StoreFailed))]
    );
}

#[test]
fn a_record_that_was_changed_or_moved_is_damage() {
    let store = Arc::new(MemoryStore::new());
    let keys = keys_over(store.clone(), &["AC1"]);
    let token = keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    keys.tokenize("AC1", "t", Kind::Text, &text("x")).unwrap();
    let records = store.scan(None, 10).unwrap();
    let put = |rows: &[(RecordKey, Record)]| {
        store.delete(&records.iter().map(|(key, _)| *key).collect::<Vec<_>>()).unwrap();
        assert!(store.insert_if_absent(rows).unwrap().iter().all(|row| *row == Inserted::New));
        keys.drop_cached();
        [keys.tokenize("AC1", "s", Kind::Text, &text("x")), keys.detokenize(&token).map(|_| String::new())]
            .map(|row| row.err().map(|error| error.code()))
    };
    let damaged = [Some(Code::StoreDamaged); 2];
    assert_eq!(put(&[(records[0].0, records[1].1), (records[1].0, records[0].1)]), damaged);
    for at in [0, 15, 16, 47] {
        let mut rows = records.clone();
        rows.iter_mut().for_each(|(_, record)| record.wrapped[at] ^= 1);
        assert_eq!(put(&rows), damaged);
    }
    assert_eq!(put(&records), [None; 2]);
}

/// A thread has read a record when another forgets the subject: what it read must not stay in memory.
#[test]
fn what_was_read_before_it_was_forgotten_does_not_come_back() {
    let store = Arc::new(Odd::default());
    let keys = Arc::new(keys_over(store.clone(), &["AC1"]));
    let token = keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    type Call = fn(&Keys, &str);
    let calls: [Call; 3] = [
        |keys, _| drop(keys.tokenize("AC1", "s", Kind::Text, &text("x"))),
        |keys, token| drop(keys.detokenize(token)),
        |keys, token| drop(keys.detokenize_bulk(&[token])),
    ];
    for (at, call) in calls.into_iter().enumerate() {
        let token =
            if at == 0 { token.clone() } else { keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap() };
        keys.drop_cached();
        let ran = Arc::new(OnceLock::new());
        let forget = {
            let (keys, ran): (Weak<Keys>, _) = (Arc::downgrade(&keys), ran.clone());
            move || {
                assert_eq!(keys.upgrade().unwrap().forget("AC1", "s").unwrap().subjects, 1);
                ran.set(()).unwrap();
            }
        };
        *store.after_read.lock().unwrap() = Some(Box::new(forget));
        call(&keys, &token);
        assert!(ran.get().is_some());
        assert_eq!(code(keys.detokenize(&token)), Code::Forgotten);
        assert_ne!(keys.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap(), token);
    }
}

#[test]
fn what_another_process_forgot_is_seen_once_it_is_dropped_from_memory() {
    let (keyring, root) = keyring(&["AC1"]);
    let document = keyring.to_bytes();
    let store = Arc::new(MemoryStore::new());
    let one = Keys::builder(keyring).store(store.clone()).build();
    let two = Keys::builder(Keyring::open(&document, root).unwrap()).store(store).build();
    let token = one.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    assert_eq!(two.detokenize(&token).unwrap(), text("x"));
    assert_eq!(one.forget("AC1", "s").unwrap().subjects, 1);
    // The other process forgets it too: there is no record any more, but its key goes from memory.
    assert_eq!(two.forget("AC1", "s").unwrap().subjects, 0);
    assert_eq!(code(two.detokenize(&token)), Code::Forgotten);

    let token = one.tokenize("AC1", "s", Kind::Text, &text("x")).unwrap();
    assert_eq!(two.detokenize(&token).unwrap(), text("x"));
    one.forget("AC1", "s").unwrap();
    two.drop_cached();
    assert_eq!(code(two.detokenize(&token)), Code::Forgotten);
}

#[test]
fn nothing_is_said_of_what_is_in_it() {
    let canary = "canary-7f3a";
    let keys = keys(&[canary]);
    let token = keys.tokenize(canary, canary, Kind::Text, &text(canary)).unwrap();
    let mut printed = format!("{keys:?} {:?} {:?}", keys.detokenize(&token).unwrap(), MemoryStore::new());
    for result in [
        keys.decrypt(canary, canary, canary).map(drop),
        keys.decrypt(&token, canary, canary).map(drop),
        keys.detokenize(canary).map(drop),
        keys.encrypt("unknown-canary-7f3a", canary, &text(canary)).map(drop),
        keys.encrypt(canary, canary, &Plain::Json(canary.into())).map(drop),
        keys.encrypt(canary, "", &text(canary)).map(drop),
        keys.forget("unknown-canary-7f3a", canary).map(drop),
    ] {
        let error = result.unwrap_err();
        printed += &format!("{error} {error:?}");
    }
    assert!(!printed.contains(canary), "{printed}");
}

#[test]
fn keys_are_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Keys>();
}
