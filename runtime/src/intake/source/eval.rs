//! `RawExpr` over one record → a raw value, or why it has none. Nothing is guessed: arithmetic on what is
//! no number is refused, and what an absent value goes into is absent.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JSON has six kinds of value and no seventh"
)]

use crate::intake::convert::Refusal;
use crate::intake::json::Json;
use crate::intake::reader::Row;
use journey_program::raw::{RawExpr, RawOp};
use regex::Regex;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Where an expression's paths lead.
#[derive(Clone, Copy, Debug)]
pub enum Fields<'r> {
    Tree(&'r Json<'r>),
    Row {
        columns: &'r BTreeMap<String, usize>,
        row: Row<'r>,
    },
}

pub(super) struct Evaluator<'r> {
    pub(super) fields: Fields<'r>,
    /// of `each`: the element at hand, and its name
    pub(super) element: Option<(&'r str, &'r Json<'r>)>,
    pub(super) regexes: &'r [Option<Regex>],
}

type Raw<'r> = Cow<'r, Json<'r>>;
fn absent<'r>() -> Raw<'r> {
    Cow::Owned(Json::Null)
}

impl<'r> Evaluator<'r> {
    pub(super) fn value(&self, raw: &'r RawExpr) -> Result<Raw<'r>, Refusal> {
        Ok(match raw {
            RawExpr::Path(path) => self.path(path),
            RawExpr::Bool(value) => Cow::Owned(Json::Bool(*value)),
            RawExpr::Number(text) => Cow::Owned(Json::Number(Cow::Borrowed(text))),
            RawExpr::Text(text) => Cow::Owned(Json::Text(Cow::Borrowed(text))),
            RawExpr::Concat(parts) => self.concat(parts)?,
            RawExpr::List(items) => {
                let items: Result<Vec<Json<'r>>, Refusal> = items
                    .iter()
                    .map(|item| self.value(item).map(Cow::into_owned))
                    .collect();
                Cow::Owned(Json::List(items?))
            }
            RawExpr::Not(_) | RawExpr::Known(_) | RawExpr::Between(..) | RawExpr::Matches(..) => {
                Cow::Owned(Json::Bool(self.holds(raw)?))
            }
            RawExpr::If(when, then, other) => {
                self.value(if self.holds(when)? { then } else { other })?
            }
            RawExpr::Binary(op, left, right) => match op {
                RawOp::Else => match self.value(left)? {
                    missing if is_absent(&missing) => self.value(right)?,
                    known => known,
                },
                RawOp::Add | RawOp::Sub | RawOp::Mul => self.arithmetic(*op, left, right)?,
                RawOp::Or
                | RawOp::And
                | RawOp::Eq
                | RawOp::Ne
                | RawOp::Lt
                | RawOp::Le
                | RawOp::Gt
                | RawOp::Ge
                | RawOp::In
                | RawOp::Contains
                | RawOp::StartsWith
                | RawOp::EndsWith => Cow::Owned(Json::Bool(self.holds(raw)?)),
            },
        })
    }

    /// Whether a condition holds; what is absent does not.
    pub(super) fn holds(&self, raw: &'r RawExpr) -> Result<bool, Refusal> {
        match raw {
            RawExpr::Not(inner) => Ok(!self.holds(inner)?),
            RawExpr::Known(inner) => Ok(!is_absent(&*self.value(inner)?)),
            RawExpr::Between(value, low, high) => {
                let value = self.value(value)?;
                let above = order(&value, &*self.value(low)?).is_some_and(Ordering::is_ge);
                let below = order(&value, &*self.value(high)?).is_some_and(Ordering::is_le);
                Ok(above && below)
            }
            RawExpr::Matches(value, regex) => {
                let value = self.value(value)?;
                let regex = usize::try_from(*regex)
                    .ok()
                    .and_then(|place| self.regexes.get(place));
                Ok(match (&*value, regex) {
                    (Json::Text(text) | Json::Number(text), Some(Some(regex))) => {
                        regex.is_match(text)
                    }
                    _ => false,
                })
            }
            RawExpr::Binary(RawOp::And, left, right) => Ok(self.holds(left)? && self.holds(right)?),
            RawExpr::Binary(RawOp::Or, left, right) => Ok(self.holds(left)? || self.holds(right)?),
            // the usual `type == "…"`
            RawExpr::Binary(RawOp::Eq, left, right)
                if let (RawExpr::Path(path), RawExpr::Text(text)) = (&**left, &**right)
                    && let Cow::Borrowed(Json::Text(found)) = self.path(path) =>
            {
                Ok(found == text)
            }
            RawExpr::Binary(op, left, right) if is_test(*op) => {
                Ok(test(*op, &*self.value(left)?, &*self.value(right)?))
            }
            RawExpr::Path(_)
            | RawExpr::Bool(_)
            | RawExpr::Number(_)
            | RawExpr::Text(_)
            | RawExpr::Concat(_)
            | RawExpr::List(_)
            | RawExpr::Binary(..)
            | RawExpr::If(..) => match &*self.value(raw)? {
                Json::Bool(value) => Ok(*value),
                Json::Null => Ok(false),
                Json::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
                Json::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
                other => Err(Refusal::of(other, "`true` or `false`")),
            },
        }
    }

    fn path(&self, path: &'r [String]) -> Raw<'r> {
        if let (Some((name, element)), Some((first, rest))) = (self.element, path.split_first())
            && first == name
        {
            return inside(element, rest);
        }
        match self.fields {
            Fields::Tree(tree) => inside(tree, path),
            Fields::Row { columns, row } => {
                let column = match path {
                    [name] => columns.get(name),
                    longer => columns.get(&longer.join(".")),
                };
                match column.and_then(|column| row.get(*column)) {
                    // an empty cell says nothing
                    None | Some("") => absent(),
                    Some(cell) => Cow::Owned(Json::Text(Cow::Borrowed(cell))),
                }
            }
        }
    }

    fn concat(&self, parts: &'r [RawExpr]) -> Result<Raw<'r>, Refusal> {
        let mut joined = String::new();
        for part in parts {
            match &*self.value(part)? {
                Json::Null => return Ok(absent()),
                Json::Text(text) | Json::Number(text) => joined.push_str(text),
                Json::Bool(value) => joined.push_str(if *value { "true" } else { "false" }),
                other @ (Json::List(_) | Json::Object(_)) => {
                    return Err(Refusal::of(other, "something that a text can hold"));
                }
            }
        }
        Ok(Cow::Owned(Json::Text(Cow::Owned(joined))))
    }

    fn arithmetic(
        &self,
        op: RawOp,
        left: &'r RawExpr,
        right: &'r RawExpr,
    ) -> Result<Raw<'r>, Refusal> {
        let (left, right) = (self.value(left)?, self.value(right)?);
        if is_absent(&left) || is_absent(&right) {
            return Ok(absent());
        }
        let number = |value: &Json<'_>| {
            decimal(value).ok_or_else(|| Refusal::of(value, "a number of at most 28 digits"))
        };
        let (a, b) = (number(&left)?, number(&right)?);
        let result = match op {
            RawOp::Mul if a.scale() + b.scale() <= Decimal::MAX_SCALE => a.checked_mul(b),
            RawOp::Mul => None,
            RawOp::Sub => a
                .checked_sub(b)
                .filter(|sum| sum.scale() >= a.scale().max(b.scale())),
            _ => a
                .checked_add(b)
                .filter(|sum| sum.scale() >= a.scale().max(b.scale())),
        };
        let exact = result.ok_or_else(|| Refusal::of(&left, "a result of at most 28 digits"))?;
        Ok(Cow::Owned(Json::Number(Cow::Owned(
            exact.normalize().to_string(),
        ))))
    }
}

fn inside<'r>(tree: &'r Json<'r>, path: &[String]) -> Raw<'r> {
    let mut value = tree;
    for name in path {
        match value.field(name) {
            Some(inner) => value = inner,
            None => return absent(),
        }
    }
    Cow::Borrowed(value)
}

fn is_absent(value: &Json<'_>) -> bool {
    matches!(value, Json::Null)
}

fn is_test(op: RawOp) -> bool {
    !matches!(
        op,
        RawOp::Or | RawOp::And | RawOp::Else | RawOp::Add | RawOp::Sub | RawOp::Mul
    )
}

/// The decimal of a number, or of a text that is one.
fn decimal(value: &Json<'_>) -> Option<Decimal> {
    let (Json::Number(text) | Json::Text(text)) = value else {
        return None;
    };
    let first = text.strip_prefix('-').unwrap_or(text).bytes().next()?;
    if !first.is_ascii_digit() {
        return None;
    }
    let exact = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()?
    } else {
        Decimal::from_str_exact(text).ok()?
    };
    Some(exact.normalize())
}

fn test(op: RawOp, left: &Json<'_>, right: &Json<'_>) -> bool {
    let texts = || match (left, right) {
        (Json::Text(a) | Json::Number(a), Json::Text(b) | Json::Number(b)) => Some((a, b)),
        _ => None,
    };
    match op {
        RawOp::Eq => equal(left, right),
        RawOp::Ne => !equal(left, right),
        RawOp::Lt => order(left, right).is_some_and(Ordering::is_lt),
        RawOp::Le => order(left, right).is_some_and(Ordering::is_le),
        RawOp::Gt => order(left, right).is_some_and(Ordering::is_gt),
        RawOp::Ge => order(left, right).is_some_and(Ordering::is_ge),
        RawOp::In => among(right, left),
        RawOp::Contains => {
            among(left, right) || texts().is_some_and(|(a, b)| a.contains(b.as_ref()))
        }
        RawOp::StartsWith => texts().is_some_and(|(a, b)| a.starts_with(b.as_ref())),
        RawOp::EndsWith => texts().is_some_and(|(a, b)| a.ends_with(b.as_ref())),
        RawOp::Or | RawOp::And | RawOp::Else | RawOp::Add | RawOp::Sub | RawOp::Mul => false,
    }
}

fn among(list: &Json<'_>, value: &Json<'_>) -> bool {
    matches!(list, Json::List(items) if items.iter().any(|item| equal(item, value)))
}

/// Texts by their bytes; a number and what can be read as one by value.
fn equal(left: &Json<'_>, right: &Json<'_>) -> bool {
    match (left, right) {
        (Json::Null, _) | (_, Json::Null) => false,
        (Json::Text(a), Json::Text(b)) => a == b,
        (Json::Bool(value), Json::Text(text)) | (Json::Text(text), Json::Bool(value)) => {
            text.eq_ignore_ascii_case(if *value { "true" } else { "false" })
        }
        (Json::Number(_), _) | (_, Json::Number(_)) => {
            matches!((decimal(left), decimal(right)), (Some(a), Some(b)) if a == b)
        }
        _ => left == right,
    }
}

/// Numbers by value (a cell of a CSV that reads as one too), other texts by their bytes.
fn order(left: &Json<'_>, right: &Json<'_>) -> Option<Ordering> {
    match (decimal(left), decimal(right), left, right) {
        (Some(a), Some(b), _, _) => Some(a.cmp(&b)),
        (_, _, Json::Text(a), Json::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
