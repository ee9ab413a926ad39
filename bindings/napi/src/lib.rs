//! The native addon behind the npm package `pumice`: converts in, calls core, converts out. It decides nothing.

mod call;
mod failure;
mod redactor;
mod schemas;
mod scrubber;
mod supplies;
mod text;

pub use failure::codes;
pub use schemas::{compile_policy, read_schema, review_schema};
