//! Core's errors as errors of JavaScript; knows no value of an event.

#[cfg(feature = "scrub")]
use pumice::Code;
use pumice::Error;
use wasm_bindgen::prelude::*;

/// An `Error` whose message is the JSON text of core's.
pub(crate) fn thrown(error: Error) -> JsError {
    JsError::new(&error.to_json())
}

/// Every code there is with its meaning: the JSON text of an object.
#[cfg(feature = "scrub")]
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn codes() -> String {
    Code::all_to_json()
}
