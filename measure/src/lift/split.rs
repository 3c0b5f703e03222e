//! Whether people were split as intended: the sample-ratio-mismatch alarm of Fabijan et al., "Diagnosing
//! sample ratio mismatch in online controlled experiments", KDD 2019. A mismatch makes every lift suspect.

use crate::refusal::{Refusal, positive};
use crate::sum::sum;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Splits less likely than this are wrong rather than bad luck.
pub const ALARM: f64 = 0.001;

/// Fewer people expected in an arm than this do not show a mismatch.
pub const EXPECTED_MIN: f64 = 5.0;

/// How far a split is from what was intended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    pub chi_square: f64,
    pub degrees: u64,
    pub p_value: f64,
    /// `p_value` is below [`ALARM`]
    pub mismatch: bool,
    pub people: u64,
}

/// Arms: people seen, and the weight intended (any scale).
///
/// # Errors
/// Refuses fewer than two arms, weights that are not positive, and an arm with fewer than five expected.
pub fn split(arms: &[(u64, f64)]) -> Result<Split, Refusal> {
    let Some(degrees) = arms.len().checked_sub(1).filter(|degrees| *degrees > 0) else {
        let why = "a split has two arms at least";
        return Err(Refusal::Degenerate { why });
    };
    for (_, weight) in arms {
        positive("weight", *weight)?;
    }
    let people: u64 = arms.iter().map(|(seen, _)| seen).sum();
    let weights = sum(arms.iter().map(|(_, weight)| *weight));
    let expected = |weight: f64| people as f64 * weight / weights;
    let least = arms.iter().map(|(_, w)| *w).fold(f64::INFINITY, f64::min);
    if expected(least) < EXPECTED_MIN {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of people, above zero"
        )]
        let least = (EXPECTED_MIN * weights / least).ceil() as u64;
        return Err(Refusal::TooFew { people, least });
    }
    let chi_square = sum(arms.iter().map(|(seen, weight)| {
        let off = *seen as f64 - expected(*weight);
        off * off / expected(*weight)
    }));
    let why = "no such chi square";
    let law = ChiSquared::new(degrees as f64).map_err(|_| Refusal::Degenerate { why })?;
    let p_value = law.sf(chi_square);
    Ok(Split {
        chi_square,
        degrees: degrees as u64,
        p_value,
        mismatch: p_value < ALARM,
        people,
    })
}
