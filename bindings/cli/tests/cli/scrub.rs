//! `pumice scrub`: inputs, outputs and order.

use crate::pumice::{CANARY, House, events};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};

const ONE: &str = "{\"phone\":\"+14155550132\"}";
const ONE_SCRUBBED: &str = "{\"phone\":\"+1415555XXXX\"}";

#[test]
fn stdin_to_stdout() {
    let ran = House::new().scrub(&[], format!("{ONE}\n{ONE}\n"));
    assert_eq!(ran.succeeds().text(), format!("{ONE_SCRUBBED}\n{ONE_SCRUBBED}\n"));
}

#[test]
fn a_last_line_without_its_end_stays_so() {
    assert_eq!(House::new().scrub(&[], ONE).succeeds().text(), ONE_SCRUBBED);
}

#[test]
fn nothing_in_nothing_out() {
    assert_eq!(House::new().scrub(&[], "").succeeds().text(), "");
    let house = House::new();
    house.file("empty", "").scrub(&["-o", "out", "--report", "report", "empty"], "").succeeds();
    assert_eq!(house.read("out"), b"");
    let report: serde_json::Value = serde_json::from_slice(&house.read("report")).unwrap();
    assert_eq!(report["events"], 0);
}

#[test]
fn blank_lines_and_carriage_returns_pass_as_they_are() {
    let ran = House::new().scrub(&[], format!("\n{ONE}\r\n\r\n  \n{ONE}"));
    assert_eq!(ran.succeeds().text(), format!("\n{ONE_SCRUBBED}\r\n\r\n  \n{ONE_SCRUBBED}"));
}

#[test]
fn files_are_one_stream_and_do_not_glue() {
    let house = House::new();
    house.file("a", ONE).file("b", "").file("c", format!("{ONE}\n")).file("d", ONE);
    let ran = house.scrub(&["a", "b", "c", "d"], "");
    assert_eq!(ran.succeeds().text(), [ONE_SCRUBBED; 3].join("\n"));
}

#[test]
fn a_dash_is_stdin_and_stdout() {
    let house = House::new();
    let ran = house.file("a", format!("{ONE}\n")).scrub(&["-o", "-", "a", "-"], "{}");
    assert_eq!(ran.succeeds().text(), format!("{ONE_SCRUBBED}\n{{}}"));
    assert_eq!(house.names(), ["a"]);
}

#[test]
fn order_is_kept_whatever_the_threads() {
    let (raw, scrubbed) = events(100_000);
    let house = House::new();
    house.file("in", raw);
    for threads in ["1", "2", "7"] {
        let ran = house.scrub(&["--threads", threads, "in"], "");
        assert!(ran.succeeds().text() == scrubbed, "with {threads} threads");
    }
    house.scrub(&["-o", "out", "in"], "").succeeds();
    assert!(house.read("out") == scrubbed.as_bytes());
}

#[test]
fn an_event_comes_out_while_the_next_is_awaited() {
    let house = House::new();
    let mut child = house.start(&[]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(stdin, "{ONE}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{ONE_SCRUBBED}\n"));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_bad_line_is_named_by_file_and_number_and_nothing_of_it() {
    let house = House::new();
    let bad = format!("{{\"phone\":\"{CANARY}\"");
    house.file("a", format!("{ONE}\n{ONE}")).file("b", format!("\n{ONE}\n{bad}\n{ONE}\n"));
    let ran = house.scrub(&["a", "b"], "");
    ran.fails(1, &["b: invalid_json on line 3 at byte"]);
    assert_eq!(ran.text(), format!("{ONE_SCRUBBED}\n{ONE_SCRUBBED}\n\n{ONE_SCRUBBED}\n"));
}

#[test]
fn the_number_counts_from_the_beginning_of_the_file() {
    let (raw, scrubbed) = events(100_000);
    let house = House::new();
    let bad = format!("{{\"user\":{{\"email\":\"{CANARY}\"}}}}");
    house.file("a", format!("{raw}{bad}\n{raw}"));
    for threads in ["1", "2", "7"] {
        let ran = house.scrub(&["--threads", threads, "a"], "");
        ran.fails(1, &["a: invalid_value on line 100001 at user.email"]);
        assert!(ran.text() == scrubbed);
    }
}

#[test]
fn a_bad_line_ends_it_though_stdin_goes_on() {
    let house = House::new();
    let mut child = house.start(&[]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.starts_with("pumice: stdin: invalid_json on line 1"), "{stderr}");
}

#[test]
fn a_byte_order_mark_is_not_json() {
    House::new()
        .scrub(&[], format!("\u{feff}{ONE}\n"))
        .fails(1, &["stdin: invalid_json on line 1 at byte 0"]);
}

#[test]
fn out_may_be_an_input() {
    let house = House::new();
    house.file("a", format!("{ONE}\n")).scrub(&["-o", "a", "a"], "").succeeds();
    assert_eq!(house.read("a"), format!("{ONE_SCRUBBED}\n").as_bytes());
    assert_eq!(house.names(), ["a"]);
}

#[test]
fn out_through_a_link_keeps_the_link_and_the_file_its_mode() {
    let house = House::new();
    house.file("a", ONE).file("real", "before");
    fs::set_permissions(house.path("real"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real", house.path("link")).unwrap();
    house.scrub(&["-o", "link", "a"], "").succeeds();
    assert_eq!(house.read("real"), ONE_SCRUBBED.as_bytes());
    assert!(fs::symlink_metadata(house.path("link")).unwrap().is_symlink());
    assert_eq!(fs::metadata(house.path("real")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_failure_leaves_nothing_under_the_final_names_and_what_was_there_stays() {
    let house = House::new();
    house.file("bad", format!("{ONE}\n{{\n")).file("old", "before");
    let outputs = ["--report", "report", "bad"];
    house.scrub(&[&["-o", "new"], &outputs[..]].concat(), "").fails(1, &["bad: invalid_json on line 2"]);
    house.scrub(&[&["-o", "old"], &outputs[..]].concat(), "").fails(1, &["bad: invalid_json on line 2"]);
    assert_eq!(house.names(), ["bad", "old"]);
    assert_eq!(house.read("old"), b"before");
}

#[test]
fn the_report_counts_and_holds_no_value() {
    let house = House::new();
    let event =
        format!("{{\"phone\":\"{CANARY}\",\"user\":{{\"email\":\"{CANARY}@gmail.com\"}},\"{CANARY}\":1}}");
    house.scrub(&["--report", "report"], format!("{event}\n{ONE}\n")).succeeds();
    let report = String::from_utf8(house.read("report")).unwrap();
    assert!(!report.contains(CANARY));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["events"], 2);
}

#[test]
fn two_outputs_are_not_one_file_nor_is_a_report_an_input() {
    let house = House::new();
    house.file("in", ONE);
    let reject = ["--on-error", "reject", "--rejects"];
    for args in [
        &["-o", "x", "--report", "./x", "in"][..],
        &["--report", "in", "in"],
        &[&reject[..], &["in", "in"]].concat(),
        &[&reject[..], &["x", "-o", "x", "in"]].concat(),
        &[&reject[..], &["x", "--report", "x", "in"]].concat(),
    ] {
        house.scrub(args, "").fails(2, &["is named for two things"]);
    }
    assert_eq!(house.names(), ["in"]);
    assert_eq!(house.read("in"), ONE.as_bytes());
    house.scrub(&[&reject[..], &["/dev/null", "--report", "/dev/null", "in"]].concat(), "").succeeds();
}

#[test]
fn verbose_tells_what_was_done() {
    let ran = House::new().scrub(&["-v"], format!("{ONE}\n{{}}\n"));
    ran.fails(0, &["pumice: 2 events in ", " a second\n", "2 events scrubbed, 0 refused", "phone "]);
    assert_eq!(ran.text(), format!("{ONE_SCRUBBED}\n{{}}\n"));
}
