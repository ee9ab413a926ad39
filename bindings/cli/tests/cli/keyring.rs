//! `pumice keyring`: what its verbs leave in files, and that they lose nothing and tell nothing.

use crate::pumice::{CANARY, House, Ran};
use pumice::crypto::{KeyWrapper, Keyring, LocalRoot};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

const ROOT: [&str; 2] = ["--root-key-file", "root.key"];

/// `pumice keyring VERB --keyring keyring.json` and these arguments.
fn keyring(house: &House, verb: &str, args: &[&str]) -> Ran {
    house.run(&[&["keyring", verb, "--keyring", "keyring.json"], args].concat())
}

/// The same under the root key in `root.key`.
fn rooted(house: &House, verb: &str, args: &[&str]) -> Ran {
    keyring(house, verb, &[&ROOT, args].concat())
}

fn made() -> House {
    let house = House::new();
    let ran = rooted(&house, "init", &["--make-root-key"]);
    assert_eq!(ran.succeeds().text(), "keyring.json: made, sequence 1\n");
    house
}

fn opened(house: &House) -> Keyring {
    let root = LocalRoot::parse(&house.read("root.key")).unwrap();
    Keyring::open(&house.read("keyring.json"), Arc::new(root)).unwrap()
}

fn mode(house: &House, name: &str) -> u32 {
    fs::metadata(house.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_life() {
    let house = made();
    for (verb, args, said) in [
        ("add", &["AC1", "AC2"][..], "2 accounts added, sequence 2"),
        ("rotate", &["AC1"], "version 2 is primary, sequence 3"),
        ("forget", &["AC1"], "3 keys destroyed, sequence 4"),
        ("forget", &["AC1"], "0 keys destroyed, sequence 4"),
        ("add", &["AC1"], "1 account added, sequence 5"),
    ] {
        let ran = rooted(&house, verb, args);
        assert_eq!(ran.succeeds().text(), format!("keyring.json: {said}\n"));
    }
    let states: Vec<Vec<&str>> =
        opened(&house).accounts().map(|it| it.keys.iter().map(|key| key.state.as_str()).collect()).collect();
    assert_eq!(states, [vec!["destroyed", "destroyed", "primary"], vec!["primary"]]);
    assert_eq!(house.names(), ["keyring.json", "keyring.json.lock", "root.key"]);
}

#[test]
fn a_list_has_a_line_for_each_account() {
    let house = made();
    assert_eq!(rooted(&house, "list", &[]).succeeds().text(), "");
    let odd = "a \"b\"\n\u{1b}[31m";
    rooted(&house, "add", &["AC1", odd]).succeeds();
    rooted(&house, "rotate", &[odd]).succeeds();
    let ran = rooted(&house, "list", &[]);
    let lines: Vec<Value> =
        ran.succeeds().text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keyring = opened(&house);
    for (line, account) in lines.iter().zip(keyring.accounts()) {
        assert_eq!(line["account"], account.account);
        for (key, due) in line["keys"].as_array().unwrap().iter().zip(&account.keys) {
            assert_eq!((&key["version"], &key["state"]), (&due.version.into(), &due.state.as_str().into()));
            assert_eq!(key["kid"], due.kid_text());
        }
        assert_eq!(line["token_roots"][0]["tag"], account.token_roots[0].tag_text());
    }
    let counts: Vec<usize> = lines.iter().map(|line| line["keys"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1, 2]);
    assert!(!ran.text().contains('\u{1b}'));
}

#[test]
fn only_the_owner_reads_its_files() {
    let house = made();
    for name in ["keyring.json", "keyring.json.lock", "root.key"] {
        assert_eq!(mode(&house, name), 0o600, "{name}");
    }
    fs::set_permissions(house.path("keyring.json"), fs::Permissions::from_mode(0o644)).unwrap();
    rooted(&house, "add", &["AC1"]).succeeds();
    assert_eq!(mode(&house, "keyring.json"), 0o600);
}

#[test]
fn nothing_is_made_over_what_is_there() {
    let house = made();
    let before = (house.read("keyring.json"), house.read("root.key"));
    let refused = |ran: &Ran, name: &str| {
        ran.fails(2, &[&format!("pumice: {name}: "), "exists"]);
        assert_eq!((house.read("keyring.json"), house.read("root.key")), before);
    };
    refused(&rooted(&house, "init", &[]), "keyring.json");
    refused(&rooted(&house, "init", &["--make-root-key"]), "keyring.json");
    let other = house.run(&["keyring", "init", "--keyring", "other", ROOT[0], ROOT[1], "--make-root-key"]);
    refused(&other, "root.key");
    let over = rooted(&house, "rewrap", &["--new-root-key-file", "root.key", "--make-root-key"]);
    refused(&over, "root.key");
    assert_eq!(house.names(), ["keyring.json", "keyring.json.lock", "other.lock", "root.key"]);
}

#[test]
fn a_new_root_takes_over() {
    let house = made();
    rooted(&house, "add", &["AC1"]).succeeds();
    let listed = rooted(&house, "list", &[]).stdout;
    let ran = rooted(&house, "rewrap", &["--new-root-key-file", "new.key", "--make-root-key"]);
    assert_eq!(ran.succeeds().text(), "keyring.json: rewrapped, sequence 3\n");
    assert_eq!(mode(&house, "new.key"), 0o600);
    rooted(&house, "list", &[]).fails(2, &["pumice: keyring.json: wrong_root"]);
    let again = keyring(&house, "list", &["--root-key-file", "new.key"]);
    assert_eq!(again.succeeds().stdout, listed);
    // Back to the old one, which is there.
    keyring(&house, "rewrap", &["--root-key-file", "new.key", "--new-root-key-file", "root.key"]).succeeds();
    assert_eq!(rooted(&house, "list", &[]).succeeds().stdout, listed);
}

#[test]
fn a_root_key_comes_as_bytes_as_text_or_in_a_variable() {
    let house = made();
    rooted(&house, "add", &["AC1"]).succeeds();
    let text = String::from_utf8(house.read("root.key")).unwrap();
    assert_eq!(text.len(), 44);
    house.file("trimmed.key", text.trim_end());
    let bytes: [u8; 32] = *b"0123456789abcdef0123456789abcdef";
    house.file("raw.key", bytes);
    assert!(keyring(&house, "list", &["--root-key-file", "trimmed.key"]).succeeds().text().contains("AC1"));
    rooted(&house, "rewrap", &["--new-root-key-file", "raw.key"]).succeeds();
    let root = LocalRoot::from_bytes(&bytes).unwrap();
    house.file("text.key", root.to_text().as_bytes());
    let script = |variable: &str| {
        let list = r#""$pumice" keyring list --keyring keyring.json --root-key-env ROOT"#;
        house.shell(&format!("ROOT={variable} {list}"))
    };
    assert!(script("$(cat text.key)").succeeds().text().contains("AC1"));
    assert!(script("$(cat raw.key)").succeeds().text().contains("AC1"));
    script("$(cat trimmed.key)").fails(2, &["wrong_root"]);
    script("''").fails(2, &["--root-key-env: invalid_root"]);
    assert_eq!(root.info().id, Keyring::root_of(&house.read("keyring.json")).unwrap().id);
}

#[test]
fn a_passphrase_will_do() {
    let house = House::new();
    house.file("phrase", format!("{CANARY} und Hase\r\n")).file("other", "x").file("empty", "\n");
    keyring(&house, "init", &["--passphrase-file", "phrase"]).succeeds();
    keyring(&house, "add", &["--passphrase-file", "phrase", "AC1"]).succeeds();
    let list = r#""$pumice" keyring list --keyring keyring.json --passphrase-env PHRASE"#;
    let ran = house.shell(&format!("PHRASE='{CANARY} und Hase' {list}"));
    assert!(ran.succeeds().text().contains("AC1"));

    house.shell(&format!("PHRASE='{CANARY} und hase' {list}")).fails(2, &["keyring.json: wrong_root"]);
    house.shell(&format!("PHRASE= {list}")).fails(2, &["--passphrase-env: invalid_root"]);
    keyring(&house, "list", &["--passphrase-file", "empty"]).fails(2, &["--passphrase-file: invalid_root"]);
    house.file("root.key", [1; 32]);
    rooted(&house, "list", &[]).fails(2, &["keyring.json: wrong_root"]);
    rooted(&made(), "list", &[]).succeeds();

    let to_key = ["--passphrase-file", "phrase", "--new-root-key-file", "root.key"];
    keyring(&house, "rewrap", &to_key).succeeds();
    keyring(&house, "list", &["--passphrase-file", "phrase"]).fails(2, &["keyring.json: wrong_root"]);
    rooted(&house, "rewrap", &["--new-passphrase-file", "other"]).succeeds();
    keyring(&house, "list", &["--passphrase-file", "other"]).succeeds();
}

#[test]
fn an_older_copy_is_refused_by_who_remembers() {
    let house = made();
    rooted(&house, "add", &["AC1"]).succeeds();
    let before = house.read("keyring.json");
    rooted(&house, "forget", &["AC1", "--keyring-at-least", "2"]).succeeds();
    house.file("keyring.json", before);
    for (verb, args) in [("list", &[][..]), ("add", &["AC2"]), ("rotate", &["AC1"]), ("forget", &["AC1"])] {
        let ran = rooted(&house, verb, &[&["--keyring-at-least", "3"], args].concat());
        ran.fails(2, &["pumice: keyring.json: keyring_rolled_back"]);
    }
    rooted(&house, "list", &["--keyring-at-least", "2"]).succeeds();
}

#[test]
fn a_damaged_keyring_is_told_by_its_code() {
    let house = made();
    rooted(&house, "add", &[CANARY]).succeeds();
    let sound = String::from_utf8(house.read("keyring.json")).unwrap();
    for (damaged, code) in [
        (sound.replace(CANARY, &format!("{CANARY}s")), "keyring_tampered"),
        (sound.replace("\"kind\": \"local\"", "\"kind\": \"kms\""), "wrong_root"),
        (sound.replace("\"local\"", &format!("\"{CANARY}\": 1")), "keyring_invalid"),
        (sound.get(..sound.len() - 1).unwrap().to_owned(), "keyring_invalid"),
        (String::new(), "keyring_invalid"),
    ] {
        assert_ne!(damaged, sound);
        house.file("keyring.json", &damaged);
        for (verb, args) in [("list", &[][..]), ("add", &["AC2"]), ("forget", &[CANARY])] {
            rooted(&house, verb, args).fails(2, &[&format!("pumice: keyring.json: {code}: ")]);
        }
        assert_eq!(house.read("keyring.json"), damaged.as_bytes());
    }
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let house = made();
    rooted(&house, "add", &["AC1"]).succeeds();
    let before = house.read("keyring.json");
    for (verb, args, code) in [
        ("add", &["AC2", "AC1"][..], "account_exists"),
        ("add", &["AC2", "AC2"], "account_exists"),
        ("add", &["AC2", ""], "no_account"),
        ("rotate", &[CANARY], "unknown_account"),
        ("forget", &[CANARY], "unknown_account"),
    ] {
        rooted(&house, verb, args).fails(2, &[&format!("pumice: keyring.json: {code}: ")]);
        assert_eq!(house.read("keyring.json"), before);
    }
}

#[test]
fn writers_at_once_lose_nothing() {
    let house = made();
    let children: Vec<_> = (0..16)
        .map(|number| {
            let account = format!("AC{number}");
            let args = ["keyring", "add", "--keyring", "keyring.json", ROOT[0], ROOT[1], &account];
            house.command(args).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let keyring = opened(&house);
    let mut accounts: Vec<_> = keyring.accounts().map(|account| account.account.to_owned()).collect();
    accounts.sort();
    let mut due: Vec<_> = (0..16).map(|number| format!("AC{number}")).collect();
    due.sort();
    assert_eq!((accounts, keyring.sequence()), (due, 17));
}

#[test]
fn a_write_that_fails_leaves_the_keyring() {
    let house = made();
    let before = house.read("keyring.json");
    let add = r#""$pumice" keyring add --keyring keyring.json --root-key-file root.key"#;
    // The signal that would come before the error is ignored, as a service manager may have it.
    let ran = house.shell(&format!(r#"trap "" XFSZ; ulimit -f 1; {add} AC1 AC2 AC3 AC4"#));
    ran.fails(1, &["keyring.json: File too large"]);
    assert_eq!(house.read("keyring.json"), before);
    assert_eq!(house.names(), ["keyring.json", "keyring.json.lock", "root.key"]);
    rooted(&house, "add", &["AC1"]).succeeds();
}

#[test]
fn a_link_is_followed() {
    let house = made();
    symlink("keyring.json", house.path("link")).unwrap();
    let args = ["keyring", "add", "--keyring", "link", ROOT[0], ROOT[1], "AC1"];
    assert_eq!(house.run(&args).succeeds().text(), "link: 1 account added, sequence 2\n");
    assert!(fs::symlink_metadata(house.path("link")).unwrap().is_symlink());
    assert_eq!(opened(&house).sequence(), 2);
    // Both names have one lock.
    assert_eq!(house.names(), ["keyring.json", "keyring.json.lock", "link", "root.key"]);
}

#[test]
fn what_is_not_there_is_told_by_name() {
    let house = made();
    house.run(&["keyring", "list", "--keyring", "no", ROOT[0], ROOT[1]]).fails(2, &["pumice: no: "]);
    house.run(&["keyring", "add", "--keyring", "no", ROOT[0], ROOT[1], "AC1"]).fails(2, &["pumice: no: "]);
    let nowhere = ["keyring", "init", "--keyring", "no/keyring", ROOT[0], ROOT[1]];
    house.run(&nowhere).fails(2, &["pumice: no/keyring: "]);
    assert_eq!(house.names(), ["keyring.json", "keyring.json.lock", "root.key"]);
}

#[test]
fn exactly_one_root_is_given() {
    let house = made();
    for verb in ["init", "list"] {
        keyring(&house, verb, &[]).fails(2, &["--root-key-file"]);
        let both = ["--root-key-file", "root.key", "--passphrase-file", "root.key"];
        keyring(&house, verb, &both).fails(2, &["cannot be used with"]);
    }
    rooted(&house, "rewrap", &[]).fails(2, &["--new-root-key-file"]);
    keyring(&house, "init", &["--root-key-env", "ROOT", "--make-root-key"]).fails(2, &["--make-root-key"]);
    let to_phrase = ["--new-passphrase-file", "root.key", "--make-root-key"];
    rooted(&house, "rewrap", &to_phrase).fails(2, &["--make-root-key"]);
    rooted(&house, "add", &[]).fails(2, &["ACCOUNT"]);
}

/// A key given in place of its name, or a wrong one, is in no message.
#[test]
fn no_key_is_echoed() {
    let house = made();
    house.file("wrong.key", CANARY);
    let told = |option: &str, value: &str, said: &str| {
        let ran = keyring(&house, "list", &[option, value]);
        ran.fails(2, &[&format!("pumice: {option}: {said}")]);
        assert!(!ran.text().contains(CANARY));
    };
    told("--root-key-file", CANARY, "No such file");
    told("--root-key-env", CANARY, "there is no such variable");
    told("--passphrase-file", CANARY, "No such file");
    told("--passphrase-env", CANARY, "there is no such variable");
    told("--root-key-file", "wrong.key", "invalid_root");
    for option in ["--new-root-key-file", "--new-root-key-env", "--new-passphrase-env"] {
        rooted(&house, "rewrap", &[option, CANARY]).fails(2, &[&format!("pumice: {option}: ")]);
    }
    keyring(&house, "list", &[&format!("--passphrase={CANARY}")]).fails(2, &["--passphrase"]);
    let key = String::from_utf8(house.read("root.key")).unwrap();
    for (verb, args) in [("add", &["AC1"][..]), ("list", &[]), ("rotate", &["AC2"])] {
        let ran = rooted(&house, verb, args);
        assert!(!ran.text().contains(key.trim()) && !ran.stderr.contains(key.trim()));
    }
}
