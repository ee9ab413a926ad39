//! Phone numbers: the last four digits masked as written; knows no numbering plan.

use super::{Invalid, cut};
use crate::simd::Base;

/// Most digits that a text may have, its extension included. E.164 has at most 15; a prefix for
/// dialling abroad or a short extension may come on top.
pub(super) const MAX_DIGITS: usize = 18;

/// Digits of the number that are masked.
pub(super) const MASKED_DIGITS: usize = 4;

/// Digits of the shortest number that is whole without its area code.
const LOCAL_DIGITS: usize = 7;

/// Digits of the shortest number that is whole with its country code.
const INTERNATIONAL_DIGITS: usize = 10;

/// What may stand before a number, and stays.
const SCHEMES: [&str; 5] = ["tel:", "sms:", "fax:", "callto:", "whatsapp:"];

/// Words that begin an extension, in lower case, each before its own beginnings. They are those
/// that libphonenumber reads, full-width ones included.
const EXTENSION_WORDS: [&str; 17] = [
    "extension",
    "extensión",
    "extensio\u{301}n",
    "extn",
    "ext",
    "xtn",
    "xt",
    "x",
    "int",
    "anexo",
    "доб",
    "ｅｘｔｎ",
    "ｅｘｔ",
    "ｘｔｎ",
    "ｘｔ",
    "ｘ",
    "ｉｎｔ",
];

/// Masks the last four digits of a telephone number with `X`, and its whole extension.
///
/// All but the masked digits stays as it was written. Between digits may stand spaces and dashes
/// of any kind, `.`, `/`, middle dots, round and square brackets, and the invisible marks of writing
/// direction that address books copy along; one `+`, and any `*`, may stand before the first digit.
/// An extension begins at `x`, `ext`, `extn`, `extension`, `xtn`, `int`, `anexo`, `доб`, at `#`, `*`
/// or `~`, at the `,` or `;` of a dialling pause, and at a `/` after a whole number.
///
/// A text that is already masked comes out as it is.
///
/// ```
/// use pumice::redact::phone::Phone;
///
/// let mut out = String::new();
/// assert!(Phone.redact("(415) 555-0132 x12", &mut out).is_ok());
/// assert_eq!(out, "(415) 555-XXXX xXX");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phone;

impl Phone {
    /// Appends the masked `text` to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// [`Invalid`] if it is no telephone number: it has no digit, or more than 18, or anything
    /// beside digits, separators, a known scheme and an extension (so vanity numbers, names, and
    /// parameters such as `;phone-context=`).
    pub fn redact(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        if let Some(cut) = cut::alone(text, |here| self.cut::<Base>(here, text.len())) {
            cut.push(text, out);
            return Ok(());
        }
        if let Some((head, tail)) = plain(text) {
            out.push_str(head);
            push_masked(tail, out);
            return Ok(());
        }
        self.redact_any(text, out)
    }

    /// The same, however the number is written.
    pub(super) fn redact_any(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        let from = match any(text) {
            Some(from) => from,
            None => Reading::of(text, Form::Masked).map(|_| text.len()).ok_or(Invalid)?,
        };
        let (head, tail) = text.split_at_checked(from).ok_or(Invalid)?;
        out.push_str(head);
        push_masked(tail, out);
        Ok(())
    }

    /// Masks a number as it is mostly written, in place: `text` is what `bytes` are. It gives none, and leaves the bytes as they
    /// are, where [`redact`](Self::redact) has to look closer.
    #[cfg(feature = "arrow")]
    #[inline(always)]
    pub(crate) fn redact_in_place(&self, text: &str, bytes: &mut [u8]) -> Option<()> {
        let (head, tail) = plain(text)?;
        if tail.len() == MASKED_DIGITS {
            *bytes.last_chunk_mut()? = *b"XXXX";
        } else {
            let masked = bytes.get_mut(head.len()..)?;
            masked.iter_mut().filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'X');
        }
        Some(())
    }

    /// As [`redact`](Self::redact), for the text of a JSON number; appends the content of a string.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1 to 18 digits: a sign, a point or an exponent makes it a quantity
    /// that nobody can dial.
    pub fn redact_number(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Invalid);
        }
        self.redact(text, out)
    }
}

fn push_masked(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if is_decimal_digit(c) { 'X' } else { c }));
}

/// For each byte of a number as it is mostly written whether it is a digit; for each that has no place
/// there, more than a number may have.
const PLAIN_DIGITS: [u8; 256] = plain_digits();

/// Splits before the digits to mask a number as it is mostly written, if it has so many: quicker than
/// [`any`], and the same.
fn plain(text: &str) -> Option<(&str, &str)> {
    let number = without_scheme(text);
    let number = number.strip_prefix('+').unwrap_or(number);
    // A sum over the whole has no branch to mispredict.
    let mut digits = 0;
    for b in number.bytes() {
        digits += u64::from(*PLAIN_DIGITS.get(usize::from(b))?);
    }
    if !(MASKED_DIGITS..=MAX_DIGITS).contains(&usize::try_from(digits).ok()?) {
        return None;
    }
    let last = text.as_bytes().last_chunk::<MASKED_DIGITS>()?;
    let from = if last.iter().all(u8::is_ascii_digit) {
        text.len() - MASKED_DIGITS
    } else {
        text.bytes().enumerate().rev().filter(|(_, b)| b.is_ascii_digit()).nth(MASKED_DIGITS - 1)?.0
    };
    text.split_at_checked(from)
}

#[expect(clippy::indexing_slicing, reason = "it runs in the compiler alone")]
const fn plain_digits() -> [u8; 256] {
    let mut digits = [0; 256];
    let mut byte = 0;
    while byte < digits.len() {
        digits[byte] = match byte as u8 {
            b'0'..=b'9' => 1,
            b' ' | b'-' | b'.' | b'(' | b')' => 0,
            _ => MAX_DIGITS as u8 + 1,
        };
        byte += 1;
    }
    digits
}

/// Where the digits to mask begin.
fn any(text: &str) -> Option<usize> {
    let kept = Reading::of(text, Form::Plain)?.saturating_sub(MASKED_DIGITS);
    Some(text.char_indices().filter(|(_, c)| is_decimal_digit(*c)).nth(kept)?.0)
}

/// What a text is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A number as people write it. `X` begins an extension.
    Plain,
    /// What [`Phone::redact`] has written: `X` stands where the last four digits of the number and
    /// those of the extension stood, and nowhere else. Reading anything wider would let digits out.
    Masked,
}

/// What has been read of a text so far.
struct Reading {
    form: Form,
    /// Digits of the number.
    digits: usize,
    /// Digits of the extension.
    extension_digits: usize,
    /// `X`s of the number ([`Form::Masked`] only).
    masks: usize,
    plus: bool,
    in_extension: bool,
    /// A word has promised an extension, and no digit of it has come yet.
    owes_extension: bool,
    /// Digits of the number since its last `/`.
    digits_since_slash: usize,
}

impl Reading {
    /// Digits of the number in `text`, if the whole of it reads as one.
    fn of(text: &str, form: Form) -> Option<usize> {
        let mut reading = Reading {
            form,
            digits: 0,
            extension_digits: 0,
            masks: 0,
            plus: false,
            in_extension: false,
            owes_extension: false,
            digits_since_slash: 0,
        };
        let mut rest = without_scheme(text.trim());
        while let Some(c) = rest.chars().next() {
            let length = if is_decimal_digit(c) {
                reading.digit()?;
                c.len_utf8()
            } else if is_separator(c) {
                if matches!(c, '/' | '／') {
                    reading.slash()?;
                }
                c.len_utf8()
            } else {
                reading.mark(c, rest)?
            };
            rest = rest.get(length..)?;
        }
        reading.is_whole().then_some(reading.digits)
    }

    fn digit(&mut self) -> Option<()> {
        if self.form == Form::Masked && (self.masks > 0 || self.in_extension) {
            return None;
        }
        if self.in_extension {
            self.extension_digits += 1;
            self.owes_extension = false;
        } else {
            self.digits += 1;
            self.digits_since_slash += 1;
        }
        Some(())
    }

    /// A slash parts the area code from the rest. After a whole number it begins another ending or
    /// another number: were the last four digits counted from the end of that, they would shield the
    /// first.
    fn slash(&mut self) -> Option<()> {
        let since_start = self.digits_since_slash == self.digits + self.masks;
        let whole = if self.plus && since_start { INTERNATIONAL_DIGITS } else { LOCAL_DIGITS };
        if self.digits_since_slash >= whole {
            self.begin_extension()?;
        }
        self.digits_since_slash = 0;
        Some(())
    }

    /// Reads what is neither digit nor separator; gives the length of it.
    fn mark(&mut self, c: char, rest: &str) -> Option<usize> {
        match c {
            '+' | '＋' => {
                if self.plus || self.in_extension || self.digits + self.masks > 0 {
                    return None;
                }
                self.plus = true;
                Some(c.len_utf8())
            }
            // Before the number it is part of a feature code.
            '*' if self.digits + self.masks == 0 => Some(1),
            '*' | '#' | '＃' | '~' | '～' | '∼' | '⁓' | ',' | '，' | ';' | '；' => {
                self.begin_extension()?;
                Some(c.len_utf8())
            }
            ':' | '=' | '：' if self.owes_extension || self.masks > 0 => Some(c.len_utf8()),
            _ => {
                let word = extension_word(rest)?;
                if self.form == Form::Masked && c == 'X' && word == "x" {
                    self.mask()?;
                } else {
                    self.begin_extension()?;
                    self.owes_extension = true;
                }
                Some(word.len())
            }
        }
    }

    /// Reads an `X` of [`Form::Masked`].
    fn mask(&mut self) -> Option<()> {
        if self.in_extension {
            self.owes_extension = false;
        } else if self.masks < MASKED_DIGITS {
            self.masks += 1;
            self.digits_since_slash += 1;
        } else {
            // A fifth one began an extension.
            self.begin_extension()?;
            self.owes_extension = true;
        }
        Some(())
    }

    fn begin_extension(&mut self) -> Option<()> {
        self.in_extension = self.in_extension || self.has_number();
        self.in_extension.then_some(())
    }

    fn has_number(&self) -> bool {
        match self.form {
            Form::Plain => self.digits > 0,
            Form::Masked => self.masks == MASKED_DIGITS || self.is_all_masked(),
        }
    }

    /// Whether this is a short number that was masked. Which of its `X`s was a digit, and which
    /// began an extension, is not to be known, and nothing is left in it to come out.
    fn is_all_masked(&self) -> bool {
        self.digits == 0 && self.masks > 0
    }

    fn is_whole(&self) -> bool {
        let number = self.digits + self.masks;
        self.has_number()
            && number + self.extension_digits <= MAX_DIGITS
            && (!self.owes_extension || self.is_all_masked())
    }
}

fn without_scheme(text: &str) -> &str {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return text;
    }
    SCHEMES
        .iter()
        .find_map(|scheme| {
            let (head, rest) = text.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some(rest)
        })
        .unwrap_or(text)
}

/// The word at the head of `text` that begins an extension. In upper case it is as long.
fn extension_word(text: &str) -> Option<&'static str> {
    EXTENSION_WORDS.into_iter().find_map(|word| {
        let (head, _) = text.split_at_checked(word.len())?;
        let found = head.eq_ignore_ascii_case(word)
            || !word.is_ascii() && head.chars().flat_map(char::to_lowercase).eq(word.chars());
        found.then_some(word)
    })
}

fn is_separator(c: char) -> bool {
    match c {
        ' ' | '-' | '.' | '/' | '(' | ')' | '[' | ']' => true,
        _ if c.is_ascii() => false,
        // Spaces and what is invisible: no-break, typographic, ideographic; soft hyphen, zero
        // width, word joiner; marks of writing direction.
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => true,
        '\u{ad}' | '\u{2060}' => true,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Dashes and minus, the Japanese long-vowel mark that is typed for one, full-width forms.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '－' | '．' | '／' => true,
        '（' | '）' | '［' | '］' | '·' | '•' | '・' => true,
        _ => false,
    }
}

/// The code point of the digit zero of each run of decimal digits (general category Nd) of
/// Unicode 17.0 (18.0 has the same) but the ASCII one; the nine after it are the others.
const ZEROS: [u32; 76] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730,
    0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0,
    0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0,
    0x1e5f1, 0x1e950, 0x1fbf0,
];

fn is_decimal_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    let c = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= c);
    after.checked_sub(1).and_then(|i| ZEROS.get(i)).is_some_and(|zero| c - zero < 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::cut::tests::every_text;
    use proptest::proptest;

    #[test]
    fn decimal_digits_come_in_tens_and_are_numeric() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            assert!(!is_decimal_digit(char::from_u32(zero - 1).unwrap()) || ZEROS.contains(&(zero - 10)));
            for digit in zero..zero + 10 {
                assert!(char::from_u32(digit).unwrap().is_numeric());
            }
        }
    }

    /// Whether the text is plain.
    fn assert_plain_is_the_same(text: &str) -> bool {
        let plain = plain(text);
        if let Some((head, tail)) = plain {
            assert_eq!(any(text), Some(head.len()), "{text}");
            assert_eq!(text, format!("{head}{tail}"));
        }
        plain.is_some()
    }

    #[test]
    fn plain_numbers_are_read_as_any_are() {
        let mut read = 0;
        for text in every_text(["1", "٣", " ", "(", "+", "x"], 7) {
            read += usize::from(assert_plain_is_the_same(&text));
        }
        assert!(read > 300, "{read}");
        for digits in [3, 4, 17, 18, 19, 40] {
            for text in [&"7".repeat(digits), &"7-".repeat(digits), &format!("Tel:+{}", "7".repeat(digits))] {
                assert_eq!(assert_plain_is_the_same(text), (4..=18).contains(&digits), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn plain_is_the_same_as_any(text in "(tel:|FAX:|\\+){0,2}[0-9 ().-]{0,20}[0-9X;/*٣]?[0-9 ]{0,5}") {
            assert_plain_is_the_same(&text);
        }
    }

    #[test]
    fn an_extension_word_stands_before_its_own_beginnings() {
        for (i, word) in EXTENSION_WORDS.iter().enumerate() {
            assert!(EXTENSION_WORDS[..i].iter().all(|earlier| !word.starts_with(earlier)));
        }
    }
}
