//! Where in the directory what is; touches no file.
//!
//! ```text
//! pumice-subjects             says that this is a store, and of which format
//! records/TAG/XX/REST         a record; the three parts of its name are its key in hex: 8, 1 and 15 bytes
//! ids/XX/REST                 a symbolic link to the record of this id, in hex: 1 and 8 bytes
//! new/ID                      a record that is being inserted, until its name under `records` is durable
//! ```

use pumice::crypto::{AccountTag, RecordId, RecordKey};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) const MARK: &str = "pumice-subjects";
pub(crate) const MARK_TEXT: &str = "pumice: keys of subjects, a file each, format 1\n";

/// What a store has beside its mark.
pub(crate) const FOLDERS: [&str; 3] = ["records", "ids", "new"];

pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn of(root: PathBuf) -> Self {
        Layout { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn mark(&self) -> PathBuf {
        self.root.join(MARK)
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.root.join("records")
    }

    pub(crate) fn ids(&self) -> PathBuf {
        self.root.join("ids")
    }

    pub(crate) fn news(&self) -> PathBuf {
        self.root.join("new")
    }

    pub(crate) fn account(&self, account: AccountTag) -> PathBuf {
        self.records().join(hex(&account.0))
    }

    pub(crate) fn record(&self, key: &RecordKey) -> PathBuf {
        self.root.join(record_name(key))
    }

    pub(crate) fn id(&self, id: &RecordId) -> PathBuf {
        let (shard, rest) = id.0.split_at(1);
        self.ids().join(hex(shard)).join(hex(rest))
    }

    pub(crate) fn new_record(&self, id: &RecordId) -> PathBuf {
        self.news().join(hex(&id.0))
    }

    /// What the link of an id says, and so it stays right wherever the directory is moved.
    pub(crate) fn link_to(key: &RecordKey) -> PathBuf {
        Path::new("../..").join(record_name(key))
    }

    /// The key that a link leads to; none if it leads elsewhere.
    pub(crate) fn key_of_link(link: &Path) -> Option<RecordKey> {
        let name = link.to_str()?.strip_prefix("../../records/")?;
        let mut parts = name.splitn(3, '/');
        let [Some(tag), Some(shard), Some(rest)] = [parts.next(), parts.next(), parts.next()] else {
            return None;
        };
        key_in(account_of(tag)?, shard, rest)
    }

    /// The directories whose entries lead to a record, deepest first.
    pub(crate) fn ways_to_record(&self, key: &RecordKey, ways: &mut BTreeSet<PathBuf>) {
        ways.extend(self.record(key).ancestors().skip(1).take(3).map(Path::to_owned));
    }

    /// The directories whose entries lead to an id.
    pub(crate) fn ways_to_id(&self, id: &RecordId, ways: &mut BTreeSet<PathBuf>) {
        ways.extend(self.id(id).ancestors().skip(1).take(2).map(Path::to_owned));
    }
}

fn record_name(key: &RecordKey) -> PathBuf {
    let (tag, index) = key.0.split_at(8);
    let (shard, rest) = index.split_at(1);
    ["records", &hex(tag), &hex(shard), &hex(rest)].iter().collect()
}

/// The account of this name.
pub(crate) fn account_of(tag: &str) -> Option<AccountTag> {
    bytes_of(tag).map(AccountTag)
}

/// The key of this name in an account.
pub(crate) fn key_in(account: AccountTag, shard: &str, rest: &str) -> Option<RecordKey> {
    let (shard, rest) = (bytes_of::<1>(shard)?, bytes_of::<15>(rest)?);
    <[u8; 24]>::try_from([&account.0[..], &shard, &rest].concat()).ok().map(RecordKey)
}

/// The last key that may be in this shard of an account.
pub(crate) fn last_key_in(account: AccountTag, shard: &str) -> Option<RecordKey> {
    key_in(account, shard, &"ff".repeat(15))
}

/// The id with these two names.
pub(crate) fn id_of(shard: &str, rest: &str) -> Option<RecordId> {
    let (shard, rest) = (bytes_of::<1>(shard)?, bytes_of::<8>(rest)?);
    <[u8; 9]>::try_from([&shard[..], &rest].concat()).ok().map(RecordId)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A string takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that [`hex`] writes so, and no other spelling of them.
pub(crate) fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_what_they_name() {
        let layout = Layout::of(PathBuf::from("/store"));
        let key = RecordKey(std::array::from_fn(|at| at as u8 * 11));
        let record = layout.record(&key);
        assert_eq!(
            record.to_str(),
            Some("/store/records/000b16212c37424d/58/636e79848f9aa5b0bbc6d1dce7f2fd")
        );
        assert_eq!(Layout::key_of_link(&Layout::link_to(&key)), Some(key));
        let id = RecordId([0, 1, 2, 3, 4, 5, 6, 7, 0xFF]);
        assert_eq!(layout.id(&id).to_str(), Some("/store/ids/00/01020304050607ff"));
        assert_eq!(id_of("00", "01020304050607ff"), Some(id));
        let mut ways = BTreeSet::new();
        layout.ways_to_record(&key, &mut ways);
        layout.ways_to_id(&id, &mut ways);
        let expected = [
            "/store/ids",
            "/store/ids/00",
            "/store/records",
            "/store/records/000b16212c37424d",
            "/store/records/000b16212c37424d/58",
        ];
        assert_eq!(ways, expected.map(PathBuf::from).into());
    }

    #[test]
    fn other_names_lead_nowhere() {
        for name in ["", "0", "0g", "0A", "000", "ä"] {
            assert_eq!(bytes_of::<1>(name), None, "{name}");
        }
        for link in ["", "/etc/passwd", "../../records/00", "../../records/../00/00", "../records"] {
            assert_eq!(Layout::key_of_link(Path::new(link)), None, "{link}");
        }
    }
}
