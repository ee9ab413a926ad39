//! The well-known mailbox providers, found by domain; knows nothing of addresses.

/// Their domains, one a line, in lower case, sorted by bytes, after a line that begins with `#`.
///
/// At a well-known mailbox provider anyone, or any customer of a large access provider, may have a mailbox, so that the domain
/// alone tells little of a person. This is version 1, chosen by hand; no disposable, employer, school or government domains.
/// 301 of the 341 are also in the lists of the npm packages free-email-domains 1.12.6 or email-providers 2.26.0; the others are
/// further national domains and short names of the same providers.
const LIST: &str = include_str!("../../../data/mailbox_providers.txt");

/// Bits of a hash: thrice as many slots as there are domains, so that most stand alone.
const HASH_BITS: u32 = 10;

/// Where in [`LIST`] a domain begins that has the hash of the slot, or of one before it with no
/// free one between. 0 is free.
const SLOTS: [u16; SLOT_COUNT] = slots();

/// The last hash needs free ones after its own.
const SLOT_COUNT: usize = (1 << HASH_BITS) + 16;

/// Whether `domain`, in lower case, is on the list.
pub(in crate::redact) fn is_mailbox_provider(domain: &str) -> bool {
    if cfg!(not(feature = "speed")) {
        return !domain.starts_with('#') && LIST.lines().any(|known| known == domain);
    }
    let Some(slots) = hash(domain.as_bytes()).and_then(|hash| SLOTS.get(hash..)) else { return false };
    slots.iter().take_while(|start| **start > 0).any(|start| {
        let rest =
            LIST.as_bytes().get(usize::from(*start)..).and_then(|list| list.strip_prefix(domain.as_bytes()));
        rest.is_some_and(|rest| rest.starts_with(b"\n"))
    })
}

/// Of the first and the last four bytes: many differ only in the country, or only in the name.
const fn hash(domain: &[u8]) -> Option<usize> {
    let (Some(head), Some(tail)) = (domain.first_chunk(), domain.last_chunk()) else { return None };
    let ends = (u32::from_le_bytes(*head) as u64) << 32 | u32::from_le_bytes(*tail) as u64;
    // 2^64 over the golden ratio spreads them over the upper bits (Knuth, TAOCP 6.4).
    Some((ends.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - HASH_BITS)) as usize)
}

#[expect(clippy::indexing_slicing, clippy::panic, reason = "it runs in the compiler alone")]
const fn slots() -> [u16; SLOT_COUNT] {
    assert!(LIST.len() <= u16::MAX as usize);
    let list = LIST.as_bytes();
    let mut slots = [0; SLOT_COUNT];
    let mut start = 0;
    while start < list.len() {
        let mut end = start;
        while list[end] != b'\n' {
            end += 1;
        }
        if list[start] != b'#' {
            let (_, from) = list.split_at(start);
            let (domain, _) = from.split_at(end - start);
            let Some(mut slot) = hash(domain) else { panic!("a domain has four bytes at least") };
            while slots[slot] > 0 {
                slot += 1;
            }
            slots[slot] = start as u16;
        }
        start = end + 1;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::super::{Email, Keep};
    use super::*;

    fn providers() -> impl Iterator<Item = &'static str> {
        LIST.lines().skip_while(|line| line.starts_with('#'))
    }

    #[test]
    fn the_list_is_sorted_lower_case_domains() {
        assert!(providers().count() >= 150);
        assert!(providers().is_sorted_by(|a, b| a < b));
        for domain in providers() {
            let mut out = String::new();
            assert!(domain.is_ascii(), "{domain}");
            assert!(
                Email { keep: Keep::Provider }.redact(&format!("x@{domain}"), &mut out).is_ok(),
                "{domain}"
            );
            assert_eq!(out, format!("REDACTED@{domain}"));
        }
    }

    #[test]
    fn every_provider_is_found_and_none_of_its_neighbours() {
        for domain in providers() {
            assert!(is_mailbox_provider(domain), "{domain}");
            let (first, rest) = domain.split_at(domain.len() / 2);
            let neighbours = [
                &format!("{domain}x"),
                &format!("-{domain}"),
                &format!("{first}x{rest}"),
                first,
                rest,
                domain.split_at(1).1,
            ];
            for other in neighbours {
                assert_eq!(is_mailbox_provider(other), providers().any(|domain| domain == other), "{other}");
            }
        }
        for text in ["", "#", "a.b", "zzz.zz", "# version 1"] {
            assert!(!is_mailbox_provider(text), "{text}");
        }
    }
}
