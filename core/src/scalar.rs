//! The leaf that every carrier and every redaction shares; knows nothing of where it stands.

/// One leaf of an event.
///
/// It prints its kind and never its content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its decimal text (RFC 8259 section 6), unread.
    Number(&'a str),
    /// A string, unescaped.
    Str(&'a str),
}

impl std::fmt::Debug for Scalar<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Scalar::Null => "Scalar::Null",
            Scalar::Bool(_) => "Scalar::Bool(..)",
            Scalar::Number(_) => "Scalar::Number(..)",
            Scalar::Str(_) => "Scalar::Str(..)",
        })
    }
}
