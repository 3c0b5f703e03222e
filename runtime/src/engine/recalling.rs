//! What instances remember since their entry or a send: the answers to their journey's questions of that time,
//! kept in the instance's block, and the first event that a wait looks back to.

use super::Engine;
use super::matching::same_step;
use crate::histories::When;
use crate::state::{Instance, InstanceRank, Moment, PersonNo, RecallState, Taken};
use journey_program::ir::Repr;
use journey_program::plan::{HistoryPlan, JourneyPlan, RecallKind, RecallPlan, RecallSince};
use journey_program::record;
use journey_program::types::{Type, Value};
use std::sync::Arc;

/// Whether time alone changes what is remembered.
fn is_restless(plan: &HistoryPlan) -> bool {
    plan.half_life > 0 || plan.sequence.as_ref().is_some_and(|s| s.without)
}

impl Engine {
    /// Instances take an event into what they remember; whether any did.
    pub(super) fn recall(&mut self, who: PersonNo, event: &Taken, met: &[InstanceRank]) -> bool {
        let program = Arc::clone(&self.program);
        let mut recalled = false;
        for rank in met {
            let plan = self.instance(who, rank).and_then(|instance| {
                program
                    .journeys
                    .get(instance.journey.index())
                    .filter(|_| instance.ended.is_none())
            });
            let Some(plan) = plan.filter(|plan| !plan.recalls.is_empty()) else {
                continue;
            };
            let Some(mut instance) = self.take_instance(who, rank) else {
                continue;
            };
            for (number, recall) in plan.recalls.iter().enumerate() {
                if has_begun(plan, recall, &instance) {
                    recalled |= self.take_in(who, recall, number, event, &mut instance);
                }
            }
            self.put_instance(who, rank.clone(), instance);
        }
        recalled
    }

    /// Whether the event is one that is remembered.
    fn take_in(
        &mut self,
        who: PersonNo,
        recall: &RecallPlan,
        number: usize,
        event: &Taken,
        instance: &mut Instance,
    ) -> bool {
        let first = self.matches(who, &recall.pattern, event, instance);
        match &recall.what {
            RecallKind::FirstEvent => {
                if first {
                    self.keep_first(recall, number, event, instance);
                }
                first
            }
            RecallKind::History { plan, second, .. } => {
                let other = second
                    .as_ref()
                    .is_some_and(|pattern| self.matches(who, pattern, event, instance));
                let (zone, moment) = (self.zone_of(who), self.now());
                let when = When { moment, zone };
                let Some(state) = instance.recalls.get_mut(number) else {
                    return false;
                };
                let mut dropped = false;
                for (_, second) in [(first, false), (other, true)].iter().filter(|(is, _)| *is) {
                    state.first.get_or_insert(event.place);
                    dropped |= state.history.take(plan, &when, event, *second);
                }
                self.state.counters.keys_dropped += u64::from(dropped);
                if first || other {
                    self.write_answer(plan, number, &when, instance);
                }
                first || other
            }
        }
    }

    fn keep_first(
        &self,
        recall: &RecallPlan,
        number: usize,
        event: &Taken,
        instance: &mut Instance,
    ) {
        let Some(state) = instance.recalls.get_mut(number) else {
            return;
        };
        if state.first.is_some() {
            return;
        }
        state.first = Some(event.place);
        let plan = self.program.events.get(event.event.index());
        let Some(id) = plan.map(|plan| plan.record) else {
            return;
        };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let to = recall.slot.offset;
        record::copy_record(&types, &event.block, 0, id, &mut instance.block, to);
        if let Some((byte, bit)) = recall.slot.known {
            record::put_bit(&mut instance.block, byte, bit, true);
        }
    }

    fn write_answer(
        &self,
        plan: &HistoryPlan,
        number: usize,
        when: &When<'_>,
        instance: &mut Instance,
    ) {
        let state = instance.recalls.get(number);
        let (Some(state), Some(slot)) = (state, &plan.slot) else {
            return;
        };
        let (answer, _) = state.history.answer(plan, when);
        let types = record::Types::of(&self.program, &self.shared.symbols);
        record::set_field(&types, &mut instance.block, 0, slot, &plan.ty, &answer);
    }

    /// What time has changed of an instance's memory, before its code reads it.
    pub(super) fn bring_up(&self, who: PersonNo, instance: &mut Instance) {
        if instance.recalls.is_empty() {
            return;
        }
        let Some(journey) = self.program.journeys.get(instance.journey.index()) else {
            return;
        };
        for (number, recall) in journey.recalls.iter().enumerate() {
            let has_met = instance
                .recalls
                .get(number)
                .is_some_and(|state| state.first.is_some());
            if let RecallKind::History { plan, .. } = &recall.what
                && has_met
                && is_restless(plan)
            {
                let (zone, moment) = (self.zone_of(who), self.now());
                self.write_answer(plan, number, &When { moment, zone }, instance);
            }
        }
    }

    /// When time alone may change next what a `while` reads of the instance's memory.
    pub(super) fn recall_change(
        &self,
        who: PersonNo,
        journey: &JourneyPlan,
        instance: &Instance,
    ) -> i64 {
        let (zone, moment) = (self.zone_of(who), self.now());
        let when = When { moment, zone };
        let mut change = i64::MAX;
        for (recall, state) in journey.recalls.iter().zip(&instance.recalls) {
            if let RecallKind::History { plan, bounds, .. } = &recall.what
                && is_restless(plan)
            {
                let (_, next) = state.history.answer(plan, &when);
                if next != Moment::NEVER {
                    change = change.min(next.at());
                }
                for bound in bounds {
                    let at = state.history.crossing(plan, &when, i64::MIN, *bound);
                    change = change.min(at.unwrap_or(i64::MAX));
                }
            }
        }
        change
    }

    /// What `since STEP` remembers begins anew with its send.
    pub(super) fn begin_recalls(&mut self, instance: &mut Instance, send: u32) {
        let Some(plan) = self.program.journeys.get(instance.journey.index()) else {
            return;
        };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        for (number, recall) in plan.recalls.iter().enumerate() {
            let Some(state) = instance.recalls.get_mut(number) else {
                continue;
            };
            let begins = match recall.since {
                RecallSince::Enter => false,
                RecallSince::Send(of) => same_step(plan, of, send),
            };
            if !begins || state.first.is_none() {
                continue;
            }
            *state = RecallState::default();
            if recall.slot.repr == Repr::Ref {
                if let Some((byte, bit)) = recall.slot.known {
                    record::put_bit(&mut instance.block, byte, bit, false);
                }
            } else {
                let (slot, ty) = (&recall.slot, Type::Error);
                record::set_field(&types, &mut instance.block, 0, slot, &ty, &Value::Unknown);
            }
        }
    }
}

fn has_begun(plan: &JourneyPlan, recall: &RecallPlan, instance: &Instance) -> bool {
    match recall.since {
        RecallSince::Enter => true,
        RecallSince::Send(send) => {
            let mut made = instance.sends.iter().map(|(made, _, _)| *made);
            made.any(|made| same_step(plan, made, send))
        }
    }
}
