//! The run: what people do is fed to the engine in the order of time, and what the engine sends makes them do
//! more. Before an input is taken, the engine is led through all that is due before it, instant by instant, so
//! that an answer to what it sends meanwhile comes in time.

mod respond;

use super::calendar::Calendar;
use super::chance::Chance;
use super::draw::Context;
use super::habits::{Rhythm, Stream};
use super::model::Model;
use super::people::{self, Person, Time};
use super::report::Report;
use crate::compile::Execution;
use journey_program::plan::Program;
use journey_program::types::EventId;
use journey_runtime::actions::ActionKind;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::{EventInput, Identifiers, Input};
use journey_runtime::run::envelope;
pub use respond::Send;
use respond::{Pending, Responses};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

const WRITE_BYTES: usize = 64 << 10;
/// How often progress is told, in inputs.
const PROGRESS_INPUTS: u64 = 4_096;

/// Where lines go besides.
pub struct Sinks<'s> {
    pub actions: &'s mut dyn Write,
    pub events: &'s mut dyn Write,
    /// whether anyone reads them
    pub wants_actions: bool,
    pub wants_events: bool,
    /// told how far the time has come, in ms since its start
    pub progress: &'s mut dyn FnMut(i64),
}

impl std::fmt::Debug for Sinks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sinks")
            .field("wants_actions", &self.wants_actions)
            .field("wants_events", &self.wants_events)
            .finish_non_exhaustive()
    }
}

/// What is due in the calendar. The order is that of equal instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// a person comes
    Arrival(u32),
    /// a person does something by themselves
    Habit { person: u32, habit: u32 },
    /// a broadcast happens
    Broadcast(u32),
    /// a recorded input
    Recorded(u32),
    /// what follows something; the number tells equal ones apart
    Follow { number: u64, slot: u32 },
}

/// A simulation under way.
struct World<'w, 's> {
    program: &'w Program,
    model: &'w Model,
    time: Time,
    engine: Engine,
    people: Vec<Person>,
    /// canonical id → place in `people`
    by_name: HashMap<Arc<str>, u32>,
    rhythms: Vec<Rhythm>,
    /// by person and habit
    streams: Vec<Stream>,
    calendar: Calendar<Due>,
    recorded: Vec<Option<(u32, Input)>>,
    responses: Responses,
    report: Report,
    sinks: Sinks<'s>,
    action_lines: Vec<u8>,
    event_lines: Vec<u8>,
    inputs: u64,
    /// of the actions that `run` shows
    shown: u64,
}

/// Runs a model to its end.
pub fn simulate(
    execution: &Execution,
    model: &Model,
    recorded: Option<super::resample::Sample>,
    sinks: Sinks<'_>,
) -> io::Result<Report> {
    let program = Arc::clone(&execution.plan);
    let mut options = Options::default();
    options.include.insert("refused".to_owned());
    let engine = Engine::new(Arc::clone(&program), execution.executor(), options);
    let zone = people::zone_of(&program, &[]);
    let time = Time::of(model, zone);
    let mut world = World {
        program: &program,
        model,
        time,
        engine,
        people: Vec::new(),
        by_name: HashMap::new(),
        rhythms: model.habits.iter().map(|h| Rhythm::of(h, time)).collect(),
        streams: Vec::new(),
        calendar: Calendar::new(time.start, time.end),
        recorded: Vec::new(),
        responses: Responses::of(&program, model),
        report: Report::new(&program, model, time),
        sinks,
        action_lines: Vec::new(),
        event_lines: Vec::new(),
        inputs: 0,
        shown: 0,
    };
    match recorded {
        None => world.populate(),
        Some(sample) => world.repopulate(sample),
    }
    world.run()?;
    Ok(world.end())
}

impl World<'_, '_> {
    /// Everyone of the model, with when they come and what they do first.
    fn populate(&mut self) {
        for number in 1..=self.model.people {
            let person = people::person(self.program, self.model, self.time, number);
            let place = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
            if person.ids.is_empty() {
                self.report.nameless += 1;
            } else {
                self.calendar.add(person.arrives, Due::Arrival(place));
            }
            for (habit, rhythm) in (0u32..).zip(&self.rhythms) {
                let chance = Chance::of(self.model.seed, "habit", number, u64::from(habit));
                let stream = Stream::new(chance, rhythm, person.zone, person.arrives);
                self.streams.push(stream);
            }
            self.add_person(person);
        }
        for place in 0..self.people.len() {
            for habit in 0..self.model.habits.len() {
                self.plan_habit(place, habit);
            }
        }
        self.plan_broadcasts();
    }

    /// Recorded people in the place of invented ones.
    fn repopulate(&mut self, sample: super::resample::Sample) {
        for person in sample.people {
            self.add_person(person);
        }
        for (person, input) in sample.inputs {
            let slot = u32::try_from(self.recorded.len()).unwrap_or(u32::MAX);
            self.calendar.add(input.at(), Due::Recorded(slot));
            self.recorded.push(Some((person, input)));
        }
        self.report.people = self.people.len() as u64;
    }

    fn add_person(&mut self, person: Person) {
        let place = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        if let Some(name) = person.canonical(self.program) {
            self.by_name.insert(name.into(), place);
        }
        self.report.person(&person);
        self.people.push(person);
    }

    fn stream_of(&self, person: usize, habit: usize) -> usize {
        person * self.model.habits.len() + habit
    }

    fn is_broadcast(&self, event: EventId) -> bool {
        let plan = self.program.events.get(event.index());
        plan.is_some_and(|plan| plan.broadcast)
    }

    /// The next time that a person does it.
    fn plan_habit(&mut self, person: usize, habit: usize) {
        let stream = self.stream_of(person, habit);
        let (Some(who), Some(rhythm), Some(stream), Some(plan)) = (
            self.people.get(person),
            self.rhythms.get(habit),
            self.streams.get_mut(stream),
            self.model.habits.get(habit),
        ) else {
            return;
        };
        let broadcast = self.program.events.get(plan.event.index());
        if broadcast.is_some_and(|plan| plan.broadcast) || who.ids.is_empty() {
            return;
        }
        while let Some(at) = stream.next(rhythm, who.zone, who.factor) {
            if at > who.arrives && at >= self.time.start {
                let due = Due::Habit {
                    person: u32::try_from(person).unwrap_or(u32::MAX),
                    habit: u32::try_from(habit).unwrap_or(u32::MAX),
                };
                if at <= self.time.end {
                    self.calendar.add(at, due);
                }
                return;
            }
        }
    }

    /// All times that broadcasts happen: there are few.
    fn plan_broadcasts(&mut self) {
        let zone = people::zone_of(self.program, &[]);
        for (number, habit) in (0u32..).zip(&self.model.habits) {
            if !self.is_broadcast(habit.event) {
                continue;
            }
            let Some(rhythm) = self.rhythms.get(number as usize) else {
                continue;
            };
            let chance = Chance::of(self.model.seed, "broadcast", 0, u64::from(number));
            let mut stream = Stream::new(chance, rhythm, zone, self.time.start);
            while let Some(at) = stream.next(rhythm, zone, 1.0) {
                if at > self.time.end {
                    break;
                }
                self.calendar.add(at, Due::Broadcast(number));
            }
        }
    }

    fn run(&mut self) -> io::Result<()> {
        loop {
            let next = self.calendar.next_at();
            if self.responses.any() {
                // what is due before the next input may bring an earlier one
                let until = next.unwrap_or(self.time.end.saturating_add(1));
                if let Some(due) = self.engine.next_due().filter(|due| *due < until) {
                    self.engine.advance(due);
                    self.take_actions()?;
                    continue;
                }
            }
            let Some((at, due)) = self.calendar.pop() else {
                break;
            };
            self.happen(at, due)?;
        }
        self.engine.advance(self.time.end);
        self.take_actions()?;
        if self.sinks.wants_events {
            let clock = envelope(self.program, &Input::Clock(self.time.end));
            self.event_lines.extend_from_slice(clock.as_bytes());
            self.event_lines.push(b'\n');
        }
        self.flush()
    }

    fn happen(&mut self, at: i64, due: Due) -> io::Result<()> {
        match due {
            Due::Arrival(person) => self.arrive(person),
            Due::Habit { person, habit } => {
                let (person, habit) = (person as usize, habit as usize);
                let input = self.habit(person, habit, at);
                self.plan_habit(person, habit);
                match input {
                    Some(input) => self.feed(input, u32::try_from(person).ok(), None),
                    None => Ok(()),
                }
            }
            Due::Broadcast(habit) => match self.broadcast(habit, at) {
                Some(input) => self.feed(input, None, None),
                None => Ok(()),
            },
            Due::Recorded(slot) => {
                let recorded = self.recorded.get_mut(slot as usize);
                match recorded.and_then(Option::take) {
                    Some((person, input)) => {
                        let who = (person != u32::MAX).then_some(person);
                        self.feed(input, who, None)
                    }
                    None => Ok(()),
                }
            }
            Due::Follow { slot, .. } => match self.responses.take(slot) {
                Some(pending) => {
                    let Pending {
                        person,
                        event,
                        send,
                    } = pending;
                    self.feed(Input::Event(event), Some(person), send.as_ref())
                }
                None => Ok(()),
            },
        }
    }

    /// A person comes: what is known of them, then what they agree to.
    fn arrive(&mut self, place: u32) -> io::Result<()> {
        let Some(person) = self.people.get(place as usize) else {
            return Ok(());
        };
        let (at, number) = (person.arrives, person.number);
        let profile = person.profile();
        self.feed(profile, Some(place), None)?;
        let model = self.model;
        for (count, consent) in (0u64..).zip(&model.consents) {
            let mut chance = Chance::of(model.seed, "consent", number, count);
            if chance.share() < consent.share {
                let id = format!("c{count}-{number}");
                let event = consent.event;
                let input = self.event(place as usize, event, at, id, |context| {
                    let fields = consent.fields.iter();
                    fields
                        .map(|draw| draw.value(&mut chance, context))
                        .collect()
                });
                if let Some(input) = input {
                    self.feed(Input::Event(input), Some(place), None)?;
                }
            }
        }
        Ok(())
    }

    fn habit(&mut self, person: usize, habit: usize, at: i64) -> Option<Input> {
        let stream = self.stream_of(person, habit);
        let plan = self.model.habits.get(habit)?;
        let number = self.people.get(person)?.number;
        let count = self.streams.get(stream)?.count;
        let id = format!("e{habit}-{number}-{count}");
        let mut chance = self.streams.get(stream)?.chance.clone();
        let input = self.event(person, plan.event, at, id, |context| {
            let fields = plan.fields.iter();
            fields
                .map(|draw| draw.value(&mut chance, context))
                .collect()
        });
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.chance = chance;
        }
        input.map(Input::Event)
    }

    fn broadcast(&mut self, habit: u32, at: i64) -> Option<Input> {
        let plan = self.model.habits.get(habit as usize)?;
        self.inputs += 1;
        let mut chance = Chance::of(
            self.model.seed,
            "heard",
            u64::from(habit),
            at.unsigned_abs(),
        );
        let context = Context {
            program: self.program,
            person: 0,
            count: self.inputs,
            profile: &[],
            before: &[],
            key: None,
        };
        let fields = plan.fields.iter();
        let fields = fields.map(|draw| draw.value(&mut chance, &context));
        Some(Input::Event(EventInput {
            event: plan.event,
            id: format!("b{habit}-{at}"),
            at,
            source: String::new(),
            ids: Identifiers::new(),
            fields: fields.collect(),
        }))
    }

    /// An event of a person, its fields drawn.
    fn event(
        &mut self,
        person: usize,
        event: EventId,
        at: i64,
        id: String,
        mut draw: impl FnMut(&Context<'_>) -> Vec<journey_program::types::Value>,
    ) -> Option<EventInput> {
        let who = self.people.get_mut(person)?;
        let made = who.made.get_mut(event.index())?;
        *made += 1;
        let context = Context {
            program: self.program,
            person: who.number,
            count: u64::from(*made),
            profile: &who.fields,
            before: &[],
            key: None,
        };
        let fields = draw(&context);
        Some(EventInput {
            event,
            id,
            at,
            source: String::new(),
            ids: who.name(),
            fields,
        })
    }

    /// One input: told to the report and the file, followed by what it makes people do, then taken.
    fn feed(
        &mut self,
        input: Input,
        person: Option<u32>,
        send: Option<&Arc<Send>>,
    ) -> io::Result<()> {
        self.inputs += 1;
        if self.inputs.is_multiple_of(PROGRESS_INPUTS) {
            (self.sinks.progress)(input.at() - self.time.start);
        }
        if self.sinks.wants_events {
            let line = envelope(self.program, &input);
            self.event_lines.extend_from_slice(line.as_bytes());
            self.event_lines.push(b'\n');
        }
        self.report
            .input(self.program, &input, send.map(AsRef::as_ref));
        if let (Input::Event(event), Some(person)) = (&input, person) {
            self.follow_event(person, event, send);
        }
        self.engine.input(input);
        self.take_actions()
    }

    fn take_actions(&mut self) -> io::Result<()> {
        for action in self.engine.take_actions() {
            let person = self.by_name.get(&action.profile).copied();
            let who = person.and_then(|person| self.people.get(person as usize));
            self.report.action(self.program, &action, person, who);
            match (&action.kind, person) {
                (ActionKind::Send { of, send }, Some(person)) => {
                    self.follow_send(person, action.at, of, send);
                }
                (
                    ActionKind::Emit {
                        event,
                        id,
                        data,
                        to,
                        ..
                    },
                    Some(person),
                ) if to.is_none() => self.follow_emit(person, (action.at, id), event, data),
                (ActionKind::Merge { from }, Some(person)) => {
                    self.by_name.insert(Arc::clone(from), person);
                }
                _ => {}
            }
            let is_shown = !matches!(action.kind, ActionKind::Refused { .. });
            if is_shown && self.sinks.wants_actions {
                let mut action = action;
                action.n = self.shown;
                self.action_lines
                    .extend_from_slice(action.to_json().as_bytes());
                self.action_lines.push(b'\n');
            }
            self.shown += u64::from(is_shown);
        }
        for letter in self.engine.take_dead_letters() {
            self.report.refused_input(letter.reason);
        }
        if self.action_lines.len() + self.event_lines.len() > WRITE_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sinks.actions.write_all(&self.action_lines)?;
        self.sinks.events.write_all(&self.event_lines)?;
        self.action_lines.clear();
        self.event_lines.clear();
        Ok(())
    }

    fn end(self) -> Report {
        let mut report = self.report;
        report.finish(&self.engine);
        report
    }
}
