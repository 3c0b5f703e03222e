//! Rules of thumb: the share of each touch of a path is known from its place or its instant. Position based
//! is 40/20/40 as in Google Analytics; decay as in ChannelAttribution and there.

use super::{Channel, Credit, Path};
use crate::sum::{Sum, sum};
use std::collections::BTreeMap;

/// Shares out conversions and value by each path's weights, which add up to one.
pub(super) fn share(
    paths: &[Path],
    weights: impl Fn(&Path) -> Vec<f64>,
) -> BTreeMap<Channel, Credit> {
    let mut sums: BTreeMap<Channel, (Sum, Sum)> = BTreeMap::new();
    for path in paths.iter().filter(|path| path.conversions > 0) {
        for (channel, weight) in path.channels().zip(weights(path)) {
            let sum = sums.entry(channel).or_default();
            sum.0.add(path.conversions as f64 * weight);
            sum.1.add(path.value * weight);
        }
    }
    totals(sums)
}

pub(super) fn totals(sums: BTreeMap<Channel, (Sum, Sum)>) -> BTreeMap<Channel, Credit> {
    let credit = |(channel, (conversions, value)): (Channel, (Sum, Sum))| {
        let (conversions, value) = (conversions.total(), value.total());
        (channel, Credit { conversions, value })
    };
    sums.into_iter().map(credit).collect()
}

pub(super) fn first(touches: usize) -> Vec<f64> {
    let weight = |at| if at == 0 { 1.0 } else { 0.0 };
    (0..touches).map(weight).collect()
}

pub(super) fn last(touches: usize) -> Vec<f64> {
    let weight = |at| if at + 1 == touches { 1.0 } else { 0.0 };
    (0..touches).map(weight).collect()
}

pub(super) fn linear(touches: usize) -> Vec<f64> {
    vec![1.0 / touches as f64; touches]
}

pub(super) fn position(touches: usize) -> Vec<f64> {
    if touches <= 2 {
        return linear(touches);
    }
    let between = 0.2 / (touches - 2) as f64;
    let weight = |at| {
        if at == 0 || at + 1 == touches {
            0.4
        } else {
            between
        }
    };
    (0..touches).map(weight).collect()
}

pub(super) fn decay_steps(touches: usize) -> Vec<f64> {
    let before = |at: usize| (touches - 1 - at) as f64;
    let exponents: Vec<f64> = (0..touches).map(|at| -before(at)).collect();
    normalised(&exponents)
}

pub(super) fn decay_time(path: &Path, half_life: i64) -> Vec<f64> {
    let age = |at: i64| path.end.saturating_sub(at) as f64 / half_life as f64;
    let exponents: Vec<f64> = path.touches.iter().map(|touch| -age(touch.at)).collect();
    normalised(&exponents)
}

/// Powers of two of the exponents, scaled to a sum of one; relative to the largest, so that a path far from
/// its conversion does not underflow.
fn normalised(exponents: &[f64]) -> Vec<f64> {
    let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = exponents.iter().map(|e| (e - most).exp2()).collect();
    let whole = sum(weights.iter().copied());
    weights.into_iter().map(|weight| weight / whole).collect()
}
