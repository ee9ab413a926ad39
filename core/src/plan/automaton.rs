//! All selectors of a policy as one deterministic automaton: from a place in an event to the rule that holds
//! there. It knows no event and no action.
//!
//! A state stands for a set of (selector, steps taken) pairs; the subset construction makes every state that an
//! event can reach when the policy is compiled, so that following an event down costs one look-up per key.
//! Where several selectors end in one state, the most specific of them holds: the one that all others cover.
//!
//! The places that say whose an event is are selectors too, behind those of the rules: they end in no rule, and are
//! followed even where a rule takes everything whole. And where an event has to look like a shape, a state stands for a
//! slot of that too.

use super::form::{FREE, Form, SlotId};
use crate::document::Index;
use crate::selector::{Selector, Step};

/// A state of the automaton.
pub(crate) type StateId = u32;

/// The state from which no selector can be reached any more.
pub(crate) const DEAD: StateId = 0;

/// Most states and most transitions; far beyond what policies of single places need.
const MOST_STATES: usize = 1 << 14;
const MOST_TRANSITIONS: usize = 1 << 18;

/// Why selectors cannot be compiled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// These two meet in one place, and neither is more specific.
    Ambiguous(usize, usize),
    /// More states than the bound.
    TooComplex,
}

#[derive(Debug, Default)]
struct State {
    rule: Option<u16>,
    marks: Marks,
    /// The state of the marks alone.
    unruled: StateId,
    slot: SlotId,
    /// Sorted by key.
    keys: Vec<(Box<[u8]>, StateId)>,
    any_key: StateId,
    element: StateId,
}

/// Which of the marked places a place is, one bit each.
pub(crate) type Marks = u8;

/// The automaton.
#[derive(Debug)]
pub(crate) struct Automaton {
    states: Vec<State>,
    start: StateId,
}

/// (selector, steps of it taken), sorted.
type Positions = Vec<(u16, u16)>;

/// What a state is known by.
fn name(positions: &[(u16, u16)], slot: SlotId) -> Vec<u8> {
    let mut name = slot.to_le_bytes().to_vec();
    for (rule, at) in positions {
        name.extend_from_slice(&rule.to_le_bytes());
        name.extend_from_slice(&at.to_le_bytes());
    }
    name
}

impl Automaton {
    /// Compiles the selectors; rules are named by their place in the list, and marks by theirs, at most eight.
    pub(crate) fn new(
        rules: &[&Selector],
        marked: &[&Selector],
        form: Option<&Form>,
    ) -> Result<Self, Conflict> {
        let selectors = &[rules, marked].concat();
        let count = u16::try_from(selectors.len()).map_err(|_| Conflict::TooComplex)?;
        let mut builder = Builder {
            selectors,
            rules: count - marked.len() as u16,
            form,
            states: vec![State::default()],
            known: Index::new(),
            open: Vec::new(),
        };
        builder.known.insert(name(&[], FREE), DEAD as usize);
        let event = form.map_or(FREE, Form::event);
        let start = builder.state((0..count).map(|rule| (rule, 0)).collect(), event)?;
        let mut transitions = 0;
        while let Some((id, positions, slot)) = builder.open.pop() {
            transitions += builder.expand(id, &positions, slot)?;
            if transitions > MOST_TRANSITIONS {
                return Err(Conflict::TooComplex);
            }
        }
        Ok(Automaton { states: builder.states, start })
    }

    /// The state of the whole event.
    pub(crate) fn start(&self) -> StateId {
        self.start
    }

    /// The rule that holds for the value in this state.
    pub(crate) fn rule(&self, state: StateId) -> Option<u16> {
        self.states.get(state as usize)?.rule
    }

    /// The marks of the place in this state.
    pub(crate) fn marks(&self, state: StateId) -> Marks {
        self.states.get(state as usize).map_or(0, |state| state.marks)
    }

    /// The same place, with no rule there or below.
    pub(crate) fn unruled(&self, state: StateId) -> StateId {
        self.states.get(state as usize).map_or(DEAD, |state| state.unruled)
    }

    /// The slot of the shape that the place is.
    pub(crate) fn slot(&self, state: StateId) -> Option<SlotId> {
        Some(self.states.get(state as usize)?.slot)
    }

    /// The state of a member's value.
    pub(crate) fn member(&self, state: StateId, key: &[u8]) -> StateId {
        let Some(state) = self.states.get(state as usize) else { return DEAD };
        match state.keys.binary_search_by(|(name, _)| name.as_ref().cmp(key)) {
            Ok(at) => state.keys.get(at).map_or(DEAD, |(_, next)| *next),
            Err(_) => state.any_key,
        }
    }

    /// The names that lead from here elsewhere than other names.
    #[cfg(feature = "arrow")]
    pub(crate) fn names(&self, state: StateId) -> impl Iterator<Item = &[u8]> {
        let keys = self.states.get(state as usize).map(|state| state.keys.as_slice());
        keys.unwrap_or_default().iter().map(|(name, _)| name.as_ref())
    }

    /// The state of the value of a member that has none of these names.
    #[cfg(feature = "arrow")]
    pub(crate) fn other_member(&self, state: StateId) -> StateId {
        self.states.get(state as usize).map_or(DEAD, |state| state.any_key)
    }

    /// The state of an element.
    pub(crate) fn element(&self, state: StateId) -> StateId {
        self.states.get(state as usize).map_or(DEAD, |state| state.element)
    }
}

struct Builder<'a> {
    selectors: &'a [&'a Selector],
    /// How many of them are rules.
    rules: u16,
    form: Option<&'a Form>,
    states: Vec<State>,
    known: Index,
    open: Vec<(StateId, Positions, SlotId)>,
}

impl<'a> Builder<'a> {
    fn step(&self, (rule, at): (u16, u16)) -> Option<&'a Step> {
        self.selectors.get(usize::from(rule))?.steps().get(usize::from(at))
    }

    /// The state for a set of positions and a slot, new if it was never met.
    fn state(&mut self, mut positions: Positions, slot: SlotId) -> Result<StateId, Conflict> {
        // `**` may also stand for nothing.
        let skips: Vec<_> = positions
            .iter()
            .filter(|at| self.step(**at) == Some(&Step::AnyDepth))
            .map(|(r, p)| (*r, p + 1))
            .collect();
        positions.extend(skips);
        positions.sort_unstable();
        positions.dedup();
        let name = name(&positions, slot);
        if let Some(id) = self.known.get(&name) {
            return Ok(*id as StateId);
        }
        let id = self.states.len();
        if id >= MOST_STATES {
            return Err(Conflict::TooComplex);
        }
        let rule = self.winner(&positions)?;
        let marks = positions.iter().filter(|at| at.0 >= self.rules && self.step(**at).is_none());
        let marks = marks.fold(0, |marks, at| marks | 1 << (at.0 - self.rules));
        self.states.push(State { rule, marks, slot, ..State::default() });
        let id = id as StateId;
        let unruled = positions.iter().filter(|at| at.0 >= self.rules).copied().collect();
        self.open.push((id, positions, slot));
        self.known.insert(name, id as usize);
        let unruled = self.state(unruled, slot)?;
        if let Some(state) = self.states.get_mut(id as usize) {
            state.unruled = unruled;
        }
        Ok(id)
    }

    /// Of the selectors that end here, the one that all others cover.
    fn winner(&self, positions: &Positions) -> Result<Option<u16>, Conflict> {
        let ending: Vec<(u16, &Selector)> = positions
            .iter()
            .filter(|at| at.0 < self.rules && self.step(**at).is_none())
            .filter_map(|(rule, _)| Some((*rule, *self.selectors.get(usize::from(*rule))?)))
            .collect();
        let Some((mut best, mut narrow)) = ending.first().copied() else { return Ok(None) };
        for (rule, selector) in &ending {
            if narrow.covers(selector) {
                (best, narrow) = (*rule, *selector);
            }
        }
        // INVARIANT: the winner is strictly more specific than each of the others.
        for (rule, selector) in ending {
            if rule != best && (!selector.covers(narrow) || narrow.covers(selector)) {
                return Err(Conflict::Ambiguous(usize::from(best.min(rule)), usize::from(best.max(rule))));
            }
        }
        Ok(Some(best))
    }

    /// Fills in where a state leads; returns to how many states.
    fn expand(&mut self, id: StateId, positions: &Positions, slot: SlotId) -> Result<usize, Conflict> {
        let mut by_key: Vec<(&str, Option<(u16, u16)>)> = Vec::new();
        let (mut any_key, mut element) = (Positions::new(), Positions::new());
        for &(rule, at) in positions {
            match self.step((rule, at)) {
                None => {}
                Some(Step::Key(name)) => by_key.push((name, Some((rule, at + 1)))),
                Some(Step::AnyKey) => any_key.push((rule, at + 1)),
                Some(Step::AnyElement) => element.push((rule, at + 1)),
                Some(Step::AnyDepth) => {
                    any_key.push((rule, at));
                    element.push((rule, at));
                }
            }
        }
        let (named, others, items) = match self.form {
            Some(form) => (form.members(slot), form.others(slot), form.items(slot)),
            None => (&[][..], FREE, FREE),
        };
        by_key.extend(named.iter().map(|(name, _)| (name.as_str(), None)));
        by_key.sort_unstable();
        let mut keys = Vec::new();
        for same in by_key.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((name, _)) = same.first() else { continue };
            let positions = same.iter().filter_map(|(_, position)| *position).chain(any_key.iter().copied());
            let known = named.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok();
            let slot = known.and_then(|at| named.get(at)).map_or(others, |(_, slot)| *slot);
            keys.push((name.as_bytes().into(), self.state(positions.collect(), slot)?));
        }
        let any_key = self.state(any_key, others)?;
        let element = self.state(element, items)?;
        let transitions = keys.len() + 2;
        if let Some(state) = self.states.get_mut(id as usize) {
            (state.keys, state.any_key, state.element) = (keys, any_key, element);
        }
        Ok(transitions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automaton(selectors: &[&str]) -> Result<Automaton, Conflict> {
        let selectors: Vec<Selector> = selectors.iter().map(|text| text.parse().unwrap()).collect();
        Automaton::new(&selectors.iter().collect::<Vec<_>>(), &[], None)
    }

    /// `["a", "[]", "b"]`: the rule at `a[0].b`.
    fn rule(automaton: &Automaton, path: &[&str]) -> Option<u16> {
        let end = path.iter().fold(automaton.start(), |state, step| match *step {
            "[]" => automaton.element(state),
            key => automaton.member(state, key.as_bytes()),
        });
        automaton.rule(end)
    }

    #[test]
    fn the_more_specific_holds() {
        let a = automaton(&["a.b", "a.*", "**.b", "**", "a[*].c"]).unwrap();
        for (path, expected) in [
            (&["a", "b"][..], Some(0)),
            (&["a", "x"], Some(1)),
            (&["x", "b"], Some(2)),
            (&["b"], Some(2)),
            (&["a", "[]", "c"], Some(4)),
            (&["a", "[]", "b"], Some(2)),
            (&["a", "[]", "d"], Some(3)),
            (&[], Some(3)),
        ] {
            assert_eq!(rule(&a, path), expected, "{path:?}");
        }
    }

    #[test]
    fn ties_are_conflicts() {
        assert_eq!(automaton(&["a.*", "*.b"]).unwrap_err(), Conflict::Ambiguous(0, 1));
        assert_eq!(automaton(&["x", "**.b", "a.*"]).unwrap_err(), Conflict::Ambiguous(1, 2));
        assert!(automaton(&["a.*", "*.b", "a.b"]).is_ok(), "the place where they meet has its own rule");
        assert!(automaton(&["a.*", "b.*", "*[*]", "[*].*"]).is_ok(), "they never meet");
    }

    #[test]
    fn marks_end_in_no_rule_and_go_on_without_rules() {
        let (rules, marks) = (["a", "a.*"], ["a.id", "b"]);
        let rules = rules.map(|text| text.parse::<Selector>().unwrap());
        let marks = marks.map(|text| text.parse::<Selector>().unwrap());
        let a = Automaton::new(&rules.each_ref(), &marks.each_ref(), None).unwrap();
        let at_a = a.member(a.start(), b"a");
        let id = a.member(at_a, b"id");
        assert_eq!((a.rule(id), a.marks(id)), (Some(1), 1));
        let id = a.member(a.unruled(at_a), b"id");
        assert_eq!((a.rule(id), a.marks(id)), (None, 1));
        let b = a.member(a.start(), b"b");
        assert_eq!((a.rule(b), a.marks(b), a.unruled(b)), (None, 2, b));
        assert_eq!(a.unruled(a.member(at_a, b"x")), DEAD);
    }

    #[test]
    fn growth_is_bounded() {
        let deep: Vec<String> = (0..24).map(|i| format!("**.a{}.b{i}", ".*".repeat(i))).collect();
        let deep: Vec<&str> = deep.iter().map(String::as_str).collect();
        assert_eq!(automaton(&deep).unwrap_err(), Conflict::TooComplex);
    }
}
