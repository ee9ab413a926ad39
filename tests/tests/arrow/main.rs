//! Columns scrubbed as JSON is: the same values in both make the same of both.

mod arbitrary;
mod columns;
mod events;
mod keys;
mod values;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_json::writer::LineDelimited;
use arrow_json::{ReaderBuilder, WriterBuilder};
use pumice::{BatchOptions, Code, Report, Scrubber};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The rows of a batch as events, nulls and all.
fn events(batch: &RecordBatch) -> Vec<String> {
    if batch.num_columns() == 0 {
        return vec!["{}".to_owned(); batch.num_rows()];
    }
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    let lines = String::from_utf8(writer.into_inner()).unwrap();
    lines.lines().map(str::to_owned).collect()
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

/// The same rows scrubbed both ways, and what was counted. Each way has a scrubber of its own.
type Both<T> = (Result<Vec<T>, Code>, Report);

fn as_json(scrubber: &Scrubber, batch: &RecordBatch) -> Both<Value> {
    let scrubbed = events(batch).into_iter().map(|event| {
        let scrubbed = scrubber.scrub(event.as_bytes()).map_err(|error| error.code())?;
        Ok(read(&scrubbed))
    });
    (scrubbed.collect(), scrubber.report())
}

fn as_columns(scrubber: &Scrubber, batch: &RecordBatch) -> Both<Value> {
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
    let (due, came) = (json.0.unwrap(), columns.0.unwrap());
    for (row, (due, came)) in due.iter().zip(&came).enumerate() {
        assert_eq!(came, due, "row {row}");
    }
    assert_eq!(came.len(), due.len());
    assert_eq!(columns.1, json.1);
}
