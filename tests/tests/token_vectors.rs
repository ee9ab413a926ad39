//! Runs `vectors/token.json`, which another implementation made.

use conformance::{keys, vectors};
use pumice::policy::Kind;
use serde_json::Value;

fn rows(section: &str) -> Vec<Value> {
    let rows = vectors::read("token").remove(section).unwrap();
    assert!(!rows.is_empty());
    rows
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap()
}

fn kind(row: &Value) -> Kind {
    Kind::ALL.iter().find(|(name, _)| *name == text(row, "type")).unwrap().1
}

#[test]
fn valid_rows_are_made_and_open() {
    let keys = keys::of("token");
    for row in rows("valid") {
        let plain = keys::plain(&row);
        let token = keys.tokenize(text(&row, "account"), text(&row, "subject"), kind(&row), &plain);
        assert_eq!(token.unwrap(), text(&row, "token"), "{row}");
        // Plain prints its kind alone.
        assert!(keys.detokenize(text(&row, "token")).unwrap() == plain, "{row}");
    }
}

#[test]
fn hashes_are_made() {
    let keys = keys::of("token");
    for row in rows("hash") {
        let hash = keys.hash(text(&row, "account"), kind(&row), &keys::plain(&row));
        assert_eq!(hash.unwrap(), text(&row, "hash"), "{row}");
    }
}

#[test]
fn invalid_rows_are_refused() {
    let keys = keys::of("token");
    let mut wrong = Vec::new();
    for row in rows("invalid") {
        let came = keys.detokenize(text(&row, "token"));
        let code = came.err().map_or("opened", |error| error.code().as_str());
        if code != text(&row, "code") {
            wrong.push(format!("{code} in place of {row}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn bulk_says_of_each_row_what_point_says() {
    let keys = keys::of("token");
    let rows = [rows("valid"), rows("invalid")].concat();
    let tokens: Vec<_> = rows.iter().map(|row| text(row, "token")).collect();
    let opened = keys.detokenize_bulk(&tokens);
    assert_eq!(opened.len(), rows.len());
    for (token, opened) in tokens.into_iter().zip(opened) {
        assert!(opened == keys.detokenize(token), "{token}");
    }
    for row in rows.iter().filter(|row| row["subject"].is_string()) {
        let pairs = [(text(row, "subject"), keys::plain(row)), (text(row, "subject"), keys::plain(row))];
        let made = keys.tokenize_bulk(text(row, "account"), kind(row), &pairs);
        assert_eq!(made, vec![Ok(text(row, "token").to_owned()); 2], "{row}");
    }
}
