//! JSON Schema, draft 2020-12: which fields there are, of which types, and what is noted on them. What limits values and not
//! types is passed over; it knows no other draft and fetches nothing.
//!
//! A place of an event may be what several schemas say at once, and any one of several: it stands for a set of
//! alternatives, each a set of schemas that hold together. Places with the same set are one type, so that schemas
//! that refer to themselves come to an end.

mod document;

use super::graph::{Edge, Graph, Member, Node as Type, NodeId, Others};
use super::note::Note;
use super::{DataType, Options};
use crate::document::Node;
use crate::error::{At, Code, Error};
use crate::shape::Kinds;
use document::{Document, Parsed, SchemaId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Schemas that hold together.
type Together = BTreeSet<SchemaId>;
/// Of these, one holds.
type Place = BTreeSet<Together>;

/// Most alternatives of one place.
const MOST_ALTERNATIVES: usize = 1 << 12;

/// Most times that schemas are looked at, for all places together: small schemas can have many places of many alternatives.
const MOST_LOOKS: usize = 1 << 22;

/// Reads a schema; gives its title too.
pub(super) fn read(top: &Node<'_>, options: &Options) -> Result<(Option<String>, Graph), Error> {
    let document = Document::new(top, options)?;
    let mut reader =
        Reader { document, graph: Graph::new(), known: HashMap::new(), open: Vec::new(), looks: 0 };
    let event = reader.place(&Place::from([Together::from([0])]))?;
    reader.type_of(event.clone(), "")?;
    let note = reader.note(&event, "")?;
    if note.is_of_a_field() {
        return Err(top.error(Code::UnsupportedKeyword));
    }
    reader.graph.note = note;
    while let Some((place, id)) = reader.open.pop() {
        reader.fill(&place, id)?;
    }
    if reader.graph.nodes.first().is_none_or(|event| !event.kinds.has(Kinds::OBJECT)) {
        return Err(top.error(Code::SchemaShape));
    }
    reader.graph.warnings = reader.document.warnings;
    let members = top.object()?;
    let title =
        members.iter().find(|(key, _)| key == "title").map(|(_, title)| title.string()).transpose()?;
    Ok((title, reader.graph))
}

struct Reader<'a> {
    document: Document<'a>,
    graph: Graph,
    known: HashMap<Place, NodeId>,
    open: Vec<(Place, NodeId)>,
    looks: usize,
}

/// An alternative: its schemas, and the kinds that all of them allow.
struct Alternative {
    schemas: Vec<Rc<Parsed>>,
    kinds: Kinds,
}

impl Reader<'_> {
    /// A place, with all that its schemas refer to in it, and without alternatives that nothing can be.
    fn place(&mut self, roots: &Place) -> Result<Place, Error> {
        let mut place = Place::new();
        for root in roots {
            let mut open = vec![(Together::new(), root.iter().copied().collect::<Vec<_>>())];
            while let Some((done, pending)) = open.pop() {
                if place.len() + open.len() > MOST_ALTERNATIVES {
                    let first = done.iter().chain(&pending).next().copied();
                    return Err(self.error(first, Code::SchemaTooLarge));
                }
                if let Some(done) = self.follow(done, pending, &mut open)? {
                    place.insert(done);
                }
            }
        }
        Ok(place)
    }

    /// Adds to schemas that hold together what they refer to. Where one of several holds, each way is left open.
    fn follow(
        &mut self,
        mut done: Together,
        mut pending: Vec<SchemaId>,
        open: &mut Vec<(Together, Vec<SchemaId>)>,
    ) -> Result<Option<Together>, Error> {
        while let Some(id) = pending.pop() {
            self.look(1 + done.len() / 16, id)?;
            let schema = self.document.schema(id)?;
            // What only refers is what it refers to: there it is known again.
            if !schema.is_link && !done.insert(id) {
                continue;
            }
            pending.extend(&schema.all);
            if !schema.choices.is_empty() {
                let choices = schema.choices.iter().map(|ids| ids.iter().copied().map(Some).collect());
                let ways = times(choices).ok_or_else(|| self.error(Some(id), Code::SchemaTooLarge))?;
                let way = |way: Together| (done.clone(), pending.iter().copied().chain(way).collect());
                open.extend(ways.into_iter().map(way));
                return Ok(None);
            }
        }
        let schemas = done.iter().map(|id| self.document.schema(*id));
        let kinds = schemas.map(|schema| schema.map(|schema| schema.kinds)).collect::<Result<Vec<_>, _>>()?;
        let kinds = kinds.into_iter().fold(Kinds::ANY, Kinds::and);
        Ok((kinds != Kinds::NONE).then_some(done))
    }

    /// Counts how often schemas are looked at.
    fn look(&mut self, times: usize, id: SchemaId) -> Result<(), Error> {
        self.looks += times;
        if self.looks <= MOST_LOOKS { Ok(()) } else { Err(self.error(Some(id), Code::SchemaTooLarge)) }
    }

    fn error(&self, id: Option<SchemaId>, code: Code) -> Error {
        let pointer = id.map_or("", |id| self.document.pointer(id)).to_owned();
        Error::new(code).at_place(At::Policy(pointer))
    }

    fn too_large(&self, one: &Alternative) -> Error {
        let first = one.schemas.first().map(|schema| schema.note.pointer.clone());
        Error::new(Code::SchemaTooLarge).at_place(At::Policy(first.unwrap_or_default()))
    }

    /// The type of a place, to be filled in if it is new.
    fn type_of(&mut self, place: Place, pointer: &str) -> Result<NodeId, Error> {
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        let id = self.graph.add(Type::of(Kinds::NONE, DataType::Any, pointer))?;
        self.known.insert(place.clone(), id);
        self.open.push((place, id));
        Ok(id)
    }

    fn alternatives(&mut self, place: &Place) -> Result<Vec<Alternative>, Error> {
        let mut alternatives = Vec::new();
        for together in place {
            let schemas =
                together.iter().map(|id| self.document.schema(*id)).collect::<Result<Vec<_>, _>>()?;
            let kinds = schemas.iter().map(|schema| schema.kinds).fold(Kinds::ANY, Kinds::and);
            alternatives.push(Alternative { schemas, kinds });
        }
        Ok(alternatives)
    }

    /// All that is noted at a place, as the note of a field.
    fn note(&mut self, place: &Place, pointer: &str) -> Result<Note, Error> {
        let mut note = Note { pointer: pointer.to_owned(), ..Note::default() };
        for id in place.iter().flatten().copied().collect::<BTreeSet<_>>() {
            let schema = self.document.schema(id)?;
            note.merge(&schema.note)?;
        }
        Ok(note)
    }

    fn edge(&mut self, roots: &Place, pointer: &str) -> Result<Edge, Error> {
        let place = self.place(roots)?;
        let note = self.note(&place, pointer)?;
        Ok(Edge { to: self.type_of(place, pointer)?, note })
    }

    fn fill(&mut self, place: &Place, id: NodeId) -> Result<(), Error> {
        let alternatives = self.alternatives(place)?;
        let of_kind =
            |kind: Kinds| alternatives.iter().filter(move |one| one.kinds.has(kind)).collect::<Vec<_>>();
        let (objects, arrays) = (of_kind(Kinds::OBJECT), of_kind(Kinds::ARRAY));
        let pointer = self.graph.nodes.get(id).map(|node| node.pointer.clone()).unwrap_or_default();
        let says_more = |one: &&Alternative| one.schemas.iter().any(|schema| schema.says_more());
        let several = |all: &[&Alternative]| all.len() > 1 && all.iter().any(says_more);
        if several(&objects) || several(&arrays) {
            self.document.warn(Code::Widened, &pointer);
        }
        let mut node = Type::of(Kinds::NONE, DataType::Any, &pointer);
        node.kinds = alternatives.iter().fold(Kinds::NONE, |kinds, one| kinds.or(one.kinds));
        node.members = self.members(&objects)?;
        node.others = self.others(&objects)?;
        node.items = self.items(&arrays)?;
        node.data = data_type(&node);
        if let Some(slot) = self.graph.nodes.get_mut(id) {
            *slot = node;
        }
        Ok(())
    }

    fn members(&mut self, objects: &[&Alternative]) -> Result<Vec<Member>, Error> {
        let mut names = Vec::new();
        let mut seen = HashSet::new();
        for schema in objects.iter().flat_map(|one| &one.schemas) {
            let properties = schema.properties.iter().map(|(name, id)| (name, Some(*id)));
            for (name, id) in properties.chain(schema.required.iter().map(|name| (name, None))) {
                if seen.insert(name.as_str()) {
                    names.push((name.clone(), id));
                }
            }
        }
        let mut members = Vec::with_capacity(names.len());
        let schemas: usize = objects.iter().map(|one| one.schemas.len()).sum();
        for (name, id) in names {
            self.look(schemas, id.unwrap_or_default())?;
            let mut roots = Place::new();
            for one in objects {
                roots.extend(one.member(Some(&name)).ok_or_else(|| self.too_large(one))?);
            }
            let requires = |schema: &&Rc<Parsed>| schema.requires(&name);
            let pointer = match id {
                Some(id) => self.document.pointer(id).to_owned(),
                None => {
                    let schema = objects.iter().flat_map(|one| &one.schemas).find(requires);
                    schema.map(|schema| format!("{}/required", schema.note.pointer)).unwrap_or_default()
                }
            };
            let mut edge = self.edge(&roots, &pointer)?;
            // A pattern may mean this name too: what it notes is noted here.
            for pattern in objects.iter().flat_map(|one| &one.schemas).flat_map(|schema| &schema.patterns) {
                let place = self.place(&Place::from([Together::from([*pattern])]))?;
                let pointer = self.document.pointer(*pattern).to_owned();
                edge.note.merge(&self.note(&place, &pointer)?)?;
            }
            let required = objects.iter().all(|one| one.schemas.iter().any(|schema| requires(&schema)));
            members.push(Member { required, name, edge });
        }
        Ok(members)
    }

    fn others(&mut self, objects: &[&Alternative]) -> Result<Others, Error> {
        let mut roots = Place::new();
        for one in objects {
            roots.extend(one.member(None).ok_or_else(|| self.too_large(one))?);
        }
        let Some(first) = roots.iter().flatten().next().copied() else { return Ok(Others::Any) };
        let pointer = self.document.pointer(first).to_owned();
        let place = self.place(&roots)?;
        if place.is_empty() {
            return Ok(Others::None);
        }
        let note = self.note(&place, &pointer)?;
        Ok(Others::Of(Edge { to: self.type_of(place, &pointer)?, note }))
    }

    fn items(&mut self, arrays: &[&Alternative]) -> Result<Option<Edge>, Error> {
        let mut roots = Place::new();
        for one in arrays {
            let options = one.schemas.iter().map(|schema| schema.item_options());
            roots.extend(times(options).ok_or_else(|| self.too_large(one))?);
        }
        let Some(first) = roots.iter().flatten().next().copied() else { return Ok(None) };
        let pointer = self.document.pointer(first).to_owned();
        Ok(Some(self.edge(&roots, &pointer)?))
    }
}

impl Alternative {
    /// What holds for the member of this name, or for those that no schema names: sets of schemas, of which one does.
    fn member(&self, name: Option<&str>) -> Option<Vec<Together>> {
        let options = self.schemas.iter().map(|schema| {
            let named = name.and_then(|name| schema.property(name));
            named.map_or_else(|| schema.other_options(), |id| vec![Some(id)])
        });
        let mut sets = times(options)?;
        for set in &mut sets {
            if set.is_empty() {
                set.extend(self.schemas.iter().filter_map(|schema| schema.unevaluated));
            }
        }
        Some(sets)
    }
}

/// One of each of these, in every way; `None` if there are too many.
fn times(options: impl Iterator<Item = Vec<Option<SchemaId>>>) -> Option<Vec<Together>> {
    let mut sets = vec![Together::new()];
    for options in options {
        if sets.len() * options.len() > MOST_ALTERNATIVES {
            return None;
        }
        let with = |set: &Together, option: &Option<SchemaId>| set.iter().copied().chain(*option).collect();
        sets = sets.iter().flat_map(|set| options.iter().map(move |option| with(set, option))).collect();
    }
    Some(sets)
}

/// What the values of a type are.
fn data_type(node: &Type) -> DataType {
    let has_members = !node.members.is_empty();
    match node.kinds.without(Kinds::NULL) {
        Kinds::NONE if node.kinds == Kinds::NULL => DataType::Null,
        Kinds::STRING => DataType::String,
        Kinds::INTEGER => DataType::Integer,
        Kinds::NUMBER | Kinds::FRACTION => DataType::Number,
        Kinds::BOOLEAN => DataType::Boolean,
        Kinds::ARRAY => DataType::Array,
        Kinds::OBJECT if !has_members && matches!(node.others, Others::Of(_)) => DataType::Map,
        Kinds::OBJECT => DataType::Object,
        // No type is given: what is said of members says that there are some.
        kinds if kinds.or(Kinds::NULL) == Kinds::ANY && has_members => DataType::Object,
        kinds if kinds.or(Kinds::NULL) == Kinds::ANY && node.items.is_some() => DataType::Array,
        _ => DataType::Any,
    }
}
