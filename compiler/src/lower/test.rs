//! Tests of values: and, or, comparisons, sets, patterns. A text is compared with a constant by its symbol, a set
//! is a mask; only where both texts are no constants of the program is the host asked.

use super::class::Class;
use super::code::Pure;
use super::generate::{Generate, Val};
use crate::hir::{CompareOp, Expr, ExprKind, NodeId, Pat};
use journey_program::host::HostOp;
use journey_program::ir::{BlockId, Cmp, Reg, Ty};
use journey_program::layout::repr_of;
use journey_program::record::to_word;
use journey_program::types::{SiteId, Type, Value};

fn cmp(op: CompareOp) -> Cmp {
    match op {
        CompareOp::Eq => Cmp::Eq,
        CompareOp::Ne => Cmp::Ne,
        CompareOp::Lt => Cmp::Lt,
        CompareOp::Le => Cmp::Le,
        CompareOp::Gt => Cmp::Gt,
        CompareOp::Ge => Cmp::Ge,
    }
}

fn mask_bit(value: i64) -> Option<u64> {
    u32::try_from(value)
        .ok()
        .filter(|v| *v < 64)
        .map(|v| 1 << v)
}

impl Generate<'_, '_> {
    // --- and, or

    pub(super) fn chain(&mut self, expr: &Expr) -> Reg {
        let and = matches!(expr.kind, ExprKind::And(..));
        let mut items = Vec::new();
        flatten(expr, and, &mut items);
        let items = self.in_order(&items);
        self.all_or_any(&items, and)
    }

    /// Cheap operands first, then those that ask the host: neither can be seen. One that may fault keeps its
    /// place: it is evaluated exactly where all before it let it be.
    fn in_order<'e>(&mut self, items: &[&'e Expr]) -> Vec<(Class, &'e Expr)> {
        let mut ordered: Vec<(Class, &Expr)> = Vec::with_capacity(items.len());
        let mut run = Vec::new();
        for item in items {
            let class = self.tables.class(item);
            run.push((class, *item));
            if class == Class::Faulting {
                let last = run.pop();
                run.sort_by_key(|(class, _)| *class);
                ordered.append(&mut run);
                ordered.extend(last);
            }
        }
        run.sort_by_key(|(class, _)| *class);
        ordered.append(&mut run);
        ordered
    }

    fn all_or_any(&mut self, items: &[(Class, &Expr)], and: bool) -> Reg {
        let mut value = self.code.bool(and);
        let mut join: Option<(BlockId, Reg)> = None;
        let mut scopes = 0;
        for (place, (class, item)) in items.iter().enumerate() {
            let decided = self.code.const_bool(value) == Some(!and);
            if decided {
                break;
            }
            if *class > Class::Cheap && place > 0 && self.code.const_bool(value).is_none() {
                let (join, result) = *join.get_or_insert_with(|| {
                    let result = self.code.reg(Ty::Bool);
                    (self.code.block(), result)
                });
                self.code.copy(result, value);
                let next = self.code.block();
                if and {
                    self.code.branch(value, next, join);
                } else {
                    self.code.branch(value, join, next);
                }
                self.code.enter(next);
                self.code.push_scope();
                scopes += 1;
                value = self.bool(item);
                continue;
            }
            let next = self.bool(item);
            value = if and {
                self.and(value, next)
            } else {
                self.or(value, next)
            };
        }
        let Some((join, result)) = join else {
            return value;
        };
        self.code.copy(result, value);
        for _ in 0..scopes {
            self.code.pop_scope();
        }
        self.code.jump(join);
        self.code.enter(join);
        result
    }

    // --- comparisons

    pub(super) fn comparison(&mut self, op: CompareOp, a: &Expr, b: &Expr, node: NodeId) -> Reg {
        let ty = a.ty.known().base();
        let (a, b) = (self.expr(a).reg, self.expr(b).reg);
        let site = self.site(node);
        self.compare(cmp(op), &ty, a, b, site)
    }

    pub(super) fn compare(&mut self, op: Cmp, ty: &Type, a: Reg, b: Reg, site: SiteId) -> Reg {
        match (ty, self.code.ty(a)) {
            (Type::Record(_) | Type::List(_), _) => {
                let equal = self.equal(ty, a, b, site);
                self.as_asked(op, equal)
            }
            (_, Ty::Bool) => {
                let not = self.not(b);
                let equal = self.select(a, b, not);
                self.as_asked(op, equal)
            }
            (_, Ty::Num) => self.code.calc(Pure::NumCmp(op, a, b)),
            (_, Ty::Text) => match op {
                Cmp::Eq | Cmp::Ne => {
                    let equal = self.text_equal(a, b, site);
                    self.as_asked(op, equal)
                }
                Cmp::Lt | Cmp::Le | Cmp::Gt | Cmp::Ge => {
                    let order = self.code.host(HostOp::TextCmp, &[a, b], site);
                    self.compare_const(op, order, 0)
                }
            },
            (_, Ty::Int | Ty::List | Ty::Ref) => self.code.calc(Pure::IntCmp(op, a, b)),
        }
    }

    fn as_asked(&mut self, op: Cmp, equal: Reg) -> Reg {
        if op == Cmp::Ne {
            self.not(equal)
        } else {
            equal
        }
    }

    /// A constant's text has its own symbol, every other text has 0.
    pub(super) fn text_equal(&mut self, a: Reg, b: Reg, site: SiteId) -> Reg {
        match (self.code.const_text(a), self.code.const_text(b)) {
            (Some(a), Some(b)) => return self.code.bool(a == b),
            (None, Some(text)) => {
                let symbol = self.symbol(a);
                return self.compare_const(Cmp::Eq, symbol, i64::from(text.0) + 1);
            }
            (Some(_), None) => return self.text_equal(b, a, site),
            (None, None) => {}
        }
        let (left, right) = (self.symbol(a), self.symbol(b));
        let same = self.code.calc(Pure::IntCmp(Cmp::Eq, left, right));
        let none = self.compare_const(Cmp::Eq, left, 0);
        let ask = self.and(same, none);
        self.choose(
            ask,
            &Type::Bool,
            |g| Val::sure(g.code.host(HostOp::TextEq, &[a, b], site)),
            |_| Val::sure(same),
        )
        .reg
    }

    fn symbol(&mut self, text: Reg) -> Reg {
        let place = self.code.place(text);
        self.code.calc(Pure::Symbol(place))
    }

    /// Equality of any two values of a type.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other types are compared at once"
    )]
    pub(super) fn equal(&mut self, ty: &Type, a: Reg, b: Reg, site: SiteId) -> Reg {
        match ty.known() {
            Type::Record(record) => self.records_equal(*record, a, b, site),
            Type::List(element) => self.lists_equal(element, a, b, site),
            ty => self.compare(Cmp::Eq, ty, a, b, site),
        }
    }

    fn records_equal(
        &mut self,
        record: journey_program::types::RecordId,
        a: Reg,
        b: Reg,
        site: SiteId,
    ) -> Reg {
        let (left, right) = (self.code.place(a), self.code.place(b));
        let mut all = self.code.bool(true);
        for (ty, number) in self.field_types(record).iter().zip(0u32..) {
            let Some(slot) = self.field_slot(record, number) else {
                continue;
            };
            let (x, y) = (self.load(left, &slot), self.load(right, &slot));
            let same = self.equal(ty, x.reg, y.reg, site);
            let same = match (x.known, y.known) {
                (Some(x), Some(y)) => {
                    let either = self.or(x, y);
                    let both = self.and(x, y);
                    let neither = self.not(either);
                    let same = self.and(both, same);
                    self.or(neither, same)
                }
                _ => same,
            };
            all = self.and(all, same);
        }
        all
    }

    // --- sets, ranges, patterns

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other types are compared at once"
    )]
    pub(super) fn one_of(&mut self, a: &Expr, items: &[Expr], node: NodeId) -> Reg {
        let ty = a.ty.known().base();
        let value = self.expr(a).reg;
        let constants: Option<Vec<&Value>> = items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::Value(value) => Some(value),
                _ => None,
            })
            .collect();
        if let Some(constants) = constants {
            return self.one_of_constants(&ty, value, &constants, node);
        }
        let mut any = self.code.bool(false);
        let site = self.site(node);
        for item in items {
            let item = self.expr(item).reg;
            let same = self.equal(&ty, value, item, site);
            any = self.or(any, same);
        }
        any
    }

    pub(super) fn one_of_constants(
        &mut self,
        ty: &Type,
        value: Reg,
        constants: &[&Value],
        node: NodeId,
    ) -> Reg {
        let site = self.site(node);
        let words: Vec<Option<i64>> = constants.iter().map(|c| self.set_word(c)).collect();
        let masked: Vec<u64> = words
            .iter()
            .flatten()
            .filter_map(|w| mask_bit(*w))
            .collect();
        let use_mask = masked.len() > 1;
        let mut any = self.code.bool(false);
        if use_mask {
            let subject = if *ty == Type::Text {
                self.symbol(value)
            } else {
                value
            };
            let mask = masked.iter().fold(0, |all, bit| all | bit);
            any = self.code.calc(Pure::InMask(subject, mask));
        }
        for (constant, word) in constants.iter().zip(words) {
            if use_mask && word.and_then(mask_bit).is_some() {
                continue;
            }
            let constant = self.constant(constant, ty).reg;
            let same = self.equal(ty, value, constant, site);
            any = self.or(any, same);
        }
        any
    }

    /// What a constant is in a mask: an int's or an enum's own word, a text's symbol.
    fn set_word(&mut self, value: &Value) -> Option<i64> {
        match value {
            Value::Text(text) => Some(i64::from(self.tables.text(text).0) + 1),
            Value::Int(_)
            | Value::Money(..)
            | Value::Time(_)
            | Value::Date(_)
            | Value::Clock(_)
            | Value::Duration(_)
            | Value::Span(_)
            | Value::Timezone(_)
            | Value::Enum(..) => Some(to_word(value)),
            Value::Unknown
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Record(..)
            | Value::List(_) => None,
        }
    }

    pub(super) fn between(&mut self, a: &Expr, low: &Expr, high: &Expr, node: NodeId) -> Reg {
        let ty = a.ty.known().base();
        let site = self.site(node);
        let value = self.expr(a).reg;
        let (low, high) = (self.expr(low).reg, self.expr(high).reg);
        let above = self.compare(Cmp::Ge, &ty, value, low, site);
        let below = self.compare(Cmp::Le, &ty, value, high, site);
        self.and(above, below)
    }

    /// Whether one of the patterns of an arm fits.
    pub(super) fn fits(&mut self, value: Val, ty: &Type, pats: &[Pat], node: NodeId) -> Reg {
        let inner = ty.known().base();
        let mut constants = Vec::new();
        let mut known_fits = self.code.bool(false);
        let mut unknown_fits = self.code.bool(false);
        let site = self.site(node);
        for pat in pats {
            match pat {
                Pat::Else => return self.code.bool(true),
                Pat::Unknown => {
                    let known = self.known(value);
                    unknown_fits = self.not(known);
                }
                Pat::Value(constant) => constants.push(constant),
                Pat::Range(low, high) => {
                    let low = self.constant(low, &inner).reg;
                    let high = self.constant(high, &inner).reg;
                    let above = self.compare(Cmp::Ge, &inner, value.reg, low, site);
                    let below = self.compare(Cmp::Le, &inner, value.reg, high, site);
                    let inside = self.and(above, below);
                    known_fits = self.or(known_fits, inside);
                }
            }
        }
        let listed = self.one_of_constants(&inner, value.reg, &constants, node);
        known_fits = self.or(known_fits, listed);
        if let Some(known) = value.known {
            known_fits = self.and(known, known_fits);
        }
        self.or(known_fits, unknown_fits)
    }

    pub(super) fn match_value(
        &mut self,
        value: &Expr,
        arms: &[(Vec<Pat>, Expr)],
        expr: &Expr,
    ) -> Val {
        let subject = self.expr(value);
        let cheap = arms
            .iter()
            .all(|(_, arm)| self.tables.class(arm) == Class::Cheap);
        if cheap {
            return self.match_cheap(subject, value, arms, expr);
        }
        let result = self.result_of(&expr.ty);
        let join = self.code.block();
        let mut scopes = 0;
        for (place, (pats, arm)) in arms.iter().enumerate() {
            let block = self.code.block();
            // The last arm takes the rest: the checker saw that the arms are exhaustive.
            if place + 1 == arms.len() {
                self.code.jump(block);
                self.arm(block, join, result, |g| g.expr(arm));
                break;
            }
            let fits = self.fits(subject, &value.ty, pats, value.node);
            let next = self.code.block();
            self.code.branch(fits, block, next);
            self.arm(block, join, result, |g| g.expr(arm));
            self.code.enter(next);
            self.code.push_scope();
            scopes += 1;
        }
        for _ in 0..scopes {
            self.code.pop_scope();
        }
        self.code.enter(join);
        result
    }

    fn match_cheap(
        &mut self,
        subject: Val,
        value: &Expr,
        arms: &[(Vec<Pat>, Expr)],
        expr: &Expr,
    ) -> Val {
        let mut result: Option<Val> = None;
        for (pats, arm) in arms.iter().rev() {
            let value_of_arm = self.expr(arm);
            result = Some(match result {
                None => value_of_arm,
                Some(rest) => {
                    let fits = self.fits(subject, &value.ty, pats, value.node);
                    self.merge(fits, value_of_arm, rest)
                }
            });
        }
        result.unwrap_or_else(|| {
            let reg = self.nothing(&expr.ty);
            Val::sure(reg)
        })
    }
}

fn flatten<'e>(expr: &'e Expr, and: bool, items: &mut Vec<&'e Expr>) {
    match (&expr.kind, and) {
        (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => {
            flatten(a, and, items);
            flatten(b, and, items);
        }
        _ => items.push(expr),
    }
}

/// Whether values of the type fit a register that is compared at once.
pub(super) fn is_scalar(ty: &Type) -> bool {
    matches!(
        repr_of(ty),
        journey_program::ir::Repr::Bool
            | journey_program::ir::Repr::Byte
            | journey_program::ir::Repr::Int
            | journey_program::ir::Repr::Num
    )
}
