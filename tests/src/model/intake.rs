//! What comes in, as it arrives: held back until its turn, counted once, refused when too late; then a profile,
//! a consent or an event of the person whom its identifiers name.

use super::Model;
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
            Input::Erase(e) => (e.id.clone(), e.at),
            Input::Clock(_) => return,
        };
        let settings = self.program.settings;
        if let Some(seen) = self.seen.get(&id)
            && self.clock.saturating_sub(*seen) <= settings.dedupe_ms
        {
            return;
        }
        let right = matches!(input, Input::Erase(_));
        if !right && self.clock != i64::MIN && self.clock - at > settings.lateness_ms {
            self.dead_letters += 1;
            return;
        }
        let late = self.clock != i64::MIN && at < self.clock;
        self.due_before(at);
        if at > self.clock {
            self.clock = at;
            self.after = false;
        }
        if self.of_the_erased(&input) {
            self.dead_letters += 1;
            return;
        }
        self.seen.insert(id, self.clock);
        self.log += 1;
        match input {
            Input::Event(event) => self.event(event, late),
            Input::Profile(profile) => self.profile(profile),
            Input::Consent(consent) => self.consent(&consent),
            Input::Erase(erase) => self.erase(&erase),
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

    pub(super) fn profile(&mut self, input: ProfileInput) {
        let identifiers = &self.program.profile.identifiers;
        let mut names = self.alike(&input.ids);
        let mut writes = Vec::new();
        for (field, value) in input.writes {
            let number = identifiers.iter().position(|(_, f)| *f == field);
            match (number, &value) {
                (Some(number), Value::Text(text)) => match self.identifier(number, text) {
                    Some(alike) => names.push((number as u32, alike)),
                    None => writes.push((field, Value::Unknown)),
                },
                _ => writes.push((field, value)),
            }
        }
        let Some(who) = self.identify(&names, (input.at, &input.id)) else {
            self.dead_letters += 1;
            return;
        };
        let log = self.log;
        if let Some(person) = self.people.get_mut(who) {
            for (field, value) in writes {
                person.write(field, value, input.at, log);
            }
        }
        self.dates_changed(who);
        self.after_change(who, None);
    }

    pub(super) fn consent(&mut self, input: &ConsentInput) {
        let names = self.alike(&input.ids);
        let Some(who) = self.identify(&names, (input.at, &input.id)) else {
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
            let names = self.alike(&input.ids);
            let sender = self.sender_of(&input);
            self.identify_or(&names, (input.at, &input.id), sender)
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
