//! `pumice forget`: who is dead afterwards, who lives on, and that it tells counts alone.

use crate::pumice::{CANARY, House, Ran};
use crate::sealed::{KEYS, event, house, keyed, values};
use pumice::crypto::SubjectStore;
use pumice_redb::RedbStore;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// Twelve events, scrubbed to `out.ndjson`: of each of three subjects two in each of two accounts.
fn scrubbed() -> House {
    let house = house(12);
    keyed(&house, "scrub", &["-p", "p.json", "-o", "out.ndjson", "raw.ndjson"]).succeeds();
    house
}

fn forget(house: &House, args: &[&str]) -> Ran {
    keyed(house, "forget", args)
}

/// The subjects whose tokens still say something, by account and name.
fn living(house: &House) -> Vec<String> {
    let out = house.read("out.ndjson");
    let names = values(&out, "/account").into_iter().zip(values(&out, "/user/id"));
    let mut living = Vec::new();
    for ((account, user), token) in names.zip(values(&out, "/user/email")) {
        let ran = keyed(house, "detokenize", &[token.as_str().unwrap()]);
        if ran.exit == Some(0) {
            assert_eq!(ran.text(), "ann@example.com\n");
            living.push(format!("{} {}", account.as_str().unwrap(), user.as_str().unwrap()));
        } else {
            let forgotten = ran.stderr.contains("forgotten") || ran.stderr.contains("key_destroyed");
            assert!(forgotten, "{}", ran.stderr);
        }
    }
    living.sort();
    living.dedup();
    living
}

fn answers(ran: &Ran) -> Vec<Value> {
    ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_subject_in_one_account() {
    let house = scrubbed();
    let args = ["--account", "AC1", "--subject", "u2"];
    assert_eq!(forget(&house, &args).succeeds().text(), "1 subject forgotten\n");
    assert_eq!(living(&house), ["AC1 u1", "AC1 u3", "AC2 u1", "AC2 u2", "AC2 u3"]);
    assert_eq!(forget(&house, &args).succeeds().text(), "0 subjects forgotten\n");

    // What was encrypted under the subject's key is dead too; under the account's it is not.
    let out = house.read("out.ndjson");
    let of = |pointer: &str, at: usize| values(&out, pointer)[at].as_str().unwrap().to_owned();
    let decrypt =
        |field, value: &str| keyed(&house, "decrypt", &["--account", "AC1", "--field", field, value]);
    assert_eq!(values(&out, "/user/id")[2], "u2");
    decrypt("remark", &of("/note", 2)).fails(1, &["forgotten"]);
    decrypt("body", &of("/body", 2)).succeeds();
    decrypt("remark", &of("/note", 0)).succeeds();

    // Seen again, it is somebody new.
    house.file("again.ndjson", event("AC1", "u2", 0));
    let again = keyed(&house, "scrub", &["-p", "p.json", "again.ndjson"]);
    assert_ne!(values(&again.succeeds().stdout, "/user/email")[0], of("/user/email", 2));
    assert_eq!(living(&house).len(), 5);
}

#[test]
fn a_subject_in_all_accounts() {
    let house = scrubbed();
    assert_eq!(forget(&house, &["--subject", "u1"]).succeeds().text(), "2 subjects forgotten\n");
    assert_eq!(living(&house), ["AC1 u2", "AC1 u3", "AC2 u2", "AC2 u3"]);
    assert_eq!(forget(&house, &["--subject", "u9"]).succeeds().text(), "0 subjects forgotten\n");
    assert_eq!(forget(&house, &["--subject", "-u1"]).succeeds().text(), "0 subjects forgotten\n");
}

#[test]
fn a_whole_account() {
    let house = scrubbed();
    let ran = forget(&house, &["--account", "AC1", "--purge"]);
    assert_eq!(ran.succeeds().text(), "k.json: 2 keys destroyed, 3 subjects forgotten, purged, sequence 3\n");
    assert_eq!(living(&house), ["AC2 u1", "AC2 u2", "AC2 u3"]);
    let body = values(&house.read("out.ndjson"), "/body")[0].clone();
    let ran = keyed(&house, "decrypt", &["--account", "AC1", "--field", "body", body.as_str().unwrap()]);
    ran.fails(1, &["key_destroyed"]);
    let store = RedbStore::open_existing(house.path("s.redb")).unwrap();
    assert_eq!(store.scan(None, 9).unwrap().len(), 3, "nothing of it is left in the store");
    drop(store);
    let ran = forget(&house, &["--account", "AC1"]);
    assert_eq!(ran.succeeds().text(), "k.json: 0 keys destroyed, 0 subjects forgotten, sequence 3\n");
    assert!(!house.names().iter().any(|name| name.contains("purge") || name.contains("tmp")));

    // Without its store the keys are destroyed all the same; the store's part can be done later.
    let [keyring, root] = [&KEYS[..2], &KEYS[2..4]];
    let ran = house.run(&[&["forget", "--account", "AC2"], keyring, root].concat());
    assert_eq!(ran.succeeds().text(), "k.json: 2 keys destroyed, 0 subjects forgotten, sequence 4\n");
    assert_eq!(living(&house), [""; 0]);
    let ran = forget(&house, &["--account", "AC2"]);
    assert_eq!(ran.succeeds().text(), "k.json: 0 keys destroyed, 3 subjects forgotten, sequence 4\n");
}

#[test]
fn a_purge_takes_the_bytes_away() {
    let house = scrubbed();
    let rows = || RedbStore::open_existing(house.path("s.redb")).unwrap().scan(None, 99).unwrap();
    let in_file = |bytes: &[u8]| house.read("s.redb").windows(bytes.len()).any(|found| found == bytes);
    let before = rows();
    assert_eq!(before.len(), 6);
    assert_eq!(
        forget(&house, &["--subject", "u1", "--purge"]).succeeds().text(),
        "2 subjects forgotten, purged\n"
    );
    let after = rows();
    assert_eq!(after.len(), 4);
    for row in before {
        let lives = after.contains(&row);
        assert_eq!((in_file(&row.0.0), in_file(&row.1.id.0), in_file(&row.1.wrapped)), (lives, lives, lives));
    }
}

#[test]
fn lines_are_answered_one_by_one() {
    let house = scrubbed();
    house.file("more.ndjson", "{\"subject\":\"u3\"}");
    house.file(
        "gone.ndjson",
        "{\"account\":\"AC1\",\"subject\":\"u1\"}\r\n\n  \n{\"subject\":\"u\\u0032\",\"account\":\"AC2\"}\n",
    );
    let ran = forget(&house, &["--lines", "gone.ndjson", "more.ndjson", "--purge"]);
    let expected = [
        json!({ "in": "gone.ndjson", "line": 1, "subjects": 1 }),
        json!({ "in": "gone.ndjson", "line": 4, "subjects": 1 }),
        json!({ "in": "more.ndjson", "line": 1, "subjects": 2 }),
    ];
    assert_eq!(answers(ran.succeeds()), expected);
    assert_eq!(living(&house), ["AC1 u2", "AC2 u1"]);
    assert_eq!(forget(&house, &["--lines"]).succeeds().text(), "", "stdin was empty");
}

#[test]
fn a_bad_line_is_told_by_its_number_and_stops_nobody_else() {
    let house = scrubbed();
    let bad = [
        (format!(r#"{{"account":"{CANARY}","subject":"u1"}}"#), "unknown_account"),
        (format!(r#"{{"acount":"AC1","subject":"{CANARY}"}}"#), "invalid_value"),
        (r#"{"account":"AC1"}"#.to_owned(), "invalid_value"),
        (r#"{"account":null,"subject":"u1"}"#.to_owned(), "invalid_value"),
        (r#"{"account":"AC1","subject":null}"#.to_owned(), "invalid_value"),
        (r#"{"account":"AC1","subject":7}"#.to_owned(), "invalid_value"),
        (r#"{"account":"AC1","account":"AC2","subject":"u1"}"#.to_owned(), "invalid_value"),
        (r#"{"account":"AC1","subject":"u1","subject":"u2"}"#.to_owned(), "invalid_value"),
        (r#"["AC1","u1"]"#.to_owned(), "invalid_value"),
        (r#""u1""#.to_owned(), "invalid_value"),
        (r#"{"account":"AC1","subject":""}"#.to_owned(), "no_subject"),
        (r#"{"subject":""}"#.to_owned(), "no_subject"),
        (r#"{"account":"","subject":"u1"}"#.to_owned(), "unknown_account"),
        (format!(r#"{{"subject":"{CANARY}""#), "invalid_json"),
        (r#"{"subject":"u1"}{"subject":"u2"}"#.to_owned(), "invalid_json"),
        (CANARY.to_owned(), "invalid_json"),
    ];
    let good = r#"{"account":"AC1","subject":"u3"}"#;
    let lines = bad.iter().map(|(line, _)| format!("{line}\n")).collect::<String>() + good;
    house.file("lines", lines);
    let ran = forget(&house, &["--lines", "lines"]);
    ran.fails(1, &["pumice: 16 lines not done"]);
    assert!(!ran.text().contains(CANARY));
    let mut expected: Vec<_> = (1..)
        .zip(&bad)
        .map(|(line, (_, error))| json!({ "in": "lines", "line": line, "error": error }))
        .collect();
    expected.push(json!({ "in": "lines", "line": 17, "subjects": 1 }));
    assert_eq!(answers(&ran), expected);
    assert_eq!(living(&house), ["AC1 u1", "AC1 u2", "AC2 u1", "AC2 u2", "AC2 u3"]);
}

#[test]
fn many_lines_are_answered_in_their_order() {
    let house = scrubbed();
    let lines: String = (0..3_000)
        .map(|at| match at {
            1_500 => "{\"subject\":\"u1\"}\n".to_owned(),
            _ => format!("{{\"account\":\"AC{}\",\"subject\":\"nobody {at}\"}}\n", at % 3),
        })
        .collect();
    house.file("lines", lines);
    let ran = forget(&house, &["--lines", "lines"]);
    ran.fails(1, &["pumice: 999 lines not done"]);
    for (at, answer) in answers(&ran).into_iter().enumerate() {
        let expected = match at {
            1_500 => json!({ "in": "lines", "line": 1_501, "subjects": 2 }),
            _ if at % 3 == 0 => json!({ "in": "lines", "line": at + 1, "error": "unknown_account" }),
            _ => json!({ "in": "lines", "line": at + 1, "subjects": 0 }),
        };
        assert_eq!(answer, expected);
    }
    assert_eq!(ran.text().lines().count(), 3_000);
}

/// Who writes a line and waits is answered before the next.
#[test]
fn a_slow_pipe_is_answered_at_once() {
    let house = scrubbed();
    let mut command = house.command(["forget", "--lines"].iter().chain(&KEYS));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for (line, subject) in (1..).zip(["u1", "u2", "u1"]) {
        writeln!(to, r#"{{"account":"AC2","subject":"{subject}"}}"#).unwrap();
        let mut answer = String::new();
        from.read_line(&mut answer).unwrap();
        let subjects = u8::from(line < 3);
        let expected = json!({ "in": "stdin", "line": line, "subjects": subjects });
        assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), expected);
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_saves_nobody() {
    let house = scrubbed();
    let lines: String = (0..4_000).map(|at| format!("{{\"subject\":\"nobody {at}\"}}\n")).collect();
    house.file("lines", lines + "{\"subject\":\"u2\"}\n");
    let ran = house.shell(&format!("\"$pumice\" forget {} --lines lines | head -n 1", KEYS.join(" ")));
    assert_eq!(ran.succeeds().text().lines().count(), 1);
    assert_eq!(living(&house), ["AC1 u1", "AC1 u3", "AC2 u1", "AC2 u3"]);
}

#[test]
fn a_line_without_end_is_refused() {
    let house = scrubbed();
    house.file("lines", format!("{{\"subject\":\"u1\"}}\n{{\"subject\":\"{}\"}}\n", CANARY.repeat(100_000)));
    forget(&house, &["--lines", "lines"]).fails(1, &["pumice: lines: too_large on line 2"]);
}

#[test]
fn nothing_is_forgotten_by_a_wrong_command() {
    let house = scrubbed();
    let [keyring, root, store] = [&KEYS[..2], &KEYS[2..4], &KEYS[4..]];
    let run = |args: &[&[&str]]| house.run(&[&["forget"][..], &args.concat()].concat());
    for args in [
        &[keyring, root, store][..],
        &[keyring, root, store, &["--purge"]],
        &[keyring, root, &["--subject", CANARY]],
        &[keyring, root, &["--account", "AC1", "--subject", CANARY]],
        &[keyring, root, &["--account", "AC1", "--purge"]],
        &[keyring, root, &["--lines"]],
        &[keyring, store, &["--subject", CANARY]],
        &[root, store, &["--subject", CANARY]],
        &[keyring, root, store, &["--lines", "--subject", CANARY]],
        &[keyring, root, store, &["--lines", "--account", "AC1"]],
        &[keyring, root, store, &["--subject", "u1", CANARY]],
        &[keyring, root, store, &["--account"]],
    ] {
        run(args).fails(2, &[]);
    }
    house.file("other.key", [7; 32]);
    run(&[keyring, &["--root-key-file", "other.key"], store, &["--subject", "u1"]])
        .fails(2, &["k.json: wrong_root"]);
    run(&[keyring, root, &["--store", "none.redb", "--subject", "u1"]]).fails(2, &["none.redb: "]);
    run(&[keyring, root, &["--store", "p.json", "--subject", "u1"]]).fails(2, &["p.json: store_damaged"]);
    run(&[keyring, root, store, &["--lines", "none"]]).fails(2, &["none: "]);
    run(&[keyring, root, store, &["--keyring-at-least", "9", "--subject", "u1"]])
        .fails(2, &["keyring_rolled_back"]);
    run(&[keyring, root, store, &["--subject", ""]]).fails(1, &["no_subject"]);
    run(&[keyring, root, store, &["--account", "", "--subject", "u1"]]).fails(1, &["unknown_account"]);
    run(&[keyring, root, store, &["--account", CANARY]]).fails(1, &["unknown_account"]);
    assert!(!house.path("none.redb").exists());
    assert_eq!(living(&house).len(), 6);

    let held = RedbStore::open(house.path("s.redb")).unwrap();
    run(&[keyring, root, store, &["--subject", "u1"]]).fails(2, &["s.redb: store_locked"]);
    run(&[keyring, root, store, &["--account", "AC1"]]).fails(2, &["s.redb: store_locked"]);
    drop(held);
    assert_eq!(living(&house).len(), 6);
}
