//! Wrapped subject keys of pumice in a directory, a small file each: the store that many processes share.
//!
//! ```
//! use pumice::crypto::SubjectStore;
//! use pumice_directory::DirectoryStore;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("subjects");
//! let store = DirectoryStore::open(&path)?;
//! let beside = DirectoryStore::open(&path)?;
//! assert_eq!(store.scan(None, 10)?, beside.scan(None, 10)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | it guarantees | it does not |
//! |---|---|
//! | Any number of processes and threads use it at once, and forks of them; none waits for another. Of two that insert the same subject, both get the one record. | Speed alone in one process: each new record waits for the disk. There `pumice-redb` is quicker. |
//! | What a call acknowledged is on the disk, as far as the disk keeps its word after `fsync`; so is what a call found there. | |
//! | A process may be killed, and the machine may stop, at any moment: no record is ever seen half-written, and nothing acknowledged is lost. | A batch that is cut short may be done in part; what is done of it is whole. |
//! | A record that was damaged is `store_damaged`, when it is read: each has a SHA-256. It can be deleted all the same. | Records that someone removed by hand are as if they were forgotten, and so are those whose link under `ids` was removed. |
//! | A deleted record has no name any more once the call comes back, and no byte of it is in any file of the store. [`purge`](pumice::crypto::SubjectStore::purge) clears away what insertions that were cut short have left for an hour: records that were never acknowledged, ids that lead nowhere, empty directories. | What lies outside: backups, snapshots, journals, blocks that the disk set aside or has not written over. A deleted record there is still wrapped by its account's token root: who must be sure destroys that. |
//! | Only the owner may look into the directory that the store made (0700), and read its files (0600), on Unix. Names of files are keyed codes: they tell no subject and no account. | Secrecy by itself: every key in it is wrapped. How many accounts there are, how many subjects in each, and when they came, is seen by who may look. |
//!
//! It stands on a POSIX file system: hard links (the step that lets one of two win), symbolic links, `fsync` of directories.
//! Elsewhere, Windows too, a first insertion answers `store_failed`. On a machine's own disk (ext4, XFS, btrfs, APFS, ZFS) that is all.
//!
//! Of shared file systems:
//!
//! - NFS, versions 3 and 4: the server decides who comes first; an answer that was lost and asked for again does no harm. Clients
//!   remember for a while what was not there: mount with `lookupcache=positive`, or a token may for up to a minute be
//!   `forgotten` on a machine that looked for its key just before another made it. Export with `sync`. A file that is
//!   deleted while a process of the same client reads it stays as `.nfs…` until that process is done.
//! - CephFS, GlusterFS, Lustre, GPFS, EFS and what else keeps to POSIX: the same.
//! - Buckets that look like a file system (s3fs, gcsfuse, DBFS): no. They have no hard links.
//!
//! A store whose file system was unmounted answers `store_failed`, not that its records are gone.
//!
//! Each record takes a file of 121 bytes and a link, on most file systems a block of 4 KiB or two. To back it up, copy `records` and `ids` with links kept
//! as links (`cp -a`, `rsync -a`, `tar`); a copy has every key that is deleted later.

mod abreast;
mod disk;
mod layout;
mod offer;
mod record;
mod store;
mod sweep;

pub use store::DirectoryStore;
