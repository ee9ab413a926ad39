//! Avro files: what becomes of a schema where columns are treated, to the letter, and of the rows, to the byte.

use crate::pumice::{CANARY, House};
use crate::sealed::keyed;

/// A file as it was written: its header but for the codec, and its only block.
#[derive(Debug, PartialEq)]
struct File {
    schema: String,
    metadata: Vec<(String, String)>,
    rows: Vec<u8>,
}

/// Avro's variable-length number, of 0 and above.
fn long(number: usize) -> Vec<u8> {
    let mut bits = number << 1;
    let mut out = Vec::new();
    while bits >= 0x80 {
        out.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
    out
}

fn text(text: &str) -> Vec<u8> {
    [long(text.len()), text.as_bytes().to_vec()].concat()
}

/// A file of these rows.
fn container(schema: &str, metadata: &[(&str, &str)], rows: &[Vec<u8>]) -> Vec<u8> {
    let sync = [7; 16];
    let pairs = [("avro.schema", schema)].into_iter().chain(metadata.iter().copied());
    let pairs: Vec<_> = pairs.flat_map(|(key, value)| [text(key), text(value)]).collect();
    let data = rows.concat();
    let head = [b"Obj\x01".to_vec(), long(pairs.len() / 2), pairs.concat(), long(0), sync.to_vec()];
    let block = [long(rows.len()), long(data.len()), data, sync.to_vec()];
    [head.concat(), block.concat()].concat()
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, len: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken.to_vec()
    }

    fn long(&mut self) -> usize {
        let (mut bits, mut shift) = (0, 0);
        loop {
            let byte = self.take(1)[0];
            bits |= usize::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return bits >> 1;
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> String {
        let len = self.long();
        String::from_utf8(self.take(len)).unwrap()
    }
}

fn file(bytes: &[u8]) -> File {
    let mut reader = Reader(bytes);
    assert_eq!(reader.take(4), b"Obj\x01");
    let mut metadata: Vec<_> = (0..reader.long()).map(|_| (reader.text(), reader.text())).collect();
    assert_eq!(reader.long(), 0);
    let sync = reader.take(16);
    let (_, len) = (reader.long(), reader.long());
    let rows = reader.take(len);
    assert_eq!(reader.0, sync, "one block");
    let at = metadata.iter().position(|(key, _)| key == "avro.schema").unwrap();
    let (_, schema) = metadata.remove(at);
    metadata.retain(|(key, _)| key != "avro.codec");
    File { schema, metadata, rows }
}

/// What becomes of a file by the rules of a policy.
fn scrubbed(fields: &str, schema: &str, metadata: &[(&str, &str)], rows: &[Vec<u8>]) -> File {
    let house = House::new();
    house.file("p.json", format!(r#"{{"pumice": 1, "fields": {fields}}}"#));
    house.file("in.avro", container(schema, metadata, rows));
    house.run(&["scrub", "-p", "p.json", "-o", "out.avro", "in.avro"]).succeeds();
    file(&house.read("out.avro"))
}

/// By these rules, the fields of a record and its rows become these.
#[track_caller]
fn becomes(rules: &str, before: (&str, Vec<u8>), after: (&str, Vec<u8>)) {
    let record = |fields: &str| {
        format!(r#"{{"type":"record","name":"ev","namespace":"a.b","aliases":["old"],"fields":[{fields}]}}"#)
    };
    let came = scrubbed(rules, &record(before.0), &[], &[before.1]);
    assert_eq!(came.schema, record(after.0));
    assert_eq!(came.rows, after.1);
}

const PHONE: &str = "+14155550132";
const MASKED: &str = "+1415555XXXX";
const UPPER: &str = "123E4567-E89B-12D3-A456-426614174000";
const UUID: &str = r#"{"type":"string","logicalType":"uuid"}"#;
const LETTERS: &str = r#"{"type":"enum","name":"E","symbols":["ALPHA","BETA"]}"#;

fn optional(value: &str) -> Vec<u8> {
    [long(1), text(value)].concat()
}

#[test]
fn a_name_with_dots_stays_one() {
    // As Python's fastavro writes them.
    let schema = r#"{"type":"record","name":"a.b.ev","doc":"One event.","fields":[{"name":"phone","doc":"Whose.","aliases":["tel"],"order":"ignore","type":"string"},{"name":"fx","type":{"type":"record","name":"a.b.FX","doc":"Rates.","aliases":["a.b.Rate"],"fields":[{"name":"rate","type":"double"}]}},{"name":"old","type":["null","a.b.FX"],"default":null},{"name":"n","type":{"type":"int","logicalType":"date"},"default":1.50e1,"unknown":[1,{}]}]}"#;
    let rest = [&1.5_f64.to_le_bytes()[..], &long(1), &2.5_f64.to_le_bytes(), &long(3)].concat();
    let row = |phone: &[u8]| [phone, &rest].concat();
    let came = scrubbed(r#"{"phone": "phone"}"#, schema, &[], &[row(&text(PHONE)), row(&text("?"))]);
    assert_eq!(came.schema, schema.replacen(r#""type":"string""#, r#""type":["null","string"]"#, 1));
    assert_eq!(came.rows, [row(&optional(MASKED)), row(&long(0))].concat());
}

#[test]
fn a_nested_record_stays_what_it_is() {
    let record = |phone: &str| {
        format!(
            r#"{{"name":"u","type":{{"type":"record","name":"User","namespace":"c","doc":"Who.","fields":[{{"name":"id","type":{{"type":"fixed","name":"Id","size":2}}}},{{"name":"phone","type":{phone}}}]}}}},{{"name":"id","type":["c.Id","null"]}}"#
        )
    };
    let row = |phone: Vec<u8>| [b"ab".to_vec(), phone, long(0), b"cd".to_vec()].concat();
    becomes(
        r#"{"u.phone": "phone"}"#,
        (&record(r#""string""#), row(text(PHONE))),
        (&record(r#"["null","string"]"#), row(optional(MASKED))),
    );
}

#[test]
fn a_type_is_defined_where_it_stands_first() {
    let rate = r#"{"type":"record","name":"FX","fields":[{"name":"from","type":"string"},{"name":"e","type":{"type":"enum","name":"x.E","symbols":["A","B"]}}]}"#;
    let value = |phone: Vec<u8>| [phone, long(1)].concat();
    let fields = format!(
        r#"{{"name":"a","type":{rate}}},{{"name":"b","type":["FX","null"]}},{{"name":"c","type":"a.b.FX"}},{{"name":"d","type":"x.E"}}"#
    );
    let row = [value(text(PHONE)), long(0), value(text("b")), value(text("c")), long(1)].concat();
    // What defines it is dropped.
    becomes(
        r#"{"a": {"action": "drop"}}"#,
        (&fields, row.clone()),
        (
            &format!(
                r#"{{"name":"b","type":[{rate},"null"]}},{{"name":"c","type":"FX"}},{{"name":"d","type":"x.E"}}"#
            ),
            [long(0), value(text("b")), value(text("c")), long(1)].concat(),
        ),
    );
    // What defines the enum is, and then no namespace is inherited from it.
    becomes(
        r#"{"a": {"action": "drop"}, "b": {"action": "drop"}, "c": {"action": "drop"}}"#,
        (&fields, row.clone()),
        (r#"{"name":"d","type":{"type":"enum","name":"x.E","symbols":["A","B"]}}"#, long(1)),
    );
    // What defines it is treated, and what is named so later is not: that is another type now.
    let treated = rate.replacen(r#""string""#, r#"["null","string"]"#, 1);
    let second = r#"{"type":"record","name":"FX_2","fields":[{"name":"from","type":"string"},{"name":"e","type":"x.E"}]}"#;
    becomes(
        r#"{"a.from": "phone"}"#,
        (&fields, row.clone()),
        (
            &format!(
                r#"{{"name":"a","type":{treated}}},{{"name":"b","type":[{second},"null"]}},{{"name":"c","type":"FX_2"}},{{"name":"d","type":"x.E"}}"#
            ),
            [value(optional(MASKED)), long(0), value(text("b")), value(text("c")), long(1)].concat(),
        ),
    );
    // Treated everywhere, it is one.
    becomes(
        r#"{"a.from": "text", "b.from": "text", "c.from": "text"}"#,
        (&fields, row),
        (
            &format!(
                r#"{{"name":"a","type":{treated}}},{{"name":"b","type":["FX","null"]}},{{"name":"c","type":"FX"}},{{"name":"d","type":"x.E"}}"#
            ),
            [value(optional("")), long(0), value(optional("")), value(optional("")), long(1)].concat(),
        ),
    );
    // An inherited namespace goes with what moves.
    let inner = r#"{"type":"record","name":"c.O","fields":[{"name":"i","type":{"type":"fixed","name":"I","size":1}}]}"#;
    becomes(
        r#"{"o": {"action": "drop"}}"#,
        (&format!(r#"{{"name":"o","type":{inner}}},{{"name":"i","type":"c.I"}}"#), b"ab".to_vec()),
        (r#"{"name":"i","type":{"type":"fixed","name":"I","namespace":"c","size":1}}"#, b"b".to_vec()),
    );
}

#[test]
fn an_enum_that_is_treated_is_a_string() {
    let field = |of: &str| format!(r#"{{"name":"e","type":{of}}}"#);
    let last = format!(r#"[{LETTERS},"null"]"#);
    let first = format!(r#"["null",{LETTERS}]"#);
    for (rule, made) in [
        (r#""text""#, Some("")),
        (r#""phone""#, None),
        (r#""email""#, None),
        (r#"{"action": "replace", "value": "GAMMA"}"#, Some("GAMMA")),
        (r#"{"action": "replace", "value": null}"#, None),
    ] {
        let rules = format!(r#"{{"e": {rule}}}"#);
        let new = made.map_or(long(0), optional);
        let nullable = field(r#"["null","string"]"#);
        becomes(&rules, (&field(LETTERS), long(1)), (&nullable, new.clone()));
        becomes(&rules, (&field(&first), [long(1), long(1)].concat()), (&nullable, new));
        let new = made.map_or(long(1), |made| [long(0), text(made)].concat());
        becomes(&rules, (&field(&last), [long(0), long(0)].concat()), (&field(r#"["string","null"]"#), new));
    }
    // In lists and maps, and one that is used elsewhere.
    let fields = |of: &str, elsewhere: &str| {
        format!(
            r#"{{"name":"l","type":{{"type":"array","items":{of}}}}},{{"name":"m","type":{{"type":"map","values":{}}}}},{{"name":"e","type":{elsewhere}}}"#,
            if of == LETTERS { r#""E""# } else { of }
        )
    };
    let row =
        |value: &[u8]| [&long(1), value, &long(0), &long(1), &text("k"), value, &long(0), &long(1)].concat();
    becomes(
        r#"{"l[*]": "text", "m.*": "text"}"#,
        (&fields(LETTERS, r#""E""#), row(&long(1))),
        (&fields(r#"["null","string"]"#, LETTERS), row(&optional(""))),
    );
    becomes(
        r#"{"e": {"action": "drop"}}"#,
        (&format!(r#"{},{{"name":"n","type":"int"}}"#, field(LETTERS)), [long(1), long(5)].concat()),
        (r#"{"name":"n","type":"int"}"#, long(5)),
    );
    // What loses its elements does not say what they might have been.
    becomes(
        r#"{"e[*]": {"action": "drop"}}"#,
        (&field(&format!(r#"{{"type":"array","items":{LETTERS}}}"#)), [long(1), long(1), long(0)].concat()),
        (&field(r#"{"type":"array","items":"string"}"#), long(0)),
    );
    becomes(
        r#"{"other": "text"}"#,
        (&field(&last), [long(0), long(1)].concat()),
        (&field(&last), [long(0), long(1)].concat()),
    );
}

#[test]
fn what_is_sealed_is_a_string() {
    let policy = |action: &str| {
        format!(r#"{{"pumice": 1, "account": "account", "fields": {{"e": {{"action": "{action}"}}}}}}"#)
    };
    for (of, value, made, word) in
        [(LETTERS, long(1), r#""string""#, "BETA"), (UUID, text(UPPER), r#"{"type":"string"}"#, UPPER)]
    {
        let house = crate::sealed::house(1);
        house.file("p.json", policy("encrypt"));
        let schema = format!(
            r#"{{"type":"record","name":"ev","fields":[{{"name":"account","type":"string"}},{{"name":"e","type":{of}}}]}}"#
        );
        house.file("in.avro", container(&schema, &[], &[[text("AC1"), value].concat()]));
        keyed(&house, "scrub", &["-p", "p.json", "-o", "out.avro", "in.avro"]).succeeds();
        let sealed = file(&house.read("out.avro"));
        assert_eq!(sealed.schema, schema.replace(of, &format!(r#"["null",{made}]"#)));
        keyed(&house, "decrypt", &["-p", "p.json", "-o", "back.avro", "out.avro"]).succeeds();
        let back = file(&house.read("back.avro"));
        assert_eq!((back.schema, back.rows), (sealed.schema, [text("AC1"), optional(word)].concat()));
        house.file("p.json", policy("hash"));
        keyed(&house, "scrub", &["-p", "p.json", "-o", "hashed.avro", "in.avro"]).succeeds();
        // Who it belongs to may be said by it.
        house.file("p.json", policy("encrypt").replace(r#""account": "account","#, r#""account": "e","#));
        keyed(&house, "scrub", &["-p", "p.json", "-o", "not.avro", "in.avro"]).fails(1, &["unknown_account"]);
    }
}

#[test]
fn a_uuid_is_the_string_or_fixed_that_it_is_of() {
    let fields = |of: &str, again: &str, phone: &str| {
        format!(
            r#"{{"name":"a","type":{of}}},{{"name":"b","type":["null",{again}]}},{{"name":"c","type":{{"type":"array","items":{again}}}}},{{"name":"d","type":{{"type":"map","values":{again}}}}},{{"name":"e","type":["int","null",{again}]}},{{"name":"phone","type":{phone}}}"#
        )
    };
    let fixed = r#"{"type":"fixed","name":"UF","size":16,"logicalType":"uuid"}"#;
    for (of, again, value) in [
        (fixed, r#""UF""#, b"0123456789abcdef".to_vec()),
        (UUID, UUID, text(UPPER)),
        (UUID, UUID, text("none")),
    ] {
        let all = [long(1), value.clone(), long(1), value.clone(), long(0), long(1), text("k")];
        let all = [value.clone(), all.concat(), value.clone(), long(0), long(2), value].concat();
        becomes(
            r#"{"phone": "phone"}"#,
            (&fields(of, again, r#""string""#), [all.clone(), text(PHONE)].concat()),
            (&fields(of, again, r#"["null","string"]"#), [all, optional(MASKED)].concat()),
        );
    }
    let field = |of: &str| format!(r#"{{"name":"u","type":{of}}}"#);
    let map = |of: &str| field(&format!(r#"{{"type":"map","values":{of}}}"#));
    let none = r#"["null",{"type":"string"}]"#;
    becomes(r#"{"u": "text"}"#, (&field(UUID), text(UPPER)), (&field(none), optional("")));
    let row = |value: Vec<u8>| [long(1), text("k"), value, long(0)].concat();
    becomes(r#"{"u.k": "text"}"#, (&map(UUID), row(text(UPPER))), (&map(none), row(optional(""))));
}

#[test]
fn what_may_be_a_value_goes_with_the_values() {
    let field = |name: &str, rest: &str| format!(r#"{{"name":"{name}",{rest}}}"#);
    let before = [
        field("a", r#""type":"string","default":"x","example":"x","doc":"Kept.""#),
        field("b", r#""default":"x","type":["string","null"]"#),
        field("c", r#""type":["null","string"],"default":null"#),
        field(
            "d",
            r#""type":{"type":"record","name":"D","fields":[{"name":"p","type":["null","string"]}]},"default":{"p":"x"}"#,
        ),
        field("e", r#""type":{"type":"array","items":["null","string"],"default":["x"]},"default":[]"#),
        field("f", r#""type":{"type":"string","avro.java.string":"String","logicalType":"tel"}"#),
        field("g", r#""type":{"type":"map","values":"string"},"default":{"x":"y"},"example":"z""#),
    ];
    let after = [
        field("a", r#""type":["null","string"],"default":null,"doc":"Kept.""#),
        field("b", r#""type":["string","null"]"#),
        field("c", r#""type":["null","string"],"default":null"#),
        field("d", r#""type":{"type":"record","name":"D","fields":[{"name":"p","type":["null","string"]}]}"#),
        field("e", r#""type":{"type":"array","items":["null","string"]},"default":[]"#),
        field("f", r#""type":["null",{"type":"string","avro.java.string":"String"}]"#),
        field("g", r#""type":{"type":"map","values":"string"},"default":{"x":"y"},"example":"z""#),
    ];
    let row = [text(PHONE), long(0), text(PHONE), long(0), optional(PHONE), long(0), text(PHONE), long(0)];
    let new = [
        optional(MASKED),
        long(0),
        text(MASKED),
        long(0),
        optional(MASKED),
        long(0),
        optional(MASKED),
        long(0),
    ];
    becomes(
        r#"{"a": "phone", "b": "phone", "c": "phone", "d.p": "phone", "e[*]": "phone", "f": "phone"}"#,
        (&before.join(","), row.concat()),
        (&after.join(","), new.concat()),
    );
    let bare = r#"{"type":"record","name":"ev","fields":[{"name":"p","type":["string","null"],"default":"kanarienvogel"}]}"#;
    let came = scrubbed(r#"{"p": "phone"}"#, bare, &[], &[[long(0), text(PHONE)].concat()]);
    assert!(!came.schema.contains(CANARY), "no type changed, and yet: {}", came.schema);
}

#[test]
fn what_a_map_drops_goes_from_its_schema() {
    let drops = r#"{"m.pw": {"action": "drop"}}"#;
    let field =
        |of: &str, rest: &str| format!(r#"{{"name":"m","type":{{"type":"map","values":{of}}}{rest}}}"#);
    let row = |value: &[u8]| [&long(2), &text("pw")[..], value, &text("a"), value, &long(0)].concat();
    let left = |value: &[u8]| [&long(1), &text("a")[..], value, &long(0)].concat();
    let default = r#","default":{"pw":"x"}"#;
    for rules in [drops, r#"{"m.a": {"action": "keep"}}, "unlisted": "drop""#] {
        becomes(
            rules,
            (&field(r#""string""#, default), row(&text("x"))),
            (&field(r#""string""#, ""), left(&text("x"))),
        );
    }
    // Where nothing is dropped it stays.
    let kept = (&*field(LETTERS, r#","default":{"pw":"BETA"}"#), row(&long(1)));
    becomes(r#"{"m.pw": {"action": "keep"}}"#, kept.clone(), kept);
    // What it is in says no more of it.
    let inner = field(r#""string""#, "");
    let outer = |rest: &str| {
        format!(
            r#"{{"name":"o","type":{{"type":"record","name":"O","fields":[{inner}]}}{}}},{{"name":"l","type":{{"type":"array","items":{{"type":"map","values":"string"}}}}{}}}"#,
            rest.replace("OF", r#"{"m":{"pw":"x"}}"#),
            rest.replace("OF", r#"[{"pw":"x"}]"#)
        )
    };
    let both = |maps: &[u8]| [maps, &long(1), maps, &long(0)].concat();
    becomes(
        r#"{"o.m.pw": {"action": "drop"}, "l[*].pw": {"action": "drop"}}"#,
        (&outer(r#","default":OF"#), both(&row(&text("x")))),
        (&outer(""), both(&left(&text("x")))),
    );
    // Nor does the type of what stays.
    let enums = |of: &str| {
        format!(
            r#"{{"type":"record","name":"R","fields":[{{"name":"e","type":{of}}},{{"name":"f","type":"int"}}]}}"#
        )
    };
    let union = |of: &str| format!(r#"["null","int",{of}]"#);
    let array = |of: &str| format!(r#"{{"type":"array","items":{of}}}"#);
    let (beta, spelled) = (long(1), text("BETA"));
    let records = |value: &[u8]| [value, &long(7)].concat();
    let third = |value: &[u8]| [&long(2), value].concat();
    let items = |value: &[u8]| [&long(1), value, &long(0)].concat();
    for (before, value, after, new) in [
        (LETTERS.to_owned(), beta.clone(), r#""string""#.to_owned(), spelled.clone()),
        (r#"{"type":"int","example":"x"}"#.to_owned(), long(3), r#"{"type":"int"}"#.to_owned(), long(3)),
        (enums(LETTERS), records(&beta), enums(r#""string""#), records(&spelled)),
        (union(LETTERS), third(&beta), union(r#""string""#), third(&spelled)),
        (array(LETTERS), items(&beta), array(r#""string""#), items(&spelled)),
    ] {
        becomes(drops, (&field(&before, ""), row(&value)), (&field(&after, ""), left(&new)));
    }
    // Though something in those is treated, too.
    becomes(
        r#"{"m.pw": {"action": "drop"}, "m.*.f": {"action": "drop"}}"#,
        (&field(&enums(LETTERS), ""), row(&records(&beta))),
        (&field(&enums(r#""string""#).replace(r#",{"name":"f","type":"int"}"#, ""), ""), left(&spelled)),
    );
}

#[test]
fn a_column_that_becomes_columns_has_a_name_that_is_free() {
    let parts = r#""fields":[{"name":"family","type":["null","string"]},{"name":"major","type":["null","string"]},{"name":"os","type":["null","string"]},{"name":"device","type":["null","string"]}]"#;
    let words = [optional("Other"), optional(""), optional("Other"), optional("other")].concat();
    let fixed = r#"{"name":"n","type":{"type":"fixed","name":"agent","size":1}}"#;
    becomes(
        r#"{"agent": "user_agent", "string": "user_agent"}"#,
        (
            &format!(
                r#"{{"name":"agent","type":"string"}},{{"name":"string","type":["string","null"]}},{fixed}"#
            ),
            [text("?"), long(1), b"x".to_vec()].concat(),
        ),
        (
            &format!(
                r#"{{"name":"agent","type":["null",{{"type":"record","name":"agent_",{parts}}}]}},{{"name":"string","type":[{{"type":"record","name":"string_",{parts}}},"null"]}},{fixed}"#
            ),
            [long(1), words, long(1), b"x".to_vec()].concat(),
        ),
    );
}

#[test]
fn what_others_put_into_the_header_stays() {
    let schema = r#"{"type":"record","name":"ev","fields":[{"name":"phone","type":"string"},{"name":"note","type":["null","string"]}]}"#;
    let metadata = [("team", "growth"), ("iceberg.schema", "{}"), ("avro.codec", "null"), ("origin", "")];
    let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let row = [text(PHONE), long(0)].concat();
    let came = scrubbed(r#"{"other": "text"}"#, schema, &metadata, std::slice::from_ref(&row));
    assert_eq!(came.schema, schema);
    assert_eq!(came.metadata, [metadata[0], metadata[1], metadata[3]].map(pair));
    // It describes columns that are others now, and may quote their values.
    for policy in [r#"{"note": "text"}"#, r#"{"phone": "phone"}"#] {
        let came = scrubbed(policy, schema, &metadata, std::slice::from_ref(&row));
        assert_eq!(came.metadata, [metadata[0], metadata[3]].map(pair));
    }
    // What is no text has a name, too.
    let house = House::new();
    let swapped = |bytes: Vec<u8>, from, to| -> Vec<u8> {
        bytes.into_iter().map(|byte| if byte == from { to } else { byte }).collect()
    };
    let metadata = [("geo", "~"), ("team", "~~"), ("~", "x")];
    house.file("p.json", r#"{"pumice": 1, "fields": {"phone": "phone"}}"#);
    house.file("in.avro", swapped(container(schema, &metadata, &[row]), b'~', 0xFF));
    house.run(&["scrub", "-p", "p.json", "-o", "out.avro", "in.avro"]).succeeds();
    let came = file(&swapped(house.read("out.avro"), 0xFF, b'~'));
    assert_eq!(came.metadata, [metadata[1], metadata[2]].map(pair));
}

#[test]
fn schemas_that_columns_cannot_have() {
    let house = House::new();
    let run = |schema: &str, said: &str| {
        house.file("in.avro", container(schema, &[], &[]));
        house
            .run(&["scrub", "-p", "policy.json", "-o", "out.avro", "in.avro"])
            .fails(1, &["in.avro: ", said]);
        assert!(!house.path("out.avro").exists());
    };
    let node = r#"{"type":"record","name":"n.Node","fields":[{"name":"next","type":["null","NAME"]}]}"#;
    run(&node.replace("NAME", "Node"), "its schema has a type that holds itself");
    run(&node.replace("NAME", "n.Node"), "its schema has a type that holds itself");
    run(r#""string""#, "its rows are no records");
    run(r#"["null","string"]"#, "its rows are no records");
    run(&node.replace("NAME", "Nobody"), "is not an Avro container file, or it is damaged");
    run("{", "is not an Avro container file, or it is damaged");
    run(&format!("{}\"int\"{}", "[".repeat(100_000), "]".repeat(100_000)), "or it is damaged");
    // Each type holds the one before twice.
    let twice = |at: usize| {
        let of = if at == 0 { "int".to_owned() } else { format!("T{}", at - 1) };
        format!(
            r#"{{"name":"f{at}","type":{{"type":"record","name":"T{at}","fields":[{{"name":"a","type":"{of}"}},{{"name":"b","type":"{of}"}}]}}}}"#
        )
    };
    let fields: Vec<_> = (0..40).map(twice).collect();
    run(
        &format!(r#"{{"type":"record","name":"ev","fields":[{}]}}"#, fields.join(",")),
        "has something in it that cannot be read yet",
    );
    house.file("in.avro", container(&node.replace("NAME", "int"), &[("avro.codec", "lzma")], &[]));
    house.run(&["scrub", "-p", "policy.json", "-o", "out.avro", "in.avro"]).fails(1, &["cannot be read yet"]);
}
