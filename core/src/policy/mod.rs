//! The policy document: what a company decided about the fields of an event. Parsing is validation; it
//! knows nothing of how events are read.

mod document;

use crate::error::{At, Code, Error};
use crate::redact::coordinate::{Coordinate, Rounding};
use crate::redact::email::{Email, Keep};
use crate::redact::ip::Ip;
use crate::redact::phone::Phone;
pub use crate::scalar::Kind;
use crate::selector::Selector;
use document::Node;

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
    /// Encrypt it under the account's key.
    Encrypt,
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

/// Most decimals that a policy may keep: a double holds no more of a coordinate.
const MOST_DECIMALS: u64 = 15;

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// [`Code::PolicySyntax`] at a byte offset if it is not JSON; otherwise at a JSON Pointer into the document:
    /// [`Code::PolicyVersion`], [`Code::PolicyShape`], [`Code::UnknownMember`], [`Code::DuplicateKey`],
    /// [`Code::UnknownType`], [`Code::UnknownAction`], [`Code::UnknownOption`], [`Code::InvalidOption`],
    /// [`Code::IncompleteRule`], [`Code::InvalidSelector`], [`Code::DuplicateSelector`].
    pub fn parse(document: &[u8]) -> Result<Self, Error> {
        let top = Node::document(document)?;
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
                _ => return Err(node.error(Code::UnknownMember)),
            }
        }
        let mut selectors = std::collections::HashSet::new();
        for (spelling, node) in fields.ok_or_else(|| top.error_at("fields", Code::PolicyShape))? {
            let rule = Rule::parse(spelling, &node)?;
            if !selectors.insert(rule.selector.clone()) {
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

impl Rule {
    fn parse(spelling: String, node: &Node<'_>) -> Result<Self, Error> {
        let selector: Selector = spelling.parse().map_err(|_| node.error(Code::InvalidSelector))?;
        let mut options = Options::read(node)?;
        let kind = match options.take("type") {
            Some(kind) => Some(kind.word(Kind::ALL, Code::UnknownType)?),
            None => None,
        };
        let action = match options.take("action") {
            Some(action) => action.word(Verb::ALL, Code::UnknownAction)?,
            None => Verb::Redact,
        };
        let id = match options.take("id") {
            Some(id) => match id.string()? {
                empty if empty.is_empty() => return Err(id.error(Code::InvalidOption)),
                id => id,
            },
            None => spelling.clone(),
        };
        let mut on_invalid = OnInvalid::Null;
        let action = match action {
            Verb::Redact => {
                on_invalid = options.on_invalid()?;
                let kind = kind.ok_or_else(|| node.error_at("type", Code::IncompleteRule))?;
                Action::Redact(options.redaction(kind)?)
            }
            Verb::Encrypt => Action::Encrypt,
            Verb::Tokenize => Action::Tokenize,
            Verb::Hash => Action::Hash,
            Verb::Replace => {
                let value = options.take("value");
                let value = value.ok_or_else(|| node.error_at("value", Code::IncompleteRule))?;
                Action::Replace(value.line())
            }
            Verb::Drop => Action::Drop,
            Verb::Keep => Action::Keep,
        };
        options.finish()?;
        Ok(Rule { selector, spelling, id, kind, action, on_invalid, pointer: node.pointer().to_owned() })
    }

    /// An error of this code, at this rule.
    pub(crate) fn error(&self, code: Code) -> Error {
        Error::new(code).at_place(At::Policy(self.pointer.clone()))
    }

    /// An error of this code, at an option of this rule.
    pub(crate) fn error_at(&self, option: &str, code: Code) -> Error {
        Error::new(code).at_place(At::Policy(format!("{}/{option}", self.pointer)))
    }
}

/// The words of `action`.
#[derive(Clone, Copy)]
enum Verb {
    Redact,
    Encrypt,
    Tokenize,
    Hash,
    Replace,
    Drop,
    Keep,
}

impl Verb {
    const ALL: &'static [(&'static str, Verb)] = &[
        ("redact", Verb::Redact),
        ("encrypt", Verb::Encrypt),
        ("tokenize", Verb::Tokenize),
        ("hash", Verb::Hash),
        ("replace", Verb::Replace),
        ("drop", Verb::Drop),
        ("keep", Verb::Keep),
    ];
}

/// The options of a rule that nobody has asked for yet.
struct Options<'a>(Vec<(String, Node<'a>)>);

impl<'a> Options<'a> {
    /// A rule is an object, or a bare type.
    fn read(node: &Node<'a>) -> Result<Self, Error> {
        if node.is_string() {
            return Ok(Options(vec![("type".to_owned(), node.clone())]));
        }
        Ok(Options(node.object()?))
    }

    fn take(&mut self, name: &str) -> Option<Node<'a>> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Whatever is left has no meaning for this type and action.
    fn finish(self) -> Result<(), Error> {
        match self.0.first() {
            Some((_, node)) => Err(node.error(Code::UnknownOption)),
            None => Ok(()),
        }
    }

    fn on_invalid(&mut self) -> Result<OnInvalid, Error> {
        let words = [("null", OnInvalid::Null), ("drop", OnInvalid::Drop), ("fail", OnInvalid::Fail)];
        match self.take("on_invalid") {
            Some(node) => node.word(&words, Code::InvalidOption),
            None => Ok(OnInvalid::default()),
        }
    }

    fn bits(&mut self, name: &str, default: u8, most: u8) -> Result<u8, Error> {
        match self.take(name) {
            Some(node) => {
                let bits = node.number(most.into())?;
                u8::try_from(bits).map_err(|_| node.error(Code::InvalidOption))
            }
            None => Ok(default),
        }
    }

    fn redaction(&mut self, kind: Kind) -> Result<Redaction, Error> {
        Ok(match kind {
            Kind::Phone => Redaction::Phone(Phone),
            Kind::Email => {
                let words = [("initial", Keep::Initial), ("provider", Keep::Provider), ("none", Keep::None)];
                let keep = match self.take("keep") {
                    Some(node) => node.word(&words, Code::InvalidOption)?,
                    None => Keep::default(),
                };
                Redaction::Email(Email { keep })
            }
            Kind::Ip => {
                let default = Ip::default();
                let v4_bits = self.bits("v4_bits", default.v4_bits, 32)?;
                let v6_bits = self.bits("v6_bits", default.v6_bits, 128)?;
                let geo = match self.take("geo") {
                    Some(node) => {
                        let names = node.words(&[("country", true), ("city", false)])?;
                        Geo { country: names.contains(&true), city: names.contains(&false) }
                    }
                    None => Geo::default(),
                };
                Redaction::Ip { ip: Ip { v4_bits, v6_bits }, geo }
            }
            Kind::UserAgent => {
                let fields = match self.take("fields") {
                    Some(node) => {
                        let names = node.words(&[("family", 0), ("major", 1), ("os", 2), ("device", 3)])?;
                        let has = |field: i32| names.contains(&field);
                        AgentFields { family: has(0), major: has(1), os: has(2), device: has(3) }
                    }
                    None => AgentFields { family: true, major: true, os: true, device: true },
                };
                let engine = match self.take("engine") {
                    Some(node) => {
                        let words = [("compact", Engine::Compact), ("uap", Engine::Uap)];
                        node.word(&words, Code::InvalidOption)?
                    }
                    None => Engine::default(),
                };
                Redaction::UserAgent { fields, engine }
            }
            Kind::Coordinate => {
                let default = Coordinate::default();
                let decimals = match self.take("decimals") {
                    Some(node) => {
                        let decimals = node.number(MOST_DECIMALS)?;
                        u8::try_from(decimals).map_err(|_| node.error(Code::InvalidOption))?
                    }
                    None => default.decimals,
                };
                let rounding = match self.take("rounding") {
                    Some(node) => {
                        let words = [("toward_zero", Rounding::TowardZero), ("nearest", Rounding::Nearest)];
                        node.word(&words, Code::InvalidOption)?
                    }
                    None => default.rounding,
                };
                Redaction::Coordinate(Coordinate { decimals, rounding })
            }
            Kind::Text => Redaction::Text,
        })
    }
}
