//! A schema as it was read: types as nodes, fields as edges, whatever the form was. It makes the list of fields and the
//! shape of it.

use super::note::Note;
use super::{DataType, Field, Warning};
use crate::error::{At, Code, Error};
use crate::selector::{Selector, Step};
use crate::shape::{self, Kinds, Shape, Type};
use std::collections::HashMap;

/// Number of a node.
pub(super) type NodeId = usize;

/// Most types, and most fields at all their places.
const MOST_TYPES: usize = 1 << 14;
const MOST_FIELDS: usize = 1 << 14;
/// Events are not deeper than this.
const MOST_LEVELS: usize = 128;

/// All types of a schema. The first is the event itself.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// What is noted on the event itself.
    pub(super) note: Note,
    pub(super) warnings: Vec<Warning>,
}

/// A type.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) kinds: Kinds,
    pub(super) data: DataType,
    pub(super) members: Vec<Member>,
    pub(super) others: Others,
    pub(super) items: Option<Edge>,
    /// If it is one of several types: which. It is nothing else then, until that is settled.
    pub(super) branches: Vec<NodeId>,
    /// Where it is in the schema.
    pub(super) pointer: String,
}

#[derive(Clone)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) edge: Edge,
}

/// The way to a value inside another, and what is noted on it.
#[derive(Clone)]
pub(super) struct Edge {
    pub(super) to: NodeId,
    pub(super) note: Note,
}

#[derive(Clone)]
pub(super) enum Others {
    Any,
    None,
    Of(Edge),
}

impl Node {
    pub(super) fn of(kinds: Kinds, data: DataType, pointer: &str) -> Self {
        Node {
            kinds,
            data,
            members: Vec::new(),
            others: Others::Any,
            items: None,
            branches: Vec::new(),
            pointer: pointer.to_owned(),
        }
    }
}

impl Graph {
    pub(super) fn new() -> Self {
        Graph { nodes: Vec::new(), note: Note::default(), warnings: Vec::new() }
    }

    pub(super) fn add(&mut self, node: Node) -> Result<NodeId, Error> {
        if self.nodes.len() >= MOST_TYPES {
            return Err(too_large(&node.pointer));
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    pub(super) fn warn(&mut self, code: Code, pointer: &str) {
        self.warnings.push(Warning { code, pointer: pointer.to_owned() });
    }

    /// Makes one type of each that is one of several.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let mut known = Unions::new();
        let mut at = 0;
        // Merging makes new nodes at the end, which are merged in their turn.
        while at < self.nodes.len() {
            let parts = self.parts(at);
            if parts != [at] {
                self.merge(at, &parts, &mut known)?;
            }
            at += 1;
        }
        self.nodes.iter_mut().for_each(|node| node.branches.clear());
        Ok(())
    }

    /// The plain types that a node is one of, sorted.
    fn parts(&self, node: NodeId) -> Vec<NodeId> {
        let (mut open, mut parts) = (vec![node], Vec::new());
        while let Some(id) = open.pop() {
            match self.nodes.get(id) {
                Some(node) if !node.branches.is_empty() => open.extend(&node.branches),
                _ => parts.push(id),
            }
        }
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    fn merge(&mut self, into: NodeId, parts: &[NodeId], known: &mut Unions) -> Result<(), Error> {
        let pointer = self.nodes.get(into).map(|node| node.pointer.clone()).unwrap_or_default();
        let mut whole = Node::of(Kinds::NONE, DataType::Null, &pointer);
        let (mut objects, mut arrays) = (0, 0);
        for part in parts {
            let Some(part) = self.nodes.get(*part).cloned() else { continue };
            whole.kinds = whole.kinds.or(part.kinds);
            whole.data = match (whole.data, part.data) {
                (DataType::Null, data) | (data, DataType::Null) => data,
                (one, other) if one == other => one,
                _ => DataType::Any,
            };
            if part.kinds.has(Kinds::OBJECT) {
                objects += 1;
                self.merge_members(&mut whole, part.members, objects == 1, known)?;
                whole.others = match (whole.others, part.others) {
                    (Others::Of(one), Others::Of(other)) => Others::Of(self.either(one, other, known)?),
                    (Others::Of(one), _) | (_, Others::Of(one)) => Others::Of(one),
                    (_, others) => others,
                };
            }
            if part.kinds.has(Kinds::ARRAY) {
                arrays += 1;
                whole.items = match (whole.items, part.items) {
                    (Some(one), Some(other)) => Some(self.either(one, other, known)?),
                    (one, other) => one.or(other),
                };
            }
        }
        if objects > 1 || arrays > 1 {
            self.warn(Code::Widened, &pointer);
        }
        if let Some(node) = self.nodes.get_mut(into) {
            whole.branches = std::mem::take(&mut node.branches);
            *node = whole;
        }
        Ok(())
    }

    /// Adds the members of one more object that a value may be.
    fn merge_members(
        &mut self,
        whole: &mut Node,
        members: Vec<Member>,
        first: bool,
        known: &mut Unions,
    ) -> Result<(), Error> {
        for old in &mut whole.members {
            old.required &= members.iter().any(|new| new.name == old.name && new.required);
        }
        let places: HashMap<String, usize> =
            whole.members.iter().enumerate().map(|(at, member)| (member.name.clone(), at)).collect();
        for mut new in members {
            let old = places.get(&new.name).and_then(|at| whole.members.get_mut(*at));
            match old {
                Some(old) => old.edge = self.either(old.edge.clone(), new.edge, known)?,
                None => {
                    new.required &= first;
                    whole.members.push(new);
                }
            }
        }
        Ok(())
    }

    /// A value that is there by either of two ways.
    fn either(&mut self, one: Edge, other: Edge, known: &mut Unions) -> Result<Edge, Error> {
        let mut edge = one;
        edge.note.merge(&other.note)?;
        if edge.to == other.to {
            return Ok(edge);
        }
        let mut parts = [self.parts(edge.to), self.parts(other.to)].concat();
        parts.sort_unstable();
        parts.dedup();
        edge.to = match known.get(&parts) {
            Some(id) => *id,
            None => {
                let mut node = Node::of(Kinds::NONE, DataType::Any, &edge.note.pointer);
                node.branches.clone_from(&parts);
                let id = self.add(node)?;
                known.insert(parts, id);
                id
            }
        };
        Ok(edge)
    }

    /// What an event looks like.
    pub(super) fn shape(&self) -> Shape {
        let member = |member: &Member| shape::Member {
            name: member.name.clone(),
            required: member.required,
            of: member.edge.to,
        };
        let types = self.nodes.iter().map(|node| Type {
            kinds: node.kinds,
            members: node.members.iter().map(member).collect(),
            others: match &node.others {
                Others::Any => shape::Others::Any,
                Others::None => shape::Others::None,
                Others::Of(edge) => shape::Others::Of(edge.to),
            },
            items: node.items.as_ref().map(|edge| edge.to),
        });
        Shape { types: types.collect() }
    }

    /// Every field at every place.
    ///
    /// A type that is in itself would give places without end: where it comes again below itself, its fields are those at
    /// any depth from there on.
    pub(super) fn fields(&self) -> Result<Vec<Field>, Error> {
        let mut walk = Walk { graph: self, fields: Vec::new(), path: Vec::new(), above: vec![0], deep: None };
        walk.inside(0)?;
        Ok(walk.fields)
    }
}

/// Which node stands for which several types.
type Unions = HashMap<Vec<NodeId>, NodeId>;

fn too_large(pointer: &str) -> Error {
    Error::new(Code::SchemaTooLarge).at_place(At::Policy(pointer.to_owned()))
}

struct Walk<'a> {
    graph: &'a Graph,
    fields: Vec<Field>,
    path: Vec<Step>,
    /// The types that the path goes through.
    above: Vec<NodeId>,
    /// Below `**`: where in `above` those begin that are looked at at any depth.
    deep: Option<usize>,
}

impl Walk<'_> {
    fn inside(&mut self, id: NodeId) -> Result<(), Error> {
        let Some(node) = self.graph.nodes.get(id) else { return Ok(()) };
        for member in &node.members {
            self.field(Step::Key(member.name.clone()), &member.edge, member.required)?;
        }
        if let Others::Of(edge) = &node.others {
            self.field(Step::AnyKey, edge, false)?;
        }
        if let Some(edge) = &node.items {
            self.field(Step::AnyElement, edge, false)?;
        }
        Ok(())
    }

    fn field(&mut self, step: Step, edge: &Edge, required: bool) -> Result<(), Error> {
        let Some(node) = self.graph.nodes.get(edge.to) else { return Ok(()) };
        if self.fields.len() >= MOST_FIELDS || self.path.len() >= MOST_LEVELS {
            return Err(too_large(&edge.note.pointer));
        }
        let is_top = self.path.is_empty();
        self.path.push(step);
        let note = edge.note.clone();
        let mut tags = note.tags;
        if is_top {
            let more = self.graph.note.tags.iter().filter(|tag| !tags.contains(tag)).cloned();
            tags.extend(more.collect::<Vec<_>>());
        }
        self.fields.push(Field {
            selector: Selector::of(self.path.clone()),
            pointer: note.pointer,
            data_type: node.data,
            nullable: node.kinds.has(Kinds::NULL),
            required,
            kind: note.kind,
            tags,
            entity: note.entity,
            linked_to: note.linked_to,
            role: note.role,
            handling: note.handling,
            doc: note.doc,
        });
        self.below(edge.to)?;
        self.path.pop();
        Ok(())
    }

    fn below(&mut self, id: NodeId) -> Result<(), Error> {
        let known = self.above.get(self.deep.unwrap_or(0)..).is_some_and(|above| above.contains(&id));
        match self.deep {
            // `**` stands before all of it already.
            Some(_) if known => Ok(()),
            None if known => {
                self.deep = Some(self.above.len());
                self.path.push(Step::AnyDepth);
                self.above.push(id);
                self.inside(id)?;
                self.above.pop();
                self.path.pop();
                self.deep = None;
                Ok(())
            }
            Some(_) | None => {
                self.above.push(id);
                self.inside(id)?;
                self.above.pop();
                Ok(())
            }
        }
    }
}
