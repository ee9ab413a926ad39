//! Values sealed and opened, beside the bare primitives: answers are checked first, then all run in turns.

use crate::race::{Rounds, Turns};
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use aes_siv::siv::Aes256Siv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore, Plain};
use pumice::policy::Kind;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

const ACCOUNT: &str = "ACed1149090df77454d4cdfe1b5627c1f93";
const FIELD: &str = "message.body";
const SUBJECT: &str = "user-1";
/// Values of one bulk call.
const VALUES: usize = 2_000;
const SIZES: [usize; 3] = [32, 256, 4_096];

/// What stands before the ciphertext in a value of ours, without its iv.
const HEADER_BYTES: usize = 33;

/// aes-gcm with its key at hand: seals, and spells as many bytes as we do.
struct Bare {
    cipher: Aes256Gcm,
    bound: Vec<u8>,
    count: u64,
}

impl Bare {
    fn new(bound: Vec<u8>) -> Self {
        Bare { cipher: Aes256Gcm::new(&[7; 32].into()), bound, count: 0 }
    }

    fn seal(&mut self, plain: &[u8]) -> String {
        self.count += 1;
        let mut iv = [0; 12];
        iv[..8].copy_from_slice(&self.count.to_le_bytes());
        let mut raw = Vec::with_capacity(HEADER_BYTES + 12 + plain.len() + 16);
        raw.extend_from_slice(&[0xA6; HEADER_BYTES]);
        raw.extend_from_slice(&iv);
        raw.extend_from_slice(plain);
        let text = (&mut raw[HEADER_BYTES + 12..]).into();
        let tag = self.cipher.encrypt_inout_detached(&Nonce::from(iv), &self.bound, text).unwrap();
        raw.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(raw)
    }

    fn open(&self, text: &str) -> Vec<u8> {
        let raw = URL_SAFE_NO_PAD.decode(text).unwrap();
        let (head, tag) = raw.split_last_chunk::<16>().unwrap();
        let (iv, text) = head[HEADER_BYTES..].split_first_chunk::<12>().unwrap();
        let mut plain = text.to_vec();
        let nonce = Nonce::from(*iv);
        self.cipher
            .decrypt_inout_detached(&nonce, &self.bound, plain.as_mut_slice().into(), tag.into())
            .unwrap();
        plain
    }
}

/// aes-siv with its key at hand: seals one value, padded as ours is.
struct BareSiv(Aes256Siv);

impl BareSiv {
    fn seal(&mut self, bound: &[u8], plain: &[u8]) -> ([u8; 16], Vec<u8>) {
        let mut text = plain.to_vec();
        let iv = self.0.encrypt_inout_detached([bound], text.as_mut_slice().into()).unwrap();
        (iv.into(), text)
    }
}

pub fn measure(rounds: Rounds) {
    let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
    keyring.add(&[ACCOUNT]).unwrap();
    let keys = Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build();
    println!("\nKeys: ns for one value; {VALUES} values in a bulk call");
    for size in SIZES {
        envelopes(&keys, size, rounds);
    }
    python();
    for size in SIZES {
        tokens(&keys, size, rounds);
    }
}

fn values(size: usize) -> Vec<Plain<'static>> {
    // Small values many times, large ones a few.
    let many = (VALUES * 256 / size.max(256)).max(100);
    (0..many).map(|at| Plain::String(format!("{at:0size$}").into())).collect()
}

fn envelopes(keys: &Keys, size: usize, rounds: Rounds) {
    let plains = values(size);
    // As many bytes as we bind: header and salt, account, field.
    let bound = vec![1; HEADER_BYTES + 2 + ACCOUNT.len() + 2 + FIELD.len()];
    let mut bare = Bare::new(bound);
    let mut unbound = Bare::new(Vec::new());

    let sealed: Vec<_> = keys.encrypt_bulk(ACCOUNT, FIELD, &plains).into_iter().map(Result::unwrap).collect();
    let points: Vec<_> = plains.iter().map(|plain| keys.encrypt(ACCOUNT, FIELD, plain).unwrap()).collect();
    let bares: Vec<_> = plains.iter().map(|plain| bare.seal(plain.as_bytes())).collect();
    for at in 0..plains.len() {
        assert_eq!(sealed[at].len(), bares[at].len());
        assert_eq!(bare.open(&bares[at]), plains[at].as_bytes());
        assert_eq!(keys.decrypt(&points[at], ACCOUNT, FIELD).unwrap(), plains[at]);
    }
    let opened = keys.decrypt_bulk(ACCOUNT, FIELD, &sealed);
    assert!(opened.iter().zip(&plains).all(|(opened, plain)| opened.as_ref() == Ok(plain)));

    let open_bare = Bare::new(bare.bound.clone());
    let mut turns = Turns::new(plains.len());
    turns.enter("aes-gcm seal, base64", || {
        for plain in &plains {
            black_box(bare.seal(black_box(plain.as_bytes())));
        }
    });
    turns.enter("the same, nothing bound", || {
        for plain in &plains {
            black_box(unbound.seal(black_box(plain.as_bytes())));
        }
    });
    turns.enter("encrypt_bulk", || drop(black_box(keys.encrypt_bulk(ACCOUNT, FIELD, black_box(&plains)))));
    turns.enter("encrypt", || {
        for plain in &plains {
            black_box(keys.encrypt(ACCOUNT, FIELD, black_box(plain)).unwrap());
        }
    });
    turns.enter("encrypt_with_subject_key", || {
        for plain in &plains {
            black_box(keys.encrypt_with_subject_key(ACCOUNT, SUBJECT, FIELD, black_box(plain)).unwrap());
        }
    });
    turns.enter("base64, aes-gcm open", || {
        for text in &bares {
            black_box(open_bare.open(black_box(text)));
        }
    });
    turns.enter("decrypt_bulk, one salt", || {
        drop(black_box(keys.decrypt_bulk(ACCOUNT, FIELD, black_box(&sealed))));
    });
    turns.enter("decrypt_bulk, a salt each", || {
        drop(black_box(keys.decrypt_bulk(ACCOUNT, FIELD, black_box(&points))));
    });
    turns.enter("decrypt", || {
        for text in &points {
            black_box(keys.decrypt(black_box(text), ACCOUNT, FIELD).unwrap());
        }
    });
    turns.run(rounds);
    println!("\n{size} bytes");
    turns.print();
    let most = |most| (size == 32).then_some(most);
    turns.ratio("encrypt_bulk", "aes-gcm seal, base64", most(1.6));
    turns.ratio("encrypt", "aes-gcm seal, base64", most(6.0));
    turns.ratio("decrypt_bulk, one salt", "base64, aes-gcm open", None);
    turns.ratio("decrypt", "base64, aes-gcm open", None);
}

fn tokens(keys: &Keys, size: usize, rounds: Rounds) {
    let plains = values(size);
    let subjects: Vec<_> = (0..plains.len()).map(|at| format!("user-{at}")).collect();
    let one: Vec<_> = plains.iter().map(|plain| (SUBJECT, plain.clone())).collect();
    let each: Vec<_> = subjects.iter().map(String::as_str).zip(plains.iter().cloned()).collect();
    let bound = vec![1; 9 + 9 + 2 + ACCOUNT.len()];
    let mut bare = BareSiv(Aes256Siv::new(&[7; 64].into()));
    // A value of a step's length takes the next step.
    let mut padded = vec![0; size * 3 / 2];

    let tokens = |rows: &[(&str, Plain<'_>)]| -> Vec<String> {
        keys.tokenize_bulk(ACCOUNT, Kind::Text, rows).into_iter().map(Result::unwrap).collect()
    };
    let (of_one, of_each) = (tokens(&one), tokens(&each));
    for (tokens, rows) in [(&of_one, &one), (&of_each, &each)] {
        for (token, (subject, plain)) in tokens.iter().zip(rows) {
            assert_eq!(token.len(), ((34 + padded.len()) * 4).div_ceil(3));
            assert_eq!(keys.tokenize(ACCOUNT, subject, Kind::Text, plain).as_ref(), Ok(token));
            assert_eq!(keys.detokenize(token).as_ref(), Ok(plain));
        }
    }

    let mut turns = Turns::new(plains.len());
    turns.enter("aes-siv seal", || {
        for plain in &plains {
            padded[..size].copy_from_slice(plain.as_bytes());
            black_box(bare.seal(&bound, black_box(&padded)));
        }
    });
    turns.enter("tokenize_bulk, one subject", || drop(black_box(tokens(black_box(&one)))));
    turns.enter("tokenize_bulk, a subject each", || drop(black_box(tokens(black_box(&each)))));
    turns.enter("tokenize, one subject", || {
        for (subject, plain) in &one {
            black_box(keys.tokenize(ACCOUNT, subject, Kind::Text, black_box(plain)).unwrap());
        }
    });
    turns.enter("detokenize_bulk, one subject", || drop(black_box(keys.detokenize_bulk(black_box(&of_one)))));
    turns.enter("detokenize_bulk, a subject each", || {
        drop(black_box(keys.detokenize_bulk(black_box(&of_each))));
    });
    turns.enter("detokenize, one subject", || {
        for token in &of_one {
            black_box(keys.detokenize(black_box(token)).unwrap());
        }
    });
    turns.run(rounds);
    println!("\nTokens of {size} bytes, warm");
    turns.print();
    let most = |most| (size == 32).then_some(most);
    turns.ratio("tokenize_bulk, one subject", "aes-siv seal", most(2.5));
    turns.ratio("tokenize_bulk, a subject each", "aes-siv seal", None);
    turns.ratio("tokenize, one subject", "aes-siv seal", None);
}

/// Python's `cryptography`, a call for each value, where it is installed.
fn python() {
    const SCRIPT: &str = "
import os, time
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
cipher, bound = AESGCM(bytes(range(32))), bytes(84)
for size in (32, 256, 4096):
    plain, best = bytes(size), float('inf')
    for _ in range(20):
        start = time.perf_counter_ns()
        for _ in range(2000):
            cipher.encrypt(os.urandom(12), plain, bound)
        best = min(best, (time.perf_counter_ns() - start) / 2000)
    print(f'{size} bytes: {best:.0f} ns')
";
    println!("\nPython cryptography, AESGCM.encrypt with os.urandom(12), without base64");
    match Command::new("python3").args(["-c", SCRIPT]).output() {
        Ok(output) if output.status.success() => print!("{}", String::from_utf8_lossy(&output.stdout)),
        _ => println!("not measured: there is no Python with cryptography here"),
    }
}
