//! One rule: its action, and the options of that; knows no other rule.

use super::{Action, AgentFields, Engine, Geo, KeyOf, Kind, OnInvalid, Redaction, Rule};
use crate::document::Node;
use crate::error::{At, Code, Error};
use crate::redact::coordinate::{Coordinate, Rounding};
use crate::redact::email::{Email, Keep};
use crate::redact::ip::Ip;
use crate::redact::phone::Phone;
use crate::selector::Selector;

/// Most decimals that a policy may keep: a double holds no more of a coordinate.
const MOST_DECIMALS: u64 = 15;

impl Rule {
    pub(crate) fn parse(spelling: String, node: &Node<'_>) -> Result<Self, Error> {
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
        let id = options.id(&spelling, node)?;
        let mut on_invalid = OnInvalid::Null;
        let action = match action {
            Verb::Redact => {
                on_invalid = options.on_invalid()?;
                let kind = kind.ok_or_else(|| node.error_at("type", Code::IncompleteRule))?;
                Action::Redact(options.redaction(kind)?)
            }
            Verb::Encrypt => Action::Encrypt(options.key()?),
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

    /// Reads the options of a type alone, as they would stand in a rule that redacts.
    pub(crate) fn check_options(kind: Kind, node: &Node<'_>) -> Result<(), Error> {
        let mut options = Options(node.object()?);
        options.on_invalid()?;
        options.redaction(kind)?;
        options.finish()
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

    /// The field's lasting name. Where it is sealed in, its length is two bytes wide.
    fn id(&mut self, spelling: &str, rule: &Node<'a>) -> Result<String, Error> {
        let given = self.take("id");
        let (id, node) = match &given {
            Some(node) => (node.string()?, node),
            None => (spelling.to_owned(), rule),
        };
        let fits = !id.is_empty() && id.len() <= usize::from(u16::MAX);
        if fits { Ok(id) } else { Err(node.error(Code::InvalidOption)) }
    }

    fn key(&mut self) -> Result<KeyOf, Error> {
        let words = [("account", KeyOf::Account), ("subject", KeyOf::Subject)];
        match self.take("key") {
            Some(node) => node.word(&words, Code::InvalidOption),
            None => Ok(KeyOf::Account),
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
