//! When evaluating an expression faults. What is evaluated stands under what was decided before it: the second
//! part of an `and` is looked at only where the first holds.

use super::{Sym, Translator};
use crate::hir::{Expr, ExprKind};
use crate::proofs::formula::Formula;
use crate::proofs::vars::What;

impl Translator<'_> {
    /// Where one stands, this is a fault.
    pub(super) fn fault_if(&mut self, faults: Formula) {
        if faults == Formula::False {
            return;
        }
        let mut all = self.path.clone();
        all.push(faults);
        self.faults.push(Formula::all(all));
    }

    /// What is evaluated only where a condition holds.
    pub(super) fn under<T>(&mut self, holds: Formula, run: impl FnOnce(&mut Self) -> T) -> T {
        let full = holds != Formula::True;
        if full {
            self.path.push(holds);
        }
        let made = run(self);
        if full {
            self.path.pop();
        }
        made
    }

    /// What may be evaluated or not: an earlier part may decide before it.
    pub(super) fn perhaps(&mut self, e: &Expr, run: impl FnOnce(&mut Self, &Expr) -> Sym) -> Sym {
        let before = self.faults.len();
        let sym = run(self, e);
        if self.faults.len() > before {
            self.fresh += 1;
            let name = What::OpaqueFault(format!("#{}", self.fresh));
            let reached = Formula::is(self.vars.bool(name, false));
            for faults in self.faults.iter_mut().skip(before) {
                *faults = faults.clone().and(reached.clone());
            }
        }
        sym
    }

    /// An expression with when it faults, which is nobody else's fault.
    pub(super) fn apart_from<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Formula) {
        let faults = std::mem::take(&mut self.faults);
        let path = std::mem::take(&mut self.path);
        let made = run(self);
        self.path = path;
        let own = std::mem::replace(&mut self.faults, faults);
        (made, Formula::any(own))
    }

    /// A condition as the runtime has it: a fault makes it false.
    pub fn predicate(&mut self, e: &Expr) -> Formula {
        let (holds, faults) = self.apart_from(|t| t.condition(e));
        holds.and(faults.negated())
    }
}

/// Whether evaluating it may fault: arithmetic, anywhere inside.
pub(super) fn may_fault(e: &Expr) -> bool {
    let mut found = false;
    crate::lower::walk::every(e, &mut |inner| {
        found |= !matches!(
            inner.kind,
            ExprKind::Value(_)
                | ExprKind::Profile(_)
                | ExprKind::Event
                | ExprKind::Entry
                | ExprKind::Local(_)
                | ExprKind::Field(..)
                | ExprKind::Narrow(_)
                | ExprKind::Some(_)
                | ExprKind::Known(_)
                | ExprKind::Not(_)
                | ExprKind::And(..)
                | ExprKind::Or(..)
                | ExprKind::Else(..)
                | ExprKind::If(..)
                | ExprKind::Match(..)
                | ExprKind::Compare(..)
                | ExprKind::Contains(..)
                | ExprKind::StartsWith(..)
                | ExprKind::EndsWith(..)
                | ExprKind::Matches(..)
                | ExprKind::In(..)
                | ExprKind::Between(..)
                | ExprKind::Consent(..)
                | ExprKind::List(_)
                | ExprKind::Record(..)
                | ExprKind::Now
                | ExprKind::Today
                | ExprKind::Least(_)
                | ExprKind::Greatest(_)
        );
    });
    found
}
