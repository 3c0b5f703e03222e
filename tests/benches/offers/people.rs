//! People, from a fixed seed: what the rules test, and the model's features.

pub const FEATURES: usize = 16;

pub struct Person {
    pub tier: u8,
    pub age: u8,
    pub orders: u8,
    pub spend: f64,
    pub push: bool,
    pub features: [f64; FEATURES],
}

/// A generator with a state of its own: the same numbers everywhere (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
    pub fn below(&mut self, count: u64) -> u64 {
        self.word() % count
    }
    /// A multiple of 1/1024 below 1: exact in single precision.
    pub fn share(&mut self) -> f64 {
        self.below(1_024) as f64 / 1_024.0
    }
}

pub fn people(count: usize) -> Vec<Person> {
    let mut chance = Chance(7);
    (0..count)
        .map(|_| Person {
            tier: chance.below(4) as u8,
            age: 16 + chance.below(60) as u8,
            orders: chance.below(30) as u8,
            spend: chance.below(100_000) as f64 / 100.0,
            push: chance.below(2) == 1,
            features: std::array::from_fn(|_| chance.share()),
        })
        .collect()
}
