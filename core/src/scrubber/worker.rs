//! One thread's work: event after event, line after line, and the check of what was done; knows no files.

use super::{Desk, Scrubber, check_size};
use crate::error::{At, Error};
use crate::json::{Done, Edit};
use std::fmt;

/// One thread's way to scrub many events. What it counted is in the scrubber's report once it is dropped.
///
/// It keeps in memory, and leaves to the scrubber for the next worker: the keys of up to 2,048 members it met, and for
/// fields with a user agent or a place the last 2,048 values with their answers.
pub struct Worker<'a> {
    scrubber: &'a Scrubber,
    /// `None` only while it is being dropped.
    desk: Option<Box<Desk>>,
}

/// What to do with a line that cannot be scrubbed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Stop there.
    #[default]
    Fail,
    /// Put the line, whole, among the rejects, and go on.
    Reject,
}

/// How many lines were dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Lines that are scrubbed events.
    pub events: u64,
    /// Lines that went to the rejects.
    pub rejected: u64,
    /// Lines of nothing but white space.
    pub blank: u64,
}

impl<'a> Worker<'a> {
    pub(super) fn new(scrubber: &'a Scrubber, desk: Box<Desk>) -> Self {
        Worker { scrubber, desk: Some(desk) }
    }

    /// Appends the scrubbed event to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// Those of [`Scrubber::scrub`].
    pub fn scrub(&mut self, event: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let scrubber = self.scrubber;
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let result = check_size(event, scrubber.max_event_bytes)
            .and_then(|()| desk.scratch.scrub(&scrubber.plan, event, out));
        match result {
            Ok(()) => desk.counts.add(&desk.scratch),
            Err(_) => desk.counts.refused += 1,
        }
        result
    }

    /// Scrubs newline-delimited JSON: one event a line. Lines are told apart by `\n` alone; a `\r` before it is white
    /// space of the event and stays. Blank lines stay as they are and are no events. A last line needs no `\n`.
    ///
    /// Appends to `out`, and the lines that cannot be scrubbed to `rejects`, each whole and with a `\n`.
    ///
    /// # Errors
    /// With [`OnError::Fail`], those of [`Scrubber::scrub`] for the first line that cannot be scrubbed, with its
    /// number (from 1) in `lines`; `out` then has the lines before it. With [`OnError::Reject`] never.
    pub fn scrub_ndjson(
        &mut self,
        lines: &[u8],
        on_error: OnError,
        out: &mut Vec<u8>,
        rejects: &mut Vec<u8>,
    ) -> Result<Lines, Error> {
        let mut counts = Lines::default();
        let mut rest = lines;
        let mut number = 0;
        while !rest.is_empty() {
            number += 1;
            let end = memchr::memchr(b'\n', rest);
            let (line, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or_default();
            if line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                counts.blank += 1;
                out.extend_from_slice(line);
            } else if let Err(error) = self.scrub(line, out) {
                match on_error {
                    OnError::Fail => return Err(error.at_line(number)),
                    OnError::Reject => {
                        counts.rejected += 1;
                        rejects.extend_from_slice(line);
                        rejects.push(b'\n');
                        continue;
                    }
                }
            } else {
                counts.events += 1;
            }
            if end.is_some() {
                out.push(b'\n');
            }
        }
        Ok(counts)
    }

    /// Whether `scrubbed` is what the policy makes of `raw`: every treated value gone, every other byte equal.
    /// Nothing is counted.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn verify(&mut self, raw: &[u8], scrubbed: &[u8]) -> Result<(), Mismatch> {
        let scrubber = self.scrubber;
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let mut expected = Vec::new();
        check_size(raw, scrubber.max_event_bytes)
            .and_then(|()| desk.scratch.scrub(&scrubber.plan, raw, &mut expected))
            .map_err(|error| Mismatch { at: error.at().clone(), kind: MismatchKind::Refused(error) })?;
        if expected == scrubbed {
            return Ok(());
        }
        let same = expected.iter().zip(scrubbed).take_while(|(a, b)| a == b).count();
        // The edit whose output the first difference is in, or right after (as when a removed member is still there).
        let edit = desk.scratch.done().take_while(|(_, done)| done.start <= same).last();
        let Some((edit, done)) = edit.filter(|(_, done)| same <= done.end) else {
            return Err(Mismatch { kind: MismatchKind::ByteChanged, at: At::Offset(same) });
        };
        let rule = scrubber.plan.rule(edit.rule).map(|bound| bound.rule.spelling.clone());
        let at = rule.map_or(At::Offset(done.start), At::Rule);
        let kind = if is_left(raw, scrubbed, edit, done) {
            MismatchKind::ValueLeft
        } else if done.start == done.end {
            return Err(Mismatch { kind: MismatchKind::ByteChanged, at: At::Offset(same) });
        } else {
            MismatchKind::ValueChanged
        };
        Err(Mismatch { kind, at })
    }
}

/// Whether the value that an edit treats stands in the output where its replacement should be.
fn is_left(raw: &[u8], scrubbed: &[u8], edit: &Edit, done: &Done) -> bool {
    let here = scrubbed.get(done.start..).unwrap_or_default();
    [edit.start, edit.unit, edit.before].into_iter().any(|start| {
        let value = raw.get(start as usize..edit.end as usize);
        value.is_some_and(|value| here.starts_with(value))
    })
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.take() {
            self.scrubber.idle().push(desk);
        }
    }
}

impl fmt::Debug for Worker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
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
