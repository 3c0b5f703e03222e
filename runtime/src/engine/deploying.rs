//! Another version of the program takes over. What is known of people goes on under the new numbers of the
//! same names; who is in a journey keeps the version that they entered, whose journeys are part of the new
//! program (`JourneyPlan::version`).
//!
//! `names` says which number is which, `values` carries values and blocks, `people` persons, `instances` their
//! instances. Then: histories that are new start from the events that are remembered, audiences are looked at
//! without edges (nobody has crossed one), and a new journey takes in who is inside, if it says so.

mod instances;
mod names;
mod people;
mod values;

use super::Engine;
use super::index::number;
use crate::state::{Person, PersonNo, Schedule, Taken, TimerKind};
use journey_program::host::Executor;
use journey_program::plan::{EnterPlan, MigrationTo, Program};
use journey_program::record::Types;
use journey_program::types::{EventId, JourneyId};
use names::Names;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use values::{Carry, Led};

/// What a deployment has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// of each new journey that somebody would enter by being in an audience: how many are in already, and are not
    /// taken in since it does not say `including members`
    pub left_out: BTreeMap<String, u64>,
}

/// The events of an older program that histories count which only the newer one asks.
pub fn asked_anew(before: &Program, after: &Program) -> BTreeSet<EventId> {
    let names = Names::between(before, after);
    let is_new = |history: usize| !names.histories.contains(&Some(history));
    let after = after.events.iter().filter(|event| {
        let mut feeds = event.feeds.iter();
        feeds.any(|feed| is_new(feed.history.index()))
    });
    let asked: BTreeSet<&str> = after.map(|event| event.name.as_str()).collect();
    let before = before.events.iter().zip(0u32..);
    let asked = before.filter(|(event, _)| asked.contains(event.name.as_str()));
    asked.map(|(_, number)| EventId(number)).collect()
}

impl Engine {
    /// Goes on with another version, from an instant on.
    pub fn deploy(
        &mut self,
        at: i64,
        program: Arc<Program>,
        executor: Box<dyn Executor>,
    ) -> Deployed {
        self.reach(at);
        let next = Engine::new(program, executor, self.options.clone());
        let mut before = std::mem::replace(self, next);
        self.actions = std::mem::take(&mut before.actions);
        self.dead_letters = std::mem::take(&mut before.dead_letters);
        self.watch = before.watch.take();
        self.see_version();
        before.state.all_in();
        let broken = before.state.people.broken();
        let state = std::mem::take(&mut before.state);
        let names = Names::between(&before.program, &self.program);
        self.assume_again(&before);
        let carry = Carry {
            names: &names,
            index: &self.index,
            old: Types::of(&before.program, &before.shared.symbols),
            new: Types::of(&self.program, &self.shared.symbols),
            old_program: &before.program,
            new_program: &self.program,
        };
        let (state, led) = carry.state(state);
        self.state = state;
        self.state.people.is_broken(broken);
        let known: Vec<usize> = names.limits.iter().flatten().copied().collect();
        self.count_anew(|limit| known.iter().all(|to| number(*to) != limit));
        self.take_over(&names);
        for who in (0..self.state.people.len()).map(|no| PersonNo(number(no))) {
            self.end_holds(who);
        }
        self.drain();
        self.lead_on(led);
        let left_out = self.take_members(&before.program);
        Deployed { left_out }
    }

    /// The same, where what is new among the histories starts from these events of the older program.
    pub fn deploy_from(
        &mut self,
        at: i64,
        program: Arc<Program>,
        executor: Box<dyn Executor>,
        events: Vec<(PersonNo, Taken)>,
    ) -> Deployed {
        if self.options.remember {
            return self.deploy(at, program, executor);
        }
        self.state.remembered = events;
        let deployed = self.deploy(at, program, executor);
        self.state.remembered = Vec::new();
        deployed
    }

    /// What is due before an instant happens before the deployment at it.
    fn reach(&mut self, at: i64) {
        if self.state.clock.is_none_or(|clock| at > clock) {
            self.run_due(at.saturating_sub(1));
            self.state.clock = Some(at);
            self.state.closed = false;
        }
    }

    /// Chance that a test has fixed stays fixed, where the names are the same.
    fn assume_again(&mut self, before: &Engine) {
        let full = |journey: JourneyId| {
            let plan = before.program.journeys.get(journey.index());
            plan.map_or("", |plan| plan.name.as_str())
        };
        for ((journey, split), arm) in &before.shared.assumed_splits {
            let plan = before.program.journeys.get(journey.index());
            let plan = plan.and_then(|plan| plan.splits.get(*split as usize));
            if let Some(plan) = plan
                && let Some((arm, _)) = plan.arms.get(*arm as usize)
            {
                self.assume_split(&plan.name, arm);
            }
        }
        for (journey, held) in &before.shared.assumed_holdouts {
            self.assume_holdout(full(*journey), *held);
        }
        for (name, held) in &before.shared.assumed_tag_holdouts {
            self.assume_holdout(name, *held);
        }
    }

    /// Who comes by a `migrate from` block.
    fn lead_on(&mut self, mut led: Led) {
        led.sort_by(|a, b| {
            let profile = |who: PersonNo| self.profile_id(who);
            (profile(a.0), &a.1).cmp(&(profile(b.0), &b.1))
        });
        let program = Arc::clone(&self.program);
        for (who, rank, way) in led {
            let Some(to) = way.to else { continue };
            let Some(mut instance) = self.take_instance(who, &rank) else {
                continue;
            };
            self.give_back_plans(who, instance.no);
            let Some(plan) = program.journeys.get(instance.journey.index()) else {
                continue;
            };
            self.state.rounds = 0;
            match to {
                MigrationTo::End(reason) => {
                    self.ended(who, rank, instance, plan, i64::from(reason));
                }
                MigrationTo::Resume { at, waits } => {
                    self.begin_while(who, &rank, plan, &mut instance);
                    self.carried_since = way.since.filter(|_| waits);
                    self.go(who, rank, instance, at, None);
                    self.carried_since = None;
                }
            }
            self.drain();
        }
    }

    /// The places in limits of a send that was planned.
    fn give_back_plans(&mut self, who: PersonNo, no: u64) {
        if let Some(person) = self.person_mut(who) {
            person.sends.retain(|sent| sent.planned != Some(no));
        }
        for granted in self.state.overall.values_mut() {
            granted.retain(|granted| granted.planned != Some(no));
        }
    }

    /// Everyone's histories, audiences and timers as the new version has them.
    fn take_over(&mut self, names: &Names) {
        self.restart_histories(names);
        let people = (0..self.state.people.len()).map(|no| PersonNo(number(no)));
        for who in people.collect::<Vec<_>>() {
            if !self.person(who).is_some_and(Person::is_there) {
                continue;
            }
            self.catch_up(who);
            self.refresh_where(who, |_| true);
            // nobody has crossed an edge: what was said has changed, not the person
            let _ = self.evaluate(who);
            let next = self.audiences_change(who);
            self.set_edges_due(who, next);
            self.due_again(who);
        }
    }

    /// Timers of what was under way, and the next entries on a schedule.
    fn due_again(&mut self, who: PersonNo) {
        let mut timers = Vec::new();
        let mut pending = Vec::new();
        if let Some(person) = self.person(who) {
            for (rank, instance) in &person.instances {
                for (kind, due) in instance.dues() {
                    timers.push(self.instance_timer(who, kind, rank, due));
                }
            }
            for (journey, schedule) in &person.schedules {
                let rank = self.schedule_rank(*journey);
                timers.push(self.instance_timer(who, TimerKind::Entry, &rank, schedule.due));
                pending.push(*journey);
            }
        }
        self.state.timers.extend(timers);
        for journey in self.index.scheduled.clone() {
            if !pending.contains(&journey) {
                let met = self
                    .person(who)
                    .and_then(|p| p.met_days.get(&journey).copied());
                self.schedule_next(who, journey, met);
            }
        }
    }

    /// Histories that the older version did not ask start from the events that are remembered.
    fn restart_histories(&mut self, names: &Names) {
        let program = Arc::clone(&self.program);
        let is_new = |history: usize| !names.histories.contains(&Some(history));
        let now = self.clock_ms();
        let is_kept = |event: &Taken| {
            let plan = program.events.get(event.event.index());
            let keep = plan.and_then(|plan| plan.keep);
            keep.is_none_or(|keep| event.at >= now.saturating_sub(keep))
        };
        let mut remembered = std::mem::take(&mut self.state.remembered);
        remembered.retain(|(_, event)| is_kept(event));
        for (who, event) in &remembered {
            let Some(plan) = program.events.get(event.event.index()) else {
                continue;
            };
            if !plan.feeds.iter().any(|feed| is_new(feed.history.index())) {
                continue;
            }
            let who = self.now_of(*who);
            if self.person(who).is_some_and(|person| person.erased) {
                continue;
            }
            let held = self.filters(who, event, plan);
            let holds = |when: Option<u32>| {
                when.is_none_or(|place| held.get(place as usize).copied().unwrap_or(false))
            };
            for feed in plan.feeds.iter().filter(|feed| holds(feed.when)) {
                if let Some(history) = program.histories.get(feed.history.index())
                    && is_new(feed.history.index())
                {
                    if history.everyone {
                        self.add_to_everyones(event, feed, history);
                    } else {
                        self.add_to_history(who, event, feed, history);
                    }
                }
            }
        }
        self.state.remembered = remembered;
    }

    /// Who is in an audience already, when a journey that enters by it is first deployed.
    fn take_members(&mut self, before: &Program) -> BTreeMap<String, u64> {
        let program = Arc::clone(&self.program);
        let mut left_out = BTreeMap::new();
        let mut everyone: Vec<PersonNo> = self.in_order_seen();
        everyone.sort_by_key(|who| self.profile_id(*who));
        for journey in self.index.edging.clone() {
            let Some(plan) = program.journeys.get(journey.index()) else {
                continue;
            };
            let EnterPlan::When {
                audience,
                leaving: false,
                stay,
                including_members,
            } = &plan.enter
            else {
                continue;
            };
            if before.journeys.iter().any(|old| old.name == plan.name) {
                continue;
            }
            for who in everyone.clone() {
                if !self.is_inside(who, audience.index()) {
                    continue;
                }
                if !including_members {
                    *left_out.entry(plan.name.clone()).or_default() += 1;
                    continue;
                }
                match stay {
                    None => self.enter(who, journey, plan, None, None, None),
                    Some(stay) => {
                        let due = self.stay_until(who, *stay);
                        self.set_schedule(who, journey, Some(Schedule { due, day: None }));
                    }
                }
                self.state.rounds = 0;
                self.drain();
            }
        }
        left_out
    }
}
