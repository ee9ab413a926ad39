//! The directory store held to what every store must do.

use pumice_directory::DirectoryStore;
use std::cell::Cell;

#[test]
fn does_what_every_store_must() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Cell::new(0);
    conformance::stores::hold(&|| {
        made.set(made.get() + 1);
        let path = folder.path().join(made.get().to_string());
        Box::new(DirectoryStore::open(path).expect("a new store"))
    });
}
