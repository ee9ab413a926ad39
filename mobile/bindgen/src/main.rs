//! Writes Kotlin, Swift or Python for a library that uniffi is in; knows nothing of pumice.

fn main() {
    uniffi::uniffi_bindgen_main();
}
