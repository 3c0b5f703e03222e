//! Bounds of trying, and when to try again. All times are milliseconds. The policy is part of a life's step, so
//! that a replay finds the same instants.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// back-off: after the first failure, and at most
    pub first: i64,
    pub most: i64,
    /// attempts of one send at most, and how long it is tried
    pub tries: u32,
    pub patience: i64,
    /// how long an attempt lasts at most; its worker sees to that
    pub deadline: i64,
    /// a receiver that is asked is asked no sooner than this after an attempt, and no longer than that
    pub lag: i64,
    pub asked_for: i64,
    /// attempts at one endpoint at a time
    pub concurrency: u32,
    /// failures in a row that close an endpoint, for how long at first and at most
    pub breaker: u32,
    pub closed_first: i64,
    pub closed_most: i64,
    /// `Retry-After` is believed up to this
    pub after_most: i64,
    /// sends that may wait for one endpoint, and dead letters of all
    pub backlog: u64,
    pub letters: u64,
}

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

/// How long a send waits to be asked for, where its channel has no patience of its own.
pub(super) const REQUESTED_MS: i64 = 90 * 24 * HOUR;

impl Default for Policy {
    fn default() -> Self {
        Self {
            first: SECOND,
            most: HOUR,
            tries: 24,
            patience: 72 * HOUR,
            deadline: 30 * SECOND,
            lag: 5 * SECOND,
            asked_for: 24 * HOUR,
            concurrency: 16,
            breaker: 5,
            closed_first: 5 * SECOND,
            closed_most: 60 * SECOND,
            after_most: HOUR,
            backlog: 1_000_000,
            letters: 100_000,
        }
    }
}

impl Policy {
    /// How long to wait after so many tries of a send: doubled each time, and a part of it is drawn from the key,
    /// so that what failed together does not come back together.
    pub(super) fn back_off(&self, key: &str, tries: u32) -> i64 {
        let whole = doubled(self.first, tries.saturating_sub(1), self.most);
        jittered(whole, key, tries)
    }

    /// How long an endpoint stays closed when that happens for the `trips`th time.
    pub(super) fn closed(&self, channel: &str, trips: u32) -> i64 {
        let whole = doubled(self.closed_first, trips.saturating_sub(1), self.closed_most);
        jittered(whole, channel, trips)
    }

    /// `Retry-After` within bounds.
    pub(super) fn after(&self, asked: i64) -> i64 {
        asked.clamp(0, self.after_most)
    }

    /// How long before the end of a receiver's memory the last attempt may begin: it takes as long as it takes,
    /// and two clocks are never the same.
    pub fn margin(&self, window: i64) -> i64 {
        let clocks = (window / 20).clamp(SECOND, HOUR);
        self.deadline.saturating_add(clocks)
    }
}

/// A `Retry-After`: seconds, or a date of HTTP. In milliseconds from now; None: it is neither.
pub fn retry_after(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<i64>().unwrap_or(i64::MAX);
        return Some(seconds.saturating_mul(SECOND));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(date.timestamp().as_millisecond().saturating_sub(now).max(0))
}

fn doubled(first: i64, times: u32, most: i64) -> i64 {
    let factor = 1i64.checked_shl(times.min(40)).unwrap_or(i64::MAX);
    first.saturating_mul(factor).clamp(1, most.max(1))
}

/// Between half of it and all of it.
fn jittered(whole: i64, key: &str, number: u32) -> i64 {
    let half = whole / 2;
    let room = u64::try_from(whole - half).unwrap_or(0).saturating_add(1);
    let drawn = xxh3_64_with_seed(key.as_bytes(), u64::from(number)) % room;
    half + i64::try_from(drawn).unwrap_or(0)
}
