//! `pumice verify`: right output passes, tampered output is caught, and by its place.

use crate::pumice::{CANARY, House, events};

/// Ten events, scrubbed, and a bad line in the rejects.
fn scrubbed() -> House {
    let house = House::new();
    let (raw, _) = events(10);
    house.file("raw", raw).scrub(&["-o", "out", "raw"], "").succeeds();
    house
}

/// The scrubbed lines, changed.
fn tamper(change: impl FnOnce(&mut Vec<String>)) -> House {
    let house = scrubbed();
    let text = String::from_utf8(house.read("out")).unwrap();
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    change(&mut lines);
    house.file("out", lines.concat());
    house
}

#[track_caller]
fn caught(house: &House, found: &[&str]) {
    let ran = house.verify(&["raw", "out"]);
    ran.fails(1, &[&format!("pumice: {} mismatches", found.len())]);
    assert_eq!(ran.text().lines().count(), found.len(), "{}", ran.text());
    for (line, part) in ran.text().lines().zip(found) {
        assert!(line.starts_with(part), "{line:?} is not {part:?}");
    }
}

#[test]
fn what_scrub_wrote_passes() {
    let ran = scrubbed().verify(&["raw", "out"]);
    assert!(ran.succeeds().text().starts_with("10 events: every treated value gone"), "{}", ran.text());
    let house = House::new();
    house.file("raw", "\n{\"phone\":\"+14155550132\"}\r\n  \n{}").scrub(&["-o", "out", "raw"], "").succeeds();
    house.verify(&["raw", "out"]).succeeds();
    house.file("raw", "").file("out", "").verify(&["raw", "out"]).succeeds();
}

#[test]
fn a_pipe_can_be_verified() {
    let ran =
        scrubbed().shell(r#""$pumice" scrub -p policy.json raw | "$pumice" verify -p policy.json raw -"#);
    ran.succeeds();
}

#[test]
fn a_value_left_in() {
    let house = tamper(|lines| lines[3] = lines[3].replace("XXXX", "0132"));
    caught(&house, &["out line 4, from raw line 4: value_left"]);
}

#[test]
fn a_value_not_as_the_policy_has_it() {
    let house = tamper(|lines| lines[0] = lines[0].replace("555XXXX", "XXXXXXX"));
    caught(&house, &["out line 1, from raw line 1: value_changed"]);
}

#[test]
fn an_untouched_byte_changed() {
    let house = tamper(|lines| lines[9] = lines[9].replace("number", "Number"));
    caught(&house, &["out line 10, from raw line 10: byte_changed"]);
    let house = tamper(|lines| lines[2] = lines[2].replace(':', ": "));
    caught(&house, &["out line 3, from raw line 3: byte_changed"]);
    let house = tamper(|lines| lines[2] = lines[2].replace('\n', "\r\n"));
    caught(&house, &["out line 3, from raw line 3: byte_changed"]);
    let house = tamper(|lines| lines[9] = lines[9].replace('\n', ""));
    caught(&house, &["out line 10, from raw line 10: byte_changed"]);
}

#[test]
fn a_missing_line() {
    caught(&tamper(|lines| drop(lines.remove(0))), &["raw line 1: missing_line"]);
    caught(&tamper(|lines| drop(lines.remove(4))), &["raw line 5: missing_line"]);
    caught(&tamper(|lines| drop(lines.pop())), &["raw line 10: missing_line"]);
    let two = ["raw line 3: missing_line", "raw line 4: missing_line"];
    caught(&tamper(|lines| drop(lines.drain(2..4))), &two);
}

#[test]
fn an_extra_line() {
    caught(&tamper(|lines| lines.insert(2, "{}\n".to_owned())), &["out line 3: extra_line"]);
    caught(&tamper(|lines| lines.push("{}\n".to_owned())), &["out line 11: extra_line"]);
    caught(&tamper(|lines| lines.push("\n".to_owned())), &["out line 11: extra_line"]);
    caught(&tamper(|lines| lines.insert(1, lines[0].clone())), &["out line 2: extra_line"]);
}

#[test]
fn several_at_once() {
    let house = tamper(|lines| {
        lines[8] = lines[8].replace("XXXX", "0132");
        lines.remove(5);
        lines.insert(1, "{}\n".to_owned());
    });
    caught(
        &house,
        &["out line 2: extra_line", "raw line 6: missing_line", "out line 9, from raw line 9: value_left"],
    );
}

#[test]
fn it_stops_after_ten() {
    let (raw, _) = events(100);
    let house = House::new();
    let ran = house.file("raw", raw).file("out", "").verify(&["raw", "out"]);
    ran.fails(1, &["10 mismatches, and stopped there"]);
    assert_eq!(ran.text().lines().count(), 10);
}

#[test]
fn refused_lines_stand_in_the_rejects_and_nowhere_else() {
    let house = House::new();
    let bad = [format!("{{{CANARY}\n"), format!("{{\"user\":{{\"email\":\"{CANARY}\"}}}}\n")];
    let raw = format!("{}{{\"a\":1}}\n{}{{\"b\":2}}\n", bad[0], bad[1]);
    let reject = ["--on-error", "reject", "--rejects", "rejects", "-o", "out", "raw"];
    house.file("raw", &raw).scrub(&reject, "").fails(0, &["2 events rejected"]);
    let with = ["--rejects", "rejects", "raw", "out"];
    let ran = house.verify(&with);
    assert!(ran.succeeds().text().ends_with("; 2 rejected, as they must be\n"), "{}", ran.text());

    let ran = house.verify(&["raw", "out"]);
    ran.fails(1, &["2 mismatches"]);
    assert!(ran.text().contains("raw line 1: not_in_rejects (invalid_json at byte 1)"), "{}", ran.text());
    assert!(
        ran.text().contains("raw line 3: not_in_rejects (invalid_value at user.email)"),
        "{}",
        ran.text()
    );

    house.file("rejects", &bad[0]);
    assert!(house.verify(&with).fails(1, &["1 mismatches"]).text().starts_with("raw line 3: not_in_rejects"));
    house.file("rejects", format!("{}{}{{}}\n", bad[0], bad[1]));
    assert_eq!(house.verify(&with).fails(1, &[]).text(), "rejects line 3: extra_line\n");

    house.file("raw", bad[0].trim_end()).file("rejects", &bad[0]).file("out", "").verify(&with).succeeds();

    house.file("raw", &raw).file("rejects", bad.concat()).file("out", &raw);
    let ran = house.verify(&with);
    ran.fails(1, &["2 mismatches"]);
    assert!(ran.text().contains("out line 1: refused_line"), "{}", ran.text());
    assert!(!ran.text().contains(CANARY), "{}", ran.text());
}
