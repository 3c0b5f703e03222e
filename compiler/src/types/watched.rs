//! What is watched changes with time at instants that can be computed: time stands only where an instant can
//! be solved for. Everything else is `time-not-solvable`.

use super::{Checker, Problem};
use crate::hir::{ArithOp, CompareOp, Expr, ExprKind as Hir, Piece};

impl Checker<'_> {
    /// Reports the clock where it stands outside of a comparison that can be solved.
    pub(crate) fn solvable(&mut self, e: &Expr) {
        let mut found = Vec::new();
        // the whole value of a computed field may be a score: whoever reads it is asked again
        if !matches!(&e.kind, Hir::History(h) if h.half_life > 0 && h.keyed.is_none()) {
            self.search(e, &mut found);
        }
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
                    "what is watched compares `now` or `today` with a stored time, `years since` or a \
                     `decayed` score with a constant, or asks a history",
                ),
            );
        }
    }

    /// Every use of the clock that can't be solved for.
    fn search(&self, e: &Expr, found: &mut Vec<crate::hir::NodeId>) {
        match &e.kind {
            Hir::Now | Hir::Today | Hir::YearsSince(_) => found.push(e.node),
            Hir::History(_) | Hir::Computed(_) if self.decays(e) => found.push(e.node),
            // by a value of the profile: its instant would be another for each value
            Hir::History(h) if h.half_life > 0 => found.push(e.node),
            Hir::Compare(op, a, b) if self.is_score(*op, a, b) || self.is_score(*op, b, a) => {}
            Hir::Between(a, low, high)
                if self.decays(a) && [low, high].iter().all(|e| is_constant(e)) => {}
            Hir::Compare(_, a, b) if is_solvable(a, b) || is_solvable(b, a) => {}
            Hir::Compare(_, a, b) => {
                // one mistake, however often the comparison reads the clock
                let before = found.len();
                self.search(a, found);
                self.search(b, found);
                found.truncate(before + 1);
            }
            Hir::ListQuery(query) => {
                self.search(&query.list, found);
                // each element would have an instant of its own
                for part in query.filter.iter().chain(&query.value) {
                    if reads_clock([part]) {
                        found.push(part.node);
                    }
                }
            }
            _ => {
                for child in children(e) {
                    self.search(child, found);
                }
            }
        }
    }

    /// A `decayed` score compared with a constant by order.
    fn is_score(&self, op: CompareOp, score: &Expr, bound: &Expr) -> bool {
        let by_order = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        by_order && self.decays(score) && is_constant(bound)
    }

    /// A question that decays, or the computed field that names one.
    fn decays(&self, e: &Expr) -> bool {
        match &e.kind {
            Hir::History(history) => history.half_life > 0 && history.keyed.is_none(),
            Hir::Computed(number) => self.world.profile.scores.contains(number),
            _ => false,
        }
    }
}

fn is_constant(e: &Expr) -> bool {
    match &e.kind {
        Hir::Value(_) => true,
        Hir::Widen(inner) => is_constant(inner),
        _ => false,
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
        | Hir::Learned(..)
        | Hir::Profile(_)
        | Hir::Computed(_)
        | Hir::Event
        | Hir::Entry
        | Hir::Local(_)
        | Hir::Consent(..)
        | Hir::Muted(_)
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
        | Hir::YearsSince(a)
        | Hir::Escape(a)
        | Hir::Logistic(a) => vec![a],
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
        Hir::Join(join) => vec![&join.list, &join.body],
        Hir::List(items)
        | Hir::Record(_, items)
        | Hir::Trees(_, items)
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
