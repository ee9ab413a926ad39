//! `pumice forget`: deletes keys of subjects and of accounts, one by one or by the line; prints counts, and never whose.

use crate::failure::{Failure, counted, in_words, print};
use crate::keyring::Existing;
use crate::keys::{self, Absent};
use crate::source::Source;
use pumice::crypto::{Forgotten, Keys, SubjectStore};
use pumice::{Code, Error};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

/// The longest line taken, in bytes.
const MAX_LINE: usize = 1 << 20;
/// How many lines are forgotten at once.
const AT_ONCE: usize = 512;
/// They wait for the disk more than they work, and those that wait together are written together.
const THREADS: usize = 16;

/// Forget a subject, or a whole account: its keys are deleted, and nothing that they sealed can be read again.
#[derive(clap::Args)]
#[command(override_usage = "\
pumice forget [OPTIONS] --keyring <FILE> --store <FILE> [--account <ACCOUNT>] --subject <SUBJECT>
       pumice forget [OPTIONS] --keyring <FILE> [--store <FILE>] --account <ACCOUNT>
       pumice forget [OPTIONS] --keyring <FILE> --store <FILE> --lines [IN]...")]
pub(crate) struct Args {
    #[command(flatten)]
    existing: Existing,
    /// The store of subject keys: a file, which one process at a time has, or a directory.
    #[arg(long, value_name = "FILE|DIR")]
    store: Option<PathBuf>,
    /// The account that the subject is forgotten in; without a subject, the account that is forgotten as a whole.
    #[arg(long, allow_hyphen_values = true, conflicts_with = "lines", required_unless_present_any = ["subject", "lines"])]
    account: Option<String>,
    /// The subject; forgotten in all accounts if none is named.
    #[arg(long, allow_hyphen_values = true, conflicts_with = "lines", requires = "store")]
    subject: Option<String>,
    /// Read whom to forget, a line each: {"account": "…", "subject": "…"}, in all accounts without "account". Each is
    /// answered by a line with its count or its error.
    #[arg(long, requires = "store")]
    lines: bool,
    /// Clear the store in the end, so that no file of it has a byte of what was deleted.
    #[arg(long, requires = "store")]
    purge: bool,
    /// The lines; stdin if no file is named, or where it says `-`.
    #[arg(value_name = "IN", requires = "lines", conflicts_with_all = ["account", "subject"])]
    inputs: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let store = args.store.as_deref().map(|path| keys::store(path, Absent::Refused)).transpose()?;
    match (&args.account, &args.subject) {
        (Some(account), None) => args.forget_account(store, account),
        (account, Some(subject)) => {
            let keys = keys_of(args.existing.open()?, store.clone());
            let forgotten = match account {
                Some(account) => keys.forget(account, subject),
                None => keys.forget_subject(subject),
            };
            let forgotten = forgotten.map_err(|error| Failure::data(in_words(&error)))?;
            let purged = args.purge(store)?;
            print(&format!("{}{purged}\n", subjects(&forgotten)))
        }
        (None, None) => args.forget_lines(store),
    }
}

fn keys_of(keyring: pumice::crypto::Keyring, store: Option<Arc<dyn SubjectStore>>) -> Keys {
    let keys = Keys::builder(keyring);
    match store {
        Some(store) => keys.store(store).build(),
        None => keys.build(),
    }
}

fn subjects(forgotten: &Forgotten) -> String {
    format!("{} forgotten", counted(forgotten.subjects, "subject"))
}

impl Args {
    /// The records go before the keyring is written: whatever stops it, it can be run again.
    fn forget_account(&self, store: Option<Arc<dyn SubjectStore>>, account: &str) -> Result<(), Failure> {
        let _lock = self.existing.lock()?;
        let keys = keys_of(self.existing.open()?, store.clone());
        let forgotten = keys.forget_account(account).map_err(|error| Failure::data(in_words(&error)))?;
        let purged = self.purge(store)?;
        let done = format!("{} destroyed, {}{purged}", counted(forgotten.keys, "key"), subjects(&forgotten));
        self.existing.place.write(&keys.keyring(), &done)
    }

    /// Says so, if it was asked for.
    fn purge(&self, store: Option<Arc<dyn SubjectStore>>) -> Result<&'static str, Failure> {
        let Some(store) = store.filter(|_| self.purge) else { return Ok("") };
        store.purge().map_err(|error| Failure::data(in_words(&error)))?;
        Ok(", purged")
    }

    fn forget_lines(&self, store: Option<Arc<dyn SubjectStore>>) -> Result<(), Failure> {
        let stdin = [PathBuf::from("-")];
        let inputs = if self.inputs.is_empty() { &stdin } else { self.inputs.as_slice() };
        let sources: Vec<Source> = inputs.iter().map(|path| Source::find(path)).collect::<Result<_, _>>()?;
        let keys = keys_of(self.existing.open()?, store.clone());
        let mut answers = Answers { someone_reads: true, failed: 0 };
        for source in &sources {
            let mut lines = Lines::open(source)?;
            loop {
                let batch = lines.batch()?;
                if batch.is_empty() {
                    break;
                }
                for (number, done) in forget_all(&keys, &batch)? {
                    answers.give(source, number, done)?;
                }
            }
        }
        self.purge(store)?;
        match answers.failed {
            0 => Ok(()),
            failed => Err(Failure::data(format!("{} not done: see \"error\"", counted(failed, "line")))),
        }
    }
}

/// What a line asks for. What it does not know is refused: a mistyped `account` would mean all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// `null` is no account, and not all of them.
    #[serde(default, deserialize_with = "text")]
    account: Option<String>,
    subject: String,
}

fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

fn forget(keys: &Keys, line: &[u8]) -> Result<Forgotten, Error> {
    let request: Request = serde_json::from_slice(line)
        .map_err(|error| Error::new(if error.is_data() { Code::InvalidValue } else { Code::InvalidJson }))?;
    // serde takes an array for a struct.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(Error::new(Code::InvalidValue));
    }
    match &request.account {
        Some(account) => keys.forget(account, &request.subject),
        None => keys.forget_subject(&request.subject),
    }
}

type Line = (u64, Vec<u8>);
type Answer = (u64, Result<Forgotten, Error>);

/// Forgets whom these lines name, and answers in their order.
fn forget_all(keys: &Keys, lines: &[Line]) -> Result<Vec<Answer>, Failure> {
    thread::scope(|scope| {
        let work = |lines: &[Line]| -> Vec<Answer> {
            lines.iter().map(|(number, line)| (*number, forget(keys, line))).collect()
        };
        let threads: Vec<_> = lines
            .chunks(lines.len().div_ceil(THREADS).max(1))
            .map(|lines| thread::Builder::new().spawn_scoped(scope, move || work(lines)))
            .collect();
        let mut answers = Vec::with_capacity(lines.len());
        for thread in threads {
            let thread = thread.map_err(|error| Failure::io("starting threads", &error))?;
            answers.extend(thread.join().map_err(|_| Failure::data("a thread died; not all was forgotten"))?);
        }
        Ok(answers)
    })
}

struct Answers {
    someone_reads: bool,
    failed: u64,
}

impl Answers {
    /// What is wrong with one line is its answer; what is wrong with keyring or store stops all.
    fn give(&mut self, source: &Source, number: u64, done: Result<Forgotten, Error>) -> Result<(), Failure> {
        let name = source.name();
        let answer = match done {
            Ok(forgotten) => json!({ "in": name, "line": number, "subjects": forgotten.subjects }),
            Err(error) => match error.code() {
                code @ (Code::InvalidJson | Code::InvalidValue | Code::NoSubject | Code::UnknownAccount) => {
                    self.failed += 1;
                    json!({ "in": name, "line": number, "error": code.as_str() })
                }
                _ => return Err(Failure::data(format!("{name}: {}", in_words(&error.at_line(number))))),
            },
        };
        if !self.someone_reads {
            return Ok(());
        }
        match writeln!(io::stdout(), "{answer}") {
            // The reader went away; whom the lines name is to be forgotten all the same.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.someone_reads = false,
            written => written.map_err(|error| Failure::io("stdout", &error))?,
        }
        Ok(())
    }
}

/// The lines of an input, with their numbers from 1.
struct Lines {
    name: String,
    input: BufReader<Box<dyn Read + Send>>,
    number: u64,
}

impl Lines {
    fn open(source: &Source) -> Result<Lines, Failure> {
        Ok(Lines { name: source.name(), input: BufReader::new(source.open()?), number: 0 })
    }

    /// The next lines that are not blank, as many as are there: who writes them one by one is answered one by one. None at
    /// the end.
    fn batch(&mut self) -> Result<Vec<Line>, Failure> {
        let mut batch = Vec::new();
        while batch.is_empty() || (batch.len() < AT_ONCE && self.input.buffer().contains(&b'\n')) {
            let Some(line) = self.next()? else { break };
            if !line.trim_ascii().is_empty() {
                batch.push((self.number, line));
            }
        }
        Ok(batch)
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        let read = self.input.by_ref().take(limit).read_until(b'\n', &mut line);
        read.map_err(|error| Failure::io(&self.name, &error))?;
        self.number += 1;
        if line.len() > MAX_LINE {
            let error = Error::new(Code::TooLarge).at_line(self.number);
            return Err(Failure::data(format!("{}: {}", self.name, in_words(&error))));
        }
        Ok(Some(line).filter(|line| !line.is_empty()))
    }
}
