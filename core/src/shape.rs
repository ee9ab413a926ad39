//! What an event looks like: types of fields, as a graph that may refer to itself. It knows no rule and no value.

use std::fmt::{self, Write};

/// Number of a type in a shape.
pub(crate) type TypeId = usize;

/// What an event must look like, so that it is refused where it does not: the member `shape` of a policy.
///
/// It prints as that member's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The first is the event itself.
    pub(crate) types: Vec<Type>,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) kinds: Kinds,
    /// Of an object, in the order of the document.
    pub(crate) members: Vec<Member>,
    /// Of an object: all its other members.
    pub(crate) others: Others,
    /// Of an array; `None` if they may be anything.
    pub(crate) items: Option<TypeId>,
}

/// A member that an object has, or may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) of: TypeId,
}

/// What members an object may have beside those that are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// Any.
    Any,
    /// None.
    None,
    /// Those whose value is of this type.
    Of(TypeId),
}

/// Kinds of JSON values, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kinds(pub(crate) u8);

impl Kinds {
    pub(crate) const NONE: Kinds = Kinds(0);
    pub(crate) const NULL: Kinds = Kinds(1);
    pub(crate) const BOOLEAN: Kinds = Kinds(2);
    pub(crate) const INTEGER: Kinds = Kinds(4);
    /// A number that is no integer; numbers of both sorts are `NUMBER`.
    pub(crate) const FRACTION: Kinds = Kinds(8);
    pub(crate) const NUMBER: Kinds = Kinds(12);
    pub(crate) const STRING: Kinds = Kinds(16);
    pub(crate) const OBJECT: Kinds = Kinds(32);
    pub(crate) const ARRAY: Kinds = Kinds(64);
    pub(crate) const ANY: Kinds = Kinds(127);

    /// The words of the document; the wider first.
    pub(crate) const WORDS: &'static [(&'static str, Kinds)] = &[
        ("any", Kinds::ANY),
        ("null", Kinds::NULL),
        ("boolean", Kinds::BOOLEAN),
        ("number", Kinds::NUMBER),
        ("integer", Kinds::INTEGER),
        ("string", Kinds::STRING),
        ("object", Kinds::OBJECT),
        ("array", Kinds::ARRAY),
    ];

    pub(crate) fn has(self, other: Kinds) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub(crate) fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }

    /// The fewest words that mean these.
    fn words(self) -> Vec<&'static str> {
        let (mut rest, mut words) = (self, Vec::new());
        for (word, kinds) in Kinds::WORDS {
            if rest.has(*kinds) && *kinds != Kinds::NONE {
                words.push(*word);
                rest = rest.without(*kinds);
            }
        }
        words
    }
}

impl Type {
    /// A type of these kinds, with nothing said of what is in it.
    pub(crate) fn of(kinds: Kinds) -> Self {
        Type { kinds, members: Vec::new(), others: Others::Any, items: None }
    }

    fn children(&self) -> impl Iterator<Item = TypeId> {
        let others = match self.others {
            Others::Of(of) => Some(of),
            Others::Any | Others::None => None,
        };
        self.members.iter().map(|member| member.of).chain(others).chain(self.items)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut uses = vec![0_u32; self.types.len()];
        if let Some(event) = uses.first_mut() {
            *event = 1;
        }
        for child in self.types.iter().flat_map(Type::children) {
            if let Some(uses) = uses.get_mut(child) {
                *uses += 1;
            }
        }
        // What is used more than once has a name: a type may be in itself.
        let printer = Printer { shape: self, uses };
        printer.whole(f)
    }
}

struct Printer<'a> {
    shape: &'a Shape,
    uses: Vec<u32>,
}

impl Printer<'_> {
    fn is_named(&self, of: TypeId) -> bool {
        let is_plain = self.shape.types.get(of).is_some_and(|of| of.is_plain());
        !is_plain && self.uses.get(of).is_some_and(|uses| *uses > 1)
    }

    fn whole(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<TypeId> = (0..self.shape.types.len()).filter(|of| self.is_named(*of)).collect();
        if named.is_empty() {
            return self.definition(f, 0);
        }
        f.write_str("{\"types\":{")?;
        for (i, of) in named.into_iter().enumerate() {
            write!(f, "{}\"{of}\":", if i > 0 { "," } else { "" })?;
            self.definition(f, of)?;
        }
        f.write_str("},\"event\":")?;
        self.reference(f, 0)?;
        f.write_char('}')
    }

    fn reference(&self, f: &mut fmt::Formatter<'_>, of: TypeId) -> fmt::Result {
        if self.is_named(of) { write!(f, "{{\"ref\":\"{of}\"}}") } else { self.definition(f, of) }
    }

    fn definition(&self, f: &mut fmt::Formatter<'_>, of: TypeId) -> fmt::Result {
        let Some(of) = self.shape.types.get(of) else { return Err(fmt::Error) };
        let words = serde_json::Value::from(of.kinds.words());
        let words = match words.as_array().map(Vec::as_slice) {
            Some([word]) => word.clone(),
            _ => words,
        };
        if of.is_plain() {
            return write!(f, "{words}");
        }
        write!(f, "{{\"type\":{words}")?;
        if !of.members.is_empty() {
            f.write_str(",\"fields\":{")?;
            for (i, member) in of.members.iter().enumerate() {
                let name = serde_json::Value::from(member.name.as_str());
                write!(f, "{}{name}:", if i > 0 { "," } else { "" })?;
                self.reference(f, member.of)?;
            }
            f.write_char('}')?;
        }
        let required: Vec<&str> =
            of.members.iter().filter(|member| member.required).map(|member| member.name.as_str()).collect();
        if !required.is_empty() {
            write!(f, ",\"required\":{}", serde_json::Value::from(required))?;
        }
        match of.others {
            Others::Any => {}
            Others::None => f.write_str(",\"others\":false")?,
            Others::Of(of) => {
                f.write_str(",\"others\":")?;
                self.reference(f, of)?;
            }
        }
        if let Some(items) = of.items {
            f.write_str(",\"items\":")?;
            self.reference(f, items)?;
        }
        f.write_char('}')
    }
}

impl Type {
    /// Whether its kinds say all.
    fn is_plain(&self) -> bool {
        self.members.is_empty() && self.others == Others::Any && self.items.is_none()
    }
}
