//! Whole events that were met before, as the bytes between their scalars. An event that has the same bytes there, whatever
//! its scalars are, has the same structure, and the same is found in it: nothing else of it needs to be read. Where it has
//! others, it is walked; a trail decides nothing that a walk would not.

use super::literal::Literal;
use super::shape::NONE;
use super::stops::Stops;
use super::strict;
use super::walk::{Edit, Found, Mention};
use crate::lex;
use crate::plan::MOST_PLACES;
use crate::shape::Kinds;
use crate::simd::{Base, Chunk};
use std::ops::Range;

/// Most scalars of an event whose trail is kept.
pub(super) const MOST_SCALARS: usize = 255;

/// Longest event whose trail is kept, in bytes without its scalars.
const LONGEST: usize = 1 << 13;

/// The stop of the last step.
const LAST: u32 = NONE - 1;

/// A scalar that was walked over.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    /// What may stand in its place, as far as the plan's form says.
    pub(super) kinds: Kinds,
}

/// What is between a scalar and the one before it.
pub(super) struct Step {
    /// With the quotes of both, where they are strings.
    pub(super) literal: Literal,
    /// How far behind its beginning the first byte is that stops a string; `NONE` if it has none, `LAST` if all is behind it.
    stop: u32,
    /// Whether it begins with the quote of the scalar before, and ends with that of the scalar behind.
    pub(super) closes: bool,
    pub(super) opens: bool,
    /// What the scalar behind may be.
    pub(super) kinds: Kinds,
    /// One number for all that begin with the same steps up to this one; 0 is that of no step.
    pub(super) branch: u32,
}

/// A position: so far behind the beginning of a step.
#[derive(Clone, Copy)]
struct Mark {
    step: u32,
    behind: u32,
}

/// An edit that the plan makes of such an event.
struct Mould {
    /// No scalar is between them.
    step: u32,
    before: u32,
    unit: u32,
    start: u32,
    end: Mark,
    rule: u16,
}

/// An event that was met.
pub(super) struct Trail {
    /// The last one has no scalar behind it.
    pub(super) steps: Vec<Step>,
    moulds: Vec<Mould>,
    kept: Vec<u16>,
    /// Which scalars say whose it is.
    mentions: [Option<(Mark, Mark)>; MOST_PLACES],
    /// How many events were as this one; half of those of each turn before.
    pub(super) events: u32,
}

/// Buffers to follow a trail with, kept from event to event.
pub(super) struct Buffers {
    pub(super) stops: Stops,
    /// Where the steps begin.
    pub(super) places: Box<[u32; MOST_SCALARS + 1]>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        Buffers { stops: Stops::new(), places: Box::new([0; MOST_SCALARS + 1]) }
    }

    #[inline(always)]
    fn at(&self, mark: Mark) -> u32 {
        // INVARIANT: marks name steps of the trail that was followed.
        self.places.get(mark.step as usize).map_or(0, |place| place.wrapping_add(mark.behind))
    }
}

/// How far an event is read on a trail.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// Steps behind it.
    pub(super) done: usize,
    /// Where the scalar behind the last of them begins.
    pub(super) value: usize,
}

impl Step {
    /// Whether it is the same, wherever it is.
    fn is_as(&self, other: &Step) -> bool {
        self.literal == other.literal
            && (self.closes, self.opens) == (other.closes, other.opens)
            && self.kinds == other.kinds
    }

    /// The bytes behind the scalar before, up to the scalar behind.
    fn inside(&self) -> Range<usize> {
        usize::from(self.closes)..self.literal.len() - usize::from(self.opens)
    }

    /// Where it stands behind a scalar that begins at `inside`, after its quote if it has one; none if it does not, or if
    /// the scalar may not follow the step before.
    #[inline(always)]
    pub(super) fn behind<C: Chunk, const STRICT: bool>(
        &self,
        before: &Step,
        bytes: &[u8],
        inside: usize,
        stops: &Stops,
    ) -> Option<usize> {
        let place =
            if self.closes { stops.next(inside) } else { self.after_unquoted::<C>(bytes, inside, stops)? };
        if STRICT && !self.closes && !before.kinds.has(strict::kind(bytes.get(inside..place)?)) {
            return None;
        }
        self.literal.is::<C>(stops.chunk(bytes, place), bytes, place).then_some(place)
    }

    /// Where it is, if a number or word stands at `at`.
    #[inline(always)]
    fn after_unquoted<C: Chunk>(&self, bytes: &[u8], at: usize, stops: &Stops) -> Option<usize> {
        let place = match self.stop {
            NONE => return lex::unquoted::<C>(bytes, at, *bytes.get(at)?).ok(),
            LAST => bytes.len().checked_sub(self.literal.len()),
            stop => stops.next(at).checked_sub(stop as usize),
        }?;
        lex::is_unquoted::<C>(bytes, at, place).then_some(place)
    }

    /// Whether it goes on at `at`, behind a scalar, whatever quotes that one and the next have.
    #[inline(always)]
    pub(super) fn stands_at(&self, bytes: &[u8], at: usize, stops: &Stops) -> bool {
        let place = at.wrapping_sub(self.closes.into());
        self.literal.is_there::<Base>(self.inside(), stops.chunk(bytes, place), bytes, place)
    }
}

impl Trail {
    /// The first step, which no scalar is before.
    #[inline(always)]
    pub(super) fn start<C: Chunk>(&self, bytes: &[u8], buffers: &mut Buffers) -> Reading {
        let Some(step) = self.steps.first().filter(|step| step.literal.stands_at::<C>(bytes, 0)) else {
            return Reading { done: 0, value: 0 };
        };
        let [place, ..] = &mut *buffers.places;
        *place = 0;
        Reading { done: 1, value: step.inside().len() }
    }

    /// Steps on as long as the event is as this one was; whether it is so to its end.
    #[inline(always)]
    pub(super) fn follow<C: Chunk, const STRICT: bool>(
        &self,
        bytes: &[u8],
        buffers: &mut Buffers,
        reading: &mut Reading,
    ) -> bool {
        let Buffers { stops, places } = buffers;
        let Reading { mut done, value } = *reading;
        let steps = self.steps.get(done.wrapping_sub(1)..).and_then(|steps| steps.split_first());
        let Some((mut before, steps)) = steps else { return false };
        // Behind the quote, if the scalar has one.
        let mut inside = value + usize::from(before.opens);
        for (step, slot) in steps.iter().zip(places.iter_mut().skip(done)) {
            let Some(place) = step.behind::<C, STRICT>(before, bytes, inside, stops) else { break };
            *slot = place as u32;
            inside = place + step.literal.len();
            before = step;
            done += 1;
        }
        *reading = Reading { done, value: inside - usize::from(before.opens) };
        done == self.steps.len() && inside == bytes.len()
    }

    /// Notes what the plan finds in such an event.
    #[inline(always)]
    pub(super) fn fill(&self, buffers: &Buffers, found: &mut Found) {
        found.edits.extend(self.moulds.iter().map(|mould| {
            let place = buffers.at(Mark { step: mould.step, behind: 0 });
            Edit {
                start: place.wrapping_add(mould.start),
                end: buffers.at(mould.end),
                rule: mould.rule,
                unit: place.wrapping_add(mould.unit),
                before: place.wrapping_add(mould.before),
            }
        }));
        found.kept.extend_from_slice(&self.kept);
        for (mention, marks) in found.mentions.iter_mut().zip(&self.mentions) {
            if let Some((start, end)) = marks {
                *mention = Mention::Scalar(buffers.at(*start), buffers.at(*end));
            }
        }
    }

    /// How much is kept of it, in steps of usual length.
    pub(super) fn size(&self) -> usize {
        let steps = self.steps.iter().map(|step| 1 + step.literal.len() / 64);
        steps.sum::<usize>() + (self.moulds.len() + self.kept.len()) / 2
    }

    /// How many steps are the same, from the first on.
    pub(super) fn steps_as(&self, other: &Trail) -> usize {
        self.steps.iter().zip(&other.steps).take_while(|(step, other)| step.is_as(other)).count()
    }

    /// An event as it was walked; none if others like it may have to be treated otherwise, or it is too much to keep.
    pub(super) fn of(bytes: &[u8], spans: &[Span], found: &Found) -> Option<Self> {
        if found.is_unclear || spans.is_empty() || spans.len() > MOST_SCALARS {
            return None;
        }
        let is_string = |span: &&Span| bytes.get(span.start as usize) == Some(&b'"');
        let mut steps = Vec::with_capacity(spans.len() + 1);
        let mut places = Vec::with_capacity(spans.len() + 1);
        let mut len = 0;
        for number in 0..=spans.len() {
            let before = number.checked_sub(1).and_then(|before| spans.get(before));
            let behind = spans.get(number);
            let (closes, opens) =
                (before.is_some_and(|span| is_string(&span)), behind.is_some_and(|span| is_string(&span)));
            let start = before.map_or(0, |span| span.end as usize) - usize::from(closes);
            let end = behind.map_or(bytes.len(), |span| span.start as usize) + usize::from(opens);
            let text = bytes.get(start..end)?;
            len += text.len();
            if len > LONGEST {
                return None;
            }
            let stop = text.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            steps.push(Step {
                literal: Literal::new(text),
                stop: if behind.is_none() { LAST } else { stop.map_or(NONE, |stop| stop as u32) },
                closes,
                opens,
                kinds: behind.map_or(Kinds::NONE, |span| span.kinds),
                branch: NONE,
            });
            places.push(start as u32);
        }
        // A position between two scalars, or where one begins or ends.
        let mark = |at: u32| {
            let step = spans.partition_point(|span| span.end <= at);
            Some(Mark { step: step as u32, behind: at.checked_sub(*places.get(step)?)? })
        };
        let mould = |edit: &Edit| {
            let Edit { start, end, rule, unit, before } = *edit;
            if before == NONE {
                return None;
            }
            let [before, unit, start, end] = [mark(before)?, mark(unit)?, mark(start)?, mark(end)?];
            let is_one = before.step == unit.step && unit.step == start.step;
            is_one.then_some(Mould {
                step: start.step,
                before: before.behind,
                unit: unit.behind,
                start: start.behind,
                end,
                rule,
            })
        };
        let mut mentions = [None; MOST_PLACES];
        for (slot, mention) in mentions.iter_mut().zip(&found.mentions) {
            *slot = match *mention {
                Mention::Nothing => None,
                Mention::Scalar(start, end) => Some((mark(start)?, mark(end)?)),
                Mention::Unclear => return None,
            };
        }
        let moulds = found.edits.iter().map(mould).collect::<Option<_>>()?;
        Some(Trail { steps, moulds, kept: found.kept.clone(), mentions, events: 0 })
    }
}
