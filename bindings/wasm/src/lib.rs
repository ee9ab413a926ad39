//! The WebAssembly module behind the npm package `pumice`: converts in, calls core, converts out. It decides nothing.

mod failure;
#[cfg(feature = "keys")]
mod keys;
mod redactor;
mod scrubber;
mod supplies;
