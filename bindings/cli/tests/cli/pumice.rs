//! Runs the built command in a folder of its own; knows nothing of what it should answer.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use tempfile::TempDir;

/// A phone to be masked, an address to be refused unless it is one, and the rest left alone.
pub(crate) const POLICY: &str = r#"{
  "pumice": 1, "name": "sample", "version": 1,
  "fields": {
    "phone": "phone",
    "user.email": { "type": "email", "on_invalid": "fail" },
    "note": { "type": "text" }
  }
}"#;

/// What no message may hold: the tests put it into every event that goes wrong.
pub(crate) const CANARY: &str = "kanarienvogel";

pub(crate) struct House {
    folder: TempDir,
}

pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl House {
    pub(crate) fn new() -> House {
        let house = House { folder: tempfile::tempdir().unwrap() };
        house.file("policy.json", POLICY);
        house
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names in the folder, without the policy.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "policy.json");
        names.sort();
        names
    }

    pub(crate) fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pumice"));
        command.args(args).current_dir(self.folder.path());
        command
    }

    /// The same in a shell, with the command's path as `$pumice`.
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(self.folder.path());
        command.env("pumice", env!("CARGO_BIN_EXE_pumice"));
        run(command, b"")
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(self.command(args), b"")
    }

    /// `pumice scrub --policy policy.json` and these arguments, with this stdin.
    pub(crate) fn scrub(&self, args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
        run(self.command(["scrub", "--policy", "policy.json"].iter().chain(args)), stdin.as_ref())
    }

    /// `pumice scrub --policy policy.json` and these arguments, left running, with pipes.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(["scrub", "--policy", "policy.json"].iter().chain(args));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn verify(&self, args: &[&str]) -> Ran {
        self.run(&[&["verify", "--policy", "policy.json"], args].concat())
    }
}

impl Ran {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// It ended so, said these things on stderr, and nothing of an event.
    #[track_caller]
    pub(crate) fn fails(&self, exit: i32, said: &[&str]) -> &Self {
        assert_eq!(self.exit, Some(exit), "{}", self.stderr);
        for part in said {
            assert!(self.stderr.contains(part), "{part:?} is not in {:?}", self.stderr);
        }
        assert!(!self.stderr.contains(CANARY), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// It ended well, and said nothing on stderr.
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!((self.exit, self.stderr.as_str()), (Some(0), ""));
        self
    }
}

fn run(mut command: Command, stdin: &[u8]) -> Ran {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let writer = thread::spawn(move || match pipe.write_all(&stdin) {
        // The command may end before it has read all.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => panic!("{error}"),
        _ => {}
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Ran { exit: output.status.code(), stdout: output.stdout, stderr }
}

/// So many events, each telling its number, and what a scrub makes of them.
pub(crate) fn events(count: usize) -> (String, String) {
    let line = |number: usize, phone: &str| format!("{{\"number\":{number},\"phone\":\"{phone}\"}}\n");
    let raw = (0..count).map(|number| line(number, "+14155550132")).collect();
    (raw, (0..count).map(|number| line(number, "+1415555XXXX")).collect())
}
