//! The README's first event, scrubbed by the README's long policy, is the event that it shows next; and the policy with keys
//! is the one in its file. Its governance document is one.

use pumice::governance::Governance;
use pumice::{GeoDb, Scrubber};

const README: &str = include_str!("../../README.md");
const GEO: &[u8] = include_bytes!("../data/geo/commerce.mmdb");

#[test]
fn the_event_before_and_after() {
    let blocks: Vec<_> =
        README.split("```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    let [before, after, keys, policy, governance] = blocks[..] else {
        panic!("the README has {} blocks of JSON", blocks.len())
    };
    assert!(Governance::parse(governance.as_bytes()).is_ok());
    let sample = include_str!("../data/keys.policy.json");
    assert_eq!(keys, sample.trim());
    let scrubber = Scrubber::builder(policy.as_bytes()).geo(GeoDb::from_bytes(GEO).unwrap()).build().unwrap();
    let scrubbed = String::from_utf8(scrubber.scrub(before.as_bytes()).unwrap()).unwrap();
    assert_eq!(scrubbed, after);
}
