//! dev harness
use std::hint::black_box;
use std::time::Instant;
fn time(name: &str, lines: &[&[u8]], mut f: impl FnMut(&[u8])) -> f64 {
    if std::env::var("P").is_ok_and(|p| p != name) {
        return 1.0;
    }
    let mut best = f64::MAX;
    for _ in 0..std::env::var("N").map_or(30, |n| n.parse().unwrap()) {
        let t = Instant::now();
        for l in lines {
            f(black_box(l));
        }
        best = best.min(t.elapsed().as_nanos() as f64 / lines.len() as f64);
    }
    println!("{name:30} {best:8.1} ns");
    best
}
fn main() {
    let only = std::env::var("ONLY").unwrap_or_default();
    for (file, policy) in [
        (
            "/tmp/bench/a.ndjson",
            r#"{"pumice":1,"fields":{"from":"phone","to":"phone","message_body":"text"}}"#,
        ),
        (
            "/tmp/bench/b.ndjson",
            r#"{"pumice":1,"fields":{"user.email":"email","user.phone":"phone","context.ip":"ip","context.lat":"coordinate","context.lon":"coordinate"}}"#,
        ),
    ] {
        if !file.contains(&only) {
            continue;
        }
        let data = std::fs::read(file).unwrap();
        let lines: Vec<&[u8]> = data.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
        println!("{file} {} bytes mean", data.len() / lines.len());
        let mut out = Vec::with_capacity(4096);
        time("memcpy", &lines, |l| {
            out.clear();
            out.extend_from_slice(l);
            black_box(&out);
        });
        let base = time("IgnoredAny", &lines, |l| {
            black_box(serde_json::from_slice::<serde::de::IgnoredAny>(l).unwrap());
        });
        time("sonic dom", &lines, |l| {
            black_box(sonic_rs::from_slice::<sonic_rs::Value>(l).unwrap());
        });
        time("serde dom", &lines, |l| {
            black_box(serde_json::from_slice::<serde_json::Value>(l).unwrap());
        });
        let none = pumice::Scrubber::builder(br#"{"pumice":1,"fields":{}}"#).build().unwrap();
        let mut w = none.worker();
        let t = time("pumice, no rules", &lines, |l| {
            out.clear();
            w.scrub(l, &mut out).unwrap();
            black_box(&out);
        });
        println!("   {:.2}", t / base);
        let s = pumice::Scrubber::builder(policy.as_bytes()).build().unwrap();
        let mut w = s.worker();
        let t = time("pumice", &lines, |l| {
            out.clear();
            w.scrub(l, &mut out).unwrap();
            black_box(&out);
        });
        println!("   {:.2}", t / base);
    }
}
