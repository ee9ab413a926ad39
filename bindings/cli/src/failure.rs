//! Why the command stops, and the exit status that says so; holds no value of an event.

use indicatif::HumanCount;
use pumice::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug)]
pub(crate) struct Failure {
    exit: u8,
    message: String,
}

impl Failure {
    /// The command line, the policy or a file that they name is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure { exit: 2, message: message.into() }
    }

    /// The data, or reading and writing it, failed.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Failure { exit: 1, message: message.into() }
    }

    /// A file that the command line names cannot be used at all.
    pub(crate) fn unusable(path: &Path, error: &io::Error) -> Self {
        Failure::usage(format!("{}: {error}", path.display()))
    }

    /// Reading or writing stopped on the way. When the reader of our output went away, as `head` does, there is
    /// nobody to tell.
    pub(crate) fn io(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure { exit: 0, message: String::new() },
            _ => Failure::data(format!("{name}: {error}")),
        }
    }

    pub(crate) fn report(self) -> ExitCode {
        if !self.message.is_empty() {
            note(&self.message);
        }
        ExitCode::from(self.exit)
    }
}

/// An error with what it means, for people.
pub(crate) fn in_words(error: &Error) -> String {
    format!("{error}: {}", error.code().meaning())
}

/// What is wrong with a file that the command line names.
pub(crate) fn in_file(path: &Path, error: &Error) -> Failure {
    Failure::usage(format!("{}: {}", path.display(), in_words(error)))
}

/// `1 event`, `2,000 events`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", HumanCount(number))
}

/// A line to the user. With stderr closed there is no one to tell that telling failed.
pub(crate) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "pumice: {message}");
}

/// The whole answer of a verb that does not stream.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::io("stdout", &error))
}
