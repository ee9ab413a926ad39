//! Whose an event is: where its account and its subject are named. It knows no event and no key.

use crate::policy::{Action, KeyOf, Policy, Rule};
use crate::selector::Selector;
use std::fmt;

/// Who names the account, or the subject, if not the event.
#[derive(Clone, Default)]
pub(crate) enum Party {
    /// The event, where the policy says.
    #[default]
    Event,
    /// It is the same for all events.
    Given(String),
    /// The event, where the policy says; or else it comes with each call.
    Call,
}

/// Where a name is to be found, unless the call brings it.
pub(crate) enum Source {
    Nowhere,
    /// At this one of the marked places.
    Event(usize),
    Given(String),
    /// The call has to bring it.
    Call,
}

/// Where both names are to be found.
pub(crate) struct Owners {
    pub(crate) account: Source,
    pub(crate) subject: Source,
}

/// Whose events they are, where the caller says so and not the event. What is given here goes before what the policy and the
/// builder say.
#[derive(Clone, Copy, Default)]
pub struct Whose<'a> {
    /// Whose keys apply.
    pub account: Option<&'a str>,
    /// Whose data it is.
    pub subject: Option<&'a str>,
}

impl fmt::Debug for Whose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whose").finish_non_exhaustive()
    }
}

impl Owners {
    /// Whether subjects' keys will be needed.
    pub(crate) fn has_subjects(&self) -> bool {
        !matches!(self.subject, Source::Nowhere)
    }

    /// The sources of the names that the policy's rules need, and the places that are to be marked for them.
    pub(crate) fn new<'a>(policy: &'a Policy, account: Party, subject: Party) -> (Self, Vec<&'a Selector>) {
        let needs_subject = policy.rules.iter().any(Rule::needs_subject);
        let needs_account = needs_subject || policy.rules.iter().any(Rule::needs_keys);
        let mut places = Vec::new();
        let mut source = |needed: bool, party, selector: &'a Option<Selector>| match (party, selector) {
            _ if !needed => Source::Nowhere,
            (Party::Given(name), _) if name.is_empty() => Source::Nowhere,
            (Party::Given(name), _) => Source::Given(name),
            (Party::Event | Party::Call, Some(selector)) => {
                places.push(selector);
                Source::Event(places.len() - 1)
            }
            (Party::Call, None) => Source::Call,
            (Party::Event, None) => Source::Nowhere,
        };
        let account = source(needs_account, account, &policy.account);
        let subject = source(needs_subject, subject, &policy.subject);
        (Owners { account, subject }, places)
    }
}

impl Rule {
    /// Whether it can be carried out only with keys, and so only for a known account.
    fn needs_keys(&self) -> bool {
        matches!(self.action, Action::Encrypt(_) | Action::Tokenize | Action::Hash)
    }

    /// Whether it uses a subject's key.
    pub(crate) fn needs_subject(&self) -> bool {
        matches!(self.action, Action::Encrypt(KeyOf::Subject) | Action::Tokenize)
    }
}
