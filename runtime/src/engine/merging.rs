//! Two people turn out to be one: the earlier keeps its canonical id and takes in all that is known of the
//! other. Each part has its own rule, and none asks which of the two was met first.
//!
//! Fields: the latest write. Consent: revoked beats granted beats unknown. Histories, limits, rests: both sides.
//! Journeys: by journey and key, the earlier instance goes on. `instances` has these.

use super::Engine;
use crate::actions::ActionKind;
use crate::histories::When;
use crate::state::{Moment, Person, PersonNo, Schedule, Timer, TimerKind};
use journey_program::plan::EnterPlan;
use journey_program::record;
use journey_program::types::JourneyId;
use std::collections::BTreeMap;
use std::sync::Arc;

mod instances;

impl Engine {
    /// Makes two people one; who that is.
    pub(super) fn unite(&mut self, one: PersonNo, other: PersonNo) -> PersonNo {
        let born = |who: PersonNo| self.person(who).map(|person| &person.born);
        let (to, from) = if born(one) <= born(other) {
            (one, other)
        } else {
            (other, one)
        };
        let zones = [to, from].map(|who| self.zone_of(who));
        let dates = [to, from].map(|who| self.yearly_dates(who));
        let stays = self.united_stays(to, from);
        self.clear_timers(from);
        let (Some(kept), Some(gone)) = (
            self.state.people.get(to.index()).map(|p| Arc::clone(&p.id)),
            self.state.people.get_mut(from.index()),
        ) else {
            return to;
        };
        let mut empty = Person::empty(kept, from, gone.born.clone());
        empty.united = Some(to);
        let gone = std::mem::replace(gone, empty);
        self.state.counters.merges += 1;
        self.state.counters.people = self.state.counters.people.saturating_sub(1);
        let from = Arc::clone(&gone.id);
        self.act(to, ActionKind::Merge { from });
        self.unite_names(to, &gone);
        self.unite_fields(to, &gone);
        self.unite_consents(to, &gone);
        self.unite_audiences(to, &gone);
        self.unite_histories(to, &gone);
        self.unite_schedules(to, &gone, stays, &dates);
        let mut gone = gone;
        self.unite_measured(to, &mut gone);
        self.unite_instances(to, gone);
        self.refresh_where(to, |_| true);
        let zone = self.zone_of(to);
        if zones.iter().any(|before| !std::ptr::eq(*before, zone)) {
            self.move_clocks(to);
        }
        to
    }

    fn unite_names(&mut self, to: PersonNo, gone: &Person) {
        for known in &gone.identifiers {
            if let Some(owner) = self.state.identifiers.get_mut(known) {
                owner.rename(gone.no, to);
            }
        }
        if let Some(person) = self.person_mut(to) {
            person.seen = person.seen.min(gone.seen);
            let new = gone.identifiers.iter();
            let new: Vec<_> = new
                .filter(|id| !person.identifiers.contains(id))
                .cloned()
                .collect();
            person.identifiers.extend(new);
        }
    }

    /// Of each field the latest write.
    fn unite_fields(&mut self, to: PersonNo, gone: &Person) {
        let program = Arc::clone(&self.program);
        let types = record::Types::of(&program, &self.shared.symbols);
        let theirs = record::read(&types, &gone.block, program.profile.record);
        for (field, (value, stamp)) in (0u32..).zip(theirs.iter().zip(&gone.written)) {
            let Some(person) = self.state.people.get_mut(to.index()) else {
                return;
            };
            let Some(written) = person.written.get_mut(field as usize) else {
                continue;
            };
            if *written < *stamp {
                *written = *stamp;
                self.write_field(to, field, value);
            }
        }
    }

    /// Revoked beats granted beats unknown, whenever it was said; what is muted on one side is muted.
    fn unite_consents(&mut self, to: PersonNo, gone: &Person) {
        let (consent, muted) = (self.program.profile.consent, self.program.profile.muted);
        let Some(person) = self.state.people.get_mut(to.index()) else {
            return;
        };
        for ((ours, theirs), byte) in person
            .consented
            .iter_mut()
            .zip(&gone.consented)
            .zip(consent..)
        {
            *ours = (*ours).max(*theirs);
            let said = [&person.block, &gone.block].map(|block| record::get_u8(block, byte));
            let strictest = said.into_iter().max().unwrap_or(0);
            record::put_u8(&mut person.block, byte, strictest);
        }
        for ((ours, theirs), byte) in person.muted.iter_mut().zip(&gone.muted).zip(muted..) {
            *ours = (*ours).max(*theirs);
            record::put_u8(&mut person.block, byte, u8::from(ours.is_some()));
        }
        person.dirty = true;
    }

    /// Inside are those whom one side was in, since the earlier: that is no edge. Whether they still are is asked
    /// once, after uniting.
    fn unite_audiences(&mut self, to: PersonNo, gone: &Person) {
        for audience in 0..self.program.audiences.len() {
            let Some((byte, bit)) = self.audience_bit(audience) else {
                continue;
            };
            let theirs = record::get_bit(&gone.block, byte, bit);
            let since = gone.since.get(audience).copied().flatten();
            let Some(person) = self.state.people.get_mut(to.index()) else {
                return;
            };
            let inside = theirs || record::get_bit(&person.block, byte, bit);
            record::put_bit(&mut person.block, byte, bit, inside);
            if let Some(ours) = person.since.get_mut(audience) {
                *ours = [*ours, since].into_iter().flatten().min();
            }
        }
    }

    /// Every event of both sides counts, once.
    fn unite_histories(&mut self, to: PersonNo, gone: &Person) {
        let program = Arc::clone(&self.program);
        let when = When {
            moment: self.now(),
            zone: self.zone_of(to),
        };
        let Some(person) = self.state.people.get_mut(to.index()) else {
            return;
        };
        let both = person.histories.iter_mut().zip(&gone.histories);
        for ((ours, theirs), plan) in both.zip(&program.histories) {
            if ours.is_empty() && theirs.is_empty() {
                continue;
            }
            // one that is looked up, and stands nowhere in the profile, has no next change
            let changes = ours.change.or(theirs.change).is_some();
            self.state.counters.keys_dropped += ours.unite(plan, &when, theirs);
            ours.change = changes.then_some(Moment::ALWAYS);
        }
        person.histories_change = Moment::ALWAYS;
    }

    fn unite_measured(&mut self, to: PersonNo, gone: &mut Person) {
        if let Some(theirs) = gone.measured.take()
            && let Some(person) = self.state.people.get_mut(to.index())
        {
            let own = person.measured.get_or_insert_default();
            own.unite(*theirs, &self.state.kinds);
        }
    }

    // ── entries that are due later ──────────────────────────────────────────────────────────────

    /// Pending stays of `enter when … for D`: that of the side which has been in for longer counts, and of those
    /// who have left, that of the first; who is in on one side has not left.
    fn united_stays(&self, to: PersonNo, from: PersonNo) -> BTreeMap<JourneyId, Option<Schedule>> {
        let mut stays = BTreeMap::new();
        for (number, plan) in self.program.journeys.iter().enumerate() {
            let EnterPlan::When {
                audience,
                leaving,
                stay: Some(_),
                ..
            } = &plan.enter
            else {
                continue;
            };
            let journey = JourneyId::new(number);
            let audience = audience.index();
            let inside = [to, from].map(|who| self.is_inside(who, audience));
            let since = [to, from].map(|who| self.person(who)?.since.get(audience).copied()?);
            let pending = [to, from].map(|who| self.person(who)?.schedules.get(&journey).copied());
            let first = || {
                pending
                    .into_iter()
                    .flatten()
                    .min_by_key(|pending| pending.due)
            };
            let stay = match (leaving, inside) {
                (true, [false, false]) => first(),
                (true, _) | (false, [false, false]) => None,
                (false, [true, false]) => pending[0],
                (false, [false, true]) => pending[1],
                (false, [true, true]) => match since[0].cmp(&since[1]) {
                    std::cmp::Ordering::Less => pending[0],
                    std::cmp::Ordering::Greater => pending[1],
                    std::cmp::Ordering::Equal => first(),
                },
            };
            stays.insert(journey, stay);
        }
        stays
    }

    /// What is pending on both sides becomes one: no civil day that one side has met is met again.
    fn unite_schedules(
        &mut self,
        to: PersonNo,
        gone: &Person,
        stays: BTreeMap<JourneyId, Option<Schedule>>,
        dates: &[Vec<(JourneyId, Option<i64>)>; 2],
    ) {
        for (journey, stay) in stays {
            self.set_schedule(to, journey, stay);
        }
        if let Some(person) = self.person_mut(to) {
            for (journey, theirs) in &gone.met_days {
                let ours = person.met_days.or_insert_with(*journey, || *theirs);
                *ours = (*ours).max(*theirs);
            }
        }
        let now_dates = self.yearly_dates(to);
        let program = Arc::clone(&self.program);
        for journey in self.index.scheduled.clone() {
            let plan = program
                .journeys
                .get(journey.index())
                .map(|plan| &plan.enter);
            let (
                Some(EnterPlan::Every { clock, .. } | EnterPlan::Yearly { clock, .. }),
                Some(person),
            ) = (plan, self.person(to))
            else {
                continue;
            };
            let date_of = |all: &[(JourneyId, Option<i64>)]| {
                all.iter()
                    .find(|(of, _)| *of == journey)
                    .map(|(_, date)| *date)
            };
            let date = date_of(&now_dates);
            let met = person.met_days.get(&journey).copied();
            let sides = [&person.schedules, &gone.schedules];
            let days = sides
                .into_iter()
                .zip(dates)
                .filter_map(|(schedules, dates)| {
                    let day = schedules.get(&journey)?.day?;
                    let open = met.is_none_or(|met| day > met);
                    (date_of(dates) == date && open).then_some(day)
                });
            let day = days.max();
            let due = day.and_then(|day| self.zone_of(to).date_at_clock(day, *clock));
            match due {
                Some(due) => self.set_schedule(to, journey, Some(Schedule { due, day })),
                None => self.schedule_next(to, journey, met),
            }
        }
    }

    // ── timers ──────────────────────────────────────────────────────────────────────────────────

    /// Takes away all that is due for a person.
    pub(super) fn clear_timers(&mut self, who: PersonNo) {
        self.state.settle();
        for timer in self.timers_of(who) {
            self.state.timers.remove(&timer);
        }
    }

    /// All that is due for a person.
    pub(crate) fn timers_of(&self, who: PersonNo) -> Vec<Timer> {
        let Some(person) = self.person(who) else {
            return Vec::new();
        };
        let mut timers = Vec::new();
        if let Some(due) = person.edges_due {
            let rank = Self::audiences_rank();
            timers.push(self.instance_timer(who, TimerKind::Edges, &rank, due));
        }
        for (journey, schedule) in &person.schedules {
            let rank = self.schedule_rank(*journey);
            timers.push(self.instance_timer(who, TimerKind::Entry, &rank, schedule.due));
        }
        for (rank, instance) in &person.instances {
            for (kind, due) in instance.dues() {
                timers.push(self.instance_timer(who, kind, rank, due));
            }
        }
        timers
    }
}
