//! No heap buffer is given back with a key in it: an allocator keeps every buffer as it was when it was freed, and all
//! of them are searched for the keys that were in use.

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use pumice::crypto::{
    Argon2id, KeyWrapper, Keyring, Keys, LocalRoot, MemoryStore, PassphraseRoot, Plain, Record, RecordKey,
    SubjectStore, UnwrapRequest,
};
use pumice::policy::Kind;
use pumice::{Code, Scrubber};
use serde_json::Value;
use sha2::Sha256;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const MOST: usize = 1 << 20;

/// While it watches, what is freed stays where and as it was, and is written down.
struct Keeper {
    is_watching: AtomicBool,
    freed: AtomicUsize,
    buffers: [(AtomicUsize, AtomicUsize); MOST],
}

#[global_allocator]
static KEEPER: Keeper = Keeper {
    is_watching: AtomicBool::new(false),
    freed: AtomicUsize::new(0),
    buffers: [const { (AtomicUsize::new(0), AtomicUsize::new(0)) }; MOST],
};

#[expect(unsafe_code, reason = "an allocator cannot be written without; it passes on to that of the system")]
// SAFETY: every call goes to System under the layout that it came with. Growing is left to the default, which asks for a
// new buffer and frees the old one, so that none is freed unseen.
unsafe impl GlobalAlloc for Keeper {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeros, so that the whole of each buffer may be read.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, buffer: *mut u8, layout: Layout) {
        if !self.is_watching.load(Ordering::SeqCst) {
            return unsafe { System.dealloc(buffer, layout) };
        }
        let at = self.freed.fetch_add(1, Ordering::SeqCst);
        if let Some((address, size)) = self.buffers.get(at) {
            address.store(buffer.expose_provenance(), Ordering::SeqCst);
            size.store(layout.size(), Ordering::SeqCst);
        }
    }
}

impl Keeper {
    /// What was freed while this ran, as it was then.
    #[expect(unsafe_code, reason = "what was freed can be read in no other way")]
    fn watch(&self, run: impl FnOnce()) -> Vec<&[u8]> {
        let first = self.freed.load(Ordering::SeqCst);
        self.is_watching.store(true, Ordering::SeqCst);
        run();
        self.is_watching.store(false, Ordering::SeqCst);
        let end = self.freed.load(Ordering::SeqCst);
        assert!(end <= MOST, "more was freed than was written down");
        let buffers = self.buffers[first..end].iter();
        let read = |(address, size): &(AtomicUsize, AtomicUsize)| {
            let buffer = std::ptr::with_exposed_provenance(address.load(Ordering::SeqCst));
            // SAFETY: it was allocated with this size, in zeros, and never given back.
            unsafe { std::slice::from_raw_parts(buffer, size.load(Ordering::SeqCst)) }
        };
        buffers.map(read).collect()
    }
}

/// Secrets by what they are.
#[derive(Default)]
struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    fn add(&mut self, what: &str, secret: &[u8]) {
        assert!(
            secret.len() >= 16 && secret.iter().collect::<HashSet<_>>().len() > 8,
            "it could be anywhere"
        );
        self.0.push((what.to_owned(), secret.to_vec()));
    }

    /// Adds a key that HMAC is used with, and the two states that SHA-256 comes to with it, which are as good as the key.
    fn add_keyed(&mut self, what: &str, key: &[u8; 32]) {
        const START: [u32; 8] = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        self.add(what, key);
        for pad in [[0x36; 64], [0x5c; 64]] {
            let (mut block, mut state) = (pad, START);
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            sha2::block_api::compress256(&mut state, &[block]);
            self.add(&format!("a state of {what}"), &state.map(u32::to_ne_bytes).concat());
        }
    }

    /// Adds what is derived from a key, and what HKDF has between its two halves.
    fn derive<const N: usize>(
        &mut self,
        what: &str,
        salt: Option<&[u8]>,
        key: &[u8],
        info: &[u8],
    ) -> [u8; N] {
        let (prk, hkdf) = Hkdf::<Sha256>::extract(salt, key);
        let mut derived = [0; N];
        hkdf.expand(info, &mut derived).unwrap();
        self.add_keyed(&format!("the PRK of {what}"), &prk.into());
        match derived.first_chunk() {
            Some(half) if N == 32 => self.add_keyed(what, half),
            _ => self.add(what, &derived),
        }
        derived
    }

    /// Which of them are in the buffers. Half of a long key is as bad as all of it.
    fn found(&self, buffers: &[&[u8]]) -> Vec<&str> {
        let mut halves: HashMap<&[u8], &str> = HashMap::new();
        for (what, secret) in &self.0 {
            halves.extend(secret.chunks_exact(16).map(|half| (half, what.as_str())));
        }
        let found =
            buffers.iter().flat_map(|buffer| buffer.windows(16)).filter_map(|bytes| halves.get(bytes));
        let mut found: Vec<_> = found.copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn b64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// What a use of keys leaves behind: with the root, every key that was in use can be found out from it.
#[derive(Default)]
struct Traces {
    documents: Vec<Vec<u8>>,
    records: Vec<(RecordKey, Record)>,
    ciphertexts: Vec<(&'static str, String)>,
}

const ROOT: [u8; 32] = *b"\x01The root of these tests, 32 by\xfe";
const PASSPHRASE: &[u8] = b"a passphrase that is in no other place";
const COSTS: Argon2id = Argon2id { lanes: 1, memory_kib: 64, passes: 1, salt: [7; 16] };
const ACCOUNTS: [&str; 4] = ["AC-first of four", "AC-second", "AC-third", "AC-fourth"];
const POLICY: &str = r#"{
    "pumice": 1, "account": "account", "subject": "subject",
    "fields": {
        "body": { "type": "text", "action": "encrypt" },
        "name": { "type": "text", "action": "encrypt", "key": "subject" },
        "email": { "type": "email", "action": "tokenize" },
        "phone": { "type": "phone", "action": "hash" }
    }
}"#;
const SUBJECT: &str = "a subject";

fn root() -> Arc<dyn KeyWrapper> {
    Arc::new(LocalRoot::from_bytes(&ROOT).unwrap())
}

/// Every verb, twice and over full caches; then all of it is dropped.
fn use_keys(traces: &mut Traces) {
    let mut keyring = Keyring::make(root()).unwrap();
    keyring.add(&ACCOUNTS).unwrap();
    keyring.rotate(ACCOUNTS[0]).unwrap();
    traces.documents.push(keyring.to_bytes());
    keyring.rewrap(Arc::new(PassphraseRoot::open(PASSPHRASE, &COSTS).unwrap())).unwrap();
    keyring.rewrap(root()).unwrap();
    traces.documents.push(keyring.to_bytes());
    let text = LocalRoot::from_bytes(&ROOT).unwrap().to_text();
    let root = Arc::new(LocalRoot::parse(text.as_bytes()).unwrap());
    let keyring = Keyring::open(&keyring.to_bytes(), root).unwrap();

    let store = Arc::new(MemoryStore::default());
    let keys = Keys::builder(keyring).store(store.clone()).cached_accounts(2).cached_subjects(2).build();
    let keys = Arc::new(keys);
    let string = |text: &'static str| Plain::String(text.into());
    for account in ACCOUNTS.iter().chain(&ACCOUNTS) {
        for subject in [SUBJECT, "another", "a third"] {
            let sealed =
                keys.encrypt_with_subject_key(account, subject, "field", &string("a value")).unwrap();
            keys.decrypt(&sealed, account, "field").unwrap();
            let token = keys.tokenize(account, subject, Kind::Email, &string("ann@example.com")).unwrap();
            keys.detokenize(&token).unwrap();
            traces.ciphertexts.push((account, sealed));
        }
        let sealed = keys.encrypt(account, "field", &string("a value")).unwrap();
        keys.decrypt(&sealed, account, "field").unwrap();
        assert_eq!(keys.decrypt(&sealed, account, "other").unwrap_err().code(), Code::AuthenticationFailed);
        traces.ciphertexts.push((account, sealed));
        for sealed in keys.encrypt_bulk(account, "field", &[string("one"), string("two")]) {
            traces.ciphertexts.push((account, sealed.unwrap()));
        }
        let texts: Vec<_> = traces.ciphertexts.iter().map(|(_, text)| text).collect();
        assert!(keys.decrypt_bulk(account, "field", &texts).iter().any(Result::is_ok));
        let rows = [(SUBJECT, string("one")), ("a fourth", string("two"))];
        let tokens = keys.tokenize_bulk(account, Kind::Phone, &rows);
        let tokens: Vec<_> = tokens.into_iter().map(Result::unwrap).collect();
        assert!(keys.detokenize_bulk(&tokens).iter().all(Result::is_ok));
        keys.hash(account, Kind::Text, &string("a value")).unwrap();
    }
    let scrubber = Scrubber::builder(POLICY.as_bytes()).keys(keys.clone()).build().unwrap();
    let mut worker = scrubber.worker();
    for account in ACCOUNTS.iter().chain(&ACCOUNTS) {
        let event = format!(
            r#"{{"account":"{account}","subject":"{SUBJECT}","body":"b","name":"n","email":"ann@example.com","phone":"1"}}"#
        );
        let mut out = Vec::new();
        worker.scrub(event.as_bytes(), &mut out).unwrap();
        let scrubbed = String::from_utf8(out).unwrap();
        let sealed: Vec<_> = scrubbed.split('"').filter(|text| text.starts_with("pum1")).collect();
        assert_eq!(sealed.len(), 2);
        traces.ciphertexts.extend(sealed.into_iter().map(|text| (*account, text.to_owned())));
        worker.decrypt_event(scrubbed.as_bytes(), &mut Vec::new()).unwrap();
        worker.detokenize_event(scrubbed.as_bytes(), &mut Vec::new()).unwrap();
    }
    drop(worker);
    traces.records = store.scan(None, 1_000).unwrap();
    assert_eq!(traces.records.len(), 16, "four subjects in four accounts");
    assert_eq!(keys.forget(ACCOUNTS[0], SUBJECT).unwrap().subjects, 1);
    assert_eq!(keys.forget_subject("another").unwrap().subjects, 4);
    assert!(keys.forget_account(ACCOUNTS[1]).unwrap().keys > 0);
    keys.drop_cached();
    keys.tokenize(ACCOUNTS[2], SUBJECT, Kind::Email, &string("ann@example.com")).unwrap();
    assert_eq!(keys.detokenize("ptk1AAAA").unwrap_err().code(), Code::UnknownVersion);
}

/// Finds out every key that was in use, from what it left and the root.
fn secrets_of(traces: &Traces) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.add("the root", &ROOT);
    secrets.add("the root's text", URL_SAFE_NO_PAD.encode(ROOT).as_bytes());
    secrets.derive::<64>("the root's wrapping key", None, &ROOT, b"pumice/1/root/wrap");
    secrets.add("the passphrase", PASSPHRASE);
    let mut by_passphrase = [0; 32];
    let params = argon2::Params::new(COSTS.memory_kib, COSTS.passes, COSTS.lanes, Some(32)).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSPHRASE, &COSTS.salt, &mut by_passphrase)
        .unwrap();
    secrets.add("the root of the passphrase", &by_passphrase);
    secrets.derive::<64>("its wrapping key", None, &by_passphrase, b"pumice/1/root/wrap");

    let root = root();
    let unwrap = |member: &Value, context: &[(&str, &str)]| -> [u8; 32] {
        let wrapped = b64(member.as_str().unwrap());
        *root.unwrap(&[UnwrapRequest { wrapped: &wrapped, context }]).unwrap()[0].expose()
    };
    // What opens ciphertexts: K_enc by kid, K_mask by account, subject keys by record id.
    let (mut encs, mut masks, mut subject_keys) = (HashMap::new(), HashMap::new(), HashMap::new());
    for document in &traces.documents {
        let document: Value = serde_json::from_slice(document).unwrap();
        secrets.add_keyed("the MAC key", &unwrap(&document["mac_key"], &[("pumice", "keyring_mac")]));
        for account in document["accounts"].as_array().unwrap() {
            let name = account["account"].as_str().unwrap();
            for row in account["keys"].as_array().unwrap() {
                let version = row["version"].to_string();
                let context = [("pumice", "account_key"), ("account", name), ("version", &version)];
                let key = unwrap(&row["wrapped"], &context);
                secrets.add("an account key", &key);
                let enc: [u8; 32] = secrets.derive("K_enc", None, &key, b"pumice/1/enc");
                secrets.derive::<32>("K_hash", None, &key, b"pumice/1/hash");
                encs.insert(b64(row["kid"].as_str().unwrap()), enc);
            }
            let row = &account["token_roots"][0];
            let context = [("pumice", "token_root"), ("account", name), ("version", "1")];
            let token_root = unwrap(&row["wrapped"], &context);
            secrets.add("a token root", &token_root);
            secrets.derive::<32>("K_index", None, &token_root, b"pumice/1/index");
            let mask: [u8; 32] = secrets.derive("K_mask", None, &token_root, b"pumice/1/mask");
            masks.insert(name.to_owned(), mask);
            let wrap: [u8; 64] = secrets.derive("K_wrap", None, &token_root, b"pumice/1/wrap");
            let tag = b64(row["tag"].as_str().unwrap());
            for (key, record) in traces.records.iter().filter(|(key, _)| key.0.starts_with(&tag)) {
                let ad = [b"pumice/1/subject".as_slice(), &key.0, &record.id.0].concat();
                let (iv, sealed) = record.wrapped.split_at(16);
                let mut subject_key: [u8; 32] = sealed.try_into().unwrap();
                let siv = &mut Aes256Siv::new(&wrap.into());
                siv.decrypt_inout_detached([&ad], (&mut subject_key[..]).into(), iv.try_into().unwrap())
                    .unwrap();
                secrets.add("a subject key", &subject_key);
                secrets.derive::<64>("K_token(email)", None, &subject_key, b"pumice/1/token/email");
                secrets.derive::<64>("K_token(phone)", None, &subject_key, b"pumice/1/token/phone");
                subject_keys.insert(record.id.0, subject_key);
            }
        }
    }
    for (account, text) in &traces.ciphertexts {
        let data = b64(text);
        let is_by_subject = data[4] & 1 == 1;
        let (salt, rest) = data[if is_by_subject { 30 } else { 21 }..].split_at(12);
        let mut key = encs[&data[5..21]];
        if is_by_subject {
            let mask = Hmac::<Sha256>::new_from_slice(&masks[*account]).unwrap();
            let mask = mask.chain_update(b"pumice/1/locator").chain_update(salt).chain_update(&rest[..12]);
            let mask = mask.finalize().into_bytes();
            let id: [u8; 9] = std::array::from_fn(|at| data[21 + at] ^ mask[at]);
            key = secrets.derive("K_subject", Some(&key), &subject_keys[&id], b"pumice/1/subject/enc");
        }
        secrets.derive::<32>("a message key", None, &key, &[b"pumice/1/msg", salt].concat());
    }
    secrets
}

/// One test, as the allocator sees all threads.
#[test]
fn no_buffer_is_freed_with_a_key_in_it() {
    let mut traces = Traces::default();
    let kept = KEEPER.watch(|| use_keys(&mut traces));
    let secrets = secrets_of(&traces);
    assert!(secrets.0.len() > 200 && kept.len() > 1_000, "{} {}", secrets.0.len(), kept.len());
    assert_eq!(secrets.found(&kept), Vec::<&str>::new());

    // What is freed is seen: names are no secrets, and are freed as they are.
    let mut names = Secrets::default();
    names.add("an account's name", ACCOUNTS[0].as_bytes());
    assert_eq!(names.found(&kept), ["an account's name"]);

    // A key in a plain buffer is found, also where the buffer grew and where half of it is left.
    let mut planted = Secrets::default();
    planted.add("root", &ROOT);
    let kept = KEEPER.watch(|| drop(std::hint::black_box(ROOT.to_vec())));
    assert_eq!(planted.found(&kept), ["root"]);
    let kept = KEEPER.watch(|| {
        let mut key = Vec::with_capacity(32);
        key.extend_from_slice(&ROOT);
        key.reserve(1_000);
        key.fill(0);
        drop(std::hint::black_box(key));
    });
    assert_eq!(planted.found(&kept), ["root"]);
    let kept = KEEPER.watch(|| drop(std::hint::black_box(Box::new(ROOT.map(|byte| byte ^ 1)))));
    assert_eq!(planted.found(&kept), Vec::<&str>::new());
}
