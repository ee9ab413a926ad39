//! The surface that Kotlin, Java, Swift and Python see through uniffi: converts in, calls core, converts out. It decides
//! nothing, and its documentation is theirs too.

pub mod bytes;
pub mod failure;
pub mod keys;
pub mod redactor;
pub mod scrubber;

uniffi::setup_scaffolding!("pumice");
