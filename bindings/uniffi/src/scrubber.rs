//! The class `Scrubber`: a policy ready to run. What it does is core's.

use crate::bytes::Bytes;
use crate::failure::PumiceError;
use crate::keys::{Keys, Opened};
use pumice::{Code, Error, GeoDb, OnError};

/// A policy ready to run. Any number of threads may share it; none of its calls waits for
/// anything.
#[derive(uniffi::Object)]
pub struct Scrubber(pumice::Scrubber);

/// What became of many lines.
#[derive(uniffi::Record)]
pub struct Lines {
    /// The scrubbed lines.
    pub scrubbed: Bytes,
    /// Those that cannot be scrubbed, each whole: they are as raw as they came.
    pub rejects: Bytes,
}

/// What a scrubber has done so far. Safe to log: it is made of the policy's words and of numbers.
#[derive(uniffi::Record)]
pub struct Report {
    /// Events scrubbed.
    pub events: i64,
    /// Events refused, for whatever reason; the other counts do not include them.
    pub refused: i64,
    /// Values taken out because no rule names them (`"unlisted": "drop"`).
    pub unlisted_dropped: i64,
    /// One row for each rule, in the policy's order.
    pub rules: Vec<RuleCounts>,
}

/// What happened to the values of one rule.
#[derive(uniffi::Record)]
pub struct RuleCounts {
    /// The name of the rule's policy, if that is one of a set.
    pub policy: Option<String>,
    /// The rule's selector, as the policy spells it.
    pub selector: String,
    /// Values treated as the rule says.
    pub treated: i64,
    /// Values that could not be read as their type; they followed `on_invalid`.
    pub invalid: i64,
    /// Values that were `null` and stayed so.
    pub nulls: i64,
    /// Events in which the rule found nothing.
    pub absent: i64,
}

/// What happens to one field.
#[derive(uniffi::Record)]
pub struct Explanation {
    /// The name of the rule's policy, if that is one of a set.
    pub policy: Option<String>,
    /// The rule's selector, as the policy spells it; empty for all fields that no rule names.
    pub selector: String,
    /// What happens, in words.
    pub words: String,
    /// An example, as JSON; empty where an example would say nothing.
    pub before: String,
    /// What becomes of the example, as JSON; empty if nothing is left of it.
    pub after: String,
}

#[uniffi::export]
impl Scrubber {
    /// Compiles a policy. It takes as long as the databases and keys that it is given are large: make one, off the main
    /// thread, and keep it.
    ///
    /// - `policy`: the policy, JSON.
    /// - `geo`: the content of an mmdb file, for `ip` with `geo`.
    /// - `keys`: for rules that encrypt, tokenize or hash.
    /// - `account`, `subject`: whose all events are, instead of what the policy says.
    /// - `max_event_bytes`: the largest event that is taken; 16 MiB if nothing is said.
    ///
    /// Fails, at a place in the policy, if it is wrong or needs what it is not given; or with the code of what is wrong with
    /// the database, the keyring or its root.
    #[uniffi::constructor(default(geo = None, keys = None, account = None, subject = None, max_event_bytes = None))]
    pub fn new(
        policy: String,
        geo: Option<Bytes>,
        keys: Option<Keys>,
        account: Option<String>,
        subject: Option<String>,
        max_event_bytes: Option<i64>,
    ) -> Result<Self, PumiceError> {
        let mut builder = pumice::Scrubber::builder(policy.as_bytes());
        if let Some(geo) = geo {
            builder = builder.geo(GeoDb::from_bytes(geo.as_slice())?);
        }
        if let Some(keys) = keys {
            builder = builder.keys(keys.open()?);
        }
        if let Some(account) = account {
            builder = builder.account(account);
        }
        if let Some(subject) = subject {
            builder = builder.subject(subject);
        }
        if let Some(bytes) = max_event_bytes {
            builder = builder.max_event_bytes(usize::try_from(bytes).unwrap_or(0));
        }
        Ok(Scrubber(builder.build()?))
    }

    /// The scrubbed event: every byte as it was, but for what the policy treats.
    ///
    /// Fails, at a byte, with `invalid_json`, `invalid_utf8`, `too_deep`, `too_large`, `unlisted_field`; at a rule with
    /// `invalid_value`, and where keys are needed with `no_account`, `no_subject`, `unknown_account`, `key_destroyed`,
    /// `root_failed`, `random_failed`. Nothing of the event comes out then.
    pub fn scrub(&self, event: Bytes) -> Result<Bytes, PumiceError> {
        Bytes::made(|out| self.0.worker().scrub(event.as_slice(), out))
    }

    /// Scrubs newline-delimited JSON, one event a line; blank lines stay. This is the fast way for many events: to cross from
    /// one language to another costs more than to scrub one.
    ///
    /// Fails as `scrub` does for the first line that cannot be scrubbed, with its `line`; nothing comes out then.
    pub fn scrub_ndjson(&self, lines: Bytes) -> Result<Bytes, PumiceError> {
        Bytes::made(|out| {
            self.0.worker().scrub_ndjson(lines.as_slice(), OnError::Fail, out, &mut Vec::new()).map(drop)
        })
    }

    /// `scrub_ndjson`, but the lines that cannot be scrubbed come out by themselves.
    pub fn scrub_ndjson_rejecting(&self, lines: Bytes) -> Result<Lines, PumiceError> {
        let mut rejects = Vec::new();
        let scrubbed = Bytes::made(|out| {
            self.0.worker().scrub_ndjson(lines.as_slice(), OnError::Reject, out, &mut rejects).map(drop)
        })?;
        Ok(Lines { scrubbed, rejects: Bytes::of(&rejects)? })
    }

    /// A scrubbed event as it was before its fields were encrypted; whatever else the policy treats stays as it is.
    ///
    /// Fails as `scrub` does, and at a rule with `not_ours`, `unknown_version`, `malformed`, `unknown_key`, `forgotten`,
    /// `authentication_failed`.
    pub fn decrypt_event(&self, event: Bytes) -> Result<Bytes, PumiceError> {
        Bytes::made(|out| self.0.worker().decrypt_event(event.as_slice(), out))
    }

    /// `decrypt_event` for many lines, like `scrub_ndjson`.
    pub fn decrypt_ndjson(&self, lines: Bytes) -> Result<Bytes, PumiceError> {
        Bytes::made(|out| {
            self.0.worker().decrypt_ndjson(lines.as_slice(), OnError::Fail, out, &mut Vec::new()).map(drop)
        })
    }

    /// What this ciphertext of the account and field was. The field's name is the `id` of its rule, or else the selector.
    ///
    /// Fails with `needs_keys`; `not_ours`, `unknown_version`, `malformed`; `unknown_account`, `unknown_key`,
    /// `key_destroyed`, `forgotten`; `authentication_failed`; `needs_store`, `root_failed`, `keyring_tampered`.
    pub fn decrypt(&self, value: &str, account: &str, field: &str) -> Result<Opened, PumiceError> {
        let keys = self.0.keys().ok_or_else(|| Error::new(Code::NeedsKeys))?;
        Opened::of(keys.decrypt(value, account, field)?)
    }

    /// The scrubber of one policy of the set, whatever events say of it. It shares all with this one: keys, counts, `reload`.
    ///
    /// Fails with `unknown_policy`.
    pub fn named(&self, policy: &str) -> Result<Scrubber, PumiceError> {
        Ok(Scrubber(self.0.named(policy)?))
    }

    /// Puts another policy, or set of them, in place of the one that holds, at once for all threads. A call that has begun ends
    /// by the one that it began with.
    ///
    /// Fails as when a scrubber is made; nothing changes then.
    pub fn reload(&self, policy: &str) -> Result<(), PumiceError> {
        Ok(self.0.reload(policy.as_bytes())?)
    }

    /// Counts of what was done so far, by rule and outcome; never a value, nor a key of an event.
    pub fn report(&self) -> Report {
        let pumice::Report { events, refused, unlisted_dropped, rules } = self.0.report();
        Report {
            events: count(events),
            refused: count(refused),
            unlisted_dropped: count(unlisted_dropped),
            rules: rules.into_iter().map(RuleCounts::from).collect(),
        }
    }

    /// The policy in words: a row for each rule, and one for all that no rule names.
    pub fn explain(&self) -> Vec<Explanation> {
        self.0.explain().into_iter().map(Explanation::from).collect()
    }
}

impl From<pumice::RuleCounts> for RuleCounts {
    fn from(row: pumice::RuleCounts) -> Self {
        let pumice::RuleCounts { policy, selector, treated, invalid, null, absent } = row;
        RuleCounts {
            policy,
            selector,
            treated: count(treated),
            invalid: count(invalid),
            nulls: count(null),
            absent: count(absent),
        }
    }
}

impl From<pumice::Explanation> for Explanation {
    fn from(row: pumice::Explanation) -> Self {
        let pumice::Explanation { policy, selector, words, before, after } = row;
        Explanation { policy, selector, words, before, after }
    }
}

/// Signed, since Java has no other numbers.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
