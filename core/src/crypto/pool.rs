//! Random bytes for one call; knows not what for.

use super::key::fill;
use crate::error::Error;
use zeroize::Zeroize;

/// What the first request of a call fetches: a salt and an iv. Each request is four times the one before it, up to the last.
const FIRST: usize = 24;
const LAST: usize = 4_096;

/// Random bytes of the operating system, fetched ahead. They must not outlive a call: a process that forks between calls
/// would have them twice.
#[derive(Default)]
pub(crate) struct Pool {
    bytes: Vec<u8>,
    used: usize,
}

impl Pool {
    /// The next bytes, which are given to nobody else.
    ///
    /// # Errors
    /// [`Code::RandomFailed`](crate::Code::RandomFailed)
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        if let Some(taken) = self.next() {
            return Ok(taken);
        }
        let length = (self.bytes.len() * 4).clamp(FIRST.max(N), LAST.max(N));
        self.clear();
        self.bytes.resize(length, 0);
        if let Err(error) = fill(&mut self.bytes) {
            self.clear();
            return Err(error);
        }
        self.next().ok_or_else(|| Error::new(crate::error::Code::RandomFailed))
    }

    fn next<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.bytes.get(self.used..)?.first_chunk()?;
        self.used += N;
        Some(taken)
    }

    /// Forgets the rest.
    pub(crate) fn clear(&mut self) {
        if !self.bytes.is_empty() {
            self.bytes.zeroize();
        }
        self.used = 0;
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn gives_nothing_twice() {
        let mut pool = Pool::default();
        let mut seen = HashSet::new();
        for at in 0..2_000 {
            assert!(seen.insert(pool.take::<12>().unwrap().to_vec()));
            assert!(seen.insert(pool.take::<9>().unwrap().to_vec()));
            assert!(pool.bytes.len() <= LAST);
            if at % 100 == 0 {
                pool.clear();
                assert!(pool.bytes.is_empty());
            }
        }
        assert_eq!(pool.take::<5_000>().unwrap().len(), 5_000);
    }
}
