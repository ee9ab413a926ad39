//! What one call holds, found by what it is for; knows not what it is.

use crate::error::Error;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

/// How many are held: half a kilobyte each. One more, and all but the first are let go.
const MOST: usize = 1_024;

pub(crate) struct Held<K, V> {
    /// Most calls need one alone.
    first: Option<(K, V)>,
    // Boxed, so that no copy of a key stays behind where the map grows.
    others: HashMap<K, Box<V>, RandomState>,
}

impl<K, V> Default for Held<K, V> {
    fn default() -> Self {
        Held { first: None, others: HashMap::default() }
    }
}

impl<K: Eq + Hash, V> Held<K, V> {
    /// What is held for this, or else is made for it.
    pub(crate) fn get_or_make(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, Error>,
    ) -> Result<&mut V, Error> {
        if self.first.as_ref().is_none_or(|(first, _)| *first == key) {
            return match &mut self.first {
                Some((_, first)) => Ok(first),
                free => Ok(&mut free.insert((key, make()?)).1),
            };
        }
        if self.others.len() + 1 >= MOST && !self.others.contains_key(&key) {
            self.others.clear();
        }
        match self.others.entry(key) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(Box::new(make()?))),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.first = None;
        self.others.clear();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }
}

/// The last one used.
pub(crate) struct Last<K, V>(Option<(K, V)>);

impl<K, V> Default for Last<K, V> {
    fn default() -> Self {
        Last(None)
    }
}

impl<K, V> Last<K, V> {
    /// The last one, if it is for this, or else one that is made.
    pub(crate) fn get_or_make(
        &mut self,
        is_it: impl FnOnce(&K) -> bool,
        make: impl FnOnce() -> Result<(K, V), Error>,
    ) -> Result<&mut V, Error> {
        if !self.0.as_ref().is_some_and(|(key, _)| is_it(key)) {
            self.0 = None;
        }
        match &mut self.0 {
            Some((_, last)) => Ok(last),
            free => Ok(&mut free.insert(make()?).1),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn makes_each_once_and_holds_no_more_than_it_may() {
        let mut held = Held::default();
        let mut made = 0;
        for key in (0..MOST).chain(0..MOST) {
            let value = held.get_or_make(key, || {
                made += 1;
                Ok(key)
            });
            assert_eq!(*value.unwrap(), key);
        }
        assert_eq!(made, MOST);
        assert!(held.get_or_make(MOST, || Err(Error::new(Code::RandomFailed))).is_err());
        for key in MOST..MOST * 5 {
            held.get_or_make(key, || Ok(key)).unwrap();
            assert!(held.len() <= MOST);
        }
    }
}
