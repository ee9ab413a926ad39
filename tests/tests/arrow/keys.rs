//! Columns that are encrypted, tokenized and hashed: whose each row is, and the way back.

use crate::{batch, column, events, read};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array,
    DictionaryArray, DurationSecondArray, Float64Array, Int64Array, LargeStringArray, ListArray, MapArray,
    NullArray, PrimitiveArray, RecordBatch, StringArray, StringViewArray, StructArray, Time32SecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema};
use pumice::crypto::{
    AccountTag, Inserted, Keyring, Keys, LocalRoot, MemoryStore, Plain, Record, RecordId, RecordKey,
    SubjectStore,
};
use pumice::{At, BatchOptions, Code, Error, Scrubber, Whose};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ACCOUNTS: [&str; 3] = ["AC1", "AC2", "7"];

fn keyring() -> Keyring {
    let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
    keyring.add(&ACCOUNTS).unwrap();
    keyring
}

pub(crate) fn keys() -> Arc<Keys> {
    Arc::new(Keys::builder(keyring()).store(Arc::new(MemoryStore::new())).build())
}

pub(crate) fn scrubber(policy: &str, keys: &Arc<Keys>) -> Scrubber {
    Scrubber::builder(policy.as_bytes())
        .keys(keys.clone())
        .build()
        .unwrap_or_else(|error| panic!("{policy}: {error}"))
}

fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

pub(crate) fn strings(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

pub(crate) fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

const EVENTS: &str = r#"
{"account":"AC1","user":{"id":"ann","email":"ann@example.com"},"phone":"+14155550132","body":"hello","tags":["a","b"]}
{"account":"AC2","user":{"id":"ann","email":"ann@example.com"},"phone":"+14155550132","body":"hello \"you\"","tags":[]}
{"account":"AC1","user":{"id":"bob","email":"ann@example.com"},"phone":null,"body":"","tags":["a","b"]}
{"account":"AC1","user":{"id":"ann","email":"ann@example.com"},"phone":"+14155550199","body":null,"tags":null}
"#;

const POLICY: &str = r#"{"pumice": 1, "account": "account", "subject": "user.id", "fields": {
    "user.email": {"type": "email", "action": "tokenize"}, "phone": {"type": "phone", "action": "hash"},
    "body": {"action": "encrypt", "id": "text"}, "tags[*]": {"action": "hash"},
    "account": "text", "user.id": {"action": "encrypt", "key": "subject"}}}"#;

#[test]
fn each_row_is_sealed_for_whom_it_says() {
    let keys = keys();
    let batch = batch(EVENTS.trim().as_bytes());
    let scrubber = scrubber(POLICY, &keys);
    let scrubbed = scrubber.scrub_batch(&batch).unwrap();
    for column in scrubbed.columns() {
        column.to_data().validate_full().unwrap();
    }
    let rows = events(&batch).into_iter().zip(events(&scrubbed)).zip(["AC1", "AC2", "AC1", "AC1"]);
    for ((event, came), account) in rows {
        let mut due = read(&scrubber.scrub(event.as_bytes()).unwrap());
        let mut came = read(came.as_bytes());
        // No two ciphertexts are alike, but what is in them.
        for (place, field) in [("/body", "text"), ("/user/id", "user.id")] {
            let event = read(event.as_bytes());
            let raw = event.pointer(place);
            assert_eq!(came.pointer(place).is_some(), raw.is_some());
            if let (Some(sealed), Some(other)) = (came.pointer_mut(place), due.pointer_mut(place)) {
                let opened = keys.decrypt(sealed.as_str().unwrap(), account, field).unwrap();
                assert!(opened == Plain::String(raw.unwrap().as_str().unwrap().into()));
                (*sealed, *other) = (json!(0), json!(0));
            }
        }
        assert_eq!(came, due);
    }
    let report = scrubber.report();
    let of_hash = report.rules.iter().find(|rule| rule.selector == "phone").unwrap();
    assert_eq!((of_hash.treated, of_hash.null), (2 * 3, 2));
}

#[test]
fn names_come_from_columns_of_any_kind() {
    let keys = keys();
    let policy = r#"{"pumice": 1, "account": "a.id", "fields": {"v": {"action": "hash"}}}"#;
    let id = |array: ArrayRef, nulls: Option<NullBuffer>| -> ArrayRef {
        let field = Field::new("id", array.data_type().clone(), true);
        Arc::new(StructArray::new(vec![field].into(), vec![array], nulls))
    };
    let dictionary: DictionaryArray<Int8Type> = [Some("AC1"), Some("7"), None].into_iter().collect();
    let map = {
        let keys = strings(&[Some("id"), Some("x"), Some("x"), Some("id"), Some("y"), Some("y")]);
        let values = strings(&[Some("AC1"), Some("AC2"), Some("AC2"), Some("7"), Some("7"), None]);
        let fields =
            vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)];
        let entries = StructArray::new(fields.into(), vec![keys, values], None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        MapArray::new(field, OffsetBuffer::from_lengths([2, 2, 2]), entries, None, false)
    };
    let value = strings(&[Some("x"), Some("x"), Some("x")]);
    let due = |account| {
        let batch = table(vec![("v", value.clone())]);
        let scrubber =
            Scrubber::builder(policy.as_bytes()).keys(keys.clone()).account(account).build().unwrap();
        texts(scrubber.scrub_batch(&batch).unwrap().column(0)).remove(0)
    };
    let (one, seven) = (due("AC1"), due("7"));
    assert_ne!(one, seven);
    let nulls = |bits: [bool; 3]| Some(NullBuffer::from(bits.to_vec()));
    for accounts in [
        id(strings(&[Some("AC1"), Some("7"), None]), None),
        id(strings(&[Some("AC1"), Some("7"), Some("AC1")]), nulls([true, true, false])),
        id(strings(&[Some("AC1"), Some("7"), Some("")]), None),
        id(Arc::new(LargeStringArray::from(vec!["AC1", "7", ""])), None),
        id(Arc::new(StringViewArray::from(vec!["AC1", "7", ""])), None),
        id(Arc::new(dictionary), None),
        Arc::new(map),
    ] {
        let batch = table(vec![("v", value.clone()), ("a", accounts)]);
        let scrubber = scrubber(policy, &keys);
        let came = texts(scrubber.scrub_batch(&batch.slice(0, 2)).unwrap().column(0));
        assert_eq!(came, [one.clone(), seven.clone()]);
        // Who a row does not say is nobody.
        let error = scrubber.scrub_batch(&batch).unwrap_err();
        assert_eq!((error.code(), error.line()), (Code::NoAccount, Some(3)));
        assert_eq!(error.at(), &At::Rule("v".to_owned()));
        assert_eq!(scrubber.report().refused, 3);
        let by_call = Whose { account: Some("7"), subject: None };
        let came = scrubber.worker_for(by_call).scrub_batch(&batch, BatchOptions::default()).unwrap();
        assert_eq!(texts(came.column(0)), [seven.clone(), seven.clone(), seven.clone()]);
    }
    // A number, and two columns of one name.
    let policy = r#"{"pumice": 1, "account": "a", "fields": {"v": {"action": "hash"}}}"#;
    let scrubber = scrubber(policy, &keys);
    let number: ArrayRef = Arc::new(Int64Array::from(vec![7, 7, 7]));
    let batch = table(vec![("v", value.clone()), ("a", number.clone())]);
    assert_eq!(texts(scrubber.scrub_batch(&batch).unwrap().column(0)), vec![seven.clone(); 3]);
    let twice = |other: ArrayRef| {
        let fields =
            ["v", "a", "a"].map(|name| if name == "v" { DataType::Utf8 } else { other.data_type().clone() });
        let fields = fields.into_iter().zip(["v", "a", "a"]).map(|(kind, name)| Field::new(name, kind, true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let first = if other.data_type().is_numeric() { number.clone() } else { strings(&[Some("7"); 3]) };
        RecordBatch::try_new(schema, vec![value.clone(), first, other]).unwrap()
    };
    assert_eq!(texts(scrubber.scrub_batch(&twice(number.clone())).unwrap().column(0)), vec![seven; 3]);
    let unlike = twice(strings(&[Some("7"), Some("AC1"), Some("7")]));
    let error = scrubber.scrub_batch(&unlike).unwrap_err();
    assert_eq!((error.code(), error.line()), (Code::NoAccount, Some(2)));
}

#[test]
fn any_value_comes_back() {
    let keys = keys();
    let policy = r#"{"pumice": 1, "fields": {"v": {"action": "encrypt"}}}"#;
    let scrubber = Scrubber::builder(policy.as_bytes()).keys(keys.clone()).account("AC1").build().unwrap();
    let text = |text: &'static str| Plain::String(text.into());
    let json = |text: &'static str| Plain::Json(text.into());
    let bytes = |bytes: &'static [u8]| Plain::Bytes(bytes.into());
    let moment = |micros: i64, zone: Option<&str>| -> ArrayRef {
        let array = PrimitiveArray::<TimestampMicrosecondType>::from(vec![micros]);
        Arc::new(if let Some(zone) = zone { array.with_timezone(zone) } else { array })
    };
    let dictionary: DictionaryArray<Int32Type> = ["hello"].into_iter().collect();
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None])]);
    let nested: ArrayRef = Arc::new(list.clone());
    let record = StructArray::from(vec![
        (Arc::new(Field::new("a\"b", DataType::Utf8, true)), strings(&[Some("x\n")])),
        (Arc::new(Field::new("n", nested.data_type().clone(), true)), nested),
        (
            Arc::new(Field::new("f", DataType::Float64, true)),
            Arc::new(Float64Array::from(vec![89.5])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("b", DataType::Boolean, true)),
            Arc::new(BooleanArray::from(vec![None])) as ArrayRef,
        ),
    ]);
    let map = {
        let fields =
            vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Date32, true)];
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(20_514), None]));
        let entries = StructArray::new(fields.into(), vec![strings(&[Some("k"), Some("l")]), dates], None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        MapArray::new(field, OffsetBuffer::from_lengths([2]), entries, None, false)
    };
    let decimal =
        |value, scale| Decimal128Array::from(vec![value]).with_precision_and_scale(9, scale).unwrap();
    let columns: Vec<(ArrayRef, Plain<'_>)> = vec![
        (strings(&[Some("hello")]), text("hello")),
        (Arc::new(LargeStringArray::from(vec!["hello"])), text("hello")),
        (
            Arc::new(StringViewArray::from(vec!["hello, longer than a view"])),
            text("hello, longer than a view"),
        ),
        (Arc::new(dictionary), text("hello")),
        (Arc::new(Int64Array::from(vec![-7])), json("-7")),
        (Arc::new(Float64Array::from(vec![0.1])), json("0.1")),
        (Arc::new(Float64Array::from(vec![14_155_550_132.0])), json("14155550132")),
        (Arc::new(Float64Array::from(vec![1e300])), json("1e300")),
        (Arc::new(Float64Array::from(vec![-0.0])), json("-0")),
        (Arc::new(decimal(-5, 2)), json("-0.05")),
        (Arc::new(decimal(8900, 2)), json("89.00")),
        (Arc::new(decimal(7, -2)), json("700")),
        (Arc::new(BooleanArray::from(vec![false])), json("false")),
        (Arc::new(BinaryArray::from(vec![&b"\xff\x00"[..]])), bytes(b"\xff\x00")),
        (Arc::new(BinaryViewArray::from(vec![&b"\xff"[..]])), bytes(b"\xff")),
        (Arc::new(Date32Array::from(vec![20_514])), text("2026-03-02")),
        (Arc::new(Time32SecondArray::from(vec![3_661])), text("01:01:01")),
        (moment(1_772_460_511_204_000, None), text("2026-03-02T14:08:31.204")),
        (moment(1_772_460_511_000_000, Some("+02:00")), text("2026-03-02T14:08:31Z")),
        (Arc::new(list), json("[1,null]")),
        (Arc::new(record), json(r#"{"a\"b":"x\n","n":[1,null],"f":89.5,"b":null}"#)),
        (Arc::new(map), json(r#"{"k":"2026-03-02","l":null}"#)),
    ];
    for (array, plain) in columns {
        let kind = array.data_type().clone();
        let scrubbed = scrubber.scrub_batch(&column("v", array)).unwrap();
        let sealed: Vec<String> = events(&scrubbed);
        let sealed: serde_json::Value = serde_json::from_str(&sealed[0]).unwrap();
        let opened = keys.decrypt(sealed["v"].as_str().unwrap(), "AC1", "v").unwrap();
        assert!(opened == plain, "{kind}: {:?}", std::str::from_utf8(opened.as_bytes()));
    }
    let nothing = scrubber.scrub_batch(&column("v", Arc::new(NullArray::new(2)))).unwrap();
    assert_eq!(texts(nothing.column(0)), [None, None]);
}

#[test]
fn what_has_no_text_is_refused() {
    let keys = keys();
    let make = |action: &str| {
        let policy = format!(r#"{{"pumice": 1, "fields": {{"v": {{"action": "{action}"}}}}}}"#);
        let builder = Scrubber::builder(policy.as_bytes()).keys(keys.clone());
        builder.account("AC1").subject("ann").build().unwrap()
    };
    for action in ["encrypt", "hash", "tokenize"] {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN)]));
        let error = make(action).scrub_batch(&column("v", floats)).unwrap_err();
        assert_eq!((error.code(), error.line()), (Code::InvalidValue, Some(3)));
        let spans: ArrayRef = Arc::new(DurationSecondArray::from(vec![1]));
        let error = make(action).scrub_batch(&column("v", spans)).unwrap_err();
        assert_eq!((error.code(), error.line()), (Code::ColumnType, None));
    }
    for action in ["hash", "tokenize"] {
        let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
        let error = make(action).scrub_batch(&column("v", bytes)).unwrap_err();
        assert_eq!((error.code(), error.at()), (Code::ColumnType, &At::Rule("v".to_owned())));
    }
}

/// A store that counts how often it is asked.
#[derive(Default)]
struct Counted {
    inner: MemoryStore,
    asked: AtomicUsize,
}

impl SubjectStore for Counted {
    fn get(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.get(keys)
    }
    fn insert_if_absent(&self, records: &[(RecordKey, Record)]) -> Result<Vec<Inserted>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.insert_if_absent(records)
    }
    fn locate(&self, ids: &[RecordId]) -> Result<Vec<Option<(RecordKey, Record)>>, Error> {
        self.inner.locate(ids)
    }
    fn delete(&self, keys: &[RecordKey]) -> Result<u64, Error> {
        self.inner.delete(keys)
    }
    fn delete_account(&self, account: AccountTag) -> Result<u64, Error> {
        self.inner.delete_account(account)
    }
    fn scan(&self, after: Option<RecordKey>, limit: usize) -> Result<Vec<(RecordKey, Record)>, Error> {
        self.inner.scan(after, limit)
    }
    fn purge(&self) -> Result<(), Error> {
        self.inner.purge()
    }
}

#[test]
fn new_subjects_are_made_in_one_round_trip() {
    let store = Arc::new(Counted::default());
    let keys = Arc::new(Keys::builder(keyring()).store(store.clone()).build());
    let policy = r#"{"pumice": 1, "account": "a", "subject": "s", "fields": {
        "v": {"type": "email", "action": "tokenize"}, "w[*]": {"action": "encrypt", "key": "subject"}}}"#;
    let scrubber = scrubber(policy, &keys);
    let rows = 3_000_i64;
    let subjects: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let accounts: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..rows).map(|n| ACCOUNTS[n as usize % 3])));
    let values: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..rows).map(|n| format!("{n}@example.com"))));
    let element = Arc::new(Field::new("item", DataType::Utf8, true));
    let lists =
        ListArray::new(element, OffsetBuffer::from_lengths(vec![1; rows as usize]), values.clone(), None);
    let batch = table(vec![("a", accounts), ("s", subjects), ("v", values), ("w", Arc::new(lists))]);
    let scrubbed = scrubber.scrub_batch(&batch).unwrap();
    assert_eq!(store.asked.load(Ordering::Relaxed), 2);
    let again = scrubber.scrub_batch(&batch).unwrap();
    assert_eq!(store.asked.load(Ordering::Relaxed), 2);
    assert_eq!(texts(scrubbed.column(2)), texts(again.column(2)));
    for (row, token) in texts(scrubbed.column(2)).into_iter().enumerate() {
        let opened = keys.detokenize(&token.unwrap()).unwrap();
        assert!(opened == Plain::String(format!("{row}@example.com").into()));
    }
}
