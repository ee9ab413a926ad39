//! What was learned of events, plan by plan, within one bound for all of them; knows no event.

use super::shape::Shape;
use crate::plan::Plan;

/// How much is kept of all plans but one, in places of events: about 13 MB a worker.
const MOST_PLACES: usize = 1 << 17;

/// What was learned for the plans of one scrubber.
#[derive(Default)]
pub(crate) struct Shapes {
    /// The number of the last event's plan, and what was learned for it.
    last: Option<(usize, Shape)>,
    /// The same of the others, by their numbers.
    others: Vec<Option<Box<Shape>>>,
    places: usize,
}

impl Shapes {
    /// What was learned for this plan.
    #[inline(always)]
    pub(crate) fn of(&mut self, plan: &Plan) -> &mut Shape {
        if self.last.as_ref().is_none_or(|(number, _)| *number != plan.number()) {
            self.turn_to(plan);
        }
        let (_, shape) = self.last.get_or_insert_with(|| (plan.number(), Shape::new(plan)));
        shape
    }

    #[inline(never)]
    fn turn_to(&mut self, plan: &Plan) {
        let known = self.others.get_mut(plan.number()).and_then(Option::take);
        if let Some(known) = &known {
            self.places -= known.size();
        }
        let known = known.map_or_else(|| Shape::new(plan), |known| *known);
        let Some((number, before)) = self.last.replace((plan.number(), known)) else {
            return;
        };
        self.places += before.size();
        if self.places > MOST_PLACES {
            // They are learned again in an event or two each.
            self.others.clear();
            self.places = 0;
            return;
        }
        if self.others.len() <= number {
            self.others.resize_with(number + 1, || None);
        }
        if let Some(slot) = self.others.get_mut(number) {
            *slot = Some(Box::new(before));
        }
    }
}
