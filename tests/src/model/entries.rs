//! Entries: which journeys an event or an edge leads into, and what refuses one.

use super::actions::{self, Line};
use super::deploying::own;
use super::history::at_path;
use super::person::Instance;
use super::{Edges, Model};
use journey_compiler::hir::{Each, Enter, Journey, LocalId, Pattern};
use journey_program::chance;
use journey_program::plan::{ReenterPlan, StayPlan};
use journey_program::types::{EventId, Value};

impl<'p> Model<'p> {
    pub(super) fn entries(&mut self, who: usize, event: Option<&(EventId, Value)>, edges: &Edges) {
        let mut journeys: Vec<_> = self.entered().collect();
        journeys.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.name.cmp(&b.name)));
        for journey in journeys {
            match &journey.enter {
                Enter::On(pattern) => {
                    let Some((id, record)) = event else { continue };
                    if *id != pattern.event {
                        continue;
                    }
                    let holds = match &pattern.filter {
                        _ if self.is_broadcast(*id) => {
                            let chosen = self.snapshot.get(&journey.name);
                            chosen.is_some_and(|chosen| chosen.contains(&who))
                        }
                        None => true,
                        Some(f) => self
                            .scene(who, None, Some(record))
                            .is_some_and(|mut s| s.holds(f, journey.decl)),
                    };
                    if holds {
                        self.enter_by(who, journey, pattern, record);
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
                            None => self.enter(who, journey, None, None, None),
                            Some(stay) => self.begin_stay(who, &journey.name, *stay),
                        }
                    }
                }
                Enter::Every { .. } | Enter::Yearly { .. } => {}
            }
        }
    }

    /// An event leads in: with `each`, every element of its list does.
    fn enter_by(&mut self, who: usize, journey: &'p Journey, pattern: &Pattern, record: &Value) {
        let Some(each) = &pattern.each else {
            let key = match pattern.key.map(|field| at_path(record, &[field])) {
                Some(Value::Unknown) => return self.refuse(who, journey, None, "no_key"),
                key => key,
            };
            return self.enter(who, journey, Some(record.clone()), key, None);
        };
        for (element, key) in elements(each, record) {
            if key == Value::Unknown {
                self.refuse(who, journey, None, "no_key");
                continue;
            }
            let bound = each.bind.map(|local| (local, element));
            self.enter(who, journey, Some(record.clone()), Some(key), bound);
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
    pub(super) fn enter(
        &mut self,
        who: usize,
        journey: &'p Journey,
        entry: Option<Value>,
        key: Option<Value>,
        element: Option<(LocalId, Value)>,
    ) {
        if let Some(reason) = self.refusal(who, journey, key.as_ref()) {
            self.refuse(who, journey, key.as_ref(), reason);
            return;
        }
        self.entered += 1;
        let (serial, log) = (self.entered, self.log);
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let same = |i: &&Instance<'_>| own(i.journey) == own(journey) && i.key == key;
        let number = person.instances.iter().filter(same).count() as u64;
        let drawn = held_out(journey, &person.id);
        let assumed = self.assumed_holdouts.get(&journey.name).copied();
        let held_out = journey.holdout.is_some() && assumed.unwrap_or(drawn);
        let of = person.id.clone();
        let homes = vec![(log, who)];
        person.instances.push(Instance {
            held_out,
            number,
            serial,
            of,
            homes,
            ..Instance::begun(journey, key, (self.clock, log), entry)
        });
        let index = person.instances.len() - 1;
        if let Some((local, value)) = element {
            self.set_local(who, index, local.0, value);
        }
        if let Some(watch) = &journey.watch {
            let holds = self
                .scene(who, Some(index), None)
                .is_some_and(|mut s| s.holds(watch, journey.decl));
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
        let same = |i: &&Instance<'_>| own(i.journey) == own(journey) && i.key.as_ref() == key;
        if person.instances.iter().filter(same).any(|i| i.live) {
            return Some("already_in");
        }
        let all = || person.instances.iter().filter(same);
        let entered = all().map(|i| i.entered).max()?;
        let ended = all().map(|i| i.ended).max()?;
        let again = match journey.reenter {
            ReenterPlan::Never => false,
            ReenterPlan::Always => true,
            ReenterPlan::After { delay, from_entry } => {
                let from = if from_entry { entered } else { ended };
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
pub(super) fn held_out(journey: &Journey, person: &str) -> bool {
    let lot = |salt: &str| chance::lot(person, own(journey), salt);
    journey
        .holdout
        .as_ref()
        .is_some_and(|h| lot(&h.salt) < h.below)
}

/// The elements of an event's list, and the key of each.
pub(super) fn elements(each: &Each, record: &Value) -> Vec<(Value, Value)> {
    let Value::List(items) = at_path(record, &each.list) else {
        return Vec::new();
    };
    let key = |item: &Value| match each.key.as_slice() {
        [] => item.clone(),
        path => at_path(item, path),
    };
    items
        .into_iter()
        .map(|item| (item.clone(), key(&item)))
        .collect()
}
