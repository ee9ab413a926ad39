//! The events of the generator as columns.

use crate::{agree, as_columns, as_json, batch, scrubber};
use conformance::events::{Variety, messaging, web};
use pumice::{GeoDb, Scrubber};
use serde_json::Value;

const MESSAGING: &str = r#"{"pumice": 1, "fields": {
    "from": "phone", "to": {"type": "phone"}, "message_body": "text", "price": {"action": "drop"},
    "media[*].url": {"action": "replace", "value": "gone"}, "status": {"action": "keep"}}}"#;

const WEB: &str = r#"{"pumice": 1, "fields": {
    "user.email": "email", "user.phone": "phone", "user.name": {"action": "drop"},
    "context.ip": {"type": "ip", "v4_bits": 24}, "context.user_agent": "user_agent",
    "context.location.lat": "coordinate", "context.location.lon": "coordinate", "context.coordinates": "coordinate",
    "contacts[*].email": {"type": "email", "keep": "provider"}, "contacts[*].phone": "phone",
    "items[*].name": "text", "**.session_id": {"action": "replace", "value": null}}}"#;

#[test]
fn events_come_out_the_same() {
    for variety in [Variety::One, Variety::Mixed] {
        agree(|| scrubber(MESSAGING), &batch(&messaging(5, 1_500, variety)));
        agree(|| scrubber(WEB), &batch(&web(5, 1_500, variety)));
    }
}

#[test]
fn part_of_a_batch_is_scrubbed_as_that_part() {
    let web = batch(&web(6, 600, Variety::Mixed));
    for (offset, length) in [(1, 598), (63, 129), (64, 64), (599, 1), (600, 0), (0, 0)] {
        agree(|| scrubber(WEB), &web.slice(offset, length));
    }
}

#[test]
fn addresses_get_their_places() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/geo/commerce.mmdb");
    let policy = r#"{"pumice": 1, "fields": {"context.ip": {"type": "ip", "geo": ["country", "city"]}}}"#;
    let make = || {
        let db = GeoDb::from_bytes(std::fs::read(path).unwrap()).unwrap();
        Scrubber::builder(policy.as_bytes()).geo(db).build().unwrap()
    };
    agree(make, &batch(&web(7, 800, Variety::Mixed)));
}

/// What stands in a row decides whether it is there as an event; of columns the policy alone decides.
#[test]
fn what_no_rule_names_goes_column_by_column() {
    let policy = WEB.replace("\"fields\"", "\"unlisted\": \"drop\", \"fields\"");
    let batch = batch(&web(8, 400, Variety::Mixed));
    let (json, _) = as_json(&scrubber(&policy), &batch);
    let (columns, _) = as_columns(&scrubber(&policy), &batch);
    for (due, came) in json.into_iter().zip(columns.unwrap()) {
        assert_eq!(bare(&came), bare(&due.unwrap()));
    }
}

/// A value without objects and arrays in which nothing is.
fn bare(value: &Value) -> Value {
    let is_bare = |value: &Value| match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.clone(), bare(value)));
            Value::Object(members.filter(|(_, value)| !is_bare(value)).collect())
        }
        Value::Array(elements) => elements.iter().map(bare).collect(),
        value => value.clone(),
    }
}
