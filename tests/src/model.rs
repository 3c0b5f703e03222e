//! The naive model: checked tree and inputs → actions, as simply as the language reads. It keeps every event of
//! every person and asks all of them again for every question; it shares no IR, no layout and no engine with the
//! runtime, only the tree, values, civil time, chance and exact arithmetic. Where it and the engine
//! differ, one of them has misread the language.
//!
//! Files: `person` (what is known), `eval` (expressions), `history` (questions), `moments` (when time alone may
//! change an answer), `steps` and `waits` (journeys), `sends` (gates), `actions` (lines out); here: the order of events.

pub mod actions;
pub mod eval;
pub mod history;
pub mod moments;
pub mod person;
pub mod sends;
pub mod steps;
pub mod values;
pub mod waits;

use actions::Line;
use eval::Scene;
use journey_compiler::hir::{Enter, Pattern, Program};
use journey_program::plan::StayPlan;
use journey_program::types::{AudienceId, EventId, Value};
use journey_runtime::input::{ConsentInput, EventInput, Input, ProfileInput};
use person::{Happening, Instance, Known, Person};
use std::collections::{BTreeMap, VecDeque};

/// At most this many rounds of the queue follow one event or one due item.
const ROUNDS_MAX: usize = 1000;

/// Work that follows from work, at the same instant.
#[derive(Clone, Debug)]
pub(crate) enum Follow {
    /// a profile field was set: edges may follow
    Edges { person: usize },
    Emit {
        person: usize,
        event: EventId,
        record: Vec<Value>,
    },
}

/// Edges of audiences at one moment: audience, true for entering.
pub(crate) type Edges = Vec<(AudienceId, bool)>;

#[derive(Debug)]
pub struct Model<'p> {
    pub(crate) program: &'p Program,
    pub clock: i64,
    /// events at the clock's instant are over: what is due there happens
    pub(crate) after: bool,
    pub(crate) people: Vec<Person<'p>>,
    by_id: BTreeMap<String, usize>,
    seen: BTreeMap<String, i64>,
    /// held back by `reorder`: (at, arrival)
    held: BTreeMap<(i64, u64), Input>,
    newest: i64,
    arrivals: u64,
    pub(crate) log: u64,
    pub(crate) queue: VecDeque<Follow>,
    pub lines: Vec<Line>,
    pub dead_letters: u64,
    /// arms that everybody draws, by split
    pub assumed_splits: BTreeMap<String, String>,
    /// whether everybody is held out, by journey
    pub assumed_holdouts: BTreeMap<String, bool>,
    /// texts by file, for lines and columns
    pub sources: BTreeMap<String, String>,
}

impl<'p> Model<'p> {
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            clock: i64::MIN,
            after: false,
            people: Vec::new(),
            by_id: BTreeMap::new(),
            seen: BTreeMap::new(),
            held: BTreeMap::new(),
            newest: i64::MIN,
            arrivals: 0,
            log: 0,
            queue: VecDeque::new(),
            lines: Vec::new(),
            dead_letters: 0,
            assumed_splits: BTreeMap::new(),
            assumed_holdouts: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }

    /// Takes one input as it arrives.
    pub fn input(&mut self, input: Input) {
        if let Input::Clock(at) = input {
            self.release(at);
            self.close(at);
            return;
        }
        self.arrivals += 1;
        self.newest = self.newest.max(input.at());
        self.held.insert((input.at(), self.arrivals), input);
        self.release(self.newest - self.program.settings.reorder_ms);
    }

    /// All input has come: what is held back is taken.
    pub fn finish(&mut self) {
        self.release(i64::MAX);
    }

    fn release(&mut self, horizon: i64) {
        while let Some(entry) = self.held.first_entry() {
            if entry.key().0 > horizon {
                break;
            }
            let input = entry.remove();
            self.take(input);
        }
    }

    fn take(&mut self, input: Input) {
        let (id, at) = match &input {
            Input::Event(e) => (e.id.clone(), e.at),
            Input::Profile(p) => (p.id.clone(), p.at),
            Input::Consent(c) => (c.id.clone(), c.at),
            Input::Clock(_) => return,
        };
        let settings = self.program.settings;
        if let Some(seen) = self.seen.get(&id)
            && self.clock.saturating_sub(*seen) <= settings.dedupe_ms
        {
            return;
        }
        if self.clock != i64::MIN && self.clock - at > settings.lateness_ms {
            self.dead_letters += 1;
            return;
        }
        let late = self.clock != i64::MIN && at < self.clock;
        self.due_before(at);
        if at > self.clock {
            self.clock = at;
            self.after = false;
        }
        self.seen.insert(id, self.clock);
        self.log += 1;
        match input {
            Input::Event(event) => self.event(event, late),
            Input::Profile(profile) => self.profile(profile),
            Input::Consent(consent) => self.consent(&consent),
            Input::Clock(_) => {}
        }
        self.drain();
    }

    /// Closes an instant: all that is due up to it happens.
    pub fn close(&mut self, at: i64) {
        if at < self.clock {
            return;
        }
        self.due_before(at.saturating_add(1));
        self.clock = at;
        self.after = true;
    }

    /// The person of an input's identifiers, made if new. None: nobody is meant.
    fn identify(&mut self, ids: &[(u32, String)]) -> Option<usize> {
        let (_, value) = ids.iter().find(|(number, _)| *number == 0)?;
        if let Some(person) = self.by_id.get(value) {
            return Some(*person);
        }
        let (_, field) = self.program.profile.identifiers.first()?;
        let mut person = Person::new(self.program, value);
        person.first_seen = self.clock;
        if let Some(slot) = person.known.fields.get_mut(*field as usize) {
            *slot = Value::Text(value.clone());
        }
        let index = self.people.len();
        self.by_id.insert(value.clone(), index);
        self.people.push(person);
        for journey in &self.program.journeys {
            self.schedule(index, journey);
        }
        Some(index)
    }

    fn profile(&mut self, input: ProfileInput) {
        let Some(who) = self.identify(&input.ids) else {
            self.dead_letters += 1;
            return;
        };
        let log = self.log;
        if let Some(person) = self.people.get_mut(who) {
            for (field, value) in input.writes {
                person.write(field, value, input.at, log);
            }
        }
        self.after_change(who, None);
    }

    fn consent(&mut self, input: &ConsentInput) {
        let Some(who) = self.identify(&input.ids) else {
            self.dead_letters += 1;
            return;
        };
        let log = self.log;
        let all: Vec<u32> = (0..self.program.channels.len() as u32).collect();
        let channels: Vec<u32> = match input.channels.as_slice() {
            [] => all,
            some => some.iter().map(|c| c.0).collect(),
        };
        if let Some(person) = self.people.get_mut(who) {
            for channel in channels {
                person.say(input.purpose.0, channel, input.granted, (input.at, log));
            }
        }
        self.after_change(who, None);
    }

    fn event(&mut self, input: EventInput, late: bool) {
        let Some(who) = self.identify(&input.ids) else {
            self.dead_letters += 1;
            return;
        };
        let mut record = vec![
            Value::Text(input.id),
            Value::Time(input.at),
            Value::Text(input.source),
            Value::Bool(late),
        ];
        record.extend(input.fields);
        self.happen(who, input.event, record);
    }

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
            person.happenings.push(Happening {
                event,
                at,
                log,
                record: record.clone(),
                known,
            });
        }
        self.after_change(who, Some(&(event, record)));
    }

    fn consents(&mut self, who: usize, event: EventId, record: &Value) {
        let when = (instant_of(record), self.log);
        for (number, purpose) in self.program.purposes.iter().enumerate() {
            for rule in purpose.rules.iter().filter(|r| r.event == event) {
                let holds = match &rule.filter {
                    None => true,
                    Some(filter) => self
                        .scene(who, None, Some(record))
                        .is_some_and(|mut s| s.holds(filter)),
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
    fn after_change(&mut self, who: usize, event: Option<&(EventId, Value)>) {
        let edges = self.edges(who);
        if let Some((event, record)) = event {
            self.exits_and_goals(who, *event, record);
        }
        self.watches(who);
        self.waiting(who, event, &edges);
        self.entries(who, event, &edges);
    }

    /// What follows from what was done, first in, first out.
    pub(crate) fn drain(&mut self) {
        let mut rounds = 0;
        while let Some(follow) = self.queue.pop_front() {
            rounds += 1;
            if rounds > ROUNDS_MAX {
                let (Follow::Edges { person } | Follow::Emit { person, .. }) = follow;
                self.say(person, Line::new("fault").text("reason", "too_many_rounds"));
                self.queue.clear();
                return;
            }
            match follow {
                Follow::Edges { person } => self.after_change(person, None),
                Follow::Emit {
                    person,
                    event,
                    record,
                } => {
                    self.log += 1;
                    self.happen(person, event, record);
                }
            }
        }
    }

    pub(crate) fn scene<'a>(
        &'a self,
        who: usize,
        instance: Option<usize>,
        event: Option<&'a Value>,
    ) -> Option<Scene<'a>> {
        let person = self.people.get(who)?;
        let instance = instance.and_then(|i| person.instances.get(i));
        let mut scene = Scene::new(self.program, &person.known, &person.happenings);
        scene.now = self.clock;
        scene.after = self.after;
        scene.event = event;
        if let Some(instance) = instance {
            scene.see(instance);
        }
        Some(scene)
    }

    /// Evaluates all audiences in their order; what changed is recorded.
    fn edges(&mut self, who: usize) -> Edges {
        let mut edges = Edges::new();
        for number in 0..self.program.audiences.len() {
            let Some(audience) = self.program.audiences.get(number) else {
                continue;
            };
            let Some(mut scene) = self.scene(who, None, None) else {
                return edges;
            };
            let inside = scene.holds(&audience.predicate);
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
                self.say(
                    who,
                    line.text("edge", if inside { "enter" } else { "leave" }),
                );
            }
        }
        edges
    }

    /// Instances whose `while` has turned false exit.
    fn watches(&mut self, who: usize) {
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
                .is_some_and(|mut s| s.holds(watch));
            if !holds {
                self.exit(who, index, "while");
            }
        }
    }

    fn exits_and_goals(&mut self, who: usize, event: EventId, record: &Value) {
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

    fn goal_in_time(&self, instance: &Instance<'p>) -> bool {
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
        if pattern.event != event {
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
        match &pattern.filter {
            None => true,
            Some(filter) => self
                .scene(who, Some(index), Some(record))
                .is_some_and(|mut s| s.holds(filter)),
        }
    }

    fn entries(&mut self, who: usize, event: Option<&(EventId, Value)>, edges: &Edges) {
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

    fn begin_stay(&mut self, who: usize, journey: &str, stay: StayPlan) {
        let due = match stay {
            StayPlan::Duration(ms) => self.clock.saturating_add(ms),
            StayPlan::Span(span) => self.add_span(who, self.clock, span),
        };
        if let Some(person) = self.people.get_mut(who) {
            person.stays.insert(journey.to_owned(), due);
        }
    }

    /// A person's instances in the order in which they are asked.
    pub(crate) fn order(&self, who: usize) -> Vec<usize> {
        let Some(person) = self.people.get(who) else {
            return Vec::new();
        };
        let mut order: Vec<usize> = (0..person.instances.len()).collect();
        order.sort_by_key(|i| {
            let instance = person.instances.get(*i);
            instance.map(|i| {
                let key = i.key.as_ref().map(actions::key_order).unwrap_or_default();
                (-i.journey.priority, i.journey.name.clone(), key)
            })
        });
        order
    }

    pub(crate) fn instance(&self, who: usize, index: usize) -> Option<&Instance<'p>> {
        self.people.get(who)?.instances.get(index)
    }

    pub(crate) fn instance_mut(&mut self, who: usize, index: usize) -> Option<&mut Instance<'p>> {
        self.people.get_mut(who)?.instances.get_mut(index)
    }

    pub(crate) fn known(&self, who: usize) -> Option<&Known> {
        self.people.get(who).map(|p| &p.known)
    }
}

/// An event's own time.
fn instant_of(record: &Value) -> i64 {
    match record {
        Value::Record(_, fields) => match fields.get(1) {
            Some(Value::Time(at)) => *at,
            _ => 0,
        },
        _ => 0,
    }
}
