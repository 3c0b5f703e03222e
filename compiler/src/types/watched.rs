//! What is watched changes with time at instants that can be computed: time stands only where an instant can
//! be solved for. Everything else is `time-not-solvable`.

use super::{Checker, Problem};
use crate::hir::{ArithOp, Expr, ExprKind as Hir, Piece};

impl Checker<'_> {
    /// Reports the clock where it stands outside of a comparison that can be solved.
    pub(crate) fn solvable(&mut self, e: &Expr) {
        let mut found = Vec::new();
        search(e, &mut found);
        for node in found {
            let span = usize::try_from(node.0)
                .ok()
                .and_then(|i| self.spans.get(i))
                .copied();
            self.report(
                Problem::new(
                    "time-not-solvable",
                    span.unwrap_or_default(),
                    "when this changes can't be computed ahead",
                )
                .help(
                    "what is watched compares `now` or `today` with a stored time, `years since` with \
                     a constant, or asks a history",
                ),
            );
        }
    }
}

/// Whether one of the expressions reads the clock.
pub(crate) fn reads_clock<'e>(all: impl IntoIterator<Item = &'e Expr>) -> bool {
    let mut todo: Vec<&Expr> = all.into_iter().collect();
    while let Some(e) = todo.pop() {
        if matches!(e.kind, Hir::Now | Hir::Today | Hir::YearsSince(_)) {
            return true;
        }
        todo.extend(children(e));
    }
    false
}

/// Every use of the clock that can't be solved for.
fn search(e: &Expr, found: &mut Vec<crate::hir::NodeId>) {
    match &e.kind {
        Hir::Now | Hir::Today | Hir::YearsSince(_) => found.push(e.node),
        Hir::Compare(_, a, b) if is_solvable(a, b) || is_solvable(b, a) => {}
        Hir::Compare(_, a, b) => {
            // one mistake, however often the comparison reads the clock
            let before = found.len();
            search(a, found);
            search(b, found);
            found.truncate(before + 1);
        }
        Hir::ListQuery(query) => {
            search(&query.list, found);
            // each element would have an instant of its own
            for part in query.filter.iter().chain(&query.value) {
                if reads_clock([part]) {
                    found.push(part.node);
                }
            }
        }
        _ => {
            for child in children(e) {
                search(child, found);
            }
        }
    }
}

/// `now ± constant` against what is stored; `years since F` against a constant.
fn is_solvable(clock: &Expr, stored: &Expr) -> bool {
    match &clock.kind {
        Hir::YearsSince(date) => !reads_clock([&**date]) && matches!(stored.kind, Hir::Value(_)),
        _ => is_moving(clock) && !reads_clock([stored]),
    }
}

fn is_moving(e: &Expr) -> bool {
    let mut at = e;
    loop {
        match &at.kind {
            Hir::Now | Hir::Today => return true,
            Hir::Arith(ArithOp::Add | ArithOp::Sub, a, b) if matches!(b.kind, Hir::Value(_)) => {
                at = a;
            }
            _ => return false,
        }
    }
}

/// The expressions right below one.
pub(crate) fn children(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        Hir::Value(_)
        | Hir::Profile(_)
        | Hir::Computed(_)
        | Hir::Event
        | Hir::Entry
        | Hir::Local(_)
        | Hir::Consent(..)
        | Hir::InAudience(_)
        | Hir::Now
        | Hir::Today => Vec::new(),
        // its `where` runs when an event comes, not when time passes
        Hir::History(history) => history.keyed.iter().map(|(_, outer)| outer).collect(),
        Hir::Field(a, _)
        | Hir::Not(a)
        | Hir::Neg(a)
        | Hir::Known(a)
        | Hir::Narrow(a)
        | Hir::Some(a)
        | Hir::Widen(a)
        | Hir::Matches(a, _)
        | Hir::YearsSince(a) => vec![a],
        Hir::And(a, b)
        | Hir::Or(a, b)
        | Hir::Compare(_, a, b)
        | Hir::Arith(_, a, b)
        | Hir::Else(a, b)
        | Hir::Contains(a, b)
        | Hir::StartsWith(a, b)
        | Hir::EndsWith(a, b)
        | Hir::DateAt(a, b) => vec![a, b],
        Hir::Between(a, b, c) | Hir::If(a, b, c) => vec![a, b, c],
        Hir::In(a, items) => std::iter::once(&**a).chain(items).collect(),
        Hir::Match(a, arms) => std::iter::once(&**a)
            .chain(arms.iter().map(|(_, value)| value))
            .collect(),
        Hir::ListQuery(query) => std::iter::once(&query.list)
            .chain(&query.filter)
            .chain(&query.value)
            .collect(),
        Hir::List(items)
        | Hir::Record(_, items)
        | Hir::Call(_, items)
        | Hir::Least(items)
        | Hir::Greatest(items) => items.iter().collect(),
        Hir::Concat(pieces) => pieces
            .iter()
            .filter_map(|p| match p {
                Piece::Text(_) => None,
                Piece::Value(e) | Piece::Format(e, _) => Some(e),
            })
            .collect(),
    }
}
