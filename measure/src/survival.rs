//! How long people stay, when some have not left yet: the product-limit estimate of Kaplan and Meier,
//! "Nonparametric estimation from incomplete observations", JASA 53 (1958), with Greenwood's variance.

use crate::interval::{Confidence, Interval};
use crate::refusal::{Refusal, at_least};

/// A person observed for so long, who left at its end or was still there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stay {
    pub time: f64,
    pub left: bool,
}

/// The curve just after a time at which somebody left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drop {
    pub time: f64,
    /// people observed until this time at least
    pub at_risk: u64,
    pub left: u64,
    /// the share that stays longer than `time`
    pub survival: f64,
    /// on the log-log scale, so always within 0 and 1
    pub interval: Interval,
}

/// The drops in the order of time, and the people they rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub people: u64,
    pub drops: Vec<Drop>,
}

/// # Errors
/// Refuses nobody, and times that are negative or not finite.
pub fn kaplan_meier(stays: &[Stay], confidence: Confidence) -> Result<Curve, Refusal> {
    let people = stays.len() as u64;
    at_least(people, 1)?;
    let wrong = stays
        .iter()
        .find(|stay| !(stay.time.is_finite() && stay.time >= 0.0));
    if let Some(stay) = wrong {
        let (name, value) = ("time", stay.time);
        return Err(Refusal::OutOfRange { name, value });
    }
    let mut sorted = stays.to_vec();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    let (mut at_risk, mut survival, mut greenwood) = (people, 1.0, 0.0);
    let mut drops = Vec::new();
    for same in sorted.chunk_by(|a, b| a.time.total_cmp(&b.time).is_eq()) {
        let left = same.iter().filter(|stay| stay.left).count() as u64;
        let (n, d) = (at_risk as f64, left as f64);
        if left > 0 {
            survival *= (n - d) / n;
            greenwood += d / (n * (n - d));
            drops.push(Drop {
                time: same.first().map_or(0.0, |stay| stay.time),
                at_risk,
                left,
                survival,
                interval: log_log(survival, greenwood, confidence),
            });
        }
        at_risk = at_risk.saturating_sub(same.len() as u64);
    }
    Ok(Curve { people, drops })
}

fn log_log(survival: f64, greenwood: f64, confidence: Confidence) -> Interval {
    if survival <= 0.0 || survival >= 1.0 {
        return Interval::around(survival, 0.0);
    }
    let half = confidence.z() * greenwood.sqrt() / survival.ln().abs();
    Interval {
        low: survival.powf(half.exp()),
        high: survival.powf((-half).exp()),
    }
}

impl Curve {
    /// The share that stays longer than `time`.
    #[must_use]
    pub fn survival(&self, time: f64) -> f64 {
        let passed = self.drops.iter().take_while(|drop| drop.time <= time);
        passed.last().map_or(1.0, |drop| drop.survival)
    }

    /// The first time by which half have left; nothing while more than half stay.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let drop = self.drops.iter().find(|drop| drop.survival <= 0.5);
        drop.map(|drop| drop.time)
    }
}
