//! Looking at any time without lying: intervals and p-values that hold at all looks together. The mixture
//! test of Johari, Koomen, Pekelis and Walsh, "Always valid inference", Operations Research 70 (2022), as the
//! asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021).

use super::Lift;
use crate::interval::{Confidence, Interval};
use crate::refusal::{Refusal, at_least, positive};

/// The least people in each arm before the first look: the sequence leans on the central limit.
pub const PEOPLE_MIN: u64 = 30;

/// A difference that may be looked at again and again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sequential {
    /// covers the true difference at all looks together
    pub interval: Interval,
    /// of this look; the least of all looks so far is valid too
    pub p_value: f64,
    pub people: u64,
}

/// The variance of the mixture for which the interval is narrowest at a look with this standard error:
/// choose it before the first look, from the people planned.
///
/// # Errors
/// Refuses a standard error that is not positive.
pub fn mixture(standard_error: f64, confidence: Confidence) -> Result<f64, Refusal> {
    let error = positive("standard error", standard_error)?;
    let surprise = -2.0 * confidence.alpha().ln();
    Ok(error * error * (surprise + surprise.ln() + 1.0).max(1.0))
}

/// The look at a lift, with the mixture's variance chosen beforehand.
///
/// # Errors
/// Refuses fewer people than [`PEOPLE_MIN`] in an arm, and a mixture that is not positive.
pub fn look(lift: &Lift, mixture: f64, confidence: Confidence) -> Result<Sequential, Refusal> {
    at_least(lift.people.min(lift.base_people), PEOPLE_MIN)?;
    let mixture = positive("mixture", mixture)?;
    let error = positive("standard error", lift.standard_error)?;
    let variance = error * error;
    let whole = variance + mixture;
    // the log of the likelihood ratio of the mixture against no difference
    let evidence = 0.5 * (variance / whole).ln()
        + mixture * lift.difference * lift.difference / (2.0 * variance * whole);
    let bound = -2.0 * confidence.alpha().ln() - (variance / whole).ln();
    let half = (variance * whole / mixture * bound).sqrt();
    Ok(Sequential {
        interval: Interval::around(lift.difference, half),
        p_value: (-evidence).exp().min(1.0),
        people: lift.people + lift.base_people,
    })
}
