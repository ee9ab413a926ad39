//! Columns of any type, with values where nobody looks: what is treated comes out as from JSON, and nothing of it stays in
//! a buffer.

use crate::{as_columns, as_json, scrubber};
use arrow_array::types::{Float16Type, Int32Type, Int64Type, UInt8Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, FixedSizeListArray, Float32Array,
    Float64Array, Int8Array, Int64Array, LargeListArray, LargeStringArray, ListArray, MapArray, NullArray,
    PrimitiveArray, RecordBatch, RecordBatchOptions, RunArray, StringArray, StringViewArray, StructArray,
    UInt32Array, UInt64Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields};
use conformance::arbitrary::{Policy, policy};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use pumice::Code;
use std::sync::Arc;

/// A type of columns.
#[derive(Clone, Debug)]
enum Shape {
    /// Strings and numbers by their kind.
    Leaf(u8),
    Struct(Vec<(&'static str, Shape)>),
    /// A list of one of three kinds.
    List(u8, Box<Shape>),
    Map(Box<Shape>),
    Dictionary(Box<Shape>),
    Runs(Box<Shape>),
}

const LEAVES: u8 = 13;

/// Names that policies have too.
const NAMES: &[&str] = &["a", "b", "c", "email", "d.e", "", "é", "quote\""];

/// Texts that the redactions read, and near misses. The digits of numbers are in none of them.
const TEXTS: &[&str] = &[
    "+11234567890",
    "(415) 555-0132 x99",
    "1-800-FLOWERS",
    "john@gmail.com",
    "ann@example.com",
    "a@b@c.com",
    "207.164.33.12",
    "2001:db8:85a3::8a2e:370:7334",
    "45.4215° N, 75.6972° W",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "\u{0}\"\\\u{1f}😀",
    "",
];

const INTEGER: i64 = 60_221_408;
const FLOAT: f64 = 52.520_07;

fn leaf() -> impl Strategy<Value = Shape> {
    (0..LEAVES).prop_map(Shape::Leaf)
}

fn members(inner: impl Strategy<Value = Shape>) -> impl Strategy<Value = Vec<(&'static str, Shape)>> {
    vec((select(NAMES), inner), 0..5).prop_map(|mut members| {
        members.sort_by_key(|(name, _)| *name);
        members.dedup_by_key(|(name, _)| *name);
        members
    })
}

/// What a dictionary or runs may have. (Nothing but nulls trips the writer of JSON.)
fn encoded(inner: impl Strategy<Value = Shape>) -> impl Strategy<Value = Shape> {
    let is_null = |shape: &Shape| matches!(shape, Shape::Leaf(kind) if *kind == LEAVES - 1);
    prop_oneof![leaf(), inner].prop_filter("values", move |shape| !is_null(shape))
}

fn shape() -> impl Strategy<Value = Shape> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => leaf(),
            4 => members(inner.clone()).prop_map(Shape::Struct),
            3 => (0..3u8, inner.clone()).prop_map(|(kind, inner)| Shape::List(kind, Box::new(inner))),
            2 => inner.clone().prop_map(|inner| Shape::Map(Box::new(inner))),
            2 => encoded(inner.clone()).prop_map(|inner| Shape::Dictionary(Box::new(inner))),
            1 => encoded(inner).prop_map(|inner| Shape::Runs(Box::new(inner))),
        ]
    })
}

/// A source of choices.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn nulls(&mut self, len: usize) -> Option<NullBuffer> {
        (self.below(3) > 0).then(|| (0..len).map(|_| self.below(4) > 0).collect())
    }

    fn each<T>(&mut self, len: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..len).map(|_| make(self)).collect()
    }

    /// Lengths of lists, and how many elements they are in all.
    fn lengths(&mut self, len: usize) -> (Vec<usize>, usize) {
        let lengths = self.each(len, |draw| draw.below(4));
        let sum = lengths.iter().sum();
        (lengths, sum)
    }
}

fn field(name: &str, array: &ArrayRef) -> Field {
    Field::new(name, array.data_type().clone(), true)
}

/// A column of this shape: part of a longer one, with values under its nulls.
fn array(shape: &Shape, len: usize, draw: &mut Draw) -> ArrayRef {
    let (before, after) = (draw.below(3), draw.below(3));
    whole(shape, before + len + after, draw).slice(before, len)
}

fn whole(shape: &Shape, len: usize, draw: &mut Draw) -> ArrayRef {
    match shape {
        Shape::Leaf(kind) => leaves(*kind, len, draw),
        Shape::Struct(members) => {
            let columns: Vec<ArrayRef> = members.iter().map(|(_, shape)| array(shape, len, draw)).collect();
            let fields = members.iter().zip(&columns).map(|((name, _), array)| field(name, array));
            let fields: Fields = fields.collect();
            Arc::new(StructArray::try_new_with_length(fields, columns, draw.nulls(len), len).unwrap())
        }
        Shape::List(2, inner) => {
            let size = draw.below(3);
            let values = array(inner, len * size, draw);
            let field = Arc::new(field("item", &values));
            let nulls = draw.nulls(len);
            let size = i32::try_from(size).unwrap();
            Arc::new(FixedSizeListArray::try_new_with_length(field, size, values, nulls, len).unwrap())
        }
        Shape::List(kind, inner) => {
            let (lengths, sum) = draw.lengths(len);
            let values = array(inner, sum, draw);
            let field = Arc::new(field("item", &values));
            let nulls = draw.nulls(len);
            if *kind == 0 {
                Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, nulls))
            } else {
                Arc::new(LargeListArray::new(field, OffsetBuffer::from_lengths(lengths), values, nulls))
            }
        }
        Shape::Map(inner) => {
            let (lengths, sum) = draw.lengths(len);
            let mut keys = Vec::new();
            for length in &lengths {
                // Each key once.
                let first = draw.below(NAMES.len());
                keys.extend((0..*length).map(|at| NAMES[(first + at) % NAMES.len()]));
            }
            let keys: ArrayRef = match draw.below(3) {
                0 => Arc::new(BinaryArray::from_iter_values(keys)),
                _ => Arc::new(StringArray::from(keys)),
            };
            let values = array(inner, sum, draw);
            let key = Field::new("keys", keys.data_type().clone(), false);
            let fields = vec![key, field("values", &values)];
            let entries = StructArray::new(fields.into(), vec![keys, values], None);
            let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(MapArray::new(field, offsets, entries, draw.nulls(len), false))
        }
        Shape::Dictionary(inner) => {
            // Some of the values stand in no slot.
            let values = array(inner, 6, draw);
            let keys = draw.each(len, |draw| draw.below(6));
            let nulls = draw.nulls(len);
            if draw.below(2) == 0 {
                let keys: Vec<u8> = keys.into_iter().map(|key| u8::try_from(key).unwrap()).collect();
                let keys = PrimitiveArray::<UInt8Type>::new(keys.into(), nulls);
                Arc::new(DictionaryArray::new(keys, values))
            } else {
                let keys: Vec<i64> = keys.into_iter().map(|key| i64::try_from(key).unwrap()).collect();
                let keys = PrimitiveArray::<Int64Type>::new(keys.into(), nulls);
                Arc::new(DictionaryArray::new(keys, values))
            }
        }
        Shape::Runs(inner) => {
            if len == 0 {
                return Arc::new(NullArray::new(0));
            }
            let mut ends: Vec<i32> = Vec::new();
            let mut end = 0;
            while end < len {
                end = (end + 1 + draw.below(3)).min(len);
                ends.push(i32::try_from(end).unwrap());
            }
            let values = array(inner, ends.len(), draw);
            let ends = PrimitiveArray::<Int32Type>::from(ends);
            Arc::new(RunArray::try_new(&ends, &values).unwrap())
        }
    }
}

fn leaves(kind: u8, len: usize, draw: &mut Draw) -> ArrayRef {
    let texts = draw.each(len, |draw| TEXTS[draw.below(TEXTS.len())]);
    let integers = draw.each(len, |draw| INTEGER + draw.below(5) as i64);
    let floats = draw.each(len, |draw| FLOAT + draw.below(5) as f64);
    let nulls = draw.nulls(len);
    match kind {
        0 | 1 => {
            let plain = StringArray::from(texts);
            Arc::new(StringArray::new(plain.offsets().clone(), plain.values().clone(), nulls))
        }
        2 => {
            let plain = LargeStringArray::from(texts);
            Arc::new(LargeStringArray::new(plain.offsets().clone(), plain.values().clone(), nulls))
        }
        3 => {
            let plain = StringViewArray::from(texts);
            let (views, buffers) = (plain.views().clone(), plain.data_buffers().to_vec());
            Arc::new(StringViewArray::new(views, buffers, nulls))
        }
        4 => Arc::new(Int64Array::new(integers.into(), nulls)),
        5 => Arc::new(UInt64Array::new(integers.iter().map(|n| *n as u64).collect(), nulls)),
        6 => Arc::new(UInt32Array::new(integers.iter().map(|n| *n as u32).collect(), nulls)),
        7 => Arc::new(Int8Array::new(integers.iter().map(|n| *n as i8).collect(), nulls)),
        8 => Arc::new(Float64Array::new(floats.into(), nulls)),
        9 => Arc::new(Float32Array::new(floats.iter().map(|n| *n as f32).collect(), nulls)),
        10 => {
            type Half = <Float16Type as arrow_array::ArrowPrimitiveType>::Native;
            let halves = floats.iter().map(|n| Half::from_f64(*n)).collect();
            Arc::new(PrimitiveArray::<Float16Type>::new(halves, nulls))
        }
        11 => Arc::new(BooleanArray::new(integers.iter().map(|n| n % 2 == 0).collect(), nulls)),
        _ => Arc::new(NullArray::new(len)),
    }
}

fn batch() -> impl Strategy<Value = RecordBatch> {
    (members(shape()), 0..9usize, any::<u64>()).prop_map(|(columns, rows, seed)| {
        let mut draw = Draw(seed);
        let columns = columns.into_iter().map(|(name, shape)| {
            let array = array(&shape, rows, &mut draw);
            (field(name, &array), array)
        });
        let (fields, columns): (Vec<_>, Vec<_>) = columns.unzip();
        let schema = Arc::new(arrow_schema::Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(schema, columns, &options).unwrap()
    })
}

/// Whether a type has this in it.
fn has(data_type: &DataType, test: &impl Fn(&DataType) -> bool) -> bool {
    let inside = |field: &Arc<Field>| has(field.data_type(), test);
    test(data_type)
        || match data_type {
            DataType::Struct(fields) => fields.iter().any(inside),
            DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
                inside(field)
            }
            DataType::Map(field, _) => inside(field),
            DataType::Dictionary(_, values) => has(values, test),
            DataType::RunEndEncoded(_, values) => inside(values),
            _ => false,
        }
}

/// Everything that the buffers of a column hold.
pub(crate) fn bytes(array: &dyn Array) -> Vec<u8> {
    fn collect(data: &arrow_data::ArrayData, all: &mut Vec<u8>) {
        for buffer in data.buffers() {
            all.extend_from_slice(buffer);
            all.push(0);
        }
        data.child_data().iter().for_each(|child| collect(child, all));
    }
    let mut all = Vec::new();
    collect(&array.to_data(), &mut all);
    all
}

pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn columns_come_out_as_json_does(policy in policy(), batch in batch()) {
        let mut policy = policy;
        // A value cannot go from a column, and what no rule names goes by columns: both have tests of their own.
        policy.unlisted = if policy.unlisted == "drop" { "keep" } else { policy.unlisted };
        for (_, rule) in &mut policy.rules {
            *rule = rule.replace(r#""on_invalid":"drop""#, r#""on_invalid":"null""#);
        }
        let (policy, _) = policy.settle();
        let text = policy.text();
        let (json, due) = as_json(&scrubber(&text), &batch);
        let (columns, came) = as_columns(&scrubber(&text), &batch);
        let by_columns = |test: &dyn Fn(&DataType) -> bool| {
            batch.schema().fields().iter().any(|field| has(field.data_type(), &|it| test(it)))
        };
        let mut refused: Vec<Code> = json.iter().filter_map(|row| row.as_ref().err().copied()).collect();
        if policy.unlisted == "fail" {
            // An event with a leaf that no rule names may have a value that cannot be read as well, and JSON says one of the two.
            let keeps = Policy { unlisted: "keep", ..policy.clone() };
            refused.extend(as_json(&scrubber(&keeps.text()), &batch).0.into_iter().filter_map(Result::err));
        }
        let odd = policy.rules.iter().any(|(selector, rule)| {
            let whole = rule.contains("replace") || rule.contains("drop");
            rule.contains("\"value\":{") || rule.contains("\"value\":[") || (selector == "**" && whole)
        });
        match columns {
            Ok(columns) => {
                // A null where an object or array may be has nothing in it that could come out.
                prop_assert!(refused.iter().all(|code| *code == Code::UnlistedField), "{:?}", refused);
                for (due, came) in json.into_iter().zip(columns) {
                    if let Ok(due) = due {
                        prop_assert_eq!(came, due);
                    }
                }
                if refused.is_empty() {
                    prop_assert_eq!(came, due);
                }
            }
            Err(code) => {
                prop_assert_eq!(came.refused, batch.num_rows() as u64);
                match code {
                    Code::ColumnType => {
                        prop_assert!(odd || by_columns(&|it| matches!(it, DataType::Map(..))), "{}", text);
                    }
                    // The column is there, even if no value is.
                    Code::UnlistedField => prop_assert_eq!(policy.unlisted, "fail"),
                    code => prop_assert!(refused.contains(&code), "{}", code),
                }
            }
        }
    }

    #[test]
    fn nothing_of_what_is_treated_stays_in_a_buffer(batch in batch(), policy in select(vec![
        r#"{"pumice": 1, "fields": {"**": "text"}}"#,
        r#"{"pumice": 1, "fields": {"**": {"type": "user_agent", "fields": ["device"]}}}"#,
        r#"{"pumice": 1, "fields": {"*": {"action": "replace", "value": "gone"}}}"#,
        r#"{"pumice": 1, "fields": {"*": {"action": "drop"}}}"#,
        r#"{"pumice": 1, "unlisted": "drop", "fields": {}}"#,
        r#"{"pumice": 1, "unlisted": "drop", "fields": {"**.a": {"action": "drop"}, "**.b": "text"}}"#,
    ])) {
        let scrubbed = match scrubber(policy).scrub_batch(&batch) {
            Ok(scrubbed) => scrubbed,
            // The values of maps are of one type.
            Err(error) => {
                prop_assert_eq!(error.code(), Code::ColumnType);
                return Ok(());
            }
        };
        for column in scrubbed.columns() {
            let bytes = bytes(column);
            for text in TEXTS.iter().filter(|text| text.len() > 4) {
                prop_assert!(!holds(&bytes, text.as_bytes()), "{}", text);
            }
            for more in 0..5u8 {
                prop_assert!(!holds(&bytes, &(INTEGER as u32 + u32::from(more)).to_le_bytes()));
                prop_assert!(!holds(&bytes, &(FLOAT + f64::from(more)).to_le_bytes()));
                prop_assert!(!holds(&bytes, &((FLOAT + f64::from(more)) as f32).to_le_bytes()));
            }
        }
    }
}
