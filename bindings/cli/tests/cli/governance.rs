//! Policies out of schemas, reviews and sets of policies, through the command.

use crate::pumice::{CANARY, House};
use conformance::vectors::{self, Place};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
struct Row {
    schema: Box<RawValue>,
    governance: Box<RawValue>,
    reservoir: Option<String>,
    against: Option<Box<RawValue>>,
    fields: Option<Value>,
    policy: Option<Value>,
    #[serde(default)]
    warnings: Vec<String>,
    error: Option<String>,
    at: Option<Place>,
    findings: Option<Value>,
}

#[test]
fn the_shared_vectors() {
    let house = House::new();
    for row in vectors::read::<Row>("governance").into_values().flatten() {
        house.file("s.json", row.schema.get()).file("g.json", vectors::policy(&row.governance));
        let verb = if row.findings.is_some() { "check" } else { "policy" };
        let mut args = vec![verb, "--schema", "s.json", "--governance", "g.json", "--json"];
        args.extend(row.reservoir.iter().flat_map(|name| ["--reservoir", name]));
        if let Some(against) = &row.against {
            house.file("o.json", against.get());
            args.extend(["--against", "o.json"]);
        }
        let ran = house.run(&args);
        if let Some(code) = &row.error {
            let place = match &row.at {
                Some(Place::Offset(offset)) => format!(" at byte {offset}:"),
                Some(Place::Named(name)) if !name.is_empty() => format!(" at {name}:"),
                _ => ":".to_owned(),
            };
            assert_eq!(ran.fails(2, &[&format!("g.json: {code}{place}")]).text(), "", "{row:?}");
            continue;
        }
        let told: Value = serde_json::from_str(ran.text()).unwrap();
        if let Some(findings) = &row.findings {
            assert_eq!(&told["findings"], findings, "{row:?}");
            assert_eq!(ran.exit, Some(i32::from(told["passes"] == false)), "{row:?}");
            continue;
        }
        assert_eq!(ran.exit, Some(0), "{row:?}");
        assert!(row.fields.is_none_or(|fields| fields == told["policy"]["fields"]), "{told}");
        assert!(row.policy.is_none_or(|policy| policy == told["policy"]), "{told}");
        assert_eq!(ran.stderr.matches("warning: unmatched_rule").count(), row.warnings.len());
    }
}

#[derive(Debug, Deserialize)]
struct SchemaRow {
    format: Option<String>,
    schema: Option<Box<RawValue>>,
    text: Option<vectors::Text>,
    type_attribute: Option<String>,
    properties_attribute: Option<String>,
    out: Option<Value>,
    error: Option<String>,
    at: Option<Place>,
}

#[test]
fn the_shared_vectors_of_schemas() {
    let house = House::new();
    for row in vectors::read::<SchemaRow>("schema").into_values().flatten() {
        let document = row.schema.as_ref().map(|schema| vectors::policy(schema).into_bytes());
        house.file("s.json", document.or_else(|| Some(row.text.as_ref()?.bytes())).unwrap());
        let mut args = vec!["schema", "--schema", "s.json"];
        for (option, value) in [
            ("--format", &row.format),
            ("--type-attribute", &row.type_attribute),
            ("--properties-attribute", &row.properties_attribute),
        ] {
            args.extend(value.iter().flat_map(|value| [option, value]));
        }
        let ran = house.run(&args);
        match (&row.error, &row.at) {
            (None, _) => {
                assert_eq!(ran.exit, Some(0), "{row:?}");
                assert_eq!(serde_json::from_str(ran.text()).ok(), row.out, "{row:?}");
            }
            // The command line itself says which formats there are.
            (Some(_), None) if row.format.as_deref() == Some("protobuf") => {
                ran.fails(2, &["--format"]);
            }
            (Some(code), at) => {
                let place = match at {
                    Some(Place::Offset(offset)) => format!(" at byte {offset}:"),
                    Some(Place::Named(name)) if !name.is_empty() => format!(" at {name}:"),
                    _ => ":".to_owned(),
                };
                assert_eq!(ran.fails(2, &[&format!("s.json: {code}{place}")]).text(), "", "{row:?}");
            }
        }
    }
}

const SCHEMA: &str = r#"{"type": "record", "name": "sent", "fields": [
    {"name": "event_name", "type": "string"},
    {"name": "from", "type": "string", "confluent:tags": ["PHONE"]}]}"#;
const OTHER: &str = r#"{"type": "record", "name": "login", "fields": [
    {"name": "event_name", "type": "string"},
    {"name": "ip", "type": "string", "letgo.properties": {"entity": "ip"}}]}"#;
const GOVERNANCE: &str = r#"{"pumice_governance": 1, "reservoirs": ["analysts", "raw"], "rules": [
    {"tag": "PHONE", "reservoir": "analysts", "action": {"type": "phone"}},
    {"tag": "ip", "reservoir": "analysts", "action": "redact"},
    {"reservoir": "raw", "action": "SHOW"}]}"#;
const EVENTS: &str = concat!(
    r#"{"event_name":"sent","from":"+11234567890"}"#,
    "\n",
    r#"{"event_name":"login","ip":"207.164.33.12"}"#,
    "\n"
);
const SCRUBBED: &str = concat!(
    r#"{"event_name":"sent","from":"+1123456XXXX"}"#,
    "\n",
    r#"{"event_name":"login","ip":"207.164.0.0"}"#,
    "\n"
);

fn house() -> House {
    let house = House::new();
    std::fs::create_dir(house.path("schemas")).unwrap();
    std::fs::create_dir(house.path("policies")).unwrap();
    house.file("schemas/sent.avro.json", SCHEMA).file("schemas/login.avro.json", OTHER);
    house.file("governance.json", GOVERNANCE).file("events.ndjson", EVENTS);
    house
}

const MAKE: [&str; 5] = ["policy", "--governance", "governance.json", "--reservoir", "analysts"];

#[test]
fn a_policy_is_made_and_scrubs() {
    let house = house();
    let made = house.run(&[&MAKE[..], &["--schema", "schemas/sent.avro.json"]].concat());
    // The rule for addresses is about another schema.
    assert!(made.stderr.contains("governance.json: warning: unmatched_rule at /rules/1"), "{}", made.stderr);
    house.file("p.json", made.text());
    house.shell("head -n 1 events.ndjson >one.ndjson").succeeds();
    let ran = house.run(&["scrub", "-p", "p.json", "one.ndjson"]);
    assert_eq!(Some(ran.succeeds().text().trim_end()), SCRUBBED.lines().next());
    let told = house.run(&[&MAKE[..], &["--schema", "schemas/sent.avro.json", "--explain"]].concat());
    assert!(
        told.text().contains("from: {\"type\":\"phone\"}")
            || told.text().contains("from: \"phone\", by the rule at /rules/0, of its tag")
    );
}

#[test]
fn many_schemas_make_a_set() {
    let house = house();
    let made = house.run(&[&MAKE[..], &["--schema", "schemas", "--by", "event_name"]].concat());
    house.file("set.json", made.succeeds().text());
    assert_eq!(house.run(&["scrub", "-p", "set.json", "events.ndjson"]).succeeds().text(), SCRUBBED);
    house.file("out.ndjson", SCRUBBED);
    house.run(&["verify", "-p", "set.json", "events.ndjson", "out.ndjson"]).succeeds();
    assert!(house.run(&["explain", "-p", "set.json"]).succeeds().text().contains("login: ip: IP address"));
    assert_eq!(house.run(&["check", "-p", "set.json"]).succeeds().text(), "set.json: ok\n");
    let told = house.run(&["scrub", "-p", "set.json", "--report", "r.json", "events.ndjson"]);
    told.succeeds();
    let report: Value = serde_json::from_slice(&house.read("r.json")).unwrap();
    assert_eq!(report["rules"].as_array().unwrap().len(), 4);
    assert!(
        report["rules"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["policy"] == "sent" && row["selector"] == "from")
    );
}

#[test]
fn a_folder_of_policies_is_a_set() {
    let house = house();
    house.file("policies/a.json", r#"{"pumice": 1, "name": "sent", "fields": {"from": "phone"}}"#);
    house.file("policies/login.v2.json", r#"{"pumice": 1, "fields": {"ip": "ip"}}"#);
    let set = ["scrub", "--policies", "policies"];
    let by_name = [&set[..], &["--by", "event_name"]].concat();
    assert_eq!(house.run(&[&by_name[..], &["events.ndjson"]].concat()).succeeds().text(), SCRUBBED);
    // Nobody says which.
    house.run(&[&set[..], &["events.ndjson"]].concat()).fails(1, &["no_policy on line 1"]);
    let named = house.run(&[&set[..], &["--named", "login", "events.ndjson"]].concat());
    assert!(named.succeeds().text().contains(r#""from":"+11234567890""#));
    house.run(&[&set[..], &["--named", "logout", "events.ndjson"]].concat()).fails(2, &["unknown_policy"]);
    // An event that no policy is for.
    house.file("strange.ndjson", format!("{{\"event_name\":\"{CANARY}\"}}\n"));
    house.run(&[&by_name[..], &["strange.ndjson"]].concat()).fails(1, &["unknown_policy on line 1"]);
    let rejected =
        house.run(&[&by_name[..], &["--on-error", "reject", "--rejects", "x", "strange.ndjson"]].concat());
    assert_eq!((rejected.exit, house.read("x").len()), (Some(0), CANARY.len() + 18));

    house.file("policies/z.json", r#"{"pumice": 1, "name": "sent", "fields": {}}"#);
    house.run(&[&by_name[..], &["events.ndjson"]].concat()).fails(2, &["z.json: duplicate_policy at /name"]);
    house.file("policies/z.json", r#"{"pumice": 1, "fields": {"x": "fone"}}"#);
    house.run(&[&by_name[..], &["events.ndjson"]].concat()).fails(2, &["z.json: unknown_type at /fields/x"]);
    house.run(&["scrub", "--policies", "schemas/none"]).fails(2, &["schemas/none: "]);
    std::fs::create_dir(house.path("empty")).unwrap();
    house.run(&["scrub", "--policies", "empty"]).fails(2, &["no *.json file in it"]);
    house.run(&["scrub", "--by", "event_name"]).fails(2, &["--policies"]);
    house.run(&["scrub"]).fails(2, &["<--policy <FILE>|--policies <DIR>>"]);
}

#[test]
fn a_review_says_what_it_found_and_fails_on_what_is_undecided() {
    let house = house();
    let review = ["check", "--governance", "governance.json", "--schema"];
    let ran = house
        .run(&[&review[..], &["schemas/sent.avro.json", "--against", "schemas/sent.avro.json"]].concat());
    assert_eq!(ran.succeeds().text().lines().count(), 1, "{}", ran.text());
    house.file(
        "new.json",
        SCHEMA.replace("\"PHONE\"]}", "\"PHONE\"]}, {\"name\": \"nick\", \"type\": \"string\"}"),
    );
    let ran = house.run(&[&review[..], &["new.json", "--against", "schemas/sent.avro.json"]].concat());
    let text = ran.fails(1, &["new.json: 1 failure"]).text();
    assert!(text.starts_with("failure: undecided_field at schema /fields/2, nick: "), "{text}");
    let ran =
        house.run(&[&review[..], &["new.json", "--against", "schemas/sent.avro.json", "--json"]].concat());
    let told: Value = serde_json::from_str(ran.fails(1, &[]).text()).unwrap();
    assert_eq!((&told["passes"], &told["findings"][0]["field"]), (&json!(false), &json!("nick")));
    house
        .run(&[&review[..], &["new.json", "--reservoir", "nobody"]].concat())
        .fails(2, &["unknown_reservoir"]);
    house.run(&["check", "--schema", "new.json"]).fails(2, &["--governance"]);
    house.run(&[&review[..], &["new.json", "--format", "protobuf"]].concat()).fails(2, &["--format"]);
    house.file("no.json", "{}");
    house.run(&[&review[..], &["no.json"]].concat()).fails(2, &["no.json: schema_format"]);
}
