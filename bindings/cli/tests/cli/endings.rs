//! How it ends when the world does not play along: closed pipes, full disks, missing files, signals, terminals.

use crate::pumice::{CANARY, House, events};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn a_reader_that_went_away_is_no_error() {
    let (raw, _) = events(200_000);
    let house = House::new();
    house.file("in", raw);
    let script = r#"set -o pipefail; "$pumice" scrub -p policy.json in | head -n 1"#;
    let ran = house.shell(script);
    assert_eq!(ran.succeeds().text().lines().count(), 1);
    for verb in ["explain -p policy.json", "check -p policy.json", "codes", "redact text x"] {
        house.shell(&format!("set -o pipefail; \"$pumice\" {verb} | true")).succeeds();
    }
}

#[test]
fn a_full_disk_is_an_error_and_says_so() {
    let house = House::new();
    house.file("in", "{}\n");
    for args in [&["-o", "/dev/full"][..], &["--report", "/dev/full"]] {
        house.scrub(&[args, &["in"]].concat(), "").fails(1, &["/dev/full: No space left"]);
    }
    house.shell(r#""$pumice" scrub -p policy.json in >/dev/full"#).fails(1, &["stdout: No space left"]);
    house.shell(r#""$pumice" codes >/dev/full"#).fails(1, &["stdout: No space left"]);
}

#[test]
fn a_file_too_big_for_its_disk_gets_no_name() {
    let (raw, _) = events(100_000);
    let house = House::new();
    house.file("in", raw);
    // The signal that would come before the error is ignored, as a service manager may have it.
    let ran = house.shell(r#"trap "" XFSZ; ulimit -f 100; "$pumice" scrub -p policy.json -o out in"#);
    ran.fails(1, &["out: File too large"]);
    assert_eq!(house.names(), ["in"]);
}

#[test]
fn closed_streams_do_not_panic() {
    let house = House::new();
    house.file("bad", "{\n");
    house.shell(r#""$pumice" scrub -p policy.json bad 2>&-"#).fails(1, &[]);
    house.shell(r#""$pumice" scrub -p policy.json bad 2>/dev/full"#).fails(1, &[]);
    house.shell(r#""$pumice" scrub -p policy.json <&-"#).succeeds();
    house.shell(r#""$pumice" codes >&-"#).succeeds();
}

#[test]
fn what_cannot_be_read_is_found_before_anything_is_written() {
    let house = House::new();
    house.file("in", "{}\n");
    fs::create_dir(house.path("folder")).unwrap();
    for (input, said) in [("missing", "missing: No such file"), ("folder", "folder: is a directory")] {
        let ran = house.scrub(&["-o", "out", "in", input], "");
        ran.fails(2, &[said]);
    }
    house.scrub(&["-o", "folder", "in"], "").fails(2, &["folder: is a directory"]);
    house.scrub(&["-o", "missing/out", "in"], "").fails(2, &["missing/out: "]);
    for option in ["--policy", "--geo", "--uap"] {
        house.run(&["check", "-p", "policy.json", option, "missing"]).fails(2, &[]);
        house.run(&["check", option, "missing"]).fails(2, &[]);
    }
    assert_eq!(house.names(), ["folder", "in"]);
}

/// A read of one's own memory at 0 fails, whoever one is.
#[cfg(target_os = "linux")]
#[test]
fn a_read_that_fails_on_the_way_leaves_no_output() {
    let house = House::new();
    house
        .file("in", "{}\n")
        .scrub(&["-o", "out", "in", "/proc/self/mem"], "")
        .fails(1, &["/proc/self/mem: "]);
    assert_eq!(house.names(), ["in"]);
}

#[test]
fn a_bad_policy_is_told_by_code_and_place_before_events_are_read() {
    let house = House::new();
    house.file("bad.json", r#"{"pumice":1,"name":"n","version":1,"fields":{"a":"fone"}}"#);
    for verb in [&["check"][..], &["explain"], &["scrub"], &["verify", "policy.json", "policy.json"]] {
        let ran = house.run(&[verb, &["--policy", "bad.json"]].concat());
        ran.fails(2, &["pumice: bad.json: unknown_type at /fields/a"]);
        assert_eq!(ran.text(), "");
    }
    house.run(&["check", "--policy", "policy.json"]).succeeds();
}

#[test]
fn a_database_that_is_none_is_told_by_its_name() {
    let house = House::new();
    house.file("db", "");
    house.run(&["check", "-p", "policy.json", "--geo", "db"]).fails(2, &["pumice: db: geo_invalid"]);
    house.run(&["check", "-p", "policy.json", "--uap", "db"]).fails(2, &["pumice: db: uap_invalid"]);
}

#[test]
fn wrong_usage_is_2() {
    let house = House::new();
    for args in [&["nothing"][..], &[], &["scrub"], &["verify"]] {
        house.run(args).fails(2, &["Usage"]);
    }
    for threads in ["0", "257", "two"] {
        house.scrub(&["--threads", threads], "").fails(2, &["--threads"]);
    }
}

/// Runs until told to end, with outputs open.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_leaves_no_file() {
    for signal in ["INT", "TERM", "HUP"] {
        let house = House::new();
        let pumice = env!("CARGO_BIN_EXE_pumice");
        let mut command = Command::new("env");
        // The signals may be ignored where the tests run.
        command.args(["--default-signal=INT,TERM,HUP", pumice, "scrub", "-p", "policy.json", "-o", "out"]);
        command.args(["--on-error", "reject", "--rejects", "rejects"]).current_dir(house.path(""));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{{\n{{}}").unwrap();
        while house.names().len() < 2 {
            std::thread::yield_now();
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(house.names(), [""; 0], "{signal}");
    }
}

/// What a user at a terminal sees on stderr.
fn on_a_terminal(house: &House, args: &[&str], stdin: &str) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let stderr = File::options().write(true).open(Path::new(&name)).unwrap();
    let mut command = house.command(["scrub", "-p", "policy.json"].iter().chain(args));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
    // The terminal ends for us once the last writer lets it go.
    drop(command);
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut terminal = File::from(terminal);
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = terminal.read(&mut chunk) {
        seen.extend_from_slice(&chunk[..read]);
    }
    assert!(child.wait().unwrap().success());
    String::from_utf8(seen).unwrap()
}

#[test]
fn a_terminal_sees_progress_of_files_and_of_nothing_else() {
    let (raw, _) = events(100_000);
    let house = House::new();
    house.file("in", &raw);
    let seen = on_a_terminal(&house, &["in"], "");
    assert!(seen.contains(" of 3.80 MiB") && seen.contains("100,000 events in "), "{seen:?}");
    assert_eq!(on_a_terminal(&house, &[], "{}\n"), "");
}

#[test]
fn messages_do_not_quote_events_in_any_verb() {
    let house = House::new();
    let event = format!("{{\"user\":{{\"email\":\"{CANARY}\"}},\"{CANARY}\":{{");
    house.file("in", &event).file("out", CANARY);
    house.scrub(&["in"], "").fails(1, &[]);
    let ran = house.verify(&["in", "out"]);
    assert!(!ran.fails(1, &[]).text().contains(CANARY));
    let ran = house.run(&["redact", "email", CANARY]);
    assert!(!ran.fails(1, &["invalid_value"]).text().contains(CANARY));
    for extra in [CANARY, &format!("--{CANARY}")] {
        house.run(&["redact", "email", "a@x.com", extra]).fails(2, &["quote"]);
    }
}
