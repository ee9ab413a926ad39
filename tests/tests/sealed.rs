//! Runs `vectors/sealed.json`: events by policies that need keys.

use conformance::arbitrary::{policy, spaces, value};
use conformance::keys;
use conformance::vectors::{self, Place};
use proptest::prelude::*;
use pumice::crypto::Keys;
use pumice::{Error, OnError, Scrubber, Whose};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    policy: Box<RawValue>,
    #[serde(rename = "in")]
    event: String,
    out: Option<String>,
    opened: Option<String>,
    #[serde(default = "yes")]
    back: bool,
    account: Option<String>,
    subject: Option<String>,
    by_call: Option<ByCall>,
    aim: Option<Aim>,
    error: Option<String>,
    at: Option<Place>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ByCall {
    account: Option<String>,
    subject: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Aim {
    Decrypt,
    Detokenize,
}

fn yes() -> bool {
    true
}

impl Row {
    fn scrubber(&self, keys: &Arc<Keys>) -> Scrubber {
        let policy = vectors::policy(&self.policy);
        let mut builder = Scrubber::builder(policy.as_bytes()).keys(keys.clone());
        if let Some(account) = &self.account {
            builder = builder.account(account);
        }
        if let Some(subject) = &self.subject {
            builder = builder.subject(subject);
        }
        if self.by_call.is_some() {
            builder = builder.owner_by_call();
        }
        builder.build().unwrap_or_else(|error| panic!("{policy}: {error}"))
    }

    fn check(&self, keys: &Arc<Keys>) -> Result<(), String> {
        let scrubber = self.scrubber(keys);
        let by_call = self.by_call.as_ref();
        let whose = Whose {
            account: by_call.and_then(|it| it.account.as_deref()),
            subject: by_call.and_then(|it| it.subject.as_deref()),
        };
        let mut worker = scrubber.worker_for(whose);
        // The second time the worker knows the event; the third time it is one of many lines.
        for round in 0..3 {
            let mut out = Vec::new();
            let event = self.event.as_bytes();
            let came = match (self.aim, round) {
                (None, 2) => worker.scrub_ndjson(event, OnError::Fail, &mut out, &mut Vec::new()).map(drop),
                (None, _) => worker.scrub(event, &mut out),
                (Some(Aim::Decrypt), _) => worker.decrypt_event(event, &mut out),
                (Some(Aim::Detokenize), _) => worker.detokenize_event(event, &mut out),
            };
            self.compare(came, &out)?;
            if self.error.is_none() && self.aim.is_none() {
                worker.verify(event, &out).map_err(|mismatch| format!("verify: {mismatch}"))?;
            }
            if self.out.is_some() && self.aim.is_none() && self.back {
                let (mut half, mut whole) = (Vec::new(), Vec::new());
                let opened = worker
                    .decrypt_event(&out, &mut half)
                    .and_then(|()| worker.detokenize_event(&half, &mut whole));
                let due = self.opened.as_ref().unwrap_or(&self.event);
                if opened.is_err() || !same_values(&whole, due) {
                    return Err(format!("opened {} {opened:?}", String::from_utf8_lossy(&whole)));
                }
            }
        }
        Ok(())
    }

    fn compare(&self, came: Result<(), Error>, out: &[u8]) -> Result<(), String> {
        let out = String::from_utf8_lossy(out);
        let same = match (&came, &self.out) {
            (Ok(()), Some(due)) => fits(&out, due),
            (Err(error), None) => {
                Some(error.code().as_str()) == self.error.as_deref()
                    && Place::of(error) == self.at
                    && out.is_empty()
            }
            _ => false,
        };
        if same { Ok(()) } else { Err(format!("came {came:?} {out}")) }
    }
}

/// The same text, but for the spelling of strings.
fn same_values(one: &[u8], other: &str) -> bool {
    let one = std::str::from_utf8(one).unwrap();
    one == other || {
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        read(one) == read(other)
    }
}

/// Whether the text is the pattern, where `*` is one or more characters of base64url.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    for part in parts {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        match after.strip_prefix(part) {
            Some(next) if after.len() < rest.len() => rest = next,
            _ => return false,
        }
    }
    rest.is_empty()
}

#[test]
fn each_event_comes_out_as_it_should() {
    let keys = Arc::new(keys::of("token"));
    let mut wrong = Vec::new();
    for (section, rows) in vectors::read::<Row>("sealed") {
        for row in rows {
            if let Err(what) = row.check(&keys) {
                wrong.push(format!(
                    "{section}: {}\n  in   {}\n  due  {:?} {:?}\n  {what}",
                    row.policy, row.event, row.out, row.error
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn patterns_fit_what_they_should() {
    for (text, pattern, due) in [
        ("a", "a", true),
        ("ab", "a", false),
        ("pum1x-_Y\"", "pum1*\"", true),
        ("pum1\"", "pum1*\"", false),
        ("pum1x y\"", "pum1*\"", false),
        ("p1x,p1y.", "p1*,p1*.", true),
    ] {
        assert_eq!(fits(text, pattern), due, "{text} {pattern}");
    }
}

/// The policy with a seal in the place of each emptied text and each constant, and the same with a constant in the place of
/// each seal.
fn sealed_twin(policy: &str) -> (String, String) {
    let mut sealed: serde_json::Value = serde_json::from_str(policy).unwrap();
    sealed["account"] = "whoseaccount".into();
    sealed["subject"] = "whose.subject".into();
    let mut plain = sealed.clone();
    for (selector, rule) in sealed["fields"].as_object_mut().unwrap() {
        if *rule == "text" {
            *rule = serde_json::json!({"type": "text", "action": "tokenize"});
        } else if rule["action"] == "replace" {
            let key = if selector.len() % 2 == 0 { "subject" } else { "account" };
            *rule = serde_json::json!({"action": "encrypt", "key": key});
            plain["fields"][selector]["value"] = "sealed".into();
        }
    }
    (sealed.to_string(), plain.to_string())
}

/// The text with the constants of the twin in the place of tokens and ciphertexts.
fn unsealed(text: &str) -> String {
    let mut parts = text.split('"');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out.push('"');
        out.push_str(match part.get(..4) {
            Some("pum1") => "sealed",
            Some("ptk1") => "",
            _ => part,
        });
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the policy and the event: what is sealed goes where a constant would, and opens to what it was.
    #[test]
    fn seals_stand_where_constants_would(
        policy in policy(),
        value in value(),
        spaces in spaces(),
        at in 0..4usize,
        by_call in any::<bool>(),
    ) {
        let (policy, _) = policy.settle();
        // A user agent becomes an object, and a rule may mean what is in that too.
        prop_assume!(!policy.text().contains("user_agent"));
        let (sealed, plain) = sealed_twin(&policy.text());
        let mut event = value.write(&spaces).trim().to_owned();
        if let Some(inside) = event.strip_prefix('{') && !by_call {
            // Whose it is stands before all, or behind.
            let names = [r#""whoseaccount":"AC5f1e09c2""#, r#""whose":{"x":[],"subject":"user-1"}"#];
            let comma = if inside.trim_start().starts_with('}') { "" } else { "," };
            let inside = inside.strip_suffix('}').unwrap();
            event = match at {
                0 => format!("{{{},{}{comma}{inside}}}", names[0], names[1]),
                1 => format!("{{{inside}{comma}{},{}}}", names[1], names[0]),
                2 => format!("{{{}{comma}{inside}{}{}}}", names[1], ",", names[0]),
                _ => format!("{{{}{comma}{inside},{}}}", names[0], names[1]),
            };
        }
        // A constant replaces null, and a seal leaves it.
        let event = event.replace("null", "[]");
        let keys = KEYS.with(Arc::clone);
        let scrubber = Scrubber::builder(sealed.as_bytes()).keys(keys).build().unwrap();
        let plain = Scrubber::builder(plain.as_bytes()).build().unwrap();
        let named = Whose { account: Some("AC5f1e09c2"), subject: Some("user-1") };
        let whose = if by_call || !event.starts_with('{') { named } else { Whose::default() };
        // The names may be sealed too: who opens them knows them.
        let mut opener = scrubber.worker_for(named);
        let mut worker = scrubber.worker_for(whose);
        for _ in 0..2 {
            let mut out = Vec::new();
            let came = worker.scrub(event.as_bytes(), &mut out);
            let due = plain.scrub(event.as_bytes());
            prop_assert_eq!(came.as_ref().err(), due.as_ref().err());
            let Ok(due) = due else { break };
            prop_assert_eq!(unsealed(&String::from_utf8(out.clone()).unwrap()), String::from_utf8(due).unwrap());
            prop_assert!(worker.verify(event.as_bytes(), &out).is_ok());
            let (mut half, mut whole) = (Vec::new(), Vec::new());
            prop_assert!(opener.decrypt_event(&out, &mut half).is_ok());
            prop_assert!(opener.detokenize_event(&half, &mut whole).is_ok());
            let whole = String::from_utf8(whole).unwrap();
            prop_assert!(!whole.contains("pum1") && !whole.contains("ptk1"));
        }
    }
}

thread_local! {
    static KEYS: Arc<Keys> = Arc::new(keys::of("token"));
}
