//! Coordinates: decimals cut from the text; knows no datum and no float.

use super::Invalid;
use crate::scalar::Scalar;

/// How the last kept decimal comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// The further decimals are cut off.
    #[default]
    TowardZero,
    /// Half away from zero.
    Nearest,
}

/// Reduces the precision of a latitude, a longitude, or a text with both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coordinate {
    /// Decimals that stay, 0 to 6. Default 1: about 11 km.
    pub decimals: u8,
    /// How the last of them comes about.
    pub rounding: Rounding,
}

impl Default for Coordinate {
    fn default() -> Self {
        Coordinate { decimals: 1, rounding: Rounding::TowardZero }
    }
}

impl Coordinate {
    /// Appends the reduced value to `out`: for a number the text of a JSON number, for a string
    /// the content of a string. On error `out` is as it was.
    ///
    /// # Errors
    /// [`Invalid`] if it is neither a number within ±180 nor a text in a known notation.
    pub fn redact(&self, value: Scalar<'_>, out: &mut String) -> Result<(), Invalid> {
        let _ = (value, out);
        Err(Invalid)
    }
}
