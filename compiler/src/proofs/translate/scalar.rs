//! Values as the solver has them: whole numbers, numbers, texts, each by cases.

use super::image::Image;
use super::{Translator, compare, merge};
use crate::hir::Expr;
use crate::proofs::formula::{Formula, Linear, Var};
use crate::proofs::vars::{COUNT_MAX, What};
use journey_program::types::{Type, Value};

/// Beyond this many cases a value is not followed.
pub(super) const CASES_MAX: usize = 24;
/// As many values as a table may have in one column.
pub(super) const ROWS_MAX: usize = 64;

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
    /// what rises or falls with one of these
    Image(Box<Image>),
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
