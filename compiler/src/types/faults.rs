//! Whether arithmetic may fault: from literals, declared ranges and counts, by intervals. A computed field whose
//! type nobody wrote is a `T?` where it may, since a fault makes it unknown.
//!
//! Not looked at: what is too long for a text or a list, dates beyond the calendar, ints above 2^53 that are no
//! operand. Such a fault is that of the field's reader, unless its type is a `T?` anyway.

use super::Checker;
use super::range::declared;
use crate::hir::{
    ArithOp, CompareOp, Expr, ExprKind as Hir, History, ListAggregate, ListQuery, NodeId, Question,
};
use crate::lower::walk;
use crate::world::World;
use journey_program::plan::HistoryAggregate;
use journey_program::types::{Type, Value};

/// Of one person, in all their life.
const EVENTS_MAX: f64 = 4_294_967_296.0;
/// Ints, minor units and milliseconds beyond this may overflow with one more operation.
const INT_MAX: f64 = 9.0e18;
const NUMBER_MAX: f64 = 1.0e308;
/// Ints up to 2^53 are numbers.
const WIDENED_MAX: f64 = 9_007_199_254_740_992.0;

/// From, to.
type Bounds = (f64, f64);

impl Checker<'_> {
    pub(crate) fn may_fault(&self, e: &Expr) -> bool {
        Finder {
            world: self.world,
            given: Vec::new(),
        }
        .faults(e)
    }
}

struct Finder<'w> {
    world: &'w World,
    /// what the branches around say of expressions
    given: Vec<(Expr, Bounds)>,
}

impl Finder<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others fault only inside"
    )]
    fn faults(&mut self, e: &Expr) -> bool {
        let own = match &e.kind {
            Hir::Neg(_) => !self.holds(e),
            Hir::Arith(_, a, b) => !self.holds(e) || self.too_wide(a) || self.too_wide(b),
            Hir::ListQuery(query) => {
                matches!(query.aggregate, ListAggregate::Sum | ListAggregate::Avg)
                    && !summed_int_fits(self, query)
            }
            Hir::Call(number, _) => {
                let called = self.world.functions.get(*number as usize);
                called.is_none_or(|function| function.calculates)
            }
            // a model's fault is its reader's
            Hir::Computed(number) => self.world.profile.faulting.contains(number),
            Hir::Trees(..) => true,
            Hir::If(cond, then, otherwise) => return self.branches(cond, then, otherwise),
            Hir::History(history) => {
                let outer = history.keyed.as_ref();
                return outer.is_some_and(|(_, outer)| self.faults(outer));
            }
            _ => false,
        };
        let mut found = own;
        walk::children(e, &mut |child| found = found || self.faults(child));
        found
    }

    /// An int above 2^53 as an operand beside a number.
    fn too_wide(&mut self, e: &Expr) -> bool {
        let Hir::Widen(inner) = &e.kind else {
            return false;
        };
        let (low, high) = self.bounds(inner);
        low < -WIDENED_MAX || high > WIDENED_MAX
    }

    fn branches(&mut self, cond: &Expr, then: &Expr, otherwise: &Expr) -> bool {
        if self.faults(cond) {
            return true;
        }
        let before = self.given.len();
        self.take(cond, true);
        let first = self.faults(then);
        self.given.truncate(before);
        self.take(cond, false);
        let second = self.faults(otherwise);
        self.given.truncate(before);
        first || second
    }

    /// What holds of compared values where a condition is true, or false.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing")]
    fn take(&mut self, cond: &Expr, truth: bool) {
        match &cond.kind {
            Hir::Not(inner) => self.take(inner, !truth),
            Hir::And(a, b) if truth => {
                self.take(a, true);
                self.take(b, true);
            }
            Hir::Or(a, b) if !truth => {
                self.take(a, false);
                self.take(b, false);
            }
            Hir::Compare(op, a, b) => {
                let op = if truth { *op } else { inverse(*op) };
                self.compared(op, a, b);
                self.compared(flipped(op), b, a);
            }
            _ => {}
        }
    }

    fn compared(&mut self, op: CompareOp, e: &Expr, with: &Expr) {
        let Hir::Value(value) = &with.kind else {
            return;
        };
        let Some((at, _)) = literal(value) else {
            return;
        };
        let (low, high) = self.bounds(e);
        // the next one: of ints 1 further, of numbers as little as can be
        let step = match e.ty.known() {
            Type::Number | Type::NumberIn(..) => f64::MIN_POSITIVE,
            _ => 1.0,
        };
        let bounds = match op {
            CompareOp::Eq => (at, at),
            CompareOp::Ne if at == low => (at + step, high),
            CompareOp::Ne if at == high => (low, at - step),
            CompareOp::Ne => return,
            CompareOp::Lt => (low, high.min(at - step)),
            CompareOp::Le => (low, high.min(at)),
            CompareOp::Gt => (low.max(at + step), high),
            CompareOp::Ge => (low.max(at), high),
        };
        self.given.push((bare(e), bounds));
    }

    /// Whether arithmetic stays within its type, its operands apart.
    fn holds(&mut self, e: &Expr) -> bool {
        let limit = match e.ty.known() {
            // beyond the calendar: not looked at
            Type::Time | Type::Date => return true,
            Type::Number | Type::NumberIn(..) => NUMBER_MAX,
            _ => INT_MAX,
        };
        if let Hir::Arith(op @ (ArithOp::Div | ArithOp::IntDiv | ArithOp::Mod), _, b) = &e.kind {
            let (low, high) = self.bounds(b);
            if low <= 0.0 && high >= 0.0 {
                return false;
            }
            // what is divided by 1 or more, or is a rest, grows no larger
            if low >= 1.0 || (limit == INT_MAX && matches!(op, ArithOp::Mod)) {
                return true;
            }
        }
        let (low, high) = self.result(e);
        low >= -limit && high <= limit
    }

    /// What arithmetic gives if it does not fault.
    #[expect(clippy::wildcard_enum_match_arm, reason = "arithmetic has two forms")]
    fn result(&mut self, e: &Expr) -> Bounds {
        let (op, a, b) = match &e.kind {
            Hir::Neg(inner) => {
                let (low, high) = self.bounds(inner);
                return (-high, -low);
            }
            Hir::Arith(op, a, b) => (op, self.bounds(a), self.bounds(b)),
            _ => return of_type(&e.ty),
        };
        match op {
            ArithOp::Add => (a.0 + b.0, a.1 + b.1),
            ArithOp::Sub => (a.0 - b.1, a.1 - b.0),
            ArithOp::Mul => hull([a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1]),
            ArithOp::Div => hull([a.0 / b.0, a.0 / b.1, a.1 / b.0, a.1 / b.1]),
            ArithOp::IntDiv => {
                let (low, high) = hull([a.0 / b.0, a.0 / b.1, a.1 / b.0, a.1 / b.1]);
                (low.floor(), high.ceil())
            }
            ArithOp::Mod => {
                let most = b.0.abs().max(b.1.abs());
                (-most, most)
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of the others the type is all that is known"
    )]
    fn bounds(&mut self, e: &Expr) -> Bounds {
        if !self.given.is_empty() {
            let seen = bare(e);
            let mut given = self.given.iter().rev();
            if let Some((_, bounds)) = given.find(|(known, _)| *known == seen) {
                return *bounds;
            }
        }
        let own = match &e.kind {
            Hir::Value(value) => literal(value),
            Hir::Some(inner) | Hir::Narrow(inner) | Hir::Widen(inner) => Some(self.bounds(inner))
                .map(|found| within(found, of_type(&declared(self.world, &[], e)))),
            Hir::Neg(_) | Hir::Arith(..) => return within(self.result(e), of_type(&e.ty)),
            Hir::If(_, a, b) | Hir::Else(a, b) => Some(around(self.bounds(a), self.bounds(b))),
            Hir::Match(_, arms) => {
                let arms = arms.iter().map(|(_, arm)| self.bounds(arm));
                arms.reduce(around)
            }
            Hir::Least(items) => {
                let items = items.iter().map(|item| self.bounds(item));
                items.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1)))
            }
            Hir::Greatest(items) => {
                let items = items.iter().map(|item| self.bounds(item));
                items.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
            }
            Hir::History(history) => counted(history).then_some((0.0, EVENTS_MAX)),
            Hir::YearsSince(_) => Some((-10_000.0, 10_000.0)),
            Hir::ListQuery(query) if query.aggregate == ListAggregate::Count => {
                Some((0.0, 10_000.0))
            }
            _ => None,
        };
        own.unwrap_or_else(|| of_type(&declared(self.world, &[], e)))
    }
}

/// A sum over at most 10,000 items of a declared range.
fn summed_int_fits(finder: &mut Finder<'_>, query: &ListQuery) -> bool {
    let Some(value) = &query.value else {
        return true;
    };
    let (low, high) = finder.bounds(value);
    let limit = match value.ty.known() {
        Type::Number | Type::NumberIn(..) => NUMBER_MAX,
        _ => INT_MAX,
    };
    low * 10_000.0 >= -limit && high * 10_000.0 <= limit
}

fn counted(history: &History) -> bool {
    matches!(
        history.question,
        Question::Aggregate(HistoryAggregate::Count | HistoryAggregate::Distinct)
    ) && history.half_life == 0
}

fn hull(values: [f64; 4]) -> Bounds {
    let sound = values.iter().all(|value| !value.is_nan());
    let low = values.into_iter().fold(f64::INFINITY, f64::min);
    let high = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if sound {
        (low, high)
    } else {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

fn around(a: Bounds, b: Bounds) -> Bounds {
    (a.0.min(b.0), a.1.max(b.1))
}

fn within(a: Bounds, b: Bounds) -> Bounds {
    (a.0.max(b.0), a.1.min(b.1))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others are not numbers")]
fn literal(value: &Value) -> Option<Bounds> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "bounds are rounded outwards by far"
    )]
    let at = match value {
        Value::Int(n) | Value::Money(n, _) | Value::Duration(n) => *n as f64,
        Value::Number(n) => *n,
        _ => return None,
    };
    Some((at, at))
}

/// What any value of a type may be.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest are ints of 64 bits"
)]
fn of_type(ty: &Type) -> Bounds {
    #[expect(
        clippy::cast_precision_loss,
        reason = "bounds are rounded outwards by far"
    )]
    match ty.known() {
        Type::IntIn(low, high) => (*low as f64, *high as f64),
        Type::NumberIn(low, high) => (f64::from_bits(*low), f64::from_bits(*high)),
        Type::Number => (-f64::MAX, f64::MAX),
        // instants and days of the calendar
        Type::Time => (-4.0e14, 4.0e14),
        Type::Date => (-4.0e6, 4.0e6),
        _ => (i64::MIN as f64, i64::MAX as f64),
    }
}

/// Without places: the same wherever it stands.
fn bare(e: &Expr) -> Expr {
    let mut e = e.clone();
    strip(&mut e);
    e
}

fn strip(e: &mut Expr) {
    e.node = NodeId::default();
    walk::children_mut(e, &mut strip);
}

fn inverse(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

fn flipped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Eq,
        CompareOp::Ne => CompareOp::Ne,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}
