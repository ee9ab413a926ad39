//! The `pumice` command: arguments in, core called, bytes out; knows nothing of what the data means.

mod blocks;
mod check;
mod codes;
mod compile;
mod container;
mod decrypt;
mod destination;
mod explain;
mod failure;
#[cfg(feature = "files")]
mod files;
mod forget;
mod keyring;
mod keys;
mod pipeline;
mod policy;
mod redact;
mod schema;
mod scrub;
mod source;
mod stream;
mod verify;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit status: 0 done (also when the reader of the output went away),
             1 the data, or reading and writing it, failed,
             2 the command line, the policy or a file it names is wrong.";

/// Scrubs personal data out of events before they leave the producer.
#[derive(Parser)]
#[command(name = "pumice", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Scrub(scrub::Args),
    Check(check::Args),
    Policy(compile::Args),
    Schema(schema::Args),
    /// Tell what happens to each field, with an example before and after.
    #[command(group(clap::ArgGroup::new("Which").args(["policy", "policies"]).required(true)))]
    Explain(policy::Options),
    Redact(redact::Args),
    Verify(verify::Args),
    Keyring(keyring::Args),
    Decrypt(decrypt::Decrypt),
    Detokenize(decrypt::Detokenize),
    Forget(forget::Args),
    /// List the error codes with what they mean.
    Codes,
}

fn main() -> ExitCode {
    let done = match Cli::try_parse() {
        Ok(cli) => match cli.verb {
            Verb::Scrub(args) => scrub::run(&args),
            Verb::Check(args) => check::run(&args),
            Verb::Policy(args) => compile::run(&args),
            Verb::Schema(args) => schema::run(&args),
            Verb::Explain(args) => explain::run(&args),
            Verb::Redact(args) => redact::run(&args),
            Verb::Verify(args) => verify::run(&args),
            Verb::Keyring(args) => keyring::run(&args),
            Verb::Decrypt(args) => decrypt::decrypt(&args),
            Verb::Detokenize(args) => decrypt::detokenize(&args),
            Verb::Forget(args) => forget::run(&args),
            Verb::Codes => codes::run(),
        },
        // clap would quote the superfluous word, and that may be part of a value.
        Err(error) if error.kind() == ErrorKind::UnknownArgument && redacts() => {
            Err(Failure::usage("redact takes one TYPE and one VALUE: quote a VALUE that has spaces"))
        }
        Err(error) => error.exit(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn redacts() -> bool {
    std::env::args_os().nth(1).is_some_and(|verb| verb == "redact")
}
