//! Files of columns: read batch by batch, worked on by many threads, written in order; knows nothing of how they are
//! encoded.

mod avro;
mod parquet;

use crate::container::Container;
use crate::destination::Destination;
use crate::failure::{Failure, in_words};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use indicatif::ProgressBar;
use pumice::{Error, Scrubber, Worker};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// What a worker makes of a batch: [`Worker::scrub_batch`] or one of its kind.
pub(crate) type Work = fn(&mut Worker<'_>, &RecordBatch) -> Result<RecordBatch, Error>;

/// The most rows of a batch, and about how many bytes it has in the file, before it is uncompressed.
const BATCH_ROWS: u64 = 16_384;
const BATCH_BYTES: u64 = 8 << 20;

/// What stands in a file, in its order.
enum Part {
    Columns(RecordBatch),
    /// What follows stands in another row group.
    GroupEnds,
}

/// A file that is being read.
struct Input<'a> {
    schema: SchemaRef,
    rows: u64,
    parts: Box<dyn Iterator<Item = Result<Part, Failure>> + Send + 'a>,
}

/// A file that is being written.
trait Output {
    fn write(&mut self, part: &Part) -> Result<(), Failure>;
    /// Writes what comes behind the last row.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// What becomes of a file's rows.
pub(crate) struct Job<'a> {
    pub(crate) path: &'a Path,
    pub(crate) out: &'a mut Destination,
    pub(crate) scrubber: &'a Scrubber,
    pub(crate) work: Work,
    pub(crate) threads: usize,
    pub(crate) bar: &'a ProgressBar,
}

impl Job<'_> {
    /// Does it all; how many rows there were.
    pub(crate) fn run(self, container: Container) -> Result<u64, Failure> {
        let damaged = damaged(self.path, container);
        // Who reads a damaged file may panic over it, and say what stands in it.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let done = catch_unwind(AssertUnwindSafe(|| self.write(container)));
        std::panic::set_hook(hook);
        done.unwrap_or(Err(damaged))
    }

    fn write(self, container: Container) -> Result<u64, Failure> {
        let Job { path, out, scrubber, work, threads, bar } = self;
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Failure::unusable(path, &error))?;
        let refused = |error: &Error| Failure::data(format!("{name}: {}", in_words(error)));
        let treated = |schema: &SchemaRef| {
            let none = RecordBatch::new_empty(schema.clone());
            work(&mut scrubber.worker(), &none).map(|batch| batch.schema()).map_err(|error| refused(&error))
        };
        let (input, mut output): (Input<'_>, Box<dyn Output + '_>) = match container {
            Container::Parquet => {
                let (input, frame) = parquet::read(file, path)?;
                let schema = treated(&input.schema)?;
                (input, Box::new(frame.output(&schema, out)?))
            }
            Container::Avro => {
                let (input, frame) = avro::read(file, path)?;
                let schema = treated(&input.schema)?;
                let probed = treated(frame.probe())?;
                (input, Box::new(frame.output(&schema, &probed, out)?))
            }
        };
        let total = input.rows.max(1);
        let mut rows = 0;
        let size = bar.length().unwrap_or_default();
        side_by_side(scrubber, work, input, threads, |part| {
            let part = part?.map_err(|error| match error.line() {
                Some(row) => refused(&error.at_line(rows + row)),
                None => refused(&error),
            })?;
            if let Part::Columns(batch) = &part {
                rows += batch.num_rows() as u64;
                bar.set_position((size as f64 * (rows as f64 / total as f64)) as u64);
            }
            output.write(&part)
        })?;
        output.finish()?;
        Ok(rows)
    }
}

/// A file is not what it says, or something in it is not right.
fn damaged(path: &Path, container: Container) -> Failure {
    Failure::data(format!("{}: is not {}, or it is damaged", path.display(), container.name()))
}

/// What an error of reading or writing says that is not the system's is not shown: it may quote what stands there.
fn of_system(error: &(dyn std::error::Error + 'static)) -> Option<std::io::Error> {
    let mut error = Some(error);
    while let Some(inner) = error {
        if let Some(number) = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error) {
            return Some(std::io::Error::from_raw_os_error(number));
        }
        error = inner.source();
    }
    None
}

type Done = Result<Result<Part, Error>, Failure>;

/// One thread reads, many work, and this one takes what was done, in order. Each has one part in hand and one to come, which
/// is the bound on memory.
fn side_by_side(
    scrubber: &Scrubber,
    work: Work,
    input: Input<'_>,
    threads: usize,
    mut take: impl FnMut(Done) -> Result<(), Failure>,
) -> Result<(), Failure> {
    thread::scope(|scope| {
        let (mut to_workers, mut from_workers) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (to_worker, filled) = sync_channel(1);
            let (to_writer, from_worker) = sync_channel(1);
            scope.spawn(move || do_work(scrubber, work, &filled, &to_writer));
            to_workers.push(to_worker);
            from_workers.push(from_worker);
        }
        scope.spawn(move || deal(input, &to_workers));
        // They are dealt to in turn, and taken from in turn.
        for from_worker in from_workers.iter().cycle() {
            let Ok(done) = from_worker.recv() else { break };
            take(done)?;
        }
        // A thread that died is a panic here.
        Ok(())
    })
}

fn deal(input: Input<'_>, workers: &[SyncSender<Result<Part, Failure>>]) {
    for (part, worker) in input.parts.zip(workers.iter().cycle()) {
        let last = part.is_err();
        if worker.send(part).is_err() || last {
            return;
        }
    }
}

fn do_work(
    scrubber: &Scrubber,
    work: Work,
    filled: &Receiver<Result<Part, Failure>>,
    done: &SyncSender<Done>,
) {
    let mut worker = scrubber.worker();
    for part in filled {
        let made = part.map(|part| match part {
            Part::Columns(batch) => work(&mut worker, &batch).map(Part::Columns),
            Part::GroupEnds => Ok(Part::GroupEnds),
        });
        if done.send(made).is_err() {
            return;
        }
    }
}
