//! Records and directories that are damaged, or none of ours: refused by their code; never a panic, never a wrong answer.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use conformance::stores::{key, record};
use pumice::Code;
use pumice::crypto::{AccountTag, Inserted, Record, RecordKey, SubjectStore};
use pumice_directory::DirectoryStore;
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

fn rows() -> Vec<(RecordKey, Record)> {
    (0..40).map(|at| (key(at / 20, at), record(at))).collect()
}

fn store(path: &Path) -> DirectoryStore {
    let store = DirectoryStore::open(path).expect("a new store");
    assert!(store.insert_if_absent(&rows()).expect("insert").iter().all(|answer| *answer == Inserted::New));
    store
}

/// The one file below `records` that has this subject's record.
fn file_of(path: &Path, subject: u8) -> PathBuf {
    let tag = format!("{:02x}", subject / 20).repeat(8);
    let byte = format!("{subject:02x}");
    let found = path.join("records").join(tag).join(&byte).join(byte.repeat(15));
    assert!(found.is_file());
    found
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, pumice::Error>) -> Code {
    answer.expect_err("refused").code()
}

#[test]
fn records_that_are_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let store = store(&path);
    let (file, other) = (file_of(&path, 7), file_of(&path, 8));
    let sound = fs::read(&file).expect("a record");
    let mut damages: Vec<Vec<u8>> = (0..sound.len()).map(|len| sound[..len].to_vec()).collect();
    damages.extend((0..sound.len() * 8).map(|bit| {
        let mut bytes = sound.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    }));
    damages.push([&sound[..], &[0]].concat());
    damages.push(vec![0; sound.len()]);
    damages.push(fs::read(&other).expect("another's record"));
    let count = damages.len();
    for damage in damages {
        fs::write(&file, &damage).expect("written");
        assert_eq!(refusal(store.get(&[key(0, 6), key(0, 7)])), Code::StoreDamaged);
        assert_eq!(refusal(store.locate(&[record(7).id])), Code::StoreDamaged);
        assert_eq!(refusal(store.insert_if_absent(&[(key(0, 7), record(200))])), Code::StoreDamaged);
        assert_eq!(refusal(store.scan(None, usize::MAX)), Code::StoreDamaged);
        assert_eq!(store.get(&[key(0, 6), key(0, 8)]).expect("others"), [Some(record(6)), Some(record(8))]);
    }
    println!("{count} damages");
    store.purge().expect("a purge goes around it");
    assert_eq!(store.delete(&[key(0, 7)]).expect("it can be forgotten"), 1);
    assert_eq!(store.locate(&[record(7).id]).expect("locate"), [None]);
    assert_eq!(store.scan(None, usize::MAX).expect("scan").len(), 39);
    assert_eq!(store.insert_if_absent(&[(key(0, 7), record(201))]).expect("insert"), [Inserted::New]);
    store.purge().expect("purge");
    assert!(!path.join("ids/07").exists(), "the id that led to it is gone");
}

#[test]
fn records_that_are_no_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let store = store(&path);
    let file = file_of(&path, 7);
    fs::remove_file(&file).expect("removed");
    fs::create_dir(&file).expect("a folder");
    assert_eq!(refusal(store.get(&[key(0, 7)])), Code::StoreDamaged);
    fs::remove_dir(&file).expect("removed");
    // Removed by hand: as if it were forgotten.
    assert_eq!(store.get(&[key(0, 7)]).expect("get"), [None]);
    assert_eq!(store.locate(&[record(7).id]).expect("locate"), [None]);
    assert_eq!(store.insert_if_absent(&[(key(0, 7), record(201))]).expect("insert"), [Inserted::New]);
    assert_eq!(
        store.locate(&[record(7).id]).expect("locate"),
        [None],
        "the old id does not find the new record"
    );
}

#[test]
fn links_that_lead_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let store = store(&path);
    let link = path.join("ids/07").join("07".repeat(8));
    assert!(fs::symlink_metadata(&link).expect("a link").file_type().is_symlink());
    for to in ["/etc/passwd", "..", "../../records", "../../records/x/y/z", "07"] {
        fs::remove_file(&link).expect("removed");
        symlink(to, &link).expect("a link");
        assert_eq!(refusal(store.locate(&[record(7).id])), Code::StoreDamaged, "{to}");
    }
    fs::remove_file(&link).expect("removed");
    fs::write(&link, b"no link").expect("written");
    assert_eq!(refusal(store.locate(&[record(7).id])), Code::StoreFailed);
}

#[test]
fn names_that_are_none_of_ours() {
    for name in [
        "records/x",
        "records/0000000000000000/xy",
        "records/0000000000000000/00/x",
        "records/0101010101010101/14/00",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("subjects");
        let store = store(&path);
        fs::write(path.join(name), b"").expect("written");
        assert_eq!(refusal(store.scan(None, usize::MAX)), Code::StoreDamaged, "{name}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let store = store(&path);
    // What a network's file system keeps of files that are still read.
    for name in [".nfs0001", "records/.nfs0001", "records/0000000000000000/00/.nfs0001", "ids/.x", "new/.x"] {
        fs::write(path.join(name), b"").expect("written");
    }
    assert_eq!(store.scan(None, usize::MAX).expect("scan"), rows());
    assert_eq!(store.delete_account(AccountTag([0; 8])).expect("delete"), 20);
    store.purge().expect("purge");
}

#[test]
fn directories_that_are_no_stores() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    assert_eq!(refusal(DirectoryStore::open_existing(&path)), Code::StoreFailed);
    assert!(!path.exists());
    assert_eq!(refusal(DirectoryStore::open(folder.path().join("none/subjects"))), Code::StoreFailed);
    fs::create_dir(&path).expect("a folder");
    assert_eq!(refusal(DirectoryStore::open_existing(&path)), Code::StoreFailed);
    fs::write(path.join("holiday.jpg"), b"").expect("written");
    assert_eq!(refusal(DirectoryStore::open(&path)), Code::StoreDamaged);
    assert_eq!(fs::read_dir(&path).expect("it").count(), 1, "it is left as it was");
    fs::remove_file(path.join("holiday.jpg")).expect("removed");
    let file = folder.path().join("file");
    fs::write(&file, b"").expect("written");
    assert_eq!(refusal(DirectoryStore::open(&file)), Code::StoreFailed);
    // Made in part: it is made whole.
    fs::create_dir(path.join("ids")).expect("a folder");
    drop(DirectoryStore::open(&path).expect("a store"));
    let mark = path.join("pumice-subjects");
    let text = fs::read(&mark).expect("its mark");
    for other in [
        b"".to_vec(),
        b"pumice".to_vec(),
        [&text[..], b"1"].concat(),
        String::from_utf8(text.clone()).expect("text").replace('1', "2").into_bytes(),
    ] {
        fs::write(&mark, other).expect("written");
        assert_eq!(refusal(DirectoryStore::open(&path)), Code::StoreDamaged);
        assert_eq!(refusal(DirectoryStore::open_existing(&path)), Code::StoreDamaged);
    }
    fs::write(&mark, text).expect("written");
    drop(DirectoryStore::open_existing(&path).expect("a store"));
}

/// An unmounted file system leaves an empty directory, or none.
#[test]
fn a_store_that_is_gone_is_not_an_empty_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let store = store(&path);
    for mount_point in [false, true] {
        fs::rename(&path, folder.path().join("unmounted")).expect("moved");
        if mount_point {
            fs::create_dir(&path).expect("a folder");
        }
        assert_eq!(refusal(store.get(&[key(0, 7)])), Code::StoreFailed);
        assert_eq!(refusal(store.locate(&[record(7).id])), Code::StoreFailed);
        assert_eq!(refusal(store.insert_if_absent(&[(key(0, 7), record(200))])), Code::StoreFailed);
        assert_eq!(refusal(store.delete(&[key(0, 7)])), Code::StoreFailed);
        assert_eq!(refusal(store.delete_account(AccountTag([0; 8]))), Code::StoreFailed);
        assert_eq!(refusal(store.scan(None, 1)), Code::StoreFailed);
        assert_eq!(refusal(store.purge()), Code::StoreFailed);
        if mount_point {
            assert_eq!(fs::read_dir(&path).expect("it").count(), 0, "nothing was made there");
            fs::remove_dir(&path).expect("removed");
        }
        fs::rename(folder.path().join("unmounted"), &path).expect("moved");
        assert_eq!(store.scan(None, usize::MAX).expect("scan"), rows());
    }
}

#[test]
fn only_the_owner_may_look() {
    fn look(path: &Path, seen: &mut [u32; 3]) {
        let about = fs::symlink_metadata(path).expect("it");
        let mode = about.permissions().mode() & 0o777;
        if about.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            fs::read_dir(path).expect("it").for_each(|entry| look(&entry.expect("it").path(), seen));
            seen[0] += 1;
        } else if about.is_file() {
            assert_eq!(mode, 0o600, "{}", path.display());
            seen[1] += 1;
        } else {
            assert!(about.file_type().is_symlink() && !about.file_type().is_fifo());
            seen[2] += 1;
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    drop(store(&path));
    let mut seen = [0; 3];
    look(&path, &mut seen);
    assert_eq!(seen[1..], [41, 40], "records and the mark, and links");
}

/// No byte of a deleted record is in any file, be it that its insertion was cut short.
#[test]
fn what_was_deleted_is_in_no_file() {
    fn bytes(path: &Path, all: &mut Vec<u8>) {
        for entry in fs::read_dir(path).expect("it") {
            let path = entry.expect("it").path();
            all.extend(path.to_str().expect("a name").bytes());
            if path.is_symlink() {
                all.extend(fs::read_link(&path).expect("it").to_str().expect("a name").bytes());
            } else if path.is_dir() {
                bytes(&path, all);
            } else {
                all.extend(fs::read(&path).expect("it"));
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("subjects");
    let store = DirectoryStore::open(&path).expect("a new store");
    let rows: Vec<_> = (0..20).map(conformance::stores::row).collect();
    store.insert_if_absent(&rows).expect("insert");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (key, record) in &rows[..10] {
        // As if its writer had been killed before the end.
        let [tag, shard, rest] = [&key.0[..8], &key.0[8..9], &key.0[9..]].map(hex);
        let file = path.join("records").join(tag).join(shard).join(rest);
        fs::hard_link(file, path.join("new").join(hex(&record.id.0))).expect("a second name");
    }
    let keys: Vec<_> = rows[5..15].iter().map(|(key, _)| *key).collect();
    assert_eq!(store.delete(&keys).expect("delete"), 10);
    let mut all = Vec::new();
    bytes(&path, &mut all);
    let holds = |part: &[u8]| all.windows(part.len()).any(|found| found == part);
    for (at, (key, record)) in rows.iter().enumerate() {
        let lives = !(5..15).contains(&at);
        assert_eq!(holds(&record.wrapped), lives);
        assert_eq!(holds(&record.id.0), lives);
        assert_eq!(holds(&key.0), lives);
        assert_eq!(holds(&hex(&record.id.0[1..]).into_bytes()), lives);
        assert_eq!(holds(&hex(&key.0[9..]).into_bytes()), lives);
    }
    // Who reads the others ends what was begun.
    store.get(&rows[..5].iter().map(|(key, _)| *key).collect::<Vec<_>>()).expect("get");
    assert_eq!(fs::read_dir(path.join("new")).expect("it").count(), 0);
}

#[test]
fn it_prints_its_type_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = DirectoryStore::open(folder.path().join("subjects")).expect("a new store");
    assert_eq!(format!("{store:?}"), "DirectoryStore(..)");
}
