//! What keys make of a value, and back again; reads no JSON but the spans it was given.

use super::splice::scalar;
use super::walk::{Edit, Found, Mention};
use crate::crypto::{Keys, Owner, PlainKind, Session};
use crate::error::Code;
use crate::lex;
use crate::plan::{Plan, Seal, Source, Whose};
use crate::policy::Rule;
use crate::quote;
use crate::scalar::Scalar;
use crate::simd::Base;
use std::mem;
use zeroize::Zeroizing;

/// What is to be made of an event.
#[derive(Clone, Copy)]
pub(crate) enum Aim<'a> {
    /// What the policy says.
    Scrub,
    /// The event before its fields were encrypted.
    Decrypt,
    /// The event before its fields were tokenized.
    Detokenize,
    /// What the policy says, where keys come in as it stands in this output, if that is right.
    Verify(&'a [u8]),
}

impl Aim<'_> {
    /// Whether all that has to do with no key stays as it is.
    #[inline(always)]
    pub(super) fn leaves_the_rest(self) -> bool {
        matches!(self, Aim::Decrypt | Aim::Detokenize)
    }
}

/// One event, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) plan: &'a Plan,
    pub(super) found: &'a Found,
    pub(super) whose: Whose<'a>,
    pub(super) aim: Aim<'a>,
}

impl<'a> Event<'a> {
    /// The bytes of the value that an edit treats.
    #[inline(always)]
    pub(super) fn span(&self, edit: &Edit) -> &'a [u8] {
        self.bytes.get(edit.start as usize..edit.end as usize).unwrap_or_default()
    }

    /// Whether neither the event nor the caller says anything of an account.
    fn names_no_account(&self) -> bool {
        self.whose.account.is_none()
            && match &self.plan.owners().account {
                Source::Nowhere | Source::Call => true,
                Source::Given(_) => false,
                Source::Event(place) => matches!(self.found.mentions.get(*place), Some(Mention::Nothing)),
            }
    }
}

/// Carries out what keys have to do with; kept from event to event, its randomness only for one call.
pub(super) struct Sealer {
    session: Session,
    /// Whether the session was used since it was last cleared: most policies have no keys, and their events nothing to wipe.
    used: bool,
    account: String,
    subject: String,
    /// Whose keys the current event needs is read once.
    account_read: bool,
    subject_read: bool,
    text: String,
    plain: Vec<u8>,
}

impl Sealer {
    pub(super) fn new() -> Self {
        Sealer {
            session: Session::default(),
            used: false,
            account: String::new(),
            subject: String::new(),
            account_read: false,
            subject_read: false,
            text: String::new(),
            plain: Vec::new(),
        }
    }

    /// Forgets the names of the event before.
    pub(super) fn begin_event(&mut self) {
        (self.account_read, self.subject_read) = (false, false);
    }

    /// Wipes what must not outlive a call.
    #[inline]
    pub(super) fn end_call(&mut self) {
        if mem::take(&mut self.used) {
            self.wipe();
        }
    }

    #[cold]
    fn wipe(&mut self) {
        self.session.clear();
        if !self.plain.is_empty() {
            drop(Zeroizing::new(mem::take(&mut self.plain)));
        }
    }

    /// Writes what `seal` makes of a value that is not `null`. Gives back whether it has to do with the event's aim.
    ///
    /// # Errors
    /// Any code of the keys, and [`Code::NoAccount`] and [`Code::NoSubject`].
    pub(super) fn write(
        &mut self,
        seal: Seal,
        rule: &Rule,
        event: &Event<'_>,
        edit: &Edit,
        out: &mut Vec<u8>,
    ) -> Result<bool, Code> {
        // INVARIANT: a plan with seals has keys.
        let keys = event.plan.keys().ok_or(Code::NeedsKeys)?;
        self.used = true;
        match (event.aim, seal) {
            (Aim::Scrub, _) | (Aim::Verify(_), Seal::Hash(_)) => {
                self.seal(keys, seal, rule, event, edit, out)?
            }
            (Aim::Decrypt, Seal::Encrypt(_)) | (Aim::Detokenize, Seal::Tokenize(_)) => {
                let kind = self.open(keys, seal, rule, event, edit)?;
                write_plain(kind, &self.plain, out)?;
            }
            (Aim::Decrypt, Seal::Tokenize(_) | Seal::Hash(_))
            | (Aim::Detokenize, Seal::Encrypt(_) | Seal::Hash(_)) => return Ok(false),
            (Aim::Verify(scrubbed), Seal::Encrypt(_) | Seal::Tokenize(_)) => {
                let start = out.len();
                match self.verified(keys, seal, rule, event, edit, (scrubbed, start))? {
                    Some(sealed) => out.extend_from_slice(sealed),
                    // Whatever stands there is not equal to this.
                    None => out.push(if scrubbed.get(start) == Some(&b'"') { b'!' } else { b'"' }),
                }
            }
        }
        Ok(true)
    }

    fn seal(
        &mut self,
        keys: &Keys,
        seal: Seal,
        rule: &Rule,
        event: &Event<'_>,
        edit: &Edit,
        out: &mut Vec<u8>,
    ) -> Result<(), Code> {
        let needs_subject = rule.needs_subject();
        self.read_owner(event, needs_subject)?;
        let owner = Owner { account: &self.account, subject: needs_subject.then_some(self.subject.as_str()) };
        let (kind, plain) = plain(event.bytes, edit, &mut self.text)?;
        let session = &mut self.session;
        out.push(b'"');
        seal.write(session, keys, &owner, &rule.id, kind, plain, out)?;
        out.push(b'"');
        Ok(())
    }

    /// Opens the JSON string that stands in the event where `edit` is, into `plain`.
    fn open(
        &mut self,
        keys: &Keys,
        seal: Seal,
        rule: &Rule,
        event: &Event<'_>,
        edit: &Edit,
    ) -> Result<PlainKind, Code> {
        // A token says itself whose it is: that is believed only where nobody says whose the event is, or else an event
        // would open those of another account.
        let named = match seal {
            Seal::Tokenize(_) if event.names_no_account() => false,
            Seal::Tokenize(_) | Seal::Encrypt(_) | Seal::Hash(_) => true,
        };
        if named {
            self.read_owner(event, false)?;
        }
        let Ok((Scalar::Str(text), _)) =
            scalar(event.bytes, edit.start as usize, edit.end as usize, &mut self.text)
        else {
            return Err(Code::NotOurs);
        };
        self.plain.clear();
        match seal {
            Seal::Encrypt(_) => self.session.decrypt(keys, &self.account, &rule.id, text, &mut self.plain),
            Seal::Tokenize(_) => {
                let account = named.then_some(self.account.as_str());
                self.session.detokenize(keys, account, text, &mut self.plain)
            }
            Seal::Hash(_) => return Err(Code::NotOurs),
        }
        .map_err(|error| error.code())
    }

    /// The sealed value that stands in an output, if it is what could have been made of the event's; none if it is not.
    ///
    /// # Errors
    /// What there would be if the event were scrubbed now.
    fn verified<'a>(
        &mut self,
        keys: &Keys,
        seal: Seal,
        rule: &Rule,
        event: &Event<'_>,
        edit: &Edit,
        (scrubbed, start): (&'a [u8], usize),
    ) -> Result<Option<&'a [u8]>, Code> {
        let needs_subject = rule.needs_subject();
        self.read_owner(event, needs_subject)?;
        let owner = Owner { account: &self.account, subject: needs_subject.then_some(self.subject.as_str()) };
        self.session.check_account(keys, &owner).map_err(|error| error.code())?;
        self.plain.clear();
        let is_it = match seal {
            Seal::Encrypt(by) => {
                let mut text = String::new();
                let end = lex::string::<Base>(scrubbed, start).unwrap_or(start);
                let found = match scalar(scrubbed, start, end, &mut text) {
                    Ok((Scalar::Str(found), _)) => found,
                    _ => "",
                };
                let opened = self.session.decrypt_made(keys, &owner, by, &rule.id, found, &mut self.plain);
                opened.map(|kind| {
                    let sealed = plain(event.bytes, edit, &mut self.text);
                    let is_it = sealed.is_ok_and(|sealed| sealed == (kind, self.plain.as_slice()));
                    is_it.then(|| scrubbed.get(start..end)).flatten()
                })
            }
            // There is but one token of a value.
            Seal::Tokenize(value_type) => {
                let (kind, value) = plain(event.bytes, edit, &mut self.text)?;
                let made = &mut self.plain;
                made.push(b'"');
                let sealed = self.session.tokenize_again(keys, &owner, value_type, kind, value, made);
                sealed.map(|()| {
                    made.push(b'"');
                    let found = scrubbed.get(start..start + made.len());
                    found.filter(|found| *found == made.as_slice())
                })
            }
            Seal::Hash(_) => return Ok(None),
        };
        match is_it {
            Ok(found) => Ok(found),
            Err(error) => match error.code() {
                Code::NotOurs
                | Code::UnknownVersion
                | Code::Malformed
                | Code::UnknownKey
                | Code::KeyDestroyed
                | Code::Forgotten
                | Code::AuthenticationFailed => Ok(None),
                code => Err(code),
            },
        }
    }

    fn read_owner(&mut self, event: &Event<'_>, needs_subject: bool) -> Result<(), Code> {
        let owners = event.plan.owners();
        if !self.account_read {
            read_name(&owners.account, event.whose.account, event, &mut self.account)
                .ok_or(Code::NoAccount)?;
            self.account_read = true;
        }
        if needs_subject && !self.subject_read {
            read_name(&owners.subject, event.whose.subject, event, &mut self.subject)
                .ok_or(Code::NoSubject)?;
            self.subject_read = true;
        }
        Ok(())
    }
}

/// The names of an event whose subject's key will be needed, appended as a pair.
pub(super) fn push_owner(event: &Event<'_>, pairs: &mut Vec<(String, String)>) {
    let owners = event.plan.owners();
    let needed = event.found.edits.iter().any(|edit| {
        event.plan.rule(edit.rule).is_some_and(|bound| bound.rule.needs_subject())
            && event.span(edit) != b"null"
    });
    let (mut account, mut subject) = (String::new(), String::new());
    if needed
        && read_name(&owners.account, event.whose.account, event, &mut account).is_some()
        && read_name(&owners.subject, event.whose.subject, event, &mut subject).is_some()
    {
        pairs.push((account, subject));
    }
}

/// Reads the name of an account, a subject or a policy; none if there is no single one.
pub(super) fn read_name(
    source: &Source,
    called: Option<&str>,
    event: &Event<'_>,
    name: &mut String,
) -> Option<()> {
    name.clear();
    match source {
        _ if called.is_some() => name.push_str(called?),
        Source::Nowhere | Source::Call => {}
        Source::Given(given) => name.push_str(given),
        Source::Event(place) => match event.found.mentions.get(*place)? {
            Mention::Nothing | Mention::Unclear => {}
            Mention::Scalar(start, end) => {
                let mut text = String::new();
                match scalar(event.bytes, *start as usize, *end as usize, &mut text).ok()?.0 {
                    Scalar::Str(text) | Scalar::Number(text) => name.push_str(text),
                    Scalar::Null | Scalar::Bool(_) => {}
                }
            }
        },
    }
    (!name.is_empty()).then_some(())
}

/// What of a value is sealed: the characters of a string, the text of anything else.
fn plain<'a>(bytes: &'a [u8], edit: &Edit, text: &'a mut String) -> Result<(PlainKind, &'a [u8]), Code> {
    let (start, end) = (edit.start as usize, edit.end as usize);
    let span = bytes.get(start..end).unwrap_or_default();
    if span.first() != Some(&b'"') {
        return Ok((PlainKind::Json, span));
    }
    match scalar(bytes, start, end, text) {
        Ok((Scalar::Str(text), _)) => Ok((PlainKind::String, text.as_bytes())),
        // INVARIANT: the walk found a string there.
        _ => Err(Code::InvalidJson),
    }
}

fn write_plain(kind: PlainKind, plain: &[u8], out: &mut Vec<u8>) -> Result<(), Code> {
    match kind {
        PlainKind::String => {
            quote::write_string(out, std::str::from_utf8(plain).map_err(|_| Code::InvalidUtf8)?);
        }
        PlainKind::Json => out.extend_from_slice(plain),
        // No event has bytes: they were sealed by another hand.
        PlainKind::Bytes => return Err(Code::InvalidValue),
    }
    Ok(())
}
