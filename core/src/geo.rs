//! Where an IP address is, as a database says; knows nothing of masking.
use crate::error::{Code, Error};
use std::net::IpAddr;

/// A geo database.
#[derive(Clone, Debug)]
pub struct GeoDb;

/// The place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// Country
    pub country: Option<&'a str>,
    /// City
    pub city: Option<&'a str>,
}

impl GeoDb {
    /// Stub.
    /// # Errors
    /// ..
    pub fn from_bytes(_bytes: impl Into<Vec<u8>>) -> Result<GeoDb, Error> {
        Err(Error::new(Code::GeoInvalid))
    }
    /// Place.
    pub fn place(&self, _ip: IpAddr) -> Place<'_> {
        Place::default()
    }
    /// City?
    pub fn has_city(&self) -> bool {
        true
    }
}
