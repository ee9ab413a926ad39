//! The one handle that a program holds: a policy ready to run. It knows no files and no threads; any number of
//! threads may share it.

#[cfg(feature = "arrow")]
mod batch;
mod explain;
mod redactor;
mod verify;
mod worker;

use crate::crypto::Keys;
use crate::error::{At, Code, Error};
use crate::geo::GeoDb;
use crate::json::Scratch;
pub use crate::plan::Whose;
use crate::plan::{Party, Plan, Supplies};
use crate::policy::Policy;
use crate::report::{Report, RuleCounts};
#[cfg(feature = "arrow")]
pub use batch::BatchOptions;
pub use explain::Explanation;
pub use redactor::{Redactor, RedactorBuilder};
use std::sync::{Mutex, MutexGuard, PoisonError};
pub use verify::{Mismatch, MismatchKind};
pub use worker::{Lines, OnError, Worker};

/// Largest event that is taken if the builder is told nothing else, in bytes.
const MAX_EVENT_BYTES: usize = 16 << 20;

/// A policy ready to run.
///
/// ```
/// let policy = br#"{"pumice": 1, "fields": {"from": "phone", "**.password": {"action": "drop"}}}"#;
/// let scrubber = pumice::Scrubber::builder(policy).build()?;
///
/// let event = br#"{"from":"+11234567890", "login":{"password":"hunter2"}, "n":1.50}"#;
/// assert_eq!(scrubber.scrub(event)?, br#"{"from":"+1123456XXXX", "login":{}, "n":1.50}"#);
/// # Ok::<(), pumice::Error>(())
/// ```
pub struct Scrubber {
    plan: Plan,
    max_event_bytes: usize,
    /// Buffers and counts of workers that are not at work.
    idle: Mutex<Idle>,
}

/// Boxed, since a desk changes hands at every call of `scrub`.
type Idle = Vec<Box<Desk>>;

/// What one worker works with. (On cache lines of its own: workers write to theirs at every event.)
#[repr(align(128))]
struct Desk {
    scratch: Scratch,
    counts: Counts,
}

/// What one worker has done.
#[derive(Default)]
struct Counts {
    events: u64,
    refused: u64,
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

impl Scrubber {
    /// Begins a scrubber by this policy document (JSON).
    pub fn builder(policy: &[u8]) -> Builder<'_> {
        Builder { policy, supplies: Supplies::default(), max_event_bytes: MAX_EVENT_BYTES }
    }

    /// The scrubbed event: every byte as it was, but for what the policy treats.
    ///
    /// # Errors
    /// At a byte offset: [`Code::InvalidJson`], [`Code::InvalidUtf8`], [`Code::TooDeep`], [`Code::TooLarge`],
    /// [`Code::UnlistedField`]. At a rule: [`Code::InvalidValue`]; where keys are needed also [`Code::NoAccount`],
    /// [`Code::NoSubject`], [`Code::UnknownAccount`], [`Code::KeyDestroyed`], [`Code::RootFailed`], [`Code::RandomFailed`],
    /// [`Code::StoreFailed`], [`Code::StoreLocked`], [`Code::StoreDamaged`]. Nothing of the event comes out then.
    pub fn scrub(&self, event: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.worker().scrub(event, &mut out)?;
        Ok(out)
    }

    /// The keys, if any were given.
    #[must_use]
    pub fn keys(&self) -> Option<&Keys> {
        self.plan.keys()
    }

    /// The largest event that is taken, in bytes.
    #[must_use]
    pub fn max_event_bytes(&self) -> usize {
        self.max_event_bytes
    }

    /// One thread's way to scrub many events: it keeps its buffers, and what it learned of the events' shape.
    #[must_use]
    pub fn worker(&self) -> Worker<'_> {
        self.worker_for(Whose::default())
    }

    /// A worker for events of this account and subject, whatever the events say. To take one for a single event costs little.
    #[must_use]
    pub fn worker_for<'a>(&'a self, whose: Whose<'a>) -> Worker<'a> {
        let desk = self.idle().pop().unwrap_or_else(|| {
            let rules = vec![RuleTally::default(); self.plan.rules().len()];
            Box::new(Desk {
                scratch: Scratch::new(&self.plan),
                counts: Counts { rules, ..Counts::default() },
            })
        });
        Worker::new(self, whose, desk)
    }

    /// What was done so far. Workers that still exist are not in it.
    #[must_use]
    pub fn report(&self) -> Report {
        let rules = self.plan.rules().iter();
        let mut report = Report {
            rules: rules
                .map(|bound| RuleCounts { selector: bound.rule.spelling.clone(), ..RuleCounts::default() })
                .collect(),
            ..Report::default()
        };
        for desk in self.idle().iter() {
            let counts = &desk.counts;
            report.events += counts.events;
            report.refused += counts.refused;
            report.unlisted_dropped += counts.unlisted_dropped;
            for (row, tally) in report.rules.iter_mut().zip(&counts.rules) {
                row.treated += tally.treated;
                row.invalid += tally.invalid;
                row.null += tally.null;
                row.absent += counts.events - tally.present;
            }
        }
        report
    }

    /// What happens to each field: one row for each rule, in the policy's order, and one for all other fields.
    #[must_use]
    pub fn explain(&self) -> Vec<Explanation> {
        explain::explain(&self.plan)
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // A thread that panicked held no desk of this list: the list is whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scrubber").field("rules", &self.plan.rules().len()).finish_non_exhaustive()
    }
}

/// A scrubber in the making.
#[must_use]
pub struct Builder<'a> {
    policy: &'a [u8],
    supplies: Supplies,
    max_event_bytes: usize,
}

impl Builder<'_> {
    /// The geo database for rules that add a place to an address.
    pub fn geo(mut self, db: GeoDb) -> Self {
        self.supplies.geo = Some(db);
        self
    }

    /// The user-agent rules for fields with `"engine": "uap"`.
    #[cfg(feature = "uap")]
    pub fn uap(mut self, rules: crate::redact::user_agent::UapRules) -> Self {
        self.supplies.uap = Some(rules);
        self
    }

    /// The keys, for rules that encrypt, tokenize or hash.
    #[cfg(feature = "keys")]
    pub fn keys(mut self, keys: std::sync::Arc<Keys>) -> Self {
        self.supplies.keys = Some(keys);
        self
    }

    /// The account of all events, instead of what the policy says.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.supplies.account = Party::Given(account.into());
        self
    }

    /// The subject of all events, instead of what the policy says.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.supplies.subject = Party::Given(subject.into());
        self
    }

    /// Account and subject come with each call ([`Scrubber::worker_for`]) where the policy does not say where they are. An
    /// event that needs one that did not come is refused.
    pub fn owner_by_call(mut self) -> Self {
        (self.supplies.account, self.supplies.subject) = (Party::Call, Party::Call);
        self
    }

    /// The largest event that is taken, in bytes; 16 MiB if this is not called, 4 GiB at most.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.max_event_bytes = bytes;
        self
    }

    /// Compiles the policy.
    ///
    /// # Errors
    /// Those of [`Policy::parse`]; and at a JSON Pointer into the policy: [`Code::AmbiguousSelectors`] (at the later of the two rules),
    /// [`Code::PolicyTooComplex`], [`Code::NeedsKeys`], [`Code::NeedsStore`], [`Code::NeedsAccount`], [`Code::NeedsSubject`],
    /// [`Code::NeedsGeo`], [`Code::NeedsUap`].
    pub fn build(self) -> Result<Scrubber, Error> {
        let plan = Plan::new(Policy::parse(self.policy)?, &self.supplies)?;
        Ok(Scrubber { plan, max_event_bytes: self.max_event_bytes, idle: Mutex::default() })
    }
}

impl std::fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

impl Counts {
    /// Counts one scrubbed event.
    fn add(&mut self, scratch: &Scratch) {
        use crate::json::{Outcome, UNLISTED};
        self.events += 1;
        let event = self.events;
        let mut tally = |rule: u16, count: fn(&mut RuleTally)| {
            if let Some(tally) = self.rules.get_mut(usize::from(rule)) {
                count(tally);
                if tally.last != event {
                    tally.last = event;
                    tally.present += 1;
                }
            }
        };
        for (edit, done) in scratch.done() {
            match done.outcome {
                Outcome::Treated if edit.rule == UNLISTED => self.unlisted_dropped += 1,
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
}

/// Checks the size of an event before it is read.
fn check_size(event: &[u8], max: usize) -> Result<(), Error> {
    if event.len() > max { Err(Error::new(Code::TooLarge).at_place(At::Offset(max))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uap_without_its_rules_is_an_error_when_built() {
        let policy = br#"{"pumice": 1, "fields": {"ua": {"type": "user_agent", "engine": "uap"}}}"#;
        let error = Scrubber::builder(policy).build().unwrap_err();
        assert_eq!((error.code(), error.at()), (Code::NeedsUap, &At::Policy("/fields/ua/engine".to_owned())));
    }
}
