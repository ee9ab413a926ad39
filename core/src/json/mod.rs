//! One event of JSON, scrubbed: locate, then splice. The output is the input but for the spans that a rule
//! treats; there is no tree in between.

mod glance;
mod literal;
mod memo;
mod seal;
mod shape;
mod shapes;
mod splice;
mod stops;
mod strict;
mod trail;
mod trails;
mod walk;

use crate::error::{Code, Error};
use crate::plan::{Form, Plan, Redactor, Source, Whose};
pub(crate) use glance::glance;
pub(crate) use seal::Aim;
pub(crate) use splice::Outcome;
use std::ops::Range;
pub(crate) use walk::{Edit, UNLISTED};

/// Everything that scrubbing one event after the other needs and keeps: buffers, and what was learned.
pub(crate) struct Scratch {
    shapes: shapes::Shapes,
    /// What was learned for the plan of names.
    names: Option<shape::Shape>,
    name: String,
    walk: walk::Buffers,
    found: walk::Found,
    splice: splice::Buffers,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Scratch {
            shapes: shapes::Shapes::default(),
            names: None,
            name: String::new(),
            walk: walk::Buffers::new(),
            found: walk::Found::new(),
            splice: splice::Buffers::new(),
        }
    }

    /// Appends to `out` what is to be made of the event; on error `out` is as it was. The call that this is part of is
    /// ended by [`Scratch::end_call`]. If a glance at the event saw the `name` of its plan, the event must say no other.
    pub(crate) fn write(
        &mut self,
        plan: &Plan,
        event: &[u8],
        whose: Whose<'_>,
        aim: Aim<'_>,
        name: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        match plan.form() {
            // What comes back of a scrubbed event looks as the policy made it, not as its shape.
            Some(form) if matches!(aim, Aim::Scrub | Aim::Verify(_)) => {
                self.find_strictly(plan, form, event)?
            }
            Some(_) | None => self.find(plan, event)?,
        }
        let event = seal::Event { bytes: event, plan, found: &self.found, whose, aim };
        if cfg!(feature = "sets")
            && let Some(name) = name
            && (seal::read_name(&plan.by(), None, &event, &mut self.name).is_none() || self.name != name)
        {
            return Err(Error::new(Code::NoPolicy));
        }
        splice::splice(&event, &mut self.splice, out)
    }

    /// The name that an event says where the plan of names looks for it; none if it says no single one.
    ///
    /// # Errors
    /// What is wrong with the event.
    pub(crate) fn name(&mut self, plan: &Plan, event: &[u8]) -> Result<Option<&str>, Error> {
        check_positions(event)?;
        let shape = self.names.get_or_insert_with(|| shape::Shape::new(plan));
        walk::walk::<false>(event, plan, shape, &mut self.walk, &mut self.found)?;
        // Whoever reads it next may take the one or the other: no policy for unknown events is for that.
        if let Source::Event(place) = plan.by()
            && matches!(self.found.mentions.get(place), Some(walk::Mention::Unclear))
        {
            return Err(Error::new(Code::NoPolicy));
        }
        let whose = Whose::default();
        let event = seal::Event { bytes: event, plan, found: &self.found, whose, aim: Aim::Scrub };
        Ok(seal::read_name(&plan.by(), None, &event, &mut self.name).map(|()| self.name.as_str()))
    }

    /// Appends the account and the subject of an event that needs a subject's key.
    pub(crate) fn push_owner(
        &mut self,
        plan: &Plan,
        event: &[u8],
        whose: Whose<'_>,
        pairs: &mut Vec<(String, String)>,
    ) {
        // What is wrong with the event is said when it is scrubbed.
        if self.find(plan, event).is_ok() {
            let event = seal::Event { bytes: event, plan, found: &self.found, whose, aim: Aim::Scrub };
            seal::push_owner(&event, pairs);
        }
    }

    /// Wipes what must not outlive a call.
    pub(crate) fn end_call(&mut self) {
        if let Some(sealer) = &mut self.splice.sealer {
            sealer.end_call();
        }
    }

    fn find(&mut self, plan: &Plan, event: &[u8]) -> Result<(), Error> {
        check_positions(event)?;
        Ok(walk::walk::<false>(event, plan, self.shapes.of(plan), &mut self.walk, &mut self.found)?)
    }

    fn find_strictly(&mut self, plan: &Plan, form: &Form, event: &[u8]) -> Result<(), Error> {
        check_positions(event)?;
        walk::walk::<true>(event, plan, self.shapes.of(plan), &mut self.walk, &mut self.found).map_err(
            |fault| match self.found.refusal.take() {
                Some(refusal) => Error::new(refusal.code).at_place(form.place(refusal.slot)),
                None => fault.into(),
            },
        )
    }

    /// One JSON string or number, redacted; `None` if it cannot be read as its type.
    pub(crate) fn redact(redactor: &Redactor, value: &str) -> Option<String> {
        splice::redact_value(redactor, value)
    }

    /// What the last successful scrub did, edit by edit.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (&Edit, Outcome)> {
        self.found.edits.iter().zip(self.splice.outcomes.iter().copied())
    }

    /// Where in the output each edit's replacement stands, if the last scrub was for [`Aim::Verify`].
    pub(crate) fn places(&self) -> impl Iterator<Item = (&Edit, &Range<usize>)> {
        self.found.edits.iter().zip(&self.splice.places)
    }

    /// Rules that kept something in the last event, once for each value.
    pub(crate) fn kept(&self) -> &[u16] {
        &self.found.kept
    }
}

/// Positions are 32 bits wide, and the last of them means none.
fn check_positions(event: &[u8]) -> Result<(), Error> {
    if event.len() < u32::MAX as usize { Ok(()) } else { Err(Error::new(Code::TooLarge)) }
}
