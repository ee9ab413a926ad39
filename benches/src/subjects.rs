//! Subject keys by the million in the redb store. What is timed is the disk as much as the store: read it with the
//! machine in mind.

use pumice::crypto::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
use pumice_redb::RedbStore;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const ACCOUNTS: u64 = 64;

pub fn run(subjects: u64) {
    // Not where temporary files are: that may be memory.
    fs::create_dir_all("target").unwrap();
    let folder = tempfile::Builder::new().prefix("subjects-").tempdir_in("target").unwrap();
    println!("redb store: {subjects} subjects in {ACCOUNTS} accounts");
    for batch in [10_000, 1_000] {
        let path = folder.path().join(format!("{batch}.redb"));
        let store = RedbStore::open(&path).unwrap();
        let took = time(|| fill(&store, subjects, batch));
        print(&format!("first sight, batches of {batch}"), subjects, took);
        size("file", &path);
    }
    let path = folder.path().join("1000.redb");
    print("open, reading it all", 1, time(|| drop(RedbStore::open(&path).unwrap())));
    let store = RedbStore::open(&path).unwrap();

    let asked = 200_000.min(subjects);
    for batch in [1, 100, 10_000] {
        let rows: Vec<_> = (0..asked).map(|at| row(mix(at) % subjects)).collect();
        for (what, look) in [("get", get as fn(&RedbStore, &[(RecordKey, Record)])), ("locate", locate)] {
            let took = time(|| rows.chunks(batch).for_each(|rows| look(&store, rows)));
            print(&format!("{what}, batches of {batch}"), asked, took);
        }
    }

    let new = subjects..subjects + subjects.min(400);
    print("insert one at a time", new.end - new.start, time(|| insert_each(&store, new.clone())));
    let each = subjects.min(200);
    let took = time(|| {
        thread::scope(|scope| {
            for writer in 0..16 {
                let store = &store;
                let start = new.end + writer * each;
                scope.spawn(move || insert_each(store, start..start + each));
            }
        });
    });
    print("insert one at a time, 16 threads", 16 * each, took);

    let took = time(|| (0..100).for_each(|at| forget(&store, at..at + 1)));
    print("forget one at a time", 100, took);
    let many = 10_000.min(subjects / 2);
    print("forget many in one call", many, time(|| forget(&store, 100..100 + many)));
    let mut gone = 0;
    let took = time(|| gone = store.delete_account(row(0).0.account()).unwrap());
    print("forget an account", gone, took);
    assert!(gone > 0);

    size("file before the purge", &path);
    print("purge", 1, time(|| store.purge().unwrap()));
    size("file after the purge", &path);
    let bytes = fs::read(&path).unwrap();
    let dead = row(50).1;
    assert!(!bytes.windows(48).any(|found| found == dead.wrapped), "a deleted key is in the file");
}

fn fill(store: &RedbStore, subjects: u64, batch: usize) {
    let rows: Vec<_> = (0..subjects).map(row).collect();
    for rows in rows.chunks(batch) {
        let inserted = store.insert_if_absent(rows).unwrap();
        assert!(inserted.iter().all(|inserted| *inserted == Inserted::New));
    }
}

fn get(store: &RedbStore, rows: &[(RecordKey, Record)]) {
    let keys: Vec<_> = rows.iter().map(|(key, _)| *key).collect();
    let found = store.get(&keys).unwrap();
    assert!(found.iter().zip(rows).all(|(found, (_, record))| *found == Some(*record)));
}

fn locate(store: &RedbStore, rows: &[(RecordKey, Record)]) {
    let ids: Vec<_> = rows.iter().map(|(_, record)| record.id).collect();
    let found = store.locate(&ids).unwrap();
    assert!(found.iter().zip(rows).all(|(found, row)| *found == Some(*row)));
}

fn insert_each(store: &RedbStore, subjects: std::ops::Range<u64>) {
    for subject in subjects {
        assert_eq!(store.insert_if_absent(&[row(subject)]).unwrap(), [Inserted::New]);
    }
}

fn forget(store: &RedbStore, subjects: std::ops::Range<u64>) {
    let keys: Vec<_> = subjects.map(|subject| row(subject).0).collect();
    assert_eq!(store.delete(&keys).unwrap(), keys.len() as u64);
}

/// The row of a subject: as random as real ones are.
fn row(subject: u64) -> (RecordKey, Record) {
    let mut bytes = (0..11).flat_map(|word| mix(subject * 16 + word).to_be_bytes());
    let mut record = Record { id: RecordId([0; 9]), wrapped: [0; 48] };
    let mut key = [0; 24];
    key[..8].copy_from_slice(&mix(!(subject % ACCOUNTS)).to_be_bytes());
    let slots = key[8..].iter_mut().chain(&mut record.id.0).chain(&mut record.wrapped);
    slots.for_each(|slot| *slot = bytes.next().unwrap());
    debug_assert_eq!(RecordKey(key).account(), AccountTag(mix(!(subject % ACCOUNTS)).to_be_bytes()));
    (RecordKey(key), record)
}

/// SplitMix64.
fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn print(what: &str, number: u64, took: Duration) {
    let each = took.as_secs_f64() / number as f64;
    println!(
        "{what:36} {:8.2} s {:12.2} us each {:12.0} a second",
        took.as_secs_f64(),
        each * 1e6,
        1.0 / each
    );
}

fn size(what: &str, path: &Path) {
    println!("{what:36} {:8.1} MB", fs::metadata(path).unwrap().len() as f64 / 1e6);
}
