//! Long lines: refused beyond the limit, in bounded memory, and whole in the rejects.

use crate::pumice::House;

const LIMIT: [&str; 2] = ["--max-event-bytes", "20"];
const REJECT: [&str; 4] = ["--on-error", "reject", "--rejects", "rejects"];

/// An event of so many bytes.
fn event(bytes: usize) -> String {
    format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8))
}

#[test]
fn the_limit_is_exact_and_does_not_count_the_line_end() {
    let house = House::new();
    for end in ["", "\n", "\n\n"] {
        let fits = format!("{}{end}", event(20));
        assert_eq!(house.scrub(&LIMIT, &fits).succeeds().text(), fits);
        house.scrub(&LIMIT, format!("{}{end}", event(21))).fails(1, &["stdin: too_large on line 1"]);
    }
}

#[test]
fn overlong_lines_are_rejected_whole_wherever_they_stand() {
    let house = House::new();
    // Longer than any one read, so that they come in many pieces.
    let long = [event(3 << 20), event(5 << 20), event(22)];
    let raw = format!("{}\n{{}}\n{}\r\n{{\"b\":1}}\n{}\n{{}}\n", long[0], long[1], long[2]);
    house.file("in", &raw);
    for args in [&["in"][..], &["--threads", "3", "in"], &["-"]] {
        let report = ["--report", "report"];
        let ran = house.scrub(&[&LIMIT[..], &REJECT[..], &report, args].concat(), &raw);
        assert_eq!(ran.fails(0, &["3 events rejected"]).text(), "{}\n{\"b\":1}\n{}\n");
        let rejects = format!("{}\n{}\r\n{}\n", long[0], long[1], long[2]);
        assert!(house.read("rejects") == rejects.as_bytes());
        let report: serde_json::Value = serde_json::from_slice(&house.read("report")).unwrap();
        assert_eq!((&report["events"], &report["refused"]), (&3.into(), &3.into()));
    }
}

#[test]
fn an_overlong_last_line_ends_with_its_file() {
    let house = House::new();
    let long = event(2 << 20);
    house.file("a", &long).file("b", "{}").file("c", &long);
    let ran = house.scrub(&[&LIMIT[..], &REJECT[..], &["a", "b", "c"]].concat(), "");
    assert_eq!(ran.fails(0, &["2 events rejected"]).text(), "{}\n");
    assert!(house.read("rejects") == format!("{long}\n{long}\n").as_bytes());
}

#[test]
fn blanks_before_the_limit_do_not_hide_an_event_behind_it() {
    let house = House::new();
    let line = format!("{}{{\"phone\":\"+14155550132\"}}\n", " ".repeat(3 << 20));
    house.scrub(&LIMIT, &line).fails(1, &["stdin: too_large on line 1"]);
    let ran = house.scrub(&[&LIMIT[..], &REJECT[..]].concat(), &line);
    assert_eq!(ran.fails(0, &["1 events rejected"]).text(), "");
    assert!(house.read("rejects") == line.as_bytes());
}

#[test]
fn the_line_number_survives_overlong_lines() {
    let house = House::new();
    house.file("in", format!("{{}}\n{{}}\n\n{}\n", event(2 << 20)));
    house.scrub(&[&LIMIT[..], &["in"]].concat(), "").fails(1, &["in: too_large on line 4"]);
}

#[test]
fn an_endless_line_is_an_error_in_bounded_memory() {
    // 400 MB of address space holds the program, its threads and some loads, but no line without end.
    let ran = House::new().shell("ulimit -v 400000; \"$pumice\" scrub -p policy.json --threads 2 /dev/zero");
    ran.fails(1, &["/dev/zero: too_large on line 1"]);
}

#[test]
fn a_line_beyond_all_memory_is_rejected_in_bounded_memory() {
    let house = House::new();
    let ran = house.shell(
        "ulimit -v 400000; head -c 600000000 /dev/zero | \"$pumice\" scrub -p policy.json --threads 2 \
         --on-error reject --rejects >(wc -c >count; echo >>done) && until [ -e done ]; do sleep 0.01; done; cat count",
    );
    ran.fails(0, &["1 events rejected"]);
    assert_eq!(ran.text().trim(), "600000001", "with its line end");
}
