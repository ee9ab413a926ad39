//! Selectors: which places of an event a rule means; knows nothing of what is done there.
//!
//! | written | means |
//! |---|---|
//! | `a.b` | the member `b` of the member `a` |
//! | `"odd key".b` | the same for a name with `.`, `[`, `]`, `*`, `"`, `\`, white space, invisible characters or nothing in it, and for `$`; escapes as in JSON |
//! | `a.*` | every member of the object `a` |
//! | `a[*]` | every element of the array `a` |
//! | `**.b` | every member `b`, at the top and at any depth, through objects and arrays |

use crate::error::{At, Code, Error};
use crate::lex::{self, text_of};
use crate::quote::quoted;
use crate::simd::Base;
use std::fmt;
use std::str::FromStr;

/// One step from a value to values inside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `name` or `"name"`: the member of that name.
    Key(String),
    /// `*`: every member.
    AnyKey,
    /// `[*]`: every element.
    AnyElement,
    /// `**`: any number of steps of any kind, none included.
    AnyDepth,
}

/// A path with wildcards, from the top of an event to the values that a rule means.
///
/// ```
/// use pumice::selector::Selector;
///
/// let phones: Selector = r#"user.phones[*]."the number""#.parse()?;
/// assert_eq!(phones.to_string(), r#"user.phones[*]."the number""#);
///
/// let anywhere: Selector = "**.email".parse()?;
/// assert!(anywhere.covers(&"user.email".parse()?));
/// # Ok::<(), pumice::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selector {
    steps: Vec<Step>,
}

impl Selector {
    /// The steps, from the top of the event down; at least one.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The selector of these steps: at least one, and no two `**` in a row.
    pub(crate) fn of(steps: Vec<Step>) -> Self {
        debug_assert!(!steps.is_empty());
        Selector { steps }
    }

    /// Whether it means one place only: no wildcard in it.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Key(_)))
    }

    /// Whether every place that `other` means is also meant by this selector.
    ///
    /// A selector is *more specific* than another that covers it and that it does not cover.
    #[must_use]
    pub fn covers(&self, other: &Selector) -> bool {
        // `reach[i]`: the first i steps of this selector cover the steps of `other` seen so far.
        let mut reach = vec![false; self.steps.len() + 1];
        if let Some(first) = reach.first_mut() {
            *first = true;
        }
        close_over_any_depth(&self.steps, &mut reach);
        for theirs in &other.steps {
            let mut next = vec![false; reach.len()];
            for (i, ours) in self.steps.iter().enumerate() {
                if !reach.get(i).copied().unwrap_or(false) {
                    continue;
                }
                let lands = match (ours, theirs) {
                    (Step::AnyDepth, _) => i,
                    (Step::AnyKey, Step::AnyKey | Step::Key(_)) | (Step::AnyElement, Step::AnyElement) => {
                        i + 1
                    }
                    (Step::Key(a), Step::Key(b)) if a == b => i + 1,
                    (Step::Key(_) | Step::AnyKey | Step::AnyElement, _) => continue,
                };
                if let Some(slot) = next.get_mut(lands) {
                    *slot = true;
                }
            }
            close_over_any_depth(&self.steps, &mut next);
            reach = next;
        }
        reach.last().copied().unwrap_or(false)
    }
}

fn close_over_any_depth(steps: &[Step], reach: &mut [bool]) {
    for (i, step) in steps.iter().enumerate() {
        if *step == Step::AnyDepth
            && reach.get(i).copied().unwrap_or(false)
            && let Some(slot) = reach.get_mut(i + 1)
        {
            *slot = true;
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            if i > 0 && *step != Step::AnyElement {
                f.write_str(".")?;
            }
            match step {
                Step::Key(name) if is_bare(name) => f.write_str(name)?,
                Step::Key(name) => f.write_str(&quoted(name))?,
                Step::AnyKey => f.write_str("*")?,
                Step::AnyElement => f.write_str("[*]")?,
                Step::AnyDepth => f.write_str("**")?,
            }
        }
        Ok(())
    }
}

/// Whether a name needs no quotes. A lone `$` does: in other path languages it is the whole document, and a rule that
/// was meant so would find nothing.
fn is_bare(name: &str) -> bool {
    !name.is_empty() && name != "$" && name.chars().all(is_bare_char)
}

/// Neither a mark of the grammar nor invisible: what cannot be seen in a policy would make a rule find nothing.
fn is_bare_char(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !matches!(c, '.' | '[' | ']' | '*' | '"' | '\\') && !c.is_whitespace() && !c.is_control() && !invisible
}

impl FromStr for Selector {
    type Err = Error;

    /// # Errors
    /// [`Code::InvalidSelector`], at the byte offset in the selector where it stops making sense. That is the
    /// only way to fail.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |rest: &str| {
            Error::new(Code::InvalidSelector).at_place(At::Offset(text.len().saturating_sub(rest.len())))
        };
        let mut steps: Vec<Step> = Vec::new();
        let mut rest = text;
        loop {
            let step;
            if let Some(after) = rest.strip_prefix("[*]") {
                (step, rest) = (Step::AnyElement, after);
            } else if let Some(after) = rest.strip_prefix("**") {
                if steps.last() == Some(&Step::AnyDepth) {
                    return Err(invalid(rest));
                }
                (step, rest) = (Step::AnyDepth, after);
            } else if let Some(after) = rest.strip_prefix('*') {
                (step, rest) = (Step::AnyKey, after);
            } else if rest.starts_with('"') {
                let end = lex::scalar::<Base>(rest.as_bytes(), 0).map_err(|_| invalid(rest))?;
                let (name, after) = rest.split_at_checked(end).ok_or_else(|| invalid(rest))?;
                let name = text_of(name).ok_or_else(|| invalid(rest))?;
                (step, rest) = (Step::Key(name), after);
            } else {
                let end = rest.find(|c| !is_bare_char(c)).unwrap_or(rest.len());
                let (name, after) = rest.split_at_checked(end).ok_or_else(|| invalid(rest))?;
                if !is_bare(name) {
                    return Err(invalid(rest));
                }
                (step, rest) = (Step::Key(name.to_owned()), after);
            }
            steps.push(step);
            if rest.is_empty() {
                return Ok(Selector { steps });
            }
            if !rest.starts_with('[') {
                let after = rest.strip_prefix('.').ok_or_else(|| invalid(rest))?;
                if after.starts_with('[') {
                    return Err(invalid(after));
                }
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn selector(text: &str) -> Selector {
        text.parse().unwrap()
    }

    #[test]
    fn covers_is_inclusion() {
        for (wide, narrow) in [
            ("*", "a"),
            ("a.*", "a.b"),
            ("**", "a.b[*].c"),
            ("**.b", "b"),
            ("**.b", "a[*].b"),
            ("**.b", "*.b"),
            ("**.b", "a.**.b"),
            ("a.**.c", "a.b.c"),
            ("a[*]", "a[*]"),
            ("a.**", "a"),
        ] {
            assert!(selector(wide).covers(&selector(narrow)), "{wide} covers {narrow}");
        }
        for (one, other) in [
            ("a", "b"),
            ("a", "*"),
            ("*", "[*]"),
            ("[*]", "*"),
            ("a.*", "*.a"),
            ("a.b", "**.b"),
            ("a.*", "a.**"),
            ("*", "a.b"),
            ("**.b", "b.c"),
        ] {
            assert!(!selector(one).covers(&selector(other)), "{one} does not cover {other}");
        }
    }

    #[test]
    fn refuses_at_the_offset() {
        for (text, offset) in [
            ("", 0),
            (".", 0),
            ("a.", 2),
            ("a..b", 2),
            ("a[0]", 1),
            ("a[]", 1),
            ("a.[*]", 2),
            ("a b", 1),
            ("***", 2),
            ("**.**", 3),
            ("\"a", 0),
            ("\"a\"b", 3),
            ("a*", 1),
            ("*a", 1),
            ("[*]a", 3),
            ("a\\b", 1),
            ("$.a", 0),
            ("a\u{200b}", 1),
        ] {
            let error = text.parse::<Selector>().unwrap_err();
            assert_eq!((error.code(), error.at()), (Code::InvalidSelector, &At::Offset(offset)), "{text}");
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            any::<String>().prop_map(Step::Key),
            "[a-z_]{1,3}".prop_map(Step::Key),
            Just(Step::AnyKey),
            Just(Step::AnyElement),
            Just(Step::AnyDepth),
        ];
        proptest::collection::vec(step, 1..6).prop_map(|mut steps| {
            steps.dedup_by(|a, b| *a == Step::AnyDepth && *b == Step::AnyDepth);
            steps
        })
    }

    proptest! {
        #[test]
        fn parse_undoes_display(steps in steps()) {
            let selector = Selector { steps };
            prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
        }

        #[test]
        fn parse_never_panics(text in any::<String>()) {
            if let Ok(selector) = text.parse::<Selector>() {
                prop_assert!(selector.covers(&selector));
                prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
            }
        }
    }
}
