//! A `match` whose arms are constants, such as a column of a table: a finite function. Keys with one value are one
//! case, so that a thousand rows are as many cases as the column has values.

use super::Translator;
use super::scalar::{self, Kind, ROWS_MAX, Scalar, Sym};
use crate::hir::{Expr, ExprKind, Pat};
use crate::proofs::formula::Formula;
use journey_program::types::Value;

impl Translator<'_> {
    /// None: it is no such match, or has too many values.
    pub(super) fn looked_up(&mut self, key: &Sym, arms: &[(Vec<Pat>, Expr)]) -> Option<Sym> {
        let (last, rows) = arms.split_last()?;
        if last.0 != [Pat::Else] || rows.is_empty() {
            return None;
        }
        let mut keys: Vec<&Value> = Vec::new();
        let mut values: Vec<(&Value, Vec<Formula>)> = Vec::new();
        let mut all = Vec::with_capacity(rows.len());
        for (pats, arm) in rows {
            let value = constant(arm)?;
            for pat in pats {
                let Pat::Value(of) = pat else {
                    return None;
                };
                if keys.contains(&of) {
                    return None;
                }
                keys.push(of);
            }
            let fits = self.fits(key, pats)?;
            all.push(fits.clone());
            match values.iter_mut().find(|(known, _)| *known == value) {
                Some((_, guards)) => guards.push(fits),
                None => values.push((value, vec![fits])),
            }
        }
        let otherwise = constant(&last.1)?;
        let none = Formula::any(all).negated();
        match values.iter_mut().find(|(known, _)| *known == otherwise) {
            Some((_, guards)) => guards.push(none),
            None => values.push((otherwise, vec![none])),
        }
        if values.len() > ROWS_MAX {
            return None;
        }
        joined(values)
    }
}

fn joined(values: Vec<(&Value, Vec<Formula>)>) -> Option<Sym> {
    let (mut known, mut truths, mut cases) = (Vec::new(), Vec::new(), Vec::new());
    let mut bools = false;
    for (value, guards) in values {
        let guard = Formula::any(guards);
        let sym = scalar::constant(value)?;
        if sym.known != Formula::False {
            known.push(guard.clone());
        }
        match sym.kind {
            Kind::Bool(truth) => {
                bools = true;
                truths.push(guard.and(truth));
            }
            Kind::Cases(one) => {
                let plain = one.into_iter().map(|(_, scalar)| scalar).next()?;
                cases.push((guard, plain));
            }
            Kind::Unknown => cases.push((guard, Scalar::Constant(String::new()))),
            Kind::Path(..) | Kind::Opaque => return None,
        }
    }
    let unknown_alike = |cases: &mut Vec<(Formula, Scalar)>| {
        // what is unknown has a value of the others' kind that nobody reads
        let like = cases
            .iter()
            .map(|(_, scalar)| scalar.clone())
            .find(|scalar| *scalar != Scalar::Constant(String::new()));
        if let Some(like) = like {
            for (_, scalar) in cases.iter_mut() {
                if *scalar == Scalar::Constant(String::new())
                    && !matches!(like, Scalar::Constant(_))
                {
                    *scalar = like.clone();
                }
            }
        }
    };
    unknown_alike(&mut cases);
    Some(Sym {
        known: Formula::any(known),
        kind: if bools {
            Kind::Bool(Formula::any(truths))
        } else {
            Kind::Cases(cases)
        },
    })
}

fn constant(e: &Expr) -> Option<&Value> {
    match &e.kind {
        ExprKind::Value(value) => Some(value),
        ExprKind::Some(inner) => constant(inner),
        _ => None,
    }
}
