//! Invented events, the same for the same seed; knows no policy and none of the library under test.
//!
//! Telephone numbers are of ranges that regulators keep for fiction, mail domains are reserved ones or large
//! providers, and an IP address is any public one: they name nobody.

mod draw;
mod json;
mod messaging;
mod people;
mod user_agents;
mod web;

use draw::Draw;
use json::Json;

/// How alike the events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variety {
    /// All events have the same keys in the same order, arrays of the same lengths, and no escapes but `\n`
    /// and `\"`.
    One,
    /// As a producer's stream is: keys come and go, values may be null, arrays grow, some producers escape
    /// all that is not ASCII.
    Mixed,
}

/// The messaging sample: two telephone numbers and a text.
pub const MESSAGING_SAMPLE: &str = concat!(
    r#"{"account_id":"AC5f1e09c2","message_id":"SM2d81c04e7a93","from":"+11234567890","to":"+351234567890","#,
    r#""message_body":"This is sample message body","status":"delivered","num_segments":1,"price":-0.0075,"#,
    r#""sent_at":1772460511}"#
);

/// The commerce sample: mail addresses, an IP address, a user agent and coordinates.
pub const WEB_SAMPLE: &str = concat!(
    r#"{"event_id":"0b6ad7e4-54a8-4f0e-9b3f-2f3a1c5d7e90","event":"checkout_started","#,
    r#""timestamp":"2026-03-02T14:08:31.204Z","account_id":"shop_1842","session_id":"s_91c0e4d2a7b35f68","#,
    r#""user":{"id":"u_7340021","email":"john@gmail.com","phone":"+14155550132","name":"John Doe","locale":"en-CA"},"#,
    r#""context":{"ip":"207.164.33.12","user_agent":"CPU iPhone OS 9_3_2 like Mac OS X) AppleWebKit/601.1.46 "#,
    r#"(KHTML, like Gecko) Mobile/13F69 Instagram 8.4.0 (iPhone7,2; iPhone OS 9_3_2; nb_NO; nb-NO; scale=2.00; "#,
    r#"750x1334","location":{"lat":45.4215,"lon":-75.6972},"coordinates":"45.4215° N, 75.6972° W","#,
    r#""page":{"url":"https://maple-goods.example/checkout","referrer":"https://l.instagram.example/"},"#,
    r#""viewport":{"width":375,"height":667}},"#,
    r#""items":[{"sku":"MG-20417","name":"Wool blanket","price":89.00,"quantity":1}],"#,
    r#""contacts":[{"kind":"gift","email":"behrooz@example.com","phone":"(613) 555-0147"}],"#,
    r#""total":89.00,"currency":"CAD","consent":{"analytics":true,"ads":false}}"#
);

/// `count` events of a messaging service as NDJSON, of about 280 bytes each: two telephone numbers and a text.
#[must_use]
pub fn messaging(seed: u64, count: usize, variety: Variety) -> Vec<u8> {
    let mut stream = messaging::Stream::new(Draw::new(seed), variety);
    lines(count, |json| stream.event(json))
}

/// `count` events of a web shop as NDJSON, of about 976 bytes each: people, an IP address, a user agent,
/// coordinates, nested objects and arrays.
#[must_use]
pub fn web(seed: u64, count: usize, variety: Variety) -> Vec<u8> {
    let mut stream = web::Stream::new(Draw::new(seed), variety);
    lines(count, |json| stream.event(json))
}

/// The committed `tests/data/messaging.ndjson`: the sample and 1,999 others.
#[must_use]
pub fn committed_messaging() -> Vec<u8> {
    [MESSAGING_SAMPLE.as_bytes(), b"\n", &messaging(1, 1_999, Variety::Mixed)].concat()
}

/// The committed `tests/data/web.ndjson`: the sample and 1,499 others.
#[must_use]
pub fn committed_web() -> Vec<u8> {
    [WEB_SAMPLE.as_bytes(), b"\n", &web(2, 1_499, Variety::Mixed)].concat()
}

fn lines(count: usize, mut event: impl FnMut(&mut Json)) -> Vec<u8> {
    let mut json = Json::default();
    for _ in 0..count {
        event(&mut json);
        json.end_line();
    }
    json.into_bytes()
}
