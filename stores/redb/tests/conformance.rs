//! The redb store held to what every store must do.

use pumice_redb::RedbStore;
use std::cell::Cell;

#[test]
fn does_what_every_store_must() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Cell::new(0);
    conformance::stores::hold(&|| {
        made.set(made.get() + 1);
        Box::new(RedbStore::open(folder.path().join(format!("{}.redb", made.get()))).expect("a new store"))
    });
}
