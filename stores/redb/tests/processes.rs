//! Processes that are killed, and processes that meet: nothing acknowledged is lost, and one at a time has the store. The
//! program runs itself again for the others.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use conformance::stores::row;
use pumice::Code;
use pumice::crypto::{Inserted, SubjectStore};
use pumice_redb::RedbStore;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

const ROLE: &str = "PUMICE_TEST_ROLE";
const STORE: &str = "PUMICE_TEST_STORE";
const SEED: &str = "PUMICE_TEST_SEED";

const ROUNDS: u64 = 24;
const WRITERS: u64 = 4;

fn main() -> ExitCode {
    if let Ok(role) = env::var(ROLE) {
        let path = env::var_os(STORE).expect("a path");
        play(&role, Path::new(&path), env::var(SEED).expect("a seed").parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    for (name, test) in [
        ("killed_while_it_writes", killed_while_it_writes as fn()),
        ("killed_while_it_purges", killed_while_it_purges),
        ("killed_while_it_is_made", killed_while_it_is_made),
        ("locked_by_another_process", locked_by_another_process),
        ("made_by_two_at_once", made_by_two_at_once),
        ("found_by_a_path_from_here", found_by_a_path_from_here),
    ] {
        let start = Instant::now();
        test();
        println!("test {name} ... ok in {:.1} s", start.elapsed().as_secs_f64());
    }
    ExitCode::SUCCESS
}

/// What a child does, until it is killed.
fn play(role: &str, path: &Path, seed: u64) {
    let store = match RedbStore::open(path) {
        Ok(store) => store,
        Err(error) => return say(error.code().as_str(), 0),
    };
    say("open", 0);
    thread::scope(|scope| {
        if role == "hold" {
            loop {
                thread::park();
            }
        }
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || write(store, (seed * WRITERS + writer) << 32));
        }
        if role == "purge" {
            scope.spawn(|| {
                for round in 0.. {
                    say("try purge", round);
                    store.purge().expect("purge");
                    say("did purge", round);
                }
            });
        }
    });
}

/// Subjects from `first` on, each inserted once, and some of them deleted.
fn write(store: &RedbStore, first: u64) {
    for step in (first..).step_by(3) {
        let rows = [row(step), row(step + 1), row(step + 2)];
        (step..step + 3).for_each(|subject| say("try +", subject));
        assert_eq!(store.insert_if_absent(&rows).expect("insert"), [Inserted::New; 3]);
        (step..step + 3).for_each(|subject| say("did +", subject));
        say("try -", step + 1);
        assert_eq!(store.delete(&[rows[1].0]).expect("delete"), 1);
        say("did -", step + 1);
    }
}

fn say(what: &str, subject: u64) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{what} {subject}").and_then(|()| stdout.flush()).expect("a reader");
}

struct Other {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Other {
    fn start(role: &str, path: &Path, seed: u64) -> Other {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .envs([(ROLE, role), (SEED, &seed.to_string())])
            .env(STORE, path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("itself");
        let said = BufReader::new(child.stdout.take().expect("a pipe"));
        Other { child, said }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Kills it after a while, and gives what it said until then.
    fn kill_after(mut self, delay: Duration) -> String {
        let mut child = self.child;
        let killer = thread::spawn(move || {
            thread::sleep(delay);
            child.kill().expect("killed");
            child.wait().expect("its end")
        });
        let mut said = String::new();
        self.said.read_to_string(&mut said).expect("its words");
        let status = killer.join().expect("its end");
        assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
        said
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Present,
    Absent,
    /// Begun and not acknowledged.
    Either,
}

/// What the children of all rounds said.
#[derive(Default)]
struct Ledger(BTreeMap<u64, Known>);

impl Ledger {
    /// Takes down what was said, and gives the subjects whose bytes an acknowledged purge took away.
    fn enter(&mut self, said: &str) -> Vec<u64> {
        let (mut dead, mut purging, mut purged) = (Vec::new(), Vec::new(), Vec::new());
        // The last line may be cut.
        for line in said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let (what, subject) = line.rsplit_once(' ').expect("two words");
            let subject: u64 = subject.parse().expect("a number");
            match what {
                "open" => continue,
                "try purge" => purging = dead.clone(),
                "did purge" => purged = purging.clone(),
                "try +" | "try -" => drop(self.0.insert(subject, Known::Either)),
                "did +" => drop(self.0.insert(subject, Known::Present)),
                "did -" => {
                    self.0.insert(subject, Known::Absent);
                    dead.push(subject);
                }
                _ => panic!("{line}"),
            }
        }
        purged
    }

    /// The store has what it must, and nothing else; its two tables agree.
    fn check(&mut self, store: &RedbStore) {
        let rows: BTreeMap<_, _> = store.scan(None, usize::MAX).expect("scan").into_iter().collect();
        let ids: Vec<_> = rows.values().map(|record| record.id).collect();
        let located = store.locate(&ids).expect("locate");
        assert!(rows.iter().zip(located).all(|(row, found)| found == Some((*row.0, *row.1))));
        let mut present = 0;
        for (subject, known) in &mut self.0 {
            let (key, record) = row(*subject);
            let found = rows.get(&key);
            assert!(found.is_none_or(|found| *found == record), "subject {subject:x} is another");
            let is = if found.is_some() { Known::Present } else { Known::Absent };
            assert!(*known == is || *known == Known::Either, "subject {subject:x} is {is:?}, not {known:?}");
            *known = is;
            present += usize::from(found.is_some());
        }
        assert_eq!(rows.len(), present, "rows of nobody");
    }

    fn of(&self, known: Known) -> impl Iterator<Item = u64> {
        self.0.iter().filter(move |(_, is)| **is == known).map(|(subject, _)| *subject)
    }
}

/// None of these subjects' bytes are in the file: neither the wrapped key, nor the id, nor the key of the record.
fn check_gone(path: &Path, subjects: impl IntoIterator<Item = u64>) {
    let bytes = fs::read(path).expect("the file");
    // Any eight bytes at the beginning of any of the three.
    let mut begins: HashMap<[u8; 8], u64> = HashMap::new();
    for subject in subjects {
        let (key, record) = row(subject);
        for part in [&key.0[..], &record.id.0, &record.wrapped] {
            begins.insert(part[..8].try_into().expect("eight bytes"), subject);
        }
    }
    for found in bytes.windows(8) {
        let dead = begins.get(found);
        assert_eq!(dead, None, "bytes of a dead subject are in the file");
    }
}

fn kill(role: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let mut ledger = Ledger::default();
    let (mut purges, mut unfinished) = (0, 0);
    for round in 0..ROUNDS {
        let mut other = Other::start(role, &path, round);
        // From its first moment on, or from when it writes: what the last kill left is mended before that.
        if round % 4 != 0 {
            assert_eq!(other.line(), "open 0");
        }
        let said = other.kill_after(Duration::from_millis(round * 37 % 150));
        let purged = ledger.enter(&said);
        purges += said.matches("did purge").count();
        if !purged.is_empty() {
            check_gone(&path, purged);
        }
        let successor = folder.path().join("store.redb.purge");
        unfinished += u32::from(successor.exists());
        let store = RedbStore::open(&path).expect("a sound store");
        assert!(!successor.exists(), "what a purge left is gone");
        ledger.check(&store);
        let extra = (1 << 50) + round;
        assert_eq!(store.insert_if_absent(&[row(extra)]).expect("insert"), [Inserted::New], "it goes on");
        ledger.0.insert(extra, Known::Present);
    }
    let store = RedbStore::open(&path).expect("a sound store");
    store.purge().expect("purge");
    ledger.check(&store);
    check_gone(&path, ledger.of(Known::Absent));
    let (present, absent) = (ledger.of(Known::Present).count(), ledger.of(Known::Absent).count());
    println!(
        "{ROUNDS} kills: {present} living, {absent} dead, {purges} purges, {unfinished} others unfinished"
    );
    assert!(present > 200 && absent > 100, "too little was done to tell");
    assert!(role != "purge" || (purges > 10 && unfinished > 0), "too little was purged to tell");
}

fn killed_while_it_writes() {
    kill("write");
}

fn killed_while_it_purges() {
    kill("purge");
}

fn killed_while_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..ROUNDS {
        let path = folder.path().join(format!("{round}.redb"));
        let said = Other::start("write", &path, round).kill_after(Duration::from_micros(round * 700));
        let mut ledger = Ledger::default();
        ledger.enter(&said);
        ledger.check(&RedbStore::open(&path).expect("a sound store"));
    }
}

fn locked_by_another_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let locked = || {
        let opened = RedbStore::open(&path).map(drop).map_err(|error| error.code());
        assert_eq!(opened, Err(Code::StoreLocked));
    };
    for role in ["hold", "purge"] {
        let mut other = Other::start(role, &path, 0);
        assert_eq!(other.line(), "open 0");
        // While it purges, the file is replaced under who opens it.
        (0..300).for_each(|_| locked());
        other.kill_after(Duration::ZERO);
        RedbStore::open(&path).expect("nobody has it");
    }
    let store = RedbStore::open(&path).expect("nobody has it");
    locked();
    let mut other = Other::start("hold", &path, 0);
    assert_eq!(other.line(), "store_locked 0");
    assert!(other.child.wait().expect("its end").success());
    store.purge().expect("purge");
    locked();
}

fn made_by_two_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..ROUNDS {
        let path = folder.path().join(format!("{round}.redb"));
        let mut others = [0, 1].map(|seed| Other::start("hold", &path, seed));
        let mut said = others.each_mut().map(Other::line);
        said.sort();
        assert_eq!(said, ["open 0", "store_locked 0"]);
        for mut other in others {
            // The one that was refused has ended.
            let _ = other.child.kill();
            other.child.wait().expect("its end");
        }
        RedbStore::open(&path).expect("a sound store");
    }
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left as u64, ROUNDS, "nothing else is left in the folder");
}

fn found_by_a_path_from_here() {
    let folder = tempfile::tempdir().expect("a folder");
    env::set_current_dir(folder.path()).expect("there");
    for made in [true, false] {
        let store = RedbStore::open("store.redb").expect("a store");
        assert_eq!(store.insert_if_absent(&[row(0)]).expect("insert")[0] == Inserted::New, made);
        // The process may go elsewhere; the store stays where it is.
        env::set_current_dir("/").expect("there");
        store.purge().expect("purge");
        env::set_current_dir(folder.path()).expect("there");
        assert_eq!(store.get(&[row(0).0]).expect("get"), [Some(row(0).1)]);
    }
    assert_eq!(fs::read_dir(".").expect("the folder").count(), 1);
}
