//! What a Parquet file says of its columns that no Arrow type says: fields carry it past core, which takes it from those that
//! it treats, and the rest have it again. Knows no value and no rule.

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use std::sync::Arc;

/// On a field: which of the file's types it has.
const KIND: &str = "pumice:kind";
const EXTENSION: &str = "ARROW:extension:name";
/// Ends as the name by which core knows a variant. No file has it, so that none gets it.
const VARIANT: &str = "pumice.parquet.variant";

/// Types of a file, by number.
pub(super) struct Kinds {
    types: Vec<TypePtr>,
    /// Arrow says in the file what the columns are.
    described: bool,
}

impl Kinds {
    /// What there is in a file, and the columns as they are to be read.
    pub(super) fn of(root: &Type, columns: &Schema, described: bool) -> (Self, Schema) {
        let mut kinds = Self { types: Vec::new(), described };
        let fields = kinds.fields(root, columns.fields());
        (kinds, Schema::new_with_metadata(fields, columns.metadata().clone()))
    }

    fn fields(&mut self, group: &Type, fields: &Fields) -> Fields {
        let parts = parts(group);
        if parts.len() != fields.len() {
            return fields.clone();
        }
        parts.iter().zip(fields).map(|(part, field)| self.field(part, field)).collect()
    }

    fn field(&mut self, of: &TypePtr, field: &FieldRef) -> FieldRef {
        let inside = self.inside(of, field.data_type());
        let mut field = field.as_ref().clone().with_data_type(inside);
        if is_said_by_parquet_alone(of, field.data_type()) {
            let said = field.metadata_mut();
            said.insert(KIND, self.types.len().to_string());
            if is_variant(of) && !said.contains_key(EXTENSION) {
                said.insert(EXTENSION, VARIANT);
            }
            self.types.push(of.clone());
        } else {
            field.metadata_mut().remove(KIND);
        }
        Arc::new(field)
    }

    fn inside(&mut self, of: &TypePtr, data_type: &DataType) -> DataType {
        match data_type {
            DataType::Struct(fields) => DataType::Struct(self.fields(of, fields)),
            DataType::List(element) => DataType::List(self.element(of, element)),
            DataType::LargeList(element) => DataType::LargeList(self.element(of, element)),
            DataType::FixedSizeList(element, size) => {
                DataType::FixedSizeList(self.element(of, element), *size)
            }
            DataType::ListView(element) => DataType::ListView(self.element(of, element)),
            DataType::LargeListView(element) => DataType::LargeListView(self.element(of, element)),
            DataType::Map(entries, sorted) => {
                let [entry] = parts(of) else { return data_type.clone() };
                let inside = self.inside(entry, entries.data_type());
                DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(inside)), *sorted)
            }
            // Nanoseconds have no place for most years that INT96 has, and Spark reads none.
            DataType::Timestamp(TimeUnit::Nanosecond, None)
                if !self.described && physical(of) == Some(Physical::INT96) =>
            {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            other => other.clone(),
        }
    }

    /// The element of a list in any of the ways that Parquet has for them.
    fn element(&mut self, list: &TypePtr, element: &FieldRef) -> FieldRef {
        if is_repeated(list) {
            return self.field(list, element);
        }
        let [repeated] = parts(list) else { return element.clone() };
        match parts(repeated) {
            [item] if item.name() == element.name() => self.field(item, element),
            // The reader keeps nothing that is said of such a one.
            _ => {
                let inside = self.inside(repeated, element.data_type());
                Arc::new(element.as_ref().clone().with_data_type(inside))
            }
        }
    }

    /// The columns without what they carried, and what Parquet says of them: what it would, but for those that carried it.
    pub(super) fn given_back(
        &self,
        schema: &Schema,
        made: &SchemaDescriptor,
    ) -> Result<(Fields, SchemaDescriptor), ParquetError> {
        let all = Field::new_struct(made.name(), schema.fields().clone(), false);
        let (root, all) = self.again(&made.root_schema_ptr(), &all)?;
        let fields = match all.data_type() {
            DataType::Struct(fields) => fields.clone(),
            _ => Fields::empty(),
        };
        Ok((fields, SchemaDescriptor::new(root)))
    }

    fn again(&self, made: &TypePtr, field: &Field) -> Result<(TypePtr, FieldRef), ParquetError> {
        let mut made = made.clone();
        let mut element = |element: &FieldRef| {
            let [repeated] = parts(&made) else { return Ok(element.clone()) };
            let [item] = parts(repeated) else { return Ok(element.clone()) };
            let (item, element) = self.again(item, element)?;
            let repeated = group(repeated, vec![item], repeated)?;
            made = group(&made, vec![repeated], &made)?;
            Ok::<_, ParquetError>(element)
        };
        let inside = match field.data_type() {
            DataType::List(inner) => DataType::List(element(inner)?),
            DataType::LargeList(inner) => DataType::LargeList(element(inner)?),
            DataType::FixedSizeList(inner, size) => DataType::FixedSizeList(element(inner)?, *size),
            DataType::ListView(inner) => DataType::ListView(element(inner)?),
            DataType::LargeListView(inner) => DataType::LargeListView(element(inner)?),
            DataType::Map(entries, sorted) => {
                let mut entries = entries.clone();
                if let [entry] = parts(&made) {
                    let (entry, bare) = self.again(entry, &entries)?;
                    made = group(&made, vec![entry], &made)?;
                    entries = bare;
                }
                DataType::Map(entries, *sorted)
            }
            DataType::Struct(fields) if parts(&made).len() == fields.len() => {
                let both = parts(&made).iter().zip(fields).map(|(part, field)| self.again(part, field));
                let (parts, fields): (Vec<_>, Vec<_>) =
                    both.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
                made = group(&made, parts, &made)?;
                DataType::Struct(fields.into())
            }
            other => other.clone(),
        };
        let mut field = field.clone().with_data_type(inside);
        let said = field.metadata_mut();
        if said.get(EXTENSION).is_some_and(|name| name == VARIANT) {
            said.remove(EXTENSION);
        }
        let number = said.remove(KIND).and_then(|number| number.parse::<usize>().ok());
        if let Some(kind) = number.and_then(|number| self.types.get(number)) {
            made = match (made.is_group(), kind.is_group()) {
                (true, true) => group(&made, parts(&made).to_vec(), kind)?,
                (false, false) => leaf(&made, kind, field.data_type())?,
                _ => made,
            };
        }
        Ok((made, Arc::new(field)))
    }
}

fn is_said_by_parquet_alone(of: &Type, data_type: &DataType) -> bool {
    let info = of.get_basic_info();
    match data_type {
        DataType::Struct(_) => is_variant(of),
        // A day, which Arrow counts in milliseconds.
        DataType::Date64 => physical(of) == Some(Physical::INT32),
        _ if of.is_group() || data_type.is_list() => false,
        _ => match info.logical_type_ref() {
            Some(logical) => matches!(
                logical,
                LogicalType::Uuid
                    | LogicalType::Json
                    | LogicalType::Bson
                    | LogicalType::Enum
                    | LogicalType::Geometry(_)
                    | LogicalType::Geography(_)
            ),
            None => matches!(
                info.converted_type(),
                ConvertedType::JSON | ConvertedType::BSON | ConvertedType::ENUM
            ),
        },
    }
}

fn is_variant(of: &Type) -> bool {
    matches!(of.get_basic_info().logical_type_ref(), Some(LogicalType::Variant(_)))
}

fn is_repeated(of: &Type) -> bool {
    let info = of.get_basic_info();
    info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED
}

fn parts(of: &Type) -> &[TypePtr] {
    match of {
        Type::GroupType { fields, .. } => fields,
        Type::PrimitiveType { .. } => &[],
    }
}

fn physical(of: &Type) -> Option<Physical> {
    match of {
        Type::GroupType { .. } => None,
        Type::PrimitiveType { physical_type, .. } => Some(*physical_type),
    }
}

/// The group with these parts, and what is said of another.
fn group(made: &Type, parts: Vec<TypePtr>, kind: &Type) -> Result<TypePtr, ParquetError> {
    let (info, kind) = (made.get_basic_info(), kind.get_basic_info());
    let mut group = Type::group_type_builder(made.name())
        .with_fields(parts)
        .with_id(info.has_id().then(|| info.id()))
        .with_converted_type(kind.converted_type())
        .with_logical_type(kind.logical_type_ref().cloned());
    if info.has_repetition() {
        group = group.with_repetition(info.repetition());
    }
    group.build().map(Arc::new)
}

/// The leaf with what is said of another, if that holds such values.
fn leaf(made: &TypePtr, kind: &Type, data_type: &DataType) -> Result<TypePtr, ParquetError> {
    let (
        Type::PrimitiveType { basic_info: info, physical_type: of_made, type_length: length, .. },
        Type::PrimitiveType { basic_info: said, physical_type: of_kind, type_length, .. },
    ) = (made.as_ref(), kind)
    else {
        return Ok(made.clone());
    };
    let is_day = *data_type == DataType::Date64 && *of_kind == Physical::INT32;
    if !is_day && (of_made, length) != (of_kind, type_length) {
        return Ok(made.clone());
    }
    Type::primitive_type_builder(made.name(), *of_kind)
        .with_length(*type_length)
        .with_repetition(info.repetition())
        .with_id(info.has_id().then(|| info.id()))
        .with_converted_type(said.converted_type())
        .with_logical_type(said.logical_type_ref().cloned())
        .build()
        .map(Arc::new)
}
