//! What decays: a sum whose parts halve with every half life. It is kept as its value at the newest event, so
//! that one power of two tells its value at any later instant. The power comes from `libm`'s software `exp2`,
//! the same on every machine.

use std::cmp::Ordering;

/// After so many half lives nothing is left of any double.
const GONE: i64 = 2_200;

/// A value after some time.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds lie far below 2^53 for millennia, and what rounds is rounded alike"
)]
pub fn after(value: f64, elapsed: i64, half_life: i64) -> f64 {
    if half_life <= 0 || value == 0.0 {
        return value;
    }
    value * libm::exp2(-(elapsed.max(0) as f64) / half_life as f64)
}

/// Two values at instants of their own as one at the later of both.
pub fn together(one: (i64, f64), other: (i64, f64), half_life: i64) -> (i64, f64) {
    let (earlier, later) = if one.0 <= other.0 {
        (one, other)
    } else {
        (other, one)
    };
    let sum = after(earlier.1, later.0.saturating_sub(earlier.0), half_life) + later.1;
    (later.0, sum.clamp(f64::MIN, f64::MAX))
}

/// The first instant after `now` at which the value lies on another side of `bound` than at `now`. The value
/// only ever comes nearer to zero, so the instant is found by halving.
pub fn crossing((at, value): (i64, f64), half_life: i64, now: i64, bound: f64) -> Option<i64> {
    let side = |instant: i64| {
        let elapsed = instant.saturating_sub(at);
        after(value, elapsed, half_life).partial_cmp(&bound)
    };
    let here: Option<Ordering> = side(now);
    let end = at.max(now).saturating_add(half_life.saturating_mul(GONE));
    if side(end) == here {
        return None;
    }
    let (mut same, mut other) = (now, end);
    while other.saturating_sub(same) > 1 {
        let middle = same + (other - same) / 2;
        if side(middle) == here {
            same = middle;
        } else {
            other = middle;
        }
    }
    Some(other)
}
