//! Runs `vectors/schema.json`: schemas of every form, what is read of them, and what is refused.

use conformance::vectors::{self, Place, Text};
use pumice::schema::{Format, Options, Schema};
use pumice::{Code, Error};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// Found out if it is not said.
    format: Option<String>,
    schema: Option<Box<RawValue>>,
    /// A long one, in parts.
    text: Option<Text>,
    type_attribute: Option<String>,
    properties_attribute: Option<String>,
    out: Option<Value>,
    error: Option<String>,
    at: Option<Place>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

impl Row {
    fn document(&self) -> Vec<u8> {
        match (&self.schema, &self.text) {
            (Some(schema), None) => vectors::policy(schema).into_bytes(),
            (None, Some(text)) => text.bytes(),
            _ => panic!("a row has one schema"),
        }
    }

    fn read(&self) -> Result<Schema, Error> {
        let document = self.document();
        let mut options = Options::default();
        options.type_attribute = self.type_attribute.clone().unwrap_or(options.type_attribute);
        options.properties_attribute =
            self.properties_attribute.clone().unwrap_or(options.properties_attribute);
        let format = match &self.format {
            Some(format) => format.parse()?,
            None => Format::detect(&document)?,
        };
        Schema::parse(&document, format, &options)
    }

    fn check(&self) -> Result<(), String> {
        match self.read() {
            Ok(schema) => {
                let came: Value = serde_json::from_str(&schema.to_string()).unwrap();
                let due = self.out.clone().unwrap_or_default();
                if came == due { Ok(()) } else { Err(format!("came {schema}\n  due  {due}")) }
            }
            Err(error) => {
                let is_due =
                    self.error.as_deref() == Some(error.code().as_str()) && Place::of(&error) == self.at;
                let due = || format!("came {error}\n  due  {:?} {:?}", self.error, self.at);
                if is_due { Ok(()) } else { Err(due()) }
            }
        }
    }
}

#[test]
fn each_schema_is_read_as_it_should() {
    let mut wrong = Vec::new();
    for (section, rows) in vectors::read::<Row>("schema") {
        for (number, row) in rows.iter().enumerate() {
            if let Err(what) = row.check() {
                wrong.push(format!("{section}, row {number}\n  {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a schema is read as holds together: no two fields have one selector, and the shape is one that a policy takes.
#[test]
fn what_is_read_holds_together() {
    for row in vectors::read::<Row>("schema").into_values().flatten() {
        let Ok(schema) = row.read() else { continue };
        let selectors: HashSet<_> = schema.fields.iter().map(|field| &field.selector).collect();
        assert_eq!(selectors.len(), schema.fields.len());
        let policy = format!(r#"{{"pumice": 1, "fields": {{}}, "shape": {}}}"#, schema.shape);
        let policy = pumice::policy::Policy::parse(policy.as_bytes()).unwrap();
        assert_eq!(policy.shape.unwrap().to_string(), schema.shape.to_string());
    }
}

#[test]
fn every_code_of_a_schema_has_a_row() {
    let rows: Vec<Row> = vectors::read("schema").into_values().flatten().collect();
    let refused: HashSet<String> = rows.iter().filter_map(|row| row.error.clone()).collect();
    let warned: HashSet<&str> = rows
        .iter()
        .filter_map(|row| row.out.as_ref()?.get("warnings")?.as_array())
        .flatten()
        .filter_map(|warning| warning["code"].as_str())
        .collect();
    for code in [
        Code::SchemaSyntax,
        Code::SchemaShape,
        Code::SchemaFormat,
        Code::SchemaTooLarge,
        Code::UnknownSchemaType,
        Code::UnknownReference,
        Code::CyclicReference,
        Code::UnsupportedKeyword,
        Code::DuplicateField,
        Code::DuplicateKey,
        Code::UnknownMember,
        Code::ContradictoryField,
    ] {
        assert!(refused.contains(code.as_str()), "{code}");
    }
    for code in [Code::UnknownAttribute, Code::Widened, Code::UnknownReference] {
        assert!(warned.contains(code.as_str()), "{code}");
    }
}
