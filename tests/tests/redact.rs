//! Runs `vectors/redact.json`: one value in, one value out, by type; alone and as a field of an event.

use conformance::vectors;
use pumice::policy::Kind;
use pumice::{Code, Redactor, Scrubber};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "in")]
    value: Box<RawValue>,
    options: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    out: Option<Box<RawValue>>,
    #[serde(default)]
    invalid: bool,
    #[serde(rename = "why")]
    _why: Option<String>,
}

/// `null` is a value too.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

#[test]
fn each_value_comes_out_as_it_should() {
    // Values as JSON compares them, but for numbers: those by their text.
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut wrong = Vec::new();
    let sections = vectors::read::<Row>("redact");
    assert!(sections.keys().eq(Kind::ALL.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>()));
    for (name, rows) in &sections {
        for Row { value, options, out, invalid, .. } in rows {
            assert!(
                out.is_some() != *invalid,
                "{name} {value}: a row says what comes out, or that it is invalid"
            );
            let mut rule = options.clone().unwrap_or(json!({}));
            let redactor = Redactor::builder(name, &rule.to_string()).build().unwrap();
            let came = redactor.redact(value.get());
            let due = out.as_ref().map(|out| read(out.get())).ok_or(Code::InvalidValue);
            if came.as_ref().map(|came| read(came)).map_err(pumice::Error::code) != due {
                wrong.push(format!("{name} {value} {rule}: due {due:?}, came {came:?}"));
            }
            rule["type"] = json!(name);
            let policy = json!({"pumice": 1, "fields": {"v": rule}}).to_string();
            let scrubber = Scrubber::builder(policy.as_bytes()).build().unwrap();
            let came = scrubber.scrub(format!(r#"{{"v":{value}}}"#).as_bytes()).unwrap();
            let came = read(std::str::from_utf8(&came).unwrap());
            if came != json!({"v": due.unwrap_or(Value::Null)}) {
                wrong.push(format!("{name} {value} {rule}: in an event came {came}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
