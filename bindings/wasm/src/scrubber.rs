//! The class `RawScrubber`, of which JavaScript makes its `Scrubber`. What it does is core's.

use crate::failure::thrown;
use crate::supplies::Supplies;
use pumice::{At, Code, Error, OnError, Scrubber, Whose};
use wasm_bindgen::prelude::*;

/// How much of the buffers stays for the next call: one large event shall not hold its memory for ever.
const KEPT: usize = 1 << 20;

/// A policy ready to run, with its own buffers: JavaScript writes into them and reads from them, so that an event crosses
/// without an allocation.
#[wasm_bindgen]
pub struct RawScrubber {
    pub(crate) scrubber: Scrubber,
    #[cfg(feature = "keys")]
    pub(crate) store: Option<crate::keys::Store>,
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
        supplies.build(policy).map_err(thrown)
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
        Ok(RawScrubber {
            #[cfg(feature = "keys")]
            store: self.store.clone(),
            ..RawScrubber::of(self.scrubber.named(policy).map_err(thrown)?)
        })
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
    /// With buffers of its own, and without a store.
    pub(crate) fn of(scrubber: Scrubber) -> Self {
        RawScrubber {
            scrubber,
            #[cfg(feature = "keys")]
            store: None,
            input: Vec::new(),
            out: Vec::new(),
            rejects: Vec::new(),
        }
    }

    fn too_large(&self) -> Error {
        Error::new(Code::TooLarge).at_place(At::Offset(self.scrubber.max_event_bytes()))
    }
}

/// The JSON of an array.
pub(crate) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
