//! Runs `vectors/policy_invalid.json`: policies that are refused, why and where.

use conformance::vectors::{self, Place};
use pumice::{Code, Scrubber};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    policy: Option<Box<RawValue>>,
    policy_base64: Option<String>,
    code: String,
    at: Option<Place>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

impl Row {
    fn policy(&self) -> Vec<u8> {
        match (&self.policy, &self.policy_base64) {
            (Some(policy), None) => vectors::policy(policy).into_bytes(),
            (None, Some(policy)) => vectors::base64(policy),
            _ => panic!("a row has one policy"),
        }
    }
}

#[test]
fn each_is_refused_with_its_code_at_its_place() {
    let mut wrong = Vec::new();
    for (section, rows) in vectors::read::<Row>("policy_invalid") {
        for row in rows {
            let policy = row.policy();
            let came = Scrubber::builder(&policy).build().map(drop);
            let same = came.as_ref().is_err_and(|error| {
                error.code().as_str() == row.code && (row.at.is_none() || Place::of(error) == row.at)
            });
            if !same {
                let Row { code, at, .. } = row;
                wrong.push(format!(
                    "{section}: {}\n  due {code} {at:?}\n  came {came:?}",
                    policy.escape_ascii()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// Codes that no policy alone can cause: what else is given to a builder, events, and what comes only after keys.
const OTHERS: &[Code] = &[
    Code::NeedsAccount,
    Code::NeedsSubject,
    Code::GeoInvalid,
    Code::GeoNoCountry,
    Code::UapInvalid,
    Code::InvalidJson,
    Code::InvalidUtf8,
    Code::TooDeep,
    Code::TooLarge,
    Code::InvalidValue,
    Code::UnlistedField,
];

#[test]
fn every_code_has_a_row() {
    let rows: Vec<Row> = vectors::read("policy_invalid").into_values().flatten().collect();
    for code in Code::ALL {
        let count = rows.iter().filter(|row| row.code == code.as_str()).count();
        assert_eq!(count == 0, OTHERS.contains(code), "{code} has {count} rows");
    }
}
