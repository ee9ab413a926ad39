//! What an event looks like: types of fields, as a graph that may refer to itself. It knows no rule and no value.

use std::collections::HashMap;
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
        let printer = Printer::new(self);
        if printer.named.is_empty() {
            return printer.definition(f, 0);
        }
        f.write_str("{\"types\":{")?;
        for (i, of) in printer.named.iter().enumerate() {
            write!(f, "{}\"{i}\":", if i > 0 { "," } else { "" })?;
            printer.definition(f, *of)?;
        }
        f.write_str("},\"event\":")?;
        printer.reference(f, 0)?;
        f.write_char('}')
    }
}

/// Deepest that types stand in each other without a name: documents are read to a certain depth only.
const MOST_NESTED: usize = 16;

struct Printer<'a> {
    shape: &'a Shape,
    /// Those that have a name, in the order in which they are met: a type may be in itself, or in many.
    named: Vec<TypeId>,
    names: HashMap<TypeId, usize>,
}

impl<'a> Printer<'a> {
    fn new(shape: &'a Shape) -> Self {
        let mut uses = vec![0_u32; shape.types.len()];
        let (mut named, mut names) = (Vec::new(), HashMap::new());
        let mut open = vec![(0, 0)];
        let mut order = Vec::new();
        while let Some((id, depth)) = open.pop() {
            let Some((of, uses)) = shape.types.get(id).zip(uses.get_mut(id)) else { continue };
            *uses += 1;
            let is_deep = depth == MOST_NESTED;
            if *uses == 1 {
                order.push(id);
                let depth = if is_deep { 0 } else { depth + 1 };
                let children: Vec<TypeId> = of.children().collect();
                open.extend(children.into_iter().rev().map(|child| (child, depth)));
            }
            if !of.is_plain() && (is_deep || *uses > 1) {
                names.insert(id, 0);
            }
        }
        for id in order {
            if let Some(name) = names.get_mut(&id) {
                *name = named.len();
                named.push(id);
            }
        }
        Printer { shape, named, names }
    }

    fn reference(&self, f: &mut fmt::Formatter<'_>, of: TypeId) -> fmt::Result {
        match self.names.get(&of) {
            Some(name) => write!(f, "{{\"ref\":\"{name}\"}}"),
            None => self.definition(f, of),
        }
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

impl Shape {
    /// The same shape, where the event is what this type says.
    pub(crate) fn beginning_with(mut self, event: TypeId) -> Self {
        let moved = |id: &mut TypeId| {
            *id = match *id {
                0 => event,
                id if id == event => 0,
                id => id,
            }
        };
        let last = self.types.len().saturating_sub(1);
        self.types.swap(0, event.min(last));
        for of in &mut self.types {
            of.members.iter_mut().for_each(|member| moved(&mut member.of));
            if let Others::Of(of) = &mut of.others {
                moved(of);
            }
            of.items.iter_mut().for_each(moved);
        }
        self
    }
}

impl Type {
    /// Whether its kinds say all.
    fn is_plain(&self) -> bool {
        self.members.is_empty() && self.others == Others::Any && self.items.is_none()
    }
}
