//! A policy in words: what happens to each field, with an example before and after. It reads no event.

use crate::json::Scratch;
use crate::plan::{Bound, Plan, Seal, Treatment};
use crate::policy::{Action, KeyOf, Kind, OnInvalid, Redaction, Unlisted};
use crate::quote::quoted;
use crate::redact::coordinate::Rounding;
use crate::redact::email::Keep;
use std::fmt;

/// What happens to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name of the rule's policy, if that is one of a set.
    pub policy: Option<String>,
    /// The rule's selector, as the policy spells it; empty for all fields that no rule names.
    pub selector: String,
    /// What happens, in words.
    pub words: String,
    /// An example, as JSON; empty where an example would say nothing.
    pub before: String,
    /// What becomes of the example, as JSON; empty if nothing is left of it.
    pub after: String,
}

impl Explanation {
    /// It as one JSON object, with its fields by their names.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Explanation { policy, selector, words, before, after } = self;
        let texts = [("after", after), ("before", before), ("selector", selector), ("words", words)];
        let member = |(name, text): (&str, &String)| format!("\"{name}\":{}", quoted(text));
        let policy = policy.as_ref().map(|policy| member(("policy", policy)));
        let members: Vec<_> = policy.into_iter().chain(texts.map(member)).collect();
        format!("{{{}}}", members.join(","))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { policy, selector, words, before, after } = self;
        if let Some(policy) = policy {
            write!(f, "{policy}: ")?;
        }
        let selector = if selector.is_empty() { "everything else" } else { selector };
        write!(f, "{selector}: {words}")?;
        if !before.is_empty() {
            let after = if after.is_empty() { "(nothing)" } else { after };
            write!(f, "\n    {before}  ->  {after}")?;
        }
        Ok(())
    }
}

/// A row for each rule of the plan, and one for all else; with the policy's name, if it is one of a set.
pub(super) fn explain<'a>(
    plan: &'a Plan,
    policy: Option<&'a str>,
) -> impl Iterator<Item = Explanation> + use<'a> {
    let unlisted = match plan.unlisted() {
        Unlisted::Keep => "stays as it is",
        Unlisted::Drop => "is dropped",
        Unlisted::Fail => "makes the event be refused",
    };
    let rest = Explanation {
        policy: None,
        selector: String::new(),
        words: unlisted.to_owned(),
        before: String::new(),
        after: String::new(),
    };
    let named = move |row| Explanation { policy: policy.map(str::to_owned), ..row };
    plan.rules().iter().map(explain_rule).chain([rest]).map(named)
}

fn explain_rule(bound: &Bound) -> Explanation {
    let rule = &bound.rule;
    let mut words = match &rule.action {
        Action::Redact(redaction) => redaction_words(redaction),
        Action::Encrypt(KeyOf::Account) => "encrypted under the account's key".to_owned(),
        Action::Encrypt(KeyOf::Subject) => "encrypted under the subject's key".to_owned(),
        Action::Tokenize => "tokenized under the subject's key".to_owned(),
        Action::Hash => "hashed under the account's key".to_owned(),
        Action::Replace(_) => "replaced by a constant".to_owned(),
        Action::Drop => "dropped, key and all".to_owned(),
        Action::Keep => "kept as it is, but for what other rules name in it".to_owned(),
    };
    if matches!(bound.treatment, Treatment::Redact(_)) && rule.kind != Some(Kind::Text) {
        words.push_str(match rule.on_invalid {
            OnInvalid::Null => "; null if it cannot be read as that",
            OnInvalid::Drop => "; dropped if it cannot be read as that",
            OnInvalid::Fail => "; the event is refused if it cannot be read as that",
        });
    }
    let (before, after) = match &bound.treatment {
        Treatment::Redact(redactor) => {
            let before = example(rule.kind);
            (before, Scratch::redact(redactor, before).unwrap_or_default())
        }
        Treatment::Seal(seal) => {
            let start = match seal {
                Seal::Encrypt(_) => r#""pum1…""#,
                Seal::Tokenize(_) => r#""ptk1…""#,
                Seal::Hash(_) => r#""phs1…""#,
            };
            (example(rule.kind), start.to_owned())
        }
        Treatment::Replace(text) => (example(rule.kind), text.clone()),
        Treatment::Drop => (example(rule.kind), String::new()),
        Treatment::Keep => ("", String::new()),
    };
    Explanation { policy: None, selector: rule.spelling.clone(), words, before: before.to_owned(), after }
}

fn redaction_words(redaction: &Redaction) -> String {
    match redaction {
        Redaction::Phone(_) => "phone number, its last four digits masked".to_owned(),
        Redaction::Email(email) => match email.keep {
            Keep::Initial => "e-mail address, its first letter and domain kept".to_owned(),
            Keep::Provider => {
                "e-mail address, its domain kept if it is a well-known mailbox provider".to_owned()
            }
            Keep::None => "e-mail address, nothing of it kept".to_owned(),
        },
        Redaction::Ip { ip, geo } => {
            let place = match (geo.country, geo.city) {
                (true, true) => ", with country and city",
                (true, false) => ", with the country",
                (false, true) => ", with the city",
                (false, false) => "",
            };
            format!("IP address, cut to {} bits (IPv6: {}){place}", ip.v4_bits, ip.v6_bits)
        }
        Redaction::UserAgent { fields, .. } => {
            let names = [
                (fields.family, "family"),
                (fields.major, "major version"),
                (fields.os, "system"),
                (fields.device, "kind of device"),
            ];
            let names: Vec<_> = names.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| *name).collect();
            format!("user agent, reduced to {}", names.join(", "))
        }
        Redaction::Coordinate(coordinate) => {
            let rounding = match coordinate.rounding {
                Rounding::TowardZero => "cut",
                Rounding::Nearest => "rounded",
            };
            format!("coordinate, {rounding} to {} decimals", coordinate.decimals)
        }
        Redaction::Text => "text, emptied".to_owned(),
    }
}

fn example(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Phone) => r#""+11234567890""#,
        Some(Kind::Email) => r#""john@gmail.com""#,
        Some(Kind::Ip) => r#""207.164.33.12""#,
        Some(Kind::UserAgent) => concat!(
            r#""Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "#,
            r#"Chrome/126.0.6478.61 Safari/537.36""#
        ),
        Some(Kind::Coordinate) => "45.4215",
        Some(Kind::Text) | None => r#""This is sample message body""#,
    }
}
