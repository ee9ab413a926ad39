//! What one worker works with, and what it counted; knows no event.

use super::set::Plans;
use crate::json::{Outcome, Scratch, UNLISTED};
use crate::plan::Plan;
use crate::report::{Report, RuleCounts};
use std::sync::Arc;

/// What one worker works with. (On cache lines of its own: workers write to theirs at every event.)
#[repr(align(128))]
pub(super) struct Desk {
    /// The policies that it is for.
    pub(super) plans: Arc<Plans>,
    pub(super) scratch: Scratch,
    pub(super) counts: Counts,
}

/// What one worker has done.
#[derive(Default)]
pub(super) struct Counts {
    /// Events refused, whether or not a policy was found for them.
    pub(super) refused: u64,
    /// By the plans' numbers, as far as they had an event.
    plans: Vec<Option<Box<PlanCounts>>>,
}

/// What was done by one policy.
pub(super) struct PlanCounts {
    events: u64,
    unlisted_dropped: u64,
    rules: Vec<RuleTally>,
}

#[derive(Clone, Default)]
#[repr(align(64))]
struct RuleTally {
    treated: u64,
    invalid: u64,
    null: u64,
    /// Events in which it found something, and the number of the last of them.
    present: u64,
    last: u64,
}

impl Desk {
    pub(super) fn new(plans: Arc<Plans>) -> Self {
        Desk { plans, scratch: Scratch::new(), counts: Counts::default() }
    }

    /// What was counted here.
    pub(super) fn report(&self) -> Report {
        let mut report = Report { refused: self.counts.refused, ..Report::default() };
        for (number, counts) in self.counts.plans.iter().enumerate() {
            let (Some(plan), Some(counts)) = (self.plans.plan(number), counts) else { continue };
            report.events += counts.events;
            report.unlisted_dropped += counts.unlisted_dropped;
            for (row, tally) in rows(plan, self.plans.name(number)).zip(&counts.rules) {
                report.rules.push(RuleCounts {
                    treated: tally.treated,
                    invalid: tally.invalid,
                    null: tally.null,
                    absent: counts.events - tally.present,
                    ..row
                });
            }
        }
        report
    }
}

/// A row for each rule of a plan, with nothing counted.
pub(super) fn rows(plan: &Plan, name: Option<&str>) -> impl Iterator<Item = RuleCounts> {
    plan.rules().iter().map(move |bound| RuleCounts {
        policy: name.map(str::to_owned),
        selector: bound.rule.spelling.clone(),
        ..RuleCounts::default()
    })
}

impl Counts {
    /// What was counted by a plan.
    #[inline]
    fn of(&mut self, plan: &Plan) -> Option<&mut PlanCounts> {
        if self.plans.len() <= plan.number() {
            self.plans.resize_with(plan.number() + 1, || None);
        }
        let slot = self.plans.get_mut(plan.number())?;
        Some(slot.get_or_insert_with(|| Box::new(PlanCounts::new(plan.rules().len()))))
    }

    /// Counts one scrubbed event.
    pub(super) fn add(&mut self, plan: &Plan, scratch: &Scratch) {
        let Some(counts) = self.of(plan) else { return };
        counts.events += 1;
        let event = counts.events;
        let rules = &mut counts.rules;
        let mut tally = |rule: u16, count: fn(&mut RuleTally)| {
            if let Some(tally) = rules.get_mut(usize::from(rule)) {
                count(tally);
                if tally.last != event {
                    tally.last = event;
                    tally.present += 1;
                }
            }
        };
        for (edit, outcome) in scratch.outcomes() {
            match outcome {
                Outcome::Treated if edit.rule == UNLISTED => counts.unlisted_dropped += 1,
                Outcome::Treated => tally(edit.rule, |tally| tally.treated += 1),
                Outcome::Invalid => tally(edit.rule, |tally| tally.invalid += 1),
                Outcome::Null => tally(edit.rule, |tally| tally.null += 1),
                // It is there all the same.
                Outcome::Left => tally(edit.rule, |_| {}),
            }
        }
        for rule in scratch.kept() {
            tally(*rule, |tally| tally.treated += 1);
        }
    }

    /// Counts the rows of one scrubbed batch.
    #[cfg(feature = "arrow")]
    pub(super) fn add_batch(&mut self, plan: &Plan, scrubbed: &crate::arrow::Scrubbed) {
        let Some(counts) = self.of(plan) else { return };
        counts.events += scrubbed.batch.num_rows() as u64;
        counts.unlisted_dropped += scrubbed.unlisted_dropped;
        for (tally, done) in counts.rules.iter_mut().zip(&scrubbed.done) {
            tally.treated += done.treated;
            tally.invalid += done.invalid;
            tally.null += done.null;
            tally.present += done.present;
        }
    }
}

impl PlanCounts {
    fn new(rules: usize) -> Self {
        PlanCounts { events: 0, unlisted_dropped: 0, rules: vec![RuleTally::default(); rules] }
    }
}
