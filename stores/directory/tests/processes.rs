//! Processes that meet, and processes that are killed: all agree, and nothing acknowledged is lost. The program runs
//! itself again for the others.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use conformance::stores::row;
use pumice::crypto::{Inserted, Record, RecordKey, SubjectStore};
use pumice_directory::DirectoryStore;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io, thread};

const ROLE: &str = "PUMICE_TEST_ROLE";
const STORE: &str = "PUMICE_TEST_STORE";
const SEED: &str = "PUMICE_TEST_SEED";

const ROUNDS: u64 = 24;
const WRITERS: u64 = 3;
/// Subjects that many processes insert at once: a prime, so that each has an order of its own.
const SAME: u64 = 307;
const PROCESSES: u64 = 6;

fn main() -> ExitCode {
    if let Ok(role) = env::var(ROLE) {
        let path = env::var_os(STORE).expect("a path");
        play(&role, Path::new(&path), env::var(SEED).expect("a seed").parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    for (name, test) in [
        ("all_agree_on_the_same_subjects", all_agree_on_the_same_subjects as fn()),
        ("killed_while_they_write", killed_while_they_write),
        ("killed_while_they_want_the_same", killed_while_they_want_the_same),
        ("made_by_many_at_once", made_by_many_at_once),
    ] {
        let start = Instant::now();
        test();
        println!("test {name} ... ok in {:.1} s", start.elapsed().as_secs_f64());
    }
    ExitCode::SUCCESS
}

/// What a child does, until it is done or killed.
fn play(role: &str, path: &Path, seed: u64) {
    let store = DirectoryStore::open(path).expect("a store");
    say("open", 0);
    match role {
        "same" => insert_the_same(&store, seed),
        "write" => thread::scope(|scope| {
            for writer in 0..WRITERS {
                let store = &store;
                scope.spawn(move || write(store, (seed * WRITERS + writer) << 32));
            }
            scope.spawn(|| {
                loop {
                    store.purge().expect("purge");
                }
            });
        }),
        _ => panic!("no such role"),
    }
}

/// The key of a subject that all want, and the record that this one would give it: it says whose it is.
fn wanted(subject: u64, seed: u64) -> (RecordKey, Record) {
    let mut record = row((1 << 40) + subject * 1_000_000 + seed).1;
    record.wrapped[..8].copy_from_slice(&seed.to_be_bytes());
    (row(subject).0, record)
}

/// Who gave a subject this record.
fn winner(subject: u64, record: &Record) -> u64 {
    let winner = u64::from_be_bytes(record.wrapped[..8].try_into().expect("eight bytes"));
    assert_eq!(*record, wanted(subject, winner).1);
    winner
}

/// Each process in another order, in batches of its own; says whose record each subject has.
fn insert_the_same(store: &DirectoryStore, seed: u64) {
    let mut line = String::new();
    io::stdin().read_line(&mut line).expect("the word to start");
    let order: Vec<u64> = (0..SAME).map(|at| (at * (seed % 90 + 7) + seed * 31) % SAME).collect();
    assert_eq!(order.iter().copied().collect::<std::collections::BTreeSet<_>>().len() as u64, SAME);
    for batch in order.chunks(seed as usize % 3 * 4 + 1) {
        let rows: Vec<_> = batch.iter().map(|subject| wanted(*subject, seed)).collect();
        let answers = store.insert_if_absent(&rows).expect("insert");
        for ((subject, (_, offered)), answer) in batch.iter().zip(&rows).zip(answers) {
            let record = match answer {
                Inserted::New => *offered,
                Inserted::Existing(record) => record,
                Inserted::IdTaken => panic!("an id was taken"),
            };
            say(&subject.to_string(), winner(*subject, &record));
        }
    }
}

/// Subjects from `first` on, each inserted once, and some of them deleted.
fn write(store: &DirectoryStore, first: u64) {
    for step in (first..).step_by(3) {
        let rows = [row(step), row(step + 1), row(step + 2)];
        (step..step + 3).for_each(|subject| say("try +", subject));
        assert_eq!(store.insert_if_absent(&rows).expect("insert"), [Inserted::New; 3]);
        (step..step + 3).for_each(|subject| say("did +", subject));
        say("try -", step + 1);
        assert_eq!(store.delete(&[row(step + 1).0]).expect("delete"), 1);
        say("did -", step + 1);
    }
}

fn say(what: &str, subject: u64) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{what} {subject}").and_then(|()| stdout.flush()).expect("a reader");
}

fn start(role: &str, path: &Path, seed: u64) -> Child {
    Command::new(env::current_exe().expect("this program"))
        .envs([(ROLE, role), (SEED, &seed.to_string())])
        .env(STORE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("itself")
}

/// Kills it after a while, and gives what it said until then.
fn kill_after(mut child: Child, delay: Duration) -> String {
    let mut stdout = child.stdout.take().expect("a pipe");
    let killer = thread::spawn(move || {
        thread::sleep(delay);
        child.kill().expect("killed");
        child.wait().expect("its end")
    });
    let mut said = String::new();
    stdout.read_to_string(&mut said).expect("its words");
    let status = killer.join().expect("its end");
    assert!(status.signal() == Some(9) || status.success(), "it failed by itself: {status}");
    said
}

/// Whole lines, as two words. The last line may be cut.
fn lines(said: &str) -> impl Iterator<Item = (&str, u64)> {
    said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(|line| {
        let (what, number) = line.rsplit_once(' ').expect("two words");
        (what, number.parse().expect("a number"))
    })
}

/// Each row is found by its id, and what is named for its subject.
fn check_whole(store: &DirectoryStore) -> BTreeMap<RecordKey, Record> {
    let rows = store.scan(None, usize::MAX).expect("scan");
    let ids: Vec<_> = rows.iter().map(|(_, record)| record.id).collect();
    let located = store.locate(&ids).expect("locate");
    assert!(rows.iter().zip(located).all(|(row, found)| found == Some(*row)), "a record without its id");
    rows.into_iter().collect()
}

/// How many files there are below a folder.
fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() && !path.is_symlink() { count(&path) } else { 1 }).sum()
}

/// As if an hour had gone by since what is in `new` was written, and then a purge: only the living are left.
fn check_sweep(path: &Path, store: &DirectoryStore, living: usize) {
    let long_ago = SystemTime::now() - Duration::from_secs(7_200);
    for entry in fs::read_dir(path.join("new")).expect("the folder") {
        let file = fs::File::options().write(true).open(entry.expect("an entry").path()).expect("a file");
        file.set_modified(long_ago).expect("its time");
    }
    store.purge().expect("purge");
    let counts = ["new", "ids", "records"].map(|folder| count(&path.join(folder)));
    assert_eq!(counts, [0, living, living]);
    assert_eq!(check_whole(store).len(), living);
}

fn all_agree_on_the_same_subjects() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let mut children: Vec<Child> = (0..PROCESSES).map(|seed| start("same", &path, seed)).collect();
    let mut said: Vec<BufReader<_>> =
        children.iter_mut().map(|child| BufReader::new(child.stdout.take().expect("a pipe"))).collect();
    for said in &mut said {
        let mut line = String::new();
        said.read_line(&mut line).expect("its first word");
        assert_eq!(line, "open 0\n");
    }
    // All are there: now at once.
    for child in &mut children {
        child.stdin.take().expect("a pipe").write_all(b"go\n").expect("a reader");
    }
    let mut winners: BTreeMap<u64, u64> = BTreeMap::new();
    for (said, child) in said.iter_mut().zip(&mut children) {
        let mut text = String::new();
        said.read_to_string(&mut text).expect("its words");
        assert!(child.wait().expect("its end").success());
        let mut heard = 0;
        for (subject, winner) in lines(&text) {
            let subject = subject.parse().expect("a subject");
            assert_eq!(*winners.entry(subject).or_insert(winner), winner, "two records of one subject");
            heard += 1;
        }
        assert_eq!(heard, SAME);
    }
    let store = DirectoryStore::open_existing(&path).expect("the store");
    let rows = check_whole(&store);
    assert_eq!(rows.len() as u64, SAME);
    for (subject, winner) in &winners {
        let (key, record) = wanted(*subject, *winner);
        assert_eq!(rows.get(&key), Some(&record));
    }
    check_sweep(&path, &store, SAME as usize);
    let won: std::collections::BTreeSet<_> = winners.values().collect();
    println!("{PROCESSES} processes, {SAME} subjects, {} of them won some", won.len());
    assert!(won.len() > 1, "they did not meet");
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Present,
    Absent,
    /// Begun and not acknowledged.
    Either,
}

fn killed_while_they_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let mut ledger: BTreeMap<u64, Known> = BTreeMap::new();
    for round in 0..ROUNDS {
        let children = [round * 2, round * 2 + 1].map(|seed| start("write", &path, seed));
        let killers = children.map(|child| {
            thread::spawn(move || kill_after(child, Duration::from_millis(40 + round * 37 % 150)))
        });
        for said in killers.map(|killer| killer.join().expect("its words")) {
            for (what, subject) in lines(&said) {
                match what {
                    "open" => {}
                    "try +" | "try -" => drop(ledger.insert(subject, Known::Either)),
                    "did +" => drop(ledger.insert(subject, Known::Present)),
                    "did -" => drop(ledger.insert(subject, Known::Absent)),
                    _ => panic!("{what}"),
                }
            }
        }
        let store = DirectoryStore::open_existing(&path).expect("a sound store");
        let rows = check_whole(&store);
        let mut present = 0;
        for (subject, known) in &mut ledger {
            let (key, record) = row(*subject);
            let found = rows.get(&key);
            assert!(found.is_none_or(|found| *found == record), "subject {subject:x} is another");
            let is = if found.is_some() { Known::Present } else { Known::Absent };
            assert!(*known == is || *known == Known::Either, "subject {subject:x} is {is:?}, not {known:?}");
            *known = is;
            present += usize::from(found.is_some());
        }
        assert_eq!(rows.len(), present, "rows of nobody");
        let extra = (1 << 50) + round;
        assert_eq!(store.insert_if_absent(&[row(extra)]).expect("insert"), [Inserted::New], "it goes on");
        ledger.insert(extra, Known::Present);
    }
    let living = ledger.values().filter(|known| **known == Known::Present).count();
    let dead = ledger.len() - living;
    let cut_short = count(&path.join("new"));
    println!("{} kills: {living} living, {dead} dead, {cut_short} insertions cut short", ROUNDS * 2);
    check_sweep(&path, &DirectoryStore::open_existing(&path).expect("the store"), living);
    assert!(living > 200 && dead > 100 && cut_short > 0, "too little was done to tell");
}

/// What a killed process was told or had made durable, others are told too.
fn killed_while_they_want_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    drop(DirectoryStore::open(&path).expect("a new store"));
    let mut winners: BTreeMap<u64, u64> = BTreeMap::new();
    let mut hear = |said: &str| {
        for (subject, winner) in lines(said).filter(|(what, _)| *what != "open") {
            let subject = subject.parse().expect("a subject");
            assert_eq!(*winners.entry(subject).or_insert(winner), winner, "two records of one subject");
        }
        winners.len() as u64
    };
    let mut kills = 0;
    for round in 0.. {
        let killers = [0, 1, 2].map(|place| {
            let mut child = start("same", &path, round * 3 + place);
            child.stdin.take().expect("a pipe").write_all(b"go\n").expect("a reader");
            thread::spawn(move || kill_after(child, Duration::from_millis(5 + 3 * (round + place))))
        });
        let heard = killers.map(|killer| hear(&killer.join().expect("its words")));
        kills += 3;
        if heard.contains(&SAME) {
            break;
        }
        assert!(round < 300, "it does not go on");
    }
    println!("{kills} processes killed until all subjects were in");
    check_sweep(&path, &DirectoryStore::open_existing(&path).expect("the store"), SAME as usize);
}

fn made_by_many_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..ROUNDS {
        let path = folder.path().join(round.to_string());
        let children = [0, 1, 2].map(|seed| start("same", &path, seed));
        for child in children {
            let out = kill_or_end(child, round);
            assert!(out.starts_with("open 0\n") || out.is_empty());
        }
        let store = DirectoryStore::open(&path).expect("a sound store");
        assert_eq!(check_whole(&store).len(), 0);
    }
}

/// Some are killed while they make it.
fn kill_or_end(child: Child, round: u64) -> String {
    kill_after(child, Duration::from_micros(round * 400))
}
