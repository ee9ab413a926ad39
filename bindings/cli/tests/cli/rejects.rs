//! `pumice scrub --on-error reject`: what cannot be scrubbed goes whole to where it was told, and nowhere else.

use crate::pumice::{CANARY, House};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const REJECT: [&str; 4] = ["--on-error", "reject", "--rejects", "rejects"];

#[test]
fn bad_lines_go_whole_to_the_rejects_and_the_rest_goes_on() {
    let house = House::new();
    let bad = [
        format!("{{\"{CANARY}\":\r\n"),
        format!("{{\"user\":{{\"email\":\"{CANARY}\"}}}}\n"),
        CANARY.to_owned(),
    ];
    let ran = house.scrub(
        &[&REJECT[..], &["-o", "out", "--report", "report"]].concat(),
        format!("{}{{\"a\":1}}\n\n{}{{\"b\":2}}\r\n{}", bad[0], bad[1], bad[2]),
    );
    ran.fails(0, &["pumice: 3 events rejected to rejects"]);
    assert_eq!(house.read("out"), b"{\"a\":1}\n\n{\"b\":2}\r\n");
    assert_eq!(house.read("rejects"), format!("{}\n", bad.concat()).as_bytes());
    let report: serde_json::Value = serde_json::from_slice(&house.read("report")).unwrap();
    assert_eq!(report["refused"], 3);
}

#[test]
fn the_rejects_are_for_their_owner_alone_and_there_though_empty() {
    let house = House::new();
    house.scrub(&REJECT, "{}\n").succeeds();
    assert_eq!(house.read("rejects"), b"");
    assert_eq!(fs::metadata(house.path("rejects")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_bad_last_line_of_a_file_does_not_glue_to_the_next() {
    let house = House::new();
    house.file("a", "bad a").file("b", "bad b").file("c", "{}");
    let ran = house.scrub(&[&REJECT[..], &["a", "b", "c"]].concat(), "");
    assert_eq!(ran.fails(0, &["2 events rejected"]).text(), "{}");
    assert_eq!(house.read("rejects"), b"bad a\nbad b\n");
}

#[test]
fn rejects_and_reject_go_together() {
    let house = House::new();
    house.scrub(&["--on-error", "reject"], "").fails(2, &["--rejects"]);
    house.scrub(&["--rejects", "rejects"], "").fails(2, &["--on-error reject"]);
    house.scrub(&["--on-error", "fail", "--rejects", "rejects"], "").fails(2, &["--on-error reject"]);
    assert_eq!(house.names(), [""; 0]);
}
