//! Making one function: where it stands, what its variables are, and the small words that the rest is said in.
//! An optional value is a pair of registers, whether it is known and what it is.

use super::code::{Code, Pure, at, in_space};
use super::journey::Instance;
use super::tables::Tables;
use crate::hir::{DeclId, LocalId, NodeId};
use journey_program::ir::{Cmp, Function, Place, Reg, Space, Term, Ty};
pub(super) use journey_program::layout::register_of;
use journey_program::layout::repr_of;
use journey_program::plan::{FieldSlot, FunctionContext};
use journey_program::types::{FunctionId, JourneyId, RecordId, SiteId, Type};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A value in registers. No `known`: it surely is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Val {
    pub(super) reg: Reg,
    pub(super) known: Option<Reg>,
}

impl Val {
    pub(super) fn sure(reg: Reg) -> Self {
        Self { reg, known: None }
    }
}

/// A variable: a value at hand, or a slot of the instance.
#[derive(Clone, Debug)]
pub(super) enum Variable {
    Value(Val),
    Slot(FieldSlot),
}

/// What names mean where an expression stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    pub(super) decl: DeclId,
    pub(super) locals: BTreeMap<LocalId, Variable>,
    pub(super) journey: Option<Rc<Instance>>,
    /// results of the audiences before this one, where all are evaluated together
    pub(super) audiences: Vec<Reg>,
    /// the note of the expression around, and whose predicate it is
    pub(super) note: Option<u32>,
    pub(super) audience: Option<u32>,
    /// nothing is noted here
    pub(super) quiet: bool,
}

/// For which the function is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    pub(super) decl: DeclId,
    pub(super) event: Option<RecordId>,
    pub(super) journey: Option<Rc<Instance>>,
}

impl Context {
    pub(super) fn of(decl: DeclId) -> Self {
        Self {
            decl,
            event: None,
            journey: None,
        }
    }

    pub(super) fn plan(&self) -> FunctionContext {
        FunctionContext {
            event: self.event,
            instance: self.journey.as_ref().map(|j| JourneyId::new(j.number)),
        }
    }
}

#[derive(Debug)]
pub(super) struct Generate<'t, 'p> {
    pub(super) tables: &'t mut Tables<'p>,
    pub(super) code: Code,
    pub(super) env: Env,
}

impl<'p> Tables<'p> {
    /// Makes a function of a context and gives it a number; `write` writes its body up to its return.
    pub(super) fn function(
        &mut self,
        name: String,
        params: &[Ty],
        results: &[Ty],
        context: &Context,
        write: impl FnOnce(&mut Generate<'_, 'p>),
    ) -> FunctionId {
        let function = self.made(name, params, results, context, write);
        self.add(function, context.plan())
    }

    pub(super) fn made(
        &mut self,
        name: String,
        params: &[Ty],
        results: &[Ty],
        context: &Context,
        write: impl FnOnce(&mut Generate<'_, 'p>),
    ) -> Function {
        let locals = context
            .journey
            .iter()
            .flat_map(|journey| journey.locals.iter())
            .map(|(local, slot)| (*local, Variable::Slot(slot.clone())))
            .collect();
        let quiet = self.is_quiet(&name);
        let mut generate = Generate {
            tables: self,
            code: Code::new(name, params, results),
            env: Env {
                decl: context.decl,
                locals,
                journey: context.journey.clone(),
                audiences: Vec::new(),
                note: None,
                audience: None,
                quiet,
            },
        };
        write(&mut generate);
        generate.code.finish()
    }
}

impl Generate<'_, '_> {
    pub(super) fn site(&mut self, node: NodeId) -> SiteId {
        self.tables.site(self.env.decl, node)
    }

    pub(super) fn ty_of(&self, ty: &Type) -> Ty {
        register_of(repr_of(ty))
    }

    // --- pure words

    pub(super) fn and(&mut self, a: Reg, b: Reg) -> Reg {
        self.code.calc(Pure::And(a, b))
    }

    pub(super) fn or(&mut self, a: Reg, b: Reg) -> Reg {
        self.code.calc(Pure::Or(a, b))
    }

    pub(super) fn not(&mut self, a: Reg) -> Reg {
        self.code.calc(Pure::Not(a))
    }

    pub(super) fn select(&mut self, cond: Reg, a: Reg, b: Reg) -> Reg {
        self.code.calc(Pure::Select(cond, a, b))
    }

    pub(super) fn compare_const(&mut self, op: Cmp, a: Reg, value: i64) -> Reg {
        self.code.calc(Pure::IntCmpConst(op, a, value))
    }

    pub(super) fn known(&mut self, value: Val) -> Reg {
        value.known.unwrap_or_else(|| self.code.bool(true))
    }

    // --- memory

    pub(super) fn load(&mut self, base: Place, slot: &FieldSlot) -> Val {
        let known = slot
            .known
            .map(|(byte, bit)| self.code.calc(Pure::Bit(at(base, byte), bit)));
        let reg = self.code.calc(Pure::Load(at(base, slot.offset), slot.repr));
        Val { reg, known }
    }

    pub(super) fn load_slot(&mut self, space: Space, offset: u32, slot: &FieldSlot) -> Val {
        self.load(in_space(space, offset), slot)
    }

    pub(super) fn field_slot(&self, record: RecordId, field: u32) -> Option<FieldSlot> {
        let field = usize::try_from(field).ok()?;
        self.tables
            .layouts
            .get(record.index())?
            .fields
            .get(field)
            .cloned()
    }

    pub(super) fn profile_field(&mut self, field: u32) -> Val {
        let record = self.tables.hir.profile.record;
        match self.field_slot(record, field) {
            Some(slot) => {
                let value = self.load_slot(Space::Profile, 0, &slot);
                self.number_of_field(record, field, value.reg);
                value
            }
            None => Val::sure(self.code.int(0)),
        }
    }

    /// What the type of a field says of how large its numbers are: whoever writes one has held it against that.
    pub(super) fn number_of_field(&mut self, record: RecordId, field: u32, number: Reg) {
        let hir = self.tables.hir;
        let record = hir.records.get(record.index());
        let field = usize::try_from(field).ok();
        let field = field.zip(record).and_then(|(at, r)| r.fields.get(at));
        if let Some(Type::NumberIn(low, high)) = field.map(|field| field.ty.known()) {
            let [low, high] = [low, high].map(|bits| f64::from_bits(*bits).abs());
            self.code.bounded(number, low.max(high));
        }
    }

    // --- branches

    /// One of two values, each made only where it is needed.
    pub(super) fn choose(
        &mut self,
        cond: Reg,
        ty: &Type,
        then: impl FnOnce(&mut Self) -> Val,
        otherwise: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        match self.code.const_bool(cond) {
            Some(true) => return then(self),
            Some(false) => return otherwise(self),
            None => {}
        }
        let result = self.result_of(ty);
        let (yes, no, join) = (self.code.block(), self.code.block(), self.code.block());
        self.code.branch(cond, yes, no);
        self.arm(yes, join, result, then);
        self.arm(no, join, result, otherwise);
        self.code.enter(join);
        result
    }

    /// Registers that every arm writes.
    pub(super) fn result_of(&mut self, ty: &Type) -> Val {
        let reg = self.code.reg(self.ty_of(ty));
        let known = ty.is_optional().then(|| self.code.reg(Ty::Bool));
        Val { reg, known }
    }

    pub(super) fn arm(
        &mut self,
        block: journey_program::ir::BlockId,
        join: journey_program::ir::BlockId,
        result: Val,
        write: impl FnOnce(&mut Self) -> Val,
    ) {
        self.code.enter(block);
        self.code.push_scope();
        let value = write(self);
        self.give(result, value);
        self.code.pop_scope();
        self.code.jump(join);
    }

    pub(super) fn give(&mut self, result: Val, value: Val) {
        if let Some(known) = result.known {
            let from = self.known(value);
            self.code.copy(known, from);
        }
        self.code.copy(result.reg, value.reg);
    }

    /// Runs `write` only where the condition holds.
    pub(super) fn when(&mut self, cond: Reg, write: impl FnOnce(&mut Self)) {
        if self.code.const_bool(cond) == Some(false) {
            return;
        }
        let (yes, join) = (self.code.block(), self.code.block());
        self.code.branch(cond, yes, join);
        self.code.enter(yes);
        self.code.push_scope();
        write(self);
        self.code.pop_scope();
        self.code.jump(join);
        self.code.enter(join);
    }

    pub(super) fn finish(&mut self, values: Vec<Reg>) {
        self.code.end(Term::Return(values));
    }
}
