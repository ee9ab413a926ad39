//! The one handle that a program holds: a policy ready to run. It knows no files and no threads; any number of
//! threads may share it.

#[cfg(feature = "arrow")]
mod batch;
mod desk;
mod explain;
mod redactor;
mod set;
mod verify;
mod worker;

use crate::crypto::Keys;
use crate::error::{At, Code, Error};
use crate::geo::GeoDb;
#[cfg(feature = "keys")]
use crate::parts::IfKeys;
pub use crate::plan::Whose;
use crate::plan::{Party, Plan, Supplies};
use crate::report::Report;
#[cfg(feature = "arrow")]
pub use batch::BatchOptions;
use desk::Desk;
pub use explain::Explanation;
pub use redactor::{Redactor, RedactorBuilder};
use set::{Choice, Plans};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use verify::{Mismatch, MismatchKind};
pub use worker::{Lines, OnError, Worker};

/// Largest event that is taken if the builder is told nothing else, in bytes.
const MAX_EVENT_BYTES: usize = 16 << 20;

/// A policy ready to run, or a set of them.
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
    shared: Arc<Shared>,
    /// The policy of the set that the caller named.
    named: Option<Box<str>>,
}

/// What all handles to a scrubber have in common.
struct Shared {
    supplies: Supplies,
    max_event_bytes: usize,
    office: Mutex<Office>,
}

/// Boxed, since a desk changes hands at every call of `scrub`.
type Idle = Vec<Box<Desk>>;

/// Which policies hold now, and what was done by them and those before.
struct Office {
    plans: Arc<Plans>,
    /// Buffers and counts of workers that are not at work, for these policies.
    idle: Idle,
    /// What was counted by policies that do not hold any more.
    past: Report,
}

impl Scrubber {
    /// Begins a scrubber by this document (JSON): a policy, or a [set](crate::policy::PolicySet) of policies, of which each
    /// event names one.
    pub fn builder(policy: &[u8]) -> Builder<'_> {
        Builder { policy, supplies: Supplies::default(), max_event_bytes: MAX_EVENT_BYTES }
    }

    /// The scrubbed event: every byte as it was, but for what the policy treats.
    ///
    /// # Errors
    /// At a byte offset: [`Code::InvalidJson`], [`Code::InvalidUtf8`], [`Code::TooDeep`], [`Code::TooLarge`],
    /// [`Code::UnlistedField`]. At a selector of the policy's shape: [`Code::ShapeMismatch`], [`Code::FieldMissing`],
    /// [`Code::FieldUnknown`]. At a rule: [`Code::InvalidValue`]; where keys are needed also [`Code::NoAccount`],
    /// [`Code::NoSubject`], [`Code::UnknownAccount`], [`Code::KeyDestroyed`], [`Code::RootFailed`], [`Code::RandomFailed`],
    /// [`Code::StoreFailed`], [`Code::StoreLocked`], [`Code::StoreDamaged`]. Of a set [`Code::NoPolicy`] and
    /// [`Code::UnknownPolicy`]. Nothing of the event comes out then.
    pub fn scrub(&self, event: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.worker().scrub(event, &mut out)?;
        Ok(out)
    }

    /// The keys, if any were given.
    #[must_use]
    pub fn keys(&self) -> Option<&Keys> {
        self.shared.supplies.keys.as_deref().map(AsRef::as_ref)
    }

    /// The largest event that is taken, in bytes.
    #[must_use]
    pub fn max_event_bytes(&self) -> usize {
        self.shared.max_event_bytes
    }

    /// One thread's way to scrub many events: it keeps its buffers, and what it learned of the events' shape.
    #[must_use]
    pub fn worker(&self) -> Worker<'_> {
        self.worker_for(Whose::default())
    }

    /// A worker for events of this account and subject, whatever the events say. To take one for a single event costs little.
    #[must_use]
    pub fn worker_for<'a>(&'a self, whose: Whose<'a>) -> Worker<'a> {
        let mut office = self.office();
        let desk = office.idle.pop().unwrap_or_else(|| Box::new(Desk::new(office.plans.clone())));
        drop(office);
        Worker::new(self, whose, desk)
    }

    /// The scrubber of one policy of the set, whatever events say of it. It shares all with this one: keys, counts, and
    /// [`Scrubber::reload`].
    ///
    /// ```
    /// let set = br#"{"pumice_set": 1, "policies": {"message_sent": {"pumice": 1, "fields": {"from": "phone"}}}}"#;
    /// let scrubber = pumice::Scrubber::builder(set).build()?.named("message_sent")?;
    /// assert_eq!(scrubber.scrub(br#"{"from":"+11234567890"}"#)?, br#"{"from":"+1123456XXXX"}"#);
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::UnknownPolicy`]
    pub fn named(&self, policy: &str) -> Result<Scrubber, Error> {
        self.plans().chosen(self.plans().choose(Some(policy)))?;
        Ok(Scrubber { shared: self.shared.clone(), named: Some(policy.into()) })
    }

    /// Puts other policies in place of those that hold, at once for all: a worker that exists goes on by the policies that it
    /// began with, every call and every worker that begins afterwards has the new ones. What was given beside the policies
    /// stays. If it fails, nothing changes.
    ///
    /// ```
    /// let scrubber = pumice::Scrubber::builder(br#"{"pumice": 1, "fields": {"from": "phone"}}"#).build()?;
    /// scrubber.reload(br#"{"pumice": 1, "fields": {"from": "text"}}"#)?;
    /// assert_eq!(scrubber.scrub(br#"{"from":"+11234567890"}"#)?, br#"{"from":""}"#);
    /// # Ok::<(), pumice::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Builder::build`].
    pub fn reload(&self, policy: &[u8]) -> Result<(), Error> {
        let plans = Arc::new(Plans::new(policy, &self.shared.supplies)?);
        let mut office = self.office();
        let before = std::mem::replace(&mut office.plans, plans);
        for desk in std::mem::take(&mut office.idle) {
            office.past.add(desk.report());
        }
        drop(office);
        // A large set takes a while to go.
        drop(before);
        Ok(())
    }

    /// What was done so far, by all policies that ever held. Workers that still exist are not in it.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report::default();
        let office = self.office();
        if let (None, Some(plan)) = (office.plans.name(0), office.plans.plan(0)) {
            report.rules.extend(desk::rows(plan, None));
        }
        for desk in &office.idle {
            report.add(desk.report());
        }
        report.add(office.past.clone());
        report
    }

    /// What happens to each field: one row for each rule, in the policy's order, and one for all other fields; and so for
    /// each policy of a set, or for the one that was named.
    #[must_use]
    pub fn explain(&self) -> Vec<Explanation> {
        let plans = self.plans();
        let chosen = plans.chosen(self.choice(&plans)).ok().map(Plan::number);
        let all = plans.all().filter(|(_, plan)| chosen.is_none_or(|number| plan.number() == number));
        all.flat_map(|(name, plan)| explain::explain(plan, name)).collect()
    }

    fn choice(&self, plans: &Plans) -> Choice {
        plans.choose(self.named.as_deref())
    }

    /// The policies that hold now.
    fn plans(&self) -> Arc<Plans> {
        self.office().plans.clone()
    }

    fn office(&self) -> MutexGuard<'_, Office> {
        // A thread that panicked held no desk of this list: the list is whole.
        self.shared.office.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back the desk of a worker that is done.
    fn take_back(&self, desk: Box<Desk>) {
        let mut office = self.office();
        if Arc::ptr_eq(&desk.plans, &office.plans) {
            office.idle.push(desk);
        } else {
            office.past.add(desk.report());
        }
    }
}

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scrubber").field("policies", &self.plans().all().count()).finish_non_exhaustive()
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
        self.supplies.keys = IfKeys::new(|| keys);
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

    /// Compiles the policy, or the set of them.
    ///
    /// # Errors
    /// Those of [`Policy::parse`](crate::policy::Policy::parse); and at a JSON Pointer into the policy: [`Code::AmbiguousSelectors`] (at the later of the two rules),
    /// [`Code::PolicyTooComplex`], [`Code::NeedsKeys`], [`Code::NeedsStore`], [`Code::NeedsAccount`], [`Code::NeedsSubject`],
    /// [`Code::NeedsGeo`], [`Code::NeedsUap`].
    pub fn build(self) -> Result<Scrubber, Error> {
        let plans = Arc::new(Plans::new(self.policy, &self.supplies)?);
        let office = Office { plans, idle: Idle::new(), past: Report::default() };
        let Builder { supplies, max_event_bytes, .. } = self;
        let shared = Shared { supplies, max_event_bytes, office: Mutex::new(office) };
        Ok(Scrubber { shared: Arc::new(shared), named: None })
    }
}

impl std::fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
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
