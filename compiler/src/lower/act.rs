//! Steps that act on others: events, journeys that are started, purposes that are muted, lists that are gathered.

use super::journey::pattern;
use super::steps::{Steps, kind_of};
use crate::hir::{Enter, Expr, NodeId, Step, StepKind, StepRef};
use journey_program::host::HostOp;
use journey_program::ir::Reg;
use journey_program::plan::{CollectPlan, Outcome, WaitArmPlan, WaitKind, WaitPlan};
use journey_program::types::{EVENT_FIELDS, EventId, PurposeId, StepId};

impl<'p> Steps<'_, '_, 'p> {
    pub(super) fn emit(
        &mut self,
        event: EventId,
        fields: &[Option<Expr>],
        to: Option<&(u32, Expr)>,
        node: NodeId,
    ) {
        let Some(built) = self.event(event, fields.iter().map(Option::as_ref), node) else {
            return;
        };
        let to = to.map(|(identifier, value)| (*identifier, self.g.expr(value).reg));
        let site = self.g.site(node);
        let number = self.g.code.int(i64::from(event.0));
        match to {
            Some((identifier, value)) => {
                let identifier = self.g.code.int(i64::from(identifier));
                let args = [number, built, identifier, value];
                self.g.code.call(HostOp::EmitTo, &args, site);
            }
            None => {
                self.g.code.call(HostOp::Emit, &[number, built], site);
            }
        }
    }

    pub(super) fn start(&mut self, event: EventId, args: &[Expr], node: NodeId) {
        let Some(built) = self.event(event, args.iter().map(Some), node) else {
            return;
        };
        let site = self.g.site(node);
        let number = self.g.code.int(i64::from(event.0));
        self.g.code.call(HostOp::Emit, &[number, built], site);
    }

    /// A record of an event in scratch; its first fields are the engine's to fill.
    fn event<'e>(
        &mut self,
        event: EventId,
        fields: impl Iterator<Item = Option<&'e Expr>>,
        node: NodeId,
    ) -> Option<Reg> {
        let hir = self.g.tables.hir;
        let record = hir.events.get(event.index())?.record;
        let def = hir.records.get(record.index())?;
        let declared = def.fields.iter().zip(0u32..).skip(EVENT_FIELDS.len());
        let mut values = Vec::new();
        for ((field, number), given) in declared.zip(fields) {
            let value = match (given, &field.default) {
                (Some(given), _) => Some(self.g.expr(given)),
                (None, Some(default)) => Some(self.g.constant(default, &field.ty)),
                (None, None) => None,
            };
            values.extend(value.map(|value| (number, value, field.ty.clone())));
        }
        let site = self.g.site(node);
        Some(self.g.build_record(record, &values, site).reg)
    }

    /// Written at once, as fields are.
    pub(super) fn mute(&mut self, purpose: PurposeId, delay: Option<&Expr>, node: NodeId) {
        let delay = delay.map(|delay| (kind_of(&delay.ty), self.g.expr(delay).reg));
        let site = self.g.site(node);
        let purpose = self.g.code.int(i64::from(purpose.0));
        match delay {
            Some((WaitKind::Span, span)) => {
                self.g.code.call(HostOp::MuteSpan, &[purpose, span], site);
            }
            Some((
                WaitKind::Duration
                | WaitKind::Until
                | WaitKind::Answer { .. }
                | WaitKind::Clock { .. },
                ms,
            )) => {
                self.g.code.call(HostOp::Mute, &[purpose, ms], site);
            }
            None => {
                self.g.code.call(HostOp::Unmute, &[purpose], site);
            }
        }
        self.g.code.changed();
    }

    pub(super) fn withdraw(&mut self, send: StepRef, node: NodeId) {
        let Some(send) = self.making.instance.send_of(send) else {
            return;
        };
        let site = self.g.site(node);
        let send = self.g.code.int(i64::from(send));
        self.g.code.call(HostOp::Withdraw, &[send], site);
    }

    /// A wait whose one arm gathers; it goes on at its deadline, or when there are enough.
    pub(super) fn collect(&mut self, step: &'p Step) {
        let StepKind::Collect {
            step: named,
            pattern: awaited,
            up_to,
            most,
            into,
        } = &step.kind
        else {
            return;
        };
        let journey = self.making.journey;
        let slot = self.making.instance.locals.get(into).cloned();
        let variable = journey.locals.get(into.0 as usize);
        let (Some(slot), Some(variable)) = (slot, variable) else {
            return;
        };
        let number = self.new_wait();
        let value = self.g.expr(up_to).reg;
        self.stop(Outcome::Wait, number, value);
        let name = format!("wait.{number}.collect");
        let plan = pattern(self.g.tables, self.making, awaited, &name, None);
        let resume = self.resume();
        let entry = matches!(&journey.enter, Enter::On(entry) if entry.event == awaited.event);
        let arm = WaitArmPlan {
            pattern: plan,
            resume,
            bind: None,
            recall: None,
            audience: None,
        };
        let plan = WaitPlan {
            step: StepId(named.0),
            kind: kind_of(&up_to.ty),
            arms: vec![arm],
            timeout: resume,
            past: resume,
            collect: Some(CollectPlan {
                slot,
                ty: variable.ty.clone(),
                most: *most,
                entry,
            }),
        };
        self.set_wait(number, plan);
    }
}
