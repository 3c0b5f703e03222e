//! What people do because of something: the section's `follow` rules, tried on each event, send and emitted
//! event. What comes of a rule depends on the seed, the rule and what it follows, and on nothing else.

use super::{Due, World};
use crate::simulate::chance::Chance;
use crate::simulate::draw::Context;
use crate::simulate::model::{After, Follow, Model, Sent};
use journey_program::plan::Program;
use journey_program::types::{EVENT_FIELDS, EventId, Value};
use journey_runtime::actions::{SendAction, Subject};
use journey_runtime::input::EventInput;
use journey_runtime::intake::convert::Converter;
use journey_runtime::intake::json::Json;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The send that something goes back to.
#[derive(Clone, Debug)]
pub struct Send {
    pub id: String,
    pub channel: Arc<str>,
    pub message: Arc<str>,
    pub journey: Arc<str>,
    pub step: Arc<str>,
    /// JSON
    pub key: Option<String>,
}

/// Something that will be done.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) person: u32,
    pub(super) event: EventInput,
    pub(super) send: Option<Arc<Send>>,
}

/// The rules, by what they follow, and what came of them and is not done yet.
#[derive(Debug)]
pub(super) struct Responses {
    /// by event: the numbers of rules
    after_events: Vec<Arc<[usize]>>,
    after_sends: Vec<(usize, Sent)>,
    slots: Vec<Option<Pending>>,
    free: Vec<u32>,
    number: u64,
}

impl Responses {
    pub(super) fn of(program: &Program, model: &Model) -> Self {
        let mut after_events: Vec<Vec<usize>> = vec![Vec::new(); program.events.len()];
        let mut after_sends = Vec::new();
        for (number, follow) in model.follows.iter().enumerate() {
            match &follow.after {
                After::Event(event) => {
                    if let Some(rules) = after_events.get_mut(event.index()) {
                        rules.push(number);
                    }
                }
                After::Send(sent) => after_sends.push((number, sent.clone())),
            }
        }
        Self {
            after_events: after_events.into_iter().map(Arc::from).collect(),
            after_sends,
            slots: Vec::new(),
            free: Vec::new(),
            number: 0,
        }
    }

    /// Whether what the engine does can make people do something.
    pub(super) fn any(&self) -> bool {
        !self.after_sends.is_empty() || self.after_events.iter().any(|rules| !rules.is_empty())
    }

    fn keep(&mut self, pending: Pending) -> Due {
        self.number += 1;
        let number = self.number;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(pending);
        }
        Due::Follow { number, slot }
    }

    pub(super) fn take(&mut self, slot: u32) -> Option<Pending> {
        let pending = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(pending)
    }
}

/// What is followed.
struct Cause<'c> {
    person: u32,
    at: i64,
    id: &'c str,
    fields: &'c [Value],
    send: Option<&'c Arc<Send>>,
}

impl Sent {
    fn fits(&self, send: &Send) -> bool {
        let same = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        let step = self.step.as_ref();
        same(&self.channel, &send.channel)
            && same(&self.message, &send.message)
            && step.is_none_or(|(journey, step)| **journey == *send.journey && **step == *send.step)
    }
}

impl World<'_, '_> {
    /// After an event that is about to be taken.
    pub(super) fn follow_event(
        &mut self,
        person: u32,
        event: &EventInput,
        send: Option<&Arc<Send>>,
    ) {
        let rules = self.responses.after_events.get(event.event.index());
        let Some(rules) = rules.filter(|rules| !rules.is_empty()).cloned() else {
            return;
        };
        for rule in rules.iter().copied() {
            let cause = Cause {
                person,
                at: event.at,
                id: &event.id,
                fields: &event.fields,
                send,
            };
            self.follow(rule, &cause);
        }
    }

    /// After a send.
    pub(super) fn follow_send(&mut self, person: u32, at: i64, of: &Subject, send: &SendAction) {
        if self.responses.after_sends.is_empty() {
            return;
        }
        let send = Arc::new(Send {
            id: send.id.clone(),
            channel: Arc::clone(&send.channel),
            message: Arc::clone(&send.message),
            journey: Arc::clone(&of.journey),
            step: Arc::clone(&send.step),
            key: of.key.clone(),
        });
        let rules = self.responses.after_sends.iter();
        let rules: Vec<usize> = rules
            .filter(|(_, sent)| sent.fits(&send))
            .map(|(rule, _)| *rule)
            .collect();
        for rule in rules {
            let cause = Cause {
                person,
                at,
                id: &send.id,
                fields: &[],
                send: Some(&send),
            };
            self.follow(rule, &cause);
        }
    }

    /// After an event that a journey emits.
    pub(super) fn follow_emit(
        &mut self,
        person: u32,
        (at, id): (i64, &str),
        event: &str,
        data: &str,
    ) {
        let mut events = self.program.events.iter();
        let Some(place) = events.position(|plan| plan.name == *event) else {
            return;
        };
        let rules = self.responses.after_events.get(place);
        let Some(rules) = rules.filter(|rules| !rules.is_empty()).cloned() else {
            return;
        };
        let fields = fields_of(self.program, EventId::new(place), data);
        for rule in rules.iter().copied() {
            let cause = Cause {
                person,
                at,
                id,
                fields: &fields,
                send: None,
            };
            self.follow(rule, &cause);
        }
    }

    fn follow(&mut self, rule: usize, cause: &Cause<'_>) {
        let model = self.model;
        let Some(Follow { events, delay, .. }) = model.follows.get(rule) else {
            return;
        };
        let print = xxh3_64(cause.id.as_bytes());
        let mut chance = Chance::of(model.seed, "follow", print, rule as u64);
        let chosen = chance.choice(events.iter().map(|next| next.share));
        let Some(next) = chosen.and_then(|place| events.get(place)) else {
            return;
        };
        let at = cause.at.saturating_add(chance.delay(*delay));
        let answered = match self.answers(next.event) {
            None => None,
            Some(of) => match cause.send {
                // what came by another channel is not answered by this one
                Some(send) if self.is_of(next.event, &of, send) => Some(send.id.clone()),
                Some(_) | None => return,
            },
        };
        let Some(who) = self.people.get_mut(cause.person as usize) else {
            return;
        };
        let Some(made) = who.made.get_mut(next.event.index()) else {
            return;
        };
        *made += 1;
        let context = Context {
            program: self.program,
            person: who.number,
            count: u64::from(*made),
            profile: &who.fields,
            before: cause.fields,
            key: cause.send.and_then(|send| send.key.as_deref()),
        };
        let drawn = next.fields.iter();
        let mut fields: Vec<Value> = drawn
            .map(|draw| draw.value(&mut chance, &context))
            .collect();
        if let (Some(send), Some(first)) = (answered, fields.first_mut()) {
            *first = Value::Text(send);
        }
        let event = EventInput {
            event: next.event,
            id: format!("f{rule}-{print:016x}"),
            at,
            source: String::new(),
            ids: who.name(),
            fields,
        };
        let pending = Pending {
            person: cause.person,
            event,
            send: cause.send.cloned(),
        };
        let due = self.responses.keep(pending);
        self.calendar.add(at, due);
    }

    /// Of an outcome: the channel or message before its dot.
    fn answers(&self, event: EventId) -> Option<String> {
        let plan = self.program.events.get(event.index())?;
        plan.outcome?;
        let (of, _) = plan.name.rsplit_once('.')?;
        Some(of.to_owned())
    }

    fn is_of(&self, event: EventId, of: &str, send: &Send) -> bool {
        if *of == *send.message {
            return true;
        }
        let plan = self.program.events.get(event.index());
        let channel = plan.and_then(|plan| plan.outcome);
        let channel = channel.and_then(|(id, _)| self.program.channels.get(id.index()));
        channel.is_some_and(|channel| *channel.name == *of && *of == *send.channel)
    }
}

/// The fields of an emitted event, as its action shows them.
fn fields_of(program: &Program, event: EventId, data: &str) -> Vec<Value> {
    let converter = Converter {
        program,
        zone: None,
        lenient: false,
    };
    let Ok(tree) = Json::parse(data) else {
        return Vec::new();
    };
    let record = program
        .events
        .get(event.index())
        .and_then(|plan| program.records.get(plan.record.index()));
    let fields = record.map_or(&[][..], |record| &record.fields);
    fields
        .iter()
        .skip(EVENT_FIELDS.len())
        .map(|def| {
            converter
                .field(tree.field(&def.name), &def.ty, def.default.as_ref())
                .unwrap_or(Value::Unknown)
        })
        .collect()
}
