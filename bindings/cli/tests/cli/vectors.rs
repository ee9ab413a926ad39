//! The shared vectors, through the command.

use crate::pumice::House;
use conformance::vectors::{self, Place};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const DATABASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/geo");

/// Numbers as they are written, which no other type holds.
#[derive(Debug, Deserialize)]
struct Single {
    r#in: Box<RawValue>,
    #[serde(default)]
    options: BTreeMap<String, Box<RawValue>>,
    db: Option<String>,
    /// `null` is none.
    out: Option<Box<RawValue>>,
    #[serde(default)]
    invalid: bool,
}

impl Single {
    fn arguments(&self, kind: &str) -> Vec<String> {
        let mut arguments: Vec<_> = ["redact", kind, "--json"].map(str::to_owned).into();
        let options = self.options.iter().map(|(key, value)| format!("--option={key}={value}"));
        arguments.extend(options.chain(self.db.iter().map(|db| format!("--geo={DATABASES}/{db}"))));
        arguments.extend(["--".to_owned(), self.r#in.to_string()]);
        arguments
    }
}

/// Numbers are the same if they are written the same; anything else if it is the same JSON.
fn is_same(one: &str, other: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok().filter(|value| !value.is_number());
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}

#[test]
fn single_values() {
    let house = House::new();
    for (kind, rows) in ["redact", "geo"].into_iter().flat_map(vectors::read::<Single>) {
        for row in rows {
            let ran = house.run(&row.arguments(&kind));
            if row.invalid {
                assert_eq!(ran.fails(1, &["pumice: invalid_value"]).text(), "", "{kind}: {row:?}");
            } else {
                let out = row.out.as_deref().map_or("null", RawValue::get);
                assert!(is_same(ran.succeeds().text().trim_end(), out), "{kind}: {row:?}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Refused {
    policy: Option<Box<RawValue>>,
    policy_base64: Option<String>,
    keys: Option<String>,
    code: String,
    at: Option<Place>,
}

#[test]
fn refused_policies() {
    let house = House::new();
    let keyring = ["--keyring", "k.json", "--root-key-file", "root.key"];
    house.run(&[&["keyring", "init", "--make-root-key"][..], &keyring].concat());
    for row in vectors::read::<Refused>("policy_invalid").into_values().flatten() {
        let base64 = row.policy_base64.as_deref().map(vectors::base64);
        let policy =
            row.policy.as_deref().map(|policy| vectors::policy(policy).into_bytes()).or(base64).unwrap();
        let place = match &row.at {
            Some(Place::Offset(offset)) => format!(" at byte {offset}:"),
            // The whole policy is no place to point at.
            Some(Place::Named(name)) if !name.is_empty() => format!(" at {name}:"),
            Some(Place::Named(_)) => String::from(":"),
            None => String::new(),
        };
        let said = format!("pumice: refused.json: {}{place}", row.code);
        // Who looks at a policy needs no keys; who scrubs does.
        let (verb, keys) = match (row.code.as_str(), row.keys.as_deref()) {
            ("needs_keys", _) => ("scrub", &[][..]),
            (_, Some("without_store")) => ("scrub", &keyring[..]),
            _ => ("check", &[][..]),
        };
        house.file("refused.json", policy);
        let ran = house.run(&[&[verb, "-p", "refused.json"], keys].concat());
        assert_eq!(ran.fails(2, &[&said]).text(), "");
    }
}
