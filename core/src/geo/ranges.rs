//! A line of numbers cut into ranges, each with a mark; knows nothing of addresses or places.

/// Ranges that each go from their start up to the next start. A start is written as the slot that a search
/// begins in, and a number that tells the starts of a slot apart.
#[derive(Default)]
pub(super) struct Ranges<N> {
    starts: Vec<N>,
    marks: Vec<u32>,
    /// How many starts are in lower slots, by slot; it ends with the slot of the last start.
    slots: Vec<u32>,
}

impl<N: Copy + Ord> Ranges<N> {
    /// Adds a range. Starts come in ascending order.
    pub(super) fn push(&mut self, slot: u16, start: N, mark: u32) {
        let slot = usize::from(slot);
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, self.starts.len() as u32);
        }
        self.starts.push(start);
        self.marks.push(mark);
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.starts.shrink_to_fit();
        self.marks.shrink_to_fit();
        self.slots.shrink_to_fit();
    }

    /// The start and the mark of the range that a number is in.
    pub(super) fn find(&self, slot: u16, number: N) -> Option<(N, u32)> {
        let lower = |slot: usize| self.slots.get(slot).map_or(self.starts.len(), |&starts| starts as usize);
        let from = lower(usize::from(slot));
        let within = self.starts.get(from..lower(usize::from(slot) + 1))?;
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
}
