//! The class `RawScrubber`, of which JavaScript makes its `Scrubber`. What it does is core's.

use crate::failure::thrown;
use crate::supplies::Supplies;
use pumice::crypto::{Keys, MemoryStore, Plain};
use pumice::{At, Code, Error, OnError, Scrubber, Whose};
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// How much of the buffers stays for the next call: one large event shall not hold its memory for ever.
const KEPT: usize = 1 << 20;

/// A policy ready to run, with its own buffers: JavaScript writes into them and reads from them, so that an event crosses
/// without an allocation.
#[wasm_bindgen]
pub struct RawScrubber {
    scrubber: Scrubber,
    store: Option<Arc<MemoryStore>>,
    input: Vec<u8>,
    out: Vec<u8>,
    rejects: Vec<u8>,
}

/// What is done.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Verb {
    /// What leaves is scrubbed.
    Scrub = 0,
    /// What was encrypted is as it was.
    Decrypt = 1,
    /// What was tokenized is as it was.
    Detokenize = 2,
}

#[wasm_bindgen]
impl RawScrubber {
    /// # Errors
    /// Those of core's builder
    #[wasm_bindgen(constructor)]
    pub fn new(policy: &[u8], supplies: &Supplies) -> Result<Self, JsError> {
        let (scrubber, store) = supplies.build(policy).map_err(thrown)?;
        Ok(RawScrubber { scrubber, store, input: Vec::new(), out: Vec::new(), rejects: Vec::new() })
    }

    /// Where so many bytes may be written before a call.
    ///
    /// # Errors
    /// `too_large` if there is no memory for them
    pub fn room(&mut self, bytes: usize) -> Result<*const u8, JsError> {
        if self.input.len() < bytes {
            self.input = Vec::new();
            self.input.try_reserve_exact(bytes).map_err(|_| thrown(self.too_large()))?;
            self.input.resize(bytes, 0);
        }
        Ok(self.input.as_ptr())
    }

    /// Where the output of the last call is.
    pub fn out(&self) -> *const u8 {
        self.out.as_ptr()
    }

    /// Where the rejects of the last call are.
    pub fn rejects(&self) -> *const u8 {
        self.rejects.as_ptr()
    }

    /// Does it with the event of so many bytes in the room; gives back the length of the output.
    ///
    /// # Errors
    /// Those of core's worker
    pub fn event(
        &mut self,
        verb: Verb,
        length: usize,
        account: Option<String>,
        subject: Option<String>,
    ) -> Result<usize, JsError> {
        self.out.clear();
        // More than there is room for is not worth a look.
        let event = self.input.get(..length).ok_or_else(|| thrown(self.too_large()))?;
        let whose = Whose { account: account.as_deref(), subject: subject.as_deref() };
        let mut worker = self.scrubber.worker_for(whose);
        let done = match verb {
            Verb::Scrub => worker.scrub(event, &mut self.out),
            Verb::Decrypt => worker.decrypt_event(event, &mut self.out),
            Verb::Detokenize => worker.detokenize_event(event, &mut self.out),
        };
        done.map(|()| self.out.len()).map_err(thrown)
    }

    /// Does it with the lines of so many bytes in the room; gives back the lengths of output and rejects, and how many lines
    /// were events, rejected and blank.
    ///
    /// # Errors
    /// Those of core's worker
    pub fn ndjson(
        &mut self,
        verb: Verb,
        length: usize,
        reject: bool,
        account: Option<String>,
        subject: Option<String>,
    ) -> Result<Vec<f64>, JsError> {
        self.out.clear();
        self.rejects.clear();
        let lines = self.input.get(..length).ok_or_else(|| thrown(self.too_large()))?;
        let whose = Whose { account: account.as_deref(), subject: subject.as_deref() };
        let mut worker = self.scrubber.worker_for(whose);
        let on_error = if reject { OnError::Reject } else { OnError::Fail };
        let (out, rejects) = (&mut self.out, &mut self.rejects);
        let counts = match verb {
            Verb::Scrub => worker.scrub_ndjson(lines, on_error, out, rejects),
            Verb::Decrypt => worker.decrypt_ndjson(lines, on_error, out, rejects),
            Verb::Detokenize => worker.detokenize_ndjson(lines, on_error, out, rejects),
        };
        let counts = counts.map_err(thrown)?;
        let lengths = [out.len() as f64, rejects.len() as f64];
        Ok([&lengths[..], &[counts.events as f64, counts.rejected as f64, counts.blank as f64]].concat())
    }

    /// Lets go of large buffers.
    pub fn trim(&mut self) {
        for buffer in [&mut self.input, &mut self.out, &mut self.rejects] {
            if buffer.capacity() > KEPT {
                *buffer = Vec::new();
            }
        }
    }

    /// What these ciphertexts were: the JSON of an array, with a row for each.
    ///
    /// # Errors
    /// Those of core's keys
    pub fn decrypt(&self, values: Vec<String>, account: &str, field: &str) -> Result<String, JsError> {
        self.keys(|keys| Ok(rows(&keys.decrypt_bulk(account, field, &values))))
    }

    /// What these tokens stand for, in the same way.
    ///
    /// # Errors
    /// Those of core's keys
    pub fn detokenize(&self, tokens: Vec<String>) -> Result<String, JsError> {
        self.keys(|keys| Ok(rows(&keys.detokenize_bulk(&tokens))))
    }

    /// Forgets a subject; gives back how many keys were deleted.
    ///
    /// # Errors
    /// Those of core's keys
    pub fn forget(&self, account: &str, subject: &str) -> Result<f64, JsError> {
        self.keys(|keys| Ok(keys.forget(account, subject)?.subjects as f64))
    }

    /// Forgets an account; gives back the keyring without its keys.
    ///
    /// # Errors
    /// Those of core's keys
    #[wasm_bindgen(js_name = forgetAccount)]
    pub fn forget_account(&self, account: &str) -> Result<Vec<u8>, JsError> {
        self.keys(|keys| keys.forget_account(account).map(|_| keys.keyring().to_bytes()))
    }

    /// The keyring as it is now.
    ///
    /// # Errors
    /// `needs_keys`
    pub fn keyring(&self) -> Result<Vec<u8>, JsError> {
        self.keys(|keys| Ok(keys.keyring().to_bytes()))
    }

    /// The records of the store in memory.
    ///
    /// # Errors
    /// `needs_store`, `random_failed`
    pub fn records(&self) -> Result<Vec<u8>, JsError> {
        let store = self.store.as_ref().filter(|_| cfg!(feature = "keys"));
        store.ok_or_else(|| Error::new(Code::NeedsStore)).and_then(|store| store.to_bytes()).map_err(thrown)
    }

    /// The JSON of core's report.
    pub fn report(&self) -> String {
        self.scrubber.report().to_json()
    }

    /// The policy in words: the JSON of an array.
    pub fn explain(&self) -> String {
        list(self.scrubber.explain().iter().map(pumice::Explanation::to_json))
    }

    /// The scrubber of one policy of the set; it shares all with this one but the buffers.
    ///
    /// # Errors
    /// `unknown_policy`
    pub fn named(&self, policy: &str) -> Result<RawScrubber, JsError> {
        let scrubber = self.scrubber.named(policy).map_err(thrown)?;
        let (input, out, rejects) = Default::default();
        Ok(RawScrubber { scrubber, store: self.store.clone(), input, out, rejects })
    }

    /// Puts another policy, or set of them, in place of the one that holds.
    ///
    /// # Errors
    /// Those of core's builder
    pub fn reload(&self, policy: &[u8]) -> Result<(), JsError> {
        self.scrubber.reload(policy).map_err(thrown)
    }

    /// The largest event that is taken, in bytes.
    #[wasm_bindgen(js_name = maxEventBytes)]
    pub fn max_event_bytes(&self) -> f64 {
        self.scrubber.max_event_bytes() as f64
    }
}

impl RawScrubber {
    fn too_large(&self) -> Error {
        Error::new(Code::TooLarge).at_place(At::Offset(self.scrubber.max_event_bytes()))
    }

    fn keys<T>(&self, work: impl FnOnce(&Keys) -> Result<T, Error>) -> Result<T, JsError> {
        work(self.scrubber.keys().ok_or_else(|| thrown(Error::new(Code::NeedsKeys)))?).map_err(thrown)
    }
}

/// For each value what it was, or why it cannot be read.
fn rows(rows: &[Result<Plain<'static>, Error>]) -> String {
    list(rows.iter().map(|row| match row {
        Ok(plain) => plain.to_json(),
        Err(error) => format!(r#"{{"error":{}}}"#, error.to_json()),
    }))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
