//! The few conversions there are: `int` to `number`, a `T` where a `T?` is due, a range into a wider one.

use super::facts::narrow;
use super::range::{in_int_range, in_number_range};
use super::words::{subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir};
use journey_grammar::tree::{Expr, Span};
use journey_program::types::{Type, Value};

/// Without its range, also below a `?`: an `int in 0..10` is an `int` once it is read.
pub(crate) fn plain(ty: &Type) -> Type {
    match ty {
        Type::Optional(inner) => inner.base().optional(),
        other => other.base(),
    }
}

/// Whether every value of one type is a value of the other, with no conversion.
pub(crate) fn fits(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Error, _) | (_, Type::Error) => true,
        (Type::IntIn(..), Type::Int) | (Type::NumberIn(..), Type::Number) => true,
        (Type::IntIn(a, b), Type::IntIn(low, high)) => low <= a && b <= high,
        (Type::NumberIn(a, b), Type::NumberIn(low, high)) => {
            f64::from_bits(*low) <= f64::from_bits(*a)
                && f64::from_bits(*b) <= f64::from_bits(*high)
        }
        (Type::List(from), Type::List(to)) | (Type::Optional(from), Type::Optional(to)) => {
            fits(from, to)
        }
        (from, to) => from == to,
    }
}

impl Checker<'_> {
    /// The value as one of type `to`, or a report.
    pub fn coerce(&mut self, e: hir::Expr, to: &Type, span: Span) -> hir::Expr {
        self.convert(None, e, to, span, None)
    }

    /// As `coerce`, where the tree is at hand: it gives the messages their names.
    pub(crate) fn fit(
        &mut self,
        tree: &Expr,
        e: hir::Expr,
        to: &Type,
        within: Option<Span>,
    ) -> hir::Expr {
        self.convert(Some(tree), e, to, tree.span, within)
    }

    fn convert(
        &mut self,
        tree: Option<&Expr>,
        e: hir::Expr,
        to: &Type,
        span: Span,
        within: Option<Span>,
    ) -> hir::Expr {
        let target = plain(to);
        if e.ty == Type::Error || target == Type::Error {
            return e;
        }
        if fits(&e.ty, &target) || fits(&e.ty, to) {
            return self.ranged(tree, e, to, span);
        }
        match (&e.ty, &target) {
            (Type::Int, Type::Number) => {
                let wide = self.widen(e, span);
                self.ranged(tree, wide, to, span)
            }
            (Type::Optional(from), Type::Optional(inner))
                if **from == Type::Int && **inner == Type::Number =>
            {
                self.widen_optional(e, span)
            }
            (Type::Offer(from), Type::Offer(to)) if self.world.any_offer == Some(*to) => {
                let (from, to) = (*from, *to);
                self.widen_offer(e, from, to, span)
            }
            (Type::Optional(from), Type::Optional(inner)) if self.is_wider_offer(from, inner) => {
                self.widen_known(e, inner, span)
            }
            (Type::Optional(from), _) if !target.is_optional() && convertible(from, &target) => {
                self.report_maybe_unknown(tree, span, &e.ty, within);
                self.convert(tree, narrow(e), to, span, within)
            }
            (_, Type::Optional(_)) if !e.ty.is_optional() => {
                let inner = self.convert(tree, e, to.known(), span, within);
                if inner.ty == Type::Error {
                    return inner;
                }
                let ty = inner.ty.clone().optional();
                self.make(span, ty, Hir::Some(Box::new(inner)))
            }
            _ => {
                self.report_mismatch(tree, &e.ty, to, span);
                self.failed(span)
            }
        }
    }

    /// A value that is due inside a range.
    fn ranged(&mut self, tree: Option<&Expr>, e: hir::Expr, to: &Type, span: Span) -> hir::Expr {
        let inside = match to.known() {
            Type::IntIn(low, high) => in_int_range(self.world, &self.locals, &e, *low, *high),
            Type::NumberIn(low, high) => in_number_range(
                self.world,
                &self.locals,
                &e,
                f64::from_bits(*low),
                f64::from_bits(*high),
            ),
            _ => true,
        };
        if !inside {
            let due = type_name(self.world, to.known());
            let words = tree.map_or_else(|| "this".to_owned(), subject);
            let problem = match &e.kind {
                Hir::Value(Value::Int(n)) => {
                    Problem::new("out-of-range", span, format!("`{n}` is outside of `{due}`"))
                }
                Hir::Value(Value::Number(n)) => {
                    Problem::new("out-of-range", span, format!("`{n}` is outside of `{due}`"))
                }
                _ => Problem::new(
                    "out-of-range",
                    span,
                    format!("{words} may be outside of `{due}`"),
                )
                .help("keep it inside with `least(greatest(x, low), high)`"),
            };
            self.report(problem);
        }
        e
    }

    /// int → number
    pub(crate) fn widen(&mut self, e: hir::Expr, span: Span) -> hir::Expr {
        if e.ty != Type::Int {
            return e;
        }
        match &e.kind {
            Hir::Value(Value::Int(n)) => match super::fold::exact_number(*n) {
                Some(number) => self.constant_value(span, Type::Number, Value::Number(number)),
                None => {
                    self.report(Problem::new(
                        "number-too-large",
                        span,
                        format!("`{n}` is too large for an exact number (2^53)"),
                    ));
                    self.failed_as(span, Type::Number)
                }
            },
            _ => self.make(span, Type::Number, Hir::Widen(Box::new(e))),
        }
    }

    /// An offer of one type where one of any is due.
    fn is_wider_offer(&self, from: &Type, to: &Type) -> bool {
        match (from, to) {
            (Type::Offer(_), Type::Offer(to)) => self.world.any_offer == Some(*to),
            _ => false,
        }
    }

    /// gift? → offer?
    fn widen_known(&mut self, e: hir::Expr, to: &Type, span: Span) -> hir::Expr {
        let ty = to.clone().optional();
        let known = self.make(span, Type::Bool, Hir::Known(Box::new(e.clone())));
        let wide = self.coerce(narrow(e), to, span);
        let then = self.make(span, ty.clone(), Hir::Some(Box::new(wide)));
        let otherwise = self.constant_value(span, ty.clone(), Value::Unknown);
        self.make(
            span,
            ty,
            Hir::If(Box::new(known), Box::new(then), Box::new(otherwise)),
        )
    }

    /// int? → number?
    fn widen_optional(&mut self, e: hir::Expr, span: Span) -> hir::Expr {
        let ty = Type::Number.optional();
        if let Hir::Some(inner) = e.kind {
            let inner = self.widen(*inner, span);
            return self.make(span, ty, Hir::Some(Box::new(inner)));
        }
        let known = self.make(span, Type::Bool, Hir::Known(Box::new(e.clone())));
        let wide = self.widen(narrow(e), span);
        let then = self.make(span, ty.clone(), Hir::Some(Box::new(wide)));
        let otherwise = self.constant_value(span, ty.clone(), Value::Unknown);
        self.make(
            span,
            ty,
            Hir::If(Box::new(known), Box::new(then), Box::new(otherwise)),
        )
    }

    pub(crate) fn report_mismatch(
        &mut self,
        tree: Option<&Expr>,
        found: &Type,
        due: &Type,
        span: Span,
    ) {
        let words = tree.map_or_else(|| "this".to_owned(), subject);
        let (found_name, due_name) = (type_name(self.world, found), type_name(self.world, due));
        if let (Type::Money(a), Type::Money(b)) = (found.known(), due.known()) {
            self.report(
                Problem::new(
                    "currency-mismatch",
                    span,
                    format!("`{}` is due here, {words} is `{}`", b.code(), a.code()),
                )
                .help("currencies never mix: there is no exchange rate in a program"),
            );
            return;
        }
        let mut problem = Problem::new(
            "type-mismatch",
            span,
            format!("`{due_name}` is due here, {words} is `{found_name}`"),
        );
        if let Some(help) = mismatch_help(found.known(), due.known()) {
            problem = problem.help(help);
        }
        self.report(problem);
    }

    /// One type for two branches, or none that both have. Unknown in one is unknown in both.
    pub(crate) fn join(&self, a: &Type, b: &Type) -> Option<Type> {
        let wide = a.is_optional() || b.is_optional();
        let inner = match (a.known().base(), b.known().base()) {
            (Type::Error, other) | (other, Type::Error) => other,
            (Type::Int, Type::Number) | (Type::Number, Type::Int) => Type::Number,
            (a, b) if fits(&a, &b) => b,
            (a, b) if fits(&b, &a) => a,
            (Type::Offer(_), Type::Offer(_)) => Type::Offer(self.world.any_offer?),
            _ => return None,
        };
        Some(if wide { inner.optional() } else { inner })
    }
}

/// Whether one type would serve as the other if it were known.
fn convertible(from: &Type, to: &Type) -> bool {
    fits(from, to) || matches!((from, to), (Type::Int | Type::IntIn(..), Type::Number))
}

fn mismatch_help(found: &Type, due: &Type) -> Option<&'static str> {
    match (found, due) {
        (Type::Number, Type::Int) => Some("`a div b` divides ints to an int"),
        (Type::Date, Type::Time) => Some("`date at clock` makes a time of a date"),
        (Type::Duration, Type::Span) => Some("`1 calendar day` is a span"),
        (Type::Span, Type::Duration) => Some("a span has no fixed length: say it in days or hours"),
        (Type::Int | Type::Number, Type::Money(_)) => {
            Some("an amount names its currency: `20 EUR`")
        }
        (Type::Text, Type::Timezone) => {
            Some("a zone is a literal such as `\"Europe/London\"`, or data")
        }
        _ => None,
    }
}
