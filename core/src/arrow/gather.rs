//! Values of columns picked one by one, whatever their type; knows no meaning of them.

use super::{impossible, shared};
use crate::error::Error;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, Int16Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, DictionaryArray, PrimitiveArray, downcast_dictionary_array,
    make_array,
};
use arrow_buffer::ArrowNativeType;
use arrow_data::transform::MutableArrayData;
use arrow_schema::{DataType, FieldRef};

/// The values at these places, each the number of an array and a slot of it, or null. The arrays are of one type.
///
/// # Errors
/// More than a column of this type holds.
pub(super) fn gather(
    arrays: &[&ArrayRef],
    places: impl ExactSizeIterator<Item = Option<(usize, usize)>>,
) -> Result<ArrayRef, Error> {
    let data: Vec<_> = arrays.iter().map(|array| array.to_data()).collect();
    let mut out = MutableArrayData::try_new(data.iter().collect(), true, places.len()).map_err(impossible)?;
    // What follows each other goes in one stretch.
    let mut stretch: Option<(usize, usize, usize)> = None;
    for place in places {
        match (&mut stretch, place) {
            (Some((array, _, end)), Some((other, slot))) if (*array, *end) == (other, slot) => *end += 1,
            (_, place) => {
                if let Some((array, start, end)) = stretch.take() {
                    out.try_extend(array, start, end).map_err(impossible)?;
                }
                match place {
                    Some((array, slot)) => stretch = Some((array, slot, slot + 1)),
                    None => out.try_extend_nulls(1).map_err(impossible)?,
                }
            }
        }
    }
    if let Some((array, start, end)) = stretch {
        out.try_extend(array, start, end).map_err(impossible)?;
    }
    Ok(make_array(out.freeze()))
}

/// The same values with nothing beside them in their dictionaries, and in the buffers of views: of an array that was gathered.
///
/// # Errors
/// More than a column of this type holds.
pub(super) fn compact(array: ArrayRef) -> Result<ArrayRef, Error> {
    let any: &dyn Array = &array;
    downcast_dictionary_array!(
        any => return compact_dictionary(any),
        _ => {}
    );
    if let Some(views) = array.as_string_view_opt() {
        return Ok(shared(views.gc()));
    }
    if let Some(views) = array.as_binary_view_opt() {
        return Ok(shared(views.gc()));
    }
    if array.to_data().child_data().is_empty() {
        return Ok(array);
    }
    rebuilt(&array, array.data_type(), compact)
}

fn compact_dictionary<K: ArrowDictionaryKeyType>(array: &DictionaryArray<K>) -> Result<ArrayRef, Error> {
    let mut numbers = vec![None; array.values().len()];
    let mut used = Vec::new();
    let mut number = |key: K::Native| {
        let number = numbers.get_mut(key.as_usize())?;
        let number = *number.get_or_insert_with(|| {
            used.push(Some((0, key.as_usize())));
            used.len() - 1
        });
        K::Native::from_usize(number)
    };
    let keys: PrimitiveArray<K> = array.keys().iter().map(|key| key.and_then(&mut number)).collect();
    let values = compact(gather(&[array.values()], used.into_iter())?)?;
    DictionaryArray::try_new(keys, values).map(shared).map_err(impossible)
}

/// The same values as a type of which other things are said.
///
/// # Errors
/// None, if it is otherwise the type that they have.
pub(super) fn retyped(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, Error> {
    if array.data_type() == data_type {
        return Ok(array.clone());
    }
    let inside: Vec<&FieldRef> = match data_type {
        DataType::Struct(fields) => fields.iter().collect(),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _) => vec![field],
        DataType::Union(variants, _) => variants.iter().map(|(_, field)| field).collect(),
        _ => Vec::new(),
    };
    let mut inside = inside.into_iter();
    rebuilt(array, data_type, |child| match inside.next() {
        Some(field) => retyped(&child, field.data_type()),
        None => Ok(child),
    })
}

/// The array as one of this type, with what becomes of each array in it.
fn rebuilt(
    array: &ArrayRef,
    data_type: &DataType,
    mut each: impl FnMut(ArrayRef) -> Result<ArrayRef, Error>,
) -> Result<ArrayRef, Error> {
    let data = array.to_data();
    let inside = data.child_data().iter().map(|child| Ok(each(make_array(child.clone()))?.to_data()));
    let inside = inside.collect::<Result<_, Error>>()?;
    data.into_builder()
        .data_type(data_type.clone())
        .child_data(inside)
        .build()
        .map(make_array)
        .map_err(impossible)
}

/// The type of the values, however they are encoded.
pub(super) fn flat_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => flat_type(values),
        DataType::RunEndEncoded(_, values) => flat_type(values.data_type()),
        flat => flat,
    }
}

/// The same values with no dictionary and no runs.
///
/// # Errors
/// More than a column of this type holds.
pub(super) fn flatten(array: &ArrayRef) -> Result<ArrayRef, Error> {
    let (values, places) = match array.data_type() {
        DataType::Dictionary(..) => {
            let Some(dictionary) = array.as_any_dictionary_opt() else { return Ok(array.clone()) };
            let values = dictionary.values();
            let keys = if values.is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
            (values.clone(), keys)
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs::<Int16Type>(array),
            DataType::Int32 => runs::<Int32Type>(array),
            _ => runs::<Int64Type>(array),
        },
        _ => return Ok(array.clone()),
    };
    let nulls = array.logical_nulls();
    let place = |(slot, value)| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(slot)).then_some((0, value));
    flatten(&gather(&[&values], places.into_iter().enumerate().map(place))?)
}

fn runs<R: ArrowPrimitiveType + arrow_array::types::RunEndIndexType>(
    array: &ArrayRef,
) -> (ArrayRef, Vec<usize>) {
    let runs = array.as_run::<R>();
    (runs.values().clone(), (0..array.len()).map(|slot| runs.get_physical_index(slot)).collect())
}
