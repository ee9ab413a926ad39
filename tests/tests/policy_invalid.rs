//! Runs `vectors/policy_invalid.json`: policies that are refused, why and where.

use conformance::keys;
use conformance::vectors::{self, Place};
use pumice::crypto::Keys;
use pumice::{Code, Error, Scrubber};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    policy: Option<Box<RawValue>>,
    policy_base64: Option<String>,
    keys: Option<Given>,
    code: String,
    at: Option<Place>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

/// The keys that the scrubber is given.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Given {
    WithoutStore,
    WithStore,
}

impl Row {
    fn build(&self, policy: &[u8]) -> Result<Scrubber, Error> {
        let builder = Scrubber::builder(policy);
        match self.keys {
            None => builder.build(),
            Some(Given::WithStore) => builder.keys(Arc::new(keys::of("token"))).build(),
            Some(Given::WithoutStore) => {
                builder.keys(Arc::new(Keys::builder(keys::keyring("token")).build())).build()
            }
        }
    }

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
            let came = row.build(&policy).map(drop);
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

#[test]
fn every_code_has_a_row() {
    let rows: Vec<Row> = vectors::read("policy_invalid").into_values().flatten().collect();
    // The last that a policy can cause; those behind it come of what else is given to a builder, of events and of keys.
    let others = Code::ALL.iter().position(|code| *code == Code::NeedsUap).unwrap() + 1;
    for (at, code) in Code::ALL.iter().enumerate() {
        let count = rows.iter().filter(|row| row.code == code.as_str()).count();
        assert_eq!(count == 0, at >= others, "{code} has {count} rows");
    }
}
