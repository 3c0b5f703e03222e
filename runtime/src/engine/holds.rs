//! Holds of purposes: while the audience of a hold has a person, nothing of its purpose goes to them. When it
//! lets go, what was planned too long ago is dropped, and the rest goes out evenly, by the hash of its key.

use super::Engine;
use super::audiences::Edge;
use crate::state::{Instance, InstanceRank, PersonNo, Place, TimerKind};
use journey_program::chance;
use journey_program::plan::{HoldPlan, SendPlan};
use journey_program::types::PurposeId;
use std::sync::Arc;

impl Engine {
    fn hold(&self, purpose: PurposeId) -> Option<HoldPlan> {
        self.program.purposes.get(purpose.index())?.hold
    }

    pub(super) fn is_held(&self, who: PersonNo, purpose: PurposeId) -> bool {
        self.hold(purpose)
            .is_some_and(|hold| self.is_inside(who, hold.audience.index()))
    }

    /// Edges that may end the hold of an instance's send.
    pub(super) fn free(&mut self, who: PersonNo, rank: &InstanceRank, edges: &[Edge]) {
        let program = Arc::clone(&self.program);
        let Some(instance) = self.take_instance(who, rank) else {
            return;
        };
        let Place::Held { send: number, .. } = instance.place else {
            return self.put_instance(who, rank.clone(), instance);
        };
        let plan = program.journeys.get(instance.journey.index());
        let send = plan.and_then(|plan| plan.sends.get(number as usize));
        let ended = send.and_then(|send| {
            let hold = self.hold(send.purpose)?;
            Self::crossed(edges, hold.audience.index(), false).then_some((send, hold))
        });
        let Some((send, hold)) = ended else {
            return self.put_instance(who, rank.clone(), instance);
        };
        self.end_hold(who, rank, instance, (number, send), Some(hold));
    }

    /// In another version: sends whose hold says nothing of their person any more are let go.
    pub(super) fn end_holds(&mut self, who: PersonNo) {
        let program = Arc::clone(&self.program);
        let is_held = |instance: &Instance| matches!(instance.place, Place::Held { .. });
        let ranks = self.person(who).map(|person| {
            let held = person.instances.iter().filter(|(_, i)| is_held(i));
            held.map(|(rank, _)| rank.clone()).collect::<Vec<_>>()
        });
        for rank in ranks.unwrap_or_default() {
            let Some(instance) = self.take_instance(who, &rank) else {
                continue;
            };
            let Place::Held { send: number, .. } = instance.place else {
                self.put_instance(who, rank, instance);
                continue;
            };
            let plan = program.journeys.get(instance.journey.index());
            let send = plan.and_then(|plan| plan.sends.get(number as usize));
            match send.filter(|send| !self.is_held(who, send.purpose)) {
                Some(send) => {
                    let hold = self.hold(send.purpose);
                    self.end_hold(who, &rank, instance, (number, send), hold);
                }
                None => self.put_instance(who, rank, instance),
            }
        }
    }

    fn end_hold(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        mut instance: Box<Instance>,
        (number, send): (u32, &SendPlan),
        hold: Option<HoldPlan>,
    ) {
        let Place::Held { planned, .. } = instance.place else {
            return self.put_instance(who, rank.clone(), instance);
        };
        let program = Arc::clone(&self.program);
        let plan = program.journeys.get(instance.journey.index());
        let now = self.clock_ms();
        if hold
            .and_then(|hold| hold.drop)
            .is_some_and(|after| now > planned.saturating_add(after))
        {
            let channel = self.give_back(who, instance.no).unwrap_or_default();
            instance.place = Place::Moving;
            instance.sending = None;
            self.skipped(who, send, channel, &mut instance, "held");
            return self.go(who, rank.clone(), instance, send.resume_skipped, None);
        }
        let spread = hold.and_then(|hold| hold.spread).unwrap_or(0);
        let step = self.index.step(instance.journey, send.step.index());
        let until = plan.map_or(now, |plan| {
            let key = self.send_key(plan, send, &instance, &step);
            now.saturating_add(part_of(spread, &key))
        });
        let channel = self.move_place(who, instance.no, until);
        instance.place = Place::Holding {
            send: number,
            until,
        };
        self.set_timer(who, TimerKind::Release, rank, until);
        if until > now {
            self.say_postponed(who, send, channel, &instance, until);
        }
        self.put_instance(who, rank.clone(), instance);
    }
}

/// The place of a key in a stretch of time.
fn part_of(spread: i64, key: &str) -> i64 {
    let share = u128::from(chance::lot(key, "spread", ""));
    let length = u128::try_from(spread).unwrap_or(0);
    i64::try_from((share * length) >> 64).unwrap_or(0)
}
