//! A line of numbers cut into ranges, each with a mark; knows nothing of addresses or places.

/// Ranges that each go from their start up to the next start. A start is written as the slot that a search
/// begins in, and a number that tells the starts of a slot apart.
#[derive(Default)]
pub(super) struct Ranges<N> {
    starts: Vec<N>,
    marks: Vec<u32>,
    /// Every 64th start: the search of a slot with many is slow for the cache lines that it touches.
    sample: Vec<N>,
    /// How many starts are in lower slots, by slot; it ends with the slot of the last start.
    slots: Vec<u32>,
}

/// How many starts there are to one of the sample.
const STRIDE: usize = 64;

/// With more starts than this in a slot, a search begins in the sample.
const MANY: usize = 8 * STRIDE;

impl<N: Copy + Ord> Ranges<N> {
    /// Adds a range. Starts come in ascending order.
    pub(super) fn push(&mut self, slot: u16, start: N, mark: u32) {
        let slot = usize::from(slot);
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, self.starts.len() as u32);
        }
        if self.starts.len().is_multiple_of(STRIDE) {
            self.sample.push(start);
        }
        self.starts.push(start);
        self.marks.push(mark);
    }

    /// Adds bits to the mark of the range that was added last.
    pub(super) fn add_to_last(&mut self, bits: u32) {
        if let Some(mark) = self.marks.last_mut() {
            *mark |= bits;
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.starts.shrink_to_fit();
        self.marks.shrink_to_fit();
        self.sample.shrink_to_fit();
        self.slots.shrink_to_fit();
    }

    /// The start and the mark of the range that a number is in.
    pub(super) fn find(&self, slot: u16, number: N) -> Option<(N, u32)> {
        let lower = |slot: usize| self.slots.get(slot).map_or(self.starts.len(), |&starts| starts as usize);
        let (mut from, mut to) = (lower(usize::from(slot)), lower(usize::from(slot) + 1));
        if to.saturating_sub(from) > MANY {
            // The samples of the slot, without one at its front that may be of the slot before.
            let sample = self.sample.get(from / STRIDE + 1..to.div_ceil(STRIDE))?;
            let block = from / STRIDE + sample.partition_point(|&start| start <= number);
            from = from.max(block * STRIDE);
            to = to.min((block + 1) * STRIDE);
        }
        let within = self.starts.get(from..to)?;
        // Where no start of the slot is low enough, it is the last range of the slots before.
        let found = (from + within.partition_point(|&start| start <= number)).checked_sub(1)?;
        Some((*self.starts.get(found)?, *self.marks.get(found)?))
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn a_number_is_in_the_range_that_began_last() {
        let starts = [(0, 5), (0, 6), (1, 0), (1, 7), (9, u16::MAX), (u16::MAX, 0_u16)];
        let mut ranges = Ranges::default();
        for (mark, &(slot, start)) in (0..).zip(&starts) {
            ranges.push(slot, start, mark);
        }
        for slot in [0, 1, 2, 8, 9, 10, u16::MAX - 1, u16::MAX] {
            for number in [0, 4, 5, 6, 7, 8, u16::MAX - 1, u16::MAX] {
                let before = (0..).zip(starts).take_while(|&(_, start)| start <= (slot, number));
                let slow = before.last().map(|(mark, (_, start))| (start, mark));
                assert_eq!(ranges.find(slot, number), slow, "{slot} {number}");
            }
        }
        assert_eq!(Ranges::<u16>::default().find(7, 7), None);
    }

    #[test]
    fn a_slot_of_many_ranges_is_searched_as_one_of_few() {
        let mut ranges = Ranges::default();
        let starts: Vec<(u16, u16)> =
            (0..300).map(|n| (1, n)).chain((0..3000).map(|n| (2, 3 * n + 1))).collect();
        for (mark, &(slot, start)) in (0..).zip(&starts) {
            ranges.push(slot, start, mark);
        }
        for number in 0..9100 {
            let before = starts.partition_point(|&start| start <= (2, number)) - 1;
            assert_eq!(ranges.find(2, number), Some((starts[before].1, before as u32)), "{number}");
        }
    }
}
