//! Arithmetic on constants, by the very functions that the running program uses.

use super::literal::DAY_MS;
use crate::hir::{ArithOp, CompareOp};
use journey_program::ir::{FaultCode, IntOp, NumOp};
use journey_program::types::{Span, Value};
use journey_program::{arith, civil};
use std::cmp::Ordering;

/// Why there is no constant result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Overflow,
    DivisionByZero,
    /// it takes the person's zone, or the operands do not go together
    NotConstant,
}

/// An int as a number, if that is exact.
pub(crate) fn exact_number(n: i64) -> Option<f64> {
    arith::int_to_num(n).ok()
}

pub(crate) fn operate(op: ArithOp, a: &Value, b: &Value) -> Result<Value, Fault> {
    let sign = if op == ArithOp::Sub { -1 } else { 1 };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => ints(op, *a, *b).map(Value::Int),
        (Value::Number(a), Value::Number(b)) => numbers(op, *a, *b).map(Value::Number),
        (Value::Money(a, _), Value::Money(b, _)) if op == ArithOp::Div => {
            Ok(Value::Number(arith::money_ratio(*a, *b).map_err(fault)?))
        }
        (Value::Money(a, currency), Value::Money(b, _)) => {
            ints(op, *a, *b).map(|minor| Value::Money(minor, *currency))
        }
        (Value::Money(a, currency), Value::Number(b)) => {
            let minor = match op {
                ArithOp::Div => arith::money_div(*a, *b),
                _ => arith::money_mul(*a, *b),
            };
            Ok(Value::Money(minor.map_err(fault)?, *currency))
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

fn fault(code: FaultCode) -> Fault {
    match code {
        FaultCode::DivisionByZero => Fault::DivisionByZero,
        _ => Fault::Overflow,
    }
}

fn ints(op: ArithOp, a: i64, b: i64) -> Result<i64, Fault> {
    let op = match op {
        ArithOp::Add => IntOp::Add,
        ArithOp::Sub => IntOp::Sub,
        ArithOp::Mul => IntOp::Mul,
        ArithOp::IntDiv => IntOp::Div,
        ArithOp::Mod => IntOp::Mod,
        ArithOp::Div => return Err(Fault::NotConstant),
    };
    arith::int_op(op, a, b).map_err(fault)
}

fn numbers(op: ArithOp, a: f64, b: f64) -> Result<f64, Fault> {
    let op = match op {
        ArithOp::Add => NumOp::Add,
        ArithOp::Sub => NumOp::Sub,
        ArithOp::Mul => NumOp::Mul,
        ArithOp::Div if b == 0.0 => return Err(Fault::DivisionByZero),
        ArithOp::Div => NumOp::Div,
        ArithOp::IntDiv | ArithOp::Mod => return Err(Fault::NotConstant),
    };
    arith::num_op(op, a, b).map_err(fault)
}

fn date_plus(days: i64, span: Span, sign: i32) -> Result<i64, Fault> {
    let moved = || {
        let months = span.months.checked_mul(sign)?;
        let days_more = span.days.checked_mul(sign)?;
        civil::add_span_to_date(
            days,
            Span {
                months,
                days: days_more,
            },
        )
    };
    moved().ok_or(Fault::Overflow)
}

pub(crate) fn negative(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Int(n) => n.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
        Value::Number(n) => Ok(Value::Number(-n)),
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
