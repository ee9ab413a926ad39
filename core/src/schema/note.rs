//! What a schema notes on a field beside its type: tags, kinds, roles, treatment. It knows no form of schema.

use super::{Handling, Options, Role};
use crate::document::Node;
use crate::error::{At, Code, Error};
use crate::scalar::Kind;

/// What is noted on a field, or on the type of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// Where the field is in the schema.
    pub(super) pointer: String,
    pub(super) kind: Option<Kind>,
    pub(super) tags: Vec<String>,
    pub(super) entity: Option<String>,
    pub(super) linked_to: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) handling: Option<Handling>,
    pub(super) doc: Option<String>,
}

/// What a word for values means.
pub(super) enum Meaning {
    /// They are personal, and of this kind.
    Kind(Kind),
    /// They say whose the event is.
    Role(Role),
    /// They are nobody's.
    Plain,
}

/// The words that schemas have for what values are; letter case and `_`, `-` and spaces do not count.
const WORDS: &[(&str, Meaning)] = &[
    ("phonenummer", Meaning::Kind(Kind::Phone)),
    ("phonenumber", Meaning::Kind(Kind::Phone)),
    ("phone", Meaning::Kind(Kind::Phone)),
    ("email", Meaning::Kind(Kind::Email)),
    ("emailaddress", Meaning::Kind(Kind::Email)),
    ("ip", Meaning::Kind(Kind::Ip)),
    ("ipaddress", Meaning::Kind(Kind::Ip)),
    ("useragent", Meaning::Kind(Kind::UserAgent)),
    ("coordinate", Meaning::Kind(Kind::Coordinate)),
    ("latitude", Meaning::Kind(Kind::Coordinate)),
    ("longitude", Meaning::Kind(Kind::Coordinate)),
    ("customertext", Meaning::Kind(Kind::Text)),
    ("text", Meaning::Kind(Kind::Text)),
    ("account", Meaning::Role(Role::Account)),
    ("accountsid", Meaning::Role(Role::Account)),
    ("subject", Meaning::Role(Role::Subject)),
    ("datetime", Meaning::Plain),
    ("date", Meaning::Plain),
    ("time", Meaning::Plain),
];

/// What a word means, if it is known.
pub(super) fn meaning(word: &str) -> Option<&'static Meaning> {
    let word: String =
        word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, meaning)| meaning)
}

impl Note {
    /// Takes an attribute that may stand on a field or on its type; whether it is one.
    pub(super) fn take(&mut self, key: &str, node: &Node<'_>, options: &Options) -> Result<bool, Error> {
        match key {
            "confluent:tags" => {
                for tag in node.list()? {
                    self.tag(tag.string()?);
                }
            }
            "x-pumice" => self.rule(node)?,
            "x-pumice-role" => {
                let roles = [("account", Role::Account), ("subject", Role::Subject)];
                let role = node.word(&roles, Code::UnknownSchemaType)?;
                set(&mut self.role, role, node.pointer())?;
            }
            _ if key == options.type_attribute => self.typed(node)?,
            _ if key == options.properties_attribute => self.properties(node)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Holds an attribute that nobody knows to what may be passed over: plain values, and what is marked as someone's own by
    /// `x-`, `:` or `.` in its name. Others could hold fields, or what matters of one.
    pub(super) fn pass_over(key: &str, node: &Node<'_>) -> Result<(), Error> {
        let is_marked = key.starts_with("x-") || key.contains([':', '.']);
        let is_plain = !node.is_object() && !node.is_list();
        if is_marked || is_plain { Ok(()) } else { Err(node.error(Code::UnsupportedKeyword)) }
    }

    /// A rule of a policy. Whether it is one is for the policy to say; what it takes the values to be is read here.
    fn rule(&mut self, node: &Node<'_>) -> Result<(), Error> {
        let kind = if node.is_string() {
            Some(node.word(Kind::ALL, Code::UnknownType)?)
        } else {
            let members = node.object()?;
            let kind = members.iter().find(|(key, _)| key == "type");
            kind.map(|(_, kind)| kind.word(Kind::ALL, Code::UnknownType)).transpose()?
        };
        if let Some(kind) = kind {
            set(&mut self.kind, kind, node.pointer())?;
        }
        set(&mut self.handling, Handling::Rule(node.line()), node.pointer())
    }

    /// A word for what the values are.
    fn typed(&mut self, node: &Node<'_>) -> Result<(), Error> {
        let word = node.string()?;
        match meaning(&word) {
            Some(Meaning::Kind(kind)) => {
                set(&mut self.kind, *kind, node.pointer())?;
                self.tag(word);
                Ok(())
            }
            Some(Meaning::Role(role)) => set(&mut self.role, *role, node.pointer()),
            Some(Meaning::Plain) => Ok(()),
            None => Err(node.error(Code::UnknownSchemaType)),
        }
    }

    fn properties(&mut self, node: &Node<'_>) -> Result<(), Error> {
        for (key, node) in node.object()? {
            match key.as_str() {
                "entity" => {
                    let entity = node.string()?;
                    if let Some(Meaning::Kind(kind)) = meaning(&entity) {
                        set(&mut self.kind, *kind, node.pointer())?;
                    }
                    set(&mut self.entity, entity, node.pointer())?;
                }
                "linked_to" => set(&mut self.linked_to, node.string()?, node.pointer())?,
                _ => return Err(node.error(Code::UnknownMember)),
            }
        }
        Ok(())
    }

    pub(super) fn tag(&mut self, tag: String) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// Adds what is noted elsewhere on the same field.
    ///
    /// # Errors
    /// [`Code::ContradictoryField`] where the other is, if both cannot hold.
    pub(super) fn merge(&mut self, other: &Note) -> Result<(), Error> {
        let at = &other.pointer;
        other.tags.iter().for_each(|tag| self.tag(tag.clone()));
        merge(&mut self.kind, &other.kind, at)?;
        merge(&mut self.entity, &other.entity, at)?;
        merge(&mut self.linked_to, &other.linked_to, at)?;
        merge(&mut self.role, &other.role, at)?;
        merge(&mut self.handling, &other.handling, at)?;
        if self.doc.is_none() {
            self.doc.clone_from(&other.doc);
        }
        Ok(())
    }

    /// Whether it says more than tags, which the event as a whole can have.
    pub(super) fn is_of_a_field(&self) -> bool {
        let Note { kind, entity, linked_to, role, handling, .. } = self;
        kind.is_some() || entity.is_some() || linked_to.is_some() || role.is_some() || handling.is_some()
    }
}

/// Says a thing for the first time, or once more.
fn set<T: PartialEq>(slot: &mut Option<T>, new: T, pointer: &str) -> Result<(), Error> {
    match slot {
        Some(old) if *old != new => {
            Err(Error::new(Code::ContradictoryField).at_place(At::Policy(pointer.to_owned())))
        }
        Some(_) => Ok(()),
        None => {
            *slot = Some(new);
            Ok(())
        }
    }
}

fn merge<T: PartialEq + Clone>(slot: &mut Option<T>, other: &Option<T>, pointer: &str) -> Result<(), Error> {
    match other {
        Some(new) => set(slot, new.clone(), pointer),
        None => Ok(()),
    }
}
