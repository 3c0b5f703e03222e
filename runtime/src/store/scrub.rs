//! Records of a person who was erased, so that they say nothing of them: other names in the place of theirs, each the
//! same wherever it stood, and nothing in the place of `pii`. What kind of record it was, and when, stays, since
//! what became of others hangs on it.

use super::entry::Entry;
use crate::engine::Engine;
use crate::input::Input;
use crate::state::{Known, PersonNo, Taken};
use journey_program::plan::{Normalise, Program};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::{EVENT_FIELDS, RecordId, Value};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What stands in the place of a text that is `pii`.
const NOTHING: &str = "erased";
/// Shorter names are replaced only where they stand alone: they are parts of too much else.
const PART_MIN: usize = 4;

/// What stands in the place of each name.
#[derive(Clone, Debug)]
pub(super) struct Names(BTreeMap<Known, String>);

impl Names {
    pub(super) fn of(names: &[Known], seed: u64, program: &Program) -> Self {
        let other = |(number, value): &Known| {
            let hash = xxh3_64_with_seed(value.as_bytes(), seed ^ u64::from(*number));
            let plan = program.profile.identifiers.get(*number as usize);
            match plan.and_then(|plan| plan.normalise) {
                Some(Normalise::Digits) => format!("{hash:020}"),
                Some(Normalise::Lower | Normalise::Trim) | None => format!("erased-{hash:016x}"),
            }
        };
        Self(
            names
                .iter()
                .map(|name| (name.clone(), other(name)))
                .collect(),
        )
    }
}

/// Takes a person out of records.
pub(super) struct Scrub<'s> {
    names: Names,
    /// the keys of their sends under the other name
    keys: &'s BTreeMap<String, String>,
    /// as it is now: it knows whose sends are
    now: &'s Engine,
    pub(super) records: u64,
}

impl<'s> Scrub<'s> {
    pub(super) fn new(names: Names, keys: &'s BTreeMap<String, String>, now: &'s Engine) -> Self {
        Self {
            names,
            keys,
            now,
            records: 0,
        }
    }

    pub(super) fn entry(&mut self, program: &Program, entry: &mut Entry) {
        match entry {
            Entry::Input(input) => {
                if self.is_theirs(program, input) {
                    self.records += 1;
                    self.input(program, input);
                }
            }
            Entry::Asked(asked) => {
                let mut ids = asked.ids.iter();
                if ids.any(|(number, value)| self.other(program, *number, value).is_some()) {
                    self.records += 1;
                    self.ids(program, &mut asked.ids);
                    let plan = program.decisions.get(asked.decision.index());
                    let record = plan.and_then(|plan| program.records.get(plan.args.index()));
                    let defs = record.map_or(&[][..], |record| &record.fields);
                    for (place, value) in asked.args.iter_mut().enumerate() {
                        let def = defs.get(place);
                        self.value(program, value, def.is_some_and(|def| def.pii));
                    }
                }
            }
            Entry::Refused(line) => {
                if self.says(line) {
                    self.records += 1;
                    line.clear();
                }
            }
            Entry::Sending(step) => {
                if self.says(&format!("{step:?}")) {
                    self.records += 1;
                    *entry = Entry::Refused(String::new());
                }
            }
            Entry::Deployed { events, .. } => {
                for (who, event) in events {
                    self.taken(program, *who, event);
                }
            }
            Entry::Release | Entry::Reading { .. } => {}
        }
    }

    /// An event that a deployment's new histories started from.
    fn taken(&mut self, program: &Program, who: PersonNo, event: &mut Taken) {
        let person = self.now.state().people.get(who.index());
        let record = program
            .events
            .get(event.event.index())
            .map(|plan| plan.record);
        let (Some(person), Some(record)) = (person, record) else {
            return;
        };
        if person.erased || person.united.is_some() {
            self.records += 1;
            self.record(program, record, &mut event.values, false);
            let symbols = Symbols::of(&program.texts);
            event.block = record::write(&Types::of(program, &symbols), record, &event.values);
        }
    }

    /// Whether a text has one of the names in it.
    fn says(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut names = self.names.0.keys();
        names.any(|(_, value)| value.len() >= PART_MIN && text.contains(&value.to_lowercase()))
    }

    fn other(&self, program: &Program, number: u32, value: &str) -> Option<&String> {
        let alike = program.profile.alike(number, value)?;
        self.names.0.get(&(number, alike))
    }

    fn is_theirs(&self, program: &Program, input: &Input) -> bool {
        let mut ids = input.ids().iter();
        if ids.any(|(number, value)| self.other(program, *number, value).is_some()) {
            return true;
        }
        match input {
            Input::Profile(profile) => profile.writes.iter().any(|(field, value)| {
                let Value::Text(value) = value else {
                    return false;
                };
                let plans = program.profile.identifiers.iter().zip(0u32..);
                let mut named = plans.filter(|(plan, _)| plan.field == *field);
                named.any(|(_, number)| self.other(program, number, value).is_some())
            }),
            Input::Event(event) => {
                let plan = program.events.get(event.event.index());
                let outcome = plan.is_some_and(|plan| plan.outcome.is_some());
                match event.fields.first() {
                    Some(Value::Text(key)) if outcome => self.now.is_of_erased(key),
                    Some(_) | None => false,
                }
            }
            Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => false,
        }
    }

    fn input(&self, program: &Program, input: &mut Input) {
        match input {
            Input::Event(event) => {
                event.id = self.text(&event.id);
                self.ids(program, &mut event.ids);
                let plan = program.events.get(event.event.index());
                let record = plan.and_then(|plan| program.records.get(plan.record.index()));
                let defs = record.map_or(&[][..], |record| &record.fields);
                let defs = defs.iter().skip(EVENT_FIELDS.len());
                let outcome = plan.is_some_and(|plan| plan.outcome.is_some());
                for (place, (value, def)) in event.fields.iter_mut().zip(defs).enumerate() {
                    let key = if let Value::Text(key) = &*value {
                        self.keys.get(key).filter(|_| outcome && place == 0)
                    } else {
                        None
                    };
                    match key {
                        Some(key) => *value = Value::Text(key.clone()),
                        None => self.value(program, value, def.pii),
                    }
                }
            }
            Input::Profile(profile) => {
                profile.id = self.text(&profile.id);
                self.ids(program, &mut profile.ids);
                let record = program.records.get(program.profile.record.index());
                for (field, value) in &mut profile.writes {
                    let def = record.and_then(|record| record.fields.get(*field as usize));
                    let plans = program.profile.identifiers.iter().zip(0u32..);
                    let mut named = plans.filter(|(plan, _)| plan.field == *field);
                    let other = match (named.next(), &*value) {
                        (Some((_, number)), Value::Text(text)) => self.other(program, number, text),
                        (Some(_) | None, _) => None,
                    };
                    match other {
                        Some(other) => *value = Value::Text(other.clone()),
                        None => self.value(program, value, def.is_none_or(|def| def.pii)),
                    }
                }
            }
            Input::Consent(consent) => {
                consent.id = self.text(&consent.id);
                self.ids(program, &mut consent.ids);
            }
            Input::Erase(erase) => {
                erase.id = self.text(&erase.id);
                self.ids(program, &mut erase.ids);
            }
            Input::Clock(_) => {}
        }
    }

    fn ids(&self, program: &Program, ids: &mut [(u32, String)]) {
        for (number, value) in ids {
            match self.other(program, *number, value) {
                Some(other) => value.clone_from(other),
                None => *value = self.text(value),
            }
        }
    }

    fn value(&self, program: &Program, value: &mut Value, pii: bool) {
        match value {
            Value::Text(text) => {
                *text = if pii {
                    self.blank(text)
                } else {
                    self.text(text)
                }
            }
            Value::Record(record, fields) => self.record(program, *record, fields, pii),
            Value::List(items) => {
                for item in items {
                    self.value(program, item, pii);
                }
            }
            Value::Int(word)
            | Value::Money(word, _)
            | Value::Time(word)
            | Value::Date(word)
            | Value::Clock(word)
            | Value::Duration(word)
                if pii =>
            {
                *word = 0;
            }
            Value::Number(number) if pii => *number = 0.0,
            Value::Bool(bool) if pii => *bool = false,
            Value::Enum(_, place) if pii => *place = 0,
            Value::Int(_)
            | Value::Money(..)
            | Value::Time(_)
            | Value::Date(_)
            | Value::Clock(_)
            | Value::Duration(_)
            | Value::Number(_)
            | Value::Bool(_)
            | Value::Enum(..)
            | Value::Span(_)
            | Value::Timezone(_)
            | Value::Unknown => {}
        }
    }

    fn record(&self, program: &Program, record: RecordId, fields: &mut [Value], pii: bool) {
        let record = program.records.get(record.index());
        let defs = record.map_or(&[][..], |record| &record.fields);
        for (value, def) in fields.iter_mut().zip(defs) {
            self.value(program, value, pii || def.pii);
        }
    }

    /// A name keeps its likeness to others.
    fn blank(&self, text: &str) -> String {
        let other = self.text(text);
        if text.is_empty() || other != text {
            other
        } else {
            NOTHING.to_owned()
        }
    }

    /// The same with other names in it.
    fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for ((_, value), other) in &self.names.0 {
            if out == *value {
                return other.clone();
            }
            if value.len() >= PART_MIN && out.contains(value.as_str()) {
                out = out.replace(value.as_str(), other);
            }
        }
        out
    }
}
