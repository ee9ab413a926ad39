//! `pumice redact` and `pumice codes`: how values, options and answers look on the command line.

use crate::pumice::House;

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
