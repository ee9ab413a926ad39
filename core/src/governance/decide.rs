//! Which rule decides on each field of a schema; knows no policy.

use super::document::{Action, Governance, Members, Rule};
use crate::error::{At, Code, Error};
use crate::policy::Kind;
use crate::schema::{Field, Handling, Schema};
use crate::selector::{Selector, Step};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecidedBy {
    /// The governance rule at this JSON Pointer, at this level.
    Rule(String, Level),
    /// The governance document's `default`: the field is personal, and no rule is about it.
    Default,
    /// Nobody: the field is not personal, and no rule is about it.
    Nobody,
}

/// What a rule is about; of several, the first of these that it names. Rules of an earlier level go before those of a later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// A field
    Field,
    /// A tag
    Tag,
    /// A schema
    Table,
    /// An audience
    Reservoir,
}

/// A schema's field, and what was decided on it.
pub(super) struct Decided<'a> {
    pub(super) field: &'a Field,
    /// What it is in, by its place in the list.
    pub(super) parent: Option<usize>,
    /// Its own tags, entity and type, and those of all it is in.
    pub(super) labels: Vec<&'a str>,
    /// Its own type, or else that of what it is in.
    pub(super) kind: Option<Kind>,
    pub(super) is_personal: bool,
    pub(super) is_leaf: bool,
    pub(super) by: DecidedBy,
    /// The rule of a policy, as names and JSON texts; none where it would need a type, and this is no single value.
    pub(super) rule: Option<Members>,
}

/// All fields of a schema with what one reservoir gets of them, and the rules that were about one of them.
pub(super) struct Decisions<'a> {
    pub(super) fields: Vec<Decided<'a>>,
    /// By their places: whether they were about a field; none for those of another table or reservoir.
    pub(super) used: Vec<Option<bool>>,
}

/// Decides on all fields.
///
/// # Errors
/// [`Code::UnknownReservoir`]; [`Code::ContradictoryRules`] at a JSON Pointer into the governance document, and
/// [`Code::IncompleteRule`] likewise, or at a field's selector where it is the schema that asks for what cannot be done.
pub(super) fn decide<'a>(
    schema: &'a Schema,
    governance: &Governance,
    reservoir: &str,
) -> Result<Decisions<'a>, Error> {
    if !governance.reservoirs.iter().any(|known| known == reservoir) {
        return Err(Error::new(Code::UnknownReservoir));
    }
    let applicable: Vec<(usize, &Rule)> = governance
        .rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.table.is_none() || rule.table == schema.name)
        .filter(|(_, rule)| rule.reservoir.as_deref().is_none_or(|named| named == reservoir))
        .collect();
    let mut used = vec![None; governance.rules.len()];
    for (at, _) in &applicable {
        if let Some(used) = used.get_mut(*at) {
            *used = Some(false);
        }
    }
    // Fields for which there is a rule that needs a type, and where that rule stands.
    let mut untyped = Vec::new();
    let mut fields: Vec<Decided<'a>> = Vec::with_capacity(schema.fields.len());
    let mut places: HashMap<&[Step], usize> = HashMap::with_capacity(schema.fields.len());
    for field in &schema.fields {
        let parent = parent(field, &places);
        places.insert(field.selector.steps(), fields.len());
        let labels = labels(field, parent.and_then(|at| fields.get(at)));
        if let Some(parent) = parent.and_then(|at| fields.get_mut(at)) {
            parent.is_leaf = false;
        }
        let kind = field.kind.or_else(|| parent.and_then(|at| fields.get(at)?.kind));
        let handling = handling(field, parent, &fields);
        let is_personal = handling.is_some()
            || labels.iter().any(|label| !governance.public_tags.iter().any(|tag| tag == label));
        let matching = matching(&applicable, &field.selector, &labels, is_personal);
        for (at, ..) in &matching {
            if let Some(used) = used.get_mut(*at) {
                *used = Some(true);
            }
        }
        let (by, action, place) = match winner(&matching)? {
            Some(rule) => (
                DecidedBy::Rule(rule.pointer.clone(), rule.level()),
                &rule.action,
                (rule.action == Action::Redact).then(|| At::Policy(format!("{}/action", rule.pointer))),
            ),
            None if is_personal => (DecidedBy::Default, &governance.default, None),
            None => (DecidedBy::Nobody, &Action::Rule(Vec::new()), None),
        };
        let rule = carried_out(action, kind, handling, governance);
        if rule.is_none() {
            untyped.push((fields.len(), place.unwrap_or_else(|| At::Rule(field.selector.to_string()))));
        }
        fields.push(Decided { field, parent, labels, kind, is_personal, is_leaf: true, by, rule });
    }
    // An object or array is then left to its fields; a single value has nothing else.
    match untyped.into_iter().find(|(at, _)| fields.get(*at).is_some_and(|field| field.is_leaf)) {
        Some((_, place)) => Err(Error::new(Code::IncompleteRule).at_place(place)),
        None => Ok(Decisions { fields, used }),
    }
}

/// The innermost of the fields that this one is in.
fn parent(field: &Field, places: &HashMap<&[Step], usize>) -> Option<usize> {
    let steps = field.selector.steps();
    (1..steps.len()).rev().find_map(|end| places.get(steps.get(..end)?).copied())
}

fn labels<'a>(field: &'a Field, parent: Option<&Decided<'a>>) -> Vec<&'a str> {
    let mut labels = parent.map(|parent| parent.labels.clone()).unwrap_or_default();
    let own = field.tags.iter().map(String::as_str).chain(field.entity.as_deref());
    for label in own.chain(field.kind.map(Kind::name)) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// What the schema asks for, of the field or of the innermost that it is in.
fn handling<'a>(field: &'a Field, parent: Option<usize>, fields: &[Decided<'a>]) -> Option<&'a Handling> {
    let mut around = parent.and_then(|at| fields.get(at));
    let mut handling = field.handling.as_ref();
    while let (None, Some(outer)) = (handling, around) {
        handling = outer.field.handling.as_ref();
        around = outer.parent.and_then(|at| fields.get(at));
    }
    handling
}

/// A rule that is about a field, with its place, and how much of the field's selector its own means.
type Match<'a> = (usize, &'a Rule, usize);

fn matching<'a>(
    rules: &[(usize, &'a Rule)],
    selector: &Selector,
    labels: &[&str],
    is_personal: bool,
) -> Vec<Match<'a>> {
    let about = |&(at, rule): &(usize, &'a Rule)| {
        let depth = match &rule.field {
            Some(field) => depth(field, selector)?,
            None => 0,
        };
        if rule.tag.as_deref().is_some_and(|tag| !labels.contains(&tag)) {
            return None;
        }
        // Who names neither field nor tag speaks of personal data.
        let is_wide = rule.field.is_none() && rule.tag.is_none();
        (!is_wide || is_personal).then_some((at, rule, depth))
    };
    rules.iter().filter_map(about).collect()
}

/// How many steps it takes to the innermost place, at or around what `selector` means, that `rule` means too.
fn depth(rule: &Selector, selector: &Selector) -> Option<usize> {
    let steps = selector.steps();
    let covers =
        |end: &usize| steps.get(..*end).is_some_and(|around| rule.covers(&Selector::of(around.to_vec())));
    (1..=steps.len()).rev().find(covers)
}

/// The rule that decides, if one does.
fn winner<'a>(matching: &[Match<'a>]) -> Result<Option<&'a Rule>, Error> {
    let Some(rank) = matching.iter().map(|(_, rule, _)| rule.rank()).max() else { return Ok(None) };
    let top: Vec<&Match<'a>> = matching.iter().filter(|(_, rule, _)| rule.rank() == rank).collect();
    // A narrower selector goes before a wider one.
    let is_narrower = |(_, one, one_depth): &Match<'a>, (_, other, depth): &Match<'a>| {
        one_depth > depth
            || one_depth == depth
                && match (&one.field, &other.field) {
                    (Some(one), Some(other)) => other.covers(one) && !one.covers(other),
                    _ => false,
                }
    };
    let narrowest: Vec<&&Match<'a>> =
        top.iter().filter(|one| !top.iter().any(|other| is_narrower(other, one))).collect();
    let Some((_, first, _)) = narrowest.first() else { return Ok(None) };
    match narrowest.iter().find(|(_, rule, _)| rule.action != first.action) {
        Some((_, rule, _)) => {
            Err(Error::new(Code::ContradictoryRules).at_place(At::Policy(rule.pointer.clone())))
        }
        None => Ok(Some(first)),
    }
}

impl Rule {
    /// Which of the levels it names; one more weighs more than all after it.
    fn rank(&self) -> [bool; 4] {
        [self.field.is_some(), self.tag.is_some(), self.table.is_some(), self.reservoir.is_some()]
    }

    fn level(&self) -> Level {
        match self.rank() {
            [true, ..] => Level::Field,
            [_, true, ..] => Level::Tag,
            [_, _, true, _] => Level::Table,
            _ => Level::Reservoir,
        }
    }
}

impl Level {
    /// Its word: `field`, `tag`, `table`, `reservoir`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Field => "field",
            Level::Tag => "tag",
            Level::Table => "table",
            Level::Reservoir => "reservoir",
        }
    }
}

/// The rule of a policy that an action comes to; none if it needs a type that the field does not have.
fn carried_out(
    action: &Action,
    kind: Option<Kind>,
    handling: Option<&Handling>,
    governance: &Governance,
) -> Option<Members> {
    match action {
        Action::Redact => {
            let kind = kind?;
            let mut rule = vec![("type".to_owned(), format!("\"{}\"", kind.name()))];
            let options = governance.types.iter().find(|(of, _)| *of == kind);
            rule.extend(options.map(|(_, options)| options.clone()).unwrap_or_default());
            Some(rule)
        }
        Action::Rule(members) => Some(typed(members.clone(), kind)),
        Action::Declared => match handling {
            Some(Handling::Obfuscate) => carried_out(&Action::Redact, kind, None, governance),
            Some(Handling::Tokenize) => Some(typed(word("tokenize"), kind)),
            Some(Handling::Rule(text)) => match text.starts_with('"') {
                true => Some(vec![("type".to_owned(), text.clone())]),
                false => Some(typed(members(text)?, kind)),
            },
            None => Some(word("drop")),
        },
    }
}

fn word(action: &str) -> Members {
    vec![("action".to_owned(), format!("\"{action}\""))]
}

/// The rule with the type of the field, where its action tells types apart and it names none.
fn typed(mut rule: Members, kind: Option<Kind>) -> Members {
    let tells = rule.iter().any(|(key, text)| {
        key == "action" && matches!(text.as_str(), "\"hash\"" | "\"encrypt\"" | "\"tokenize\"")
    });
    let has_type = rule.iter().any(|(key, _)| key == "type");
    if let (true, false, Some(kind)) = (tells, has_type, kind) {
        rule.insert(0, ("type".to_owned(), format!("\"{}\"", kind.name())));
    }
    rule
}

/// The members of an object of JSON.
fn members(text: &str) -> Option<Members> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
    Some(members.into_iter().map(|(key, value)| (key, value.get().to_owned())).collect())
}
