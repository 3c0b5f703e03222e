//! Who somebody is. The model keeps every use of every identifier, and asks all of them again; two people who
//! are one are put together part by part, as the language lists the parts.

use super::Model;
use super::actions::Line;
use super::deploying::{entered, own};
use super::entries::held_out;
use super::person::{Known, Person};
use journey_compiler::hir::Enter;
use journey_program::plan::Normalise;
use journey_program::types::Value;
use journey_runtime::input::EventInput;
use std::collections::BTreeSet;

/// An identifier: its number, its value.
pub type Name = (u32, String);

/// That somebody has used an identifier: (at, log).
#[derive(Clone, Debug)]
pub struct Use {
    name: Name,
    person: usize,
    when: (i64, u64),
}

/// All uses ever, and what too many have used.
#[derive(Clone, Debug, Default)]
pub struct Names {
    uses: Vec<Use>,
    nobodys: BTreeSet<Name>,
    erased: BTreeSet<Name>,
}

impl Names {
    /// Identifiers have other numbers, and those that are gone name nobody.
    pub(super) fn renumber(&mut self, number: impl Fn(u32) -> Option<u32>) {
        let uses = std::mem::take(&mut self.uses).into_iter();
        self.uses = uses
            .filter_map(|mut one| {
                one.name.0 = number(one.name.0)?;
                Some(one)
            })
            .collect();
        for names in [&mut self.nobodys, &mut self.erased] {
            let all = std::mem::take(names).into_iter();
            *names = all
                .filter_map(|(of, value)| Some((number(of)?, value)))
                .collect();
        }
    }

    pub(super) fn is_erased(&self, name: &Name) -> bool {
        self.erased.contains(name)
    }

    /// Nothing names the person any more; what was theirs alone names nobody.
    pub(super) fn erase(&mut self, person: usize, is_shared: impl Fn(&Name) -> bool) {
        let (theirs, others) = std::mem::take(&mut self.uses)
            .into_iter()
            .partition::<Vec<Use>, _>(|u| u.person == person);
        self.uses = others;
        let names = theirs.into_iter().map(|u| u.name);
        self.erased.extend(names.filter(|name| !is_shared(name)));
    }
}

impl<'p> Model<'p> {
    fn most(&self, identifier: u32) -> Option<u32> {
        let shared = &self.program.profile.shared;
        shared.get(identifier as usize).copied().flatten()
    }

    /// Whose a name is: of several who share it, who used it last.
    pub fn owner(&self, name: &Name) -> Option<usize> {
        if self.names.nobodys.contains(name) {
            return None;
        }
        let uses = self.names.uses.iter().filter(|u| u.name == *name);
        uses.max_by_key(|u| u.when).map(|u| u.person)
    }

    fn has(&self, person: usize, identifier: u32) -> bool {
        let mut uses = self.names.uses.iter();
        uses.any(|u| u.person == person && u.name.0 == identifier)
    }

    /// An identifier as it is compared; None: it identifies nobody.
    pub(super) fn identifier(&self, number: usize, value: &str) -> Option<String> {
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

    /// Identifiers as they are compared; those that identify nobody are gone.
    pub(super) fn alike(&self, ids: &[Name]) -> Vec<Name> {
        let alike = |(number, value): &Name| {
            let value = self.identifier(*number as usize, value)?;
            Some((*number, value))
        };
        ids.iter().filter_map(alike).collect()
    }

    /// The person of some names, made if new; `came`: when, and the id of what brought them. None: nobody is meant.
    pub(super) fn identify(&mut self, all: &[Name], came: (i64, &str)) -> Option<usize> {
        self.identify_or(all, came, None)
    }

    /// Who got the send that an outcome answers.
    pub(super) fn sender_of(&self, input: &EventInput) -> Option<usize> {
        self.program.events.get(input.event.index())?.outcome?;
        let key = input.fields.first()?;
        let got = |person: &Person<'_>| {
            let mut sends = person.all_sends.iter();
            sends.any(|send| Value::Text(send.clone()) == *key)
        };
        self.people.iter().position(got)
    }

    /// The same; whose an answer is that names nobody known.
    pub(super) fn identify_or(
        &mut self,
        all: &[Name],
        came: (i64, &str),
        sender: Option<usize>,
    ) -> Option<usize> {
        let mut names: Vec<Name> = all.to_vec();
        names.retain(|name| !self.names.nobodys.contains(name));
        names.sort();
        names.dedup();
        let mut found: Option<usize> = None;
        for name in &names {
            let Some(owner) = self.owner(name) else {
                continue;
            };
            if found == Some(owner) || !self.no_stronger(found, owner, &names, name.0) {
                continue;
            }
            found = Some(match found {
                None => owner,
                Some(person) => self.unite(person, owner),
            });
        }
        let person = match found.or(sender) {
            Some(person) => person,
            None => self.appear(&names.first()?.1.clone(), came),
        };
        for name in all {
            self.use_of(person, name, came.0);
        }
        if let Some(person) = self.people.get_mut(person) {
            person.born = person.born.clone().min((came.0, came.1.to_owned()));
        }
        Some(person)
    }

    /// Nothing stronger tells the two apart.
    fn no_stronger(&self, found: Option<usize>, other: usize, names: &[Name], weaker: u32) -> bool {
        let mut stronger = (0..weaker).filter(|number| self.most(*number).is_none());
        stronger.all(|number| {
            let brought = names.iter().filter(|name| name.0 == number);
            let new = brought.clone().any(|name| self.owner(name).is_none());
            let ours = new || found.is_some_and(|person| self.has(person, number));
            !ours || !self.has(other, number)
        })
    }

    fn appear(&mut self, id: &str, came: (i64, &str)) -> usize {
        let mut person = Person::new(self.program, id);
        person.born = (came.0, came.1.to_owned());
        person.first_seen = self.clock;
        let index = self.people.len();
        self.people.push(person);
        for journey in self.entered() {
            self.schedule(index, journey);
        }
        index
    }

    fn use_of(&mut self, person: usize, name: &Name, at: i64) {
        let when = (at, self.log);
        let owner = self.owner(name);
        if self.names.nobodys.contains(name) {
            return;
        }
        let most = self.most(name.0);
        if most.is_none() && owner.is_some_and(|owner| owner != person) {
            return;
        }
        self.names.uses.push(Use {
            name: name.clone(),
            person,
            when,
        });
        let users: BTreeSet<usize> = self
            .names
            .uses
            .iter()
            .filter(|u| u.name == *name)
            .map(|u| u.person)
            .collect();
        if most.is_some_and(|most| users.len() > most as usize) {
            self.names.uses.retain(|u| u.name != *name);
            self.names.nobodys.insert(name.clone());
            return;
        }
        let field = self.program.profile.identifiers.get(name.0 as usize);
        if let (Some((_, field)), Some(person)) = (field, self.people.get_mut(person)) {
            person.write(*field, Value::Text(name.1.clone()), at, when.1);
        }
    }

    // ── two people are one ──────────────────────────────────────────────────────────────────────

    /// The earlier takes in the other.
    fn unite(&mut self, a: usize, b: usize) -> usize {
        let born = |who: usize| self.people.get(who).map(|p| p.born.clone());
        let (to, from) = if born(a) < born(b) { (a, b) } else { (b, a) };
        for u in &mut self.names.uses {
            if u.person == from {
                u.person = to;
            }
        }
        let id = self.people.get(from).map_or("", |p| &p.id).to_owned();
        self.say(to, Line::new("merge").text("from", &id));
        let stays = self.stays_of_both(to, from);
        let nobody = Person::new(self.program, "");
        let Some(gone) = self.people.get_mut(from) else {
            return to;
        };
        let gone = std::mem::replace(gone, nobody);
        if let Some(person) = self.people.get_mut(from) {
            person.gone = true;
        }
        let (log, clock) = (self.log, self.clock);
        self.merges += 1;
        let side = self.merges;
        let Some(person) = self.people.get_mut(to) else {
            return to;
        };
        person.take_known(&gone);
        person.first_seen = person.first_seen.min(gone.first_seen);
        for mut happening in gone.happenings {
            if happening.homes.is_empty() {
                // everyone's: it counts once
                if person.happenings.iter().all(|h| h.log != happening.log) {
                    person.happenings.push(happening);
                }
                continue;
            }
            happening.sides.insert(0, (log, side));
            happening.homes.push((log, to, clock));
            person.happenings.push(happening);
        }
        person.happenings.sort_by_key(|h| h.log);
        person.faults.extend(gone.faults);
        for (name, arm) in gone.arms {
            person.arms.entry(name).or_insert(arm);
        }
        person.sent.extend(gone.sent);
        person.all_sends.extend(gone.all_sends);
        person.stays = stays;
        let before = [person.scheduled.clone(), gone.scheduled];
        let dates = [person.dates.clone(), gone.dates];
        for (journey, day) in gone.met {
            let ours = person.met.entry(journey).or_insert(day);
            *ours = (*ours).max(day);
        }
        let first = person.instances.len();
        person.offers.unite(gone.offers, first);
        for mut instance in gone.instances {
            instance.homes.push((log, to));
            person.instances.push(instance);
        }
        self.reschedule(to, &before, &dates);
        self.end_doubles(to, first);
        self.one_group(to);
        to
    }

    /// The turns of schedules: no day that one side has met is met again.
    fn reschedule(
        &mut self,
        who: usize,
        before: &[std::collections::BTreeMap<String, i64>; 2],
        dates: &[std::collections::BTreeMap<String, Value>; 2],
    ) {
        let program = self.program;
        for journey in entered(program) {
            let yearly = match &journey.enter {
                Enter::Every { .. } => None,
                Enter::Yearly { field, .. } => Some(*field),
                _ => continue,
            };
            let Some(person) = self.people.get_mut(who) else {
                return;
            };
            let date = yearly.map(|field| {
                let date = person.known.fields.get(field as usize).cloned();
                date.unwrap_or(Value::Unknown)
            });
            let met = yearly.and_then(|_| person.met.get(&journey.name).copied());
            let days = before.iter().zip(dates).filter_map(|(days, dates)| {
                let day = *days.get(&journey.name)?;
                let same = date.is_none() || dates.get(&journey.name) == date.as_ref();
                (same && met.is_none_or(|met| day > met)).then_some(day)
            });
            let day = days.max();
            person.scheduled.remove(&journey.name);
            if let Some(date) = date {
                person.dates.insert(journey.name.clone(), date);
            }
            match day {
                Some(day) => {
                    person.scheduled.insert(journey.name.clone(), day);
                }
                None => self.schedule(who, journey),
            }
        }
    }

    /// A stay goes on with the side that has been in for longer; who was in on one side has not left.
    fn stays_of_both(&self, to: usize, from: usize) -> std::collections::BTreeMap<String, i64> {
        let mut both = std::collections::BTreeMap::new();
        let (Some(a), Some(b)) = (self.people.get(to), self.people.get(from)) else {
            return both;
        };
        for journey in self.entered() {
            let Enter::When {
                audience, leaving, ..
            } = &journey.enter
            else {
                continue;
            };
            let side = |p: &Person<'_>| {
                let inside = p.known.audiences.get(audience.index()) == Some(&true);
                let since = p.since.get(audience.index()).copied();
                (inside, since, p.stays.get(&journey.name).copied())
            };
            let ((in_a, since_a, due_a), (in_b, since_b, due_b)) = (side(a), side(b));
            let earlier = [due_a, due_b].into_iter().flatten().min();
            let due = match (*leaving, in_a, in_b) {
                (true, false, false) => earlier,
                (true, _, _) | (false, false, false) => None,
                (false, true, false) => due_a,
                (false, false, true) => due_b,
                (false, true, true) if since_a == since_b => earlier,
                (false, true, true) if since_a < since_b => due_a,
                (false, true, true) => due_b,
            };
            if let Some(due) = due {
                both.insert(journey.name.clone(), due);
            }
        }
        both
    }

    /// Who has taken steps and is held out now ends; so does the later of two in one journey with one key.
    fn end_doubles(&mut self, who: usize, first: usize) {
        let id = self.people.get(who).map_or("", |p| &p.id).to_owned();
        for index in self.order(who) {
            let Some(instance) = self.instance(who, index) else {
                continue;
            };
            let journey = instance.journey;
            let assumed = self.assumed_holdouts.get(own(journey)).copied();
            let out = journey.holdout.is_some() && assumed.unwrap_or(held_out(journey, &id));
            if index >= first && instance.live && !instance.held_out && out {
                self.end_merged(who, index);
            }
        }
        let mut later = Vec::new();
        for index in self.order(who) {
            let began = |i: usize| {
                let instance = self.instance(who, i)?;
                let of = (own(instance.journey), &instance.key);
                instance.live.then_some((of, instance.entered, i >= first))
            };
            let Some((of, entered, theirs)) = began(index) else {
                continue;
            };
            let before = |other: usize| {
                began(other).is_some_and(|(o, e, t)| o == of && (e, t) < (entered, theirs))
            };
            let count = self.people.get(who).map_or(0, |p| p.instances.len());
            if (0..count).any(before) {
                later.push(index);
            }
        }
        for index in later {
            self.end_merged(who, index);
        }
    }

    fn end_merged(&mut self, who: usize, index: usize) {
        self.exit(who, index, "merged");
        if let Some(instance) = self.instance_mut(who, index) {
            instance.goal_counted = true;
        }
    }
}

impl Person<'_> {
    /// Fields, consent, what is muted, audiences.
    fn take_known(&mut self, gone: &Self) {
        for (field, when) in &gone.writes {
            // of two at once the one of whoever was first stays
            if self.writes.get(field) == Some(when) {
                continue;
            }
            let value = gone.known.fields.get(*field as usize).cloned();
            self.write(*field, value.unwrap_or(Value::Unknown), when.0, when.1);
        }
        for (place, when) in &gone.said {
            let newest = self.said.entry(*place).or_insert(*when);
            *newest = (*newest).max(*when);
        }
        let Known {
            consent,
            muted,
            audiences,
            ..
        } = &gone.known;
        for (place, granted) in consent {
            let ours = self.known.consent.entry(*place).or_insert(*granted);
            *ours &= granted;
        }
        for (purpose, until) in muted {
            let ours = self.known.muted.entry(*purpose).or_insert(*until);
            *ours = (*ours).max(*until);
        }
        for (number, theirs) in audiences.iter().enumerate() {
            let since = gone.since.get(number).copied();
            let (Some(ours), Some(slot)) = (
                self.known.audiences.get_mut(number),
                self.since.get_mut(number),
            ) else {
                continue;
            };
            match (*ours, theirs) {
                (true, true) => *slot = since.map_or(*slot, |since| since.min(*slot)),
                (false, true) => *slot = since.unwrap_or(*slot),
                (_, false) => {}
            }
            *ours |= theirs;
        }
    }
}
