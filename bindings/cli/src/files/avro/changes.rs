//! What becomes of an Avro schema where columns are treated: all else that it says stays as it was.

use super::json::{Json, member};
use super::schema::{Kind, Member, Name, Type, is_reserved};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use std::collections::HashSet;
use std::sync::Arc;

/// What stays of a treated type. The rest, as an enum's symbols, may be values.
const OF_TYPES: [&str; 12] = [
    "type",
    "name",
    "namespace",
    "doc",
    "aliases",
    "fields",
    "items",
    "values",
    "size",
    "logicalType",
    "precision",
    "scale",
];

/// What stays of a treated field.
const OF_FIELDS: [&str; 6] = ["name", "doc", "aliases", "order", "type", "default"];

/// What a field of the probe says of itself, until it or something in it is treated.
const AS_IT_WAS: &str = "pumice.as_it_was";

/// The classes by which Java reads strings.
const JAVA_STRINGS: [&str; 3] = ["String", "CharSequence", "Utf8"];

/// Columns of which none may be null, with a mark on each field, and lists of one element each: by what comes of them it is seen
/// what is treated, as that may be null; in what something is treated, as that loses its mark; and which lists lose their
/// elements, as those are lists of any length.
pub(super) fn probe(columns: &Schema) -> Schema {
    Schema::new(required(columns.fields()))
}

fn required(fields: &Fields) -> Fields {
    fields.iter().map(required_field).collect()
}

fn required_field(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(required(fields)),
        DataType::List(element) => DataType::FixedSizeList(required_field(element), 1),
        DataType::Map(entries, sorted) => DataType::Map(required_field(entries), *sorted),
        other => other.clone(),
    };
    let mut said = field.metadata().clone();
    said.insert(AS_IT_WAS.to_owned(), String::new());
    Arc::new(field.as_ref().clone().with_data_type(data_type).with_nullable(false).with_metadata(said))
}

/// The schema of what becomes of columns, by what became of its [`probe`]. None if Avro has no type for something.
pub(super) fn changed(root: &Type, names: &HashSet<Name>, before: &Schema, after: &Schema) -> Option<Type> {
    let walk = Walk { names };
    let Kind::Record(members) = &root.kind else { return None };
    let space = root.name.as_ref().map(|name| name.space.as_str()).unwrap_or_default();
    let members = walk.members(members, before.fields(), after.fields(), space)?;
    Some(Type { kind: Kind::Record(members), ..root.clone() })
}

/// Whether a field is treated, or something in it.
fn is_touched(before: &Field, after: &Field) -> bool {
    !after.metadata().contains_key(AS_IT_WAS) || !before.data_type().equals_datatype(after.data_type())
}

struct Walk<'a> {
    names: &'a HashSet<Name>,
}

impl Walk<'_> {
    fn members(
        &self,
        members: &[Member],
        before: &Fields,
        after: &Fields,
        space: &str,
    ) -> Option<Vec<Member>> {
        let mut made = Vec::with_capacity(after.len());
        for (member, before) in members.iter().zip(before) {
            let Some((_, after)) = after.find(before.name()) else { continue };
            let of = self.site(&member.of, before, after, space, &member.name)?;
            let mut attributes = member.attributes.clone();
            if after.is_nullable() {
                attributes.retain(|(key, _)| OF_FIELDS.contains(&key.as_str()));
            }
            if is_touched(before, after) {
                spare_default(&mut attributes, &of);
            }
            made.push(Member { name: member.name.clone(), of, attributes });
        }
        Some(made)
    }

    /// A type where it stands, in or near the field of this name.
    fn site(&self, of: &Type, before: &Field, after: &Field, space: &str, near: &str) -> Option<Type> {
        if !is_touched(before, after) {
            return Some(of.clone());
        }
        if after.is_nullable() {
            return self.treated(of, before, after, space, near);
        }
        let inner = of.optional().map_or(of, |(inner, _)| inner);
        let kind = match (&inner.kind, before.data_type(), after.data_type()) {
            (Kind::Record(members), DataType::Struct(before), DataType::Struct(after)) => {
                let space = inner.name.as_ref().map_or(space, |name| &name.space);
                Kind::Record(self.members(members, before, after, space)?)
            }
            (Kind::Array(items), DataType::FixedSizeList(before, _), DataType::FixedSizeList(after, _)) => {
                Kind::Array(Box::new(self.site(items, before, after, space, near)?))
            }
            (Kind::Array(items), DataType::FixedSizeList(..), DataType::List(_)) => {
                Kind::Array(Box::new(bare(items)))
            }
            (Kind::Map(values), DataType::Map(before, _), DataType::Map(after, _)) => {
                // Some may be dropped: no more than the mark tells, and whether something in those that stay is treated, too.
                let values = self.site(values, value_of(before)?, value_of(after)?, space, near)?;
                Kind::Map(Box::new(bare(&values)))
            }
            _ => return self.treated(of, before, after, space, near),
        };
        let made = Type { kind, ..inner.clone() };
        let mut attributes = made.attributes.clone();
        spare_default(&mut attributes, &made);
        Some(or_null(Type { attributes, ..made }, of.optional().map(|(_, first)| first)))
    }

    fn treated(&self, of: &Type, before: &Field, after: &Field, space: &str, near: &str) -> Option<Type> {
        let (inner, null_first) = of.optional().map_or((of, None), |(inner, first)| (inner, Some(first)));
        let is_same = before.data_type().equals_datatype(after.data_type());
        let made = match after.data_type() {
            data_type if !is_same || matches!(data_type, DataType::Dictionary(..)) => {
                self.new_type(data_type, space, near)?
            }
            _ => bare(inner),
        };
        let null_first = null_first.or(after.is_nullable().then_some(true));
        match &made.kind {
            // What is null in it is one of its branches.
            Kind::Union(branches) => {
                (!after.is_nullable() || branches.iter().any(Type::is_null)).then_some(made)
            }
            _ => Some(or_null(made, null_first)),
        }
    }

    fn new_type(&self, data_type: &DataType, space: &str, near: &str) -> Option<Type> {
        let word = match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => "string",
            DataType::Null => "null",
            DataType::Boolean => "boolean",
            DataType::Int32 => "int",
            DataType::Int64 => "long",
            DataType::Float32 => "float",
            DataType::Float64 => "double",
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "bytes",
            DataType::Struct(fields) => {
                let mut name = Name { space: space.to_owned(), name: near.to_owned() };
                while is_reserved(&name.name) || self.names.contains(&name) {
                    name.name.push('_');
                }
                let members = fields.iter().map(|field| {
                    let of = self.new_type(field.data_type(), space, field.name())?;
                    let of = or_null(of, field.is_nullable().then_some(true));
                    let said = ["name", "type"].map(|key| (key.to_owned(), Json::new(field.name())));
                    Some(Member { name: field.name().clone(), of, attributes: said.to_vec() })
                });
                return Some(Type::record(name, members.collect::<Option<_>>()?));
            }
            _ => return None,
        };
        Some(Type::primitive(word))
    }
}

/// The type, or null; which of them comes first, if it may be null at all.
fn or_null(of: Type, null_first: Option<bool>) -> Type {
    match null_first {
        Some(_) if of.is_null() => of,
        Some(true) => Type::union(vec![Type::primitive("null"), of]),
        Some(false) => Type::union(vec![of, Type::primitive("null")]),
        None => of,
    }
}

fn value_of(entries: &Field) -> Option<&FieldRef> {
    match entries.data_type() {
        DataType::Struct(fields) => fields.get(1),
        _ => None,
    }
}

/// The type without what may be values: an enum is a string.
fn bare(of: &Type) -> Type {
    let kind = match &of.kind {
        Kind::Enum => return Type::primitive("string"),
        Kind::Array(items) => Kind::Array(Box::new(bare(items))),
        Kind::Map(values) => Kind::Map(Box::new(bare(values))),
        Kind::Union(branches) => Kind::Union(branches.iter().map(bare).collect()),
        Kind::Record(members) => Kind::Record(members.iter().map(bare_member).collect()),
        Kind::Primitive(_) | Kind::Fixed => of.kind.clone(),
    };
    let is_string = matches!(&kind, Kind::Primitive(word) if word == "string");
    let mut attributes = of.attributes.clone();
    attributes.retain(|(key, value)| match key.as_str() {
        // What is said of a string, as that it is a uuid, is no type of its own, and need not hold any more.
        "logicalType" => !is_string,
        "avro.java.string" => value.text().is_some_and(|text| JAVA_STRINGS.contains(&text)),
        _ => OF_TYPES.contains(&key.as_str()),
    });
    Type { kind, attributes, ..of.clone() }
}

fn bare_member(member: &Member) -> Member {
    let of = bare(&member.of);
    let mut attributes = member.attributes.clone();
    attributes.retain(|(key, _)| OF_FIELDS.contains(&key.as_str()));
    spare_default(&mut attributes, &of);
    Member { of, attributes, ..member.clone() }
}

/// Leaves a default only where it is no value: null where null comes first, and nothing in a list or a map.
fn spare_default(attributes: &mut Vec<(String, Json)>, of: &Type) {
    let may_be_null = of.is_null() || of.optional().is_some_and(|(_, first)| first);
    let is_spared = match (member(attributes, "default"), &of.kind) {
        (Some(default), _) if default.is_null() => may_be_null,
        (Some(Json::List(items)), Kind::Array(_)) => items.is_empty(),
        (Some(Json::Object(members)), Kind::Map(_)) => members.is_empty(),
        _ => false,
    };
    if is_spared {
        return;
    }
    match attributes.iter_mut().find(|(key, _)| key == "default") {
        Some((_, default)) if may_be_null => *default = Json::null(),
        _ => attributes.retain(|(key, _)| key != "default"),
    }
}
