//! The check of what was done: an event and its output, side by side; knows no files.

use super::{Desk, Worker, check_size};
use crate::error::{At, Error};
use crate::json::{Aim, Edit};
use std::fmt;

impl Worker<'_> {
    /// Whether `scrubbed` is what the policy makes of `raw`: every treated value gone, every other byte equal.
    /// A ciphertext or token must open to the raw value. Nothing is counted.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn verify(&mut self, raw: &[u8], scrubbed: &[u8]) -> Result<(), Mismatch> {
        self.begin_call();
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let Desk { plans, scratch, .. } = &mut **desk;
        let mut expected = Vec::new();
        let plan = check_size(raw, self.scrubber.max_event_bytes())
            .and_then(|()| plans.plan_of(self.choice, raw, scratch))
            .and_then(|(plan, name)| {
                let aim = Aim::Verify(scrubbed);
                let written = scratch.write(plan, raw, self.whose, aim, name, &mut expected);
                scratch.end_call();
                written.map(|()| plan)
            })
            .map_err(|error| Mismatch { at: error.at().clone(), kind: MismatchKind::Refused(error) })?;
        if expected == scrubbed {
            return Ok(());
        }
        let same = expected.iter().zip(scrubbed).take_while(|(a, b)| a == b).count();
        // The edit whose output the first difference is in, or right after (as when a removed member is still there).
        let edit = scratch.places().take_while(|(_, place)| place.start <= same).last();
        let Some((edit, place)) = edit.filter(|(_, place)| same <= place.end) else {
            return Err(Mismatch { kind: MismatchKind::ByteChanged, at: At::Offset(same) });
        };
        let rule = plan.rule(edit.rule).map(|bound| bound.rule.spelling.clone());
        let at = rule.map_or(At::Offset(place.start), At::Rule);
        let kind = if is_left(raw, scrubbed, edit, place.start) {
            MismatchKind::ValueLeft
        } else if place.is_empty() {
            return Err(Mismatch { kind: MismatchKind::ByteChanged, at: At::Offset(same) });
        } else {
            MismatchKind::ValueChanged
        };
        Err(Mismatch { kind, at })
    }
}

/// Whether the value that an edit treats stands in the output where its replacement should be.
fn is_left(raw: &[u8], scrubbed: &[u8], edit: &Edit, start: usize) -> bool {
    let here = scrubbed.get(start..).unwrap_or_default();
    [edit.start, edit.unit, edit.before].into_iter().any(|from| {
        let value = raw.get(from as usize..edit.end as usize);
        value.is_some_and(|value| here.starts_with(value))
    })
}

/// Where an output is not what the policy makes of its input. It has nothing of either in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What is wrong.
    pub kind: MismatchKind,
    /// The rule whose value it is, or the byte offset in the output.
    pub at: At,
}

/// What is wrong with an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchKind {
    /// A value that was to be treated is still there.
    ValueLeft,
    /// A treated value is not what its rule makes of it.
    ValueChanged,
    /// A byte that no rule treats is not as it was.
    ByteChanged,
    /// The policy refuses the event, so there should be no output for it.
    Refused(Error),
}

impl MismatchKind {
    /// A stable name: `value_left`, `value_changed`, `byte_changed`, `refused`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            MismatchKind::ValueLeft => "value_left",
            MismatchKind::ValueChanged => "value_changed",
            MismatchKind::ByteChanged => "byte_changed",
            MismatchKind::Refused(_) => "refused",
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        match (&self.kind, &self.at) {
            (MismatchKind::Refused(error), _) => write!(f, ": {error}"),
            (_, At::Nowhere) => Ok(()),
            (_, at) => write!(f, " at {at}"),
        }
    }
}

impl std::error::Error for Mismatch {}
