//! A small generator of random numbers (splitmix64), so that a seed means the same for ever.

/// Ints at which something changes: signs, widths, masks, doubles.
pub const INTS: [i64; 40] = [
    0,
    1,
    -1,
    2,
    -2,
    3,
    7,
    10,
    -10,
    62,
    63,
    64,
    65,
    100,
    127,
    128,
    255,
    256,
    1_000,
    86_400_000,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    1 << 32,
    (1 << 32) + 1,
    -(1 << 32),
    3_037_000_500,
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
    -(1 << 53),
    -(1 << 53) - 1,
    (1 << 53) - 2,
    1 << 62,
    -(1 << 62),
    i64::MAX,
    i64::MAX - 1,
    i64::MIN,
    i64::MIN + 1,
    1_790_000_000_123,
];

/// Doubles at which something changes.
pub const NUMS: [f64; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    0.1,
    2.0,
    3.0,
    100.0,
    1e-9,
    f64::MIN_POSITIVE,
    -f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    f64::MAX,
    f64::MIN,
    1e308,
    1e-308,
    1e154,
    -1e154,
    f64::EPSILON,
    9_007_199_254_740_992.0,
    0.300_000_000_000_000_04,
];

#[derive(Clone, Debug)]
pub struct Rng(u64);

/// One number from another, each bit depending on all.
pub fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x6a6f_7572_6e65_7921))
    }
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.word() % bound as u64).expect("below a usize")
    }
    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
    pub fn int(&mut self) -> i64 {
        match self.below(10) {
            0..5 => self.pick(&INTS),
            5..8 => self.small(),
            _ => self.word().cast_signed() >> self.below(64),
        }
    }
    /// An int that seldom overflows.
    pub fn small(&mut self) -> i64 {
        i64::try_from(self.below(41)).expect("small") - 8
    }
    /// The bits of a finite double.
    pub fn num(&mut self) -> u64 {
        match self.below(10) {
            0..6 => self.pick(&NUMS).to_bits(),
            6..8 => self.plain_num(),
            _ => {
                let bits = self.word();
                if f64::from_bits(bits).is_finite() {
                    bits
                } else {
                    bits & !(1 << 62)
                }
            }
        }
    }
    /// A double that seldom ends in a fault.
    pub fn plain_num(&mut self) -> u64 {
        let whole = u32::try_from(self.below(64)).expect("small");
        let num = f64::from(whole) / 4.0 - 4.0;
        num.to_bits()
    }
}
