//! People in journeys: exits and goals, entries and why they are refused, and the steps: `run` goes from
//! one stop to the next (a wait, a send, an end), the engine decides what happens there.

use super::Engine;
use super::apply::Cause;
use super::audiences::Edge;
use super::call::About;
use super::gates::SendResult;
use crate::actions::ActionKind;
use crate::host::Effect;
use crate::scalar::Scalar;
use crate::state::{Instance, InstanceRank, Person, PersonNo, Place, Queued, Schedule, Taken};
use journey_program::ir::{Fault, FaultCode};
use journey_program::plan::{EnterPlan, JourneyPlan, Outcome};
use journey_program::types::{JourneyId, SiteId, Value};
use std::cmp::Reverse;
use std::sync::Arc;

mod enter;
mod leave;

/// Stops of one instance within one occasion; a journey that never waits ends here.
const STOPS_MAX: u32 = 10_000;

/// A stop of `run`.
#[derive(Clone, Copy, Debug)]
struct Stop {
    outcome: i64,
    index: i64,
    value: i64,
}

impl Engine {
    pub(super) fn person(&self, who: PersonNo) -> Option<&Person> {
        self.state.people.get(who.index())
    }
    pub(super) fn person_mut(&mut self, who: PersonNo) -> Option<&mut Person> {
        self.state.people.get_mut(who.index())
    }
    pub(super) fn instance(&self, who: PersonNo, rank: &InstanceRank) -> Option<&Instance> {
        self.person(who)?.instances.get(rank).map(|boxed| &**boxed)
    }
    /// Out of the person, to be put back: what runs over it needs both.
    pub(super) fn take_instance(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
    ) -> Option<Box<Instance>> {
        self.person_mut(who)?.instances.remove(rank)
    }
    pub(super) fn put_instance(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        instance: Box<Instance>,
    ) {
        if let Some(person) = self.person_mut(who) {
            person.instances.insert(rank, instance);
        }
    }

    /// Runs an instance from a place on until it waits, holds a send, or is over.
    pub(super) fn go(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        mut instance: Box<Instance>,
        from: u32,
        event: Option<&Taken>,
    ) {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.journeys.get(instance.journey.index()) else {
            return;
        };
        instance.place = Place::Moving;
        let mut resume = from;
        for _ in 0..STOPS_MAX {
            let next = match self.run(who, plan, &mut instance, resume, event) {
                Err(fault) => return self.faulted(who, rank, instance, &fault),
                Ok(stop) if stop.outcome == Outcome::Send as i64 => {
                    match self.send(who, &rank, plan, &mut instance, stop.index) {
                        SendResult::Go(next) => Some(next),
                        SendResult::Held => None,
                        SendResult::While => return self.left(who, rank, instance, "while".into()),
                    }
                }
                Ok(stop) if stop.outcome == Outcome::Decide as i64 => {
                    Some(self.decide(who, plan, &mut instance, stop.index))
                }
                Ok(stop) if stop.outcome == Outcome::End as i64 => {
                    return self.ended(who, rank, instance, plan, stop.index);
                }
                Ok(stop) => {
                    let again = stop.outcome == Outcome::Restart as i64;
                    self.begin_wait(
                        who,
                        &rank,
                        plan,
                        &mut instance,
                        stop.index,
                        stop.value,
                        again,
                    )
                }
            };
            match next {
                Some(next) => resume = next,
                None => return self.put_instance(who, rank, instance),
            }
        }
        let fault = Fault {
            code: FaultCode::OutOfFuel,
            site: SiteId::default(),
            a: 0,
            b: 0,
        };
        self.faulted(who, rank, instance, &fault);
    }

    fn run(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        instance: &mut Instance,
        resume: u32,
        event: Option<&Taken>,
    ) -> Result<Stop, Fault> {
        let zone = self.zone_of(who);
        let dates = self.yearly_dates(who);
        let before = plan.watch.as_ref().map(|_| instance.block.clone());
        let about = About {
            event,
            instance: Some(instance),
        };
        let args = [i64::from(resume)];
        let ran = self.call_only(who, about, plan.run, &args, |ran, frame, results| {
            (ran.map(|()| stop(results)), frame.effects)
        });
        let Some((ran, effects)) = ran else {
            return Err(Fault {
                code: FaultCode::OutOfRange,
                site: SiteId::default(),
                a: 0,
                b: 0,
            });
        };
        let set = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Set { .. } | Effect::Mute { .. }));
        self.effects(who, instance, effects);
        if set {
            self.dates_may_have_changed(who, &dates);
            self.zone_may_have_changed(who, zone);
        }
        let watched = before.is_some_and(|before| before != instance.block);
        if watched && let Some(person) = self.person_mut(who) {
            person.dirty = true;
        }
        if watched && !set {
            self.join(Queued::Edges(who));
        }
        ran
    }

    /// What steps did, as actions and as what joins the queue: the edges of all that is set at the first of it.
    fn effects(&mut self, who: PersonNo, instance: &mut Instance, effects: Vec<Effect>) {
        let mut edges = true;
        for effect in effects {
            let of = self.subject(instance);
            if edges && matches!(effect, Effect::Set { .. } | Effect::Mute { .. }) {
                self.join(Queued::Edges(who));
                edges = false;
            }
            match effect {
                Effect::Set { field, value } => {
                    let record = self.program.profile.record.index();
                    let def = self.program.records.get(record);
                    let name = def.and_then(|def| def.fields.get(field as usize));
                    let field = name.map_or("", |def| def.name.as_str()).into();
                    // personal data stays inside
                    let value = match name.is_some_and(|def| def.pii) {
                        true => crate::actions::HIDDEN.to_owned(),
                        false => crate::actions::json::value(&self.program, &value),
                    };
                    self.act(who, ActionKind::Set { of, field, value });
                }
                Effect::Split { split, arm } => {
                    let plan = self.program.journeys.get(instance.journey.index());
                    let plan = plan.and_then(|plan| plan.splits.get(split as usize));
                    let Some(plan) = plan else { continue };
                    let arm = plan
                        .arms
                        .get(arm as usize)
                        .map_or("", |(name, _)| name)
                        .into();
                    let step = plan.name.as_str().into();
                    self.act(who, ActionKind::Split { of, step, arm });
                }
                Effect::Fault(fault) => self.quiet_fault(who, &fault),
                Effect::Decide { values } => self.arguments = values,
                Effect::Withdraw { send } => self.take_back(who, instance, send),
                Effect::Mute { purpose, until } => {
                    let name = self.program.purposes.get(purpose as usize);
                    let name = name.map_or("", |purpose| purpose.name.as_str());
                    let until = until.map_or(Value::Unknown, Value::Time);
                    let field = format!("muted.{name}").into();
                    let value = crate::actions::json::value(&self.program, &until);
                    self.act(who, ActionKind::Set { of, field, value });
                }
                Effect::Emit { event, values, to } => self.emit(who, instance, event, values, to),
            }
        }
    }

    fn faulted(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        mut instance: Box<Instance>,
        fault: &Fault,
    ) {
        let reason = fault.code.name();
        let known = self.program.sites.get(fault.site.index());
        let site = known
            .filter(|_| fault.code != FaultCode::TooManyRounds)
            .cloned();
        *self.state.counters.faults.entry(reason.into()).or_default() += 1;
        let of = self.subject(&instance);
        let fault = ActionKind::Fault {
            of: Some(of.clone()),
            reason,
            site,
        };
        self.act(who, fault);
        if instance.ended.is_none() {
            let reason = "faulted".into();
            self.act(who, ActionKind::Exit { of, reason });
            self.take_all_back(who, &mut instance);
        }
        self.over(who, rank, instance);
    }

    /// Ran to its end, or to an `end`.
    pub(super) fn ended(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        instance: Box<Instance>,
        plan: &JourneyPlan,
        index: i64,
    ) {
        if instance.ended.is_none() {
            let place = usize::try_from(index)
                .ok()
                .and_then(|index| index.checked_sub(1));
            let reason = place.and_then(|place| plan.reasons.get(place));
            let reason = reason.map(|reason| reason.as_str().into());
            let of = self.subject(&instance);
            self.act(who, ActionKind::End { of, reason });
        }
        self.over(who, rank, instance);
    }
}

fn stop(results: &[i64]) -> Stop {
    let word = |place: usize| results.get(place).copied().unwrap_or(0);
    Stop {
        outcome: word(0),
        index: word(1),
        value: word(2),
    }
}
