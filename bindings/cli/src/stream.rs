//! Lines in, lines out, in order, on all cores; reads no line itself, and does not know what is made of them.

use crate::blocks::Blocks;
use crate::container::Container;
use crate::destination::{Destination, Leftovers, Readers, resolve};
use crate::failure::{Failure, counted, in_words, note};
#[cfg(feature = "files")]
use crate::files;
use crate::pipeline::{self, Pipeline};
use crate::source::Source;
use clap::ValueEnum;
use indicatif::{HumanCount, ProgressBar, ProgressFinish, ProgressStyle};
use pumice::{Lines, OnError, Scrubber};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// Options beside one VALUE that it has no use for.
pub(crate) const ONLY_EVENTS: &str = "only a stream of events, with --policy, has those options";

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// Threads that work; by default one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// What becomes of a line that fails.
    #[arg(long, value_enum, default_value_t)]
    on_error: Refused,
    /// Where rejected lines go, whole and as they were; the file is readable by its owner alone.
    #[arg(long, value_name = "FILE", required_if_eq("on_error", "reject"))]
    rejects: Option<PathBuf>,
    /// Where the counts go, as JSON, when all is done.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Tell on stderr what was done: events, time, and the report as a table.
    #[arg(short, long)]
    verbose: bool,
    /// Where the lines go, instead of stdout. The file appears when all is done, or not at all, and may be
    /// one of the inputs.
    #[arg(short = 'o', long = "out", value_name = "OUT")]
    out: Option<PathBuf>,
    /// The inputs, as one stream; stdin if there is none, or where it says `-`.
    #[arg(value_name = "IN")]
    inputs: Vec<PathBuf>,
}

/// What is done to lines, and to columns.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) lines: pipeline::Work,
    #[cfg(feature = "files")]
    pub(crate) columns: files::Work,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Refused {
    /// Stop, and name the line. Lines before it may have been written to stdout.
    #[default]
    Fail,
    /// Put the line into the rejects, and go on.
    Reject,
}

fn in_time(events: u64, elapsed: Duration) -> String {
    let rate = HumanCount((events as f64 / elapsed.as_secs_f64()) as u64);
    format!("{} in {elapsed:.1?}, {rate} a second", counted(events, "event"))
}

impl Options {
    /// Does this work on all lines, or on a file of columns.
    pub(crate) fn run(
        &self,
        scrubber: impl FnOnce() -> Result<Scrubber, Failure>,
        work: Work,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let container = self.container()?;
        let scrubber = Arc::new(scrubber()?);
        let sources = self.sources()?;
        let mut outputs = Outputs::open(self)?;
        let bar = self.progress_bar(&sources);
        let lines = match container {
            Some(container) => self.write_columns(container, &scrubber, work, &mut outputs, &bar)?,
            None => write_lines(self, &scrubber, work.lines, &sources, &mut outputs, &bar)?,
        };
        bar.finish_and_clear();
        outputs.finish(&scrubber)?;

        if self.verbose || !bar.is_hidden() {
            note(&in_time(lines.events, started.elapsed()));
        }
        if self.verbose {
            note(&scrubber.report().to_string());
        }
        if let (Some(rejects), 1..) = (&self.rejects, lines.rejected) {
            note(&format!("{} rejected to {}", counted(lines.rejected, "event"), rejects.display()));
        }
        Ok(())
    }

    /// What the input is, if it is no lines. Options that go with lines alone are refused.
    fn container(&self) -> Result<Option<Container>, Failure> {
        let found: Vec<_> = self.inputs.iter().map(|path| Container::of(path)).collect::<Result<_, _>>()?;
        let Some(container) = found.iter().copied().flatten().next() else { return Ok(None) };
        if cfg!(not(feature = "files")) {
            let message = format!("{} needs a build with the cargo feature `files`", container.name());
            return Err(Failure::usage(message));
        }
        if found.len() > 1 {
            return Err(Failure::usage(format!("{} is read alone", container.name())));
        }
        if self.on_error == Refused::Reject {
            return Err(Failure::usage(
                "--on-error reject goes with lines: a file of columns is written whole or not at all",
            ));
        }
        match self.out_file().and_then(Container::named) {
            Some(named) if named != container => {
                Err(Failure::usage(format!("what comes out is {}, as what goes in", container.name())))
            }
            _ => Ok(Some(container)),
        }
    }

    #[cfg(feature = "files")]
    fn write_columns(
        &self,
        container: Container,
        scrubber: &Scrubber,
        work: Work,
        outputs: &mut Outputs,
        bar: &ProgressBar,
    ) -> Result<Lines, Failure> {
        let Some(path) = self.inputs.first() else { return Ok(Lines::default()) };
        let (out, threads) = (&mut outputs.lines, self.threads());
        let job = files::Job { path, out, scrubber, work: work.columns, threads, bar };
        job.run(container).map(|events| Lines { events, ..Lines::default() })
    }

    /// INVARIANT: such inputs were refused.
    #[cfg(not(feature = "files"))]
    fn write_columns(
        &self,
        _: Container,
        _: &Scrubber,
        _: Work,
        _: &mut Outputs,
        _: &ProgressBar,
    ) -> Result<Lines, Failure> {
        Ok(Lines::default())
    }

    /// The one input, which is then a value and no file.
    pub(crate) fn value(&self) -> Result<&str, Failure> {
        let Options { threads, on_error: _, rejects, report, verbose, out, inputs } = self;
        let streams = threads.is_some() || rejects.is_some() || report.is_some() || *verbose || out.is_some();
        match inputs.as_slice() {
            _ if streams => Err(Failure::usage(ONLY_EVENTS)),
            [value] => value.to_str().ok_or_else(|| Failure::usage("VALUE is not UTF-8")),
            _ => Err(Failure::usage("give one VALUE, or --policy and files of events")),
        }
    }

    fn sources(&self) -> Result<Arc<[Source]>, Failure> {
        let stdin = [PathBuf::from("-")];
        let inputs = if self.inputs.is_empty() { &stdin } else { self.inputs.as_slice() };
        inputs.iter().map(|path| Source::find(path)).collect()
    }

    /// The file that was asked for; `-` is stdout.
    fn out_file(&self) -> Option<&Path> {
        self.out.as_deref().filter(|path| path.as_os_str() != "-")
    }

    fn on_error(&self) -> OnError {
        match self.on_error {
            Refused::Fail => OnError::Fail,
            Refused::Reject => OnError::Reject,
        }
    }

    fn threads(&self) -> usize {
        self.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// Hidden unless someone sees it, nothing else is written there, and the end is known.
    fn progress_bar(&self, sources: &[Source]) -> ProgressBar {
        let seen = io::stderr().is_terminal() && (self.out_file().is_some() || !io::stdout().is_terminal());
        let total = sources.iter().map(|source| source.size).sum::<Option<u64>>();
        let (true, Some(total)) = (seen, total) else { return ProgressBar::hidden() };
        let style =
            ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left");
        ProgressBar::new(total)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_finish(ProgressFinish::AndClear)
    }

    /// A file named twice would hold the one or the other; and rejects or a report over an input would replace
    /// the events by something else.
    fn refuse_shared_files(&self) -> Result<(), Failure> {
        let others = [self.rejects.as_deref(), self.report.as_deref()];
        let mut taken: Vec<PathBuf> = self.inputs.iter().map(|path| resolve(path)).collect();
        for other in others.into_iter().flatten() {
            let path = resolve(other);
            let is_out = self.out_file().is_some_and(|out| resolve(out) == path);
            if (is_out || taken.contains(&path)) && (path.is_file() || !path.exists()) {
                return Err(Failure::usage(format!("{} is named for two things", other.display())));
            }
            taken.push(path);
        }
        Ok(())
    }
}

struct Outputs {
    lines: Destination,
    rejects: Option<Destination>,
    report: Option<Destination>,
}

impl Outputs {
    fn open(args: &Options) -> Result<Outputs, Failure> {
        if args.rejects.is_some() && args.on_error == Refused::Fail {
            return Err(Failure::usage("--rejects goes with --on-error reject"));
        }
        args.refuse_shared_files()?;
        if [&args.rejects, &args.report].into_iter().flatten().any(|path| path.as_os_str() == "-") {
            return Err(Failure::usage("--rejects and --report need a file: stdout is for the events"));
        }
        let files = [args.out_file(), args.rejects.as_deref(), args.report.as_deref()];
        let leftovers = Leftovers::new();
        if files.iter().any(Option::is_some) {
            leftovers.remove_on_interrupt();
        }
        let open = |file: Option<&Path>, readers| {
            file.map(|path| Destination::file(path, readers, &leftovers)).transpose()
        };
        let [lines, rejects, report] = files;
        Ok(Outputs {
            lines: open(lines, Readers::Umask)?.unwrap_or_else(Destination::stdout),
            rejects: open(rejects, Readers::Owner)?,
            report: open(report, Readers::Umask)?,
        })
    }

    /// The lines come last: once they have their name, all has.
    fn finish(self, scrubber: &Scrubber) -> Result<(), Failure> {
        if let Some(mut report) = self.report {
            report.write(scrubber.report().to_json().as_bytes())?;
            report.write(b"\n")?;
            report.finish()?;
        }
        if let Some(rejects) = self.rejects {
            rejects.finish()?;
        }
        self.lines.finish()
    }
}

/// Writes in the order of the input while threads read and work.
fn write_lines(
    args: &Options,
    scrubber: &Arc<Scrubber>,
    work: pipeline::Work,
    sources: &Arc<[Source]>,
    outputs: &mut Outputs,
    bar: &ProgressBar,
) -> Result<Lines, Failure> {
    let blocks = Blocks::new(Arc::clone(sources), scrubber.max_event_bytes());
    let mut pipeline = Pipeline::start(scrubber, blocks, work, args.on_error(), args.threads())
        .map_err(|error| Failure::io("starting threads", &error))?;
    let mut total = Lines::default();
    let (mut source, mut lines_before) = (0, 0);
    while let Some(load) = pipeline.next() {
        let load = load?;
        if load.block.source != source {
            (source, lines_before) = (load.block.source, 0);
        }
        outputs.lines.write(&load.lines)?;
        if let Some(rejects) = &mut outputs.rejects {
            rejects.write(&load.rejects)?;
        }
        match &load.done {
            Ok(lines) => {
                total.events += lines.events;
                total.rejected += lines.rejected;
                lines_before += lines.events + lines.rejected + lines.blank;
            }
            Err(error) => {
                let name = sources.get(source).map(Source::name).unwrap_or_default();
                let error = error.clone().at_line(lines_before + error.line().unwrap_or(1));
                return Err(Failure::data(format!("{name}: {}", in_words(&error))));
            }
        }
        bar.inc(load.block.bytes().len() as u64);
        pipeline.reuse(load);
    }
    pipeline.join()?;
    Ok(total)
}
