//! Writes small MaxMind DB files (file format 2.0) from a JSON source; knows nothing of what records mean.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// A branch of a node of the search tree.
#[derive(Clone, Copy)]
pub enum Branch {
    /// Nothing is known here.
    Nothing,
    /// To the node of this number.
    Node(usize),
    /// To the record at this offset of the data section.
    Data(usize),
}

/// The database that a JSON source describes: `database_type`, `ip_version` (4 or 6), `record_size` (24, 28
/// or 32), `networks` (a record by network, the more specific wins), and optionally `v4_aliases` (IPv6
/// networks that stand for the IPv4 part).
///
/// # Panics
/// If the source is anything else.
#[must_use]
pub fn from_source(source: &str) -> Vec<u8> {
    let source: Value = serde_json::from_str(source).expect("a JSON document");
    let ip_version = source["ip_version"].as_u64().expect("an IP version");
    let mut networks: Vec<_> = source["networks"].as_object().expect("networks").iter().collect();
    networks.sort_by_key(|&(network, _)| (prefix_length(network), network));

    let mut data = Data::default();
    let mut tree = vec![[Branch::Nothing; 2]];
    for (network, record) in networks {
        let record = Branch::Data(data.record(record));
        put(&mut tree, path(network, ip_version), record);
    }
    let aliases: Vec<_> = source["v4_aliases"].as_array().into_iter().flatten().collect();
    if !aliases.is_empty() {
        let v4 = (0..96).try_fold(0, |node, _| match tree[node][0] {
            Branch::Node(next) => Some(next),
            Branch::Nothing | Branch::Data(_) => None,
        });
        for alias in aliases {
            let network = path(alias.as_str().expect("a network"), ip_version);
            put(&mut tree, network, Branch::Node(v4.expect("IPv4 networks")));
        }
    }
    let number =
        |key: &str| source[key].as_u64().and_then(|n| u16::try_from(n).ok()).expect("a small number");
    let database_type = source["database_type"].as_str().expect("a type");
    assemble(&tree, &data.bytes, number("record_size"), number("ip_version"), database_type)
}

/// A file of these parts, which may be as broken as a test needs them.
#[must_use]
pub fn assemble(
    tree: &[[Branch; 2]],
    data: &[u8],
    record_size: u16,
    ip_version: u16,
    database_type: &str,
) -> Vec<u8> {
    let mut file = Vec::new();
    for node in tree {
        let [zero, one] = node.map(|branch| match branch {
            Branch::Nothing => tree.len() as u32,
            Branch::Node(node) => node as u32,
            Branch::Data(offset) => (tree.len() + 16 + offset) as u32,
        });
        match record_size {
            24 => file.extend([&zero.to_be_bytes()[1..], &one.to_be_bytes()[1..]].concat()),
            28 => {
                file.extend(&zero.to_be_bytes()[1..]);
                file.push(((zero >> 24) << 4 | one >> 24) as u8);
                file.extend(&one.to_be_bytes()[1..]);
            }
            _ => file.extend([zero.to_be_bytes(), one.to_be_bytes()].concat()),
        }
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let mut metadata = Data::default();
    metadata.head(7, 9);
    for (key, value) in [("binary_format_major_version", 2), ("binary_format_minor_version", 0)] {
        metadata.text(key);
        metadata.unsigned(5, value);
    }
    metadata.text("build_epoch");
    metadata.unsigned(9, 1_767_225_600);
    metadata.text("database_type");
    metadata.text(database_type);
    metadata.text("description");
    metadata.value(&serde_json::json!({"en": "for tests: who is where is invented"}));
    metadata.text("languages");
    metadata.value(&Value::Array(vec!["en".into()]));
    metadata.text("ip_version");
    metadata.unsigned(5, ip_version.into());
    metadata.text("record_size");
    metadata.unsigned(5, record_size.into());
    metadata.text("node_count");
    metadata.unsigned(6, tree.len() as u64);
    file.extend(metadata.bytes);
    file
}

fn prefix_length(network: &str) -> usize {
    network.split_once('/').and_then(|(_, bits)| bits.parse().ok()).expect("a prefix length")
}

/// The bits of a network, `207.164.0.0/16`, in the tree of an IP version.
fn path(network: &str, ip_version: u64) -> Vec<usize> {
    let ip = network.split('/').next().unwrap_or_default();
    let (bits, width, in_v6) = match ip.parse().expect("an IP address") {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32, ip_version == 6),
        IpAddr::V6(v6) => (v6.to_bits(), 128, false),
    };
    let network = (0..prefix_length(network)).map(|bit| (bits >> (width - 1 - bit)) as usize & 1);
    if in_v6 { std::iter::repeat_n(0, 96).chain(network).collect() } else { network.collect() }
}

/// Puts a branch at the end of a path. What was there before, if it was shorter, stays around it.
fn put(tree: &mut Vec<[Branch; 2]>, path: Vec<usize>, branch: Branch) {
    let (last, path) = path.split_last().expect("a prefix length of at least 1");
    let mut node = 0;
    for &bit in path {
        node = match tree[node][bit] {
            Branch::Node(next) => next,
            around @ (Branch::Nothing | Branch::Data(_)) => {
                tree.push([around; 2]);
                tree[node][bit] = Branch::Node(tree.len() - 1);
                tree.len() - 1
            }
        };
    }
    tree[node][*last] = branch;
}

/// A data section in the making. A text or record that is in it already is pointed to.
#[derive(Default)]
struct Data {
    bytes: Vec<u8>,
    texts: HashMap<String, usize>,
    records: HashMap<String, usize>,
}

impl Data {
    fn record(&mut self, record: &Value) -> usize {
        let key = record.to_string();
        if let Some(&offset) = self.records.get(&key) {
            return offset;
        }
        let offset = self.bytes.len();
        self.value(record);
        self.records.insert(key, offset);
        offset
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => panic!("the format has no null"),
            Value::Bool(value) => self.head(14, usize::from(*value)),
            Value::Number(number) => match number.as_u64() {
                Some(number) => self.unsigned(6, number),
                None => {
                    self.head(3, 8);
                    self.bytes.extend(number.as_f64().expect("a double").to_be_bytes());
                }
            },
            Value::String(text) => self.text(text),
            Value::Array(values) => {
                self.head(11, values.len());
                values.iter().for_each(|value| self.value(value));
            }
            Value::Object(map) => self.map(map),
        }
    }

    fn map(&mut self, map: &Map<String, Value>) {
        self.head(7, map.len());
        // In order of the keys, whatever order the JSON reader keeps.
        for (key, value) in map.iter().collect::<BTreeMap<_, _>>() {
            self.text(key);
            self.value(value);
        }
    }

    fn text(&mut self, text: &str) {
        match self.texts.get(text) {
            // A pointer of two bytes reaches 2,048; one to a shorter text would save nothing.
            Some(&offset) if offset < 0x800 && text.len() > 1 => {
                self.bytes.extend([0x20 | (offset >> 8) as u8, offset as u8]);
            }
            Some(_) | None => {
                self.texts.insert(text.to_owned(), self.bytes.len());
                self.head(2, text.len());
                self.bytes.extend(text.bytes());
            }
        }
    }

    fn unsigned(&mut self, kind: u8, number: u64) {
        let bytes = number.to_be_bytes();
        let bytes = &bytes[number.leading_zeros() as usize / 8..];
        self.head(kind, bytes.len());
        self.bytes.extend(bytes);
    }

    /// The control byte or bytes: a type and a size.
    fn head(&mut self, kind: u8, size: usize) {
        let (low, more) = match size {
            0..29 => (size as u8, None),
            _ => (29, Some(u8::try_from(size - 29).expect("a size below 285"))),
        };
        match kind {
            1..=7 => self.bytes.push(kind << 5 | low),
            _ => self.bytes.extend([low, kind - 7]),
        }
        self.bytes.extend(more);
    }
}
