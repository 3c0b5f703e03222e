//! Lists: literals, and questions about their elements.

use super::coerce::plain;
use super::compare::{equatable, ordered};
use super::expr::constant_of;
use super::words::{dotted, subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir, ListAggregate};
use journey_grammar::tree::{Aggregate, BinaryOp, Expr, ExprKind, ListQuery, Span};
use journey_program::types::{Type, Value};

impl Checker<'_> {
    /// `[a, b]`
    pub(crate) fn list_literal(
        &mut self,
        items: &[Expr],
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let mut due = match expected.map(Type::known) {
            Some(Type::List(item)) => Some((**item).clone()),
            _ => None,
        };
        let mut checked = Vec::with_capacity(items.len());
        for item in items {
            let value = self.infer(item, due.as_ref());
            if due.is_none() && value.ty != Type::Error {
                due = Some(plain(value.ty.known()));
            } else if due == Some(Type::Int)
                && *value.ty.known() == Type::Number
                && !expected.is_some_and(|t| matches!(t.known(), Type::List(_)))
            {
                due = Some(Type::Number);
            }
            checked.push(value);
        }
        let Some(due) = due else {
            if items.is_empty() && !expected.is_some_and(|t| *t.known() == Type::Error) {
                self.report(
                    Problem::new("empty-list", span, "nothing says what this list holds")
                        .help("name its type where it is declared: `list<text>`"),
                );
            }
            return self.failed(span);
        };
        let mut all = Vec::with_capacity(checked.len());
        let mut failed = false;
        for (item, value) in items.iter().zip(checked) {
            let value = self.fit(item, value, &due, None);
            failed |= value.ty == Type::Error;
            all.push(value);
        }
        let ty = Type::List(Box::new(due));
        if failed {
            return self.failed_as(span, ty);
        }
        match all.iter().map(constant_of).collect::<Option<Vec<Value>>>() {
            Some(values) => self.constant_value(span, ty, Value::List(values)),
            None => self.make(span, ty, Hir::List(all)),
        }
    }

    /// `any x in items where …`, `sum x.price in items`
    pub(crate) fn list_query(&mut self, query: &ListQuery, span: Span, paren: bool) -> hir::Expr {
        if !paren && query.filter.as_ref().is_some_and(is_loose) {
            self.report_runs_on(span);
        }
        let list = self.operand(&query.list, None);
        let list = self.need_known(&query.list, list, None);
        let item = match &list.ty {
            Type::List(item) => (**item).clone(),
            Type::Error => Type::Error,
            other => {
                let found = type_name(self.world, other);
                let words = subject(&query.list);
                let message = format!("a list is due here, {words} is `{found}`");
                self.report(Problem::new("type-mismatch", query.list.span, message));
                Type::Error
            }
        };
        let scope = (self.scope.locals.len(), self.scope.known.len());
        self.read(&query.binder, super::Meaning::Binds, item.clone());
        let binder = self.declare(&query.binder.text, item.clone());
        self.binders.push(binder);
        let filter = query.filter.as_ref().map(|filter| {
            let checked = self.infer_bool(filter);
            self.assume(filter, true);
            checked
        });
        let value = self.query_value(query, binder, &item);
        self.scope.locals.truncate(scope.0);
        self.scope.known.truncate(scope.1);
        self.build_query(query, binder, list, filter, value, span)
    }

    /// What is summed, averaged, …: the element or its field.
    fn query_value(&mut self, query: &ListQuery, binder: hir::LocalId, item: &Type) -> hir::Expr {
        let mut value = self.make(query.binder.span, plain(item), Hir::Local(binder));
        for name in &query.field {
            if value.ty.is_optional() {
                value = self.narrowed(value);
            }
            if value.ty.is_optional() {
                self.report_maybe_unknown(None, name.span, &value.ty.clone(), None);
                value = super::facts::narrow(value);
            }
            value = self.field(value, name);
        }
        self.narrowed(value)
    }

    fn build_query(
        &mut self,
        query: &ListQuery,
        binder: hir::LocalId,
        list: hir::Expr,
        filter: Option<hir::Expr>,
        value: hir::Expr,
        span: Span,
    ) -> hir::Expr {
        let Some(aggregate) = list_aggregate(query.aggregate) else {
            let word = aggregate_word(query.aggregate);
            let message = format!("`{word}` asks what a person did, not a list");
            self.report(Problem::new("bad-query", span, message));
            return self.failed(span);
        };
        let plain = match aggregate {
            ListAggregate::Any | ListAggregate::All => Some(Type::Bool),
            ListAggregate::Count => Some(Type::Int),
            _ => None,
        };
        let asked = match &plain {
            Some(ty) => {
                self.check_plain_query(query, span);
                Some((ty.clone(), None))
            }
            None => self.query_aggregate(query, aggregate, value),
        };
        let Some((ty, value)) = asked.filter(|_| list.ty != Type::Error) else {
            return self.failed_as(span, plain.unwrap_or(Type::Error));
        };
        let query_hir = hir::ListQuery {
            aggregate,
            binder,
            list,
            filter,
            value,
        };
        let asked = self.make(span, ty, Hir::ListQuery(Box::new(query_hir)));
        if query.aggregate == Aggregate::No {
            self.negate(asked, span)
        } else {
            asked
        }
    }

    /// The type of what is summed, averaged, …, and the value that it is taken of.
    fn query_aggregate(
        &mut self,
        query: &ListQuery,
        aggregate: ListAggregate,
        value: hir::Expr,
    ) -> Option<(Type, Option<hir::Expr>)> {
        if value.ty == Type::Error {
            return None;
        }
        let at = query.field.last().map_or(query.binder.span, |n| n.span);
        let one = matches!(aggregate, ListAggregate::First | ListAggregate::Last);
        let value = if value.ty.is_optional() && !one {
            self.report_maybe_unknown(None, at, &value.ty.clone(), None);
            super::facts::narrow(value)
        } else {
            value
        };
        let ty = self.aggregate_type(aggregate_word(query.aggregate), &value.ty, at)?;
        // the first or last element needs no value of its own
        Some((ty, Some(value).filter(|_| !(one && query.field.is_empty()))))
    }

    fn check_plain_query(&mut self, query: &ListQuery, span: Span) {
        let word = aggregate_word(query.aggregate);
        if let (Some(first), Some(last)) = (query.field.first(), query.field.last()) {
            let binder = &query.binder.text;
            self.report(
                Problem::new(
                    "bad-query",
                    first.span.to(last.span),
                    format!("`{word}` asks for elements, not for a field of them"),
                )
                .help(format!(
                    "write `{word} {binder} in …`, with a `where` on `{binder}.{}`",
                    dotted(&query.field)
                )),
            );
        }
        if query.aggregate == Aggregate::All && query.filter.is_none() {
            self.report(
                Problem::new("bad-query", span, "`all` says of what: it takes a `where`")
                    .help("without one it holds for every list"),
            );
        }
    }

    /// The type of an aggregate over values of a type; shared with histories.
    pub(crate) fn aggregate_type(&mut self, word: &str, ty: &Type, at: Span) -> Option<Type> {
        let inner = plain(ty.known());
        let summed = matches!(
            inner,
            Type::Int | Type::Number | Type::Money(_) | Type::Duration
        );
        let (fits, result) = match word {
            "sum" => (summed, inner.clone()),
            "avg" if inner == Type::Int => (true, Type::Number.optional()),
            "avg" => (summed, inner.clone().optional()),
            "min" | "max" => (ordered(&inner), inner.clone().optional()),
            "first" | "last" => (true, inner.clone().optional()),
            "distinct" => (equatable(&inner), Type::Int),
            "top" => (equatable(&inner), inner.clone().optional()),
            _ => (false, Type::Error),
        };
        if fits {
            return Some(result);
        }
        let found = type_name(self.world, &inner);
        let message = format!("`{word}` can't take values of `{found}`");
        self.report(Problem::new("bad-query", at, message));
        None
    }
}

fn list_aggregate(aggregate: Aggregate) -> Option<ListAggregate> {
    match aggregate {
        Aggregate::Any | Aggregate::No => Some(ListAggregate::Any),
        Aggregate::All => Some(ListAggregate::All),
        Aggregate::Count => Some(ListAggregate::Count),
        Aggregate::Sum => Some(ListAggregate::Sum),
        Aggregate::Avg => Some(ListAggregate::Avg),
        Aggregate::Min => Some(ListAggregate::Min),
        Aggregate::Max => Some(ListAggregate::Max),
        Aggregate::First => Some(ListAggregate::First),
        Aggregate::Last => Some(ListAggregate::Last),
        Aggregate::Distinct
        | Aggregate::Top
        | Aggregate::DecayedSum
        | Aggregate::DecayedCount
        | Aggregate::AvgGap
        | Aggregate::MedianGap => None,
    }
}

pub(crate) fn aggregate_word(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Any => "any",
        Aggregate::No => "no",
        Aggregate::All => "all",
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::First => "first",
        Aggregate::Last => "last",
        Aggregate::Distinct => "distinct",
        Aggregate::Top => "top",
        Aggregate::DecayedSum => "decayed sum",
        Aggregate::DecayedCount => "decayed count",
        Aggregate::AvgGap => "avg gap",
        Aggregate::MedianGap => "median gap",
    }
}

/// Whether a `where` holds `??`, `and` or `or` outside of parentheses.
pub(crate) fn is_loose(filter: &Expr) -> bool {
    let mut todo = vec![filter];
    while let Some(e) = todo.pop() {
        match &e.kind {
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or | BinaryOp::Else, ..) => return true,
            ExprKind::Binary(_, left, right) => todo.extend([&**left, &**right]),
            ExprKind::Unary(_, inner) | ExprKind::Field(inner, _) => todo.push(inner),
            ExprKind::Matches(value, _) | ExprKind::In { value, .. } => todo.push(value),
            ExprKind::Missing
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Money { .. }
            | ExprKind::Text(_)
            | ExprKind::Time(_)
            | ExprKind::Date(_)
            | ExprKind::Clock(_)
            | ExprKind::Quantity { .. }
            | ExprKind::List(_)
            | ExprKind::Path(_)
            | ExprKind::Call(..)
            | ExprKind::If { .. }
            | ExprKind::Match { .. }
            | ExprKind::ListQuery(_)
            | ExprKind::History(_)
            | ExprKind::Paren(_) => {}
        }
    }
    false
}
