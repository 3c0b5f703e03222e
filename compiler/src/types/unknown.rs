//! A `T?` where a `T` is due, and `known`, `unknown`, `??`: nothing unknown is ever read as known.

use super::facts::{bare, narrow};
use super::words::{subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir};
use crate::world::World;
use journey_grammar::tree::{Expr, ExprKind, Span};
use journey_program::types::{Type, Value};

impl Checker<'_> {
    /// The value as a known one; else `maybe-unknown`, with its two ways out. `within` is the bool that
    /// `known x and …` would guard.
    pub(crate) fn need_known(
        &mut self,
        tree: &Expr,
        e: hir::Expr,
        within: Option<Span>,
    ) -> hir::Expr {
        if !e.ty.is_optional() {
            return e;
        }
        self.report_maybe_unknown(Some(tree), tree.span, &e.ty, within);
        narrow(e)
    }

    pub(crate) fn report_maybe_unknown(
        &mut self,
        tree: Option<&Expr>,
        span: Span,
        ty: &Type,
        within: Option<Span>,
    ) {
        let words = tree.map_or_else(|| "this".to_owned(), subject);
        let mut problem = Problem::new(
            "maybe-unknown",
            span,
            format!("{words} may be unknown here"),
        )
        .help(format!(
            "its type is `{}`: give a value for the unknown case with `??`, or ask `known` first",
            type_name(self.world, ty)
        ));
        let (start, end) = (
            Span::new(span.start, span.start),
            Span::new(span.end, span.end),
        );
        if let Some(default) = default_text(self.world, ty.known()) {
            problem = problem.fix(
                format!("use `{default}` where it is unknown"),
                vec![(start, "(".to_owned()), (end, format!(" ?? {default})"))],
            );
        }
        let path = tree
            .map(bare)
            .filter(|t| matches!(t.kind, ExprKind::Path(_)));
        if let (Some(path), Some(within)) = (path, within) {
            let words = path_text(path);
            problem = problem.alternative(
                format!("ask `known {words}` first"),
                vec![
                    (
                        Span::new(within.start, within.start),
                        format!("(known {words} and "),
                    ),
                    (Span::new(within.end, within.end), ")".to_owned()),
                ],
            );
        }
        self.report(problem);
    }

    /// `known x`, `unknown x`
    pub(crate) fn known(&mut self, operand: &Expr, span: Span, positive: bool) -> hir::Expr {
        let inner = bare(operand);
        let value = match &inner.kind {
            ExprKind::Path(names) => self.path(names, inner.span, None, false),
            _ => self.operand(operand, None),
        };
        if value.ty == Type::Error {
            return self.failed_as(span, Type::Bool);
        }
        if !value.ty.is_optional() {
            let words = subject(operand);
            let message = format!("{words} is never unknown");
            self.report(Problem::new("always-known", operand.span, message));
            return self.constant_value(span, Type::Bool, Value::Bool(positive));
        }
        let known = self.make(span, Type::Bool, Hir::Known(Box::new(value)));
        if positive {
            known
        } else {
            self.negate(known, span)
        }
    }

    /// `a ?? b`
    pub(crate) fn otherwise(
        &mut self,
        left: &Expr,
        right: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let wide = expected.map(|t| t.known().clone().optional());
        let open = match &bare(left).kind {
            ExprKind::Path(names) => self.path(names, left.span, wide.as_ref(), false),
            _ => self.operand(left, wide.as_ref()),
        };
        let inner = open.ty.known().clone();
        let other = self.operand(right, Some(&inner));
        if open.ty == Type::Error || other.ty == Type::Error {
            let ty = if open.ty == Type::Error {
                other.ty.clone()
            } else {
                inner
            };
            return self.failed_as(span, ty);
        }
        if !open.ty.is_optional() {
            let message = format!("{} is never unknown, `??` has nothing to do", subject(left));
            self.report(Problem::new("always-known", left.span, message).fix(
                "remove the default",
                vec![(Span::new(left.span.end, right.span.end), String::new())],
            ));
            return open;
        }
        self.join_otherwise(open, other, right, span)
    }

    fn join_otherwise(
        &mut self,
        open: hir::Expr,
        other: hir::Expr,
        right: &Expr,
        span: Span,
    ) -> hir::Expr {
        let inner = open.ty.known().clone();
        if inner == Type::Int && *other.ty.known() == Type::Number {
            let target = Type::Number.optional();
            let open = self.coerce(open, &target, span);
            return self.join_otherwise(open, other, right, span);
        }
        let target = if other.ty.is_optional() {
            inner.clone().optional()
        } else {
            inner
        };
        let other = self.coerce(other, &target, right.span);
        if other.ty == Type::Error {
            return self.failed_as(span, target);
        }
        self.make(span, target, Hir::Else(Box::new(open), Box::new(other)))
    }
}

/// A path as the author has to write it.
fn path_text(path: &Expr) -> String {
    match &path.kind {
        ExprKind::Path(names) => {
            let names = names
                .iter()
                .map(|name| journey_grammar::written(&name.text));
            names.collect::<Vec<_>>().join(".")
        }
        _ => subject(path).replace('`', ""),
    }
}

/// What one would write for the unknown case of a type.
fn default_text(world: &World, ty: &Type) -> Option<String> {
    match ty {
        Type::Bool => Some("false".to_owned()),
        Type::Int | Type::Number => Some("0".to_owned()),
        Type::Money(currency) => Some(format!("0 {}", currency.code())),
        Type::Text => Some("\"\"".to_owned()),
        Type::Duration => Some("0 seconds".to_owned()),
        Type::IntIn(low, _) => Some(low.to_string()),
        Type::NumberIn(low, _) => Some(f64::from_bits(*low).to_string()),
        Type::Enum(id) => world.enums.get(id.index()).and_then(|e| {
            let value = e.values.first()?;
            Some(format!("{}.{}", e.name, journey_grammar::written(value)))
        }),
        Type::List(_) => Some("[]".to_owned()),
        Type::Error
        | Type::Time
        | Type::Date
        | Type::Clock
        | Type::Span
        | Type::Timezone
        | Type::Offer(_)
        | Type::Record(_)
        | Type::Optional(_) => None,
    }
}
