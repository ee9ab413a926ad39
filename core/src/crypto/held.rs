//! What one call holds, found by what it is for; knows not what it is.

use crate::error::{Code, Error};
use foldhash::fast::RandomState;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// How many are held: half a kilobyte each. One more, and all but the first are let go.
const MOST: usize = 1_024;

pub(crate) struct Held<K, V> {
    /// Most calls need one alone.
    first: Option<(K, V)>,
    /// Where among the others it is.
    places: HashMap<K, usize, RandomState>,
    // Boxed, so that no copy of a key stays behind where they grow.
    others: Vec<Box<V>>,
}

impl<K, V> Default for Held<K, V> {
    fn default() -> Self {
        Held { first: None, places: HashMap::default(), others: Vec::new() }
    }
}

impl<K: Eq + Hash, V> Held<K, V> {
    /// What is held for this, or else is made for it.
    pub(crate) fn get_or_make<Q>(
        &mut self,
        key: &Q,
        make: impl FnOnce() -> Result<V, Error>,
    ) -> Result<&mut V, Error>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let Held { first, places, others } = self;
        if first.as_ref().is_none_or(|(first, _)| first.borrow() == key) {
            return match first {
                Some((_, first)) => Ok(first),
                free => Ok(&mut free.insert((key.to_owned(), make()?)).1),
            };
        }
        let place = match places.get(key) {
            Some(place) => *place,
            None => {
                let made = Box::new(make()?);
                if others.len() + 1 >= MOST {
                    places.clear();
                    others.clear();
                }
                places.insert(key.to_owned(), others.len());
                others.push(made);
                others.len() - 1
            }
        };
        // INVARIANT: each place is one of the others.
        others.get_mut(place).map(Box::as_mut).ok_or_else(|| Error::new(Code::RandomFailed))
    }

    pub(crate) fn clear(&mut self) {
        self.first = None;
        self.places.clear();
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

    #[test]
    fn makes_each_once_and_holds_no_more_than_it_may() {
        let mut held = Held::default();
        let mut made = 0;
        for key in (0..MOST).chain(0..MOST) {
            let value = held.get_or_make(&key, || {
                made += 1;
                Ok(key)
            });
            assert_eq!(*value.unwrap(), key);
        }
        assert_eq!(made, MOST);
        assert!(held.get_or_make(&MOST, || Err(Error::new(Code::RandomFailed))).is_err());
        for key in MOST..MOST * 5 {
            held.get_or_make(&key, || Ok(key)).unwrap();
            assert!(held.len() <= MOST);
        }
    }
}
