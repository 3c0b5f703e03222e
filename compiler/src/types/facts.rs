//! What flow has proved known. A fact is the path of a value that is a `T?`; facts form a stack, so that a
//! branch's facts fall away with it.

use super::Checker;
use crate::hir::{self, ExprKind as Hir};
use journey_grammar::tree::{BinaryOp, Expr, ExprKind, UnaryOp};

/// The path of a value, if it has one: the same path, the same value.
pub(crate) fn fact(e: &hir::Expr) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut at = e;
    let root = loop {
        match &at.kind {
            Hir::Field(base, field) => {
                fields.push(field.to_string());
                at = base;
            }
            Hir::Narrow(inner) => at = inner,
            Hir::Profile(field) => break vec!["profile".to_owned(), field.to_string()],
            Hir::Computed(field) => break vec!["computed".to_owned(), field.to_string()],
            Hir::Local(id) => break vec!["local".to_owned(), id.0.to_string()],
            Hir::Entry => break vec!["entry".to_owned()],
            Hir::Event => break vec!["event".to_owned()],
            _ => return None,
        }
    };
    let mut path = root;
    path.extend(fields.into_iter().rev());
    Some(path)
}

/// The operands of a run of one operator, without entering parentheses.
pub(crate) fn chain(op: BinaryOp, e: &Expr) -> Vec<&Expr> {
    let mut operands = Vec::new();
    let mut at = e;
    while let ExprKind::Binary(here, left, right) = &at.kind {
        if *here != op {
            break;
        }
        operands.push(&**right);
        at = left;
    }
    operands.push(at);
    operands.reverse();
    operands
}

/// Without the parentheses around it.
pub(crate) fn bare(e: &Expr) -> &Expr {
    let mut at = e;
    while let ExprKind::Paren(inner) = &at.kind {
        at = inner;
    }
    at
}

impl Checker<'_> {
    /// Takes what the truth (or falsehood) of a condition proves known into the scope.
    pub fn assume(&mut self, e: &Expr, truth: bool) {
        let e = bare(e);
        match &e.kind {
            ExprKind::Unary(UnaryOp::Not, inner) => self.assume(inner, !truth),
            ExprKind::Unary(UnaryOp::Known, path) if truth => self.assume_known(path),
            ExprKind::Unary(UnaryOp::Unknown, path) if !truth => self.assume_known(path),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..)
                if truth == (*op == BinaryOp::And) =>
            {
                for operand in chain(*op, e) {
                    self.assume(operand, truth);
                }
            }
            ExprKind::Binary(BinaryOp::Else, path, default) => {
                if matches!(bare(default).kind, ExprKind::Bool(b) if b != truth) {
                    self.assume_known(path);
                }
            }
            _ => {}
        }
    }

    /// From here on the path is known: after `if unknown x { end }`, in the arms of a `match`.
    pub fn assume_known(&mut self, path: &Expr) {
        let ExprKind::Path(names) = &bare(path).kind else {
            return;
        };
        let (problems, spans) = (self.problems.len(), self.spans.len());
        let value = self.path(names, path.span, None, false);
        self.problems.truncate(problems);
        self.spans.truncate(spans);
        self.learn(&value);
    }

    /// Takes a checked path as known.
    pub fn learn(&mut self, e: &hir::Expr) {
        if e.ty.is_optional()
            && let Some(path) = fact(e)
            && !self.scope.known.contains(&path)
        {
            self.scope.known.push(path);
        }
    }

    /// Forgets what was proved of a path and of everything inside it: it has been written.
    pub fn forget(&mut self, e: &hir::Expr) {
        if let Some(path) = fact(e) {
            self.scope.known.retain(|known| !known.starts_with(&path));
        }
    }

    /// Forgets what time alone may change: computed fields. For after a wait.
    pub fn forget_computed(&mut self) {
        self.scope
            .known
            .retain(|known| known.first().is_none_or(|root| root != "computed"));
    }

    /// A `T?` that flow has proved known, as a `T`.
    pub(crate) fn narrowed(&mut self, e: hir::Expr) -> hir::Expr {
        if !e.ty.is_optional() {
            return e;
        }
        match fact(&e) {
            Some(path) if self.scope.known.contains(&path) => narrow(e),
            _ => e,
        }
    }
}

/// Reads a `T?` as a `T`.
pub(crate) fn narrow(e: hir::Expr) -> hir::Expr {
    hir::Expr {
        node: e.node,
        ty: e.ty.known().clone(),
        kind: Hir::Narrow(Box::new(e)),
    }
}
