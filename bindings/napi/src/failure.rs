//! Core's errors as JavaScript's, whose message is their JSON; knows no value of an event.

use napi_derive::napi;
use pumice::{Code, Error};

/// An error to be thrown, of which JavaScript makes a `PumiceError`.
pub(crate) fn thrown(error: &Error) -> napi::Error {
    napi::Error::from_reason(error.to_json())
}

/// Every code that an error can have, with what it means: the JSON of an object.
#[napi]
pub fn codes() -> String {
    let codes: serde_json::Map<String, serde_json::Value> =
        Code::ALL.iter().map(|code| (code.as_str().to_owned(), code.meaning().into())).collect();
    serde_json::Value::from(codes).to_string()
}
