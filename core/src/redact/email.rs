//! E-mail addresses: what of the local part and the domain may stay; sends nothing, resolves nothing.

use super::Invalid;

/// What of an address stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// `j***@gmail.com`
    #[default]
    Initial,
    /// `REDACTED@gmail.com` for a well-known mailbox provider, else `REDACTED@REDACTED.com`.
    Provider,
    /// `REDACTED@REDACTED.com`
    None,
}

/// Redacts an e-mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Email {
    /// What of the address stays.
    pub keep: Keep,
}

impl Email {
    /// Appends the redacted `text` to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// [`Invalid`] if it is no address.
    pub fn redact(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        let _ = (text, out);
        Err(Invalid)
    }
}
