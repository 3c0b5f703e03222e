//! Expressions: from the checked tree to registers. What is cheap is computed without branches, what may fault
//! only where the language evaluates it.

use super::class::Class;
use super::code::{Pure, at, in_space};
use super::generate::{Generate, Val, Variable};
use crate::hir::{DeclId, Expr, ExprKind, Local, LocalId};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, Place, Reg, Repr, Space, Ty};
use journey_program::record::to_word;
use journey_program::types::{AudienceId, ChannelId, PurposeId, RecordId, SiteId, Type, Value};
use std::collections::BTreeMap;

/// The byte of a consent that was granted.
const GRANTED: i64 = 1;

impl Generate<'_, '_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Val {
        match self.begin_note(expr) {
            None => self.value_of(expr),
            Some(note) => {
                let around = self.env.note.replace(note);
                let value = self.value_of(expr);
                self.env.note = around;
                self.note(note, value, &expr.ty);
                value
            }
        }
    }

    fn value_of(&mut self, expr: &Expr) -> Val {
        match &expr.kind {
            ExprKind::Value(value) => self.constant(value, &expr.ty),
            ExprKind::Profile(field) => self.profile_field(*field),
            ExprKind::Computed(number) => self.computed(*number),
            ExprKind::Event => self.record_at(in_space(Space::Event, 0)),
            ExprKind::Entry => self.entry(),
            ExprKind::Local(local) => self.local(*local, &expr.ty),
            ExprKind::Field(base, field) => self.field(base, *field),
            ExprKind::Muted(purpose) => {
                let place = in_space(Space::Profile, self.tables.block.muted + purpose.0);
                Val::sure(self.code.calc(Pure::Load(place, Repr::Bool)))
            }
            ExprKind::Consent(purpose, channel) => Val::sure(self.consent(*purpose, *channel)),
            ExprKind::InAudience(audience) => Val::sure(self.in_audience(*audience)),
            ExprKind::History(history) => self.history(expr, history),
            ExprKind::Not(inner) => {
                let reg = self.bool(inner);
                Val::sure(self.not(reg))
            }
            ExprKind::Known(inner) => {
                let value = self.expr(inner);
                Val::sure(self.known(value))
            }
            ExprKind::Narrow(inner) | ExprKind::Some(inner) => Val::sure(self.expr(inner).reg),
            ExprKind::And(..) | ExprKind::Or(..) => Val::sure(self.chain(expr)),
            ExprKind::Compare(op, a, b) => Val::sure(self.comparison(*op, a, b, expr.node)),
            ExprKind::Neg(_)
            | ExprKind::Widen(_)
            | ExprKind::Arith(..)
            | ExprKind::Least(_)
            | ExprKind::Greatest(_)
            | ExprKind::YearsSince(_)
            | ExprKind::DateAt(..) => self.arithmetic(expr),
            ExprKind::Else(a, b) => self.or_else(a, b, &expr.ty),
            ExprKind::Contains(a, b) => Val::sure(self.contains(a, b, expr.node)),
            ExprKind::StartsWith(a, b) => self.text_test(HostOp::TextStartsWith, a, b, expr.node),
            ExprKind::EndsWith(a, b) => self.text_test(HostOp::TextEndsWith, a, b, expr.node),
            ExprKind::Matches(a, pattern) => self.matches(a, pattern, expr.node),
            ExprKind::In(a, items) => Val::sure(self.one_of(a, items, expr.node)),
            ExprKind::Between(a, low, high) => Val::sure(self.between(a, low, high, expr.node)),
            ExprKind::If(cond, a, b) => self.if_else(cond, a, b, &expr.ty),
            ExprKind::Match(value, arms) => self.match_value(value, arms, expr),
            ExprKind::ListQuery(query) => self.list_query(query, expr),
            ExprKind::List(items) => self.list(items, expr),
            ExprKind::Record(record, fields) => self.record(*record, fields, expr.node),
            ExprKind::Concat(pieces) => self.concat(pieces, expr.node),
            ExprKind::Join(join) => self.join(join, expr.node),
            ExprKind::Escape(text) => self.escape(text, expr.node),
            ExprKind::Call(number, args) => self.inline(*number, args),
            ExprKind::Logistic(inner) => {
                let x = self.expr(inner).reg;
                let site = self.site(expr.node);
                Val::sure(self.code.host(HostOp::NumLogistic, &[x], site))
            }
            ExprKind::Trees(forest, inputs) => self.trees(*forest, inputs, expr.node),
            ExprKind::Learned(model, offer) => {
                let model = self.code.int(i64::from(*model));
                let offer = self.code.int(i64::from(offer.0));
                let site = self.site(expr.node);
                Val::sure(self.code.host(HostOp::Learned, &[model, offer], site))
            }
            ExprKind::Now => Val::sure(self.code.calc(Pure::Clock)),
            ExprKind::Today => {
                let site = self.site(expr.node);
                Val::sure(self.code.host(HostOp::Today, &[], site))
            }
        }
    }

    pub(super) fn bool(&mut self, expr: &Expr) -> Reg {
        self.expr(expr).reg
    }

    // --- constants

    pub(super) fn constant(&mut self, value: &Value, ty: &Type) -> Val {
        let reg = match value {
            Value::Unknown => {
                let known = Some(self.code.bool(false));
                let reg = self.nothing(ty);
                return Val { reg, known };
            }
            Value::Bool(value) => self.code.bool(*value),
            Value::Number(value) => self.code.calc(Pure::Num(value.to_bits())),
            Value::Text(text) => {
                let text = self.tables.text(text);
                self.code.calc(Pure::Text(text))
            }
            Value::Int(_)
            | Value::Money(..)
            | Value::Time(_)
            | Value::Date(_)
            | Value::Clock(_)
            | Value::Duration(_)
            | Value::Span(_)
            | Value::Timezone(_)
            | Value::Enum(..) => self.code.int(to_word(value)),
            Value::Record(record, fields) => return self.constant_record(*record, fields),
            Value::List(items) => return self.constant_list(items, ty),
        };
        Val::sure(reg)
    }

    /// What stands in the register of an unknown value: nobody reads it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the type of a reference is a record"
    )]
    pub(super) fn nothing(&mut self, ty: &Type) -> Reg {
        match self.ty_of(ty) {
            Ty::Bool => self.code.bool(false),
            Ty::Int => self.code.int(0),
            Ty::Num => self.code.calc(Pure::Num(0)),
            Ty::Text => {
                let text = self.tables.text("");
                self.code.calc(Pure::Text(text))
            }
            Ty::List => self.constant_list(&[], ty).reg,
            Ty::Ref => {
                let record = match ty.known() {
                    Type::Record(record) => *record,
                    _ => RecordId(0),
                };
                self.constant_record(record, &[]).reg
            }
        }
    }

    fn constant_record(&mut self, record: RecordId, fields: &[Value]) -> Val {
        let types = self.field_types(record);
        let site = SiteId(0);
        let values: Vec<(u32, Val, Type)> = fields
            .iter()
            .zip(types)
            .zip(0u32..)
            .map(|((value, ty), number)| (number, self.constant(value, &ty), ty))
            .collect();
        self.build_record(record, &values, site)
    }

    pub(super) fn field_types(&self, record: RecordId) -> Vec<Type> {
        let record = self.tables.hir.records.get(record.index());
        record.map_or(Vec::new(), |record| {
            record.fields.iter().map(|field| field.ty.clone()).collect()
        })
    }

    fn constant_list(&mut self, items: &[Value], ty: &Type) -> Val {
        let Type::List(element) = ty.known() else {
            return Val::sure(self.code.int(0));
        };
        let values: Vec<Val> = items
            .iter()
            .map(|item| self.constant(item, element))
            .collect();
        Val::sure(self.build_list(&values, element, SiteId(0)))
    }

    // --- names

    fn record_at(&mut self, place: Place) -> Val {
        Val::sure(self.code.calc(Pure::Load(place, Repr::Ref)))
    }

    /// The entry event: in the instance, or, before there is one, the event at hand.
    fn entry(&mut self) -> Val {
        let entry = self.env.journey.as_ref().and_then(|journey| journey.entry);
        self.record_at(match entry {
            Some(offset) => in_space(Space::Instance, offset),
            None => in_space(Space::Event, 0),
        })
    }

    fn local(&mut self, local: LocalId, ty: &Type) -> Val {
        match self.env.locals.get(&local).cloned() {
            Some(Variable::Value(value)) => value,
            Some(Variable::Slot(slot)) => self.load_slot(Space::Instance, 0, &slot),
            None => {
                let reg = self.nothing(ty);
                Val::sure(reg)
            }
        }
    }

    fn field(&mut self, base: &Expr, field: u32) -> Val {
        let Type::Record(record) = base.ty.known() else {
            return Val::sure(self.code.int(0));
        };
        let value = self.expr(base);
        let place = self.code.place(value.reg);
        match self.field_slot(*record, field) {
            Some(slot) => {
                let value = self.load(place, &slot);
                self.number_of_field(*record, field, value.reg);
                value
            }
            None => Val::sure(self.code.int(0)),
        }
    }

    /// A function's body where it is called: arguments first, each once.
    fn inline(&mut self, number: u32, args: &[Expr]) -> Val {
        let hir = self.tables.hir;
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(function) = hir.functions.get(index) else {
            return Val::sure(self.code.int(0));
        };
        let locals = self.arguments(args, &function.params);
        self.inside(function.decl, locals, |g| g.expr(&function.body))
    }

    pub(super) fn arguments(
        &mut self,
        args: &[Expr],
        params: &[Local],
    ) -> BTreeMap<LocalId, Variable> {
        args.iter()
            .zip(params)
            .zip(0u32..)
            .map(|((arg, _), number)| (LocalId(number), Variable::Value(self.expr(arg))))
            .collect()
    }

    /// In another declaration, with its own names.
    pub(super) fn inside<T>(
        &mut self,
        decl: DeclId,
        locals: BTreeMap<LocalId, Variable>,
        write: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.env.locals, locals);
        let outer_decl = std::mem::replace(&mut self.env.decl, decl);
        let result = write(self);
        self.env.locals = outer;
        self.env.decl = outer_decl;
        result
    }

    // --- the person

    fn consent(&mut self, purpose: PurposeId, channel: Option<ChannelId>) -> Reg {
        let channels = u32::try_from(self.tables.hir.channels.len()).unwrap_or(0);
        let first = self.tables.block.consent + purpose.0 * channels;
        let numbers = match channel {
            Some(channel) => channel.0..channel.0 + 1,
            None => 0..channels,
        };
        let mut any = self.code.bool(false);
        for number in numbers {
            let place = in_space(Space::Profile, first + number);
            let byte = self.code.calc(Pure::Load(place, Repr::Byte));
            let granted = self.compare_const(Cmp::Eq, byte, GRANTED);
            any = self.or(any, granted);
        }
        any
    }

    fn in_audience(&mut self, audience: AudienceId) -> Reg {
        if let Some(reg) = self.env.audiences.get(audience.index()) {
            return *reg;
        }
        let place = in_space(Space::Profile, self.tables.block.audiences);
        let bit = u8::try_from(audience.0 % 8).unwrap_or(0);
        self.code.calc(Pure::Bit(at(place, audience.0 / 8), bit))
    }

    // --- choices

    fn or_else(&mut self, a: &Expr, b: &Expr, ty: &Type) -> Val {
        let value = self.expr(a);
        let Some(known) = value.known else {
            return value;
        };
        if self.tables.class(b) > Class::Cheap {
            return self.choose(known, ty, |_| Val::sure(value.reg), |g| g.expr(b));
        }
        let other = self.expr(b);
        let reg = self.select(known, value.reg, other.reg);
        let known = other.known.map(|other| self.or(known, other));
        Val { reg, known }
    }

    fn if_else(&mut self, cond: &Expr, a: &Expr, b: &Expr, ty: &Type) -> Val {
        let cond = self.bool(cond);
        if self.tables.class(a) > Class::Cheap || self.tables.class(b) > Class::Cheap {
            return self.choose(cond, ty, |g| g.expr(a), |g| g.expr(b));
        }
        let (a, b) = (self.expr(a), self.expr(b));
        self.merge(cond, a, b)
    }

    pub(super) fn merge(&mut self, cond: Reg, a: Val, b: Val) -> Val {
        let known = (a.known.is_some() || b.known.is_some()).then(|| {
            let (a, b) = (self.known(a), self.known(b));
            self.select(cond, a, b)
        });
        Val {
            reg: self.select(cond, a.reg, b.reg),
            known,
        }
    }

    fn text_test(&mut self, op: HostOp, a: &Expr, b: &Expr, node: crate::hir::NodeId) -> Val {
        let (a, b) = (self.expr(a).reg, self.expr(b).reg);
        let site = self.site(node);
        Val::sure(self.code.host(op, &[a, b], site))
    }

    fn matches(&mut self, a: &Expr, pattern: &str, node: crate::hir::NodeId) -> Val {
        let text = self.expr(a).reg;
        let number = self.tables.regexes.number(&pattern.to_owned());
        let number = self.code.int(i64::from(number));
        let site = self.site(node);
        Val::sure(self.code.host(HostOp::TextMatches, &[text, number], site))
    }
}
