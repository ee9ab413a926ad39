//! A bounded cache that threads share: the least recently used goes first; knows not what it holds.

use foldhash::fast::RandomState;
use lru::LruCache;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parts of a large cache, each with its own lock.
const PARTS: usize = 16;
/// A part holds this many at least.
const LEAST: usize = 64;

pub(crate) struct Cache<K, V> {
    parts: Box<[Mutex<LruCache<K, V>>]>,
    hasher: RandomState,
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Holds `capacity` values at most, and one at least.
    pub(crate) fn new(capacity: usize) -> Self {
        let parts = if capacity / PARTS < LEAST { 1 } else { PARTS };
        let each = NonZeroUsize::new(capacity / parts).unwrap_or(NonZeroUsize::MIN);
        let parts = (0..parts).map(|_| Mutex::new(LruCache::sparse(each))).collect();
        Cache { parts, hasher: RandomState::default() }
    }

    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> Option<MutexGuard<'_, LruCache<K, V>>> {
        // The high bits: the part's own table goes by another hash.
        let at = (self.hasher.hash_one(key) >> 32) as usize % self.parts.len().max(1);
        self.parts.get(at).map(lock)
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.part(key)?.get(key).cloned()
    }

    /// Keeps a value if that is still wanted; asked under the lock, so that whoever first makes it unwanted and then
    /// removes it, finds it or prevents it.
    pub(crate) fn put_if(&self, is_wanted: impl FnOnce() -> bool, key: K, value: V) {
        let Some(mut part) = self.part(&key) else { return };
        if is_wanted() {
            let displaced = part.push(key, value);
            drop(part);
            drop(displaced);
        }
    }

    pub(crate) fn remove<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let _gone = self.part(key).and_then(|mut part| part.pop(key));
    }

    pub(crate) fn retain(&self, mut is_kept: impl FnMut(&V) -> bool) {
        self.parts.iter().for_each(|part| lock(part).retain(|_, value| is_kept(value)));
    }

    pub(crate) fn clear(&self) {
        self.parts.iter().for_each(|part| lock(part).clear());
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(|part| lock(part).len()).sum()
    }
}

/// A thread that died left a whole cache: nothing of ours runs while one is changed.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn holds_no_more_than_it_may() {
        for capacity in [0, 1, 2, 63, 1_000, 1_024, 5_000] {
            let cache = Cache::new(capacity);
            let values: Vec<_> = (0..20_000_u32).map(Arc::new).collect();
            for value in &values {
                cache.put_if(|| true, **value, value.clone());
                assert!(cache.len() <= capacity.max(1));
            }
            assert!(cache.len() > capacity * 9 / 10, "{} of {capacity}", cache.len());
            let held = values.iter().filter(|value| Arc::strong_count(value) == 2).count();
            assert_eq!(held, cache.len());
            assert_eq!(cache.get(&19_999), Some(values[19_999].clone()));
        }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let cache = Cache::new(2);
        cache.put_if(|| true, 1, 'a');
        cache.put_if(|| true, 2, 'b');
        assert_eq!(cache.get(&1), Some('a'));
        cache.put_if(|| true, 3, 'c');
        cache.put_if(|| false, 4, 'd');
        assert_eq!([1, 2, 3, 4].map(|key| cache.get(&key)), [Some('a'), None, Some('c'), None]);
        cache.retain(|value| *value != 'a');
        cache.remove(&3);
        assert_eq!(cache.len(), 0);
    }
}
