//! The order of everything: what one event, one due thing or one edge does. Profile fields and consent,
//! histories, audiences, exits and goals, waiting instances, entries; the queue comes after.

use super::Engine;
use super::audiences::Edge;
use super::call::About;
use crate::histories::When;
use crate::input::{ConsentInput, EventInput, ProfileInput};
use crate::scalar::{Scalar, at_path};
use crate::state::{InstanceRank, Moment, PersonNo, Taken};
use journey_program::plan::{EventPlan, Feed, HistoryPlan, HistoryWindow};
use journey_program::record;
use journey_program::types::{
    ChannelId, EVENT_FIELDS, FunctionId, JourneyId, PurposeId, Type, Value,
};
use std::sync::Arc;

/// What an occasion is besides an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cause {
    /// an event, or edges that time or a step may have caused
    Time,
    /// a wait has reached its deadline
    Wait(InstanceRank),
    /// an entry is due
    Entry(JourneyId),
    /// a postponed send is to be tried again
    Release(InstanceRank),
}

impl Engine {
    pub(super) fn event(&mut self, who: PersonNo, input: EventInput, late: bool) {
        if let Some(taken) = self.taken_of(input, late) {
            self.occur(who, Some(&taken), &Cause::Time);
        }
    }

    /// An event as it is taken, at its place in the log.
    pub(super) fn taken_of(&self, input: EventInput, late: bool) -> Option<Taken> {
        let mut values = Vec::with_capacity(EVENT_FIELDS.len() + input.fields.len());
        values.extend([
            Value::Text(input.id),
            Value::Time(input.at),
            Value::Text(input.source),
            Value::Bool(late),
        ]);
        values.extend(input.fields);
        let plan = self.program.events.get(input.event.index())?;
        // code reads it if a journey looks at it, or a `where` of a history or consent
        let read =
            self.index.heard(input.event) || plan.feed_fn.is_some() || !plan.filters.is_empty();
        let read = read || self.index.measuring.reads(input.event.index());
        let block = if read || self.options.remember {
            let types = record::Types::of(&self.program, &self.shared.symbols);
            record::write(&types, plan.record, &values)
        } else {
            Vec::new()
        };
        Some(Taken {
            event: input.event,
            at: input.at,
            place: self.state.taken,
            values,
            block,
            counted: false,
        })
    }

    pub(super) fn profile(&mut self, who: PersonNo, input: &ProfileInput) {
        let zone = self.zone_of(who);
        let dates = self.yearly_dates(who);
        let stamp = (input.at, self.state.taken);
        let identifiers = Arc::clone(&self.program);
        let identifiers = &identifiers.profile.identifiers;
        for (field, value) in &input.writes {
            let names = identifiers.iter().any(|plan| plan.field == *field);
            if names && matches!(value, Value::Text(_)) {
                continue; // it has been attached
            }
            let Some(person) = self.state.people.get_mut(who.index()) else {
                return;
            };
            let Some(written) = person.written.get_mut(*field as usize) else {
                continue;
            };
            if *written > stamp {
                self.state.counters.stale_writes += 1;
                continue;
            }
            *written = stamp;
            self.write_field(who, *field, value);
        }
        self.dates_may_have_changed(who, &dates);
        self.zone_may_have_changed(who, zone);
        self.occur(who, None, &Cause::Time);
    }

    pub(super) fn consent(&mut self, who: PersonNo, input: &ConsentInput) {
        self.set_consent(who, input.at, input.purpose, &input.channels, input.granted);
        self.occur(who, None, &Cause::Time);
    }

    /// One occasion of one person, in its full order.
    pub(super) fn occur(&mut self, who: PersonNo, event: Option<&Taken>, cause: &Cause) {
        // what no journey and no decision looks at moves nobody but by what it feeds
        let heard = event.filter(|event| self.index.heard(event.event));
        if let Some(event) = event
            && heard.is_none()
            && !self.index.watches
        {
            self.feed(who, event);
            self.refresh(who);
            self.measure(who, Some(event));
            self.audiences(who);
            return;
        }
        let met = self.met(who);
        let mut recalled = false;
        if let Some(event) = event {
            self.feed(who, event);
        }
        if let Some(event) = heard {
            self.offer_event(who, event);
            recalled = self.recall(who, event, &met);
            self.note_answer(who, event, &met);
        }
        self.refresh(who);
        self.measure(who, event);
        let (edges, evaluated) = self.audiences(who);
        self.exits(who, heard, &met);
        self.whiles(who, &met, evaluated || recalled);
        self.waits(who, event, &edges, &met, cause);
        self.entries(who, event, &edges, cause);
    }

    /// What is measured, once what is asked of the person is up to date.
    fn measure(&mut self, who: PersonNo, event: Option<&Taken>) {
        if self.index.measuring.on {
            if let Some(event) = event {
                self.measure_event(who, event);
            }
            if self.index.measuring.levels {
                self.measure_levels(who);
            }
        }
    }

    /// The instances that an occasion meets: those that it begins itself are not among them.
    pub(super) fn met(&self, who: PersonNo) -> Vec<InstanceRank> {
        let person = self.state.people.get(who.index());
        person
            .map(|person| person.instances.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Consent and histories that an event changes.
    fn feed(&mut self, who: PersonNo, event: &Taken) {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.events.get(event.event.index()) else {
            return;
        };
        if self.options.remember {
            self.state.remembered.push((who, event.clone()));
        }
        if plan.consents.is_empty() && plan.feeds.is_empty() {
            return;
        }
        let held = self.filters(who, event, plan);
        let holds = |when: Option<u32>| {
            when.is_none_or(|place| held.get(place as usize).copied().unwrap_or(false))
        };
        for change in plan.consents.iter().filter(|change| holds(change.when)) {
            let (at, purpose) = (event.at, change.purpose);
            self.set_consent(who, at, purpose, &change.channels, change.granted);
        }
        for feed in plan.feeds.iter().filter(|feed| holds(feed.when)) {
            if let Some(history) = program.histories.get(feed.history.index()) {
                self.add_to_history(who, event, feed, history);
            }
        }
    }

    /// Together, or, where one may fault, each apart: consents' first, then those of histories.
    pub(super) fn filters(&mut self, who: PersonNo, event: &Taken, plan: &EventPlan) -> Vec<bool> {
        let about = || About::event(event);
        if !plan.filters.is_empty() {
            let of_consent = plan.consents.iter().filter_map(|change| change.when);
            let first = of_consent.max().map_or(0, |last| last as usize + 1);
            let filters = plan.filters.iter().enumerate();
            let held = filters.map(|(number, filter)| {
                if number < first {
                    self.holds(who, about(), *filter)
                } else {
                    self.feeds(who, event, *filter)
                }
            });
            return held.collect();
        }
        let Some(function) = plan.feed_fn else {
            return Vec::new();
        };
        let fused = self.call(who, about(), function, &[], |ran, _, results| {
            ran.map(|()| results.iter().map(|word| *word != 0).collect::<Vec<bool>>())
        });
        match fused {
            Some(Ok(held)) => held,
            Some(Err(fault)) => {
                self.quiet_fault(who, &fault);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Whether an event is one that a history counts.
    fn feeds(&mut self, who: PersonNo, event: &Taken, filter: FunctionId) -> bool {
        let about = About::event(event);
        let held = self.call_only(who, about, filter, &[], |ran, _, results| {
            ran.map(|()| results.first().is_some_and(|word| *word != 0))
        });
        match held {
            Some(Ok(held)) => held,
            Some(Err(fault)) => {
                self.history_fault(&fault);
                false
            }
            None => false,
        }
    }

    fn set_consent(
        &mut self,
        who: PersonNo,
        at: i64,
        purpose: PurposeId,
        channels: &[ChannelId],
        granted: bool,
    ) {
        let count = self.program.channels.len();
        let all: Vec<usize> = if channels.is_empty() {
            (0..count).collect()
        } else {
            channels.iter().map(|channel| channel.index()).collect()
        };
        let stamp = (at, self.state.taken);
        let first = self.program.profile.consent;
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        for channel in all {
            let place = purpose.index() * count + channel;
            let Some(written) = person.consented.get_mut(place) else {
                continue;
            };
            if *written > stamp {
                self.state.counters.stale_writes += 1;
                continue;
            }
            *written = stamp;
            let byte = first.saturating_add(super::index::number(place));
            record::put_u8(&mut person.block, byte, if granted { 1 } else { 2 });
            person.dirty = true;
        }
    }

    pub(super) fn add_to_history(
        &mut self,
        who: PersonNo,
        event: &Taken,
        feed: &Feed,
        plan: &HistoryPlan,
    ) {
        let number = feed.history.index();
        let when = When {
            moment: self.now(),
            zone: self.zone_of(who),
        };
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let Some(history) = person.histories.get_mut(number) else {
            return;
        };
        if history.take(plan, &when, event, feed.second) {
            self.state.counters.keys_dropped += 1;
        }
        person.dirty = true;
        if let Some(path) = plan
            .keyed
            .as_ref()
            .filter(|_| self.index.asked(feed.history))
        {
            let key = at_path(&event.values, path).and_then(Scalar::of);
            if let Some(key) = key {
                let asked = self.state.asked.entry((feed.history, key));
                asked.or_default().insert(who);
            }
        }
        self.answer(who, number, plan, &when);
    }

    /// The same of a broadcast: into what is kept once.
    pub(super) fn add_to_everyones(&mut self, event: &Taken, feed: &Feed, plan: &HistoryPlan) {
        let when = When {
            moment: self.now(),
            zone: self.zone,
        };
        let history = self.state.broadcasts.entry(feed.history.index());
        if history.or_default().take(plan, &when, event, feed.second) {
            self.state.counters.keys_dropped += 1;
        }
    }

    /// Writes a history's answer into the profile, and remembers when time alone changes it.
    pub(super) fn answer(
        &mut self,
        who: PersonNo,
        number: usize,
        plan: &HistoryPlan,
        when: &When<'_>,
    ) {
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let Some(own) = person.histories.get_mut(number) else {
            return;
        };
        let history = if plan.everyone {
            self.state.broadcasts.get(&number)
        } else {
            Some(&*own)
        };
        let Some(history) = history else { return };
        let Some(slot) = &plan.slot else {
            let change = if plan.keyed.is_some() {
                history.keyed_change(plan, when)
            } else if plan.window == HistoryWindow::SinceArgument && plan.sequence.is_none() {
                return;
            } else {
                history.answer(plan, when).1
            };
            own.change = Some(change);
            person.histories_change = person.histories_change.min(change);
            return;
        };
        let (mut value, change) = history.answer(plan, when);
        own.change = Some(change);
        person.histories_change = person.histories_change.min(change);
        if value == Value::Unknown && slot.known.is_none() {
            self.state.counters.history_overflows += 1;
            value = largest(&plan.ty);
        }
        let types = record::Types::of(&self.program, &self.shared.symbols);
        record::set_field(&types, &mut person.block, 0, slot, &plan.ty, &value);
        let size = self.program.profile.size;
        record::compact_if_wasteful(&types, &mut person.block, size, &self.index.heap);
    }

    /// Brings the answers that time has changed up to now.
    pub(super) fn refresh(&mut self, who: PersonNo) {
        let now = self.now();
        let Some(person) = self.state.people.get(who.index()) else {
            return;
        };
        if person.histories_change > now {
            return;
        }
        self.end_mutes(who, now);
        self.refresh_where(who, |change| change <= now);
    }

    pub(super) fn refresh_where(&mut self, who: PersonNo, old: impl Fn(Moment) -> bool) {
        let program = Arc::clone(&self.program);
        let when = When {
            moment: self.now(),
            zone: self.zone_of(who),
        };
        for (number, plan) in program.histories.iter().enumerate() {
            let person = self.state.people.get(who.index());
            let change = person.and_then(|person| person.histories.get(number)?.change);
            if change.is_some_and(&old) {
                self.answer(who, number, plan, &when);
                if let Some(person) = self.state.people.get_mut(who.index()) {
                    person.dirty = true;
                }
            }
        }
        if let Some(person) = self.state.people.get_mut(who.index()) {
            let changes = person.histories.iter().filter_map(|history| history.change);
            let mutes = person.muted.iter().flatten();
            let changes = changes.chain(mutes.map(|until| Moment::after(*until)));
            person.histories_change = changes.min().unwrap_or(Moment::NEVER);
        }
    }

    /// A field of the person was written: if it was the zone, what is civil moves.
    pub(super) fn zone_may_have_changed(
        &mut self,
        who: PersonNo,
        before: &'static journey_program::civil::Zone,
    ) {
        if std::ptr::eq(before, self.zone_of(who)) {
            return;
        }
        self.refresh_where(who, |_| true);
        self.move_clocks(who);
    }

    /// The edges that matter to an instance: did the person enter or leave the audience now?
    pub(super) fn crossed(edges: &[Edge], audience: usize, entering: bool) -> bool {
        edges
            .iter()
            .any(|edge| edge.audience == audience && edge.entering == entering)
    }
}

/// What a sum beyond its type reads as where it can't be unknown.
fn largest(ty: &Type) -> Value {
    if matches!(ty.known(), Type::Number | Type::NumberIn(..)) {
        Value::Number(f64::MAX)
    } else {
        crate::scalar::word_value(i64::MAX, ty)
    }
}
