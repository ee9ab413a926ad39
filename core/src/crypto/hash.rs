//! Hashes of values, keyed by the account: one way; knows no keyring and no store.

use super::b64;
use super::key::mac;
use super::token::Sort;
use hmac::Hmac;
use sha2::Sha256;

const MAGIC: [u8; 3] = [0xA6, 0x1B, 0x35];
const HASH_BYTES: usize = 24;

/// Appends the hash of `plain` to `out`: 36 characters.
pub(crate) fn append(key: &Hmac<Sha256>, sort: Sort, plain: &[u8], out: &mut Vec<u8>) {
    let mut raw = [0; MAGIC.len() + HASH_BYTES];
    let (magic, hash) = raw.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    hash.copy_from_slice(&mac::<HASH_BYTES>(key, &[&[sort.byte()], plain]));
    b64::append(&raw, out);
}
