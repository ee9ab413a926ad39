//! Parquet files as others write them: what they say of columns that Arrow has no type for.

use crate::pumice::{CANARY, House};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, Date64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, Int96};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;
use std::fs::File;
use std::sync::Arc;

/// The first and the last day that Spark has, from 1970 on.
const DAYS: [i64; 2] = [-719_162, 2_932_896];
const MICROSECONDS: i64 = 86_400_000_000;
/// The Julian day of 1970's first.
const JULIAN: i64 = 2_440_588;

/// Two rows that are nowhere null; each list has one element, each map one entry.
fn write(house: &House, name: &str, message: &str) -> Type {
    let schema = Arc::new(parse_message_type(message).unwrap());
    let file = File::create(house.path(name)).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema.clone(), Arc::default()).unwrap();
    let leaves = writer.schema_descr().columns().to_vec();
    let mut group = writer.next_row_group().unwrap();
    let text = ByteArray::from(CANARY);
    for leaf in leaves {
        let mut column = group.next_column().unwrap().unwrap();
        let defined = [leaf.max_def_level(); 2];
        let (defined, repeated) = (Some(defined.as_slice()), Some([0; 2].as_slice()));
        match column.untyped() {
            ColumnWriter::Int96ColumnWriter(column) => {
                let instants = DAYS.map(|day| {
                    let mut instant = Int96::new();
                    instant.set_data(1_999, 0, (day + JULIAN) as u32);
                    instant
                });
                column.write_batch(&instants, defined, repeated)
            }
            ColumnWriter::ByteArrayColumnWriter(column) => {
                column.write_batch(&[text.clone(), text.clone()], defined, repeated)
            }
            ColumnWriter::FixedLenByteArrayColumnWriter(column) => {
                column.write_batch(&[vec![7; 16].into(), vec![8; 16].into()], defined, repeated)
            }
            _ => panic!("{leaf:?}"),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    schema.as_ref().clone()
}

fn read(house: &House, name: &str) -> (Arc<ParquetMetaData>, RecordBatch) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(house.path(name)).unwrap()).unwrap();
    let about = reader.metadata().clone();
    (about, reader.build().unwrap().next().unwrap().unwrap())
}

fn schema(house: &House, name: &str) -> Type {
    read(house, name).0.file_metadata().schema().clone()
}

const VARIANTS: &str = "message spark_schema {
    optional binary s (STRING);
    optional group v (VARIANT) { required binary metadata; required binary value; }
    optional group l (LIST) { repeated group list {
        optional group element (VARIANT) { required binary metadata; optional binary value; }
    } }
    required group in {
        required group v (VARIANT) { required binary metadata; required binary value; }
        optional binary s (STRING);
    }
}";

#[test]
fn a_variant_stays_one_or_is_refused() {
    let house = House::new();
    house.file("p.json", r#"{"pumice": 1, "fields": {"s": "text", "in.s": "text"}}"#);
    let went = write(&house, "in.parquet", VARIANTS);
    house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    assert_eq!(schema(&house, "out.parquet"), went);
    let ((about, came), went) = (read(&house, "out.parquet"), read(&house, "in.parquet").1);
    assert_eq!(came.column(1), went.column(1));
    assert_eq!(came.column(2), went.column(2));
    assert_ne!(came.column(0), went.column(0));
    assert!(about.file_metadata().key_value_metadata().is_none());
    for rule in ["v.email", "l[*].email", "in.v.email", "**.email"] {
        house.file("p.json", format!(r#"{{"pumice": 1, "fields": {{"{rule}": "email"}}}}"#));
        house
            .run(&["scrub", "-p", "p.json", "-o", "none.parquet", "in.parquet"])
            .fails(1, &["in.parquet: column_type"]);
        assert!(!house.path("none.parquet").exists());
    }
    // As any other column.
    house.file("p.json", r#"{"pumice": 1, "fields": {"v": {"action": "drop"}}}"#);
    house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    assert_eq!(schema(&house, "out.parquet").get_fields().len(), 3);
}

#[test]
fn instants_of_twelve_bytes() {
    let house = House::new();
    house.file("p.json", r#"{"pumice": 1, "fields": {"s": "text"}}"#);
    write(
        &house,
        "in.parquet",
        "message spark_schema {
            optional binary s (STRING);
            optional int96 at;
            required group in { required int96 at; }
            optional group list (LIST) { repeated group list { optional int96 element; } }
            optional group old (LIST) { repeated int96 array; }
            repeated int96 bare;
            required group map (MAP) {
                repeated group key_value { required binary key (STRING); optional int96 value; }
            }
        }",
    );
    house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    let (_, came) = read(&house, "out.parquet");
    let list = |number: usize| came.column(number).as_list::<i32>().values().clone();
    let arrays: [ArrayRef; 6] = [
        came.column(1).clone(),
        came.column(2).as_struct().column(0).clone(),
        list(3),
        list(4),
        list(5),
        came.column(6).as_map().values().clone(),
    ];
    for array in arrays {
        // As Spark has them, and reads them again.
        assert_eq!(array.data_type(), &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
        let instants = array.as_primitive::<TimestampMicrosecondType>().values();
        assert_eq!(instants.as_ref(), DAYS.map(|day| day * MICROSECONDS + 1));
    }
}

#[test]
fn what_parquet_alone_says_of_columns() {
    let house = House::new();
    let went = write(
        &house,
        "in.parquet",
        "message shop {
            optional fixed_len_byte_array(16) id (UUID) = 5;
            optional binary json (JSON);
            optional binary kind (ENUM);
            optional binary place (GEOMETRY);
            repeated fixed_len_byte_array(16) bare (UUID);
            optional group list (LIST) { repeated group list { optional binary element (JSON); } }
            required group map (MAP) {
                repeated group key_value { required binary key (STRING); optional binary value (BSON); }
            }
            optional group in { required fixed_len_byte_array(16) id (UUID); optional binary s (JSON); }
            optional group old (LIST) { repeated group array {
                required fixed_len_byte_array(16) id (UUID); optional group set (MAP) {
                    repeated group map { required binary key (ENUM); }
                }
            } }
            optional group older (LIST) { repeated binary array (JSON); }
        }",
    );
    house.file("none.json", r#"{"pumice": 1, "fields": {"other": "text"}}"#);
    house.run(&["scrub", "-p", "none.json", "-o", "same.parquet", "in.parquet"]).succeeds();
    // Lists that are written in other ways come out in the one way.
    let fields = |schema: &Type| schema.get_fields().to_vec();
    let (same, went) = (fields(&schema(&house, "same.parquet")), fields(&went));
    for (came, went) in
        same.iter().zip(&went).filter(|(_, went)| !["bare", "old", "older"].contains(&went.name()))
    {
        assert_eq!(came, went);
    }
    let bare = &same[4].get_fields()[0].get_fields()[0];
    assert_eq!(bare.get_basic_info().logical_type_ref(), went[4].get_basic_info().logical_type_ref());
    assert_eq!(read(&house, "same.parquet").1.columns(), read(&house, "in.parquet").1.columns());
    // What is treated is no JSON any more.
    house.file("p.json", r#"{"pumice": 1, "fields": {"json": "text", "in.s": "text", "list[*]": "text"}}"#);
    house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
    let text = format!("{:?}", schema(&house, "out.parquet"));
    assert!(!text.contains("Json") && !text.contains("JSON"), "{text}");
    assert_eq!(text.matches("logical_type: Some(Uuid)").count(), 4, "{text}");
}

#[test]
fn days_that_arrow_counts_in_milliseconds() {
    let house = House::new();
    house.file("p.json", r#"{"pumice": 1, "fields": {"s": "text"}}"#);
    let days: ArrayRef = Arc::new(Date64Array::from(vec![Some(86_400_000), None]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some(CANARY), None]));
    let batch = RecordBatch::try_from_iter_with_nullable([("s", texts, true), ("day", days, true)]).unwrap();
    for as_days in [true, false] {
        let properties = WriterProperties::builder().set_coerce_types(as_days).build();
        let file = File::create(house.path("in.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        house.run(&["scrub", "-p", "p.json", "-o", "out.parquet", "in.parquet"]).succeeds();
        assert_eq!(schema(&house, "out.parquet"), schema(&house, "in.parquet"));
        let (about, came) = read(&house, "out.parquet");
        assert_eq!(came.column(1).as_primitive::<Date64Type>().value(0), 86_400_000);
        assert_eq!(came.schema(), batch.schema());
        let described = |about: &ParquetMetaData| {
            let pairs = about.file_metadata().key_value_metadata().unwrap().clone();
            pairs.into_iter().find(|pair| pair.key == ARROW_SCHEMA_META_KEY).unwrap()
        };
        assert_eq!(described(&about), described(&read(&house, "in.parquet").0));
    }
}
