//! Finds accounts by their ids and by the hints of their token roots, and keeps names unlike; knows no root.

use super::super::key::{Kid, Tag};
use super::document::{Account, TokenRootState};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// The first bytes of a tag: what a token says of its account.
pub(super) type Hint = [u8; 5];

/// Where a token root stands: the account's place, and its own there.
pub(super) type RootPlace = (usize, usize);

#[derive(Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Index {
    places: HashMap<String, usize>,
    kids: HashSet<Kid>,
    hints: HashMap<Hint, Vec<RootPlace>>,
}

pub(super) fn hint(tag: &Tag) -> Hint {
    let [a, b, c, d, e, ..] = *tag;
    [a, b, c, d, e]
}

impl Index {
    /// The index of these accounts; none if an id, a kid, a tag, or the hint of a living token root is there twice.
    pub(super) fn of(accounts: &[Account]) -> Option<Index> {
        let mut index = Index::default();
        let mut tags = HashSet::new();
        let mut living = HashSet::new();
        for (place, account) in accounts.iter().enumerate() {
            match index.places.entry(account.account.clone()) {
                Entry::Occupied(_) => return None,
                Entry::Vacant(free) => free.insert(place),
            };
            for key in &account.keys {
                if !index.kids.insert(key.kid) {
                    return None;
                }
            }
            for (at, root) in account.token_roots.iter().enumerate() {
                let is_twice = root.state == TokenRootState::Live && !living.insert(hint(&root.tag));
                if is_twice || !tags.insert(root.tag) {
                    return None;
                }
                index.hints.entry(hint(&root.tag)).or_default().push((place, at));
            }
        }
        Some(index)
    }

    pub(super) fn place(&self, account: &str) -> Option<usize> {
        self.places.get(account).copied()
    }

    pub(super) fn with_hint(&self, hint: Hint) -> impl Iterator<Item = RootPlace> {
        self.hints.get(&hint).into_iter().flatten().copied()
    }

    pub(super) fn has_kid(&self, kid: &Kid) -> bool {
        self.kids.contains(kid)
    }

    pub(super) fn has_hint(&self, hint: &Hint) -> bool {
        self.hints.contains_key(hint)
    }

    pub(super) fn add_account(&mut self, account: &str, place: usize) {
        self.places.insert(account.to_owned(), place);
    }

    pub(super) fn add_kid(&mut self, kid: Kid) {
        self.kids.insert(kid);
    }

    pub(super) fn add_token_root(&mut self, tag: &Tag, place: RootPlace) {
        self.hints.entry(hint(tag)).or_default().push(place);
    }
}
