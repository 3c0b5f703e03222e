//! When time alone may turn a predicate: the next instant after now at which one of its comparisons with `now`,
//! `today` or an age gives another answer. An instant too many costs a look, one too few breaks a promise: what
//! can't be solved for `today` is looked at every midnight.

use super::code::Pure;
use super::generate::{Context, Generate};
use super::tables::Tables;
use super::walk;
use crate::hir::{ArithOp, Expr, ExprKind, History, ListQuery, LocalId, NodeId, Pat, Window};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, IntOp, Reg, Ty};
use journey_program::types::{FunctionId, SiteId, Span, Type};
use std::collections::BTreeMap;

const NEVER: i64 = i64::MAX;
/// Midnights around a day that a span is added to: the end of a month moves it by at most three days.
const AROUND: std::ops::RangeInclusive<i64> = -1..=4;
/// Days that may be clamped to the one that is asked for.
const LATER: std::ops::RangeInclusive<i32> = 1..=3;

/// A comparison that time turns.
enum Atom {
    /// `now` reaches the sum of the terms (negated where `true`)
    Instant(Vec<(bool, Expr)>),
    /// `today` reaches the sum of the terms
    Day(Vec<(bool, Expr)>),
    /// `now` reaches about this instant: a span is added to it, or taken away
    About(Expr),
    /// the next anniversary
    Age(Expr),
    Midnight,
    /// what decays reaches a bound, or passes it
    Decay(Box<History>, Expr),
    /// for every element of a list
    Each(ListQuery, Vec<Atom>),
}

/// A sum: how often `now` and `today` stand in it, and the rest.
#[derive(Default)]
struct Sum {
    now: i64,
    today: i64,
    terms: Vec<(bool, Expr)>,
}

impl Tables<'_> {
    /// () → Int; None where time alone turns nothing.
    pub(super) fn next(
        &mut self,
        name: String,
        context: &Context,
        expr: &Expr,
    ) -> Option<FunctionId> {
        let whole = self.expand(expr, &BTreeMap::new());
        let mut atoms = Vec::new();
        gather(&whole, &mut atoms);
        if atoms.is_empty() {
            return None;
        }
        Some(self.function(name, &[], &[Ty::Int], context, |g| {
            let mut best = g.code.int(NEVER);
            for atom in &atoms {
                best = g.turn(atom, best);
            }
            g.finish(vec![best]);
        }))
    }

    /// Computed fields and functions in their places, parameters by what is given for them.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only what time turns is of interest"
    )]
    fn expand(&self, expr: &Expr, given: &BTreeMap<LocalId, Expr>) -> Expr {
        let hir = self.hir;
        let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        match &expr.kind {
            ExprKind::Computed(number) => {
                if let Some(computed) = hir.profile.lets.get(index(*number)) {
                    return self.expand(&computed.value, &BTreeMap::new());
                }
            }
            ExprKind::Call(number, args) => {
                if let Some(function) = hir.functions.get(index(*number)) {
                    let given = (0u32..)
                        .zip(args)
                        .map(|(number, arg)| (LocalId(number), self.expand(arg, given)))
                        .collect();
                    return self.expand(&function.body, &given);
                }
            }
            // what decays is looked up as it was asked
            ExprKind::History(history) if history.half_life > 0 => return expr.clone(),
            ExprKind::Local(local) => {
                if let Some(value) = given.get(local) {
                    return value.clone();
                }
            }
            _ => {}
        }
        let mut expanded = expr.clone();
        expanded.node = NodeId(0);
        walk::children_mut(&mut expanded, &mut |child| {
            *child = self.expand(child, given)
        });
        expanded
    }
}

fn mentions(expr: &Expr, what: fn(&ExprKind) -> bool) -> bool {
    let mut found = what(&expr.kind);
    if !matches!(expr.kind, ExprKind::History(_)) {
        walk::children(expr, &mut |child| found = found || mentions(child, what));
    }
    found
}

fn timely(expr: &Expr) -> bool {
    mentions(expr, |kind| {
        matches!(
            kind,
            ExprKind::Now | ExprKind::Today | ExprKind::YearsSince(_)
        )
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what time turns is of interest"
)]
fn gather(expr: &Expr, atoms: &mut Vec<Atom>) {
    match &expr.kind {
        ExprKind::Compare(_, a, b) => compared(a, b, atoms),
        ExprKind::Between(a, low, high) => {
            compared(a, low, atoms);
            compared(a, high, atoms);
        }
        ExprKind::In(a, items) => items.iter().for_each(|item| compared(a, item, atoms)),
        ExprKind::Match(value, arms) => {
            if timely(value) {
                for pat in arms.iter().flat_map(|(pats, _)| pats) {
                    matched(value, pat, atoms);
                }
            } else {
                gather(value, atoms);
            }
            arms.iter().for_each(|(_, arm)| gather(arm, atoms));
        }
        ExprKind::YearsSince(date) => atoms.push(Atom::Age((**date).clone())),
        ExprKind::Today => atoms.push(Atom::Midnight),
        ExprKind::History(history) => {
            if let Some((_, outer)) = &history.keyed {
                gather(outer, atoms);
            }
        }
        ExprKind::ListQuery(query) => {
            gather(&query.list, atoms);
            let mut inner = Vec::new();
            query
                .filter
                .iter()
                .for_each(|filter| gather(filter, &mut inner));
            query
                .value
                .iter()
                .for_each(|value| gather(value, &mut inner));
            if !inner.is_empty() {
                atoms.push(Atom::Each((**query).clone(), inner));
            }
        }
        _ => walk::children(expr, &mut |child| gather(child, atoms)),
    }
}

fn matched(value: &Expr, pat: &Pat, atoms: &mut Vec<Atom>) {
    let mut with = |constant: &journey_program::types::Value| {
        let constant = Expr {
            node: NodeId(0),
            ty: value.ty.known().clone(),
            kind: ExprKind::Value(constant.clone()),
        };
        compared(value, &constant, atoms);
    };
    match pat {
        Pat::Value(constant) => with(constant),
        Pat::Range(low, high) => {
            with(low);
            with(high);
        }
        Pat::Unknown | Pat::Else => {}
    }
}

fn compared(a: &Expr, b: &Expr, atoms: &mut Vec<Atom>) {
    for (score, bound) in [(a, b), (b, a)] {
        if let ExprKind::History(history) = &score.kind
            && history.half_life > 0
        {
            atoms.push(Atom::Decay(history.clone(), bound.clone()));
            return;
        }
    }
    if !timely(a) && !timely(b) {
        // equal or not may be asked of two answers, each with comparisons of its own
        gather(a, atoms);
        gather(b, atoms);
        return;
    }
    if let Some(atom) = shifted(a, b).or_else(|| shifted(b, a)) {
        atoms.push(atom);
        return;
    }
    let mut sum = Sum::default();
    let solved = add(a, false, &mut sum) && add(b, true, &mut sum);
    let terms = |sum: Sum, times: i64| {
        let turn = |(negated, term)| ((times > 0) != negated, term);
        sum.terms.into_iter().map(turn).collect()
    };
    match (solved, sum.now, sum.today) {
        (true, 1 | -1, 0) => {
            let times = sum.now;
            atoms.push(Atom::Instant(terms(sum, times)));
        }
        (true, 0, 1 | -1) => {
            let times = sum.today;
            atoms.push(Atom::Day(terms(sum, times)));
        }
        _ => {
            gather(a, atoms);
            gather(b, atoms);
        }
    }
}

/// `now - span` compared with an instant: turns about the instant plus the span.
fn shifted(a: &Expr, b: &Expr) -> Option<Atom> {
    let ExprKind::Arith(op, time, span) = &a.kind else {
        return None;
    };
    if !matches!(time.kind, ExprKind::Now) || *span.ty.known() != Type::Span || timely(b) {
        return None;
    }
    let back = match op {
        ArithOp::Add => ArithOp::Sub,
        ArithOp::Sub => ArithOp::Add,
        ArithOp::Mul | ArithOp::Div | ArithOp::IntDiv | ArithOp::Mod => return None,
    };
    Some(Atom::About(Expr {
        node: NodeId(0),
        ty: Type::Time,
        kind: ExprKind::Arith(back, Box::new(b.clone()), span.clone()),
    }))
}

/// Adds an expression to a sum; false: it is none.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what time turns is of interest"
)]
fn add(expr: &Expr, negated: bool, sum: &mut Sum) -> bool {
    let sign = if negated { -1 } else { 1 };
    match &expr.kind {
        ExprKind::Now => sum.now += sign,
        ExprKind::Today => sum.today += sign,
        _ if !timely(expr) => sum.terms.push((negated, expr.clone())),
        ExprKind::Arith(op @ (ArithOp::Add | ArithOp::Sub), a, b)
            if *a.ty.known() != Type::Span && *b.ty.known() != Type::Span =>
        {
            let second = negated != (*op == ArithOp::Sub);
            return add(a, negated, sum) && add(b, second, sum);
        }
        ExprKind::Neg(inner) => return add(inner, !negated, sum),
        ExprKind::Narrow(inner) | ExprKind::Some(inner) => return add(inner, negated, sum),
        _ => return false,
    }
    true
}

impl Generate<'_, '_> {
    /// The earlier of the best so far and the instant at which the atom turns, if that is still to come.
    fn turn(&mut self, atom: &Atom, best: Reg) -> Reg {
        match atom {
            Atom::Instant(terms) => {
                let at = self.total(terms);
                self.reached(at, best)
            }
            Atom::About(instant) => {
                let at = self.expr(instant).reg;
                let mut best = self.reached(at, best);
                let site = SiteId(0);
                for days in LATER {
                    // the last days of a month less a span are one day
                    let more = self.code.int(Span { months: 0, days }.pack());
                    let same_clock = self.code.host(HostOp::AddSpanToTime, &[at, more], site);
                    best = self.reached(same_clock, best);
                }
                let day = self.code.host(HostOp::DateOfTime, &[at], site);
                self.midnights(day, AROUND, best)
            }
            Atom::Day(terms) => {
                let day = self.total(terms);
                self.midnights(day, 0..=1, best)
            }
            Atom::Midnight => {
                let today = self.code.host(HostOp::Today, &[], SiteId(0));
                self.midnights(today, 1..=1, best)
            }
            Atom::Age(date) => {
                let date = self.expr(date).reg;
                let site = SiteId(0);
                let years = self.code.host(HostOp::YearsSince, &[date], site);
                let one = self.code.int(1);
                let next = self.code.pure(Pure::Arith(IntOp::Add, years, one), site);
                let at = self.code.host(HostOp::Anniversary, &[date, next], site);
                self.if_later(at, best)
            }
            Atom::Decay(history, bound) => {
                let Some((id, _)) = self.tables.histories.find(history) else {
                    return best;
                };
                let number = self.code.int(i64::from(id.0));
                let since = if let Window::SinceField(field) = history.window {
                    self.since_field(field)
                } else {
                    self.code.int(i64::MIN)
                };
                let bound = self.expr(bound).reg;
                let args = [number, since, bound];
                let at = self.code.host(HostOp::DecayCrossing, &args, SiteId(0));
                self.if_later(at, best)
            }
            Atom::Each(query, atoms) => {
                let result = self.code.reg(Ty::Int);
                self.code.copy(result, best);
                self.each_of(query, |g| {
                    let so_far = g.code.reg(Ty::Int);
                    g.code.copy(so_far, result);
                    let mut best = so_far;
                    for atom in atoms {
                        best = g.turn(atom, best);
                    }
                    g.code.copy(result, best);
                });
                result
            }
        }
    }

    fn total(&mut self, terms: &[(bool, Expr)]) -> Reg {
        let mut total = self.code.int(0);
        for (negated, term) in terms {
            let value = self.expr(term).reg;
            let op = if *negated { IntOp::Sub } else { IntOp::Add };
            let first = self.code.const_int(total) == Some(0) && !negated;
            total = if first {
                value
            } else {
                self.code.pure(Pure::Arith(op, total, value), SiteId(0))
            };
        }
        total
    }

    /// A comparison turns at the instant or right after it: one is before, the other is not.
    fn reached(&mut self, at: Reg, best: Reg) -> Reg {
        let best = self.if_later(at, best);
        let now = self.code.calc(Pure::Clock);
        let is_now = self.code.calc(Pure::IntCmp(Cmp::Eq, at, now));
        let one = self.code.int(1);
        let after = self.code.pure(Pure::Arith(IntOp::Add, now, one), SiteId(0));
        let candidate = self.select(is_now, after, best);
        self.earlier(candidate, best)
    }

    fn midnights(&mut self, day: Reg, around: std::ops::RangeInclusive<i64>, best: Reg) -> Reg {
        let mut best = best;
        let site = SiteId(0);
        for more in around {
            let more = self.code.int(more);
            let day = self.code.pure(Pure::Arith(IntOp::Add, day, more), site);
            let clock = self.code.int(0);
            let at = self.code.host(HostOp::DateAtClock, &[day, clock], site);
            best = self.if_later(at, best);
        }
        best
    }

    fn if_later(&mut self, at: Reg, best: Reg) -> Reg {
        let now = self.code.calc(Pure::Clock);
        let later = self.code.calc(Pure::IntCmp(Cmp::Gt, at, now));
        let candidate = self.select(later, at, best);
        self.earlier(candidate, best)
    }

    fn earlier(&mut self, a: Reg, b: Reg) -> Reg {
        let less = self.code.calc(Pure::IntCmp(Cmp::Lt, a, b));
        self.select(less, a, b)
    }
}
