//! Many schemas: how long it takes to compile them into a set of policies, what an event costs that has to find its own, and
//! what it costs to hold it to its schema.

use crate::race::{Rounds, Turns};
use pumice::governance::{CompileOptions, Governance, compile};
use pumice::policy::Bundle;
use pumice::schema::{Format, Options, Schema};
use pumice::{Code, Scrubber};
use std::hint::black_box;
use std::time::{Duration, Instant};

const GOVERNANCE: &[u8] = br#"{
    "pumice_governance": 1, "reservoirs": ["analysts", "marketing"], "unlisted": "keep",
    "rules": [
        {"reservoir": "analysts", "action": "redact"},
        {"tag": "customertext", "action": {"type": "text"}},
        {"table": "event_17", "field": "from", "action": "DROP"}
    ]
}"#;

/// A schema of some twenty fields, no two alike.
fn schema(number: usize) -> String {
    let mut fields = r#"{"name":"event_name","type":"string"},
        {"name":"from","type":{"type":"string","twilio_type":"phonenummer"}},
        {"name":"to","type":{"type":"string","twilio_type":"phonenummer"}},
        {"name":"body","type":{"type":"string","twilio_type":"customertext"}},
        {"name":"emails","type":{"type":"array","items":{"type":"string","twilio_type":"email"}}}"#
        .to_owned();
    for field in 0..15 {
        fields.push_str(&format!(r#",{{"name":"f{}_{field}","type":"string"}}"#, number % 97));
    }
    format!(
        r#"{{"version":1,"namespace":"n","schema":{{"name":"event_{number}","type":"record","fields":[{fields}]}}}}"#
    )
}

fn event(number: usize) -> String {
    format!(
        r#"{{"event_name":"event_{number}","from":"+11234567890","to":"+351234567890","body":"This is sample message body","f{0}_0":"x","f{0}_1":"1772460511","status":"delivered","num_segments":1,"price":-0.0075,"sent_at":1772460511}}"#,
        number % 97
    )
}

/// An event that has every field of its schema, and no other.
fn whole(number: usize) -> String {
    let mut event = event(number);
    event.truncate(event.find(&format!(r#","f{}_"#, number % 97)).unwrap());
    event.push_str(r#","emails":["john@gmail.com","info@example.org"]"#);
    (0..15).for_each(|field| event.push_str(&format!(r#","f{}_{field}":"{}""#, number % 97, field * 7_919)));
    event + "}"
}

/// Time that this thread was at work, where the system tells it: others use the machine too.
struct Stopwatch(Instant, Option<Duration>);

impl Stopwatch {
    fn start() -> Self {
        Stopwatch(Instant::now(), Self::at_work())
    }

    fn at_work() -> Option<Duration> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }

    fn elapsed(&self) -> Duration {
        match (self.1, Self::at_work()) {
            (Some(before), Some(now)) => now - before,
            _ => self.0.elapsed(),
        }
    }
}

pub fn run(count: usize, rounds: Rounds) {
    println!("\n{count} schemas of 20 fields");
    let documents: Vec<String> = (0..count).map(schema).collect();
    let governance = Governance::parse(GOVERNANCE).unwrap();
    let start = Stopwatch::start();
    let mut bundle = Bundle::new(Some("event_name"));
    let mut one = String::new();
    for document in &documents {
        let schema = Schema::parse(document.as_bytes(), Format::Registry, &Options::default()).unwrap();
        let compiled = compile(&schema, &governance, "analysts", CompileOptions::default()).unwrap();
        bundle.add("", compiled.policy.as_bytes()).unwrap();
        one = compiled.policy;
    }
    let bundle = bundle.to_json();
    let governed = start.elapsed();
    let start = Stopwatch::start();
    let set = Scrubber::builder(bundle.as_bytes()).build().unwrap();
    let built = start.elapsed();
    let reach = |most: f64, took: f64| if took <= most { "reached" } else { "missed" };
    println!("schemas and governance to a set of {} bytes: {governed:.2?}", bundle.len());
    println!("the set to a scrubber: {built:.2?}; target: at most 2 s, {}", reach(2.0, built.as_secs_f64()));
    println!(
        "both: {:.2?}; target: at most 2 s, {}",
        governed + built,
        reach(2.0, (governed + built).as_secs_f64())
    );

    // An event of each schema, in an order that no memory of the last ones helps with.
    let events: Vec<String> = (0..count).map(|number| event(number * 1_009 % count)).collect();
    let single = Scrubber::builder(one.as_bytes()).build().unwrap();
    let same: Vec<String> = (0..count).map(|_| event(count - 1)).collect();
    for event in &events {
        let out = set.scrub(event.as_bytes()).unwrap();
        let due = event.replace("567890", "56XXXX").replace("This is sample message body", "");
        let due =
            if event.contains("\"event_17\"") { due.replace(r#""from":"+1123456XXXX","#, "") } else { due };
        assert_eq!(String::from_utf8(out).unwrap(), due);
    }
    assert_eq!(single.scrub(same[0].as_bytes()).unwrap(), set.scrub(same[0].as_bytes()).unwrap());
    let (mut alone, mut of_set, mut by_set) = (single.worker(), set.worker(), set.worker());
    let mut outs: [Vec<u8>; 3] = Default::default();
    let [a, b, c] = &mut outs;
    let mut turns = Turns::new(count);
    turns.enter("one policy", || {
        same.iter().for_each(|event| {
            a.clear();
            alone.scrub(black_box(event.as_bytes()), a).unwrap();
        })
    });
    turns.enter("a set, events of one policy", || {
        same.iter().for_each(|event| {
            b.clear();
            of_set.scrub(black_box(event.as_bytes()), b).unwrap();
        })
    });
    turns.enter("a set, each event of another", || {
        events.iter().for_each(|event| {
            c.clear();
            by_set.scrub(black_box(event.as_bytes()), c).unwrap();
        })
    });
    turns.run(rounds);
    turns.print();
    turns.ratio("a set, events of one policy", "one policy", None);
    turns.ratio("a set, each event of another", "one policy", None);
    let last = Schema::parse(schema(count - 1).as_bytes(), Format::Registry, &Options::default()).unwrap();
    let strict = compile(&last, &governance, "analysts", CompileOptions { strict: true }).unwrap();
    hold(&one, &strict.policy, whole(count - 1).as_bytes(), count, rounds);
}

/// What it costs to hold an event to its schema while it is walked.
fn hold(free: &str, strict: &str, event: &[u8], count: usize, rounds: Rounds) {
    let [free, strict] = [free, strict].map(|policy| Scrubber::builder(policy.as_bytes()).build().unwrap());
    assert_eq!(free.scrub(event).unwrap(), strict.scrub(event).unwrap());
    assert_eq!(strict.scrub(b"{}").unwrap_err().code(), Code::FieldMissing);
    let mut outs = [Vec::new(), Vec::new()];
    let mut turns = Turns::new(count);
    for ((name, scrubber), out) in
        [("whole events", &free), ("whole events, strict", &strict)].into_iter().zip(&mut outs)
    {
        let mut worker = scrubber.worker();
        turns.enter(name, move || {
            for _ in 0..count {
                out.clear();
                worker.scrub(black_box(event), out).unwrap();
            }
        });
    }
    turns.run(rounds);
    turns.print();
    turns.ratio("whole events, strict", "whole events", None);
}
