//! Runs `vectors/events.json`: events by policy, exact bytes or an error.

use conformance::oracle::{Answer, Oracle, Tree};
use conformance::vectors::{self, Place, Text};
use pumice::{Code, Error, OnError, Scrubber};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    policy: Box<RawValue>,
    #[serde(rename = "in")]
    event: Option<Text>,
    in_base64: Option<String>,
    out: Option<Text>,
    error: Option<String>,
    at: Option<Place>,
    max_event_bytes: Option<usize>,
    #[serde(default)]
    ndjson: bool,
    on_error: Option<String>,
    rejects: Option<Text>,
    rejects_base64: Option<String>,
    line: Option<u64>,
    why: Option<String>,
}

impl Row {
    fn input(&self) -> Vec<u8> {
        bytes(self.event.as_ref(), self.in_base64.as_ref()).expect("a row has an input")
    }

    fn scrubber(&self) -> Scrubber {
        let policy = vectors::policy(&self.policy);
        let mut builder = Scrubber::builder(policy.as_bytes());
        if let Some(max) = self.max_event_bytes {
            builder = builder.max_event_bytes(max);
        }
        builder.build().unwrap_or_else(|error| panic!("{policy}: {error}"))
    }

    fn is_due(&self, error: &Error) -> bool {
        Some(error.code().as_str()) == self.error.as_deref()
            && Place::of(error) == self.at
            && error.line() == self.line
    }
}

fn bytes(text: Option<&Text>, base64: Option<&String>) -> Option<Vec<u8>> {
    text.map(Text::bytes).or_else(|| base64.map(|text| vectors::base64(text)))
}

/// Enough of the bytes to know them by.
fn show(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(300)].escape_ascii().to_string()
}

/// Every row, and what is wrong with it if anything is.
fn each_row(check: impl Fn(&Row, &[u8]) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for (section, rows) in vectors::read::<Row>("events") {
        for row in rows {
            let input = row.input();
            if let Err(what) = check(&row, &input) {
                wrong.push(format!("{section}: {}\n  in   {}\n  {what}", row.policy, show(&input)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(row: &Row, came: Result<(), &Error>, out: &[u8], rejects: &[u8]) -> Result<(), String> {
    let due = row.out.as_ref().map(Text::bytes).unwrap_or_default();
    let due_rejects = bytes(row.rejects.as_ref(), row.rejects_base64.as_ref()).unwrap_or_default();
    match came {
        Err(error) if !row.is_due(error) => {
            Err(format!("came {error:?}\n  due  {:?} {:?}", row.error, row.at))
        }
        Ok(()) if row.error.is_some() => Err(format!("came {}\n  due  {:?}", show(out), row.error)),
        _ if out != due => Err(format!("came {}\n  due  {}", show(out), show(&due))),
        _ if rejects != due_rejects => {
            Err(format!("rejects {}\n  due  {}", show(rejects), show(&due_rejects)))
        }
        _ => Ok(()),
    }
}

#[test]
fn each_event_comes_out_as_it_should() {
    each_row(|row, input| {
        let scrubber = row.scrubber();
        let mut worker = scrubber.worker();
        // The second time the worker knows the event.
        for _ in 0..2 {
            let (mut out, mut rejects) = (Vec::new(), Vec::new());
            let came = if row.ndjson {
                let on_error = match row.on_error.as_deref() {
                    Some("fail") => OnError::Fail,
                    Some("reject") => OnError::Reject,
                    other => panic!("on_error {other:?}"),
                };
                worker.scrub_ndjson(input, on_error, &mut out, &mut rejects).map(drop)
            } else {
                worker.scrub(input, &mut out)
            };
            compare(row, came.as_ref().copied(), &out, &rejects)?;
        }
        Ok(())
    });
}

/// Rows and oracle are two readings of one contract.
#[test]
fn the_oracle_agrees() {
    each_row(|row, input| {
        // The oracle knows one policy at a time.
        let is_set = row.policy.get().contains("pumice_set");
        if is_set || row.ndjson || row.max_event_bytes.is_some() || input.len() > 2_000_000 {
            return Ok(());
        }
        let due = row.out.as_ref().map(Text::bytes);
        let answer = Oracle::new(&vectors::policy(&row.policy)).scrub(input);
        let same = match (&answer, &due) {
            (Answer::Scrubbed(scrubbed), Some(due)) => {
                Tree::read(due).as_ref() == Ok(&scrubbed.tree)
                    && scrubbed.bytes.as_ref().is_none_or(|b| b == due)
            }
            (Answer::Unlisted(at), None) => {
                row.error.as_deref() == Some("unlisted_field") && row.at == Some(Place::Offset(*at))
            }
            // In a type that is in itself, the selector is that of the first place.
            (Answer::Misshapen(misshapen), None) => row.error.as_deref() == Some(misshapen.code),
            (Answer::Invalid(rule), None) => {
                row.error.as_deref() == Some("invalid_value") && row.at == Some(Place::Named(rule.clone()))
            }
            (Answer::NoEvent(_), None) => ["invalid_json", "invalid_utf8", "too_deep"]
                .contains(&row.error.as_deref().unwrap_or_default()),
            _ => false,
        };
        if same { Ok(()) } else { Err(format!("oracle {}", show(format!("{answer:?}").as_bytes()))) }
    });
}

#[test]
fn every_code_of_an_event_has_a_row() {
    let rows: Vec<Row> = vectors::read("events").into_values().flatten().collect();
    for code in [
        Code::InvalidJson,
        Code::InvalidUtf8,
        Code::TooDeep,
        Code::TooLarge,
        Code::InvalidValue,
        Code::UnlistedField,
        Code::UnknownPolicy,
        Code::NoPolicy,
        Code::ShapeMismatch,
        Code::FieldMissing,
        Code::FieldUnknown,
    ] {
        assert!(rows.iter().any(|row| row.error.as_deref() == Some(code.as_str())), "{code}");
    }
    assert!(rows.iter().any(|row| row.why.is_some()));
}
