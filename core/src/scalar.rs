//! The leaf that every carrier and every redaction shares, and what it may be said to be; knows nothing of where it stands.

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

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A telephone number
    Phone,
    /// An e-mail address
    Email,
    /// An IP address
    Ip,
    /// A user agent
    UserAgent,
    /// A latitude or longitude, or a text with both
    Coordinate,
    /// Free text
    Text,
}

impl Kind {
    /// Every type, with its name in a policy.
    pub const ALL: &'static [(&'static str, Kind)] = &[
        (Kind::Phone.name(), Kind::Phone),
        (Kind::Email.name(), Kind::Email),
        (Kind::Ip.name(), Kind::Ip),
        (Kind::UserAgent.name(), Kind::UserAgent),
        (Kind::Coordinate.name(), Kind::Coordinate),
        (Kind::Text.name(), Kind::Text),
    ];

    /// Its name in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Phone => "phone",
            Kind::Email => "email",
            Kind::Ip => "ip",
            Kind::UserAgent => "user_agent",
            Kind::Coordinate => "coordinate",
            Kind::Text => "text",
        }
    }
}
