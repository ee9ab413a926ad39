//! Makers of policies and events, odd ones above all; knows no expectation.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Names that policies and events share, so that they meet.
const NAMES: &[&str] =
    &["a", "b", "c", "email", "d.e", "", "é", "a\u{301}", "😀", "tab\there", "quote\"", "\u{0}"];

/// A key: mostly of the shared names, else long or strange.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        24 => select(NAMES[..4].to_vec()).prop_map(str::to_owned),
        6 => select(NAMES).prop_map(str::to_owned),
        // Around the lengths that a comparison of whole words, and a learner of keys, would care for.
        2 => (select(vec![13usize, 26, 27, 28, 29, 30, 31, 32, 33, 60, 123, 124, 125, 126, 127, 128, 129, 260]), 0..3u8)
            .prop_map(|(len, last)| format!("{}{last}", "k".repeat(len))),
        1 => text(),
    ]
}

/// Text with what trips scanners: quotes, controls, separators, directions, joiners, planes beyond the first.
fn text() -> impl Strategy<Value = String> {
    let odd = select(vec![
        '"',
        '\\',
        '/',
        '\u{0}',
        '\u{1f}',
        '\u{7f}',
        '\u{80}',
        '\u{85}',
        '\u{2028}',
        '\u{2029}',
        '\u{feff}',
        '\u{202e}',
        '\u{301}',
        '\u{200d}',
        '\u{ffff}',
        '\u{fffd}',
        '\u{10000}',
        '\u{10ffff}',
        '\u{d7ff}',
        '\u{e000}',
        '😀',
        '\n',
        '\t',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        ' ',
        '\u{a0}',
    ]);
    vec(prop_oneof![4 => proptest::char::range('a', 'z'), 3 => odd, 1 => any::<char>()], 0..24)
        .prop_map(String::from_iter)
}

/// Strings that the typed redactions read, and near misses.
fn typed() -> impl Strategy<Value = String> {
    select(vec![
        "+11234567890",
        "(415) 555-0132 x99",
        "911",
        "1-800-FLOWERS",
        "john@gmail.com",
        "a@x.com",
        "a@b@c.com",
        "207.164.33.12",
        "207.164.33.12, 10.1.2.3",
        "2001:db8:85a3::8a2e:370:7334",
        "45.4215",
        "45.4215° N, 75.6972° W",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ])
    .prop_map(str::to_owned)
}

/// A JSON string that means this text, each character plain or escaped in one of its ways, by turns.
#[must_use]
pub fn spell(text: &str, ways: &[u8]) -> String {
    let mut out = String::from("\"");
    let mut ways = ways.iter().copied().cycle();
    for c in text.chars() {
        let must = c < ' ' || c == '"' || c == '\\';
        match ways.next().unwrap_or(0) % 8 {
            way @ 0..3 if way < 2 || must => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out += &if way == 0 { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
                }
            }
            _ => match c {
                '"' | '\\' => out.extend(['\\', c]),
                '/' if must => out += "\\/",
                '\n' => out += "\\n",
                '\t' => out += "\\t",
                '\r' => out += "\\r",
                '\u{8}' => out += "\\b",
                '\u{c}' => out += "\\f",
                c if c < ' ' => out += &format!("\\u{:04x}", u32::from(c)),
                '/' => out += "\\/",
                c => out.push(c),
            },
        }
    }
    out + "\""
}

/// How a string is spelled: mostly plain.
fn ways() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => Just(vec![7]), 1 => vec(any::<u8>(), 1..6)]
}

fn string(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, ways()).prop_map(|(text, ways)| spell(&text, &ways))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,6})(\\.[0-9]{1,7})?",
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,6})?",
        select(vec![
            "-0",
            "0.0",
            "1e999999",
            "-1E-999999",
            "14155550132",
            "9007199254740993",
            "45.4215",
            "1.50"
        ])
        .prop_map(str::to_owned),
    ]
}

/// A scalar, spelled.
pub fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => string(text()),
        3 => string(typed()),
        3 => number(),
        2 => select(vec!["null", "true", "false", "\"\""]).prop_map(str::to_owned),
    ]
}

/// A value before it is written: keys and leaves are spelled, white space is not yet there.
#[derive(Clone, Debug)]
pub enum Value {
    Leaf(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The JSON text, with these pieces of white space where white space may be, by turns.
    #[must_use]
    pub fn write(&self, spaces: &[&str]) -> String {
        let mut out = String::new();
        let mut turn = 0;
        self.write_to(spaces, &mut turn, &mut out);
        space(spaces, &mut turn, &mut out);
        out
    }

    /// The same with these leaves in place of its own, by turns; those of `None` stay.
    #[must_use]
    pub fn refilled(&self, leaves: &mut impl Iterator<Item = Option<String>>) -> Self {
        match self {
            Value::Leaf(text) => Value::Leaf(leaves.next().flatten().unwrap_or_else(|| text.clone())),
            Value::Array(elements) => {
                Value::Array(elements.iter().map(|value| value.refilled(leaves)).collect())
            }
            Value::Object(members) => Value::Object(
                members.iter().map(|(key, value)| (key.clone(), value.refilled(leaves))).collect(),
            ),
        }
    }

    fn write_to(&self, spaces: &[&str], turn: &mut usize, out: &mut String) {
        space(spaces, turn, out);
        match self {
            Value::Leaf(text) => out.push_str(text),
            Value::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        space(spaces, turn, out);
                        out.push(',');
                    }
                    element.write_to(spaces, turn, out);
                }
                space(spaces, turn, out);
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        space(spaces, turn, out);
                        out.push(',');
                    }
                    space(spaces, turn, out);
                    out.push_str(key);
                    space(spaces, turn, out);
                    out.push(':');
                    value.write_to(spaces, turn, out);
                }
                space(spaces, turn, out);
                out.push('}');
            }
        }
    }

    /// How many objects and arrays are in each other at most.
    fn levels(&self) -> usize {
        match self {
            Value::Leaf(_) => 0,
            Value::Array(elements) => 1 + elements.iter().map(Value::levels).max().unwrap_or(0),
            Value::Object(members) => 1 + members.iter().map(|(_, v)| v.levels()).max().unwrap_or(0),
        }
    }
}

fn space(spaces: &[&str], turn: &mut usize, out: &mut String) {
    if !spaces.is_empty() {
        out.push_str(spaces[*turn % spaces.len()]);
        *turn += 1;
    }
}

/// Pieces of white space: mostly none, or as people write.
pub fn spaces() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        3 => Just(vec![]),
        2 => vec(select(vec!["", " "]), 1..8),
        1 => vec(select(vec!["", " ", "\n", "\r\n", "\t", "    ", "\n  "]), 1..8),
    ]
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<(String, Value)>> {
    vec((string(name()), value), 0..7)
}

/// A value of any kind.
pub fn value() -> impl Strategy<Value = Value> {
    let tree = leaf_value().prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            3 => members(inner.clone()).prop_map(Value::Object),
            2 => vec(inner.clone(), 0..6).prop_map(Value::Array),
            // More members than a learner of objects would care for.
            1 => (members(inner), 50..80usize, leaf_value()).prop_map(|(mut members, count, leaf)| {
                members.splice(0..0, (0..count).map(|i| (format!("\"m{i}\""), leaf.clone())));
                Value::Object(members)
            }),
        ]
    });
    let deep = (tree.clone(), prop_oneof![3 => 0..8usize, 1 => 110..132usize], vec(string(name()), 1..3));
    prop_oneof![
        12 => members(tree.clone()).prop_map(Value::Object),
        2 => tree,
        1 => deep.prop_map(|(value, more, keys)| {
            (0..more).fold(value, |inner, i| match keys.get(i % (keys.len() + 1)) {
                Some(key) => Value::Object(vec![(key.clone(), inner)]),
                None => Value::Array(vec![inner]),
            })
        }),
    ]
    .prop_filter("few levels too many", |value| value.levels() < 200)
}

fn leaf_value() -> impl Strategy<Value = Value> {
    leaf().prop_map(Value::Leaf)
}

/// A value with its members in another order, some gone, some twice, some under another's key.
pub fn variant(value: Value) -> impl Strategy<Value = Value> {
    (Just(value), vec(any::<(u8, Index, Index)>(), 0..6), leaf_value()).prop_map(
        |(mut value, changes, leaf)| {
            for (what, one, other) in changes {
                change(&mut value, what, one, other, &leaf);
            }
            value
        },
    )
}

fn change(value: &mut Value, what: u8, one: Index, other: Index, leaf: &Value) {
    let children: Vec<&mut Value> = match value {
        Value::Leaf(_) => return,
        Value::Array(elements) => elements.iter_mut().collect(),
        Value::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
    };
    if children.is_empty() {
        return;
    }
    // Go down as often as not.
    let at = one.index(children.len());
    if what.is_multiple_of(2) && !matches!(children[at], Value::Leaf(_)) {
        return change(&mut *children.into_iter().nth(at).unwrap(), what / 2, other, one, leaf);
    }
    let to = other.index(children.len());
    match (value, what / 2 % 8) {
        (Value::Object(members), 0) => members.swap(at, to),
        (Value::Object(members), 1) => members.truncate(at),
        (Value::Object(members), 2) => drop(members.remove(at)),
        (Value::Object(members), 3) => {
            let again = members[at].clone();
            members.insert(to, again);
        }
        (Value::Object(members), 4) => members[at].0 = members[to].0.clone(),
        (Value::Object(members), 5) => {
            let inner = members[at].clone();
            members[to].1 = Value::Object(vec![inner]);
        }
        (Value::Object(members), 6) => members[at].1 = leaf.clone(),
        (Value::Object(members), _) => {
            let inner = members[at].1.clone();
            members[at].1 = Value::Array(vec![inner, leaf.clone()]);
        }
        (Value::Array(elements), 0) => elements.swap(at, to),
        (Value::Array(elements), 1) => drop(elements.remove(at)),
        (Value::Array(elements), _) => {
            let again = elements[at].clone();
            elements.insert(to, again);
        }
        (Value::Leaf(_), _) => {}
    }
}

/// A selector as a policy spells it.
pub fn selector() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        8 => (name(), ways(), any::<bool>()).prop_map(|(name, ways, bare)| {
            let can = !name.is_empty() && name.chars().all(char::is_alphanumeric);
            if bare && can { name } else { spell(&name, &ways) }
        }),
        2 => Just("*".to_owned()),
        2 => Just("[*]".to_owned()),
        2 => Just("**".to_owned()),
    ];
    vec(step, 1..4).prop_map(|mut steps| {
        steps.dedup_by(|a, b| a == b && *a == "**");
        steps.join(".").replace(".[*]", "[*]")
    })
}

fn rule() -> impl Strategy<Value = String> {
    let on_invalid =
        select(vec!["", r#","on_invalid":"null""#, r#","on_invalid":"drop""#, r#","on_invalid":"fail""#]);
    let kind = select(vec![
        r#"phone""#,
        r#"email""#,
        r#"ip""#,
        r#"coordinate""#,
        r#"user_agent""#,
        r#"user_agent","fields":["family"]"#,
    ]);
    prop_oneof![
        3 => Just(r#""text""#.to_owned()),
        3 => (kind, on_invalid).prop_map(|(kind, rest)| format!(r#"{{"type":"{kind}{rest}}}"#)),
        2 => Just(r#"{"action":"drop"}"#.to_owned()),
        2 => Just(r#"{"action":"keep"}"#.to_owned()),
        2 => select(vec!["0", "null", r#""gone""#, r#"{"b":"gone"}"#, "[]"])
            .prop_map(|value| format!(r#"{{"action":"replace","value":{value}}}"#)),
    ]
}

/// A policy, not always a valid one.
pub fn policy() -> impl Strategy<Value = Policy> {
    let unlisted = select(vec!["keep", "keep", "keep", "drop", "fail"]);
    (vec((selector(), rule()), 0..6), unlisted).prop_map(|(rules, unlisted)| Policy {
        rules,
        unlisted,
        shape: None,
    })
}

/// A policy's rules as they are spelled.
#[derive(Clone, Debug)]
pub struct Policy {
    pub rules: Vec<(String, String)>,
    pub unlisted: &'static str,
    /// What events must look like, as it is spelled.
    pub shape: Option<String>,
}

impl Policy {
    #[must_use]
    pub fn text(&self) -> String {
        let rules: Vec<_> =
            self.rules.iter().map(|(selector, rule)| format!("{}:{rule}", spell(selector, &[7]))).collect();
        let shape = self.shape.as_ref().map(|shape| format!(r#","shape":{shape}"#)).unwrap_or_default();
        format!(r#"{{"pumice":1,"unlisted":"{}","fields":{{{}}}{shape}}}"#, self.unlisted, rules.join(","))
    }

    /// The same without the rules that pumice says stand in the way, and the scrubber.
    ///
    /// # Panics
    /// If pumice refuses it for another reason than its selectors.
    #[must_use]
    pub fn settle(mut self) -> (Self, pumice::Scrubber) {
        loop {
            let text = self.text();
            let error = match pumice::Scrubber::builder(text.as_bytes()).build() {
                Ok(scrubber) => return (self, scrubber),
                Err(error) => error,
            };
            use pumice::{At, Code};
            let At::Policy(pointer) = error.at() else { panic!("{error}") };
            let code = error.code();
            assert!(
                [Code::DuplicateKey, Code::DuplicateSelector, Code::AmbiguousSelectors].contains(&code),
                "{error}"
            );
            // The later one goes.
            let spelled = |rule: &(String, String)| {
                *pointer == format!("/fields/{}", rule.0.replace('~', "~0").replace('/', "~1"))
            };
            let at = self.rules.iter().rposition(spelled).unwrap();
            self.rules.remove(at);
        }
    }
}

/// A change to bytes that does not know what they mean.
pub fn damage() -> impl Strategy<Value = Damage> {
    let byte = prop_oneof![select(b"\"\\{}[],:0-.eEtfn \n\t\x00\x80\xff\xed\xc3u".to_vec()), any::<u8>()];
    prop_oneof![
        (any::<Index>(), byte.clone()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), byte).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        any::<Index>().prop_map(Damage::Remove),
        any::<Index>().prop_map(Damage::Cut),
        any::<(Index, Index)>().prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

#[derive(Clone, Debug)]
pub enum Damage {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index, Index),
}

impl Damage {
    pub fn to(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let place = |at: &Index| at.index(bytes.len());
        match self {
            Damage::Set(at, byte) => {
                let at = place(at);
                bytes[at] = *byte;
            }
            Damage::Insert(at, byte) => bytes.insert(place(at), *byte),
            Damage::Remove(at) => drop(bytes.remove(place(at))),
            Damage::Cut(at) => bytes.truncate(place(at)),
            Damage::Repeat(from, to) => {
                let (from, to) = (place(from), place(to));
                let again = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from.min(to)..from.min(to), again);
            }
        }
    }
}
