//! Who takes part, and the check that those who redact give the same answer.

use crate::policies::{Edit, Policy};
use pumice::redact::coordinate::Coordinate;
use pumice::redact::email::Email;
use pumice::redact::ip::Ip;
use pumice::redact::phone::Phone;
use pumice::redact::user_agent::Compact;
use pumice::{GeoDb, Scalar, Scrubber, Worker};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hint::black_box;

/// Does its work on one event after the other.
pub trait Contestant {
    fn name(&self) -> &str;
    fn event(&mut self, event: &[u8]);
}

/// The floor: a copy into a warm buffer.
#[derive(Default)]
pub struct Copy {
    out: Vec<u8>,
}

impl Contestant for Copy {
    fn name(&self) -> &str {
        "memcpy"
    }

    fn event(&mut self, event: &[u8]) {
        self.out.clear();
        self.out.extend_from_slice(event);
        black_box(&self.out);
    }
}

/// serde_json reads everything and keeps nothing.
pub struct Validate;

impl Contestant for Validate {
    fn name(&self) -> &str {
        "serde_json validates (IgnoredAny)"
    }

    fn event(&mut self, event: &[u8]) {
        black_box(serde_json::from_slice::<serde::de::IgnoredAny>(event).unwrap());
    }
}

/// sonic-rs makes a tree and does nothing with it.
pub struct SonicDom;

impl Contestant for SonicDom {
    fn name(&self) -> &str {
        "sonic-rs parses (DOM)"
    }

    fn event(&mut self, event: &[u8]) {
        black_box(sonic_rs::from_slice::<sonic_rs::Value>(event).unwrap());
    }
}

/// What people write by hand: a serde_json tree, edited and written again. The redactions are pumice's own, and it
/// remembers user agents.
pub struct SerdeDom<'a> {
    policy: &'a Policy,
    geo: &'a GeoDb,
    compact: Compact,
    agents: HashMap<String, Value>,
    out: Vec<u8>,
}

impl<'a> SerdeDom<'a> {
    pub fn new(policy: &'a Policy, geo: &'a GeoDb) -> Self {
        SerdeDom { policy, geo, compact: Compact, agents: HashMap::new(), out: Vec::new() }
    }

    fn redacted(&mut self, event: &[u8]) -> Value {
        let mut value: Value = serde_json::from_slice(event).unwrap();
        for field in self.policy.fields.iter().copied().flatten() {
            self.edit(&mut value, field.path, field.edit);
        }
        value
    }

    fn edit(&mut self, value: &mut Value, path: &[&str], edit: Edit) {
        match path {
            [] => {
                if !value.is_null() {
                    *value = self.redact(value, edit);
                }
            }
            ["*", rest @ ..] => {
                for element in value.as_array_mut().into_iter().flatten() {
                    self.edit(element, rest, edit);
                }
            }
            [key, rest @ ..] => {
                if let Some(value) = value.get_mut(*key) {
                    self.edit(value, rest, edit);
                }
            }
        }
    }

    fn redact(&mut self, value: &Value, edit: Edit) -> Value {
        let mut out = String::new();
        let text = value.as_str();
        match edit {
            Edit::Phone => Phone.redact(text.unwrap_or_default(), &mut out).ok(),
            Edit::Email => Email::default().redact(text.unwrap_or_default(), &mut out).ok(),
            Edit::Ip => Ip::default().redact(text.unwrap_or_default(), &mut out).ok().map(|_| ()),
            Edit::Place => {
                let Ok(full) = Ip::default().redact(text.unwrap_or_default(), &mut out) else {
                    return Value::Null;
                };
                let place = self.geo.place(full);
                let mut object = json!({ "masked": out });
                if let Some(country) = place.country {
                    object["geo_country"] = country.into();
                }
                if let Some(city) = place.city {
                    object["geo_city"] = city.into();
                }
                return object;
            }
            Edit::Agent => {
                let text = text.unwrap_or_default();
                if let Some(known) = self.agents.get(text) {
                    return known.clone();
                }
                let agent = self.compact.parse(text);
                let object = json!({
                    "family": agent.family, "major": agent.major,
                    "os": agent.os.as_str(), "device": agent.device.as_str(),
                });
                self.agents.insert(text.to_owned(), object.clone());
                return object;
            }
            Edit::Coordinate => {
                let number = value.to_string();
                return match Coordinate::default().redact(Scalar::Number(&number), &mut out) {
                    Ok(()) => out.parse().map_or(Value::Null, Value::Number),
                    Err(_) => Value::Null,
                };
            }
            Edit::Text => Some(()),
        }
        .map_or(Value::Null, |()| out.into())
    }
}

impl Contestant for SerdeDom<'_> {
    fn name(&self) -> &str {
        "serde_json DOM redaction"
    }

    fn event(&mut self, event: &[u8]) {
        let value = self.redacted(event);
        self.out.clear();
        serde_json::to_writer(&mut self.out, &value).unwrap();
        black_box(&self.out);
    }
}

/// pumice, event by event.
pub struct Pumice<'a> {
    name: &'static str,
    worker: Worker<'a>,
    out: Vec<u8>,
}

impl<'a> Pumice<'a> {
    pub fn new(name: &'static str, scrubber: &'a Scrubber) -> Self {
        Pumice { name, worker: scrubber.worker(), out: Vec::new() }
    }
}

impl Contestant for Pumice<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn event(&mut self, event: &[u8]) {
        self.out.clear();
        self.worker.scrub(event, &mut self.out).unwrap();
        black_box(&self.out);
    }
}

/// Panics unless pumice and the tree agree on every event.
pub fn check_answers(policy: &Policy, geo: &GeoDb, scrubber: &Scrubber, lines: &[&[u8]]) {
    let mut dom = SerdeDom::new(policy, geo);
    let mut worker = scrubber.worker();
    for (i, line) in lines.iter().enumerate() {
        let mut out = Vec::new();
        worker.scrub(line, &mut out).unwrap();
        assert_ne!(out, *line, "event {i} of {} is untouched", policy.name);
        let ours: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(ours, dom.redacted(line), "event {i} of {}", policy.name);
    }
}
