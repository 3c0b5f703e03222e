//! What follows when something happens to a person, in the language's order: consent, histories, audiences, exits
//! and goals, `while`, waits, entries.

use super::actions::Line;
use super::entries::elements;
use super::person::{Happening, Instance};
use super::{Edges, Model};
use journey_compiler::hir::Pattern;
use journey_program::types::{AudienceId, EventId, Value};

impl<'p> Model<'p> {
    /// An event of a person: consent, histories, then everything that may follow.
    pub(crate) fn happen(&mut self, who: usize, event: EventId, record: Vec<Value>) {
        let Some(definition) = self.program.events.get(event.index()) else {
            return;
        };
        let record = Value::Record(definition.record, record);
        self.consents(who, event, &record);
        let log = self.log;
        if let Some(person) = self.people.get_mut(who) {
            let at = instant_of(&record);
            let known = person.known.clone();
            let homes = vec![(log, who, self.clock)];
            person.happenings.push(Happening {
                event,
                at,
                log,
                record: record.clone(),
                known,
                sides: Vec::new(),
                homes,
            });
        }
        self.offers_hear(who, event, &record);
        self.note_answer(who, event, &record);
        self.measures(who, event, &record);
        self.after_change(who, Some(&(event, record)));
    }

    pub(super) fn consents(&mut self, who: usize, event: EventId, record: &Value) {
        let when = (instant_of(record), self.log);
        for (number, purpose) in self.program.purposes.iter().enumerate() {
            for rule in purpose.rules.iter().filter(|r| r.event == event) {
                let holds = match &rule.filter {
                    None => true,
                    Some(filter) => self
                        .scene(who, None, Some(record))
                        .is_some_and(|mut s| s.holds(filter, purpose.decl)),
                };
                if holds && let Some(person) = self.people.get_mut(who) {
                    for channel in &rule.channels {
                        person.say(number as u32, channel.0, rule.granted, when);
                    }
                }
            }
        }
    }

    /// audiences → exits and goals → `while` → waits → entries
    pub(super) fn after_change(&mut self, who: usize, event: Option<&(EventId, Value)>) {
        let edges = self.edges(who);
        if let Some((event, record)) = event {
            self.exits_and_goals(who, *event, record);
        }
        self.watches(who);
        self.waiting(who, event, &edges);
        self.entries(who, event, &edges);
    }

    /// Evaluates all audiences in their order; what changed is recorded.
    pub(super) fn edges(&mut self, who: usize) -> Edges {
        let mut edges = Edges::new();
        let mut lines = Vec::new();
        for number in 0..self.program.audiences.len() {
            let Some(audience) = self.program.audiences.get(number) else {
                continue;
            };
            let Some(mut scene) = self.scene(who, None, None) else {
                return edges;
            };
            let inside = scene.holds(&audience.predicate, audience.decl);
            let clock = self.clock;
            let Some(person) = self.people.get_mut(who) else {
                return edges;
            };
            if person.known.audiences.get(number) != Some(&inside) {
                if let Some(slot) = person.known.audiences.get_mut(number) {
                    *slot = inside;
                }
                if let Some(slot) = person.since.get_mut(number) {
                    *slot = clock;
                }
                edges.push((AudienceId(number as u32), inside));
                let line = Line::new("audience").text("audience", &audience.name);
                lines.push(line.text("edge", if inside { "enter" } else { "leave" }));
            }
        }
        for line in lines {
            self.say(who, line);
        }
        edges
    }

    /// Instances whose `while` has turned false exit.
    pub(super) fn watches(&mut self, who: usize) {
        for index in self.order(who) {
            let Some(instance) = self.instance(who, index) else {
                continue;
            };
            if !instance.live {
                continue;
            }
            let Some(watch) = &instance.journey.watch else {
                continue;
            };
            let holds = self
                .scene(who, Some(index), None)
                .is_some_and(|mut s| s.holds(watch, instance.journey.decl));
            if !holds {
                self.exit(who, index, "while");
            }
        }
    }

    pub(super) fn exits_and_goals(&mut self, who: usize, event: EventId, record: &Value) {
        for index in self.order(who) {
            let Some(instance) = self.instance(who, index) else {
                continue;
            };
            let journey = instance.journey;
            let fits = |p: &Pattern| self.fits(who, index, p, event, record);
            let goal = !instance.goal_counted
                && journey.goals.iter().any(fits)
                && self.goal_in_time(instance);
            let exit = if instance.live {
                journey
                    .exits
                    .iter()
                    .find(|e| self.fits(who, index, &e.pattern, event, record))
            } else {
                None
            };
            if goal {
                if let Some(instance) = self.instance_mut(who, index) {
                    instance.goal_counted = true;
                }
                self.say_of(who, index, Line::new("goal"));
            }
            let Some(exit) = exit else { continue };
            self.exit(who, index, if goal { "converted" } else { &exit.reason });
            if let Some(steps) = &exit.steps {
                self.on_the_way_out(who, index, steps, &exit.pattern, record);
            }
        }
    }

    pub(super) fn goal_in_time(&self, instance: &Instance<'p>) -> bool {
        let from = if instance.journey.goal_of_last_send {
            instance.last_send
        } else {
            Some(instance.entered)
        };
        let Some(from) = from else { return false };
        instance
            .journey
            .goal_within
            .is_none_or(|d| self.clock - from <= d)
    }

    /// Whether an event is what a pattern of an instance names.
    pub(crate) fn fits(
        &self,
        who: usize,
        index: usize,
        pattern: &Pattern,
        event: EventId,
        record: &Value,
    ) -> bool {
        let Some(instance) = self.instance(who, index) else {
            return false;
        };
        if pattern.event != event && !pattern.also.contains(&event) {
            return false;
        }
        let field = |n: u32| match record {
            Value::Record(_, fields) => fields.get(n as usize).cloned(),
            _ => None,
        };
        if let Some(step) = pattern.of_step {
            let send = instance.sends.get(&step.0);
            if send.is_none() || field(4) != send.map(|s| Value::Text(s.clone())) {
                return false;
            }
        }
        if let Some(key) = pattern.key
            && field(key).as_ref() != instance.key.as_ref()
        {
            return false;
        }
        if let Some(each) = &pattern.each {
            let key = instance.key.clone().unwrap_or(Value::Unknown);
            if !elements(each, record)
                .iter()
                .any(|(_, found)| *found == key)
            {
                return false;
            }
        }
        match &pattern.filter {
            None => true,
            Some(filter) => self
                .scene(who, Some(index), Some(record))
                .is_some_and(|mut s| s.holds(filter, instance.journey.decl)),
        }
    }
}

/// An event's own time.
pub(super) fn instant_of(record: &Value) -> i64 {
    match record {
        Value::Record(_, fields) => match fields.get(1) {
            Some(Value::Time(at)) => *at,
            _ => 0,
        },
        _ => 0,
    }
}
