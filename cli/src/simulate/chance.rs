//! Seeded chance: one generator (PCG) for each thing that is drawn, told apart by what it is for, so that a
//! change of one habit leaves all others as they were. No number here depends on the machine: `ln` and `exp`
//! are pinned, square roots are exact.

use super::model::{Delay, Law};
use journey_program::exp::exp;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;
use xxhash_rust::xxh3::xxh3_128;

/// Tries to draw inside of the bounds before the nearest bound is taken.
const TRIES_MAX: u32 = 64;
/// 2^-53: what one of the 53 bits of a double in 0..1 is worth.
const BIT: f64 = 1.0 / 9_007_199_254_740_992.0;

#[derive(Clone, Debug)]
pub struct Chance(Pcg64Mcg);

impl Chance {
    /// The generator of one purpose: the seed, what it is for, and whose it is.
    pub fn of(seed: u64, purpose: &str, whose: u64, number: u64) -> Self {
        let mut bytes = Vec::with_capacity(purpose.len() + 24);
        bytes.extend_from_slice(&seed.to_le_bytes());
        bytes.extend_from_slice(&whose.to_le_bytes());
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(purpose.as_bytes());
        Self(Pcg64Mcg::new(xxh3_128(&bytes)))
    }

    /// Evenly in 0..1, 1 left out.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what a double holds"
    )]
    pub fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * BIT
    }

    /// Evenly in 0..count; 0 of nothing.
    pub fn below(&mut self, count: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(count);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// With mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.share())
    }

    /// With mean 0 and deviation 1 (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.share() - 1.0, 2.0 * self.share() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// The place in shares that add up to at most 1; None: the rest.
    pub fn choice(&mut self, shares: impl IntoIterator<Item = f64>) -> Option<usize> {
        let lot = self.share();
        let mut above = 0.0;
        for (place, share) in shares.into_iter().enumerate() {
            above += share;
            if lot < above {
                return Some(place);
            }
        }
        None
    }

    pub fn law(&mut self, law: Law, within: Option<(f64, f64)>) -> f64 {
        let mut drawn = self.once(law);
        let Some((low, high)) = within else {
            return drawn;
        };
        for _ in 0..TRIES_MAX {
            if (low..=high).contains(&drawn) {
                return drawn;
            }
            drawn = self.once(law);
        }
        drawn.clamp(low, high)
    }

    fn once(&mut self, law: Law) -> f64 {
        match law {
            Law::Range(low, high) => low + (high - low) * self.share(),
            Law::Whole(low, high) => {
                let place = ((high - low + 1.0) * self.share()).floor();
                (low + place).min(high)
            }
            Law::Normal { mean, deviation } => mean + deviation * self.normal(),
            Law::LogNormal { median, deviation } => median * exp(deviation * self.normal()),
            Law::Exponential { mean } => mean * self.exponential(),
        }
    }

    /// In ms, at least 1: nothing follows at the same instant.
    #[expect(clippy::cast_precision_loss, reason = "spans of time are small")]
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    pub fn delay(&mut self, delay: Delay) -> i64 {
        let drawn = match delay {
            Delay::Within(within) => within as f64 * self.share(),
            Delay::Median { median, within } => {
                let mean = median as f64 / std::f64::consts::LN_2;
                let most = within.map_or(1.0, |within| 1.0 - exp(-(within as f64) / mean));
                -mean * libm::log(1.0 - most * self.share())
            }
        };
        (drawn as i64).saturating_add(1)
    }
}
