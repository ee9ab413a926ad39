//! One pass over an event that finds what is to be treated and holds every byte to RFC 8259. It writes nothing.

use super::lex::{self, Fault};
use super::shape::{Member, NONE, NodeId, Shape, SiteId};
use crate::error::Code;
use crate::plan::{Duty, Plan};
use crate::simd::Simd;

/// Deepest nesting of objects and arrays.
const MOST_LEVELS: usize = 128;

/// The rule number that stands for `unlisted: drop`.
pub(crate) const UNLISTED: u16 = u16::MAX;

/// What stands in a span that is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Null,
    True,
    False,
    Number,
    /// A string whose inside is its text.
    Plain,
    /// A string with escapes in it.
    Escaped,
    /// An object or array.
    Nested,
}

/// A span that is to be treated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) rule: u16,
    pub(crate) spelling: Spelling,
    /// Where it stands among its siblings.
    pub(crate) unit: Unit,
}

/// A member or element as a part of its object or array: what has to be known to take it out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unit {
    /// Where the member's key or the element begins.
    pub(crate) start: u32,
    /// Where the value before it ends, or after the opening bracket.
    pub(crate) before: u32,
    /// How many siblings come before it.
    pub(crate) index: u32,
    /// Serial number of its object or array.
    pub(crate) parent: u32,
}

/// What was found in one event.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) edits: Vec<Edit>,
    /// Rules that keep something, once for each value.
    pub(crate) kept: Vec<u16>,
    /// How many objects and arrays there are; their serial numbers are below it.
    pub(crate) containers: u32,
}

/// An object or array that is open.
#[derive(Clone, Copy)]
struct Open {
    object: bool,
    node: NodeId,
    /// Of itself among its siblings, and the site by which it was reached.
    unit: Unit,
    site: SiteId,
    start: u32,
    serial: u32,
    children: u32,
    /// As many edits and marks there were when it opened.
    edits: usize,
    marks: usize,
}

/// Buffers of the walk, kept from event to event.
#[derive(Default)]
pub(crate) struct Buffers {
    open: Vec<Open>,
    name: String,
}

/// Finds everything in `bytes` that `plan` has something to say about.
///
/// # Errors
/// [`Code::InvalidJson`], [`Code::InvalidUtf8`], [`Code::TooDeep`], [`Code::UnlistedField`].
pub(crate) fn walk<S: Simd>(
    bytes: &[u8],
    plan: &Plan,
    shape: &mut Shape,
    buffers: &mut Buffers,
    found: &mut Found,
) -> Result<(), Fault> {
    found.edits.clear();
    found.kept.clear();
    found.containers = 0;
    buffers.open.clear();
    Walk { bytes, plan, shape, buffers, found, marks: 0 }.run::<S>()
}

struct Walk<'a> {
    bytes: &'a [u8],
    plan: &'a Plan,
    shape: &'a mut Shape,
    buffers: &'a mut Buffers,
    found: &'a mut Found,
    /// How many values rules have found so far.
    marks: usize,
}

/// A value that is about to be read.
#[derive(Clone, Copy)]
struct Value {
    at: usize,
    node: NodeId,
    /// The site by which it was reached, if it is a member.
    site: SiteId,
    unit: Unit,
}

/// What comes next in an object or array.
enum Next {
    Value(Value),
    /// It ends, after its closing bracket.
    End(usize),
}

impl Walk<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self) -> Result<(), Fault> {
        let bytes = self.bytes;
        let start = lex::skip_space(bytes, 0);
        let unit = Unit { start: start as u32, before: start as u32, index: 0, parent: NONE };
        let mut value = Value { at: start, node: Shape::ROOT, site: NONE, unit };
        // The innermost object or array; those around it are on the stack.
        let mut inside: Option<Open> = None;
        loop {
            let at = value.at;
            let mut end = match bytes.get(at) {
                Some(b'"') => {
                    let (end, escaped) = lex::string::<S>(bytes, at)?;
                    let spelling = if escaped { Spelling::Escaped } else { Spelling::Plain };
                    self.leaf(&value, end, spelling)?
                }
                Some(b'-' | b'0'..=b'9') => {
                    let end = lex::number::<S>(bytes, at)?;
                    self.leaf(&value, end, Spelling::Number)?
                }
                Some(bracket @ (b'{' | b'[')) => {
                    if let Some(outer) = inside.take() {
                        self.buffers.open.push(outer);
                    }
                    let mut open = self.open(&value, *bracket == b'{')?;
                    match self.next::<S>(&mut open, at, None)? {
                        Next::Value(child) => {
                            inside = Some(open);
                            value = child;
                            continue;
                        }
                        Next::End(end) => {
                            self.close(&open, end)?;
                            inside = self.buffers.open.pop();
                            end
                        }
                    }
                }
                Some(b't') => self.leaf(&value, lex::word(bytes, at, b"true")?, Spelling::True)?,
                Some(b'f') => self.leaf(&value, lex::word(bytes, at, b"false")?, Spelling::False)?,
                Some(b'n') => self.leaf(&value, lex::word(bytes, at, b"null")?, Spelling::Null)?,
                Some(_) | None => return Err(Fault::json(at)),
            };
            // A value ended: on to the next one, out of everything that ends here too.
            let mut site = value.site;
            value = loop {
                let Some(open) = &mut inside else {
                    let rest = lex::skip_space(bytes, end);
                    return if rest == bytes.len() { Ok(()) } else { Err(Fault::json(rest)) };
                };
                match self.next::<S>(open, end, Some(site))? {
                    Next::Value(next) => break next,
                    Next::End(after) => {
                        let open = *open;
                        self.close(&open, after)?;
                        (end, site) = (after, open.site);
                        inside = self.buffers.open.pop();
                    }
                }
            };
        }
    }

    /// The next member or element after the value that ended at `at` and was reached by the site `previous`; the
    /// first one if there is none, and `at` is the opening bracket.
    #[inline(always)]
    fn next<S: Simd>(&mut self, open: &mut Open, at: usize, previous: Option<SiteId>) -> Result<Next, Fault> {
        if open.object {
            if let Some(guess) = self.shape.guess::<S>(self.bytes, at, open.node, previous) {
                let unit = open.unit_of_child(at, at + guess.key, previous.is_none());
                return Ok(Next::Value(Value {
                    at: at + guess.len,
                    node: guess.node,
                    site: guess.site,
                    unit,
                }));
            }
            return self.read_member::<S>(open, at, previous);
        }
        let bracket = match previous {
            None => at,
            Some(_) => lex::skip_space(self.bytes, at),
        };
        let here = lex::skip_space(self.bytes, bracket + 1);
        match (previous, self.bytes.get(bracket)) {
            (Some(_), Some(b']')) => return Ok(Next::End(bracket + 1)),
            (Some(_), Some(b',')) => {}
            (Some(_), _) => return Err(Fault::json(bracket)),
            (None, _) if self.bytes.get(here) == Some(&b']') => return Ok(Next::End(here + 1)),
            (None, _) => {}
        }
        let node = self.shape.element(self.plan, open.node);
        let unit = open.unit_of_child(at, here, previous.is_none());
        Ok(Next::Value(Value { at: here, node, site: NONE, unit }))
    }

    #[inline(never)]
    fn read_member<S: Simd>(
        &mut self,
        open: &mut Open,
        at: usize,
        previous: Option<SiteId>,
    ) -> Result<Next, Fault> {
        let bytes = self.bytes;
        let quote = match previous {
            None => lex::skip_space(bytes, at + 1),
            Some(_) => {
                let comma = lex::skip_space(bytes, at);
                match bytes.get(comma) {
                    Some(b',') => lex::skip_space(bytes, comma + 1),
                    Some(b'}') => return Ok(Next::End(comma + 1)),
                    Some(_) | None => return Err(Fault::json(comma)),
                }
            }
        };
        match bytes.get(quote) {
            Some(b'"') => {}
            Some(b'}') if previous.is_none() => return Ok(Next::End(quote + 1)),
            Some(_) | None => return Err(Fault::json(quote)),
        }
        let (key_end, escaped) = lex::string::<S>(bytes, quote)?;
        let colon = lex::skip_space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return Err(Fault::json(colon));
        }
        let value = lex::skip_space(bytes, colon + 1);
        let inside = bytes.get(quote + 1..key_end - 1).ok_or(Fault::json(quote))?;
        let name = if escaped {
            self.buffers.name.clear();
            lex::unescape(inside, &mut self.buffers.name).ok_or(Fault::json(quote))?;
            self.buffers.name.as_bytes()
        } else {
            inside
        };
        let member = Member { bytes, at, quote, value, name };
        let (site, node) = self.shape.learn::<S>(self.plan, open.node, previous, &member);
        let unit = open.unit_of_child(at, quote, previous.is_none());
        Ok(Next::Value(Value { at: value, node, site, unit }))
    }

    /// Notes a leaf that ends at `end`, and gives back the end.
    #[inline(always)]
    fn leaf(&mut self, value: &Value, end: usize, spelling: Spelling) -> Result<usize, Fault> {
        match self.shape.duty(value.node) {
            Duty::Leave => {}
            Duty::Leaves(rule) | Duty::Whole(rule) => {
                self.marks += 1;
                self.edit(value.at, end, rule, spelling, value.unit);
            }
            Duty::Keep(rule) => {
                self.marks += 1;
                self.found.kept.push(rule);
            }
            Duty::DropUnlisted => self.edit(value.at, end, UNLISTED, spelling, value.unit),
            Duty::RefuseUnlisted => return Err(Fault { code: Code::UnlistedField, offset: value.at }),
        }
        Ok(end)
    }

    fn edit(&mut self, start: usize, end: usize, rule: u16, spelling: Spelling, unit: Unit) {
        self.found.edits.push(Edit { start: start as u32, end: end as u32, rule, spelling, unit });
    }

    fn open(&mut self, value: &Value, object: bool) -> Result<Open, Fault> {
        if self.buffers.open.len() >= MOST_LEVELS {
            return Err(Fault { code: Code::TooDeep, offset: value.at });
        }
        let open = Open {
            object,
            node: value.node,
            unit: value.unit,
            site: value.site,
            start: value.at as u32,
            serial: self.found.containers,
            children: 0,
            edits: self.found.edits.len(),
            marks: self.marks,
        };
        self.found.containers += 1;
        match self.shape.duty(value.node) {
            Duty::Keep(rule) => {
                self.marks += 1;
                self.found.kept.push(rule);
            }
            Duty::Leaves(_) => self.marks += 1,
            Duty::Leave | Duty::Whole(_) | Duty::DropUnlisted | Duty::RefuseUnlisted => {}
        }
        Ok(open)
    }

    /// Settles an object or array that ends at `end`.
    #[inline(always)]
    fn close(&mut self, open: &Open, end: usize) -> Result<(), Fault> {
        let start = open.start as usize;
        match self.shape.duty(open.node) {
            Duty::Leave | Duty::Keep(_) | Duty::Leaves(_) => {}
            Duty::Whole(rule) => {
                self.marks += 1;
                self.edit(start, end, rule, Spelling::Nested, open.unit);
            }
            Duty::DropUnlisted => {
                // Nothing in it has a rule: it goes whole, since its keys are unlisted too.
                if self.marks == open.marks && open.unit.parent != NONE {
                    self.found.edits.truncate(open.edits);
                    self.edit(start, end, UNLISTED, Spelling::Nested, open.unit);
                }
            }
            Duty::RefuseUnlisted => {
                if open.children == 0 {
                    return Err(Fault { code: Code::UnlistedField, offset: start });
                }
            }
        }
        Ok(())
    }
}

impl Open {
    #[inline(always)]
    fn unit_of_child(&mut self, before: usize, start: usize, first: bool) -> Unit {
        let before = before + usize::from(first);
        let index = self.children;
        self.children += 1;
        Unit { start: start as u32, before: before as u32, index, parent: self.serial }
    }
}
