//! Files of columns: what is treated, what stays, and what is refused.

use crate::pumice::{CANARY, House};
use crate::sealed::{KEYS, keyed};
use arrow_array::builder::{ListBuilder, MapBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, StructArray};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::reader::ReaderBuilder;
use arrow_avro::schema::SCHEMA_METADATA_KEY;
use arrow_avro::writer::WriterBuilder;
use arrow_avro::writer::format::AvroOcfFormat;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

const POLICY: &str = r#"{"pumice": 1, "fields": {
  "from": "phone", "kind": "email", "user.email": "email", "tags[*]": "phone", "props.mail": "email",
  "lat": "coordinate", "agent": "user_agent", "secret": {"action": "drop"}, "note": "text"
}}"#;

/// Rows of each kind of column, some of them null; from so many on.
fn rows(from: i64, count: i64) -> RecordBatch {
    let numbers = from..from + count;
    let is_null = |n: i64| n % 7 == 3;
    let texts = |text: &dyn Fn(i64) -> String| -> ArrayRef {
        Arc::new(numbers.clone().map(|n| (!is_null(n)).then(|| text(n))).collect::<StringArray>())
    };
    let mut kind = StringDictionaryBuilder::<Int32Type>::new();
    let mut tags = ListBuilder::new(StringBuilder::new());
    let mut props = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for n in numbers.clone() {
        kind.append_option((!is_null(n)).then_some(["ann@example.com", "bob@example.com"][n as usize % 2]));
        for tag in 0..n % 3 {
            tags.values().append_value(format!("+1415555013{tag}"));
        }
        tags.append(!is_null(n));
        props.keys().append_value("mail");
        props.values().append_value(format!("m{n}@example.com"));
        props.keys().append_value("color");
        props.values().append_option((!is_null(n)).then_some("red"));
        props.append(true).unwrap();
    }
    let email = texts(&|n| format!("{CANARY}{n}@example.com"));
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers.clone()));
    let field = |name: &str, array: &ArrayRef| Field::new(name, array.data_type().clone(), true);
    let user = StructArray::new(
        vec![field("email", &email), field("id", &id)].into(),
        vec![email, id.clone()],
        None,
    );
    let lat: ArrayRef =
        Arc::new(Float64Array::from_iter(numbers.clone().map(|n| (!is_null(n)).then_some(45.4215))));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", id),
        ("from", texts(&|n| format!("+1415555{n:04}"))),
        ("kind", Arc::new(kind.finish())),
        ("user", Arc::new(user)),
        ("tags", Arc::new(tags.finish())),
        ("props", Arc::new(props.finish())),
        ("lat", lat),
        ("agent", texts(&|_| "Mozilla/5.0 (Windows NT 10.0) Firefox/126.0".to_owned())),
        ("secret", texts(&|_| CANARY.to_owned())),
        ("note", texts(&|_| CANARY.to_owned())),
        ("plain", texts(&|n| format!("plain {n}"))),
    ];
    let fields: Vec<_> = columns.iter().map(|(name, array)| field(name, array)).collect();
    let metadata = HashMap::from([("team".to_owned(), "growth".to_owned())]);
    let schema = Schema::new_with_metadata(fields, metadata);
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect()).unwrap()
}

fn pair(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value.to_owned()) }
}

fn write_parquet(house: &House, name: &str, schema: &SchemaRef, groups: &[RecordBatch]) {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_column_compression(ColumnPath::from("plain"), Compression::ZSTD(ZstdLevel::default()))
        .set_column_compression(ColumnPath::from("agent"), Compression::LZ4_RAW)
        .set_key_value_metadata(Some(vec![
            // As others write it, in both places.
            pair("team", "growth"),
            pair("origin", "cluster 7"),
            pair("org.apache.spark.sql.parquet.row.metadata", "{}"),
        ]))
        .build();
    let file = File::create(house.path(name)).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).unwrap();
    for group in groups {
        writer.write(group).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
}

fn read_parquet(house: &House, name: &str) -> (SchemaRef, Arc<ParquetMetaData>, Vec<RecordBatch>) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(house.path(name)).unwrap()).unwrap();
    let (schema, about) = (reader.schema().clone(), reader.metadata().clone());
    let groups = (0..about.num_row_groups()).map(|group| {
        let file = File::open(house.path(name)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let rows = reader.with_row_groups(vec![group]).with_batch_size(1 << 20).build().unwrap();
        let batches: Vec<_> = rows.map(|batch| batch.unwrap()).collect();
        assert_eq!(batches.len(), 1);
        batches.into_iter().next().unwrap()
    });
    (schema, about.clone(), groups.collect())
}

/// What core makes of them.
fn due(policy: &str, batch: &RecordBatch) -> RecordBatch {
    pumice::Scrubber::builder(policy.as_bytes()).build().unwrap().scrub_batch(batch).unwrap()
}

#[test]
fn a_parquet_file_keeps_its_groups_and_what_it_says_of_itself() {
    let house = House::new();
    house.file("p.json", POLICY);
    let groups = [rows(0, 1_000), rows(1_000, 30_000), rows(31_000, 1)];
    write_parquet(&house, "in.parquet", &groups[0].schema(), &groups);
    for threads in ["1", "3"] {
        let args = [
            "scrub",
            "-p",
            "p.json",
            "--threads",
            threads,
            "--report",
            "r.json",
            "-o",
            "out.parquet",
            "in.parquet",
        ];
        house.run(&args).succeeds();
        let (schema, about, came) = read_parquet(&house, "out.parquet");
        let expected: Vec<_> = groups.iter().map(|group| due(POLICY, group)).collect();
        assert_eq!(schema.fields(), expected[0].schema().fields());
        assert!(came.iter().zip(&expected).all(|(came, due)| came.columns() == due.columns()));
        assert_eq!(came.len(), expected.len());
        assert_eq!(schema.metadata().get("team").map(String::as_str), Some("growth"));
        let pairs = about.file_metadata().key_value_metadata().unwrap();
        assert!(pairs.contains(&pair("origin", "cluster 7")));
        // It describes columns that are others now.
        assert!(!pairs.iter().any(|pair| pair.key.starts_with("org.apache.spark")));
        let compression = |path: &str| {
            let columns = about.row_group(1).columns();
            columns.iter().find(|column| column.column_path().string() == path).unwrap().compression()
        };
        assert_eq!(compression("plain"), Compression::ZSTD(ZstdLevel::default()));
        assert_eq!(compression("from"), Compression::SNAPPY);
        assert_eq!(compression("agent.family"), Compression::LZ4_RAW);
        assert_eq!(
            came[0].column_by_name("kind").unwrap().data_type(),
            groups[0].column_by_name("kind").unwrap().data_type()
        );
        let bytes = house.read("out.parquet");
        assert!(!bytes.windows(CANARY.len()).any(|found| found == CANARY.as_bytes()), "statistics too");
        let report = String::from_utf8(house.read("r.json")).unwrap();
        assert!(report.contains("\"events\":31001"), "{report}");
    }
    // Over itself; and through stdout.
    house.run(&["scrub", "-p", "p.json", "-o", "in.parquet", "in.parquet"]).succeeds();
    assert!(read_parquet(&house, "in.parquet").2 == read_parquet(&house, "out.parquet").2);
    let ran = house.run(&["scrub", "-p", "p.json", "out.parquet"]);
    assert!(ran.stdout.starts_with(b"PAR1") && ran.stdout.ends_with(b"PAR1"));
    assert_eq!(house.names(), ["in.parquet", "out.parquet", "p.json", "r.json"]);
}

#[test]
fn what_describes_the_columns_stays_where_they_stay() {
    let house = House::new();
    house.file("p.json", r#"{"pumice": 1, "fields": {"from": "phone", "note": "text"}}"#);
    let group = rows(0, 10);
    write_parquet(&house, "in.parquet", &group.schema(), &[group]);
    house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    let pairs = |name| read_parquet(&house, name).1.file_metadata().key_value_metadata().unwrap().clone();
    // What Spark says of columns may quote values of those that are treated.
    let mut due = pairs("in.parquet");
    due.retain(|pair| !pair.key.starts_with("org.apache.spark"));
    assert_eq!(pairs("out.parquet"), due);
    house.file("none.json", r#"{"pumice": 1, "fields": {"other": "phone"}}"#);
    house.run(&["scrub", "-p", "none.json", "-o", "same.parquet", "in.parquet"]).succeeds();
    assert_eq!(pairs("same.parquet"), pairs("in.parquet"));
    let schema = |name| read_parquet(&house, name).1.file_metadata().schema_descr().root_schema().clone();
    assert_eq!(schema("out.parquet"), schema("in.parquet"));
}

#[test]
fn a_file_without_rows_keeps_its_schema() {
    let house = House::new();
    house.file("p.json", POLICY);
    write_parquet(&house, "in.parquet", &rows(0, 0).schema(), &[]);
    house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    let (schema, about, _) = read_parquet(&house, "out.parquet");
    assert_eq!(schema.fields(), due(POLICY, &rows(0, 0)).schema().fields());
    assert_eq!(about.num_row_groups(), 0);
}

#[test]
fn files_that_are_not_what_they_say() {
    let house = House::new();
    house.file("p.json", POLICY);
    let groups = [rows(0, 500), rows(500, 500)];
    write_parquet(&house, "in.parquet", &groups[0].schema(), &groups);
    write_avro(&house, "in.avro", &plain(0, 3_000), None);
    for kind in ["parquet", "avro"] {
        let (out, cut, text) = (format!("out.{kind}"), format!("cut.{kind}"), format!("text.{kind}"));
        let sound = house.read(&format!("in.{kind}"));
        let step = sound.len() / 24;
        for len in (4..sound.len()).step_by(step).chain([sound.len() - 1, sound.len() - 16]) {
            house.file(&cut, &sound[..len]);
            let ran = house.run(&["scrub", "-p", "p.json", "-o", &out, &cut]);
            assert_eq!(ran.exit, Some(1), "cut to {len}: {}", ran.stderr);
            assert!(!ran.stderr.contains(CANARY) && ran.stderr.contains(&cut), "{}", ran.stderr);
            assert!(!house.path(&out).exists());
        }
        for at in (4..sound.len()).step_by(step / 2) {
            let mut bytes = sound.clone();
            bytes[at] ^= 0x55;
            house.file(&cut, &bytes);
            let ran = house.run(&["scrub", "-p", "p.json", "-o", &out, &cut]);
            assert!(ran.exit == Some(0) || ran.exit == Some(1), "byte {at}: {}", ran.stderr);
            assert!(!ran.stderr.contains(CANARY) && !ran.stderr.contains("panicked"), "{}", ran.stderr);
            assert_eq!(house.path(&out).exists(), ran.exit == Some(0));
            let _ = std::fs::remove_file(house.path(&out));
        }
        house.file(&text, "{\"from\":\"+14155550132\"}\n");
        house.run(&["scrub", "-p", "p.json", "-o", &out, &text]).fails(2, &[&text, "is not"]);
        house.file(&text, "");
        house.run(&["scrub", "-p", "p.json", "-o", &out, &text]).fails(2, &[&text, "is not"]);
        let names = house.names();
        assert!(names.iter().all(|name| !name.contains("pumice-tmp")), "{names:?}");
    }
}

#[test]
fn options_that_columns_have_no_use_for() {
    let house = House::new();
    house.file("p.json", POLICY);
    write_parquet(&house, "in.parquet", &rows(0, 1).schema(), &[rows(0, 1)]);
    house.file("lines.ndjson", "{}\n");
    let run = |args: &[&str]| house.run(&[&["scrub", "-p", "p.json", "-o", "out.parquet"], args].concat());
    run(&["--on-error", "reject", "--rejects", "bad", "in.parquet"])
        .fails(2, &["--on-error reject goes with lines"]);
    run(&["in.parquet", "in.parquet"]).fails(2, &["alone"]);
    run(&["lines.ndjson", "in.parquet"]).fails(2, &["alone"]);
    house.run(&["scrub", "-p", "p.json", "-o", "out.avro", "in.parquet"]).fails(2, &["a Parquet file"]);
    assert!(!house.path("out.parquet").exists() && !house.path("bad").exists());
    house.file(
        "strict.json",
        r#"{"pumice": 1, "fields": {"plain": {"type": "phone", "on_invalid": "fail"}}}"#,
    );
    house
        .run(&["scrub", "-p", "strict.json", "-o", "out.parquet", "in.parquet"])
        .fails(1, &["in.parquet: invalid_value on line 1 at plain"]);
    assert!(!house.path("out.parquet").exists());
}

#[test]
fn the_row_that_fails_is_counted_from_the_first_of_all() {
    let house = House::new();
    house.file("p.json", r#"{"pumice": 1, "fields": {"id": {"type": "phone", "on_invalid": "fail"}}}"#);
    let group = |ids: std::ops::Range<i64>| {
        let ids: ArrayRef = Arc::new(ids.map(|n| if n == 40_123 { -1 } else { n }).collect::<Int64Array>());
        RecordBatch::try_from_iter([("id", ids)]).unwrap()
    };
    let groups = [group(0..25_000), group(25_000..60_000)];
    write_parquet(&house, "in.parquet", &groups[0].schema(), &groups);
    house
        .run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"])
        .fails(1, &["on line 40124 at id"]);
}

/// Columns that Avro has too.
fn plain(from: i64, count: i64) -> RecordBatch {
    let all = rows(from, count);
    let names = ["id", "from", "user", "tags", "lat", "secret", "note", "plain"];
    let places: Vec<_> = names.iter().map(|name| all.schema().index_of(name).unwrap()).collect();
    let batch = all.project(&places).unwrap();
    let schema = Schema::new(batch.schema().fields().clone());
    RecordBatch::try_new(Arc::new(schema), batch.columns().to_vec()).unwrap()
}

fn write_avro(house: &House, name: &str, batch: &RecordBatch, codec: Option<CompressionCodec>) {
    let file = File::create(house.path(name)).unwrap();
    let builder = WriterBuilder::new(batch.schema().as_ref().clone()).with_compression(codec);
    let mut writer = builder.build::<_, AvroOcfFormat>(file).unwrap();
    for start in (0..batch.num_rows()).step_by(1_000) {
        writer.write(&batch.slice(start, 1_000.min(batch.num_rows() - start))).unwrap();
    }
    writer.finish().unwrap();
}

fn read_avro(house: &House, name: &str) -> (String, Option<CompressionCodec>, Vec<RecordBatch>) {
    let file = std::io::BufReader::new(File::open(house.path(name)).unwrap());
    let reader = ReaderBuilder::new().with_batch_size(1 << 20).build(file).unwrap();
    let schema = String::from_utf8(reader.avro_header().get(SCHEMA_METADATA_KEY).unwrap().to_vec()).unwrap();
    let codec = reader.avro_header().compression().unwrap();
    (schema, codec, reader.map(|batch| batch.unwrap()).collect())
}

#[test]
fn an_avro_file_keeps_its_codec_and_its_schema() {
    let house = House::new();
    house.file("p.json", POLICY);
    house.file("same.json", r#"{"pumice": 1, "fields": {"from": "phone", "note": "text"}}"#);
    for codec in [
        None,
        Some(CompressionCodec::Snappy),
        Some(CompressionCodec::Deflate),
        Some(CompressionCodec::ZStandard),
    ] {
        write_avro(&house, "in.avro", &plain(0, 20_500), codec);
        let (before, _, went) = read_avro(&house, "in.avro");
        house.run(&["scrub", "-p", "p.json", "-o", "out.avro", "in.avro"]).succeeds();
        let (after, came_codec, came) = read_avro(&house, "out.avro");
        assert_eq!(came_codec, codec);
        assert_ne!(after, before);
        assert!(!after.contains("secret"));
        let (due, came) = (due(POLICY, &went[0]), &came[0]);
        assert_eq!(came.num_rows(), 20_500);
        for (name, place) in due.schema().fields().iter().map(|field| field.name()).zip(0..) {
            assert_eq!(came.column(place).to_data(), due.column_by_name(name).unwrap().to_data(), "{name}");
        }
        house.run(&["scrub", "-p", "same.json", "-o", "same.avro", "in.avro"]).succeeds();
        let (same, _, came) = read_avro(&house, "same.avro");
        assert_eq!(same, before, "to the letter");
        assert_eq!(came[0].column(1).as_string::<i32>().value(0), "+1415555XXXX");
    }
    write_avro(&house, "in.avro", &plain(0, 0), None);
    house.run(&["scrub", "-p", "p.json", "-o", "out.avro", "in.avro"]).succeeds();
    assert_eq!(read_avro(&house, "out.avro").2.len(), 0);
}

/// Avro's variable-length number.
fn long(number: usize) -> Vec<u8> {
    let bits = number << 1;
    if bits < 0x80 { vec![bits as u8] } else { vec![bits as u8 | 0x80, (bits >> 7) as u8] }
}

/// What a schema says that columns do not know, as documentation and the order of a union.
#[test]
fn an_avro_schema_stays_to_the_letter() {
    let house = House::new();
    house.file("p.json", r#"{"pumice": 1, "fields": {"from": "phone"}}"#);
    let schema = r#"{ "type":"record", "name":"Message", "namespace":"shop.events", "doc":"One message.",
        "fields":[ {"name":"from","doc":"Whose.","type":["string","null"]}, {"name":"n","type":"long","order":"ignore"} ] }"#;
    // By hand: what the crate writes need not have the schema that it is given.
    let text = |text: &str| [long(text.len()), text.as_bytes().to_vec()].concat();
    let sync = [7; 16];
    let (first, second) = ([long(0), text("+14155550132"), long(1)].concat(), [long(1), long(2)].concat());
    let head = [b"Obj\x01".to_vec(), long(1), text("avro.schema"), text(schema), long(0), sync.to_vec()];
    let block = [long(2), long(first.len() + second.len()), first, second, sync.to_vec()];
    house.file("in.avro", [head.concat(), block.concat()].concat());
    house.run(&["scrub", "-p", "p.json", "-o", "out.avro", "in.avro"]).succeeds();
    let (came, _, rows) = read_avro(&house, "out.avro");
    assert_eq!(came, schema);
    assert_eq!(rows[0].column(0).as_string::<i32>().value(0), "+1415555XXXX");
    assert!(rows[0].column(0).is_null(1));
}

#[test]
fn encrypted_and_back() {
    let house = crate::sealed::house(1);
    house.file(
        "p.json",
        r#"{"pumice": 1, "account": "account", "subject": "user.id", "fields": {
        "note": {"action": "encrypt"}, "user.email": {"type": "email", "action": "tokenize"}}}"#,
    );
    let batch = rows(0, 5_000);
    let accounts: ArrayRef =
        Arc::new((0..5_000).map(|n| Some(["AC1", "AC2"][n % 2])).collect::<StringArray>());
    let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("account", DataType::Utf8, false)));
    let schema = Arc::new(Schema::new_with_metadata(fields, batch.schema().metadata().clone()));
    let mut columns = batch.columns().to_vec();
    columns.push(accounts);
    // A few subjects, each of many rows.
    let place = schema.index_of("user").unwrap();
    let user = columns[place].as_struct().clone();
    let ids: ArrayRef = Arc::new((0..5_000_i64).map(|n| Some(n % 5)).collect::<Int64Array>());
    columns[place] =
        Arc::new(StructArray::new(user.fields().clone(), vec![user.column(0).clone(), ids], None));
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    write_parquet(&house, "in.parquet", &schema, &[batch.slice(0, 2_000), batch.slice(2_000, 3_000)]);
    keyed(&house, "scrub", &["-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    let (_, _, sealed) = read_parquet(&house, "out.parquet");
    let notes = sealed[0].column_by_name("note").unwrap().as_string::<i32>();
    assert!(notes.iter().flatten().all(|note| note.starts_with("pum1")));
    keyed(&house, "decrypt", &["-p", "p.json", "-o", "half.parquet", "out.parquet"]).succeeds();
    keyed(&house, "detokenize", &["-p", "p.json", "-o", "whole.parquet", "half.parquet"]).succeeds();
    assert!(read_parquet(&house, "whole.parquet").2 == read_parquet(&house, "in.parquet").2);
    let forget = [&["forget"][..], &KEYS, &["--account", "AC1", "--subject", "0"]].concat();
    house.run(&forget).succeeds();
    keyed(&house, "detokenize", &["-p", "p.json", "-o", "no.parquet", "half.parquet"])
        .fails(1, &["forgotten on line 1 at user.email"]);
    assert!(!house.path("no.parquet").exists());
}
