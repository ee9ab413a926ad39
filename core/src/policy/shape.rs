//! The member `shape` of a policy: what an event must look like. It knows no rule.

use crate::document::Node;
use crate::error::{Code, Error};
use crate::shape::{Kinds, Member, Others, Shape, Type, TypeId};
use std::collections::HashMap;

/// Most types of a shape.
const MOST_TYPES: usize = 1 << 14;

/// Reads a shape.
pub(super) fn parse(node: &Node<'_>) -> Result<Shape, Error> {
    let mut reader = Reader { types: Vec::new(), named: HashMap::new() };
    let event = reader.add(node)?;
    let members = if node.is_object() { node.object()? } else { Vec::new() };
    let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, node)| node);
    let Some(types) = find("types") else {
        reader.fill(event, node)?;
        return Ok(Shape { types: reader.types });
    };
    let types = types.object()?;
    for (name, of) in &types {
        let id = reader.add(of)?;
        reader.named.insert(name.clone(), id);
    }
    for (name, of) in &types {
        if let Some(id) = reader.named.get(name) {
            reader.fill(*id, of)?;
        }
    }
    if let Some((_, node)) = members.iter().find(|(key, _)| key != "types" && key != "event") {
        return Err(node.error(Code::UnknownMember));
    }
    let of = find("event").ok_or_else(|| node.error_at("event", Code::PolicyShape))?;
    match reader.named_type(of)? {
        // The event is itself what is named.
        Some(id) => Ok(Shape { types: reader.types }.beginning_with(id)),
        None => {
            reader.fill(event, of)?;
            Ok(Shape { types: reader.types })
        }
    }
}

struct Reader {
    types: Vec<Type>,
    named: HashMap<String, TypeId>,
}

impl Reader {
    fn add(&mut self, node: &Node<'_>) -> Result<TypeId, Error> {
        if self.types.len() >= MOST_TYPES {
            return Err(node.error(Code::PolicyTooComplex));
        }
        self.types.push(Type::of(Kinds::ANY));
        Ok(self.types.len() - 1)
    }

    /// `{"ref": name}`: the type of that name.
    fn named_type(&self, node: &Node<'_>) -> Result<Option<TypeId>, Error> {
        if !node.is_object() {
            return Ok(None);
        }
        let members = node.object()?;
        let Some((_, name)) = members.iter().find(|(key, _)| key == "ref") else { return Ok(None) };
        if let Some((_, other)) = members.iter().find(|(key, _)| key != "ref") {
            return Err(other.error(Code::UnknownMember));
        }
        let known = self.named.get(&name.string()?);
        known.map(|id| Some(*id)).ok_or_else(|| name.error(Code::UnknownType))
    }

    fn read(&mut self, node: &Node<'_>) -> Result<TypeId, Error> {
        if let Some(known) = self.named_type(node)? {
            return Ok(known);
        }
        let id = self.add(node)?;
        self.fill(id, node)?;
        Ok(id)
    }

    fn fill(&mut self, id: TypeId, node: &Node<'_>) -> Result<(), Error> {
        let mut of = Type::of(Kinds::ANY);
        if !node.is_object() {
            of.kinds = kinds(node)?;
        } else {
            let mut required = Vec::new();
            for (key, member) in node.object()? {
                match key.as_str() {
                    "type" => of.kinds = kinds(&member)?,
                    "fields" => {
                        for (name, field) in member.object()? {
                            of.members.push(Member { name, required: false, of: self.read(&field)? });
                        }
                    }
                    "required" => required = member.list()?,
                    "others" if member.text() == "false" => of.others = Others::None,
                    "others" => of.others = Others::Of(self.read(&member)?),
                    "items" => of.items = Some(self.read(&member)?),
                    _ => return Err(member.error(Code::UnknownMember)),
                }
            }
            for name in required {
                let text = name.string()?;
                let found = of.members.iter_mut().find(|member| member.name == text);
                found.ok_or_else(|| name.error(Code::InvalidOption))?.required = true;
            }
        }
        if let Some(slot) = self.types.get_mut(id) {
            *slot = of;
        }
        Ok(())
    }
}

/// A word, or some of them; none of them means that nothing may stand there.
fn kinds(node: &Node<'_>) -> Result<Kinds, Error> {
    if node.is_string() {
        return node.word(Kinds::WORDS, Code::UnknownType);
    }
    let words = node.list()?;
    words.iter().try_fold(Kinds::NONE, |all, word| Ok(all.or(word.word(Kinds::WORDS, Code::UnknownType)?)))
}
