//! What the last events looked like: which key follows which, so that the next event's keys are compared
//! instead of read. A guess that does not hold costs the reading of a key, no more.
//!
//! A [`Node`] is a place of an event (the event itself, a member's value, the elements of an array) with its duty.
//! A [`Site`] is a member met in an object: the bytes from the end of the value before it to its own value, such
//! as `,"to":`. Those bytes were valid JSON when they were learned, so equal bytes in the same position are
//! valid again, and lead to the same node.

use super::literal::Literal;
use super::trails::Trails;
use crate::plan::{DEAD, Duty, Plan, StateId};
use crate::simd::Chunk;

/// Number of a node.
pub(crate) type NodeId = u32;
/// Number of a site.
pub(crate) type SiteId = u32;
/// No node, or no site.
pub(crate) const NONE: u32 = u32::MAX;

/// Most sites that are learned in all, and most in one object: about 200 KB a worker.
const MOST_SITES: usize = 2048;
const MOST_SITES_OF_NODE: u16 = 64;
/// Longest member that is learned, in bytes.
const LONGEST: usize = 128;
/// A place of an event.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    state: StateId,
    pub(crate) duty: Duty,
    /// The first member, when it was last an object.
    first: SiteId,
    /// The last site that was learned here; the others hang on it.
    sites: SiteId,
    site_count: u16,
    /// The elements, if it was ever an array.
    element: NodeId,
}

/// A member of an object.
pub(crate) struct Site {
    literal: Literal,
    /// Where in the bytes the key's quote is.
    key: u8,
    /// Its value, and the duty there.
    node: NodeId,
    duty: Duty,
    /// The member that came after it last time.
    next: SiteId,
    /// The site of the same object that was learned before.
    older: SiteId,
}

/// A value that is about to be read. (Fields are as wide as registers: narrower ones get packed and unpacked
/// through memory.)
#[derive(Clone, Copy)]
pub(crate) struct Value {
    pub(crate) at: usize,
    pub(crate) node: NodeId,
    /// The site by which it was reached, if it is a member.
    pub(crate) site: SiteId,
    /// Where its member's key or the element begins.
    pub(crate) unit: usize,
    /// Where the value before it ends, or after the opening bracket; `NONE` for the event itself.
    pub(crate) before: usize,
}

/// What was learned, for one plan.
pub(crate) struct Shape {
    nodes: Vec<Node>,
    sites: Vec<Site>,
    /// Nodes for places that are not learned any more, in the order of those.
    strangers: Vec<NodeId>,
    /// Whole events.
    pub(super) trails: Trails,
}

impl Shape {
    /// Nothing is known but where an event begins.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut shape =
            Shape { nodes: Vec::new(), sites: Vec::new(), strangers: Vec::new(), trails: Trails::default() };
        shape.add_node(plan.start());
        shape
    }

    /// How much was learned.
    pub(crate) fn size(&self) -> usize {
        self.nodes.len() + self.trails.size()
    }

    /// The event itself.
    pub(crate) const ROOT: NodeId = 0;

    fn add_node(&mut self, (state, duty): (StateId, Duty)) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node { state, duty, first: NONE, sites: NONE, site_count: 0, element: NONE });
        id
    }

    fn stranger(&mut self, place: (StateId, Duty)) -> NodeId {
        let known = self.strangers.binary_search_by_key(&place, |id| {
            self.node(*id).map_or((DEAD, Duty::RefuseUnlisted), |node| (node.state, node.duty))
        });
        let slot = match known {
            Ok(slot) => return self.strangers.get(slot).copied().unwrap_or(NONE),
            Err(slot) => slot,
        };
        let id = self.add_node(place);
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.site_count = MOST_SITES_OF_NODE;
        }
        self.strangers.insert(slot, id);
        id
    }

    #[inline(always)]
    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    #[inline(always)]
    pub(crate) fn duty(&self, id: NodeId) -> Duty {
        // INVARIANT: ids come from here, so the node exists; refusing is the answer that is safe without it.
        self.node(id).map_or(Duty::RefuseUnlisted, |node| node.duty)
    }

    /// The state of a place.
    pub(crate) fn state(&self, id: NodeId) -> Option<StateId> {
        self.node(id).map(|node| node.state)
    }

    /// Whether a rule could find something below.
    pub(crate) fn leads_on(&self, plan: &Plan, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| plan.leads_on(node.state))
    }

    /// The site that came after `previous` last time, or first in `object` if there is none.
    #[inline(always)]
    pub(crate) fn next_site(&self, object: NodeId, previous: Option<SiteId>) -> SiteId {
        match previous {
            None => self.node(object).map_or(NONE, |node| node.first),
            Some(previous) => self.site(previous).map_or(NONE, |site| site.next),
        }
    }

    #[inline(always)]
    pub(crate) fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(id as usize)
    }

    /// The member that was read at `bytes[at..value]`, its key's quote at `quote`, its (unescaped) name `name`:
    /// its site, if it is or was learned, and its node.
    pub(crate) fn learn<C: Chunk>(
        &mut self,
        plan: &Plan,
        parent: NodeId,
        previous: Option<SiteId>,
        member: &Member<'_>,
    ) -> (SiteId, NodeId) {
        let Some(&Node { state, duty, sites, site_count, .. }) = self.node(parent) else {
            return (NONE, NONE);
        };
        let &Member { bytes, at, quote, value, name } = member;
        let place = plan.member((state, duty), name);
        let text = bytes.get(at..value).unwrap_or_default();
        let full = site_count >= MOST_SITES_OF_NODE || text.len() > LONGEST;
        let mut site = if full { NONE } else { sites };
        while let Some(known) = self.sites.get(site as usize) {
            if known.len() == text.len() && known.stands_at::<C>(bytes, at) {
                break;
            }
            site = known.older;
        }
        if site == NONE {
            if full || self.sites.len() >= MOST_SITES {
                return (NONE, self.stranger(place));
            }
            site = self.sites.len() as SiteId;
            let node = self.add_node(place);
            self.sites.push(Site {
                literal: Literal::new(text),
                key: (quote - at) as u8,
                node,
                duty: self.duty(node),
                next: NONE,
                older: sites,
            });
            if let Some(parent) = self.nodes.get_mut(parent as usize) {
                parent.sites = site;
                parent.site_count += 1;
            }
        }
        let follows = match previous {
            None => self.nodes.get_mut(parent as usize).map(|parent| &mut parent.first),
            Some(previous) => self.sites.get_mut(previous as usize).map(|previous| &mut previous.next),
        };
        if let Some(slot) = follows {
            *slot = site;
        }
        (site, self.sites.get(site as usize).map_or(NONE, |site| site.node))
    }

    /// The node of an array's elements.
    #[inline(always)]
    pub(crate) fn element(&mut self, plan: &Plan, parent: NodeId) -> NodeId {
        match self.node(parent) {
            Some(&Node { element, .. }) if element != NONE => element,
            Some(&Node { state, duty, .. }) => self.add_element(plan, parent, (state, duty)),
            None => NONE,
        }
    }

    fn add_element(&mut self, plan: &Plan, parent: NodeId, place: (StateId, Duty)) -> NodeId {
        let place = plan.element(place);
        let id = if self.nodes.len() < 2 * MOST_SITES { self.add_node(place) } else { self.stranger(place) };
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.element = id;
        }
        id
    }
}

/// A member as it was read.
pub(crate) struct Member<'a> {
    pub(crate) bytes: &'a [u8],
    /// End of the value before it, or the object's brace.
    pub(crate) at: usize,
    pub(crate) quote: usize,
    pub(crate) value: usize,
    pub(crate) name: &'a [u8],
}

impl Site {
    /// Length of the bytes from the end of the value before it to its own value.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.literal.len()
    }

    #[inline(always)]
    pub(crate) fn duty(&self) -> Duty {
        self.duty
    }

    #[inline(always)]
    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    #[inline(always)]
    pub(crate) fn next(&self) -> SiteId {
        self.next
    }

    /// The value, of the member that stands at `at`.
    #[inline(always)]
    pub(crate) fn value(&self, site: SiteId, at: usize, first: bool) -> Value {
        let unit = at + usize::from(self.key);
        Value { at: at + self.len(), node: self.node, site, unit, before: at + usize::from(first) }
    }

    /// Whether the member stands at `at`.
    #[inline(always)]
    pub(crate) fn stands_at<C: Chunk>(&self, bytes: &[u8], at: usize) -> bool {
        self.literal.stands_at::<C>(bytes, at)
    }
}
