//! Numbers of columns as the text of JSON numbers, and back; knows no rule.

use arrow_array::types::{
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::i256;
use arrow_schema::DataType;
use std::fmt::Write;

/// A type of numbers.
pub(super) trait Number: ArrowPrimitiveType {
    /// Appends the text of a JSON number; none for what JSON has not.
    fn write(value: Self::Native, data_type: &DataType, text: &mut String) -> Option<()>;

    /// The value of such a text, if there is one in this type.
    fn read(text: &str, data_type: &DataType) -> Option<Self::Native>;
}

macro_rules! integers {
    ($($type:ident)+) => {$(
        impl Number for $type {
            fn write(value: Self::Native, _: &DataType, text: &mut String) -> Option<()> {
                write!(text, "{value}").ok()
            }

            fn read(text: &str, _: &DataType) -> Option<Self::Native> {
                text.parse().ok()
            }
        }
    )+};
}
integers!(Int8Type Int16Type Int32Type Int64Type UInt8Type UInt16Type UInt32Type UInt64Type);

/// The shortest text that is read as the same number: a point only where there are decimals, an exponent only where there
/// would be many zeros.
macro_rules! write_float {
    ($value:expr, $text:expr) => {{
        let (value, text) = ($value, $text);
        let size = value.abs();
        match size == 0.0 || (1e-6..1e21).contains(&size) {
            _ if !value.is_finite() => None,
            true => write!(text, "{value}").ok(),
            false => write!(text, "{value:e}").ok(),
        }
    }};
}

impl Number for Float16Type {
    fn write(value: Self::Native, _: &DataType, text: &mut String) -> Option<()> {
        write_float!(value.to_f32(), text)
    }

    fn read(text: &str, _: &DataType) -> Option<Self::Native> {
        text.parse().ok().map(Self::Native::from_f32)
    }
}

impl Number for Float32Type {
    fn write(value: f32, _: &DataType, text: &mut String) -> Option<()> {
        write_float!(value, text)
    }

    fn read(text: &str, _: &DataType) -> Option<f32> {
        text.parse().ok().filter(|value: &f32| value.is_finite())
    }
}

impl Number for Float64Type {
    fn write(value: f64, _: &DataType, text: &mut String) -> Option<()> {
        write_float!(value, text)
    }

    fn read(text: &str, _: &DataType) -> Option<f64> {
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

macro_rules! decimals {
    ($($type:ident $variant:ident $parse:expr,)+) => {$(
        impl Number for $type {
            fn write(value: Self::Native, data_type: &DataType, text: &mut String) -> Option<()> {
                let DataType::$variant(precision, scale) = data_type else { return None };
                write_decimal(&Self::format_decimal(value, *precision, 0), *scale, text)
            }

            fn read(text: &str, data_type: &DataType) -> Option<Self::Native> {
                let DataType::$variant(precision, scale) = data_type else { return None };
                let value = $parse(&scaled(text, *scale)?)?;
                Self::is_valid_decimal_precision(value, *precision).then_some(value)
            }
        }
    )+};
}
decimals! {
    Decimal32Type Decimal32 |text: &str| text.parse().ok(),
    Decimal64Type Decimal64 |text: &str| text.parse().ok(),
    Decimal128Type Decimal128 |text: &str| text.parse().ok(),
    Decimal256Type Decimal256 i256::from_string,
}

/// Puts the point into a whole number.
fn write_decimal(whole: &str, scale: i8, text: &mut String) -> Option<()> {
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    if digits.len() < whole.len() {
        text.push('-');
    }
    let places = usize::from(scale.unsigned_abs());
    if scale < 0 {
        let zeros = if digits == "0" { 0 } else { places };
        write!(text, "{digits}{:0<zeros$}", "").ok()
    } else if places == 0 {
        write!(text, "{digits}").ok()
    } else {
        let padded = format!("{digits:0>wide$}", wide = places + 1);
        let (head, tail) = padded.split_at_checked(padded.len() - places)?;
        write!(text, "{head}.{tail}").ok()
    }
}

/// The whole number that stands for a decimal text of at most this scale.
fn scaled(text: &str, scale: i8) -> Option<String> {
    let (head, tail) = text.split_once('.').unwrap_or((text, ""));
    if scale < 0 {
        let zeros = "0".repeat(usize::from(scale.unsigned_abs()));
        let whole = if head.trim_start_matches('-') == "0" { Some(head) } else { head.strip_suffix(&zeros) };
        return whole.filter(|_| tail.is_empty()).map(str::to_owned);
    }
    let zeros = usize::from(scale.unsigned_abs()).checked_sub(tail.len())?;
    Some(format!("{head}{tail}{:0<zeros$}", ""))
}

/// Runs code for the type of numbers that a data type is, or else other code.
macro_rules! by_number {
    ($data_type:expr, $type:ident => $body:expr, else $other:expr) => {{
        use arrow_array::types as numbers;
        by_number!(@match $data_type, $type, $body, $other,
            Int8 Int8Type, Int16 Int16Type, Int32 Int32Type, Int64 Int64Type,
            UInt8 UInt8Type, UInt16 UInt16Type, UInt32 UInt32Type, UInt64 UInt64Type,
            Float16 Float16Type, Float32 Float32Type, Float64 Float64Type;
            Decimal32 Decimal32Type, Decimal64 Decimal64Type, Decimal128 Decimal128Type, Decimal256 Decimal256Type)
    }};
    (@match $data_type:expr, $type:ident, $body:expr, $other:expr,
        $($plain:ident $plain_type:ident),+; $($decimal:ident $decimal_type:ident),+) => {
        match $data_type {
            $(arrow_schema::DataType::$plain => { type $type = numbers::$plain_type; $body })+
            $(arrow_schema::DataType::$decimal(..) => { type $type = numbers::$decimal_type; $body })+
            _ => $other,
        }
    };
}
pub(super) use by_number;

/// Whether values of a type are numbers.
pub(super) fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_floating() || data_type.is_decimal()
}

/// Appends the text of the number in a slot.
pub(super) fn write<T: Number>(array: &PrimitiveArray<T>, slot: usize, text: &mut String) -> Option<()> {
    T::write(*array.values().get(slot)?, array.data_type(), text)
}
