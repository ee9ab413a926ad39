//! The policies of a scrubber, compiled, and which of them is an event's; knows no desk.

use crate::error::{Code, Error};
use crate::json::{Scratch, glance};
use crate::parts::IfSets;
use crate::plan::{Plan, Siblings, Supplies};
use crate::policy::{Document, PolicySet};
use crate::selector::{Selector, Step};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::sync::Arc;

/// One policy or a set, compiled.
pub(super) struct Plans {
    /// By their numbers.
    plans: Vec<Plan>,
    naming: Naming,
}

/// How policies are named.
enum Naming {
    /// There is one, which may have a name.
    One(Option<String>),
    Set(IfSets<Box<Names>>),
}

/// The names of a set's policies: it may have none, or one.
struct Names {
    /// In its order.
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize, FixedState>,
    /// The plan of events that name no other.
    unknown: Option<usize>,
    /// Where an event says its name.
    by: Option<By>,
}

/// Where an event says the name of its policy.
struct By {
    /// For a glance.
    keys: Vec<Box<[u8]>>,
    /// For a thorough look.
    plan: Plan,
}

/// The plan of an event, and the name that a glance at the event saw.
pub(super) type Found<'a> = (&'a Plan, Option<&'a str>);

/// Which policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The one of this number.
    Plan(usize),
    /// The event says it.
    Event,
    /// The caller named one that is not there.
    Nowhere,
}

impl Plans {
    /// # Errors
    /// Those of [`super::Builder::build`].
    pub(super) fn new(document: &[u8], supplies: &Supplies) -> Result<Self, Error> {
        match Document::parse(document)? {
            Document::Set(set) => Plans::of_set(*set, supplies),
            Document::One(policy) => {
                let naming = Naming::One(policy.name.clone());
                let plans = vec![Plan::new(*policy, supplies, &mut Siblings::default())?];
                Ok(Plans { plans, naming })
            }
        }
    }

    fn of_set(set: PolicySet, supplies: &Supplies) -> Result<Self, Error> {
        let mut siblings = Siblings::of(set.by.clone());
        let mut plans = Vec::with_capacity(set.policies.len());
        let mut names: Vec<Arc<str>> = Vec::with_capacity(set.policies.len());
        for (name, policy) in set.policies {
            plans.push(Plan::new(policy, supplies, &mut siblings)?);
            names.push(name.into());
        }
        let numbers = names.iter().enumerate().map(|(number, name)| (name.clone(), number)).collect();
        let unknown = match set.unknown {
            Some(policy) => {
                plans.push(Plan::new(policy, supplies, &mut siblings)?);
                Some(plans.len() - 1)
            }
            None => None,
        };
        let by = set.by.map(|place| By::new(&place, &mut siblings)).transpose()?;
        let naming = IfSets::new(|| Box::new(Names { names, numbers, unknown, by })).map(Naming::Set);
        // INVARIANT: a build without sets reads none.
        Ok(Plans { plans, naming: naming.ok_or_else(|| Error::new(Code::PolicyVersion))? })
    }

    /// All plans, with their names if they are of a set.
    pub(super) fn all(&self) -> impl Iterator<Item = (Option<&str>, &Plan)> {
        self.plans.iter().map(|plan| (self.name(plan.number()), plan))
    }

    /// The name of a plan of a set: empty for that of unknown events.
    pub(super) fn name(&self, number: usize) -> Option<&str> {
        match &self.naming {
            Naming::One(_) => None,
            Naming::Set(set) => Some(set.names.get(number).map_or("", AsRef::as_ref)),
        }
    }

    pub(super) fn plan(&self, number: usize) -> Option<&Plan> {
        self.plans.get(number)
    }

    /// What the caller's word comes to; without one, it is the one policy, or the event's to say.
    pub(super) fn choose(&self, named: Option<&str>) -> Choice {
        match (&self.naming, named) {
            (Naming::One(_), None) => Choice::Plan(0),
            (Naming::One(own), Some(name)) if own.as_deref() == Some(name) => Choice::Plan(0),
            (Naming::One(_), Some(_)) => Choice::Nowhere,
            (Naming::Set(_), None) => Choice::Event,
            (Naming::Set(set), Some(name)) => {
                set.numbers.get(name).map_or(Choice::Nowhere, |number| Choice::Plan(*number))
            }
        }
    }

    /// The plan of this choice, where no event can say it.
    ///
    /// # Errors
    /// [`Code::NoPolicy`], [`Code::UnknownPolicy`]
    pub(super) fn chosen(&self, choice: Choice) -> Result<&Plan, Error> {
        match choice {
            Choice::Plan(number) => self.plan(number).ok_or_else(|| Error::new(Code::UnknownPolicy)),
            Choice::Event => Err(Error::new(Code::NoPolicy)),
            Choice::Nowhere => Err(Error::new(Code::UnknownPolicy)),
        }
    }

    /// Whether subjects' keys may be needed.
    pub(super) fn has_subjects(&self, choice: Choice) -> bool {
        match choice {
            Choice::Plan(number) => self.plan(number).is_some_and(|plan| plan.owners().has_subjects()),
            Choice::Event => self.plans.iter().any(|plan| plan.owners().has_subjects()),
            Choice::Nowhere => false,
        }
    }

    /// The plan of an event. Where a name comes with it, the event must say no other.
    ///
    /// # Errors
    /// [`Code::NoPolicy`], [`Code::UnknownPolicy`], or what is wrong with the event.
    #[inline]
    pub(super) fn plan_of<'a>(
        &'a self,
        choice: Choice,
        event: &'a [u8],
        scratch: &mut Scratch,
    ) -> Result<Found<'a>, Error> {
        if let (Choice::Event, Naming::Set(set)) = (choice, &self.naming)
            && let Some(by) = &set.by
        {
            return self.named_in(set, by, event, scratch);
        }
        self.chosen(choice).map(|plan| (plan, None))
    }

    #[inline(never)]
    fn named_in<'a>(
        &'a self,
        set: &'a Names,
        by: &By,
        event: &'a [u8],
        scratch: &mut Scratch,
    ) -> Result<Found<'a>, Error> {
        if let Some(name) = glance(event, &by.keys)
            && let Some(plan) = set.numbers.get(name).and_then(|number| self.plan(*number))
        {
            return Ok((plan, Some(name)));
        }
        let name = scratch.name(&by.plan, event)?;
        let number = name.and_then(|name| set.numbers.get(name).copied());
        let refusal = if name.is_some() { Code::UnknownPolicy } else { Code::NoPolicy };
        let plan = number.or(set.unknown).and_then(|number| self.plan(number));
        plan.map(|plan| (plan, None)).ok_or_else(|| Error::new(refusal))
    }
}

impl By {
    fn new(place: &Selector, siblings: &mut Siblings) -> Result<Self, Error> {
        let key = |step: &Step| match step {
            Step::Key(name) => Some(name.as_bytes().into()),
            // INVARIANT: such a place is named by keys alone.
            Step::AnyKey | Step::AnyElement | Step::AnyDepth => None,
        };
        let keys = place.steps().iter().filter_map(key).collect();
        Ok(By { keys, plan: Plan::of_names(place, siblings)? })
    }
}
