//! Whether the columns that came in are what they say: whoever reads them relies on it. Knows no Python.

use arrow_array::OffsetSizeTrait;
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType};

/// Holds an array to its parts being as long as they have to be, to offsets that stay within their buffers, and to texts that
/// are UTF-8. That is arrow's `validate_full`, but for strings, of which most columns are: there it looks at value after value,
/// which takes longer than to redact them.
///
/// # Errors
/// If it is not; the words may quote values.
pub(crate) fn check(data: &ArrayData) -> Result<(), ArrowError> {
    data.validate()?;
    check_values(data)
}

/// The same, of an array whose parts are as long as they have to be, and those of its children.
fn check_values(data: &ArrayData) -> Result<(), ArrowError> {
    match data.data_type() {
        DataType::Utf8 => check_strings::<i32>(data),
        DataType::LargeUtf8 => check_strings::<i64>(data),
        DataType::Struct(_) => {
            data.validate_nulls()?;
            data.validate_values()?;
            data.child_data().iter().try_for_each(check_values)
        }
        _ => data.validate_full(),
    }
}

fn check_strings<O: OffsetSizeTrait>(data: &ArrayData) -> Result<(), ArrowError> {
    data.validate_nulls()?;
    let are_strings = data.is_empty() || are_strings::<O>(data).is_some();
    are_strings.then_some(()).ok_or_else(|| ArrowError::CDataInterface("no strings".to_owned()))
}

/// In two sweeps without a branch for each value: over the offsets, and over all bytes between the first and the last of them.
fn are_strings<O: OffsetSizeTrait>(data: &ArrayData) -> Option<()> {
    let [offsets, bytes] = data.buffers() else { return None };
    let offsets = offsets.typed_data::<O>().get(data.offset()..)?.get(..data.len().checked_add(1)?)?;
    let (first, after) = offsets.split_first()?;
    let falls = offsets.iter().zip(after).fold(false, |falls, (one, next)| falls | (one > next));
    let (first, last) = (first.to_usize()?, offsets.last()?.to_usize()?);
    if falls {
        return None;
    }
    let bytes = bytes.get(first..last)?;
    if bytes.is_ascii() {
        return Some(());
    }
    // The strings stand side by side: if all of it is UTF-8 and each begins with a character, each is UTF-8; and if not, one is not.
    let text = std::str::from_utf8(bytes).ok()?;
    let begins = |offset: &O| text.is_char_boundary(offset.as_usize() - first);
    offsets.iter().all(begins).then_some(())
}
