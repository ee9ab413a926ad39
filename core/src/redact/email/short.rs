//! Addresses that fit in sixty-four bytes, many at a time: read by bit masks, without a branch for each byte. Whatever is not
//! written as most are is left to those who read any.

use super::{Email, HIDDEN_DOMAIN, Keep, is_mailbox_provider};
use crate::simd::Chunk;

/// Longest address that is read here, in bytes: one bit each.
const LONGEST: usize = 64;

/// Bytes that are read for an address, whatever is behind it.
pub(crate) const BLOCK: usize = 2 * LONGEST;

impl Email {
    /// Appends what [`redact`](Email::redact) makes of the address of this length at the head of a block; nothing if the
    /// address is longer than [`LONGEST`], or is written otherwise than most are.
    #[inline(always)]
    pub(crate) fn redact_short<C: Chunk>(
        &self,
        block: &[u8; BLOCK],
        length: usize,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let at = at::<C>(block, length)?;
        match self.keep {
            Keep::Initial => {
                let [first, ..] = *block;
                // As in `initial`: one of its own.
                let is_shown = at > 1 && first != b'*';
                let (head, from) =
                    if is_shown { ([first, b'*', b'*', b'*'], at) } else { (*b"***@", at + 1) };
                // What is behind the domain is copied with it, as that takes no call, and cut off.
                let domain: &[u8; LONGEST] = block.get(from..)?.first_chunk()?;
                let end = out.len() + head.len() + length - from;
                out.extend_from_slice(&head);
                out.extend_from_slice(domain);
                out.truncate(end);
            }
            Keep::Provider | Keep::None => {
                let domain = block.get(at + 1..length)?;
                let shows =
                    self.keep == Keep::Provider && std::str::from_utf8(domain).is_ok_and(is_mailbox_provider);
                out.extend_from_slice(b"REDACTED@");
                out.extend_from_slice(if shows { domain } else { HIDDEN_DOMAIN.as_bytes() });
            }
        }
        Some(())
    }
}

/// Where the `@` is, if the block begins with an address of this length: of ASCII, without quotes, its domain in lower case.
#[inline(always)]
fn at<C: Chunk>(block: &[u8; BLOCK], length: usize) -> Option<usize> {
    if !(1..=LONGEST).contains(&length) {
        return None;
    }
    let (halves, _) = block.as_chunks();
    let [low, high, ..] = halves else { return None };
    let mut masks = Masks::of::<C>(low);
    if length > 32 {
        masks = masks.before(Masks::of::<C>(high));
    }
    let inside = u64::MAX >> (LONGEST - length);
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
        let is = |byte: u8| u64::from(!C::load(bytes).differ(C::load(&[byte; 32])));
        let lower = mask::<C>(bytes, |byte| byte.wrapping_sub(b'a') < 26);
        let digits = u64::from(C::load(bytes).digits());
        let (dot, hyphen) = (is(b'.'), is(b'-'));
        let word = mask::<C>(bytes, |byte| {
            let within = |from: u8, to: u8| byte.wrapping_sub(from) <= to - from;
            let few =
                within(b'#', b'\'') | within(b'*', b'+') | (byte == b'!') | (byte == b'=') | (byte == b'?');
            // Between those of the second are the digits, a slash and the like; between those of the last small letters.
            few | within(b'-', b'9') | within(b'A', b'Z') | within(b'^', b'~')
        });
        Masks { at: is(b'@'), dot, hyphen, word, label: lower | digits | dot | hyphen, lower }
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

/// One bit for each byte that belongs. The loop becomes the vector instructions that it is compiled for.
#[inline(always)]
fn mask<C: Chunk>(bytes: &[u8; 32], belongs: impl Fn(u8) -> bool) -> u64 {
    let mut flags = [0; 32];
    for (flag, byte) in flags.iter_mut().zip(bytes) {
        *flag = if belongs(*byte) { 0x80 } else { 0 };
    }
    u64::from(C::load(&flags).beyond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Base, Scanning, scanning};
    use proptest::prelude::*;

    struct Redact<'a>(Keep, &'a str, u8);

    impl Scanning for Redact<'_> {
        type Answer = Option<String>;

        #[inline(always)]
        fn run<C: Chunk>(self) -> Option<String> {
            let Redact(keep, text, behind) = self;
            let (mut block, mut out) = ([behind; BLOCK], b"before".to_vec());
            block[..text.len()].copy_from_slice(text.as_bytes());
            let done = Email { keep }.redact_short::<C>(&block, text.len(), &mut out);
            let made = String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned();
            assert!(done.is_some() || made.is_empty(), "{text}");
            done.map(|()| made)
        }
    }

    /// Holds it to what is made of any address; and whether it was read at all.
    fn assert_same(text: &str) -> bool {
        for keep in [Keep::Initial, Keep::Provider, Keep::None] {
            let mut due = String::new();
            let due = Email { keep }.redact(text, &mut due).is_ok().then_some(due);
            for behind in [0, b'a', b'@', b'.'] {
                let made = scanning(Redact(keep, text, behind));
                assert_eq!(Redact(keep, text, behind).run::<Base>(), made, "{text}");
                let Some(made) = made else { continue };
                assert_eq!(Some(made), due, "{text}");
            }
        }
        let read: Vec<_> =
            [0, b'a', 0xff].map(|behind| scanning(Redact(Keep::Initial, text, behind)).is_some()).into();
        assert!(read.iter().all(|one| *one == read[0]), "what is behind an address is not of it: {text}");
        read[0]
    }

    fn is_plain(text: &str) -> bool {
        text.len() <= LONGEST && super::super::plain::parts(text).is_some()
    }

    #[test]
    fn short_addresses_are_read_as_any_are() {
        let mut texts = vec![String::new()];
        let mut read = 0;
        for length in 0..=6 {
            texts.retain(|text| text.len() == length);
            for text in texts.clone() {
                assert_eq!(assert_same(&text), is_plain(&text), "{text}");
                read += usize::from(is_plain(&text));
                texts.extend(["a", "1", ".", "-", "@"].map(|c| format!("{text}{c}")));
            }
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
                    assert_eq!(assert_same(&text), is_plain(&text), "{text}");
                }
            }
        }
    }

    #[test]
    fn at_every_length() {
        for local in [0, 1, 2, 27, 28, 29, 30, 31, 32, 33, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64] {
            for label in 0..=62 {
                let text = format!("{}@{}.com", "a".repeat(local), "b".repeat(label));
                if text.len() < BLOCK {
                    assert_eq!(assert_same(&text), is_plain(&text), "{text}");
                }
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
            assert_same(text);
        }
    }

    proptest! {
        #[test]
        fn short_is_the_same_as_any(text in "[ -~é]{0,12}@([a-zB0-9-é]{0,5}\\.){0,3}[a-z0-9-]{0,5}") {
            assert_same(&text);
        }

        #[test]
        fn short_is_the_same_as_any_where_it_is_long(text in "[a-z0-9.+!-]{0,40}@([a-z0-9-]{1,20}\\.){1,3}[a-z0-9-]{1,5}") {
            if text.len() < BLOCK {
                prop_assert_eq!(assert_same(&text), is_plain(&text));
            }
        }
    }
}
