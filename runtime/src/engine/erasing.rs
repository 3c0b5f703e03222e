//! A person's right to be forgotten: instances end as `erased`, every stored byte goes, and what named the person
//! is kept as a salted print only, so that nothing that still comes in brings them back.

use super::Engine;
use crate::actions::ActionKind;
use crate::input::{EraseInput, Input};
use crate::state::{Erasure, InstanceRank, Known, Owner, Person, PersonNo};
use std::collections::BTreeSet;

/// What is left of an input that must not be kept.
pub(super) fn without_data(mut input: Input) -> Input {
    match &mut input {
        Input::Event(event) => {
            event.ids.clear();
            event.fields.clear();
        }
        Input::Profile(profile) => {
            profile.ids.clear();
            profile.writes.clear();
        }
        Input::Consent(consent) => consent.ids.clear(),
        Input::Erase(erase) => erase.ids.clear(),
        Input::Clock(_) => {}
    }
    input
}

impl Engine {
    /// The engine's part of `journey erase`: whoever the strongest known identifier names.
    pub(super) fn erase(&mut self, erase: EraseInput) {
        self.state.counters.events += 1;
        erase.ids.iter().for_each(|known| self.state.warm(known));
        let owners = erase.ids.iter();
        let who = owners
            .filter_map(|id| self.state.identifiers.get(id))
            .find_map(Owner::person);
        let Some(who) = who else {
            return self.refuse("no_person", Input::Erase(erase));
        };
        self.state.taken += 1;
        let ranks: Vec<InstanceRank> = self.person(who).map_or_else(Vec::new, |person| {
            person.instances.keys().cloned().collect()
        });
        for rank in ranks {
            let live = self.instance(who, &rank).is_some_and(|i| i.ended.is_none());
            if live {
                self.end_for_good(who, &rank, "erased", "erased");
            }
        }
        self.clear_timers(who);
        self.act(who, ActionKind::Erase);
        self.forget(who, erase.id);
    }

    /// Nothing stays but prints of what named the person.
    fn forget(&mut self, who: PersonNo, request: String) {
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let mut nobody = Person::empty("".into(), who, (person.born.0, String::new()));
        nobody.erased = true;
        let gone = std::mem::replace(person, nobody);
        self.state.asked.retain(|_, who_did| {
            who_did.remove(&who);
            !who_did.is_empty()
        });
        let (mut prints, mut alone) = (Vec::new(), Vec::new());
        for known in &gone.identifiers {
            match self.state.identifiers.get_mut(known) {
                Some(Owner::Users(users)) => {
                    users.retain(|(user, _)| *user != who);
                    if users.is_empty() {
                        self.state.identifiers.remove(known);
                    }
                }
                Some(Owner::One(_)) => {
                    self.state.identifiers.remove(known);
                    prints.push(self.print(known));
                    alone.push(known);
                }
                Some(Owner::Nobody) | None => {}
            }
        }
        let mut same = Vec::new();
        self.state.people.visit(&mut |other, _| {
            same.extend((other.united == Some(who)).then_some(other.no));
        });
        for other in same {
            if let Some(other) = self.state.people.get_mut(other.index()) {
                other.id = "".into();
                other.born.1 = String::new();
            }
        }
        // what names them by an identifier that people share may be somebody else's
        let plan = &self.program.profile;
        let holds = |input: &Input| {
            let mut ids = input.ids().iter();
            ids.any(|(number, value)| {
                let alike = plan.alike(*number, value);
                alike.is_some_and(|value| alone.contains(&&(*number, value)))
            })
        };
        let held: Vec<(i64, u64)> = self
            .state
            .held
            .iter()
            .filter(|(_, input)| holds(input))
            .map(|(place, _)| *place)
            .collect();
        for place in held {
            if let Some(input) = self.state.held.remove(&place) {
                self.refuse("erased", without_data(*input));
            }
        }
        self.state.erased.extend(&prints);
        self.state.counters.people = self.state.counters.people.saturating_sub(1);
        self.state.counters.erased += 1;
        let at = self.clock_ms();
        self.state.erasures.push(Erasure {
            at,
            request,
            prints,
        });
    }

    /// Prints of what named people who were erased otherwise.
    pub fn know_erased(&mut self, prints: &BTreeSet<u128>) {
        self.state.erased.extend(prints);
    }

    pub(super) fn is_print(&self, known: &Known) -> bool {
        self.state.erased.contains(&self.print(known))
    }

    /// An identifier that nobody can read back without the salt.
    pub fn print(&self, (identifier, value): &Known) -> u128 {
        let plan = self.program.profile.identifiers.get(*identifier as usize);
        let name = plan.map_or("", |plan| plan.name.as_str());
        let key = blake3::derive_key(
            "journey 2026 erased identifiers",
            self.options.salt.as_bytes(),
        );
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher
            .update(name.as_bytes())
            .update(&[0])
            .update(value.as_bytes());
        let mut print = [0; 16];
        hasher.finalize_xof().fill(&mut print);
        u128::from_le_bytes(print)
    }

    /// Whether an input is of someone who was erased: by what names them, or by the send that it answers.
    pub(super) fn names_the_erased(&self, input: &Input) -> bool {
        if self.state.erasures.is_empty() {
            return false;
        }
        let written = self.written_identifiers(input);
        let mut ids = input.ids().iter().chain(&written);
        ids.any(|id| self.state.erased.contains(&self.print(id))) || self.answers_the_erased(input)
    }

    fn answers_the_erased(&self, input: &Input) -> bool {
        let sender = self.sender_of(input).and_then(|who| self.person(who));
        sender.is_some_and(|person| person.erased)
    }
}
