//! pumice side by side with its peers: answers are checked first, then all run in turns in one process.
//!
//! `cargo run --release -p benches` measures; `-- --smoke` checks the answers and takes each time once; a word, such
//! as `-- "B mixed"`, measures the sets whose name begins with it; `-- --subjects` measures a million subjects in the redb
//! store instead. A time of one run says little on a busy machine: read the ratios, of each contestant's best round.

mod columns;
mod contestants;
mod crypto;
#[path = "../../tests/src/events/mod.rs"]
#[expect(dead_code, reason = "the samples of the conformance tests are not measured")]
mod events;
mod policies;
mod race;
mod subjects;

use contestants::{Contestant, Pumice};
use events::Variety;
use policies::{MESSAGING, WEB, WEB_AGENT_GEO};
use race::{Race, Rounds};

const SEED: u64 = 20_260_302;

fn main() {
    let smoke = std::env::args().any(|arg| arg == "--smoke");
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    if smoke {
        subjects::run(3_000);
        println!();
    } else if std::env::args().any(|arg| arg == "--subjects") {
        return subjects::run(1_000_000);
    }
    let (rounds, events) = if smoke { (Rounds::SMOKE, 300) } else { (Rounds::FULL, 4_000) };
    println!("target features: {}; events in each set: {events}", target_features());

    let messaging = Set::new("A, messaging", ascii(&events::messaging(SEED, events * 5 / 3, Variety::One)));
    let messaging_scripts =
        Set::new("A in all scripts, messaging", events::messaging(SEED, events, Variety::One));
    let web = Set::new("B, web", events::web(SEED, events, Variety::One));
    let messaging_mixed =
        Set::new("A mixed, messaging of many shapes", events::messaging(SEED, events, Variety::Mixed));
    let web_mixed = Set::new("B mixed, web of many shapes", events::web(SEED, events, Variety::Mixed));
    let geo = policies::geo();
    println!("geo database: {}", geo.name);

    for (set, policy, targets) in [
        (
            &messaging,
            &MESSAGING,
            &[("serde_json validates (IgnoredAny)", 1.0), ("serde_json DOM redaction", 0.125)][..],
        ),
        (&web, &WEB, &[("serde_json validates (IgnoredAny)", 0.85), ("serde_json DOM redaction", 0.125)]),
        (&web, &WEB_AGENT_GEO, &[("sonic-rs parses (DOM)", 0.9)]),
        (&messaging_scripts, &MESSAGING, &[("serde_json validates (IgnoredAny)", 1.0)]),
        (&messaging_mixed, &MESSAGING, &[("serde_json validates (IgnoredAny)", 1.0)]),
        (&web_mixed, &WEB, &[("serde_json validates (IgnoredAny)", 0.85)]),
        (&web_mixed, &WEB_AGENT_GEO, &[("sonic-rs parses (DOM)", 0.9)]),
    ] {
        if !set.name.starts_with(&only) {
            continue;
        }
        let scrubber = policy.scrubber(&geo.db);
        let untouched = pumice::Scrubber::builder(br#"{"pumice":1,"fields":{}}"#).build().unwrap();
        let mut all: Vec<Box<dyn Contestant + '_>> = vec![
            Box::new(contestants::Copy::default()),
            Box::new(contestants::Validate),
            Box::new(contestants::SonicDom),
            Box::new(contestants::SerdeDom::new(policy, &geo.db)),
            Box::new(Pumice::new("pumice, a policy without rules", &untouched)),
            Box::new(Pumice::new("pumice", &scrubber)),
        ];
        let lines = set.lines();
        contestants::check_answers(policy, &geo.db, &scrubber, &lines);
        println!("\n{}, {} bytes mean, {}", set.name, set.bytes.len() / lines.len(), policy.name);
        let mut race = Race::new(&lines);
        for contestant in &mut all {
            race.enter(contestant.as_mut());
        }
        race.run(rounds);
        race.print(lines.len(), targets);
    }

    println!("\nMany lines in one call, and files on two threads (pumice alone)");
    for (set, policy) in [(&messaging, &MESSAGING), (&web, &WEB), (&web, &WEB_AGENT_GEO)] {
        if !set.name.starts_with(&only) {
            continue;
        }
        let scrubber = policy.scrubber(&geo.db);
        race::throughput(set.name, policy.name, &scrubber, &set.bytes, rounds);
    }

    if "columns".starts_with(&only) {
        columns::measure(rounds);
    }
    if "keys".starts_with(&only) {
        crypto::measure(rounds);
    }
}

/// The events without a character beyond ASCII. (serde_json's validation does not look at UTF-8; pumice does.)
fn ascii(lines: &[u8]) -> Vec<u8> {
    lines.split_inclusive(|byte| *byte == b'\n').filter(|line| line.is_ascii()).flatten().copied().collect()
}

/// Events of one kind, one a line.
struct Set {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Set {
    fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        Set { name, bytes }
    }

    fn lines(&self) -> Vec<&[u8]> {
        self.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
    }
}

fn target_features() -> &'static str {
    if cfg!(target_feature = "avx512bw") {
        "native, with AVX-512"
    } else if cfg!(target_feature = "avx2") {
        "native, with AVX2"
    } else {
        "default for the target; pumice looks for AVX2 at run time"
    }
}
