//! Many waits for the disk at once: file systems end them together; knows nothing of what is waited for.

use pumice::{Code, Error};
use std::thread;

/// They wait more than they work.
const THREADS: usize = 16;

/// What the work makes of each, in order; or what went wrong with one.
pub(crate) fn abreast<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    if items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let each = items.len().div_ceil(THREADS);
    let work = &work;
    let done: Result<Vec<Vec<R>>, Error> = thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(each)
            .map(|items| {
                thread::Builder::new()
                    .spawn_scoped(scope, move || items.iter().map(work).collect::<Result<Vec<R>, Error>>())
            })
            .collect();
        let done = threads.into_iter().map(|thread| {
            let ended = thread.map_err(|_| Error::new(Code::StoreFailed))?.join();
            ended.map_err(|_| Error::new(Code::StoreFailed))?
        });
        done.collect()
    });
    Ok(done?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_errors_come_through() {
        for len in [0, 1, 2, 15, 16, 17, 33, 1_000] {
            let items: Vec<usize> = (0..len).collect();
            let twice: Vec<_> = items.iter().map(|item| item * 2).collect();
            assert_eq!(abreast(&items, |item| Ok(item * 2)), Ok(twice));
            let fails = |item: &usize| {
                if item + 1 == len { Err(Error::new(Code::StoreDamaged)) } else { Ok(()) }
            };
            assert_eq!(abreast(&items, fails).is_err(), len > 0);
        }
    }
}
