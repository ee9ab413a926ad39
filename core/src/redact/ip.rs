//! IP addresses: host bits zeroed; knows nothing of who holds them or where they are.

use super::Invalid;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Zeroes the host bits of an IP address, or of each in a comma list.
///
/// An IPv4 address inside an IPv6 address keeps no more than `v4_bits` of itself, whatever
/// `v6_bits` says: 6to4 (RFC 3056), NAT64 (RFC 6052, RFC 8215), Teredo (RFC 4380; server, and client as
/// de-obfuscated), ISATAP (RFC 5214), IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765), and
/// whatever is written with a dotted tail. An IPv4-mapped one is an IPv4 address, and comes out as such.
///
/// ```
/// use pumice::redact::ip::Ip;
///
/// let mut out = String::new();
/// assert!(Ip::default().redact("[2001:db8:85a3::1]:443", &mut out).is_ok());
/// assert_eq!(out, "2001:db8::");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ip {
    /// Leading bits of an IPv4 address that stay, 0 to 32. Default 16.
    pub v4_bits: u8,
    /// Leading bits of an IPv6 address that stay, 0 to 128. Default 32.
    pub v6_bits: u8,
}

impl Default for Ip {
    fn default() -> Self {
        Ip { v4_bits: 16, v6_bits: 32 }
    }
}

impl Ip {
    /// Appends the masked `text` to `out` in the form of RFC 5952, and gives the first full address
    /// in it (for a look-up of its place; an IPv4-mapped one as IPv4). On error `out` is as it was.
    ///
    /// Spaces around, a port after `:`, brackets and a zone (`%eth0`) are dropped. The masked
    /// addresses of a list are joined by `, `.
    ///
    /// # Errors
    /// [`Invalid`] if it is not an address, nor a comma list of addresses: among others a prefix
    /// (`10.0.0.0/8`), an octet with a leading zero, an empty element, `unknown`.
    pub fn redact(&self, text: &str, out: &mut String) -> Result<IpAddr, Invalid> {
        if let Some(address) = self.append_plain(text, out) {
            return Ok(address);
        }
        let start = out.len();
        let first = self.append(text, out);
        if first.is_none() {
            out.truncate(start);
        }
        first.ok_or(Invalid)
    }

    fn append(&self, text: &str, out: &mut String) -> Option<IpAddr> {
        let mut first = None;
        for element in text.split(',') {
            if first.is_some() {
                out.push_str(", ");
            }
            let Parsed { address, dotted_tail } = Parsed::of(element.trim())?;
            match address {
                IpAddr::V4(v4) => push_v4(self.mask_v4(v4.to_bits()), out),
                IpAddr::V6(v6) => push_v6(self.mask_v6(v6.to_bits(), dotted_tail), out),
            }
            first = first.or(Some(address));
        }
        first
    }

    /// An address as it is mostly written: quicker than [`append`](Self::append), and the same.
    fn append_plain(&self, text: &str, out: &mut String) -> Option<IpAddr> {
        if let Some(bits) = parse_v4(text) {
            push_v4(self.mask_v4(bits), out);
            return Some(Ipv4Addr::from_bits(bits).into());
        }
        let bits = parse_plain_v6(text)?;
        push_v6(self.mask_v6(bits, false), out);
        Some(Ipv6Addr::from_bits(bits).into())
    }

    fn mask_v4(&self, bits: u32) -> u32 {
        bits & !u32::MAX.checked_shr(self.v4_bits.into()).unwrap_or(0)
    }

    fn mask_v6(&self, bits: u128, dotted_tail: bool) -> u128 {
        let masked = self.mask_embedded(bits, dotted_tail);
        masked & !u128::MAX.checked_shr(self.v6_bits.into()).unwrap_or(0)
    }

    /// Masks the IPv4 addresses inside, wherever a known form has them.
    fn mask_embedded(&self, bits: u128, dotted_tail: bool) -> u128 {
        let segments = Ipv6Addr::from_bits(bits).segments();
        let mut masked = bits;
        let mut tail = dotted_tail;
        match segments {
            // 6to4. Hosts that make their own address often write the IPv4 address at its end again.
            [0x2002, ..] => {
                masked = self.mask_v4_at(masked, 80);
                tail |= v4_at(bits, 80) == v4_at(bits, 0);
            }
            // Teredo: the server, and the client with every bit of it flipped.
            [0x2001, 0, ..] => {
                masked = self.mask_v4_at(masked, 64);
                let client = u128::from(u32::MAX);
                masked = self.mask_v4_at(masked ^ client, 0) ^ client;
                return masked;
            }
            // NAT64, well-known prefix; IPv4-translated.
            [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => tail = true,
            // NAT64, local use: the operator chooses how far left of the end the address stands. If
            // all is zero there, it stands at the end; else any bit of it may be anywhere.
            [0x64, 0xff9b, 1, _, 0, 0, ..] => {
                masked &= !(u128::from(u16::MAX) << 64);
                tail = true;
            }
            [0x64, 0xff9b, 1, ..] => masked &= u128::MAX << 80,
            // IPv4-compatible, but for the unspecified and the loopback address.
            [0, 0, 0, 0, 0, 0, high, low] => tail |= high > 0 || low > 1,
            _ => {}
        }
        // ISATAP, in any network; the bits 0x0300 say whether the address is unique, and of a group.
        let [.., interface, isatap, _, _] = segments;
        tail |= isatap == 0x5efe && interface & !0x0300 == 0;
        if tail { self.mask_v4_at(masked, 0) } else { masked }
    }

    /// Masks the IPv4 address that has `shift` bits to its right.
    fn mask_v4_at(&self, bits: u128, shift: u32) -> u128 {
        let v4 = v4_at(bits, shift);
        bits ^ (u128::from(v4 ^ self.mask_v4(v4)) << shift)
    }
}

/// The 32 bits that have `shift` bits to their right.
fn v4_at(bits: u128, shift: u32) -> u32 {
    (bits >> shift) as u32
}

/// One element of the list.
struct Parsed {
    /// The full address; an IPv4-mapped one as IPv4.
    address: IpAddr,
    /// Whether an IPv6 address was written with an IPv4 address as its end.
    dotted_tail: bool,
}

impl Parsed {
    fn of(text: &str) -> Option<Parsed> {
        if let Some(v4) = parse_v4(text) {
            return Some(Parsed::v4(v4));
        }
        if let Some(bracketed) = text.strip_prefix('[') {
            let (host, port) = bracketed.split_once(']')?;
            let ok = port.is_empty() || is_port(port.strip_prefix(':')?);
            return ok.then(|| parse_v4(host).map(Parsed::v4).or_else(|| Parsed::v6(host)))?;
        }
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => {
                is_port(port).then(|| parse_v4(host).map(Parsed::v4))?
            }
            Some(_) => Parsed::v6(text),
            None => None,
        }
    }

    fn v4(bits: u32) -> Parsed {
        Parsed { address: Ipv4Addr::from_bits(bits).into(), dotted_tail: false }
    }

    fn v6(text: &str) -> Option<Parsed> {
        let (host, zone) = match text.split_once('%') {
            Some((host, zone)) => (host, Some(zone)),
            None => (text, None),
        };
        if zone.is_some_and(|zone| !is_zone(zone)) {
            return None;
        }
        let v6: Ipv6Addr = host.parse().ok()?;
        Some(Parsed { address: IpAddr::V6(v6).to_canonical(), dotted_tail: host.contains('.') })
    }
}

/// Four decimal octets without leading zeros.
fn parse_v4(text: &str) -> Option<u32> {
    // A branch for each number of digits mispredicts less than one for each byte.
    let number = |digits: [u8; 3]| {
        let [a, b, c] = digits.map(u32::from);
        a * 100 + b * 10 + c - u32::from(b'0') * 111
    };
    let (mut rest, mut bits) = (text.as_bytes(), 0);
    for i in 0..4 {
        if i > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let octet;
        (octet, rest) = match rest {
            [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] => (number([*a, *b, *c]), rest),
            [a @ b'1'..=b'9', b @ b'0'..=b'9', rest @ ..] => (number([b'0', *a, *b]), rest),
            [a @ b'0'..=b'9', rest @ ..] => (number([b'0', b'0', *a]), rest),
            _ => return None,
        };
        if octet > 255 {
            return None;
        }
        bits = bits << 8 | octet;
    }
    rest.is_empty().then_some(bits)
}

/// Segments in hexadecimal digits, with a `::` or without, and nothing else (no dotted tail, no zone);
/// not if it is IPv4-mapped.
fn parse_plain_v6(text: &str) -> Option<u128> {
    let mut gap = None;
    let after_gap = text.strip_prefix("::").inspect(|_| gap = Some(0));
    let (mut bits, mut segments) = (0, 0);
    let (mut segment, mut digits) = (0, 0);
    for b in after_gap.unwrap_or(text).bytes() {
        if let Some(digit) = char::from(b).to_digit(16).filter(|_| digits < 4) {
            (segment, digits) = (segment << 4 | digit, digits + 1);
        } else if b == b':' && digits > 0 && segments < 8 {
            (bits, segments) = (bits << 16 | u128::from(segment), segments + 1);
            (segment, digits) = (0, 0);
        } else if b == b':' && digits == 0 && segments > 0 && gap.is_none() {
            gap = Some(segments);
        } else {
            return None;
        }
    }
    if digits > 0 {
        (bits, segments) = (bits << 16 | u128::from(segment), segments + 1);
    } else if gap != Some(segments) {
        return None;
    }

    let bits = match gap {
        None if segments == 8 => bits,
        Some(gap) if segments < 8 => {
            let tail = 16 * (segments - gap);
            let head = (bits >> tail).checked_shl(16 * (8 - gap)).unwrap_or(0);
            head | bits & !(u128::MAX << tail)
        }
        None | Some(_) => return None,
    };
    (bits >> 32 != 0xffff).then_some(bits)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Whether it may be the name or number of an interface (RFC 4007), which the host is free to choose.
fn is_zone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'%' | b'/' | b'[' | b']'))
}

fn push_v4(bits: u32, out: &mut String) {
    for (i, octet) in bits.to_be_bytes().into_iter().enumerate() {
        if i > 0 {
            out.push('.');
        }
        for (divisor, least) in [(100, 100), (10, 10), (1, 0)] {
            if octet >= least {
                out.push(char::from(b'0' + octet / divisor % 10));
            }
        }
    }
}

/// As RFC 5952 section 4 has it: lower case, no leading zeros, `::` for the first of the longest runs
/// of two zero segments or more.
fn push_v6(bits: u128, out: &mut String) {
    let segments = Ipv6Addr::from_bits(bits).segments();
    let (mut run, mut longest) = (0..0, 0..0);
    for (i, segment) in segments.into_iter().enumerate() {
        run = if segment != 0 { i + 1..i + 1 } else { run.start..i + 1 };
        if run.len() > longest.len().max(1) {
            longest = run.clone();
        }
    }
    for (i, segment) in segments.into_iter().enumerate() {
        if longest.contains(&i) {
            if i == longest.start {
                out.push_str("::");
            }
            continue;
        }
        if i > 0 && i != longest.end {
            out.push(':');
        }
        let mut begun = false;
        for shift in [12, 8, 4, 0] {
            let nibble = segment >> shift & 0xf;
            begun |= nibble > 0 || shift == 0;
            if begun {
                out.extend(char::from_digit(nibble.into(), 16));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The standard library writes RFC 5952 too, but for IPv4-mapped addresses, which never get here.
    #[test]
    fn addresses_are_written_as_the_standard_library_does() {
        let mut bits: u128 = 0x2001_0db8_85a3_0000_0000_8a2e_0370_7334;
        for zeroed in 0..=0xff_u32 {
            bits = bits.wrapping_mul(0x2d99_787f_0b5a_4c4f_8b1d_44aa_51c0_3fb5).rotate_left(41) | 1 << 127;
            let mut masked = bits >> (zeroed % 3 * 6);
            for segment in 0..8 {
                if zeroed >> segment & 1 == 1 {
                    masked &= !(0xffff << (segment * 16));
                }
            }
            let v6 = Ipv6Addr::from_bits(masked);
            let (mut out, mut octets) = (String::new(), String::new());
            push_v6(masked, &mut out);
            push_v4(masked as u32, &mut octets);
            assert!(v6.to_ipv4_mapped().is_some() || out == v6.to_string(), "{out} {v6}");
            assert_eq!(octets, Ipv4Addr::from_bits(masked as u32).to_string());
        }
    }

    #[test]
    fn ipv4_is_read_as_the_standard_library_does() {
        let parts = ["", "0", "00", "1", "01", "9", "99", "100", "255", "256", "999", "1000", "a", "٣", "+1"];
        for a in parts {
            for b in parts {
                for text in [
                    format!("{a}.1.{b}.4"),
                    format!("1.{a}.3.{b}"),
                    format!("1.{a}.{b}"),
                    format!("1.2.3.4.{a}{b}"),
                ] {
                    let std = text.parse().map(Ipv4Addr::to_bits).ok();
                    assert_eq!(parse_v4(&text), std, "{text}");
                }
            }
        }
    }

    /// Whether the address is plain.
    fn assert_plain_is_the_same(ip: &Ip, text: &str) -> bool {
        let (mut out, mut plain_out) = (String::new(), String::new());
        let plain = ip.append_plain(text, &mut plain_out);
        if plain.is_some() {
            assert_eq!(plain, ip.append(text, &mut out), "{text}");
        }
        assert_eq!(plain_out, out, "{text}");
        plain.is_some()
    }

    #[test]
    fn plain_ipv6_is_read_as_the_standard_library_does() {
        let mut read = 0;
        for (before, after) in (0..=9).flat_map(|before| (0..=9).map(move |after| (before, after))) {
            let [a, b] = [before, after].map(|segments| vec!["aB09"; segments].join(":"));
            for between in [":", "::", ":::", "::0::", ":f:", ":12345:", ":g:", "::ffff:", ":1.2.3.4", "%1"] {
                let text = format!("{a}{between}{b}");
                let std = text.parse().ok().filter(|v6: &Ipv6Addr| v6.to_ipv4_mapped().is_none());
                let std = std.filter(|_| !text.contains('.'));
                assert_eq!(parse_plain_v6(&text), std.map(Ipv6Addr::to_bits), "{text}");
                read += usize::from(std.is_some());
            }
        }
        assert!(read > 50, "{read}");
    }

    proptest! {
        #[test]
        fn plain_is_the_same_as_any(
            v4_bits in prop_oneof![(0..=5u8).prop_map(|octets| octets * 8), 0..=33u8],
            v6_bits in 0..=129u8,
            v4 in "([0-9]{1,3}\\.){3}[0-9]{1,3}[0-9.:]?",
            v6 in "(::|2002:|2001:0:|64:ff9b:1:|::ffff:)?([0-9a-fA-F]{0,4}:){0,7}(0|5efe|[0-9a-f]{0,5})(:|::1?|%1|\\.1)?",
            full: u128,
        ) {
            let ip = Ip { v4_bits, v6_bits };
            assert_plain_is_the_same(&ip, &v4);
            assert_plain_is_the_same(&ip, &v6);
            for text in [Ipv6Addr::from_bits(full).to_string(), Ipv4Addr::from_bits(full as u32).to_string()] {
                assert!(assert_plain_is_the_same(&ip, &text));
            }
        }
    }
}
