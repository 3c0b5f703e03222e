//! Lists and records: questions about lists as loops (each head costs fuel), membership by a list's mask where
//! it has a bit for the text, lists and records built by the host.

use super::code::{Pure, at};
use super::generate::{Generate, Val, Variable};
use super::scan;
use crate::hir::{Expr, ExprKind, ListAggregate, ListQuery, NodeId};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, Inst, IntOp, NumOp, Place, Reg, Ty};
use journey_program::layout::element;
use journey_program::types::{RecordId, SiteId, Type, Value};

/// Where a list's mask stands in its slot.
const MASK: u32 = 8;

impl Generate<'_, '_> {
    // --- loops

    /// Runs `body` for each element until it says so: it returns the condition to go on, if there is one.
    pub(super) fn each_element(
        &mut self,
        list: Reg,
        ty: &Type,
        site: SiteId,
        body: impl FnOnce(&mut Self, Val, Reg) -> Option<Reg>,
    ) {
        let length = self.code.host(HostOp::ListLen, &[list], site);
        let (zero, one) = (self.code.int(0), self.code.int(1));
        let place = self.code.reg(Ty::Int);
        self.code.copy(place, zero);
        let (head, inside) = (self.code.block(), self.code.block());
        let (next, done) = (self.code.block(), self.code.block());
        self.code.jump(head);
        self.code.enter(head);
        self.code.push(Inst::Fuel { site });
        let more = self.code.reg(Ty::Bool);
        self.code.push(Inst::IntCmp {
            dst: more,
            op: Cmp::Lt,
            a: place,
            b: length,
        });
        self.code.branch(more, inside, done);
        self.code.enter(inside);
        self.code.push_scope();
        let at_element = self.code.call(HostOp::ListElem, &[list, place], site);
        let slot = element(ty, &self.tables.layouts).slot;
        let value = self.load(
            Place::In {
                base: at_element,
                offset: 0,
            },
            &slot,
        );
        match body(self, value, place) {
            Some(go_on) => self.code.branch(go_on, next, done),
            None => self.code.jump(next),
        }
        self.code.pop_scope();
        self.code.enter(next);
        self.code.push(Inst::Int {
            dst: place,
            op: IntOp::Add,
            a: place,
            b: one,
            site,
        });
        self.code.jump(head);
        self.code.enter(done);
    }

    pub(super) fn list_query(&mut self, query: &ListQuery, expr: &Expr) -> Val {
        let site = self.site(expr.node);
        let list = self.expr(&query.list).reg;
        let Type::List(element) = query.list.ty.known() else {
            return Val::sure(self.code.int(0));
        };
        let mut query = Asked {
            query,
            list,
            element,
            site,
        };
        match query.query.aggregate {
            ListAggregate::Any => self.any_or_all(&mut query, true),
            ListAggregate::All => self.any_or_all(&mut query, false),
            ListAggregate::Count => self.count(&query),
            ListAggregate::Sum => self.sum(&query, &expr.ty).0,
            ListAggregate::Avg => self.average(&query, &expr.ty),
            ListAggregate::Min => self.best(&query, &expr.ty, Some(Cmp::Lt)),
            ListAggregate::Max => self.best(&query, &expr.ty, Some(Cmp::Gt)),
            ListAggregate::First => self.best(&query, &expr.ty, None),
            ListAggregate::Last => self.last(&query, &expr.ty),
        }
    }

    fn any_or_all(&mut self, asked: &mut Asked<'_>, any: bool) -> Val {
        let result = self.code.reg(Ty::Bool);
        let start = self.code.bool(!any);
        self.code.copy(result, start);
        let query = asked.query;
        self.each_element(asked.list, asked.element, asked.site, |g, value, _| {
            let fits = g.bound(query, value, |g| g.condition(query));
            let found = if any { fits } else { g.not(fits) };
            let now = g.code.bool(any);
            let next = g.select(found, now, start);
            g.code.copy(result, next);
            Some(g.not(found))
        });
        Val::sure(result)
    }

    fn condition(&mut self, query: &ListQuery) -> Reg {
        match &query.filter {
            Some(filter) => self.bool(filter),
            None => self.code.bool(true),
        }
    }

    /// With the element under its name.
    fn bound<T>(&mut self, query: &ListQuery, value: Val, write: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.env.locals.insert(query.binder, Variable::Value(value));
        let result = write(self);
        match outer {
            Some(outer) => self.env.locals.insert(query.binder, outer),
            None => self.env.locals.remove(&query.binder),
        };
        result
    }

    /// For each element that fits: its value.
    fn each_fitting(&mut self, asked: &Asked<'_>, body: impl FnOnce(&mut Self, Val)) {
        let query = asked.query;
        self.each_element(asked.list, asked.element, asked.site, |g, element, _| {
            g.bound(query, element, |g| {
                let fits = g.condition(query);
                g.when(fits, |g| {
                    let value = match &query.value {
                        Some(value) => g.expr(value),
                        None => element,
                    };
                    body(g, value);
                });
            });
            None
        });
    }

    /// For each element of a query's list, whether it fits or not.
    pub(super) fn each_of(&mut self, query: &ListQuery, body: impl FnOnce(&mut Self)) {
        let list = self.expr(&query.list).reg;
        let site = self.site(query.list.node);
        let Type::List(element) = query.list.ty.known() else {
            return;
        };
        self.each_element(list, element, site, |g, value, _| {
            g.bound(query, value, body);
            None
        });
    }

    fn counter(&mut self) -> Reg {
        let count = self.code.reg(Ty::Int);
        let zero = self.code.int(0);
        self.code.copy(count, zero);
        count
    }

    fn add_one(&mut self, count: Reg, site: SiteId) {
        let one = self.code.int(1);
        self.code.push(Inst::Int {
            dst: count,
            op: IntOp::Add,
            a: count,
            b: one,
            site,
        });
    }

    fn count(&mut self, asked: &Asked<'_>) -> Val {
        let count = self.counter();
        let site = asked.site;
        self.each_fitting(asked, |g, _| g.add_one(count, site));
        Val::sure(count)
    }

    /// The sum and how many there were. Of an int's average the sum is a number, as the average is.
    fn sum(&mut self, asked: &Asked<'_>, ty: &Type) -> (Val, Reg) {
        let site = asked.site;
        let count = self.counter();
        let num = self.ty_of(ty) == Ty::Num;
        let sum = self.code.reg(if num { Ty::Num } else { Ty::Int });
        let zero = if num {
            self.code.calc(Pure::Num(0))
        } else {
            self.code.int(0)
        };
        self.code.copy(sum, zero);
        self.each_fitting(asked, |g, value| {
            g.add_one(count, site);
            let more = if num && g.code.ty(value.reg) == Ty::Int {
                g.code.pure(Pure::Widen(value.reg), site)
            } else {
                value.reg
            };
            g.accumulate(sum, more, num, site);
        });
        (Val::sure(sum), count)
    }

    fn accumulate(&mut self, sum: Reg, more: Reg, num: bool, site: SiteId) {
        self.code.push(if num {
            Inst::Num {
                dst: sum,
                op: NumOp::Add,
                a: sum,
                b: more,
                site,
            }
        } else {
            Inst::Int {
                dst: sum,
                op: IntOp::Add,
                a: sum,
                b: more,
                site,
            }
        });
    }

    fn average(&mut self, asked: &Asked<'_>, ty: &Type) -> Val {
        let (sum, count) = self.sum(asked, ty.known());
        let site = asked.site;
        let some = self.code.reg(Ty::Bool);
        self.code.push(Inst::IntCmpConst {
            dst: some,
            op: Cmp::Gt,
            a: count,
            value: 0,
        });
        let num = self.code.ty(sum.reg) == Ty::Num;
        let optional = ty.clone().optional();
        self.choose(
            some,
            &optional,
            |g| {
                if num {
                    let count = g.code.pure(Pure::Widen(count), site);
                    Val::sure(g.code.pure(Pure::Float(NumOp::Div, sum.reg, count), site))
                } else {
                    Val::sure(g.code.host(HostOp::MoneyAvg, &[sum.reg, count], site))
                }
            },
            |g| g.constant(&Value::Unknown, &optional),
        )
    }

    /// The first that beats all before it; without a comparison, the first.
    fn best(&mut self, asked: &Asked<'_>, ty: &Type, better: Option<Cmp>) -> Val {
        let result = self.result_of(&ty.clone().optional());
        self.forget_result(result, ty);
        let (known, reg) = (result.known.unwrap_or(result.reg), result.reg);
        let inner = ty.known().base();
        let site = asked.site;
        self.each_fitting(asked, |g, value| {
            let unset = g.code.reg(Ty::Bool);
            g.code.push(Inst::Not {
                dst: unset,
                a: known,
            });
            let take = match better {
                None => unset,
                Some(better) => {
                    g.choose(
                        unset,
                        &Type::Bool,
                        |g| Val::sure(g.code.bool(true)),
                        |g| {
                            // The best so far changes from turn to turn: read it as it is now.
                            let so_far = g.code.reg(g.code.ty(reg));
                            g.code.copy(so_far, reg);
                            Val::sure(g.compare(better, &inner, value.reg, so_far, site))
                        },
                    )
                    .reg
                }
            };
            g.when(take, |g| g.keep(result, value));
        });
        result
    }

    fn last(&mut self, asked: &Asked<'_>, ty: &Type) -> Val {
        let result = self.result_of(&ty.clone().optional());
        self.forget_result(result, ty);
        self.each_fitting(asked, |g, value| g.keep(result, value));
        result
    }

    fn forget_result(&mut self, result: Val, ty: &Type) {
        let nothing = self.constant(&Value::Unknown, &ty.clone().optional());
        self.give(result, nothing);
    }

    fn keep(&mut self, result: Val, value: Val) {
        if let Some(known) = result.known {
            let yes = self.known(value);
            self.code.copy(known, yes);
        }
        self.code.copy(result.reg, value.reg);
    }

    // --- membership, equality

    pub(super) fn contains(&mut self, whole: &Expr, part: &Expr, node: NodeId) -> Reg {
        let site = self.site(node);
        let Type::List(element) = whole.ty.known() else {
            let (whole, part) = (self.expr(whole).reg, self.expr(part).reg);
            return self.code.host(HostOp::TextContains, &[whole, part], site);
        };
        if let Some(bit) = self.probe(whole, part) {
            return bit;
        }
        let (list, wanted) = (self.expr(whole).reg, self.expr(part).reg);
        let result = self.code.reg(Ty::Bool);
        let no = self.code.bool(false);
        self.code.copy(result, no);
        self.each_element(list, element, site, |g, value, _| {
            let same = g.equal(element, value.reg, wanted, site);
            g.code.copy(result, same);
            Some(g.not(same))
        });
        result
    }

    /// The bit of the list's mask that says it at once.
    fn probe(&mut self, list: &Expr, text: &Expr) -> Option<Reg> {
        let (record, field) = scan::field_read(self.tables.hir, list)?;
        let ExprKind::Value(Value::Text(text)) = &text.kind else {
            return None;
        };
        let number = self.tables.text(text).0;
        let slot = self.field_slot(record, field)?;
        let place = slot.probes.iter().position(|probe| *probe == number)?;
        let list = self.expr(list).reg;
        let (byte, bit) = (
            u32::try_from(place / 8).ok()?,
            u8::try_from(place % 8).ok()?,
        );
        let mask = at(self.code.place(list), MASK + byte);
        Some(self.code.calc(Pure::Bit(mask, bit)))
    }

    pub(super) fn lists_equal(&mut self, element: &Type, a: Reg, b: Reg, site: SiteId) -> Reg {
        let (left, right) = (
            self.code.host(HostOp::ListLen, &[a], site),
            self.code.host(HostOp::ListLen, &[b], site),
        );
        let same_length = self.code.calc(Pure::IntCmp(Cmp::Eq, left, right));
        let slot = super::list::element(element, &self.tables.layouts).slot;
        self.choose(
            same_length,
            &Type::Bool,
            |g| {
                let result = g.code.reg(Ty::Bool);
                let yes = g.code.bool(true);
                g.code.copy(result, yes);
                g.each_element(a, element, site, |g, value, place| {
                    let other = g.code.call(HostOp::ListElem, &[b, place], site);
                    let other = g.load(
                        Place::In {
                            base: other,
                            offset: 0,
                        },
                        &slot,
                    );
                    let same = g.equal(element, value.reg, other.reg, site);
                    g.code.copy(result, same);
                    Some(same)
                });
                Val::sure(result)
            },
            |g| Val::sure(g.code.bool(false)),
        )
        .reg
    }

    // --- building

    pub(super) fn list(&mut self, items: &[Expr], expr: &Expr) -> Val {
        let Type::List(element) = expr.ty.known() else {
            return Val::sure(self.code.int(0));
        };
        let values: Vec<Val> = items.iter().map(|item| self.expr(item)).collect();
        let site = self.site(expr.node);
        Val::sure(self.build_list(&values, element, site))
    }

    pub(super) fn build_list(&mut self, values: &[Val], element: &Type, site: SiteId) -> Reg {
        let number = self.tables.element_type(element);
        let number = self.code.int(number);
        self.code.call(HostOp::ListBegin, &[number], site);
        for value in values {
            let op = match self.ty_of(element) {
                Ty::Bool => HostOp::ListPushBool,
                Ty::Int | Ty::List => HostOp::ListPushInt,
                Ty::Num => HostOp::ListPushNum,
                Ty::Text => HostOp::ListPushText,
                Ty::Ref => HostOp::ListPushRecord,
            };
            self.code.call(op, &[value.reg], site);
        }
        self.code.call(HostOp::ListEnd, &[], site)
    }

    pub(super) fn record(&mut self, record: RecordId, fields: &[Expr], node: NodeId) -> Val {
        let types = self.field_types(record);
        let values: Vec<(u32, Val, Type)> = fields
            .iter()
            .zip(types)
            .zip(0u32..)
            .map(|((field, ty), number)| (number, self.expr(field), ty))
            .collect();
        let site = self.site(node);
        self.build_record(record, &values, site)
    }

    pub(super) fn build_record(
        &mut self,
        record: RecordId,
        fields: &[(u32, Val, Type)],
        site: SiteId,
    ) -> Val {
        let number = self.code.int(i64::from(record.0));
        self.code.call(HostOp::RecordBegin, &[number], site);
        for (number, value, ty) in fields {
            self.assign(*number, *value, ty, &RECORD, site);
        }
        Val::sure(self.code.call(HostOp::RecordEnd, &[], site))
    }

    /// Writes a field of a record that is being built, or of the profile.
    pub(super) fn assign(
        &mut self,
        field: u32,
        value: Val,
        ty: &Type,
        ops: &Setters,
        site: SiteId,
    ) {
        let number = self.code.int(i64::from(field));
        let op = match self.ty_of(ty) {
            Ty::Bool => ops.bool,
            Ty::Int => ops.int,
            Ty::Num => ops.num,
            Ty::Text => ops.text,
            Ty::List => ops.list,
            Ty::Ref => ops.record,
        };
        let unknown = ops.unknown;
        match value.known {
            None => {
                self.code.call(op, &[number, value.reg], site);
            }
            Some(known) => {
                self.choose(
                    known,
                    &Type::Bool,
                    |g| {
                        g.code.call(op, &[number, value.reg], site);
                        Val::sure(g.code.bool(true))
                    },
                    |g| {
                        g.code.call(unknown, &[number], site);
                        Val::sure(g.code.bool(false))
                    },
                );
            }
        }
    }
}

/// The host's words for writing a field, by what it holds.
#[derive(Debug)]
pub(super) struct Setters {
    bool: HostOp,
    int: HostOp,
    num: HostOp,
    text: HostOp,
    list: HostOp,
    record: HostOp,
    unknown: HostOp,
}

const RECORD: Setters = Setters {
    bool: HostOp::RecordSetBool,
    int: HostOp::RecordSetInt,
    num: HostOp::RecordSetNum,
    text: HostOp::RecordSetText,
    list: HostOp::RecordSetList,
    record: HostOp::RecordSetRecord,
    unknown: HostOp::RecordSetUnknown,
};

pub(super) const PROFILE: Setters = Setters {
    bool: HostOp::SetBool,
    int: HostOp::SetInt,
    num: HostOp::SetNum,
    text: HostOp::SetText,
    list: HostOp::SetList,
    record: HostOp::SetRecord,
    unknown: HostOp::SetUnknown,
};

/// A question about a list, its list at hand.
struct Asked<'q> {
    query: &'q ListQuery,
    list: Reg,
    element: &'q Type,
    site: SiteId,
}
