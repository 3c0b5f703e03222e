//! What comes in, as it arrives: held back until its turn, counted once, refused when too late; then a profile,
//! a consent or an event of the person whom its identifiers name.

use super::Model;
use super::person::Person;
use journey_program::plan::Normalise;
use journey_program::types::Value;
use journey_runtime::input::{ConsentInput, EventInput, Input, ProfileInput};

impl<'p> Model<'p> {
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

    pub(super) fn release(&mut self, horizon: i64) {
        while let Some(entry) = self.held.first_entry() {
            if entry.key().0 > horizon {
                break;
            }
            let input = entry.remove();
            self.take(input);
        }
    }

    pub(super) fn take(&mut self, input: Input) {
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

    /// An identifier as it is compared; None: it identifies nobody.
    fn identifier(&self, number: usize, value: &str) -> Option<String> {
        let profile = &self.program.profile;
        let how = profile.normalise.get(number).copied().flatten();
        let alike = match how {
            None => value.to_owned(),
            Some(Normalise::Trim) => value.trim().to_owned(),
            Some(Normalise::Lower) => value.trim().to_lowercase(),
            Some(Normalise::Digits) => {
                let value = value.trim();
                let plus = if value.starts_with('+') { "+" } else { "" };
                plus.chars()
                    .chain(value.chars().filter(char::is_ascii_digit))
                    .collect()
            }
        };
        let nobody = |v: &str| v.is_empty() || profile.ignore.iter().any(|i| i == v);
        (!nobody(value) && !nobody(&alike)).then_some(alike)
    }

    /// The person of an input's identifiers, made if new. None: nobody is meant.
    pub(super) fn identify(&mut self, ids: &[(u32, String)]) -> Option<usize> {
        let (_, value) = ids.iter().find(|(number, _)| *number == 0)?;
        let value = &self.identifier(0, value)?;
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

    pub(super) fn profile(&mut self, input: ProfileInput) {
        let Some(who) = self.identify(&input.ids) else {
            self.dead_letters += 1;
            return;
        };
        let log = self.log;
        let identifiers = &self.program.profile.identifiers;
        let mut writes = input.writes;
        for (field, value) in &mut writes {
            let number = identifiers.iter().position(|(_, f)| f == field);
            if let (Some(number), Value::Text(text)) = (number, &*value) {
                let alike = self.identifier(number, text);
                *value = alike.map_or(Value::Unknown, Value::Text);
            }
        }
        if let Some(person) = self.people.get_mut(who) {
            for (field, value) in writes {
                person.write(field, value, input.at, log);
            }
        }
        self.dates_changed(who);
        self.after_change(who, None);
    }

    pub(super) fn consent(&mut self, input: &ConsentInput) {
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

    pub(super) fn event(&mut self, input: EventInput, late: bool) {
        let everyone = self.is_broadcast(input.event);
        let who = if everyone {
            None
        } else {
            self.identify(&input.ids)
        };
        if who.is_none() && !everyone {
            self.dead_letters += 1;
            return;
        }
        let mut record = vec![
            Value::Text(input.id),
            Value::Time(input.at),
            Value::Text(input.source),
            Value::Bool(late),
        ];
        record.extend(input.fields);
        match who {
            Some(who) => self.happen(who, input.event, record),
            None => self.everyone_hears(input.event, record),
        }
    }
}
