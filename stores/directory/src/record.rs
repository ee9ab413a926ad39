//! The bytes of a record's file; knows no directory.
//!
//! ```text
//!  0  8 magic 70 75 6D 73 75 62 00 01
//!  8 24 record key
//! 32  9 record id
//! 41 48 wrapped key
//! 89 32 SHA-256 of all before
//! ```

use pumice::crypto::{Record, RecordId, RecordKey};
use sha2::{Digest, Sha256};

pub(crate) const BYTES: usize = 121;

const MAGIC: [u8; 8] = *b"pumsub\0\x01";

pub(crate) fn pack(key: &RecordKey, record: &Record) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES);
    for part in [&MAGIC[..], &key.0, &record.id.0, &record.wrapped] {
        bytes.extend_from_slice(part);
    }
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

/// The record of this key; none if the bytes are not those of a whole one.
pub(crate) fn unpack(key: &RecordKey, bytes: &[u8]) -> Option<Record> {
    let (packed, sum) = bytes.split_last_chunk::<32>()?;
    let rest = packed.strip_prefix(&MAGIC)?.strip_prefix(&key.0)?;
    let (id, rest) = rest.split_first_chunk::<9>()?;
    let wrapped = <[u8; 48]>::try_from(rest).ok()?;
    (Sha256::digest(packed)[..] == sum[..]).then_some(Record { id: RecordId(*id), wrapped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_one_drawn() {
        let (key, record) = (RecordKey([1; 24]), Record { id: RecordId([2; 9]), wrapped: [3; 48] });
        let bytes = pack(&key, &record);
        assert_eq!(bytes.len(), BYTES);
        assert_eq!(bytes[..8], [0x70, 0x75, 0x6D, 0x73, 0x75, 0x62, 0x00, 0x01]);
        assert_eq!(
            (&bytes[8..32], &bytes[32..41], &bytes[41..89]),
            (&[1; 24][..], &[2; 9][..], &[3; 48][..])
        );
        assert_eq!(unpack(&key, &bytes), Some(record));
        assert_eq!(unpack(&RecordKey([4; 24]), &bytes), None, "the record of another");
    }
}
