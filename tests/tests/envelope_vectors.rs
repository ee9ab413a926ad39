//! Runs `vectors/envelope.json`, which another implementation made.

use conformance::{keys, vectors};
use pumice::Error;
use pumice::crypto::{Keys, Plain};
use serde_json::Value;

fn rows(section: &str) -> Vec<Value> {
    let rows = vectors::read("envelope").remove(section).unwrap();
    assert!(!rows.is_empty());
    rows
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap()
}

/// A field id; long ones in parts.
fn field(row: &Value) -> String {
    let written: vectors::Text = serde_json::from_value(row["field"].clone()).unwrap();
    String::from_utf8(written.bytes()).unwrap()
}

fn decrypt(keys: &Keys, row: &Value) -> Result<Plain<'static>, Error> {
    keys.decrypt(text(row, "text"), text(row, "account"), &field(row))
}

#[test]
fn valid_rows_open() {
    let keys = keys::of("envelope");
    for row in rows("valid") {
        // Plain prints its kind alone.
        assert!(decrypt(&keys, &row).unwrap() == keys::plain(&row), "{row}");
    }
}

#[test]
fn invalid_rows_are_refused() {
    let keys = keys::of("envelope");
    let mut wrong = Vec::new();
    for row in rows("invalid") {
        let code = decrypt(&keys, &row).err().map_or("opened", |error| error.code().as_str());
        if code != text(&row, "code") {
            wrong.push(format!("{code} in place of {row}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// All rows of an account and field in one call, sound ones beside bad ones.
#[test]
fn bulk_says_of_each_row_what_point_says() {
    let keys = keys::of("envelope");
    let rows = [rows("valid"), rows("invalid")].concat();
    let owners = rows.iter().map(|row| (text(row, "account"), field(row)));
    let mut owners: Vec<_> = owners.collect();
    owners.sort_unstable();
    owners.dedup();
    for (account, field_id) in owners {
        let of_owner = |row: &&Value| text(row, "account") == account && field(row) == field_id;
        let rows: Vec<_> = rows.iter().filter(of_owner).collect();
        let texts: Vec<_> = rows.iter().map(|row| text(row, "text")).collect();
        let opened = keys.decrypt_bulk(account, &field_id, &texts);
        assert_eq!(opened.len(), rows.len());
        for (row, opened) in rows.into_iter().zip(opened) {
            assert!(opened == decrypt(&keys, row), "{row}");
        }
    }
}

/// What is sealed anew has the layout of the rows: magic, suite, flags, kid, length, its own salt and iv; and opens.
#[test]
fn what_is_sealed_anew_looks_like_the_rows() {
    use base64::Engine;
    let b64 = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
    let keys = keys::of("envelope");
    for row in rows("valid") {
        let (account, field, plain) = (text(&row, "account"), field(&row), keys::plain(&row));
        let sealed = match row["subject"].as_str() {
            None => keys.encrypt(account, &field, &plain),
            Some(subject) => keys.encrypt_with_subject_key(account, subject, &field, &plain),
        };
        let sealed = sealed.unwrap();
        assert!(keys.decrypt(&sealed, account, &field).unwrap() == plain, "{row}");
        let (made, due) = (b64(&sealed), b64(text(&row, "text")));
        assert_eq!(made.len(), due.len(), "{row}");
        assert_eq!(made[..5], due[..5], "{row}");
        let is_rotated_away = row["why"].as_str().is_some_and(|why| why.contains("rotated away"));
        assert_eq!(made[5..21] == due[5..21], !is_rotated_away, "{row}");
        assert_ne!(made[due.len() - 40..due.len() - 28], due[due.len() - 40..due.len() - 28], "{row}");
    }
}
