//! What scrubbing costs without a border, for mobile's bench: `cost POLICY EVENTS` prints ns per event, one by one and as lines.

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: u32 = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(policy), Some(lines)) = (arguments.next(), arguments.next()) else {
        return Err("cost POLICY EVENTS".into());
    };
    let (policy, lines) = (std::fs::read(policy)?, std::fs::read(lines)?);
    let events: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let scrubber = pumice::Scrubber::builder(&policy).build()?;

    let (mut one, mut many) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for event in &events {
            black_box(scrubber.scrub(event)?);
        }
        one = one.min(begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        let (mut out, mut rejects) = (Vec::new(), Vec::new());
        scrubber.worker().scrub_ndjson(black_box(&lines), pumice::OnError::Fail, &mut out, &mut rejects)?;
        black_box(out);
        many = many.min(begun.elapsed().as_secs_f64());
    }
    let each = |seconds: f64| seconds * 1e9 / events.len() as f64;
    println!("{:.0} {:.0}", each(one), each(many));
    Ok(())
}
