//! What belongs to nobody: a broadcast in, an occasion for everyone out. Its histories are kept once, and
//! asked by all; whom it leads into a journey is chosen in one snapshot, before anything follows from it.

use super::Engine;
use super::apply::Cause;
use super::audiences::Edge;
use super::call::About;
use crate::histories::When;
use crate::input::EventInput;
use crate::state::{InstanceRank, PersonNo, Taken};
use journey_program::plan::EnterPlan;
use journey_program::types::EventId;
use std::sync::Arc;

/// A person for whom a broadcast may do something.
struct Heard {
    who: PersonNo,
    met: Vec<InstanceRank>,
    edges: Vec<Edge>,
    evaluated: bool,
}

impl Engine {
    pub(super) fn is_broadcast(&self, event: EventId) -> bool {
        let plan = self.program.events.get(event.index());
        plan.is_some_and(|plan| plan.broadcast)
    }

    pub(super) fn broadcast(&mut self, input: EventInput, late: bool) {
        if let Some(event) = self.taken_of(input, late) {
            self.hear(&event);
        }
    }

    /// One broadcast, in its full order: histories, everyone's audiences, the snapshot, then everyone's exits,
    /// waits and entries.
    pub(super) fn hear(&mut self, event: &Taken) {
        let touched = self.feed_everyone(event);
        let everyone = self.in_order_seen();
        let mut heard = Vec::new();
        for who in &everyone {
            heard.extend(self.listen(*who, event, &touched));
        }
        self.take_snapshot(event, &everyone);
        let mut heard = heard.into_iter().peekable();
        for who in everyone {
            let known = heard.next_if(|heard| heard.who == who);
            let chosen = self
                .snapshot
                .iter()
                .any(|(_, chosen)| chosen.contains(&who));
            let Some(heard) = known.or_else(|| chosen.then(|| Heard::nothing(who))) else {
                continue;
            };
            self.exits(who, Some(event), &heard.met);
            self.whiles(who, &heard.met, heard.evaluated);
            let (edges, met) = (&heard.edges, &heard.met);
            self.waits(who, Some(event), edges, met, &Cause::Time);
            self.entries(who, Some(event), edges, &Cause::Time);
        }
        self.snapshot.clear();
    }

    /// Everyone, in the order first seen; at one instant by id.
    fn in_order_seen(&self) -> Vec<PersonNo> {
        let mut all: Vec<_> = self.state.people.iter().collect();
        all.retain(|person| person.is_there());
        all.sort_by(|a, b| (a.seen, &a.id).cmp(&(b.seen, &b.id)));
        all.into_iter().map(|person| person.no).collect()
    }

    /// The histories that the event has changed.
    fn feed_everyone(&mut self, event: &Taken) -> Vec<usize> {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.events.get(event.event.index()) else {
            return Vec::new();
        };
        let held = self.filters(super::call::NOBODY, event, plan);
        let mut touched = Vec::new();
        for feed in &plan.feeds {
            let holds = feed
                .when
                .is_none_or(|place| held.get(place as usize).copied().unwrap_or(false));
            let number = feed.history.index();
            if let Some(history) = program.histories.get(number).filter(|_| holds) {
                self.add_to_everyones(event, feed, history);
                touched.push(number);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// The first half of a person's occasion. None: the event changes nothing here.
    fn listen(&mut self, who: PersonNo, event: &Taken, touched: &[usize]) -> Option<Heard> {
        let (now, clock) = (self.now(), self.clock_ms());
        let person = self.state.people.get(who.index())?;
        let due = person.edges_due.is_some_and(|due| due <= clock);
        let still = !due && !person.dirty && person.histories_change > now;
        if touched.is_empty() && person.instances.is_empty() && still {
            return None;
        }
        let met = self.met(who);
        self.recall(who, event, &met);
        self.renew(who, touched);
        self.refresh(who);
        let (edges, evaluated) = self.audiences(who);
        Some(Heard {
            who,
            met,
            edges,
            evaluated,
        })
    }

    /// Brings the answers of what everyone asks up to date for one person.
    pub(super) fn renew(&mut self, who: PersonNo, touched: &[usize]) {
        let program = Arc::clone(&self.program);
        let when = When {
            moment: self.now(),
            zone: self.zone_of(who),
        };
        for number in touched {
            if let Some(plan) = program.histories.get(*number) {
                self.answer(who, *number, plan, &when);
            }
        }
        if let Some(person) = self.person_mut(who)
            && !touched.is_empty()
        {
            person.dirty = true;
        }
    }

    /// A new person hears of what was before them.
    pub(super) fn catch_up(&mut self, who: PersonNo) {
        let known: Vec<usize> = self.state.broadcasts.keys().copied().collect();
        self.renew(who, &known);
    }

    /// For whom an entry's `where` holds, journey by journey, before anybody enters.
    fn take_snapshot(&mut self, event: &Taken, everyone: &[PersonNo]) {
        let program = Arc::clone(&self.program);
        let entering = self.index.entering.get(event.event.index()).cloned();
        for journey in entering.into_iter().flatten() {
            let plan = program.journeys.get(journey.index());
            let Some(EnterPlan::On { pattern, .. }) = plan.map(|plan| &plan.enter) else {
                continue;
            };
            let holds = |engine: &mut Self, who: PersonNo| {
                pattern
                    .filter
                    .is_none_or(|filter| engine.holds(who, About::event(event), filter))
            };
            let chosen = everyone.iter().copied();
            let chosen = chosen.filter(|who| holds(self, *who)).collect();
            self.snapshot.insert(journey, chosen);
        }
    }
}

impl Heard {
    fn nothing(who: PersonNo) -> Self {
        Self {
            who,
            met: Vec::new(),
            edges: Vec::new(),
            evaluated: false,
        }
    }
}
