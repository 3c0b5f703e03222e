//! One comparable value: a journey's key, a value counted apart, the field of an event that a history
//! looks at. Values in, a total order out, which maps and ties need and doubles alone do not have.

use journey_program::civil::zone_name;
use journey_program::types::{Span, Type, Value};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scalar {
    Bool(bool),
    /// all that is one 64-bit word: int, minor units, instants, days, an enum's place
    Int(i64),
    Num(Finite),
    Text(Arc<str>),
}

/// A finite double in the order of numbers; minus zero is zero.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Finite(f64);

impl Finite {
    pub fn new(number: f64) -> Self {
        Self(if number == 0.0 { 0.0 } else { number })
    }
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Ord for Finite {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
impl PartialOrd for Finite {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Finite {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Finite {}

impl Scalar {
    /// None: unknown, or no single value.
    pub fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Unknown | Value::Record(..) | Value::List(_) => return None,
            Value::Bool(b) => Scalar::Bool(*b),
            Value::Int(i)
            | Value::Money(i, _)
            | Value::Time(i)
            | Value::Date(i)
            | Value::Clock(i)
            | Value::Duration(i) => Scalar::Int(*i),
            Value::Number(n) => Scalar::Num(Finite::new(*n)),
            Value::Text(t) | Value::Timezone(t) => Scalar::Text(t.as_str().into()),
            Value::Span(span) => Scalar::Int(span.pack()),
            Value::Enum(_, place) => Scalar::Int(i64::from(*place)),
        })
    }

    /// As a value of the type that it came from.
    pub fn value(&self, ty: &Type) -> Value {
        match (self, ty.known()) {
            (Scalar::Bool(b), _) => Value::Bool(*b),
            (Scalar::Num(n), _) => Value::Number(n.get()),
            (Scalar::Text(t), Type::Timezone) => Value::Timezone(t.to_string()),
            (Scalar::Text(t), _) => Value::Text(t.to_string()),
            (Scalar::Int(i), ty) => word_value(*i, ty),
        }
    }

    /// As it stands in the key of a send.
    pub fn text(&self) -> String {
        match self {
            Scalar::Bool(b) => b.to_string(),
            Scalar::Int(i) => i.to_string(),
            Scalar::Num(n) => n.get().to_string(),
            Scalar::Text(t) => t.to_string(),
        }
    }
}

/// A word as a value of a type whose values are words.
pub fn word_value(word: i64, ty: &Type) -> Value {
    match ty.known() {
        Type::Money(currency) => Value::Money(word, *currency),
        Type::Time => Value::Time(word),
        Type::Date => Value::Date(word),
        Type::Clock => Value::Clock(word),
        Type::Duration => Value::Duration(word),
        Type::Span => Value::Span(Span::unpack(word)),
        Type::Enum(id) | Type::Offer(id) => Value::Enum(*id, u32::try_from(word).unwrap_or(0)),
        Type::Timezone => {
            zone_name(word).map_or(Value::Unknown, |name| Value::Timezone(name.to_owned()))
        }
        Type::Error
        | Type::Bool
        | Type::Int
        | Type::Number
        | Type::Text
        | Type::Record(_)
        | Type::List(_)
        | Type::Optional(_)
        | Type::IntIn(..)
        | Type::NumberIn(..) => Value::Int(word),
    }
}

/// The value at a path of field numbers.
pub fn at_path<'a>(fields: &'a [Value], path: &[u32]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let mut value = fields.get(usize::try_from(*first).ok()?)?;
    for step in rest {
        let Value::Record(_, inner) = value else {
            return None;
        };
        value = inner.get(usize::try_from(*step).ok()?)?;
    }
    Some(value)
}
