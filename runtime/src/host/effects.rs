//! Operations with an effect: variables of the instance, fields of the profile, events, arms, contents.
//! Fields are written at once, so that later reads see them; the rest waits for the engine.

use super::{Frame, arg};
use crate::state::Moment;
use journey_program::chance;
use journey_program::civil::Zone;
use journey_program::host::HostOp;
use journey_program::ir::{Fault, FaultCode};
use journey_program::record;
use journey_program::types::{EventId, RecordId, Span, Value};

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// a profile field, written already
    Set {
        field: u32,
        value: Value,
    },
    /// the values of the event's whole record; its first four are the engine's to fill
    Emit {
        event: EventId,
        values: Vec<Value>,
        /// another person's: number of the identifier, its value
        to: Option<(u32, String)>,
    },
    /// a send of the journey
    Withdraw {
        send: u32,
    },
    /// None: no longer; in force already
    Mute {
        purpose: u32,
        until: Option<i64>,
    },
    Split {
        split: u32,
        arm: u32,
    },
    /// of a computed field, which is unknown by it
    Fault(Fault),
    /// the arguments of the decision that comes next
    Decide {
        values: Vec<Value>,
    },
}

/// A value that an expression came to: number of the note, its word, and what a text said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    pub note: u32,
    pub known: bool,
    pub word: i64,
    pub text: Option<String>,
}

/// Fields of one message.
const CONTENTS_MAX: usize = 1000;
/// Effects of one call.
const EFFECTS_MAX: usize = 10_000;

impl Frame<'_> {
    pub(super) fn effect(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        if self.effects.len() >= EFFECTS_MAX || self.content.len() >= CONTENTS_MAX {
            return Err(FaultCode::TooLong);
        }
        let (a, b) = (arg(args, 0), arg(args, 1));
        match op {
            HostOp::StoreText | HostOp::StoreList | HostOp::StoreRecord => {
                self.store(op, a, b, arg(args, 2));
            }
            HostOp::Emit => self.emit(a, b, None),
            HostOp::EmitTo => {
                let identifier = u32::try_from(arg(args, 2)).unwrap_or(u32::MAX);
                let value = self.text(arg(args, 3)).to_owned();
                self.emit(a, b, Some((identifier, value)));
            }
            HostOp::Mute => self.mute(a, Some(self.moment.at().saturating_add(b.max(0)))),
            HostOp::MuteSpan => {
                let now = self.moment.at();
                let until = self.zone.add_span_to_time(now, Span::unpack(b));
                self.mute(a, Some(until.unwrap_or(i64::MAX)));
            }
            HostOp::Withdraw => self.effects.push(Effect::Withdraw {
                send: u32::try_from(a).unwrap_or(u32::MAX),
            }),
            HostOp::Unmute => self.mute(a, None),
            HostOp::Decide => self.decide(a, b),
            HostOp::Split => return Ok(self.split(a)),
            HostOp::Content => {
                let text = self.text(b).to_owned();
                self.content
                    .push((u32::try_from(a).unwrap_or(u32::MAX), text));
            }
            HostOp::SetUnknown => self.set(a, None),
            HostOp::NoteBool | HostOp::NoteInt | HostOp::NoteNum | HostOp::NoteText => {
                self.explain(op, args);
            }
            _ => self.set(a, Some(b)),
        }
        Ok(0)
    }

    fn explain(&mut self, op: HostOp, args: &[i64]) {
        if self.notes.is_none() {
            return;
        }
        let word = arg(args, 2);
        let known = arg(args, 1) != 0;
        let text = (op == HostOp::NoteText && known).then(|| self.text(word).to_owned());
        let note = u32::try_from(arg(args, 0)).unwrap_or(u32::MAX);
        let noted = Noted {
            note,
            known,
            word,
            text,
        };
        self.notes
            .iter_mut()
            .for_each(|notes| notes.push(noted.clone()));
    }

    /// A variable of the instance that is no scalar.
    fn store(&mut self, op: HostOp, offset: i64, word: i64, kind: i64) {
        let Ok(to) = u32::try_from(offset) else {
            return;
        };
        let types = self.types();
        if op == HostOp::StoreText {
            let text = self.text(word).to_owned();
            record::set_text(&types, self.instance, to, &text);
            return;
        }
        let (space, from) = Self::place_of(word);
        let source = journey_program::host::Host::block(self, space).to_vec();
        if op == HostOp::StoreList {
            if let Some(inner) = self.element_type(kind) {
                record::copy_list(&types, &source, from, &inner, self.instance, to);
            }
        } else {
            let id = RecordId::new(usize::try_from(kind).unwrap_or(usize::MAX));
            record::copy_record(&types, &source, from, id, self.instance, to);
        }
    }

    fn set(&mut self, field: i64, word: Option<i64>) {
        let Ok(place) = usize::try_from(field) else {
            return;
        };
        let record = self.program.profile.record.index();
        let def = self
            .program
            .records
            .get(record)
            .and_then(|def| def.fields.get(place));
        let slot = self
            .program
            .layouts
            .get(record)
            .and_then(|layout| layout.fields.get(place));
        let (Some(def), Some(slot)) = (def, slot) else {
            return;
        };
        let value = word.map_or(Value::Unknown, |word| self.value(word, &def.ty));
        record::set_field(
            &self.types(),
            &mut self.person.block,
            0,
            slot,
            &def.ty,
            &value,
        );
        if self
            .program
            .profile
            .timezone
            .is_some_and(|zone| i64::from(zone) == field)
        {
            self.moved(&value);
        }
        if let Some(written) = self.person.written.get_mut(place) {
            *written = (self.moment.at(), self.place);
        }
        self.person.dirty = true;
        self.effects.push(Effect::Set {
            field: u32::try_from(field).unwrap_or(0),
            value,
        });
    }

    /// The person lives in another zone: what the turn reads from here on is told by it.
    fn moved(&mut self, zone: &Value) {
        let own = match zone {
            Value::Timezone(name) => Zone::named(name),
            _ => None,
        };
        let project = || Zone::named(&self.program.timezone);
        self.zone = own.or_else(project).unwrap_or(self.zone);
    }

    /// A purpose is muted as long as the longest of what was said, or not at all any more.
    fn mute(&mut self, purpose: i64, until: Option<i64>) {
        let Ok(purpose) = u32::try_from(purpose) else {
            return;
        };
        let Some(muted) = self.person.muted.get_mut(purpose as usize) else {
            return;
        };
        let now = self.moment;
        *muted = until
            .map(|until| muted.map_or(until, |before| before.max(until)))
            .filter(|until| Moment::after(*until) > now);
        let until = *muted;
        if let Some(until) = until {
            let change = Moment::after(until);
            self.person.histories_change = self.person.histories_change.min(change);
        }
        let byte = self.program.profile.muted.saturating_add(purpose);
        record::put_u8(&mut self.person.block, byte, u8::from(until.is_some()));
        self.person.dirty = true;
        self.effects.push(Effect::Mute { purpose, until });
    }

    fn emit(&mut self, event: i64, word: i64, to: Option<(u32, String)>) {
        let event = EventId::new(usize::try_from(event).unwrap_or(usize::MAX));
        let Some(plan) = self.program.events.get(event.index()) else {
            return;
        };
        let (space, at) = Self::place_of(word);
        let block = journey_program::host::Host::block(self, space);
        let values = record::read_record(&self.types(), block, at, plan.record);
        self.effects.push(Effect::Emit { event, values, to });
    }

    fn decide(&mut self, number: i64, word: i64) {
        let journey = self
            .journey
            .and_then(|id| self.program.journeys.get(id.index()));
        let decide = usize::try_from(number)
            .ok()
            .and_then(|number| journey?.decides.get(number));
        let Some(decision) =
            decide.and_then(|decide| self.program.decisions.get(decide.decision.index()))
        else {
            return;
        };
        let (space, at) = Self::place_of(word);
        let block = journey_program::host::Host::block(self, space);
        let values = record::read_record(&self.types(), block, at, decision.args);
        self.effects.push(Effect::Decide { values });
    }

    /// The arm of this person, drawn once and kept.
    fn split(&mut self, split: i64) -> i64 {
        let Some(journey) = self.journey else {
            return 0;
        };
        let Ok(number) = u32::try_from(split) else {
            return 0;
        };
        let plan = self.program.journeys.get(journey.index());
        let Some(plan) = plan.and_then(|plan| Some((plan, plan.splits.get(number as usize)?)))
        else {
            return 0;
        };
        let (journey_plan, split_plan) = plan;
        let id = &self.person.id;
        let assumed = self.shared.assumed_splits.get(&(journey, number)).copied();
        let arm = *self.person.splits.or_insert_with((journey, number), || {
            if let Some(arm) = assumed {
                return arm;
            }
            let name = format!("{}.{}", journey_plan.name, split_plan.name);
            let lot = chance::lot(id, &name, &split_plan.salt);
            let shares = split_plan.arms.iter().map(|(_, share)| *share);
            u32::try_from(chance::arm(lot, shares)).unwrap_or(0)
        });
        self.effects.push(Effect::Split { split: number, arm });
        i64::from(arm)
    }
}
