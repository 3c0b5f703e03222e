//! Computed fields, where they are read: their expression in its place. One that may be unknown and may fault is a
//! function of its own, which the host runs: a fault in it is recorded, and the field is unknown.

use super::class::Class;
use super::generate::{Context, Generate, Val, register_of};
use crate::hir::Computed;
use journey_program::host::HostOp;
use journey_program::ir::{Reg, Ty};
use journey_program::layout::repr_of;
use journey_program::plan::TraitPlan;
use journey_program::types::{FunctionId, SiteId};
use std::collections::BTreeMap;

impl Generate<'_, '_> {
    pub(super) fn computed(&mut self, number: u32) -> Val {
        let hir = self.tables.hir;
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(computed) = hir.profile.lets.get(index) else {
            return Val::sure(self.code.int(0));
        };
        // Beside audiences that are only now found out, one that reads them stays: its fault has all looked at
        // one by one.
        let beside = !self.env.audiences.is_empty()
            && !super::audiences::reads(self.tables, &computed.value)
                .1
                .is_empty();
        if self.tables.is_caught(number) && !beside {
            return self.caught(number, computed);
        }
        self.inside(computed.decl, BTreeMap::new(), |g| g.expr(&computed.value))
    }

    fn caught(&mut self, number: u32, computed: &Computed) -> Val {
        let function = match self.tables.caught.get(&number) {
            Some(function) => *function,
            None => {
                let function = self.computed_function(computed);
                self.tables.caught.insert(number, function);
                function
            }
        };
        let function = self.code.int(i64::from(function.0));
        let known = self
            .code
            .host(HostOp::ComputedKnown, &[function], SiteId(0));
        let reg = self.computed_value(computed, function);
        let known = Some(known);
        Val { reg, known }
    }

    fn computed_value(&mut self, computed: &Computed, function: Reg) -> Reg {
        let op = match self.ty_of(&computed.ty) {
            Ty::Bool => HostOp::ComputedBool,
            Ty::Int => HostOp::ComputedInt,
            Ty::Num => HostOp::ComputedNum,
            Ty::Text => HostOp::ComputedText,
            Ty::List => HostOp::ComputedList,
            Ty::Ref => HostOp::ComputedRecord,
        };
        self.code.host(op, &[function], SiteId(0))
    }

    fn computed_function(&mut self, computed: &Computed) -> FunctionId {
        self.tables.computed_function(computed)
    }
}

impl super::tables::Tables<'_> {
    /// Computed fields for whoever looks at a person: each a function, those that have one already as it is.
    pub(super) fn traits(&mut self) -> Vec<TraitPlan> {
        let hir = self.hir;
        let all = (0u32..).zip(&hir.profile.lets);
        let one = |(number, computed): (u32, &Computed)| {
            let caught = self.caught.get(&number).copied();
            TraitPlan {
                name: computed.name.clone(),
                ty: computed.ty.clone(),
                function: caught.unwrap_or_else(|| self.computed_function(computed)),
            }
        };
        all.map(one).collect()
    }

    /// () → whether it is known, its value
    fn computed_function(&mut self, computed: &Computed) -> FunctionId {
        let context = Context::of(computed.decl);
        let name = format!("profile.{}", computed.name);
        let results = [Ty::Bool, register_of(repr_of(&computed.ty))];
        self.function(name, &[], &results, &context, |g| {
            let value = g.expr(&computed.value);
            let known = g.known(value);
            g.finish(vec![known, value.reg]);
        })
    }

    /// Whether a computed field's fault makes it unknown: where its type has that, and it may fault.
    pub(super) fn is_caught(&mut self, number: u32) -> bool {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let computed = self.hir.profile.lets.get(index);
        computed.is_some_and(|computed| computed.ty.is_optional())
            && self.computed_class(number).0 == Class::Faulting
    }
}
