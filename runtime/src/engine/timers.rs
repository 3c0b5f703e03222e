//! What is due: one ordered set of timers. They run in the order of their fields, each as an event of its
//! own whose queue drains before the next, and what they cause carries their instant.

use super::Engine;
use super::apply::Cause;
use super::yearly::next_year;
use crate::state::{InstanceRank, PersonNo, Schedule, Timer, TimerKind};
use journey_program::civil::{Zone, weekday};
use journey_program::plan::{EnterPlan, StayPlan};
use journey_program::types::JourneyId;
use std::cmp::Reverse;
use std::sync::Arc;

/// The days that a clock time is looked for: a weekday comes within a week, a gap may take one away.
const DAYS_AHEAD: i64 = 15;

/// The first civil day after `after_day` (if there is one) whose clock time is strictly after now, with
/// that instant. Weekday 1 is Monday, 0 every day.
pub(super) fn next_clock(
    zone: &Zone,
    now: i64,
    clock: i64,
    on: u8,
    after_day: Option<i64>,
) -> Option<(i64, i64)> {
    let today = zone.date_of(now)?;
    (today - 1..=today + DAYS_AHEAD)
        .filter(|day| on == 0 || weekday(*day) == i64::from(on))
        .filter(|day| after_day.is_none_or(|after| *day > after))
        .filter_map(|day| Some((day, zone.date_at_clock(day, clock)?)))
        .find(|(_, at)| *at > now)
}

impl Engine {
    /// The next instant at which something is due.
    pub fn next_due(&self) -> Option<i64> {
        let first = self.state.timers.next_due();
        let parked = self.state.people.next_due();
        first.into_iter().chain(parked).min()
    }

    /// All that is due up to an instant, that instant included.
    pub(super) fn run_due(&mut self, until: i64) {
        loop {
            self.state.settle();
            let Some(due) = self.next_due().filter(|due| *due <= until) else {
                break;
            };
            if self.state.people.next_due() == Some(due) {
                self.state.people.read_in_next();
                self.state.settle();
                continue;
            }
            let Some(timer) = self.state.timers.pop_first() else {
                break;
            };
            if self.state.clock.is_none_or(|clock| timer.due > clock) {
                self.state.clock = Some(timer.due);
            }
            self.give_back_reserved(timer.due);
            self.state.closed = true;
            self.state.rounds = 0;
            self.fire(timer);
            self.drain();
        }
        self.give_back_reserved(until.saturating_add(1));
    }

    fn fire(&mut self, timer: Timer) {
        let who = timer.person;
        let rank = InstanceRank {
            priority: timer.priority,
            journey: timer.journey,
            key: timer.key,
            no: timer.no,
        };
        let cause = match timer.kind {
            TimerKind::Edges => Cause::Time,
            TimerKind::Wait => Cause::Wait(rank),
            TimerKind::Release => Cause::Release(rank),
            TimerKind::Entry => match self.index.journey_of(timer.journey) {
                Some(journey) => Cause::Entry(journey),
                None => return,
            },
        };
        self.occur(who, None, &cause);
    }

    pub(super) fn profile_id(&self, who: PersonNo) -> Arc<str> {
        self.state
            .people
            .get(who.index())
            .map_or_else(|| "".into(), |p| Arc::clone(&p.id))
    }

    pub(super) fn instance_timer(
        &self,
        who: PersonNo,
        kind: TimerKind,
        rank: &InstanceRank,
        due: i64,
    ) -> Timer {
        Timer {
            due,
            profile: self.profile_id(who),
            kind,
            priority: rank.priority,
            journey: rank.journey,
            key: rank.key.clone(),
            no: rank.no,
            person: who,
        }
    }

    pub(super) fn set_timer(
        &mut self,
        who: PersonNo,
        kind: TimerKind,
        rank: &InstanceRank,
        due: i64,
    ) {
        let timer = self.instance_timer(who, kind, rank, due);
        self.state.settle();
        self.state.timers.insert(timer);
    }

    pub(super) fn clear_timer(
        &mut self,
        who: PersonNo,
        kind: TimerKind,
        rank: &InstanceRank,
        due: i64,
    ) {
        let timer = self.instance_timer(who, kind, rank, due);
        self.state.settle();
        self.state.timers.remove(&timer);
    }

    /// The rank under which the audiences of a person have their timer: before all instances.
    pub(super) fn audiences_rank() -> InstanceRank {
        InstanceRank {
            priority: Reverse(i64::MAX),
            journey: 0,
            key: None,
            no: 0,
        }
    }

    /// Moves the timer of a person's audiences; `i64::MAX`: none.
    pub(super) fn set_edges_due(&mut self, who: PersonNo, due: i64) {
        let due = (due != i64::MAX).then_some(due);
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let old = std::mem::replace(&mut person.edges_due, due);
        if old == due && old.is_none() {
            return;
        }
        let rank = Self::audiences_rank();
        if let Some(old) = old {
            self.clear_timer(who, TimerKind::Edges, &rank, old);
        }
        if let Some(due) = due {
            self.set_timer(who, TimerKind::Edges, &rank, due);
        }
    }

    pub(super) fn schedule_rank(&self, journey: JourneyId) -> InstanceRank {
        let priority = self
            .program
            .journeys
            .get(journey.index())
            .map_or(0, |plan| plan.priority);
        InstanceRank {
            priority: Reverse(priority),
            journey: self.index.rank(journey),
            key: None,
            no: 0,
        }
    }

    /// A pending entry, in the place of the one before; None: none.
    pub(super) fn set_schedule(
        &mut self,
        who: PersonNo,
        journey: JourneyId,
        schedule: Option<Schedule>,
    ) {
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let old = match schedule {
            Some(schedule) => person.schedules.insert(journey, schedule),
            None => person.schedules.remove(&journey),
        };
        let rank = self.schedule_rank(journey);
        if let Some(old) = old {
            self.clear_timer(who, TimerKind::Entry, &rank, old.due);
        }
        if let Some(schedule) = schedule {
            self.set_timer(who, TimerKind::Entry, &rank, schedule.due);
        }
    }

    /// First entries of all journeys on a schedule, for a new person.
    pub(super) fn schedule_all(&mut self, who: PersonNo) {
        for journey in self.index.scheduled.clone() {
            self.schedule_next(who, journey, None);
        }
    }

    pub(super) fn schedule_next(
        &mut self,
        who: PersonNo,
        journey: JourneyId,
        after_day: Option<i64>,
    ) {
        let plan = self
            .program
            .journeys
            .get(journey.index())
            .map(|plan| &plan.enter);
        let (zone, now) = (self.zone_of(who), self.clock_ms());
        let next = match plan {
            Some(EnterPlan::Every { weekday, clock, .. }) => {
                next_clock(zone, now, *clock, *weekday, after_day)
            }
            Some(EnterPlan::Yearly { field, clock, .. }) => self
                .date_of(who, *field)
                .and_then(|date| next_year(zone, now, *clock, date, after_day)),
            Some(EnterPlan::On { .. } | EnterPlan::When { .. }) | None => return,
        };
        let schedule = next.map(|(day, due)| Schedule {
            due,
            day: Some(day),
        });
        self.set_schedule(who, journey, schedule);
    }

    /// When a stay that begins now is long enough.
    pub(super) fn stay_until(&self, who: PersonNo, stay: StayPlan) -> i64 {
        self.after(who, self.clock_ms(), stay)
    }

    pub(super) fn after(&self, who: PersonNo, from: i64, delay: StayPlan) -> i64 {
        match delay {
            StayPlan::Duration(ms) => from.saturating_add(ms),
            StayPlan::Span(span) => self
                .zone_of(who)
                .add_span_to_time(from, span)
                .unwrap_or(i64::MAX),
        }
    }

    /// The person's zone has changed: what waits for a clock time keeps its civil day and moves to that
    /// day's instant in the new zone, at once if that has passed. So no day is met twice.
    pub(super) fn move_clocks(&mut self, who: PersonNo) {
        let zone = self.zone_of(who);
        let Some(person) = self.state.people.get(who.index()) else {
            return;
        };
        let scheduled: Vec<(JourneyId, i64)> = person
            .schedules
            .iter()
            .filter_map(|(journey, schedule)| Some((*journey, schedule.day?)))
            .collect();
        for (journey, day) in scheduled {
            let plan = self
                .program
                .journeys
                .get(journey.index())
                .map(|plan| &plan.enter);
            if let Some(EnterPlan::Every { clock, .. } | EnterPlan::Yearly { clock, .. }) = plan
                && let Some(due) = zone.date_at_clock(day, *clock)
            {
                self.set_schedule(
                    who,
                    journey,
                    Some(Schedule {
                        due,
                        day: Some(day),
                    }),
                );
            }
        }
        self.move_waits(who, zone);
    }
}
