//! Invented people: names, mail addresses, telephone numbers and where they connect from.

use super::draw::Draw;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) const NAMES: &[&str] = &[
    "Ada",
    "Ben",
    "Chloe",
    "Daniel",
    "Elena",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kavya",
    "Liam",
    "Maya",
    "Noah",
    "Olga",
    "Pablo",
    "Quinn",
    "Rosa",
    "Samir",
    "Tara",
    "Uma",
    "Victor",
    "Wendy",
    "Yusuf",
    "Zara",
    "Élodie",
    "José",
    "Søren",
    "Zoë",
    "Łukasz",
    "Nguyễn",
    "李雷",
    "さくら",
    "Олена",
    "ليلى",
];

const SURNAMES: &[&str] = &[
    "Archer", "Baker", "Castillo", "Dubois", "Evans", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen",
    "Kim", "Lopez", "Moreau", "Novak", "O'Neill", "Patel", "Rossi", "Silva", "Tanaka", "Weber", "Åberg",
    "Nuñez", "Çelik",
];

/// Mailbox providers, and after them domains that RFC 2606 and RFC 6761 reserve.
const MAIL_DOMAINS: &[&str] = &[
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "gmail.com",
    "yahoo.com",
    "outlook.com",
    "hotmail.com",
    "icloud.com",
    "example.com",
    "example.org",
    "example.net",
    "mail.example",
    "maple-goods.example",
];

pub(super) fn full_name(draw: &mut Draw) -> String {
    format!("{} {}", draw.pick(NAMES), draw.pick(SURNAMES))
}

pub(super) fn email(draw: &mut Draw) -> String {
    let ascii =
        |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let (first, last) = (ascii(draw.pick(NAMES)), ascii(draw.pick(SURNAMES)));
    let local = match draw.below(4) {
        0 => format!("{last}.{first}{}", draw.below(100)),
        1 => format!("{first}{last}"),
        2 => format!("{last}{}", draw.of(1950..2010)),
        _ => format!("{last}+{}", draw.pick(&["news", "shop", "home"])),
    };
    format!("{local}@{}", draw.pick(MAIL_DOMAINS))
}

/// In E.164. The ranges are kept for fiction: NANP 555-01xx, Ofcom 07700 900xxx, ARCEP 06 39 98 xx xx,
/// PTS 031-390 06xx.
pub(super) fn phone(draw: &mut Draw) -> String {
    match draw.below(10) {
        0..6 => format!("+1{}55501{:02}", area_code(draw), draw.below(100)),
        6..8 => format!("+447700900{:03}", draw.below(1000)),
        8 => format!("+3363998{:04}", draw.below(10_000)),
        _ => format!("+46313900{}", draw.of(600..700)),
    }
}

/// As people type it into a form.
pub(super) fn typed_phone(draw: &mut Draw) -> String {
    let (area, last) = (area_code(draw), draw.below(100));
    match draw.below(5) {
        0 => format!("({area}) 555-01{last:02}"),
        1 => format!("{area}-555-01{last:02}"),
        2 => format!("+1 {area} 555 01{last:02}"),
        3 => format!("{area}.555.01{last:02} x{}", draw.of(10..1000)),
        _ => format!("07700 900{:03}", draw.below(1000)),
    }
}

fn area_code(draw: &mut Draw) -> &'static str {
    draw.pick(&[
        "202", "212", "303", "312", "415", "416", "503", "514", "604", "613", "617", "702", "713", "917",
    ])
}

/// A public IPv4 address.
pub(super) fn ipv4(draw: &mut Draw) -> Ipv4Addr {
    loop {
        let ip = Ipv4Addr::from_bits(draw.bits() as u32);
        let [first, second, ..] = ip.octets();
        let shared = first == 100 && (64..128).contains(&second);
        if (1..224).contains(&first) && !(first == 127 || shared || ip.is_private() || ip.is_link_local()) {
            return ip;
        }
    }
}

/// An address of a household: a /64 of what the registries give out, and random host bits.
pub(super) fn ipv6(draw: &mut Draw) -> Ipv6Addr {
    let registry = draw.pick(&[&0x2400_u128, &0x2600, &0x2601, &0x2804, &0x2a00, &0x2a02, &0x2c0f]);
    Ipv6Addr::from_bits(*registry << 112 | u128::from(draw.bits()) << 48 | u128::from(draw.bits() >> 16))
}
