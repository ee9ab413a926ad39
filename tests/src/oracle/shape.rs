//! Whether an event looks as a policy's shape says, slowly: the shape is followed as the JSON that it is.

use super::tree::{Kind, Node};
use pumice::selector::Selector;
use serde_json::Value;
use std::collections::BTreeSet;

/// How an event does not look as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshapen {
    /// The code.
    pub code: &'static str,
    /// Where in the event it shows: what is missing, where its object ends, or begins if nothing is in it.
    pub offset: usize,
    /// Where in the event that is, as a selector without places of elements; empty for the event itself.
    pub path: String,
}

/// A policy's shape.
pub struct Shape {
    whole: Value,
}

impl Shape {
    pub(super) fn new(text: &str) -> Self {
        Shape { whole: serde_json::from_str(text).unwrap() }
    }

    pub(super) fn has_types(&self) -> bool {
        self.whole.get("types").is_some()
    }

    /// The first thing that is not as it should be.
    pub(super) fn check(&self, node: &Node<'_>) -> Option<Misshapen> {
        let event = self.whole.get("event").filter(|_| self.whole.get("types").is_some());
        self.value(event.unwrap_or(&self.whole), node, "")
    }

    fn value(&self, shape: &Value, node: &Node<'_>, path: &str) -> Option<Misshapen> {
        if let Some(name) = shape.get("ref") {
            return self.value(&self.whole["types"][name.as_str().unwrap()], node, path);
        }
        let any = Value::from("any");
        let words = if shape.is_object() { shape.get("type").unwrap_or(&any) } else { shape };
        let words: Vec<&str> = match words {
            Value::Array(words) => words.iter().map(|word| word.as_str().unwrap()).collect(),
            word => vec![word.as_str().unwrap()],
        };
        let at = |code, offset, path: &str| Some(Misshapen { code, offset, path: path.to_owned() });
        if words.is_empty() {
            return at("field_unknown", node.span.start, path);
        }
        if !words.iter().any(|word| is(node, word)) {
            return at("shape_mismatch", node.span.start, path);
        }
        match &node.kind {
            Kind::Leaf => None,
            Kind::Array(elements) => {
                let items = shape.get("items")?;
                elements.iter().find_map(|element| self.value(items, element, &format!("{path}[*]")))
            }
            Kind::Object(members) => {
                let others = shape.get("others").unwrap_or(&any);
                for (_, name, value) in members {
                    let named = shape.get("fields").and_then(|fields| fields.get(name));
                    let step = if named.is_some() { key(name) } else { "*".to_owned() };
                    let path = if path.is_empty() { step } else { format!("{path}.{step}") };
                    let found = match named.unwrap_or(others) {
                        Value::Bool(false) => at("field_unknown", value.span.start, &path),
                        shape => self.value(shape, value, &path),
                    };
                    if found.is_some() {
                        return found;
                    }
                }
                let there: BTreeSet<&str> = members.iter().map(|(_, name, _)| name.as_str()).collect();
                let required = shape.get("required").and_then(Value::as_array);
                let fields = shape.get("fields").and_then(Value::as_object);
                // In the order of the fields, whatever the order of the requirement.
                let missing = fields.into_iter().flatten().map(|(name, _)| name.as_str()).find(|name| {
                    let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
                    is_required && !there.contains(name)
                })?;
                let step = key(missing);
                let path = if path.is_empty() { step } else { format!("{path}.{step}") };
                at("field_missing", if members.is_empty() { node.span.start } else { node.span.end }, &path)
            }
        }
    }
}

/// A name as a selector has it.
fn key(name: &str) -> String {
    if name.parse::<Selector>().is_ok_and(|selector| selector.is_single() && selector.steps().len() == 1) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

fn is(node: &Node<'_>, word: &str) -> bool {
    let text = node.text;
    match (word, &node.kind) {
        ("any", _) | ("array", Kind::Array(_)) | ("object", Kind::Object(_)) => true,
        (_, Kind::Array(_) | Kind::Object(_)) => false,
        ("null", Kind::Leaf) => text == "null",
        ("boolean", Kind::Leaf) => matches!(text, "true" | "false"),
        ("string", Kind::Leaf) => text.starts_with('"'),
        ("number", Kind::Leaf) => text.starts_with(|c: char| c == '-' || c.is_ascii_digit()),
        ("integer", Kind::Leaf) => is(node, "number") && is_whole(text),
        _ => false,
    }
}

/// All digits written out, the point moved to where it belongs: nothing but zeros may be behind it.
fn is_whole(text: &str) -> bool {
    let (digits, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) =
        digits.trim_start_matches('-').split_once('.').unwrap_or((digits.trim_start_matches('-'), ""));
    let all = format!("{whole}{fraction}");
    let zero = all.bytes().all(|digit| digit == b'0');
    // Powers of tests that do not fit are far beyond all digits.
    let power: i64 = power.parse().unwrap_or(if power.starts_with('-') { -1_000_000 } else { 1_000_000 });
    let point = whole.len() as i64 + power;
    let behind = if point >= all.len() as i64 { "" } else { &all[point.max(0) as usize..] };
    zero || behind.bytes().all(|digit| digit == b'0')
}
