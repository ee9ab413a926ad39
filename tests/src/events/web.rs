//! The events of a web shop.

use super::Variety;
use super::draw::{Draw, Zipf};
use super::json::Json;
use super::{people, user_agents};

const PRODUCTS: &[(&str, &str)] = &[
    ("Wool blanket", "89.00"),
    ("Maple syrup, 500 ml", "14.50"),
    ("Enamel mug", "18.00"),
    ("Snowshoes", "219.99"),
    ("Canvas tote \"Rideau\"", "32.00"),
    ("Crème de marron", "9.75"),
    ("Tea towel (set of 3)", "27"),
    ("Beeswax candle", "21.25"),
    ("Notebook A5", "12.00"),
    ("Gift card", "50"),
];

const KINDS: &[&str] = &[
    "page_viewed",
    "page_viewed",
    "product_viewed",
    "product_viewed",
    "cart_updated",
    "checkout_started",
    "order_placed",
];

/// One visit: what stays the same over its events.
struct Session {
    id: String,
    events_left: u64,
    account: String,
    user: String,
    email: String,
    phone: String,
    name: String,
    ip: String,
    agent: usize,
    /// Ten-thousandths of a degree.
    latitude: i64,
    longitude: i64,
    viewport: (u64, u64),
}

pub(super) struct Stream {
    draw: Draw,
    variety: Variety,
    agents: Vec<String>,
    frequent: Zipf,
    sessions: Vec<Session>,
    /// Milliseconds of the day 2026-03-02.
    clock: u64,
}

impl Stream {
    pub(super) fn new(mut draw: Draw, variety: Variety) -> Self {
        // The agents are the same ones for every seed; how often each comes is the seed's.
        let agents = user_agents::all(&mut Draw::new(0));
        let frequent = Zipf::new(agents.len());
        let sessions = (0..64).map(|_| Session::new(&mut draw, variety, &frequent)).collect();
        Stream { draw, variety, agents, frequent, sessions, clock: 0 }
    }

    pub(super) fn event(&mut self, json: &mut Json) {
        let draw = &mut self.draw;
        let mixed = self.variety == Variety::Mixed;
        json.ascii = mixed && draw.percent(8);
        self.clock = (self.clock + draw.below(400)) % 86_400_000;
        let chosen = draw.below(self.sessions.len() as u64) as usize;
        if self.sessions[chosen].events_left == 0 {
            self.sessions[chosen] = Session::new(draw, self.variety, &self.frequent);
        }
        let session = &mut self.sessions[chosen];
        session.events_left -= 1;
        let agent = &self.agents[session.agent];
        // Of 100, how many events have what is optional.
        let has = |draw: &mut Draw, percent| !mixed || draw.percent(percent);
        let (minutes, milliseconds) = (self.clock / 60_000, self.clock % 60_000);
        let id = draw.hex(32);
        json.object(|json| {
            json.string(
                "event_id",
                &format!("{}-{}-4{}-a{}-{}", &id[..8], &id[8..12], &id[13..16], &id[17..20], &id[20..]),
            );
            json.string("event", draw.pick(KINDS));
            json.string(
                "timestamp",
                &format!(
                    "2026-03-02T{:02}:{:02}:{:02}.{:03}Z",
                    minutes / 60,
                    minutes % 60,
                    milliseconds / 1000,
                    milliseconds % 1000
                ),
            );
            json.string("account_id", &session.account);
            json.string("session_id", &session.id);
            if has(draw, 85) {
                json.member("user", |json| {
                    json.string("id", &session.user);
                    if has(draw, 90) {
                        json.string("email", &session.email);
                    } else {
                        json.literal("email", "null");
                    }
                    if has(draw, 70) {
                        json.string("phone", &session.phone);
                    }
                    json.string("name", &session.name);
                    json.string("locale", draw.pick(&["en-CA", "fr-CA", "en-US", "de-DE", "pt-BR"]));
                });
            }
            json.member("context", |json| {
                json.string("ip", &session.ip);
                json.string("user_agent", agent);
                if has(draw, 75) {
                    json.member("location", |json| {
                        json.literal("lat", degrees(session.latitude));
                        json.literal("lon", degrees(session.longitude));
                    });
                }
                if mixed && draw.percent(5) {
                    let north = if session.latitude < 0 { "S" } else { "N" };
                    let east = if session.longitude < 0 { "W" } else { "E" };
                    let (latitude, longitude) = (session.latitude.abs(), session.longitude.abs());
                    json.string(
                        "coordinates",
                        &format!("{}° {north}, {}° {east}", degrees(latitude), degrees(longitude)),
                    );
                }
                page(draw, json, mixed);
                json.member("viewport", |json| {
                    json.literal("width", session.viewport.0);
                    json.literal("height", session.viewport.1);
                });
            });
            let items = if mixed { draw.below(6) } else { 2 };
            json.array("items", |json| {
                for _ in 0..items {
                    item(draw, json);
                }
            });
            let contacts = if mixed { draw.below(3) } else { 1 };
            if !mixed || contacts > 0 {
                json.array("contacts", |json| {
                    for _ in 0..contacts {
                        json.object(|json| {
                            json.string("kind", draw.pick(&["billing", "shipping", "gift"]));
                            json.string("email", &people::email(draw));
                            if has(draw, 60) {
                                json.string("phone", &people::typed_phone(draw));
                            }
                        });
                    }
                });
            }
            json.literal("total", format_args!("{}.{:02}", draw.of(5..400), draw.below(100)));
            json.string("currency", draw.pick(&["CAD", "USD", "EUR", "BRL"]));
            json.member("consent", |json| {
                json.literal("analytics", draw.percent(80));
                json.literal("ads", draw.percent(40));
            });
        });
    }
}

impl Session {
    fn new(draw: &mut Draw, variety: Variety, frequent: &Zipf) -> Self {
        let ip = match variety {
            Variety::Mixed if draw.percent(30) => people::ipv6(draw).to_string(),
            Variety::Mixed | Variety::One => people::ipv4(draw).to_string(),
        };
        Session {
            id: format!("s_{}", draw.hex(16)),
            events_left: draw.of(1..21),
            account: format!("shop_{}", draw.of(1000..2000)),
            user: format!("u_{}", draw.of(1_000_000..9_000_000)),
            email: people::email(draw),
            phone: people::phone(draw),
            name: people::full_name(draw),
            ip,
            agent: frequent.rank(draw),
            latitude: draw.below(1_300_000) as i64 - 500_000,
            longitude: draw.below(3_600_000) as i64 - 1_800_000,
            viewport: (draw.of(320..2560), draw.of(480..1440)),
        }
    }
}

fn degrees(ten_thousandths: i64) -> String {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let size = ten_thousandths.abs();
    format!("{sign}{}.{:04}", size / 10_000, size % 10_000)
}

fn page(draw: &mut Draw, json: &mut Json, mixed: bool) {
    let path = draw.pick(&[
        "",
        "collections/winter",
        "products/wool-blanket",
        "products/enamel-mug",
        "cart",
        "checkout",
    ]);
    let query =
        if draw.percent(30) { format!("?utm_source=news&utm_id={}", draw.hex(8)) } else { String::new() };
    json.member("page", |json| {
        json.string("url", &format!("https://maple-goods.example/{path}{query}"));
        if mixed && draw.percent(35) {
            json.literal("referrer", "null");
        } else {
            let from =
                ["https://www.google.com/", "https://l.instagram.example/", "https://maple-goods.example/"];
            json.string("referrer", draw.pick(&from));
        }
    });
}

fn item(draw: &mut Draw, json: &mut Json) {
    let (name, price) = PRODUCTS[draw.below(PRODUCTS.len() as u64) as usize];
    json.object(|json| {
        json.string("sku", &format!("MG-{}", draw.of(10_000..99_999)));
        json.string("name", name);
        json.literal("price", price);
        json.literal("quantity", draw.of(1..5));
    });
}
