//! Whose an input is. Identifiers in, a person out: the owner of the strongest identifier that is known,
//! or a new person. The first value of the strongest identifier on the first input is the canonical id.

use super::Engine;
use super::index::number;
use crate::histories::HistoryState;
use crate::input::Input;
use crate::state::{Moment, Person, PersonNo};
use journey_program::chance::fingerprint;
use journey_program::plan::Program;
use journey_program::record;
use journey_program::types::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Engine {
    /// None: nothing on the input says whose it is.
    pub(super) fn person_of(&mut self, input: &Input) -> Option<PersonNo> {
        let ids = input.ids();
        let known = ids
            .iter()
            .find_map(|id| self.state.identifiers.get(id).copied());
        let who = match known.or_else(|| self.sender_of(input)) {
            Some(who) => who,
            None => {
                let (_, canonical) = ids.iter().min_by_key(|(number, _)| *number)?;
                self.new_person(canonical.as_str().into())
            }
        };
        self.attach(who, ids);
        Some(who)
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
            Input::Clock(_) => return,
        };
        *ids = ids
            .iter()
            .filter_map(|(number, value)| Some((*number, plan.alike(*number, value)?)))
            .collect();
    }

    /// The person whom the send went to that this outcome names.
    fn sender_of(&self, input: &Input) -> Option<PersonNo> {
        let Input::Event(event) = input else {
            return None;
        };
        self.program.events.get(event.event.index())?.outcome?;
        let Some(Value::Text(key)) = event.fields.first() else {
            return None;
        };
        self.state.senders.get(&fingerprint(key)).copied()
    }

    fn attach(&mut self, who: PersonNo, ids: &[(u32, String)]) {
        for id in ids {
            match self.state.identifiers.get(id) {
                Some(owner) if *owner == who => {}
                Some(_) => self.state.counters.identity_conflicts += 1,
                None => {
                    self.state.identifiers.insert(id.clone(), who);
                    let field = self.program.profile.identifiers.get(id.0 as usize);
                    if let Some(field) = field.map(|plan| plan.field) {
                        self.write_field(who, field, &Value::Text(id.1.clone()));
                    }
                }
            }
        }
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

    fn new_person(&mut self, id: Arc<str>) -> PersonNo {
        let no = PersonNo(number(self.state.people.len()));
        let person = blank(&self.program, id, no, self.clock_ms());
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

pub(super) fn blank(program: &Program, id: Arc<str>, no: PersonNo, seen: i64) -> Person {
    let size = usize::try_from(program.profile.size).unwrap_or(0);
    let fields = program.records.get(program.profile.record.index());
    Person {
        id,
        no,
        seen,
        block: vec![0; size],
        written: vec![(i64::MIN, 0); fields.map_or(0, |def| def.fields.len())],
        consented: vec![(i64::MIN, 0); program.purposes.len() * program.channels.len()],
        muted: vec![None; program.purposes.len()],
        histories: vec![HistoryState::default(); program.histories.len()],
        histories_change: Moment::NEVER,
        since: vec![None; program.audiences.len()],
        edges_due: None,
        instances: BTreeMap::new(),
        entries: BTreeMap::new(),
        schedules: BTreeMap::new(),
        met_days: BTreeMap::new(),
        splits: BTreeMap::new(),
        sends: Vec::new(),
        offers: crate::state::OfferState::default(),
        dirty: true,
    }
}
