//! Sends after their decision: whose they are, and whether they still may go. Asked again before every attempt,
//! because consent that was withdrawn, and a person who was erased, come before what was decided.

use super::Engine;
use crate::actions::{Action, ActionKind};
use crate::input::Input;
use crate::outbox::{Class, Decided};
use crate::state::PersonNo;
use journey_program::chance::fingerprint;
use journey_program::types::{ChannelId, PurposeId, Value};
use std::sync::Arc;

/// Ways to deliver that go out from here.
const OUTGOING: [&str; 3] = ["webhook", "smtp", "file"];
/// What waits until its touchpoint asks.
pub const ON_REQUEST: &str = "on request";

impl Engine {
    /// What a decision hands to the outbox. None: it is no send, or its channel's are not delivered from here.
    pub fn outgoing(&self, action: &Action) -> Option<Decided> {
        let ActionKind::Send { of, send } = &action.kind else {
            return None;
        };
        let mut channels = self.program.channels.iter();
        let channel = channels.find(|channel| *channel.name == *send.channel)?;
        let shelved = channel.deliver == ON_REQUEST;
        let way = channel.deliver.split(' ').next()?;
        if !shelved && !OUTGOING.contains(&way) {
            return None;
        }
        Some(Decided {
            key: send.id.as_str().into(),
            channel: Arc::clone(&send.channel),
            message: Arc::clone(&send.message),
            purpose: self.purpose_of(&of.journey, &send.message).into(),
            of: shelved.then(|| Arc::clone(&action.profile)),
            class: Class::of(channel.retry),
            line: action.to_json().into(),
            at: action.at,
        })
    }

    fn purpose_of(&self, journey: &str, message: &str) -> &str {
        let number = self
            .program
            .messages
            .iter()
            .position(|name| name == message);
        let mine = self.program.journeys.iter();
        let mine = mine.filter(|plan| plan.name == journey);
        let sends = mine
            .chain(&self.program.journeys)
            .flat_map(|plan| &plan.sends);
        let mut sends = sends.filter(|send| usize::try_from(send.message).ok() == number);
        let purpose = sends.next().map(|send| send.purpose.index());
        let purpose = purpose.and_then(|place| self.program.purposes.get(place));
        purpose.map_or("", |purpose| purpose.name.as_str())
    }

    /// Whether a send that was decided still may go.
    pub fn may_go(&self, key: &str, channel: &str, purpose: &str) -> Result<(), &'static str> {
        if self.is_of_erased(key) {
            return Err("erased");
        }
        let who = self.state.senders.get(&fingerprint(key));
        let channels = &self.program.channels;
        let channel = channels.iter().position(|plan| plan.name == channel);
        let purposes = &self.program.purposes;
        let purpose = purposes.iter().position(|plan| plan.name == purpose);
        match (who, channel, purpose) {
            (Some(who), Some(channel), Some(purpose)) => {
                let (channel, purpose) = (ChannelId::new(channel), PurposeId::new(purpose));
                if self.consents(self.now_of(*who), purpose, channel) {
                    Ok(())
                } else {
                    Err("no_consent")
                }
            }
            // a later version has no such channel or purpose: nobody has consented to it
            (_, _, _) => Err("no_consent"),
        }
    }

    /// Whether a send is this person's.
    pub fn is_send_of(&self, key: &str, who: PersonNo) -> bool {
        let sender = self.state.senders.get(&fingerprint(key));
        sender.is_some_and(|sender| self.now_of(*sender) == who)
    }

    /// The key of the send that an outcome says has come: where answers are due, only an answer says so.
    pub fn has_come<'i>(&self, input: &'i Input) -> Option<&'i str> {
        let Input::Event(event) = input else {
            return None;
        };
        let plan = self.program.events.get(event.event.index())?;
        let (channel, _) = plan.outcome?;
        let channel = self.program.channels.get(channel.index())?;
        if channel.deliver != ON_REQUEST {
            return None;
        }
        let due = channel.answers.is_empty() || channel.answers.contains(&event.event);
        let mut sends = self.program.journeys.iter().flat_map(|plan| &plan.sends);
        if !due && !sends.any(|send| send.answers.contains(&event.event)) {
            return None;
        }
        match event.fields.first() {
            Some(Value::Text(key)) => Some(key),
            Some(_) | None => None,
        }
    }

    /// What names the person of a send. None: no such send was made, or they were erased.
    pub fn sent_to(&self, key: &str) -> Option<(u32, String)> {
        let who = self.state.senders.get(&fingerprint(key))?;
        let person = self.person(self.now_of(*who))?;
        person.identifiers.first().cloned()
    }

    /// Whether the person of this send was erased.
    pub fn is_of_erased(&self, key: &str) -> bool {
        let who = self.state.senders.get(&fingerprint(key));
        let person = who.and_then(|who| self.person(self.now_of(*who)));
        person.is_some_and(|person| person.erased)
    }
}
