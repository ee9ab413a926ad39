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
const MOST_SCALARS: usize = 255;

/// How many trails are kept for one plan.
const MOST_TRAILS: usize = 16;

/// Longest event whose trail is kept, in bytes without its scalars.
const LONGEST: usize = 1 << 13;

/// So many events are looked at together: if more than a quarter of them are not as the one before was, trails are left alone
/// for some time, as then they cost more than they spare.
const TURN: u32 = 64;

/// For how many events, at first and at most.
const REST: [u32; 2] = [1 << 10, 1 << 14];

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
struct Step {
    /// With the quotes of both, where they are strings.
    literal: Literal,
    /// How far behind its beginning the first byte is that stops a string; `NONE` if it has none, `LAST` if all is behind it.
    stop: u32,
    /// Whether it begins with the quote of the scalar before, and ends with that of the scalar behind.
    closes: bool,
    opens: bool,
    /// What the scalar behind may be.
    kinds: Kinds,
    /// One number for all that begin with the same steps up to this one.
    branch: u32,
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
struct Trail {
    /// The last one has no scalar behind it.
    steps: Vec<Step>,
    moulds: Vec<Mould>,
    kept: Vec<u16>,
    /// Which scalars say whose it is.
    mentions: [Option<(Mark, Mark)>; MOST_PLACES],
    /// When it was last followed, in turns.
    used: u32,
}

/// The events that were met, for one plan.
#[derive(Default)]
pub(super) struct Trails {
    trails: Vec<Trail>,
    /// The one that was followed last.
    last: usize,
    /// Events so far in this turn, those of them that the last trail led through, and events to be left alone.
    events: u32,
    hits: u32,
    rest: u32,
    /// How long the next rest will be.
    next_rest: u32,
    /// Turns so far.
    clock: u32,
    /// How many branches there were, over all.
    branches: u32,
}

/// Buffers to follow a trail with, kept from event to event.
pub(super) struct Buffers {
    stops: Stops,
    /// Where the steps begin.
    places: Box<[u32; MOST_SCALARS + 1]>,
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
struct Reading {
    /// Steps behind it.
    done: usize,
    /// Where the scalar behind the last of them begins.
    value: usize,
}

impl Trails {
    /// How much is kept, in steps.
    pub(super) fn size(&self) -> usize {
        self.trails.iter().map(|trail| trail.steps.len()).sum()
    }

    /// Whether the next event is to be looked for, and kept if it is not known.
    #[inline(always)]
    pub(super) fn are_on(&mut self) -> bool {
        if cfg!(not(feature = "speed")) {
            return false;
        }
        if self.rest > 0 {
            self.rest -= 1;
            return false;
        }
        self.events += 1;
        if self.events == TURN {
            self.turn();
        }
        true
    }

    #[cold]
    fn turn(&mut self) {
        let [first, most] = REST;
        let clock = self.clock;
        if self.hits < TURN / 4 * 3 {
            self.trails.clear();
            self.rest = self.next_rest.max(first);
            self.next_rest = (self.rest * 2).min(most);
        } else {
            self.next_rest = first;
            // Room for others.
            self.trails.retain(|trail| trail.used == clock);
        }
        self.clock += 1;
        (self.last, self.events, self.hits) = (0, 0, 0);
    }

    /// Finds everything in an event that is as one before; false, with `found` as it was, if there was none.
    #[inline(always)]
    pub(super) fn follow<C: Chunk, const STRICT: bool>(
        &mut self,
        bytes: &[u8],
        buffers: &mut Buffers,
        found: &mut Found,
    ) -> bool {
        let mut number = self.last;
        let Some(mut trail) = self.trails.get(number) else { return false };
        if !buffers.stops.find::<C>(bytes) {
            return false;
        }
        let mut reading = trail.start::<C>(bytes, buffers);
        while !trail.follow::<C, STRICT>(bytes, buffers, &mut reading) {
            match self.step::<STRICT>(number, bytes, buffers, &mut reading) {
                Some(same) => number = same,
                None => return false,
            }
            match self.trails.get(number) {
                Some(same) => trail = same,
                None => return false,
            }
            if reading.done == trail.steps.len() {
                break;
            }
        }
        trail.fill(buffers, found);
        self.hits += u32::from(number == self.last);
        self.last = number;
        if let Some(trail) = self.trails.get_mut(number) {
            trail.used = self.clock;
        }
        true
    }

    /// Steps on where a trail is not followed at once: a scalar is another than was met, or has stops of its own, or what is
    /// behind it differs. Gives back the trail that the event is on, this one or one that was the same so far.
    #[inline(never)]
    fn step<const STRICT: bool>(
        &self,
        number: usize,
        bytes: &[u8],
        buffers: &mut Buffers,
        reading: &mut Reading,
    ) -> Option<usize> {
        let mut number = number;
        loop {
            let Reading { done, value } = *reading;
            let steps = &self.trails.get(number)?.steps;
            let mut at = 0;
            if let Some(before) = done.checked_sub(1) {
                at = lex::scalar::<Base>(bytes, value).ok()?;
                if STRICT && !steps.get(before)?.kinds.has(strict::kind(bytes.get(value..at)?)) {
                    return None;
                }
            }
            let branch = |trail: &Trail| Some(trail.steps.get(done.checked_sub(1)?)?.branch);
            let goes_on = |trail: &Trail| trail.steps.get(done).is_some_and(|step| step.stands_at(bytes, at));
            let trail = self.trails.get(number)?;
            if !goes_on(trail) {
                let here = branch(trail);
                number = self.trails.iter().position(|trail| branch(trail) == here && goes_on(trail))?;
            }
            let steps = &self.trails.get(number)?.steps;
            let step = steps.get(done)?;
            *buffers.places.get_mut(done)? = (at as u32).wrapping_sub(step.closes.into());
            *reading = Reading { done: done + 1, value: at + step.inside().len() };
            if reading.done == steps.len() {
                return (reading.value == bytes.len()).then_some(number);
            }
            if step.opens == (bytes.get(reading.value) == Some(&b'"')) {
                return Some(number);
            }
        }
    }

    /// Keeps an event in which the walk went over these scalars and found this.
    #[inline(never)]
    pub(super) fn learn(&mut self, bytes: &[u8], spans: &[Span], found: &Found) {
        if cfg!(feature = "speed")
            && self.trails.len() < MOST_TRAILS
            && let Some(mut trail) = Trail::of(bytes, spans, found, self.clock)
        {
            for other in &self.trails {
                trail.join(other);
            }
            for step in &mut trail.steps {
                if step.branch == NONE {
                    step.branch = self.branches;
                    self.branches += 1;
                }
            }
            self.last = self.trails.len();
            self.trails.push(trail);
        }
    }
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

    /// Whether they stand at `at`.
    fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at..).is_some_and(|here| self.literal.begins(self.inside(), here))
    }
}

impl Trail {
    /// The first step, which no scalar is before.
    #[inline(always)]
    fn start<C: Chunk>(&self, bytes: &[u8], buffers: &mut Buffers) -> Reading {
        let Some(step) = self.steps.first().filter(|step| step.literal.stands_at::<C>(bytes, 0)) else {
            return Reading { done: 0, value: 0 };
        };
        let [place, ..] = &mut *buffers.places;
        *place = 0;
        Reading { done: 1, value: step.inside().len() }
    }

    /// Steps on as long as the event is as this one was; whether it is so to its end.
    #[inline(always)]
    fn follow<C: Chunk, const STRICT: bool>(
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
            let place = if step.closes {
                stops.next(inside)
            } else if let Some(place) = step.after_unquoted::<C>(bytes, inside, stops)
                && (!STRICT || before.kinds.has(strict::kind(bytes.get(inside..place).unwrap_or_default())))
            {
                place
            } else {
                break;
            };
            if !step.literal.stands_at::<C>(bytes, place) {
                break;
            }
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
    fn fill(&self, buffers: &Buffers, found: &mut Found) {
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

    /// Takes over the branches of another, as far as the two are the same.
    fn join(&mut self, other: &Trail) {
        for (step, other) in self.steps.iter_mut().zip(&other.steps) {
            if !step.is_as(other) {
                break;
            }
            step.branch = other.branch;
        }
    }

    /// An event as it was walked; none if others like it may have to be treated otherwise, or it is too much to keep.
    fn of(bytes: &[u8], spans: &[Span], found: &Found, clock: u32) -> Option<Self> {
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
        if len > LONGEST {
            return None;
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
        Some(Trail { steps, moulds, kept: found.kept.clone(), mentions, used: clock })
    }
}
