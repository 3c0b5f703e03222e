//! Values as the solver has them: whole numbers, numbers, texts, each by cases; and arithmetic on them.

use super::{Translator, compare, merge};
use crate::hir::{ArithOp, Expr, ExprKind};
use crate::proofs::formula::{Formula, Linear, Var};
use crate::proofs::vars::{COUNT_MAX, What};
use journey_program::types::{Type, Value};

/// Beyond this many cases a value is not followed.
pub(super) const CASES_MAX: usize = 24;

/// A value by cases, and when it is known.
#[derive(Clone, Debug)]
pub struct Sym {
    pub known: Formula,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Bool(Formula),
    /// exactly one guard holds
    Cases(Vec<(Formula, Scalar)>),
    /// a record or list at a path
    Path(crate::proofs::vars::Root, Vec<u32>),
    /// the constant `unknown`
    Unknown,
    /// of no type that is followed
    Opaque,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Whole(Linear),
    /// a number, by its place among all numbers
    Number(Var),
    Fixed(f64),
    /// an int as a number
    Widened(Linear),
    Text(Var),
    Constant(String),
}

impl Sym {
    pub fn bool(formula: Formula) -> Self {
        Self {
            known: Formula::True,
            kind: Kind::Bool(formula),
        }
    }

    pub fn one(scalar: Scalar) -> Self {
        Self {
            known: Formula::True,
            kind: Kind::Cases(vec![(Formula::True, scalar)]),
        }
    }

    pub fn whole_var(var: Var) -> Self {
        Self::one(Scalar::Whole(Linear::var(var)))
    }
}

pub(super) fn constant(value: &Value) -> Option<Sym> {
    let whole = |n: i64| Some(Sym::one(Scalar::Whole(Linear::constant(n))));
    match value {
        Value::Unknown => Some(Sym {
            known: Formula::False,
            kind: Kind::Unknown,
        }),
        Value::Bool(truth) => Some(Sym::bool(Formula::of(*truth))),
        Value::Int(n)
        | Value::Money(n, _)
        | Value::Time(n)
        | Value::Date(n)
        | Value::Clock(n)
        | Value::Duration(n) => whole(*n),
        Value::Enum(_, n) => whole(i64::from(*n)),
        Value::Number(n) => Some(Sym::one(Scalar::Fixed(*n))),
        Value::Text(text) | Value::Timezone(text) => Some(Sym::one(Scalar::Constant(text.clone()))),
        _ => None,
    }
}

impl Translator<'_> {
    /// The variable of a single value.
    pub(super) fn scalar_var(&mut self, what: What, ty: &Type, exact: bool) -> Option<Scalar> {
        Some(match ty {
            Type::Text | Type::Timezone => Scalar::Text(self.vars.var(what, ty, exact)),
            Type::Number | Type::NumberIn(..) => Scalar::Number(self.vars.var(what, ty, exact)),
            Type::Enum(id) => {
                let values = &self.view.world().enums.get(id.index())?.values;
                let high = i64::try_from(values.len()).ok()? - 1;
                let domain = crate::proofs::solver::Domain {
                    low: 0,
                    high,
                    text: false,
                    exact,
                };
                Scalar::Whole(Linear::var(self.vars.with(what, ty, domain)))
            }
            Type::Int
            | Type::IntIn(..)
            | Type::Money(_)
            | Type::Time
            | Type::Date
            | Type::Clock
            | Type::Duration => Scalar::Whole(Linear::var(self.vars.var(what, ty, exact))),
            _ => return None,
        })
    }

    pub(super) fn cases(&mut self, e: &Expr) -> Option<Vec<(Formula, Scalar)>> {
        match self.sym(e).kind {
            Kind::Cases(cases) => Some(cases),
            _ => None,
        }
    }

    pub(super) fn arith(&mut self, e: &Expr) -> Option<Sym> {
        let cases = match &e.kind {
            ExprKind::Neg(a) => {
                let a = self.cases(a)?;
                self.mapped(a, |scalar| match scalar {
                    Scalar::Whole(a) => Some(Scalar::Whole(a.times(-1)?)),
                    Scalar::Fixed(a) => Some(Scalar::Fixed(-a)),
                    _ => None,
                })?
            }
            ExprKind::Widen(a) => {
                let a = self.cases(a)?;
                self.mapped(a, |scalar| match scalar {
                    Scalar::Whole(a) => Some(Scalar::Widened(a)),
                    _ => None,
                })?
            }
            ExprKind::Arith(op, a, b) => {
                if let (ArithOp::IntDiv | ArithOp::Mod, Some(by)) = (op, divisor(b)) {
                    return self.divided(a, by, *op == ArithOp::Mod);
                }
                let span = matches!(b.ty.known(), Type::Span) || matches!(a.ty.known(), Type::Span);
                if span || !matches!(op, ArithOp::Add | ArithOp::Sub | ArithOp::Mul) {
                    return None;
                }
                let (a, b) = (self.cases(a)?, self.cases(b)?);
                if a.len() * b.len() > CASES_MAX {
                    return None;
                }
                let mut all = Vec::new();
                for (x_guard, x) in &a {
                    for (y_guard, y) in &b {
                        let value = self.checked(linear(*op, x, y)?)?;
                        all.push((x_guard.clone().and(y_guard.clone()), value));
                    }
                }
                all
            }
            _ => return None,
        };
        Some(Sym {
            known: Formula::True,
            kind: Kind::Cases(cases),
        })
    }

    /// `a div by`, `a mod by`: a = by * quotient + rest, 0 <= rest < by.
    fn divided(&mut self, a: &Expr, by: i64, rest: bool) -> Option<Sym> {
        let cases = self.cases(a)?;
        let [(Formula::True, Scalar::Whole(term))] = cases.as_slice() else {
            return None;
        };
        let name = format!("{term:?} by {by}");
        let quotient = What::Opaque(format!("{name}: quotient"));
        let quotient = self.vars.var(quotient, &Type::Int, true);
        let remainder = What::Opaque(format!("{name}: rest"));
        let remainder = self.vars.var(remainder, &Type::IntIn(0, by - 1), true);
        let sum = Linear::var(quotient).times(by)?;
        let sum = sum.plus(&Linear::var(remainder), 1)?.plus(term, -1)?;
        self.sides.push(Formula::at_most_zero(sum.times(-1)?));
        self.sides.push(Formula::at_most_zero(sum));
        let var = if rest { remainder } else { quotient };
        Some(Sym::whole_var(var))
    }

    fn mapped(
        &mut self,
        cases: Vec<(Formula, Scalar)>,
        made: impl Fn(Scalar) -> Option<Scalar>,
    ) -> Option<Vec<(Formula, Scalar)>> {
        let mut all = Vec::with_capacity(cases.len());
        for (guard, scalar) in cases {
            all.push((guard, self.checked(made(scalar)?)?));
        }
        Some(all)
    }

    /// Says where a sum may leave its range, which is a fault.
    fn checked(&mut self, scalar: Scalar) -> Option<Scalar> {
        const EXACT: i128 = 1 << 53;
        let (term, limits) = match &scalar {
            Scalar::Whole(term) => (term, (i128::from(i64::MIN), i128::from(i64::MAX))),
            Scalar::Widened(term) => (term, (-EXACT, EXACT)),
            _ => return Some(scalar),
        };
        let (mut low, mut high) = (term.constant, term.constant);
        for (var, factor) in &term.factors {
            let domain = self.vars.domain(*var)?;
            let a = i128::from(domain.low) * i128::from(*factor);
            let b = i128::from(domain.high) * i128::from(*factor);
            low += a.min(b);
            high += a.max(b);
        }
        if low < limits.0 || high > limits.1 {
            self.may_fault = true;
        }
        Some(scalar)
    }

    /// `least(…)`, `greatest(…)`
    pub(super) fn extreme(&mut self, items: &[Expr], least: bool) -> Option<Sym> {
        let mut made: Option<Sym> = None;
        for item in items {
            let item = self.sym(item);
            made = Some(match made {
                None => item,
                Some(best) => {
                    let first = if least {
                        compare::ordered(&best, &item, true)?
                    } else {
                        compare::ordered(&item, &best, true)?
                    };
                    merge(&first, best, item)?
                }
            });
        }
        made
    }

    pub(super) fn years(&mut self, date: &Expr) -> Option<Sym> {
        let (root, path) = super::paths::path_of(date)?;
        let domain = crate::proofs::solver::Domain {
            low: -200,
            high: 200,
            text: false,
            exact: true,
        };
        let what = What::YearsSince(root, path);
        let var = self.vars.with(what, &Type::Int, domain);
        Some(Sym::whole_var(var))
    }

    /// A count's variable.
    pub(super) fn count_domain() -> crate::proofs::solver::Domain {
        crate::proofs::solver::Domain {
            low: 0,
            high: COUNT_MAX,
            text: false,
            exact: true,
        }
    }
}

/// A constant that divides without a fault.
fn divisor(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Value(Value::Int(by)) if (1..=1_000_000).contains(by) => Some(*by),
        _ => None,
    }
}

fn linear(op: ArithOp, a: &Scalar, b: &Scalar) -> Option<Scalar> {
    let (Scalar::Whole(a), Scalar::Whole(b)) = (a, b) else {
        return None;
    };
    let factor = |term: &Linear| i64::try_from(term.as_constant()?).ok();
    let made = match op {
        ArithOp::Add => a.plus(b, 1)?,
        ArithOp::Sub => a.plus(b, -1)?,
        ArithOp::Mul => match (factor(a), factor(b)) {
            (_, Some(by)) => a.times(by)?,
            (Some(by), None) => b.times(by)?,
            (None, None) => return None,
        },
        _ => return None,
    };
    Some(Scalar::Whole(made))
}
