//! Temporary.
#[test]
fn generate() {
    use pumice::schema::*;
    let text = std::fs::read_to_string("/tmp/sv/in.json").unwrap();
    let mut all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    for (name, rows) in all.iter_mut() {
        if name == "about" {
            continue;
        }
        for row in rows.as_array_mut().unwrap() {
            let doc: Vec<u8> = match (row.get("schema"), row.get("text")) {
                (Some(serde_json::Value::String(s)), _) if s.starts_with('{') => s.clone().into_bytes(),
                (Some(s), _) => s.to_string().into_bytes(),
                (None, Some(t)) => {
                    let t: conformance::vectors::Text = serde_json::from_value(t.clone()).unwrap();
                    t.bytes()
                }
                _ => panic!(),
            };
            let mut o = Options::default();
            if let Some(t) = row.get("type_attribute") {
                o.type_attribute = t.as_str().unwrap().into();
            }
            if let Some(t) = row.get("properties_attribute") {
                o.properties_attribute = t.as_str().unwrap().into();
            }
            let f = match row.get("format") {
                Some(f) => f.as_str().unwrap().parse(),
                None => Format::detect(&doc),
            };
            let t = std::time::Instant::now();
            let r = f.and_then(|f| Schema::parse(&doc, f, &o));
            if t.elapsed().as_millis() > 300 {
                println!("slow {:?} {}", t.elapsed(), row.get("why").unwrap());
            }
            let row = row.as_object_mut().unwrap();
            match r {
                Ok(s) => {
                    row.insert("out".into(), serde_json::Value::String(s.to_string()));
                }
                Err(e) => {
                    row.insert("error".into(), e.code().as_str().into());
                    match e.at() {
                        pumice::At::Policy(p) => {
                            row.insert("at".into(), p.clone().into());
                        }
                        pumice::At::Offset(p) => {
                            row.insert("at".into(), (*p).into());
                        }
                        pumice::At::Nowhere => {}
                        _ => panic!(),
                    }
                }
            }
        }
    }
    std::fs::write("/tmp/sv/out.json", serde_json::to_string(&all).unwrap()).unwrap();
}
