//! Arithmetic: what the operands' types make of an operator. All of it is checked; what is no single
//! instruction (money by numbers, civil time) the host computes.

use super::code::Pure;
use super::generate::{Generate, Val};
use crate::hir::{ArithOp, Expr, ExprKind, NodeId};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, IntOp, NumOp, Reg, Ty};
use journey_program::types::{SiteId, Type};

/// 2^32: the months of a packed span stand above it.
const MONTHS: i64 = 1 << 32;
/// The largest int that is surely a double.
const EXACT_MAX: u64 = 1 << 53;

impl Generate<'_, '_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "its caller knows which kinds are arithmetic"
    )]
    pub(super) fn arithmetic(&mut self, expr: &Expr) -> Val {
        let site = self.site(expr.node);
        match &expr.kind {
            ExprKind::Neg(inner) => {
                let value = self.expr(inner);
                Val {
                    reg: self.negate(inner.ty.known(), value.reg, site),
                    known: value.known,
                }
            }
            ExprKind::Widen(inner) => {
                let value = self.expr(inner);
                Val {
                    reg: self.widen(value.reg, site),
                    known: value.known,
                }
            }
            ExprKind::Arith(op, a, b) => Val::sure(self.operate(*op, a, b, expr.node)),
            ExprKind::Least(items) => self.extreme(items, Cmp::Lt, site),
            ExprKind::Greatest(items) => self.extreme(items, Cmp::Gt, site),
            ExprKind::YearsSince(date) => {
                let date = self.expr(date).reg;
                Val::sure(self.code.host(HostOp::YearsSince, &[date], site))
            }
            ExprKind::DateAt(date, clock) => {
                let (date, clock) = (self.expr(date).reg, self.expr(clock).reg);
                Val::sure(self.code.host(HostOp::DateAtClock, &[date, clock], site))
            }
            _ => Val::sure(self.code.int(0)),
        }
    }

    fn widen(&mut self, value: Reg, site: SiteId) -> Reg {
        match self.code.const_int(value) {
            #[expect(
                clippy::cast_precision_loss,
                reason = "up to 2^53 every int is a double"
            )]
            Some(value) if value.unsigned_abs() <= EXACT_MAX => {
                self.code.calc(Pure::Num((value as f64).to_bits()))
            }
            _ => self.code.pure(Pure::Widen(value), site),
        }
    }

    fn negate(&mut self, ty: &Type, value: Reg, site: SiteId) -> Reg {
        if *ty == Type::Span {
            return self.negate_span(value, site);
        }
        if self.code.ty(value) == Ty::Num {
            // -0.0 - x is -x for every x, zeros included.
            let zero = self.code.calc(Pure::Num((-0.0_f64).to_bits()));
            return self.code.pure(Pure::Float(NumOp::Sub, zero, value), site);
        }
        if let Some(negated) = self.code.const_int(value).and_then(i64::checked_neg) {
            return self.code.int(negated);
        }
        let zero = self.code.int(0);
        self.code.pure(Pure::Arith(IntOp::Sub, zero, value), site)
    }

    /// Months and days apart, each negated, together again.
    fn negate_span(&mut self, span: Reg, site: SiteId) -> Reg {
        if let Some(word) = self.code.const_int(span) {
            let span = journey_program::types::Span::unpack(word);
            let negated = journey_program::types::Span {
                months: span.months.saturating_neg(),
                days: span.days.saturating_neg(),
            };
            return self.code.int(negated.pack());
        }
        let (zero, shift) = (self.code.int(0), self.code.int(MONTHS));
        let mut int = |op, a, b| self.code.pure(Pure::Arith(op, a, b), site);
        let months = int(IntOp::Div, span, shift);
        let days = int(IntOp::Mod, span, shift);
        let months = int(IntOp::Sub, zero, months);
        let days = int(IntOp::Sub, zero, days);
        let days = int(IntOp::Mod, days, shift);
        let months = int(IntOp::Mul, months, shift);
        int(IntOp::Add, months, days)
    }

    fn extreme(&mut self, items: &[Expr], better: Cmp, site: SiteId) -> Val {
        let mut best: Option<Reg> = None;
        for item in items {
            let ty = item.ty.known().base();
            let value = self.expr(item).reg;
            best = Some(match best {
                None => value,
                Some(best) => {
                    let wins = self.compare(better, &ty, value, best, site);
                    self.select(wins, value, best)
                }
            });
        }
        Val::sure(best.unwrap_or_else(|| self.code.int(0)))
    }

    pub(super) fn operate(&mut self, op: ArithOp, a: &Expr, b: &Expr, node: NodeId) -> Reg {
        let (ty, other) = (a.ty.known().base(), b.ty.known().base());
        let (a, b) = (self.expr(a).reg, self.expr(b).reg);
        let site = self.site(node);
        match op {
            ArithOp::Add => self.add(&ty, &other, a, b, site),
            ArithOp::Sub => self.subtract(&ty, &other, a, b, site),
            ArithOp::Mul => match (&ty, &other) {
                (Type::Money(_), _) => self.code.host(HostOp::MoneyMul, &[a, b], site),
                (_, Type::Money(_)) => self.code.host(HostOp::MoneyMul, &[b, a], site),
                _ => self.plain(IntOp::Mul, NumOp::Mul, a, b, site),
            },
            ArithOp::Div => match (&ty, &other) {
                (Type::Money(_), Type::Money(_)) => {
                    self.code.host(HostOp::MoneyRatio, &[a, b], site)
                }
                (Type::Money(_), _) => self.code.host(HostOp::MoneyDiv, &[a, b], site),
                _ => self.plain(IntOp::Div, NumOp::Div, a, b, site),
            },
            ArithOp::IntDiv => self.code.pure(Pure::Arith(IntOp::Div, a, b), site),
            ArithOp::Mod => self.code.pure(Pure::Arith(IntOp::Mod, a, b), site),
        }
    }

    fn add(&mut self, ty: &Type, other: &Type, a: Reg, b: Reg, site: SiteId) -> Reg {
        match (ty, other) {
            (Type::Time, Type::Span) => self.code.host(HostOp::AddSpanToTime, &[a, b], site),
            (Type::Date, Type::Span) => self.code.host(HostOp::AddSpanToDate, &[a, b], site),
            (Type::Span, Type::Time) => self.code.host(HostOp::AddSpanToTime, &[b, a], site),
            (Type::Span, Type::Date) => self.code.host(HostOp::AddSpanToDate, &[b, a], site),
            _ => self.plain(IntOp::Add, NumOp::Add, a, b, site),
        }
    }

    fn subtract(&mut self, ty: &Type, other: &Type, a: Reg, b: Reg, site: SiteId) -> Reg {
        match (ty, other) {
            (Type::Time, Type::Span) => {
                let span = self.negate_span(b, site);
                self.code.host(HostOp::AddSpanToTime, &[a, span], site)
            }
            (Type::Date, Type::Span) => {
                let span = self.negate_span(b, site);
                self.code.host(HostOp::AddSpanToDate, &[a, span], site)
            }
            _ => self.plain(IntOp::Sub, NumOp::Sub, a, b, site),
        }
    }

    pub(super) fn plain(&mut self, int: IntOp, num: NumOp, a: Reg, b: Reg, site: SiteId) -> Reg {
        if self.code.ty(a) == Ty::Num {
            self.code.pure(Pure::Float(num, a, b), site)
        } else {
            self.code.pure(Pure::Arith(int, a, b), site)
        }
    }
}
