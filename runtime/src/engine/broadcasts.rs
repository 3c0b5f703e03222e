//! What belongs to nobody: a broadcast in, an occasion for everyone out. Its histories are kept once, and
//! asked by all; whom it leads into a journey is chosen in one snapshot, before anything follows from it.

use super::Engine;
use super::apply::Cause;
use super::audiences::Edge;
use super::call::About;
use crate::histories::When;
use crate::input::EventInput;
use crate::scalar::{Finite, Scalar, at_path};
use crate::state::{InstanceRank, PersonNo, Taken};
use journey_program::plan::{EnterPlan, TakePlan};
use journey_program::types::{EventId, FunctionId, HistoryId};
use std::collections::BTreeSet;
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
    pub(super) fn in_order_seen(&self) -> Vec<PersonNo> {
        let there = self.state.people.iter();
        let mut all: Vec<_> = there.filter(|person| person.is_there()).collect();
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
        if self.options.remember {
            self.state
                .remembered
                .push((super::call::NOBODY, event.clone()));
        }
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
        let recalled = self.recall(who, event, &met);
        self.renew(who, touched);
        self.refresh(who);
        let (edges, evaluated) = self.audiences(who);
        Some(Heard {
            who,
            met,
            edges,
            evaluated: evaluated || recalled,
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
            let Some(plan) = program.journeys.get(journey.index()) else {
                continue;
            };
            let EnterPlan::On { pattern, .. } = &plan.enter else {
                continue;
            };
            let asked = plan.snapshot.as_ref().and_then(|s| s.asked.as_ref());
            let asked = asked.map(|(history, path)| self.who_did(*history, path, event));
            let known = |who: &PersonNo| asked.as_ref().is_none_or(|asked| asked.contains(who));
            let mut chosen = Vec::new();
            for who in everyone.iter().copied().filter(known) {
                let about = About::event(event);
                if pattern.filter.is_none_or(|f| self.holds(who, about, f)) {
                    chosen.push(who);
                }
            }
            if let Some(take) = plan.snapshot.as_ref().and_then(|s| s.take.as_ref()) {
                self.best(event, take, &mut chosen);
            }
            let chosen = chosen.into_iter().collect();
            self.snapshot.insert(journey, chosen);
        }
    }

    /// Those whose history knows a value of the event.
    fn who_did(&self, history: HistoryId, path: &[u32], event: &Taken) -> BTreeSet<PersonNo> {
        let key = at_path(&event.values, path).and_then(Scalar::of);
        let asked = key.and_then(|key| self.state.asked.get(&(history, key)));
        let asked = asked.into_iter().flatten();
        asked.map(|who| self.who_now(*who)).collect()
    }

    /// Who someone has turned out to be.
    fn who_now(&self, who: PersonNo) -> PersonNo {
        let mut now = who;
        while let Some(next) = self.person(now).and_then(|person| person.united) {
            now = next;
        }
        now
    }

    /// The best of them, the highest score first, the unknown last; equal ones in their order.
    fn best(&mut self, event: &Taken, take: &TakePlan, chosen: &mut Vec<PersonNo>) {
        let about = About::event(event);
        let count = self.call(
            super::call::NOBODY,
            about,
            take.count,
            &[],
            |ran, _, results| ran.map(|()| results.first().copied().unwrap_or(0)),
        );
        let count = match count {
            Some(Ok(count)) => usize::try_from(count).unwrap_or(0),
            Some(Err(fault)) => {
                self.history_fault(&fault);
                0
            }
            None => 0,
        };
        if let Some(by) = take.by {
            let mut ranked: Vec<(Option<Score>, PersonNo)> = Vec::with_capacity(chosen.len());
            for who in chosen.iter().copied() {
                ranked.push((self.score(who, event, by, take.number), who));
            }
            ranked.sort_by(|(a, _), (b, _)| b.cmp(a));
            *chosen = ranked.into_iter().map(|(_, who)| who).collect();
        }
        chosen.truncate(count);
    }

    /// None: unknown, or it faulted.
    fn score(
        &mut self,
        who: PersonNo,
        event: &Taken,
        by: FunctionId,
        number: bool,
    ) -> Option<Score> {
        let scored = self.call(who, About::event(event), by, &[], |ran, _, results| {
            ran.map(|()| {
                let known = results.first().is_some_and(|word| *word != 0);
                results.get(1).copied().filter(|_| known)
            })
        })?;
        match scored {
            Ok(score) => score.map(|word| match number {
                true => Score::Number(Finite::new(f64::from_bits(word.cast_unsigned()))),
                false => Score::Whole(word),
            }),
            Err(fault) => {
                self.history_fault(&fault);
                None
            }
        }
    }
}

/// What people are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Score {
    Whole(i64),
    Number(Finite),
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
