//! `match`: patterns over a value, and what they leave out.

use super::fold;
use super::range::declared;
use super::words::{dotted, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir, Pat};
use crate::world::World;
use journey_grammar::tree::{Expr, ExprArm, Name, Pattern, PatternKind, Span};
use journey_program::types::{Type, Value};

impl Checker<'_> {
    /// The patterns of one arm over values of a type. What was wrong is left out.
    pub fn patterns(&mut self, patterns: &[Pattern], ty: &Type) -> Vec<Pat> {
        patterns
            .iter()
            .filter_map(|p| self.pattern(p, ty))
            .collect()
    }

    fn pattern(&mut self, pattern: &Pattern, ty: &Type) -> Option<Pat> {
        match &pattern.kind {
            PatternKind::Missing => None,
            PatternKind::Else => Some(Pat::Else),
            PatternKind::Unknown => {
                if !ty.is_optional() && *ty != Type::Error {
                    let message = "this is never unknown";
                    self.report(Problem::new("always-known", pattern.span, message));
                    return None;
                }
                Some(Pat::Unknown)
            }
            PatternKind::Literal(e) => self.pattern_value(e, ty).map(Pat::Value),
            PatternKind::Range(low, high) => {
                let (a, b) = (self.pattern_value(low, ty), self.pattern_value(high, ty));
                let (a, b) = (a?, b?);
                let Some(order) = fold::order(&a, &b) else {
                    self.report_type("a range takes ordered values", ty.known(), pattern.span);
                    return None;
                };
                if order.is_gt() {
                    self.report(
                        Problem::new("empty-range", pattern.span, "nothing lies in this range")
                            .help("the lower bound comes first"),
                    );
                    return None;
                }
                Some(Pat::Range(a, b))
            }
            PatternKind::Path(names) => self.pattern_path(names, pattern.span, ty),
        }
    }

    fn pattern_path(&mut self, names: &[Name], span: Span, ty: &Type) -> Option<Pat> {
        if *ty == Type::Error {
            return None;
        }
        let inner = ty.known().clone();
        let value = self.path(names, span, Some(&inner), true);
        if value.ty == Type::Error {
            return None;
        }
        if !matches!(value.kind, Hir::Value(_)) {
            let message = format!("`{}` is no constant", dotted(names));
            self.report(
                Problem::new("not-a-constant", span, message)
                    .help("patterns are literals, ranges, enum values, `unknown` and `else`"),
            );
            return None;
        }
        let value = self.coerce(value, &super::coerce::plain(&inner), span);
        match value.kind {
            Hir::Value(v) if value.ty != Type::Error => Some(Pat::Value(v)),
            _ => None,
        }
    }

    fn pattern_value(&mut self, e: &Expr, ty: &Type) -> Option<Value> {
        let inner = super::coerce::plain(ty.known());
        let (_, value) = self.constant(e, Some(&inner))?;
        if inner == Type::Error {
            None
        } else {
            Some(value)
        }
    }

    /// `match e { gold => 3, else => 1 }`
    pub(crate) fn match_expr(
        &mut self,
        value: &Expr,
        arms: &[ExprArm],
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let subject = self.operand(value, None);
        let over = declared_match(self.world, &self.locals, &subject);
        self.check_matchable(&over, value.span);
        let mark = self.scope.known.len();
        let mut hint = expected.cloned();
        let mut ty: Option<Type> = None;
        let mut checked: Vec<(Vec<Pat>, hir::Expr, &ExprArm)> = Vec::with_capacity(arms.len());
        let mut all: Vec<Pat> = Vec::new();
        for arm in arms {
            let pats = self.patterns(&arm.patterns, &over);
            self.report_covered(&over, &all, &pats, arm.span);
            if self.arm_is_known(&pats, &all) {
                self.learn(&subject);
            }
            let result = self.infer(&arm.value, hint.as_ref());
            self.scope.known.truncate(mark);
            match ty.as_ref().map(|ty| self.join(ty, &result.ty)) {
                None => ty = Some(result.ty.clone()),
                Some(Some(joined)) => ty = Some(joined),
                Some(None) => {
                    if let (Some(ty), Some((_, _, first))) = (&ty, checked.first()) {
                        let (first, ty) = (first.value.span, ty.clone());
                        self.report_branches(first, &ty, arm.value.span, &result.ty);
                    }
                    return self.failed(span);
                }
            }
            hint = hint.or_else(|| ty.clone());
            all.extend(pats.iter().cloned());
            checked.push((pats, result, arm));
        }
        self.report_missing(&over, &all, arms, span);
        self.finish_match(subject, checked, ty, span)
    }

    fn finish_match(
        &mut self,
        subject: hir::Expr,
        checked: Vec<(Vec<Pat>, hir::Expr, &ExprArm)>,
        ty: Option<Type>,
        span: Span,
    ) -> hir::Expr {
        let Some(ty) = ty.filter(|ty| *ty != Type::Error) else {
            return self.failed(span);
        };
        let mut failed = subject.ty == Type::Error;
        let mut arms = Vec::with_capacity(checked.len());
        for (pats, result, arm) in checked {
            let result = self.fit(&arm.value, result, &ty, None);
            failed |= result.ty == Type::Error;
            // an arm whose patterns were in vain takes nothing
            if !pats.is_empty() {
                arms.push((pats, result));
            }
        }
        if failed {
            return self.failed_as(span, ty);
        }
        self.make(span, ty, Hir::Match(Box::new(subject), arms))
    }

    /// The type that a `match` over a checked value goes over: with its declared range.
    pub fn match_type(&self, value: &hir::Expr) -> Type {
        declared_match(self.world, &self.locals, value)
    }

    /// Whether the value is known in an arm, after the patterns of the arms before it.
    pub fn arm_is_known(&self, pats: &[Pat], before: &[Pat]) -> bool {
        let unknown_gone = before.contains(&Pat::Unknown);
        !pats.is_empty()
            && pats.iter().all(|p| match p {
                Pat::Value(_) | Pat::Range(..) => true,
                Pat::Unknown => false,
                Pat::Else => unknown_gone,
            })
    }

    /// Reports a type that has no patterns.
    pub fn check_matchable(&mut self, ty: &Type, span: Span) {
        if matches!(ty.known(), Type::Record(_) | Type::List(_) | Type::Span) {
            self.report_type("`match` tells single values apart", ty.known(), span);
        }
    }

    /// Reports what the patterns leave out.
    pub fn report_missing(&mut self, ty: &Type, all: &[Pat], arms: &[ExprArm], span: Span) {
        let broken = arms.iter().any(|a| {
            a.patterns
                .iter()
                .any(|p| matches!(p.kind, PatternKind::Missing))
        });
        // a pattern that was wrong has been reported: what it would have covered is anyone's guess
        let vain = |p: &Pattern| p.kind == PatternKind::Unknown && !ty.is_optional();
        let written = arms
            .iter()
            .flat_map(|a| &a.patterns)
            .filter(|p| !vain(p))
            .count();
        if broken || written != all.len() {
            return;
        }
        if let Some(missing) = missing(ty, all, self.world) {
            self.report(
                Problem::new(
                    "match-not-exhaustive",
                    span,
                    format!("this `match` leaves out {missing}"),
                )
                .help("handle it, or add an `else`"),
            );
        }
    }

    /// Reports an arm that the ones before it leave nothing.
    pub fn report_covered(&mut self, ty: &Type, before: &[Pat], pats: &[Pat], span: Span) {
        if pats.is_empty() || before.is_empty() {
            return;
        }
        let all_gone = missing(ty, before, self.world).is_none() && *ty != Type::Error;
        if all_gone || pats.iter().all(|p| covers(before, p)) {
            self.report(
                Problem::new(
                    "unreachable-arm",
                    span,
                    "the arms before this one take everything of it",
                )
                .help("remove it, or move it up"),
            );
        }
    }
}

/// Whether one pattern is taken by those before it.
fn covers(before: &[Pat], pat: &Pat) -> bool {
    before.iter().any(|b| match (b, pat) {
        (Pat::Else, _) | (Pat::Unknown, Pat::Unknown) => true,
        (Pat::Value(a), Pat::Value(b)) => a == b,
        (Pat::Range(low, high), Pat::Value(v)) => inside(low, v, high),
        (Pat::Range(low, high), Pat::Range(a, b)) => inside(low, a, high) && inside(low, b, high),
        _ => false,
    })
}

fn inside(low: &Value, v: &Value, high: &Value) -> bool {
    fold::order(low, v).is_some_and(std::cmp::Ordering::is_le)
        && fold::order(v, high).is_some_and(std::cmp::Ordering::is_le)
}

fn declared_match(world: &World, locals: &[hir::Local], value: &hir::Expr) -> Type {
    if value.ty == Type::Error {
        Type::Error
    } else {
        declared(world, locals, value)
    }
}

/// What the patterns leave out of a type, in words; None: nothing.
pub fn missing(ty: &Type, pats: &[Pat], world: &World) -> Option<String> {
    if *ty == Type::Error || pats.contains(&Pat::Else) {
        return None;
    }
    if ty.is_optional() && !pats.contains(&Pat::Unknown) {
        return Some("`unknown`".to_owned());
    }
    let has = |value: &Value| {
        pats.iter().any(|p| match p {
            Pat::Value(v) => v == value,
            Pat::Range(low, high) => inside(low, value, high),
            Pat::Unknown | Pat::Else => false,
        })
    };
    match ty.known() {
        Type::Bool => {
            let left = [true, false].into_iter().find(|b| !has(&Value::Bool(*b)))?;
            Some(format!("`{left}`"))
        }
        Type::Enum(id) | Type::Offer(id) => {
            let def = world.enums.get(id.index())?;
            let left = def.values.iter().enumerate().filter(|(i, _)| {
                u32::try_from(*i).is_ok_and(|place| !has(&Value::Enum(*id, place)))
            });
            let left: Vec<&str> = left.map(|(_, name)| name.as_str()).collect();
            if left.is_empty() {
                None
            } else {
                Some(super::noname::listed(left.into_iter()))
            }
        }
        Type::Int => gap(i64::MIN, i64::MAX, pats),
        Type::IntIn(low, high) => gap(*low, *high, pats),
        other => Some(format!("other values of `{}`", type_name(world, other))),
    }
}

/// The patterns that would make it exhaustive: one for each value that is left out, `else` where they can't be
/// listed.
pub(crate) fn missing_arms(ty: &Type, pats: &[Pat], world: &World) -> Vec<String> {
    let mut arms = Vec::new();
    if ty.is_optional() && !pats.contains(&Pat::Unknown) {
        arms.push("unknown".to_owned());
    }
    let has = |value: &Value| {
        pats.iter().any(|p| match p {
            Pat::Value(v) => v == value,
            Pat::Range(low, high) => inside(low, value, high),
            Pat::Unknown => false,
            Pat::Else => true,
        })
    };
    match ty.known() {
        Type::Bool => {
            let left = [true, false].into_iter();
            let left = left.filter(|b| !has(&Value::Bool(*b)));
            arms.extend(left.map(|b| b.to_string()));
        }
        Type::Enum(id) | Type::Offer(id) => {
            let def = world.enums.get(id.index());
            let values = def.into_iter().flat_map(|def| &def.values).zip(0u32..);
            let left = values.filter(|(_, place)| !has(&Value::Enum(*id, *place)));
            arms.extend(left.map(|(name, _)| name.clone()));
        }
        _ if missing(ty.known(), pats, world).is_some() => arms.push("else".to_owned()),
        _ => {}
    }
    arms
}

/// The first int from `low` to `high` that no pattern takes.
fn gap(low: i64, high: i64, pats: &[Pat]) -> Option<String> {
    let mut taken: Vec<(i64, i64)> = pats
        .iter()
        .filter_map(|p| match p {
            Pat::Value(Value::Int(n)) => Some((*n, *n)),
            Pat::Range(Value::Int(a), Value::Int(b)) => Some((*a, *b)),
            _ => None,
        })
        .collect();
    taken.sort_unstable();
    let mut next = low;
    for (a, b) in taken {
        if a > next {
            break;
        }
        if b >= next {
            if b >= high {
                return None;
            }
            next = b + 1;
        }
    }
    let whole = (low, high) == (i64::MIN, i64::MAX);
    Some(if whole {
        "other values of `int`".to_owned()
    } else {
        format!("`{next}`")
    })
}
