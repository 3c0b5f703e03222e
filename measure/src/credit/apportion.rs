//! Shares of a whole number that add up to it exactly: cents among channels, conversions among arms. By the
//! largest remainder (Hamilton's method); equal remainders go to those who come first.

use crate::refusal::Refusal;
use crate::sum::sum;

/// Parts of `total` in proportion to weights; their sum is `total`.
///
/// # Errors
/// Refuses weights that are negative, not finite, or all zero.
pub fn apportion(total: i64, weights: &[f64]) -> Result<Vec<i64>, Refusal> {
    let wrong = weights
        .iter()
        .find(|weight| !(weight.is_finite() && **weight >= 0.0));
    if let Some(value) = wrong {
        let (name, value) = ("weight", *value);
        return Err(Refusal::OutOfRange { name, value });
    }
    let whole = sum(weights.iter().copied());
    if whole <= 0.0 || !whole.is_finite() {
        let why = "all weights are zero";
        return Err(Refusal::Degenerate { why });
    }
    let size = i128::from(total.unsigned_abs());
    let mut parts: Vec<(i128, f64, usize)> = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let exact = size as f64 * (weight / whole);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "finite, at most the total's size"
        )]
        let floor = exact.floor() as i128;
        parts.push((floor, exact - exact.floor(), at));
    }
    parts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)));
    let mut missing = size - parts.iter().map(|part| part.0).sum::<i128>();
    // what rounding of large totals mistook is spread one by one, from the largest remainder on
    let step = missing.signum();
    while missing != 0 {
        for part in &mut parts {
            if missing == 0 {
                break;
            }
            if step < 0 && part.0 == 0 {
                continue;
            }
            part.0 += step;
            missing -= step;
        }
    }
    parts.sort_by_key(|part| part.2);
    let sign = i128::from(total.signum());
    let part = |part: (i128, f64, usize)| i64::try_from(sign * part.0).unwrap_or(total);
    Ok(parts.into_iter().map(part).collect())
}
