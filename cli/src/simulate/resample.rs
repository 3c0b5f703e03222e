//! Recorded people in the place of invented ones: whole people are drawn with replacement, each with all that
//! happened to them, under identifiers of their own, moved by whole weeks so that weekday and hour stay.

use super::chance::Chance;
use super::model::Model;
use super::people::{Person, Time, zone_of};
use journey_program::civil::Zone;
use journey_program::plan::Program;
use journey_program::types::Value;
use journey_runtime::input::{Identifiers, Input};
use std::collections::BTreeMap;

/// What the calendar is filled with.
#[derive(Debug, Default)]
pub struct Sample {
    pub people: Vec<Person>,
    /// whose (`u32::MAX`: a broadcast), what
    pub inputs: Vec<(u32, Input)>,
    /// answers to sends that were made then: they name none that is made now
    pub answers: u64,
    /// after the end of the time
    pub beyond: u64,
}

/// Everything recorded, by person.
#[derive(Debug, Default)]
pub struct Recorded {
    people: Vec<Vec<Input>>,
    broadcasts: Vec<Input>,
    answers: u64,
    first: Option<i64>,
    last: Option<i64>,
}

impl Recorded {
    /// Inputs in their order, each with the person whom its identifiers name; identifiers that once come together
    /// name one person.
    pub fn of(program: &Program, inputs: Vec<Input>) -> Self {
        let mut groups = Groups::default();
        let mut owned = Vec::new();
        let mut recorded = Self::default();
        for input in inputs {
            let outcome = match &input {
                Input::Event(event) => program.events.get(event.event.index()),
                Input::Profile(_) | Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => None,
            };
            if outcome.is_some_and(|plan| plan.outcome.is_some() || plan.decided.is_some()) {
                recorded.answers += 1;
                continue;
            }
            if matches!(input, Input::Clock(_)) {
                continue;
            }
            let at = input.at();
            recorded.first = Some(recorded.first.map_or(at, |first| first.min(at)));
            recorded.last = Some(recorded.last.map_or(at, |last| last.max(at)));
            if outcome.is_some_and(|plan| plan.broadcast) {
                recorded.broadcasts.push(input);
            } else if let Some(group) = groups.of(input.ids()) {
                owned.push((group, input));
            }
        }
        let mut by_person: BTreeMap<usize, Vec<Input>> = BTreeMap::new();
        let mut order: Vec<usize> = Vec::new();
        for (group, input) in owned {
            let person = groups.root(group);
            let events = by_person.entry(person).or_insert_with(|| {
                order.push(person);
                Vec::new()
            });
            events.push(input);
        }
        let people = order.iter().filter_map(|person| by_person.remove(person));
        recorded.people = people.collect();
        recorded
    }

    /// How many people there are.
    pub fn people(&self) -> u64 {
        self.people.len() as u64
    }

    /// The days that they span, in a zone.
    pub fn days(&self, zone: &Zone) -> Option<u32> {
        let (first, last) = (zone.date_of(self.first?)?, zone.date_of(self.last?)?);
        u32::try_from(last - first + 1).ok()
    }

    fn first_day(&self, zone: &Zone) -> Option<i64> {
        zone.date_of(self.first?)
    }

    /// The first day from this one on that has the weekday of the first that is recorded.
    pub fn begin(&self, from: i64, zone: &Zone) -> i64 {
        let first = self.first_day(zone).unwrap_or(from);
        from + (first - from).rem_euclid(7)
    }

    /// As many people as the model has, drawn from those recorded.
    pub fn sample(&self, program: &Program, model: &Model, time: Time) -> Sample {
        let mut sample = Sample {
            answers: self.answers,
            ..Sample::default()
        };
        let zone = zone_of(program, &[]);
        let days = self.first_day(zone).map_or(0, |first| time.from - first);
        let mut chance = Chance::of(model.seed, "sample", 0, 0);
        for number in 1..=model.people {
            let chosen = chance.below(self.people());
            let chosen = usize::try_from(chosen).unwrap_or(0);
            let Some(events) = self.people.get(chosen) else {
                continue;
            };
            let copy = Copy {
                program,
                number,
                days,
                time,
            };
            copy.person(events, &mut sample);
        }
        for (number, input) in self.broadcasts.iter().enumerate() {
            let mut input = input.clone();
            let at = shifted(zone, input.at(), days);
            move_to(&mut input, at, format!("b{number}"));
            if at <= time.end {
                sample.inputs.push((u32::MAX, input));
            }
        }
        sample
    }
}

/// One recorded person, as another.
struct Copy<'c> {
    program: &'c Program,
    number: u64,
    days: i64,
    time: Time,
}

impl Copy<'_> {
    fn person(&self, events: &[Input], sample: &mut Sample) {
        let place = u32::try_from(sample.people.len()).unwrap_or(u32::MAX);
        let fields = self.fields_of(events);
        let zone = zone_of(self.program, &fields);
        let mut ids = Identifiers::new();
        let mut arrives = self.time.end;
        for (count, event) in events.iter().enumerate() {
            let mut input = event.clone();
            self.rename(&mut input);
            let at = shifted(zone, input.at(), self.days);
            move_to(&mut input, at, format!("r{}-{count}", self.number));
            if ids.is_empty() {
                ids = input.ids().to_vec();
            }
            arrives = arrives.min(at);
            if at > self.time.end {
                sample.beyond += 1;
            } else {
                sample.inputs.push((place, input));
            }
        }
        sample.people.push(Person {
            number: self.number,
            arrives,
            zone,
            factor: 1.0,
            class: 0,
            ids,
            fields,
            made: vec![0; self.program.events.len()],
        });
    }

    /// What the records write to the profile, the last counts.
    fn fields_of(&self, events: &[Input]) -> Vec<Value> {
        let record = self
            .program
            .records
            .get(self.program.profile.record.index());
        let mut fields = vec![Value::Unknown; record.map_or(0, |record| record.fields.len())];
        for event in events {
            let Input::Profile(profile) = event else {
                continue;
            };
            for (place, value) in &profile.writes {
                if let Some(field) = fields.get_mut(*place as usize) {
                    *field = value.clone();
                }
            }
        }
        fields
    }

    /// Identifiers, and the fields of the profile that hold them.
    fn rename(&self, input: &mut Input) {
        let ids = match input {
            Input::Event(event) => &mut event.ids,
            Input::Profile(profile) => &mut profile.ids,
            Input::Consent(consent) => &mut consent.ids,
            Input::Erase(erase) => &mut erase.ids,
            Input::Clock(_) => return,
        };
        for (_, value) in ids.iter_mut() {
            *value = renamed(value, self.number);
        }
        if let Input::Profile(profile) = input {
            for (place, value) in &mut profile.writes {
                let identifiers = &self.program.profile.identifiers;
                let names = identifiers.iter().any(|plan| plan.field == *place);
                if let (true, Value::Text(text)) = (names, value) {
                    *text = renamed(text, self.number);
                }
            }
        }
    }
}

/// `u1` as `u1~7`, `ann@example.com` as `ann~7@example.com`
fn renamed(value: &str, number: u64) -> String {
    match value.split_once('@') {
        Some((name, domain)) => format!("{name}~{number}@{domain}"),
        None => format!("{value}~{number}"),
    }
}

/// The same clock time so many days later.
fn shifted(zone: &Zone, at: i64, days: i64) -> i64 {
    let moved = zone
        .local(at)
        .and_then(|(date, clock)| zone.date_at_clock(date + days, clock));
    moved.unwrap_or(at)
}

fn move_to(input: &mut Input, to: i64, name: String) {
    let (at, id) = match input {
        Input::Event(event) => (&mut event.at, &mut event.id),
        Input::Profile(profile) => (&mut profile.at, &mut profile.id),
        Input::Consent(consent) => (&mut consent.at, &mut consent.id),
        Input::Erase(erase) => (&mut erase.at, &mut erase.id),
        Input::Clock(at) => {
            *at = to;
            return;
        }
    };
    *at = to;
    *id = name;
}

/// Identifiers that came together, as sets.
#[derive(Debug, Default)]
struct Groups {
    parent: Vec<usize>,
    known: BTreeMap<(u32, String), usize>,
}

impl Groups {
    /// The set of these identifiers; None: there are none.
    fn of(&mut self, ids: &[(u32, String)]) -> Option<usize> {
        let mut group = None;
        for id in ids {
            let own = match self.known.get(id) {
                Some(own) => *own,
                None => {
                    self.parent.push(self.parent.len());
                    let own = self.parent.len() - 1;
                    self.known.insert(id.clone(), own);
                    own
                }
            };
            let own = self.root(own);
            if let Some(first) = group
                && let Some(parent) = self.parent.get_mut(own)
            {
                *parent = first;
            } else {
                group = Some(own);
            }
            group = group.map(|first| self.root(first));
        }
        group
    }

    fn root(&self, mut group: usize) -> usize {
        while let Some(parent) = self.parent.get(group).copied() {
            if parent == group {
                break;
            }
            group = parent;
        }
        group
    }
}
