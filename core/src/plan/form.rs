//! What an event must look like, compiled: a slot for each way by which a value is reached, so that the slot alone says what
//! may stand there and which of its object's requirements it meets. It knows no rule and no event.

use crate::error::At;
use crate::selector::{Selector, Step};
use crate::shape::{Kinds, Others, Shape, Type, TypeId};
use std::collections::VecDeque;

/// Number of a slot.
pub(crate) type SlotId = u32;

/// The slot in which anything may stand.
pub(crate) const FREE: SlotId = 0;

/// A compiled shape.
pub(crate) struct Form {
    slots: Vec<Slot>,
    inside: Vec<Inside>,
}

struct Slot {
    /// What may stand here; nothing at all if the shape rules it out.
    kinds: Kinds,
    /// What is in it; `None` if that may be anything.
    of: Option<TypeId>,
    /// Which requirement of its object it meets.
    meets: Option<Requirement>,
    /// By which slot and step it is reached: the first way there is, if there are several.
    from: Option<(SlotId, Step)>,
}

/// A requirement, as a bit among those of its object.
#[derive(Clone, Copy)]
pub(crate) struct Requirement {
    /// How many words from the end of them its own is.
    pub(crate) back: usize,
    pub(crate) bit: u64,
}

/// The slots in a value of one type.
struct Inside {
    /// Sorted by name.
    members: Vec<(String, SlotId)>,
    others: SlotId,
    items: SlotId,
    /// Those that must be there.
    required: Vec<SlotId>,
}

impl Form {
    pub(crate) fn new(shape: &Shape) -> Self {
        let anything = Slot { kinds: Kinds::ANY, of: None, meets: None, from: None };
        let mut form = Form { slots: vec![anything], inside: Vec::new() };
        let kinds_of = |of: TypeId| shape.types.get(of).map_or(Kinds::NONE, |of| of.kinds);
        form.slots.push(Slot { kinds: kinds_of(0), of: Some(0), meets: None, from: None });
        for of in &shape.types {
            let inside = form.inside(of, &kinds_of);
            form.inside.push(inside);
        }
        form.find_ways();
        form
    }

    fn inside(&mut self, of: &Type, kinds_of: &impl Fn(TypeId) -> Kinds) -> Inside {
        let mut slot = |kinds, of, meets| {
            self.slots.push(Slot { kinds, of, meets, from: None });
            (self.slots.len() - 1) as SlotId
        };
        let words = of.members.iter().filter(|member| member.required).count().div_ceil(64);
        let (mut members, mut required) = (Vec::with_capacity(of.members.len()), Vec::new());
        for member in &of.members {
            let number = required.len();
            let meets =
                member.required.then(|| Requirement { back: words - number / 64, bit: 1 << (number % 64) });
            let id = slot(kinds_of(member.of), Some(member.of), meets);
            if member.required {
                required.push(id);
            }
            members.push((member.name.clone(), id));
        }
        members.sort_unstable();
        let others = match of.others {
            Others::Any => FREE,
            Others::None => slot(Kinds::NONE, None, None),
            Others::Of(of) => slot(kinds_of(of), Some(of), None),
        };
        let items = of.items.map_or(FREE, |of| slot(kinds_of(of), Some(of), None));
        Inside { members, others, items, required }
    }

    /// Notes for each slot the shortest way to it.
    fn find_ways(&mut self) {
        let mut open = VecDeque::from([1]);
        let mut known = vec![false; self.inside.len()];
        while let Some(id) = open.pop_front() {
            let Some(of) = self.slots.get(id as usize).and_then(|slot| slot.of) else { continue };
            match known.get_mut(of) {
                Some(known) if !*known => *known = true,
                Some(_) | None => continue,
            }
            let Some(Inside { members, others, items, .. }) = self.inside.get(of) else { continue };
            let members = members.iter().map(|(name, id)| (*id, Step::Key(name.clone())));
            let steps: Vec<_> =
                members.chain([(*others, Step::AnyKey), (*items, Step::AnyElement)]).collect();
            for (next, step) in steps {
                if let Some(slot) = self.slots.get_mut(next as usize).filter(|_| next != FREE) {
                    slot.from = Some((id, step));
                    open.push_back(next);
                }
            }
        }
    }

    /// The slot of the whole event.
    pub(crate) fn event(&self) -> SlotId {
        1
    }

    fn inside_of(&self, slot: SlotId) -> Option<&Inside> {
        self.inside.get(self.slots.get(slot as usize)?.of?)
    }

    /// The members that are named in a slot, by name.
    pub(crate) fn members(&self, slot: SlotId) -> &[(String, SlotId)] {
        self.inside_of(slot).map_or(&[], |inside| &inside.members)
    }

    /// The slot of members that are not named.
    pub(crate) fn others(&self, slot: SlotId) -> SlotId {
        self.inside_of(slot).map_or(FREE, |inside| inside.others)
    }

    /// The slot of elements.
    pub(crate) fn items(&self, slot: SlotId) -> SlotId {
        self.inside_of(slot).map_or(FREE, |inside| inside.items)
    }

    /// The members that must be there.
    pub(crate) fn required(&self, slot: SlotId) -> &[SlotId] {
        self.inside_of(slot).map_or(&[], |inside| &inside.required)
    }

    /// What may stand in a slot.
    pub(crate) fn kinds(&self, slot: SlotId) -> Kinds {
        self.slots.get(slot as usize).map_or(Kinds::NONE, |slot| slot.kinds)
    }

    /// The requirement that is met by what stands in a slot.
    pub(crate) fn meets(&self, slot: SlotId) -> Option<Requirement> {
        self.slots.get(slot as usize)?.meets
    }

    /// Where a slot is, in the words of the shape.
    pub(crate) fn place(&self, slot: SlotId) -> At {
        let mut steps = Vec::new();
        let mut at = slot;
        while let Some((from, step)) = self.slots.get(at as usize).and_then(|slot| slot.from.as_ref()) {
            steps.push(step.clone());
            at = *from;
        }
        steps.reverse();
        if steps.is_empty() { At::Nowhere } else { At::Rule(Selector::of(steps).to_string()) }
    }
}
