//! Answers to sends: by when one is due, that one has come, and taking back what nobody has answered.

use super::Engine;
use crate::actions::ActionKind;
use crate::state::{Instance, InstanceRank, PersonNo, Taken};
use journey_program::plan::JourneyPlan;
use journey_program::types::Value;
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
        self.answer_deadline(who, made.channel, made.at)
    }

    /// An answer among the outcomes closes the send that it is to.
    pub(super) fn note_answer(&mut self, who: PersonNo, event: &Taken, met: &[InstanceRank]) {
        let plan = self.program.events.get(event.event.index());
        let Some((channel, _)) = plan.and_then(|plan| plan.outcome) else {
            return;
        };
        let channel = self.program.channels.get(channel.index());
        let answers = channel.is_some_and(|channel| channel.answers.contains(&event.event));
        let (true, Some(Value::Text(key))) = (answers, event.values.get(4)) else {
            return;
        };
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        for rank in met {
            let made = person.instances.get_mut(rank);
            let made = made.into_iter().flat_map(|i| i.made.values_mut());
            made.filter(|made| made.key == *key)
                .for_each(|made| made.done = true);
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
        let channel = program.channels.get(made.channel.index());
        if channel.is_none_or(|channel| channel.answers.is_empty()) {
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
