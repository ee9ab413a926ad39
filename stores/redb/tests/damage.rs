//! Files that are damaged, or no stores at all: refused by their code, or as good as new; never a panic, never a
//! wrong answer.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use conformance::stores::{key, record};
use pumice::Code;
use pumice::crypto::{Inserted, Record, RecordKey, SubjectStore};
use pumice_redb::RedbStore;
use redb::{Database, MultimapTableDefinition, TableDefinition};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

type Rows = Vec<(RecordKey, Record)>;

fn rows() -> Rows {
    (0..240).map(|at| (key(at / 40, at), record(at))).collect()
}

/// A store that was closed in order, and its file as it stood before: the states that a crash leaves.
fn sound(folder: &TempDir) -> [Vec<u8>; 2] {
    let path = folder.path().join("sound.redb");
    let store = RedbStore::open(&path).expect("a new store");
    for rows in rows().chunks(30) {
        store.insert_if_absent(rows).expect("insert");
    }
    store.insert_if_absent(&[(key(9, 9), record(250))]).expect("insert");
    store.delete(&[key(9, 9)]).expect("delete");
    let crashed = fs::read(&path).expect("its file");
    drop(store);
    [fs::read(&path).expect("its file"), crashed]
}

/// What the store in this file has; or the code that refuses it. Then it must also go on working.
fn look(path: &Path, purge: bool) -> Result<Rows, Code> {
    let look = || {
        let store = RedbStore::open_existing(path)?;
        let rows = store.scan(None, usize::MAX)?;
        let (keys, ids): (Vec<_>, Vec<_>) = rows.iter().map(|(key, record)| (*key, record.id)).unzip();
        assert!(store.get(&keys)?.into_iter().zip(&rows).all(|(found, (_, record))| found == Some(*record)));
        assert!(store.locate(&ids)?.into_iter().zip(&rows).all(|(found, row)| found == Some(*row)));
        let new = (key(8, 8), record(251));
        assert_eq!(store.insert_if_absent(&[new])?, [Inserted::New]);
        if purge {
            store.purge()?;
        }
        assert_eq!(store.delete(&[new.0])?, 1);
        assert_eq!(store.scan(None, usize::MAX)?, rows);
        Ok(rows)
    };
    look().map_err(|error: pumice::Error| error.code())
}

fn written(folder: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("damaged.redb");
    fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn files_that_are_no_stores() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = b"{\"pumice\": 1}\n".to_vec();
    let zeros = vec![0; 100_000];
    let noise: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let magic = [b"redb\x1A\x0A\xA9\x0D\x0A".as_slice(), &noise].concat();
    for bytes in [Vec::new(), vec![0], text, zeros, noise, magic] {
        let path = written(&folder, &bytes);
        assert_eq!(RedbStore::open(&path).expect_err("no store").code(), Code::StoreDamaged);
        assert!(fs::read(&path).expect("it") == bytes, "it is left as it was");
    }
    assert_eq!(RedbStore::open(folder.path()).expect_err("a folder").code(), Code::StoreFailed);
    let missing = folder.path().join("none").join("store.redb");
    assert_eq!(RedbStore::open(missing).expect_err("no folder").code(), Code::StoreFailed);
    let missing = folder.path().join("none.redb");
    assert_eq!(RedbStore::open_existing(&missing).expect_err("none").code(), Code::StoreFailed);
    assert!(!missing.exists());
}

/// Databases of redb that are not ours, each unlike ours in one thing.
#[test]
fn databases_that_are_no_stores() {
    const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("pumice_subjects");
    const RECORDS: TableDefinition<'_, &[u8; 24], &[u8; 57]> = TableDefinition::new("records");
    const IDS: TableDefinition<'_, &[u8; 9], &[u8; 24]> = TableDefinition::new("ids");
    const SHORT: TableDefinition<'_, &[u8; 24], &[u8; 56]> = TableDefinition::new("records");
    const BYTES: TableDefinition<'_, &[u8; 9], &[u8]> = TableDefinition::new("ids");
    const MORE: TableDefinition<'_, u8, u8> = TableDefinition::new("more");
    const MANY: MultimapTableDefinition<'_, u8, u8> = MultimapTableDefinition::new("many");
    const MANY_IDS: MultimapTableDefinition<'_, &[u8; 9], &[u8; 24]> = MultimapTableDefinition::new("ids");

    let folder = tempfile::tempdir().expect("a folder");
    for (version, unlike) in [
        (Some(1), ""),
        (None, ""),
        (Some(0), ""),
        (Some(2), ""),
        (Some(1), "no records"),
        (Some(1), "no ids"),
        (Some(1), "rows too short"),
        (Some(1), "rows of any length"),
        (Some(1), "a table more"),
        (Some(1), "a multimap more"),
        (Some(1), "many keys of an id"),
        (Some(1), "a record without its id"),
        (Some(1), "an id without its record"),
        (Some(1), "nothing"),
    ] {
        let path = folder.path().join("other.redb");
        let database = Database::create(&path).expect("a database");
        let change = database.begin_write().expect("a transaction");
        if let Some(version) = version {
            change.open_table(ABOUT).expect("a table").insert("format", version).expect("a row");
        }
        match unlike {
            "no records" => {}
            "rows too short" => drop(change.open_table(SHORT).expect("a table")),
            _ => drop(change.open_table(RECORDS).expect("a table")),
        }
        match unlike {
            "no ids" => {}
            "rows of any length" => drop(change.open_table(BYTES).expect("a table")),
            "many keys of an id" => drop(change.open_multimap_table(MANY_IDS).expect("a table")),
            _ => drop(change.open_table(IDS).expect("a table")),
        }
        match unlike {
            "a table more" => drop(change.open_table(MORE).expect("a table")),
            "a multimap more" => drop(change.open_multimap_table(MANY).expect("a table")),
            "a record without its id" => {
                change.open_table(RECORDS).expect("a table").insert(&[1; 24], &[2; 57]).expect("a row");
            }
            "an id without its record" => {
                change.open_table(IDS).expect("a table").insert(&[1; 9], &[2; 24]).expect("a row");
            }
            _ => {}
        }
        if unlike == "nothing" {
            change.abort().expect("aborted");
        } else {
            change.commit().expect("committed");
        }
        drop(database);
        let expected =
            if version == Some(1) && unlike.is_empty() { Ok(Vec::new()) } else { Err(Code::StoreDamaged) };
        assert_eq!(look(&path, true), expected, "{version:?} {unlike}");
        fs::remove_file(&path).expect("removed");
    }
}

#[test]
fn files_cut_short() {
    let folder = tempfile::tempdir().expect("a folder");
    for bytes in sound(&folder) {
        let pages = (0..bytes.len()).step_by(4_096).flat_map(|at| [at, at + 1, at + 4_095]);
        let lengths: Vec<_> = (1..=64).chain([127, 128, 511, 512, 513]).chain(pages).collect();
        for length in lengths {
            let path = written(&folder, &bytes[..length.min(bytes.len() - 1)]);
            match look(&path, true) {
                // Only free pages were at the end.
                Ok(found) => assert_eq!(found, rows(), "cut to {length}"),
                Err(code) => assert_eq!(code, Code::StoreDamaged, "cut to {length}"),
            }
        }
    }
}

#[test]
fn closed_files_with_a_byte_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let [closed, _] = sound(&folder);
    change_bytes(&folder, &closed, |found| *found == rows());
}

#[test]
fn crashed_files_with_a_byte_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let [_, crashed] = sound(&folder);
    // The crash may have come within the last commit, a deletion; then the one before it holds.
    change_bytes(&folder, &crashed, |found| *found == rows() || found.len() == rows().len() + 1);
}

fn change_bytes(folder: &TempDir, sound: &[u8], right: impl Fn(&Rows) -> bool) {
    let (mut refused, mut unharmed) = (0, 0);
    let header = (0..336).map(|at| (at, if at % 3 == 0 { 0xFF } else { 1 << (at % 8) }));
    let pages = (512..sound.len()).step_by(499).map(|at| (at, 1 << (at % 8)));
    for (at, bits) in header.chain(pages) {
        let mut bytes = sound.to_vec();
        bytes[at] ^= bits;
        match look(&written(folder, &bytes), at % 8 == 0) {
            Ok(found) => {
                assert!(right(&found), "byte {at}: a wrong answer");
                unharmed += 1;
            }
            Err(code) => {
                assert_eq!(code, Code::StoreDamaged, "byte {at}");
                refused += 1;
            }
        }
    }
    assert!(refused > 50 && unharmed > 50, "{refused} refused, {unharmed} unharmed");
}
