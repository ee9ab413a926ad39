//! One pass over an event that finds what is to be treated and holds every byte to RFC 8259. It writes nothing.

use super::shape::{Member, NONE, NodeId, Shape, SiteId, Value};
use super::strict::{Met, Refusal};
use super::trail::{self, MOST_SCALARS, Span};
use crate::error::Code;
use crate::lex::{self, Fault};
use crate::plan::{Duty, MOST_PLACES, Marks, Plan};
use crate::shape::Kinds;
use crate::simd::{Base, Chunk, Scanning, scanning};

/// Deepest nesting of objects and arrays.
const MOST_LEVELS: usize = 128;

/// The rule number that stands for `unlisted: drop`.
pub(crate) const UNLISTED: u16 = u16::MAX;

/// A span that is to be treated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) rule: u16,
    /// Where its member's key or the element begins.
    pub(crate) unit: u32,
    /// Where the value before it ends, or after the opening bracket; `NONE` for the event itself.
    pub(crate) before: u32,
}

/// What was found in one event.
pub(crate) struct Found {
    /// In the order of the event; none within another.
    pub(crate) edits: Vec<Edit>,
    /// Rules that keep something, once for each value.
    pub(crate) kept: Vec<u16>,
    /// What stands at the places that say whose the event is.
    pub(crate) mentions: [Mention; MOST_PLACES],
    /// Whether other events of the same structure may be clear about it where this one is not, or the other way round.
    pub(crate) is_unclear: bool,
    /// Why it was refused, if it does not look as it should.
    pub(crate) refusal: Option<Refusal>,
}

/// What an event says at one of those places.
#[derive(Clone, Copy, Default)]
pub(crate) enum Mention {
    /// The place is not there.
    #[default]
    Nothing,
    /// The scalar from here to there.
    Scalar(u32, u32),
    /// An object or array, or two values that are unlike.
    Unclear,
}

/// An object or array that is open.
#[derive(Clone, Copy)]
struct Open {
    /// The site by which it was reached, and what it is in.
    site: SiteId,
    around: NodeId,
    around_kind: Kind,
    at: u32,
    unit: u32,
    before: u32,
    /// As many edits and marks there were when it opened.
    edits: u32,
    marks: u32,
}

/// What a value is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Event,
    Object,
    Array,
}

impl Found {
    /// Room for so much at first that no two workers' finds are on one cache line.
    pub(crate) fn new() -> Self {
        Found {
            edits: Vec::with_capacity(64),
            kept: Vec::with_capacity(64),
            mentions: <[Mention; MOST_PLACES]>::default(),
            is_unclear: false,
            refusal: None,
        }
    }
}

/// Buffers of the walk, kept from event to event.
pub(crate) struct Buffers {
    /// The innermost is the last.
    open: Vec<Open>,
    name: String,
    /// The scalars that were walked over, while they are recorded.
    spans: Vec<Span>,
    trail: trail::Buffers,
    pub(super) met: Met,
}

impl Buffers {
    /// Room as in [`Found::new`].
    pub(crate) fn new() -> Self {
        Buffers {
            open: Vec::with_capacity(MOST_LEVELS),
            name: String::with_capacity(256),
            spans: Vec::new(),
            trail: trail::Buffers::new(),
            met: Met::new(),
        }
    }
}

/// Finds everything in `bytes` that `plan` has something to say about; and, if it is `STRICT`, that the event looks as the
/// plan's form says. (Two walks, so that the one that does not ask pays nothing.)
///
/// # Errors
/// [`Code::InvalidJson`], [`Code::InvalidUtf8`], [`Code::TooDeep`], [`Code::UnlistedField`]; or any, if there is a refusal
/// among what was found.
pub(crate) fn walk<const STRICT: bool>(
    bytes: &[u8],
    plan: &Plan,
    shape: &mut Shape,
    buffers: &mut Buffers,
    found: &mut Found,
) -> Result<(), Fault> {
    found.edits.clear();
    found.kept.clear();
    found.mentions = <[Mention; MOST_PLACES]>::default();
    found.is_unclear = false;
    buffers.open.clear();
    if STRICT {
        found.refusal = None;
        buffers.met.clear();
    }
    // What was met by a walk that checks less is no proof of more.
    let mut recording = STRICT == plan.form().is_some() && shape.trails.are_on();
    if recording {
        if shape.trails.follow::<STRICT>(bytes, &mut buffers.trail, found) {
            return Ok(());
        }
        recording = shape.trails.have_room();
        buffers.spans.clear();
    }
    scanning(Walk::<STRICT> { bytes, plan, shape, buffers, found, recording, marks: 0 })?;
    if recording {
        shape.trails.learn(bytes, &buffers.spans, found);
    }
    Ok(())
}

pub(super) struct Walk<'a, const STRICT: bool> {
    pub(super) bytes: &'a [u8],
    pub(super) plan: &'a Plan,
    pub(super) shape: &'a mut Shape,
    pub(super) buffers: &'a mut Buffers,
    pub(super) found: &'a mut Found,
    /// Whether its scalars are recorded.
    recording: bool,
    /// How many values rules have found so far.
    marks: u32,
}

/// What comes next in an object or array.
enum Next {
    Value(Value),
    /// It ends, after its closing bracket.
    End(usize),
}

impl<const STRICT: bool> Scanning for Walk<'_, STRICT> {
    type Answer = Result<(), Fault>;

    #[inline(always)]
    fn run<C: Chunk>(mut self) -> Result<(), Fault> {
        self.walk::<C>()
    }
}

impl<const STRICT: bool> Walk<'_, STRICT> {
    #[inline(always)]
    fn walk<C: Chunk>(&mut self) -> Result<(), Fault> {
        let bytes = self.bytes;
        let at = lex::skip_space(bytes, 0);
        let mut value = Value { at, node: Shape::ROOT, site: NONE, unit: at, before: NONE as usize };
        // The innermost object or array.
        let (mut kind, mut node) = (Kind::Event, Shape::ROOT);
        loop {
            // How far the event is read, and by which site; no site at all after an opening bracket.
            let (mut at, mut previous);
            match bytes.get(value.at) {
                // A guess ends where the value began when it was learned; here there is more white space.
                Some(b' ' | b'\n' | b'\r' | b'\t') => {
                    value.at = lex::skip_space(bytes, value.at);
                    continue;
                }
                Some(bracket @ (b'{' | b'[')) => {
                    if STRICT {
                        self.check_open(value.node, value.at)?;
                    }
                    self.open(&value, kind, node)?;
                    (kind, node) = (if *bracket == b'{' { Kind::Object } else { Kind::Array }, value.node);
                    (at, previous) = (value.at, None);
                }
                Some(first) => {
                    at = match first {
                        b'"' => lex::string::<C>(bytes, value.at)?,
                        first => lex::unquoted::<C>(bytes, value.at, *first)?,
                    };
                    if self.recording {
                        self.record(value.node, value.at, at);
                    }
                    if STRICT {
                        self.check_leaf(value.node, value.at, at)?;
                    }
                    let duty = self.shape.duty(value.node);
                    if duty != Duty::Leave {
                        self.leaf(value, at, duty)?;
                    }
                    previous = Some(value.site);
                }
                None => return Err(Fault::json(value.at)),
            }
            // On to the next value, out of everything that ends before it.
            value = loop {
                let next = match kind {
                    Kind::Object => self.members::<C>(node, at, previous)?,
                    Kind::Array => self.element(node, at, previous.is_none())?,
                    Kind::Event => {
                        let rest = lex::skip_space(bytes, at);
                        return if rest == bytes.len() { Ok(()) } else { Err(Fault::json(rest)) };
                    }
                };
                match next {
                    Next::Value(next) => break next,
                    Next::End(end) => {
                        at = end;
                        if STRICT && kind == Kind::Object {
                            self.check_close(node, end)?;
                        }
                        let site;
                        (site, kind, node) = self.close(end, node)?;
                        previous = Some(site);
                    }
                }
            };
        }
    }
}

impl<const STRICT: bool> Walk<'_, STRICT> {
    /// Members of an object, after the value that ended at `at` and was reached by the site `previous`, or after
    /// the opening brace at `at`. Goes on as long as they are scalars and come as guessed.
    #[inline(always)]
    fn members<C: Chunk>(
        &mut self,
        object: NodeId,
        mut at: usize,
        mut previous: Option<SiteId>,
    ) -> Result<Next, Fault> {
        let bytes = self.bytes;
        let mut guess = self.shape.next_site(object, previous);
        let mut absent = false;
        loop {
            let Some(site) = self.shape.site(guess) else {
                // There was no further member last time: most likely there is none now.
                if previous.is_some() && bytes.get(at) == Some(&b'}') {
                    return Ok(Next::End(at + 1));
                }
                break;
            };
            if !site.stands_at::<C>(bytes, at) {
                // A member may be absent this time: that costs one more guess, then the key is read.
                if absent {
                    break;
                }
                (absent, guess) = (true, site.next());
                continue;
            }
            absent = false;
            let start = at + site.len();
            let end = match bytes.get(start) {
                Some(b'"') => lex::string::<C>(bytes, start)?,
                Some(b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t') | None => {
                    return Ok(Next::Value(site.value(guess, at, previous.is_none())));
                }
                Some(first) => lex::unquoted::<C>(bytes, start, *first)?,
            };
            if self.recording {
                self.record(site.node(), start, end);
            }
            let Some(site) = self.shape.site(guess) else { break };
            let (duty, next) = (site.duty(), site.next());
            if STRICT {
                let value = site.value(guess, at, previous.is_none());
                self.check_leaf(value.node, start, end)?;
                if duty != Duty::Leave {
                    self.leaf(value, end, duty)?;
                }
            } else if duty != Duty::Leave {
                let value = site.value(guess, at, previous.is_none());
                self.leaf(value, end, duty)?;
            }
            (at, previous, guess) = (end, Some(guess), next);
        }
        self.read_member(object, at, previous)
    }

    /// The next element after the value that ended at `at`; the first one if `at` is the opening bracket.
    #[inline(always)]
    fn element(&mut self, array: NodeId, at: usize, first: bool) -> Result<Next, Fault> {
        let before = at + usize::from(first);
        let mut here = lex::skip_space(self.bytes, before);
        match (first, self.bytes.get(here)) {
            (_, Some(b']')) => return Ok(Next::End(here + 1)),
            (true, _) => {}
            (false, Some(b',')) => here = lex::skip_space(self.bytes, here + 1),
            (false, _) => return Err(Fault::json(here)),
        }
        let node = self.shape.element(self.plan, array);
        Ok(Next::Value(Value { at: here, node, site: NONE, unit: here, before }))
    }

    /// The next member, its key read as if nothing were known.
    #[inline(never)]
    fn read_member(&mut self, object: NodeId, at: usize, previous: Option<SiteId>) -> Result<Next, Fault> {
        let bytes = self.bytes;
        let before = at + usize::from(previous.is_none());
        let mut quote = lex::skip_space(bytes, before);
        match (previous, bytes.get(quote)) {
            (_, Some(b'}')) => return Ok(Next::End(quote + 1)),
            (None, _) => {}
            (Some(_), Some(b',')) => quote = lex::skip_space(bytes, quote + 1),
            (Some(_), _) => return Err(Fault::json(quote)),
        }
        if bytes.get(quote) != Some(&b'"') {
            return Err(Fault::json(quote));
        }
        let key_end = lex::string::<Base>(bytes, quote)?;
        let colon = lex::skip_space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return Err(Fault::json(colon));
        }
        let value = lex::skip_space(bytes, colon + 1);
        let inside = bytes.get(quote + 1..key_end - 1).ok_or(Fault::json(quote))?;
        let name = if inside.contains(&b'\\') {
            self.buffers.name.clear();
            lex::unescape(inside, &mut self.buffers.name).ok_or(Fault::json(quote))?;
            self.buffers.name.as_bytes()
        } else {
            inside
        };
        let member = Member { bytes, at, quote, value, name };
        let (site, node) = self.shape.learn::<Base>(self.plan, object, previous, &member);
        Ok(Next::Value(Value { at: value, node, site, unit: quote, before }))
    }

    #[cold]
    fn record(&mut self, node: NodeId, start: usize, end: usize) {
        if self.buffers.spans.len() > MOST_SCALARS {
            // It is not kept.
            return;
        }
        let kinds = if STRICT { self.kinds(node, start) } else { Kinds::ANY };
        self.buffers.spans.push(Span { start: start as u32, end: end as u32, kinds });
    }

    /// Notes a leaf that ends at `end`.
    #[inline(always)]
    fn leaf(&mut self, value: Value, end: usize, duty: Duty) -> Result<(), Fault> {
        let rule = match duty {
            Duty::Leaves(rule) => {
                self.marks += 1;
                rule
            }
            Duty::Leave
            | Duty::Whole(_)
            | Duty::Keep(_)
            | Duty::DropUnlisted
            | Duty::RefuseUnlisted
            | Duty::Says(_) => match self.other_leaf(duty, value.at, end)? {
                Some(rule) => rule,
                None => return Ok(()),
            },
        };
        self.found.edits.push(Edit {
            start: value.at as u32,
            end: end as u32,
            rule,
            unit: value.unit as u32,
            before: value.before as u32,
        });
        Ok(())
    }

    /// The rule that treats a leaf, if one does.
    #[inline(never)]
    fn other_leaf(&mut self, duty: Duty, at: usize, end: usize) -> Result<Option<u16>, Fault> {
        if let Duty::Says(marks) = duty {
            self.mention(marks, Mention::Scalar(at as u32, end as u32));
        }
        match self.plan.besides(duty) {
            Duty::Leave | Duty::Says(_) => Ok(None),
            Duty::Leaves(rule) | Duty::Whole(rule) => {
                self.marks += 1;
                Ok(Some(rule))
            }
            Duty::Keep(rule) => {
                self.keep(rule);
                Ok(None)
            }
            Duty::DropUnlisted => Ok(Some(UNLISTED)),
            Duty::RefuseUnlisted => Err(Fault::new(Code::UnlistedField, at)),
        }
    }

    fn mention(&mut self, marks: Marks, new: Mention) {
        let text = |mention| match mention {
            Mention::Scalar(start, end) => self.bytes.get(start as usize..end as usize),
            Mention::Nothing | Mention::Unclear => None,
        };
        for (place, mention) in self.found.mentions.iter_mut().enumerate() {
            if marks & 1 << place == 0 {
                continue;
            }
            self.found.is_unclear |= !matches!((*mention, new), (Mention::Nothing, Mention::Scalar(..)));
            *mention = match *mention {
                Mention::Nothing => new,
                // Whoever reads the event next may take the first or the last: only if they are one is it clear.
                known if text(known).is_some() && text(known) == text(new) => known,
                Mention::Scalar(..) | Mention::Unclear => Mention::Unclear,
            };
        }
    }

    #[cold]
    fn keep(&mut self, rule: u16) {
        self.marks += 1;
        self.found.kept.push(rule);
    }

    /// Goes into an object or array.
    #[inline(always)]
    fn open(&mut self, value: &Value, around_kind: Kind, around: NodeId) -> Result<(), Fault> {
        if self.buffers.open.len() >= MOST_LEVELS {
            return Err(Fault::new(Code::TooDeep, value.at));
        }
        self.buffers.open.push(Open {
            site: value.site,
            around,
            around_kind,
            at: value.at as u32,
            unit: value.unit as u32,
            before: value.before as u32,
            edits: self.found.edits.len() as u32,
            marks: self.marks,
        });
        match self.shape.duty(value.node) {
            Duty::Leave | Duty::Whole(_) | Duty::DropUnlisted | Duty::RefuseUnlisted => {}
            Duty::Keep(rule) => self.keep(rule),
            Duty::Leaves(_) => self.marks += 1,
            Duty::Says(marks) => self.open_place(marks),
        }
        Ok(())
    }

    /// What says whose the event is has to be a scalar.
    #[cold]
    fn open_place(&mut self, marks: Marks) {
        self.mention(marks, Mention::Unclear);
        match self.plan.besides(Duty::Says(marks)) {
            Duty::Keep(rule) => self.keep(rule),
            Duty::Leaves(_) => self.marks += 1,
            Duty::Leave | Duty::Whole(_) | Duty::DropUnlisted | Duty::RefuseUnlisted | Duty::Says(_) => {}
        }
    }

    /// Settles the innermost object or array, which ends at `end`. Gives back the site by which it was reached, and
    /// what is around it.
    #[inline(always)]
    fn close(&mut self, end: usize, node: NodeId) -> Result<(SiteId, Kind, NodeId), Fault> {
        // INVARIANT: whatever is closed was opened.
        let open = self.buffers.open.pop().ok_or(Fault::json(end))?;
        let duty = self.shape.duty(node);
        if !matches!(duty, Duty::Leave | Duty::Leaves(_)) {
            self.settle(&open, node, end, duty)?;
        }
        Ok((open.site, open.around_kind, open.around))
    }

    #[cold]
    fn settle(&mut self, open: &Open, node: NodeId, end: usize, duty: Duty) -> Result<(), Fault> {
        let rule = match self.plan.besides(duty) {
            Duty::Leave | Duty::Keep(_) | Duty::Leaves(_) | Duty::Says(_) => return Ok(()),
            Duty::Whole(rule) => {
                self.marks += 1;
                rule
            }
            Duty::DropUnlisted => {
                if self.marks != open.marks || open.before == NONE {
                    return Ok(());
                }
                // Nothing in it has a rule: it goes whole, since its keys are unlisted too.
                self.found.edits.truncate(open.edits as usize);
                UNLISTED
            }
            Duty::RefuseUnlisted => {
                let at = open.at as usize;
                // Whatever is in it was judged by itself; where nothing is, it is a leaf, unless it is one on the way
                // to what a rule names.
                let empty = lex::skip_space(self.bytes, at + 1) + 1 == end;
                return if empty && !self.shape.leads_on(self.plan, node) {
                    Err(Fault::new(Code::UnlistedField, at))
                } else {
                    Ok(())
                };
            }
        };
        let Open { at: start, unit, before, .. } = *open;
        self.found.edits.push(Edit { start, end: end as u32, rule, unit, before });
        Ok(())
    }
}
