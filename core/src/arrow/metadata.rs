//! What a producer says of columns beside their values, which may quote values: what of it stays where columns are treated.

use super::columns::Column;
use super::gather::flat_type;
use super::leaf::Sort;
use super::texts::Strings;
use arrow_schema::{DataType, Field, FieldRef, Fields, Metadata};
use serde_json::Value;

/// All that stays of what is said of a field that is treated, or has one that is in it: a number that names it. The rest may be
/// the values that an enumeration takes, or examples.
const OF_FIELD: &str = "PARQUET:field_id";

/// What is said of columns for one reader alone. It may quote values: where points lie, what a category, a level or a default
/// is, the least key and the greatest, notes of any kind. Where a column is another now, that reader would also believe it, and
/// fail.
const OF_COLUMNS: [&str; 10] = [
    "geo",
    "PANDAS_ATTRS",
    "org.apache.spark.sql.parquet.row.metadata",
    "parquet.avro.schema",
    "avro.schema",
    "iceberg.schema",
    "huggingface",
    "r",
    "hoodie_min_record_key",
    "hoodie_max_record_key",
];

/// Tells pandas the types and the index of a table.
const PANDAS: &str = "pandas";

/// What stays of what is said of a field that is treated.
pub(super) fn of_field(field: &Field) -> Metadata {
    let mut said = field.metadata().clone();
    said.retain(|key, _| key == OF_FIELD);
    said
}

/// A type without what is said of the fields in it.
pub(super) fn bare(data_type: &DataType) -> DataType {
    let field = |field: &FieldRef| {
        let inside = bare(field.data_type());
        FieldRef::new(field.as_ref().clone().with_data_type(inside).with_metadata(of_field(field)))
    };
    match data_type {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::List(element) => DataType::List(field(element)),
        DataType::LargeList(element) => DataType::LargeList(field(element)),
        DataType::FixedSizeList(element, size) => DataType::FixedSizeList(field(element), *size),
        DataType::ListView(element) => DataType::ListView(field(element)),
        DataType::LargeListView(element) => DataType::LargeListView(field(element)),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        DataType::Union(variants, mode) => {
            DataType::Union(variants.iter().map(|(id, variant)| (id, field(variant))).collect(), *mode)
        }
        other => other.clone(),
    }
}

/// What stays of what is said of these columns.
pub(super) fn of_schema(said: &Metadata, fields: &[FieldRef], columns: &[Column]) -> Metadata {
    let mut said = said.clone();
    if columns.iter().any(|column| column.changes) {
        said.retain(|key, _| !OF_COLUMNS.contains(&key.as_str()));
        if let Some(text) = said.remove(PANDAS)
            && let Some(text) = for_pandas(&text, fields, columns)
        {
            said.insert(PANDAS, text);
        }
    }
    said
}

/// The same table for pandas, whose columns are these now; none if it cannot be read.
fn for_pandas(text: &str, fields: &[FieldRef], columns: &[Column]) -> Option<String> {
    let mut said: Value = serde_json::from_str(text).ok()?;
    let table = said.as_object_mut()?;
    table.remove("attributes");
    let of = |name: Option<&str>| {
        let number = fields.iter().position(|field| Some(field.name().as_str()) == name)?;
        columns.get(number)
    };
    if let Some(Value::Array(index)) = table.get_mut("index_columns") {
        index.retain(|name| !of(name.as_str()).is_some_and(Column::is_removed));
    }
    table.get_mut("columns")?.as_array_mut()?.retain_mut(|entry| {
        let name = entry.get("field_name").or(entry.get("name")).and_then(Value::as_str);
        let Some(column) = of(name).filter(|column| column.changes) else { return true };
        if let Some(entry) = entry.as_object_mut() {
            // As pandas calls strings, and anything that has no name there.
            let kind = if Strings::of(column.field.data_type()).is_some() { "unicode" } else { "object" };
            entry.insert("pandas_type".to_owned(), kind.into());
            entry.insert("numpy_type".to_owned(), "object".into());
            entry.insert("metadata".to_owned(), Value::Null);
        }
        !column.is_removed()
    });
    serde_json::to_string(&said).ok()
}

/// Whether a column holds values of any kind in a form of its own, which is not looked into.
pub(super) fn is_variant(field: &Field) -> bool {
    let extension = field.metadata().get("ARROW:extension:name");
    let is_said = extension.is_some_and(|name| name.ends_with("parquet.variant"));
    is_said || matches!(flat_type(field.data_type()), DataType::Struct(parts) if is_shaped(parts))
}

/// Whether these are the parts of a variant: not every reader of Parquet says that it is one.
fn is_shaped(parts: &Fields) -> bool {
    // Spark says it of one of its parts.
    let is_marked = |part: &FieldRef| part.metadata().contains_key("variant");
    let is_part = |part: &FieldRef| match part.name().as_str() {
        "metadata" | "value" => Sort::of(flat_type(part.data_type())) == Sort::Bytes,
        name => name == "typed_value",
    };
    let has_metadata = parts.find("metadata").is_some();
    parts.iter().any(is_marked) || has_metadata && parts.len() > 1 && parts.iter().all(is_part)
}
