//! The extension module behind the Python package `pumice`: converts in, calls core, converts out. It decides nothing.

mod capsule;
mod columns;
mod failure;
mod governance;
mod redactor;
mod scrubber;
mod soundness;
mod supplies;
mod value;

/// The extension module behind the package `pumice`, which has its documentation.
#[pyo3::pymodule]
mod _pumice {
    #[pymodule_export]
    use crate::failure::codes;
    #[pymodule_export]
    use crate::governance::{compile_policy, read_schema, review_schema};
    #[pymodule_export]
    use crate::redactor::Redactor;
    #[pymodule_export]
    use crate::scrubber::Scrubber;
}
