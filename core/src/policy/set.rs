//! Many policies as one document, and what in an event names one of them; knows no event.

use super::{FORMAT, Policy, single};
use crate::document::Node;
use crate::error::{At, Code, Error};
use crate::quote::quoted;
use crate::selector::Selector;
use std::collections::HashMap;
use std::fmt::Write;

/// Many policies, each with a name.
///
/// ```
/// use pumice::policy::PolicySet;
///
/// let set = PolicySet::parse(br#"{
///     "pumice_set": 1,
///     "by": "event_name",
///     "policies": {
///         "message_sent": {"pumice": 1, "fields": {"from": "phone"}},
///         "login": {"pumice": 1, "fields": {"ip": "ip"}}
///     }
/// }"#)?;
/// assert_eq!(set.policies.len(), 2);
/// # Ok::<(), pumice::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// Where an event names its policy; otherwise the caller does.
    pub by: Option<Selector>,
    /// The policy of events that name none of these; otherwise they are refused.
    pub unknown: Option<Policy>,
    /// Names and policies, in the order of the document.
    pub policies: Vec<(String, Policy)>,
}

/// What a scrubber can be made of.
pub(crate) enum Document {
    One(Box<Policy>),
    Set(Box<PolicySet>),
}

impl Document {
    /// Reads a policy or a set of them.
    ///
    /// # Errors
    /// Those of [`Policy::parse`] and [`PolicySet::parse`].
    pub(crate) fn parse(document: &[u8]) -> Result<Self, Error> {
        let top = Node::document(document)?;
        if cfg!(feature = "sets") && top.object()?.iter().any(|(key, _)| key == "pumice_set") {
            PolicySet::read(&top).map(|set| Document::Set(Box::new(set)))
        } else {
            Policy::read(&top).map(|policy| Document::One(Box::new(policy)))
        }
    }
}

impl PolicySet {
    /// Reads a set: `{"pumice_set": 1, "by": "event_name", "policies": {"name": policy, …}}`. `by` is a selector of one
    /// scalar; without it, the caller names the policy. `unknown` is `"fail"`, which is the default, or the policy of events
    /// that name another or none. A scrubbed event must still say its name where the set is to decrypt it.
    ///
    /// # Errors
    /// Those of [`Policy::parse`], at a JSON Pointer into the set.
    pub fn parse(document: &[u8]) -> Result<Self, Error> {
        PolicySet::read(&Node::document(document)?)
    }

    fn read(top: &Node<'_>) -> Result<Self, Error> {
        let members = top.object()?;
        let version = members.iter().find(|(key, _)| key == "pumice_set");
        let (_, version) = version.ok_or_else(|| top.error_at("pumice_set", Code::PolicyVersion))?;
        if version.text() != FORMAT.to_string() {
            return Err(version.error(Code::PolicyVersion));
        }
        let mut set = PolicySet { by: None, unknown: None, policies: Vec::new() };
        let mut policies = None;
        for (key, node) in &members {
            match key.as_str() {
                "pumice_set" => {}
                "by" => set.by = Some(single(node)?),
                "unknown" if node.is_string() => node.word(&[("fail", ())], Code::InvalidOption)?,
                "unknown" => set.unknown = Some(Policy::read(node)?),
                "policies" => policies = Some(node.object()?),
                _ => return Err(node.error(Code::UnknownMember)),
            }
        }
        for (name, node) in policies.ok_or_else(|| top.error_at("policies", Code::PolicyShape))? {
            // No event names the empty name.
            if name.is_empty() {
                return Err(node.error(Code::InvalidOption));
            }
            set.policies.push((name, Policy::read(&node)?));
        }
        Ok(set)
    }
}

/// A set in the making: one document of many.
///
/// ```
/// use pumice::policy::Bundle;
///
/// let mut bundle = Bundle::new(Some("event_name"));
/// bundle.add("message_sent", br#"{"pumice": 1, "fields": {"from": "phone"}}"#)?;
/// bundle.add("file-7", br#"{"pumice": 1, "name": "login", "fields": {"ip": "ip"}}"#)?;
/// let scrubber = pumice::Scrubber::builder(bundle.to_json().as_bytes()).build()?;
/// assert_eq!(scrubber.scrub(br#"{"event_name":"login","ip":"207.164.33.12"}"#)?, br#"{"event_name":"login","ip":"207.164.0.0"}"#);
/// # Ok::<(), pumice::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    by: Option<String>,
    /// Names and policies, as JSON on one line.
    policies: Vec<(String, String)>,
    places: HashMap<String, usize>,
}

impl Bundle {
    /// An empty set, whose events name their policies at this selector, or else the caller does.
    #[must_use]
    pub fn new(by: Option<&str>) -> Self {
        Bundle { by: by.map(str::to_owned), ..Bundle::default() }
    }

    /// Adds a policy, under the name that it gives itself or else under this one. The same policy may come twice.
    ///
    /// # Errors
    /// Those of [`Policy::parse`], and [`Code::DuplicatePolicy`] at `/name` if another policy has that name.
    pub fn add(&mut self, name: &str, policy: &[u8]) -> Result<(), Error> {
        let node = Node::document(policy)?;
        let name = Policy::read(&node)?.name.unwrap_or_else(|| name.to_owned());
        let line = node.line();
        match self.places.get(&name).and_then(|place| self.policies.get(*place)) {
            Some((_, known)) if *known == line => Ok(()),
            Some(_) => Err(Error::new(Code::DuplicatePolicy).at_place(At::Policy("/name".to_owned()))),
            None => {
                self.places.insert(name.clone(), self.policies.len());
                self.policies.push((name, line));
                Ok(())
            }
        }
    }

    /// The set, as a document.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = r#"{"pumice_set":1"#.to_owned();
        if let Some(by) = &self.by {
            let _ = write!(json, r#","by":{}"#, quoted(by));
        }
        json.push_str(r#","policies":{"#);
        for (at, (name, policy)) in self.policies.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(json, "{comma}{}:{policy}", quoted(name));
        }
        json.push_str("}}");
        json
    }
}
