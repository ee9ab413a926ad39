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
const MOST_TRAILS: usize = 32;

/// Longest event whose trail is kept, in bytes without its scalars.
const LONGEST: usize = 1 << 13;

/// So many events are looked at together: if more than a quarter of them are as none that was met, trails are left alone for
/// some time, as then they cost more than they spare.
const TURN: u32 = 64;

/// After so many turns, all trails are let go if an eighth of the events is as none of them: others have come.
const AGE: u32 = 64;

/// For how many events they are left alone, at first and at most.
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
    /// One number for all that begin with the same steps up to this one; 0 is that of no step.
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
    /// How many events were as this one; half of those of each turn before.
    events: u32,
}

/// The events that were met, for one plan.
#[derive(Default)]
pub(super) struct Trails {
    trails: Vec<Trail>,
    /// By branch: trails that go on from there, each with another step; empty where there is only one way.
    forks: Vec<Vec<usize>>,
    /// The one that most events are as.
    first: usize,
    /// Events so far in this turn, those of them that a trail led through, and events to be left alone.
    events: u32,
    hits: u32,
    rest: u32,
    /// How long the next rest will be.
    next_rest: u32,
    /// How many turns ago there were none.
    turns: u32,
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
        self.turns += 1;
        let too_few = self.hits < TURN / 4 * 3;
        if too_few {
            self.rest = self.next_rest.max(first);
            self.next_rest = (self.rest * 2).min(most);
        } else {
            self.next_rest = first;
        }
        if too_few || (self.turns > AGE && self.hits < TURN / 8 * 7) {
            self.trails.clear();
            self.forks.clear();
            (self.first, self.turns) = (0, 0);
        }
        self.trails.iter_mut().for_each(|trail| trail.events /= 2);
        (self.events, self.hits) = (0, 0);
    }

    /// Whether there is room for one more.
    pub(super) fn have_room(&self) -> bool {
        self.trails.len() < MOST_TRAILS
    }

    /// Finds everything in an event that is as one before; false, with `found` as it was, if there was none.
    #[inline(always)]
    pub(super) fn follow<C: Chunk, const STRICT: bool>(
        &mut self,
        bytes: &[u8],
        buffers: &mut Buffers,
        found: &mut Found,
    ) -> bool {
        let mut number = self.first;
        let Some(mut trail) = self.trails.get(number) else { return false };
        if !buffers.stops.find::<C>(bytes) {
            return false;
        }
        let mut reading = trail.start::<C>(bytes, buffers);
        while !trail.follow::<C, STRICT>(bytes, buffers, &mut reading) {
            let turned = match self.turn_off::<C, STRICT>(number, bytes, buffers, &mut reading) {
                None => self.step::<STRICT>(number, bytes, buffers, &mut reading),
                turned => turned,
            };
            match turned.and_then(|number| Some((number, self.trails.get(number)?))) {
                Some(turned) => (number, trail) = turned,
                None => return false,
            }
            if reading.done == trail.steps.len() {
                break;
            }
        }
        trail.fill(buffers, found);
        self.hits += 1;
        self.count(number);
        true
    }

    /// Counts an event that is as this trail.
    #[inline(always)]
    fn count(&mut self, number: usize) {
        let Some(trail) = self.trails.get_mut(number) else { return };
        trail.events += 1;
        let events = trail.events;
        if number != self.first && self.trails.get(self.first).is_none_or(|first| first.events < events) {
            self.first = number;
        }
    }

    /// Steps on to another trail, which was the same so far, where this one does not go on.
    #[inline(always)]
    fn turn_off<C: Chunk, const STRICT: bool>(
        &self,
        number: usize,
        bytes: &[u8],
        buffers: &mut Buffers,
        reading: &mut Reading,
    ) -> Option<usize> {
        let Reading { done, value } = *reading;
        let before = self.trails.get(number)?.steps.get(done.checked_sub(1)?)?;
        let inside = value + usize::from(before.opens);
        for other in self.forks.get(before.branch as usize)? {
            let step = self.trails.get(*other)?.steps.get(done)?;
            if let Some(place) = step.behind::<C, STRICT>(before, bytes, inside, &buffers.stops) {
                return self.go(*other, bytes, place, buffers, reading);
            }
        }
        None
    }

    /// Goes the next step of this trail, which stands at `place`; none if the trail ends and the event does not.
    #[inline(always)]
    fn go(
        &self,
        number: usize,
        bytes: &[u8],
        place: usize,
        buffers: &mut Buffers,
        reading: &mut Reading,
    ) -> Option<usize> {
        let steps = &self.trails.get(number)?.steps;
        let step = steps.get(reading.done)?;
        *buffers.places.get_mut(reading.done)? = place as u32;
        let value = place.wrapping_add(step.literal.len()) - usize::from(step.opens);
        *reading = Reading { done: reading.done + 1, value };
        (reading.done < steps.len() || value == bytes.len()).then_some(number)
    }

    /// Steps on where a scalar is another than was met, or has stops of its own. Gives back the trail that the event is on,
    /// this one or one that was the same so far.
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
            let before = done.checked_sub(1).and_then(|before| steps.get(before));
            let mut at = 0;
            if let Some(before) = before {
                at = lex::scalar::<Base>(bytes, value).ok()?;
                if STRICT && !before.kinds.has(strict::kind(bytes.get(value..at)?)) {
                    return None;
                }
            }
            let goes_on = |number: usize| {
                let step = self.trails.get(number).and_then(|trail| trail.steps.get(done));
                step.is_some_and(|step| step.stands_at(bytes, at, &buffers.stops))
            };
            if !goes_on(number) {
                let fork = self.forks.get(before.map_or(0, |step| step.branch) as usize)?;
                number = *fork.iter().find(|number| goes_on(**number))?;
            }
            let steps = &self.trails.get(number)?.steps;
            let step = steps.get(done)?;
            number = self.go(number, bytes, at.wrapping_sub(step.closes.into()), buffers, reading)?;
            let is_whole = reading.done == steps.len();
            if is_whole || step.opens == (bytes.get(reading.value) == Some(&b'"')) {
                return Some(number);
            }
        }
    }

    /// Keeps an event in which the walk went over these scalars and found this.
    #[inline(never)]
    pub(super) fn learn(&mut self, bytes: &[u8], spans: &[Span], found: &Found) {
        if cfg!(not(feature = "speed")) || !self.have_room() {
            return;
        }
        let Some(mut trail) = Trail::of(bytes, spans, found) else { return };
        // The one that is the same for the longest way.
        let ways = self.trails.iter().map(|other| trail.steps_as(other)).enumerate();
        let (beside, same) = ways.max_by_key(|(_, same)| *same).unwrap_or_default();
        if same == trail.steps.len() {
            return;
        }
        let number = self.trails.len();
        let mut branch = 0;
        match self.trails.get(beside) {
            Some(other) => {
                for (step, other) in trail.steps.iter_mut().zip(&other.steps).take(same) {
                    branch = other.branch;
                    step.branch = branch;
                }
                if let Some(fork) = self.forks.get_mut(branch as usize) {
                    if fork.is_empty() {
                        fork.push(beside);
                    }
                    fork.push(number);
                }
            }
            None => self.forks.push(Vec::new()),
        }
        for step in trail.steps.iter_mut().skip(same) {
            step.branch = self.forks.len() as u32;
            self.forks.push(Vec::new());
        }
        self.trails.push(trail);
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

    /// Where it stands behind a scalar that begins at `inside`, after its quote if it has one; none if it does not, or if
    /// the scalar may not follow the step before.
    #[inline(always)]
    fn behind<C: Chunk, const STRICT: bool>(
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
    fn stands_at(&self, bytes: &[u8], at: usize, stops: &Stops) -> bool {
        let place = at.wrapping_sub(self.closes.into());
        self.literal.is_there::<Base>(self.inside(), stops.chunk(bytes, place), bytes, place)
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

    /// How many steps are the same, from the first on.
    fn steps_as(&self, other: &Trail) -> usize {
        self.steps.iter().zip(&other.steps).take_while(|(step, other)| step.is_as(other)).count()
    }

    /// An event as it was walked; none if others like it may have to be treated otherwise, or it is too much to keep.
    fn of(bytes: &[u8], spans: &[Span], found: &Found) -> Option<Self> {
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
        Some(Trail { steps, moulds, kept: found.kept.clone(), mentions, events: 0 })
    }
}
