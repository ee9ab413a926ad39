//! What can go wrong, as stable codes; refuses to know any value or key of an event.

use crate::quote::quoted;
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// A stable name of what went wrong: the same in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code there is, in the order of their documentation.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The code as it is spelled in every language.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                self.texts().0
            }

            /// What the code means, in a sentence or two.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                self.texts().1.trim_ascii()
            }

            /// Its spelling and its documentation.
            fn texts(self) -> (&'static str, &'static str) {
                const TEXTS: &[(&str, &str)] = &[$(($text, concat!($($doc,)+)),)+];
                TEXTS.get(self as usize).copied().unwrap_or_default()
            }

            /// Every code with its meaning: the text of one JSON object.
            #[must_use]
            pub fn all_to_json() -> String {
                let row = |code: &Code| format!("\"{code}\":{}", quoted(code.meaning()));
                format!("{{{}}}", Code::ALL.iter().map(row).collect::<Vec<_>>().join(","))
            }
        }
    };
}

codes! {
    /// The policy is not well-formed JSON.
    PolicySyntax = "policy_syntax",
    /// The policy says a version of the format that this build does not know, or none.
    PolicyVersion = "policy_version",
    /// A part of the policy has the wrong JSON type, such as a number where a rule is due.
    PolicyShape = "policy_shape",
    /// The policy has a member that the format does not know.
    UnknownMember = "unknown_member",
    /// An object in the policy has the same key twice.
    DuplicateKey = "duplicate_key",
    /// A rule names a type that does not exist.
    UnknownType = "unknown_type",
    /// A rule names an action that does not exist.
    UnknownAction = "unknown_action",
    /// A rule has an option that its type or action does not have.
    UnknownOption = "unknown_option",
    /// An option has a value outside its range.
    InvalidOption = "invalid_option",
    /// A rule lacks what it needs: a type to redact by, or the value to replace with.
    IncompleteRule = "incomplete_rule",
    /// A selector cannot be parsed.
    InvalidSelector = "invalid_selector",
    /// Two selectors are different spellings of one.
    DuplicateSelector = "duplicate_selector",
    /// Two selectors meet in one place and neither is more specific.
    AmbiguousSelectors = "ambiguous_selectors",
    /// The policy's selectors are too many, or interact too much, to be compiled within bounds.
    PolicyTooComplex = "policy_too_complex",
    /// A rule needs keys, and the scrubber was given none.
    NeedsKeys = "needs_keys",
    /// A rule needs to know the account, and neither the policy nor the caller names it.
    NeedsAccount = "needs_account",
    /// A rule needs to know the subject, and neither the policy nor the caller names it.
    NeedsSubject = "needs_subject",
    /// A rule needs a store of subject keys, and the keys were given none.
    NeedsStore = "needs_store",
    /// A rule needs a geo database, and the scrubber was given none.
    NeedsGeo = "needs_geo",
    /// A rule names a user-agent engine that this build does not have, or whose rules file was not given.
    NeedsUap = "needs_uap",
    /// The schema is not well-formed JSON.
    SchemaSyntax = "schema_syntax",
    /// A part of the schema has the wrong JSON type, or lacks what its format asks for.
    SchemaShape = "schema_shape",
    /// The schema is of a format, or of a version of one, that this build does not know.
    SchemaFormat = "schema_format",
    /// The schema has more bytes, fields, levels or alternatives than this build reads.
    SchemaTooLarge = "schema_too_large",
    /// The schema names a type that its format does not have and that it does not define.
    UnknownSchemaType = "unknown_schema_type",
    /// The schema refers to something that is not in it.
    UnknownReference = "unknown_reference",
    /// The schema has a reference that leads to nothing but itself.
    CyclicReference = "cyclic_reference",
    /// The schema uses a word that this build does not understand, and that may say something of fields.
    UnsupportedKeyword = "unsupported_keyword",
    /// A record of the schema has two fields of one name, or two of its types have one name.
    DuplicateField = "duplicate_field",
    /// Two parts of the schema say of one field what cannot hold at once.
    ContradictoryField = "contradictory_field",
    /// The schema has an attribute that this build does not know, and that was passed over, as a warning says.
    UnknownAttribute = "unknown_attribute",
    /// A part of the schema is taken to mean more than it says, as a warning says.
    Widened = "widened",
    /// The governance document has no such reservoir.
    UnknownReservoir = "unknown_reservoir",
    /// Two governance rules of one rank say different things of one field.
    ContradictoryRules = "contradictory_rules",
    /// A governance rule is about none of the schema's fields; a review warns of it.
    UnmatchedRule = "unmatched_rule",
    /// A new field has no tag and no type, and no governance rule is about it.
    UndecidedField = "undecided_field",
    /// A field is no longer of the type that it was, and what is personal in it may not be seen any more; a review lists it.
    TypeWeakened = "type_weakened",
    /// A field has lost a tag, its entity or what it is linked to; a review lists it.
    TagLost = "tag_lost",
    /// What is done with a field is not what was done with it; a review lists it.
    HandlingChanged = "handling_changed",
    /// A field is called as personal data is, and has no tag and no type; a review warns of it.
    PersonalName = "personal_name",
    /// The bytes given as a geo database are not one, or are damaged.
    GeoInvalid = "geo_invalid",
    /// The geo database knows no countries, in either of the two layouts in use.
    GeoNoCountry = "geo_no_country",
    /// The bytes given as user-agent rules are not uap-core's, or do not compile.
    UapInvalid = "uap_invalid",
    /// Two policies of a set have one name and are unlike.
    DuplicatePolicy = "duplicate_policy",
    /// The event is not JSON as RFC 8259 has it.
    InvalidJson = "invalid_json",
    /// The event is not UTF-8.
    InvalidUtf8 = "invalid_utf8",
    /// The event is nested deeper than 128 levels.
    TooDeep = "too_deep",
    /// The event is larger than the scrubber takes.
    TooLarge = "too_large",
    /// A value cannot be read as its type, and nothing may come out in its place.
    InvalidValue = "invalid_value",
    /// The event has a leaf that no rule names, and the policy says to refuse it.
    UnlistedField = "unlisted_field",
    /// The event names a policy that the set does not have, or the caller does.
    UnknownPolicy = "unknown_policy",
    /// Nobody says which policy of the set it is: not the caller, and in the event it is missing, `null`, empty, not a string
    /// or number, or there twice and unlike.
    NoPolicy = "no_policy",
    /// A value is of a type that the policy's shape does not give it.
    ShapeMismatch = "shape_mismatch",
    /// The event lacks a field that the policy's shape requires.
    FieldMissing = "field_missing",
    /// The event has a field that the policy's shape rules out.
    FieldUnknown = "field_unknown",
    /// The policy has a shape, which events are held to and columns cannot be.
    ShapeNeedsEvents = "shape_needs_events",
    /// The columns are damaged: their buffers do not hold what they say, or they do not fit together.
    ColumnsInvalid = "columns_invalid",
    /// The columns have none that a rule means, and the caller asked to be told.
    ColumnMissing = "column_missing",
    /// A column has a type that cannot be treated as a rule says: what it should become cannot stand there, or, if the caller
    /// asked to be told, its values cannot be read.
    ColumnType = "column_type",
    /// A value is to be sealed, and the event does not say for which account: it is missing, `null`, empty, too long, not a
    /// string or number, or there twice and unlike.
    NoAccount = "no_account",
    /// A value is to be sealed, and the event does not say whose it is: it is missing, `null`, empty, not a string or number,
    /// or there twice and unlike.
    NoSubject = "no_subject",
    /// The root key is not 32 bytes, or all zero; or the passphrase is empty.
    InvalidRoot = "invalid_root",
    /// The key service that holds the root did not wrap or unwrap.
    RootFailed = "root_failed",
    /// The keyring was made under another root: another key, another passphrase, or another service.
    WrongRoot = "wrong_root",
    /// The document is not a keyring of a version that this build knows, or is cut short.
    KeyringInvalid = "keyring_invalid",
    /// The keyring was changed by someone without its keys.
    KeyringTampered = "keyring_tampered",
    /// The keyring is older than the caller knows it to be.
    KeyringRolledBack = "keyring_rolled_back",
    /// The keyring has no such account.
    UnknownAccount = "unknown_account",
    /// The keyring already has this account, with a living key.
    AccountExists = "account_exists",
    /// The value is not a ciphertext or token of ours.
    NotOurs = "not_ours",
    /// The ciphertext or token is of a version, suite or kind that this build does not know.
    UnknownVersion = "unknown_version",
    /// The ciphertext or token is cut short, or not written in the one canonical spelling.
    Malformed = "malformed",
    /// The ciphertext names a key that this account does not have, or the token one that no account has.
    UnknownKey = "unknown_key",
    /// The key was destroyed: nothing that it sealed can be read again.
    KeyDestroyed = "key_destroyed",
    /// The subject's key is not in the store: it was forgotten, or is in another store.
    Forgotten = "forgotten",
    /// The ciphertext or token was changed, or sealed for another account or field.
    AuthenticationFailed = "authentication_failed",
    /// The store of subject keys could not be read or written.
    StoreFailed = "store_failed",
    /// The store of subject keys is in use by another process.
    StoreLocked = "store_locked",
    /// The store of subject keys is damaged, or is no such store.
    StoreDamaged = "store_damaged",
    /// The operating system gave no random bytes.
    RandomFailed = "random_failed",
    /// It was closed, and cannot be used any more.
    Closed = "closed",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where it went wrong. Nothing in it was read from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// Nowhere in particular.
    Nowhere,
    /// A JSON Pointer (RFC 6901) into the policy, or into the schema that was read.
    Policy(String),
    /// The selector of a rule, as the policy spells it, or of a place in its shape.
    Rule(String),
    /// A byte offset into the document or event, from 0.
    Offset(usize),
    /// A column of a batch, by its number from 0.
    Column(usize),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Nowhere => Ok(()),
            At::Policy(pointer) => write!(f, "{pointer}"),
            At::Rule(selector) => write!(f, "{selector}"),
            At::Offset(offset) => write!(f, "byte {offset}"),
            At::Column(column) => write!(f, "column {column}"),
        }
    }
}

/// What went wrong, and where: never a value and never a key of an event.
///
/// ```
/// use pumice::{Code, Error};
///
/// let error = Error::new(Code::InvalidJson);
/// assert_eq!(error.to_string(), "invalid_json");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Problem>);

/// Boxed: what may fail is done for each event, and hardly ever fails.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    code: Code,
    at: At,
    line: Option<u64>,
}

impl Error {
    /// An error of this code, nowhere in particular.
    #[cold]
    #[must_use]
    pub fn new(code: Code) -> Self {
        Error(Box::new(Problem { code, at: At::Nowhere, line: None }))
    }

    /// The same error, at a place.
    #[cold]
    #[must_use]
    pub fn at_place(mut self, at: At) -> Self {
        self.0.at = at;
        self
    }

    /// The same error, on a line (from 1) of an input of many lines, or in a row of a batch.
    #[cold]
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.0.line = Some(line);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Where it went wrong.
    #[must_use]
    pub fn at(&self) -> &At {
        &self.0.at
    }

    /// On which line (from 1), where the input has lines; or in which row, where it is a batch.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The error as one JSON object, for languages that make an exception of it.
    ///
    /// ```
    /// use pumice::{At, Code, Error};
    ///
    /// let error = Error::new(Code::InvalidUtf8).at_place(At::Offset(7));
    /// let json = r#"{"at":7,"code":"invalid_utf8","line":null}"#;
    /// assert_eq!(error.to_json(), json);
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let at = match &self.0.at {
            At::Nowhere => "null".to_owned(),
            At::Policy(place) | At::Rule(place) => quoted(place),
            At::Offset(number) | At::Column(number) => number.to_string(),
        };
        let line = self.0.line.map_or("null".to_owned(), |line| line.to_string());
        format!(r#"{{"at":{at},"code":"{}","line":{line}}}"#, self.0.code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.as_str())?;
        if let Some(line) = self.0.line {
            write!(f, " on line {line}")?;
        }
        match &self.0.at {
            At::Nowhere => Ok(()),
            // The pointer of a whole document is empty.
            At::Policy(pointer) if pointer.is_empty() => Ok(()),
            at => write!(f, " at {at}"),
        }
    }
}

impl std::error::Error for Error {}
