//! Arithmetic on constants, with the rules of the running program: checked ints, finite numbers, money half
//! to even.

use super::literal::{DAY_MS, date_of, days_of};
use crate::hir::{ArithOp, CompareOp};
use journey_program::types::{Span, Value};
use std::cmp::Ordering;

/// Why there is no constant result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Overflow,
    DivisionByZero,
    /// it takes the person's zone, or the operands do not go together
    NotConstant,
}

/// 2^53: the ints whose doubles are exact.
const EXACT_MAX: i64 = 1 << 53;

/// An int as a number, if that is exact.
#[expect(clippy::cast_precision_loss, reason = "within 2^53 a double is exact")]
pub(crate) fn exact_number(n: i64) -> Option<f64> {
    (n.unsigned_abs() <= EXACT_MAX.unsigned_abs()).then_some(n as f64)
}

pub(crate) fn arith(op: ArithOp, a: &Value, b: &Value) -> Result<Value, Fault> {
    let sign = if op == ArithOp::Sub { -1 } else { 1 };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => ints(op, *a, *b).map(Value::Int),
        (Value::Number(a), Value::Number(b)) => numbers(op, *a, *b).map(Value::Number),
        (Value::Money(a, currency), Value::Money(b, _)) if op != ArithOp::Div => {
            ints(op, *a, *b).map(|minor| Value::Money(minor, *currency))
        }
        (Value::Money(a, _), Value::Money(b, _)) => ratio(*a, *b).map(Value::Number),
        (Value::Money(a, currency), Value::Number(b)) => {
            scale(op, *a, *b).map(|minor| Value::Money(minor, *currency))
        }
        (Value::Duration(a), Value::Duration(b) | Value::Int(b)) => {
            ints(op, *a, *b).map(Value::Duration)
        }
        (Value::Time(a), Value::Time(b)) if op == ArithOp::Sub => {
            ints(op, *a, *b).map(Value::Duration)
        }
        (Value::Date(a), Value::Date(b)) if op == ArithOp::Sub => ints(op, *a, *b).map(Value::Int),
        (Value::Time(a), Value::Duration(b)) => ints(op, *a, *b).map(Value::Time),
        (Value::Date(a), Value::Span(b)) => date_plus(*a, *b, sign).map(Value::Date),
        _ => Err(Fault::NotConstant),
    }
}

fn ints(op: ArithOp, a: i64, b: i64) -> Result<i64, Fault> {
    if b == 0 && matches!(op, ArithOp::IntDiv | ArithOp::Mod | ArithOp::Div) {
        return Err(Fault::DivisionByZero);
    }
    match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
        ArithOp::IntDiv => a.checked_div_euclid(b).map(|q| floored(a, b, q)),
        ArithOp::Mod if b == -1 => Some(0),
        ArithOp::Mod => a.checked_rem(b).map(|r| {
            if r != 0 && (r < 0) != (b < 0) {
                r + b
            } else {
                r
            }
        }),
        ArithOp::Div => None,
    }
    .ok_or(Fault::Overflow)
}

/// Euclid's quotient made the floor: they differ where the divisor is negative and leaves a rest.
fn floored(a: i64, b: i64, euclid: i64) -> i64 {
    if b < 0 && a.checked_rem(b).is_some_and(|r| r != 0) {
        euclid - 1
    } else {
        euclid
    }
}

fn numbers(op: ArithOp, a: f64, b: f64) -> Result<f64, Fault> {
    let result = match op {
        ArithOp::Add => a + b,
        ArithOp::Sub => a - b,
        ArithOp::Mul => a * b,
        ArithOp::Div if b == 0.0 => return Err(Fault::DivisionByZero),
        ArithOp::Div => a / b,
        ArithOp::IntDiv | ArithOp::Mod => return Err(Fault::NotConstant),
    };
    if result.is_finite() {
        Ok(result)
    } else {
        Err(Fault::Overflow)
    }
}

/// Money over money.
fn ratio(a: i64, b: i64) -> Result<f64, Fault> {
    if b == 0 {
        return Err(Fault::DivisionByZero);
    }
    match (exact_number(a), exact_number(b)) {
        (Some(a), Some(b)) => Ok(a / b),
        // the rounding of amounts beyond 2^53 is the runtime's
        _ => Err(Fault::NotConstant),
    }
}

/// Money times or over a number, half to even. The product is exact in decimal only where it is small, so
/// what is beyond 2^53 is left to the runtime.
#[expect(clippy::cast_possible_truncation, reason = "checked against 2^53")]
fn scale(op: ArithOp, minor: i64, by: f64) -> Result<i64, Fault> {
    if op == ArithOp::Div && by == 0.0 {
        return Err(Fault::DivisionByZero);
    }
    let minor = exact_number(minor).ok_or(Fault::NotConstant)?;
    let exact = if op == ArithOp::Div {
        minor / by
    } else {
        minor * by
    };
    let rounded = exact.round_ties_even();
    match exact_number(EXACT_MAX) {
        Some(max) if rounded.abs() <= max => Ok(rounded as i64),
        _ => Err(Fault::Overflow),
    }
}

fn date_plus(days: i64, span: Span, sign: i32) -> Result<i64, Fault> {
    let moved = || {
        let months = span.months.checked_mul(sign)?;
        let days_more = span.days.checked_mul(sign)?;
        let by = jiff::Span::new()
            .try_months(months)
            .ok()?
            .try_days(days_more)
            .ok()?;
        date_of(days)?.checked_add(by).ok()
    };
    moved().map(days_of).ok_or(Fault::Overflow)
}

pub(crate) fn negative(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Int(n) => n.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
        Value::Number(n) => Ok(Value::Number(0.0 - n)),
        Value::Money(n, c) => n
            .checked_neg()
            .map(|n| Value::Money(n, *c))
            .ok_or(Fault::Overflow),
        Value::Duration(n) => n.checked_neg().map(Value::Duration).ok_or(Fault::Overflow),
        Value::Span(s) => match (s.months.checked_neg(), s.days.checked_neg()) {
            (Some(months), Some(days)) => Ok(Value::Span(Span { months, days })),
            _ => Err(Fault::Overflow),
        },
        _ => Err(Fault::NotConstant),
    }
}

/// How two constants of one type are ordered.
pub(crate) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) | (Value::Timezone(a), Value::Timezone(b)) => {
            Some(a.as_bytes().cmp(b.as_bytes()))
        }
        (Value::Int(a), Value::Int(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Date(a), Value::Date(b))
        | (Value::Clock(a), Value::Clock(b))
        | (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Money(a, x), Value::Money(b, y)) if x == y => Some(a.cmp(b)),
        (Value::Enum(x, a), Value::Enum(y, b)) if x == y => Some(a.cmp(b)),
        _ => None,
    }
}

pub(crate) fn compare(op: CompareOp, a: &Value, b: &Value) -> Option<bool> {
    let order = order(a, b)?;
    Some(match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    })
}

/// The pane of a window of this length, in milliseconds.
pub(crate) fn pane_ms(window_ms: i64) -> i64 {
    use super::literal::{HOUR_MS, MINUTE_MS, SECOND_MS};
    if window_ms <= HOUR_MS {
        SECOND_MS
    } else if window_ms <= DAY_MS {
        MINUTE_MS
    } else if window_ms <= 31 * DAY_MS {
        HOUR_MS
    } else {
        DAY_MS
    }
}
