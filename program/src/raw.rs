//! Expressions over a raw record, before it has types: what a `source` says. Evaluated by the intake.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RawExpr {
    /// a path into the record; of a CSV, one column
    Path(Vec<String>),
    Bool(bool),
    /// digits as written: exact until it meets its type
    Number(String),
    /// a literal whose text the target's type reads: money, time, date, clock, duration
    Text(String),
    /// pieces joined
    Concat(#[serde(deserialize_with = "crate::depth::bounded")] Vec<RawExpr>),
    List(#[serde(deserialize_with = "crate::depth::bounded")] Vec<RawExpr>),
    Not(#[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>),
    /// there, not null and not an empty cell
    Known(#[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>),
    Binary(
        RawOp,
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
    ),
    /// closed
    Between(
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
    ),
    /// number in `Program::regexes`
    Matches(
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
        u32,
    ),
    If(
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
        #[serde(deserialize_with = "crate::depth::bounded")] Box<RawExpr>,
    ),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RawOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// `a in [..]`: the right side is a list
    In,
    Contains,
    StartsWith,
    EndsWith,
    /// `??`
    Else,
    /// exact decimals
    Add,
    Sub,
    Mul,
}
