//! Which rows of a batch the slots of a column belong to, and which of the slots are there at all; knows no value.

use arrow_buffer::NullBuffer;
use std::sync::Arc;

/// The slots of a column. What stands under a null, such as the fields of a struct that is null, is not there.
#[derive(Clone)]
pub(super) struct Rows {
    len: usize,
    /// The row of each slot; each its own if there is nothing.
    of: Option<Arc<[usize]>>,
    there: Option<NullBuffer>,
}

impl Rows {
    /// One slot for each row.
    pub(super) fn all(len: usize) -> Self {
        Rows { len, of: None, there: None }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The row that a slot belongs to.
    pub(super) fn row(&self, slot: usize) -> usize {
        self.of.as_ref().map_or(slot, |of| of.get(slot).copied().unwrap_or(slot))
    }

    /// Which slots are there; all if there is nothing.
    pub(super) fn there(&self) -> Option<&NullBuffer> {
        self.there.as_ref()
    }

    pub(super) fn is_there(&self, slot: usize) -> bool {
        self.there.as_ref().is_none_or(|there| slot < there.len() && there.is_valid(slot))
    }

    pub(super) fn there_count(&self) -> usize {
        self.len - self.there.as_ref().map_or(0, NullBuffer::null_count)
    }

    /// The same slots, but for those that are null here.
    pub(super) fn within(&self, nulls: Option<&NullBuffer>) -> Self {
        let there = NullBuffer::union(self.there.as_ref(), nulls).filter(|there| there.null_count() > 0);
        Rows { there, ..self.clone() }
    }

    /// Slots in slots of these: for each the slot that it is in, and whether it is there.
    pub(super) fn inside(&self, around: &[usize], there: Option<NullBuffer>) -> Self {
        let of = around.iter().map(|slot| self.row(*slot)).collect();
        Rows { len: around.len(), of: Some(of), there: there.filter(|there| there.null_count() > 0) }
    }

    /// Marks the rows that have a slot that is there.
    pub(super) fn mark(&self, rows: &mut [bool]) {
        match (&self.of, &self.there) {
            (None, None) => rows.fill(true),
            (None, Some(there)) => rows.iter_mut().zip(there.iter()).for_each(|(row, there)| *row |= there),
            (Some(of), _) => {
                for (slot, row) in of.iter().enumerate() {
                    if self.is_there(slot)
                        && let Some(row) = rows.get_mut(*row)
                    {
                        *row = true;
                    }
                }
            }
        }
    }
}
