//! A document of JSON Schema: its parts, each read once, and what refers to what. It knows no place of an event.

use super::super::note::Note;
use super::super::{Options, Warning};
use crate::document::Node;
use crate::error::{Code, Error};
use crate::shape::Kinds;
use std::collections::{HashMap, HashSet};

/// Number of a schema in the document.
pub(super) type SchemaId = usize;

/// Most references that lead to each other with nothing in between.
const MOST_LINKS: usize = 128;

/// Limits on values, and words for people: none of them says anything of fields or their types.
const PASSED: &[&str] = &[
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
    "enum",
    "const",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "contentEncoding",
    "contentMediaType",
];

/// What only some values have to hold to, or what looks at fields in ways that are not followed: refused.
const REFUSED: &[&str] = &[
    "if",
    "then",
    "else",
    "not",
    "contains",
    "minContains",
    "maxContains",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "unevaluatedItems",
    "additionalItems",
    "contentSchema",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$vocabulary",
];

/// The words of `type`.
const TYPES: &[(&str, Kinds)] = &[
    ("null", Kinds::NULL),
    ("boolean", Kinds::BOOLEAN),
    ("integer", Kinds::INTEGER),
    ("number", Kinds::NUMBER),
    ("string", Kinds::STRING),
    ("object", Kinds::OBJECT),
    ("array", Kinds::ARRAY),
];

/// One schema, read.
pub(super) struct Parsed {
    /// Whether it is a `$ref` and nothing else.
    pub(super) is_link: bool,
    pub(super) kinds: Kinds,
    /// `$ref` and `allOf`: what holds too.
    pub(super) all: Vec<SchemaId>,
    /// `anyOf` and `oneOf`: of each, one holds too.
    pub(super) choices: Vec<Vec<SchemaId>>,
    pub(super) properties: Vec<(String, SchemaId)>,
    by_name: HashMap<String, SchemaId>,
    needed: HashSet<String>,
    pub(super) patterns: Vec<SchemaId>,
    pub(super) additional: Option<SchemaId>,
    pub(super) unevaluated: Option<SchemaId>,
    pub(super) required: Vec<String>,
    pub(super) prefix: Vec<SchemaId>,
    pub(super) items: Option<SchemaId>,
    pub(super) note: Note,
}

impl Parsed {
    /// The schema of the member of this name.
    pub(super) fn property(&self, name: &str) -> Option<SchemaId> {
        self.by_name.get(name).copied()
    }

    /// Whether the member of this name must be there.
    pub(super) fn requires(&self, name: &str) -> bool {
        self.needed.contains(name)
    }

    /// What may hold for a member that is not named: one of these, or nothing.
    pub(super) fn other_options(&self) -> Vec<Option<SchemaId>> {
        self.patterns.iter().map(|id| Some(*id)).chain([self.additional]).collect()
    }

    /// What may hold for an element, wherever it stands.
    pub(super) fn item_options(&self) -> Vec<Option<SchemaId>> {
        self.prefix.iter().map(|id| Some(*id)).chain([self.items]).collect()
    }

    /// Whether it says anything of what is in an object or array.
    pub(super) fn says_more(&self) -> bool {
        !self.required.is_empty()
            || !self.properties.is_empty()
            || !self.prefix.is_empty()
            || self.other_options() != [None]
            || self.items.is_some()
            || self.unevaluated.is_some()
    }
}

/// A place in the document that holds, or could hold, a schema.
struct Slot<'a> {
    node: Node<'a>,
    parsed: Option<std::rc::Rc<Parsed>>,
    children: Option<HashMap<String, SchemaId>>,
    /// Whether it was seen that no chain of references leads from it to itself.
    ends: bool,
}

/// The document, with every part read at most once.
pub(super) struct Document<'a> {
    options: &'a Options,
    slots: Vec<Slot<'a>>,
    by_pointer: HashMap<String, SchemaId>,
    /// By name; empty until one is asked for.
    anchors: Option<HashMap<String, SchemaId>>,
    id: Option<String>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Document<'a> {
    /// The whole of it is the first schema.
    pub(super) fn new(top: &Node<'a>, options: &'a Options) -> Result<Self, Error> {
        let members = top.object()?;
        for (key, node) in &members {
            // Its `#` at the end, of an empty fragment, says nothing.
            if key == "$schema"
                && node.string()?.trim_end_matches('#') != "https://json-schema.org/draft/2020-12/schema"
            {
                return Err(node.error(Code::SchemaFormat));
            }
        }
        let id = members.iter().find(|(key, _)| key == "$id").map(|(_, id)| id.string()).transpose()?;
        let mut document = Document {
            options,
            slots: Vec::new(),
            by_pointer: HashMap::new(),
            anchors: None,
            id: id.map(|id| id.trim_end_matches('#').to_owned()),
            warnings: Vec::new(),
        };
        document.slot(top.clone());
        Ok(document)
    }

    pub(super) fn pointer(&self, id: SchemaId) -> &str {
        self.slots.get(id).map_or("", |slot| slot.node.pointer())
    }

    fn slot(&mut self, node: Node<'a>) -> SchemaId {
        if let Some(known) = self.by_pointer.get(node.pointer()) {
            return *known;
        }
        let id = self.slots.len();
        self.by_pointer.insert(node.pointer().to_owned(), id);
        self.slots.push(Slot { node, parsed: None, children: None, ends: false });
        id
    }

    fn slots_of(&mut self, nodes: Vec<Node<'a>>) -> Vec<SchemaId> {
        nodes.into_iter().map(|node| self.slot(node)).collect()
    }

    /// A schema, which from here on is known not to refer to itself with nothing in between.
    pub(super) fn schema(&mut self, id: SchemaId) -> Result<std::rc::Rc<Parsed>, Error> {
        let parsed = self.parsed(id)?;
        self.check_ends(id, &mut Vec::new())?;
        Ok(parsed)
    }

    fn parsed(&mut self, id: SchemaId) -> Result<std::rc::Rc<Parsed>, Error> {
        let Some(slot) = self.slots.get(id) else { return Err(Error::new(Code::UnknownReference)) };
        if let Some(parsed) = &slot.parsed {
            return Ok(parsed.clone());
        }
        let node = slot.node.clone();
        let parsed = std::rc::Rc::new(self.read(&node)?);
        if let Some(slot) = self.slots.get_mut(id) {
            slot.parsed = Some(parsed.clone());
        }
        Ok(parsed)
    }

    fn check_ends(&mut self, id: SchemaId, above: &mut Vec<SchemaId>) -> Result<(), Error> {
        let Some(slot) = self.slots.get(id).filter(|slot| !slot.ends) else { return Ok(()) };
        if above.contains(&id) {
            return Err(slot.node.error(Code::CyclicReference));
        }
        if above.len() >= MOST_LINKS {
            return Err(slot.node.error(Code::SchemaTooLarge));
        }
        let parsed = self.parsed(id)?;
        above.push(id);
        for next in parsed.all.iter().chain(parsed.choices.iter().flatten()) {
            self.check_ends(*next, above)?;
        }
        above.pop();
        if let Some(slot) = self.slots.get_mut(id) {
            slot.ends = true;
        }
        Ok(())
    }

    fn read(&mut self, node: &Node<'a>) -> Result<Parsed, Error> {
        let mut parsed = Parsed {
            is_link: false,
            kinds: Kinds::ANY,
            all: Vec::new(),
            choices: Vec::new(),
            properties: Vec::new(),
            by_name: HashMap::new(),
            needed: HashSet::new(),
            patterns: Vec::new(),
            additional: None,
            unevaluated: None,
            required: Vec::new(),
            prefix: Vec::new(),
            items: None,
            note: Note { pointer: node.pointer().to_owned(), ..Note::default() },
        };
        match node.text() {
            "true" => return Ok(parsed),
            "false" => {
                parsed.kinds = Kinds::NONE;
                return Ok(parsed);
            }
            _ => {}
        }
        let members = node.object()?;
        parsed.is_link = matches!(members.as_slice(), [(key, _)] if key == "$ref");
        for (key, member) in members {
            match key.as_str() {
                "type" => parsed.kinds = types(&member)?,
                "$ref" => {
                    let target = self.resolve(&member)?;
                    parsed.all.push(target);
                }
                "allOf" => {
                    let all = self.slots_of(member.list()?);
                    parsed.all.extend(all);
                }
                "anyOf" | "oneOf" => {
                    let choices = self.slots_of(member.list()?);
                    if choices.is_empty() {
                        return Err(member.error(Code::SchemaShape));
                    }
                    parsed.choices.push(choices);
                }
                "properties" => {
                    let properties = member.object()?.into_iter();
                    parsed.properties = properties.map(|(name, of)| (name, self.slot(of))).collect();
                    parsed.by_name = parsed.properties.iter().cloned().collect();
                }
                "patternProperties" => {
                    let patterns = member.object()?.into_iter();
                    parsed.patterns = patterns.map(|(_, of)| self.slot(of)).collect();
                    self.warn(Code::Widened, member.pointer());
                }
                "additionalProperties" => parsed.additional = Some(self.slot(member)),
                "unevaluatedProperties" => parsed.unevaluated = Some(self.slot(member)),
                "required" => {
                    let names = member.list()?;
                    parsed.required = names.iter().map(Node::string).collect::<Result<_, _>>()?;
                    parsed.needed = parsed.required.iter().cloned().collect();
                }
                "prefixItems" => parsed.prefix = self.slots_of(member.list()?),
                // A list is what earlier drafts have here.
                "items" if member.is_list() => return Err(member.error(Code::SchemaFormat)),
                "items" => parsed.items = Some(self.slot(member)),
                "description" => parsed.note.doc = Some(member.string()?),
                // References below would be relative to it.
                "$id" if !node.pointer().is_empty() => return Err(member.error(Code::UnsupportedKeyword)),
                key if REFUSED.contains(&key) => return Err(member.error(Code::UnsupportedKeyword)),
                key if PASSED.contains(&key) || parsed.note.take(key, &member, self.options)? => {}
                key => {
                    Note::pass_over(key, &member)?;
                    self.warn(Code::UnknownAttribute, member.pointer());
                }
            }
        }
        Ok(parsed)
    }

    pub(super) fn warn(&mut self, code: Code, pointer: &str) {
        self.warnings.push(Warning { code, pointer: pointer.to_owned() });
    }

    /// What a `$ref` refers to: a place in this document.
    fn resolve(&mut self, reference: &Node<'a>) -> Result<SchemaId, Error> {
        let text = reference.string()?;
        let unknown = || reference.error(Code::UnknownReference);
        let (base, fragment) = text.split_once('#').unwrap_or((&text, ""));
        if !base.is_empty() && Some(base) != self.id.as_deref() {
            return Err(unknown());
        }
        let fragment = percent_decoded(fragment).ok_or_else(unknown)?;
        if let Some(known) = self.by_pointer.get(&fragment).filter(|_| !fragment.contains('~')) {
            return Ok(*known);
        }
        if !fragment.starts_with('/') {
            return self.anchor(&fragment)?.ok_or_else(unknown);
        }
        let mut at = 0;
        for token in fragment.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            at = self.child(at, &token)?.ok_or_else(unknown)?;
        }
        Ok(at)
    }

    /// The member or element of this name.
    fn child(&mut self, id: SchemaId, token: &str) -> Result<Option<SchemaId>, Error> {
        let Some(slot) = self.slots.get(id) else { return Ok(None) };
        if slot.children.is_none() {
            let node = slot.node.clone();
            let named: Vec<(String, Node<'a>)> = if node.is_object() {
                node.object()?
            } else if node.is_list() {
                node.list()?.into_iter().enumerate().map(|(i, node)| (i.to_string(), node)).collect()
            } else {
                Vec::new()
            };
            let children = named.into_iter().map(|(name, node)| (name, self.slot(node))).collect();
            if let Some(slot) = self.slots.get_mut(id) {
                slot.children = Some(children);
            }
        }
        let children = self.slots.get(id).and_then(|slot| slot.children.as_ref());
        Ok(children.and_then(|children| children.get(token)).copied())
    }

    fn anchor(&mut self, name: &str) -> Result<Option<SchemaId>, Error> {
        if self.anchors.is_none() {
            let mut anchors = HashMap::new();
            let top = self.slots.first().map(|slot| slot.node.clone());
            let mut open: Vec<Node<'a>> = top.into_iter().collect();
            while let Some(node) = open.pop() {
                if node.is_list() {
                    open.extend(node.list()?);
                } else if node.is_object() {
                    for (key, member) in node.object()? {
                        if key == "$anchor" && member.is_string() {
                            let place = self.slot(node.clone());
                            if anchors.insert(member.string()?, place).is_some() {
                                return Err(member.error(Code::DuplicateField));
                            }
                        }
                        open.push(member);
                    }
                }
            }
            self.anchors = Some(anchors);
        }
        Ok(self.anchors.as_ref().and_then(|anchors| anchors.get(name)).copied())
    }
}

fn types(node: &Node<'_>) -> Result<Kinds, Error> {
    if node.is_string() {
        return node.word(TYPES, Code::UnknownSchemaType);
    }
    let kinds = node.list()?;
    if kinds.is_empty() {
        return Err(node.error(Code::SchemaShape));
    }
    kinds.iter().try_fold(Kinds::NONE, |all, kind| Ok(all.or(kind.word(TYPES, Code::UnknownSchemaType)?)))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
            decoded.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}
