//! A policy out of a schema and a governance document, for one audience; knows no event.

use super::decide::{Decided, DecidedBy, Decisions, decide};
use super::document::Governance;
use crate::error::{At, Code, Error};
use crate::policy::{Policy, Unlisted};
use crate::schema::{DataType, Role, Schema, Warning};
use serde_json::{Value, json};
use std::fmt::{self, Write};

/// What else a policy is made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompileOptions {
    /// Whether the policy carries the schema's shape, so that events that are not what the schema says are refused.
    pub strict: bool,
}

/// A policy, and who decided what in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The policy document: JSON, a line for each field.
    pub policy: String,
    /// One for each field of the schema, in its order.
    pub decisions: Vec<Decision>,
    /// [`Code::UnmatchedRule`] at each governance rule for this table and reservoir that is about none of the fields.
    pub warnings: Vec<Warning>,
}

/// What is done with a field, and who decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The field.
    pub selector: String,
    /// Where it is in the schema, as a JSON Pointer.
    pub pointer: String,
    /// Whether it has a type, an entity, or a tag that is not a public one, or is in what has.
    pub is_personal: bool,
    /// The rule of a policy, as JSON; empty for an object or array that is left to its fields.
    pub rule: String,
    /// Who decided it.
    pub by: DecidedBy,
    /// The object or array that it is treated with, if it is not treated alone.
    pub within: Option<String>,
}

impl Compiled {
    /// Policy, decisions and warnings as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let policy: Value = serde_json::from_str(&self.policy).unwrap_or_default();
        let warnings =
            self.warnings.iter().map(|warning| json!({"code": warning.code.as_str(), "at": warning.pointer}));
        let decisions = self.decisions.iter().map(Decision::to_value);
        json!({
            "policy": policy,
            "decisions": decisions.collect::<Vec<_>>(),
            "warnings": warnings.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

impl Decision {
    fn to_value(&self) -> Value {
        let rule: Value = serde_json::from_str(&self.rule).unwrap_or_default();
        let (by, at) = match &self.by {
            DecidedBy::Rule(pointer, level) => (level.as_str(), Some(pointer)),
            DecidedBy::Default => ("default", None),
            DecidedBy::Nobody => ("nobody", None),
        };
        json!({
            "selector": self.selector, "pointer": self.pointer, "personal": self.is_personal,
            "rule": rule, "by": by, "at": at, "within": self.within,
        })
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = if self.rule.is_empty() { "left to its fields" } else { &self.rule };
        write!(f, "{}: {rule}, ", self.selector)?;
        match &self.by {
            DecidedBy::Rule(pointer, level) => {
                write!(f, "by the rule at {pointer}, of its {}", level.as_str())?
            }
            DecidedBy::Default => f.write_str("by default: it is personal, and no rule is about it")?,
            DecidedBy::Nobody => f.write_str("by nobody: it is not personal, and no rule is about it")?,
        }
        match &self.within {
            Some(within) => write!(f, "; with {within}"),
            None => Ok(()),
        }
    }
}

/// The policy for an audience.
///
/// ```
/// use pumice::governance::{CompileOptions, Governance, compile};
/// use pumice::schema::{Format, Options, Schema};
///
/// let schema = br#"{"version": 1, "namespace": "messaging", "schema": {"name": "message_sent", "type": "record", "fields": [
///     {"name": "to", "type": {"type": "string", "twilio_type": "phonenummer"}},
///     {"name": "status", "type": "string"}]}}"#;
/// let schema = Schema::parse(schema, Format::Registry, &Options::default())?;
/// let governance = Governance::parse(br#"{"pumice_governance": 1, "reservoirs": ["analysts"],
///     "rules": [{"reservoir": "analysts", "action": "redact"}]}"#)?;
///
/// let compiled = compile(&schema, &governance, "analysts", CompileOptions::default())?;
/// let scrubber = pumice::Scrubber::builder(compiled.policy.as_bytes()).build()?;
/// let scrubbed = scrubber.scrub(br#"{"to":"+11234567890","status":"sent"}"#)?;
/// assert_eq!(scrubbed, br#"{"to":"+1123456XXXX","status":"sent"}"#);
/// # Ok::<(), pumice::Error>(())
/// ```
///
/// # Errors
/// [`Code::UnknownReservoir`]. At a JSON Pointer into the governance document: [`Code::ContradictoryRules`], at the later of
/// two rules that say different things of one field, and [`Code::IncompleteRule`] at an action that needs a type that a field
/// does not have. At a field's selector: [`Code::IncompleteRule`] if the schema itself asks for that, and
/// [`Code::InvalidSelector`] if it says whose the event is and is not at one place. At a rule of the schema that is none:
/// those of [`Policy::parse`], at a JSON Pointer into the policy that would come out.
pub fn compile(
    schema: &Schema,
    governance: &Governance,
    reservoir: &str,
    options: CompileOptions,
) -> Result<Compiled, Error> {
    let Decisions { fields, used } = decide(schema, governance, reservoir)?;
    let places = places(&fields);
    let mut rules = Vec::new();
    let mut decisions = Vec::with_capacity(fields.len());
    for (decided, place) in fields.iter().zip(&places) {
        let rule = decided.rule_text();
        let selector = decided.field.selector.to_string();
        let (rule, within) = match place {
            Place::Alone => {
                rules.push((selector.clone(), rule.clone()));
                (rule, None)
            }
            Place::With(outer) => (rule, fields.get(*outer).map(|outer| outer.field.selector.to_string())),
            Place::InItsFields => (String::new(), None),
        };
        decisions.push(Decision {
            selector,
            pointer: decided.field.pointer.clone(),
            is_personal: decided.is_personal,
            rule,
            by: decided.by.clone(),
            within,
        });
    }
    let policy = write_policy(schema, governance, &rules, options)?;
    // What a schema asks for is held to the policy's rules here.
    Policy::parse(policy.as_bytes())?;
    let unused = governance.rules.iter().zip(used).filter(|(_, used)| *used == Some(false));
    let warnings = unused
        .map(|(rule, _)| Warning { code: Code::UnmatchedRule, pointer: rule.pointer.clone() })
        .collect();
    Ok(Compiled { policy, decisions, warnings })
}

/// Where the rule for a field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At its own selector.
    Alone,
    /// At that of an object or array that it is in.
    With(usize),
    /// At those of the fields in it.
    InItsFields,
}

/// An object or array is treated as a whole where everything in it would be treated alike, and else field by field: a rule
/// at an object would take fields with it that another rule spares.
fn places(fields: &[Decided<'_>]) -> Vec<Place> {
    let mut alike = vec![true; fields.len()];
    let mut inner = vec![0_usize; fields.len()];
    // What is in an object or array comes after it.
    for (at, decided) in fields.iter().enumerate().rev() {
        let Some(outer) = decided.parent else { continue };
        let same =
            decided.rule.is_some() && fields.get(outer).is_some_and(|outer| outer.rule == decided.rule);
        let is_alike = same && alike.get(at).copied().unwrap_or(false);
        if let (Some(alike), Some(inner)) = (alike.get_mut(outer), inner.get_mut(outer)) {
            *alike &= is_alike;
            *inner += 1;
        }
    }
    let mut places: Vec<Place> = Vec::with_capacity(fields.len());
    for (at, decided) in fields.iter().enumerate() {
        let outer = decided.parent.and_then(|outer| Some((outer, *places.get(outer)?)));
        let is_whole = alike.get(at).copied().unwrap_or(false)
            && decided.rule.is_some()
            && (!decided.is_kept() || is_list(at, decided, inner.get(at), fields));
        places.push(match outer {
            Some((outer, Place::Alone)) => Place::With(outer),
            Some((_, Place::With(outermost))) => Place::With(outermost),
            Some((_, Place::InItsFields)) | None if decided.is_leaf || is_whole => Place::Alone,
            Some((_, Place::InItsFields)) | None => Place::InItsFields,
        });
    }
    places
}

/// Whether it is an array or map of single values. What stays, stays field by field, so that nothing stays that the schema
/// does not have; but these would be gone when they are empty.
fn is_list(at: usize, decided: &Decided<'_>, inner: Option<&usize>, fields: &[Decided<'_>]) -> bool {
    matches!(decided.field.data_type, DataType::Array | DataType::Map)
        && inner == Some(&1)
        && fields.get(at + 1).is_some_and(|only| only.is_leaf && only.parent == Some(at))
}

impl Decided<'_> {
    fn is_kept(&self) -> bool {
        let keeps = |(key, text): &(String, String)| key == "action" && text == "\"keep\"";
        self.rule.as_ref().is_some_and(|rule| rule.is_empty() || rule.iter().any(keeps))
    }

    /// The rule as JSON text: a bare type where that is all.
    pub(super) fn rule_text(&self) -> String {
        match self.rule.as_deref() {
            None => String::new(),
            Some([]) => r#"{"action":"keep"}"#.to_owned(),
            Some([(key, text)]) if key == "type" => text.clone(),
            Some(members) => {
                let member = |(key, text): &(String, String)| format!("{}:{text}", Value::from(key.as_str()));
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn write_policy(
    schema: &Schema,
    governance: &Governance,
    rules: &[(String, String)],
    options: CompileOptions,
) -> Result<String, Error> {
    let mut policy = "{\n  \"pumice\": 1,\n".to_owned();
    let mut member = |name: &str, value: Value| {
        // Writing to a string does not fail.
        let _ = writeln!(policy, "  \"{name}\": {value},");
    };
    if let Some(name) = &schema.name {
        member("name", name.as_str().into());
    }
    if let Some(version) = schema.version.as_ref().and_then(|version| version.parse::<u64>().ok()) {
        member("version", version.into());
    }
    for (name, role) in [("account", Role::Account), ("subject", Role::Subject)] {
        let mut fields = schema.fields.iter().filter(|field| field.role == Some(role));
        if let Some(field) = fields.next() {
            if !field.selector.is_single() || fields.next().is_some() {
                let place = At::Rule(field.selector.to_string());
                return Err(Error::new(Code::InvalidSelector).at_place(place));
            }
            member(name, field.selector.to_string().into());
        }
    }
    let unlisted = match governance.unlisted {
        Unlisted::Keep => "keep",
        Unlisted::Drop => "drop",
        Unlisted::Fail => "fail",
    };
    member("unlisted", unlisted.into());
    if options.strict {
        let _ = writeln!(policy, "  \"shape\": {},", schema.shape);
    }
    policy.push_str("  \"fields\": {");
    for (at, (selector, rule)) in rules.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(policy, "{comma}\n    {}: {rule}", Value::from(selector.as_str()));
    }
    policy.push_str(if rules.is_empty() { "}\n}\n" } else { "\n  }\n}\n" });
    Ok(policy)
}
