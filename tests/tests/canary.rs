//! Canaries in every leaf and in keys: a treated one comes out nowhere, and none stands in what is said about events.

use conformance::arbitrary::{Policy, Value, damage, policy, spaces, spell, value};
use conformance::oracle::{Answer, Oracle, Tree};
use proptest::collection::vec;
use proptest::prelude::*;
use pumice::redact::user_agent::{Compact, UapRules};
use pumice::{GeoDb, OnError, Redactor, Scalar, Scrubber};
use std::fmt::{Debug, Display};

/// In every planted string and key, and the digits in every planted number.
const WORD: &str = "canary";
const DIGITS: &str = "77177";

fn canaries(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains(WORD) || text.contains(DIGITS)
}

/// Nothing of an event stands in what people log.
#[track_caller]
fn clean(what: &(impl Debug + ?Sized)) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!canaries(&shown), "{shown}");
    }
}

#[track_caller]
fn clean_in_words(what: &(impl Debug + Display)) {
    clean(what);
    assert!(!canaries(&what.to_string()), "{what}");
}

/// Puts a canary of its own into each leaf, and into the keys that `in_key` names.
fn plant(value: &mut Value, count: &mut usize, in_key: &impl Fn(usize) -> bool) {
    match value {
        Value::Leaf(leaf) => {
            *count += 1;
            let n = *count;
            *leaf = match n % 9 {
                0 => format!(r#""{WORD}{n}""#),
                1 => spell(&format!("{WORD}{n}"), &[0]),
                2 => format!(r#""{WORD}{n}@gmail.com""#),
                3 => format!(r#""Mozilla/5.0 ({WORD}{n}) {WORD}/{n}""#),
                4 => format!(r#""10.1.2.3, {WORD}{n}""#),
                5 => format!(r#""+1 415 555 {WORD}{n}""#),
                6 => format!("1.{DIGITS}{n:04}"),
                7 => format!("1{DIGITS}{n:04}e-5"),
                _ => format!(r#""45.{DIGITS}{n:04} {WORD}{n}""#),
            };
        }
        Value::Array(elements) => elements.iter_mut().for_each(|value| plant(value, count, in_key)),
        Value::Object(members) => {
            for (key, value) in members {
                *count += 1;
                if in_key(*count) {
                    *key = spell(&format!("{WORD}-key-{count}"), &[(*count % 16) as u8]);
                }
                plant(value, count, in_key);
            }
        }
    }
}

/// The strings of a JSON text as they are meant, and its numbers.
fn words(tree: &Tree, all: &mut Vec<String>) {
    let meant = |text: &str| serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
    match tree {
        Tree::Leaf(text) => all.push(meant(text)),
        Tree::Array(elements) => elements.iter().for_each(|element| words(element, all)),
        Tree::Object(members) => members.iter().for_each(|(key, value)| {
            all.push(meant(key));
            words(value, all);
        }),
    }
}

fn words_of(json: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    words(&Tree::read(json).unwrap(), &mut all);
    all
}

fn check(policy: &Policy, scrubber: &Scrubber, event: &[u8]) -> Result<(), TestCaseError> {
    let mut worker = scrubber.worker();
    let mut out = Vec::new();
    let came = worker.scrub(event, &mut out);
    if let Err(error) = &came {
        clean_in_words(error);
        clean_in_words(&error.clone().at_line(7));
        prop_assert!(out.is_empty());
    }
    if let Answer::Scrubbed(due) = Oracle::new(&policy.text()).scrub(event) {
        prop_assert!(came.is_ok());
        // What was treated comes out nowhere, not even in another spelling. (Damage may have put a canary in a second
        // place, from which it comes out by right.)
        let (out, all) = (words_of(&out), words_of(event));
        let single = |word: &String| all.iter().filter(|other| *other == word).count() == 1;
        for span in due.treated {
            for word in words_of(&event[span]).iter().filter(|word| canaries(word) && single(word)) {
                prop_assert!(!out.contains(word), "{} came out", word);
            }
        }
    }
    // The event itself as its own answer, and an answer to another event.
    for wrong in [event, b"{}"] {
        if let Err(mismatch) = worker.verify(event, wrong) {
            clean_in_words(&mismatch);
            clean(mismatch.kind.as_str());
        }
    }
    let lines = [event, b"\n", event, b"\n"].concat();
    let (mut out, mut rejects) = (Vec::new(), Vec::new());
    for on_error in [OnError::Reject, OnError::Fail] {
        match worker.scrub_ndjson(&lines, on_error, &mut out, &mut rejects) {
            Ok(lines) => clean(&lines),
            Err(error) => clean_in_words(&error),
        }
    }
    clean(&worker);
    Ok(())
}

fn clean_handle(scrubber: &Scrubber) {
    clean(scrubber);
    let report = scrubber.report();
    clean_in_words(&report);
    assert!(!canaries(&report.to_json()));
    for explanation in scrubber.explain() {
        clean_in_words(&explanation);
    }
}

proptest! {
    #[test]
    fn none_comes_out(
        policy in policy(),
        mut value in value(),
        spaces in spaces(),
        keys in 0..4usize,
        damage in prop_oneof![Just(vec![]), vec(damage(), 1..3)],
    ) {
        let (policy, scrubber) = policy.settle();
        plant(&mut value, &mut 0, &|n| n % 4 < keys);
        let whole = value.write(&spaces).into_bytes();
        let mut damaged = whole.clone();
        damage.iter().for_each(|damage| damage.to(&mut damaged));
        for event in [&whole, &damaged, &whole] {
            check(&policy, &scrubber, event)?;
        }
        clean_handle(&scrubber);
    }
}

#[test]
fn canaries_are_found_where_they_are() {
    // The checks above see something: what is not treated does come out.
    let scrubber = Scrubber::builder(br#"{"pumice":1,"fields":{"a":"text"}}"#).build().unwrap();
    let out = scrubber.scrub(br#"{"a":"canary1","b":"c\u0061nary2"}"#).unwrap();
    assert_eq!(words_of(&out), ["a", "", "b", "canary2"]);
    assert!(canaries("CANARY") && canaries("1.771770001") && !canaries("1.7"));
}

#[test]
fn single_values_leave_no_trace() {
    let values = [
        r#""canary1""#,
        r#""canary2@gmail.com""#,
        r#""canary3@[10.1.2.3]""#,
        r#""+1415canary4""#,
        r#""10.1.2.3 canary5""#,
        r#""canary6/1.0 (canary7; canary8)""#,
        r#""45.4 canary9""#,
        "1.771770010",
        "177177e1000000000",
        r#"{"canary11":["canary12"]}"#,
        r#"["canary13""#,
        "canary14",
        r#""canary15\ud800""#,
        r#""canary16" canary17"#,
    ];
    let types = [
        ("phone", "{}"),
        ("email", r#"{"keep":"initial"}"#),
        ("email", r#"{"keep":"provider"}"#),
        ("ip", r#"{"geo":["country","city"]}"#),
        ("user_agent", "{}"),
        ("user_agent", r#"{"engine":"uap"}"#),
        ("coordinate", "{}"),
        ("text", "{}"),
    ];
    let geo = format!("{}/data/geo/commerce.mmdb", env!("CARGO_MANIFEST_DIR"));
    let geo = GeoDb::from_bytes(std::fs::read(geo).unwrap()).unwrap();
    let rules = "user_agent_parsers:\n  - regex: '(Stone)/(\\d+)'\nos_parsers:\n  - regex: '(Linux)'\ndevice_parsers: []\n";
    let rules = UapRules::from_bytes(rules.as_bytes()).unwrap();
    for (name, options) in types {
        let builder = Redactor::builder(name, options).geo(geo.clone()).uap(rules.clone());
        clean(&builder);
        let redactor = builder.build().unwrap();
        for value in values {
            match redactor.redact(value) {
                // Keys are not values: what is below a redacted object keeps them.
                Ok(out) => assert!(!canaries(&out.replace("canary11", "")), "{name} {value} {out}"),
                Err(error) => clean_in_words(&error),
            }
        }
        clean(&redactor);
    }
    for text in ["canary1/2.0", "Stone/9 (canary2)"] {
        clean(&rules.parse(text));
        clean(&Compact.parse(text));
        clean(&Scalar::Str(text));
    }
    clean(&Scalar::Number("1.771770001"));
    clean(&rules);
    clean(&geo);
}

#[test]
fn supplies_that_cannot_be_read_leave_no_trace() {
    for bytes in ["canary1", "canary2: [canary3", "user_agent_parsers:\n  - regex: '(canary4'\n"] {
        if let Err(error) = GeoDb::from_bytes(bytes) {
            clean_in_words(&error);
        }
        match UapRules::from_bytes(bytes.as_bytes()) {
            Ok(rules) => drop(rules.compile().map_err(|error| clean_in_words(&error))),
            Err(error) => clean_in_words(&error),
        }
    }
    let policy = br#"{"pumice":1,"fields":{"a":{"action":"replace","value":"canary5"}}} canary6"#;
    clean(&Scrubber::builder(policy));
    clean_in_words(&Scrubber::builder(policy).build().unwrap_err());
}
