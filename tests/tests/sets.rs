//! Sets of policies beyond what `vectors/events.json` has of them: names by the caller, reports, reload, bundles.

use arrow_array::record_batch;
use conformance::arbitrary::{Policy, Value, damage, policy, spaces, value};
use conformance::keys;
use proptest::collection::vec;
use proptest::prelude::*;
use pumice::policy::Bundle;
use pumice::{At, BatchOptions, Code, MismatchKind, OnError, Scrubber, Whose};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SET: &[u8] = br#"{"pumice_set": 1, "by": "event_name", "policies": {
    "sent": {"pumice": 1, "name": "sent", "fields": {"from": "phone", "to": "phone"}},
    "login": {"pumice": 1, "fields": {"ip": "ip"}}
}}"#;

const SENT: &[u8] = br#"{"event_name":"sent","from":"+11234567890"}"#;
const SENT_OUT: &[u8] = br#"{"event_name":"sent","from":"+1123456XXXX"}"#;

fn set() -> Scrubber {
    Scrubber::builder(SET).build().unwrap()
}

#[test]
fn the_caller_may_name_the_policy() {
    let set = set();
    let sent = set.named("sent").unwrap();
    // Whatever the event says.
    let event = br#"{"event_name":"login","from":"+11234567890","ip":"207.164.33.12"}"#;
    let out = br#"{"event_name":"login","from":"+1123456XXXX","ip":"207.164.33.12"}"#;
    assert_eq!(sent.scrub(event).unwrap(), out);
    assert_eq!(set.named("other").unwrap_err().code(), Code::UnknownPolicy);
    // A single policy has its own name, and no other.
    let one = Scrubber::builder(br#"{"pumice": 1, "name": "sent", "fields": {}}"#).build().unwrap();
    assert!(one.named("sent").is_ok());
    assert_eq!(one.named("login").unwrap_err().code(), Code::UnknownPolicy);
}

/// The policy for what names none is for no event that names one, and another.
#[test]
fn a_name_that_is_there_twice_is_none() {
    let set = br#"{"pumice_set": 1, "by": "e", "unknown": {"pumice": 1, "fields": {}}, "policies": {
        "login": {"pumice": 1, "fields": {"p": "phone"}}, "sig": {"pumice": 1, "fields": {"p": "text"}}}}"#;
    let set = Scrubber::builder(set).build().unwrap();
    for names in [
        r#""e":"zzz","e":"login""#,
        r#""e":"login","e":"zzz""#,
        r#""e":"\u006cogin","e":"login""#,
        r#""\u0065":"login","\u0065":"sig""#,
        r#""e":"logi\u006e","e":"sig""#,
        r#""e":"zzz","e":null"#,
        r#""e":["login"]"#,
    ] {
        let event = format!(r#"{{{names},"p":"+14155550132"}}"#);
        assert_eq!(set.scrub(event.as_bytes()).map_err(|error| error.code()), Err(Code::NoPolicy), "{names}");
    }
    for names in [r#""e":"zzz""#, r#""e":null"#, r#""f":"login""#] {
        let event = format!(r#"{{{names},"p":"+14155550132"}}"#);
        assert_eq!(set.scrub(event.as_bytes()), Ok(event.clone().into_bytes()), "{names}");
    }
}

#[test]
fn columns_need_the_callers_word() {
    let batch = record_batch!(("from", Utf8, ["+11234567890"])).unwrap();
    let set = set();
    assert_eq!(set.scrub_batch(&batch).unwrap_err().code(), Code::NoPolicy);
    assert_eq!(
        set.scrub_schema(&batch.schema(), BatchOptions::default()).unwrap_err().code(),
        Code::NoPolicy
    );
    let sent = set.named("sent").unwrap();
    let due = record_batch!(("from", Utf8, ["+1123456XXXX"])).unwrap();
    assert_eq!(sent.scrub_batch(&batch).unwrap(), due);
    assert_eq!((set.report().events, set.report().refused), (1, 1));
}

#[test]
fn reports_and_explanations_name_the_policy() {
    let set = set();
    set.scrub(SENT).unwrap();
    set.scrub(SENT).unwrap();
    set.scrub(br#"{"event_name":"logout"}"#).unwrap_err();
    let report = set.report();
    assert_eq!((report.events, report.refused), (2, 1));
    let rows: Vec<_> = report
        .rules
        .iter()
        .map(|row| (row.policy.as_deref(), row.selector.as_str(), row.treated, row.absent))
        .collect();
    assert_eq!(rows, [(Some("sent"), "from", 2, 0), (Some("sent"), "to", 0, 2)]);
    assert!(report.to_json().contains(r#""policy":"sent""#));
    assert!(report.to_string().contains("\nsent: from"));

    let words: Vec<_> = set.explain().iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 5);
    assert!(words[0].starts_with("sent: from: phone number"), "{}", words[0]);
    assert_eq!(words[4], "login: everything else: stays as it is");
    assert_eq!(set.named("login").unwrap().explain().len(), 2);
}

#[test]
fn what_was_scrubbed_by_a_set_is_verified_by_it() {
    let set = set();
    let mut worker = set.worker();
    assert_eq!(worker.verify(SENT, SENT_OUT), Ok(()));
    assert_eq!(worker.verify(SENT, SENT).unwrap_err().kind, MismatchKind::ValueLeft);
    let refused = worker.verify(br#"{"event_name":"logout"}"#, b"{}").unwrap_err();
    assert!(matches!(refused.kind, MismatchKind::Refused(error) if error.code() == Code::UnknownPolicy));
}

#[test]
fn keys_serve_all_policies_of_a_set() {
    let set = br#"{"pumice_set": 1, "by": "e", "policies": {
        "a": {"pumice": 1, "account": "acc", "subject": "sub", "fields": {"x": {"action": "tokenize"}}},
        "b": {"pumice": 1, "account": "acc", "subject": "sub", "fields": {"y": {"action": "tokenize"}, "z": {"action": "encrypt"}}}
    }}"#;
    let scrubber = Scrubber::builder(set).keys(Arc::new(keys::of("token"))).build().unwrap();
    let whose = Whose { account: Some("AC5f1e09c2"), subject: Some("u-1") };
    let lines = br#"{"e":"a","x":"v"}
{"e":"b","y":"v","z":"w"}
"#;
    let (mut out, mut rejects) = (Vec::new(), Vec::new());
    scrubber.worker_for(whose).scrub_ndjson(lines, OnError::Fail, &mut out, &mut rejects).unwrap();
    let (first, second) = std::str::from_utf8(&out).unwrap().split_once('\n').unwrap();
    let token = |line: &str| line.split('"').find(|word| word.starts_with("ptk1")).map(str::to_owned);
    assert_eq!(token(first), token(second));
    assert!(token(first).is_some());

    let mut opened = Vec::new();
    scrubber.worker_for(whose).detokenize_ndjson(&out, OnError::Fail, &mut opened, &mut rejects).unwrap();
    let mut decrypted = Vec::new();
    scrubber.worker_for(whose).decrypt_ndjson(&opened, OnError::Fail, &mut decrypted, &mut rejects).unwrap();
    assert_eq!(decrypted, lines);
}

#[test]
fn reload_is_at_once_and_counts_go_on() {
    let set = set();
    let sent = set.named("sent").unwrap();
    let mut before = set.worker();
    set.scrub(SENT).unwrap();
    set.reload(
        br#"{"pumice_set": 1, "by": "event_name", "policies": {
        "sent": {"pumice": 1, "fields": {"from": {"action": "drop"}}}}}"#,
    )
    .unwrap();
    let due = br#"{"event_name":"sent"}"#;
    assert_eq!(
        (set.scrub(SENT).unwrap().as_slice(), sent.scrub(SENT).unwrap().as_slice()),
        (&due[..], &due[..])
    );
    assert_eq!(set.scrub(br#"{"event_name":"login"}"#).unwrap_err().code(), Code::UnknownPolicy);
    // What began before goes on as it began.
    let mut out = Vec::new();
    before.scrub(SENT, &mut out).unwrap();
    assert_eq!(out, SENT_OUT);
    drop(before);
    let report = set.report();
    assert_eq!((report.events, report.refused), (4, 1));
    let from = report.rules.iter().find(|row| row.selector == "from").unwrap();
    assert_eq!((from.treated, from.policy.as_deref()), (4, Some("sent")));

    // What is wrong changes nothing.
    let error =
        set.reload(br#"{"pumice_set": 1, "policies": {"sent": {"pumice": 1, "fields": {"from": "fone"}}}}"#);
    let error = error.unwrap_err();
    assert_eq!(
        (error.code(), error.at()),
        (Code::UnknownType, &At::Policy("/policies/sent/fields/from".to_owned()))
    );
    assert_eq!(set.scrub(SENT).unwrap(), due);
    // A policy that is gone is not another.
    set.reload(br#"{"pumice_set": 1, "by": "event_name", "policies": {}}"#).unwrap();
    assert_eq!(sent.scrub(SENT).unwrap_err().code(), Code::UnknownPolicy);
}

#[test]
fn threads_see_the_one_or_the_other() {
    let policy = |word: &str| {
        format!(r#"{{"pumice": 1, "fields": {{"*": {{"action": "replace", "value": "{word}"}}}}}}"#)
    };
    let scrubber = Scrubber::builder(policy("old").as_bytes()).build().unwrap();
    let done = AtomicBool::new(false);
    let scrubbed: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut scrubbed = 0;
                    while !done.load(Ordering::Relaxed) || scrubbed == 0 {
                        let out = scrubber.scrub(br#"{"a":1,"b":2}"#).unwrap();
                        let whole = [&br#"{"a":"old","b":"old"}"#[..], br#"{"a":"new","b":"new"}"#];
                        assert!(whole.contains(&out.as_slice()));
                        scrubbed += 1;
                    }
                    scrubbed
                })
            })
            .collect();
        for round in 0..200 {
            scrubber.reload(policy(if round % 2 == 0 { "new" } else { "old" }).as_bytes()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(scrubber.report().events, scrubbed);
}

#[test]
fn more_policies_than_are_learned_at_once_scrub_the_same() {
    // Each event of its own policy, with so many members that what is learned of some is let go.
    let (policies, members) = (1_500, 100);
    let mut bundle = Bundle::new(Some("e"));
    let keys: Vec<String> = (0..members).map(|key| format!(r#""k{key}":"x""#)).collect();
    for policy in 0..policies {
        let rule = format!(r#"{{"pumice":1,"fields":{{"k{}":"text"}}}}"#, policy % members);
        bundle.add(&format!("p{policy}"), rule.as_bytes()).unwrap();
    }
    let scrubber = Scrubber::builder(bundle.to_json().as_bytes()).build().unwrap();
    let mut worker = scrubber.worker();
    for _ in 0..2 {
        for policy in 0..policies {
            let event = format!(r#"{{"e":"p{policy}",{}}}"#, keys.join(","));
            let due = event.replace(
                &format!(r#""k{}":"x""#, policy % members),
                &format!(r#""k{}":"""#, policy % members),
            );
            let mut out = Vec::new();
            worker.scrub(event.as_bytes(), &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), due);
        }
    }
    drop(worker);
    assert_eq!(scrubber.report().rules.iter().map(|row| row.treated).sum::<u64>(), 2 * policies as u64);
}

#[test]
fn bundles_refuse_two_of_a_name() {
    let mut bundle = Bundle::new(None);
    bundle.add("a", br#"{"pumice": 1, "fields": {"x": "phone"}}"#).unwrap();
    // The same, however it is laid out.
    bundle.add("a", b"{\n \"pumice\": 1,\n \"fields\": {\"x\": \"phone\"}}").unwrap();
    let error = bundle.add("b", br#"{"pumice": 1, "name": "a", "fields": {}}"#).unwrap_err();
    assert_eq!((error.code(), error.at()), (Code::DuplicatePolicy, &At::Policy("/name".to_owned())));
    assert_eq!(bundle.add("c", b"{").unwrap_err().code(), Code::PolicySyntax);
    assert_eq!(bundle.to_json(), r#"{"pumice_set":1,"policies":{"a":{"pumice":1,"fields":{"x":"phone"}}}}"#);
}

/// An event with its name in front or behind, the rest as it comes.
fn named(number: usize, value: &Value, spaces: &[&str], behind: bool) -> String {
    let text = match value {
        Value::Object(_) => value.write(spaces),
        _ => format!(r#"{{"value":{}}}"#, value.write(spaces)),
    };
    let inside = &text[text.find('{').unwrap() + 1..text.rfind('}').unwrap()];
    let comma = if inside.trim().is_empty() { "" } else { "," };
    let said = format!(r#""%name":"p{number}""#);
    if behind { format!("{{{inside}{comma}{said}}}") } else { format!("{{{said}{comma}{inside}}}") }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_becomes_what_its_own_policy_makes_of_it(
        policies in vec(policy(), 1..4),
        events in vec((0..4_usize, value(), spaces(), vec(damage(), 0..2), any::<bool>()), 1..12),
    ) {
        let singles: Vec<_> = policies.into_iter().map(Policy::settle).collect();
        let members: Vec<String> =
            singles.iter().enumerate().map(|(number, (policy, _))| format!(r#""p{number}":{}"#, policy.text())).collect();
        let set = format!(r#"{{"pumice_set":1,"by":"\"%name\"","policies":{{{}}}}}"#, members.join(","));
        let set = Scrubber::builder(set.as_bytes()).build().unwrap();
        let mut worker = set.worker();
        for (number, value, spaces, damages, behind) in events {
            let mut event = named(number, &value, &spaces, behind).into_bytes();
            let whole = damages.is_empty();
            damages.iter().for_each(|damage| damage.to(&mut event));
            let mut out = Vec::new();
            let came = worker.scrub(&event, &mut out).map(|()| out);
            match singles.get(number) {
                None => prop_assert!(came.is_err(), "no policy has that name"),
                Some((_, single)) if whole => prop_assert_eq!(came, single.scrub(&event)),
                // Damage may have made another name of it.
                Some(_) => {
                    let all: Vec<_> = singles.iter().map(|(_, single)| single.scrub(&event)).collect();
                    prop_assert!(came.is_err() || all.contains(&came));
                }
            }
        }
    }
}
