//! A first glance at an event: the name at one place of it, found without reading what comes after. It decides nothing: the
//! walk that follows sees whether there is another.

use memchr::memchr2;

/// The plain name at the place that these keys lead to: a string without escapes, or a number. None where there is more to
/// it than a glance sees.
pub(crate) fn glance<'a>(event: &'a [u8], keys: &[Box<[u8]>]) -> Option<&'a str> {
    let mut at = opened(event, space(event, 0))?;
    let mut keys = keys.iter();
    let mut key = keys.next()?;
    loop {
        let open = space(event, at);
        let close = string_end(event, open)?;
        let colon = space(event, close);
        if event.get(colon) != Some(&b':') {
            return None;
        }
        let value = space(event, colon + 1);
        if event.get(open + 1..close - 1)? == key.as_ref() {
            match keys.next() {
                Some(next) => (key, at) = (next, opened(event, value)?),
                None => return name(event, value),
            }
            continue;
        }
        let end = match event.get(value)? {
            b'"' => string_end(event, value)?,
            b'{' | b'[' => nested_end(event, value)?,
            _ => unquoted_end(event, value),
        };
        let comma = space(event, end);
        if event.get(comma) != Some(&b',') {
            return None;
        }
        at = comma + 1;
    }
}

fn name(event: &[u8], at: usize) -> Option<&str> {
    let bytes = match event.get(at)? {
        b'"' => event.get(at + 1..string_end(event, at)? - 1)?,
        b'-' | b'0'..=b'9' => event.get(at..unquoted_end(event, at))?,
        _ => return None,
    };
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && !text.contains('\\')).then_some(text)
}

fn opened(event: &[u8], at: usize) -> Option<usize> {
    (event.get(at) == Some(&b'{')).then_some(at + 1)
}

fn space(event: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = event.get(at) {
        at += 1;
    }
    at
}

/// Position after the string that begins with the quote at `open`.
fn string_end(event: &[u8], open: usize) -> Option<usize> {
    let mut at = (event.get(open) == Some(&b'"')).then_some(open + 1)?;
    loop {
        at += memchr2(b'"', b'\\', event.get(at..)?)?;
        if event.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Position after the number or word at `at`.
fn unquoted_end(event: &[u8], mut at: usize) -> usize {
    while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') = event.get(at) {
        at += 1;
    }
    at
}

/// Position after the object or array that opens at `at`.
fn nested_end(event: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 0_usize;
    loop {
        match event.get(at)? {
            b'"' => {
                at = string_end(event, at)?;
                continue;
            }
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        if open == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen<'a>(event: &'a str, place: &[&str]) -> Option<&'a str> {
        let keys: Vec<Box<[u8]>> = place.iter().map(|key| key.as_bytes().into()).collect();
        glance(event.as_bytes(), &keys)
    }

    #[test]
    fn sees_plain_names_and_nothing_else() {
        for (event, name) in [
            (r#"{"e":"a"}"#, Some("a")),
            (r#" { "x" : [1, {"e":"b\"]"}], "y\"":"\\", "z":-1.5e3, "w":true, "e" : "a" , "q""#, Some("a")),
            (r#"{"e":7.0,"#, Some("7.0")),
            (r#"{"e":"é"}"#, Some("é")),
            (r#"{"e":""}"#, None),
            (r#"{"e":"a\n"}"#, None),
            (r#"{"e":null}"#, None),
            (r#"{"e":{}}"#, None),
            (r#"{"x":1}"#, None),
            (r#"["e"]"#, None),
            (r#"{"x":{"e":"a"}"#, None),
            (r#"{"x" 1,"e":"a"}"#, None),
            ("", None),
            (r#"{"e":"a"#, None),
            (r#"{"x":]],"e":"a"}"#, None),
        ] {
            assert_eq!(seen(event, &["e"]), name, "{event}");
        }
        assert_eq!(seen(r#"{"x":1,"m":{"y":2,"e":"a"}}"#, &["m", "e"]), Some("a"));
        assert_eq!(seen(r#"{"m":[{"e":"a"}]}"#, &["m", "e"]), None);
    }

    proptest! {
        #[test]
        fn never_panics(event in "[\\[\\]{}:,\"\\\\e0-9 a-]{0,40}") {
            seen(&event, &["e"]);
            seen(&event, &["e", "a"]);
        }
    }
}
