//! Exact arithmetic that both executions share: words in, a word or the code of a fault out. Money is
//! counted in minor units and rounds half to even, from the exact value of the double it meets.

use crate::ir::{FaultCode, IntOp, NumOp};

/// Integers up to this magnitude are numbers without loss.
pub const EXACT_INT_MAX: u64 = 1 << 53;

/// Checked integer arithmetic; `div` rounds towards minus infinity, `mod` takes the divisor's sign.
pub fn int_op(op: IntOp, a: i64, b: i64) -> Result<i64, FaultCode> {
    match op {
        IntOp::Add => a.checked_add(b).ok_or(FaultCode::Overflow),
        IntOp::Sub => a.checked_sub(b).ok_or(FaultCode::Overflow),
        IntOp::Mul => a.checked_mul(b).ok_or(FaultCode::Overflow),
        IntOp::Div if b == 0 => Err(FaultCode::DivisionByZero),
        IntOp::Div => {
            let quotient = a.checked_div(b).ok_or(FaultCode::Overflow)?;
            let below = a.wrapping_rem(b) != 0 && (a < 0) != (b < 0);
            Ok(if below { quotient - 1 } else { quotient })
        }
        IntOp::Mod if b == 0 => Err(FaultCode::DivisionByZero),
        IntOp::Mod => {
            let rest = a.wrapping_rem(b);
            Ok(if rest != 0 && (rest < 0) != (b < 0) {
                rest + b
            } else {
                rest
            })
        }
    }
}

/// Arithmetic of doubles; what is not finite is a fault.
pub fn num_op(op: NumOp, a: f64, b: f64) -> Result<f64, FaultCode> {
    finite(match op {
        NumOp::Add => a + b,
        NumOp::Sub => a - b,
        NumOp::Mul => a * b,
        NumOp::Div => a / b,
        NumOp::AddSingle => single(a + b),
    })
}

/// The number of an int, if it has one exactly.
#[expect(clippy::cast_precision_loss, reason = "the bound makes it exact")]
pub fn int_to_num(a: i64) -> Result<f64, FaultCode> {
    if a.unsigned_abs() > EXACT_INT_MAX {
        Err(FaultCode::TooLarge)
    } else {
        Ok(a as f64)
    }
}

fn finite(value: f64) -> Result<f64, FaultCode> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(FaultCode::NotFinite)
    }
}

/// The nearest number of single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "single precision is what is meant"
)]
pub fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

/// Minor units times the exact value of a double, half to even.
pub fn money_mul(minor: i64, factor: f64) -> Result<i64, FaultCode> {
    let Some(factor) = Dyadic::of(factor) else {
        return Err(FaultCode::NotFinite);
    };
    let product = u128::from(minor.unsigned_abs()) * u128::from(factor.mantissa);
    let negative = (minor < 0) != factor.negative;
    let magnitude = if product == 0 {
        0
    } else if factor.exponent >= 0 {
        // Beyond 2^64 already: shifting further cannot bring it back.
        let shift = factor.exponent.unsigned_abs();
        if shift >= product.leading_zeros() {
            return Err(FaultCode::Overflow);
        }
        product << shift
    } else {
        shift_half_even(product, factor.exponent.unsigned_abs())
    };
    signed(negative, magnitude)
}

/// Minor units over the exact value of a double, half to even.
pub fn money_div(minor: i64, divisor: f64) -> Result<i64, FaultCode> {
    let Some(divisor) = Dyadic::of(divisor) else {
        return Err(FaultCode::NotFinite);
    };
    if divisor.mantissa == 0 {
        return Err(FaultCode::DivisionByZero);
    }
    let negative = (minor < 0) != divisor.negative;
    let amount = u128::from(minor.unsigned_abs());
    let mantissa = u128::from(divisor.mantissa);
    if divisor.exponent >= 0 {
        // A divisor above 2^66 leaves less than half a unit of any amount.
        let shift = divisor.exponent.unsigned_abs();
        if shift > 66 {
            return Ok(0);
        }
        return signed(negative, div_half_even(amount, mantissa << shift));
    }
    // Long division, a binary digit at a time: the amount shifted by the exponent may have 1,100 bits.
    let (mut quotient, mut rest) = (amount / mantissa, amount % mantissa);
    for _ in 0..divisor.exponent.unsigned_abs() {
        if quotient > u128::from(u64::MAX) {
            return Err(FaultCode::Overflow);
        }
        rest <<= 1;
        quotient = (quotient << 1) | u128::from(rest >= mantissa);
        if rest >= mantissa {
            rest -= mantissa;
        }
    }
    signed(negative, round(quotient, rest, mantissa))
}

/// Minor units over minor units: the double nearest to the exact quotient.
#[expect(
    clippy::cast_precision_loss,
    reason = "rounds once, to nearest, with the rest in its last bit"
)]
pub fn money_ratio(a: i64, b: i64) -> Result<f64, FaultCode> {
    if b == 0 {
        return Err(FaultCode::DivisionByZero);
    }
    if a == 0 {
        return Ok(0.0);
    }
    // At least 63 digits of quotient, and a last bit that says whether anything follows.
    let amount = u128::from(a.unsigned_abs());
    let shift = amount.leading_zeros() - 1;
    let divisor = u128::from(b.unsigned_abs());
    let quotient = (amount << shift) / divisor;
    let inexact = (amount << shift) % divisor != 0;
    let scale = f64::from_bits(u64::from(1023 - shift) << 52);
    let magnitude = (quotient | u128::from(inexact)) as f64 * scale;
    Ok(if (a < 0) == (b < 0) {
        magnitude
    } else {
        -magnitude
    })
}

/// Minor units over a count, half to even.
pub fn money_avg(sum: i64, count: i64) -> Result<i64, FaultCode> {
    if count == 0 {
        return Err(FaultCode::DivisionByZero);
    }
    let magnitude = div_half_even(
        u128::from(sum.unsigned_abs()),
        u128::from(count.unsigned_abs()),
    );
    signed((sum < 0) != (count < 0), magnitude)
}

/// A double taken apart: `mantissa * 2^exponent`, the mantissa odd or zero.
struct Dyadic {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

impl Dyadic {
    fn of(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = i32::try_from((bits >> 52) & 0x7ff).ok()?;
        let (mantissa, exponent) = if biased == 0 {
            (fraction, -1074)
        } else {
            (fraction | (1 << 52), biased - 1075)
        };
        let zeros = if mantissa == 0 {
            0
        } else {
            mantissa.trailing_zeros()
        };
        Some(Self {
            negative: value.is_sign_negative(),
            mantissa: mantissa >> zeros,
            exponent: exponent + i32::try_from(zeros).ok()?,
        })
    }
}

/// `value / 2^shift`, half to even.
fn shift_half_even(value: u128, shift: u32) -> u128 {
    // Products have at most 117 bits: a larger shift leaves less than half.
    if shift > 120 {
        0
    } else {
        div_half_even(value, 1 << shift)
    }
}

fn div_half_even(value: u128, divisor: u128) -> u128 {
    round(value / divisor, value % divisor, divisor)
}

/// A quotient with its rest, half to even.
fn round(quotient: u128, rest: u128, divisor: u128) -> u128 {
    match rest.cmp(&(divisor - rest)) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
        std::cmp::Ordering::Greater => quotient + 1,
    }
}

fn signed(negative: bool, magnitude: u128) -> Result<i64, FaultCode> {
    let magnitude = i128::try_from(magnitude).map_err(|_| FaultCode::Overflow)?;
    i64::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| FaultCode::Overflow)
}
