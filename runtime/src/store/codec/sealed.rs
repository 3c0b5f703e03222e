//! Entries of a folder that is sealed: where a name would stand is its number, told once in each log with the name
//! itself under its key; what is personal is one sealed piece. What became of the erased is left out when it is read.

use super::bytes::{Reader, Writer};
use super::{Codec, Group, Malformed, kind};
use crate::input::{EventInput, Input, ProfileInput};
use crate::outbox::Step;
use crate::state::{Known, PersonNo, State, Taken};
use crate::store::entry::Entry;
use crate::store::seal::{KeyNo, Place, Seals, Shut, Vault, alike, key_of};
use journey_program::chance::fingerprint;
use journey_program::plan::{Normalise, Program};
use journey_program::types::{EventId, FieldDef, Type};
use memchr::memmem;
use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use xxhash_rust::xxh3::xxh3_64;

/// A name is looked for in what stands beside it, if it is as long.
const PART_MIN: usize = 4;
const KEYS: Malformed = Malformed("it is sealed with keys that are not there");

/// Which names were told in the log at hand, and how they were written.
#[derive(Debug, Default)]
pub(super) struct Names {
    told: HashMap<KeyNo, u64>,
    heard: HashMap<KeyNo, String>,
}

/// What of a program's inputs is personal.
#[derive(Debug, Default)]
pub(super) struct Marked {
    events: Vec<bool>,
    fields: Vec<bool>,
}

impl Marked {
    fn of(program: &Program) -> Self {
        let marked = |fields: &[FieldDef]| fields.iter().any(|def| is_marked(program, def, 0));
        let events = program.events.iter().map(|plan| {
            let record = program.records.get(plan.record.index());
            record.is_some_and(|record| marked(&record.fields))
        });
        let profile = program.records.get(program.profile.record.index());
        let fields = profile.map_or(&[][..], |record| &record.fields);
        let names = |place: u32| {
            let mut plans = program.profile.identifiers.iter();
            plans.any(|plan| plan.field == place)
        };
        let fields = (0u32..).zip(fields);
        Self {
            events: events.collect(),
            fields: fields
                .map(|(place, def)| names(place) || is_marked(program, def, 0))
                .collect(),
        }
    }
}

fn is_marked(program: &Program, def: &FieldDef, depth: u32) -> bool {
    let mut ty = def.ty.known();
    while let Type::List(element) = ty {
        ty = element.known();
    }
    let inside = if let Type::Record(id) = ty
        && depth < 64
    {
        program.records.get(id.index())
    } else {
        None
    };
    def.pii || inside.is_some_and(|r| r.fields.iter().any(|f| is_marked(program, f, depth + 1)))
}

impl Codec {
    /// That of a folder with these keys.
    pub(in crate::store) fn sealed_by(mut self, seals: &Seals) -> Self {
        if seals.are_on() {
            self.marked = Marked::of(&self.program);
        }
        self.seals = seals.clone();
        self
    }

    /// A log begins: no name was told in it yet.
    pub(in crate::store) fn begins(&self) {
        if self.seals.are_on() {
            self.names().told.clear();
        }
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry to a group; `state`: before it.
    pub(in crate::store) fn add_to(
        &self,
        group: &mut Group,
        entry: &Entry,
        state: &State,
    ) -> Result<(), String> {
        let Group { out, before, .. } = group;
        match self.whose(entry, state) {
            Some(whose) if self.seals.are_on() => self.seal(out, entry, before, &whose)?,
            Some(_) | None => self.entry(out, entry, before)?,
        }
        group.count = group.count.saturating_add(1);
        Ok(())
    }

    /// Whose keys an entry is sealed with; None: there is nothing to seal in it. It may read people in, which takes
    /// their keys, so nobody holds the vault meanwhile.
    fn whose(&self, entry: &Entry, state: &State) -> Option<Whose> {
        if !self.seals.are_on() {
            return None;
        }
        Some(match entry {
            Entry::Input(Input::Clock(_)) | Entry::Release | Entry::Reading { .. } => return None,
            Entry::Input(input) => self.owner(input.ids(), state),
            Entry::Asked(asked) => self.owner(&asked.ids, state),
            Entry::Refused(_) => Whose::Nobody,
            Entry::Sending(step) => Whose::One(key_of(state, sender(step, state)?)),
            Entry::Deployed { events, .. } => {
                let people = events.iter().map(|(who, _)| key_of(state, *who));
                Whose::Each(people.collect())
            }
        })
    }

    /// As far as it is known by now: the strongest name that nobody else has.
    fn owner(&self, ids: &[Known], state: &State) -> Whose {
        let plans = &self.program.profile.identifiers;
        let unique = |known: &&Known| {
            let plan = plans.get(usize::try_from(known.0).unwrap_or(usize::MAX));
            plan.is_some_and(|plan| plan.shared.is_none())
        };
        if let Some(known) = ids.iter().filter(unique).min_by_key(|known| known.0) {
            return Whose::One(alike(&self.program, known));
        }
        let Some(shared) = ids.iter().min_by_key(|known| known.0) else {
            return Whose::Nobody;
        };
        let shared = alike(&self.program, shared);
        let name = state.owner(&shared).map(|who| key_of(state, who));
        Whose::One(name.unwrap_or(shared))
    }

    fn seal(
        &self,
        out: &mut Writer,
        entry: &Entry,
        before: &mut i64,
        whose: &Whose,
    ) -> Result<(), String> {
        let vault = self.seals.vault();
        let mut vault = vault.ok_or("there are no keys")?;
        match entry {
            Entry::Input(Input::Event(event)) => {
                if let Some(body) = self.event_body(event) {
                    out.byte(kind::SEALED_EVENT);
                    out.unsigned(u64::from(event.event.0));
                    out.signed(event.at.wrapping_sub(*before));
                    *before = event.at;
                    let marked = self.marked.events.get(event.event.index());
                    let personal =
                        marked != Some(&false) || tells(&event.ids, &event.id, &body.bytes);
                    self.write_names(&mut vault, out, &event.ids);
                    write_body(&mut vault, out, (whose, personal), &body);
                    return Ok(());
                }
            }
            Entry::Input(Input::Profile(profile)) => {
                if let Some((body, marked)) = self.profile_body(profile) {
                    out.byte(kind::SEALED_PROFILE);
                    out.signed(profile.at.wrapping_sub(*before));
                    *before = profile.at;
                    let personal = marked || tells(&profile.ids, &profile.id, &body.bytes);
                    self.write_names(&mut vault, out, &profile.ids);
                    write_body(&mut vault, out, (whose, personal), &body);
                    return Ok(());
                }
            }
            Entry::Deployed {
                at,
                program,
                events,
            } => {
                out.byte(kind::SEALED_DEPLOYED);
                out.signed(at.wrapping_sub(*before));
                *before = *at;
                out.raw(program);
                out.unsigned(u64::try_from(events.len()).map_err(|e| e.to_string())?);
                let Whose::Each(names) = whose else {
                    return Ok(());
                };
                for (event, name) in events.iter().zip(names) {
                    let number = vault.number(name);
                    let plain = postcard::to_stdvec(event).map_err(|e| e.to_string())?;
                    piece(&vault, out, number, &plain);
                }
                return Ok(());
            }
            Entry::Input(_)
            | Entry::Asked(_)
            | Entry::Refused(_)
            | Entry::Sending(_)
            | Entry::Release
            | Entry::Reading { .. } => {}
        }
        let number = whose.number(&mut vault);
        let mut plain = Writer::default();
        self.entry(&mut plain, entry, &mut 0)?;
        out.byte(kind::SEALED);
        piece(&vault, out, number, &plain.bytes);
        Ok(())
    }

    /// None: its values are not of the declared types.
    fn event_body(&self, event: &EventInput) -> Option<Writer> {
        let fields = self.fields_of(event.event)?;
        let mut body = Writer::default();
        body.id(&event.id);
        body.symbol(&event.source, &self.symbols);
        let context = self.context(event.at);
        context.write_fields(&mut body, fields, &event.fields, 0)?;
        Some(body)
    }

    /// The same, and whether a field of it is personal.
    fn profile_body(&self, profile: &ProfileInput) -> Option<(Writer, bool)> {
        let record = self.program.profile.record.index();
        let record = self.program.records.get(record)?;
        let mut body = Writer::default();
        body.id(&profile.id);
        body.symbol(&profile.source, &self.symbols);
        let mut marked = false;
        let context = self.context(profile.at);
        body.unsigned(u64::try_from(profile.writes.len()).ok()?);
        for (field, value) in &profile.writes {
            let place = usize::try_from(*field).ok()?;
            let def = record.fields.get(place)?;
            body.unsigned(u64::from(*field));
            context.write_maybe(&mut body, def.ty.known(), value, 0)?;
            marked |= self.marked.fields.get(place) != Some(&false);
        }
        Some((body, marked))
    }

    fn write_names(&self, vault: &mut Vault, out: &mut Writer, ids: &[Known]) {
        out.unsigned(u64::try_from(ids.len()).unwrap_or(0));
        let mut names = self.names();
        for id in ids {
            let number = vault.number(&alike(&self.program, id));
            let form = xxh3_64(id.1.as_bytes());
            let told = names.told.insert(number, form) == Some(form);
            out.unsigned(u64::from(id.0));
            out.unsigned(u64::from(number) << 1 | u64::from(!told));
            if !told {
                counted(out, &vault.seal(number, Place::Name, id.1.as_bytes()));
            }
        }
    }

    /// An entry of one of the kinds that are sealed. None: it was of somebody who is erased.
    pub(super) fn read_sealed(
        &self,
        kind: u8,
        from: &mut Reader<'_>,
        before: &mut i64,
    ) -> Result<Option<Entry>, Malformed> {
        let vault = self.seals.vault();
        let mut vault = vault.ok_or(Malformed("it is sealed, and no keys were given"))?;
        Ok(match kind {
            kind::SEALED_EVENT => {
                let event = EventId(from.number()?);
                let fields = self.fields_of(event).ok_or(Malformed("no such event"))?;
                let Some((at, ids, body)) = self.read_start(&mut vault, from, before)? else {
                    return Ok(None);
                };
                let mut from = Reader::new(&body);
                Some(Entry::Input(Input::Event(EventInput {
                    event,
                    id: from.id()?,
                    at,
                    source: from.symbol(&self.program.texts)?,
                    fields: self.context(at).read_fields(&mut from, fields, 0)?,
                    ids,
                })))
            }
            kind::SEALED_PROFILE => {
                let Some((at, ids, body)) = self.read_start(&mut vault, from, before)? else {
                    return Ok(None);
                };
                let mut from = Reader::new(&body);
                Some(Entry::Input(Input::Profile(ProfileInput {
                    id: from.id()?,
                    at,
                    source: from.symbol(&self.program.texts)?,
                    writes: self.read_writes(&mut from, at)?,
                    ids,
                })))
            }
            kind::SEALED_DEPLOYED => {
                let at = before.wrapping_add(from.signed()?);
                *before = at;
                let program = from.array()?;
                let mut events: Vec<(PersonNo, Taken)> = Vec::new();
                for _ in 0..from.count()? {
                    if let Some(plain) = read_piece(&vault, from)? {
                        let read = postcard::from_bytes(&plain);
                        events.push(read.map_err(|_| Malformed("no event of a deployment"))?);
                    }
                }
                Some(Entry::Deployed {
                    at,
                    program,
                    events,
                })
            }
            _ => {
                let Some(plain) = read_piece(&vault, from)? else {
                    return Ok(None);
                };
                drop(vault);
                let mut from = Reader::new(&plain);
                Some(self.read_plain(from.byte()?, &mut from, &mut 0)?)
            }
        })
    }

    /// When it was, who it names, and what else it says. None: that was of somebody who is erased.
    fn read_start(
        &self,
        vault: &mut Vault,
        from: &mut Reader<'_>,
        before: &mut i64,
    ) -> Result<Option<Start>, Malformed> {
        let at = before.wrapping_add(from.signed()?);
        *before = at;
        let ids = self.read_names(vault, from)?;
        let body = read_body(vault, from)?;
        Ok(body.map(|body| (at, ids, body)))
    }

    fn read_names(
        &self,
        vault: &mut Vault,
        from: &mut Reader<'_>,
    ) -> Result<Vec<Known>, Malformed> {
        let mut names = self.names();
        let mut ids = Vec::new();
        for _ in 0..from.count()? {
            let which = from.number()?;
            let head = from.unsigned()?;
            let number = KeyNo::try_from(head >> 1).map_err(|_| KEYS)?;
            if head & 1 == 1 {
                let text = match vault.open_sealed(number, Place::Name, from.counted()?) {
                    Ok(text) => String::from_utf8(text).map_err(|_| KEYS)?,
                    Err(Shut::Erased) => self.nobody(vault, which, number),
                    Err(Shut::Wrong) => return Err(KEYS),
                };
                if !vault.is_erased(number) {
                    let known = (which, text.clone());
                    vault.has_number(&alike(&self.program, &known), number);
                }
                names.heard.insert(number, text);
            }
            let text = names.heard.get(&number);
            let text = text.ok_or(Malformed("a name was never told"))?;
            ids.push((which, text.clone()));
        }
        Ok(ids)
    }

    /// What stands for a name that was erased, as the identifier is written.
    fn nobody(&self, vault: &mut Vault, which: u32, number: KeyNo) -> String {
        let plans = &self.program.profile.identifiers;
        let plan = plans.get(usize::try_from(which).unwrap_or(usize::MAX));
        let text = match plan.and_then(|plan| plan.normalise) {
            Some(Normalise::Digits) => format!("{number:020}"),
            Some(Normalise::Lower | Normalise::Trim) | None => format!("erased-{number}"),
        };
        vault.met((which, text.clone()));
        text
    }
}

type Start = (i64, Vec<Known>, Vec<u8>);

/// Whose keys seal an entry.
enum Whose {
    Nobody,
    One(Known),
    /// of a deployment's events
    Each(Vec<Known>),
}

impl Whose {
    fn number(&self, vault: &mut Vault) -> KeyNo {
        match self {
            Whose::One(name) => vault.number(name),
            Whose::Nobody | Whose::Each(_) => vault.letters(),
        }
    }
}

fn write_body(
    vault: &mut Vault,
    out: &mut Writer,
    (whose, personal): (&Whose, bool),
    body: &Writer,
) {
    out.byte(u8::from(personal));
    if personal {
        let number = whose.number(vault);
        piece(vault, out, number, &body.bytes);
    } else {
        counted(out, &body.bytes);
    }
}

/// Whose send it is.
fn sender(step: &Step, state: &State) -> Option<PersonNo> {
    let key = match step {
        Step::Attempt { key, .. }
        | Step::Result { key, .. }
        | Step::Settle { key, .. }
        | Step::Replay { key, .. }
        | Step::Handed { key, .. } => key,
        Step::Life { .. } | Step::Restored { .. } | Step::Bounds { .. } => return None,
    };
    state.senders.get(&fingerprint(key)).copied()
}

/// Whether a record says its names beside them.
fn tells(ids: &[Known], id: &str, body: &[u8]) -> bool {
    ids.iter().any(|(_, name)| {
        let part = name.len() >= PART_MIN && memmem::find(body, name.as_bytes()).is_some();
        part || id.contains(name.as_str())
    })
}

fn counted(out: &mut Writer, bytes: &[u8]) {
    out.unsigned(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.raw(bytes);
}

fn piece(vault: &Vault, out: &mut Writer, number: KeyNo, plain: &[u8]) {
    out.unsigned(u64::from(number));
    counted(out, &vault.seal(number, Place::Entry, plain));
}

/// None: it was of somebody who is erased.
fn read_body(vault: &Vault, from: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    if from.byte()? == 0 {
        return Ok(Some(from.counted()?.to_vec()));
    }
    read_piece(vault, from)
}

fn read_piece(vault: &Vault, from: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    let number = from.number()?;
    read_with(vault, number, from)
}

fn read_with(
    vault: &Vault,
    number: KeyNo,
    from: &mut Reader<'_>,
) -> Result<Option<Vec<u8>>, Malformed> {
    match vault.open_sealed(number, Place::Entry, from.counted()?) {
        Ok(plain) => Ok(Some(plain)),
        Err(Shut::Erased) => Ok(None),
        Err(Shut::Wrong) => Err(KEYS),
    }
}
