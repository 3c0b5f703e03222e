//! Whose an input is. Identifiers in, a person out: the owner of the strongest identifier that is known, or a
//! new person. An input that names two people makes them one, unless a stronger identifier says otherwise.
//! The first value of the strongest identifier on the first input is the canonical id.

use super::Engine;
use super::index::number;
use crate::histories::HistoryState;
use crate::input::Input;
use crate::state::{Born, Few, Known, Moment, Owner, Person, PersonNo};
use journey_program::chance::fingerprint;
use journey_program::plan::Program;
use journey_program::record;
use journey_program::types::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Engine {
    /// None: nothing on the input says whose it is.
    pub(super) fn person_of(&mut self, input: &Input) -> Option<PersonNo> {
        let who = self.whose(input)?;
        let (at, id) = (input.at(), input.id());
        if let Some(person) = self.state.people.get_mut(who.index())
            && (at, id) < (person.born.0, person.born.1.as_str())
        {
            person.born = (at, id.to_owned());
        }
        Some(who)
    }

    fn whose(&mut self, input: &Input) -> Option<PersonNo> {
        let ids = input.ids();
        let written = self.written_identifiers(input);
        ids.iter()
            .chain(&written)
            .for_each(|known| self.state.warm(known));
        if let ([id], []) = (ids, written.as_slice())
            && let Some(Owner::One(who)) = self.state.identifiers.get(id)
            && let who = *who
            && self.is_known_so(who, id.0, input.at())
        {
            return Some(who);
        }
        let mut claims: Vec<&Known> = ids.iter().chain(&written).collect();
        claims.retain(|claim| self.state.identifiers.get(*claim) != Some(&Owner::Nobody));
        claims.sort();
        claims.dedup();
        let who = match self.named(&claims).or_else(|| self.sender_of(input)) {
            Some(who) => who,
            None => {
                let (_, canonical) = claims.first()?;
                let born = (input.at(), input.id().to_owned());
                self.new_person(canonical.as_str().into(), born)
            }
        };
        for claim in ids.iter().chain(&written) {
            self.attach(who, claim, input.at());
        }
        Some(who)
    }

    /// The usual case: this is all that names the person, and the field has it already.
    fn is_known_so(&mut self, who: PersonNo, identifier: u32, at: i64) -> bool {
        let plan = self.program.profile.identifiers.get(identifier as usize);
        let Some(field) = plan.map(|plan| plan.field as usize) else {
            return false;
        };
        let layouts = &self.program.layouts;
        let layout = layouts.get(self.program.profile.record.index());
        let known = layout.and_then(|layout| layout.fields.get(field)?.known);
        let stamp = (at, self.state.taken.saturating_add(1));
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return false;
        };
        let unknown = known.is_some_and(|(at, bit)| !record::get_bit(&person.block, at, bit));
        if unknown || person.identifiers.len() > 1 {
            return false;
        }
        if let Some(written) = person.written.get_mut(field) {
            *written = (*written).max(stamp);
        }
        true
    }

    /// The identifiers among the fields that a profile input writes.
    pub(super) fn written_identifiers(&self, input: &Input) -> Vec<Known> {
        let Input::Profile(profile) = input else {
            return Vec::new();
        };
        let plans = &self.program.profile.identifiers;
        let found = profile.writes.iter().filter_map(|(field, value)| {
            let place = plans.iter().position(|plan| plan.field == *field)?;
            let Value::Text(text) = value else {
                return None;
            };
            Some((number(place), text.clone()))
        });
        found.collect()
    }

    /// The person of the strongest identifier that is known; whoever else is named turns out to be the same,
    /// if nothing stronger says otherwise.
    fn named(&mut self, claims: &[&Known]) -> Option<PersonNo> {
        let mut found: Option<PersonNo> = None;
        for claim in claims {
            let owner = self.state.identifiers.get(*claim).and_then(Owner::person);
            let Some(owner) = owner.filter(|owner| found != Some(*owner)) else {
                continue;
            };
            if !self.agree(found, owner, claims, claim.0) {
                if !self.is_shared(claim.0) {
                    self.state.counters.identity_conflicts += 1;
                }
                continue;
            }
            found = Some(found.map_or(owner, |who| self.unite(who, owner)));
        }
        found
    }

    /// Whether no `unique` identifier stronger than this one has different values: those of the person found so
    /// far and of the input on one side, those of `other` on the other. A value has one owner, so that both
    /// sides having any is enough.
    fn agree(
        &self,
        found: Option<PersonNo>,
        other: PersonNo,
        claims: &[&Known],
        weaker: u32,
    ) -> bool {
        let has = |who: PersonNo, identifier: u32| {
            let person = self.state.people.get(who.index());
            person.is_some_and(|p| p.identifiers.iter().any(|(n, _)| *n == identifier))
        };
        let brings = |identifier: u32| {
            let mut new = claims.iter().filter(|claim| claim.0 == identifier);
            new.any(|claim| !self.state.identifiers.contains_key(*claim))
        };
        (0..weaker)
            .filter(|identifier| !self.is_shared(*identifier))
            .all(|identifier| {
                let here = found.is_some_and(|who| has(who, identifier)) || brings(identifier);
                !(here && has(other, identifier))
            })
    }

    fn is_shared(&self, identifier: u32) -> bool {
        self.shared_by(identifier).is_some()
    }

    fn shared_by(&self, identifier: u32) -> Option<u32> {
        let plan = self.program.profile.identifiers.get(identifier as usize);
        plan.and_then(|plan| plan.shared)
    }

    /// Makes identifiers alike, and forgets those that identify nobody.
    pub(super) fn normalise(&self, input: &mut Input) {
        let plan = &self.program.profile;
        if let Input::Profile(profile) = input {
            for (field, value) in &mut profile.writes {
                let place = plan.identifiers.iter().position(|id| id.field == *field);
                if let (Some(place), Value::Text(text)) = (place, &*value) {
                    let text = plan.alike(number(place), text);
                    *value = text.map_or(Value::Unknown, Value::Text);
                }
            }
        }
        let ids = match input {
            Input::Event(event) => &mut event.ids,
            Input::Profile(profile) => &mut profile.ids,
            Input::Consent(consent) => &mut consent.ids,
            Input::Erase(erase) => &mut erase.ids,
            Input::Clock(_) => return,
        };
        if ids
            .iter()
            .all(|(number, value)| plan.is_alike(*number, value))
        {
            return;
        }
        *ids = ids
            .iter()
            .filter_map(|(number, value)| Some((*number, plan.alike(*number, value)?)))
            .collect();
    }

    /// The person whom the send went to that this outcome names.
    pub(super) fn sender_of(&self, input: &Input) -> Option<PersonNo> {
        let Input::Event(event) = input else {
            return None;
        };
        self.program.events.get(event.event.index())?.outcome?;
        let Some(Value::Text(key)) = event.fields.first() else {
            return None;
        };
        let who = self.state.senders.get(&fingerprint(key)).copied()?;
        Some(self.now_of(who))
    }

    /// Who a person has turned out to be.
    pub(super) fn now_of(&self, who: PersonNo) -> PersonNo {
        let mut who = who;
        while let Some(other) = self.person(who).and_then(|person| person.united) {
            who = other;
        }
        who
    }

    /// An identifier names this person from now on, unless it is someone else's. Its newest value is the current
    /// one, by (at, place in the log); older ones name the person too.
    fn attach(&mut self, who: PersonNo, claim: &Known, at: i64) {
        let stamp = (at, self.state.taken.saturating_add(1));
        let most = self.shared_by(claim.0);
        let owner = self.state.identifiers.get_mut(claim);
        match (owner, most) {
            (Some(Owner::Nobody), _) => return,
            (Some(Owner::One(owner)), _) if *owner != who => return,
            (Some(Owner::One(_)), _) => {}
            (Some(Owner::Users(users)), most) => {
                match users.iter_mut().find(|(user, _)| *user == who) {
                    Some((_, used)) => *used = (*used).max(stamp),
                    None => {
                        users.push((who, stamp));
                        if users.len() > most.unwrap_or(1) as usize {
                            return self.names_nobody(claim);
                        }
                        self.keep_identifier(who, claim);
                    }
                }
            }
            (None, Some(_)) => {
                let users = Owner::Users(vec![(who, stamp)]);
                self.state.identifiers.insert(claim.clone(), users);
                self.keep_identifier(who, claim);
            }
            (None, None) => {
                let one = Owner::One(who);
                self.state.identifiers.insert(claim.clone(), one);
                self.keep_identifier(who, claim);
            }
        }
        self.is_current(who, claim, stamp);
    }

    /// Too many people have used it.
    fn names_nobody(&mut self, claim: &Known) {
        self.state.counters.overshared += 1;
        let owner = self.state.identifiers.insert(claim.clone(), Owner::Nobody);
        if let Some(Owner::Users(users)) = owner {
            for (who, _) in users {
                if let Some(person) = self.state.people.get_mut(who.index()) {
                    person.identifiers.retain(|id| id != claim);
                }
            }
        }
    }

    fn keep_identifier(&mut self, who: PersonNo, claim: &Known) {
        if let Some(person) = self.state.people.get_mut(who.index()) {
            person.identifiers.push(claim.clone());
        }
    }

    /// The identifier's field, if nothing newer was written to it.
    fn is_current(&mut self, who: PersonNo, claim: &Known, stamp: (i64, u64)) {
        let plan = self.program.profile.identifiers.get(claim.0 as usize);
        let Some(field) = plan.map(|plan| plan.field) else {
            return;
        };
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        match person.written.get_mut(field as usize) {
            Some(written) if *written <= stamp => *written = stamp,
            Some(_) | None => return,
        }
        let value = Value::Text(claim.1.clone());
        if self.field_of(who, field) != Some(value.clone()) {
            self.write_field(who, field, &value);
        }
    }

    fn field_of(&self, who: PersonNo, field: u32) -> Option<Value> {
        let record = self.program.profile.record.index();
        let place = field as usize;
        let def = self.program.records.get(record)?.fields.get(place)?;
        let slot = self.program.layouts.get(record)?.fields.get(place)?;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let block = &self.person(who)?.block;
        Some(record::read_field(&types, block, 0, slot, &def.ty))
    }

    /// Writes a field of the profile, whatever was there.
    pub(super) fn write_field(&mut self, who: PersonNo, field: u32, value: &Value) {
        let record = self.program.profile.record.index();
        let def = self
            .program
            .records
            .get(record)
            .and_then(|d| d.fields.get(field as usize));
        let slot = self
            .program
            .layouts
            .get(record)
            .and_then(|l| l.fields.get(field as usize));
        let (Some(def), Some(slot)) = (def, slot) else {
            return;
        };
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        record::set_field(&types, &mut person.block, 0, slot, &def.ty, value);
        let size = self.program.profile.size;
        record::compact_if_wasteful(&types, &mut person.block, size, &self.index.heap);
        person.dirty = true;
    }

    fn new_person(&mut self, id: Arc<str>, born: Born) -> PersonNo {
        let no = PersonNo(number(self.state.people.len()));
        let person = blank(&self.program, id, no, (self.clock_ms(), born));
        self.state.people.push(person);
        self.state.counters.people += 1;
        let program = Arc::clone(&self.program);
        let fields = program
            .records
            .get(program.profile.record.index())
            .map(|def| &def.fields);
        for (field, def) in fields.into_iter().flatten().enumerate() {
            if let Some(value) = &def.default {
                self.write_field(no, number(field), value);
            }
        }
        self.catch_up(no);
        self.schedule_all(no);
        no
    }
}

pub(super) fn blank(
    program: &Program,
    id: Arc<str>,
    no: PersonNo,
    (seen, born): (i64, Born),
) -> Person {
    let size = usize::try_from(program.profile.size).unwrap_or(0);
    let fields = program.records.get(program.profile.record.index());
    Person {
        seen,
        block: vec![0; size],
        written: vec![(i64::MIN, 0); fields.map_or(0, |def| def.fields.len())],
        consented: vec![(i64::MIN, 0); program.purposes.len() * program.channels.len()],
        muted: vec![None; program.purposes.len()],
        histories: vec![HistoryState::default(); program.histories.len()],
        since: vec![None; program.audiences.len()],
        dirty: true,
        ..Person::empty(id, no, born)
    }
}

impl Person {
    /// Neither has turned out to be another, nor been erased.
    pub(super) fn is_there(&self) -> bool {
        self.united.is_none() && !self.erased
    }

    /// Of whom nothing is known, not even with the program's own defaults.
    pub(crate) fn empty(id: Arc<str>, no: PersonNo, born: Born) -> Self {
        Self {
            id,
            no,
            seen: 0,
            born,
            united: None,
            erased: false,
            identifiers: Vec::new(),
            block: Vec::new(),
            written: Vec::new(),
            consented: Vec::new(),
            muted: Vec::new(),
            histories: Vec::new(),
            histories_change: Moment::NEVER,
            since: Vec::new(),
            edges_due: None,
            instances: Few::new(),
            entries: Few::new(),
            schedules: Few::new(),
            met_days: Few::new(),
            splits: Few::new(),
            measured: None,
            sends: Vec::new(),
            offers: crate::state::OfferState::default(),
            dirty: false,
            faults: BTreeSet::new(),
        }
    }
}
