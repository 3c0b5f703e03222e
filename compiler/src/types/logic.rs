//! `and`, `or`, `if`: each operand is checked under what the ones before it prove.

use super::facts::chain;
use super::words::{subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir};
use journey_grammar::tree::{BinaryOp, Expr, Span};
use journey_program::types::{Type, Value};

impl Checker<'_> {
    /// A run of `and`s or of `or`s, as a balanced tree: the order of evaluation is the same, the depth is not.
    pub(crate) fn logic(&mut self, op: BinaryOp, e: &Expr) -> hir::Expr {
        let operands = chain(op, e);
        let mark = self.scope.known.len();
        let mut checked = Vec::with_capacity(operands.len());
        for operand in operands {
            checked.push(self.bool_operand(operand));
            self.assume(operand, op == BinaryOp::And);
        }
        self.scope.known.truncate(mark);
        self.combine(op == BinaryOp::And, checked, e.span)
    }

    /// One bool of many, all of them or any of them.
    pub(crate) fn combine(
        &mut self,
        all: bool,
        mut items: Vec<hir::Expr>,
        span: Span,
    ) -> hir::Expr {
        if items.len() <= 1 {
            return match items.pop() {
                Some(item) => item,
                None => self.constant_value(span, Type::Bool, Value::Bool(all)),
            };
        }
        let right = items.split_off(items.len().div_ceil(2));
        let left = self.combine(all, items, span);
        let right = self.combine(all, right, span);
        if let (Hir::Value(Value::Bool(a)), Hir::Value(Value::Bool(b))) = (&left.kind, &right.kind)
        {
            let value = if all { *a && *b } else { *a || *b };
            return self.constant_value(span, Type::Bool, Value::Bool(value));
        }
        let (left, right) = (Box::new(left), Box::new(right));
        self.make(
            span,
            Type::Bool,
            if all {
                Hir::And(left, right)
            } else {
                Hir::Or(left, right)
            },
        )
    }

    /// A known bool that stands as an operand.
    pub(crate) fn bool_operand(&mut self, e: &Expr) -> hir::Expr {
        let value = self.operand(e, Some(&Type::Bool));
        self.as_bool(e, value)
    }

    /// A known bool that stands alone.
    pub(crate) fn infer_bool(&mut self, e: &Expr) -> hir::Expr {
        let value = self.infer(e, Some(&Type::Bool));
        self.as_bool(e, value)
    }

    fn as_bool(&mut self, e: &Expr, value: hir::Expr) -> hir::Expr {
        match value.ty.known() {
            Type::Error => self.failed_as(e.span, Type::Bool),
            Type::Bool => self.need_known(e, value, Some(e.span)),
            other => {
                let found = type_name(self.world, other);
                let message = format!("a condition is due here, {} is `{found}`", subject(e));
                self.report(Problem::new("type-mismatch", e.span, message));
                self.failed_as(e.span, Type::Bool)
            }
        }
    }

    /// `if c then a else b`
    pub(crate) fn if_expr(
        &mut self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let test = self.infer_bool(condition);
        let mark = self.scope.known.len();
        self.assume(condition, true);
        let yes = self.infer(then, expected);
        self.scope.known.truncate(mark);
        self.assume(condition, false);
        let hint = expected.cloned().unwrap_or_else(|| yes.ty.clone());
        let no = self.infer(otherwise, Some(&hint));
        self.scope.known.truncate(mark);
        let Some(ty) = self.join(&yes.ty, &no.ty) else {
            self.report_branches(then.span, &yes.ty, otherwise.span, &no.ty);
            return self.failed(span);
        };
        let yes = self.fit(then, yes, &ty, None);
        let no = self.fit(otherwise, no, &ty, None);
        if yes.ty == Type::Error || no.ty == Type::Error {
            return self.failed_as(span, ty);
        }
        if let Hir::Value(Value::Bool(truth)) = test.kind {
            return if truth { yes } else { no };
        }
        self.make(
            span,
            ty,
            Hir::If(Box::new(test), Box::new(yes), Box::new(no)),
        )
    }

    /// Two branches of one expression that have no type in common.
    pub(crate) fn report_branches(&mut self, first: Span, a: &Type, second: Span, b: &Type) {
        let (a_name, b_name) = (type_name(self.world, a), type_name(self.world, b));
        let code = match (a.known(), b.known()) {
            (Type::Money(_), Type::Money(_)) => "currency-mismatch",
            _ => "type-mismatch",
        };
        self.report(
            Problem::new(
                code,
                second,
                format!("this branch is `{b_name}`, the one before is `{a_name}`"),
            )
            .label(first, format!("this is `{a_name}`")),
        );
    }
}
