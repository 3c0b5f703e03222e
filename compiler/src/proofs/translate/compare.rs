//! Comparisons of values by cases, sets, intervals, and tests of texts.

use super::arith::constant;
use super::scalar::{Kind, Scalar, Sym};
use super::{Translator, key};
use crate::hir::{CompareOp, Expr, ExprKind};
use crate::proofs::formula::{Atom, Formula, Linear, TextTest};
use crate::proofs::vars::{What, place_of};

impl Translator<'_> {
    pub(super) fn compare(&mut self, op: CompareOp, a: &Expr, b: &Expr) -> Option<Formula> {
        let (a, b) = (self.sym(a), self.sym(b));
        Some(match op {
            CompareOp::Eq => equal(&a, &b)?,
            CompareOp::Ne => equal(&a, &b)?.negated(),
            CompareOp::Lt => ordered(&a, &b, false)?,
            CompareOp::Le => ordered(&a, &b, true)?,
            CompareOp::Gt => ordered(&b, &a, false)?,
            CompareOp::Ge => ordered(&b, &a, true)?,
        })
    }

    pub(super) fn one_of(&mut self, a: &Expr, items: &[Expr]) -> Option<Formula> {
        let a = self.sym(a);
        let mut any = Vec::with_capacity(items.len());
        for item in items {
            let item = self.perhaps(item, |t, item| t.sym(item));
            any.push(equal(&a, &item)?);
        }
        Some(Formula::any(any))
    }

    pub(super) fn between(&mut self, a: &Expr, low: &Expr, high: &Expr) -> Option<Formula> {
        let (a, low) = (self.sym(a), self.sym(low));
        let high = self.perhaps(high, |t, high| t.sym(high));
        Some(ordered(&low, &a, true)?.and(ordered(&a, &high, true)?))
    }

    /// `contains`, `starts with`, `ends with`, `matches` against a constant.
    pub(super) fn text_test(&mut self, e: &Expr) -> Option<Formula> {
        let (a, b) = match &e.kind {
            ExprKind::Contains(a, b) | ExprKind::StartsWith(a, b) | ExprKind::EndsWith(a, b) => {
                (a, Some(b))
            }
            ExprKind::Matches(a, _) => (a, None),
            _ => return None,
        };
        let subject = self.sym(a);
        let part = match b {
            Some(b) => match self.sym(b).kind {
                Kind::Cases(cases) => match cases.as_slice() {
                    [(Formula::True, Scalar::Constant(part))] => part.clone(),
                    [(Formula::True, Scalar::Whole(term))] => term.as_constant()?.to_string(),
                    _ => return None,
                },
                _ => return None,
            },
            None => String::new(),
        };
        if let (Kind::Path(root, path), ExprKind::Contains(..)) = (&subject.kind, &e.kind) {
            let what = What::Has(*root, path.clone(), part);
            return Some(Formula::is(self.vars.bool(what, true)));
        }
        let Kind::Cases(cases) = subject.kind else {
            return None;
        };
        let test = match &e.kind {
            ExprKind::Contains(..) => TextTest::Contains(part),
            ExprKind::StartsWith(..) => TextTest::StartsWith(part),
            ExprKind::EndsWith(..) => TextTest::EndsWith(part),
            ExprKind::Matches(_, pattern) => TextTest::Matches(pattern.clone()),
            _ => return None,
        };
        let mut any = Vec::new();
        for (guard, scalar) in cases {
            let holds = match scalar {
                Scalar::Constant(text) => Formula::of(test.holds(&text)),
                Scalar::Text(var) => Formula::atom(Atom::Test(var, test.clone())),
                _ => return None,
            };
            any.push(guard.and(holds));
        }
        Some(Formula::any(any))
    }

    /// A formula that may be anything, for an expression.
    pub fn anything(&mut self, e: &Expr) -> Formula {
        Formula::is(self.vars.bool(What::Opaque(key(e)), false))
    }
}

pub(super) fn equal(a: &Sym, b: &Sym) -> Option<Formula> {
    match (&a.kind, &b.kind) {
        (Kind::Bool(a), Kind::Bool(b)) => Some(a.clone().iff(b.clone())),
        (Kind::Cases(_), Kind::Cases(_)) => pairs(a, b, &|a, b| {
            if let (Scalar::Text(a), Scalar::Text(b)) = (a, b) {
                return (a == b).then_some(Formula::True);
            }
            Some(less(a, b, true)?.and(less(b, a, true)?))
        }),
        _ => None,
    }
}

/// `a < b`, or `a <= b`
pub(super) fn ordered(a: &Sym, b: &Sym, or_equal: bool) -> Option<Formula> {
    if let (Kind::Bool(a), Kind::Bool(b)) = (&a.kind, &b.kind) {
        let (a, b) = (a.clone(), b.clone());
        return Some(if or_equal {
            a.implies(b)
        } else {
            a.negated().and(b)
        });
    }
    pairs(a, b, &|a, b| less(a, b, or_equal))
}

fn pairs(a: &Sym, b: &Sym, holds: &dyn Fn(&Scalar, &Scalar) -> Option<Formula>) -> Option<Formula> {
    let (Kind::Cases(a), Kind::Cases(b)) = (&a.kind, &b.kind) else {
        return None;
    };
    let mut any = Vec::with_capacity(a.len() * b.len());
    for (x_guard, x) in a {
        for (y_guard, y) in b {
            any.push(Formula::all(vec![
                x_guard.clone(),
                y_guard.clone(),
                holds(x, y)?,
            ]));
        }
    }
    Some(Formula::any(any))
}

fn less(a: &Scalar, b: &Scalar, or_equal: bool) -> Option<Formula> {
    let le = |a: &Linear, b: &Linear| {
        let mut term = a.plus(b, -1)?;
        term.constant += i128::from(!or_equal);
        Some(Formula::at_most_zero(term))
    };
    match (a, b) {
        (Scalar::Image(image), other) => image.below(constant(other)?, or_equal),
        (other, Scalar::Image(image)) => {
            // a < b: not (b <= a)
            Some(image.below(constant(other)?, !or_equal)?.negated())
        }
        (Scalar::Whole(a), Scalar::Whole(b)) | (Scalar::Widened(a), Scalar::Widened(b)) => le(a, b),
        (Scalar::Number(a), Scalar::Number(b)) => le(&Linear::var(*a), &Linear::var(*b)),
        (Scalar::Number(a), Scalar::Fixed(b)) => {
            le(&Linear::var(*a), &Linear::constant(place_of(*b)))
        }
        (Scalar::Fixed(a), Scalar::Number(b)) => {
            le(&Linear::constant(place_of(*a)), &Linear::var(*b))
        }
        (Scalar::Fixed(a), Scalar::Fixed(b)) => {
            Some(Formula::of(if or_equal { a <= b } else { a < b }))
        }
        (Scalar::Widened(a), Scalar::Fixed(b)) => {
            // a <= b: a <= floor(b); a < b: a <= ceil(b) - 1
            let bound = if or_equal { b.floor() } else { b.ceil() - 1.0 };
            let bound = Linear::constant(whole(bound)?);
            Some(Formula::at_most_zero(a.plus(&bound, -1)?))
        }
        (Scalar::Fixed(a), Scalar::Widened(b)) => {
            let bound = if or_equal { a.ceil() } else { a.floor() + 1.0 };
            let bound = Linear::constant(whole(bound)?);
            Some(Formula::at_most_zero(bound.plus(b, -1)?))
        }
        (Scalar::Text(a), Scalar::Constant(b)) => Some(Formula::atom(Atom::Below {
            var: *a,
            constant: b.clone(),
            or_equal,
        })),
        (Scalar::Constant(a), Scalar::Text(b)) => {
            let above = Formula::atom(Atom::Below {
                var: *b,
                constant: a.clone(),
                or_equal: !or_equal,
            });
            Some(above.negated())
        }
        (Scalar::Constant(a), Scalar::Constant(b)) => {
            Some(Formula::of(if or_equal { a <= b } else { a < b }))
        }
        (Scalar::Text(a), Scalar::Text(b)) if a == b => Some(Formula::of(or_equal)),
        _ => None,
    }
}

/// A whole double as an int, if it is one exactly.
fn whole(n: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and its size is bounded"
    )]
    (n.abs() <= EXACT).then_some(n as i64)
}
