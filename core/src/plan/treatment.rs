//! What is done with one value: a redaction bound to the data it needs; knows no place in an event.

use crate::crypto::{Keys, Owner, PlainKind, Session};
use crate::error::Code;
use crate::geo::GeoDb;
use crate::parts::IfCompact;
use crate::policy::{AgentFields, Geo, KeyOf, Kind};
use crate::redact::coordinate::Coordinate;
use crate::redact::email::Email;
use crate::redact::ip::Ip;
use crate::redact::phone::Phone;
use crate::redact::user_agent::{Agent, Compact};
use crate::redact::{Cut, Invalid};
use crate::scalar::Scalar;
use crate::simd::Chunk;

/// What keys make of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seal {
    /// Seals it, whole.
    Encrypt(KeyOf),
    /// Makes a token of each leaf at or below it.
    Tokenize(Kind),
    /// Hashes each leaf at or below it.
    Hash(Kind),
}

impl Seal {
    /// Appends what is made of a value of this owner and field to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// Any code of the keys.
    #[expect(clippy::too_many_arguments, reason = "a value, where it is from, and where it goes")]
    pub(crate) fn write(
        self,
        session: &mut Session,
        keys: &Keys,
        owner: &Owner<'_>,
        field: &str,
        kind: PlainKind,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Code> {
        match self {
            Seal::Encrypt(by) => session.encrypt(keys, owner, by, field, kind, plain, out),
            Seal::Tokenize(value_type) => session.tokenize(keys, owner, value_type, kind, plain, out),
            Seal::Hash(value_type) => session.hash(keys, owner, value_type, kind, plain, out),
        }
        .map_err(|error| error.code())
    }
}

/// Where a redacted value goes: each carrier has its own.
pub(crate) trait Sink {
    fn string(&mut self, text: &str);
    /// The text of a JSON number.
    fn number(&mut self, text: &str);
    /// Members of strings, in this order.
    fn record(&mut self, members: &[(&'static str, &str)]);
}

/// A redaction with all it needs.
#[derive(Debug)]
pub(crate) enum Redactor {
    Phone(Phone),
    Email(Email),
    Ip(Ip),
    Place(Ip, Geo, GeoDb),
    Agent(AgentFields, Engine),
    Coordinate(Coordinate),
    Text,
}

/// What reads user agents.
#[derive(Debug)]
pub(crate) enum Engine {
    Compact(IfCompact<Compact>),
    #[cfg(feature = "uap")]
    Uap(crate::redact::user_agent::UapRules),
}

impl Redactor {
    /// Whether it costs so much that answers are worth remembering.
    pub(crate) fn is_dear(&self) -> bool {
        matches!(self, Redactor::Place(..) | Redactor::Agent(..))
    }

    /// How to cut the content of a string of this length at the head of `here`, if what [`redact`](Self::redact) makes of it is
    /// cut from it.
    #[inline(always)]
    pub(crate) fn cut_string<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
        match self {
            Redactor::Phone(phone) => phone.cut::<C>(here, length),
            Redactor::Email(email) => email.cut::<C>(here, length),
            Redactor::Ip(ip) => ip.cut::<C>(here, length),
            Redactor::Coordinate(coordinate) => coordinate.cut::<C>(here, length),
            Redactor::Text => Some(Cut::all(length)),
            Redactor::Place(..) | Redactor::Agent(..) => None,
        }
    }

    /// The same, of a number that stays one.
    #[inline(always)]
    pub(crate) fn cut_number<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
        match self {
            Redactor::Coordinate(coordinate) => coordinate.cut::<C>(here, length),
            Redactor::Phone(_)
            | Redactor::Email(_)
            | Redactor::Ip(_)
            | Redactor::Place(..)
            | Redactor::Agent(..)
            | Redactor::Text => None,
        }
    }

    /// Redacts a leaf that is not `null` into `sink`. `scratch` is any buffer; its content is lost.
    #[inline]
    pub(crate) fn redact(
        &self,
        value: Scalar<'_>,
        scratch: &mut String,
        sink: &mut impl Sink,
    ) -> Result<(), Invalid> {
        scratch.clear();
        match (self, value) {
            (Redactor::Text, _) => sink.string(""),
            (Redactor::Phone(phone), Scalar::Str(text)) => {
                phone.redact(text, scratch)?;
                sink.string(scratch);
            }
            (Redactor::Phone(phone), Scalar::Number(text)) => {
                phone.redact_number(text, scratch)?;
                sink.string(scratch);
            }
            (Redactor::Email(email), Scalar::Str(text)) => {
                email.redact(text, scratch)?;
                sink.string(scratch);
            }
            (Redactor::Ip(ip), Scalar::Str(text)) => {
                ip.redact(text, scratch)?;
                sink.string(scratch);
            }
            (Redactor::Place(ip, geo, db), Scalar::Str(text)) => {
                let full = ip.redact(text, scratch)?;
                let place = db.place(full);
                let mut members = Members::new();
                members.push("masked", scratch);
                if let Some(country) = place.country.filter(|_| geo.country) {
                    members.push("geo_country", country);
                }
                if let Some(city) = place.city.filter(|_| geo.city) {
                    members.push("geo_city", city);
                }
                sink.record(members.as_slice());
            }
            (Redactor::Agent(fields, engine), Scalar::Str(text)) => {
                let agent = engine.parse(text);
                let mut members = Members::new();
                for (wanted, name, word) in [
                    (fields.family, "family", agent.family.as_ref()),
                    (fields.major, "major", agent.major.as_ref()),
                    (fields.os, "os", agent.os.as_str()),
                    (fields.device, "device", agent.device.as_str()),
                ] {
                    if wanted {
                        members.push(name, word);
                    }
                }
                sink.record(members.as_slice());
            }
            (Redactor::Coordinate(coordinate), Scalar::Str(_)) => {
                coordinate.redact(value, scratch)?;
                sink.string(scratch);
            }
            (Redactor::Coordinate(coordinate), Scalar::Number(_)) => {
                coordinate.redact(value, scratch)?;
                sink.number(scratch);
            }
            (
                Redactor::Phone(_)
                | Redactor::Email(_)
                | Redactor::Ip(_)
                | Redactor::Place(..)
                | Redactor::Agent(..)
                | Redactor::Coordinate(_),
                Scalar::Null | Scalar::Bool(_) | Scalar::Number(_),
            ) => return Err(Invalid),
        }
        Ok(())
    }
}

impl Engine {
    fn parse<'a>(&'a self, text: &'a str) -> Agent<'a> {
        match *self {
            Engine::Compact(ref compact) => compact.parse(text),
            #[cfg(feature = "uap")]
            Engine::Uap(ref rules) => rules.parse(text),
        }
    }
}

/// Up to four members, without an allocation.
struct Members<'a> {
    all: [(&'static str, &'a str); 4],
    len: usize,
}

impl<'a> Members<'a> {
    fn new() -> Self {
        Members { all: [("", ""); 4], len: 0 }
    }

    fn push(&mut self, name: &'static str, word: &'a str) {
        if let Some(slot) = self.all.get_mut(self.len) {
            *slot = (name, word);
            self.len += 1;
        }
    }

    fn as_slice(&self) -> &[(&'static str, &'a str)] {
        self.all.get(..self.len).unwrap_or_default()
    }
}
