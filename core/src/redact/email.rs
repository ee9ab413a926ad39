//! E-mail addresses: what of the local part and the domain may stay; sends nothing, resolves nothing.

mod providers;

use super::{Invalid, cut};
use crate::simd::Base;
pub(super) use providers::is_mailbox_provider;

/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3 less the angle brackets).
const MAX_ADDRESS: usize = 254;

/// Longest local part, in bytes (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// What stands for a domain that does not stay.
const HIDDEN_DOMAIN: &str = "REDACTED.com";

/// Longest label of a domain (RFC 1035 section 2.3.4), in characters.
const MAX_LABEL: usize = 63;

/// What of an address stays. The domain comes out in lower case in any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// `j***@gmail.com`: the first character of the local part and the domain. A local part that is
    /// quoted, has one character only, or begins with a `*` or with no visible character of its
    /// own (such as a combining accent) gives none: `***@gmail.com`.
    #[default]
    Initial,
    /// `REDACTED@gmail.com` for a well-known mailbox provider, else `REDACTED@REDACTED.com`.
    Provider,
    /// `REDACTED@REDACTED.com`
    None,
}

/// Redacts an e-mail address, as RFC 5321 and (for letters beyond ASCII) RFC 6531 have them.
///
/// An address that is already redacted comes out as it is.
///
/// ```
/// use pumice::redact::email::Email;
///
/// let mut out = String::new();
/// assert!(Email::default().redact("john@Gmail.com", &mut out).is_ok());
/// assert_eq!(out, "j***@gmail.com");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Email {
    /// What of the address stays.
    pub keep: Keep,
}

impl Email {
    /// Appends the redacted `text` to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// [`Invalid`] if it is no address, whole and alone: among others with a display name, a
    /// comment, a space anywhere, a second unquoted `@`; and if the domain is an IP address, with
    /// or without brackets, or a lone label such as `localhost`, which names a machine and not a
    /// domain.
    pub fn redact(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        if let Some(cut) = cut::alone(text, |here| self.cut::<Base>(here, text.len())) {
            cut.push(text, out);
            return Ok(());
        }
        self.redact_any(text, out)
    }

    /// The same, however the address is written.
    pub(super) fn redact_any(&self, text: &str, out: &mut String) -> Result<(), Invalid> {
        let start = out.len();
        let done = self.append(text, out);
        if done.is_none() {
            out.truncate(start);
        }
        done.ok_or(Invalid)
    }

    fn append(&self, text: &str, out: &mut String) -> Option<()> {
        let (local, domain) = split(text)?;
        self.push_local(local, out);
        let start = out.len();
        push_domain(domain, out)?;
        let domain = out.get(start..)?;
        if local.len() + 1 + domain.len() > MAX_ADDRESS {
            return None;
        }
        if !self.shows(domain) {
            out.truncate(start);
            out.push_str(HIDDEN_DOMAIN);
        }
        Some(())
    }

    /// Appends what stays of the local part, and the `@`.
    fn push_local(&self, local: &str, out: &mut String) {
        match self.keep {
            Keep::Initial => {
                out.push_str(initial(local).unwrap_or_default());
                out.push_str("***@");
            }
            Keep::Provider | Keep::None => out.push_str("REDACTED@"),
        }
    }

    /// Whether the domain stays.
    fn shows(&self, domain: &str) -> bool {
        match self.keep {
            Keep::Initial => true,
            Keep::Provider => is_mailbox_provider(domain),
            Keep::None => false,
        }
    }
}

/// The local part and the domain.
fn split(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = if text.starts_with('"') {
        let (local, rest) = text.split_at_checked(quoted_string(text)?)?;
        (local, rest.strip_prefix('@')?)
    } else {
        // A dot-atom has no `@`, and neither has a domain: the first is the last, or it is invalid.
        let (local, domain) = text.split_once('@')?;
        (is_dot_atom(local).then_some(local)?, domain)
    };
    (local.len() <= MAX_LOCAL_PART).then_some((local, domain))
}

/// Length of the quoted string at the head of `text`.
fn quoted_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            ' '..='~' if escaped => escaped = false,
            '\\' if !escaped => escaped = true,
            '"' => return Some(i + 1),
            _ if escaped || c.is_control() => return None,
            _ => {}
        }
    }
    None
}

fn is_dot_atom(text: &str) -> bool {
    let mut after_dot = true;
    for b in text.bytes() {
        match b {
            b'.' if after_dot => return false,
            b'.' => after_dot = true,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | 0x80.. => after_dot = false,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'/' => after_dot = false,
            b'=' | b'?' | b'^' | b'_' | b'`' | b'{' | b'|' | b'}' | b'~' => after_dot = false,
            _ => return false,
        }
    }
    !after_dot && (text.is_ascii() || !text.contains(|c: char| c.is_control() || c.is_whitespace()))
}

/// What may be shown of a local part.
fn initial(local: &str) -> Option<&str> {
    let (first, rest) = local.split_at_checked(local.chars().next()?.len_utf8())?;
    // A second one is needed: one with its accents would be all there is.
    (first.contains(is_visible) && rest.contains(is_visible) && !matches!(first, "\"" | "*")).then_some(first)
}

/// Whether it shows by itself: neither combines with the character before it nor is invisible.
fn is_visible(c: char) -> bool {
    // The standard library escapes just those, and quotes and backslashes.
    c.is_ascii() || c.escape_debug().len() == 1
}

/// Appends the domain in lower case, if it is one.
fn push_domain(domain: &str, out: &mut String) -> Option<()> {
    let start = out.len();
    if domain.is_ascii() {
        out.push_str(domain);
        out.get_mut(start..)?.make_ascii_lowercase();
    } else {
        out.extend(domain.chars().flat_map(char::to_lowercase));
    }
    let (_, top_level) = out.get(start..)?.rsplit_once('.')?;
    // No top-level domain begins with a digit, and all spellings of an IPv4 address do.
    let is_named = top_level.starts_with(char::is_alphabetic);
    (is_named && out.get(start..)?.split('.').all(is_label)).then_some(())
}

/// Whether it is letters, digits and inner hyphens (RFC 5890 section 2.3), of any script, in lower case.
fn is_label(label: &str) -> bool {
    let mut characters = 0;
    let all_belong = label.chars().all(|c| {
        characters += 1;
        match c {
            'a'..='z' | '0'..='9' | '-' => true,
            _ => !c.is_ascii() && (c.is_alphanumeric() || is_mark(c)),
        }
    });
    let hyphens_inside = !label.starts_with('-') && !label.ends_with('-');
    all_belong && hyphens_inside && (1..=MAX_LABEL).contains(&characters)
}

/// Whether it is a mark that scripts of internationalised domains need, and that the standard
/// library does not count as a letter: accents, viramas, nuktas, tones.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{3099}' | '\u{309a}'
        // Devanagari to Sinhala: each script's virama, and nukta where it has one.
        | '\u{93c}' | '\u{94d}' | '\u{9bc}' | '\u{9cd}' | '\u{a3c}' | '\u{a4d}' | '\u{abc}' | '\u{acd}'
        | '\u{b3c}' | '\u{b4d}' | '\u{bcd}' | '\u{c3c}' | '\u{c4d}' | '\u{cbc}' | '\u{ccd}'
        | '\u{d3b}' | '\u{d3c}' | '\u{d4d}' | '\u{dca}'
        // Thai, Lao, Burmese, Khmer.
        | '\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eba}' | '\u{ec8}'..='\u{ecd}'
        | '\u{1037}' | '\u{1039}' | '\u{103a}' | '\u{17c9}'..='\u{17d2}')
}
