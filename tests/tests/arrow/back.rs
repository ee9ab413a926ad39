//! Columns brought back from ciphertexts and tokens: as events are, row by row.

use crate::keys::{keys, scrubber, strings, table};
use crate::{batch, events, read};
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, Int64Array, LargeStringArray, RecordBatch, StringViewArray,
};
use arrow_schema::DataType;
use pumice::{At, Code, Error, Scrubber, Whose, Worker};
use serde_json::Value;
use std::sync::Arc;

const EVENTS: &str = r#"
{"account":"AC1","user":{"id":"ann","email":"ann@example.com"},"body":"hello","tags":["a","b"],"parts":[{"t":"x","n":1}],"gone":"1","extra":"e","sum":7}
{"account":"AC2","user":{"id":"ann","email":"bob@example.com"},"body":"hello \"you\"\n","tags":[],"parts":[],"gone":"2","extra":"e","sum":-1}
{"account":"AC1","user":{"id":"bob","email":null},"body":"","tags":["a",null],"parts":[{"t":null,"n":2},{"t":"y","n":3}],"gone":"3","extra":"e","sum":0}
{"account":"AC1","user":{"id":"ann","email":""},"body":null,"tags":null,"parts":null,"gone":"4","extra":null,"sum":null}
"#;

/// Something of each action, in columns in columns, and leaves that no rule names.
const POLICY: &str = r#"{"pumice": 1, "account": "account", "subject": "user.id", "unlisted": "drop", "fields": {
    "account": {"action": "keep"}, "user.id": {"action": "keep"},
    "user.email": {"type": "email", "action": "tokenize"}, "tags": {"action": "tokenize"},
    "body": {"action": "encrypt", "id": "text"}, "parts[*].t": {"action": "encrypt", "key": "subject"},
    "gone": {"action": "drop"}, "parts[*].n": "phone", "sum": {"action": "keep"}}}"#;

type Event = fn(&mut Worker<'_>, &[u8], &mut Vec<u8>) -> Result<(), Error>;
type Columns = fn(&mut Worker<'_>, &RecordBatch) -> Result<RecordBatch, Error>;

const DECRYPT: (Event, Columns) =
    (|worker, event, out| worker.decrypt_event(event, out), |worker, batch| worker.decrypt_batch(batch));
const DETOKENIZE: (Event, Columns) = (
    |worker, event, out| worker.detokenize_event(event, out),
    |worker, batch| worker.detokenize_batch(batch),
);

/// What the columns become, which is what each row becomes as an event.
fn back(scrubber: &Scrubber, batch: &RecordBatch, (by_event, by_column): (Event, Columns)) -> RecordBatch {
    let mut worker = scrubber.worker();
    let came = by_column(&mut worker, batch).unwrap();
    for column in came.columns() {
        column.to_data().validate_full().unwrap();
    }
    for (event, came) in events(batch).iter().zip(events(&came)) {
        let mut due = Vec::new();
        by_event(&mut worker, event.as_bytes(), &mut due).unwrap();
        assert_eq!(read(came.as_bytes()), read(&due));
    }
    came
}

#[test]
fn rows_come_back_as_events_do() {
    let scrubber = scrubber(POLICY, &keys());
    let raw = batch(EVENTS.trim().as_bytes());
    let scrubbed = scrubber.scrub_batch(&raw).unwrap();
    let decrypted = back(&scrubber, &scrubbed, DECRYPT);
    let detokenized = back(&scrubber, &scrubbed, DETOKENIZE);
    assert_eq!((decrypted.schema(), detokenized.schema()), (scrubbed.schema(), scrubbed.schema()));
    let whole = back(&scrubber, &decrypted, DETOKENIZE);
    let other_way = back(&scrubber, &detokenized, DECRYPT);
    assert_eq!(whole, other_way);
    for (came, raw) in events(&whole).iter().zip(events(&raw)) {
        let (came, mut due) = (read(came.as_bytes()), read(raw.as_bytes()));
        // Dropped, or redacted for good.
        due.as_object_mut().unwrap().retain(|name, _| name != "gone" && name != "extra");
        for part in due.get_mut("parts").and_then(Value::as_array_mut).into_iter().flatten() {
            part["n"] = "X".into();
        }
        assert_eq!(came, due);
    }
    // What was not sealed is the same memory.
    let same = |name: &str| {
        let [came, went] = [&decrypted, &scrubbed].map(|batch| batch.column_by_name(name).unwrap().to_data());
        came.buffers()[0].as_ptr() == went.buffers()[0].as_ptr()
    };
    assert!(same("account") && same("sum") && !same("body"));
    let report = scrubber.report();
    let treated = |selector| report.rules.iter().find(|rule| rule.selector == selector).unwrap().treated;
    // Two ways by columns and by rows, and the two scrubs that were needed to begin with: of them one.
    assert_eq!((treated("body"), treated("gone")), (3 + 2 * (3 + 3), 4));
}

#[test]
fn columns_of_any_layout_come_back() {
    let keys = keys();
    let policy = r#"{"pumice": 1, "fields": {"v": {"action": "encrypt"}}}"#;
    let scrubber = Scrubber::builder(policy.as_bytes()).keys(keys).account("AC1").build().unwrap();
    let texts = [Some("hello"), None, Some("a text that is longer than a view"), Some("")];
    let layouts: [ArrayRef; 3] = [
        strings(&texts),
        Arc::new(LargeStringArray::from(texts.to_vec())),
        Arc::new(StringViewArray::from(texts.to_vec())),
    ];
    for layout in layouts {
        let scrubbed = scrubber.scrub_batch(&table(vec![("v", layout.clone())])).unwrap();
        let came = back(&scrubber, &scrubbed, DECRYPT);
        assert_eq!(came.column(0), &layout);
        // In parts, with offsets that begin elsewhere.
        assert_eq!(back(&scrubber, &scrubbed.slice(2, 2), DECRYPT).column(0), &layout.slice(2, 2));
    }
    // A dictionary of ciphertexts comes out of it.
    let scrubbed = scrubber.scrub_batch(&table(vec![("v", strings(&texts))])).unwrap();
    let sealed: Vec<Option<String>> = events(&scrubbed)
        .iter()
        .map(|event| read(event.as_bytes())["v"].as_str().map(str::to_owned))
        .collect();
    let dictionary: DictionaryArray<Int8Type> = sealed.iter().map(Option::as_deref).collect();
    let came = back(&scrubber, &table(vec![("v", Arc::new(dictionary))]), DECRYPT);
    assert_eq!(came.column(0), &strings(&texts));
    // Anything else comes back as its JSON text.
    let numbers = table(vec![("v", Arc::new(Int64Array::from(vec![Some(42), None])))]);
    let scrubbed = scrubber.scrub_batch(&numbers).unwrap();
    let came = scrubber.worker().decrypt_batch(&scrubbed).unwrap();
    assert_eq!(came.column(0), &strings(&[Some("42"), None]));
    let nested = batch(br#"{"v":{"a":[1,2],"b":"x"}}"#);
    let came = scrubber.worker().decrypt_batch(&scrubber.scrub_batch(&nested).unwrap()).unwrap();
    assert_eq!(came.column(0), &strings(&[Some(r#"{"a":[1,2],"b":"x"}"#)]));
    // No rows, no keys' work.
    let empty = scrubbed.slice(0, 0);
    assert_eq!(scrubber.worker().decrypt_batch(&empty).unwrap(), empty);
}

#[test]
fn what_does_not_open_is_refused_in_its_row() {
    let keys = keys();
    let policy = r#"{"pumice": 1, "account": "a", "subject": "s", "fields": {
        "v": {"action": "encrypt"}, "t": {"action": "tokenize"}}}"#;
    let scrubber = scrubber(policy, &keys);
    let columns = |accounts: [Option<&str>; 2], v: ArrayRef, t: ArrayRef| {
        table(vec![("a", strings(&accounts)), ("s", strings(&[Some("ann"); 2])), ("v", v), ("t", t)])
    };
    let both = [Some("AC1"), Some("AC2")];
    let text = || strings(&[Some("x"), Some("y")]);
    let sealed = scrubber.scrub_batch(&columns(both, text(), text())).unwrap();
    let (v, t) = (sealed.column(2).clone(), sealed.column(3).clone());
    let decrypt = |batch: &RecordBatch| scrubber.worker().decrypt_batch(batch).unwrap_err();
    let detokenize = |batch: &RecordBatch| scrubber.worker().detokenize_batch(batch).unwrap_err();
    let says = |error: Error| (error.code(), error.at().clone(), error.line());
    let at = |selector: &str| At::Rule(selector.to_owned());
    let others = [Some("AC1"), Some("AC1")];
    assert_eq!(says(decrypt(&columns(others, v.clone(), t.clone()))), (Code::UnknownKey, at("v"), Some(2)));
    let nobody = [Some("AC1"), None];
    assert_eq!(says(decrypt(&columns(nobody, v.clone(), t.clone()))), (Code::NoAccount, at("v"), Some(2)));
    assert_eq!(says(detokenize(&columns(nobody, v.clone(), t.clone()))), (Code::NoAccount, at("t"), Some(2)));
    let of_another = says(detokenize(&columns(others, v.clone(), t.clone())));
    assert_eq!((of_another.1, of_another.2), (at("t"), Some(2)));
    assert_eq!(says(decrypt(&columns(both, text(), t.clone()))), (Code::NotOurs, at("v"), Some(1)));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(1)]));
    assert_eq!(says(decrypt(&columns(both, numbers, t.clone()))), (Code::NotOurs, at("v"), Some(2)));
    let nulls: ArrayRef = Arc::new(Int64Array::from(vec![None, None]));
    let batch = columns(both, nulls, t.clone());
    assert_eq!(scrubber.worker().decrypt_batch(&batch).unwrap(), batch);
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"\xff"[..]; 2]));
    let binary = scrubber.scrub_batch(&columns(both, bytes, text())).unwrap();
    assert_eq!(says(decrypt(&binary)), (Code::InvalidValue, at("v"), Some(1)));
    keys.forget("AC2", "ann").unwrap();
    assert_eq!(says(detokenize(&sealed)), (Code::Forgotten, at("t"), Some(2)));
    // Where nobody says whose the rows are, a token is believed.
    let alone = table(vec![("t", t)]).slice(0, 1);
    assert_eq!(scrubber.worker().detokenize_batch(&alone).unwrap().column(0), &strings(&[Some("x")]));
    let by_call = Whose { account: Some("AC1"), subject: None };
    let came = scrubber.worker_for(by_call).decrypt_batch(&table(vec![("v", v)]).slice(0, 1)).unwrap();
    assert_eq!(came.column(0).data_type(), &DataType::Utf8);
    assert_eq!(came.column(0), &strings(&[Some("x")]));
}
