//! Who writes when: of all who wait, one does the work of all, so that they share one wait for the disk. It knows no
//! table and no file.

use pumice::Error;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

type Outcome = Arc<OnceLock<Result<(), Error>>>;

pub(crate) struct Turns<Job> {
    state: Mutex<State<Job>>,
    ended: Condvar,
}

struct State<Job> {
    busy: bool,
    /// What came while another was at work.
    gathered: Vec<Job>,
    /// What will have become of it: all of it is done, or nothing.
    outcome: Outcome,
}

impl<Job> Turns<Job> {
    pub(crate) fn new() -> Self {
        let state = State { busy: false, gathered: Vec::new(), outcome: Outcome::default() };
        Turns { state: Mutex::new(state), ended: Condvar::new() }
    }

    /// Has the job done, by this thread or another. `work` is given all that was gathered, and must not panic.
    pub(crate) fn share(
        &self,
        job: Job,
        work: impl FnOnce(Vec<Job>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut state = self.lock();
        state.gathered.push(job);
        let outcome = Arc::clone(&state.outcome);
        loop {
            if let Some(done) = outcome.get() {
                return done.clone();
            }
            if !state.busy {
                break;
            }
            state = self.wait(state);
        }
        // INVARIANT: nobody took the job while nobody was busy, so it is among those gathered.
        let jobs = mem::take(&mut state.gathered);
        state.outcome = Outcome::default();
        self.run(state, || outcome.get_or_init(|| work(jobs)).clone())
    }

    /// Does the work while nobody else is at work. It must not panic.
    pub(crate) fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut state = self.lock();
        while state.busy {
            state = self.wait(state);
        }
        self.run(state, work)
    }

    fn run<T>(&self, mut state: MutexGuard<'_, State<Job>>, work: impl FnOnce() -> T) -> T {
        state.busy = true;
        drop(state);
        let done = work();
        self.lock().busy = false;
        self.ended.notify_all();
        done
    }

    fn lock(&self) -> MutexGuard<'_, State<Job>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<Job>>) -> MutexGuard<'a, State<Job>> {
        self.ended.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pumice::Code;
    use std::thread;

    /// Jobs 1 to 15 come while another is at work; then what was done at once, and what each was told.
    fn gather(outcome: Result<(), Error>) -> (Vec<Vec<u32>>, Vec<Result<(), Error>>) {
        let turns = Turns::new();
        let done = Mutex::new(Vec::new());
        let told = thread::scope(|scope| {
            let waiting = turns.alone(|| {
                let waiting: Vec<_> = (1..=15)
                    .map(|job| {
                        let (turns, done, outcome) = (&turns, &done, outcome.clone());
                        scope.spawn(move || {
                            turns.share(job, |jobs| {
                                done.lock().unwrap().push(jobs);
                                outcome
                            })
                        })
                    })
                    .collect();
                while turns.lock().gathered.len() < 15 {
                    thread::yield_now();
                }
                waiting
            });
            waiting.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        (done.into_inner().unwrap(), told)
    }

    #[test]
    fn those_who_wait_are_done_at_once() {
        for outcome in [Ok(()), Err(Error::new(Code::StoreFailed))] {
            let (mut done, told) = gather(outcome.clone());
            assert_eq!(done.len(), 1);
            done[0].sort_unstable();
            assert_eq!(done[0], (1..=15).collect::<Vec<_>>());
            assert_eq!(told, vec![outcome; 15]);
        }
    }

    #[test]
    fn each_job_is_done_once_and_nobody_is_at_work_beside_another() {
        let turns = Turns::new();
        let done = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for first in 0..16_u32 {
                let (turns, done) = (&turns, &done);
                scope.spawn(move || {
                    for at in 0..200 {
                        let work = |jobs: Vec<u32>| {
                            done.try_lock().expect("nobody else").extend(jobs);
                            Ok(())
                        };
                        turns.share(first * 200 + at, work).unwrap();
                        turns.alone(|| {
                            assert!(done.try_lock().expect("nobody else").contains(&(first * 200 + at)))
                        });
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, (0..3_200).collect::<Vec<_>>());
    }
}
