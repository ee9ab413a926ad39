//! Avro schemas, with what companies tag their fields and types with. It knows no values: events are the plain JSON of
//! them, a union's value being just that value.

use super::graph::{Edge, Graph, Member, Node as Type, NodeId, Others};
use super::note::Note;
use super::{DataType, Options};
use crate::document::Node;
use crate::error::{Code, Error};
use crate::shape::Kinds;
use std::collections::HashMap;

/// The unnamed types, as JSON has their values.
const PRIMITIVES: &[(&str, (Kinds, DataType))] = &[
    ("null", (Kinds::NULL, DataType::Null)),
    ("boolean", (Kinds::BOOLEAN, DataType::Boolean)),
    ("int", (Kinds::INTEGER, DataType::Integer)),
    ("long", (Kinds::INTEGER, DataType::Integer)),
    ("float", (Kinds::NUMBER, DataType::Number)),
    ("double", (Kinds::NUMBER, DataType::Number)),
    ("bytes", (Kinds::STRING, DataType::Bytes)),
    ("string", (Kinds::STRING, DataType::String)),
];

/// The logical types: each leaves its values what they are to JSON.
const LOGICAL: &[&str] = &[
    "decimal",
    "big-decimal",
    "uuid",
    "date",
    "time-millis",
    "time-micros",
    "timestamp-millis",
    "timestamp-micros",
    "timestamp-nanos",
    "local-timestamp-millis",
    "local-timestamp-micros",
    "local-timestamp-nanos",
    "duration",
];

/// Reads a schema whose top is a record; gives its name too.
pub(super) fn read(
    document: &Node<'_>,
    namespace: Option<&str>,
    options: &Options,
) -> Result<(Option<String>, Graph), Error> {
    let mut reader = Reader { options, graph: Graph::new(), named: HashMap::new() };
    // The event comes first among the types, and a union does not know its own before it has read them.
    if document.is_list() {
        return Err(document.error(Code::SchemaShape));
    }
    let (_, note) = reader.read(document, namespace)?;
    let event = reader.graph.nodes.first();
    if event.is_none_or(|event| !event.kinds.has(Kinds::OBJECT)) {
        return Err(document.error(Code::SchemaShape));
    }
    if note.is_of_a_field() {
        return Err(document.error(Code::UnsupportedKeyword));
    }
    reader.graph.note = note;
    reader.graph.settle()?;
    let members = document.object()?;
    let name = members.iter().find(|(key, _)| key == "name").map(|(_, name)| name.string()).transpose()?;
    Ok((name, reader.graph))
}

/// A version, however it is written.
pub(super) fn version(node: &Node<'_>) -> Result<String, Error> {
    if node.is_string() { node.string() } else { node.number(u64::MAX).map(|number| number.to_string()) }
}

struct Reader<'a> {
    options: &'a Options,
    graph: Graph,
    /// By full name; with what is noted on the type.
    named: HashMap<String, (NodeId, Note)>,
}

impl Reader<'_> {
    /// A type, and what is noted on it.
    fn read(&mut self, node: &Node<'_>, namespace: Option<&str>) -> Result<(NodeId, Note), Error> {
        if node.is_string() {
            return self.word(node, namespace);
        }
        if node.is_list() {
            return self.union(node, namespace);
        }
        let members = node.object()?;
        let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, node)| node);
        let of = find("type").ok_or_else(|| node.error_at("type", Code::SchemaShape))?;
        let need = |name: &str| find(name).ok_or_else(|| node.error_at(name, Code::SchemaShape));
        // A type within a type has only more attributes.
        let word = if of.is_string() { of.string()? } else { String::new() };
        let known: &[&str] = match word.as_str() {
            "record" | "error" => &["name", "namespace", "aliases", "fields"],
            "enum" => &["name", "namespace", "aliases", "symbols", "default"],
            "fixed" => &["name", "namespace", "aliases", "size"],
            "array" => &["items", "default"],
            "map" => &["values", "default"],
            _ => &[],
        };
        let mut note = self.note(node, &members, known)?;
        let pointer = node.pointer();
        let id = match word.as_str() {
            "record" | "error" => {
                let fields = need("fields")?;
                let record = Type::of(Kinds::OBJECT, DataType::Object, pointer);
                let (id, namespace) = self.define(record, node, &members, namespace, &note)?;
                let members = self.fields(fields, namespace.as_deref())?;
                if let Some(record) = self.graph.nodes.get_mut(id) {
                    record.members = members;
                }
                id
            }
            "enum" => {
                need("symbols")?.list()?.iter().try_for_each(|symbol| symbol.string().map(drop))?;
                let values = Type::of(Kinds::STRING, DataType::String, pointer);
                self.define(values, node, &members, namespace, &note)?.0
            }
            "fixed" => {
                need("size")?.number(u64::MAX)?;
                let bytes = Type::of(Kinds::STRING, DataType::Bytes, pointer);
                self.define(bytes, node, &members, namespace, &note)?.0
            }
            "array" => {
                let items = need("items")?;
                let id = self.graph.add(Type::of(Kinds::ARRAY, DataType::Array, pointer))?;
                let items = self.edge(items, namespace)?;
                if let Some(array) = self.graph.nodes.get_mut(id) {
                    array.items = Some(items);
                }
                id
            }
            "map" => {
                let values = need("values")?;
                let id = self.graph.add(Type::of(Kinds::OBJECT, DataType::Map, pointer))?;
                let values = self.edge(values, namespace)?;
                if let Some(map) = self.graph.nodes.get_mut(id) {
                    map.others = Others::Of(values);
                }
                id
            }
            _ => {
                let (id, inner) = self.read(of, namespace)?;
                note.merge(&inner)?;
                id
            }
        };
        Ok((id, note))
    }

    /// What is noted on a field or type, beside what its form knows.
    fn note(
        &mut self,
        node: &Node<'_>,
        attributes: &[(String, Node<'_>)],
        known: &[&str],
    ) -> Result<Note, Error> {
        let mut note = Note { pointer: node.pointer().to_owned(), ..Note::default() };
        for (key, node) in attributes {
            match key.as_str() {
                "type" => {}
                "doc" => note.doc = Some(node.string()?),
                "logicalType" => self.logical(node)?,
                "precision" | "scale" => drop(node.number(u64::MAX)?),
                key if known.contains(&key) || note.take(key, node, self.options)? => {}
                key => {
                    Note::pass_over(key, node)?;
                    self.graph.warn(Code::UnknownAttribute, node.pointer());
                }
            }
        }
        Ok(note)
    }

    fn logical(&mut self, node: &Node<'_>) -> Result<(), Error> {
        if !LOGICAL.contains(&node.string()?.as_str()) {
            self.graph.warn(Code::UnknownAttribute, node.pointer());
        }
        Ok(())
    }

    /// A primitive type, or one that was defined before.
    fn word(&mut self, node: &Node<'_>, namespace: Option<&str>) -> Result<(NodeId, Note), Error> {
        let word = node.string()?;
        if let Some((_, (kinds, data))) = PRIMITIVES.iter().find(|(name, _)| *name == word) {
            let id = self.graph.add(Type::of(*kinds, *data, node.pointer()))?;
            return Ok((id, Note { pointer: node.pointer().to_owned(), ..Note::default() }));
        }
        let known = self.named.get(&full_name(&word, namespace)).cloned();
        known.ok_or_else(|| node.error(Code::UnknownSchemaType))
    }

    fn union(&mut self, node: &Node<'_>, namespace: Option<&str>) -> Result<(NodeId, Note), Error> {
        let mut note = Note { pointer: node.pointer().to_owned(), ..Note::default() };
        let id = self.graph.add(Type::of(Kinds::NONE, DataType::Any, node.pointer()))?;
        let mut branches = Vec::new();
        for branch in node.list()? {
            if branch.is_list() {
                return Err(branch.error(Code::SchemaShape));
            }
            let (branch, noted) = self.read(&branch, namespace)?;
            note.merge(&noted)?;
            branches.push(branch);
        }
        if branches.is_empty() {
            return Err(node.error(Code::SchemaShape));
        }
        if let Some(union) = self.graph.nodes.get_mut(id) {
            union.branches = branches;
        }
        Ok((id, note))
    }

    fn edge(&mut self, node: &Node<'_>, namespace: Option<&str>) -> Result<Edge, Error> {
        let (to, mut note) = self.read(node, namespace)?;
        node.pointer().clone_into(&mut note.pointer);
        Ok(Edge { to, note })
    }

    fn fields(&mut self, fields: &Node<'_>, namespace: Option<&str>) -> Result<Vec<Member>, Error> {
        let mut members: Vec<Member> = Vec::new();
        let mut names = std::collections::HashSet::new();
        for field in fields.list()? {
            let attributes = field.object()?;
            let find = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, node)| node);
            let of = find("type").ok_or_else(|| field.error_at("type", Code::SchemaShape))?;
            let name = find("name").ok_or_else(|| field.error_at("name", Code::SchemaShape))?.string()?;
            if !names.insert(name.clone()) {
                return Err(field.error(Code::DuplicateField));
            }
            let mut note = self.note(&field, &attributes, &["name", "default", "order", "aliases"])?;
            let (to, noted) = self.read(of, namespace)?;
            note.merge(&Note { pointer: field.pointer().to_owned(), ..noted })?;
            let required = find("default").is_none() && !self.is_nullable(to);
            members.push(Member { name, required, edge: Edge { to, note } });
        }
        Ok(members)
    }

    /// Whether a type that was read may be `null`.
    fn is_nullable(&self, id: NodeId) -> bool {
        let Some(node) = self.graph.nodes.get(id) else { return false };
        node.kinds.has(Kinds::NULL) || node.branches.iter().any(|branch| self.is_nullable(*branch))
    }

    /// Gives a type its full name, before what is in it is read; gives back the namespace that holds in it.
    fn define(
        &mut self,
        of: Type,
        node: &Node<'_>,
        members: &[(String, Node<'_>)],
        namespace: Option<&str>,
        note: &Note,
    ) -> Result<(NodeId, Option<String>), Error> {
        let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, node)| node);
        let name = find("name").ok_or_else(|| node.error_at("name", Code::SchemaShape))?;
        let own = find("namespace").map(Node::string).transpose()?;
        let name_text = name.string()?;
        let full = full_name(&name_text, own.as_deref().or(namespace));
        let id = self.graph.add(of)?;
        let is_primitive = PRIMITIVES.iter().any(|(known, _)| *known == full);
        if is_primitive || self.named.insert(full.clone(), (id, note.clone())).is_some() {
            return Err(name.error(Code::DuplicateField));
        }
        let within = full.rsplit_once('.').map(|(namespace, _)| namespace.to_owned());
        Ok((id, within))
    }
}

fn full_name(name: &str, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) if !name.contains('.') && !namespace.is_empty() => format!("{namespace}.{name}"),
        _ => name.to_owned(),
    }
}
