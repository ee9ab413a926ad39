//! The form of an event schema with a privacy block for each field, and privacy settings that say whose the event is. It
//! knows no other form.
//!
//! ```json
//! {"name": "signup", "version": 2,
//!  "privacy_setting": {"data_controller": "shop_id", "data_subject": "email"},
//!  "fields": {
//!    "shop_id": {"type": "string", "doc": "The shop."},
//!    "email": {"type": "string", "doc": "Who signs up.", "privacy": {"kind": "email", "handling": "tokenize"}}}}
//! ```

use super::graph::{Edge, Graph, Member, Node as Type, NodeId, Others};
use super::note::{Meaning, Note, meaning};
use super::registry::Envelope;
use super::{DataType, Handling, Options, Role, avro};
use crate::document::Node;
use crate::error::{Code, Error};
use crate::selector::{Selector, Step};
use crate::shape::Kinds;

/// The types of single values. A time is text or a number: which, the schema does not say.
const SCALARS: &[(&str, (Kinds, DataType))] = &[
    ("string", (Kinds::STRING, DataType::String)),
    ("integer", (Kinds::INTEGER, DataType::Integer)),
    ("int", (Kinds::INTEGER, DataType::Integer)),
    ("long", (Kinds::INTEGER, DataType::Integer)),
    ("number", (Kinds::NUMBER, DataType::Number)),
    ("float", (Kinds::NUMBER, DataType::Number)),
    ("double", (Kinds::NUMBER, DataType::Number)),
    ("decimal", (Kinds::NUMBER, DataType::Number)),
    ("boolean", (Kinds::BOOLEAN, DataType::Boolean)),
    ("timestamp", (Kinds(Kinds::STRING.0 | Kinds::NUMBER.0), DataType::Any)),
    ("datetime", (Kinds(Kinds::STRING.0 | Kinds::NUMBER.0), DataType::Any)),
    ("date", (Kinds(Kinds::STRING.0 | Kinds::NUMBER.0), DataType::Any)),
    ("any", (Kinds::ANY, DataType::Any)),
];

pub(super) fn read(document: &Node<'_>, options: &Options) -> Result<(Envelope, Graph), Error> {
    let mut reader = Reader { options, graph: Graph::new() };
    let mut envelope = Envelope { name: None, version: None };
    let (mut settings, mut fields) = (None, None);
    for (key, node) in document.object()? {
        match key.as_str() {
            "name" => envelope.name = Some(node.string()?),
            "version" => envelope.version = Some(avro::version(&node)?),
            "privacy_setting" => settings = Some(node),
            "fields" => fields = Some(node),
            "doc" => {}
            _ => reader.graph.warn(Code::UnknownAttribute, node.pointer()),
        }
    }
    let settings = settings.ok_or_else(|| document.error_at("privacy_setting", Code::SchemaShape))?;
    let fields = fields.ok_or_else(|| document.error_at("fields", Code::SchemaShape))?;
    let event = reader.graph.add(Type::of(Kinds::OBJECT, DataType::Object, document.pointer()))?;
    reader.fields(event, &fields)?;
    for (key, node) in settings.object()? {
        let role = match key.as_str() {
            "data_controller" => Role::Account,
            "data_subject" => Role::Subject,
            _ => return Err(node.error(Code::UnknownMember)),
        };
        reader.role(role, &node)?;
    }
    Ok((envelope, reader.graph))
}

struct Reader<'a> {
    options: &'a Options,
    graph: Graph,
}

impl Reader<'_> {
    /// The field that says whose key applies, or whose data it is.
    fn role(&mut self, role: Role, node: &Node<'_>) -> Result<(), Error> {
        let selector: Selector =
            node.string()?.parse().map_err(|_: Error| node.error(Code::UnknownReference))?;
        let mut at = 0;
        let mut steps = selector.steps().iter().peekable();
        while let Some(step) = steps.next() {
            let members = self.graph.nodes.get_mut(at).map(|node| &mut node.members);
            let found = members.and_then(|members| {
                members.iter_mut().find(|member| matches!(step, Step::Key(name) if *name == member.name))
            });
            let Some(member) = found else { return Err(node.error(Code::UnknownReference)) };
            at = member.edge.to;
            if steps.peek().is_none() {
                match member.edge.note.role {
                    Some(known) if known != role => return Err(node.error(Code::ContradictoryField)),
                    Some(_) | None => member.edge.note.role = Some(role),
                }
            }
        }
        Ok(())
    }

    /// Fields by name, or in a list with their names in them.
    fn fields(&mut self, record: NodeId, fields: &Node<'_>) -> Result<(), Error> {
        let mut named = Vec::new();
        if fields.is_list() {
            for field in fields.list()? {
                let members = field.object()?;
                let name = members.iter().find(|(key, _)| key == "name");
                let (_, name) = name.ok_or_else(|| field.error_at("name", Code::SchemaShape))?;
                named.push((name.string()?, field));
            }
        } else {
            named = fields.object()?;
        }
        let mut names = std::collections::HashSet::new();
        let mut members = Vec::with_capacity(named.len());
        for (name, field) in named {
            if !names.insert(name.clone()) {
                return Err(field.error(Code::DuplicateField));
            }
            let (edge, required) = self.field(&field, fields.is_list())?;
            members.push(Member { name, required, edge });
        }
        if let Some(record) = self.graph.nodes.get_mut(record) {
            record.members = members;
        }
        Ok(())
    }

    /// A field, and whether it is required.
    fn field(&mut self, field: &Node<'_>, has_name: bool) -> Result<(Edge, bool), Error> {
        let attributes = field.object()?;
        let find = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, node)| node);
        let of = find("type").ok_or_else(|| field.error_at("type", Code::SchemaShape))?;
        let need = |name: &str| find(name).ok_or_else(|| field.error_at(name, Code::SchemaShape));
        let word = of.string()?;
        let scalar = SCALARS.iter().find(|(name, _)| *name == word).map(|(_, of)| *of);
        let (known, (kinds, data)) = match (word.as_str(), scalar) {
            (_, Some(of)) => ("", of),
            ("object" | "record", None) => ("fields", (Kinds::OBJECT, DataType::Object)),
            ("array", None) => ("items", (Kinds::ARRAY, DataType::Array)),
            ("map", None) => ("values", (Kinds::OBJECT, DataType::Map)),
            (_, None) => return Err(of.error(Code::UnknownSchemaType)),
        };
        let mut note = Note { pointer: field.pointer().to_owned(), ..Note::default() };
        let (mut required, mut nullable) = (true, false);
        for (key, node) in &attributes {
            match key.as_str() {
                "type" => {}
                "name" if has_name => {}
                "doc" => note.doc = Some(node.string()?),
                "required" => required = node.boolean()?,
                "nullable" => nullable = node.boolean()?,
                "privacy" => privacy(&mut note, node)?,
                key if key == known || note.take(key, node, self.options)? => {}
                key => {
                    Note::pass_over(key, node)?;
                    self.graph.warn(Code::UnknownAttribute, node.pointer());
                }
            }
        }
        let kinds = if nullable { kinds.or(Kinds::NULL) } else { kinds };
        let to = self.graph.add(Type::of(kinds, data, field.pointer()))?;
        match known {
            "fields" => self.fields(to, need("fields")?)?,
            "items" => {
                let (items, _) = self.field(need("items")?, false)?;
                if let Some(array) = self.graph.nodes.get_mut(to) {
                    array.items = Some(items);
                }
            }
            "values" => {
                let (values, _) = self.field(need("values")?, false)?;
                if let Some(map) = self.graph.nodes.get_mut(to) {
                    map.others = Others::Of(values);
                }
            }
            _ => {}
        }
        Ok((Edge { to, note }, required))
    }
}

/// What of a person a field has, and how it is handled. `null` and `false` say that it has nothing.
fn privacy(note: &mut Note, node: &Node<'_>) -> Result<(), Error> {
    if matches!(node.text(), "null" | "false") {
        return Ok(());
    }
    let members = node.object()?;
    if !members.iter().any(|(key, _)| key == "kind") {
        return Err(node.error_at("kind", Code::SchemaShape));
    }
    for (key, node) in members {
        match key.as_str() {
            "kind" => {
                let kind = node.string()?;
                if let Some(Meaning::Kind(kind)) = meaning(&kind) {
                    note.kind = Some(*kind);
                }
                note.tag(kind);
            }
            "handling" => {
                let words = [("obfuscate", Handling::Obfuscate), ("tokenize", Handling::Tokenize)];
                let word = node.string()?;
                let found = words.into_iter().find(|(name, _)| *name == word);
                let (_, handling) = found.ok_or_else(|| node.error(Code::UnknownAction))?;
                note.handling = Some(handling);
            }
            _ => return Err(node.error(Code::UnknownMember)),
        }
    }
    Ok(())
}
