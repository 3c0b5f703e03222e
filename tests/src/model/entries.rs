//! Entries: which journeys an event or an edge leads into, and what refuses one.

use super::actions::{self, Line};
use super::history::at_path;
use super::person::{Frame, Instance};
use super::{Edges, Model};
use journey_compiler::hir::{Enter, Journey};
use journey_program::chance;
use journey_program::plan::{ReenterPlan, StayPlan};
use journey_program::types::{EventId, Value};

impl<'p> Model<'p> {
    pub(super) fn entries(&mut self, who: usize, event: Option<&(EventId, Value)>, edges: &Edges) {
        let mut journeys: Vec<_> = self.program.journeys.iter().collect();
        journeys.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.name.cmp(&b.name)));
        for journey in journeys {
            match &journey.enter {
                Enter::On(pattern) => {
                    let Some((id, record)) = event else { continue };
                    if *id != pattern.event {
                        continue;
                    }
                    let holds = match &pattern.filter {
                        None => true,
                        Some(f) => self
                            .scene(who, None, Some(record))
                            .is_some_and(|mut s| s.holds(f)),
                    };
                    if holds {
                        self.enter(who, journey, Some(record.clone()));
                    }
                }
                Enter::When {
                    audience,
                    leaving,
                    stay,
                    ..
                } => {
                    for (edge, inside) in edges {
                        if edge != audience {
                            continue;
                        }
                        if let Some(person) = self.people.get_mut(who) {
                            person.stays.remove(&journey.name);
                        }
                        if *inside == *leaving {
                            continue;
                        }
                        match stay {
                            None => self.enter(who, journey, None),
                            Some(stay) => self.begin_stay(who, &journey.name, *stay),
                        }
                    }
                }
                Enter::Every { .. } => {}
            }
        }
    }

    pub(super) fn begin_stay(&mut self, who: usize, journey: &str, stay: StayPlan) {
        let due = match stay {
            StayPlan::Duration(ms) => self.clock.saturating_add(ms),
            StayPlan::Span(span) => self.add_span(who, self.clock, span),
        };
        if let Some(person) = self.people.get_mut(who) {
            person.stays.insert(journey.to_owned(), due);
        }
    }

    /// A person enters a journey, unless something refuses.
    pub(super) fn enter(&mut self, who: usize, journey: &'p Journey, entry: Option<Value>) {
        let key = match (&journey.key, &journey.enter) {
            (Some(_), journey_compiler::hir::Enter::On(pattern)) => {
                let field = pattern.key.unwrap_or(u32::MAX);
                match entry.as_ref().map(|e| at_path(e, &[field])) {
                    Some(Value::Unknown) | None => {
                        self.refuse(who, journey, None, "no_key");
                        return;
                    }
                    key => key,
                }
            }
            _ => None,
        };
        if let Some(reason) = self.refusal(who, journey, key.as_ref()) {
            self.refuse(who, journey, key.as_ref(), reason);
            return;
        }
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let same = |i: &&Instance<'_>| i.journey.name == journey.name && i.key == key;
        let number = person.instances.iter().filter(same).count() as u64;
        let drawn = held_out(journey, &person.id);
        let assumed = self.assumed_holdouts.get(&journey.name).copied();
        let held_out = journey.holdout.is_some() && assumed.unwrap_or(drawn);
        person.instances.push(Instance {
            journey,
            key,
            entered: self.clock,
            entered_log: self.log,
            entry,
            locals: vec![Value::Unknown; journey.locals.len()],
            live: true,
            ended: 0,
            leaving: false,
            clock_wait: None,
            clock_days: Default::default(),
            emits: 0,
            held_out,
            stack: vec![Frame::Steps(&journey.steps, 0)],
            waiting: None,
            goal_counted: false,
            sends: Default::default(),
            sent_at: Default::default(),
            occurrences: Default::default(),
            last_send: None,
            number,
        });
        let index = person.instances.len() - 1;
        if let Some(watch) = &journey.watch {
            let holds = self
                .scene(who, Some(index), None)
                .is_some_and(|mut s| s.holds(watch));
            if !holds {
                if let Some(person) = self.people.get_mut(who) {
                    let gone = person.instances.pop();
                    let key = gone.and_then(|i| i.key);
                    self.refuse(who, journey, key.as_ref(), "while");
                }
                return;
            }
        }
        self.say_of(who, index, Line::new("enter"));
        if held_out {
            self.say_of(who, index, Line::new("holdout"));
            return;
        }
        self.run(who, index, None);
    }

    pub(super) fn refuse(
        &mut self,
        who: usize,
        journey: &Journey,
        key: Option<&Value>,
        reason: &str,
    ) {
        let mut line = Line::new("refused").text("journey", &journey.name);
        if let Some(key) = key {
            line = line.raw("key", &actions::json(self.program, key));
        }
        self.say(who, line.text("reason", reason));
    }

    pub(super) fn refusal(
        &self,
        who: usize,
        journey: &Journey,
        key: Option<&Value>,
    ) -> Option<&'static str> {
        let person = self.people.get(who)?;
        let same = |i: &&Instance<'_>| i.journey.name == journey.name && i.key.as_ref() == key;
        if person.instances.iter().filter(same).any(|i| i.live) {
            return Some("already_in");
        }
        let newest = person.instances.iter().rfind(same)?;
        let again = match journey.reenter {
            ReenterPlan::Never => false,
            ReenterPlan::Always => true,
            ReenterPlan::After { delay, from_entry } => {
                let from = if from_entry {
                    newest.entered
                } else {
                    newest.ended
                };
                let open = match delay {
                    StayPlan::Duration(ms) => from.saturating_add(ms),
                    StayPlan::Span(span) => self.add_span(who, from, span),
                };
                self.clock >= open
            }
        };
        if again { None } else { Some("reenter") }
    }
}

/// Whether the lot falls into the journey's holdout.
fn held_out(journey: &Journey, person: &str) -> bool {
    let lot = |salt: &str| chance::lot(person, &journey.name, salt);
    journey
        .holdout
        .as_ref()
        .is_some_and(|h| lot(&h.salt) < h.below)
}
