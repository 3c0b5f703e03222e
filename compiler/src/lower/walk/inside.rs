//! The expressions directly inside of one: seen, or changed. Written once, as rules for both.

use crate::hir::{Expr, ExprKind, Piece};

/// What is inside, in the order of evaluation: by reference (`iter`), or to be changed (`iter_mut, mut`).
macro_rules! inside {
    ($kind:expr, $see:ident, $iter:ident $(, $mut:tt)?) => { match $kind {
        ExprKind::Value(_)
        | ExprKind::Profile(_)
        | ExprKind::Computed(_)
        | ExprKind::Event
        | ExprKind::Entry
        | ExprKind::Local(_)
        | ExprKind::Consent(..)
        | ExprKind::Muted(_)
        | ExprKind::InAudience(_)
        | ExprKind::Learned(..)
        | ExprKind::Now
        | ExprKind::Today => {}
        ExprKind::History(history) => {
            history.filter.$iter().for_each(&mut *$see);
            let second = history.sequence.$iter().flat_map(|s| &$($mut)? s.filter);
            second.for_each(&mut *$see);
            history
                .keyed
                .$iter()
                .for_each(|(_, outer)| $see(outer));
        }
        ExprKind::Field(a, _)
        | ExprKind::Not(a)
        | ExprKind::Neg(a)
        | ExprKind::Known(a)
        | ExprKind::Narrow(a)
        | ExprKind::Some(a)
        | ExprKind::Widen(a)
        | ExprKind::Matches(a, _)
        | ExprKind::YearsSince(a)
        | ExprKind::Logistic(a)
        | ExprKind::Escape(a) => $see(a),
        ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Else(a, b)
        | ExprKind::Contains(a, b)
        | ExprKind::StartsWith(a, b)
        | ExprKind::EndsWith(a, b)
        | ExprKind::DateAt(a, b) => {
            $see(a);
            $see(b);
        }
        ExprKind::Between(a, b, c) | ExprKind::If(a, b, c) => {
            $see(a);
            $see(b);
            $see(c);
        }
        ExprKind::In(a, items) => {
            $see(a);
            items.$iter().for_each($see);
        }
        ExprKind::Match(a, arms) => {
            $see(a);
            arms.$iter().for_each(|(_, arm)| $see(arm));
        }
        ExprKind::ListQuery(query) => {
            $see(&$($mut)? query.list);
            query.filter.$iter().for_each(&mut *$see);
            query.value.$iter().for_each($see);
        }
        ExprKind::Join(join) => {
            $see(&$($mut)? join.list);
            $see(&$($mut)? join.body);
        }
        ExprKind::List(items)
        | ExprKind::Record(_, items)
        | ExprKind::Call(_, items)
        | ExprKind::Trees(_, items)
        | ExprKind::Least(items)
        | ExprKind::Greatest(items) => items.$iter().for_each($see),
        ExprKind::Concat(pieces) => pieces.$iter().for_each(|piece| match piece {
            Piece::Text(_) => {}
            Piece::Value(value) | Piece::Format(value, _) => $see(value),
        }),
    } };
}

/// The expressions directly inside of one, in the order of evaluation.
pub(crate) fn children<'e>(expr: &'e Expr, see: &mut dyn FnMut(&'e Expr)) {
    inside!(&expr.kind, see, iter);
}

/// The expressions directly inside of one, to be changed.
pub(crate) fn children_mut(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr)) {
    inside!(&mut expr.kind, change, iter_mut, mut);
}
