//! Which paths a selector means, step by step; knows no event.

use pumice::selector::{Selector, Step};

/// One step of a path in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Key(String),
    Element,
}

/// Whether a selector means the place at the end of this path.
#[must_use]
pub fn hits(steps: &[Step], path: &[At]) -> bool {
    match (steps.split_first(), path.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((Step::AnyDepth, later)), first) => {
            hits(later, path) || first.is_some_and(|(_, inside)| hits(steps, inside))
        }
        (Some(_), None) => false,
        (Some((step, later)), Some((at, inside))) => {
            let fits = match (step, at) {
                (Step::Key(name), At::Key(key)) => name == key,
                (Step::AnyKey, At::Key(_)) | (Step::AnyElement, At::Element) => true,
                _ => false,
            };
            fits && hits(later, inside)
        }
    }
}

/// Whether `wide` means every place that `narrow` means, tried on paths that stand for all that `narrow` means: a
/// key that nobody names for `*`; for `**` nothing at all, one step, and more steps than `wide` has, with either
/// kind of step at either end.
#[must_use]
pub fn includes(wide: &[Step], narrow: &[Step]) -> bool {
    let stranger = || At::Key("\u{1}nobody names this\u{1}".to_owned());
    let mut paths = vec![Vec::new()];
    for step in narrow {
        let choices: Vec<Vec<At>> = match step {
            Step::Key(name) => vec![vec![At::Key(name.clone())]],
            Step::AnyKey => vec![vec![stranger()]],
            Step::AnyElement => vec![vec![At::Element]],
            Step::AnyDepth => {
                let mut runs = vec![vec![], vec![At::Element], vec![stranger()]];
                for first in [At::Element, stranger()] {
                    for last in [At::Element, stranger()] {
                        let middle = (0..=wide.len()).flat_map(|_| [At::Element, stranger()]);
                        runs.push([first.clone()].into_iter().chain(middle).chain([last]).collect());
                    }
                }
                runs
            }
        };
        paths = paths
            .iter()
            .flat_map(|path| choices.iter().map(move |choice| [path.as_slice(), choice].concat()))
            .collect();
    }
    paths.iter().all(|path| hits(wide, path))
}

/// Whether `one` is the more specific: `other` means all that it means, and more.
#[must_use]
pub fn more_specific(one: &[Step], other: &[Step]) -> bool {
    includes(other, one) && !includes(one, other)
}

/// Whether two of these selectors meet on this path, and none that is there is more specific than all others.
#[must_use]
pub fn ties(selectors: &[Selector], path: &[At]) -> bool {
    let there: Vec<_> = selectors.iter().filter(|s| hits(s.steps(), path)).collect();
    let wins =
        |one: &Selector| there.iter().all(|other| *other == one || more_specific(one.steps(), other.steps()));
    !there.is_empty() && !there.iter().any(|one| wins(one))
}
