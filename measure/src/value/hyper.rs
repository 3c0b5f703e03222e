//! Gauss's hypergeometric function 2F1 for the arguments of the BG/NBD model: positive numerators and
//! 0 <= z < 1 (Abramowitz, Stegun, 15.1.1 and 15.3.3).

use crate::refusal::Refusal;
use crate::sum::Sum;

const TERMS_MAX: u32 = 2_000_000;

/// `2F1(a, b; c; z)` by its series, or by Euler's transformation where that one falls faster.
pub(super) fn hyper(a: f64, b: f64, c: f64, z: f64) -> Result<f64, Refusal> {
    if !(0.0..1.0).contains(&z) {
        let (name, value) = ("z", z);
        return Err(Refusal::OutOfRange { name, value });
    }
    // terms fall like n^(a + b - c - 1) z^n; the transformed ones like n^(c - a - b - 1) z^n
    if a + b > c && z > 0.5 {
        let scale = (1.0 - z).powf(c - a - b);
        return Ok(scale * series(c - a, c - b, c, z)?);
    }
    series(a, b, c, z)
}

fn series(a: f64, b: f64, c: f64, z: f64) -> Result<f64, Refusal> {
    let (mut total, mut term) = (Sum::default(), 1.0_f64);
    total.add(term);
    for step in 0..TERMS_MAX {
        let n = f64::from(step);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        total.add(term);
        // the tail is at most a geometric one once the factor has come near z
        let settled = n > a.abs() && n > b.abs();
        if term == 0.0 || settled && term.abs() < 1e-17 * total.total().abs() * (1.0 - z) {
            return Ok(total.total());
        }
    }
    let steps = u64::from(TERMS_MAX);
    Err(Refusal::NotConverged { steps })
}
