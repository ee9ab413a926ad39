//! `pumice verify`: raw and scrubbed lines side by side, core judging each pair; shows places, never values.

use crate::failure::{Failure, counted, print};
use crate::keys::Absent;
use crate::policy;
use crate::source::Source;
use pumice::{Error, MismatchKind, Worker};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::path::PathBuf;

/// Where the lines fall out of step, so many are tried on either side to find it again.
const LOOK_AHEAD: usize = 64;
/// So many differences are shown; what follows is not looked at.
const SHOWN: usize = 10;

/// Check scrubbed events against the raw ones: every treated value gone, every other byte equal.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("Which").args(["policy", "policies"]).required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    policy: policy::Options,
    /// The rejects of that run: a line that the policy refuses must stand there, in order, and nothing else.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// What was scrubbed.
    raw: PathBuf,
    /// What came out.
    scrubbed: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let scrubber = args.policy.scrubber(Absent::Refused)?;
    let mut verification = Verification {
        worker: scrubber.worker(),
        raw: Lines::open(&args.raw)?,
        scrubbed: Lines::open(&args.scrubbed)?,
        rejects: args.rejects.as_deref().map(Lines::open).transpose()?,
        events: 0,
        rejected: 0,
        differences: Vec::new(),
    };
    verification.run()?;
    let Verification { events, rejected, differences, .. } = verification;
    let events = counted(events, "event");
    let rejects = if args.rejects.is_some() {
        format!("; {rejected} rejected, as they must be")
    } else {
        String::new()
    };
    match differences.len() {
        0 => print(&format!("{events}: every treated value gone, every other byte equal{rejects}\n")),
        found => {
            print(&differences.concat())?;
            let stopped = if found < SHOWN { "" } else { ", and stopped there" };
            let found = counted(found as u64, "difference");
            Err(Failure::data(format!("{found}{stopped}; {events} right{rejects}")))
        }
    }
}

struct Verification<'s> {
    worker: Worker<'s>,
    raw: Lines,
    scrubbed: Lines,
    rejects: Option<Lines>,
    events: u64,
    rejected: u64,
    /// Places and codes, a line each.
    differences: Vec<String>,
}

/// How a raw line and a scrubbed one go together.
enum Pair {
    Blank,
    Event,
    Different(String),
    /// The policy refuses the raw line, whatever the other is.
    Refused(Error),
}

impl Verification<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        while self.differences.len() < SHOWN && self.raw_line()? {}
        for lines in [Some(&mut self.scrubbed), self.rejects.as_mut()].into_iter().flatten() {
            while self.differences.len() < SHOWN && lines.peek(0)?.is_some() {
                self.differences.push(format!("{}: extra_line\n", lines.place()));
                lines.skip();
            }
        }
        Ok(())
    }

    /// Finds what became of the next raw line; false if there is none.
    fn raw_line(&mut self) -> Result<bool, Failure> {
        let Some(raw) = self.raw.peek(0)? else { return Ok(false) };
        let scrubbed = self.scrubbed.peek(0)?;
        match (pair(&mut self.worker, raw, scrubbed.unwrap_or_default()), scrubbed) {
            (Pair::Refused(error), _) => self.refused(&error)?,
            (Pair::Different(_), None) => self.missing(),
            (Pair::Different(how), Some(_)) => self.different(&how)?,
            (Pair::Blank, _) => self.skip_both(),
            (Pair::Event, _) => {
                self.events += 1;
                self.skip_both();
            }
        }
        Ok(true)
    }

    /// A line is missing or too much if that brings the two back into step, and they do not fall into step by
    /// themselves.
    fn different(&mut self, how: &str) -> Result<(), Failure> {
        for ahead in 1..=LOOK_AHEAD {
            if self.goes_with(ahead, 0)? {
                self.missing();
                return Ok(());
            }
            if self.goes_with(ahead, ahead)? {
                break;
            }
            if self.goes_with(0, ahead)? {
                self.differences.push(format!("{}: extra_line\n", self.scrubbed.place()));
                self.scrubbed.skip();
                return Ok(());
            }
        }
        self.differences.push(format!("{}, from {}: {how}\n", self.scrubbed.place(), self.raw.place()));
        self.skip_both();
        Ok(())
    }

    fn goes_with(&mut self, raw: usize, scrubbed: usize) -> Result<bool, Failure> {
        let (Some(raw), Some(scrubbed)) = (self.raw.peek(raw)?, self.scrubbed.peek(scrubbed)?) else {
            return Ok(false);
        };
        Ok(matches!(pair(&mut self.worker, raw, scrubbed), Pair::Event))
    }

    fn missing(&mut self) {
        self.differences.push(format!("{}: missing_line\n", self.raw.place()));
        self.raw.skip();
    }

    /// A refused line stands in the rejects and nowhere else.
    fn refused(&mut self, error: &Error) -> Result<(), Failure> {
        let raw = self.raw.peek(0)?.map(split_line_end);
        let in_rejects = match &mut self.rejects {
            // A last line without its end has got one there.
            Some(rejects) => {
                rejects.peek(0)?.map(split_line_end).map(|(line, _)| line) == raw.map(|(line, _)| line)
            }
            None => false,
        };
        let in_scrubbed = self.scrubbed.peek(0)?.map(split_line_end) == raw;
        if in_scrubbed {
            self.differences.push(format!("{}: refused_line ({error})\n", self.scrubbed.place()));
            self.scrubbed.skip();
        }
        match &mut self.rejects {
            Some(rejects) if in_rejects => {
                rejects.skip();
                self.rejected += 1;
            }
            _ => self.differences.push(format!("{}: not_in_rejects ({error})\n", self.raw.place())),
        }
        self.raw.skip();
        Ok(())
    }

    fn skip_both(&mut self) {
        self.raw.skip();
        self.scrubbed.skip();
    }
}

fn pair(worker: &mut Worker<'_>, raw: &[u8], scrubbed: &[u8]) -> Pair {
    let ((raw, raw_end), (scrubbed, scrubbed_end)) = (split_line_end(raw), split_line_end(scrubbed));
    if raw.iter().all(|byte| b" \t\r".contains(byte)) {
        return match raw == scrubbed && raw_end == scrubbed_end {
            true => Pair::Blank,
            false => Pair::Different("byte_changed".to_owned()),
        };
    }
    match worker.verify(raw, scrubbed) {
        Ok(()) if raw_end == scrubbed_end => Pair::Event,
        Ok(()) => Pair::Different("byte_changed at the line end".to_owned()),
        Err(mismatch) => match mismatch.kind {
            MismatchKind::Refused(error) => Pair::Refused(error),
            MismatchKind::ValueLeft | MismatchKind::ValueChanged | MismatchKind::ByteChanged => {
                Pair::Different(mismatch.to_string())
            }
        },
    }
}

/// As core tells lines apart: the CR before a line end is white space of the event.
fn split_line_end(line: &[u8]) -> (&[u8], &[u8]) {
    let event = line.strip_suffix(b"\n").unwrap_or(line);
    line.split_at(event.len())
}

/// The lines of a file, with a look ahead.
struct Lines {
    name: String,
    input: BufReader<Box<dyn Read + Send>>,
    ahead: VecDeque<Vec<u8>>,
    /// The number of the next line, from 1.
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Lines, Failure> {
        let source = Source::find(path)?;
        let input = BufReader::new(source.open()?);
        Ok(Lines { name: source.name(), input, ahead: VecDeque::new(), number: 1 })
    }

    /// The line so many after the next, with its line end.
    fn peek(&mut self, ahead: usize) -> Result<Option<&[u8]>, Failure> {
        while self.ahead.len() <= ahead {
            let mut line = Vec::new();
            let read =
                self.input.read_until(b'\n', &mut line).map_err(|error| Failure::io(&self.name, &error))?;
            if read == 0 {
                break;
            }
            self.ahead.push_back(line);
        }
        Ok(self.ahead.get(ahead).map(Vec::as_slice))
    }

    fn skip(&mut self) {
        if self.ahead.pop_front().is_some() {
            self.number += 1;
        }
    }

    fn place(&self) -> String {
        format!("{} line {}", self.name, self.number)
    }
}
