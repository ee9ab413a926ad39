//! How an Avro container file begins, and its numbers; knows no schema.

use arrow_avro::compression::{CODEC_METADATA_KEY, CompressionCodec};
use arrow_avro::schema::SCHEMA_METADATA_KEY;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, Read, Seek, SeekFrom};

const MAGIC: &[u8] = b"Obj\x01";

/// What stands between the blocks of a file.
pub(super) type Sync = [u8; 16];

/// What a file says of itself.
pub(super) struct Header {
    /// In order.
    pub(super) metadata: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) sync: Sync,
}

impl Header {
    /// None if it is no header, or ends too soon.
    pub(super) fn read(file: &mut impl Read) -> io::Result<Option<Header>> {
        if bytes(file, MAGIC.len() as u64)?.as_deref() != Some(MAGIC) {
            return Ok(None);
        }
        let mut metadata = Vec::new();
        loop {
            let Some(count) = signed_long(file)? else { return Ok(None) };
            // A count below zero stands before the size of its block.
            if count < 0 && long(file)?.is_none() {
                return Ok(None);
            }
            for _ in 0..count.unsigned_abs() {
                let (Some(key), Some(value)) = (text(file)?, text(file)?) else { return Ok(None) };
                metadata.push((key, value));
            }
            if count == 0 {
                break;
            }
        }
        let sync = bytes(file, 16)?.and_then(|sync| Sync::try_from(sync).ok());
        Ok(sync.map(|sync| Header { metadata, sync }))
    }

    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        self.metadata.iter().find_map(|(known, value)| (known == key.as_bytes()).then_some(value.as_slice()))
    }

    /// How its blocks are compressed. None if that is not known.
    pub(super) fn codec(&self) -> Option<Option<CompressionCodec>> {
        Some(match self.get(CODEC_METADATA_KEY) {
            None | Some(b"null") => None,
            Some(b"deflate") => Some(CompressionCodec::Deflate),
            Some(b"snappy") => Some(CompressionCodec::Snappy),
            Some(b"zstandard") => Some(CompressionCodec::ZStandard),
            Some(b"bzip2") => Some(CompressionCodec::Bzip2),
            Some(b"xz") => Some(CompressionCodec::Xz),
            Some(_) => return None,
        })
    }
}

/// The beginning of a file but for the sync marker at its end.
pub(super) fn beginning(
    schema: &str,
    codec: Option<CompressionCodec>,
    metadata: &[(Vec<u8>, Vec<u8>)],
) -> Vec<u8> {
    let codec = match codec {
        None => "null",
        Some(CompressionCodec::Deflate) => "deflate",
        Some(CompressionCodec::Snappy) => "snappy",
        Some(CompressionCodec::ZStandard) => "zstandard",
        Some(CompressionCodec::Bzip2) => "bzip2",
        Some(CompressionCodec::Xz) => "xz",
    };
    let own = [(SCHEMA_METADATA_KEY, schema), (CODEC_METADATA_KEY, codec)];
    let own = own.map(|(key, value)| (key.as_bytes(), value.as_bytes()));
    let rest = metadata.iter().map(|(key, value)| (key.as_slice(), value.as_slice()));
    let mut out = MAGIC.to_vec();
    put_long((own.len() + metadata.len()) as u64, &mut out);
    for (key, value) in own.into_iter().chain(rest) {
        for text in [key, value] {
            put_long(text.len() as u64, &mut out);
            out.extend_from_slice(text);
        }
    }
    put_long(0, &mut out);
    out
}

/// A sync marker: no secret, but found in no other file.
pub(super) fn new_sync() -> Sync {
    let random = || RandomState::new().build_hasher().finish();
    (u128::from(random()) << 64 | u128::from(random())).to_le_bytes()
}

/// How many rows the blocks say they have; none if the file ends within one. (Who reads them takes that for the end.)
pub(super) fn count(file: &mut (impl BufRead + Seek), start: u64, sync: Sync) -> io::Result<Option<u64>> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = file.seek(SeekFrom::Start(start))?;
    let mut rows = 0_u64;
    while at < end {
        let (Some(count), Some(size)) = (long(file)?, long(file)?) else { return Ok(None) };
        let data = file.stream_position()?;
        let Some(after) = data.checked_add(size).filter(|after| *after < end) else { return Ok(None) };
        file.seek(SeekFrom::Start(after))?;
        let found = bytes(file, sync.len() as u64)?;
        let Some(sum) = rows.checked_add(count).filter(|_| found.as_deref() == Some(&sync)) else {
            return Ok(None);
        };
        rows = sum;
        at = after + sync.len() as u64;
    }
    Ok(Some(rows))
}

/// So many bytes, if there are as many.
fn bytes(file: &mut impl Read, len: u64) -> io::Result<Option<Vec<u8>>> {
    let mut found = Vec::new();
    let read = file.take(len).read_to_end(&mut found)?;
    Ok((read as u64 == len).then_some(found))
}

fn text(file: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    match long(file)? {
        Some(len) => bytes(file, len),
        None => Ok(None),
    }
}

/// Avro's variable-length number, if it is whole and not below zero.
fn long(file: &mut impl Read) -> io::Result<Option<u64>> {
    Ok(signed_long(file)?.and_then(|number| u64::try_from(number).ok()))
}

/// Avro's variable-length number, if it is whole.
fn signed_long(file: &mut impl Read) -> io::Result<Option<i64>> {
    let mut bits = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        if file.read(&mut byte)? == 0 {
            return Ok(None);
        }
        let [byte] = byte;
        bits |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(Some((bits >> 1) as i64 ^ -((bits & 1) as i64)));
        }
    }
    Ok(None)
}

/// Avro's variable-length number.
fn put_long(number: u64, out: &mut Vec<u8>) {
    let mut bits = number << 1;
    while bits >= 0x80 {
        out.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}
