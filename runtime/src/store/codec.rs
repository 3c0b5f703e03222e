//! Inputs as bytes, small: the program says what stands where, so a value carries no tag. Ints are as long as
//! they are large, instants count from their input's, texts that are constants of the program are numbers,
//! ids that are hashes or UUIDs are 16 bytes. What fits no declared type is written with its tags.

mod bytes;
mod sealed;
mod value;

use crate::input::{EventInput, Input, ProfileInput};
use crate::store::entry::{Entry, Position};
use crate::store::seal::Seals;
use bytes::{Reader, Writer};
use journey_program::plan::Program;
use journey_program::types::{EVENT_FIELDS, EventId, FieldDef, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use value::Context;

/// Bytes that hold no entries of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// The kinds of entries, by their first byte.
mod kind {
    pub(super) const EVENT: u8 = 0;
    pub(super) const PROFILE: u8 = 1;
    pub(super) const CLOCK: u8 = 2;
    pub(super) const TAGGED: u8 = 3;
    pub(super) const REFUSED: u8 = 4;
    pub(super) const RELEASE: u8 = 5;
    pub(super) const READING: u8 = 6;
    pub(super) const SENDING: u8 = 7;
    pub(super) const DEPLOYED: u8 = 8;
    pub(super) const ASKED: u8 = 9;
    // of a folder with keys
    pub(super) const SEALED_EVENT: u8 = 10;
    pub(super) const SEALED_PROFILE: u8 = 11;
    pub(super) const SEALED_DEPLOYED: u8 = 12;
    pub(super) const SEALED: u8 = 13;
}

/// The program that a payload says is deployed: such an entry is alone in its frame.
pub fn deployed_in(payload: &[u8]) -> Option<[u8; 32]> {
    let mut from = Reader::new(payload);
    let deployed = [Ok(kind::DEPLOYED), Ok(kind::SEALED_DEPLOYED)];
    if from.byte() != Ok(0) || !deployed.contains(&from.byte()) {
        return None;
    }
    from.signed().ok()?;
    from.array().ok()
}

/// Reads and writes the entries of one program.
#[derive(Debug)]
pub struct Codec {
    program: Arc<Program>,
    symbols: HashMap<String, u32>,
    /// of a folder with keys
    seals: Seals,
    marked: sealed::Marked,
    names: Mutex<sealed::Names>,
}

/// Entries that are written together, so far.
#[derive(Debug, Default)]
pub struct Group {
    out: Writer,
    count: u32,
    /// the instant of the last input: the next one counts from it
    before: i64,
    /// how far the input has been read after them
    pub position: Option<Position>,
}

impl Group {
    pub fn count(&self) -> u32 {
        self.count
    }
    pub fn bytes(&self) -> usize {
        self.out.bytes.len()
    }

    /// As a frame's payload.
    pub fn payload(&self) -> Vec<u8> {
        let mut out = Writer::default();
        match self.position {
            None => out.byte(0),
            Some(position) => {
                out.byte(1);
                out.unsigned(u64::from(position.input));
                out.unsigned(position.records);
                out.raw(&position.prefix.to_le_bytes());
            }
        }
        out.raw(&self.out.bytes);
        out.bytes
    }
}

impl Codec {
    pub fn new(program: &Arc<Program>) -> Self {
        let texts = program.texts.iter().cloned();
        Self {
            symbols: texts.zip(0u32..).collect(),
            program: Arc::clone(program),
            seals: Seals::default(),
            marked: sealed::Marked::default(),
            names: Mutex::default(),
        }
    }

    /// Adds an entry to a group.
    pub fn add(&self, group: &mut Group, entry: &Entry) -> Result<(), String> {
        let Group { out, before, .. } = group;
        self.entry(out, entry, before)?;
        group.count = group.count.saturating_add(1);
        Ok(())
    }

    fn entry(&self, out: &mut Writer, entry: &Entry, before: &mut i64) -> Result<(), String> {
        match entry {
            Entry::Input(input) => self.input(out, input, before),
            Entry::Refused(line) => {
                out.byte(kind::REFUSED);
                out.text(line);
                Ok(())
            }
            Entry::Release => {
                out.byte(kind::RELEASE);
                Ok(())
            }
            Entry::Reading { key, name } => {
                out.byte(kind::READING);
                out.raw(&key.to_le_bytes());
                out.text(name);
                Ok(())
            }
            Entry::Asked(asked) => {
                let tagged = postcard::to_stdvec(asked).map_err(|e| e.to_string())?;
                out.byte(kind::ASKED);
                out.unsigned(u64::try_from(tagged.len()).map_err(|e| e.to_string())?);
                out.raw(&tagged);
                Ok(())
            }
            Entry::Sending(step) => {
                let tagged = postcard::to_stdvec(step).map_err(|e| e.to_string())?;
                out.byte(kind::SENDING);
                out.unsigned(u64::try_from(tagged.len()).map_err(|e| e.to_string())?);
                out.raw(&tagged);
                Ok(())
            }
            Entry::Deployed {
                at,
                program,
                events,
            } => {
                let tagged = postcard::to_stdvec(events).map_err(|e| e.to_string())?;
                out.byte(kind::DEPLOYED);
                out.signed(at.wrapping_sub(*before));
                *before = *at;
                out.raw(program);
                out.unsigned(u64::try_from(tagged.len()).map_err(|e| e.to_string())?);
                out.raw(&tagged);
                Ok(())
            }
        }
    }

    fn input(&self, out: &mut Writer, input: &Input, before: &mut i64) -> Result<(), String> {
        let length = out.bytes.len();
        let last = *before;
        let written = match input {
            Input::Event(event) => self.event(out, event, before),
            Input::Profile(profile) => self.profile(out, profile, before),
            Input::Clock(at) => {
                out.byte(kind::CLOCK);
                out.signed(at.wrapping_sub(*before));
                *before = *at;
                Some(())
            }
            Input::Consent(_) | Input::Erase(_) => None,
        };
        if written.is_none() {
            out.bytes.truncate(length);
            *before = last;
            let tagged = postcard::to_stdvec(input).map_err(|e| e.to_string())?;
            out.byte(kind::TAGGED);
            out.unsigned(u64::try_from(tagged.len()).map_err(|e| e.to_string())?);
            out.raw(&tagged);
        }
        Ok(())
    }

    /// None: its values are not of the declared types.
    fn event(&self, out: &mut Writer, event: &EventInput, before: &mut i64) -> Option<()> {
        let fields = self.fields_of(event.event)?;
        if fields.len() != event.fields.len() {
            return None;
        }
        out.byte(kind::EVENT);
        out.unsigned(u64::from(event.event.0));
        self.head(out, &event.id, event.at, &event.source, &event.ids, before);
        let context = self.context(event.at);
        context.write_fields(out, fields, &event.fields, 0)
    }

    fn profile(&self, out: &mut Writer, profile: &ProfileInput, before: &mut i64) -> Option<()> {
        let record = self
            .program
            .records
            .get(self.program.profile.record.index())?;
        out.byte(kind::PROFILE);
        self.head(
            out,
            &profile.id,
            profile.at,
            &profile.source,
            &profile.ids,
            before,
        );
        let context = self.context(profile.at);
        out.unsigned(u64::try_from(profile.writes.len()).ok()?);
        for (field, value) in &profile.writes {
            let def = record.fields.get(usize::try_from(*field).ok()?)?;
            out.unsigned(u64::from(*field));
            // a write may forget any field
            context.write_maybe(out, def.ty.known(), value, 0)?;
        }
        Some(())
    }

    fn head(
        &self,
        out: &mut Writer,
        id: &str,
        at: i64,
        source: &str,
        ids: &[(u32, String)],
        before: &mut i64,
    ) {
        out.id(id);
        out.signed(at.wrapping_sub(*before));
        *before = at;
        out.symbol(source, &self.symbols);
        out.unsigned(u64::try_from(ids.len()).unwrap_or(0));
        for (number, value) in ids {
            out.unsigned(u64::from(*number));
            out.text(value);
        }
    }

    fn context(&self, at: i64) -> Context<'_> {
        Context {
            program: &self.program,
            symbols: &self.symbols,
            at,
        }
    }

    /// An event's own fields.
    fn fields_of(&self, event: EventId) -> Option<&[FieldDef]> {
        let plan = self.program.events.get(event.index())?;
        let record = self.program.records.get(plan.record.index())?;
        record.fields.get(EVENT_FIELDS.len()..)
    }

    /// What a payload of so many entries holds.
    pub fn decode(
        &self,
        bytes: &[u8],
        count: u32,
    ) -> Result<(Option<Position>, Vec<Entry>), Malformed> {
        let mut from = Reader::new(bytes);
        let position = match from.byte()? {
            0 => None,
            1 => Some(Position {
                input: from.number()?,
                records: from.unsigned()?,
                prefix: u64::from_le_bytes(from.array()?),
            }),
            _ => return Err(Malformed("no position")),
        };
        let mut entries = Vec::new();
        let mut before = 0;
        for _ in 0..count {
            entries.extend(self.read_entry(&mut from, &mut before)?);
        }
        if from.is_empty() {
            Ok((position, entries))
        } else {
            Err(Malformed("bytes are left over"))
        }
    }

    /// None: it was of somebody who is erased.
    fn read_entry(
        &self,
        from: &mut Reader<'_>,
        before: &mut i64,
    ) -> Result<Option<Entry>, Malformed> {
        match from.byte()? {
            kind @ kind::SEALED_EVENT..=kind::SEALED => self.read_sealed(kind, from, before),
            kind => self.read_plain(kind, from, before).map(Some),
        }
    }

    fn read_plain(
        &self,
        kind: u8,
        from: &mut Reader<'_>,
        before: &mut i64,
    ) -> Result<Entry, Malformed> {
        Ok(match kind {
            kind::EVENT => Entry::Input(self.read_event(from, before)?),
            kind::PROFILE => Entry::Input(self.read_profile(from, before)?),
            kind::CLOCK => {
                let at = before.wrapping_add(from.signed()?);
                *before = at;
                Entry::Input(Input::Clock(at))
            }
            kind::TAGGED => {
                let tagged = from.counted()?;
                match postcard::take_from_bytes(tagged) {
                    Ok((input, [])) => Entry::Input(input),
                    Ok(_) | Err(_) => return Err(Malformed("no input with its tags")),
                }
            }
            kind::REFUSED => Entry::Refused(from.text()?),
            kind::RELEASE => Entry::Release,
            kind::READING => Entry::Reading {
                key: u128::from_le_bytes(from.array()?),
                name: from.text()?,
            },
            kind::ASKED => match postcard::take_from_bytes(from.counted()?) {
                Ok((asked, [])) => Entry::Asked(asked),
                Ok(_) | Err(_) => return Err(Malformed("no decision that was asked for")),
            },
            kind::SENDING => match postcard::take_from_bytes(from.counted()?) {
                Ok((step, [])) => Entry::Sending(step),
                Ok(_) | Err(_) => return Err(Malformed("no step of a send")),
            },
            kind::DEPLOYED => {
                let at = before.wrapping_add(from.signed()?);
                *before = at;
                let program = from.array()?;
                match postcard::take_from_bytes(from.counted()?) {
                    Ok((events, [])) => Entry::Deployed {
                        at,
                        program,
                        events,
                    },
                    Ok(_) | Err(_) => return Err(Malformed("no events of a deployment")),
                }
            }
            _ => return Err(Malformed("no such kind of entry")),
        })
    }

    fn read_event(&self, from: &mut Reader<'_>, before: &mut i64) -> Result<Input, Malformed> {
        let event = EventId(from.number()?);
        let fields = self.fields_of(event).ok_or(Malformed("no such event"))?;
        let (id, at, source, ids) = self.read_head(from, before)?;
        let fields = self.context(at).read_fields(from, fields, 0)?;
        Ok(Input::Event(EventInput {
            event,
            id,
            at,
            source,
            ids,
            fields,
        }))
    }

    fn read_profile(&self, from: &mut Reader<'_>, before: &mut i64) -> Result<Input, Malformed> {
        let (id, at, source, ids) = self.read_head(from, before)?;
        Ok(Input::Profile(ProfileInput {
            id,
            at,
            source,
            ids,
            writes: self.read_writes(from, at)?,
        }))
    }

    fn read_writes(&self, from: &mut Reader<'_>, at: i64) -> Result<Vec<(u32, Value)>, Malformed> {
        let record = self.program.profile.record.index();
        let record = self.program.records.get(record);
        let record = record.ok_or(Malformed("no profile"))?;
        let context = self.context(at);
        let count = from.count()?;
        let mut writes = Vec::new();
        for _ in 0..count {
            let field: u32 = from.number()?;
            let def = record.fields.get(field as usize);
            let def = def.ok_or(Malformed("no such field"))?;
            writes.push((field, context.read_maybe(from, def.ty.known(), 0)?));
        }
        Ok(writes)
    }

    fn read_head(&self, from: &mut Reader<'_>, before: &mut i64) -> Result<Head, Malformed> {
        let id = from.id()?;
        let at = before.wrapping_add(from.signed()?);
        *before = at;
        let source = from.symbol(&self.program.texts)?;
        let count = from.count()?;
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push((from.number()?, from.text()?));
        }
        Ok((id, at, source, ids))
    }
}

type Head = (String, i64, String, Vec<(u32, String)>);
