//! Runs `vectors/redact.json` by columns: each value in every type of column that can have it.

use crate::{column, events, read};
use arrow_array::types::{Int32Type, UInt8Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    LargeStringArray, NullArray, RunArray, StringArray, StringViewArray, UInt64Array,
};
use conformance::vectors;
use pumice::Redactor;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::sync::Arc;

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "in")]
    value: Box<RawValue>,
    options: Option<Value>,
    out: Option<Box<RawValue>>,
}

/// A column with this value and others around it, of each type that has it. The value stands in the second slot.
fn columns(json: &str) -> Vec<ArrayRef> {
    if let Ok(text) = serde_json::from_str::<String>(json) {
        let texts = [Some("other"), Some(text.as_str()), None, Some(&text)];
        let dictionary: DictionaryArray<Int32Type> = texts.into_iter().collect();
        let small: DictionaryArray<UInt8Type> = texts.into_iter().collect();
        let runs: RunArray<Int32Type> = texts.into_iter().collect();
        return vec![
            Arc::new(StringArray::from(texts.to_vec())),
            Arc::new(LargeStringArray::from(texts.to_vec())),
            Arc::new(StringViewArray::from(texts.to_vec())),
            Arc::new(dictionary),
            Arc::new(small),
            Arc::new(runs),
        ];
    }
    let mut columns: Vec<ArrayRef> = Vec::new();
    match json {
        "null" => {
            columns.push(Arc::new(NullArray::new(4)));
            columns.push(Arc::new(StringArray::new_null(4)));
            columns.push(Arc::new(Int64Array::new_null(4)));
        }
        "true" | "false" => columns.push(Arc::new(BooleanArray::from(vec![json == "true"; 4]))),
        number => {
            if let Ok(number) = number.parse::<i64>() {
                columns.push(Arc::new(Int64Array::from(vec![7, number, 0, number])));
            }
            if let Ok(number) = number.parse::<u64>() {
                columns.push(Arc::new(UInt64Array::from(vec![7, number, 0, number])));
            }
            if let Some(float) = number.parse::<f64>().ok().filter(|float| float.to_string() == *number) {
                columns.push(Arc::new(Float64Array::from(vec![7.5, float, 0.0, float])));
            }
            let digits = number.replace('.', "");
            if let (Ok(digits), Some((_, tail))) = (digits.parse::<i128>(), number.split_once('.')) {
                let decimals = Decimal128Array::from(vec![1, digits, 2, digits]);
                let scale = i8::try_from(tail.len()).unwrap();
                columns.push(Arc::new(decimals.with_precision_and_scale(38, scale).unwrap()));
            }
        }
    }
    columns
}

#[test]
fn each_value_comes_out_as_it_should() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (name, rows) in vectors::read::<Row>("redact") {
        for Row { value, options, out } in rows {
            let rule = options.unwrap_or(json!({})).to_string();
            let redactor = Redactor::builder(&name, &rule).build().unwrap();
            let due = out.map_or(json!({}), |out| read(format!(r#"{{"v":{out}}}"#).as_bytes()));
            for array in columns(value.get()) {
                tried += 1;
                // Its slots stand after others, too.
                for (array, slots) in [(array.clone(), [1, 3]), (array.slice(1, 3), [0, 2])] {
                    let came = redactor.redact_array(&array).unwrap();
                    came.to_data().validate_full().unwrap();
                    assert_eq!(came.len(), array.len());
                    let came = events(&column("v", came));
                    for slot in slots {
                        let came = read(came[slot].as_bytes());
                        if came != due {
                            wrong.push(format!(
                                "{name} {value} {rule} in {}: due {due}, came {came}",
                                array.data_type()
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 1_000, "{tried}");
}
