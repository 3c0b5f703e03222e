//! Answers to sends: by when one is due, that one has come, and taking back what nobody has answered.

use super::Engine;
use crate::actions::ActionKind;
use crate::state::{Instance, InstanceRank, Made, PersonNo, Taken};
use journey_program::plan::{JourneyPlan, Program};
use journey_program::types::{EventId, Value};
use std::sync::Arc;

impl Engine {
    /// None: the send was skipped, or went where nobody answers.
    pub(super) fn answer_due(
        &self,
        who: PersonNo,
        plan: &JourneyPlan,
        instance: &Instance,
        send: u32,
    ) -> Option<i64> {
        let step = plan.sends.get(send as usize)?.step;
        let made = instance.made.get(&step.0).filter(|made| !made.skipped)?;
        let own = plan.sends.get(made.send as usize)?.answer_within;
        self.answer_deadline(who, made.channel, own, made.at)
    }

    /// An answer among the outcomes closes the send that it is to.
    pub(super) fn note_answer(&mut self, who: PersonNo, event: &Taken, met: &[InstanceRank]) {
        let plan = self.program.events.get(event.event.index());
        let outcome = plan.is_some_and(|plan| plan.outcome.is_some());
        let (true, Some(Value::Text(key))) = (outcome, event.values.get(4)) else {
            return;
        };
        let program = Arc::clone(&self.program);
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        for rank in met {
            let Some(instance) = person.instances.get_mut(rank) else {
                continue;
            };
            let plan = program.journeys.get(instance.journey.index());
            for made in instance.made.values_mut().filter(|made| made.key == *key) {
                made.done |= answers_to(&program, plan, made).contains(&event.event);
            }
        }
    }

    /// `withdraw S`
    pub(super) fn take_back(&mut self, who: PersonNo, instance: &mut Instance, send: u32) {
        let plan = self.program.journeys.get(instance.journey.index());
        let step = plan.and_then(|plan| plan.sends.get(send as usize));
        if let Some(step) = step.map(|plan| plan.step.0) {
            self.take_step_back(who, instance, step);
        }
    }

    /// An exit takes back all that nobody has answered.
    pub(super) fn take_all_back(&mut self, who: PersonNo, instance: &mut Instance) {
        let steps: Vec<u32> = instance.made.keys().copied().collect();
        for step in steps {
            self.take_step_back(who, instance, step);
        }
    }

    fn take_step_back(&mut self, who: PersonNo, instance: &mut Instance, step: u32) {
        let program = Arc::clone(&self.program);
        let Some(made) = instance.made.get_mut(&step).filter(|made| !made.done) else {
            return;
        };
        let plan = program.journeys.get(instance.journey.index());
        if answers_to(&program, plan, made).is_empty() {
            return;
        }
        made.done = true;
        let (number, id, by) = (made.send, made.key.clone(), made.channel);
        let plan = program.journeys.get(instance.journey.index());
        let Some(send) = plan.and_then(|plan| plan.sends.get(number as usize)) else {
            return;
        };
        let of = self.subject(instance);
        let action = ActionKind::Withdraw {
            of,
            step: self.index.step(instance.journey, send.step.index()),
            message: self.index.message(send.message),
            channel: self.index.channel(by),
            id,
        };
        self.act(who, action);
    }
}

/// What a send may be answered by: what its message says, else its channel.
fn answers_to<'p>(
    program: &'p Program,
    plan: Option<&'p JourneyPlan>,
    made: &Made,
) -> &'p [EventId] {
    let send = plan.and_then(|plan| plan.sends.get(made.send as usize));
    match send.map(|send| send.answers.as_slice()) {
        Some(own) if !own.is_empty() => own,
        Some(_) | None => {
            let channel = program.channels.get(made.channel.index());
            channel.map_or(&[], |channel| &channel.answers)
        }
    }
}
