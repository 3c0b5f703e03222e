//! What evaluating an expression may do: whether it may be done before it is known to be needed.

use super::scan;
use super::tables::Tables;
use super::walk;
use crate::hir::{CompareOp, Expr, ExprKind, History, Window};
use journey_program::types::{Type, Value};

/// In order: what contains a worse one is at least that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// a few loads and comparisons; asked for early, it does no harm
    Cheap,
    /// asks the host, but can't fault
    Costly,
    /// may fault: only where the language evaluates it
    Faulting,
}

/// Beyond so many operations an expression is worth a branch.
const CHEAP_MAX: u32 = 200;

impl Tables<'_> {
    pub(super) fn class(&mut self, expr: &Expr) -> Class {
        let (class, cost) = self.weigh(expr);
        if class == Class::Cheap && cost > CHEAP_MAX {
            Class::Costly
        } else {
            class
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only what stands elsewhere is looked up"
    )]
    fn weigh(&mut self, expr: &Expr) -> (Class, u32) {
        let mut worst = self.own(expr);
        let mut cost = 1_u32;
        match &expr.kind {
            ExprKind::Computed(number) => {
                let (class, inner) = self.computed_class(*number);
                worst = worst.max(class);
                cost = cost.saturating_add(inner);
            }
            ExprKind::Call(number, _) => {
                let (class, inner) = self.function_class(*number);
                worst = worst.max(class);
                cost = cost.saturating_add(inner);
            }
            _ => {}
        }
        if let ExprKind::History(history) = &expr.kind {
            if let Some((_, outer)) = &history.keyed {
                worst = worst.max(self.weigh(outer).0);
            }
            return (worst, cost);
        }
        walk::children(expr, &mut |child| {
            let (class, inner) = self.weigh(child);
            worst = worst.max(class);
            cost = cost.saturating_add(inner);
        });
        (worst, cost)
    }

    pub(super) fn computed_class(&mut self, number: u32) -> (Class, u32) {
        if let Some(known) = self.classes.computed.get(&number) {
            return *known;
        }
        let hir = self.hir;
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let found = hir.profile.lets.get(index);
        let class = found.map_or((Class::Cheap, 0), |computed| self.weigh(&computed.value));
        self.classes.computed.insert(number, class);
        class
    }

    fn function_class(&mut self, number: u32) -> (Class, u32) {
        if let Some(known) = self.classes.functions.get(&number) {
            return *known;
        }
        let hir = self.hir;
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let found = hir.functions.get(index);
        let class = found.map_or((Class::Cheap, 0), |function| self.weigh(&function.body));
        self.classes.functions.insert(number, class);
        class
    }

    /// Of the operation alone, without its operands.
    fn own(&self, expr: &Expr) -> Class {
        match &expr.kind {
            ExprKind::Value(Value::Record(..) | Value::List(_))
            | ExprKind::Neg(_)
            | ExprKind::Widen(_)
            | ExprKind::Arith(..)
            | ExprKind::ListQuery(_)
            | ExprKind::List(_)
            | ExprKind::Record(..)
            | ExprKind::Concat(_)
            | ExprKind::Join(_)
            | ExprKind::Escape(_)
            | ExprKind::YearsSince(_)
            | ExprKind::Trees(..)
            | ExprKind::DateAt(..) => Class::Faulting,
            ExprKind::Contains(list, item) => match (list.ty.known(), &item.kind) {
                (Type::List(_), ExprKind::Value(Value::Text(_)))
                    if scan::field_read(self.hir, list).is_some() =>
                {
                    Class::Cheap
                }
                (Type::List(_), _) => Class::Faulting,
                _ => Class::Costly,
            },
            ExprKind::StartsWith(..)
            | ExprKind::Logistic(_)
            | ExprKind::Learned(..)
            | ExprKind::EndsWith(..)
            | ExprKind::Matches(..)
            | ExprKind::Today => Class::Costly,
            ExprKind::Compare(op, a, b) => match (op, a.ty.known()) {
                (CompareOp::Eq | CompareOp::Ne, _) => of_comparison(a, &[b]),
                (_, Type::Text) => Class::Costly,
                _ => Class::Cheap,
            },
            ExprKind::Between(a, ..) if *a.ty.known() == Type::Text => Class::Costly,
            ExprKind::Between(..) => Class::Cheap,
            ExprKind::In(a, items) => of_comparison(a, &items.iter().collect::<Vec<_>>()),
            ExprKind::Least(items) | ExprKind::Greatest(items) => match items.first() {
                Some(item) if *item.ty.known() == Type::Text => Class::Costly,
                _ => Class::Cheap,
            },
            ExprKind::History(history) => of_history(history),
            ExprKind::Value(_)
            | ExprKind::Profile(_)
            | ExprKind::Computed(_)
            | ExprKind::Event
            | ExprKind::Entry
            | ExprKind::Local(_)
            | ExprKind::Field(..)
            | ExprKind::Consent(..)
            | ExprKind::Muted(_)
            | ExprKind::InAudience(_)
            | ExprKind::Not(_)
            | ExprKind::Known(_)
            | ExprKind::Narrow(_)
            | ExprKind::Some(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Else(..)
            | ExprKind::If(..)
            | ExprKind::Match(..)
            | ExprKind::Call(..)
            | ExprKind::Now => Class::Cheap,
        }
    }
}

/// A text is compared with a constant by its symbol; with another text, or by order, the host is asked.
fn of_comparison(a: &Expr, others: &[&Expr]) -> Class {
    let constant = |e: &Expr| matches!(e.kind, ExprKind::Value(_));
    match a.ty.known() {
        Type::Text => {
            if constant(a) || others.iter().all(|other| constant(other)) {
                Class::Cheap
            } else {
                Class::Costly
            }
        }
        Type::List(_) | Type::Record(_) => Class::Faulting,
        Type::Error
        | Type::Bool
        | Type::Int
        | Type::Number
        | Type::Money(_)
        | Type::Time
        | Type::Date
        | Type::Clock
        | Type::Duration
        | Type::Span
        | Type::Timezone
        | Type::Enum(_)
        | Type::Offer(_)
        | Type::Optional(_)
        | Type::IntIn(..)
        | Type::NumberIn(..) => Class::Cheap,
    }
}

/// A slot is read at once; for a value, or since a field, the host is asked.
fn of_history(history: &History) -> Class {
    let decays = history.half_life > 0;
    if decays || history.keyed.is_some() || matches!(history.window, Window::SinceField(_)) {
        Class::Costly
    } else {
        Class::Cheap
    }
}
