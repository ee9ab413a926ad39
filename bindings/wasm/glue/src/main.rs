//! Writes the JavaScript side of a WebAssembly module: `pumice-wasm-glue MODULE FOLDER`. It knows nothing of what is in it.

use std::path::PathBuf;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(module), Some(folder), None) = (args.next(), args.next(), args.next()) else {
        eprintln!("pumice-wasm-glue MODULE FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let made = bindgen.input_path(module).out_name("pumice_wasm").web(true).and_then(|bindgen| {
        bindgen.omit_default_module_path(true).remove_name_section(true).generate(folder)
    });
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pumice-wasm-glue: {error:#}");
            ExitCode::FAILURE
        }
    }
}
