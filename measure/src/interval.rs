//! How sure a number is: levels of confidence, intervals, quantiles. Every [`Estimate`] carries the people
//! it rests on.

use crate::refusal::{Refusal, at_least};
use crate::sum::sum;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// From `low` to `high`, in the unit of what is estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    #[must_use]
    pub fn around(centre: f64, half: f64) -> Self {
        let (low, high) = (centre - half, centre + half);
        Self { low, high }
    }

    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A number, its interval, and the people it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub interval: Interval,
    pub people: u64,
}

/// The share of intervals that hold the truth in the long run: above 0, below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence(f64);

impl Confidence {
    pub const NINETY: Self = Self(0.90);
    pub const NINETY_FIVE: Self = Self(0.95);
    pub const NINETY_NINE: Self = Self(0.99);

    /// # Errors
    /// Refuses what does not lie between 0 and 1.
    pub fn new(level: f64) -> Result<Self, Refusal> {
        if level > 0.0 && level < 1.0 {
            return Ok(Self(level));
        }
        let name = "confidence";
        Err(Refusal::OutOfRange { name, value: level })
    }

    #[must_use]
    pub fn level(self) -> f64 {
        self.0
    }

    /// The chance of a false alarm that this confidence allows.
    #[must_use]
    pub fn alpha(self) -> f64 {
        1.0 - self.0
    }

    /// The two-sided quantile of the normal distribution: 1.96 for 95 %.
    #[must_use]
    pub fn z(self) -> f64 {
        normal_quantile(1.0 - self.alpha() / 2.0)
    }

    /// The two-sided quantile of Student's t.
    #[must_use]
    pub fn t(self, degrees: f64) -> f64 {
        StudentsT::new(0.0, 1.0, degrees).map_or_else(
            |_| self.z(),
            |student| student.inverse_cdf(1.0 - self.alpha() / 2.0),
        )
    }
}

impl Default for Confidence {
    fn default() -> Self {
        Self::NINETY_FIVE
    }
}

#[must_use]
pub(crate) fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The chance of a normal value at least so far from zero, on either side.
#[must_use]
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

#[must_use]
pub(crate) fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

/// The chance of a value of Student's t at least so far from zero, on either side.
#[must_use]
pub(crate) fn student_two_sided(t: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or_else(
        |_| normal_two_sided(t),
        |student| (2.0 * student.sf(t.abs())).min(1.0),
    )
}

/// A share of people with the score interval of Wilson, "Probable inference, the law of succession, and
/// statistical inference", JASA 22 (1927). Honest for few people and for shares near 0 and 1.
///
/// # Errors
/// Refuses nobody at all, and more successes than people.
pub fn wilson(successes: u64, people: u64, confidence: Confidence) -> Result<Estimate, Refusal> {
    at_least(people, 1)?;
    if successes > people {
        let (name, value) = ("successes", successes as f64);
        return Err(Refusal::OutOfRange { name, value });
    }
    let (n, z) = (people as f64, confidence.z());
    let value = successes as f64 / n;
    let centre = (value + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let spread = (value * (1.0 - value) / n + z * z / (4.0 * n * n)).sqrt();
    let mut interval = Interval::around(centre, z * spread / (1.0 + z * z / n));
    // at the ends the bound is the end itself, without rounding
    if successes == 0 {
        interval.low = 0.0;
    }
    if successes == people {
        interval.high = 1.0;
    }
    Ok(Estimate {
        value,
        interval,
        people,
    })
}

/// The mean of values, one a person, with Student's interval.
///
/// # Errors
/// Refuses fewer than two.
pub fn mean(values: &[f64], confidence: Confidence) -> Result<Estimate, Refusal> {
    let people = values.len() as u64;
    at_least(people, 2)?;
    let n = people as f64;
    let value = sum(values.iter().copied()) / n;
    let variance = sum(values.iter().map(|v| (v - value) * (v - value))) / (n - 1.0);
    let half = confidence.t(n - 1.0) * (variance / n).sqrt();
    let interval = Interval::around(value, half);
    Ok(Estimate {
        value,
        interval,
        people,
    })
}

/// Sorts, for [`quantile`]: numbers in their total order.
pub fn sort(values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
}

/// The quantile of sorted values, straight between the two nearest ranks (R's type 7, numpy's default);
/// nothing of nothing.
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = at.floor() as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get((below + 1).min(last))?;
    Some(low + (high - low) * (at - below as f64))
}

/// What a distribution looks like, and over how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub people: u64,
    pub mean: f64,
    pub least: f64,
    pub p25: f64,
    pub median: f64,
    pub p75: f64,
    pub p90: f64,
    pub most: f64,
}

/// The spread of values; nothing of nothing.
#[must_use]
pub fn spread(mut values: Vec<f64>) -> Option<Spread> {
    sort(&mut values);
    let at = |share| quantile(&values, share);
    Some(Spread {
        people: values.len() as u64,
        least: at(0.0)?,
        p25: at(0.25)?,
        median: at(0.5)?,
        p75: at(0.75)?,
        p90: at(0.9)?,
        most: at(1.0)?,
        mean: sum(values.iter().copied()) / values.len() as f64,
    })
}
