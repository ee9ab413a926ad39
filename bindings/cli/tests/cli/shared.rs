//! A store in a directory: the same verbs, and many runs of them at once.

use crate::pumice::{House, Ran};
use crate::sealed::{KEYS, house, values};
use std::thread;

fn shared(house: &House, verb: &str, args: &[&str], store: &str) -> Ran {
    house.run(&[&[verb][..], args, &KEYS[..4], &["--store", store]].concat())
}

#[test]
fn a_path_that_ends_in_a_slash_is_a_directory() {
    let house = house(600);
    let back = ["-p", "p.json", "-o", "whole.ndjson", "out.ndjson"];
    shared(&house, "scrub", &["-p", "p.json", "-o", "out.ndjson", "raw.ndjson"], "keys/").succeeds();
    assert!(house.path("keys/pumice-subjects").is_file());
    shared(&house, "detokenize", &back, "keys/").succeeds();
    // Once it is there, it is known for what it is.
    shared(&house, "detokenize", &back, "keys").succeeds();
    let emails = values(&house.read("whole.ndjson"), "/user/email");
    assert!(emails.len() == 600 && emails.iter().all(|email| email == "ann@example.com"));
    let forget = ["--account", "AC1", "--subject", "u1", "--purge"];
    assert_eq!(shared(&house, "forget", &forget, "keys").succeeds().text(), "1 subject forgotten, purged\n");
    assert_eq!(
        shared(&house, "forget", &forget, "keys/").succeeds().text(),
        "0 subjects forgotten, purged\n"
    );
    shared(&house, "detokenize", &back, "keys/").fails(1, &["forgotten on line 1 at user.email"]);
    shared(&house, "detokenize", &back, "none/").fails(2, &["none/"]);
    assert!(!house.path("none").exists());
    house.file("file", "no store");
    shared(&house, "detokenize", &back, "file/").fails(2, &["file/"]);
}

#[test]
fn many_runs_share_it() {
    let house = house(900);
    thread::scope(|scope| {
        for run in 0..4 {
            let house = &house;
            scope.spawn(move || {
                let out = format!("out{run}.ndjson");
                shared(house, "scrub", &["-p", "p.json", "-o", &out, "raw.ndjson"], "keys/").succeeds();
            });
        }
    });
    let tokens = values(&house.read("out0.ndjson"), "/user/email");
    for run in 1..4 {
        assert_eq!(values(&house.read(&format!("out{run}.ndjson")), "/user/email"), tokens);
    }
}
