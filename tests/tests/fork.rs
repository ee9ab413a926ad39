//! Two children of one process never seal with the same salt and iv, nor give a subject the same key, however warm the
//! parent was when it forked.

#[cfg(not(unix))]
fn main() {
    println!("nothing forks here");
}

#[cfg(unix)]
fn main() {
    unix::main();
}

#[cfg(unix)]
mod unix {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::{ForkResult, fork};
    use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore, Plain};
    use pumice::policy::Kind;
    use pumice::{Scrubber, Worker};
    use std::collections::HashSet;
    use std::io::{Read, Write, pipe};
    use std::sync::Arc;

    const ACCOUNT: &str = "AC1";
    const VALUES: usize = 250;
    const POLICY: &str = r#"{
        "pumice": 1, "account": "account", "subject": "subject",
        "fields": {
            "body": { "type": "text", "action": "encrypt" },
            "name": { "type": "text", "action": "encrypt", "key": "subject" },
            "email": { "type": "email", "action": "tokenize" }
        }
    }"#;

    fn string(text: &str) -> Plain<'_> {
        Plain::String(text.into())
    }

    /// Ciphertexts in every way there is, one a line, and at last a token of a subject that nobody has seen before.
    fn seal(keys: &Keys, worker: &mut Worker<'_>) -> String {
        let mut sealed = Vec::new();
        for _ in 0..VALUES {
            sealed.push(keys.encrypt(ACCOUNT, "field", &string("a value")).unwrap());
            sealed
                .push(keys.encrypt_with_subject_key(ACCOUNT, "known", "field", &string("a value")).unwrap());
        }
        let plains = vec![string("a value"); VALUES];
        sealed.extend(keys.encrypt_bulk(ACCOUNT, "field", &plains).into_iter().map(Result::unwrap));
        for _ in 0..VALUES {
            let mut out = Vec::new();
            let event =
                r#"{"account":"AC1","subject":"known","body":"b","name":"n","email":"ann@example.com"}"#;
            worker.scrub(event.as_bytes(), &mut out).unwrap();
            let event = String::from_utf8(out).unwrap();
            sealed.extend(event.split('"').filter(|text| text.starts_with("pum1")).map(str::to_owned));
        }
        assert_eq!(sealed.len(), 5 * VALUES);
        sealed.push(keys.tokenize(ACCOUNT, "new", Kind::Email, &string("ann@example.com")).unwrap());
        sealed.join("\n")
    }

    type SaltAndIv = (Vec<u8>, Vec<u8>);

    /// What each ciphertext was sealed with, and the token.
    fn drawn(sealed: &str) -> (Vec<SaltAndIv>, String) {
        let (texts, token) = sealed.rsplit_once('\n').unwrap();
        let drawn = texts.lines().map(|text| {
            let data = URL_SAFE_NO_PAD.decode(text).unwrap();
            let rest = &data[if data[4] & 1 == 1 { 30 } else { 21 }..];
            (rest[..12].to_vec(), rest[12..24].to_vec())
        });
        assert!(token.starts_with("ptk1"));
        (drawn.collect(), token.to_owned())
    }

    /// Whether no two processes drew the same: no pair twice, no iv twice, and no salt in two of them.
    fn are_unlike(processes: &[String]) -> bool {
        let (mut pairs, mut ivs, mut salts, mut tokens) =
            (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
        processes.iter().all(|sealed| {
            let (drawn, token) = drawn(sealed);
            let own: HashSet<_> = drawn.iter().map(|(salt, _)| salt.clone()).collect();
            drawn.into_iter().all(|pair| ivs.insert(pair.1.clone()) && pairs.insert(pair))
                && own.into_iter().all(|salt| salts.insert(salt))
                && tokens.insert(token)
        })
    }

    #[expect(unsafe_code, reason = "there is no safe fork")]
    fn in_a_child(run: impl FnOnce() -> String) -> (nix::unistd::Pid, std::io::PipeReader) {
        let (reader, mut writer) = pipe().unwrap();
        // SAFETY: this process has one thread.
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => (child, reader),
            ForkResult::Child => {
                drop(reader);
                writer.write_all(run().as_bytes()).unwrap();
                drop(writer);
                std::process::exit(0);
            }
        }
    }

    pub(super) fn main() {
        let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
        keyring.add(&[ACCOUNT]).unwrap();
        let keys = Arc::new(Keys::builder(keyring).store(Arc::new(MemoryStore::default())).build());
        let scrubber = Scrubber::builder(POLICY.as_bytes()).keys(keys.clone()).build().unwrap();
        let mut worker = scrubber.worker();
        // Everything is warm: a subject's key is known, randomness was drawn, the worker has its buffers.
        let before = seal(&keys, &mut worker);
        keys.forget(ACCOUNT, "new").unwrap();

        let children: Vec<_> = (0..2).map(|_| in_a_child(|| seal(&keys, &mut worker))).collect();
        let mut processes: Vec<String> = children
            .into_iter()
            .map(|(child, mut reader)| {
                let mut sealed = String::new();
                reader.read_to_string(&mut sealed).unwrap();
                assert_eq!(waitpid(child, None), Ok(WaitStatus::Exited(child, 0)));
                sealed
            })
            .collect();
        processes.push(seal(&keys, &mut worker));
        processes.push(before);
        assert!(are_unlike(&processes), "two processes drew the same");

        // One that draws what another has drawn is found out.
        for at in 0..processes.len() {
            let again = [&processes[..], &processes[at..=at]].concat();
            assert!(!are_unlike(&again));
        }
        println!("{} processes, {} values each, all unlike", processes.len(), 5 * VALUES);
    }
}
