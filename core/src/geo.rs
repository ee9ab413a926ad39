//! The place of an IP address, from a MaxMind DB; knows nothing of masking, and never gives coordinates,
//! a postcode or a network.
//!
//! Every network of the database is decoded once, when it is loaded, and laid out anew for look-ups. So
//! damage is found then; a look-up cannot fail, decodes nothing and allocates nothing.

mod country;
mod load;
mod ranges;
mod tree;

use crate::error::{Code, Error};
use crate::parts::IfGeo;
use load::Atlas;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A geo database, laid out for look-ups. A clone shares it.
///
/// It is made from a MaxMind DB file (`.mmdb`) in either of the two layouts in use: GeoIP2's
/// (`country.names.en`, `city.names.en`), or the flat one of ip-location-db (`country_code`, `city`), where
/// the country's name comes from its ISO 3166 code.
///
/// ```
/// use pumice::GeoDb;
///
/// let geo = GeoDb::from_bytes(std::fs::read("../tests/data/geo/commerce.mmdb")?)?;
/// let place = geo.place("207.164.33.12".parse()?);
/// assert_eq!(place.country, Some("Canada"));
/// assert_eq!(place.city, Some("Ottawa"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct GeoDb(IfGeo<Arc<Atlas>>);

/// Where an address is, as far as the database knows: names in English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The country, such as `United Kingdom`.
    pub country: Option<&'a str>,
    /// The city, such as `London`.
    pub city: Option<&'a str>,
}

impl GeoDb {
    /// Reads the bytes of a MaxMind DB file, which are let go of afterwards.
    ///
    /// # Errors
    /// [`Code::GeoInvalid`] if the bytes are no such file, or are damaged where a look-up could come;
    /// [`Code::GeoNoCountry`] if no network in it has a country. A build without the feature `geo` takes none.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<GeoDb, Error> {
        let atlas = Atlas::load(&bytes.into())?;
        if !atlas.has_country() {
            return Err(Error::new(Code::GeoNoCountry));
        }
        IfGeo::new(|| Arc::new(atlas)).map(GeoDb).ok_or_else(|| Error::new(Code::GeoInvalid))
    }

    /// Where an address is. One that carries an IPv4 address (mapped, 6to4, NAT64, Teredo) is where that is.
    #[must_use]
    pub fn place(&self, ip: IpAddr) -> Place<'_> {
        match ip {
            IpAddr::V4(v4) => self.0.place_v4(v4),
            IpAddr::V6(v6) => match carried_v4(v6) {
                Some(v4) => self.0.place_v4(v4),
                None => self.0.place_v6(v6),
            },
        }
    }

    /// Whether any network in it has a city.
    #[must_use]
    pub fn has_city(&self) -> bool {
        self.0.has_city()
    }
}

impl std::fmt::Debug for GeoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeoDb(..)")
    }
}

/// The IPv4 address of the host behind an IPv6 address that carries one.
fn carried_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match v6.segments() {
        // Mapped: RFC 4291 section 2.5.5.2. NAT64: RFC 6052 section 2.1. 6to4: RFC 3056 section 2.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, _, _, _, _, _] => (high, low),
        // Teredo: RFC 4380 section 4 writes the client's address with its bits inverted.
        [0x2001, 0, _, _, _, _, high, low] => (!high, !low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
}
