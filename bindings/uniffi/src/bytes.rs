//! Byte strings on their way between languages, each way without a copy; knows nothing of what they hold.
//!
//! uniffi's own conversion of `Vec<u8>` takes every byte by itself, which costs more than to scrub it. This one makes and takes
//! the same buffers as wholes.
#![expect(unsafe_code, reason = "uniffi's contract of conversion is an unsafe trait")]

use crate::UniFfiTag;
use crate::failure::PumiceError;
use pumice::{Code, Error};
use uniffi::deps::anyhow::{Error as Misfit, Result, anyhow};
use uniffi::{FfiConverter, MetadataBuffer, RustBuffer, TypeId};

/// How long a byte string is, before its bytes: an `i32`, big endian.
const LENGTH: usize = size_of::<i32>();

/// A byte string with its length before it.
pub struct Bytes {
    // INVARIANT: it begins with the length of the rest.
    framed: Vec<u8>,
}

impl Bytes {
    /// What `fill` appends.
    ///
    /// # Errors
    /// Those of `fill`; `too_large` for more than 2 GiB.
    pub(crate) fn made(fill: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) -> Result<Self, PumiceError> {
        let mut framed = vec![0; LENGTH];
        fill(&mut framed)?;
        let length = framed.len().checked_sub(LENGTH).and_then(|length| i32::try_from(length).ok());
        match (length, framed.first_chunk_mut()) {
            (Some(length), Some(prefix)) => *prefix = length.to_be_bytes(),
            _ => return Err(Error::new(Code::TooLarge).into()),
        }
        Ok(Bytes { framed })
    }

    /// # Errors
    /// `too_large` for more than 2 GiB.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, PumiceError> {
        Bytes::made(|out| {
            out.extend_from_slice(bytes);
            Ok(())
        })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.framed.get(LENGTH..).unwrap_or_default()
    }
}

fn length(framed: &[u8]) -> Result<usize> {
    let prefix = framed.first_chunk().ok_or_else(misfit)?;
    usize::try_from(i32::from_be_bytes(*prefix)).map_err(|_| misfit())
}

fn misfit() -> Misfit {
    anyhow!("not a byte string")
}

// SAFETY: a buffer that is lowered or written begins with the length of the rest, as the other side's byte strings do; one that
// is lifted or read is checked for it.
unsafe impl FfiConverter<UniFfiTag> for Bytes {
    type FfiType = RustBuffer;

    const TYPE_ID_META: MetadataBuffer = <Vec<u8> as TypeId<UniFfiTag>>::TYPE_ID_META;

    fn lower(bytes: Self) -> RustBuffer {
        RustBuffer::from_vec(bytes.framed)
    }

    fn try_lift(buffer: RustBuffer) -> Result<Self> {
        let framed = buffer.destroy_into_vec();
        match length(&framed)?.checked_add(LENGTH) {
            Some(whole) if whole == framed.len() => Ok(Bytes { framed }),
            _ => Err(misfit()),
        }
    }

    fn write(bytes: Self, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(&bytes.framed);
    }

    fn try_read(buffer: &mut &[u8]) -> Result<Self> {
        let whole = length(buffer)?.checked_add(LENGTH).ok_or_else(misfit)?;
        let (framed, rest) = buffer.split_at_checked(whole).ok_or_else(misfit)?;
        *buffer = rest;
        Ok(Bytes { framed: framed.to_vec() })
    }
}

uniffi::derive_ffi_traits!(local Bytes);
