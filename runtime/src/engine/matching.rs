//! Does an event count for an instance? By its name, by the journey's key, by the send that it answers,
//! then by its `where`. And what instances remember of the events that did.

use super::Engine;
use super::call::About;
use crate::histories::Running;
use crate::scalar::{Scalar, at_path};
use crate::state::{Instance, InstanceRank, PersonNo, RecallState, Taken};
use journey_program::ir::Repr;
use journey_program::plan::{
    EachPlan, HistoryAggregate, JourneyPlan, PatternPlan, RecallKind, RecallPlan, RecallSince,
};
use journey_program::record;
use journey_program::types::{Type, Value};
use std::sync::Arc;

impl Engine {
    pub(super) fn matches(
        &mut self,
        who: PersonNo,
        pattern: &PatternPlan,
        event: &Taken,
        instance: &mut Instance,
    ) -> bool {
        if pattern.event != event.event && !pattern.also.contains(&event.event) {
            return false;
        }
        if let Some(field) = pattern.key
            && event.values.get(field as usize).and_then(Scalar::of) != instance.key
        {
            return false;
        }
        if let Some(each) = &pattern.each
            && !elements(each, event).any(|(_, key)| key.is_some() && key == instance.key)
        {
            return false;
        }
        if let Some(send) = pattern.of_send
            && !self.answers(event, instance, send)
        {
            return false;
        }
        pattern.filter.is_none_or(|filter| {
            let about = About {
                event: Some(event),
                instance: Some(instance),
            };
            self.holds(who, about, filter)
        })
    }

    /// An outcome of a send of this instance, of the same step as the one that is named.
    fn answers(&self, event: &Taken, instance: &Instance, send: u32) -> bool {
        let Some(Value::Text(key)) = event.values.get(4) else {
            return false;
        };
        let Some(plan) = self.program.journeys.get(instance.journey.index()) else {
            return false;
        };
        instance
            .sends
            .iter()
            .any(|(made, id, _)| id == key && same_step(plan, *made, send))
    }

    /// Instances take an event into what they remember since their entry or a send; whether any did.
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
                let begun = match recall.since {
                    RecallSince::Enter => true,
                    RecallSince::Send(send) => {
                        let mut made = instance.sends.iter().map(|(made, _, _)| *made);
                        made.any(|made| same_step(plan, made, send))
                    }
                };
                if begun && self.matches(who, &recall.pattern, event, &mut instance) {
                    self.remember_event(recall, number, event, &mut instance);
                    recalled = true;
                }
            }
            self.put_instance(who, rank.clone(), instance);
        }
        recalled
    }

    fn remember_event(
        &mut self,
        recall: &RecallPlan,
        number: usize,
        event: &Taken,
        instance: &mut Instance,
    ) {
        let Some(state) = instance.recalls.get_mut(number) else {
            return;
        };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        match &recall.what {
            RecallKind::FirstEvent => {
                if state.first.is_some() {
                    return;
                }
                state.first = Some(event.place);
                let plan = self.program.events.get(event.event.index());
                let Some(id) = plan.map(|plan| plan.record) else {
                    return;
                };
                let to = recall.slot.offset;
                record::copy_record(&types, &event.block, 0, id, &mut instance.block, to);
                if let Some((byte, bit)) = recall.slot.known {
                    record::put_bit(&mut instance.block, byte, bit, true);
                }
            }
            RecallKind::Aggregate {
                aggregate,
                value,
                aux,
            } => {
                let scalar = at_path(&event.values, value).and_then(Scalar::of);
                if state.first.is_none() {
                    state.first = Some(event.place);
                    state.running = Running::of(*aggregate);
                }
                state.running.add(0, event.at, event.place, scalar.as_ref());
                let ty = value_type(&self.program, event, value, *aggregate);
                let number = recall.slot.repr == Repr::Num;
                let answer = state.running.value(*aggregate, &ty, number);
                record::set_field(&types, &mut instance.block, 0, &recall.slot, &ty, &answer);
                if let (Some(aux), Running::Sum { count, .. }) = (aux, &state.running) {
                    let count = i64::try_from(*count).unwrap_or(i64::MAX);
                    record::put_i64(&mut instance.block, *aux, count);
                }
            }
        }
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

/// Several sends may share a step's name.
fn same_step(plan: &JourneyPlan, a: u32, b: u32) -> bool {
    let step = |send: u32| plan.sends.get(send as usize).map(|plan| plan.step);
    step(a) == step(b)
}

/// The type of what a recall folds.
fn value_type(
    program: &journey_program::plan::Program,
    event: &Taken,
    path: &[u32],
    aggregate: HistoryAggregate,
) -> Type {
    if matches!(
        aggregate,
        HistoryAggregate::Count | HistoryAggregate::Distinct
    ) {
        return Type::Int;
    }
    let mut record = program
        .events
        .get(event.event.index())
        .map(|plan| plan.record);
    let mut ty = Type::Int;
    for step in path {
        let def = record.and_then(|id| program.records.get(id.index()));
        let Some(field) = def.and_then(|def| def.fields.get(*step as usize)) else {
            break;
        };
        ty = field.ty.known().clone();
        record = if let Type::Record(id) = ty {
            Some(id)
        } else {
            None
        };
    }
    ty
}

/// The elements of an event's list, and the key that each has.
pub(super) fn elements<'e>(
    each: &'e EachPlan,
    event: &'e Taken,
) -> impl Iterator<Item = (&'e Value, Option<Scalar>)> {
    let list = match at_path(&event.values, &each.list) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    list.iter().map(|element| {
        let key = if each.key.is_empty() {
            Some(element)
        } else if let Value::Record(_, fields) = element {
            at_path(fields, &each.key)
        } else {
            None
        };
        (element, key.and_then(Scalar::of))
    })
}
