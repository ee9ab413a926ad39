//! The file of a store: who may read it, what is in it and what is not any more.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use conformance::stores::row;
use pumice::Code;
use pumice::crypto::{AccountTag, Record, RecordKey, SubjectStore};
use pumice_redb::RedbStore;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// Thirty subjects of each account, in the order of their keys.
fn rows(accounts: Range<u8>) -> Vec<(RecordKey, Record)> {
    let mut rows: Vec<_> = accounts
        .flat_map(|account| (0..30).map(move |at| (account, row(u64::from(account) * 30 + at))))
        .map(|(account, (mut key, record))| {
            key.0[..8].fill(account);
            (key, record)
        })
        .collect();
    rows.sort_by_key(|(key, _)| *key);
    rows
}

/// Which of a row's parts are in the file: its key, its id, the wrapped key.
fn found(path: &Path, (key, record): &(RecordKey, Record)) -> [bool; 3] {
    let bytes = fs::read(path).expect("the file");
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    [holds(&key.0), holds(&record.id.0), holds(&record.wrapped)]
}

#[test]
fn what_was_acknowledged_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let store = RedbStore::open(&path).expect("a new store");
    store.insert_if_absent(&rows(0..4)).expect("insert");
    store.delete_account(AccountTag([2; 8])).expect("delete");
    for _ in 0..2 {
        drop(RedbStore::open(&path).expect_err("it is open"));
    }
    drop(store);
    for purge in [false, true, false] {
        let store = RedbStore::open_existing(&path).expect("a store");
        assert_eq!(store.scan(None, usize::MAX).expect("scan"), [rows(0..2), rows(3..4)].concat());
        if purge {
            store.purge().expect("purge");
        }
    }
}

#[test]
fn purged_bytes_are_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let store = RedbStore::open(&path).expect("a new store");
    for rows in rows(0..6).chunks(20) {
        store.insert_if_absent(rows).expect("insert");
    }
    let rows = rows(0..6);
    assert!(rows.iter().all(|row| found(&path, row) == [true; 3]), "the file is not compressed");

    let one_by_one: Vec<_> = rows[..15].iter().map(|(key, _)| *key).collect();
    store.delete(&one_by_one).expect("delete");
    store.delete_account(AccountTag([4; 8])).expect("delete");
    let (dead, living): (Vec<_>, Vec<_>) =
        rows.iter().partition(|(key, _)| one_by_one.contains(key) || key.account() == AccountTag([4; 8]));
    assert_eq!(dead.len(), 45);
    let left = dead.iter().filter(|row| found(&path, row) != [false; 3]).count();
    assert!(left > 0, "without a purge, what was deleted stays in free pages");

    store.purge().expect("purge");
    for purged in [&path, &fs::canonicalize(&path).expect("its path")] {
        assert!(dead.iter().all(|row| found(purged, row) == [false; 3]), "a dead row is in the file");
        assert!(living.iter().all(|row| found(purged, row) == [true; 3]));
    }
    drop(store);
    assert!(dead.iter().all(|row| found(&path, row) == [false; 3]), "after it is closed too");
    let names: Vec<_> =
        fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("a name").path()).collect();
    assert_eq!(names, [path], "and nothing lies beside it");
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let mode = || fs::metadata(&path).expect("the file").permissions().mode() & 0o777;
    let store = RedbStore::open(&path).expect("a new store");
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
    store.purge().expect("purge");
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[test]
fn a_purge_leaves_a_link_to_the_file_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("elsewhere")).expect("a folder");
    let file = folder.path().join("elsewhere/store.redb");
    let link = folder.path().join("link.redb");
    RedbStore::open(&file).expect("a new store");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let store = RedbStore::open(&link).expect("the store");
    store.insert_if_absent(&rows(0..1)).expect("insert");
    store.delete(&[rows(0..1)[0].0]).expect("delete");
    store.purge().expect("purge");
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert_eq!(found(&file, &rows(0..1)[0]), [false; 3]);
    assert_eq!(RedbStore::open(&file).expect_err("it is open").code(), Code::StoreLocked);
    drop(store);

    let nowhere = folder.path().join("nowhere.redb");
    std::os::unix::fs::symlink(folder.path().join("none.redb"), &nowhere).expect("a link");
    assert_eq!(RedbStore::open(&nowhere).expect_err("a link to nothing").code(), Code::StoreFailed);
}

#[test]
fn what_an_interrupted_purge_left_goes_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let left = folder.path().join("store.redb.purge");
    drop(RedbStore::open(&path).expect("a new store"));
    fs::write(&left, [7; 9_000]).expect("written");
    let store = RedbStore::open(&path).expect("the store");
    assert!(!left.exists());
    fs::write(&left, [7; 9_000]).expect("written");
    store.purge().expect("a purge in the way of nothing");
    assert!(!left.exists());
}

/// A purge that fails changes nothing.
#[test]
fn a_purge_that_has_no_room_leaves_the_store_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let store = RedbStore::open(&path).expect("a new store");
    store.insert_if_absent(&rows(0..2)).expect("insert");
    // Nothing can be written under that name.
    fs::create_dir(folder.path().join("store.redb.purge")).expect("a folder");
    assert_eq!(store.purge().expect_err("no room").code(), Code::StoreFailed);
    assert_eq!(store.scan(None, usize::MAX).expect("scan"), rows(0..2));
    fs::remove_dir(folder.path().join("store.redb.purge")).expect("removed");
    store.purge().expect("purge");
    assert_eq!(store.scan(None, usize::MAX).expect("scan"), rows(0..2));
}

#[test]
fn it_prints_its_type_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = RedbStore::open(folder.path().join("store.redb")).expect("a new store");
    assert_eq!(format!("{store:?}"), "RedbStore(..)");
}
