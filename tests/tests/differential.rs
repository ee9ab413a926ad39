//! The walker against the oracle, and a worker with a past against a scrubber without one.

use conformance::arbitrary::{Policy, Value, damage, policy, selector, spaces, value, variant};
use conformance::oracle::{Answer, At as Place, NoEvent, Oracle, Tree, more_specific, ties};
use proptest::collection::vec;
use proptest::prelude::*;
use pumice::selector::Selector;
use pumice::{At, Code, Error, Scrubber};

type Checked = Result<(), TestCaseError>;

fn fresh(policy: &Policy) -> Scrubber {
    Scrubber::builder(policy.text().as_bytes()).build().unwrap()
}

/// The bytes of an event, legible when a test fails.
#[derive(Clone)]
struct Event(Vec<u8>);

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Holds what came out of one event to the oracle.
fn check(oracle: &Oracle, event: &[u8], came: &Result<Vec<u8>, Error>) -> Checked {
    let refused = |codes: &[Code]| match came {
        Ok(_) => Err(TestCaseError::fail("came out, and should have been refused")),
        Err(error) if codes.contains(&error.code()) => Ok(()),
        Err(error) => Err(TestCaseError::fail(format!("refused as {error}"))),
    };
    match oracle.scrub(event) {
        // What no rule names may be met before the fault.
        Answer::NoEvent(NoEvent::NotUtf8) => {
            refused(&[Code::InvalidUtf8, Code::InvalidJson, Code::UnlistedField, Code::TooDeep])
        }
        Answer::NoEvent(NoEvent::NotJson) => {
            refused(&[Code::InvalidJson, Code::UnlistedField, Code::TooDeep])
        }
        Answer::NoEvent(NoEvent::TooDeep) => refused(&[Code::TooDeep, Code::UnlistedField]),
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
    let oracle = Oracle::new(&policy.text());
    let mut worker = scrubber.worker();
    let mut counts = fresh(policy).report();
    for Event(event) in events {
        let mut out = b"before".to_vec();
        let warm = worker.scrub(event, &mut out).map(|()| out.split_off(6));
        prop_assert_eq!(&out, b"before");
        let cold = fresh(policy);
        let once = cold.scrub(event);
        same(&once, &warm)?;
        check(&oracle, event, &warm)?;
        if let Ok(out) = &warm {
            prop_assert_eq!(worker.verify(event, out), Ok(()));
        }
        let report = cold.report();
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

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn a_past_changes_nothing(policy in policy(), events in events()) {
        let (policy, scrubber) = policy.settle();
        run(&policy, &scrubber, &events)?;
    }
}
