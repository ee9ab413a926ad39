//! What becomes of columns as such: their types, what is passed on, what goes, and what is refused.

use crate::{agree, batch, column, events, read, scrubber};
use arrow_array::builder::{Int64Builder, MapBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    DurationSecondArray, FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray,
    ListArray, ListViewArray, MapArray, NullArray, RecordBatch, RecordBatchOptions, RunArray, StringArray,
    StringViewArray, StructArray, UnionArray, new_empty_array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields, Metadata, Schema, UnionFields};
use pumice::{At, BatchOptions, Code, Error, Redactor, Scrubber};
use serde_json::json;
use std::sync::Arc;

const EVENTS: &[u8] = br#"
{"from":"+11234567890","to":"+351234567890","n":1,"user":{"email":"john@gmail.com","age":7},"tags":["x","y"]}
{"from":"canary","to":null,"n":2,"user":{"email":"canary","age":8},"tags":[]}
{"from":null,"to":"911","n":3,"user":null,"tags":["canary"]}
"#;

fn same(a: &ArrayRef, b: &ArrayRef) -> bool {
    Arc::ptr_eq(a, b)
}

fn strings() -> ArrayRef {
    Arc::new(StringArray::from(vec![Some("+11234567890"), Some("canary"), None]))
}

fn fails(scrubber: &Scrubber, batch: &RecordBatch, strict: bool) -> Error {
    let error = scrubber.worker().scrub_batch(batch, BatchOptions { strict }).unwrap_err();
    assert_eq!(scrubber.report().refused, batch.num_rows() as u64);
    for shown in [format!("{error:?}"), error.to_string(), format!("{scrubber:?} {:?}", scrubber.worker())] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    error
}

fn rule(selector: &str) -> At {
    At::Rule(selector.to_owned())
}

fn map(keys: &[&str], values: ArrayRef, lengths: &[usize]) -> ArrayRef {
    map_of(Arc::new(StringArray::from(keys.to_vec())), values, lengths)
}

fn map_of(keys: ArrayRef, values: ArrayRef, lengths: &[usize]) -> ArrayRef {
    let [key, value] = [("keys", &keys), ("values", &values)]
        .map(|(name, array)| Field::new(name, array.data_type().clone(), name == "values"));
    let entries = StructArray::new(vec![key, value].into(), vec![keys, values], None);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Arc::new(MapArray::new(field, offsets, entries, None, false))
}

/// Events are held to a shape, columns are not: so they do not come out.
#[test]
fn a_policy_with_a_shape_takes_no_columns() {
    let scrubber = scrubber(r#"{"pumice": 1, "fields": {"from": "phone"}, "shape": "object"}"#);
    let error = fails(&scrubber, &batch(EVENTS), false);
    assert_eq!((error.code(), error.at()), (Code::ShapeNeedsEvents, &At::Nowhere));
    let schema = batch(EVENTS).schema();
    let error = scrubber.scrub_schema(&schema, BatchOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::ShapeNeedsEvents);
}

#[test]
fn what_no_rule_treats_is_passed_on() {
    let batch = batch(EVENTS);
    let policy =
        r#"{"pumice": 1, "fields": {"user.email": "email", "to": {"action": "keep"}, "tags[*].x": "text"}}"#;
    let scrubbed = scrubber(policy).scrub_batch(&batch).unwrap();
    assert_eq!(scrubbed.schema(), batch.schema());
    for name in ["from", "to", "n", "tags"] {
        let place = batch.schema().index_of(name).unwrap();
        assert!(same(scrubbed.column(place), batch.column(place)), "{name}");
    }
    let age = |batch: &RecordBatch| {
        batch.column_by_name("user").unwrap().as_struct().column_by_name("age").unwrap().clone()
    };
    assert!(same(&age(&scrubbed), &age(&batch)));
    let untouched = scrubber(r#"{"pumice": 1, "fields": {}}"#).scrub_batch(&batch).unwrap();
    assert!(untouched.columns().iter().zip(batch.columns()).all(|(a, b)| same(a, b)));
}

#[test]
fn a_part_of_a_column_is_all_that_is_seen() {
    let batch = batch(EVENTS).slice(0, 1);
    let policy = r#"{"pumice": 1, "fields": {"from": {"type": "phone", "on_invalid": "fail"},
        "user.email": {"type": "email", "on_invalid": "fail"}, "tags[*]": "text"}}"#;
    agree(|| scrubber(policy), &batch);
}

#[test]
fn types_follow_from_types() {
    let user_agent = DataType::Struct(
        ["family", "os"].map(|name| Field::new(name, DataType::Utf8, true)).into_iter().collect(),
    );
    let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int16), Box::new(values));
    let runs = |values| {
        let ends = Field::new("run_ends", DataType::Int32, false);
        DataType::RunEndEncoded(Arc::new(ends), Arc::new(Field::new("values", values, true)))
    };
    let decimal = DataType::Decimal128(9, 6);
    for (rule, from, to) in [
        (r#""phone""#, DataType::Utf8, DataType::Utf8),
        (r#""phone""#, DataType::LargeUtf8, DataType::LargeUtf8),
        (r#""email""#, DataType::Utf8View, DataType::Utf8View),
        (r#""ip""#, dictionary(DataType::LargeUtf8), dictionary(DataType::LargeUtf8)),
        (r#""text""#, runs(DataType::Utf8View), DataType::Utf8View),
        (r#""phone""#, DataType::Int64, DataType::Utf8),
        (r#""phone""#, dictionary(DataType::Int64), DataType::Utf8),
        (r#""phone""#, DataType::Date32, DataType::Utf8),
        (r#""text""#, DataType::Binary, DataType::Utf8),
        (r#""email""#, DataType::Null, DataType::Utf8),
        (r#""coordinate""#, DataType::Float32, DataType::Float32),
        (r#""coordinate""#, decimal.clone(), decimal.clone()),
        (r#""coordinate""#, dictionary(DataType::Float64), DataType::Float64),
        (r#""coordinate""#, DataType::LargeUtf8, DataType::LargeUtf8),
        (r#"{"type":"user_agent","fields":["os","family"]}"#, dictionary(DataType::Utf8), user_agent.clone()),
        (r#"{"type":"user_agent","fields":["os","family"]}"#, DataType::Int8, user_agent),
        (r#"{"action":"replace","value":"x"}"#, DataType::LargeUtf8, DataType::LargeUtf8),
        (r#"{"action":"replace","value":"x"}"#, DataType::Int8, DataType::Utf8),
        (r#"{"action":"replace","value":7}"#, DataType::UInt8, DataType::UInt8),
        (r#"{"action":"replace","value":-7}"#, DataType::UInt8, DataType::Int64),
        (r#"{"action":"replace","value":0.5}"#, DataType::Int8, DataType::Float64),
        (r#"{"action":"replace","value":0.5}"#, decimal.clone(), decimal.clone()),
        (r#"{"action":"replace","value":1000.5}"#, decimal.clone(), DataType::Float64),
        (r#"{"action":"replace","value":false}"#, DataType::Utf8, DataType::Boolean),
        (r#"{"action":"replace","value":null}"#, DataType::Date32, DataType::Date32),
        (r#"{"action":"keep"}"#, runs(DataType::Utf8), runs(DataType::Utf8)),
    ] {
        let scrubber = scrubber(&format!(r#"{{"pumice": 1, "fields": {{"v": {rule}}}}}"#));
        let array = arrow_array::new_null_array(&from, 3);
        let scrubbed = scrubber.scrub_batch(&column("v", array)).unwrap();
        assert_eq!(scrubbed.column(0).data_type(), &to, "{rule} of {from}");
        // And with no rows at all.
        let scrubbed = scrubber.scrub_batch(&column("v", new_empty_array(&from))).unwrap();
        assert_eq!((scrubbed.column(0).data_type(), scrubbed.num_rows()), (&to, 0));
    }
}

#[test]
fn constants_stand_where_values_stood() {
    let batch = batch(EVENTS);
    for value in [r#""x""#, "7", "-0.5", "true", "null"] {
        let policy = format!(
            r#"{{"pumice": 1, "fields": {{"n": {{"action": "replace", "value": {value}}}, "user.age": {{"action": "replace", "value": {value}}},
                "tags[*]": {{"action": "replace", "value": {value}}}}}}}"#
        );
        agree(|| scrubber(&policy), &batch);
    }
    for value in ["{}", "[1]"] {
        let policy =
            format!(r#"{{"pumice": 1, "fields": {{"n": {{"action": "replace", "value": {value}}}}}}}"#);
        let error = fails(&scrubber(&policy), &batch, false);
        assert_eq!((error.code(), error.at()), (Code::ColumnType, &rule("n")));
    }
}

#[test]
fn a_dictionary_is_read_once_and_has_each_answer_once() {
    let texts = ["+11234567890", "+11234567891", "canary", "+11234567890", "+11239999999"].map(Some);
    let dictionary: DictionaryArray<Int32Type> = texts.into_iter().chain([None]).collect();
    let policy = r#"{"pumice": 1, "fields": {"v": "phone"}}"#;
    let make = || scrubber(policy);
    let batch = column("v", Arc::new(dictionary));
    agree(make, &batch);
    let scrubbed = make().scrub_batch(&batch).unwrap();
    let values = scrubbed.column(0).as_any_dictionary().values().as_string::<i32>();
    assert_eq!(values.iter().flatten().collect::<Vec<_>>(), ["+1123456XXXX", "+1123999XXXX"]);
    // What stands in no row is not read.
    let scrubbed = make().scrub_batch(&batch.slice(0, 2)).unwrap();
    assert_eq!(scrubbed.column(0).as_any_dictionary().values().len(), 1);
    let strict = r#"{"pumice": 1, "fields": {"v": {"type": "phone", "on_invalid": "fail"}}}"#;
    agree(|| scrubber(strict), &batch.slice(0, 2));
    assert_eq!(fails(&scrubber(strict), &batch, false).line(), Some(3));
    let runs: RunArray<Int32Type> = texts.into_iter().chain([None]).collect();
    agree(make, &column("v", Arc::new(runs)));
}

#[test]
fn what_cannot_be_read_is_null_or_refused() {
    let columns: Vec<(ArrayRef, u64)> = vec![
        (Arc::new(BinaryArray::from(vec![Some(&b"+11234567890"[..]), None])), 1),
        (Arc::new(Date32Array::from(vec![Some(1), None])), 1),
        (Arc::new(BooleanArray::from(vec![Some(true), None])), 1),
        (Arc::new(Int64Array::from(vec![Some(-5), None])), 1),
        (Arc::new(Float64Array::from(vec![Some(f64::NAN), None])), 1),
        (Arc::new(Float64Array::from(vec![Some(f64::INFINITY), Some(1.5)])), 2),
        (Arc::new(NullArray::new(2)), 0),
    ];
    for (array, invalid) in columns {
        let batch = column("v", array);
        for on_invalid in ["null", "drop"] {
            let policy = format!(
                r#"{{"pumice": 1, "fields": {{"v": {{"type": "phone", "on_invalid": "{on_invalid}"}}}}}}"#
            );
            let scrubber = scrubber(&policy);
            let scrubbed = scrubber.scrub_batch(&batch).unwrap();
            assert_eq!(scrubbed.column(0).null_count(), 2);
            let row = &scrubber.report().rules[0];
            assert_eq!((row.treated, row.invalid, row.null, row.absent), (0, invalid, 2 - invalid, 0));
        }
        let scrubber = scrubber(r#"{"pumice": 1, "fields": {"v": {"type": "phone", "on_invalid": "fail"}}}"#);
        if invalid == 0 {
            assert!(scrubber.scrub_batch(&batch).is_ok());
        } else {
            let error = fails(&scrubber, &batch, false);
            assert_eq!((error.code(), error.at(), error.line()), (Code::InvalidValue, &rule("v"), Some(1)));
        }
    }
    let policy = r#"{"pumice": 1, "fields": {"tags[*]": {"type": "phone", "on_invalid": "fail"}}}"#;
    let error = fails(&scrubber(policy), &batch(EVENTS).slice(1, 2), false);
    assert_eq!((error.line(), error.to_string()), (Some(2), "invalid_value on line 2 at tags[*]".to_owned()));
}

#[test]
fn strict_says_which_rule_finds_nothing() {
    let batch = batch(EVENTS);
    for (policy, code, at) in [
        (r#"{"fields": {"from": "phone", "form": "phone"}}"#, Code::ColumnMissing, rule("form")),
        (r#"{"fields": {"user.name": "text"}}"#, Code::ColumnMissing, rule("user.name")),
        (r#"{"fields": {"from.x": "text"}}"#, Code::ColumnMissing, rule("from.x")),
        (r#"{"fields": {"tags.x": "text"}}"#, Code::ColumnMissing, rule("tags.x")),
        (r#"{"fields": {"user[*]": "text"}}"#, Code::ColumnMissing, rule("user[*]")),
        (
            r#"{"fields": {"user": {"action": "drop"}, "user.age": "text"}}"#,
            Code::ColumnMissing,
            rule("user.age"),
        ),
        (r#"{"fields": {"n": "email"}}"#, Code::ColumnType, rule("n")),
        (r#"{"fields": {"user": "email"}}"#, Code::ColumnType, rule("user")),
    ] {
        let policy = policy.replacen('{', "{\"pumice\": 1, ", 1);
        let error = fails(&scrubber(&policy), &batch, true);
        assert_eq!((error.code(), error.at()), (code, &at), "{policy}");
        assert!(scrubber(&policy).scrub_batch(&batch).is_ok());
        let schema = scrubber(&policy).scrub_schema(batch.schema_ref(), BatchOptions { strict: true });
        assert_eq!(schema.unwrap_err(), error);
    }
    let policy = r#"{"pumice": 1, "fields": {"from": "phone", "**.email": "email", "tags[*]": "text", "n": "phone",
        "m.x": "text"}}"#;
    let mut columns: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(f, c)| (f.name().clone(), c.clone()))
        .collect();
    columns.push(("m".to_owned(), map(&["y"], Arc::new(StringArray::from(vec!["z"])), &[1, 0, 0])));
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
    let strict = scrubber(policy).worker().scrub_batch(&batch, BatchOptions { strict: true }).unwrap();
    assert_eq!(strict, scrubber(policy).scrub_batch(&batch).unwrap());
}

#[test]
fn what_no_rule_names_goes() {
    let policy = r#"{"pumice": 1, "unlisted": "drop", "fields": {"user.email": "email", "n": {"action": "keep"},
        "m.a": {"action": "keep"}}}"#;
    let values: ArrayRef = Arc::new(StringArray::from(vec!["1", "canary", "2", "canary"]));
    let map = map(&["a", "b", "a", "c"], values, &[2, 0, 2]);
    let batch = batch(EVENTS);
    let columns = ["n", "user", "from"].map(|name| (name, batch.column_by_name(name).unwrap().clone(), true));
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().chain([("m", map, true)])).unwrap();
    let scrubber = scrubber(policy);
    let scrubbed = scrubber.scrub_batch(&batch).unwrap();
    let came: Vec<_> = events(&scrubbed).iter().map(|event| read(event.as_bytes())).collect();
    assert_eq!(
        came,
        [
            json!({"n": "1", "user": {"email": "j***@gmail.com"}, "m": {"a": "1"}}),
            json!({"n": "2", "user": {}, "m": {}}),
            json!({"n": "3", "m": {"a": "2"}}),
        ]
    );
    // Three of the column, one for each age, two of the map.
    assert_eq!(scrubber.report().unlisted_dropped, 3 + 2 + 2);
}

#[test]
fn what_no_rule_names_is_refused() {
    let batch = batch(EVENTS);
    let named = r#""from": "phone", "to": "phone", "n": {"action": "keep"}, "tags": {"action": "drop"}"#;
    let policy = |more: &str| format!(r#"{{"pumice": 1, "unlisted": "fail", "fields": {{{named}{more}}}}}"#);
    let place = batch.schema().index_of("user").unwrap();
    let refused = |policy: &str, batch: &RecordBatch, at: At, line| {
        let error = fails(&scrubber(policy), batch, false);
        assert_eq!((error.code(), error.at(), error.line()), (Code::UnlistedField, &at, line), "{policy}");
        error
    };
    let error = refused(&policy(""), &batch, At::Column(place), None);
    assert_eq!(error.to_string(), format!("unlisted_field at column {place}"));
    refused(&policy(r#", "user.email": "text""#), &batch, At::Column(place), None);
    refused(&policy(""), &batch.slice(0, 0), At::Column(place), None);
    let all = policy(r#", "user.email": "text", "user.age": {"action": "drop"}"#);
    agree(|| scrubber(&all), &batch.slice(0, 2));
    // What is in a map is known only with its rows.
    let values: ArrayRef = Arc::new(StringArray::from(vec!["1", "2", "canary"]));
    let batch = column("m", map(&["a", "a", "canary"], values, &[1, 0, 2]));
    let policy = r#"{"pumice": 1, "unlisted": "fail", "fields": {"m.a": {"action": "keep"}}}"#;
    agree(|| scrubber(policy), &batch.slice(0, 2));
    refused(policy, &batch, At::Nowhere, Some(3));
}

#[test]
fn columns_that_cannot_be_as_the_rule_says_are_refused() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["canary", "canary"]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let element = Arc::new(Field::new("item", DataType::Utf8, true));
    let (offsets, sizes) = (ScalarBuffer::from(vec![0, 1]), ScalarBuffer::from(vec![1, 1]));
    let view: ArrayRef = Arc::new(ListViewArray::new(element, offsets, sizes, texts.clone(), None));
    let variants = UnionFields::try_new([0], [Field::new("s", DataType::Utf8, true)]).unwrap();
    let union = UnionArray::try_new(variants, vec![0, 0].into(), None, vec![texts.clone()]).unwrap();
    let union: ArrayRef = Arc::new(union);
    for (array, selector, action) in [
        (map(&["x", "y"], numbers.clone(), &[1, 1]), "v.x", r#""phone""#),
        (map(&["x", "y"], texts.clone(), &[1, 1]), "v.x", r#""user_agent""#),
        (map(&["x", "y"], texts.clone(), &[1, 1]), "v.x", r#"{"action":"replace","value":1}"#),
        (view.clone(), "v[*]", r#""text""#),
        (union.clone(), "v", r#""text""#),
        (union.clone(), "**", r#""text""#),
        (texts.clone(), "**", r#"{"action":"drop"}"#),
        (texts.clone(), "**", r#"{"action":"replace","value":"x"}"#),
    ] {
        let policy = format!(r#"{{"pumice": 1, "fields": {{"{selector}": {action}}}}}"#);
        let error = fails(&scrubber(&policy), &column("v", array), false);
        assert_eq!((error.code(), error.at()), (Code::ColumnType, &rule(selector)), "{policy}");
    }
    // They may go, and stay.
    for array in [view, union] {
        let keep = scrubber(r#"{"pumice": 1, "fields": {"w": "text", "v.x": "text"}}"#);
        assert!(same(keep.scrub_batch(&column("v", array.clone())).unwrap().column(0), &array));
        for policy in [r#""fields": {"v": {"action": "drop"}}"#, r#""unlisted": "drop", "fields": {}"#] {
            let dropped = scrubber(&format!(r#"{{"pumice": 1, {policy}}}"#));
            assert_eq!(dropped.scrub_batch(&column("v", array.clone())).unwrap().num_columns(), 0);
        }
    }
    // The values of a map may all become another type.
    let batch = column("v", map(&["x", "y"], numbers, &[1, 1]));
    agree(|| scrubber(r#"{"pumice": 1, "fields": {"v.*": "phone"}}"#), &batch);
    let deep = (0..200).fold(texts, |inner, _| {
        let field = Arc::new(Field::new("item", inner.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([inner.len()]);
        Arc::new(ListArray::new(field, offsets, inner, None))
    });
    let error = fails(&scrubber(r#"{"pumice": 1, "fields": {"**.x": "text"}}"#), &column("v", deep), false);
    assert_eq!((error.code(), error.at()), (Code::TooDeep, &At::Column(0)));
}

#[test]
fn nothing_is_something() {
    let policy = r#"{"pumice": 1, "fields": {"from": "phone", "n": {"action": "drop"}}}"#;
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    assert_eq!(scrubber(policy).scrub_batch(&none).unwrap(), none);
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let rows = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    let scrubber = scrubber(policy);
    assert_eq!(scrubber.scrub_batch(&rows).unwrap().num_rows(), 3);
    let only = column("n", Arc::new(Int32Array::from(vec![1, 2])));
    let scrubbed = scrubber.scrub_batch(&only).unwrap();
    assert_eq!((scrubbed.num_columns(), scrubbed.num_rows()), (0, 2));
    let report = scrubber.report();
    assert_eq!(
        (report.events, report.rules[0].absent, report.rules[1].treated, report.rules[1].absent),
        (5, 5, 2, 3)
    );
}

fn saying(field: Field, words: &[(&str, &str)]) -> Field {
    field.with_metadata(words.iter().copied().collect::<Metadata>())
}

/// What is said of a field beside its values may quote them.
#[test]
fn of_what_is_said_of_a_treated_column_its_number_stays() {
    let words = [
        ("PARQUET:field_id", "3"),
        ("ARROW:extension:name", "arrow.json"),
        ("_PL_ENUM_VALUES2", "12;+11234567890"),
        ("example", "+11234567890"),
    ];
    let text = |name: &str| saying(Field::new(name, DataType::Utf8, false), &words);
    let strings: ArrayRef = Arc::new(StringArray::from(vec!["+11234567890"]));
    let user = Fields::from(vec![text("from"), text("n")]);
    let users: ArrayRef =
        Arc::new(StructArray::new(user.clone(), vec![strings.clone(), strings.clone()], None));
    let element = Arc::new(saying(Field::new("item", DataType::Struct(user.clone()), false), &words));
    let offsets = OffsetBuffer::from_lengths([1]);
    let list: ArrayRef = Arc::new(ListArray::new(element.clone(), offsets.clone(), users.clone(), None));
    let entries = Fields::from(vec![text("key"), text("value")]);
    let pairs = StructArray::new(entries.clone(), vec![strings.clone(), strings.clone()], None);
    let entries = Arc::new(Field::new("entries", DataType::Struct(entries), false));
    let map: ArrayRef = Arc::new(MapArray::new(entries.clone(), offsets, pairs, None, false));
    let fields = vec![
        text("from"),
        text("n"),
        saying(Field::new("user", DataType::Struct(user), false), &words),
        saying(Field::new("users", DataType::List(element), false), &words),
        saying(Field::new("map", DataType::Map(entries, false), false), &words),
    ];
    let batch =
        RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![strings.clone(), strings, users, list, map])
            .unwrap();
    for rule in [r#""phone""#, r#""text""#, r#"{"action": "replace", "value": "x"}"#, r#"{"action": "drop"}"#]
    {
        let fields = ["from", "user.from", "users[*].from", "map.*"].map(|name| format!("{name:?}: {rule}"));
        let policy = format!(r#"{{"pumice": 1, "fields": {{{}}}}}"#, fields.join(", "));
        let scrubbed = scrubber(&policy).scrub_batch(&batch).unwrap();
        let schema = scrubbed.schema();
        assert_eq!(schema.field_with_name("n").unwrap(), batch.schema().field(1), "not treated");
        schema.fields().iter().for_each(|field| check(field));
    }
    fn check(field: &Field) {
        // Neither of these, nor the keys of the map, is treated.
        let is_left = ["n", "key"].contains(&field.name().as_str());
        let is_of_arrow = field.name() == "entries";
        let due = if is_left { 4 } else { usize::from(!is_of_arrow) };
        assert_eq!(field.metadata().len(), due, "{field}");
        match field.data_type() {
            DataType::Struct(fields) => fields.iter().for_each(|field| check(field)),
            DataType::List(field) | DataType::Map(field, _) => check(field),
            _ => {}
        }
    }
}

#[test]
fn what_is_said_of_all_columns_is_made_to_hold() {
    let pandas = r#"{"index_columns": ["from", "gone", {"kind": "range"}], "attributes": {"sample": "+11234567890"}, "columns": [
        {"name": "from", "field_name": "from", "pandas_type": "int64", "numpy_type": "Int64", "metadata": {"a": 1}},
        {"name": "gone", "field_name": "gone", "pandas_type": "unicode", "numpy_type": "object", "metadata": null},
        {"name": null, "field_name": "n", "pandas_type": "int64", "numpy_type": "Int64", "metadata": null}], "pandas_version": "3.0.0"}"#;
    let said = [
        ("pandas", pandas),
        ("team", "growth"),
        ("geo", r#"{"bbox": [1, 2, 3, 4]}"#),
        ("PANDAS_ATTRS", "{}"),
        ("org.apache.spark.sql.parquet.row.metadata", "{}"),
        ("org.apache.spark.version", "4.0.0"),
    ];
    let array: ArrayRef = Arc::new(Int64Array::from(vec![11_234_567_890]));
    let fields: Vec<_> = ["from", "gone", "n"].map(|name| Field::new(name, DataType::Int64, true)).into();
    let schema = Schema::new_with_metadata(fields, said.iter().copied().collect::<Metadata>());
    let batch = RecordBatch::try_new(Arc::new(schema), vec![array.clone(), array.clone(), array]).unwrap();
    let scrub = |policy: &str, batch: &RecordBatch| scrubber(policy).scrub_batch(batch).unwrap().schema();
    let policy = r#"{"pumice": 1, "fields": {"from": "phone", "gone": {"action": "drop"}}}"#;
    let schema = scrub(policy, &batch);
    let mut keys: Vec<_> = schema.metadata().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["org.apache.spark.version", "pandas", "team"]);
    let made: serde_json::Value = serde_json::from_str(&schema.metadata()["pandas"]).unwrap();
    let due = serde_json::json!({"index_columns": ["from", {"kind": "range"}], "columns": [
        {"name": "from", "field_name": "from", "pandas_type": "unicode", "numpy_type": "object", "metadata": null},
        {"name": null, "field_name": "n", "pandas_type": "int64", "numpy_type": "Int64", "metadata": null}], "pandas_version": "3.0.0"});
    assert_eq!(made, due);
    // Where nothing is treated, all of it holds.
    let schema = scrub(r#"{"pumice": 1, "fields": {"other": "phone", "n": {"action": "keep"}}}"#, &batch);
    assert_eq!(schema.metadata(), batch.schema().metadata());
    let odd = Schema::new(batch.schema().fields().clone()).with_metadata([("pandas", "{")]);
    let odd = RecordBatch::try_new(Arc::new(odd), batch.columns().to_vec());
    assert!(scrub(policy, &odd.unwrap()).metadata().is_empty());
}

/// What a variant holds is in a form of its own: no rule is followed into it, and none passes by it.
#[test]
fn a_variant_that_a_rule_leads_into_is_refused() {
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"john@gmail.com"[..]]));
    let plain = Field::new("value", DataType::Binary, false);
    let marked = saying(Field::new("metadata", DataType::Binary, false), &[("variant", "true")]);
    let fields = Fields::from(vec![plain, marked]);
    let array: ArrayRef = Arc::new(StructArray::new(fields.clone(), vec![bytes.clone(), bytes], None));
    let named = |words: &[(&str, &str)]| {
        let field = saying(Field::new("v", DataType::Struct(fields.clone()), true), words);
        RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array.clone()]).unwrap()
    };
    // As a reader of Parquet has it that knows no variants: by its parts alone.
    let (kind, bytes) =
        (DataType::BinaryView, StringViewArray::from(vec!["john@gmail.com"]).to_binary_view());
    let shaped = ["metadata", "value"].map(|name| Field::new(name, kind.clone(), true));
    let typed = Arc::new(Field::new("typed_value", DataType::Utf8, true));
    let parts = shaped.map(Arc::new).into_iter().map(|part| (part, Arc::new(bytes.clone()) as ArrayRef));
    let parts: Vec<_> =
        parts.chain([(typed, Arc::new(StringArray::from(vec!["john@gmail.com"])) as _)]).collect();
    let without = |name: &str| {
        let parts = parts.iter().filter(|(part, _)| part.name() != name).cloned().collect::<Vec<_>>();
        column("v", Arc::new(StructArray::from(parts)))
    };
    let said = named(&[("ARROW:extension:name", "arrow.parquet.variant")]);
    for batch in [named(&[]), said, without(""), without("value"), without("typed_value")] {
        for rules in [r#""**.email": "email""#, r#""v.email": "email""#, r#""v[*].email": "email""#] {
            let scrubber = scrubber(&format!(r#"{{"pumice": 1, "fields": {{{rules}}}}}"#));
            let refused = scrubber.scrub_batch(&batch).unwrap_err();
            assert_eq!((refused.code(), refused.at()), (Code::ColumnType, &At::Column(0)), "{rules}");
        }
        for rule in [r#""text""#, r#"{"action": "replace", "value": null}"#] {
            let policy = format!(r#"{{"pumice": 1, "fields": {{"**.email": "email", "v": {rule}}}}}"#);
            let scrubbed = scrubber(&policy).scrub_batch(&batch).unwrap();
            assert_ne!(scrubbed.column(0), batch.column(0), "{rule}");
            assert!(!format!("{:?}", scrubbed.schema()).contains("variant"), "{rule}");
        }
        // An address in it would not be kept.
        let kept = scrubber(r#"{"pumice": 1, "fields": {"**.email": "email", "v": {"action": "keep"}}}"#);
        assert_eq!(kept.scrub_batch(&batch).unwrap_err().code(), Code::ColumnType);
        let other = scrubber(r#"{"pumice": 1, "fields": {"w.email": "email"}}"#);
        assert_eq!(other.scrub_batch(&batch).unwrap(), batch);
    }
}

#[test]
fn values_of_a_map_that_cannot_be_read_are_null_in_their_type() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("a");
    map.values().append_value(1);
    map.keys().append_value("email");
    map.values().append_value(3);
    map.append(true).unwrap();
    let batch = column("m", Arc::new(map.finish()));
    let scrubbed = scrubber(r#"{"pumice": 1, "fields": {"**.email": "email"}}"#).scrub_batch(&batch).unwrap();
    let map = scrubbed.column(0).as_map();
    assert_eq!(map.values().as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), None]);
    assert_eq!(map.keys().len(), 2);
}

#[test]
fn keys_of_maps_are_names_whatever_their_type() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["canary", "x"]));
    let texts = || StringArray::from(vec!["pw", "z"]);
    let keys: [(&str, ArrayRef); 6] = [
        ("pw", Arc::new(texts())),
        ("pw", Arc::new(BinaryArray::from(vec![&b"pw"[..], b"z"]))),
        ("pw", Arc::new(FixedSizeBinaryArray::new(2, b"pwzz".into(), None))),
        ("pw", Arc::new(StringViewArray::from(vec!["pw", "z"]).to_binary_view())),
        ("pw", Arc::new(DictionaryArray::new(Int32Array::from(vec![0, 1]), Arc::new(texts())))),
        ("true", Arc::new(BooleanArray::from(vec![true, false]))),
    ];
    for (name, keys) in keys {
        let map = map_of(keys.clone(), values.clone(), &[2]);
        let policy = format!(r#"{{"pumice": 1, "fields": {{"m.{name}": {{"action": "drop"}}}}}}"#);
        let scrubbed = scrubber(&policy).scrub_batch(&column("m", map.clone())).unwrap();
        let left = scrubbed.column(0).as_map();
        assert_eq!((left.keys().len(), left.values().as_string::<i32>().value(0)), (1, "x"), "{keys:?}");
        // Whose the row is stands under a key, too.
        let policy = format!(
            r#"{{"pumice": 1, "account": "m.{name}", "fields": {{"m.z": {{"action": "encrypt"}}, "m.zz": {{"action": "encrypt"}}, "m.false": {{"action": "encrypt"}}}}}}"#
        );
        let keyed = crate::keys::scrubber(&policy, &crate::keys::keys());
        // An account that is not known, where it was no account at all.
        assert_eq!(
            keyed.scrub_batch(&column("m", map)).unwrap_err().code(),
            Code::UnknownAccount,
            "{keys:?}"
        );
    }
    // What such keys are called is not known.
    let keys: ArrayRef = Arc::new(DurationSecondArray::from(vec![1, 2]));
    let batch = column("m", map_of(keys, values, &[2]));
    let named = scrubber(r#"{"pumice": 1, "fields": {"**.pw": {"action": "drop"}}}"#);
    assert_eq!(fails(&named, &batch, false).code(), Code::ColumnType);
    let every = scrubber(r#"{"pumice": 1, "fields": {"m.*": {"action": "drop"}}}"#);
    assert!(every.scrub_batch(&batch).unwrap().column(0).as_map().keys().is_empty());
}

#[test]
fn nothing_of_an_entry_that_is_treated_stays_beside_the_others() {
    let texts = || StringArray::from(vec!["canary of more than twelve bytes", "another of more than twelve"]);
    let views = || StringViewArray::from(texts().iter().collect::<Vec<_>>());
    let coded = |values: ArrayRef| -> ArrayRef {
        Arc::new(DictionaryArray::new(Int32Array::from(vec![0, 1]), values))
    };
    let part = |array: ArrayRef| -> ArrayRef {
        let field = Arc::new(Field::new("part", array.data_type().clone(), true));
        Arc::new(StructArray::new(vec![field].into(), vec![array], None))
    };
    for values in [
        coded(Arc::new(texts())),
        coded(Arc::new(views())),
        coded(coded(Arc::new(texts()))),
        part(coded(Arc::new(texts()))),
        Arc::new(views()),
        part(Arc::new(views())),
        Arc::new(views().to_binary_view()),
    ] {
        let names = coded(Arc::new(StringArray::from(vec!["pw", "z"])));
        let batch = column("m", map_of(names, values.clone(), &[2]));
        for policy in [
            r#"{"pumice": 1, "fields": {"m.pw": {"action": "drop"}}}"#,
            r#"{"pumice": 1, "unlisted": "drop", "fields": {"m.z": {"action": "keep"}}}"#,
        ] {
            let scrubbed = scrubber(policy).scrub_batch(&batch).unwrap();
            let bytes = crate::arbitrary::bytes(scrubbed.column(0));
            let left = |text: &str| crate::arbitrary::holds(&bytes, text.as_bytes());
            assert!(!left("canary") && !left("pw") && left("another"), "{policy} {values:?}");
            scrubbed.column(0).to_data().validate_full().unwrap();
        }
    }
}

#[test]
fn what_is_said_in_the_values_of_a_map_goes_with_one_of_them() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["+11234567890", "+11234567890"]));
    let [x, y] =
        ["x", "y"].map(|name| saying(Field::new(name, DataType::Utf8, true), &[("example", "canary")]));
    let inner = StructArray::new(vec![x, y].into(), vec![texts.clone(), texts], None);
    let element =
        Arc::new(saying(Field::new("item", inner.data_type().clone(), true), &[("example", "canary")]));
    let lists: ArrayRef =
        Arc::new(ListArray::new(element, OffsetBuffer::from_lengths([1, 1]), Arc::new(inner), None));
    let batch = column("m", map(&["pw", "z"], lists, &[2]));
    for (rule, due) in [
        (r#""m.pw": {"action": "drop"}"#, r#"{"z": [{"x": "+11234567890", "y": "+11234567890"}]}"#),
        (
            r#""m.pw[*].x": "phone""#,
            r#"{"pw": [{"x": "+1123456XXXX", "y": "+11234567890"}], "z": [{"x": "+11234567890", "y": "+11234567890"}]}"#,
        ),
    ] {
        let scrubbed =
            scrubber(&format!(r#"{{"pumice": 1, "fields": {{{rule}}}}}"#)).scrub_batch(&batch).unwrap();
        assert!(!format!("{:?}", scrubbed.schema()).contains("canary"), "{rule}");
        let [event] = events(&scrubbed).try_into().unwrap();
        assert_eq!(event, format!(r#"{{"m":{due}}}"#).replace(' ', ""));
    }
}

#[test]
fn what_is_said_of_elements_goes_with_them() {
    let said = saying(Field::new("item", DataType::Utf8, true), &[("_PL_ENUM_VALUES", "6;canary")]);
    let (offsets, texts) = (OffsetBuffer::from_lengths([1]), Arc::new(StringArray::from(vec!["canary"])));
    let batch = column("l", Arc::new(ListArray::new(Arc::new(said), offsets, texts, None)));
    let scrubbed =
        scrubber(r#"{"pumice": 1, "fields": {"l[*]": {"action": "drop"}}}"#).scrub_batch(&batch).unwrap();
    assert!(!format!("{:?}", scrubbed.schema()).contains("canary"));
    assert!(scrubbed.column(0).as_list::<i32>().values().is_empty());
}

#[test]
fn single_columns_are_redacted_by_type() {
    let phone = Redactor::builder("phone", "{}").build().unwrap();
    let redacted = phone.redact_array(&strings()).unwrap();
    assert_eq!(redacted.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("+1123456XXXX"), None, None]);
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec!["911"]));
    assert_eq!(phone.redact_array(&large).unwrap().as_string::<i64>().value(0), "XXX");
    let view: ArrayRef = Arc::new(StringViewArray::from(vec!["+1 (415) 555-0132 x12"]));
    assert_eq!(phone.redact_array(&view).unwrap().as_string_view().value(0), "+1 (415) 555-XXXX xXX");
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(911), None]), None]);
    let redacted = phone.redact_array(&(Arc::new(list) as ArrayRef)).unwrap();
    assert_eq!(
        redacted.as_list::<i32>().value(0).as_string::<i32>().iter().collect::<Vec<_>>(),
        [Some("XXX"), None]
    );
    let coordinate = Redactor::builder("coordinate", r#"{"decimals": 2}"#).build().unwrap();
    let decimals = Decimal128Array::from(vec![Some(45_421_530), Some(-75_697_193), Some(200_000_000), None]);
    let decimals: ArrayRef = Arc::new(decimals.with_precision_and_scale(9, 6).unwrap());
    let reduced = Decimal128Array::from(vec![Some(45_420_000), Some(-75_690_000), None, None]);
    let reduced: ArrayRef = Arc::new(reduced.with_precision_and_scale(9, 6).unwrap());
    assert_eq!(&coordinate.redact_array(&decimals).unwrap(), &reduced);
}

#[test]
fn telephone_numbers_are_masked_whatever_part_of_a_column_they_are() {
    let phone = Redactor::builder("phone", "{}").build().unwrap();
    let texts =
        ["+14155550100", "+14155550132", "(415) 555-0132 x7", "nobody", "", "415-555-0199", "4155550199"];
    let masked = ["+1415555XXXX", "", "(415) 555-XXXX xX", "", "", "415-555-XXXX", "415555XXXX"];
    let valid = [true, false, true, true, true, true, true];
    let column = StringArray::from(texts.to_vec());
    let column =
        StringArray::new(column.offsets().clone(), column.values().clone(), Some(valid.to_vec().into()));
    for start in 0..texts.len() {
        for end in start..=texts.len() {
            let part = column.slice(start, end - start);
            let redacted = phone.redact_array(&(Arc::new(part) as ArrayRef)).unwrap();
            let due = masked[start..end].iter().map(|text| Some(*text).filter(|text| !text.is_empty()));
            assert!(redacted.as_string::<i32>().iter().eq(due), "{start} to {end}");
            // The number behind the null is gone too.
            assert!(
                redacted.as_string::<i32>().value_data().iter().all(|byte| *byte != b'2' && *byte != b'3')
            );
        }
    }
}
