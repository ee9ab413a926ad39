//! A schema as it was read, as JSON for people and programs; what is not said is not there.

use super::{DataType, Field, Format, Handling, Role, Schema};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;

#[derive(Serialize)]
struct SchemaView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    fields: Vec<FieldView<'a>>,
    shape: Box<RawValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningView<'a>>,
}

#[derive(Serialize)]
struct FieldView<'a> {
    selector: String,
    at: &'a str,
    #[serde(rename = "type")]
    data_type: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    nullable: bool,
    #[serde(skip_serializing_if = "is_false")]
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handling: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc: Option<&'a str>,
}

#[derive(Serialize)]
struct WarningView<'a> {
    code: &'static str,
    at: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(what: &bool) -> bool {
    !what
}

impl fmt::Display for Schema {
    /// An object: `name`, `version`, `fields`, `shape`, `warnings`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.view().and_then(|view| serde_json::to_string(&view)).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl Schema {
    fn view(&self) -> Result<SchemaView<'_>, serde_json::Error> {
        let warnings = self.warnings.iter();
        Ok(SchemaView {
            name: self.name.as_deref(),
            version: self.version.as_deref(),
            fields: self.fields.iter().map(Field::view).collect::<Result<_, _>>()?,
            shape: RawValue::from_string(self.shape.to_string())?,
            warnings: warnings
                .map(|warning| WarningView { code: warning.code.as_str(), at: &warning.pointer })
                .collect(),
        })
    }
}

impl Field {
    fn view(&self) -> Result<FieldView<'_>, serde_json::Error> {
        let handling = self.handling.as_ref().map(|handling| match handling {
            Handling::Obfuscate => r#""obfuscate""#.to_owned(),
            Handling::Tokenize => r#""tokenize""#.to_owned(),
            Handling::Rule(rule) => format!(r#"{{"rule":{rule}}}"#),
        });
        Ok(FieldView {
            selector: self.selector.to_string(),
            at: &self.pointer,
            data_type: self.data_type.name(),
            nullable: self.nullable,
            required: self.required,
            kind: self.kind.map(crate::scalar::Kind::name),
            tags: &self.tags,
            entity: self.entity.as_deref(),
            linked_to: self.linked_to.as_deref(),
            role: self.role.map(Role::name),
            handling: handling.map(RawValue::from_string).transpose()?,
            doc: self.doc.as_deref(),
        })
    }
}

impl DataType {
    /// Its name: `string`, `integer`, `number`, `boolean`, `bytes`, `object`, `array`, `map`, `null` or `any`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DataType::String => "string",
            DataType::Integer => "integer",
            DataType::Number => "number",
            DataType::Boolean => "boolean",
            DataType::Bytes => "bytes",
            DataType::Object => "object",
            DataType::Array => "array",
            DataType::Map => "map",
            DataType::Null => "null",
            DataType::Any => "any",
        }
    }
}

impl Role {
    /// Its name: `account` or `subject`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Account => "account",
            Role::Subject => "subject",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Format::ALL.iter().find(|(_, format)| format == self);
        f.write_str(found.map(|(name, _)| *name).ok_or(fmt::Error)?)
    }
}
