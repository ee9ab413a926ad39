//! Makes the sample events of `tests/data/` anew.

use conformance::events;
use std::fs;

fn main() -> std::io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    for (name, events) in
        [("messaging.ndjson", events::committed_messaging()), ("web.ndjson", events::committed_web())]
    {
        fs::write(format!("{folder}/{name}"), &events)?;
        let lines = events.iter().filter(|&&byte| byte == b'\n').count();
        println!("{folder}/{name}: {lines} events, {} bytes each on average", events.len() / lines - 1);
    }
    Ok(())
}
