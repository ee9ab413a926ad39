//! `pumice redact` and `pumice codes`: held to the shared vectors of single values.

use crate::pumice::House;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Numbers as they are written, which no other type holds.
type Row = BTreeMap<String, Box<RawValue>>;

/// A row as the command line has it.
fn arguments(kind: &str, row: &Row) -> Vec<String> {
    let mut arguments: Vec<_> = ["redact", kind, "--json"].map(str::to_owned).into();
    let options = row.get("options").map(|options| serde_json::from_str::<Row>(options.get()).unwrap());
    for (key, value) in options.into_iter().flatten() {
        arguments.extend(["--option".to_owned(), format!("{key}={value}")]);
    }
    arguments.extend(["--".to_owned(), row["in"].to_string()]);
    arguments
}

/// Numbers are the same if they are written the same; anything else if it is the same JSON.
fn is_same(one: &str, other: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok().filter(|value| !value.is_number());
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}

#[test]
fn the_vectors_of_single_values() {
    let house = House::new();
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/redact.json");
    let vectors = std::fs::read_to_string(vectors).unwrap();
    let vectors: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&vectors).unwrap();
    for (kind, rows) in vectors.iter().filter(|(kind, _)| *kind != "about") {
        for row in serde_json::from_str::<Vec<Row>>(rows.get()).unwrap() {
            let ran = house.run(&arguments(kind, &row).iter().map(String::as_str).collect::<Vec<_>>());
            match row.get("out") {
                Some(out) => assert!(is_same(ran.succeeds().text().trim_end(), out.get()), "{kind}: {row:?}"),
                None => {
                    assert_eq!(row["invalid"].get(), "true", "{kind}: {row:?}");
                    assert_eq!(ran.fails(1, &["pumice: invalid_value"]).text(), "", "{kind}: {row:?}");
                }
            }
        }
    }
}

#[test]
fn text_comes_out_as_text_and_objects_as_json() {
    let house = House::new();
    for (args, out) in [
        (&["phone", "+11234567890"][..], "+1123456XXXX\n"),
        (&["coordinate", "-75.6972"], "-75.6\n"),
        (&["coordinate", "-75.6972", "--json"], "-75.6\n"),
        (&["coordinate", "\"-75.6972\"", "--json"], "\"-75.6\"\n"),
        (&["email", "john@gmail.com", "--option", "keep=provider"], "REDACTED@gmail.com\n"),
        (&["ip", "--option", "v4_bits=24", "207.164.33.12"], "207.164.33.0\n"),
        (&["text", "-x"], "\n"),
        (&["user_agent", "?", "--option", "fields=family,"], "{\"family\":\"Other\"}\n"),
        (&["user_agent", "?", "--option", "fields=family,os"], "{\"family\":\"Other\",\"os\":\"Other\"}\n"),
        (&["user_agent", "?", "--option", r#"fields=["os"]"#], "{\"os\":\"Other\"}\n"),
    ] {
        let ran = house.run(&[&["redact"], args].concat());
        assert_eq!(ran.succeeds().text(), out, "{args:?}");
    }
}

#[test]
fn a_wrong_question_is_2_and_a_wrong_value_1() {
    let house = House::new();
    for (args, code) in [
        (&["fone", "x"][..], "unknown_type"),
        (&["phone", "1", "--option", "nope=1"], "unknown_option"),
        (&["email", "1", "--option", "keep=all"], "invalid_option"),
        (&["phone", "1", "--option", "nope"], "--option is K=V"),
        (&["phone", "1", "--option", "a=1", "--option", "a=1"], "is given twice"),
    ] {
        house.run(&[&["redact"], args].concat()).fails(2, &[code]);
    }
    house.run(&["redact", "phone", "anonymous"]).fails(1, &["invalid_value"]);
    house.run(&["redact", "phone", "{", "--json"]).fails(1, &["invalid_json"]);
}

#[test]
fn every_code_is_listed_with_its_meaning() {
    let ran = House::new().run(&["codes"]);
    let listed: Vec<_> = ran.succeeds().text().lines().map(|line| line.split_once("  ").unwrap()).collect();
    let codes: Vec<_> = pumice::Code::ALL.iter().map(|code| (code.as_str(), code.meaning())).collect();
    assert_eq!(listed.iter().map(|(code, meaning)| (*code, meaning.trim())).collect::<Vec<_>>(), codes);
}
