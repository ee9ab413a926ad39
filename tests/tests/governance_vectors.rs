//! Runs `vectors/governance.json`: policies out of schemas and governance, who decided, and what a review finds.

use conformance::vectors::{self, Place};
use pumice::governance::{CompileOptions, Compiled, Governance, compile, review};
use pumice::schema::{Format, Options, Schema};
use pumice::{Code, Error, Scrubber};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    schema: Box<RawValue>,
    governance: Box<RawValue>,
    reservoir: Option<String>,
    against: Option<Box<RawValue>>,
    policy: Option<Value>,
    fields: Option<Value>,
    by: Option<BTreeMap<String, String>>,
    #[serde(default)]
    warnings: Vec<String>,
    r#in: Option<String>,
    out: Option<String>,
    error: Option<String>,
    at: Option<Place>,
    findings: Option<Value>,
    passes: Option<bool>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

fn schema(document: &RawValue) -> Schema {
    let document = document.get().as_bytes();
    let format = Format::detect(document).unwrap_or_else(|error| panic!("{error}"));
    Schema::parse(document, format, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

impl Row {
    fn compile(&self) -> Result<Compiled, Error> {
        let governance = Governance::parse(vectors::policy(&self.governance).as_bytes())?;
        let reservoir = self.reservoir.as_deref().unwrap();
        compile(&schema(&self.schema), &governance, reservoir, CompileOptions::default())
    }

    fn check(&self) -> Result<(), String> {
        let compiled = match self.compile() {
            Ok(compiled) => compiled,
            Err(error) => {
                let due =
                    Some(error.code().as_str()) == self.error.as_deref() && Place::of(&error) == self.at;
                return if due { Ok(()) } else { Err(format!("refused as {error:?}")) };
            }
        };
        let policy: Value = serde_json::from_str(&compiled.policy).map_err(|error| error.to_string())?;
        let warnings: Vec<&str> = compiled.warnings.iter().map(|warning| warning.pointer.as_str()).collect();
        let told: Value = serde_json::from_str(&compiled.to_json()).map_err(|error| error.to_string())?;
        let decisions = told["decisions"].as_array().ok_or("no decisions")?;
        let by: BTreeMap<String, String> = decisions
            .iter()
            .map(|row| {
                let by = row["at"].as_str().or(row["by"].as_str()).unwrap_or_default();
                (row["selector"].as_str().unwrap_or_default().to_owned(), by.to_owned())
            })
            .collect();
        let same = self.error.is_none()
            && self.policy.as_ref().is_none_or(|due| *due == policy)
            && self.fields.as_ref().is_none_or(|due| *due == policy["fields"])
            && self.by.as_ref().is_none_or(|due| *due == by)
            && self.warnings == warnings
            && told["policy"] == policy
            && told["warnings"].as_array().is_some_and(|told| told.len() == warnings.len());
        if !same {
            return Err(format!("came {}\n  by {by:?}\n  warnings {warnings:?}", compiled.policy));
        }
        let keys = conformance::keys::of("token");
        let scrubber = Scrubber::builder(compiled.policy.as_bytes()).keys(keys.into());
        let scrubber =
            scrubber.account("AC5f1e09c2").subject("u").build().map_err(|error| error.to_string())?;
        let Some(event) = &self.r#in else { return Ok(()) };
        let out = scrubber.scrub(event.as_bytes()).map_err(|error| error.to_string())?;
        let out = String::from_utf8_lossy(&out).into_owned();
        if Some(&out) == self.out.as_ref() { Ok(()) } else { Err(format!("scrubs to {out}")) }
    }

    fn check_review(&self) -> Result<(), String> {
        let governance = Governance::parse(vectors::policy(&self.governance).as_bytes());
        let governance = governance.map_err(|error| error.to_string())?;
        let against = self.against.as_deref().map(schema);
        let found = review(&schema(&self.schema), &governance, self.reservoir.as_deref(), against.as_ref());
        let found: Value =
            serde_json::from_str(&found.map_err(|error| error.to_string())?.to_json()).unwrap();
        let same =
            Some(&found["findings"]) == self.findings.as_ref() && found["passes"].as_bool() == self.passes;
        if same { Ok(()) } else { Err(format!("came {found:#}")) }
    }
}

#[test]
fn each_row_comes_out_as_it_should() {
    let mut wrong = Vec::new();
    for (section, rows) in vectors::read::<Row>("governance") {
        for row in rows {
            let is_review = section == "review";
            if let Err(what) = if is_review { row.check_review() } else { row.check() } {
                wrong.push(format!("{section}: {} {}\n  {what}", row.schema, row.governance));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_code_of_governance_has_a_row() {
    let rows: Vec<Row> = vectors::read("governance").into_values().flatten().collect();
    let has = |code: Code| {
        rows.iter().any(|row| {
            let found = row.findings.as_ref().and_then(Value::as_array).into_iter().flatten();
            row.error.as_deref() == Some(code.as_str())
                || found.into_iter().any(|found| found["code"] == code.as_str())
        })
    };
    for code in [
        Code::UnknownReservoir,
        Code::ContradictoryRules,
        Code::UnmatchedRule,
        Code::UndecidedField,
        Code::TypeWeakened,
        Code::TagLost,
        Code::HandlingChanged,
        Code::PersonalName,
    ] {
        assert!(has(code), "{code}");
    }
}
