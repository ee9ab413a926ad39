//! The class `RawScrubber`, of which JavaScript makes its `Scrubber`. What it does is core's.

use crate::call::{self, Work};
use crate::failure::thrown;
use crate::supplies::Supplies;
use napi::Env;
use napi::bindgen_prelude::{Buffer, BufferSlice, Unknown};
use napi_derive::napi;
use pumice::crypto::{Keys, MemoryStore, Plain};
use pumice::{Code, Error, Lines, OnError, Scrubber, Whose, Worker};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

type Event = fn(&mut Worker<'_>, &[u8], &mut Vec<u8>) -> Result<(), Error>;
type Ndjson = fn(&mut Worker<'_>, &[u8], OnError, &mut Vec<u8>, &mut Vec<u8>) -> Result<Lines, Error>;

/// A policy ready to run, until it is closed.
#[napi]
pub struct RawScrubber(Rc<RefCell<Option<Open>>>);

/// How much memory for lines stays for the next call.
const KEPT: usize = 1 << 22;

struct Open {
    scrubber: Scrubber,
    memory: Option<Arc<MemoryStore>>,
    /// Where lines come out, kept from call to call.
    lines: RefCell<Vec<u8>>,
}

/// What became of many lines.
#[napi(object, object_from_js = false)]
pub struct RawLines<'env> {
    /// How many bytes came out: they are kept for the next call of `lines_into` or `lines_out`.
    pub length: f64,
    pub rejects: BufferSlice<'env>,
    pub events: f64,
    pub rejected: f64,
    pub blank: f64,
}

#[napi]
impl RawScrubber {
    #[napi(constructor, catch_unwind)]
    pub fn new(policy: &[u8], supplies: Supplies) -> napi::Result<Self> {
        let open = || {
            let memory = supplies.memory()?;
            let scrubber = supplies.give(memory.clone(), Scrubber::builder(policy))?.build()?;
            Ok(RawScrubber::opened(scrubber, memory))
        };
        open().map_err(|error: Error| thrown(&error))
    }

    /// The function for single events as text: see `call::of_text`.
    #[napi(catch_unwind)]
    pub fn text(&self, env: Env, verb: String) -> napi::Result<Unknown<'static>> {
        call::of_text(env, self.work(&verb)?, self.max_event_bytes()? as usize)
    }

    /// The function for single events as bytes: see `call::of_bytes`.
    #[napi(catch_unwind)]
    pub fn bytes(&self, env: Env, verb: String) -> napi::Result<Unknown<'static>> {
        call::of_bytes(env, self.work(&verb)?, self.max_event_bytes()? as usize)
    }

    #[napi(catch_unwind)]
    pub fn ndjson<'env>(
        &self,
        env: &'env Env,
        verb: String,
        lines: &[u8],
        reject: bool,
        account: Option<String>,
        subject: Option<String>,
    ) -> napi::Result<RawLines<'env>> {
        let work: Ndjson = match verb.as_str() {
            "scrub" => {
                |worker, lines, on_error, out, rejects| worker.scrub_ndjson(lines, on_error, out, rejects)
            }
            "decrypt" => {
                |worker, lines, on_error, out, rejects| worker.decrypt_ndjson(lines, on_error, out, rejects)
            }
            "detokenize" => |worker, lines, on_error, out, rejects| {
                worker.detokenize_ndjson(lines, on_error, out, rejects)
            },
            _ => return Err(unknown_verb()),
        };
        let whose = Whose { account: account.as_deref(), subject: subject.as_deref() };
        let on_error = if reject { OnError::Reject } else { OnError::Fail };
        let open = self.0.borrow();
        let Open { scrubber, lines: kept, .. } = open.as_ref().ok_or_else(closed)?;
        let (mut out, mut rejects) = (kept.take(), Vec::new());
        out.clear();
        // Lines seldom get longer by much: memory that grows is written twice.
        out.reserve(lines.len() + lines.len() / 16);
        let counts = work(&mut scrubber.worker_for(whose), lines, on_error, &mut out, &mut rejects)
            .map_err(|error| thrown(&error))?;
        let (events, rejected, blank) = (counts.events as f64, counts.rejected as f64, counts.blank as f64);
        let length = out.len() as f64;
        kept.replace(out);
        // Memory that Node lets go of later, and only between two turns of its loop, is dearer than a copy.
        Ok(RawLines { length, rejects: BufferSlice::copy_from(env, &rejects)?, events, rejected, blank })
    }

    /// What came out of the last lines, in a buffer of its own.
    #[napi(catch_unwind)]
    pub fn lines_out<'env>(&self, env: &'env Env) -> napi::Result<BufferSlice<'env>> {
        let open = self.0.borrow();
        let kept = &open.as_ref().ok_or_else(closed)?.lines;
        let out = kept.take();
        if out.capacity() > KEPT {
            return BufferSlice::from_data(env, out);
        }
        let copy = BufferSlice::copy_from(env, &out);
        kept.replace(out);
        copy
    }

    /// The same at the head of `into`, where there is room for it.
    #[napi(catch_unwind)]
    pub fn lines_into(&self, mut into: BufferSlice<'_>) -> napi::Result<()> {
        let open = self.0.borrow();
        let kept = &open.as_ref().ok_or_else(closed)?.lines;
        let out = kept.take();
        let room = into.get_mut(..out.len());
        room.ok_or_else(|| napi::Error::from_reason("there is no room"))?.copy_from_slice(&out);
        if out.capacity() <= KEPT {
            kept.replace(out);
        }
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn decrypt(&self, values: Vec<String>, account: String, field: String) -> napi::Result<String> {
        self.keys(|keys| Ok(rows(keys.decrypt_bulk(&account, &field, &values))))
    }

    #[napi(catch_unwind)]
    pub fn detokenize(&self, tokens: Vec<String>) -> napi::Result<String> {
        self.keys(|keys| Ok(rows(keys.detokenize_bulk(&tokens))))
    }

    #[napi(catch_unwind)]
    pub fn forget(&self, account: String, subject: String) -> napi::Result<f64> {
        self.keys(|keys| keys.forget(&account, &subject)).map(|forgotten| forgotten.subjects as f64)
    }

    #[napi(catch_unwind)]
    pub fn forget_account(&self, account: String) -> napi::Result<Buffer> {
        self.keys(|keys| {
            keys.forget_account(&account)?;
            Ok(keys.keyring().to_bytes().into())
        })
    }

    #[napi(catch_unwind)]
    pub fn keyring(&self) -> napi::Result<Buffer> {
        self.keys(|keys| Ok(keys.keyring().to_bytes().into()))
    }

    #[napi(catch_unwind)]
    pub fn records(&self) -> napi::Result<Buffer> {
        let open = self.0.borrow();
        let memory = open.as_ref().ok_or_else(closed)?.memory.as_ref();
        let records = memory.ok_or_else(|| Error::new(Code::NeedsStore)).and_then(|memory| memory.to_bytes());
        records.map(Buffer::from).map_err(|error| thrown(&error))
    }

    #[napi(catch_unwind)]
    pub fn report(&self) -> napi::Result<String> {
        self.with(|scrubber| Ok(scrubber.report().to_json()))
    }

    #[napi(catch_unwind)]
    pub fn explain(&self) -> napi::Result<String> {
        self.with(|scrubber| Ok(list(scrubber.explain().iter().map(pumice::Explanation::to_json))))
    }

    #[napi(catch_unwind)]
    pub fn max_event_bytes(&self) -> napi::Result<f64> {
        self.with(|scrubber| Ok(scrubber.max_event_bytes() as f64))
    }

    /// The scrubber of one policy of the set; it shares all with this one but when it is closed.
    #[napi(catch_unwind)]
    pub fn named(&self, policy: String) -> napi::Result<RawScrubber> {
        let open = self.0.borrow();
        let Open { scrubber, memory, .. } = open.as_ref().ok_or_else(closed)?;
        let scrubber = scrubber.named(&policy).map_err(|error| thrown(&error))?;
        Ok(RawScrubber::opened(scrubber, memory.clone()))
    }

    #[napi(catch_unwind)]
    pub fn reload(&self, policy: &[u8]) -> napi::Result<()> {
        self.with(|scrubber| scrubber.reload(policy))
    }

    /// Lets go of keys and store; whatever is called after that fails.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.take();
    }
}

impl RawScrubber {
    fn opened(scrubber: Scrubber, memory: Option<Arc<MemoryStore>>) -> Self {
        RawScrubber(Rc::new(RefCell::new(Some(Open { scrubber, memory, lines: RefCell::default() }))))
    }

    fn work(&self, verb: &str) -> napi::Result<Work> {
        let event: Event = match verb {
            "scrub" => |worker, event, out| worker.scrub(event, out),
            "decrypt" => |worker, event, out| worker.decrypt_event(event, out),
            "detokenize" => |worker, event, out| worker.detokenize_event(event, out),
            _ => return Err(unknown_verb()),
        };
        let scrubber = Rc::clone(&self.0);
        Ok(Box::new(move |bytes, whose, out| match &*scrubber.borrow() {
            Some(Open { scrubber, .. }) => {
                event(&mut scrubber.worker_for(whose), bytes, out).map_err(|error| thrown(&error))
            }
            None => Err(closed()),
        }))
    }

    fn with<T>(&self, work: impl FnOnce(&Scrubber) -> Result<T, Error>) -> napi::Result<T> {
        work(&self.0.borrow().as_ref().ok_or_else(closed)?.scrubber).map_err(|error| thrown(&error))
    }

    fn keys<T>(&self, work: impl FnOnce(&Keys) -> Result<T, Error>) -> napi::Result<T> {
        self.with(|scrubber| work(scrubber.keys().ok_or_else(|| Error::new(Code::NeedsKeys))?))
    }
}

fn unknown_verb() -> napi::Error {
    napi::Error::from_reason("verbs are scrub, decrypt and detokenize")
}

fn closed() -> napi::Error {
    napi::Error::from_reason("the scrubber is closed")
}

/// For each value what it was, or why it cannot be read.
fn rows(rows: Vec<Result<Plain<'static>, Error>>) -> String {
    list(rows.iter().map(|row| match row {
        Ok(plain) => plain.to_json(),
        Err(error) => format!(r#"{{"error":{}}}"#, error.to_json()),
    }))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
