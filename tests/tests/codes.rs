//! The list of error codes: spelled as promised, and documented as it is.

use pumice::{At, Code, Error};
use std::collections::HashSet;

#[test]
fn codes_are_stable_words() {
    let mut seen = HashSet::new();
    for code in Code::ALL {
        let word = code.as_str();
        assert!(
            word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "{word}"
        );
        assert!(seen.insert(word), "{word} twice");
        assert_eq!(code.to_string(), word);
        let meaning = code.meaning();
        assert!(
            meaning.ends_with('.') && !meaning.contains("  ") && meaning == meaning.trim(),
            "{word}: {meaning}"
        );
    }
}

#[test]
fn the_page_of_errors_is_the_list() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ERRORS.md")).unwrap();
    let documented: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let due: Vec<String> =
        Code::ALL.iter().map(|code| format!("| `{code}` | {} |", code.meaning())).collect();
    assert_eq!(documented, due);
}

#[test]
fn errors_say_code_line_and_place() {
    let error = Error::new(Code::InvalidJson);
    for (error, words) in [
        (error.clone(), "invalid_json"),
        (error.clone().at_place(At::Offset(7)), "invalid_json at byte 7"),
        (error.clone().at_line(3), "invalid_json on line 3"),
        (error.at_line(3).at_place(At::Offset(7)), "invalid_json on line 3 at byte 7"),
        (Error::new(Code::InvalidValue).at_place(At::Rule("a[*].b".to_owned())), "invalid_value at a[*].b"),
        (Error::new(Code::UnknownMember).at_place(At::Policy("/x~1y".to_owned())), "unknown_member at /x~1y"),
    ] {
        assert_eq!(error.to_string(), words);
    }
    // The whole document has an empty pointer.
    let error = pumice::policy::Policy::parse(b"[]").unwrap_err();
    assert_eq!(error.at(), &At::Policy(String::new()));
    assert_eq!(error.to_string(), "policy_shape");
}
