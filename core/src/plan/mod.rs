//! Where "which field" meets "what to do": a policy compiled and bound to the data that its rules need. It
//! knows no carrier: JSON and columns follow the same plan.

mod automaton;
mod treatment;

use crate::error::{Code, Error};
use crate::geo::GeoDb;
use crate::policy::{Action, Engine as PolicyEngine, Geo, Policy, Redaction, Rule, Unlisted};
use crate::redact::user_agent::Compact;
use automaton::{Automaton, Conflict};
pub(crate) use automaton::{DEAD, StateId};
use treatment::Engine;
pub(crate) use treatment::{Redactor, Sink};

/// The data that rules may need, as the caller gave it.
#[derive(Clone, Default)]
pub(crate) struct Supplies {
    pub(crate) geo: Option<GeoDb>,
    #[cfg(feature = "uap")]
    pub(crate) uap: Option<crate::redact::user_agent::UapRules>,
}

/// A compiled policy.
#[derive(Debug)]
pub(crate) struct Plan {
    automaton: Automaton,
    rules: Vec<Bound>,
    unlisted: Unlisted,
}

/// A rule, bound.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) rule: Rule,
    pub(crate) treatment: Treatment,
}

/// What a rule does with the value it hits.
#[derive(Debug)]
pub(crate) enum Treatment {
    /// Redacts each leaf at or below it.
    Redact(Redactor),
    /// Puts this JSON text in its place.
    Replace(String),
    /// Takes it out.
    Drop,
    /// Leaves it, and all below that has no rule of its own.
    Keep,
}

/// What is to be done at one place of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Duty {
    /// Nothing, and nothing is counted.
    Leave,
    /// A rule keeps it.
    Keep(u16),
    /// A rule treats each leaf at or below.
    Leaves(u16),
    /// A rule treats the value as a whole.
    Whole(u16),
    /// No rule names it: it goes, unless a rule finds something in it.
    DropUnlisted,
    /// No rule names it: the event is refused, unless a rule takes all that is in it.
    RefuseUnlisted,
}

impl Plan {
    pub(crate) fn new(policy: Policy, supplies: &Supplies) -> Result<Self, Error> {
        let selectors: Vec<_> = policy.rules.iter().map(|rule| &rule.selector).collect();
        let automaton = Automaton::new(&selectors).map_err(|conflict| match conflict {
            Conflict::Ambiguous(_, second) => policy
                .rules
                .get(second)
                .map_or(Error::new(Code::AmbiguousSelectors), |rule| rule.error(Code::AmbiguousSelectors)),
            Conflict::TooComplex => {
                Error::new(Code::PolicyTooComplex).at_place(crate::error::At::Policy("/fields".to_owned()))
            }
        })?;
        let bind = |rule: Rule| Ok(Bound { treatment: bind(&rule, supplies)?, rule });
        let rules = policy.rules.into_iter().map(bind).collect::<Result<_, Error>>()?;
        Ok(Plan { automaton, rules, unlisted: policy.unlisted })
    }

    /// What happens to a leaf that no rule names.
    pub(crate) fn unlisted(&self) -> Unlisted {
        self.unlisted
    }

    /// The rules, in the policy's order.
    pub(crate) fn rules(&self) -> &[Bound] {
        &self.rules
    }

    /// The rule of this number.
    pub(crate) fn rule(&self, rule: u16) -> Option<&Bound> {
        self.rules.get(usize::from(rule))
    }

    /// State and duty of the whole event.
    pub(crate) fn start(&self) -> (StateId, Duty) {
        let unlisted = match self.unlisted {
            Unlisted::Keep => Duty::Leave,
            Unlisted::Drop => Duty::DropUnlisted,
            Unlisted::Fail => Duty::RefuseUnlisted,
        };
        let state = self.automaton.start();
        (state, self.duty(state, unlisted))
    }

    /// State and duty of a member's value.
    pub(crate) fn member(&self, (state, duty): (StateId, Duty), key: &[u8]) -> (StateId, Duty) {
        self.below(duty, || self.automaton.member(state, key))
    }

    /// State and duty of an element.
    pub(crate) fn element(&self, (state, duty): (StateId, Duty)) -> (StateId, Duty) {
        self.below(duty, || self.automaton.element(state))
    }

    fn below(&self, duty: Duty, next: impl FnOnce() -> StateId) -> (StateId, Duty) {
        match duty {
            // What is taken whole is taken with everything in it.
            Duty::Whole(_) => (DEAD, Duty::Leave),
            Duty::Keep(_) => {
                let state = next();
                (state, self.duty(state, Duty::Leave))
            }
            Duty::Leave | Duty::Leaves(_) | Duty::DropUnlisted | Duty::RefuseUnlisted => {
                let state = next();
                (state, self.duty(state, duty))
            }
        }
    }

    /// A rule of the place itself comes before what holds around it.
    fn duty(&self, state: StateId, around: Duty) -> Duty {
        let Some(number) = self.automaton.rule(state) else { return around };
        match self.rule(number).map(|bound| &bound.treatment) {
            Some(Treatment::Redact(_)) => Duty::Leaves(number),
            Some(Treatment::Replace(_) | Treatment::Drop) => Duty::Whole(number),
            Some(Treatment::Keep) => Duty::Keep(number),
            None => around,
        }
    }
}

fn bind(rule: &Rule, supplies: &Supplies) -> Result<Treatment, Error> {
    Ok(match &rule.action {
        Action::Redact(redaction) => Treatment::Redact(bind_redaction(rule, redaction, supplies)?),
        Action::Encrypt | Action::Tokenize | Action::Hash => {
            return Err(rule.error_at("action", Code::NeedsKeys));
        }
        Action::Replace(text) => Treatment::Replace(text.clone()),
        Action::Drop => Treatment::Drop,
        Action::Keep => Treatment::Keep,
    })
}

fn bind_redaction(rule: &Rule, redaction: &Redaction, supplies: &Supplies) -> Result<Redactor, Error> {
    match redaction {
        Redaction::Phone(phone) => Ok(Redactor::Phone(phone.clone())),
        Redaction::Email(email) => Ok(Redactor::Email(email.clone())),
        Redaction::Coordinate(coordinate) => Ok(Redactor::Coordinate(coordinate.clone())),
        Redaction::Text => Ok(Redactor::Text),
        Redaction::Ip { ip, geo: Geo { country: false, city: false } } => Ok(Redactor::Ip(ip.clone())),
        Redaction::Ip { ip, geo } => {
            let db = supplies.geo.as_ref().ok_or_else(|| rule.error_at("geo", Code::NeedsGeo))?;
            if geo.city && !db.has_city() {
                return Err(rule.error_at("geo", Code::NeedsGeo));
            }
            Ok(Redactor::Place(ip.clone(), *geo, db.clone()))
        }
        Redaction::UserAgent { fields, engine } => {
            let engine = match engine {
                PolicyEngine::Compact => Engine::Compact(Compact),
                #[cfg(feature = "uap")]
                PolicyEngine::Uap => {
                    let rules = supplies.uap.clone();
                    let rules = rules.ok_or_else(|| rule.error_at("engine", Code::NeedsUap))?;
                    // Rules that do not compile are an error now, not at the first event.
                    rules.compile()?;
                    Engine::Uap(rules)
                }
                #[cfg(not(feature = "uap"))]
                PolicyEngine::Uap => return Err(rule.error_at("engine", Code::NeedsUap)),
            };
            Ok(Redactor::Agent(*fields, engine))
        }
    }
}
