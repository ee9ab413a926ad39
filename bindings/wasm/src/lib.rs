//! The WebAssembly module behind the npm package `pumice`: converts in, calls core, converts out. It decides nothing.

mod failure;
#[cfg(feature = "keys")]
mod keys;
#[cfg(feature = "scrub")]
mod redactor;
#[cfg(feature = "schemas")]
mod schemas;
#[cfg(feature = "scrub")]
mod scrubber;
#[cfg(feature = "scrub")]
mod supplies;
