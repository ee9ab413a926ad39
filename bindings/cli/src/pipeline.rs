//! Threads that read and work while another writes, order kept; knows nothing of files.

use crate::blocks::{Block, Blocks, Kind};
use crate::failure::Failure;
use pumice::{Code, Error, Lines, OnError, Scrubber, Worker};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

/// What a worker makes of lines: [`Worker::scrub_ndjson`] or one of its kind.
pub(crate) type Work =
    fn(&mut Worker<'_>, &[u8], OnError, &mut Vec<u8>, &mut Vec<u8>) -> Result<Lines, Error>;

/// What circulates: filled by the reader, worked on by a worker, written by the caller, and filled again.
pub(crate) struct Load {
    pub(crate) block: Block,
    pub(crate) lines: Vec<u8>,
    pub(crate) rejects: Vec<u8>,
    /// With an error, `lines` has those before the bad one.
    pub(crate) done: Result<Lines, Error>,
}

impl Load {
    fn empty() -> Load {
        let done = Ok(Lines::default());
        Load { block: Block::default(), lines: Vec::new(), rejects: Vec::new(), done }
    }

    fn work(&mut self, worker: &mut Worker<'_>, work: Work, on_error: OnError) {
        let bytes = self.block.bytes();
        self.lines.clear();
        self.rejects.clear();
        self.done = match self.block.kind {
            Kind::Lines => work(worker, bytes, on_error, &mut self.lines, &mut self.rejects),
            // Core is shown the beginning, so that the refusal is its own, and counted.
            Kind::Overlong => {
                let scrubbed = worker.scrub(bytes, &mut self.lines);
                self.lines.clear();
                match on_error {
                    OnError::Fail => Err(scrubbed.err().unwrap_or(Error::new(Code::TooLarge)).at_line(1)),
                    OnError::Reject => {
                        self.rejects.extend_from_slice(bytes);
                        Ok(Lines { rejected: 1, ..Lines::default() })
                    }
                }
            }
            Kind::MoreOfOverlong => {
                self.rejects.extend_from_slice(bytes);
                Ok(Lines::default())
            }
        };
    }
}

/// One reader and many workers. The reader deals to the workers in turn and the results are taken in turn, so
/// order needs no other bookkeeping; the loads that circulate are the bound on memory.
///
/// To stop early, let it go: its threads may be waiting for an input that never ends, and end with the process.
pub(crate) struct Pipeline {
    threads: Vec<JoinHandle<()>>,
    done: Vec<Receiver<Result<Load, Failure>>>,
    turn: usize,
    spent: Sender<Load>,
}

impl Pipeline {
    pub(crate) fn start(
        scrubber: &Arc<Scrubber>,
        blocks: Blocks,
        work: Work,
        on_error: OnError,
        workers: usize,
    ) -> io::Result<Pipeline> {
        let (spent, empty) = channel();
        let mut pipeline = Pipeline { threads: Vec::new(), done: Vec::new(), turn: 0, spent };
        let mut filled = Vec::new();
        for _ in 0..workers {
            let (to_worker, from_reader) = channel();
            let (to_writer, from_worker) = channel();
            let scrubber = Arc::clone(scrubber);
            pipeline.spawn(move || do_work(&scrubber, work, on_error, from_reader, &to_writer))?;
            pipeline.done.push(from_worker);
            filled.push(to_worker);
        }
        // Each worker has one in hand and one to come; the reader and the writer have one each.
        for _ in 0..2 * workers + 2 {
            pipeline.reuse(Load::empty());
        }
        pipeline.spawn(move || read(blocks, &empty, &filled))?;
        Ok(pipeline)
    }

    fn spawn(&mut self, thread: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads.push(Builder::new().spawn(thread)?);
        Ok(())
    }

    /// The next of the input, scrubbed; none after the last.
    pub(crate) fn next(&mut self) -> Option<Result<Load, Failure>> {
        let worker = self.done.get(self.turn)?;
        self.turn = (self.turn + 1) % self.done.len();
        worker.recv().ok()
    }

    /// Gives a load back whose content is written.
    pub(crate) fn reuse(&self, load: Load) {
        // The reader may have reached the end.
        let _ = self.spent.send(load);
    }

    /// Waits for the threads after the last load.
    pub(crate) fn join(self) -> Result<(), Failure> {
        for thread in self.threads {
            // A thread that died also ends the stream: it must not look like the end of the input.
            thread.join().map_err(|_| Failure::data("a thread died; the output is not whole"))?;
        }
        Ok(())
    }
}

fn read(mut blocks: Blocks, empty: &Receiver<Load>, workers: &[Sender<Result<Load, Failure>>]) {
    for worker in workers.iter().cycle() {
        let Ok(mut load) = empty.recv() else { return };
        let filled = match blocks.next(&mut load.block) {
            Ok(true) => Ok(load),
            Ok(false) => return,
            Err(failure) => Err(failure),
        };
        let last = filled.is_err();
        if worker.send(filled).is_err() || last {
            return;
        }
    }
}

fn do_work(
    scrubber: &Scrubber,
    work: Work,
    on_error: OnError,
    filled: Receiver<Result<Load, Failure>>,
    done: &Sender<Result<Load, Failure>>,
) {
    let mut worker = scrubber.worker();
    for mut load in filled {
        if let Ok(load) = &mut load {
            load.work(&mut worker, work, on_error);
        }
        if done.send(load).is_err() {
            return;
        }
    }
}
