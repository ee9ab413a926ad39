//! Coordinates: decimals cut from the text; knows no datum and no float.

use super::{Invalid, cut};
use crate::scalar::Scalar;
use crate::simd::Base;

/// Most decimals that stay: a double holds no more of a coordinate.
pub(super) const MAX_DECIMALS: u8 = 15;

/// Largest power of ten in a number; a larger one is no way to write a coordinate.
const MAX_EXPONENT: usize = 99;

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
///
/// No decimal is ever added: `45` stays `45`. The texts it reads are decimal degrees, with or
/// without a degree sign:
///
/// | notation | one | two |
/// |---|---|---|
/// | signed | `-75.6972` | `45.4215, -75.6972` or `45.4215 -75.6972` |
/// | letter after | `75.6972° W` | `45.4215° N, 75.6972° W` or `45.4215N75.6972W` |
/// | letter before | `W 75.6972` | `N 45.4215 W 75.6972` |
/// | ISO 6709 | | `+45.4215-075.6972/` |
///
/// The notation stays, but for a `-` that would be left before a zero, and for a `, ` that comes
/// between two numbers where a reader might otherwise take the two for one (`45 75`, `45,75`).
///
/// ```
/// use pumice::Scalar;
/// use pumice::redact::coordinate::Coordinate;
///
/// let mut out = String::new();
/// assert!(Coordinate::default().redact(Scalar::Str("45.4215° N, 75.6972° W"), &mut out).is_ok());
/// assert_eq!(out, "45.4° N, 75.6° W");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coordinate {
    /// Decimals that stay, 0 to 15; none is ever added. Default 1: about 11 km.
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
    /// the content of a string, without the spaces around. On error `out` is as it was.
    ///
    /// # Errors
    /// [`Invalid`] if it is neither a number within ±180 nor a text in a known notation: among
    /// others degrees with minutes, which have no tenths; a decimal comma; a latitude beyond ±90,
    /// where a letter or the notation says that it is one; a third number, such as a height.
    pub fn redact(&self, value: Scalar<'_>, out: &mut String) -> Result<(), Invalid> {
        let written = match value {
            Scalar::Number(text) => self.number(text, out),
            Scalar::Str(text) => {
                let text = text.trim();
                self.number(text, out).or_else(|| self.notation(text, out))
            }
            Scalar::Null | Scalar::Bool(_) => None,
        };
        written.ok_or(Invalid)
    }

    /// A number alone.
    fn number(&self, text: &str, out: &mut String) -> Option<()> {
        match cut::alone(text, |here| self.cut::<Base>(here, text.len())) {
            Some(cut) => cut.push(text, out),
            None => self.any_number(text, out)?,
        }
        Some(())
    }

    /// A number alone, perhaps with an exponent.
    pub(super) fn any_number(&self, text: &str, out: &mut String) -> Option<()> {
        let mut rest = Cursor(text);
        let decimal = Decimal::take(&mut rest)?;
        let reduced = match rest.0.strip_prefix(['e', 'E']) {
            Some(exponent) => {
                let (whole, fraction) = decimal.shifted(exponent.parse().ok()?)?;
                let sign = decimal.sign;
                self.reduce(&Decimal { sign, whole: &whole, fraction: &fraction }, None)?
            }
            None if rest.0.is_empty() => self.reduce(&decimal, None)?,
            None => return None,
        };
        reduced.push(reduced.sign(), out);
        Some(())
    }

    /// One or two numbers in a notation of coordinates.
    fn notation(&self, text: &str, out: &mut String) -> Option<()> {
        let mut rest = Cursor(text);
        let a = Place::take(&mut rest)?;
        if rest.0.is_empty() {
            let reduced = self.reduce(&a.decimal, a.axis)?;
            a.push(&reduced, reduced.sign(), out);
            return Some(());
        }

        let gap = Gap::take(&mut rest);
        let b = Place::take(&mut rest)?;
        let notation = Notation::of(&a, &gap, &b)?;
        let end = rest.0;
        if !(end.is_empty() || notation == Notation::Iso6709 && end == "/") {
            return None;
        }

        let (axis_a, axis_b) = match notation {
            Notation::Iso6709 => (Some(Axis::Latitude), Some(Axis::Longitude)),
            Notation::Lettered => (a.axis, b.axis),
            // Either order is in use. One of the two is a latitude.
            Notation::Signed => {
                let first = self.reduce(&a.decimal, Some(Axis::Latitude)).is_some();
                (first.then_some(Axis::Latitude), (!first).then_some(Axis::Latitude))
            }
        };
        let reduced_a = self.reduce(&a.decimal, axis_a)?;
        let reduced_b = self.reduce(&b.decimal, axis_b)?;
        let signs = match notation {
            // The sign is what parts the two.
            Notation::Iso6709 => (reduced_a.sign().or(Some('+')), reduced_b.sign().or(Some('+'))),
            Notation::Lettered | Notation::Signed => (reduced_a.sign(), reduced_b.sign()),
        };

        let parted = match notation {
            Notation::Iso6709 | Notation::Lettered => true,
            Notation::Signed => gap.parts(reduced_a.places > 0, signs.1.is_some()),
        };
        a.push(&reduced_a, signs.0, out);
        out.push_str(if parted { gap.text } else { ", " });
        b.push(&reduced_b, signs.1, out);
        out.push_str(end);
        Some(())
    }

    /// The number with fewer decimals, if the axis goes that far.
    fn reduce(&self, decimal: &Decimal<'_>, axis: Option<Axis>) -> Option<Reduced> {
        let limit = match axis {
            Some(Axis::Latitude) => 90,
            Some(Axis::Longitude) | None => 180,
        };
        let Decimal { sign, whole, fraction } = *decimal;
        // Four digits and more before the point are degrees and minutes run together.
        if whole.len() > 3 {
            return None;
        }
        let degrees = append_digits(0, whole);
        if degrees > limit || degrees == limit && fraction.bytes().any(|b| b != b'0') {
            return None;
        }
        let places = fraction.len().min(self.decimals.min(MAX_DECIMALS).into());
        let (kept, further) = fraction.split_at_checked(places)?;
        let mut magnitude = append_digits(degrees, kept);
        match self.rounding {
            Rounding::TowardZero => {}
            Rounding::Nearest => magnitude += u64::from(further.starts_with(['5', '6', '7', '8', '9'])),
        }
        let (places, width) = (u32::try_from(places).ok()?, u32::try_from(whole.len().max(1)).ok()?);
        Some(Reduced { sign, magnitude, places, width })
    }
}

/// The number that `digits` make after those of `value`.
fn append_digits(value: u64, digits: &str) -> u64 {
    digits.bytes().fold(value, |value, digit| value * 10 + u64::from(digit - b'0'))
}

/// What is left to read of a text.
#[derive(Clone, Copy)]
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let (run, rest) =
            self.0.split_at_checked(self.0.find(|c| !belongs(c)).unwrap_or(self.0.len())).unwrap_or_default();
        self.0 = rest;
        run
    }

    fn one(&mut self, belongs: impl Fn(char) -> bool) -> Option<char> {
        let c = self.0.chars().next().filter(|c| belongs(*c))?;
        self.0 = self.0.strip_prefix(c)?;
        Some(c)
    }

    fn spaces(&mut self) -> &'a str {
        self.run(|c| matches!(c, ' ' | '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}'))
    }

    /// What was read between an earlier cursor and this one.
    fn since(&self, earlier: Cursor<'a>) -> &'a str {
        earlier.0.strip_suffix(self.0).unwrap_or_default()
    }
}

/// A number as it is written.
struct Decimal<'a> {
    sign: Option<char>,
    /// Digits before the point. Some write none.
    whole: &'a str,
    /// Digits after it; empty if there is no point.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn take(rest: &mut Cursor<'a>) -> Option<Decimal<'a>> {
        let sign = rest.one(|c| matches!(c, '+' | '-' | '\u{2212}'));
        let whole = rest.run(|c| c.is_ascii_digit());
        let point = rest.one(|c| c == '.');
        let fraction = point.map(|_| rest.run(|c| c.is_ascii_digit()));
        let is_number = !fraction.unwrap_or(whole).is_empty();
        is_number.then_some(Decimal { sign, whole, fraction: fraction.unwrap_or_default() })
    }

    /// The digits before and after the point of this number times ten to the `exponent`.
    fn shifted(&self, exponent: i32) -> Option<(String, String)> {
        let by = usize::try_from(exponent.unsigned_abs()).ok().filter(|by| *by <= MAX_EXPONENT)?;
        let (whole, fraction) = if exponent < 0 {
            let digits = ["0".repeat(by).as_str(), self.whole].concat();
            let (whole, moved) = digits.split_at_checked(self.whole.len())?;
            (whole.to_owned(), [moved, self.fraction].concat())
        } else {
            let (moved, fraction) = self.fraction.split_at_checked(by.min(self.fraction.len()))?;
            (format!("{}{moved}{}", self.whole, "0".repeat(by - moved.len())), fraction.to_owned())
        };
        let significant = whole.trim_start_matches('0');
        Some((if significant.is_empty() { "0" } else { significant }.to_owned(), fraction))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Latitude,
    Longitude,
}

impl Axis {
    fn take(rest: &mut Cursor<'_>) -> Option<Axis> {
        match rest.one(|c| matches!(c, 'N' | 'S' | 'n' | 's' | 'E' | 'W' | 'e' | 'w'))? {
            'N' | 'S' | 'n' | 's' => Some(Axis::Latitude),
            _ => Some(Axis::Longitude),
        }
    }
}

/// A number with what of its notation belongs to it.
struct Place<'a> {
    before: &'a str,
    decimal: Decimal<'a>,
    after: &'a str,
    /// By its letter.
    axis: Option<Axis>,
}

impl<'a> Place<'a> {
    fn take(rest: &mut Cursor<'a>) -> Option<Place<'a>> {
        let start = *rest;
        let mut axis = Axis::take(rest);
        if axis.is_some() {
            rest.spaces();
        }
        let before = rest.since(start);
        let decimal = Decimal::take(rest)?;

        // Spaces belong to the place only with what follows them.
        let end = *rest;
        let mut ahead = *rest;
        ahead.spaces();
        if ahead.one(|c| matches!(c, '°' | 'º' | '˚')).is_some() {
            *rest = ahead;
        }
        if axis.is_none() {
            let mut ahead = *rest;
            ahead.spaces();
            axis = Axis::take(&mut ahead);
            if axis.is_some() {
                *rest = ahead;
            }
        }
        // A letter and a sign would be two signs.
        let one_sign = axis.is_none() || decimal.sign.is_none();
        one_sign.then(|| Place { before, decimal, after: rest.since(end), axis })
    }

    fn push(&self, reduced: &Reduced, sign: Option<char>, out: &mut String) {
        out.push_str(self.before);
        reduced.push(sign, out);
        out.push_str(self.after);
    }
}

/// What stands between two places.
struct Gap<'a> {
    text: &'a str,
    /// Whether it is a comma or semicolon with a space after it.
    is_clear: bool,
}

impl<'a> Gap<'a> {
    fn take(rest: &mut Cursor<'a>) -> Gap<'a> {
        let start = *rest;
        rest.spaces();
        let mark = rest.one(|c| matches!(c, ',' | ';'));
        let spaces = rest.spaces();
        Gap { text: rest.since(start), is_clear: mark.is_some() && !spaces.is_empty() }
    }

    /// Whether nobody takes the numbers on its two sides for one: `45,75` for a decimal comma, or
    /// `45 30.5` for degrees and minutes, of which far more than `decimals` would come out.
    fn parts(&self, fraction_before: bool, sign_after: bool) -> bool {
        !self.text.is_empty() && (self.is_clear || fraction_before || sign_after)
    }
}

/// How two numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Lettered,
    Signed,
    Iso6709,
}

impl Notation {
    fn of(a: &Place<'_>, gap: &Gap<'_>, b: &Place<'_>) -> Option<Notation> {
        // The standard has signs, and zeros in front, and so nobody takes it for `-45-25.3` minutes.
        let widths = (a.decimal.whole.len(), b.decimal.whole.len());
        let signs = a.decimal.sign.is_some() && b.decimal.sign.is_some();
        match (a.axis, b.axis) {
            (Some(axis_a), Some(axis_b)) => {
                let apart = [a.after, gap.text, b.before].iter().any(|between| !between.is_empty());
                (apart && axis_a != axis_b).then_some(Notation::Lettered)
            }
            (Some(_), None) | (None, Some(_)) => None,
            (None, None) if gap.text.is_empty() => {
                (signs && widths == (2, 3) && a.after.is_empty() && b.after.is_empty())
                    .then_some(Notation::Iso6709)
            }
            (None, None) => gap
                .parts(!a.decimal.fraction.is_empty(), b.decimal.sign.is_some())
                .then_some(Notation::Signed),
        }
    }
}

/// A number with fewer decimals, written but not yet signed.
struct Reduced {
    sign: Option<char>,
    /// Its digits without the point.
    magnitude: u64,
    /// How many of them stand after the point.
    places: u32,
    /// Least digits before the point: some notations pad with zeros.
    width: u32,
}

impl Reduced {
    /// The sign as it is written, but no minus before a zero.
    fn sign(&self) -> Option<char> {
        self.sign.filter(|sign| *sign == '+' || self.magnitude > 0)
    }

    fn push(&self, sign: Option<char>, out: &mut String) {
        out.extend(sign);
        let digits = self.magnitude.checked_ilog10().map_or(1, |log| log + 1);
        for place in (0..digits.max(self.places + self.width)).rev() {
            let digit = self.magnitude / 10_u64.pow(place) % 10;
            out.extend(u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 10)));
            if place == self.places && place > 0 {
                out.push('.');
            }
        }
    }
}
