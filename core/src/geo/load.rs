//! A MaxMind DB laid out anew for look-ups; knows both layouts of record, and no policy.

use super::Place;
use super::country::Countries;
use super::ranges::Ranges;
use super::tree::{Root, Tree};
use crate::error::{Code, Error};
use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader, path};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Added to the mark of a range of `Atlas::v6` that ranges of `Atlas::v6_inside_64` are in.
const INSIDE_64: u32 = 1 << 31;

/// Which place each address is in, and the places' names. The mark of a range is an index of `places`.
#[derive(Default)]
pub(super) struct Atlas {
    /// By the upper and the lower half of the address.
    v4: Ranges<u16>,
    /// IPv6 ranges that start where a /64 does, by the upper half of the address.
    v6: Ranges<u64>,
    /// The IPv6 ranges that start elsewhere, few and twice as wide; each ends in the /64 it starts in.
    v6_inside_64: Ranges<u128>,
    places: Vec<Names>,
    /// All names, one after the other.
    text: String,
}

/// The names of a place, empty where the database has none.
#[derive(Clone, Copy, Default)]
struct Names {
    country: Span,
    city: Span,
}

/// A part of `Atlas::text`.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    bytes: u8,
}

impl Atlas {
    pub(super) fn place_v4(&self, ip: Ipv4Addr) -> Place<'_> {
        let (upper, lower) = halves_v4(ip);
        self.place(self.v4.find(upper, lower).map(|(_, place)| place))
    }

    pub(super) fn place_v6(&self, ip: Ipv6Addr) -> Place<'_> {
        let slot = slot_v6(ip);
        let found = self.v6.find(slot, (ip.to_bits() >> 64) as u64).and_then(|(start, mark)| {
            if mark & INSIDE_64 == 0 {
                return Some(mark);
            }
            // Of the two ranges, the one that began later is the one that the address is in.
            let wide = (u128::from(start) << 64, mark & !INSIDE_64);
            self.v6_inside_64.find(slot, ip.to_bits()).max(Some(wide)).map(|(_, place)| place)
        });
        self.place(found)
    }

    fn place(&self, place: Option<u32>) -> Place<'_> {
        let name = |span: Span| {
            let start = span.start as usize;
            self.text.get(start..start + usize::from(span.bytes)).filter(|name| !name.is_empty())
        };
        match place.and_then(|place| self.places.get(place as usize)) {
            Some(names) => Place { country: name(names.country), city: name(names.city) },
            None => Place::default(),
        }
    }

    pub(super) fn has_country(&self) -> bool {
        self.places.iter().any(|names| names.country.bytes > 0)
    }

    pub(super) fn has_city(&self) -> bool {
        self.places.iter().any(|names| names.city.bytes > 0)
    }

    /// # Errors
    /// [`Code::GeoInvalid`] if the file is not a MaxMind DB, or is damaged.
    pub(super) fn load(file: &[u8]) -> Result<Atlas, Error> {
        let reader = Reader::from_source(file).map_err(|_| Error::new(Code::GeoInvalid))?;
        let tree = Tree::new(file, reader.metadata());
        let mut loading = Loading::new(&reader, tree.nothing);

        let whole = Root { record: 0, bits: if reader.metadata().ip_version == 6 { 128 } else { 32 } };
        let v4 = if whole.bits == 32 { whole } else { tree.v4_in_v6()? };
        let mut last = None;
        tree.walk(v4, None, |first, record| {
            let ip = Ipv4Addr::from_bits(first as u32);
            let place = loading.place(record, IpAddr::V4(ip))?;
            if last.replace(place) != Some(place) {
                let (upper, lower) = halves_v4(ip);
                loading.atlas.v4.push(upper, lower, place);
            }
            Ok(())
        })?;
        if whole.bits == 128 {
            let mut last = None;
            // The IPv4 part stands in several places of an IPv6 tree (such as 2002::/16), and is done.
            let done = Some(v4.record).filter(|&record| record < tree.nothing);
            tree.walk(whole, done, |first, record| {
                let ip = Ipv6Addr::from_bits(first);
                let place = loading.place(record, IpAddr::V6(ip))?;
                let inside_64 = first as u64 != 0;
                match last {
                    Some((same, was_inside)) if same == place && was_inside <= inside_64 => return Ok(()),
                    _ if inside_64 => {
                        loading.atlas.v6.add_to_last(INSIDE_64);
                        loading.atlas.v6_inside_64.push(slot_v6(ip), first, place);
                    }
                    _ => loading.atlas.v6.push(slot_v6(ip), (first >> 64) as u64, place),
                }
                last = Some((place, inside_64));
                Ok(())
            })?;
        }
        let mut atlas = loading.atlas;
        atlas.v4.shrink_to_fit();
        atlas.v6.shrink_to_fit();
        atlas.v6_inside_64.shrink_to_fit();
        Ok(atlas)
    }
}

fn halves_v4(ip: Ipv4Addr) -> (u16, u16) {
    ((ip.to_bits() >> 16) as u16, ip.to_bits() as u16)
}

/// Addresses in use are of 2000::/3 (RFC 4291 section 2.4), so the slots divide that into /19s; what is
/// outside goes to the first slot and the last.
fn slot_v6(ip: Ipv6Addr) -> u16 {
    let above = ip.to_bits().saturating_sub(0x2000 << 112) >> 109;
    u16::try_from(above).unwrap_or(u16::MAX)
}

/// An atlas in the making, with what has been seen of the database so far.
struct Loading<'a> {
    reader: &'a Reader<&'a [u8]>,
    countries: Countries,
    atlas: Atlas,
    by_record: HashMap<u32, u32, BuildHasherDefault<Spread>>,
    by_names: HashMap<(&'a str, &'a str), u32>,
    spans: HashMap<&'a str, Span>,
}

impl<'a> Loading<'a> {
    fn new(reader: &'a Reader<&'a [u8]>, nothing: u32) -> Self {
        let atlas = Atlas { places: vec![Names::default()], ..Atlas::default() };
        Loading {
            reader,
            countries: Countries::read(),
            atlas,
            by_record: HashMap::from_iter([(nothing, 0)]),
            by_names: HashMap::from([(("", ""), 0)]),
            spans: HashMap::from([("", Span::default())]),
        }
    }

    /// The place that a record of the tree points to, where `ip` is an address that leads to it.
    fn place(&mut self, record: u32, ip: IpAddr) -> Result<u32, Error> {
        if let Some(&place) = self.by_record.get(&record) {
            return Ok(place);
        }
        let found = self.reader.lookup(ip).map_err(|_| Error::new(Code::GeoInvalid))?;
        let names = self.names(&found)?;
        let place = match self.by_names.get(&names) {
            Some(&place) => place,
            None => {
                let place =
                    u32::try_from(self.atlas.places.len()).ok().filter(|place| place & INSIDE_64 == 0);
                let place = place.ok_or(Error::new(Code::GeoInvalid))?;
                let (country, city) = (self.span(names.0)?, self.span(names.1)?);
                self.atlas.places.push(Names { country, city });
                self.by_names.insert(names, place);
                place
            }
        };
        self.by_record.insert(record, place);
        Ok(place)
    }

    /// Country and city of a record of either layout, empty where it has none.
    fn names(&self, found: &LookupResult<'a, &'a [u8]>) -> Result<(&'a str, &'a str), Error> {
        let country = |code| self.countries.name(code).unwrap_or_default();
        if let Some(code) = text(found, &path!["country_code"])? {
            return Ok((country(code), text(found, &path!["city"])?.unwrap_or_default()));
        }
        // Not `registered_country`: that is where the network's holder is, not where its users are.
        let name = match text(found, &path!["country", "names", "en"])? {
            Some(name) => name,
            None => text(found, &path!["country", "iso_code"])?.map_or("", country),
        };
        Ok((name, text(found, &path!["city", "names", "en"])?.unwrap_or_default()))
    }

    fn span(&mut self, name: &'a str) -> Result<Span, Error> {
        if let Some(&span) = self.spans.get(name) {
            return Ok(span);
        }
        // No place on earth has a name of more than 255 bytes: such a string is a damaged one.
        let damaged = |_| Error::new(Code::GeoInvalid);
        let start = u32::try_from(self.atlas.text.len()).map_err(damaged)?;
        let span = Span { start, bytes: u8::try_from(name.len()).map_err(damaged)? };
        self.atlas.text.push_str(name);
        self.spans.insert(name, span);
        Ok(span)
    }
}

/// Hashes record numbers, of which there are millions: the standard hasher took half of the time to load.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // The multiplier is 2^64 over the golden ratio; the table takes its index from the low bits.
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The string at a path of a record; none if something else stands there, or nothing.
fn text<'a>(found: &LookupResult<'a, &'a [u8]>, path: &[PathElement<'_>]) -> Result<Option<&'a str>, Error> {
    match found.decode_path(path) {
        Ok(name) => Ok(name),
        Err(MaxMindDbError::Decoding { .. }) => Ok(None),
        Err(_) => Err(Error::new(Code::GeoInvalid)),
    }
}
