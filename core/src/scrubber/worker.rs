//! One thread's work: event after event, line after line; knows no files.

use super::set::Choice;
use super::{Desk, Scrubber, check_size};
use crate::error::Error;
use crate::json::Aim;
use crate::plan::Whose;
use std::fmt;

/// How many lines have their subjects' keys fetched, or made, in one round trip to the store.
pub(super) const LINES_AHEAD: usize = 1024;

/// One thread's way to scrub many events. What it counted is in the scrubber's report once it is dropped.
///
/// It keeps in memory, and leaves to the scrubber for the next worker: the keys of up to 2,048 members it met, and for
/// fields with a user agent or a place the last 2,048 values with their answers.
pub struct Worker<'a> {
    pub(super) scrubber: &'a Scrubber,
    pub(super) whose: Whose<'a>,
    pub(super) choice: Choice,
    /// `None` only while it is being dropped.
    pub(super) desk: Option<Box<Desk>>,
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
    pub(super) fn new(scrubber: &'a Scrubber, whose: Whose<'a>, desk: Box<Desk>) -> Self {
        let choice = scrubber.choice(&desk.plans);
        Worker { scrubber, whose, choice, desk: Some(desk) }
    }

    /// Appends the scrubbed event to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// Those of [`Scrubber::scrub`].
    pub fn scrub(&mut self, event: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.call(event, Aim::Scrub, out)
    }

    /// Appends a scrubbed event as it was before its fields were encrypted; on error `out` is as it was. Whatever else the
    /// policy treats stays as it is.
    ///
    /// # Errors
    /// Those of [`Scrubber::scrub`], and at a rule: [`Code::NotOurs`](crate::Code::NotOurs),
    /// [`Code::UnknownVersion`](crate::Code::UnknownVersion), [`Code::Malformed`](crate::Code::Malformed),
    /// [`Code::UnknownKey`](crate::Code::UnknownKey), [`Code::Forgotten`](crate::Code::Forgotten),
    /// [`Code::AuthenticationFailed`](crate::Code::AuthenticationFailed).
    pub fn decrypt_event(&mut self, event: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.call(event, Aim::Decrypt, out)
    }

    /// Appends a scrubbed event as it was before its fields were tokenized; otherwise like [`Worker::decrypt_event`]. A token
    /// of another account than the event's is refused; where nobody names one, that of the token is believed.
    ///
    /// # Errors
    /// Those of [`Worker::decrypt_event`].
    pub fn detokenize_event(&mut self, event: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.call(event, Aim::Detokenize, out)
    }

    fn call(&mut self, event: &[u8], aim: Aim<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        self.begin_call();
        let result = self.write(event, aim, out);
        self.end_call();
        result
    }

    pub(super) fn write(&mut self, event: &[u8], aim: Aim<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let scrubber = self.scrubber;
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let Desk { plans, scratch, counts } = &mut **desk;
        let result = check_size(event, scrubber.max_event_bytes())
            .and_then(|()| plans.plan_of(self.choice, event, scratch))
            .and_then(|(plan, name)| scratch.write(plan, event, self.whose, aim, name, out).map(|()| plan));
        match &result {
            Ok(plan) => counts.add(plan, scratch),
            Err(_) => counts.refused += 1,
        }
        result.map(drop)
    }

    /// The same, of a line, which stays one: JSON text that comes back as it stood may have line ends as white space, while
    /// those in strings are escapes.
    fn write_line(&mut self, line: &[u8], aim: Aim<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let from = out.len();
        self.write(line, aim, out)?;
        if !matches!(aim, Aim::Scrub) {
            let written = out.get_mut(from..).unwrap_or_default();
            written.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        }
        Ok(())
    }

    /// A root or store of the host that panicked may have cut the call before this one short: its random bytes must not be
    /// used again.
    pub(super) fn begin_call(&mut self) {
        self.end_call();
    }

    pub(super) fn end_call(&mut self) {
        if let Some(desk) = &mut self.desk {
            desk.scratch.end_call();
        }
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
        self.call_ndjson(lines, Aim::Scrub, on_error, out, rejects)
    }

    /// [`Worker::decrypt_event`] for many lines, like [`Worker::scrub_ndjson`]. Line ends in what was encrypted become spaces.
    ///
    /// # Errors
    /// With [`OnError::Fail`], those of [`Worker::decrypt_event`], with the line's number.
    pub fn decrypt_ndjson(
        &mut self,
        lines: &[u8],
        on_error: OnError,
        out: &mut Vec<u8>,
        rejects: &mut Vec<u8>,
    ) -> Result<Lines, Error> {
        self.call_ndjson(lines, Aim::Decrypt, on_error, out, rejects)
    }

    /// [`Worker::detokenize_event`] for many lines, like [`Worker::scrub_ndjson`].
    ///
    /// # Errors
    /// With [`OnError::Fail`], those of [`Worker::detokenize_event`], with the line's number.
    pub fn detokenize_ndjson(
        &mut self,
        lines: &[u8],
        on_error: OnError,
        out: &mut Vec<u8>,
        rejects: &mut Vec<u8>,
    ) -> Result<Lines, Error> {
        self.call_ndjson(lines, Aim::Detokenize, on_error, out, rejects)
    }

    fn call_ndjson(
        &mut self,
        lines: &[u8],
        aim: Aim<'_>,
        on_error: OnError,
        out: &mut Vec<u8>,
        rejects: &mut Vec<u8>,
    ) -> Result<Lines, Error> {
        self.begin_call();
        let result = self.write_ndjson(lines, aim, on_error, out, rejects);
        self.end_call();
        result
    }

    fn write_ndjson(
        &mut self,
        lines: &[u8],
        aim: Aim<'_>,
        on_error: OnError,
        out: &mut Vec<u8>,
        rejects: &mut Vec<u8>,
    ) -> Result<Lines, Error> {
        let mut counts = Lines::default();
        let mut rest = lines;
        let mut number: u64 = 0;
        while !rest.is_empty() {
            if matches!(aim, Aim::Scrub) && number.is_multiple_of(LINES_AHEAD as u64) {
                let mut ahead = rest;
                self.look_ahead(std::iter::from_fn(|| Some(next_line(&mut ahead).0)));
            }
            number += 1;
            let (line, ended) = next_line(&mut rest);
            if is_blank(line) {
                counts.blank += 1;
                out.extend_from_slice(line);
            } else if let Err(error) = self.write_line(line, aim, out) {
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
            if ended {
                out.push(b'\n');
            }
        }
        Ok(counts)
    }

    /// Fetches the keys of the subjects in the next lines, or makes them: one by one, each new one would wait for the store to
    /// be durable.
    pub(super) fn look_ahead<'l>(&mut self, lines: impl Iterator<Item = &'l [u8]>) {
        let scrubber = self.scrubber;
        let (Some(keys), Some(desk)) = (scrubber.keys(), &mut self.desk) else { return };
        let Desk { plans, scratch, .. } = &mut **desk;
        if !plans.has_subjects(self.choice) {
            return;
        }
        let mut pairs = Vec::new();
        for line in lines.take(LINES_AHEAD) {
            if !is_blank(line)
                && check_size(line, scrubber.max_event_bytes()).is_ok()
                && let Ok((plan, _)) = plans.plan_of(self.choice, line, scratch)
            {
                scratch.push_owner(plan, line, self.whose, &mut pairs);
            }
        }
        // What is wrong with one of them is said by the line that needs it.
        let _ = keys.prepare(&pairs);
    }
}

/// The next line, without its end, and whether it has one.
fn next_line<'a>(rest: &mut &'a [u8]) -> (&'a [u8], bool) {
    let end = memchr::memchr(b'\n', rest);
    let (line, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, &[]));
    *rest = after.get(1..).unwrap_or_default();
    (line, end.is_some())
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.take() {
            self.scrubber.take_back(desk);
        }
    }
}

impl fmt::Debug for Worker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}
