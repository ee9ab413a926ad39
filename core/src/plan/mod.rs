//! Where "which field" meets "what to do": a policy compiled and bound to the data that its rules need. It
//! knows no carrier: JSON and columns follow the same plan.

mod automaton;
mod form;
mod owner;
mod treatment;

use crate::crypto::Keys;
use crate::error::{At, Code, Error};
use crate::geo::GeoDb;
use crate::parts::{IfCompact, IfKeys, IfSets};
use crate::policy::{Action, Engine as PolicyEngine, Geo, Kind, Policy, Redaction, Rule, Unlisted};
use crate::redact::user_agent::Compact;
use crate::selector::{Selector, Step};
use automaton::{Automaton, Conflict};
pub(crate) use automaton::{DEAD, Marks, StateId};
pub(crate) use form::{Form, SlotId};
use owner::Owners;
pub use owner::Whose;
pub(crate) use owner::{Party, Source};
use std::sync::Arc;
use treatment::Engine;
pub(crate) use treatment::{Redactor, Seal, Sink};

/// The data that rules may need, as the caller gave it.
#[derive(Clone, Default)]
pub(crate) struct Supplies {
    pub(crate) geo: Option<GeoDb>,
    #[cfg(feature = "uap")]
    pub(crate) uap: Option<crate::redact::user_agent::UapRules>,
    pub(crate) keys: Option<IfKeys<Arc<Keys>>>,
    pub(crate) account: Party,
    pub(crate) subject: Party,
}

/// What the plans of one scrubber have in common.
#[derive(Default)]
pub(crate) struct Siblings {
    plans: u32,
    /// Redactions whose answers are remembered, each once: what one policy learned serves another.
    dear: Vec<Redaction>,
    /// Where an event names its plan.
    by: Option<Selector>,
}

impl Siblings {
    /// Nothing, of plans that events name here.
    pub(crate) fn of(by: Option<Selector>) -> Self {
        Siblings { by, ..Siblings::default() }
    }

    fn number(&mut self) -> u32 {
        self.plans += 1;
        self.plans - 1
    }

    /// The number of a redaction, the same for equal ones.
    fn answers(&mut self, redaction: &Redaction) -> u32 {
        let known = self.dear.iter().position(|known| known == redaction);
        let number = known.unwrap_or_else(|| {
            self.dear.push(redaction.clone());
            self.dear.len() - 1
        });
        number as u32
    }
}

/// A compiled policy.
pub(crate) struct Plan {
    /// Which of its scrubber's plans it is.
    number: u32,
    /// Which of the marked places says the name of an event's plan, if one does.
    by: Option<usize>,
    automaton: Automaton,
    rules: Vec<Bound>,
    unlisted: Unlisted,
    keys: Option<IfKeys<Arc<Keys>>>,
    owners: Owners,
    /// What an event must look like.
    form: Option<IfSets<Form>>,
    /// What else is to be done at marked places, by their marks.
    marked: [Duty; 1 << MOST_PLACES],
}

/// The account's place, the subject's, and the name's of the event's plan.
pub(crate) const MOST_PLACES: usize = 3;

/// A rule, bound.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) rule: Rule,
    pub(crate) treatment: Treatment,
    /// Under which number its answers are remembered, if they are.
    pub(crate) answers: u32,
}

/// What a rule does with the value it hits.
#[derive(Debug)]
pub(crate) enum Treatment {
    /// Redacts each leaf at or below it.
    Redact(Redactor),
    /// Puts what only keys can make in its place.
    Seal(Seal),
    /// Puts this JSON text in its place.
    Replace(String),
    /// Takes it out.
    Drop,
    /// Leaves it, and all below that has no rule of its own.
    Keep,
}

/// What is to be done at one place of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// It says whose the event is. What else is to be done is in [`Plan::besides`].
    Says(Marks),
}

impl Plan {
    pub(crate) fn new(policy: Policy, supplies: &Supplies, siblings: &mut Siblings) -> Result<Self, Error> {
        let selectors: Vec<_> = policy.rules.iter().map(|rule| &rule.selector).collect();
        let (owners, mut places) = Owners::new(&policy, supplies.account.clone(), supplies.subject.clone());
        let name = siblings.by.clone();
        places.extend(&name);
        let by = name.as_ref().map(|_| places.len() - 1);
        let form = policy.shape.as_ref().and_then(|shape| IfSets::new(|| Form::new(shape)));
        let automaton =
            Automaton::new(&selectors, &places, form.as_deref()).map_err(|conflict| match conflict {
                Conflict::Ambiguous(_, second) => {
                    policy.rules.get(second).map_or(Error::new(Code::AmbiguousSelectors), |rule| {
                        rule.error(Code::AmbiguousSelectors)
                    })
                }
                Conflict::TooComplex => {
                    let fields = format!("{}/fields", policy.pointer);
                    Error::new(Code::PolicyTooComplex).at_place(At::Policy(fields))
                }
            })?;
        let places: Vec<Selector> = places.into_iter().cloned().collect();
        let bind = |rule: Rule| {
            let answers = match &rule.action {
                Action::Redact(redaction @ (Redaction::Ip { .. } | Redaction::UserAgent { .. })) => {
                    siblings.answers(redaction)
                }
                _ => 0,
            };
            Ok(Bound { treatment: bind(&rule, supplies, &owners)?, rule, answers })
        };
        let rules = policy.rules.into_iter().map(bind).collect::<Result<_, Error>>()?;
        let marked = [Duty::Leave; 1 << MOST_PLACES];
        let keys = supplies.keys.clone();
        let number = siblings.number();
        let mut plan =
            Plan { number, by, automaton, rules, unlisted: policy.unlisted, keys, owners, form, marked };
        for place in &places {
            let (state, duty) = place.steps().iter().fold(plan.top(), |at, step| match step {
                Step::Key(key) => plan.below(at, |state| plan.automaton.member(state, key.as_bytes())),
                // INVARIANT: such a place is named by keys alone.
                Step::AnyKey | Step::AnyElement | Step::AnyDepth => at,
            });
            if let Some(slot) = plan.marked.get_mut(usize::from(plan.automaton.marks(state))) {
                *slot = duty;
            }
        }
        Ok(plan)
    }

    /// A plan that does nothing but find the name of an event's plan.
    pub(crate) fn of_names(place: &Selector, siblings: &mut Siblings) -> Result<Self, Error> {
        let automaton =
            Automaton::new(&[], &[place], None).map_err(|_| Error::new(Code::PolicyTooComplex))?;
        Ok(Plan {
            number: siblings.number(),
            by: Some(0),
            automaton,
            rules: Vec::new(),
            unlisted: Unlisted::Keep,
            keys: None,
            owners: Owners { account: Source::Nowhere, subject: Source::Nowhere },
            form: None,
            marked: [Duty::Leave; 1 << MOST_PLACES],
        })
    }

    /// Which of its scrubber's plans it is, from 0.
    #[inline(always)]
    pub(crate) fn number(&self) -> usize {
        self.number as usize
    }

    /// Which of the marked places says the name of an event's plan, if one does.
    pub(crate) fn by(&self) -> Source {
        self.by.map_or(Source::Nowhere, Source::Event)
    }

    /// Whose events are.
    pub(crate) fn owners(&self) -> &Owners {
        &self.owners
    }

    /// The keys, if any were given.
    pub(crate) fn keys(&self) -> Option<&Keys> {
        self.keys.as_deref().map(AsRef::as_ref)
    }

    /// What happens to a leaf that no rule names.
    pub(crate) fn unlisted(&self) -> Unlisted {
        self.unlisted
    }

    /// What an event must look like, if the policy says.
    pub(crate) fn form(&self) -> Option<&Form> {
        self.form.as_deref()
    }

    /// The slot of the form that a place is.
    pub(crate) fn slot(&self, state: StateId) -> Option<SlotId> {
        self.automaton.slot(state)
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
        self.with_marks(self.top())
    }

    /// State and duty of a member's value.
    pub(crate) fn member(&self, (state, duty): (StateId, Duty), key: &[u8]) -> (StateId, Duty) {
        let around = (state, self.besides(duty));
        self.with_marks(self.below(around, |state| self.automaton.member(state, key)))
    }

    /// The names of members that lead from here elsewhere than other names.
    #[cfg(feature = "arrow")]
    pub(crate) fn names(&self, (state, duty): (StateId, Duty)) -> impl Iterator<Item = &[u8]> {
        let unruled = matches!(self.besides(duty), Duty::Whole(_));
        self.automaton.names(if unruled { self.automaton.unruled(state) } else { state })
    }

    /// State and duty of the value of a member that has none of these names.
    #[cfg(feature = "arrow")]
    pub(crate) fn other_member(&self, (state, duty): (StateId, Duty)) -> (StateId, Duty) {
        let around = (state, self.besides(duty));
        self.with_marks(self.below(around, |state| self.automaton.other_member(state)))
    }

    /// State and duty of an element.
    pub(crate) fn element(&self, (state, duty): (StateId, Duty)) -> (StateId, Duty) {
        let around = (state, self.besides(duty));
        self.with_marks(self.below(around, |state| self.automaton.element(state)))
    }

    /// What is to be done at a place that says whose the event is, apart from noting that.
    pub(crate) fn besides(&self, duty: Duty) -> Duty {
        match duty {
            Duty::Says(marks) => self.marked.get(usize::from(marks)).copied().unwrap_or(Duty::RefuseUnlisted),
            Duty::Leave
            | Duty::Keep(_)
            | Duty::Leaves(_)
            | Duty::Whole(_)
            | Duty::DropUnlisted
            | Duty::RefuseUnlisted => duty,
        }
    }

    /// Whether a rule could find something at or below this state.
    pub(crate) fn leads_on(&self, state: StateId) -> bool {
        self.automaton.unruled(state) != state
    }

    fn with_marks(&self, (state, duty): (StateId, Duty)) -> (StateId, Duty) {
        match self.automaton.marks(state) {
            0 => (state, duty),
            marks => (state, Duty::Says(marks)),
        }
    }

    fn top(&self) -> (StateId, Duty) {
        let unlisted = match self.unlisted {
            Unlisted::Keep => Duty::Leave,
            Unlisted::Drop => Duty::DropUnlisted,
            Unlisted::Fail => Duty::RefuseUnlisted,
        };
        let state = self.automaton.start();
        (state, self.duty(state, unlisted))
    }

    fn below(
        &self,
        (state, around): (StateId, Duty),
        next: impl FnOnce(StateId) -> StateId,
    ) -> (StateId, Duty) {
        match around {
            // What is taken whole is taken with everything in it.
            Duty::Whole(_) => (next(self.automaton.unruled(state)), Duty::Leave),
            Duty::Keep(_) => {
                let state = next(state);
                (state, self.duty(state, Duty::Leave))
            }
            Duty::Leave | Duty::Leaves(_) | Duty::DropUnlisted | Duty::RefuseUnlisted | Duty::Says(_) => {
                let state = next(state);
                (state, self.duty(state, around))
            }
        }
    }

    /// A rule of the place itself comes before what holds around it.
    fn duty(&self, state: StateId, around: Duty) -> Duty {
        let Some(number) = self.automaton.rule(state) else { return around };
        match self.rule(number).map(|bound| &bound.treatment) {
            Some(Treatment::Redact(_) | Treatment::Seal(Seal::Tokenize(_) | Seal::Hash(_))) => {
                Duty::Leaves(number)
            }
            Some(Treatment::Seal(Seal::Encrypt(_)) | Treatment::Replace(_) | Treatment::Drop) => {
                Duty::Whole(number)
            }
            Some(Treatment::Keep) => Duty::Keep(number),
            None => around,
        }
    }
}

fn bind(rule: &Rule, supplies: &Supplies, owners: &Owners) -> Result<Treatment, Error> {
    let seal = |seal| {
        let needs = |code| Err(rule.error_at("action", code));
        match (&supplies.keys, rule.needs_subject()) {
            (None, _) => needs(Code::NeedsKeys),
            (Some(keys), true) if !keys.has_store() => needs(Code::NeedsStore),
            _ if matches!(owners.account, Source::Nowhere) => needs(Code::NeedsAccount),
            (Some(_), true) if matches!(owners.subject, Source::Nowhere) => needs(Code::NeedsSubject),
            (Some(_), _) => Ok(Treatment::Seal(seal)),
        }
    };
    let kind = rule.kind.unwrap_or(Kind::Text);
    match &rule.action {
        Action::Redact(redaction) => bind_redaction(rule, redaction, supplies).map(Treatment::Redact),
        Action::Encrypt(key) => seal(Seal::Encrypt(*key)),
        Action::Tokenize => seal(Seal::Tokenize(kind)),
        Action::Hash => seal(Seal::Hash(kind)),
        Action::Replace(text) => Ok(Treatment::Replace(text.clone())),
        Action::Drop => Ok(Treatment::Drop),
        Action::Keep => Ok(Treatment::Keep),
    }
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
                PolicyEngine::Compact => {
                    let engine = IfCompact::new(|| Compact).map(Engine::Compact);
                    engine.ok_or_else(|| rule.error(Code::NeedsUap))?
                }
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
