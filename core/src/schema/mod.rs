//! What companies' schemas say of the fields of an event, whatever form they are written in. It knows no rule of governance
//! and no policy.
//!
//! | [`Format`] | what it reads |
//! |---|---|
//! | `registry` | a registry's schema with typed fields: an Avro record in an envelope, its types marked with `twilio_type` |
//! | `privacy` | an event schema with a privacy block for each field, and settings that say whose the event is |
//! | `avro` | Avro with tagged fields: `letgo.properties`, `confluent:tags` |
//! | `json-schema` | JSON Schema, draft 2020-12, with `x-pumice` and `confluent:tags` |
//!
//! Each becomes the same: a list of [`Field`]s and a [`Shape`]. What is not understood is refused, never ignored; what is passed over
//! because it can say nothing of fields is a [`Warning`].
//!
//! ```
//! use pumice::schema::{Format, Options, Schema};
//!
//! let document = br#"{"version": 1, "namespace": "messaging", "schema": {"name": "message_sent", "type": "record", "fields": [
//!     {"name": "to", "type": {"type": "string", "twilio_type": "phonenummer"}}]}}"#;
//! let schema = Schema::parse(document, Format::Registry, &Options::default())?;
//! assert_eq!(schema.fields[0].selector.to_string(), "to");
//! assert_eq!(schema.fields[0].kind, Some(pumice::policy::Kind::Phone));
//!
//! // Strict scrubbing refuses an event that is not what its schema says.
//! let policy = format!(r#"{{"pumice": 1, "fields": {{"to": "phone"}}, "shape": {}}}"#, schema.shape);
//! let scrubber = pumice::Scrubber::builder(policy.as_bytes()).build()?;
//! assert_eq!(scrubber.scrub(br#"{"to": "+11234567890"}"#)?, br#"{"to": "+1123456XXXX"}"#);
//! let error = scrubber.scrub(br#"{"to": 11234567890}"#).unwrap_err();
//! assert_eq!(error.to_string(), "shape_mismatch at to");
//! # Ok::<(), pumice::Error>(())
//! ```

mod avro;
mod graph;
mod json_schema;
mod note;
mod print;
mod privacy;
mod registry;

use crate::document::Node;
use crate::error::{At, Code, Error};
use crate::scalar::Kind;
use crate::selector::{Selector, Step};
pub use crate::shape::Shape;
use std::str::FromStr;

/// Largest schema that is read.
const MOST_BYTES: usize = 16 << 20;

/// The forms of schemas that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `registry`: a registry's schema with typed fields.
    Registry,
    /// `privacy`: an event schema with a privacy block for each field.
    Privacy,
    /// `avro`: an Avro schema with tagged fields.
    Avro,
    /// `json-schema`: JSON Schema, draft 2020-12.
    JsonSchema,
}

/// How the attributes are called that the format leaves to the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The attribute of a type that says what its values are; `twilio_type` by default.
    pub type_attribute: String,
    /// The attribute of an Avro field that holds its properties; `letgo.properties` by default.
    pub properties_attribute: String,
}

/// A schema, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// What the event is called.
    pub name: Option<String>,
    /// Which version of it this is.
    pub version: Option<String>,
    /// Every field at every place, in the order of the document; what is in an object or array comes after it. No two have one
    /// selector.
    pub fields: Vec<Field>,
    /// What an event of this schema looks like.
    pub shape: Shape,
    /// What was passed over, or taken to mean more than it says.
    pub warnings: Vec<Warning>,
}

/// A field, at one place of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it is in an event.
    pub selector: Selector,
    /// Where it is in the schema, as a JSON Pointer.
    pub pointer: String,
    /// What its values are to JSON.
    pub data_type: DataType,
    /// Whether it may be `null`.
    pub nullable: bool,
    /// Whether it is there in every event that has what it is in.
    pub required: bool,
    /// What its values are said to be.
    pub kind: Option<Kind>,
    /// Its own tags, each once; not those of what it is in.
    pub tags: Vec<String>,
    /// What it is part of, or stands for.
    pub entity: Option<String>,
    /// The field or entity that it belongs to.
    pub linked_to: Option<String>,
    /// Whether it says whose the event is.
    pub role: Option<Role>,
    /// What the schema itself asks to be done with it.
    pub handling: Option<Handling>,
    /// What it is, in words.
    pub doc: Option<String>,
}

/// What a value is to JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataType {
    /// A string
    String,
    /// A number without a fraction
    Integer,
    /// A number
    Number,
    /// `true` or `false`
    Boolean,
    /// A string that stands for bytes
    Bytes,
    /// An object whose members are fields
    Object,
    /// An array
    Array,
    /// An object whose keys are data
    Map,
    /// Only `null`
    Null,
    /// More than one of these, or anything
    Any,
}

/// What a field says of the whole event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Whose keys apply: the data controller.
    Account,
    /// Whose data it is: the data subject.
    Subject,
}

/// What a schema asks to be done with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handling {
    /// Redact it by its type.
    Obfuscate,
    /// Tokenize it.
    Tokenize,
    /// This rule of a policy, as JSON text.
    Rule(String),
}

/// What was noticed in a schema and is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub code: Code,
    /// Where, as a JSON Pointer into the schema.
    pub pointer: String,
}

impl Format {
    /// Every format with its name.
    pub const ALL: &'static [(&'static str, Format)] = &[
        ("registry", Format::Registry),
        ("privacy", Format::Privacy),
        ("avro", Format::Avro),
        ("json-schema", Format::JsonSchema),
    ];

    /// The format that a document is of, by what only it has.
    ///
    /// # Errors
    /// [`Code::SchemaSyntax`] at a byte offset; [`Code::SchemaFormat`] if it could be of none of them.
    pub fn detect(document: &[u8]) -> Result<Format, Error> {
        let top = Node::document(document).map_err(of_schema)?;
        if top.is_list() {
            return Ok(Format::Avro);
        }
        let members = top.object().map_err(of_schema)?;
        let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, node)| node);
        let word = |name| find(name).and_then(|node| node.string().ok()).unwrap_or_default();
        let has = |name: &str| find(name).is_some();
        if has("privacy_setting") {
            Ok(Format::Privacy)
        } else if find("schema").is_some_and(|schema| schema.is_object()) {
            Ok(Format::Registry)
        } else if has("fields") && matches!(word("type").as_str(), "record" | "error") {
            Ok(Format::Avro)
        } else if has("$schema")
            || has("properties")
            || has("$ref")
            || has("$defs")
            || word("type") == "object"
        {
            Ok(Format::JsonSchema)
        } else {
            Err(top.error(Code::SchemaFormat))
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    /// # Errors
    /// [`Code::SchemaFormat`]
    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Format::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, format)| *format).ok_or_else(|| Error::new(Code::SchemaFormat))
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            type_attribute: "twilio_type".to_owned(),
            properties_attribute: "letgo.properties".to_owned(),
        }
    }
}

impl Schema {
    /// Reads a schema of the format of this name, or of the one that is told by what is in it.
    ///
    /// # Errors
    /// [`Code::SchemaFormat`] if there is no format of the name; those of [`Format::detect`] and [`Schema::parse`]
    pub fn read(document: &[u8], format: Option<&str>, options: &Options) -> Result<Self, Error> {
        let format = format.map_or_else(|| Format::detect(document), str::parse)?;
        Schema::parse(document, format, options)
    }

    /// Reads a schema.
    ///
    /// # Errors
    /// At a byte offset: [`Code::SchemaSyntax`], and [`Code::SchemaTooLarge`] if there are more bytes than are read. Otherwise at a
    /// JSON Pointer into the document:
    /// - [`Code::SchemaShape`], [`Code::SchemaFormat`], [`Code::DuplicateKey`], [`Code::InvalidOption`] (of a number): it is not of its form;
    /// - [`Code::UnknownSchemaType`], [`Code::UnknownReference`], [`Code::CyclicReference`]: it says what is not there;
    /// - [`Code::UnsupportedKeyword`], [`Code::UnknownMember`], [`Code::UnknownType`], [`Code::UnknownAction`]: it says what is not
    ///   understood;
    /// - [`Code::DuplicateField`], [`Code::ContradictoryField`]: it says two things of one field;
    /// - [`Code::SchemaTooLarge`]: it has too many fields, levels or alternatives.
    pub fn parse(document: &[u8], format: Format, options: &Options) -> Result<Self, Error> {
        if document.len() > MOST_BYTES {
            return Err(Error::new(Code::SchemaTooLarge).at_place(At::Offset(MOST_BYTES)));
        }
        Self::read_as(&Node::document(document).map_err(of_schema)?, format, options).map_err(of_schema)
    }

    fn read_as(document: &Node<'_>, format: Format, options: &Options) -> Result<Self, Error> {
        let (name, version, mut graph) = match format {
            Format::Registry => {
                let (envelope, graph) = registry::read(document, options)?;
                (envelope.name, envelope.version, graph)
            }
            Format::Privacy => {
                let (envelope, graph) = privacy::read(document, options)?;
                (envelope.name, envelope.version, graph)
            }
            Format::Avro => {
                let (name, graph) = avro::read(document, None, options)?;
                (name, None, graph)
            }
            Format::JsonSchema => {
                let (name, graph) = json_schema::read(document, options)?;
                (name, None, graph)
            }
        };
        let fields = graph.fields()?;
        for field in &fields {
            let Some(link) = &field.linked_to else { continue };
            let is_linked = |other: &Field| other.entity.as_ref() == Some(link) || other.is_called(link);
            if !fields.iter().any(is_linked) {
                graph.warn(Code::UnknownReference, &field.pointer);
            }
        }
        Ok(Schema { name, version, shape: graph.shape(), fields, warnings: graph.warnings })
    }
}

impl Field {
    /// Whether this is its name, or its whole selector.
    fn is_called(&self, name: &str) -> bool {
        matches!(self.selector.steps().last(), Some(Step::Key(own)) if own == name)
            || self.selector.to_string() == name
    }
}

/// What is wrong with any document, as what is wrong with a schema.
fn of_schema(error: Error) -> Error {
    let code = match error.code() {
        Code::PolicySyntax => Code::SchemaSyntax,
        Code::PolicyShape => Code::SchemaShape,
        code => code,
    };
    Error::new(code).at_place(error.at().clone())
}
