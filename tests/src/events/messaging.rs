//! The events of a messaging service.

use super::Variety;
use super::draw::{Draw, Zipf};
use super::json::Json;
use super::people;

/// What is sent. `{name}`, `{code}`, `{day}` and `{time}` are filled in.
const BODIES: &[&str] = &[
    "Your verification code is {code}. It expires in 10 minutes. Do not share it with anyone.",
    "{code} is your sign-in code for Maple Goods. If you did not ask for it, you can ignore this message.",
    "Hi {name}, your order #{code} has shipped and should arrive on {day}. Reply STOP to opt out.",
    "Reminder: {name}, you have an appointment on {day} at {time}. Reply C to confirm or R to reschedule.",
    "Your driver {name} is 3 minutes away: silver sedan, plate {code}. Track it at https://t.example/{code}",
    "Thanks for calling. Your ticket is {code}; an agent will text you back before {time}.",
    "Alert: a sign-in from a new device at {time} on {day}. Not you? Reset your password: https://a.example/{code}",
    "Can we move it to {day}? Something came up at work and I can't leave before {time}, sorry!!",
    "{name} left a review of your stay: \"lovely place, would come again\". Read it at https://s.example/{code}",
    "Hello {name},\nyour table for two is booked on {day} at {time}.\nSee you soon!",
    "on my way, see you at {time}",
    "Your balance is low. Top up before {day} to keep your line open. Ref {code}.",
    "Flight {code} now boards at {time} from gate B22. Have your documents ready, {name}.",
    "Your parcel is held at the depot. Pick it up before {day} {time} with code {code}, or book a new delivery.",
    "Tu código es {code}. Caduca en 10 minutos. Si no lo has pedido, ignora este mensaje.",
    "Bonjour {name}, votre colis n° {code} sera livré {day} entre 9 h et 12 h. À bientôt 📦",
    "Hallo {name}, Ihr Termin am {day} um {time} ist bestätigt. Grüße aus der Praxis",
    "{name}さん、ご予約 {code} を承りました。{time} にお待ちしております。",
    "{name}، رمز التحقق الخاص بك هو {code}",
    "See you {day} at {time} 🎉🎉",
];

const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// 2026-03-02T00:00:00Z in seconds since 1970.
const MIDNIGHT: u64 = 1_772_409_600;

pub(super) struct Stream {
    draw: Draw,
    variety: Variety,
    accounts: Vec<String>,
    frequent: Zipf,
    /// Seconds since midnight.
    clock: u64,
}

impl Stream {
    pub(super) fn new(mut draw: Draw, variety: Variety) -> Self {
        let accounts: Vec<_> = (0..200).map(|_| format!("AC{}", draw.hex(8))).collect();
        Stream { draw, variety, frequent: Zipf::new(accounts.len()), accounts, clock: 0 }
    }

    fn body(&mut self) -> String {
        let draw = &mut self.draw;
        draw.pick(BODIES)
            .replace("{name}", draw.pick(people::NAMES))
            .replace("{code}", &draw.of(100_000..1_000_000).to_string())
            .replace("{day}", draw.pick(DAYS))
            .replace("{time}", &format!("{}:{:02}", draw.of(8..20), 5 * draw.below(12)))
    }

    pub(super) fn event(&mut self, json: &mut Json) {
        let body = self.body();
        let draw = &mut self.draw;
        let mixed = self.variety == Variety::Mixed;
        json.ascii = mixed && draw.percent(8);
        self.clock = (self.clock + draw.below(40)) % 86_400;
        let account = &self.accounts[self.frequent.rank(draw)];
        let prefix = if mixed && draw.percent(7) { "whatsapp:" } else { "" };
        let status = draw.pick(&["delivered", "delivered", "delivered", "sent", "queued", "failed"]);
        json.object(|json| {
            json.string("account_id", account);
            json.string("message_id", &format!("SM{}", draw.hex(12)));
            if mixed && draw.percent(12) {
                json.string("campaign", draw.pick(&["spring", "otp", "reminders", "win-back"]));
            }
            json.string("from", &format!("{prefix}{}", people::phone(draw)));
            json.string("to", &format!("{prefix}{}", people::phone(draw)));
            if mixed && draw.percent(3) {
                json.literal("message_body", "null");
            } else {
                json.string("message_body", &body);
            }
            if mixed && draw.percent(4) {
                json.array("media", |json| {
                    for _ in 0..draw.of(1..3) {
                        json.object(|json| {
                            json.string("type", draw.pick(&["image/jpeg", "image/png", "video/mp4"]));
                            json.string("url", &format!("https://media.example/{}", draw.hex(20)));
                        });
                    }
                });
            }
            if mixed && draw.percent(10) {
                json.string("direction", draw.pick(&["outbound-api", "inbound", "outbound-reply"]));
            }
            json.string("status", status);
            if mixed && status == "failed" {
                json.literal("error_code", draw.of(30_001..30_009));
            }
            json.literal("num_segments", 1 + body.chars().count() / 153);
            match status {
                "queued" if mixed => json.literal("price", "null"),
                _ => json.literal("price", draw.pick(&["-0.0075", "-0.0079", "-0.015", "-0.042"])),
            }
            json.literal("sent_at", MIDNIGHT + self.clock);
        });
    }
}
