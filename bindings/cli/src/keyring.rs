//! `pumice keyring`: makes, changes and lists a keyring, one writer at a time; never prints a key.

use crate::destination::{Destination, Leftovers, Readers, resolve};
use crate::failure::{Failure, counted, in_file, print};
use crate::keys::{self, NewRoot, Root};
use clap::Subcommand;
use pumice::Error;
use pumice::crypto::{Keyring, LocalRoot};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Make, change and list a keyring: the wrapped keys of all accounts.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a keyring without accounts. One that is there is never overwritten.
    Init {
        #[command(flatten)]
        place: Place,
        /// Make a new root key, and write it to --root-key-file, which must not be there yet.
        // Where options exclude one another, clap lets a requirement pass.
        #[arg(long, conflicts_with_all = ["root_key_env", "passphrase_file", "passphrase_env"])]
        make_root_key: bool,
    },
    /// Give accounts their keys: all of them, or none if one cannot be added.
    Add {
        #[command(flatten)]
        existing: Existing,
        #[arg(required = true, value_name = "ACCOUNT")]
        accounts: Vec<String>,
    },
    /// Give an account a new primary key. What older ones sealed still opens.
    Rotate {
        #[command(flatten)]
        existing: Existing,
        account: String,
    },
    /// Put all keys under another root. The keys themselves stay.
    Rewrap {
        #[command(flatten)]
        existing: Existing,
        #[command(flatten)]
        new_root: NewRoot,
        /// Make a new root key, and write it to --new-root-key-file, which must not be there yet.
        #[arg(long, conflicts_with_all = ["new_root_key_env", "new_passphrase_file", "new_passphrase_env"])]
        make_root_key: bool,
    },
    /// List the accounts with their keys' versions, states and public names: a line of JSON each.
    List {
        #[command(flatten)]
        existing: Existing,
    },
    /// Destroy all keys of an account: nothing that they sealed can be read again.
    ///
    /// Copies of the file that still have the keys, as backups do, must be destroyed too. The records of its subjects stay in
    /// their store, where they open nothing; `pumice forget --account` takes them out too.
    Forget {
        #[command(flatten)]
        existing: Existing,
        account: String,
    },
}

/// Where a keyring is, and under which root.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The keyring's file. Beside it, FILE.lock keeps writers apart.
    #[arg(long, value_name = "FILE", requires = "Root")]
    keyring: PathBuf,
    #[command(flatten)]
    root: Root,
}

/// A keyring that is there.
#[derive(clap::Args)]
pub(crate) struct Existing {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Refuse a keyring with a lower sequence number: an older copy.
    #[arg(long, value_name = "N")]
    keyring_at_least: Option<u64>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.verb {
        Verb::Init { place, make_root_key } => {
            place.init(place.root.root_key_file.as_deref().filter(|_| *make_root_key))
        }
        Verb::Add { existing, accounts } => {
            let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
            existing.change(|keyring| {
                keyring.add(&accounts)?;
                Ok(format!("{} added", counted(count(accounts.len()), "account")))
            })
        }
        Verb::Rotate { existing, account } => {
            existing.change(|keyring| Ok(format!("version {} is primary", keyring.rotate(account)?)))
        }
        Verb::Rewrap { existing, new_root, make_root_key } => {
            existing.rewrap(new_root, new_root.new_root_key_file.as_deref().filter(|_| *make_root_key))
        }
        Verb::List { existing } => existing.list(),
        Verb::Forget { existing, account } => existing
            .change(|keyring| Ok(format!("{} destroyed", counted(keyring.forget_account(account)?, "key")))),
    }
}

impl Place {
    fn init(&self, new_key: Option<&Path>) -> Result<(), Failure> {
        let _lock = self.lock()?;
        if fs::symlink_metadata(&self.keyring).is_ok() {
            return Err(self.unusable(&io::ErrorKind::AlreadyExists.into()));
        }
        make_root_key(new_key)?;
        let root = self.root.secret()?.make()?;
        let keyring = Keyring::make(root).map_err(|error| in_file(&self.keyring, &error))?;
        self.write(&keyring, "made")
    }

    /// Held while a keyring is read, changed and written, so that of two writers one waits: the file itself is replaced,
    /// and no lock of it would last.
    fn lock(&self) -> Result<File, Failure> {
        let mut path = resolve(&self.keyring).into_os_string();
        path.push(".lock");
        let locked = private().create(true).open(path).and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| self.unusable(&error))
    }

    /// Writes it, and says what was done, with the number to remember for --keyring-at-least.
    pub(crate) fn write(&self, keyring: &Keyring, done: &str) -> Result<(), Failure> {
        let leftovers = Leftovers::new();
        leftovers.remove_on_interrupt();
        let mut file = Destination::file(&self.keyring, Readers::Owner, &leftovers)?;
        file.write(&keyring.to_bytes())?;
        file.finish()?;
        let name = self.keyring.display();
        sync_folder(&resolve(&self.keyring)).map_err(|error| Failure::io(&name.to_string(), &error))?;
        print(&format!("{name}: {done}, sequence {}\n", keyring.sequence()))
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        Failure::unusable(&self.keyring, error)
    }
}

impl Existing {
    fn change(&self, change: impl FnOnce(&mut Keyring) -> Result<String, Error>) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let mut keyring = self.open()?;
        let done = change(&mut keyring).map_err(|error| in_file(&self.place.keyring, &error))?;
        self.place.write(&keyring, &done)
    }

    fn rewrap(&self, new_root: &NewRoot, new_key: Option<&Path>) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let mut keyring = self.open()?;
        make_root_key(new_key)?;
        let root = new_root.secret()?.make()?;
        keyring.rewrap(root).map_err(|error| in_file(&self.place.keyring, &error))?;
        self.place.write(&keyring, "rewrapped")
    }

    fn list(&self) -> Result<(), Failure> {
        let keyring = self.open()?;
        let lines = keyring.accounts().map(|account| {
            let keys = account.keys.iter().map(
                |key| json!({ "version": key.version, "state": key.state.as_str(), "kid": key.kid_text() }),
            );
            let token_roots = account.token_roots.iter().map(|root| {
                json!({ "version": root.version, "state": root.state.as_str(), "tag": root.tag_text() })
            });
            let (keys, token_roots) = (keys.collect::<Vec<_>>(), token_roots.collect::<Vec<_>>());
            format!("{}\n", json!({ "account": account.account, "keys": keys, "token_roots": token_roots }))
        });
        print(&lines.collect::<String>())
    }

    pub(crate) fn open(&self) -> Result<Keyring, Failure> {
        keys::open(&self.place.keyring, &self.place.root.secret()?, self.keyring_at_least)
    }

    /// A name that is mistyped leaves no lock behind.
    pub(crate) fn lock(&self) -> Result<File, Failure> {
        fs::metadata(&self.place.keyring).map_err(|error| self.place.unusable(&error))?;
        self.place.lock()
    }
}

/// Writes a new root key where none is. It is on the disk before a keyring is under it.
fn make_root_key(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let root = LocalRoot::make().map_err(|error| in_file(path, &error))?;
    let mut file = private().create_new(true).open(path).map_err(|error| Failure::unusable(path, &error))?;
    let written = file.write_all(root.to_text().as_bytes()).and_then(|()| file.write_all(b"\n"));
    written
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(path))
        .map_err(|error| Failure::io(&path.display().to_string(), &error))
}

/// For a file that its owner alone may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A key that an account was given must not be gone after a crash: the name of its file is durable too.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
