//! Comparisons, sets and ranges. A count that is compared with a small constant is kept exactly.

use super::coerce::plain;
use super::expr::{constant_of, single};
use super::fold;
use super::words::{subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, CompareOp, ExprKind as Hir, Question};
use journey_grammar::tree::{BinaryOp, Expr, InSet, Span};
use journey_program::plan::HistoryAggregate;
use journey_program::types::{Type, Value};

/// A count compared with a constant up to this keeps the newest instants themselves.
const EXACT_COUNT_MAX: i64 = 32;

impl Checker<'_> {
    pub(crate) fn compare(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> hir::Expr {
        let Some(op) = compare_op(op) else {
            return self.failed_as(span, Type::Bool);
        };
        let (a, b) = self.pair(left, right);
        let a = self.need_known(left, a, Some(span));
        let b = self.need_known(right, b, Some(span));
        if a.ty == Type::Error || b.ty == Type::Error {
            return self.failed_as(span, Type::Bool);
        }
        let ordering = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        match self.comparable((left, a), (right, b), ordering, span) {
            Some((a, b)) => self.compared(op, a, b, span),
            None => self.failed_as(span, Type::Bool),
        }
    }

    /// Both sides, each with the other's type as a hint for enum values and zones.
    fn pair(&mut self, left: &Expr, right: &Expr) -> (hir::Expr, hir::Expr) {
        if self.is_open_name(left) {
            let b = self.operand(right, None);
            let hint = b.ty.known().clone();
            let a = self.operand(left, Some(&hint));
            return (a, b);
        }
        let a = self.operand(left, None);
        let hint = a.ty.known().clone();
        let b = self.operand(right, Some(&hint));
        (a, b)
    }

    /// A bare name, or a text, that takes its meaning from the other side.
    fn is_open_name(&mut self, e: &Expr) -> bool {
        if matches!(
            super::facts::bare(e).kind,
            journey_grammar::tree::ExprKind::Text(_)
        ) {
            return true;
        }
        let Some(name) = single(e) else {
            return false;
        };
        if self.profile_only(&name.text).is_some() {
            return false;
        }
        let (problems, spans) = (self.problems.len(), self.spans.len());
        self.path(std::slice::from_ref(name), e.span, None, false);
        let new = self.problems.get(problems..).unwrap_or_default();
        let unknown = new
            .iter()
            .any(|p| matches!(p.code, "unknown-name" | "unknown-value"));
        self.problems.truncate(problems);
        self.spans.truncate(spans);
        unknown
    }

    /// Operands of one type that can be compared, or a report.
    fn comparable(
        &mut self,
        (left, a): (&Expr, hir::Expr),
        (right, b): (&Expr, hir::Expr),
        ordering: bool,
        span: Span,
    ) -> Option<(hir::Expr, hir::Expr)> {
        let (a_ty, b_ty) = (plain(&a.ty), plain(&b.ty));
        let (a, b) = match (&a_ty, &b_ty) {
            (Type::Int, Type::Number) => (self.widen(a, left.span), b),
            (Type::Number, Type::Int) => {
                let b = self.widen(b, right.span);
                (a, b)
            }
            (x, y) if x == y => (a, b),
            _ => {
                self.report_incomparable((left, &a_ty), (right, &b_ty), span);
                return None;
            }
        };
        let fits = if ordering {
            ordered(&a.ty)
        } else {
            equatable(&a.ty)
        };
        if !fits {
            let found = type_name(self.world, &a.ty);
            let how = if ordering { "ordered" } else { "compared" };
            let message = format!("values of `{found}` can't be {how}");
            self.report(Problem::new("compare-mismatch", span, message));
            return None;
        }
        Some((a, b))
    }

    fn report_incomparable(
        &mut self,
        (left, a): (&Expr, &Type),
        (right, b): (&Expr, &Type),
        span: Span,
    ) {
        let (a_name, b_name) = (type_name(self.world, a), type_name(self.world, b));
        let code = match (a, b) {
            (Type::Money(_), Type::Money(_)) => "currency-mismatch",
            _ => "compare-mismatch",
        };
        let message = format!("`{a_name}` and `{b_name}` can't be compared");
        let mut problem = Problem::new(code, span, message)
            .label(left.span, format!("`{a_name}`"))
            .label(right.span, format!("`{b_name}`"));
        let help = match (a, b) {
            (Type::Money(_), Type::Money(_)) => {
                Some("currencies never mix: there is no exchange rate in a program")
            }
            (Type::Money(_), Type::Int | Type::Number)
            | (Type::Int | Type::Number, Type::Money(_)) => {
                Some("an amount names its currency: `20 EUR`")
            }
            (Type::Date, Type::Time) | (Type::Time, Type::Date) => {
                Some("`date at clock` makes a time of a date; `today` is the date of `now`")
            }
            (Type::Duration, Type::Span) | (Type::Span, Type::Duration) => {
                Some("a span has no fixed length: say it in days or hours")
            }
            (Type::Duration, Type::Int) | (Type::Int, Type::Duration) => {
                Some("a duration names its unit: `3 days`")
            }
            _ => None,
        };
        if let Some(help) = help {
            problem = problem.help(help);
        }
        self.report(problem);
    }

    pub(crate) fn compared(
        &mut self,
        op: CompareOp,
        mut a: hir::Expr,
        mut b: hir::Expr,
        span: Span,
    ) -> hir::Expr {
        if let (Hir::Value(x), Hir::Value(y)) = (&a.kind, &b.kind)
            && let Some(truth) = fold::compare(op, x, y)
        {
            return self.constant_value(span, Type::Bool, Value::Bool(truth));
        }
        keep_exactly(&mut a, std::slice::from_ref(&b));
        keep_exactly(&mut b, std::slice::from_ref(&a));
        self.make(span, Type::Bool, Hir::Compare(op, Box::new(a), Box::new(b)))
    }

    /// `in […]`, `in a..b`, `between a and b`, `in LIST`, and their negations
    pub(crate) fn within(
        &mut self,
        value: &Expr,
        set: &InSet,
        negated: bool,
        span: Span,
    ) -> hir::Expr {
        let inside = match set {
            InSet::Missing(_) => {
                self.operand(value, None);
                return self.failed_as(span, Type::Bool);
            }
            InSet::List(items) => self.in_list(value, items, span),
            InSet::Range(low, high) => self.in_range(value, low, high, span),
            InSet::Expr(list) => self.in_expr(value, list, span),
        };
        if negated {
            self.negate(inside, span)
        } else {
            inside
        }
    }

    fn in_list(&mut self, value: &Expr, items: &[Expr], span: Span) -> hir::Expr {
        let subject = self.operand(value, None);
        let subject = self.need_known(value, subject, Some(span));
        let hint = subject.ty.clone();
        let mut any_number = hint == Type::Number;
        let mut checked = Vec::with_capacity(items.len());
        for item in items {
            let e = self.operand(item, Some(&hint));
            any_number |= hint == Type::Int && *e.ty.known() == Type::Number;
            checked.push(e);
        }
        let mut subject = subject;
        if any_number && hint == Type::Int {
            subject = self.widen(subject, value.span);
        }
        let due = subject.ty.clone();
        let mut all = Vec::with_capacity(checked.len());
        let mut failed = due == Type::Error;
        for (item, e) in items.iter().zip(checked) {
            let e = self.fit(item, e, &due, Some(span));
            failed |= e.ty == Type::Error;
            all.push(e);
        }
        if !failed && !equatable(&due) {
            let found = type_name(self.world, &due);
            let message = format!("values of `{found}` can't be compared");
            self.report(Problem::new("compare-mismatch", span, message));
            failed = true;
        }
        if failed {
            return self.failed_as(span, Type::Bool);
        }
        keep_exactly(&mut subject, &all);
        self.make(span, Type::Bool, Hir::In(Box::new(subject), all))
    }

    fn in_range(&mut self, value: &Expr, low: &Expr, high: &Expr, span: Span) -> hir::Expr {
        let subject = self.operand(value, None);
        let subject = self.need_known(value, subject, Some(span));
        let hint = subject.ty.clone();
        let a = self.operand(low, Some(&hint));
        let a = self.need_known(low, a, Some(span));
        let b = self.operand(high, Some(&hint));
        let b = self.need_known(high, b, Some(span));
        if [&subject.ty, &a.ty, &b.ty].contains(&&Type::Error) {
            return self.failed_as(span, Type::Bool);
        }
        let Some((subject, a)) = self.comparable((value, subject), (low, a), true, span) else {
            return self.failed_as(span, Type::Bool);
        };
        let Some((mut subject, b)) = self.comparable((value, subject), (high, b), true, span)
        else {
            return self.failed_as(span, Type::Bool);
        };
        // the upper bound may have made a number of the value
        let a = if subject.ty == Type::Number {
            self.widen(a, low.span)
        } else {
            a
        };
        if let (Some(x), Some(y)) = (constant_of(&a), constant_of(&b))
            && fold::order(&x, &y).is_some_and(std::cmp::Ordering::is_gt)
        {
            self.report(
                Problem::new(
                    "empty-range",
                    low.span.to(high.span),
                    "nothing lies in this range",
                )
                .help("the lower bound comes first"),
            );
        }
        if self.is_watched() && super::watched::reads_clock([&subject, &a, &b]) {
            let from = self.compared(CompareOp::Ge, subject.clone(), a, span);
            let to = self.compared(CompareOp::Le, subject, b, span);
            return self.combine(true, vec![from, to], span);
        }
        keep_exactly(&mut subject, &[a.clone(), b.clone()]);
        let kind = Hir::Between(Box::new(subject), Box::new(a), Box::new(b));
        self.make(span, Type::Bool, kind)
    }

    fn in_expr(&mut self, value: &Expr, list: &Expr, span: Span) -> hir::Expr {
        let items = self.operand(list, None);
        let items = self.need_known(list, items, Some(span));
        let due = match &items.ty {
            Type::List(item) => plain(item),
            Type::Error => Type::Error,
            other => {
                let found = type_name(self.world, other);
                let message = format!(
                    "`in` asks a list or a range, {} is `{found}`",
                    subject(list)
                );
                self.report(Problem::new("type-mismatch", list.span, message));
                Type::Error
            }
        };
        let item = self.operand(value, Some(&due));
        let item = self.fit(value, item, &due, Some(span));
        if items.ty == Type::Error || item.ty == Type::Error {
            return self.failed_as(span, Type::Bool);
        }
        self.make(
            span,
            Type::Bool,
            Hir::Contains(Box::new(items), Box::new(item)),
        )
    }
}

/// A bare `count` beside small constants keeps as many instants as it takes to tell them apart.
fn keep_exactly(e: &mut hir::Expr, others: &[hir::Expr]) {
    let Hir::History(history) = &mut e.kind else {
        return;
    };
    if history.question != Question::Aggregate(HistoryAggregate::Count) || others.is_empty() {
        return;
    }
    let mut most = 0;
    for other in others {
        match &other.kind {
            Hir::Value(Value::Int(n)) => most = most.max(*n),
            _ => return,
        }
    }
    if most <= EXACT_COUNT_MAX
        && let Ok(most) = u32::try_from(most)
    {
        history.exact = most + 1;
    }
}

pub(crate) fn equatable(ty: &Type) -> bool {
    ordered(ty) || matches!(ty, Type::Bool | Type::Timezone | Type::Offer(_))
}

pub(crate) fn ordered(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int
            | Type::Number
            | Type::Money(_)
            | Type::Text
            | Type::Time
            | Type::Date
            | Type::Clock
            | Type::Duration
            | Type::Enum(_)
    )
}

fn compare_op(op: BinaryOp) -> Option<CompareOp> {
    match op {
        BinaryOp::Eq => Some(CompareOp::Eq),
        BinaryOp::Ne => Some(CompareOp::Ne),
        BinaryOp::Lt => Some(CompareOp::Lt),
        BinaryOp::Le => Some(CompareOp::Le),
        BinaryOp::Gt => Some(CompareOp::Gt),
        BinaryOp::Ge => Some(CompareOp::Ge),
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Contains
        | BinaryOp::StartsWith
        | BinaryOp::EndsWith
        | BinaryOp::Else
        | BinaryOp::At
        | BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::IntDiv
        | BinaryOp::Mod => None,
    }
}
