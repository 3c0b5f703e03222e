//! `combined within D as rows`: a person's instances that come to a send within a span share one. They stand
//! there until the span is over; then the first that came makes the send for all, with everyone's entry in its
//! rows, and what becomes of it goes for all.

use super::Engine;
use super::gates::SendResult;
use crate::state::{Instance, InstanceRank, Made, PersonNo, Place, Queued, TimerKind};
use journey_program::plan::{JourneyPlan, SendPlan};
use journey_program::record;
use journey_program::types::{ChannelId, JourneyId, StepId, Value};
use std::sync::Arc;

impl Engine {
    /// True: it stands with the others of its group, and waits for their time.
    pub(super) fn gathers(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        (number, send): (u32, &SendPlan),
        instance: &mut Instance,
    ) -> bool {
        let Some(combined) = send
            .combined
            .as_ref()
            .filter(|_| instance.combined.is_none())
        else {
            return false;
        };
        let open = self.group_of(who, instance.journey, send.step, None);
        let open = open.iter().find_map(|rank| {
            let place = &self.instance(who, rank)?.place;
            match place {
                Place::Gathering { group, until, .. } => until.and(Some(*group)),
                Place::Moving | Place::Waiting(_) | Place::Holding { .. } | Place::Held { .. } => {
                    None
                }
            }
        });
        let now = self.clock_ms();
        let group = open.filter(|group| *group >= now);
        let group = group.unwrap_or_else(|| now.saturating_add(combined.within));
        instance.place = Place::Gathering {
            send: number,
            group,
            until: Some(group),
        };
        self.set_timer(who, TimerKind::Release, rank, group);
        true
    }

    /// Those who stand at a step, in the order in which they came; of one group, where one is named.
    fn group_of(
        &self,
        who: PersonNo,
        journey: JourneyId,
        step: StepId,
        of: Option<i64>,
    ) -> Vec<InstanceRank> {
        let plan = self.program.journeys.get(journey.index());
        let (Some(plan), Some(person)) = (plan, self.person(who)) else {
            return Vec::new();
        };
        let mut found: Vec<(i64, u64, InstanceRank)> = Vec::new();
        for (rank, instance) in &person.instances {
            let Place::Gathering { send, group, .. } = instance.place else {
                continue;
            };
            let at = plan.sends.get(send as usize).map(|send| send.step);
            let same = at == Some(step) && of.is_none_or(|of| of == group);
            if instance.journey == journey && same {
                let since = instance.sending.unwrap_or_default();
                found.push((since, instance.no, rank.clone()));
            }
        }
        found.sort();
        found.into_iter().map(|(.., rank)| rank).collect()
    }

    /// A group's time has come: the first that came makes the send.
    pub(super) fn send_for_all(&mut self, who: PersonNo, rank: &InstanceRank) {
        let program = Arc::clone(&self.program);
        let Some(instance) = self.instance(who, rank) else {
            return;
        };
        let Place::Gathering { send, group, .. } = instance.place else {
            return;
        };
        let journey = instance.journey;
        let Some(plan) = program.journeys.get(journey.index()) else {
            return;
        };
        let Some(step) = plan.sends.get(send as usize).map(|send| send.step) else {
            return;
        };
        let members = self.group_of(who, journey, step, Some(group));
        for member in &members {
            self.close_group(who, member);
        }
        let Some(first) = members.first() else {
            return;
        };
        let Some(mut instance) = self.take_instance(who, first) else {
            return;
        };
        let Place::Gathering { send, .. } = instance.place else {
            return self.put_instance(who, first.clone(), instance);
        };
        instance.combined = Some(group);
        instance.place = Place::Moving;
        // a message's age counts from when it was due
        instance.sending = Some(self.clock_ms());
        match self.send(who, first, plan, &mut instance, i64::from(send)) {
            SendResult::Go(next) => self.go(who, first.clone(), instance, next, None),
            SendResult::Held => self.put_instance(who, first.clone(), instance),
            SendResult::While => self.left(who, first.clone(), instance, "while".into()),
        }
    }

    /// Nobody joins any more.
    /// Two people's groups at one step are one: all came within the span of the earlier, and go at its end.
    pub(super) fn unite_groups(&mut self, who: PersonNo) {
        let Some(person) = self.person(who) else {
            return;
        };
        let mut open: Vec<(JourneyId, StepId, i64, InstanceRank)> = Vec::new();
        for (rank, instance) in &person.instances {
            let Place::Gathering {
                send,
                group,
                until: Some(_),
            } = instance.place
            else {
                continue;
            };
            let plan = self.program.journeys.get(instance.journey.index());
            let send = plan.and_then(|plan| plan.sends.get(send as usize));
            open.extend(send.map(|send| (instance.journey, send.step, group, rank.clone())));
        }
        let first = |journey: JourneyId, step: StepId| {
            let same = open.iter().filter(|(j, s, ..)| (*j, *s) == (journey, step));
            same.map(|(_, _, group, _)| *group).min()
        };
        for (journey, step, group, rank) in &open {
            let Some(earliest) = first(*journey, *step).filter(|first| first < group) else {
                continue;
            };
            self.close_group(who, rank);
            let instance = self.person_mut(who).and_then(|p| p.instances.get_mut(rank));
            if let Some(Place::Gathering { group, until, .. }) = instance.map(|i| &mut i.place) {
                (*group, *until) = (earliest, Some(earliest));
                self.set_timer(who, TimerKind::Release, rank, earliest);
            }
        }
    }

    fn close_group(&mut self, who: PersonNo, rank: &InstanceRank) {
        let instance = self.person_mut(who).and_then(|p| p.instances.get_mut(rank));
        let Some(instance) = instance else { return };
        let Place::Gathering { until, .. } = &mut instance.place else {
            return;
        };
        if let Some(until) = until.take() {
            self.clear_timer(who, TimerKind::Release, rank, until);
        }
    }

    /// Who made the send has left: the next one does.
    pub(super) fn next_in_group(&mut self, who: PersonNo, journey: JourneyId, group: i64) {
        let Some(person) = self.person(who) else {
            return;
        };
        let waits = person.instances.iter().find_map(|(_, instance)| {
            let Place::Gathering {
                send, group: of, ..
            } = instance.place
            else {
                return None;
            };
            (instance.journey == journey && of == group).then_some(send)
        });
        let plan = self.program.journeys.get(journey.index());
        let step = waits.and_then(|send| Some(plan?.sends.get(send as usize)?.step));
        let Some(step) = step else { return };
        let now = self.clock_ms();
        let members = self.group_of(who, journey, step, Some(group));
        let Some(next) = members.first() else { return };
        let instance = self.person_mut(who).and_then(|p| p.instances.get_mut(next));
        if let Some(instance) = instance
            && let Place::Gathering { until, .. } = &mut instance.place
        {
            *until = Some(now);
            self.set_timer(who, TimerKind::Release, next, now);
        }
    }

    /// Everyone's entry, the sender's first.
    pub(super) fn fill_rows(
        &self,
        who: PersonNo,
        plan: &JourneyPlan,
        send: &SendPlan,
        instance: &mut Instance,
    ) {
        let (Some(combined), Some(group)) = (&send.combined, instance.combined) else {
            return;
        };
        let others = self.group_of(who, instance.journey, send.step, Some(group));
        let others = others.iter().filter_map(|rank| self.instance(who, rank));
        let own = self.entry_row(plan, instance);
        let others = others.filter_map(|other| self.entry_row(plan, other));
        let rows = Value::List(own.into_iter().chain(others).collect());
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let (slot, ty) = (&combined.slot, &combined.ty);
        record::set_field(&types, &mut instance.block, 0, slot, ty, &rows);
    }

    fn entry_row(&self, plan: &JourneyPlan, instance: &Instance) -> Option<Value> {
        let journey_program::plan::EnterPlan::On { pattern, .. } = &plan.enter else {
            return None;
        };
        let record = self.program.events.get(pattern.event.index())?.record;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let at = plan.instance.entry?;
        let values = record::read_record(&types, &instance.block, at, record);
        Some(Value::Record(record, values))
    }

    /// The others of its group have sent as well: what answers it answers them.
    pub(super) fn share_sent(
        &mut self,
        who: PersonNo,
        (number, send): (u32, &SendPlan),
        instance: &mut Instance,
        channel: ChannelId,
        id: &str,
    ) {
        let Some(group) = instance.combined.take() else {
            return;
        };
        let program = Arc::clone(&self.program);
        let Some(plan) = program.journeys.get(instance.journey.index()) else {
            return;
        };
        let now = self.clock_ms();
        let name = self.index.channel(channel);
        for rank in self.group_of(who, instance.journey, send.step, Some(group)) {
            let Some(mut other) = self.take_instance(who, &rank) else {
                continue;
            };
            *other.attempts.or_default(send.step.0) += 1;
            other.last_send = Some(now);
            self.begin_recalls(&mut other, number);
            other.keep_send(plan, number, id.to_owned(), now);
            let made = Made {
                send: number,
                key: id.to_owned(),
                channel,
                at: now,
                done: false,
                skipped: false,
            };
            other.made.insert(send.step.0, made);
            self.note(send, &mut other, None, Some(&name));
            let next = self.resume_of(plan, &other, true);
            self.put_instance(who, rank.clone(), other);
            self.join(Queued::Resume(who, rank, next));
        }
    }

    /// The others of its group are skipped as well.
    pub(super) fn share_skipped(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        instance: &mut Instance,
        reason: &str,
    ) {
        let Some(group) = instance.combined.take() else {
            return;
        };
        let program = Arc::clone(&self.program);
        let Some(plan) = program.journeys.get(instance.journey.index()) else {
            return;
        };
        for rank in self.group_of(who, instance.journey, send.step, Some(group)) {
            let Some(mut other) = self.take_instance(who, &rank) else {
                continue;
            };
            self.note(send, &mut other, Some(reason), None);
            if let Some(made) = other.made.get_mut(&send.step.0) {
                made.skipped = true;
            }
            let next = self.resume_of(plan, &other, false);
            self.put_instance(who, rank.clone(), other);
            self.join(Queued::Resume(who, rank, next));
        }
    }

    /// Where one goes on: several sends may share a step's name.
    fn resume_of(&self, plan: &JourneyPlan, instance: &Instance, sent: bool) -> u32 {
        let Place::Gathering { send, .. } = instance.place else {
            return plan.start;
        };
        let send = plan.sends.get(send as usize);
        let resume = send.map(|send| match sent {
            true => send.resume_sent,
            false => send.resume_skipped,
        });
        resume.unwrap_or(plan.start)
    }

    pub(super) fn resume_shared(&mut self, who: PersonNo, rank: InstanceRank, next: u32) {
        let Some(mut instance) = self.take_instance(who, &rank) else {
            return;
        };
        if !matches!(instance.place, Place::Gathering { .. }) {
            return self.put_instance(who, rank, instance);
        }
        instance.sending = None;
        self.go(who, rank, instance, next, None);
    }
}
