//! Schemas beyond the vectors: those of the samples with events of theirs, and schemas of all sorts, right and wrong.

use conformance::arbitrary::{damage, spell};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use pumice::policy::Policy;
use pumice::schema::{DataType, Field, Format, Handling, Options, Role, Schema};
use pumice::{At, Code, Error, Scrubber};
use serde_json::{Value, json};

fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn sample(name: &str) -> Schema {
    let document = data(&format!("schemas/{name}"));
    let schema = Schema::parse(&document, Format::detect(&document).unwrap(), &Options::default()).unwrap();
    assert_eq!(schema.warnings, []);
    schema
}

/// Every field that the schema says something of, in a line.
fn noted(schema: &Schema) -> Vec<String> {
    let line = |field: &Field| {
        let words = [
            field.kind.map(|kind| kind.name().to_owned()),
            field.role.map(|role| role.name().to_owned()),
            field.entity.clone(),
            field.linked_to.as_ref().map(|link| format!("of {link}")),
            field.handling.as_ref().map(|handling| format!("{handling:?}")),
        ];
        let words: Vec<String> = words.into_iter().flatten().chain(field.tags.clone()).collect();
        (!words.is_empty()).then(|| format!("{}: {}", field.selector, words.join(", ")))
    };
    schema.fields.iter().filter_map(line).collect()
}

/// A policy that treats nothing and holds events to the schema.
fn strict(schema: &Schema) -> Scrubber {
    let policy = format!(r#"{{"pumice": 1, "fields": {{}}, "shape": {}}}"#, schema.shape);
    Scrubber::builder(policy.as_bytes()).build().unwrap()
}

fn refusal(scrubber: &Scrubber, event: &str) -> (Code, String) {
    let error = scrubber.scrub(event.as_bytes()).unwrap_err();
    (error.code(), error.at().to_string())
}

#[test]
fn the_messages_are_what_their_schema_says() {
    let schema = sample("messaging.registry.json");
    assert_eq!((schema.name.as_deref(), schema.version.as_deref()), (Some("message_sent"), Some("1")));
    assert_eq!(
        noted(&schema),
        [
            "account_id: account",
            "from: phone, phonenummer",
            "to: phone, phonenummer",
            "message_body: text, customertext",
            "media[*].url: text, customertext",
        ]
    );
    let scrubber = strict(&schema);
    let events = String::from_utf8(data("messaging.ndjson")).unwrap();
    assert!(events.lines().count() >= 2000);
    for event in events.lines() {
        assert_eq!(scrubber.scrub(event.as_bytes()).as_deref(), Ok(event.as_bytes()));
    }
    let event = events.lines().next().unwrap();
    for (from, to, code, at) in [
        (r#""from":"+11234567890""#, r#""from":11234567890"#, Code::ShapeMismatch, "from"),
        (r#""from":"+11234567890","#, "", Code::FieldMissing, "from"),
        (r#""num_segments":1"#, r#""num_segments":1.5"#, Code::ShapeMismatch, "num_segments"),
        (
            r#""num_segments":1"#,
            r#""num_segments":1,"media":[{"type":"x"}]"#,
            Code::FieldMissing,
            "media[*].url",
        ),
    ] {
        let other = event.replace(from, to);
        assert_ne!(other, event);
        assert_eq!(refusal(&scrubber, &other), (code, at.to_owned()));
    }
}

#[test]
fn the_commerce_sample_says_whose_and_how() {
    let schema = sample("commerce.privacy.json");
    assert_eq!((schema.name.as_deref(), schema.version.as_deref()), (Some("checkout_started"), Some("4")));
    assert_eq!(
        noted(&schema),
        [
            "shop_id: account",
            "customer.email: email, subject, Tokenize, email",
            "customer.phone: phone, Obfuscate, phone",
            "customer.name: Tokenize, name",
            "ip: ip, Obfuscate, ip",
            "user_agent: user_agent, Obfuscate, user_agent",
            "location: coordinate, Obfuscate, coordinate",
        ]
    );
    let scrubber = strict(&schema);
    let event = r#"{"shop_id":"s1","checkout_id":"c1","customer":{"email":"john@gmail.com","phone":null},"ip":"207.164.33.12","user_agent":"x","lines":[{"product_id":1,"price":89.00,"quantity":1}],"total":89.00,"started_at":1772460511}"#;
    assert_eq!(scrubber.scrub(event.as_bytes()).as_deref(), Ok(event.as_bytes()));
    let other = event.replace(r#""quantity":1"#, r#""quantity":"1""#);
    assert_eq!(refusal(&scrubber, &other), (Code::ShapeMismatch, "lines[*].quantity".to_owned()));
    let other = event.replace(r#""email":"john@gmail.com","#, "");
    assert_eq!(refusal(&scrubber, &other), (Code::FieldMissing, "customer.email".to_owned()));
}

#[test]
fn the_marketplace_sample_finds_both_users() {
    let schema = sample("marketplace.avro.json");
    let user = |at: &str| {
        [
            format!("{at}.id: user, IDENTIFIER"),
            format!("{at}.email: email, email, of id, PII"),
            format!("{at}.phone: phone, phone, of id, PII"),
            format!("{at}.lat: coordinate, latitude, of id, LOCATION"),
            format!("{at}.lon: coordinate, longitude, of id, LOCATION"),
        ]
    };
    let due: Vec<String> = ["listing_id: listing".to_owned()]
        .into_iter()
        .chain(user("buyer"))
        .chain(user("seller"))
        .chain(["message: text, text, of user, PII".to_owned()])
        .collect();
    assert_eq!(noted(&schema), due);
    let attributes = schema.fields.iter().find(|field| field.selector.to_string() == "attributes").unwrap();
    assert_eq!(
        (attributes.data_type, attributes.required, attributes.nullable),
        (DataType::Map, false, false)
    );
    let scrubber = strict(&schema);
    let event = r#"{"event_name":"listing_contacted","listing_id":7,"buyer":{"id":"u1","email":"john@gmail.com","lat":45.4215,"lon":-75.6972},"seller":{"id":"u2","phone":null},"message":"Hi","attributes":{"color":"red"},"created_at":1772460511000}"#;
    assert_eq!(scrubber.scrub(event.as_bytes()).as_deref(), Ok(event.as_bytes()));
    let other = event.replace(r#""red""#, "7");
    assert_eq!(refusal(&scrubber, &other), (Code::ShapeMismatch, "attributes.*".to_owned()));
}

/// What is read of a schema is the same for those who ask for members as for those who print it.
#[test]
fn what_is_noted_has_types() {
    let schema = sample("commerce.privacy.json");
    let email = schema.fields.iter().find(|field| field.selector.to_string() == "customer.email").unwrap();
    assert_eq!((email.role, &email.handling), (Some(Role::Subject), &Some(Handling::Tokenize)));
    let printed: Value = serde_json::from_str(&schema.to_string()).unwrap();
    assert_eq!(printed["fields"].as_array().unwrap().len(), schema.fields.len());
    assert_eq!(Format::Registry.to_string().parse(), Ok(Format::Registry));
    assert_eq!("protobuf".parse::<Format>().unwrap_err().code(), Code::SchemaFormat);
}

/// A schema nested as deep as documents go, or deeper by references, has a shape that a policy takes.
#[test]
fn deep_schemas_have_shapes_that_policies_take() {
    let nested = (0..60)
        .fold(json!({"type": "string"}), |inner, _| json!({"type": "object", "properties": {"a": inner}}));
    let linked: serde_json::Map<String, Value> = (0..100)
        .map(|i| {
            let next = json!({"$ref": format!("#/$defs/{}", i + 1)});
            (i.to_string(), json!({"type": "object", "properties": {"a": next}}))
        })
        .chain([("100".to_owned(), json!({"type": "integer"}))])
        .collect();
    let linked = json!({"$ref": "#/$defs/0", "$defs": linked});
    for (document, depth) in [(nested, 60), (linked, 100)] {
        let document = document.to_string();
        let schema = Schema::parse(document.as_bytes(), Format::JsonSchema, &Options::default()).unwrap();
        assert_eq!(schema.fields.len(), depth);
        let scrubber = strict(&schema);
        let event = "{\"a\":".repeat(depth) + "true" + &"}".repeat(depth);
        assert_eq!(refusal(&scrubber, &event), (Code::ShapeMismatch, vec!["a"; depth].join(".")));
    }
    let endless: serde_json::Map<String, Value> = (0..200)
        .map(|i| (format!("{i}"), json!({"properties": {"a": {"$ref": format!("#/$defs/{}", i + 1)}}})))
        .collect();
    let document = json!({"$ref": "#/$defs/0", "$defs": endless}).to_string();
    let error = Schema::parse(document.as_bytes(), Format::JsonSchema, &Options::default()).unwrap_err();
    assert_eq!(error.code(), Code::UnknownReference);
}

const WORDS: &[&str] = &[
    "type",
    "name",
    "fields",
    "items",
    "values",
    "symbols",
    "namespace",
    "default",
    "doc",
    "schema",
    "version",
    "privacy_setting",
    "data_controller",
    "data_subject",
    "privacy",
    "kind",
    "handling",
    "required",
    "nullable",
    "properties",
    "$ref",
    "$defs",
    "allOf",
    "anyOf",
    "oneOf",
    "patternProperties",
    "additionalProperties",
    "prefixItems",
    "unevaluatedProperties",
    "$id",
    "$anchor",
    "$schema",
    "title",
    "confluent:tags",
    "x-pumice",
    "x-pumice-role",
    "twilio_type",
    "letgo.properties",
    "entity",
    "linked_to",
    "logicalType",
    "if",
    "not",
    "a",
    "b",
    "0",
];

const TEXTS: &[&str] = &[
    "record",
    "string",
    "int",
    "long",
    "double",
    "null",
    "boolean",
    "bytes",
    "array",
    "map",
    "enum",
    "fixed",
    "object",
    "integer",
    "number",
    "a",
    "b",
    "e",
    "n.e",
    "#",
    "#/$defs/a",
    "#/$defs/b",
    "#/properties/a",
    "#a",
    "#/allOf/0",
    "phonenummer",
    "email",
    "phone",
    "obfuscate",
    "tokenize",
    "account",
    "a.b",
    "https://json-schema.org/draft/2020-12/schema",
    "",
];

/// Documents of the words of all forms, in any order.
fn document() -> impl Strategy<Value = String> {
    let text = || select(TEXTS).prop_map(|text| spell(text, &[7]));
    let leaf = prop_oneof![6 => text(), 1 => select(vec!["7", "-1", "true", "false", "null", "{}", "[]"]).prop_map(str::to_owned)];
    leaf.prop_recursive(8, 128, 6, move |inner| {
        let member = (select(WORDS), inner.clone()).prop_map(|(key, value)| format!("{}:{value}", spell(key, &[7])));
        let field = (select(vec!["a", "b", "c"]), inner.clone())
            .prop_map(|(name, of)| format!(r#"{{"name":"{name}","type":{of}}}"#));
        let named = (select(vec!["a", "b"]), inner.clone()).prop_map(|(name, of)| format!(r#""{name}":{of}"#));
        prop_oneof![
            3 => vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            2 => vec(inner.clone(), 0..4).prop_map(|elements| format!("[{}]", elements.join(","))),
            2 => (select(vec!["a", "b", "e"]), vec(field, 0..3))
                .prop_map(|(name, fields)| format!(r#"{{"type":"record","name":"{name}","fields":[{}]}}"#, fields.join(","))),
            3 => (vec(named.clone(), 0..3), vec(named, 0..2), vec(inner, 0..3)).prop_map(|(properties, defs, any)| format!(
                r#"{{"properties":{{{}}},"$defs":{{{}}},"anyOf":[{{}}{}]}}"#, properties.join(","), defs.join(","),
                any.iter().map(|one| format!(",{one}")).collect::<String>())),
        ]
    })
}

/// Whatever a document is: it is read or refused, and what is read holds together.
fn read(document: &[u8]) -> Result<(), TestCaseError> {
    let wraps =
        [("", ""), (r#"{"version":1,"schema":"#, "}"), (r#"{"privacy_setting":{},"fields":{"a":"#, "}}")];
    for (_, format) in Format::ALL {
        for (before, after) in wraps {
            let document = [before.as_bytes(), document, after.as_bytes()].concat();
            match Schema::parse(&document, *format, &Options::default()) {
                Ok(schema) => {
                    let selectors: std::collections::HashSet<_> =
                        schema.fields.iter().map(|field| &field.selector).collect();
                    prop_assert_eq!(selectors.len(), schema.fields.len());
                    let policy = format!(r#"{{"pumice":1,"fields":{{}},"shape":{}}}"#, schema.shape);
                    let policy = Policy::parse(policy.as_bytes()).unwrap();
                    prop_assert_eq!(policy.shape.unwrap().to_string(), schema.shape.to_string());
                    let whole: Result<Value, _> = serde_json::from_slice(&document);
                    let whole = whole.unwrap();
                    for field in &schema.fields {
                        prop_assert!(whole.pointer(&field.pointer).is_some(), "{}", field.pointer);
                        prop_assert_eq!(field.selector.to_string().parse(), Ok(field.selector.clone()));
                    }
                }
                Err(error) => prop_assert!(is_placed(&error, &document), "{error}"),
            }
        }
    }
    let _ = Format::detect(document);
    Ok(())
}

/// Whether an error points to where it says, or to a member that is missing there.
fn is_placed(error: &Error, document: &[u8]) -> bool {
    match error.at() {
        At::Policy(pointer) => {
            let whole: Value = serde_json::from_slice(document).unwrap();
            let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
            whole.pointer(pointer).is_some() || whole.pointer(around).is_some()
        }
        At::Offset(offset) => *offset <= document.len(),
        _ => false,
    }
}

proptest! {
    #[test]
    fn documents_are_read_or_refused(document in document()) {
        read(document.as_bytes())?;
    }

    #[test]
    fn damaged_samples_are_read_or_refused(
        name in select(vec!["messaging.registry", "commerce.privacy", "marketplace.avro"]),
        damage in vec(damage(), 1..4),
    ) {
        let mut document = data(&format!("schemas/{name}.json"));
        damage.iter().for_each(|damage| damage.to(&mut document));
        read(&document)?;
    }
}

/// The page of schemas names every code and shows a policy that holds events to its shape.
#[test]
fn the_page_of_schemas_holds() {
    let page = include_str!("../../docs/SCHEMAS.md");
    let policy = page.split("```json\n").nth(1).unwrap().split("\n```").next().unwrap();
    let scrubber = Scrubber::builder(policy.as_bytes()).build().unwrap();
    let scrubbed = scrubber.scrub(br#"{"to":"+11234567890","price":null,"media":[{"url":"u"}]}"#);
    assert_eq!(scrubbed.as_deref(), Ok(&br#"{"to":"+1123456XXXX","price":null,"media":[{"url":"u"}]}"#[..]));
    for (event, code, at) in [
        (r#"{"price":1}"#, Code::FieldMissing, "to"),
        (r#"{"to":"911","media":[{"url":"u","x":1}]}"#, Code::FieldUnknown, "media[*].*"),
        (r#"{"to":"911","price":"1"}"#, Code::ShapeMismatch, "price"),
        (r#"{"to":"911","new":1}"#, Code::UnlistedField, "byte 18"),
    ] {
        assert_eq!(refusal(&scrubber, event), (code, at.to_owned()));
    }
    let first = Code::ALL.iter().position(|code| *code == Code::SchemaShape).unwrap();
    let last = Code::ALL.iter().position(|code| *code == Code::Widened).unwrap();
    for code in &Code::ALL[first..=last] {
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
}
