//! Arithmetic and comparison of values, one kind at a time.

use journey_compiler::hir::{ArithOp, CompareOp, Pat};
use journey_program::arith;
use journey_program::ir::FaultCode;
use journey_program::types::{Type, Value};
use std::cmp::Ordering;

/// The 64-bit word of values that are counted in whole units.
pub fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n)
        | Value::Money(n, _)
        | Value::Time(n)
        | Value::Date(n)
        | Value::Clock(n)
        | Value::Duration(n) => Some(*n),
        Value::Enum(_, n) => Some(i64::from(*n)),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

/// The same kind of value with another word.
pub fn like(value: &Value, word: i64) -> Value {
    match value {
        Value::Money(_, c) => Value::Money(word, *c),
        Value::Time(_) => Value::Time(word),
        Value::Date(_) => Value::Date(word),
        Value::Clock(_) => Value::Clock(word),
        Value::Duration(_) => Value::Duration(word),
        _ => Value::Int(word),
    }
}

pub fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) | Value::Timezone(text) => text,
        _ => "",
    }
}

pub fn number(op: ArithOp, x: f64, y: f64) -> Result<Value, FaultCode> {
    let result = match op {
        ArithOp::Add => x + y,
        ArithOp::Sub => x - y,
        ArithOp::Mul => x * y,
        ArithOp::Div | ArithOp::IntDiv | ArithOp::Mod => x / y,
    };
    if result.is_finite() {
        Ok(Value::Number(result))
    } else {
        Err(FaultCode::NotFinite)
    }
}

pub fn floor_div(x: i64, y: i64) -> Option<i64> {
    let q = x.checked_div(y)?;
    Some(if x % y != 0 && (x < 0) != (y < 0) {
        q - 1
    } else {
        q
    })
}

pub fn floor_mod(x: i64, y: i64) -> i64 {
    let r = i128::from(x) % i128::from(y);
    let r = if r != 0 && (r < 0) != (y < 0) {
        r + i128::from(y)
    } else {
        r
    };
    r as i64
}

pub fn ordering(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) | (Value::Timezone(a), Value::Timezone(b)) => {
            Some(a.as_bytes().cmp(b.as_bytes()))
        }
        _ => Some(whole(a)?.cmp(&whole(b)?)),
    }
}

pub fn compare(op: CompareOp, a: &Value, b: &Value) -> bool {
    let Some(order) = ordering(a, b) else {
        return match op {
            CompareOp::Eq => a == b,
            CompareOp::Ne => a != b,
            _ => false,
        };
    };
    match op {
        CompareOp::Eq => order == Ordering::Equal,
        CompareOp::Ne => order != Ordering::Equal,
        CompareOp::Lt => order == Ordering::Less,
        CompareOp::Le => order != Ordering::Greater,
        CompareOp::Gt => order == Ordering::Greater,
        CompareOp::Ge => order != Ordering::Less,
    }
}

/// The least or greatest, the first of equals.
pub fn pick(values: &[Value], wanted: Ordering) -> Value {
    let mut best: Option<&Value> = None;
    for value in values.iter().filter(|v| **v != Value::Unknown) {
        if best.is_none_or(|b| ordering(value, b) == Some(wanted)) {
            best = Some(value);
        }
    }
    best.cloned().unwrap_or(Value::Unknown)
}

pub fn zero(ty: &Type) -> Value {
    match ty.known() {
        Type::Number | Type::NumberIn(..) => Value::Number(0.0),
        Type::Money(c) => Value::Money(0, *c),
        Type::Duration => Value::Duration(0),
        _ => Value::Int(0),
    }
}

pub fn total(values: &[Value], ty: &Type) -> Result<Value, FaultCode> {
    let mut sum = zero(ty);
    for value in values.iter().filter(|v| **v != Value::Unknown) {
        sum = match (&sum, value) {
            (Value::Number(a), Value::Number(b)) => number(ArithOp::Add, *a, *b)?,
            (a, b) => {
                let (a, b) = (whole(a).unwrap_or(0), whole(b).unwrap_or(0));
                like(&zero(ty), a.checked_add(b).ok_or(FaultCode::Overflow)?)
            }
        };
    }
    Ok(sum)
}

/// Unknown of nothing; money and durations round half to even.
pub fn average(values: &[Value], ty: &Type) -> Result<Value, FaultCode> {
    let known: Vec<Value> = values
        .iter()
        .filter(|v| **v != Value::Unknown)
        .cloned()
        .collect();
    let count = known.len() as i64;
    if count == 0 {
        return Ok(Value::Unknown);
    }
    let number_of = |v: &Value| match v {
        Value::Number(n) => *n,
        other => whole(other).unwrap_or(0) as f64,
    };
    match ty {
        Type::Number | Type::NumberIn(..) => {
            let ints = known.iter().all(|v| matches!(v, Value::Int(_)));
            if ints {
                let Value::Int(sum) = total(&known, &Type::Int)? else {
                    return Ok(Value::Unknown);
                };
                return number(ArithOp::Div, sum as f64, count as f64);
            }
            let sum = total(&known, ty)?;
            number(ArithOp::Div, number_of(&sum), count as f64)
        }
        _ => {
            let sum = total(&known, ty)?;
            let word = arith::money_avg(whole(&sum).unwrap_or(0), count)?;
            Ok(like(&sum, word))
        }
    }
}

pub fn pat_fits(pat: &Pat, value: &Value) -> bool {
    match pat {
        Pat::Else => true,
        Pat::Unknown => *value == Value::Unknown,
        Pat::Value(p) => *value != Value::Unknown && compare(CompareOp::Eq, value, p),
        Pat::Range(low, high) => {
            *value != Value::Unknown
                && compare(CompareOp::Ge, value, low)
                && compare(CompareOp::Le, value, high)
        }
    }
}
