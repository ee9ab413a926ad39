//! The form of a registry of typed fields: an Avro record in an envelope that has its version and namespace. It knows no
//! types but those of Avro.
//!
//! ```json
//! {"version": 1, "namespace": "messaging",
//!  "schema": {"name": "message_sent", "type": "record", "fields": [
//!    {"name": "to", "type": {"type": "string", "twilio_type": "phonenummer"}}]}}
//! ```

use super::graph::Graph;
use super::{Options, avro};
use crate::document::Node;
use crate::error::{Code, Error};

/// What the envelope says.
pub(super) struct Envelope {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
}

pub(super) fn read(document: &Node<'_>, options: &Options) -> Result<(Envelope, Graph), Error> {
    let (mut version, mut namespace, mut schema) = (None, None, None);
    let mut passed = Vec::new();
    for (key, node) in document.object()? {
        match key.as_str() {
            "version" => version = Some(avro::version(&node)?),
            "namespace" => namespace = Some(node.string()?),
            "schema" => schema = Some(node),
            "doc" => {}
            _ => passed.push(node.pointer().to_owned()),
        }
    }
    let schema = schema.ok_or_else(|| document.error_at("schema", Code::SchemaShape))?;
    let (name, mut graph) = avro::read(&schema, namespace.as_deref(), options)?;
    passed.iter().for_each(|pointer| graph.warn(Code::UnknownAttribute, pointer));
    Ok((Envelope { name, version }, graph))
}
