//! Whose keys an event may use, and what may be found in an output: nothing of another account, subject or field.

use pumice::crypto::{
    AccountTag, Inserted, KeyOf, KeyWrapper, Keyring, Keys, LocalRoot, MemoryStore, Plain, Record, RecordId,
    RecordKey, RootInfo, Secret, SubjectStore, UnwrapRequest, WrapRequest,
};
use pumice::policy::Kind;
use pumice::{Code, Error, MismatchKind, OnError, Scrubber, Whose};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const POLICY: &[u8] = br#"{"pumice": 1, "account": "account", "subject": "user", "fields": {
    "email": {"type": "email", "action": "tokenize"},
    "body": {"action": "encrypt"},
    "note": {"action": "encrypt", "key": "subject"}
}}"#;

struct World {
    store: Arc<MemoryStore>,
    keys: Arc<Keys>,
    scrubber: Scrubber,
}

impl World {
    fn new() -> Self {
        let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
        keyring.add(&["AC1", "AC2"]).unwrap();
        let store = Arc::new(MemoryStore::new());
        let keys = Arc::new(Keys::builder(keyring).store(store.clone()).build());
        let scrubber = Scrubber::builder(POLICY).keys(keys.clone()).build().unwrap();
        World { store, keys, scrubber }
    }

    fn token(&self, account: &str, subject: &str, value_type: Kind) -> String {
        self.keys.tokenize(account, subject, value_type, &Plain::String("ann@example.com".into())).unwrap()
    }

    fn sealed(&self, account: &str, by: KeyOf, subject: &str, field: &str) -> String {
        let plain = Plain::String("hello".into());
        match by {
            KeyOf::Account => self.keys.encrypt(account, field, &plain),
            KeyOf::Subject => self.keys.encrypt_with_subject_key(account, subject, field, &plain),
        }
        .unwrap()
    }
}

fn event(member: &str, value: &str) -> String {
    format!(r#"{{"account":"AC1","user":"ann","{member}":"{value}"}}"#)
}

#[test]
fn an_event_opens_no_token_of_another_account() {
    let world = World::new();
    let (own, other) = (world.token("AC1", "ann", Kind::Email), world.token("AC2", "ann", Kind::Email));
    let mut worker = world.scrubber.worker();
    let mut out = Vec::new();
    worker.detokenize_event(event("email", &own).as_bytes(), &mut out).unwrap();
    assert_eq!(out, event("email", "ann@example.com").as_bytes());
    out.clear();
    let error = worker.detokenize_event(event("email", &other).as_bytes(), &mut out).unwrap_err();
    assert_eq!((error.code(), out.len()), (Code::AuthenticationFailed, 0));
    // What the caller says of the account goes before what the event says.
    let mut worker = world.scrubber.worker_for(Whose { account: Some("AC2"), subject: None });
    worker.detokenize_event(event("email", &other).as_bytes(), &mut out).unwrap();
    out.clear();
    assert!(worker.detokenize_event(event("email", &own).as_bytes(), &mut out).is_err());
    // An account that cannot be read is not the same as none.
    for account in ["{}", "null", r#""AC1","account":"AC2""#] {
        let unclear = event("email", &own).replace(r#""AC1""#, account);
        let error = world.scrubber.worker().detokenize_event(unclear.as_bytes(), &mut out).unwrap_err();
        assert_eq!((error.code(), out.len()), (Code::NoAccount, 0));
    }
    let nobodys = format!(r#"{{"email":"{own}"}}"#);
    world.scrubber.worker().detokenize_event(nobodys.as_bytes(), &mut out).unwrap();
    assert_eq!(out, br#"{"email":"ann@example.com"}"#);
}

#[test]
fn what_another_owner_key_or_type_made_is_not_verified() {
    let world = World::new();
    let check = |member: &str, plain: &str, sealed: &str| {
        world.scrubber.worker().verify(event(member, plain).as_bytes(), event(member, sealed).as_bytes())
    };
    let email = |token: String| check("email", "ann@example.com", &token);
    assert_eq!(email(world.token("AC1", "ann", Kind::Email)), Ok(()));
    for token in [
        world.token("AC2", "ann", Kind::Email),
        world.token("AC1", "bob", Kind::Email),
        world.token("AC1", "ann", Kind::Phone),
    ] {
        assert_eq!(email(token).unwrap_err().kind, MismatchKind::ValueChanged);
    }
    let field = |member, by, subject| check(member, "hello", &world.sealed("AC1", by, subject, member));
    assert_eq!(field("body", KeyOf::Account, "ann"), Ok(()));
    assert_eq!(field("note", KeyOf::Subject, "ann"), Ok(()));
    for (member, by, subject) in
        [("body", KeyOf::Subject, "ann"), ("note", KeyOf::Account, "ann"), ("note", KeyOf::Subject, "bob")]
    {
        assert_eq!(field(member, by, subject).unwrap_err().kind, MismatchKind::ValueChanged, "{member}");
    }
}

#[test]
fn what_is_refused_when_it_is_scrubbed_is_refused_when_it_is_verified() {
    let world = World::new();
    let token = world.token("AC1", "ann", Kind::Email);
    for (from, to, code) in [
        (r#""account":"AC1","#, "", Code::NoAccount),
        (r#""user":"ann","#, "", Code::NoSubject),
        ("AC1", "AC3", Code::UnknownAccount),
    ] {
        let raw = event("email", "ann@example.com").replace(from, to);
        let scrubbed = event("email", &token).replace(from, to);
        let error = world.scrubber.scrub(raw.as_bytes()).unwrap_err();
        assert_eq!(error.code(), code);
        let mismatch = world.scrubber.worker().verify(raw.as_bytes(), scrubbed.as_bytes()).unwrap_err();
        assert_eq!(mismatch.kind, MismatchKind::Refused(error));
    }
}

#[test]
fn to_verify_makes_no_key() {
    let world = World::new();
    let token = world.token("AC1", "ann", Kind::Email);
    world.keys.forget("AC1", "ann").unwrap();
    let (raw, scrubbed) = (event("email", "ann@example.com"), event("email", &token));
    assert!(world.scrubber.worker().verify(raw.as_bytes(), scrubbed.as_bytes()).is_err());
    assert_eq!(world.store.scan(None, 1).unwrap(), []);
}

#[test]
fn nobody_gets_a_key_for_nothing() {
    let world = World::new();
    let line = br#"{"account":"AC1","user":"ann","email":null,"note":null,"body":"hello"}"#;
    let mut worker = world.scrubber.worker();
    worker.scrub_ndjson(line, OnError::Fail, &mut Vec::new(), &mut Vec::new()).unwrap();
    assert_eq!(world.store.scan(None, 1).unwrap(), []);
}

#[test]
fn a_line_stays_a_line() {
    let world = World::new();
    // Scrubbed as an event that is laid out, and put on one line later.
    let raw = "{\"account\":\"AC1\",\n \"body\":{\n  \"a\": 1\r\n }}";
    let scrubbed = String::from_utf8(world.scrubber.scrub(raw.as_bytes()).unwrap()).unwrap();
    let mut worker = world.scrubber.worker();
    let mut out = Vec::new();
    worker.decrypt_event(scrubbed.as_bytes(), &mut out).unwrap();
    assert_eq!(out, raw.as_bytes(), "an event comes back as it was");
    let line = scrubbed.replace('\n', "");
    let mut out = Vec::new();
    worker.decrypt_ndjson(line.as_bytes(), OnError::Fail, &mut out, &mut Vec::new()).unwrap();
    assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 0);
    let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&out), value(raw.as_bytes()));
}

#[test]
fn what_is_left_is_not_absent() {
    let world = World::new();
    let event = event("email", &world.token("AC1", "ann", Kind::Email));
    world.scrubber.worker().decrypt_event(event.as_bytes(), &mut Vec::new()).unwrap();
    let report = world.scrubber.report();
    let absent: Vec<_> = report.rules.iter().map(|rule| (rule.treated, rule.absent)).collect();
    assert_eq!(absent, [(0, 0), (0, 1), (0, 1)]);
}

/// A store that cannot look for ids; and the second time that it looks for keys, it dies.
#[derive(Default)]
struct Failing(MemoryStore, AtomicUsize);

impl SubjectStore for Failing {
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        match self.1.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Error::new(Code::StoreFailed)),
            1 => panic!("as a host's store may"),
            _ => self.0.get(keys),
        }
    }
    fn insert_if_absent(&self, records: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        self.0.insert_if_absent(records)
    }
    fn locate(&self, _: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error> {
        Err(Error::new(Code::StoreFailed))
    }
    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        self.0.delete(keys)
    }
    fn delete_account(&self, account: AccountTag) -> Result<u64, Error> {
        self.0.delete_account(account)
    }
    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        self.0.scan(after, limit)
    }
    fn purge(&self) -> Result<(), Error> {
        self.0.purge()
    }
}

#[test]
fn a_store_that_fails_is_no_mismatch() {
    let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
    keyring.add(&["AC1"]).unwrap();
    let store = Arc::new(Failing(MemoryStore::new(), AtomicUsize::new(2)));
    let keys = Arc::new(Keys::builder(keyring).store(store).build());
    let scrubber = Scrubber::builder(POLICY).keys(keys.clone()).build().unwrap();
    let raw = event("note", "hello");
    let scrubbed = scrubber.scrub(raw.as_bytes()).unwrap();
    keys.drop_cached();
    let mismatch = scrubber.worker().verify(raw.as_bytes(), &scrubbed).unwrap_err();
    assert!(matches!(mismatch.kind, MismatchKind::Refused(error) if error.code() == Code::StoreFailed));
}

#[test]
fn a_call_that_was_cut_short_leaves_no_salt_to_the_next() {
    let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
    keyring.add(&["AC1"]).unwrap();
    let keys = Arc::new(Keys::builder(keyring).store(Arc::new(Failing::default())).build());
    let scrubber = Scrubber::builder(POLICY).keys(keys).build().unwrap();
    let body = event("body", "hello");
    let lines = format!("{body}\n{}\n", event("email", "ann@example.com"));
    let mut worker = scrubber.worker();
    let mut out = Vec::new();
    let died = catch_unwind(AssertUnwindSafe(|| {
        worker.scrub_ndjson(lines.as_bytes(), OnError::Fail, &mut out, &mut Vec::new())
    }));
    assert!(died.is_err());
    let mut again = Vec::new();
    worker.scrub(body.as_bytes(), &mut again).unwrap();
    let salt = |out: &[u8]| {
        let out = std::str::from_utf8(out).unwrap();
        let text = out.split("pum1").nth(1).unwrap();
        text.get(24..40).unwrap().to_owned()
    };
    assert_ne!(salt(&out), salt(&again));
}

/// A root that does not answer for one account.
struct Picky(LocalRoot, AtomicBool);

impl KeyWrapper for Picky {
    fn info(&self) -> RootInfo {
        self.0.info()
    }
    fn wrap(&self, requests: &[WrapRequest<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        self.0.wrap(requests)
    }
    fn unwrap(&self, requests: &[UnwrapRequest<'_>]) -> Result<Vec<Secret>, Error> {
        assert!(!format!("{requests:?}").contains("AC"), "whose keys they are");
        let is_refused = requests.iter().any(|request| request.context.contains(&("account", "AC1")));
        if is_refused && self.1.load(Ordering::Relaxed) {
            return Err(Error::new(Code::RootFailed));
        }
        self.0.unwrap(requests)
    }
}

#[test]
fn one_account_does_not_keep_a_subject_from_being_forgotten_in_the_others() {
    let root = Arc::new(Picky(LocalRoot::make().unwrap(), AtomicBool::new(false)));
    let mut keyring = Keyring::make(root.clone()).unwrap();
    keyring.add(&["AC1", "AC2"]).unwrap();
    assert!(!format!("{:?}", keyring.accounts().collect::<Vec<_>>()).contains("AC"));
    let store = Arc::new(MemoryStore::new());
    let keys = Keys::builder(keyring).store(store.clone()).build();
    keys.prepare(&[("AC1", "ann"), ("AC2", "ann")]).unwrap();
    keys.drop_cached();
    root.1.store(true, Ordering::Relaxed);
    assert_eq!(keys.forget_subject("ann").unwrap_err().code(), Code::RootFailed);
    assert_eq!(store.scan(None, 9).unwrap().len(), 1);
    root.1.store(false, Ordering::Relaxed);
    assert_eq!(keys.forget_subject("ann").unwrap().subjects, 1);
}
