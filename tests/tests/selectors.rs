//! Selectors held to sets of paths that are written out: what they mean, which is more specific, which tie.

use conformance::arbitrary::selector;
use conformance::oracle::{At, hits, includes, ties};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use pumice::selector::{Selector, Step};
use pumice::{Code, Scrubber};

/// Every path of up to `levels` steps over two names that selectors use, one that none uses, and elements.
fn paths(levels: usize) -> Vec<Vec<At>> {
    let steps = || ["a", "b", "c"].map(|name| At::Key(name.to_owned())).into_iter().chain([At::Element]);
    let mut all = vec![vec![]];
    let mut last = all.clone();
    for _ in 0..levels {
        last = last
            .iter()
            .flat_map(|path| steps().map(move |step| [path.as_slice(), &[step]].concat()))
            .collect();
        all.extend(last.clone());
    }
    all
}

/// Few names, so that selectors meet.
fn narrow() -> impl Strategy<Value = Selector> {
    vec(select(vec!["a", "b", "*", "[*]", "**"]), 1..4).prop_map(|mut steps| {
        steps.dedup_by(|a, b| a == b && *a == "**");
        steps.join(".").replace(".[*]", "[*]").parse().unwrap()
    })
}

fn build(selectors: &[Selector]) -> Result<(), Code> {
    let fields: Vec<_> = selectors.iter().map(|s| format!(r#""{s}":"text""#)).collect();
    let policy = format!(r#"{{"pumice":1,"fields":{{{}}}}}"#, fields.join(","));
    Scrubber::builder(policy.as_bytes()).build().map(drop).map_err(|error| error.code())
}

proptest! {
    #[test]
    fn display_is_a_spelling(text in selector()) {
        let parsed: Selector = text.parse().unwrap();
        let shown = parsed.to_string();
        let again: Selector = shown.parse().unwrap();
        prop_assert_eq!(again.to_string(), shown);
        prop_assert_eq!(again, parsed);
    }

    #[test]
    fn covers_is_inclusion(wide in narrow(), other in narrow()) {
        let all = paths(5);
        let included = all.iter().all(|path| !hits(other.steps(), path) || hits(wide.steps(), path));
        prop_assert_eq!(wide.covers(&other), included, "{} covers {}", wide, other);
        prop_assert_eq!(includes(wide.steps(), other.steps()), included, "the oracle: {} and {}", wide, other);
        prop_assert_eq!(wide.is_single(), wide.steps().iter().all(|step| matches!(step, Step::Key(_))));
    }

    #[test]
    fn policies_with_ties_are_refused_and_no_others(selectors in vec(narrow(), 2..5)) {
        let twice = (1..selectors.len()).any(|i| selectors[..i].contains(&selectors[i]));
        let ties = paths(5).iter().any(|path| ties(&selectors, path));
        let due = match (twice, ties) {
            (true, _) => Err(Code::DuplicateKey),
            (false, true) => Err(Code::AmbiguousSelectors),
            (false, false) => Ok(()),
        };
        prop_assert_eq!(build(&selectors), due);
    }
}
