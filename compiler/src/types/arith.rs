//! `+ - * / div mod`, unary minus, `date at clock`, `years since`: which types go together, and what comes out.

use super::facts::bare;
use super::fold::{self, Fault};
use super::words::{subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ArithOp, ExprKind as Hir};
use journey_grammar::tree::{BinaryOp, Expr, ExprKind, Span};
use journey_program::types::Type;

/// How operands that go together are taken.
enum Fit {
    /// as they are; the result's type
    Plain(Type),
    /// both as numbers
    Numbers,
    /// the right one as a number: money times or over it
    Right(Type),
    /// the other way round: `3 * 1 hour`, `1 hour + now`
    Turned(Type),
    /// the other way round, and the left one as a number: `2 * 5 EUR`
    TurnedNumber(Type),
}

impl Checker<'_> {
    pub(crate) fn arith(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let hint = expected.filter(|t| matches!(t.known(), Type::Int | Type::Number));
        let a = self.operand(left, hint);
        let a = self.need_known(left, a, None);
        let b = self.operand(right, hint);
        let b = self.need_known(right, b, None);
        let Some((op, sign)) = arith_op(op) else {
            return self.failed(span);
        };
        if a.ty == Type::Error || b.ty == Type::Error {
            return self.failed(span);
        }
        match fit(op, &a.ty, &b.ty) {
            Some(fit) => self.apply(op, fit, a, b, span),
            None => {
                self.report_arith(sign, op, (left, &a), (right, &b), span);
                self.failed(span)
            }
        }
    }

    fn apply(
        &mut self,
        op: ArithOp,
        fit: Fit,
        a: hir::Expr,
        b: hir::Expr,
        span: Span,
    ) -> hir::Expr {
        match fit {
            Fit::Plain(ty) => self.fold_arith(op, ty, a, b, span),
            Fit::Numbers => {
                let (a, b) = (self.widen(a, span), self.widen(b, span));
                self.fold_arith(op, Type::Number, a, b, span)
            }
            Fit::Right(ty) => {
                let b = self.widen(b, span);
                self.fold_arith(op, ty, a, b, span)
            }
            Fit::Turned(ty) => self.fold_arith(op, ty, b, a, span),
            Fit::TurnedNumber(ty) => {
                let a = self.widen(a, span);
                self.fold_arith(op, ty, b, a, span)
            }
        }
    }

    fn fold_arith(
        &mut self,
        op: ArithOp,
        ty: Type,
        a: hir::Expr,
        b: hir::Expr,
        span: Span,
    ) -> hir::Expr {
        if let (Hir::Value(x), Hir::Value(y)) = (&a.kind, &b.kind) {
            match fold::operate(op, x, y) {
                Ok(value) => return self.constant_value(span, ty, value),
                Err(Fault::NotConstant) => {}
                Err(fault) => {
                    self.report_fault(fault, span);
                    return self.failed_as(span, ty);
                }
            }
        }
        self.make(span, ty, Hir::Arith(op, Box::new(a), Box::new(b)))
    }

    fn report_fault(&mut self, fault: Fault, span: Span) {
        let (code, message) = match fault {
            Fault::DivisionByZero => ("division-by-zero", "this divides by zero"),
            Fault::Overflow | Fault::NotConstant => {
                ("constant-overflow", "the value of this is too large")
            }
        };
        self.report(Problem::new(code, span, message));
    }

    fn report_arith(
        &mut self,
        sign: &str,
        op: ArithOp,
        (left, a): (&Expr, &hir::Expr),
        (right, b): (&Expr, &hir::Expr),
        span: Span,
    ) {
        let (a_name, b_name) = (type_name(self.world, &a.ty), type_name(self.world, &b.ty));
        let additive = matches!(op, ArithOp::Add | ArithOp::Sub);
        if additive && matches!((&a.ty, &b.ty), (Type::Money(_), Type::Money(_))) {
            self.report(
                Problem::new(
                    "currency-mismatch",
                    span,
                    format!("`{a_name}` and `{b_name}` don't go together"),
                )
                .help("currencies never mix: there is no exchange rate in a program"),
            );
            return;
        }
        if additive && a.ty == Type::Date && b.ty == Type::Duration {
            self.report_date_duration(right, span);
            return;
        }
        let message = format!("`{sign}` can't take `{a_name}` and `{b_name}`");
        let mut problem = Problem::new("type-mismatch", span, message)
            .label(left.span, format!("`{a_name}`"))
            .label(right.span, format!("`{b_name}`"));
        if op == ArithOp::Add && (a.ty == Type::Text || b.ty == Type::Text) {
            problem = problem.help("texts are joined by interpolation: `\"{a} {b}\"`");
        } else if matches!(op, ArithOp::IntDiv | ArithOp::Mod) {
            problem = problem.help("`div` and `mod` take ints");
        }
        self.report(problem);
    }

    /// A day is 24 hours in a duration, and what the calendar says in a date.
    fn report_date_duration(&mut self, right: &Expr, span: Span) {
        let mut problem = Problem::new(
            "date-needs-span",
            span,
            "a date moves by a span, not by a duration",
        )
        .help("say `1 calendar day`, or make a time of the date with `date at clock`");
        if let ExprKind::Quantity { count, unit, .. } = &bare(right).kind
            && matches!(unit.as_str(), "day" | "week")
        {
            let plural = if count == "1" { "" } else { "s" };
            let text = format!("{count} calendar {unit}{plural}");
            problem = problem.fix(format!("write `{text}`"), vec![(right.span, text)]);
        }
        self.report(problem);
    }

    /// Unary minus; before a literal it is a part of it.
    pub(crate) fn negative(
        &mut self,
        inner: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let value = match &inner.kind {
            ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Money { .. }
            | ExprKind::Quantity { .. } => return self.literal(inner, true),
            _ => self.operand(inner, expected),
        };
        let value = self.need_known(inner, value, None);
        if !matches!(
            value.ty,
            Type::Int | Type::Number | Type::Money(_) | Type::Duration | Type::Error
        ) {
            self.report_type(
                "`-` takes a number, money or a duration",
                &value.ty,
                inner.span,
            );
            return self.failed(span);
        }
        if let Hir::Value(constant) = &value.kind
            && value.ty != Type::Error
        {
            match fold::negative(constant) {
                Ok(turned) => return self.constant_value(span, value.ty, turned),
                Err(fault) => {
                    self.report_fault(fault, span);
                    return self.failed_as(span, value.ty);
                }
            }
        }
        let ty = value.ty.clone();
        self.make(span, ty, Hir::Neg(Box::new(value)))
    }

    /// `date at clock`
    pub(crate) fn date_at(&mut self, left: &Expr, right: &Expr, span: Span) -> hir::Expr {
        let date = self.operand(left, Some(&Type::Date));
        let date = self.fit(left, date, &Type::Date, None);
        let clock = self.operand(right, Some(&Type::Clock));
        let clock = self.fit(right, clock, &Type::Clock, None);
        if date.ty == Type::Error || clock.ty == Type::Error {
            return self.failed_as(span, Type::Time);
        }
        self.make(
            span,
            Type::Time,
            Hir::DateAt(Box::new(date), Box::new(clock)),
        )
    }

    /// `years since DATE`
    pub(crate) fn years_since(&mut self, inner: &Expr, span: Span) -> hir::Expr {
        let date = self.operand(inner, Some(&Type::Date));
        let date = self.need_known(inner, date, None);
        if matches!(self.place, super::Place::Function | super::Place::Constant) {
            let whose = if self.place == super::Place::Function {
                "function"
            } else {
                "constant"
            };
            let message = format!("a {whose} can't read the clock");
            self.report(Problem::new("not-readable-here", span, message));
            return self.failed_as(span, Type::Int);
        }
        match date.ty {
            Type::Error => self.failed_as(span, Type::Int),
            Type::Date => self.make(span, Type::Int, Hir::YearsSince(Box::new(date))),
            ref other => {
                let found = type_name(self.world, other);
                let message = format!(
                    "`years since` counts from a date, {} is `{found}`",
                    subject(inner)
                );
                self.report(Problem::new("type-mismatch", inner.span, message));
                self.failed_as(span, Type::Int)
            }
        }
    }
}

fn arith_op(op: BinaryOp) -> Option<(ArithOp, &'static str)> {
    match op {
        BinaryOp::Add => Some((ArithOp::Add, "+")),
        BinaryOp::Sub => Some((ArithOp::Sub, "-")),
        BinaryOp::Mul => Some((ArithOp::Mul, "*")),
        BinaryOp::Div => Some((ArithOp::Div, "/")),
        BinaryOp::IntDiv => Some((ArithOp::IntDiv, "div")),
        BinaryOp::Mod => Some((ArithOp::Mod, "mod")),
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge
        | BinaryOp::Contains
        | BinaryOp::StartsWith
        | BinaryOp::EndsWith
        | BinaryOp::Else
        | BinaryOp::At => None,
    }
}

fn fit(op: ArithOp, a: &Type, b: &Type) -> Option<Fit> {
    use Type::{Date, Duration, Int, Money, Number, Span as Civil, Time};
    Some(match (op, a, b) {
        (ArithOp::Div, Int | Number, Int | Number) => Fit::Numbers,
        (ArithOp::IntDiv | ArithOp::Mod, Int, Int) => Fit::Plain(Int),
        (ArithOp::IntDiv | ArithOp::Mod, ..) => return None,
        (ArithOp::Add | ArithOp::Sub | ArithOp::Mul, Int, Int) => Fit::Plain(Int),
        (ArithOp::Add | ArithOp::Sub | ArithOp::Mul, Int | Number, Int | Number) => Fit::Numbers,
        (ArithOp::Add | ArithOp::Sub, Money(x), Money(y)) if x == y => Fit::Plain(Money(*x)),
        (ArithOp::Div, Money(x), Money(y)) if x == y => Fit::Plain(Number),
        (ArithOp::Mul | ArithOp::Div, Money(x), Int | Number) => Fit::Right(Money(*x)),
        (ArithOp::Mul, Int | Number, Money(x)) => Fit::TurnedNumber(Money(*x)),
        (ArithOp::Add | ArithOp::Sub, Duration, Duration) => Fit::Plain(Duration),
        (ArithOp::Mul, Duration, Int) => Fit::Plain(Duration),
        (ArithOp::Mul, Int, Duration) => Fit::Turned(Duration),
        (ArithOp::Add | ArithOp::Sub, Time, Duration | Civil) => Fit::Plain(Time),
        (ArithOp::Add, Duration | Civil, Time) => Fit::Turned(Time),
        (ArithOp::Add | ArithOp::Sub, Date, Civil) => Fit::Plain(Date),
        (ArithOp::Add, Civil, Date) => Fit::Turned(Date),
        (ArithOp::Sub, Time, Time) => Fit::Plain(Duration),
        (ArithOp::Sub, Date, Date) => Fit::Plain(Int),
        _ => return None,
    })
}
