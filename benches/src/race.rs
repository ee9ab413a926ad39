//! Turns, times and ratios.

use crate::contestants::Contestant;
use pumice::{OnError, Scrubber};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often each contestant goes over the events.
#[derive(Clone, Copy)]
pub struct Rounds(u32);

impl Rounds {
    pub const SMOKE: Rounds = Rounds(1);
    pub const FULL: Rounds = Rounds(60);
}

/// Contestants over the same events.
pub struct Race<'a> {
    lines: &'a [&'a [u8]],
    entries: Vec<(&'a mut dyn Contestant, Vec<Duration>)>,
}

impl<'a> Race<'a> {
    pub fn new(lines: &'a [&'a [u8]]) -> Self {
        Race { lines, entries: Vec::new() }
    }

    pub fn enter(&mut self, contestant: &'a mut dyn Contestant) {
        self.entries.push((contestant, Vec::new()));
    }

    /// Each in turn, so that what disturbs the machine disturbs all.
    pub fn run(&mut self, Rounds(rounds): Rounds) {
        for _ in 0..rounds {
            for (contestant, times) in &mut self.entries {
                let start = Instant::now();
                for line in self.lines {
                    contestant.event(black_box(line));
                }
                times.push(start.elapsed());
            }
        }
    }

    pub fn print(mut self, events: usize, targets: &[(&str, f64)]) {
        for (_, times) in &mut self.entries {
            times.sort();
        }
        let per_event = |time: &Duration| time.as_nanos() as f64 / events as f64;
        let best = |name: &str| {
            let entry = self.entries.iter().find(|(contestant, _)| contestant.name() == name);
            per_event(&entry.unwrap().1[0])
        };
        let ours = best("pumice");
        println!("{:36} {:>9} {:>9} {:>14}", "", "best ns", "median ns", "pumice takes");
        for (contestant, times) in &self.entries {
            let (least, median) = (per_event(&times[0]), per_event(&times[times.len() / 2]));
            println!("{:36} {least:9.1} {median:9.1} {:13.2}x", contestant.name(), ours / least);
        }
        for (peer, most) in targets {
            let ratio = ours / best(peer);
            let verdict = if ratio <= *most { "reached" } else { "missed" };
            println!("target: at most {most} times {peer}: {ratio:.3}, {verdict}");
        }
        println!("events per second on one core: {:.2} million", 1e3 / ours);
    }
}

/// Any work over the same number of values.
pub struct Turns<'a> {
    values: usize,
    entries: Vec<Turn<'a>>,
}

struct Turn<'a> {
    name: &'a str,
    work: Box<dyn FnMut() + 'a>,
    times: Vec<Duration>,
}

impl<'a> Turns<'a> {
    pub fn new(values: usize) -> Self {
        Turns { values, entries: Vec::new() }
    }

    pub fn enter(&mut self, name: &'a str, work: impl FnMut() + 'a) {
        self.entries.push(Turn { name, work: Box::new(work), times: Vec::new() });
    }

    pub fn run(&mut self, Rounds(rounds): Rounds) {
        for _ in 0..rounds {
            for Turn { work, times, .. } in &mut self.entries {
                let start = Instant::now();
                work();
                times.push(start.elapsed());
            }
        }
        self.entries.iter_mut().for_each(|turn| turn.times.sort());
    }

    pub fn print(&self) {
        println!("{:36} {:>9} {:>9}", "", "best ns", "median ns");
        for Turn { name, times, .. } in &self.entries {
            let per_value = |time: &Duration| time.as_nanos() as f64 / self.values as f64;
            println!("{name:36} {:9.1} {:9.1}", per_value(&times[0]), per_value(&times[times.len() / 2]));
        }
    }

    /// The best round of the one over the best of the other.
    pub fn ratio(&self, ours: &str, peer: &str, most: Option<f64>) {
        let best = |name| self.entries.iter().find(|turn| turn.name == name).unwrap().times[0].as_secs_f64();
        let ratio = best(ours) / best(peer);
        let verdict = most.map_or(String::new(), |most| {
            format!("; target: at most {most}, {}", if ratio <= most { "reached" } else { "missed" })
        });
        println!("{ours} takes {ratio:.2} times {peer}{verdict}");
    }
}

/// Whole buffers of lines: one thread, and two with half of the lines each.
pub fn throughput(set: &str, policy: &str, scrubber: &Scrubber, lines: &[u8], Rounds(rounds): Rounds) {
    let half = lines[..lines.len() / 2].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let (first, second) = lines.split_at(half);
    let work = |lines: &[u8], repeat: u32| {
        let mut worker = scrubber.worker();
        let (mut out, mut rejects) = (Vec::new(), Vec::new());
        let mut events = 0;
        for _ in 0..repeat {
            out.clear();
            events +=
                worker.scrub_ndjson(black_box(lines), OnError::Fail, &mut out, &mut rejects).unwrap().events;
            black_box(&out);
        }
        events
    };
    // Long enough that starting threads does not count.
    let repeat = 20;
    let mut best = [f64::MAX; 2];
    for _ in 0..rounds.div_ceil(5) {
        let start = Instant::now();
        let events = work(lines, repeat);
        best[0] = best[0].min(start.elapsed().as_nanos() as f64 / events as f64);
        let start = Instant::now();
        let events = std::thread::scope(|scope| {
            let other = scope.spawn(|| work(second, repeat));
            work(first, repeat) + other.join().unwrap()
        });
        best[1] = best[1].min(start.elapsed().as_nanos() as f64 / events as f64);
    }
    let [one, two] = best;
    println!(
        "{set}, {policy}: {:.2} million events/s on one thread ({one:.0} ns), {:.2} on two ({two:.0} ns)",
        1e3 / one,
        1e3 / two
    );
}
