//! `pumice scrub` with keys, and the way back: `decrypt` and `detokenize`.

use crate::pumice::{CANARY, House, Ran};
use serde_json::Value;

pub(crate) const KEYS: [&str; 6] =
    ["--keyring", "k.json", "--root-key-file", "root.key", "--store", "s.redb"];

const POLICY: &str = r#"{"pumice": 1, "account": "account", "subject": "user.id", "fields": {
  "user.email": {"type": "email", "action": "tokenize"},
  "body": {"type": "text", "action": "encrypt"},
  "note": {"action": "encrypt", "key": "subject", "id": "remark"},
  "from": "phone"
}}"#;

pub(crate) fn event(account: &str, user: &str, number: usize) -> String {
    format!(
        r#"{{"account":"{account}","user":{{"id":"{user}","email":"ann@example.com"}},"body":"{CANARY} {number}","note":[{number},2.50],"from":"+14155550132"}}"#
    )
}

/// A keyring of two accounts, and so many events of them and of three subjects.
pub(crate) fn house(events: usize) -> House {
    let house = House::new();
    house.file("p.json", POLICY);
    let lines = (0..events).map(|at| event(["AC1", "AC2"][at % 2], ["u1", "u2", "u3"][at / 2 % 3], at));
    house.file("raw.ndjson", lines.map(|line| line + "\n").collect::<String>());
    let keyring = &KEYS[..4];
    house.run(&[&["keyring", "init", "--make-root-key"], keyring].concat()).succeeds_quietly();
    house.run(&[&["keyring", "add", "AC1", "AC2"], keyring].concat()).succeeds_quietly();
    house
}

impl Ran {
    fn succeeds_quietly(&self) {
        self.succeeds();
    }
}

pub(crate) fn keyed(house: &House, verb: &str, args: &[&str]) -> Ran {
    house.run(&[&[verb][..], args, &KEYS].concat())
}

pub(crate) fn values(lines: &[u8], pointer: &str) -> Vec<Value> {
    let lines = std::str::from_utf8(lines).unwrap().lines();
    lines.map(|line| serde_json::from_str::<Value>(line).unwrap().pointer(pointer).unwrap().clone()).collect()
}

#[test]
fn there_and_back() {
    let house = house(5_000);
    keyed(&house, "scrub", &["-p", "p.json", "-o", "out.ndjson", "raw.ndjson"]).succeeds();
    let out = house.read("out.ndjson");
    assert!(!String::from_utf8_lossy(&out).contains(CANARY));
    let tokens = values(&out, "/user/email");
    for (at, token) in tokens.iter().enumerate() {
        assert_eq!(*token, tokens[at % 6], "the same of one subject in one account");
        assert!(tokens[..at.min(6)].iter().all(|other| other != token || at >= 6));
    }
    keyed(&house, "verify", &["-p", "p.json", "raw.ndjson", "out.ndjson"]).succeeds();
    keyed(&house, "decrypt", &["-p", "p.json", "-o", "half.ndjson", "out.ndjson"]).succeeds();
    keyed(&house, "detokenize", &["-p", "p.json", "-o", "whole.ndjson", "half.ndjson"]).succeeds();
    let due = String::from_utf8(house.read("raw.ndjson")).unwrap().replace("+14155550132", "+1415555XXXX");
    assert!(house.read("whole.ndjson") == due.as_bytes(), "all but what was redacted");
    // In another process, later, the same tokens.
    keyed(&house, "scrub", &["-p", "p.json", "-o", "again.ndjson", "raw.ndjson"]).succeeds();
    assert_eq!(values(&house.read("again.ndjson"), "/user/email"), tokens);
}

#[test]
fn one_value() {
    let house = house(1);
    let out = keyed(&house, "scrub", &["-p", "p.json", "raw.ndjson"]);
    let sealed = |pointer| values(&out.stdout, pointer)[0].as_str().unwrap().to_owned();
    let (body, note, email) = (sealed("/body"), sealed("/note"), sealed("/user/email"));
    // One character more than whole bytes have.
    let cut = body.get(..89).unwrap();
    let point = |verb, args: &[&str]| keyed(&house, verb, args);
    let ran = point("decrypt", &["--account", "AC1", "--field", "body", &body]);
    assert_eq!(ran.succeeds().text(), format!("{CANARY} 0\n"));
    let ran = point("decrypt", &["--json", "--account", "AC1", "--field", "body", &body]);
    assert_eq!(ran.succeeds().text(), format!("\"{CANARY} 0\"\n"));
    let ran = point("decrypt", &["--account", "AC1", "--field", "remark", &note]);
    assert_eq!(ran.succeeds().text(), "[0,2.50]\n");
    assert_eq!(point("detokenize", &[&email]).succeeds().text(), "ann@example.com\n");
    for (args, said) in [
        (&["--account", "AC1", "--field", "note", &note][..], "authentication_failed"),
        (&["--account", "AC2", "--field", "body", &body], "unknown_key"),
        (&["--account", "AC3", "--field", "body", &body], "unknown_account"),
        (&["--account", "AC1", "--field", "body", CANARY], "not_ours"),
        (&["--account", "AC1", "--field", "body", cut], "malformed"),
    ] {
        point("decrypt", args).fails(1, &[said]);
    }
    point("decrypt", &["--account", "AC1", &body]).fails(2, &["--account and --field"]);
    point("decrypt", &["--account", "AC1", "--field", "body"]).fails(2, &["one VALUE"]);
    point("detokenize", &["--threads", "2", &email]).fails(2, &["--policy"]);
    point("detokenize", &["--account", "AC2", &email]).fails(2, &["--account"]);
    point("decrypt", &["--account", "AC1", "--field", "body", "--subject", "u2", &body])
        .fails(2, &["--policy"]);
    house.run(&["detokenize", &email]).fails(2, &["--keyring"]);
}

#[test]
fn a_line_that_does_not_open_stops_or_is_rejected() {
    let house = house(3);
    keyed(&house, "scrub", &["-p", "p.json", "-o", "out.ndjson", "raw.ndjson"]).succeeds();
    let mut lines: Vec<String> =
        String::from_utf8(house.read("out.ndjson")).unwrap().lines().map(str::to_owned).collect();
    lines[1] = event("AC1", "u1", 1);
    house.file("mixed.ndjson", lines.join("\n"));
    keyed(&house, "decrypt", &["-p", "p.json", "mixed.ndjson"]).fails(1, &["not_ours on line 2 at body"]);
    let reject = ["-p", "p.json", "--on-error", "reject", "--rejects", "bad.ndjson", "mixed.ndjson"];
    let ran = keyed(&house, "decrypt", &reject);
    assert_eq!(ran.text().lines().count(), 2);
    assert_eq!(house.read("bad.ndjson"), format!("{}\n", lines[1]).as_bytes());
}

#[test]
fn an_event_without_its_names_is_refused() {
    let house = house(1);
    house.file("bad.ndjson", format!("{}\n", event("AC1", "u1", 1).replace("account", "acount")));
    keyed(&house, "scrub", &["-p", "p.json", "bad.ndjson"]).fails(1, &["no_account on line 1 at user.email"]);
    house.file("bad.ndjson", event("AC3", "u1", 1));
    keyed(&house, "scrub", &["-p", "p.json", "bad.ndjson"]).fails(1, &["unknown_account on line 1"]);
    // What the command line says goes before what the event says.
    let ran = keyed(&house, "scrub", &["-p", "p.json", "--account", "AC1", "--subject", "u1", "bad.ndjson"]);
    ran.succeeds();
    assert!(!ran.text().contains(CANARY));
}

#[test]
fn a_refused_line_is_verified_among_the_rejects() {
    let house = house(4);
    let mut raw = String::from_utf8(house.read("raw.ndjson")).unwrap();
    raw.push_str(&format!("{}\n", event("AC1", "u1", 9).replace("account", "acount")));
    raw.push_str(&format!("{}\n", event("AC1", "u1", 10)));
    house.file("raw.ndjson", raw);
    let reject = ["-p", "p.json", "--on-error", "reject", "--rejects", "bad.ndjson", "-o", "out.ndjson"];
    keyed(&house, "scrub", &[&reject[..], &["raw.ndjson"]].concat());
    assert!(house.read("bad.ndjson").starts_with(b"{\"acount\":"));
    let ran =
        keyed(&house, "verify", &["-p", "p.json", "--rejects", "bad.ndjson", "raw.ndjson", "out.ndjson"]);
    assert!(ran.succeeds().text().contains("1 rejected"));
}

#[test]
fn no_event_is_detokenized_for_another_account() {
    let house = house(1);
    keyed(&house, "scrub", &["-p", "p.json", "-o", "out.ndjson", "raw.ndjson"]).succeeds();
    let other = ["-p", "p.json", "--account", "AC2", "out.ndjson"];
    keyed(&house, "detokenize", &other).fails(1, &["authentication_failed on line 1 at user.email"]);
}

#[test]
fn what_is_missing_is_told_before_events_are_read() {
    let house = house(1);
    house
        .run(&["scrub", "-p", "p.json", "raw.ndjson"])
        .fails(2, &["needs_keys at /fields/user.email/action"]);
    let without_store = [&["scrub", "-p", "p.json", "raw.ndjson"], &KEYS[..4]].concat();
    house.run(&without_store).fails(2, &["needs_store at /fields/user.email/action"]);
    keyed(&house, "decrypt", &["-p", "p.json", "raw.ndjson"]).fails(2, &["s.redb"]);
    assert!(!house.names().contains(&"s.redb".to_owned()), "what looks into a store does not make one");
    house.file("other.key", [7; 32]);
    let other = ["--keyring", "k.json", "--root-key-file", "other.key", "--store", "s.redb"];
    let ran = house.run(&[&["scrub", "-p", "p.json", "raw.ndjson"][..], &other].concat());
    ran.fails(2, &["k.json: wrong_root"]);
    let pinned = [&["scrub", "-p", "p.json", "raw.ndjson", "--keyring-at-least", "99"], &KEYS[..]].concat();
    house.run(&pinned).fails(2, &["keyring_rolled_back"]);
    // Who looks at a policy needs no keys.
    house.run(&["check", "-p", "p.json"]).succeeds();
    assert!(house.run(&["explain", "-p", "p.json"]).succeeds().text().contains("pum1…"));
}
