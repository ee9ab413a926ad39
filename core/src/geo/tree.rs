//! The search tree of a MaxMind DB (file format 2.0), walked whole; knows nothing of what its records hold.

use crate::error::{Code, Error};
use maxminddb::Metadata;

/// The binary search tree over the bits of an address. A record of it is the number of a node, the count
/// of nodes (which says "nothing here"), or above that a pointer to data.
pub(super) struct Tree<'a> {
    nodes: &'a [u8],
    node_bytes: usize,
    /// How many nodes there are, and the record that says "nothing here".
    pub(super) nothing: u32,
}

/// Where a walk begins.
#[derive(Clone, Copy)]
pub(super) struct Root {
    pub(super) record: u32,
    /// Bits of address below it.
    pub(super) bits: u32,
}

impl<'a> Tree<'a> {
    /// The tree at the head of a file.
    pub(super) fn new(file: &'a [u8], metadata: &Metadata) -> Self {
        Tree { nodes: file, node_bytes: usize::from(metadata.record_size) / 4, nothing: metadata.node_count }
    }

    /// The records of a node for a next bit of 0 and of 1.
    fn branches(&self, node: u32) -> Option<[u32; 2]> {
        let start = (node as usize).checked_mul(self.node_bytes)?;
        let record = |bytes| u32::from_be_bytes(bytes);
        match *self.nodes.get(start..start.checked_add(self.node_bytes)?)? {
            [a, b, c, d, e, f] => Some([record([0, a, b, c]), record([0, d, e, f])]),
            // Two records of 28 bits: the byte in the middle has the top four of each.
            [a, b, c, tops, d, e, f] => Some([record([tops >> 4, a, b, c]), record([tops & 15, d, e, f])]),
            [a, b, c, d, e, f, g, h] => Some([record([a, b, c, d]), record([e, f, g, h])]),
            _ => None,
        }
    }

    /// Where the IPv4 addresses are in a tree of IPv6 addresses: `::/96`, or a shorter network around it
    /// that is one record.
    ///
    /// # Errors
    /// [`Code::GeoInvalid`] if a node on the way is not in the file.
    pub(super) fn v4_in_v6(&self) -> Result<Root, Error> {
        let mut record = 0;
        for _ in 0..96 {
            if record >= self.nothing {
                break;
            }
            [record, _] = self.branches(record).ok_or(Error::new(Code::GeoInvalid))?;
        }
        Ok(Root { record, bits: 32 })
    }

    /// Visits every network below `root`, in ascending order, by its first address and its record.
    /// A branch to the node `but` is taken to hold nothing.
    ///
    /// # Errors
    /// [`Code::GeoInvalid`] if the tree is none (a node outside the file, or reached twice, or deeper than
    /// an address); and what `visit` answers.
    pub(super) fn walk(
        &self,
        root: Root,
        but: Option<u32>,
        mut visit: impl FnMut(u128, u32) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let damaged = || Error::new(Code::GeoInvalid);
        // In a tree each node is reached once, so a walk that takes more steps than there are nodes is in
        // a damaged one; without this bound it could take 2^bits.
        let mut steps_left = self.nothing;
        let mut waiting = vec![(root, 0u128)];
        while let Some((Root { record, bits }, first)) = waiting.pop() {
            if Some(record) == but {
                visit(first, self.nothing)?;
            } else if record >= self.nothing {
                visit(first, record)?;
            } else {
                steps_left = steps_left.checked_sub(1).ok_or_else(damaged)?;
                let bits = bits.checked_sub(1).ok_or_else(damaged)?;
                let [zero, one] = self.branches(record).ok_or_else(damaged)?;
                waiting.push((Root { record: one, bits }, first | (1 << bits)));
                waiting.push((Root { record: zero, bits }, first));
            }
        }
        Ok(())
    }
}
