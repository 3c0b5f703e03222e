//! Paths themselves: from touches and conversions to paths, repeats collapsed and noise removed as
//! fractribution does it, the most frequent paths, their lengths, the time to conversion.

use crate::credit::{Channel, Path, Touch};
use crate::interval::{Spread, spread};
use crate::sum::Sum;
use std::collections::{BTreeMap, BTreeSet};

/// How touches become a simpler path. Names as in fractribution; a touch that stands for several carries
/// their costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transform {
    /// all touches as they are
    Unique,
    /// repeats in a row become one, at the instant of the last: D A B B C D C C becomes D A B C D C
    Exposure,
    /// each channel where it occurs first: D A B C
    First,
    /// each channel where it occurs last: A B D C
    Recency,
    /// at most so many, the last ones
    Trim { touches: usize },
    /// without this channel, unless the path has no other
    RemoveIfNotAll { channel: Channel },
    /// without this channel at the end, unless the path has no other
    RemoveIfLastAndNotAll { channel: Channel },
}

/// One transform; several are applied one after the other.
#[must_use]
pub fn transform(touches: &[Touch], by: Transform) -> Vec<Touch> {
    match by {
        Transform::Unique => touches.to_vec(),
        Transform::Exposure => exposure(touches),
        Transform::First => first(touches.iter()),
        Transform::Recency => {
            let mut kept = first(touches.iter().rev());
            kept.reverse();
            kept
        }
        Transform::Trim { touches: most } => {
            let from = touches.len().saturating_sub(most);
            touches.iter().skip(from).copied().collect()
        }
        Transform::RemoveIfNotAll { channel } => {
            if touches.iter().all(|touch| touch.channel == channel) {
                return touches.to_vec();
            }
            let others = touches.iter().filter(|touch| touch.channel != channel);
            others.copied().collect()
        }
        Transform::RemoveIfLastAndNotAll { channel } => {
            let last = touches.iter().rposition(|touch| touch.channel != channel);
            let kept = last.map_or(touches.len(), |last| last + 1);
            touches.iter().take(kept).copied().collect()
        }
    }
}

fn exposure(touches: &[Touch]) -> Vec<Touch> {
    let mut out: Vec<Touch> = Vec::new();
    for touch in touches {
        match out.last_mut() {
            Some(last) if last.channel == touch.channel => {
                last.at = touch.at;
                last.cost += touch.cost;
            }
            Some(_) | None => out.push(*touch),
        }
    }
    out
}

fn first<'a>(touches: impl Iterator<Item = &'a Touch>) -> Vec<Touch> {
    let mut seen: BTreeMap<Channel, usize> = BTreeMap::new();
    let mut out: Vec<Touch> = Vec::new();
    for touch in touches {
        let place = *seen.entry(touch.channel).or_insert(out.len());
        match out.get_mut(place) {
            Some(kept) => kept.cost += touch.cost,
            None => out.push(*touch),
        }
    }
    out
}

/// Each channel where it occurs first, with how often it occurs: D A B B C D C C is D 2, A 1, B 2, C 3.
#[must_use]
pub fn frequency(touches: &[Touch]) -> Vec<(Channel, u64)> {
    let mut counts: BTreeMap<Channel, u64> = BTreeMap::new();
    for touch in touches {
        *counts.entry(touch.channel).or_default() += 1;
    }
    let order = first(touches.iter());
    let count = |touch: &Touch| counts.get(&touch.channel).copied().unwrap_or(0);
    order
        .iter()
        .map(|touch| (touch.channel, count(touch)))
        .collect()
}

/// Which touches belong to a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// touches older than this before the conversion do not count, in the unit of the instants
    pub within: Option<i64>,
    /// after a conversion a new path begins; otherwise a touch may count for several conversions
    pub restart: bool,
}

/// A person's paths: one per conversion, and one without conversion for the touches that led nowhere. Both
/// inputs in the order of time; a touch at the conversion's instant came before it.
///
/// What led nowhere is judged at `until`: the touches since the last conversion (with `restart`), or of a
/// person who never converted, within the window before `until`; no touches, no path.
#[must_use]
pub fn paths(
    touches: &[Touch],
    conversions: &[(i64, f64)],
    window: Window,
    until: i64,
) -> Vec<Path> {
    let before = |after: Option<i64>, end: i64| -> Vec<Touch> {
        let since = window.within.map(|within| end.saturating_sub(within));
        let from = touches.partition_point(|touch| {
            since.is_some_and(|since| touch.at < since)
                || after.is_some_and(|after| touch.at <= after)
        });
        let to = touches.partition_point(|touch| touch.at <= end);
        touches
            .get(from..to)
            .map(<[Touch]>::to_vec)
            .unwrap_or_default()
    };
    let mut out = Vec::new();
    let mut last = None;
    for (at, value) in conversions {
        out.push(Path {
            touches: before(if window.restart { last } else { None }, *at),
            conversions: 1,
            value: *value,
            nulls: 0,
            end: *at,
        });
        last = Some(*at);
    }
    if window.restart || conversions.is_empty() {
        let left = before(last, until);
        if !left.is_empty() {
            out.push(Path {
                touches: left,
                nulls: 1,
                end: until,
                ..Path::default()
            });
        }
    }
    out
}

/// All walks of one sequence of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub channels: Vec<Channel>,
    pub conversions: u64,
    pub nulls: u64,
    pub value: f64,
}

/// One row per sequence: most conversions first, then most walks, then by the channels.
#[must_use]
pub fn summary(paths: &[Path]) -> Vec<Summary> {
    let mut rows: BTreeMap<Vec<Channel>, (u64, u64, Sum)> = BTreeMap::new();
    for path in paths {
        let row = rows.entry(path.channels().collect()).or_default();
        row.0 += path.conversions;
        row.1 += path.nulls;
        row.2.add(path.value);
    }
    let mut out: Vec<Summary> = rows
        .into_iter()
        .map(|(channels, (conversions, nulls, value))| Summary {
            channels,
            conversions,
            nulls,
            value: value.total(),
        })
        .collect();
    out.sort_by_key(|row| std::cmp::Reverse((row.conversions, row.nulls)));
    out
}

/// How long converting and other paths are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walks {
    pub conversions: u64,
    pub nulls: u64,
}

/// Walks by the number of their touches.
#[must_use]
pub fn lengths(paths: &[Path]) -> BTreeMap<usize, Walks> {
    let mut out: BTreeMap<usize, Walks> = BTreeMap::new();
    for path in paths {
        let walks = out.entry(path.touches.len()).or_default();
        walks.conversions += path.conversions;
        walks.nulls += path.nulls;
    }
    out
}

/// Walks by the number of their different channels.
#[must_use]
pub fn breadths(paths: &[Path]) -> BTreeMap<usize, Walks> {
    let mut out: BTreeMap<usize, Walks> = BTreeMap::new();
    for path in paths {
        let channels: BTreeSet<Channel> = path.channels().collect();
        let walks = out.entry(channels.len()).or_default();
        walks.conversions += path.conversions;
        walks.nulls += path.nulls;
    }
    out
}

/// The time from the first and from the last touch to the conversion, in the unit of the instants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    pub from_first: Spread,
    pub from_last: Spread,
}

/// Over all conversions with a touch; nothing where there is none.
#[must_use]
pub fn times(paths: &[Path]) -> Option<Times> {
    let from = |touch: fn(&Path) -> Option<&Touch>| {
        let mut values = Vec::new();
        for path in paths {
            let Some(touch) = touch(path) else { continue };
            let took = path.end.saturating_sub(touch.at) as f64;
            values.extend((0..path.conversions).map(|_| took));
        }
        spread(values)
    };
    Some(Times {
        from_first: from(|path| path.touches.first())?,
        from_last: from(|path| path.touches.last())?,
    })
}
