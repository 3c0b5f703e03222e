//! Entries: which journeys an occasion begins, and why it begins others not.

use super::*;
use crate::engine::matching::elements;
use crate::state::{Entries, Few, RecallState};
use journey_program::chance;
use journey_program::plan::{EachPlan, FieldSlot, ReenterPlan};
use journey_program::record;
use journey_program::types::{Type, Value};

impl Engine {
    /// Entries of one occasion: by priority, then the journey's name.
    pub(in crate::engine) fn entries(
        &mut self,
        who: PersonNo,
        event: Option<&Taken>,
        edges: &[Edge],
        cause: &Cause,
    ) {
        if let Cause::Entry(journey) = cause {
            self.due_entry(who, *journey);
        }
        let mut candidates: Vec<JourneyId> = Vec::new();
        if let Some(event) = event {
            candidates.extend(
                self.index
                    .entering
                    .get(event.event.index())
                    .into_iter()
                    .flatten(),
            );
        }
        if !edges.is_empty() {
            candidates.extend(&self.index.edging);
            candidates.sort_by_key(|id| {
                let plan = self.program.journeys.get(id.index());
                (
                    Reverse(plan.map_or(0, |plan| plan.priority)),
                    self.index.rank(*id),
                )
            });
        }
        let program = Arc::clone(&self.program);
        for journey in candidates {
            let Some(plan) = program.journeys.get(journey.index()) else {
                continue;
            };
            match &plan.enter {
                EnterPlan::On { pattern, element } => {
                    let Some(event) = event else { continue };
                    let fits = if self.is_broadcast(event.event) {
                        let chosen = self.snapshot.get(&journey);
                        chosen.is_some_and(|chosen| chosen.contains(&who))
                    } else {
                        pattern
                            .filter
                            .is_none_or(|filter| self.holds(who, About::event(event), filter))
                    };
                    if fits {
                        match &pattern.each {
                            Some(each) => {
                                let slot = element.as_ref();
                                self.enter_each(who, journey, plan, each, slot, event);
                            }
                            None => self.enter_on(who, journey, plan, pattern.key, event),
                        }
                    }
                }
                EnterPlan::When {
                    audience,
                    leaving,
                    stay,
                    ..
                } => {
                    let audience = audience.index();
                    if Self::crossed(edges, audience, !leaving) {
                        match stay {
                            None => self.enter(who, journey, plan, None, None, None),
                            Some(stay) => {
                                let due = self.stay_until(who, *stay);
                                let schedule = Schedule { due, day: None };
                                self.set_schedule(who, journey, Some(schedule));
                            }
                        }
                    } else if stay.is_some() && Self::crossed(edges, audience, *leaving) {
                        self.set_schedule(who, journey, None);
                    }
                }
                EnterPlan::Every { .. } | EnterPlan::Yearly { .. } => {}
            }
        }
    }

    /// An entry whose time has come.
    fn due_entry(&mut self, who: PersonNo, journey: JourneyId) {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.journeys.get(journey.index()) else {
            return;
        };
        let now = self.clock_ms();
        let schedules = self.person(who).map(|person| &person.schedules);
        let Some(schedule) = schedules.and_then(|all| all.get(&journey).copied()) else {
            return;
        };
        if schedule.due > now {
            return;
        }
        match &plan.enter {
            EnterPlan::On { .. } => {}
            EnterPlan::When {
                audience, leaving, ..
            } => {
                self.set_schedule(who, journey, None);
                if self.is_inside(who, audience.index()) != *leaving {
                    self.enter(who, journey, plan, None, None, None);
                }
            }
            EnterPlan::Every { when, .. } | EnterPlan::Yearly { when, .. } => {
                if let (Some(day), Some(person)) = (schedule.day, self.person_mut(who)) {
                    person.met_days.insert(journey, day);
                }
                self.schedule_next(who, journey, schedule.day);
                if when.is_none_or(|when| self.holds(who, About::person(), when)) {
                    self.enter(who, journey, plan, None, None, None);
                }
            }
        }
    }

    fn enter_on(
        &mut self,
        who: PersonNo,
        journey: JourneyId,
        plan: &JourneyPlan,
        field: Option<u32>,
        event: &Taken,
    ) {
        let key = match field {
            None => None,
            Some(field) => match event.values.get(field as usize).and_then(Scalar::of) {
                Some(key) => Some(key),
                None => return self.refused(who, journey, None, "no_key"),
            },
        };
        self.enter(who, journey, plan, key, Some(event), None);
    }

    /// One instance for each element, in the list's order.
    fn enter_each(
        &mut self,
        who: PersonNo,
        journey: JourneyId,
        plan: &JourneyPlan,
        each: &EachPlan,
        slot: Option<&(FieldSlot, Type)>,
        event: &Taken,
    ) {
        for (element, key) in elements(each, event) {
            match key {
                Some(key) => {
                    let element = slot.map(|slot| (slot, element));
                    self.enter(who, journey, plan, Some(key), Some(event), element);
                }
                None => self.refused(who, journey, None, "no_key"),
            }
        }
    }

    fn refused(
        &mut self,
        who: PersonNo,
        journey: JourneyId,
        key: Option<&Scalar>,
        reason: &'static str,
    ) {
        *self
            .state
            .counters
            .refused
            .entry(reason.into())
            .or_default() += 1;
        let of = self.subject_of(journey, key);
        self.act(who, ActionKind::Refused { of, reason });
    }

    pub(in crate::engine) fn enter(
        &mut self,
        who: PersonNo,
        journey: JourneyId,
        plan: &JourneyPlan,
        key: Option<Scalar>,
        event: Option<&Taken>,
        element: Option<(&(FieldSlot, Type), &Value)>,
    ) {
        let of = (journey, key.clone());
        let entries = self
            .person(who)
            .and_then(|person| person.entries.get(&of).cloned());
        let entries = entries.unwrap_or_default();
        if entries.inside {
            return self.refused(who, journey, key.as_ref(), "already_in");
        }
        if !self.may_reenter(who, plan, &entries) {
            return self.refused(who, journey, key.as_ref(), "reenter");
        }
        let mut instance = self.new_instance(journey, plan, key, entries.count, event);
        if let Some(((slot, ty), value)) = element {
            let types = record::Types::of(&self.program, &self.shared.symbols);
            record::set_field(&types, &mut instance.block, 0, slot, ty, value);
        }
        if !self.while_holds(who, plan, &mut instance) {
            return self.refused(who, journey, instance.key.as_ref(), "while");
        }
        self.begin(who, plan, of, instance, event);
    }

    fn begin(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        of: (JourneyId, Option<Scalar>),
        mut instance: Box<Instance>,
        event: Option<&Taken>,
    ) {
        let now = self.clock_ms();
        if let Some(person) = self.person_mut(who) {
            let entries = person.entries.or_default(of);
            *entries = Entries {
                count: entries.count + 1,
                entered: now,
                ended: None,
                inside: true,
            };
        }
        self.state.instances += 1;
        instance.no = self.state.instances;
        let rank = InstanceRank {
            priority: Reverse(plan.priority),
            journey: self.index.rank(instance.journey),
            key: instance.key.clone(),
            no: instance.no,
        };
        let name = self.index.journey(instance.journey);
        *self.state.counters.entries.entry(name).or_default() += 1;
        if let Some(person) = self.person(who) {
            instance.of = Arc::clone(&person.id);
        }
        let of = self.subject(&instance);
        self.act(who, ActionKind::Enter(of));
        self.begin_while(who, &rank, plan, &mut instance);
        if self.is_held_out(who, plan, instance.journey) {
            let name = self.index.journey(instance.journey);
            *self.state.counters.holdouts.entry(name).or_default() += 1;
            let of = self.subject(&instance);
            self.act(who, ActionKind::Holdout(of));
            instance.held_out = true;
            // It takes no step, and is in the journey until an exit or the `while` ends it.
            return self.put_instance(who, rank, instance);
        }
        self.go(who, rank, instance, plan.start, event);
    }

    fn new_instance(
        &self,
        journey: JourneyId,
        plan: &JourneyPlan,
        key: Option<Scalar>,
        entry: u32,
        event: Option<&Taken>,
    ) -> Box<Instance> {
        let size = usize::try_from(plan.instance.size).unwrap_or(0);
        let mut block = Vec::with_capacity(size + record::TEXT_ROOM);
        block.resize(size, 0);
        if let (Some(to), Some(event)) = (plan.instance.entry, event)
            && let Some(event_plan) = self.program.events.get(event.event.index())
        {
            let types = record::Types::of(&self.program, &self.shared.symbols);
            record::copy_record(&types, &event.block, 0, event_plan.record, &mut block, to);
        }
        Box::new(Instance {
            no: 0,
            journey,
            key,
            entry,
            of: "".into(),
            held_out: false,
            entered: self.clock_ms(),
            block,
            place: Place::Moving,
            combined: None,
            ended: None,
            goal: None,
            last_send: None,
            sends: Vec::new(),
            attempts: Few::new(),
            sending: None,
            emits: 0,
            decided: Few::new(),
            made: Few::new(),
            gathered: Vec::new(),
            clock_days: Few::new(),
            recalls: vec![RecallState::default(); plan.recalls.len()],
            while_due: None,
        })
    }

    fn may_reenter(&self, who: PersonNo, plan: &JourneyPlan, entries: &Entries) -> bool {
        if entries.count == 0 {
            return true;
        }
        match plan.reenter {
            ReenterPlan::Never => false,
            ReenterPlan::Always => true,
            ReenterPlan::After { delay, from_entry } => {
                let ended = entries.ended.unwrap_or(entries.entered);
                let from = if from_entry { entries.entered } else { ended };
                self.clock_ms() >= self.after(who, from, delay)
            }
        }
    }

    pub(in crate::engine) fn is_held_out(
        &self,
        who: PersonNo,
        plan: &JourneyPlan,
        journey: JourneyId,
    ) -> bool {
        let (Some(holdout), Some(person)) = (&plan.holdout, self.person(who)) else {
            return false;
        };
        let assumed = self.shared.assumed_holdouts.get(&journey).copied();
        assumed
            .unwrap_or_else(|| chance::lot(&person.id, &plan.name, &holdout.salt) < holdout.below)
    }
}
