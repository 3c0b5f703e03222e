//! Fair shares of cooperating channels. Shapley, "A value for n-person games" (1953); the game of Zhao,
//! Mahboobi and Bagheri, "Shapley value methods for attribution modeling in online advertising" (2018).
//!
//! A coalition of channels is worth the conversions of the paths on which only they occur. Such a game is a
//! sum of unanimity games, so its value has a closed form for any number of channels: each path's
//! conversions, equally among the different channels of the path. For any other worth there is [`values`].

use super::rules::totals;
use super::{Channel, Credit, Path};
use crate::refusal::Refusal;
use crate::sum::{Sum, sum};
use std::collections::{BTreeMap, BTreeSet};

/// The most players of [`values`]: a million coalitions. Above it, merge channels that belong together, or
/// take [`super::Model::Shapley`], which has no bound.
pub const PLAYERS_MAX: usize = 20;

pub(super) fn credit(paths: &[Path]) -> BTreeMap<Channel, Credit> {
    let mut sums: BTreeMap<Channel, (Sum, Sum)> = BTreeMap::new();
    for path in paths.iter().filter(|path| path.conversions > 0) {
        let members: BTreeSet<Channel> = path.channels().collect();
        let share = 1.0 / members.len() as f64;
        for channel in members {
            let sum = sums.entry(channel).or_default();
            sum.0.add(path.conversions as f64 * share);
            sum.1.add(path.value * share);
        }
    }
    totals(sums)
}

/// The value of each player of any game: `worth` of a coalition, whose bit `i` stands for player `i`. The
/// values add up to the worth of all less that of none.
///
/// # Errors
/// Refuses more than [`PLAYERS_MAX`] players.
pub fn values(players: usize, worth: impl Fn(u32) -> f64) -> Result<Vec<f64>, Refusal> {
    if players > PLAYERS_MAX {
        let (channels, most) = (players, PLAYERS_MAX);
        return Err(Refusal::TooMany { channels, most });
    }
    let coalitions = 1_u32 << players;
    let worths: Vec<f64> = (0..coalitions).map(worth).collect();
    let chances = chances(players);
    let mut values = Vec::with_capacity(players);
    for player in 0..players {
        let bit = 1_u32 << player;
        let without = (0..coalitions).filter(|coalition| coalition & bit == 0);
        values.push(sum(without.filter_map(|coalition| {
            let size = coalition.count_ones() as usize;
            let before = worths.get(coalition as usize)?;
            let after = worths.get((coalition | bit) as usize)?;
            Some(chances.get(size)? * (after - before))
        })));
    }
    Ok(values)
}

/// The chance that exactly a given coalition of each size comes before a player in a random order:
/// `size! (players - size - 1)! / players!`.
fn chances(players: usize) -> Vec<f64> {
    let mut chance = 1.0 / players as f64;
    let mut out = Vec::with_capacity(players);
    for size in 0..players {
        out.push(chance);
        chance *= (size + 1) as f64 / (players - size).saturating_sub(1).max(1) as f64;
    }
    out
}

/// Fractribution's shares: what the conversion rate of a sequence of touches loses without each of them,
/// scaled to one; where nothing is lost, all to the last. Sequences that nobody walked convert nobody.
pub(super) fn marginal(paths: &[Path]) -> BTreeMap<Channel, Credit> {
    let mut walked: BTreeMap<Vec<Channel>, (u64, u64)> = BTreeMap::new();
    for path in paths {
        let counts = walked.entry(path.channels().collect()).or_default();
        counts.0 += path.conversions;
        counts.1 += path.people();
    }
    let rate = |channels: &[Channel]| match walked.get(channels) {
        Some((conversions, people)) if *people > 0 => *conversions as f64 / *people as f64,
        Some(_) | None => 0.0,
    };
    super::rules::share(paths, |path| {
        let channels: Vec<Channel> = path.channels().collect();
        if channels.len() == 1 {
            return vec![1.0];
        }
        let whole = rate(&channels);
        let lost = |left_out: usize| {
            let mut others = channels.clone();
            others.remove(left_out);
            (whole - rate(&others)).max(0.0)
        };
        let losses: Vec<f64> = (0..channels.len()).map(lost).collect();
        let all = sum(losses.iter().copied());
        if all > 0.0 {
            losses.into_iter().map(|loss| loss / all).collect()
        } else {
            super::rules::last(channels.len())
        }
    })
}
