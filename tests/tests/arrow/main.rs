//! Columns scrubbed as JSON is: the same values in both make the same of both.

mod arbitrary;
mod back;
mod columns;
mod events;
mod keys;
mod values;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_json::ReaderBuilder;
use arrow_schema::DataType;
use pumice::{BatchOptions, Code, Report, Scrubber};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The rows of a batch as events, nulls and all.
fn events(batch: &RecordBatch) -> Vec<String> {
    let row = StructArray::from(batch.clone());
    (0..batch.num_rows()).map(|slot| json(&row, slot)).collect()
}

/// The JSON text of the value in a slot.
fn json(array: &dyn Array, slot: usize) -> String {
    let list = |values: &dyn Array| {
        let elements: Vec<_> = (0..values.len()).map(|slot| json(values, slot)).collect();
        format!("[{}]", elements.join(","))
    };
    let object = |members: Vec<(String, String)>| {
        let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let text = |text: &str| Value::from(text).to_string();
    macro_rules! number {
        ($($type:ident)+) => {$(
            if let Some(numbers) = array.as_primitive_opt::<arrow_array::types::$type>() {
                return numbers.value(slot).to_string();
            }
        )+};
    }
    if array.is_null(slot) {
        return "null".to_owned();
    }
    number!(Int8Type Int64Type UInt32Type UInt64Type Float16Type Float32Type Float64Type);
    match array.data_type() {
        DataType::Null => "null".to_owned(),
        DataType::Boolean => array.as_boolean().value(slot).to_string(),
        DataType::Utf8 => text(array.as_string::<i32>().value(slot)),
        DataType::LargeUtf8 => text(array.as_string::<i64>().value(slot)),
        DataType::Utf8View => text(array.as_string_view().value(slot)),
        // As the keys of a map.
        DataType::Binary => text(std::str::from_utf8(array.as_binary::<i32>().value(slot)).unwrap()),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(slot),
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            object(columns.map(|(field, column)| (text(field.name()), json(column, slot))).collect())
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(slot)),
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(slot)),
        DataType::FixedSizeList(..) => list(&array.as_fixed_size_list().value(slot)),
        DataType::Map(..) => {
            let entries = array.as_map().value(slot);
            let (keys, values) = (entries.column(0), entries.column(1));
            object((0..entries.len()).map(|slot| (json(keys, slot), json(values, slot))).collect())
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            json(dictionary.values(), dictionary.normalized_keys()[slot])
        }
        DataType::RunEndEncoded(..) => {
            let runs = array.as_run::<Int32Type>();
            json(runs.values(), runs.get_physical_index(slot))
        }
        other => panic!("{other}"),
    }
}

/// Events as a batch, with the types that their values have.
fn batch(events: &[u8]) -> RecordBatch {
    let (schema, _) = arrow_json::reader::infer_json_schema(events, None).unwrap();
    let reader = ReaderBuilder::new(Arc::new(schema)).with_batch_size(1 << 20).build(events).unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let [batch] = batches.try_into().unwrap();
    batch
}

fn column(name: &str, array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([(name, array, true)]).unwrap()
}

/// A value as a reader has it to whom a missing member is one that is null, and `1.0` is `1`.
fn meant(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64().unwrap().to_string()),
        Value::Array(elements) => elements.into_iter().map(meant).collect(),
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(key, value)| (key, meant(value))).collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

fn read(event: &[u8]) -> Value {
    meant(serde_json::from_slice(event).unwrap())
}

/// The rows scrubbed as events, one by one, and what was counted.
fn as_json(scrubber: &Scrubber, batch: &RecordBatch) -> (Vec<Result<Value, Code>>, Report) {
    let scrubbed = events(batch).into_iter().map(|event| {
        let scrubbed = scrubber.scrub(event.as_bytes()).map_err(|error| error.code())?;
        Ok(read(&scrubbed))
    });
    (scrubbed.collect(), scrubber.report())
}

/// The same rows scrubbed as columns.
fn as_columns(scrubber: &Scrubber, batch: &RecordBatch) -> (Result<Vec<Value>, Code>, Report) {
    let scrubbed = scrubber.scrub_batch(batch).map_err(|error| error.code());
    if let Ok(scrubbed) = &scrubbed {
        assert_eq!(scrubbed.num_rows(), batch.num_rows());
        // What comes out is what was said to come out.
        let schema = scrubber.scrub_schema(batch.schema_ref(), BatchOptions::default()).unwrap();
        assert_eq!(scrubbed.schema(), schema);
        for column in scrubbed.columns() {
            column.to_data().validate_full().unwrap();
        }
    }
    let scrubbed = scrubbed.map(|batch| events(&batch).iter().map(|event| read(event.as_bytes())).collect());
    (scrubbed, scrubber.report())
}

fn scrubber(policy: &str) -> Scrubber {
    Scrubber::builder(policy.as_bytes()).build().unwrap_or_else(|error| panic!("{policy}: {error}"))
}

/// Both ways must be one.
#[track_caller]
fn agree(make: impl Fn() -> Scrubber, batch: &RecordBatch) {
    let (json, columns) = (as_json(&make(), batch), as_columns(&make(), batch));
    let came = columns.0.unwrap();
    assert_eq!(came.len(), json.0.len());
    for (row, (due, came)) in json.0.into_iter().zip(came).enumerate() {
        assert_eq!(came, due.unwrap(), "row {row}");
    }
    assert_eq!(columns.1, json.1);
}
