//! The walker against the oracle, and a worker with a past against a scrubber without one.

use conformance::arbitrary::{Policy, Value, damage, leaf, policy, spaces, spell, value, variant};
use conformance::oracle::{Answer, MOST_LEVELS, Misshapen, NoEvent, Oracle, Tree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use pumice::{At, Code, Error, GeoDb, OnError, Report, RuleCounts, Scrubber};
use serde_json::json;

type Checked = Result<(), TestCaseError>;

/// A scrubber without a past.
fn fresh(policy: &[u8]) -> Scrubber {
    Scrubber::builder(policy).build().unwrap()
}

/// The bytes of an event, legible when a test fails.
#[derive(Clone)]
struct Event(Vec<u8>);

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Holds what came out of one event, and the report of it, to the oracle.
fn check(oracle: &Oracle, event: &[u8], came: &Result<Vec<u8>, Error>, report: &Report) -> Checked {
    prop_assert_eq!((report.events, report.refused), if came.is_ok() { (1, 0) } else { (0, 1) });
    let refused = |codes: &[Code]| match came {
        Ok(_) => Err(TestCaseError::fail("came out, and should have been refused")),
        Err(error) if codes.contains(&error.code()) => Ok(()),
        Err(error) => Err(TestCaseError::fail(format!("refused as {error}"))),
    };
    // What no rule names, or does not look as it should, may be met before the fault.
    let before =
        [Code::UnlistedField, Code::ShapeMismatch, Code::FieldMissing, Code::FieldUnknown, Code::TooDeep];
    match oracle.scrub(event) {
        Answer::NoEvent(NoEvent::NotUtf8) => {
            refused(&[&before[..], &[Code::InvalidUtf8, Code::InvalidJson]].concat())
        }
        Answer::NoEvent(NoEvent::NotJson) => refused(&[&before[..], &[Code::InvalidJson]].concat()),
        Answer::NoEvent(NoEvent::TooDeep) => refused(&before),
        Answer::Misshapen(Misshapen { code, path, .. }) => {
            let error = came.as_ref().err();
            prop_assert_eq!(error.map(|error| error.code().as_str()), Some(code));
            let at = if path.is_empty() { At::Nowhere } else { At::Rule(path) };
            // In a type that is in itself, the selector is that of the first place.
            if !oracle.has_types() {
                prop_assert_eq!(error.map(Error::at), Some(&at));
            }
            Ok(())
        }
        Answer::Unlisted(offset) => {
            refused(&[Code::UnlistedField])?;
            prop_assert_eq!(came.as_ref().unwrap_err().at(), &At::Offset(offset));
            Ok(())
        }
        Answer::Invalid(rule) => {
            refused(&[Code::InvalidValue])?;
            prop_assert_eq!(came.as_ref().unwrap_err().at(), &At::Rule(rule));
            Ok(())
        }
        Answer::Scrubbed(expected) => {
            let out = came.as_ref().map_err(|error| TestCaseError::fail(format!("refused as {error}")))?;
            prop_assert_eq!(Tree::read(out), Ok(expected.tree), "{}", String::from_utf8_lossy(out));
            if let Some(bytes) = expected.bytes {
                prop_assert_eq!(String::from_utf8_lossy(out), String::from_utf8_lossy(&bytes));
            }
            for RuleCounts { policy: _, selector, treated, invalid, null, absent } in &report.rules {
                let [due_treated, due_invalid, due_null] =
                    expected.counts.get(selector).copied().unwrap_or_default();
                let due_absent = u64::from(due_treated + due_invalid + due_null == 0);
                let due = (due_treated, due_invalid, due_null, due_absent);
                prop_assert_eq!((*treated, *invalid, *null, *absent), due, "{}", selector);
            }
            prop_assert_eq!(report.unlisted_dropped, expected.unlisted_dropped);
            Ok(())
        }
    }
}

/// What two scrubs of one event have in common: everything.
fn same(one: &Result<Vec<u8>, Error>, other: &Result<Vec<u8>, Error>) -> Checked {
    let text = |out: &Result<Vec<u8>, Error>| {
        out.as_ref().map(|out| String::from_utf8_lossy(out).into_owned()).map_err(Clone::clone)
    };
    prop_assert_eq!(text(one), text(other));
    prop_assert_eq!(one, other);
    Ok(())
}

/// Scrubs the events one after the other with one worker, and each with a scrubber of its own; holds both to the
/// oracle, and their reports to each other.
fn run(policy: &Policy, scrubber: &Scrubber, events: &[Event]) -> Checked {
    let policy = policy.text();
    let oracle = Oracle::new(&policy);
    let mut worker = scrubber.worker();
    let mut counts = fresh(policy.as_bytes()).report();
    for Event(event) in events {
        let mut out = b"before".to_vec();
        let warm = worker.scrub(event, &mut out).map(|()| out.split_off(6));
        prop_assert_eq!(&out, b"before");
        let cold = fresh(policy.as_bytes());
        let once = cold.scrub(event);
        same(&once, &warm)?;
        let report = cold.report();
        check(&oracle, event, &warm, &report)?;
        if let Ok(out) = &warm {
            prop_assert_eq!(worker.verify(event, out), Ok(()));
        }
        counts.events += report.events;
        counts.refused += report.refused;
        counts.unlisted_dropped += report.unlisted_dropped;
        for (sum, row) in counts.rules.iter_mut().zip(report.rules) {
            sum.treated += row.treated;
            sum.invalid += row.invalid;
            sum.null += row.null;
            sum.absent += row.absent;
        }
    }
    drop(worker);
    prop_assert_eq!(scrubber.report(), counts);
    Ok(())
}

/// Events that resemble each other: variants of a few, in different white space, some damaged.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = |value: Value| {
        let damaged = prop_oneof![6 => Just(vec![]), 1 => vec(damage(), 1..3)];
        (variant(value), spaces(), damaged).prop_map(|(value, spaces, damaged)| {
            let mut bytes = value.write(&spaces).into_bytes();
            damaged.iter().for_each(|damage| damage.to(&mut bytes));
            Event(bytes)
        })
    };
    vec(value(), 1..3)
        .prop_flat_map(move |values| vec(proptest::sample::select(values).prop_flat_map(event), 1..10))
}

/// Objects of the fewest keys in any order and depth, over and over: where a key stands is all that tells one
/// member from another.
fn lookalikes() -> impl Strategy<Value = Vec<Event>> {
    let keys = [r#""a""#, r#""b""#, r#""c""#, r#""\u0061""#, r#""aa""#].map(str::to_owned);
    let leaf = select(vec![r#""x""#, "1", "null", "{}", "[]", "true", r#"",\"a\":""#]);
    let tree = leaf.prop_map(|leaf| Value::Leaf(leaf.to_owned())).prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            4 => vec((select(keys.to_vec()), inner.clone()), 0..5).prop_map(Value::Object),
            1 => vec(inner, 0..4).prop_map(Value::Array),
        ]
    });
    let spaces =
        prop_oneof![4 => Just(vec![]), 1 => Just(vec![" "]), 1 => Just(vec!["", " "]), 1 => Just(vec!["\n"])];
    let event = (tree, spaces, any::<Option<Index>>(), 0..8u8).prop_map(|(tree, spaces, cut, how)| {
        let mut bytes = tree.write(&spaces).into_bytes();
        if let (Some(cut), 0) = (cut, how) {
            bytes.truncate(cut.index(bytes.len()));
        }
        Event(bytes)
    });
    vec(event, 1..40)
}

/// Events of the same few structures, each with scalars of its own, some of them faulty.
fn refills(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<Event>> {
    let faulty = select(vec![
        "01",
        "-",
        "1.",
        ".5",
        "1.2.3",
        "1e",
        "+1",
        "-01",
        "1-",
        "tru",
        "nul",
        "truefalse",
        "NaN",
        "\"a",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\t\"",
        "1,",
        "[",
        "{}",
        "\"a\",\"b\":\"c\"",
        "",
        " 1",
        "1 ",
        "\"a\"b\"",
        "a\"",
    ]);
    let leaf = prop_oneof![
        60 => Just(None),
        20 => leaf().prop_map(Some),
        10 => "[a-z0-9]{0,90}".prop_map(|text| Some(spell(&text, &[7]))),
        1 => faulty.prop_map(|text| Some(text.to_owned())),
    ];
    let spaces = prop_oneof![4 => Just(vec![]), 1 => Just(vec!["", " "])];
    (vec(value, 1..3), spaces, vec((any::<Index>(), vec(leaf, 1..30)), 4..30)).prop_map(
        |(values, spaces, events)| {
            let event = |(value, leaves): (Index, Vec<Option<String>>)| {
                let value = value.get(&values).refilled(&mut leaves.into_iter().cycle());
                Event(value.write(&spaces).into_bytes())
            };
            events.into_iter().map(event).collect()
        },
    )
}

/// Events that have fewer members or elements than others, and some with the rest of another behind a scalar, as torn lines are.
fn torn() -> impl Strategy<Value = Vec<Event>> {
    let tear = proptest::option::of((leaf(), any::<Index>(), any::<Index>()));
    (vec(lookalike(), 1..3), vec((any::<Index>(), tear), 4..60)).prop_map(|(values, events)| {
        let shorter = |value: &Value| -> Vec<Value> {
            match value {
                Value::Object(members) => {
                    (0..=members.len()).map(|n| Value::Object(members[..n].to_vec())).collect()
                }
                Value::Array(elements) => {
                    (0..=elements.len()).map(|n| Value::Array(elements[..n].to_vec())).collect()
                }
                Value::Leaf(_) => vec![value.clone()],
            }
        };
        let texts: Vec<String> = values.iter().flat_map(shorter).map(|value| value.write(&[])).collect();
        let event = |(which, tear): (Index, Option<(String, Index, Index)>)| {
            let mut text = which.get(&texts).clone();
            if let Some((leaf, other, at)) = tear {
                let other = other.get(&texts);
                let ends: Vec<_> = other.match_indices([',', ']', '}']).map(|(at, _)| at).collect();
                let rest = if ends.is_empty() { "" } else { &other[*at.get(&ends)..] };
                text = [&text, leaf.as_str(), rest].concat();
            }
            Event(text.into_bytes())
        };
        events.into_iter().map(event).collect()
    })
}

/// Values of the keys of lookalikes.
fn lookalike() -> impl Strategy<Value = Value> {
    let leaf = leaf().prop_map(Value::Leaf);
    let key = || select(vec![r#""a""#, r#""b""#, r#""c""#, r#""aa""#]).prop_map(str::to_owned);
    leaf.prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![
            4 => vec((key(), inner.clone()), 1..5).prop_map(Value::Object),
            1 => vec(inner, 0..6).prop_map(Value::Array),
        ]
    })
}

/// Rules that tell lookalikes apart by their depth and by what is around them.
fn particular() -> impl Strategy<Value = Policy> {
    let step = || select(vec!["a", "b", "c", "aa", "*", "**"]);
    let selector = vec(step(), 1..5).prop_map(|mut steps| {
        steps.dedup_by(|a, b| a == b && *a == "**");
        steps.join(".")
    });
    let rule = select(vec![
        r#""text""#,
        r#"{"action":"drop"}"#,
        r#"{"action":"keep"}"#,
        r#"{"action":"replace","value":0}"#,
    ]);
    let unlisted = select(vec!["keep", "keep", "drop", "fail"]);
    (vec((selector, rule.prop_map(str::to_owned)), 1..6), unlisted).prop_map(|(rules, unlisted)| Policy {
        rules,
        unlisted,
        shape: None,
    })
}

/// Shapes of the keys of lookalikes; with `again`, of types that are in themselves.
fn shape(again: bool) -> impl Strategy<Value = String> {
    let mut leaves: Vec<String> =
        ["any", "null", "string", "integer", "number", "boolean", "object", "array"]
            .map(|word| format!("{word:?}"))
            .into();
    leaves.extend(
        [r#"["string","null"]"#, r#"["object","string","null","array"]"#, r#"["integer","object"]"#, "[]"]
            .map(str::to_owned),
    );
    if again {
        leaves.extend([r#"{"ref":"t"}"#, r#"{"ref":"u"}"#].map(str::to_owned));
    }
    let kinds = select(vec![
        r#""object""#,
        r#"["object","array","string"]"#,
        r#""any""#,
        r#"["array","object","integer","null"]"#,
    ]);
    let of = move |inner: BoxedStrategy<String>| {
        let field = (select(vec![0, 1, 2, 2, 2, 2]), inner.clone());
        let others = prop_oneof![3 => Just(None), 1 => Just(Some("false".to_owned())), 2 => inner.clone().prop_map(Some)];
        (
            kinds.clone(),
            [field.clone(), field.clone(), field.clone(), field],
            others,
            proptest::option::of(inner),
        )
            .prop_map(|(kinds, fields, others, items)| {
                let named = ["a", "aa", "b", "c"].into_iter().zip(fields).filter(|(_, (how, _))| *how > 0);
                let (mut members, mut required) = (Vec::new(), Vec::new());
                for (name, (how, of)) in named {
                    members.push(format!("{name:?}:{of}"));
                    required.extend((how == 1).then(|| format!("{name:?}")));
                }
                let others = others.map(|others| format!(r#","others":{others}"#)).unwrap_or_default();
                let items = items.map(|items| format!(r#","items":{items}"#)).unwrap_or_default();
                let (members, required) = (members.join(","), required.join(","));
                format!(r#"{{"type":{kinds},"fields":{{{members}}},"required":[{required}]{others}{items}}}"#)
            })
    };
    let whole = select(leaves).prop_recursive(3, 16, 4, move |inner| of(inner.boxed()));
    let of_some =
        whole.clone().prop_filter("no reference by itself", |shape| !shape.starts_with(r#"{"ref""#));
    (whole, of_some.clone(), of_some).prop_map(move |(event, t, u)| {
        if again { format!(r#"{{"types":{{"t":{t},"u":{u}}},"event":{event}}}"#) } else { event }
    })
}

/// Objects with more keys than anything that learns would learn, beside keys of rules.
fn crowds() -> impl Strategy<Value = Vec<Event>> {
    let crowd = (0..6usize, 1..400usize, select(vec![0usize, 20, 118, 300]), any::<bool>()).prop_map(
        |(which, count, long, nested)| {
            let members = (0..count).map(|i| {
                let key = format!("\"{}{}\"", "k".repeat(long), which * 1000 + i);
                let inner = |name: &str| (format!("\"{name}\""), Value::Leaf("\"secret\"".to_owned()));
                let value = if nested && i % 5 == 0 {
                    Value::Object(vec![inner("a"), inner("b"), inner("c")])
                } else {
                    inner("").1
                };
                (key, value)
            });
            let mut members: Vec<_> = members.collect();
            for name in ["a", "b", "c", "email"] {
                members.push((format!("\"{name}\""), Value::Leaf("\"secret\"".to_owned())));
            }
            Event(Value::Object(members).write(&[]).into_bytes())
        },
    );
    (vec(crowd, 1..8), events()).prop_map(|(crowd, after)| [crowd, after].concat())
}

proptest! {
    #[test]
    fn a_past_changes_nothing(policy in policy(), events in events()) {
        let (policy, scrubber) = policy.settle();
        run(&policy, &scrubber, &events)?;
    }

    #[test]
    fn lookalikes_are_told_apart(policy in particular(), events in lookalikes()) {
        let (policy, scrubber) = policy.settle();
        run(&policy, &scrubber, &events)?;
    }

    #[test]
    fn what_does_not_look_right_is_refused(policy in particular(), shape in any::<bool>().prop_flat_map(shape), events in lookalikes()) {
        let (policy, _) = policy.settle();
        let (policy, scrubber) = Policy { shape: Some(shape), ..policy }.settle();
        run(&policy, &scrubber, &events)?;
    }

    #[test]
    fn other_scalars_are_read_for_themselves(policy in policy(), events in refills(value())) {
        let (policy, scrubber) = policy.settle();
        run(&policy, &scrubber, &events)?;
    }

    #[test]
    fn other_scalars_are_held_to_the_shape(policy in particular(), shape in proptest::option::of(any::<bool>().prop_flat_map(shape)), events in refills(lookalike())) {
        let (policy, _) = policy.settle();
        let (policy, scrubber) = Policy { shape, ..policy }.settle();
        run(&policy, &scrubber, &events)?;
    }

    #[test]
    fn torn_events_are_refused(policy in particular(), shape in proptest::option::of(any::<bool>().prop_flat_map(shape)), events in torn()) {
        let (policy, _) = policy.settle();
        let (policy, scrubber) = Policy { shape, ..policy }.settle();
        run(&policy, &scrubber, &events)?;
    }

    /// As strict as serde_json, and stricter where that is: lone surrogates in what it skips.
    #[test]
    fn bytes_are_json_or_refused(events in vec(bytes(), 1..6)) {
        let scrubber = Scrubber::builder(br#"{"pumice":1,"fields":{}}"#).build().unwrap();
        let mut worker = scrubber.worker();
        for Event(bytes) in events {
            let mut out = Vec::new();
            let came = worker.scrub(&bytes, &mut out);
            let read = Tree::event(&bytes);
            prop_assert_eq!(came.is_ok(), read.is_ok(), "{:?} {:?}", came, read);
            if came.is_ok() {
                prop_assert_eq!(&out, &bytes);
            }
            let whole = serde_json::from_slice::<serde_json::Value>(&bytes);
            // serde_json stops one level earlier.
            if came.is_ok() != whole.is_ok() {
                prop_assert_eq!(levels(&bytes), MOST_LEVELS, "{:?} {:?}", came, whole.err());
            }
        }
    }

    #[test]
    fn once_more_changes_nothing(policy in one_way(), value in value(), spaces in spaces()) {
        let (_, scrubber) = policy.settle();
        let mut worker = scrubber.worker();
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        let event = value.write(&spaces);
        if worker.scrub(event.as_bytes(), &mut once).is_ok() {
            prop_assert_eq!(worker.scrub(&once, &mut twice), Ok(()));
            prop_assert_eq!(String::from_utf8(once), String::from_utf8(twice));
        }
    }

    #[test]
    fn verify_sees_every_other_answer(policy in policy(), value in value(), spaces in spaces(), damage in damage()) {
        let (_, scrubber) = policy.settle();
        let mut worker = scrubber.worker();
        let event = value.write(&spaces).into_bytes();
        let mut out = Vec::new();
        if worker.scrub(&event, &mut out).is_ok() {
            let mut other = out.clone();
            damage.to(&mut other);
            prop_assert_eq!(worker.verify(&event, &other).is_ok(), other == out);
            prop_assert_eq!(worker.verify(&event, &event).is_ok(), event == out);
        } else {
            prop_assert!(worker.verify(&event, &event).is_err());
        }
    }

    #[test]
    fn lines_are_events(policy in policy(), events in events(), ends in vec(select(vec!["\n", "\r\n", "\n\n", " \n"]), 1..4), last in any::<bool>()) {
        let (_, scrubber) = policy.settle();
        let (mut input, mut due, mut due_rejects) = (Vec::new(), Vec::new(), Vec::new());
        let mut first_bad = None;
        let mut number = 0;
        // What each line should give, line by line.
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for (Event(event), end) in events.iter().zip(ends.iter().cycle()) {
            let text = [event.as_slice(), end.as_bytes()].concat();
            lines.extend(text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        }
        if last {
            lines.extend(lines.last().map(|line| line.strip_suffix(b"\n").unwrap_or(line).to_vec()));
        }
        for line in &lines {
            number += 1;
            input.extend_from_slice(line);
            let (text, end) = line.split_at(line.len() - usize::from(line.ends_with(b"\n")));
            if text.iter().all(|byte| b" \t\r".contains(byte)) {
                due.extend_from_slice(line);
                continue;
            }
            match scrubber.scrub(text) {
                Ok(out) => due.extend([out.as_slice(), end].concat()),
                Err(error) => {
                    due_rejects.extend([text, b"\n"].concat());
                    first_bad.get_or_insert((error.at_line(number), due.clone()));
                }
            }
        }
        let mut worker = scrubber.worker();
        let (mut out, mut rejects) = (Vec::new(), Vec::new());
        let counts = worker.scrub_ndjson(&input, OnError::Reject, &mut out, &mut rejects).unwrap();
        prop_assert_eq!(out.escape_ascii().to_string(), due.escape_ascii().to_string());
        prop_assert_eq!(rejects.escape_ascii().to_string(), due_rejects.escape_ascii().to_string());
        prop_assert_eq!(counts.rejected, due_rejects.iter().filter(|byte| **byte == b'\n').count() as u64);
        let (mut out, mut rejects) = (Vec::new(), Vec::new());
        let came = worker.scrub_ndjson(&input, OnError::Fail, &mut out, &mut rejects).map(drop);
        prop_assert!(rejects.is_empty());
        match first_bad {
            None => prop_assert_eq!((came, out), (Ok(()), due)),
            Some((error, due)) => prop_assert_eq!((came, out), (Err(error), due)),
        }
    }
}

proptest! {
    // Each of them is many events.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    /// What is learned of events is let go and learned anew while thousands of them pass, of few structures and then of others,
    /// and of so many that not all are kept.
    #[test]
    fn structures_come_and_go(policy in policy(), events in vec(refills(value()), 1..6), phases in vec((any::<Index>(), 1..90usize, 60..5_000usize), 1..5)) {
        let (policy, scrubber) = policy.settle();
        let policy = policy.text();
        let cold = |Event(event): &Event| (event.clone(), fresh(policy.as_bytes()).scrub(event));
        let events: Vec<_> = events.concat().iter().map(cold).collect();
        let mut worker = scrubber.worker();
        let mut out = Vec::new();
        for (from, few, count) in phases {
            // Mostly one after the other, some out of turn.
            for n in 0..count {
                let at = from.index(events.len()) + (n * n / 7) % few;
                let (event, due) = &events[at % events.len()];
                out.clear();
                let came = worker.scrub(event, &mut out);
                same(due, &came.map(|()| out.clone()))?;
            }
        }
    }

    #[test]
    fn crowds_are_only_slower(policy in policy(), events in crowds()) {
        let (policy, scrubber) = policy.settle();
        run(&policy, &scrubber, &events)?;
    }
}

/// What stands behind the end of an event is no part of it, even if longer ones went on so.
#[test]
fn nothing_follows_the_end() {
    let [short, phone] = [r#"{"n":"x"}"#, r#"{"n":"x","phone":"+11234567890"}"#];
    let kept = r#"{"pumice":1,"unlisted":"fail","fields":{"n":{"action":"keep"},"m":{"action":"keep"}}}"#;
    let shaped = r#"{"pumice":1,"fields":{},"shape":{"type":"object","fields":{"n":"string","m":"string"},"others":false}}"#;
    for (policy, long, short, torn) in [
        (r#"{"pumice":1,"fields":{}}"#, r#"["x",2]"#, r#"["x"]"#, r#"["x"]2]"#),
        (r#"{"pumice":1,"fields":{"phone":"phone"}}"#, phone, short, r#"{"n":"x"}"+11234567890"}"#),
        (
            r#"{"pumice":1,"fields":{"phone":"phone"}}"#,
            r#"{"n":"x","phone":"+11234567890","m":[0,{"zzzzzzzzzzzzzz":0}]}"#,
            short,
            r#"{"n":"x"}2,"m":[0,{"zzzzzzzzzzzzzz":0}]}"#,
        ),
        (
            r#"{"pumice":1,"fields":{"message_body":"text"}}"#,
            r#"{"n":"x","message_body":"hello","zzzzzzzzzz":1}"#,
            short,
            r#"{"n":"x"}"secret","zzzzzzzzzz":1}"#,
        ),
        (kept, r#"{"n":"x","m":2}"#, short, r#"{"n":"x"}"+11234567890"}"#),
        (shaped, r#"{"n":"x","m":"2"}"#, short, r#"{"n":"x"}"+11234567890"}"#),
    ] {
        let scrubber = fresh(policy.as_bytes());
        let mut worker = scrubber.worker();
        for (event, is_one) in [(long, true), (short, true), (torn, false), (long, true), (torn, false)] {
            let mut out = Vec::new();
            let came = worker.scrub(event.as_bytes(), &mut out).map_err(|error| error.code());
            assert_eq!(came.err(), (!is_one).then_some(Code::InvalidJson), "{policy} {event}");
        }
    }
}

/// Answers that cost much are remembered: those of one value must not be given to another, nor those of one rule.
#[test]
fn answers_are_not_mixed_up() {
    let policy = br#"{"pumice":1,"fields":{
        "major":{"type":"user_agent","fields":["major"]}, "family":{"type":"user_agent","fields":["family","os"]},
        "bits":{"type":"ip","geo":["country"],"v4_bits":24}, "city":{"type":"ip","geo":["city"],"v4_bits":8}}}"#;
    let geo = format!("{}/data/geo/commerce.mmdb", env!("CARGO_MANIFEST_DIR"));
    let geo = GeoDb::from_bytes(std::fs::read(geo).unwrap()).unwrap();
    let scrubber = Scrubber::builder(policy).geo(geo).build().unwrap();
    let mut worker = scrubber.worker();
    let mut out = Vec::new();
    // More than anything would remember, then all of them again.
    for n in (0..5_000).chain(0..5_000) {
        let agent = format!("Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0");
        let (third, fourth) = (n / 250, n % 250);
        let event = format!(
            r#"{{"major":"{agent}","family":"{agent}","bits":"207.164.{third}.{fourth}","city":"207.164.{third}.{fourth}"}}"#
        );
        out.clear();
        worker.scrub(event.as_bytes(), &mut out).unwrap();
        let out: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(out["major"], json!({"major": n.to_string()}));
        assert_eq!(out["family"], json!({"family": "Firefox", "os": "Linux"}));
        assert_eq!(out["bits"]["masked"], format!("207.164.{third}.0"));
        assert_eq!(out["city"]["masked"], "207.0.0.0");
        assert_eq!(out["bits"].get("geo_city"), None);
        assert_eq!(out["city"].get("geo_country"), None);
    }
}

/// One scrubber, many threads, each with events of its own.
#[test]
fn threads_do_not_meet() {
    let policy = br#"{"pumice":1,"unlisted":"drop","fields":{"a.b":"text","**.c":{"action":"keep"}}}"#;
    let scrubber = Scrubber::builder(policy).build().unwrap();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let scrubber = &scrubber;
            scope.spawn(move || {
                let key = ["a", "b", "c", "d"][n];
                let event =
                    format!(r#"{{"a":{{"{key}":"secret","b":"secret","c":{n}}},"{key}":["secret"]}}"#);
                let due = fresh(policy).scrub(event.as_bytes()).unwrap();
                for _ in 0..500 {
                    assert_eq!(scrubber.scrub(event.as_bytes()).unwrap(), due);
                }
            });
        }
    });
    assert_eq!(scrubber.report().events, 2_000);
}

/// How many objects and arrays are open at most, in bytes that are JSON.
fn levels(bytes: &[u8]) -> usize {
    fn of(tree: &Tree) -> usize {
        match tree {
            Tree::Leaf(_) => 0,
            Tree::Array(elements) => 1 + elements.iter().map(of).max().unwrap_or(0),
            Tree::Object(members) => 1 + members.iter().map(|(_, value)| of(value)).max().unwrap_or(0),
        }
    }
    Tree::read(bytes).map_or(0, |tree| of(&tree))
}

/// Bytes: damaged events, pieces of JSON in any order, or anything.
fn bytes() -> impl Strategy<Value = Event> {
    let pieces = select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"\\u00e9\"",
        "\\ud83d",
        "\\ude00",
        "\"\\ud83d",
        "\\ue000",
        "\\",
        "1",
        "0",
        "-",
        ".5",
        "e9",
        "null",
        "true",
        "fals",
        " ",
        "\n",
        "\t",
        "\u{c}",
        "\u{a0}",
        "\u{feff}",
        "\u{0}",
        "é",
        "😀",
        "\u{7f}",
    ]);
    let damaged = (value(), spaces(), vec(damage(), 0..4)).prop_map(|(value, spaces, damage)| {
        let mut bytes = value.write(&spaces).into_bytes();
        damage.iter().for_each(|damage| damage.to(&mut bytes));
        bytes
    });
    let number = "-?[0-9]{0,3}(\\.[0-9]{0,3})?([eE][+-]?[0-9]{0,3})?";
    let escape = (any::<char>(), "\\PC{0,3}(\\\\[a-z\"/\\\\0-9]{0,5}){0,3}")
        .prop_map(|(c, text)| format!("\"{c}{text}\""));
    prop_oneof![
        4 => damaged,
        2 => vec(pieces, 0..12).prop_map(|pieces| pieces.concat().into_bytes()),
        1 => number.prop_map(String::into_bytes),
        1 => escape.prop_map(String::into_bytes),
        1 => any::<String>().prop_map(|text| spell(&text, &[7]).into_bytes()),
        1 => vec(any::<u8>(), 0..40),
        1 => vec(any::<u8>(), 0..40).prop_map(|inner| [b"\"", inner.as_slice(), b"\""].concat()),
    ]
    .prop_map(Event)
}

/// Policies of redactions that give a text for a text, and keep; what they leave, they leave as it is.
fn one_way() -> impl Strategy<Value = Policy> {
    let rule = select(vec![
        r#""text""#,
        r#""phone""#,
        r#""email""#,
        r#"{"type":"email","keep":"provider"}"#,
        r#""ip""#,
        r#"{"type":"ip","v4_bits":9}"#,
        r#""coordinate""#,
        r#"{"type":"coordinate","decimals":0,"rounding":"nearest"}"#,
        r#"{"action":"keep"}"#,
    ]);
    policy().prop_flat_map(move |policy| {
        let count = policy.rules.len();
        vec(rule.clone(), count).prop_map(move |rules| {
            let mut policy = Policy { unlisted: "keep", ..policy.clone() };
            policy.rules.iter_mut().zip(rules).for_each(|(mine, rule)| mine.1 = rule.to_owned());
            policy
        })
    })
}
