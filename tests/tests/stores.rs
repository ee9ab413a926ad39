//! The store in memory, held to what every store must do.

use pumice::crypto::MemoryStore;

#[test]
fn the_store_in_memory_does_what_every_store_must() {
    conformance::stores::hold(&|| Box::new(MemoryStore::new()));
}
