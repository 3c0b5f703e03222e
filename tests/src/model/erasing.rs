//! Who is erased: what they were in ends, what was known of them goes, and none of their names comes back. What
//! counts over all people stays counted.

use super::Model;
use super::actions::Line;
use super::identity::Name;
use super::person::{Person, Waiting};
use journey_program::types::Value;
use journey_runtime::input::{EraseInput, Input};

impl Model<'_> {
    /// Whether an input is of somebody who was erased.
    pub(super) fn of_the_erased(&self, input: &Input) -> bool {
        let identifiers = &self.program.profile.identifiers;
        let mut names = self.alike(input.ids());
        if let Input::Profile(profile) = input {
            let written = profile.writes.iter().filter_map(|(field, value)| {
                let number = identifiers.iter().position(|(_, f)| f == field)?;
                let Value::Text(text) = value else {
                    return None;
                };
                Some((number as u32, self.identifier(number, text)?))
            });
            names.extend(written);
        }
        let sender = match input {
            Input::Event(event) => self.sender_of(event),
            _ => None,
        };
        let erased = |who: usize| self.people.get(who).is_some_and(|p| p.erased);
        names.iter().any(|name| self.names.is_erased(name)) || sender.is_some_and(erased)
    }

    pub(super) fn erase(&mut self, input: &EraseInput) {
        let names = self.alike(&input.ids);
        let Some(who) = names.iter().find_map(|name| self.owner(name)) else {
            self.dead_letters += 1;
            return;
        };
        for index in self.order(who) {
            if self.instance(who, index).is_some_and(|i| i.live) {
                self.end_erased(who, index);
            }
        }
        self.say(who, Line::new("erase"));
        let shared = self.program.profile.shared.clone();
        let is_shared = |name: &Name| shared.get(name.0 as usize).copied().flatten().is_some();
        self.names.erase(who, is_shared);
        let nobody = Person::new(self.program, "");
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let gone = std::mem::replace(person, nobody);
        person.gone = true;
        person.erased = true;
        person.sent = gone.sent;
        person.offers = gone.offers;
        person.all_sends = gone.all_sends;
    }

    fn end_erased(&mut self, who: usize, index: usize) {
        self.say_of(who, index, Line::new("exit").text("reason", "erased"));
        let held = self.instance(who, index).and_then(|i| i.waiting.clone());
        self.finish_instance(who, index);
        if let Some(Waiting::Release { send, channel, .. } | Waiting::Held { send, channel, .. }) =
            held
        {
            self.unsent(who, index, send, channel, "erased");
            self.was_skipped(who, index, send);
        } else if let Some(Waiting::Gathering { send, .. }) = held {
            let channel = send.channels.first().map_or(0, |channel| channel.0);
            self.unsent(who, index, send, channel, "erased");
            self.was_skipped(who, index, send);
        }
        self.take_all_back(who, index);
    }
}
