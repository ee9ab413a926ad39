//! What a scrubber is given beside its policy; refuses to know what a build leaves out.

use crate::scrubber::RawScrubber;
use pumice::{Error, Scrubber};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// An object of JavaScript, as the constructor of its `Scrubber` has checked it.
    #[wasm_bindgen(typescript_type = "object")]
    pub type Supplies;

    #[cfg(feature = "geo")]
    #[wasm_bindgen(method, getter)]
    fn geo(this: &Supplies) -> Option<Vec<u8>>;
    #[cfg(feature = "keys")]
    #[wasm_bindgen(method, getter)]
    pub(crate) fn keyring(this: &Supplies) -> Option<Vec<u8>>;
    #[cfg(feature = "keys")]
    #[wasm_bindgen(method, getter, js_name = rootKey)]
    pub(crate) fn root_key(this: &Supplies) -> Option<Vec<u8>>;
    #[cfg(feature = "keys")]
    #[wasm_bindgen(method, getter)]
    pub(crate) fn passphrase(this: &Supplies) -> Option<String>;
    /// `"memory"`, or nothing.
    #[cfg(feature = "keys")]
    #[wasm_bindgen(method, getter)]
    pub(crate) fn store(this: &Supplies) -> Option<String>;
    #[cfg(feature = "keys")]
    #[wasm_bindgen(method, getter)]
    pub(crate) fn records(this: &Supplies) -> Option<Vec<u8>>;
    #[wasm_bindgen(method, getter)]
    fn account(this: &Supplies) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn subject(this: &Supplies) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = ownerByCall)]
    fn owner_by_call(this: &Supplies) -> Option<bool>;
    #[wasm_bindgen(method, getter, js_name = maxEventBytes)]
    fn max_event_bytes(this: &Supplies) -> Option<u32>;
}

impl Supplies {
    /// A scrubber by this policy with all of it.
    ///
    /// # Errors
    /// Those of what is read, and of core's builder
    pub(crate) fn build(&self, policy: &[u8]) -> Result<RawScrubber, Error> {
        let mut builder = Scrubber::builder(policy);
        #[cfg(feature = "keys")]
        let store = match crate::keys::open(self)? {
            Some((keys, store)) => {
                builder = builder.keys(keys);
                store
            }
            None => None,
        };
        #[cfg(feature = "geo")]
        if let Some(db) = self.geo() {
            builder = builder.geo(pumice::GeoDb::from_bytes(db)?);
        }
        if self.owner_by_call() == Some(true) {
            builder = builder.owner_by_call();
        }
        if let Some(account) = self.account() {
            builder = builder.account(account);
        }
        if let Some(subject) = self.subject() {
            builder = builder.subject(subject);
        }
        if let Some(bytes) = self.max_event_bytes() {
            builder = builder.max_event_bytes(bytes as usize);
        }
        #[cfg_attr(not(feature = "keys"), expect(unused_mut, reason = "it has no store then"))]
        let mut scrubber = RawScrubber::of(builder.build()?);
        #[cfg(feature = "keys")]
        {
            scrubber.store = store;
        }
        Ok(scrubber)
    }
}
