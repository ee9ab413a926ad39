//! The events that were met, as trails: which of them the next event is as, and which are worth keeping.

use super::strict;
use super::trail::{Buffers, Reading, Span, Trail};
use super::walk::Found;
use crate::lex;
use crate::simd::{Base, Chunk, Scanning, scanning};

/// How many trails are kept for one plan.
const MOST_TRAILS: usize = 32;

/// So many events are looked at together: once more than a quarter of so many are as none that was met, trails are left alone
/// for some time, as then they cost more than they spare.
const TURN: u32 = 64;

/// After so many turns, all trails are let go if an eighth of the events is as none of them: others have come.
const AGE: u32 = 64;

/// For how many events they are left alone, at first and at most.
const REST: [u32; 2] = [1 << 10, 1 << 16];

/// The events that were met, for one plan.
#[derive(Default)]
pub(super) struct Trails {
    trails: Vec<Trail>,
    size: usize,
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

impl Trails {
    /// How much is kept, in steps of usual length.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Whether the next event is to be looked for, and kept if it is not known.
    #[inline(always)]
    pub(super) fn are_on(&mut self) -> bool {
        if cfg!(not(feature = "speed")) {
            return false;
        }
        if self.events == TURN || self.misses() > TURN / 4 {
            self.turn();
        }
        if self.rest > 0 {
            self.rest -= 1;
            return false;
        }
        self.events += 1;
        true
    }

    /// How many events of this turn were as none that was met.
    fn misses(&self) -> u32 {
        self.events - self.hits
    }

    #[cold]
    fn turn(&mut self) {
        let [first, most] = REST;
        self.turns = self.turns.saturating_add(1);
        let too_many = self.misses() > TURN / 4;
        if too_many {
            self.rest = self.next_rest.max(first);
            self.next_rest = (self.rest * 2).min(most);
        } else {
            self.next_rest = first;
        }
        if too_many || (self.turns > AGE && self.misses() > TURN / 8) {
            self.trails.clear();
            self.forks.clear();
            (self.size, self.first, self.turns) = (0, 0, 0);
        }
        self.trails.iter_mut().for_each(|trail| trail.events /= 2);
        (self.events, self.hits) = (0, 0);
    }

    /// Whether there is room for one more.
    pub(super) fn have_room(&self) -> bool {
        self.trails.len() < MOST_TRAILS
    }

    /// Finds everything in an event that is as one before; false, with `found` as it was, if there was none.
    pub(super) fn follow<const STRICT: bool>(
        &mut self,
        bytes: &[u8],
        buffers: &mut Buffers,
        found: &mut Found,
    ) -> bool {
        scanning(Follow::<STRICT> { trails: self, bytes, buffers, found })
    }

    #[inline(always)]
    fn follow_by<C: Chunk, const STRICT: bool>(
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
            if let Some(place) = step.behind::<C, STRICT>(before, bytes, inside, &buffers.stops)
                && let Some(turned) = self.go(*other, bytes, place, buffers, reading)
            {
                return Some(turned);
            }
        }
        None
    }

    /// Goes the next step of this trail, which stands at `place`; none if the trail ends and the event does not, and then nothing
    /// has changed.
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
        let value = place.wrapping_add(step.literal.len()) - usize::from(step.opens);
        let done = reading.done + 1;
        if done == steps.len() && value != bytes.len() {
            return None;
        }
        *buffers.places.get_mut(reading.done)? = place as u32;
        *reading = Reading { done, value };
        Some(number)
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
        self.size += trail.size();
        self.trails.push(trail);
    }
}

/// One event, to be looked for among those that were met.
struct Follow<'a, const STRICT: bool> {
    trails: &'a mut Trails,
    bytes: &'a [u8],
    buffers: &'a mut Buffers,
    found: &'a mut Found,
}

impl<const STRICT: bool> Scanning for Follow<'_, STRICT> {
    type Answer = bool;

    #[inline(always)]
    fn run<C: Chunk>(self) -> bool {
        self.trails.follow_by::<C, STRICT>(self.bytes, self.buffers, self.found)
    }
}
