//! Sizes before the start: how sure a difference will be found, the least one that will, the people it
//! takes. Normal approximation, two-sided (Fleiss, Levin, Paik, "Statistical methods for rates", 2003).

use crate::interval::{Confidence, normal_cdf, normal_quantile};
use crate::refusal::{Refusal, at_least, positive};

/// What is compared: a share of people, or a mean with a standard deviation per person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Share { base: f64 },
    Mean { deviation: f64 },
}

/// People of the arm and of the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arms {
    pub people: u64,
    pub base_people: u64,
}

impl Outcome {
    /// The standard error of a difference: under no difference, and under this one.
    fn errors(self, arms: Arms, difference: f64) -> (f64, f64) {
        let (na, nb) = (arms.people as f64, arms.base_people as f64);
        match self {
            Self::Mean { deviation } => {
                let error = deviation * (1.0 / na + 1.0 / nb).sqrt();
                (error, error)
            }
            Self::Share { base } => {
                let arm = base + difference;
                let pooled = (na * arm + nb * base) / (na + nb);
                let null = (pooled * (1.0 - pooled) * (1.0 / na + 1.0 / nb)).sqrt();
                let own = (arm * (1.0 - arm) / na + base * (1.0 - base) / nb).sqrt();
                (null, own)
            }
        }
    }

    fn check(self, difference: f64) -> Result<(), Refusal> {
        match self {
            Self::Mean { deviation } => positive("deviation", deviation).map(|_| ()),
            Self::Share { base } => {
                let arm = base + difference;
                for (name, value) in [("base", base), ("base with the difference", arm)] {
                    if !(value > 0.0 && value < 1.0) {
                        return Err(Refusal::OutOfRange { name, value });
                    }
                }
                Ok(())
            }
        }
    }
}

/// The chance to find a true difference of this size.
///
/// # Errors
/// Refuses an arm of fewer than two, shares outside 0 and 1, a deviation that is not positive.
pub fn power(
    outcome: Outcome,
    arms: Arms,
    difference: f64,
    confidence: Confidence,
) -> Result<f64, Refusal> {
    at_least(arms.people.min(arms.base_people), 2)?;
    outcome.check(difference)?;
    let (null, own) = outcome.errors(arms, difference);
    let bound = confidence.z() * null;
    let above = normal_cdf((difference - bound) / own);
    let below = normal_cdf((-difference - bound) / own);
    Ok(above + below)
}

/// The least increase that is found with this chance (the power, often 0.8), by halving to a part in 1e12.
///
/// # Errors
/// As [`power`]; refuses where even the largest increase is not found so surely.
pub fn minimum_detectable(
    outcome: Outcome,
    arms: Arms,
    chance: f64,
    confidence: Confidence,
) -> Result<f64, Refusal> {
    check_chance(chance)?;
    at_least(arms.people.min(arms.base_people), 2)?;
    outcome.check(0.0)?;
    let mut high = match outcome {
        Outcome::Share { base } => (1.0 - base) * (1.0 - 1e-9),
        Outcome::Mean { .. } => {
            let (error, _) = outcome.errors(arms, 0.0);
            (confidence.z() + normal_quantile(chance).max(0.0) + 1.0) * error
        }
    };
    if power(outcome, arms, high, confidence)? < chance {
        let people = arms.people.min(arms.base_people);
        let least = people_needed(outcome, high, chance, confidence)?;
        return Err(Refusal::TooFew { people, least });
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if high - low <= 1e-12 * high {
            break;
        }
        if power(outcome, arms, middle, confidence)? < chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// The people that each of two equal arms needs.
///
/// # Errors
/// As [`power`]; refuses a difference of zero.
pub fn people_needed(
    outcome: Outcome,
    difference: f64,
    chance: f64,
    confidence: Confidence,
) -> Result<u64, Refusal> {
    check_chance(chance)?;
    positive("difference", difference.abs())?;
    outcome.check(difference)?;
    let enough = |people: u64| {
        let base_people = people;
        let arms = Arms {
            people,
            base_people,
        };
        power(outcome, arms, difference, confidence).map(|power| power >= chance)
    };
    let mut high = 2_u64;
    while !enough(high)? {
        let Some(double) = high.checked_mul(2).filter(|people| *people < 1 << 52) else {
            let (name, value) = ("difference", difference);
            return Err(Refusal::OutOfRange { name, value });
        };
        high = double;
    }
    let mut low = 2;
    while low < high {
        let middle = low.midpoint(high);
        if enough(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(high)
}

fn check_chance(chance: f64) -> Result<(), Refusal> {
    if chance > 0.0 && chance < 1.0 {
        return Ok(());
    }
    let (name, value) = ("power", chance);
    Err(Refusal::OutOfRange { name, value })
}
