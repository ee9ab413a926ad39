//! The policy document: what a company decided about the fields of an event. Parsing is validation; it
//! knows nothing of how events are read.

mod rule;
mod set;
mod shape;

pub use crate::crypto::KeyOf;
use crate::document::{Index, Node};
use crate::error::{Code, Error};
use crate::redact::coordinate::Coordinate;
use crate::redact::email::Email;
use crate::redact::ip::Ip;
use crate::redact::phone::Phone;
pub use crate::scalar::Kind;
use crate::selector::Selector;
pub use crate::shape::Shape;
pub(crate) use set::Document;
pub use set::{Bundle, PolicySet};

/// A parsed and valid policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Name of the policy, for people.
    pub name: Option<String>,
    /// Version of the policy, for people.
    pub version: Option<u64>,
    /// Where an event says whose key applies.
    pub account: Option<Selector>,
    /// Where an event says whose data it is.
    pub subject: Option<Selector>,
    /// What happens to a leaf that no rule names.
    pub unlisted: Unlisted,
    /// The rules, in the order of the document.
    pub rules: Vec<Rule>,
    /// Where the policy stands in its document, as a JSON Pointer: empty unless it is one of a set.
    pub pointer: String,
    /// What an event must look like, so that it is refused where it does not.
    pub shape: Option<Shape>,
}

/// What happens to a leaf that no rule names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unlisted {
    /// It stays.
    #[default]
    Keep,
    /// It goes, and with it every object and array in which no rule found anything.
    Drop,
    /// The event is refused.
    Fail,
}

/// One field rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which values it means.
    pub selector: Selector,
    /// The selector as the policy spells it.
    pub spelling: String,
    /// The field's lasting name.
    pub id: String,
    /// What it says the values are.
    pub kind: Option<Kind>,
    /// What is done with them.
    pub action: Action,
    /// What becomes of a value that cannot be read as its type.
    pub on_invalid: OnInvalid,
    /// Where the rule stands in the document, as a JSON Pointer.
    pub pointer: String,
}

/// What is done with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Redact it by its type, one way.
    Redact(Redaction),
    /// Encrypt it, whole, under this key.
    Encrypt(KeyOf),
    /// Tokenize it under the subject's key.
    Tokenize,
    /// Hash it under the account's key, one way.
    Hash,
    /// Put this JSON text in its place.
    Replace(String),
    /// Take it out, key and all.
    Drop,
    /// Leave it as it is.
    Keep,
}

/// A type with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// Last four digits masked.
    Phone(Phone),
    /// Local part gone.
    Email(Email),
    /// Host bits zeroed, with what is known of the place if `geo` names anything.
    Ip {
        /// How many bits stay.
        ip: Ip,
        /// What of the place is added.
        geo: Geo,
    },
    /// Family, major version, system and kind of device.
    UserAgent {
        /// Which of them come out.
        fields: AgentFields,
        /// Which rules say so.
        engine: Engine,
    },
    /// Fewer decimals.
    Coordinate(Coordinate),
    /// Nothing left.
    Text,
}

/// What of an address's place is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Geo {
    /// `geo_country`, the name in English.
    pub country: bool,
    /// `geo_city`, the name in English.
    pub city: bool,
}

/// Which members the object of a user agent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one member of the object, on or off")]
pub struct AgentFields {
    /// `family`
    pub family: bool,
    /// `major`
    pub major: bool,
    /// `os`
    pub os: bool,
    /// `device`
    pub device: bool,
}

/// Which rules read a user agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The table that is compiled in.
    #[default]
    Compact,
    /// uap-core's rules, given to the scrubber as a file.
    Uap,
}

/// What becomes of a value that cannot be read as its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInvalid {
    /// `null`
    #[default]
    Null,
    /// It goes, key and all.
    Drop,
    /// The event is refused.
    Fail,
}

/// The version of the policy format that this build reads.
const FORMAT: u64 = 1;

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// [`Code::PolicySyntax`] at a byte offset if it is not JSON; otherwise at a JSON Pointer into the document:
    /// [`Code::PolicyVersion`], [`Code::PolicyShape`], [`Code::UnknownMember`], [`Code::DuplicateKey`],
    /// [`Code::UnknownType`], [`Code::UnknownAction`], [`Code::UnknownOption`], [`Code::InvalidOption`],
    /// [`Code::IncompleteRule`], [`Code::InvalidSelector`], [`Code::DuplicateSelector`]; [`Code::PolicyTooComplex`] for a shape of
    /// more than 16,384 types.
    pub fn parse(document: &[u8]) -> Result<Self, Error> {
        Policy::read(&Node::document(document)?)
    }

    /// Reads the policy that stands here.
    fn read(top: &Node<'_>) -> Result<Self, Error> {
        let members = top.object()?;
        // The version first: what a newer format calls its keys is not ours to judge.
        let (_, version) = members
            .iter()
            .find(|(key, _)| key == "pumice")
            .ok_or_else(|| top.error_at("pumice", Code::PolicyVersion))?;
        if version.text() != FORMAT.to_string() {
            return Err(version.error(Code::PolicyVersion));
        }
        let mut policy = Policy {
            name: None,
            version: None,
            account: None,
            subject: None,
            unlisted: Unlisted::Keep,
            rules: Vec::new(),
            pointer: top.pointer().to_owned(),
            shape: None,
        };
        let mut fields = None;
        for (key, node) in &members {
            match key.as_str() {
                "pumice" => {}
                "name" => policy.name = Some(node.string()?),
                "version" => policy.version = Some(node.number(u64::MAX)?),
                "account" => policy.account = Some(single(node)?),
                "subject" => policy.subject = Some(single(node)?),
                "unlisted" => {
                    let words =
                        [("keep", Unlisted::Keep), ("drop", Unlisted::Drop), ("fail", Unlisted::Fail)];
                    policy.unlisted = node.word(&words, Code::InvalidOption)?;
                }
                "fields" => fields = Some(node.object()?),
                "shape" if cfg!(feature = "sets") => policy.shape = Some(shape::parse(node)?),
                _ => return Err(node.error(Code::UnknownMember)),
            }
        }
        let mut selectors = Index::new();
        for (spelling, node) in fields.ok_or_else(|| top.error_at("fields", Code::PolicyShape))? {
            let rule = Rule::parse(spelling, &node)?;
            if selectors.insert(rule.selector.to_string().into_bytes(), 0).is_some() {
                return Err(node.error(Code::DuplicateSelector));
            }
            policy.rules.push(rule);
        }
        Ok(policy)
    }
}

/// A selector of one place.
fn single(node: &Node<'_>) -> Result<Selector, Error> {
    let selector: Selector = node.string()?.parse().map_err(|_| node.error(Code::InvalidSelector))?;
    if selector.is_single() { Ok(selector) } else { Err(node.error(Code::InvalidSelector)) }
}
