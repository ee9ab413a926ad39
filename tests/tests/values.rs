//! Properties of each redaction of one value; knows no policy and no event.
//!
//! The main one is that two values which differ only in what is to be hidden come out the same: then
//! nothing of it is left, whatever the output looks like.

use proptest::prelude::*;
use pumice::Scalar;
use pumice::redact::Invalid;
use pumice::redact::coordinate::{Coordinate, Rounding};
use pumice::redact::email::{Email, Keep};
use pumice::redact::ip::Ip;
use pumice::redact::phone::Phone;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What comes out, after a check that nothing is written on error and nothing overwritten else.
fn redacted(redact: impl Fn(&mut String) -> Result<(), Invalid>) -> Option<String> {
    const BEFORE: &str = "before: é";
    let mut out = String::from(BEFORE);
    match redact(&mut out) {
        Ok(()) => Some(out.strip_prefix(BEFORE).expect("what was there stays").to_owned()),
        Err(Invalid) => {
            assert_eq!(out, BEFORE);
            None
        }
    }
}

fn phone(text: &str) -> Option<String> {
    redacted(|out| Phone.redact(text, out))
}

fn email(email: &Email, text: &str) -> Option<String> {
    redacted(|out| email.redact(text, out))
}

fn ip(ip: &Ip, text: &str) -> Option<String> {
    redacted(|out| ip.redact(text, out).map(drop))
}

fn coordinate(coordinate: &Coordinate, value: Scalar<'_>) -> Option<String> {
    redacted(|out| coordinate.redact(value, out))
}

/// Once more changes nothing.
fn assert_settled(first: Option<String>, again: impl Fn(&str) -> Option<String>) {
    if let Some(first) = first {
        assert_eq!(again(&first).as_deref(), Some(first.as_str()));
    }
}

fn any_email() -> impl Strategy<Value = Email> {
    prop_oneof![Just(Keep::Initial), Just(Keep::Provider), Just(Keep::None)].prop_map(|keep| Email { keep })
}

fn any_ip() -> impl Strategy<Value = Ip> {
    (0..=32u8, 0..=128u8).prop_map(|(v4_bits, v6_bits)| Ip { v4_bits, v6_bits })
}

fn any_coordinate() -> impl Strategy<Value = Coordinate> {
    (0..=6u8, prop_oneof![Just(Rounding::TowardZero), Just(Rounding::Nearest)])
        .prop_map(|(decimals, rounding)| Coordinate { decimals, rounding })
}

/// A telephone number, whose digits are `D`s so that two may be written alike.
const NUMBER: &str = "(tel:|WhatsApp: )?[+＋]?(\\(?D{1,4}\\)?[-. /·\u{a0}]?){2,4}";

/// What may follow it.
const EXTENSION: &str = "((;ext=| x|X|#|, |～| Ext. |доб)D{1,4})?";

fn with_digits(shape: &str, digits: &str) -> String {
    let mut digits = digits.chars().cycle();
    shape.chars().map(|c| if c == 'D' { digits.next().unwrap_or(c) } else { c }).collect()
}

/// Every address that holds `v4` in a known form.
fn holders(v4: Ipv4Addr) -> Vec<u128> {
    let v4 = u128::from(v4.to_bits());
    let net = 0x2001_0db8_u128 << 96;
    vec![
        v4,
        0xffff << 32 | v4,
        0xffff << 48 | v4,
        0x0064_ff9b << 96 | v4,
        0x0064_ff9b_0001 << 80 | v4,
        0x0064_ff9b_0001_fffe << 64 | v4,
        0x0064_ff9b_0001 << 80 | v4 >> 16 << 64 | (v4 & 0xffff) << 40,
        0x0064_ff9b_0001 << 80 | v4 >> 24 << 64 | (v4 & 0xff_ffff) << 32,
        0x0064_ff9b_0001 << 80 | v4 << 24,
        0x2002 << 112 | v4 << 80 | 7,
        0x2002 << 112 | v4 << 80 | v4,
        0x2001_0000 << 96 | v4 << 64 | 0x8000_63bf << 32,
        0x2001_0000 << 96 | 0x8000_63bf << 32 | (v4 ^ 0xffff_ffff),
        net | 0x5efe << 32 | v4,
        net | 0x0200_5efe << 32 | v4,
    ]
}

/// The notations of coordinates; `A` and `B` stand for the magnitudes.
const NOTATIONS: [&str; 13] = [
    "A",
    "-A",
    "A°",
    "A° N",
    "S A",
    "A, B",
    "A,-B",
    "A -B",
    "A B",
    "A° N, B° W",
    "ANBE",
    "N A W B",
    "+A-0B/",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn phones_settle(text in "\\PC{0,24}|[0-9X]{0,20}|[0-9X x+/#;,.:=tEn()\n٣-]{0,24}") {
        assert_settled(phone(&text), phone);
    }

    #[test]
    fn phones_in_use_settle(number in NUMBER, extension in EXTENSION, digits in "[0-9٠-٩०-९]{20}") {
        assert_settled(phone(&with_digits(&[number, extension].concat(), &digits)), phone);
    }

    #[test]
    fn phones_keep_all_but_digits(text in "[0-9٣+() .x#,/-]{0,24}") {
        let is_digit = |c: &char| c.is_numeric();
        if let Some(out) = phone(&text) {
            prop_assert_eq!(out.chars().count(), text.chars().count());
            for (before, after) in text.chars().zip(out.chars()) {
                prop_assert!(before == after || is_digit(&before) && after == 'X');
            }
            let kept = out.chars().filter(is_digit).count();
            prop_assert!(kept <= text.chars().filter(is_digit).count().saturating_sub(4));
        }
    }

    #[test]
    fn phones_hide_the_last_four_and_the_extension(
        number in NUMBER, extension in EXTENSION, kept in "[0-9]{18}", one in "[0-9]{18}", other in "[0-9]{18}",
    ) {
        let kept = &kept[..number.matches('D').count().saturating_sub(4)];
        let shape = [number, extension].concat();
        let written = |hidden: &str| with_digits(&shape, &[kept, hidden].concat());
        prop_assert_eq!(phone(&written(&one)), phone(&written(&other)));
    }

    #[test]
    fn number_phones_are_their_text(number: u64) {
        let text = number.to_string();
        prop_assert_eq!(redacted(|out| Phone.redact_number(&text, out)), phone(&text));
        for quantity in [format!("-{text}"), format!("{text}.0"), format!("{text}e1")] {
            prop_assert_eq!(redacted(|out| Phone.redact_number(&quantity, out)), None);
        }
    }

    #[test]
    fn emails_settle(
        rule in any_email(),
        text in "\\PC{0,24}|\\PC{0,8}@\\PC{0,12}\\.\\p{L}{1,5}|[a-zé*.\"\\\\@]{1,12}@[a-zİK.-]{1,12}\\.[a-z0-9]{1,3}",
    ) {
        assert_settled(email(&rule, &text), |text| email(&rule, text));
    }

    #[test]
    fn emails_hide_all_but_the_initial(
        initial in "[a-zA-Zé世]", one in "[a-z0-9.+_]{0,20}[a-z]", other in "[a-z0-9.+_]{0,20}[a-z]",
    ) {
        let rule = Email::default();
        let [one, other] = [one, other].map(|rest| email(&rule, &format!("{initial}{rest}@Example.com")));
        let expected = format!("{initial}***@example.com");
        prop_assert!(one.is_none_or(|one| one == expected) && other.is_none_or(|other| other == expected));
    }

    #[test]
    fn emails_that_are_quoted_show_nothing(rule in any_email(), inside in "[ -!#-\\[\\]-~]{0,30}") {
        let quoted = email(&rule, &format!("\"{inside}\"@gmail.com"));
        prop_assert_eq!(quoted, email(&rule, "\"\"@gmail.com"));
    }

    #[test]
    fn ips_settle(
        rule in any_ip(),
        text in "\\PC{0,24}|[0-9a-f:.%, \\[\\]]{0,40}|([0-9]{1,3}\\.){3}[0-9]{1,3}(:[0-9]{1,4})?|\\[?([0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}\\]?",
    ) {
        assert_settled(ip(&rule, &text), |text| ip(&rule, text));
    }

    #[test]
    fn addresses_settle_and_lose_their_host_bits(rule in any_ip(), bits: u128, v4: u32) {
        let beyond = |bits: u32, width: u32| (u128::MAX >> (128 - width)).checked_shr(bits).unwrap_or(0);
        for bits in holders(v4.into()).into_iter().chain([bits, bits >> 80, bits >> 96]) {
            let text = Ipv6Addr::from_bits(bits).to_string();
            let out = ip(&rule, &text).expect("an address");
            assert_settled(Some(out.clone()), |text| ip(&rule, text));
            match out.parse().expect("an address") {
                IpAddr::V4(v4) => prop_assert_eq!(u128::from(v4.to_bits()) & beyond(rule.v4_bits.into(), 32), 0),
                IpAddr::V6(v6) => prop_assert_eq!(v6.to_bits() & beyond(rule.v6_bits.into(), 128), 0),
            }
        }
    }

    #[test]
    fn addresses_inside_addresses_keep_v4_bits(v4_bits in 0..=32u8, v6_bits in 0..=128u8, v4: u32, hidden: u32) {
        let rule = Ip { v4_bits, v6_bits };
        let hidden = hidden & u32::MAX.checked_shr(v4_bits.into()).unwrap_or(0);
        let pairs = holders(v4.into()).into_iter().zip(holders((v4 ^ hidden).into()));
        // Small numbers are their own kind: `::1` is the loopback address.
        for (one, other) in pairs.filter(|(one, other)| *one > 1 && *other > 1) {
            let [one, other] = [one, other].map(|bits| ip(&rule, &Ipv6Addr::from_bits(bits).to_string()));
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn coordinates_settle(
        rule in any_coordinate(),
        text in "\\PC{0,24}|[+-]?[0-9]{0,3}(\\.[0-9]{1,8})?|[-+0-9.,; °NSEWe/]{0,24}",
    ) {
        assert_settled(coordinate(&rule, Scalar::Str(&text)), |text| coordinate(&rule, Scalar::Str(text)));
    }

    #[test]
    fn coordinates_in_use_settle_and_hide_further_decimals(
        rule in any_coordinate(),
        notation in 0..NOTATIONS.len(),
        a in 0..90u8,
        b in 0..90u8,
        kept in "[0-9]{6}",
        one in "[0-9]{1,9}",
        other in "[0-9]{1,9}",
    ) {
        let written = |hidden: &str| {
            let decimals = format!("{}{hidden}", &kept[..rule.decimals.into()]);
            NOTATIONS[notation].replace('A', &format!("{a:02}.{decimals}")).replace('B', &format!("{b:02}.{decimals}"))
        };
        let [first, second] = [&one, &other].map(|hidden| coordinate(&rule, Scalar::Str(&written(hidden))));
        prop_assert!(first.is_some() && second.is_some());
        assert_settled(first.clone(), |text| coordinate(&rule, Scalar::Str(text)));
        // Half of them round up.
        if rule.rounding == Rounding::TowardZero || (one.as_bytes()[0] < b'5') == (other.as_bytes()[0] < b'5') {
            prop_assert_eq!(first, second);
        }
    }

    #[test]
    fn number_coordinates_are_near_and_are_json(rule in any_coordinate(), degrees in -180.0..180.0f64, exponent: bool) {
        let text = if exponent { format!("{degrees:e}") } else { degrees.to_string() };
        let out = coordinate(&rule, Scalar::Number(&text)).expect("a coordinate");
        let number: serde_json::Number = out.parse().expect("a JSON number");
        let error = (number.as_f64().expect("small") - degrees).abs();
        prop_assert!(error < 1.000001 * 10f64.powi(-i32::from(rule.decimals)), "{} {}", text, out);
        prop_assert!(out != "-0" && !out.starts_with("-0.0") || out.contains(|c| ('1'..='9').contains(&c)));
        let decimals = out.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        prop_assert!(decimals <= rule.decimals.into());
    }
}
