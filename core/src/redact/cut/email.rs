//! Addresses of ASCII, without quotes, their domain in lower case; knows no other spelling.

use super::{Between, Cut, LONGEST, equal, mask};
use crate::redact::email::{Email, Keep, is_mailbox_provider};
use crate::simd::Chunk;

const STARS: &Between = &Between::new("***");
const REDACTED: &Between = &Between::new("REDACTED");
const REDACTED_ALL: &Between = &Between::new("REDACTED@REDACTED.com");

impl Email {
    /// Cuts the address of this length at the head of `here`.
    #[inline(always)]
    pub(crate) fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
        let at = at::<C>(here, length)?;
        match self.keep {
            Keep::Initial => {
                // As the initial of any: one of its own.
                let is_shown = at > 1 && here.first() != Some(&b'*');
                Some(Cut { head: is_shown.into(), tail: at, between: STARS })
            }
            Keep::Provider
                if std::str::from_utf8(here.get(at + 1..length)?).is_ok_and(is_mailbox_provider) =>
            {
                Some(Cut { head: 0, tail: at, between: REDACTED })
            }
            Keep::Provider | Keep::None => Some(Cut { head: 0, tail: length, between: REDACTED_ALL }),
        }
    }
}

/// Where the `@` is, if there is an address of this length: of ASCII, without quotes, its domain in lower case.
#[inline(always)]
fn at<C: Chunk>(here: &[u8], length: usize) -> Option<usize> {
    let mut masks = Masks::of::<C>(here.first_chunk()?);
    if length > 32 {
        masks = masks.before(Masks::of::<C>(here.get(32..)?.first_chunk()?));
    }
    let inside = u64::MAX.checked_shr(LONGEST.checked_sub(length)? as u32)?;
    let ats = masks.at & inside;
    let local = ats.wrapping_sub(1) & !ats;
    if !ats.is_power_of_two() {
        return None;
    }
    let domain = inside & !local & !ats;
    let dots = masks.dot & inside;
    let top_level = LONGEST as u32 - (dots & domain).leading_zeros();
    // What parts one word or label from the next; the first bit of each is what comes before it.
    let (parts, end) = (dots | ats, !(inside >> 1));
    let hyphens = masks.hyphen & domain;
    let wrong = (local & !masks.word)
        | (domain & !masks.label)
        // Nothing before a dot or the `@`, or behind it.
        | (parts & (parts << 1 | 1 | end))
        | (hyphens & (parts << 1 | parts >> 1 | end) & inside);
    let is_named = top_level > 0 && masks.lower.checked_shr(top_level).is_some_and(|lower| lower & 1 == 1);
    (wrong == 0 && is_named).then_some(ats.trailing_zeros() as usize)
}

/// What the bytes are, one bit each, the first byte's lowest.
struct Masks {
    at: u64,
    dot: u64,
    hyphen: u64,
    /// Whatever may stand in a local part, dots too.
    word: u64,
    /// Whatever may stand in a domain in lower case, dots and hyphens too.
    label: u64,
    lower: u64,
}

impl Masks {
    #[inline(always)]
    fn of<C: Chunk>(bytes: &[u8; 32]) -> Self {
        let is = |byte| u64::from(equal::<C>(bytes, byte));
        let lower = u64::from(mask::<C>(bytes, |byte| byte.wrapping_sub(b'a') < 26));
        let digits = u64::from(C::load(bytes).digits());
        let (dot, hyphen) = (is(b'.'), is(b'-'));
        let word = mask::<C>(bytes, |byte| {
            let within = |from: u8, to: u8| byte.wrapping_sub(from) <= to - from;
            let few =
                within(b'#', b'\'') | within(b'*', b'+') | (byte == b'!') | (byte == b'=') | (byte == b'?');
            // Between those of the second are the digits, a slash and the like; between those of the last small letters.
            few | within(b'-', b'9') | within(b'A', b'Z') | within(b'^', b'~')
        });
        Masks { at: is(b'@'), dot, hyphen, word: word.into(), label: lower | digits | dot | hyphen, lower }
    }

    /// Those of the thirty-two bytes behind these too.
    #[inline(always)]
    fn before(self, behind: Masks) -> Self {
        let join = |low: u64, high: u64| low | high << 32;
        Masks {
            at: join(self.at, behind.at),
            dot: join(self.dot, behind.dot),
            hyphen: join(self.hyphen, behind.hyphen),
            word: join(self.word, behind.word),
            label: join(self.label, behind.label),
            lower: join(self.lower, behind.lower),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Cuts, assert_same, every_text};
    use super::*;
    use proptest::prelude::*;

    impl Cuts for Email {
        fn cut<C: Chunk>(&self, here: &[u8], length: usize) -> Option<Cut> {
            Email::cut::<C>(self, here, length)
        }
    }

    /// Whether it is cut, and so whatever stays of it.
    fn is_cut(text: &str) -> bool {
        [Keep::Initial, Keep::Provider, Keep::None].map(|keep| {
            let mut due = String::new();
            let due = Email { keep }.redact_any(text, &mut due).is_ok().then_some(due);
            assert_same(&Email { keep }, text, due.as_deref())
        }) == [true; 3]
    }

    /// Whether it is short, of ASCII, without quotes, and its domain in lower case.
    fn is_plain(text: &str) -> bool {
        let domain = text.split_once('@').map_or("", |(_, domain)| domain);
        let is_any = Email::default().redact_any(text, &mut String::new()).is_ok();
        let is_simple = text.is_ascii() && !text.starts_with('"') && domain == domain.to_ascii_lowercase();
        is_any && is_simple && text.len() <= LONGEST
    }

    #[test]
    fn plain_addresses_are_cut() {
        let mut read = 0;
        for text in every_text(["a", "1", ".", "-", "@"], 6) {
            assert_eq!(is_cut(&text), is_plain(&text), "{text}");
            read += usize::from(is_plain(&text));
        }
        assert!(read > 30, "{read}");
        for c in '\0'..='\u{ff}' {
            for at in ["", "a", "abcdefghijklmnopqrstuvwxyz0123"] {
                for text in [
                    format!("{at}{c}c@d.ef"),
                    format!("{at}{c}@b.cd"),
                    format!("{at}a@b{c}.cd"),
                    format!("{at}@b{c}d.e{c}f"),
                    format!("{at}a@b.{c}c"),
                ] {
                    assert_eq!(is_cut(&text), is_plain(&text), "{text}");
                }
            }
        }
    }

    #[test]
    fn at_every_length() {
        for local in [0, 1, 2, 27, 28, 29, 30, 31, 32, 33, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64] {
            for label in 0..=62 {
                let text = format!("{}@{}.com", "a".repeat(local), "b".repeat(label));
                assert_eq!(is_cut(&text), is_plain(&text), "{text}");
            }
        }
        for text in [
            "***@gmail.com",
            "*@gmail.com",
            "j***@gmail.com",
            "REDACTED@REDACTED.com",
            "a@gmail.com",
            "A.b@gmail.com",
        ] {
            assert_eq!(is_cut(text), is_plain(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cut_address_is_as_any(text in "[ -~é]{0,12}@([a-zB0-9-é]{0,5}\\.){0,3}[a-z0-9-]{0,5}") {
            is_cut(&text);
        }

        #[test]
        fn a_long_one_too(text in "[a-z0-9.+!-]{0,40}@([a-z0-9-]{1,20}\\.){1,3}[a-z0-9-]{1,5}") {
            prop_assert_eq!(is_cut(&text), is_plain(&text));
        }
    }
}
