//! An Avro schema as a tree in which every name was followed to what it names, and back; knows no column.

use super::json::{Json, member};
use std::collections::{HashMap, HashSet};

/// Most nodes of a schema whose names were followed.
const MOST_NODES: usize = 100_000;

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Why a schema cannot be followed.
#[derive(Debug, PartialEq)]
pub(super) enum Unread {
    /// A type holds itself.
    Recursive,
    /// There are too many nodes.
    TooLarge,
    /// It is not as Avro has it.
    Wrong,
}

/// A name with its namespace, which is empty if it has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) space: String,
    pub(super) name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Primitive(String),
    Array(Box<Type>),
    Map(Box<Type>),
    Record(Vec<Member>),
    Enum,
    Fixed,
    Union(Vec<Type>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Type {
    pub(super) kind: Kind,
    /// Of a record, an enum and a fixed.
    pub(super) name: Option<Name>,
    /// All that the schema says of it, in order; what [`Type::kind`] knows better is replaced when it is written. Empty for
    /// a union, and for a primitive that is but a word.
    pub(super) attributes: Vec<(String, Json)>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) of: Type,
    /// As those of a type.
    pub(super) attributes: Vec<(String, Json)>,
}

/// A schema as it was read.
pub(super) struct Read {
    pub(super) root: Type,
    /// All names that it defines.
    pub(super) names: HashSet<Name>,
}

impl Name {
    /// A name as it stands in this namespace.
    fn of(text: &str, space: &str) -> Name {
        let (space, name) = text.rsplit_once('.').unwrap_or((space, text));
        Name { space: space.to_owned(), name: name.to_owned() }
    }

    /// The name that a type with these attributes has in this namespace.
    fn defined(attributes: &[(String, Json)], space: &str) -> Option<Name> {
        let own = member(attributes, "namespace").and_then(Json::text);
        Some(Name::of(member(attributes, "name")?.text()?, own.unwrap_or(space)))
    }

    fn full(&self) -> String {
        if self.space.is_empty() { self.name.clone() } else { format!("{}.{}", self.space, self.name) }
    }
}

/// Whether no type may have this name.
pub(super) fn is_reserved(name: &str) -> bool {
    PRIMITIVES.contains(&name)
        || ["record", "error", "enum", "array", "map", "fixed", "union"].contains(&name)
}

impl Type {
    pub(super) fn primitive(word: &str) -> Type {
        Type { kind: Kind::Primitive(word.to_owned()), name: None, attributes: Vec::new() }
    }

    pub(super) fn union(branches: Vec<Type>) -> Type {
        Type { kind: Kind::Union(branches), name: None, attributes: Vec::new() }
    }

    /// A record of these fields.
    pub(super) fn record(name: Name, members: Vec<Member>) -> Type {
        let says = |(key, text): (&str, &str)| (key.to_owned(), Json::new(text));
        let said = [("type", "record"), ("name", &name.name), ("fields", "")];
        let attributes = said.map(says).to_vec();
        Type { kind: Kind::Record(members), name: Some(name), attributes }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Primitive(word) if word == "null")
    }

    /// What it is where it is not null, and whether null comes first, if it is a union of null and one other.
    pub(super) fn optional(&self) -> Option<(&Type, bool)> {
        let Kind::Union(branches) = &self.kind else { return None };
        match branches.as_slice() {
            [null, of] if null.is_null() => Some((of, true)),
            [of, null] if null.is_null() => Some((of, false)),
            _ => None,
        }
    }

    fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Primitive(_) | Kind::Enum | Kind::Fixed => 0,
            Kind::Array(of) | Kind::Map(of) => of.size(),
            Kind::Record(members) => members.iter().map(|member| member.of.size()).sum(),
            Kind::Union(branches) => branches.iter().map(Type::size).sum(),
        }
    }
}

/// Follows the names of a schema.
///
/// # Errors
/// [`Unread`]
pub(super) fn read(schema: &Json) -> Result<Read, Unread> {
    let mut reader = Reader { known: HashMap::new(), open: Vec::new(), left: MOST_NODES };
    let root = reader.of(schema, "")?;
    Ok(Read { root, names: reader.known.into_keys().collect() })
}

struct Reader {
    known: HashMap<Name, Type>,
    /// What is being defined.
    open: Vec<Name>,
    left: usize,
}

impl Reader {
    fn take(&mut self, nodes: usize) -> Result<(), Unread> {
        self.left = self.left.checked_sub(nodes).ok_or(Unread::TooLarge)?;
        Ok(())
    }

    fn of(&mut self, json: &Json, space: &str) -> Result<Type, Unread> {
        self.take(1)?;
        match json {
            Json::Text(word) => self.word(word, space),
            Json::List(branches) => {
                let branches = branches.iter().map(|branch| self.of(branch, space));
                Ok(Type::union(branches.collect::<Result<_, _>>()?))
            }
            Json::Object(attributes) => self.object(attributes, space),
            Json::Other(_) => Err(Unread::Wrong),
        }
    }

    fn word(&mut self, word: &str, space: &str) -> Result<Type, Unread> {
        if PRIMITIVES.contains(&word) {
            return Ok(Type::primitive(word));
        }
        // As Avro's own reader has it, a name that is none here may be one without a namespace.
        for name in [Name::of(word, space), Name::of(word, "")] {
            if self.open.contains(&name) {
                return Err(Unread::Recursive);
            }
            if let Some(known) = self.known.get(&name) {
                let known = known.clone();
                self.take(known.size())?;
                return Ok(known);
            }
        }
        Err(Unread::Wrong)
    }

    fn object(&mut self, attributes: &[(String, Json)], space: &str) -> Result<Type, Unread> {
        let get = |name| member(attributes, name).ok_or(Unread::Wrong);
        let inner = get("type")?;
        let (kind, name) = match inner.text() {
            None => return self.of(inner, space),
            Some("array") => (Kind::Array(Box::new(self.of(get("items")?, space)?)), None),
            Some("map") => (Kind::Map(Box::new(self.of(get("values")?, space)?)), None),
            Some(word @ ("record" | "error" | "enum" | "fixed")) => {
                let name = Name::defined(attributes, space).ok_or(Unread::Wrong)?;
                let kind = match word {
                    "enum" => Kind::Enum,
                    "fixed" => Kind::Fixed,
                    _ => self.record(&name, get("fields")?)?,
                };
                (kind, Some(name))
            }
            Some(word) if PRIMITIVES.contains(&word) => (Kind::Primitive(word.to_owned()), None),
            Some(word) => return self.word(word, space),
        };
        let made = Type { kind, name: name.clone(), attributes: attributes.to_vec() };
        if let Some(name) = name {
            self.known.insert(name, made.clone());
        }
        Ok(made)
    }

    fn record(&mut self, name: &Name, fields: &Json) -> Result<Kind, Unread> {
        let Json::List(fields) = fields else { return Err(Unread::Wrong) };
        self.open.push(name.clone());
        let mut members = Vec::with_capacity(fields.len());
        for field in fields {
            let Json::Object(attributes) = field else { return Err(Unread::Wrong) };
            let own = member(attributes, "name").and_then(Json::text).ok_or(Unread::Wrong)?;
            let of = self.of(member(attributes, "type").ok_or(Unread::Wrong)?, &name.space)?;
            members.push(Member { name: own.to_owned(), of, attributes: attributes.clone() });
        }
        self.open.pop();
        Ok(Kind::Record(members))
    }
}

/// A schema as a file has it: each named type is defined where it stands first, and named from there on. Two types that
/// had one name, and are not the same any more, have two.
pub(super) fn to_file(root: &Type, names: &HashSet<Name>) -> Json {
    Writer { taken: names.clone(), defined: Vec::new() }.of(root, "")
}

/// The same schema without a name that must be followed, each name beside its namespace, as the crate is given it. No uuid is
/// said to be one: of a fixed the crate would write the text, and of a string it would keep 16 bytes.
pub(super) fn spelled_out(of: &Type) -> Json {
    let mut attributes = of.attributes.clone();
    attributes.retain(|(key, value)| key != "logicalType" || value.text() != Some("uuid"));
    if let Some(name) = &of.name {
        rename(&mut attributes, name, None);
    }
    with_inner(of, attributes, spelled_out)
}

struct Writer {
    /// Names that a new type may not have.
    taken: HashSet<Name>,
    /// What was defined, and the name that it was given.
    defined: Vec<(Type, Name)>,
}

impl Writer {
    fn of(&mut self, of: &Type, space: &str) -> Json {
        let mut attributes = of.attributes.clone();
        let Some(name) = &of.name else { return with_inner(of, attributes, |inner| self.of(inner, space)) };
        if let Some((_, given)) = self.defined.iter().find(|(defined, _)| defined == of) {
            let is_full =
                member(&attributes, "name").and_then(Json::text).is_some_and(|name| name.contains('.'));
            let is_near = given.space == space && !is_full;
            return Json::Text(if is_near { given.name.clone() } else { given.full() });
        }
        let given = self.give(name);
        self.defined.push((of.clone(), given.clone()));
        if given != *name {
            attributes.retain(|(key, _)| key != "aliases");
        }
        if Name::defined(&attributes, space).as_ref() != Some(&given) {
            rename(&mut attributes, &given, Some(space));
        }
        with_inner(of, attributes, |inner| self.of(inner, &name.space))
    }

    /// The name itself, if no other type has it already.
    fn give(&mut self, name: &Name) -> Name {
        if !self.defined.iter().any(|(_, given)| given == name) {
            self.taken.insert(name.clone());
            return name.clone();
        }
        let mut given = name.clone();
        let mut number = 2_u64;
        while !self.taken.insert(given.clone()) {
            given.name = format!("{}_{number}", name.name);
            number += 1;
        }
        given
    }
}

/// Gives a type this name, which stands in this namespace, if that is known.
fn rename(attributes: &mut Vec<(String, Json)>, name: &Name, space: Option<&str>) {
    attributes.retain(|(key, _)| key != "namespace");
    let at = attributes.iter().position(|(key, _)| key == "name").unwrap_or(attributes.len());
    attributes.retain(|(key, _)| key != "name");
    if space != Some(&name.space) {
        attributes.insert(at, ("namespace".to_owned(), Json::new(&name.space)));
    }
    attributes.insert(at, ("name".to_owned(), Json::new(&name.name)));
}

/// The type with what is in it written so.
fn with_inner(of: &Type, mut attributes: Vec<(String, Json)>, mut write: impl FnMut(&Type) -> Json) -> Json {
    let (key, inner) = match &of.kind {
        Kind::Union(branches) => return Json::List(branches.iter().map(write).collect()),
        Kind::Primitive(word) if attributes.is_empty() || of.is_null() => return Json::new(word),
        Kind::Primitive(_) | Kind::Enum | Kind::Fixed => return Json::Object(attributes),
        Kind::Array(items) => ("items", write(items)),
        Kind::Map(values) => ("values", write(values)),
        Kind::Record(members) => {
            let members = members.iter().map(|member| {
                let mut attributes = member.attributes.clone();
                replace(&mut attributes, "type", write(&member.of));
                Json::Object(attributes)
            });
            ("fields", Json::List(members.collect()))
        }
    };
    replace(&mut attributes, key, inner);
    Json::Object(attributes)
}

fn replace(attributes: &mut [(String, Json)], key: &str, value: Json) {
    if let Some((_, old)) = attributes.iter_mut().find(|(known, _)| known == key) {
        *old = value;
    }
}
