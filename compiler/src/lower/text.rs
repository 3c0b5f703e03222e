//! Texts put together: constants where all pieces are, else the host builds them. Pieces are evaluated first,
//! then pushed in a row.

use super::code::Pure;
use super::generate::{Generate, Val, Variable};
use crate::hir::{Expr, Join, NodeId, Piece};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, Inst, IntOp, Reg, Ty};
use journey_program::types::{SiteId, Type};

/// A piece at hand: what to push and how.
enum Ready<'e> {
    Text(&'e str),
    Value(Reg, Type),
    Format(Reg, Type, &'e str),
}

impl Generate<'_, '_> {
    pub(super) fn concat(&mut self, pieces: &[Piece], node: NodeId) -> Val {
        let mut constant = String::new();
        let all_constant = pieces.iter().all(|piece| match piece {
            Piece::Text(text) => {
                constant.push_str(text);
                true
            }
            Piece::Value(_) | Piece::Format(..) => false,
        });
        if all_constant {
            let text = self.tables.text(&constant);
            return Val::sure(self.code.calc(Pure::Text(text)));
        }
        let ready: Vec<Ready<'_>> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Ready::Text(text),
                Piece::Value(value) => Ready::Value(self.expr(value).reg, value.ty.known().base()),
                Piece::Format(value, locale) => {
                    Ready::Format(self.expr(value).reg, value.ty.known().base(), locale)
                }
            })
            .collect();
        let site = self.site(node);
        self.code.call(HostOp::TextBegin, &[], site);
        for piece in ready {
            match piece {
                Ready::Text(text) => {
                    let text = self.tables.text(text);
                    let text = self.code.calc(Pure::Text(text));
                    self.code.call(HostOp::TextPush, &[text], site);
                }
                Ready::Value(value, ty) => self.push_piece(value, &ty, site),
                Ready::Format(value, ty, locale) => {
                    let locale = self.tables.text(locale);
                    let locale = self.code.calc(Pure::Text(locale));
                    self.push_formatted(value, &ty, locale, site);
                }
            }
        }
        Val::sure(self.code.call(HostOp::TextEnd, &[], site))
    }

    /// A text as HTML shows it.
    pub(super) fn escape(&mut self, text: &Expr, node: NodeId) -> Val {
        let text = self.expr(text).reg;
        let site = self.site(node);
        self.code.call(HostOp::TextBegin, &[], site);
        self.code.call(HostOp::TextPushHtml, &[text], site);
        Val::sure(self.code.call(HostOp::TextEnd, &[], site))
    }

    /// Each element's text, pushed as soon as it is there.
    pub(super) fn join(&mut self, join: &Join, node: NodeId) -> Val {
        let site = self.site(node);
        let list = self.expr(&join.list).reg;
        let Type::List(element) = join.list.ty.known() else {
            let text = self.tables.text("");
            return Val::sure(self.code.calc(Pure::Text(text)));
        };
        let length = self.code.host(HostOp::ListLen, &[list], site);
        self.code.call(HostOp::TextBegin, &[], site);
        self.each_element(list, element, site, |g, value, place| {
            let one = g.code.int(1);
            let index = g.code.reg(Ty::Int);
            g.code.push(Inst::Int {
                dst: index,
                op: IntOp::Add,
                a: place,
                b: one,
                site,
            });
            let mut compare = |a: Reg, b: Reg| {
                let dst = g.code.reg(Ty::Bool);
                let op = Cmp::Eq;
                g.code.push(Inst::IntCmp { dst, op, a, b });
                Val::sure(dst)
            };
            let (first, last) = (compare(index, one), compare(index, length));
            let bound = [
                (join.binder, value),
                (join.index, Val::sure(index)),
                (join.first, first),
                (join.last, last),
            ];
            for (local, value) in bound {
                g.env.locals.insert(local, Variable::Value(value));
            }
            let text = g.expr(&join.body).reg;
            g.code.call(HostOp::TextPush, &[text], site);
            for (local, _) in bound {
                g.env.locals.remove(&local);
            }
            None
        });
        Val::sure(self.code.call(HostOp::TextEnd, &[], site))
    }

    fn push_piece(&mut self, value: Reg, ty: &Type, site: SiteId) {
        let (op, before) = match ty {
            Type::Bool => (HostOp::TextPushBool, None),
            Type::Number | Type::NumberIn(..) => (HostOp::TextPushNum, None),
            Type::Money(currency) => {
                let code = currency_word(*currency);
                let code = self.code.int(code);
                self.code.call(HostOp::TextPushMoney, &[value, code], site);
                return;
            }
            Type::Text => (HostOp::TextPush, None),
            Type::Time => (HostOp::TextPushTime, None),
            Type::Date => (HostOp::TextPushDate, None),
            Type::Clock => (HostOp::TextPushClock, None),
            Type::Duration => (HostOp::TextPushDuration, None),
            Type::Span => (HostOp::TextPushSpan, None),
            Type::Timezone => (HostOp::TextPushTimezone, None),
            Type::Enum(id) | Type::Offer(id) => (HostOp::TextPushEnum, Some(i64::from(id.0))),
            Type::Error
            | Type::Int
            | Type::IntIn(..)
            | Type::Record(_)
            | Type::List(_)
            | Type::Optional(_) => (HostOp::TextPushInt, None),
        };
        match before {
            Some(number) => {
                let number = self.code.int(number);
                self.code.call(op, &[number, value], site)
            }
            None => self.code.call(op, &[value], site),
        };
    }

    fn push_formatted(&mut self, value: Reg, ty: &Type, locale: Reg, site: SiteId) {
        let op = match ty {
            Type::Int | Type::IntIn(..) => HostOp::TextPushIntLocale,
            Type::Number | Type::NumberIn(..) => HostOp::TextPushNumLocale,
            Type::Money(currency) => {
                let code = currency_word(*currency);
                let code = self.code.int(code);
                self.code
                    .call(HostOp::TextPushMoneyLocale, &[value, code, locale], site);
                return;
            }
            Type::Date => HostOp::TextPushDateLocale,
            Type::Time => HostOp::TextPushTimeLocale,
            Type::Error
            | Type::Bool
            | Type::Text
            | Type::Clock
            | Type::Duration
            | Type::Span
            | Type::Timezone
            | Type::Enum(_)
            | Type::Offer(_)
            | Type::Record(_)
            | Type::List(_)
            | Type::Optional(_) => return self.push_piece(value, ty, site),
        };
        self.code.call(op, &[value, locale], site);
    }
}

/// The currency's three letters as one word, the first in the highest place.
fn currency_word(currency: journey_program::types::Currency) -> i64 {
    currency
        .0
        .iter()
        .fold(0, |word, letter| (word << 8) | i64::from(*letter))
}
