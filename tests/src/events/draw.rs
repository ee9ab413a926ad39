//! Seeded chance; knows nothing of events. Integers alone, so that every machine draws alike.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Draw(seed)
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// A number of a range, its end excluded.
    pub(super) fn of(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u64) as usize]
    }

    pub(super) fn hex(&mut self, digits: usize) -> String {
        format!("{:032x}", u128::from(self.bits()) << 64 | u128::from(self.bits()))[..digits].to_owned()
    }
}

/// Ranks that are drawn by Zipf's law: the n-th comes up 1/n times as often as the first.
pub(super) struct Zipf {
    /// Up to where a draw falls to each rank.
    ends: Vec<u64>,
}

impl Zipf {
    pub(super) fn new(ranks: usize) -> Self {
        let ends = (1..=ranks as u64).scan(0, |end, rank| {
            *end += 1_000_000 / rank;
            Some(*end)
        });
        Zipf { ends: ends.collect() }
    }

    pub(super) fn rank(&self, draw: &mut Draw) -> usize {
        let drawn = draw.below(self.ends.last().copied().unwrap_or(1));
        self.ends.partition_point(|&end| end <= drawn)
    }
}
