//! What a privacy review wants to see of a schema, alone or beside the one before it; knows no policy document.

use super::decide::{Decided, DecidedBy, Decisions, Level, decide};
use super::document::Governance;
use super::names::looks_personal;
use crate::error::{Code, Error};
use crate::schema::{DataType, Schema};
use crate::selector::{Selector, Step};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Failures first, then changes, then warnings.
    pub findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What it is.
    pub code: Code,
    /// In which document.
    pub document: Document,
    /// Where in it, as a JSON Pointer.
    pub at: String,
    /// The field, if it is about one.
    pub field: Option<String>,
    /// The audience, if it is about one.
    pub reservoir: Option<String>,
    /// What was there before: a type, a tag, or a rule as JSON.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// The review fails.
    Failure,
    /// Somebody should look at it.
    Change,
    /// Something may have been forgotten.
    Warning,
}

/// Which of the documents it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Document {
    /// The schema
    Schema,
    /// The governance document
    Governance,
}

impl Weight {
    /// Its word: `failure`, `change`, `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Weight::Failure => "failure",
            Weight::Change => "change",
            Weight::Warning => "warning",
        }
    }
}

impl Document {
    /// Its word: `schema`, `governance`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Document::Schema => "schema",
            Document::Governance => "governance",
        }
    }
}

impl Review {
    /// Whether nothing fails.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.weight != Weight::Failure)
    }

    /// The review as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_value).collect();
        json!({"passes": self.passes(), "findings": findings}).to_string()
    }
}

impl Finding {
    fn to_value(&self) -> Value {
        json!({
            "weight": self.weight.as_str(), "code": self.code.as_str(), "document": self.document.as_str(),
            "at": self.at, "field": self.field, "reservoir": self.reservoir,
            "before": self.before, "after": self.after,
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at {} {}", self.weight.as_str(), self.code, self.document.as_str(), self.at)?;
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        if let Some(reservoir) = &self.reservoir {
            write!(f, " for {reservoir}")?;
        }
        match (&self.before, &self.after) {
            (None, None) => {}
            (before, after) => {
                let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
                write!(f, ", {} -> {}", word(before), word(after))?;
            }
        }
        write!(f, ": {}", self.code.meaning())
    }
}

/// Reviews a schema under a governance document, for one reservoir or all, beside the schema before it if there was one.
///
/// - Fails: [`Code::UndecidedField`], a single value that `against` does not have, without tag, type, entity or role, that no
///   rule is about.
/// - Changes: [`Code::TypeWeakened`], [`Code::TagLost`], [`Code::HandlingChanged`].
/// - Warnings: [`Code::PersonalName`], [`Code::UnmatchedRule`], and those of the schema.
///
/// # Errors
/// Those of [`super::compile`] that are not about the policy that comes out.
pub fn review(
    schema: &Schema,
    governance: &Governance,
    reservoir: Option<&str>,
    against: Option<&Schema>,
) -> Result<Review, Error> {
    let mut review = Review::default();
    let named = reservoir.map(|name| vec![name.to_owned()]);
    let reservoirs = named.as_ref().unwrap_or(&governance.reservoirs);
    let mut used: Vec<Option<bool>> = vec![None; governance.rules.len()];
    for (round, reservoir) in reservoirs.iter().enumerate() {
        let now = decide(schema, governance, reservoir)?;
        for (used, here) in used.iter_mut().zip(&now.used) {
            *used = match (*used, *here) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (known, here) => known.or(here),
            };
        }
        if let Some(against) = against {
            let before = decide(against, governance, reservoir)?;
            review.compare(&before, &now, reservoir, round == 0);
        }
        if round == 0 {
            review.look_at_names(&now);
        }
    }
    for (rule, _) in governance.rules.iter().zip(used).filter(|(_, used)| *used == Some(false)) {
        review.warn(Code::UnmatchedRule, Document::Governance, &rule.pointer);
    }
    for warning in &schema.warnings {
        review.warn(warning.code, Document::Schema, &warning.pointer);
    }
    review.findings.sort_by_key(|finding| finding.weight);
    Ok(review)
}

impl Review {
    fn warn(&mut self, code: Code, document: Document, at: &str) {
        self.findings.push(Finding {
            weight: Weight::Warning,
            code,
            document,
            at: at.to_owned(),
            field: None,
            reservoir: None,
            before: None,
            after: None,
        });
    }

    fn find(&mut self, weight: Weight, code: Code, decided: &Decided<'_>) -> Option<&mut Finding> {
        self.warn(code, Document::Schema, &decided.field.pointer);
        let finding = self.findings.last_mut()?;
        finding.weight = weight;
        finding.field = Some(decided.field.selector.to_string());
        Some(finding)
    }

    /// What is new, and what is not as it was. Only the first round tells what is the same for all reservoirs.
    fn compare(&mut self, before: &Decisions<'_>, now: &Decisions<'_>, reservoir: &str, first: bool) {
        let known: HashMap<&Selector, &Decided<'_>> =
            before.fields.iter().map(|decided| (&decided.field.selector, decided)).collect();
        for decided in &now.fields {
            let Some(old) = known.get(&decided.field.selector) else {
                if decided.is_undecided() {
                    self.find_once(Weight::Failure, Code::UndecidedField, decided);
                }
                continue;
            };
            if first {
                self.compare_types(old, decided);
                for tag in old.tags().filter(|tag| !decided.tags().any(|known| known == *tag)) {
                    if let Some(finding) = self.find(Weight::Change, Code::TagLost, decided) {
                        finding.before = Some(tag.to_owned());
                    }
                }
            }
            let (was, is) = (old.rule_text(), decided.rule_text());
            if was != is
                && decided.is_leaf
                && let Some(finding) = self.find(Weight::Change, Code::HandlingChanged, decided)
            {
                finding.reservoir = Some(reservoir.to_owned());
                (finding.before, finding.after) = (Some(was), Some(is));
            }
        }
    }

    fn find_once(&mut self, weight: Weight, code: Code, decided: &Decided<'_>) {
        let at = &decided.field.pointer;
        let is_known = |finding: &Finding| {
            finding.code == code
                && finding.at == *at
                && finding.field.as_deref() == Some(&decided.field.selector.to_string())
        };
        if !self.findings.iter().any(is_known) {
            self.find(weight, code, decided);
        }
    }

    fn compare_types(&mut self, old: &Decided<'_>, decided: &Decided<'_>) {
        let lost = old.kind.is_some() && decided.kind.is_none();
        let widened = old.field.data_type != DataType::Any && decided.field.data_type == DataType::Any;
        if (lost || widened)
            && let Some(finding) = self.find(Weight::Change, Code::TypeWeakened, decided)
        {
            finding.before = Some(old.type_name().to_owned());
            finding.after = Some(decided.type_name().to_owned());
        }
    }

    fn look_at_names(&mut self, now: &Decisions<'_>) {
        for decided in &now.fields {
            let name = decided.field.selector.steps().iter().rev().find_map(|step| match step {
                Step::Key(name) => Some(name),
                Step::AnyKey | Step::AnyElement | Step::AnyDepth => None,
            });
            if decided.is_unclassified() && decided.is_leaf && name.is_some_and(|name| looks_personal(name)) {
                self.find(Weight::Warning, Code::PersonalName, decided);
            }
        }
    }
}

impl Decided<'_> {
    /// Whether neither the schema says anything of it, nor a rule that names a field.
    fn is_unclassified(&self) -> bool {
        let is_named = matches!(&self.by, DecidedBy::Rule(_, Level::Field));
        !is_named && !self.is_personal && self.labels.is_empty() && self.field.role.is_none()
    }

    fn is_undecided(&self) -> bool {
        self.is_leaf && self.by == DecidedBy::Nobody && self.is_unclassified()
    }

    /// Tags, entity and what it is linked to.
    fn tags(&self) -> impl Iterator<Item = &str> {
        let field = self.field;
        field.tags.iter().map(String::as_str).chain(field.entity.as_deref()).chain(field.linked_to.as_deref())
    }

    fn type_name(&self) -> &'static str {
        match (self.kind, self.field.data_type) {
            (Some(kind), _) => kind.name(),
            (None, DataType::String) => "string",
            (None, DataType::Integer) => "integer",
            (None, DataType::Number) => "number",
            (None, DataType::Boolean) => "boolean",
            (None, DataType::Bytes) => "bytes",
            (None, DataType::Object) => "object",
            (None, DataType::Array) => "array",
            (None, DataType::Map) => "map",
            (None, DataType::Null) => "null",
            (None, DataType::Any) => "any",
        }
    }
}
