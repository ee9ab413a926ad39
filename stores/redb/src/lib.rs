//! Wrapped subject keys of pumice in one file: the store to embed.
//!
//! ```
//! use pumice::crypto::SubjectStore;
//! use pumice_redb::RedbStore;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("subjects.redb");
//! let store = RedbStore::open(&path)?;
//! assert_eq!(store.scan(None, 10)?, []);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | it guarantees | it does not |
//! |---|---|
//! | What a call acknowledged is on the disk, as far as the disk keeps its word after `fsync`. | |
//! | A process may be killed, and the machine may stop, at any moment: nothing acknowledged is lost, and each call was done whole or not at all. | |
//! | One process at a time has the file; another is told `store_locked`, and so is the child of a fork. In that process any number of threads share it. | Many processes at once. For them a store is a server, behind the same trait. |
//! | [`open`](RedbStore::open) reads the whole file, and finds what was damaged since it was closed: `store_damaged`. After a crash within a commit that was not acknowledged, the commit before it holds. | Damage that someone made on purpose, with right checksums, or that comes while the file is open. Of that, what makes redb panic is `store_damaged` too, unless the program was built to abort on panics; the rest is found out when a key does not unwrap. |
//! | After [`purge`](pumice::crypto::SubjectStore::purge) the file has no byte of what was deleted. It is written anew beside the old one, and takes its place in one step. | What lies outside the file: backups, snapshots, other hard links, journals, blocks that the disk set aside. A deleted record there is still wrapped by its account's token root: who must be sure destroys that. |
//! | Only the file's owner may read it, if the store made it or purged it last, on Unix. | Secrecy by itself: every key in it is wrapped, and no subject is named. |
//!
//! Threads that write at the same time share one commit. A purge lets writers wait, and readers go on. It needs room for a
//! second file of living records.

mod failure;
mod file;
mod rows;
mod store;
mod turns;

pub use store::RedbStore;
