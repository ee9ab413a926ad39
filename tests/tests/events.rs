//! The sample events held to their generator, and the generator to what it promises.

use conformance::events::{
    MESSAGING_SAMPLE, Variety, WEB_SAMPLE, committed_messaging, committed_web, messaging, web,
};
use serde_json::Value;
use std::collections::HashSet;

fn committed(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a committed file")
}

fn parsed(events: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(events).expect("UTF-8").lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn mean_bytes(events: &[u8]) -> usize {
    let lines = events.iter().filter(|&&byte| byte == b'\n').count();
    (events.len() - lines) / lines
}

/// The text of the events with what varies between events of one shape taken out.
fn shapes(events: &[u8]) -> HashSet<String> {
    fn shape(value: &Value, text: &mut String) {
        match value {
            Value::Null => text.push('0'),
            Value::Bool(_) => text.push('b'),
            Value::Number(_) => text.push('n'),
            Value::String(_) => text.push('s'),
            Value::Array(elements) => elements.iter().for_each(|element| shape(element, text)),
            Value::Object(members) => members.iter().for_each(|(key, value)| {
                text.push_str(key);
                shape(value, text);
            }),
        }
    }
    let shape_of = |event: &Value| {
        let mut text = String::new();
        shape(event, &mut text);
        text
    };
    parsed(events).iter().map(shape_of).collect()
}

#[test]
fn committed_events_are_those_of_the_generator() {
    assert!(committed("messaging.ndjson") == committed_messaging(), "run make-events");
    assert!(committed("web.ndjson") == committed_web(), "run make-events");
    assert_eq!(parsed(&committed_messaging()).len(), 2_000);
    assert_eq!(parsed(&committed_web()).len(), 1_500);
}

#[test]
fn committed_events_begin_with_the_samples() {
    assert!(committed("messaging.ndjson").starts_with(format!("{MESSAGING_SAMPLE}\n").as_bytes()));
    assert!(committed("web.ndjson").starts_with(format!("{WEB_SAMPLE}\n").as_bytes()));
}

#[test]
fn the_same_seed_gives_the_same_events() {
    for variety in [Variety::One, Variety::Mixed] {
        assert!(messaging(7, 50, variety) == messaging(7, 50, variety));
        assert!(messaging(7, 50, variety) != messaging(8, 50, variety));
        assert!(web(7, 50, variety) == web(7, 50, variety));
        assert!(web(7, 50, variety) != web(8, 50, variety));
    }
}

#[test]
fn events_have_the_size_they_are_said_to_have() {
    for variety in [Variety::One, Variety::Mixed] {
        let (messaging, web) =
            (mean_bytes(&messaging(3, 10_000, variety)), mean_bytes(&web(3, 10_000, variety)));
        println!("{variety:?}: {messaging} {web}");
        assert!((270..=290).contains(&messaging), "{variety:?}: {messaging}");
        assert!((950..=1000).contains(&web), "{variety:?}: {web}");
    }
}

#[test]
fn one_shape_is_one_and_mixed_is_many() {
    assert_eq!(shapes(&messaging(3, 2_000, Variety::One)).len(), 1);
    assert_eq!(shapes(&web(3, 2_000, Variety::One)).len(), 1);
    assert!(shapes(&messaging(3, 2_000, Variety::Mixed)).len() > 20);
    assert!(shapes(&web(3, 2_000, Variety::Mixed)).len() > 200);
}

#[test]
fn mixed_events_have_what_streams_have() {
    let messaging = String::from_utf8(messaging(3, 5_000, Variety::Mixed)).expect("UTF-8");
    for part in ["\\ud83d", "🎉", "\\n", "\\\"", "\\/", "whatsapp:", "null", "ご予約"] {
        assert!(messaging.contains(part), "{part}");
    }
    let web = web(3, 20_000, Variety::Mixed);
    let events = parsed(&web);
    let distinct =
        |key: &str| events.iter().map(|event| &event["context"][key]).collect::<HashSet<_>>().len();
    println!("{} user agents, {} addresses", distinct("user_agent"), distinct("ip"));
    assert!((200..400).contains(&distinct("user_agent")));
    assert!(distinct("ip") > 1_500);
    assert!(events.iter().any(|event| event["context"]["coordinates"].is_string()));
}
