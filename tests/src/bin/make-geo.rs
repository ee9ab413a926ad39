//! Makes the geo databases of `tests/data/geo/` anew, each from the JSON source beside it.

use std::fs;

fn main() -> std::io::Result<()> {
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/geo"))? {
        let source = entry?.path();
        if source.extension().is_some_and(|extension| extension == "json") {
            let database = source.with_extension("mmdb");
            fs::write(&database, conformance::mmdb::from_source(&fs::read_to_string(&source)?))?;
            println!("{}", database.display());
        }
    }
    Ok(())
}
