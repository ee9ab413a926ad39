//! Makes a store with the subjects of a file of vectors, for faces that open stores: `vectors-store token subjects.redb`.

use conformance::keys;
use pumice::crypto::SubjectStore;
use pumice_redb::RedbStore;

fn main() -> Result<(), pumice::Error> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(path), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("vectors-store NAME FILE");
        std::process::exit(2);
    };
    RedbStore::open(path)?.insert_if_absent(&keys::records(&name)).map(drop)
}
