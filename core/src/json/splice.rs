//! The second half of a scrub: untouched bytes copied, found spans replaced or taken out. It reads no JSON but
//! the spans it was given.

use super::memo::{Key, Memo};
use super::seal::{Aim, Event, Sealer};
use super::walk::{Edit, UNLISTED};
use crate::error::{At, Code, Error};
use crate::lex;
use crate::parts::IfKeys;
use crate::plan::{Bound, Redactor, Sink, Treatment};
use crate::policy::OnInvalid;
use crate::quote;
use crate::redact::Invalid;
use crate::scalar::Scalar;
use crate::simd::{self, Chunk, Scanning, scanning};
use std::ops::Range;

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Treated,
    Invalid,
    Null,
    /// Nothing was done to it, as the aim was another.
    Left,
}

/// Buffers of the splice, kept from event to event.
pub(crate) struct Buffers {
    /// What became of each edit.
    pub(crate) outcomes: Vec<Outcome>,
    /// Where in the output the replacement of each stands, if the output is verified.
    pub(crate) places: Vec<Range<usize>>,
    /// Where the next sibling begins of a member or element that was taken out with the comma after it.
    opening: usize,
    text: String,
    scratch: String,
    memo: Memo,
    /// If the build has keys.
    pub(super) sealer: Option<IfKeys<Sealer>>,
}

impl Buffers {
    /// Room for so much at first that no two workers' buffers are on one cache line.
    pub(crate) fn new() -> Self {
        Buffers {
            outcomes: Vec::with_capacity(128),
            places: Vec::new(),
            opening: 0,
            text: String::with_capacity(256),
            scratch: String::with_capacity(256),
            memo: Memo::default(),
            sealer: IfKeys::new(Sealer::new),
        }
    }
}

/// What takes the place of a value.
enum Instead {
    Written(Outcome),
    Nothing(Outcome),
}

/// The rule of an edit refuses the event, and why.
struct Refused(Code);

/// Appends the event to `out` with everything that was found treated. On error `out` is cut back to what it was.
///
/// # Errors
/// [`Code::InvalidValue`], or what keys had to say, at the rule that refuses the event.
pub(super) fn splice(event: &Event<'_>, buffers: &mut Buffers, out: &mut Vec<u8>) -> Result<(), Error> {
    let from = out.len();
    buffers.outcomes.clear();
    buffers.places.clear();
    buffers.opening = 0;
    if let Some(sealer) = &mut buffers.sealer {
        sealer.begin_event();
    }
    out.reserve(event.bytes.len() + event.bytes.len() / 8);
    scanning(Splice { event, buffers, out }).map_err(|(Refused(code), rule)| {
        out.truncate(from);
        let rule = event.plan.rule(rule).map_or(At::Nowhere, |bound| At::Rule(bound.rule.spelling.clone()));
        Error::new(code).at_place(rule)
    })
}

/// An event being written.
struct Splice<'a> {
    event: &'a Event<'a>,
    buffers: &'a mut Buffers,
    out: &'a mut Vec<u8>,
}

impl Scanning for Splice<'_> {
    /// If it is refused, by which rule.
    type Answer = Result<(), (Refused, u16)>;

    #[inline(always)]
    fn run<C: Chunk>(self) -> Self::Answer {
        let Splice { event, buffers, out } = self;
        let mut copied = 0;
        for edit in &event.found.edits {
            copied = match write_cut::<C>(event, buffers, edit, copied, out) {
                Some(after) => after,
                None => write_edit(event, buffers, edit, copied, out).map_err(|why| (why, edit.rule))?,
            };
        }
        out.extend_from_slice(event.bytes.get(copied..).unwrap_or_default());
        Ok(())
    }
}

/// Appends some of the bytes.
#[inline(always)]
fn push_run(bytes: &[u8], run: Range<usize>, out: &mut Vec<u8>) {
    if run.len() <= 32
        && let Some(block) = bytes.get(run.start..).and_then(|rest| rest.first_chunk::<32>())
    {
        simd::push_head(block, run.len(), out);
    } else {
        out.extend_from_slice(bytes.get(run).unwrap_or_default());
    }
}

/// Writes everything from `copied` up to an edit, and of its value what comes before the tail that stays: that is left to be
/// copied with what is behind it. Gives back how far the event is dealt with; nothing if the value is not cut. (What is verified
/// is written whole, so as not to depend on this.)
#[inline(always)]
fn write_cut<C: Chunk>(
    event: &Event<'_>,
    buffers: &mut Buffers,
    edit: &Edit,
    copied: usize,
    out: &mut Vec<u8>,
) -> Option<usize> {
    if cfg!(not(feature = "speed")) {
        return None;
    }
    let Aim::Scrub = event.aim else { return None };
    let Treatment::Redact(redactor) = &event.plan.rule(edit.rule)?.treatment else { return None };
    let (start, end) = (edit.start as usize, edit.end as usize);
    let here = event.bytes.get(start..)?;
    let (start, cut) = match here {
        [b'"', inside @ ..] => (start + 1, redactor.cut_string::<C>(inside, (end - start).checked_sub(2)?)?),
        _ => (start, redactor.cut_number::<C>(here, end - start)?),
    };
    push_run(event.bytes, copied..start + cut.head, out);
    cut.push_between(out);
    buffers.outcomes.push(Outcome::Treated);
    Some(start + cut.tail)
}

/// Writes everything from `copied` up to and including the edit; gives back how far the event is dealt with.
#[inline(never)]
fn write_edit(
    event: &Event<'_>,
    buffers: &mut Buffers,
    edit: &Edit,
    copied: usize,
    out: &mut Vec<u8>,
) -> Result<usize, Refused> {
    let bytes = event.bytes;
    let (start, end) = (edit.start as usize, edit.end as usize);
    let before = out.len();
    out.extend_from_slice(bytes.get(copied..start).unwrap_or_default());
    let at = out.len();
    let (outcome, after) = match instead(event, buffers, edit, out)? {
        Instead::Written(outcome) => (outcome, end),
        Instead::Nothing(outcome) if edit.before == super::shape::NONE => {
            // The event itself: nothing at all would not be JSON.
            out.extend_from_slice(b"null");
            (outcome, end)
        }
        Instead::Nothing(outcome) => {
            let (upto, after) = removal(bytes, buffers, edit);
            out.truncate(before + upto.saturating_sub(copied));
            (outcome, after)
        }
    };
    buffers.outcomes.push(outcome);
    if let Aim::Verify(_) = event.aim {
        buffers.places.push(at.min(out.len())..out.len());
    }
    Ok(after)
}

/// Which bytes go with a member or element that is taken out, so that the commas still fit.
fn removal(bytes: &[u8], buffers: &mut Buffers, edit: &Edit) -> (usize, usize) {
    let (unit, before, end) = (edit.unit as usize, edit.before as usize, edit.end as usize);
    // Nothing before it is left if it comes first, or if what came first was taken out up to here.
    let first = matches!(before.checked_sub(1).and_then(|at| bytes.get(at)), Some(b'{' | b'['));
    if !first && buffers.opening != unit {
        return (before, end);
    }
    let comma = lex::skip_space(bytes, end);
    if bytes.get(comma) != Some(&b',') {
        return (unit, end);
    }
    buffers.opening = lex::skip_space(bytes, comma + 1);
    (unit, buffers.opening)
}

#[inline(always)]
fn instead(
    event: &Event<'_>,
    buffers: &mut Buffers,
    edit: &Edit,
    out: &mut Vec<u8>,
) -> Result<Instead, Refused> {
    let Event { bytes, plan, aim, .. } = *event;
    let Some(bound) = plan.rule(edit.rule) else { return Ok(without_rule(event, edit, out)) };
    let redactor = match &bound.treatment {
        Treatment::Redact(redactor) if !aim.leaves_the_rest() => redactor,
        Treatment::Redact(_)
        | Treatment::Seal(_)
        | Treatment::Replace(_)
        | Treatment::Drop
        | Treatment::Keep => return otherwise(bound, event, buffers, edit, out),
    };
    let span = event.span(edit);
    if span == b"null" {
        out.extend_from_slice(b"null");
        return Ok(Instead::Written(Outcome::Null));
    }
    if let Redactor::Text = redactor {
        // Whatever it says, it need not be read.
        out.extend_from_slice(b"\"\"");
        return Ok(Instead::Written(Outcome::Treated));
    }
    let at = out.len();
    match redact(redactor, bound.answers, bytes, edit, buffers, out) {
        Ok(()) => Ok(Instead::Written(Outcome::Treated)),
        Err(Invalid) => {
            out.truncate(at);
            match bound.rule.on_invalid {
                OnInvalid::Null => {
                    out.extend_from_slice(b"null");
                    Ok(Instead::Written(Outcome::Invalid))
                }
                OnInvalid::Drop => Ok(Instead::Nothing(Outcome::Invalid)),
                OnInvalid::Fail => Err(Refused(Code::InvalidValue)),
            }
        }
    }
}

/// What takes the place of a value that is not redacted.
#[inline(never)]
fn otherwise(
    bound: &Bound,
    event: &Event<'_>,
    buffers: &mut Buffers,
    edit: &Edit,
    out: &mut Vec<u8>,
) -> Result<Instead, Refused> {
    match &bound.treatment {
        Treatment::Seal(_) if event.span(edit) == b"null" => Ok(as_it_was(Outcome::Null, event, edit, out)),
        Treatment::Seal(seal) => {
            let sealer = buffers.sealer.as_mut().ok_or(Refused(Code::NeedsKeys))?;
            if sealer.write(*seal, &bound.rule, event, edit, out).map_err(Refused)? {
                Ok(Instead::Written(Outcome::Treated))
            } else {
                Ok(as_it_was(Outcome::Left, event, edit, out))
            }
        }
        _ if event.aim.leaves_the_rest() => Ok(as_it_was(Outcome::Left, event, edit, out)),
        Treatment::Replace(text) => {
            out.extend_from_slice(text.as_bytes());
            Ok(Instead::Written(Outcome::Treated))
        }
        Treatment::Redact(_) | Treatment::Drop | Treatment::Keep => Ok(Instead::Nothing(Outcome::Treated)),
    }
}

/// What takes the place of a value that no rule names.
#[cold]
fn without_rule(event: &Event<'_>, edit: &Edit, out: &mut Vec<u8>) -> Instead {
    if edit.rule != UNLISTED {
        // INVARIANT: the walk names only rules of this plan. Were one missing, nothing may come out in its place.
        Instead::Nothing(Outcome::Invalid)
    } else if event.aim.leaves_the_rest() {
        as_it_was(Outcome::Left, event, edit, out)
    } else {
        Instead::Nothing(Outcome::Treated)
    }
}

fn as_it_was(outcome: Outcome, event: &Event<'_>, edit: &Edit, out: &mut Vec<u8>) -> Instead {
    out.extend_from_slice(event.span(edit));
    Instead::Written(outcome)
}

#[inline(always)]
fn redact(
    redactor: &Redactor,
    answers: u32,
    bytes: &[u8],
    edit: &Edit,
    buffers: &mut Buffers,
    out: &mut Vec<u8>,
) -> Result<(), Invalid> {
    let Buffers { text, scratch, memo, .. } = buffers;
    let (start, end) = (edit.start as usize, edit.end as usize);
    if !redactor.is_dear() {
        let (leaf, plain) = scalar(bytes, start, end, text)?;
        return redactor.redact(leaf, scratch, &mut Json { out, plain });
    }
    let span = bytes.get(start..end).unwrap_or_default();
    let key = Key::new(answers, span);
    if let Some(answer) = memo.get(key, span) {
        out.extend_from_slice(answer);
        return Ok(());
    }
    let at = out.len();
    let (leaf, plain) = scalar(bytes, start, end, text)?;
    redactor.redact(leaf, scratch, &mut Json { out, plain })?;
    memo.put(key, span, out.get(at..).unwrap_or_default());
    Ok(())
}

/// One JSON string or number, redacted; `None` if it cannot be read as its type.
pub(super) fn redact_value(redactor: &Redactor, value: &str) -> Option<String> {
    let mut text = String::new();
    let (leaf, plain) = scalar(value.as_bytes(), 0, value.len(), &mut text).ok()?;
    let mut out = Vec::new();
    redactor.redact(leaf, &mut String::new(), &mut Json { out: &mut out, plain }).ok()?;
    String::from_utf8(out).ok()
}

/// The leaf in a span that the walk found valid, and whether it has no escapes in it.
#[inline(always)]
pub(super) fn scalar<'a>(
    bytes: &'a [u8],
    start: usize,
    end: usize,
    text: &'a mut String,
) -> Result<(Scalar<'a>, bool), Invalid> {
    let span = bytes.get(start..end).ok_or(Invalid)?;
    let leaf = match span {
        [b'"', inside @ .., b'"'] => match simd::plain(bytes, start + 1..end - 1) {
            Some(plain) => Scalar::Str(plain),
            None if !inside.contains(&b'\\') => {
                Scalar::Str(std::str::from_utf8(inside).map_err(|_| Invalid)?)
            }
            None => {
                text.clear();
                lex::unescape(inside, text).ok_or(Invalid)?;
                return Ok((Scalar::Str(text), false));
            }
        },
        [b'-' | b'0'..=b'9', ..] => Scalar::Number(simd::plain(bytes, start..end).ok_or(Invalid)?),
        b"true" => Scalar::Bool(true),
        b"false" => Scalar::Bool(false),
        b"null" => Scalar::Null,
        _ => return Err(Invalid),
    };
    Ok((leaf, true))
}

/// Writes redacted values as JSON.
struct Json<'a> {
    out: &'a mut Vec<u8>,
    /// Whether the value had no escapes, and strings need none.
    plain: bool,
}

impl Sink for Json<'_> {
    #[inline(always)]
    fn string(&mut self, text: &str) {
        if self.plain {
            // INVARIANT: a redaction adds only letters, digits, stars, dots, colons and spaces to what it was given, so
            // that what needs no escape before needs none after. (To look again at bytes that were written just now
            // costs more than to redact them.)
            debug_assert!(!text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)));
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            quote::write_string(self.out, text);
        }
    }

    #[inline(always)]
    fn number(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn record(&mut self, members: &[(&'static str, &str)]) {
        self.out.push(b'{');
        for (i, (name, word)) in members.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            quote::write_string(self.out, name);
            self.out.push(b':');
            quote::write_string(self.out, word);
        }
        self.out.push(b'}');
    }
}
