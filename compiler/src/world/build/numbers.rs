//! Numbers for everything that has a name, in the order of names.

use super::Builder;
use crate::hir::OutcomeDef;
use crate::names::SigKind;
use crate::types::{is_template, sent_in_template};
use crate::world::{ChannelSig, Entity, EventSig};
use journey_program::types::{
    ChannelId, EnumDef, EnumId, EventId, JourneyId, PurposeId, RecordDef, RecordId,
};
use std::collections::BTreeSet;

impl<'a> Builder<'a> {
    /// Numbers for everything, by name.
    pub(super) fn numbers(&mut self) {
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Enum(_)))
            .into_iter()
            .enumerate()
        {
            self.entity(name, Entity::Enum(EnumId::new(i)));
            if let Some(SigKind::Enum(decl)) = self.kind_of(name) {
                let values = decl.values.iter().map(|value| value.text.clone()).collect();
                self.world.enums.push(EnumDef {
                    name: name.to_owned(),
                    values,
                });
            }
        }
        self.offer_numbers();
        for name in self.names_of(|k| matches!(k, SigKind::Type(_))) {
            let record = self.record(name);
            self.entity(name, Entity::Record(record));
        }
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Event(_)))
            .into_iter()
            .enumerate()
        {
            let record = self.record(name);
            self.entity(name, Entity::Event(EventId::new(i)));
            let broadcast = matches!(self.kind_of(name), Some(SigKind::Event(d)) if d.broadcast);
            self.world.events.push(EventSig {
                name: name.to_owned(),
                record,
                outcome: None,
                decided: None,
                unverified: false,
                broadcast,
            });
        }
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Purpose { .. }))
            .into_iter()
            .enumerate()
        {
            self.entity(name, Entity::Purpose(PurposeId::new(i)));
            self.world.purposes.push(name.to_owned());
        }
        let journeys = self.names_of(|k| matches!(k, SigKind::Journey(..)));
        for (i, name) in journeys.into_iter().enumerate() {
            self.entity(name, Entity::Journey(JourneyId::new(i)));
            self.world.journeys.push(name.to_owned());
            if let Some(SigKind::Journey(outline, _)) = self.kind_of(name) {
                self.world.outlines.push(outline.clone());
            }
        }
        self.channel_numbers();
        let conversions = self.names_of(|k| *k == SigKind::Conversion);
        for (name, number) in conversions.into_iter().zip(0u32..) {
            self.entity(name, Entity::Conversion(number));
            self.world.conversions.push(name.to_owned());
        }
    }

    fn channel_numbers(&mut self) {
        let channels = self.names_of(|k| matches!(k, SigKind::Channel { .. }));
        for (i, name) in channels.into_iter().enumerate() {
            self.entity(name, Entity::Channel(ChannelId::new(i)));
            self.world.channels.push(ChannelSig {
                name: name.to_owned(),
                outcomes: Vec::new(),
                carries: Vec::new(),
            });
        }
        for (kind, entity) in [
            (SigKind::Limit, Entity::Limit),
            (SigKind::Holdout, Entity::Holdout),
            (SigKind::Measure, Entity::Measure),
        ] {
            for name in self.names_of(|k| *k == kind) {
                self.entity(name, entity);
            }
        }
    }

    pub(super) fn record(&mut self, name: &str) -> RecordId {
        let id = RecordId::new(self.world.records.len());
        self.world.records.push(RecordDef {
            name: name.to_owned(),
            fields: Vec::new(),
        });
        id
    }

    /// `email.clicked`: an event of its own.
    pub(super) fn outcomes(&mut self) {
        for channel in 0..self.world.channels.len() {
            let Some(name) = self.world.channels.get(channel).map(|c| c.name.clone()) else {
                continue;
            };
            let Some(SigKind::Channel {
                outcomes, answers, ..
            }) = self.kind_of(&name)
            else {
                continue;
            };
            let mut seen = BTreeSet::new();
            for outcome in outcomes {
                if outcome.name.is_missing() || !seen.insert(&outcome.name.text) {
                    continue;
                }
                let full = format!("{name}.{}", outcome.name.text);
                let (short, unverified) = (outcome.name.text.clone(), outcome.unverified);
                let answer = answers.contains(&short);
                self.outcome(channel, full, short, unverified, answer);
            }
            self.own_answers(channel, &name);
        }
        self.decided_outcomes();
        self.sends();
        self.starts();
        // The profile's record is the last one.
        self.world.profile.record = self.record("profile");
    }

    /// `survey.glad`: what a message's own answers are called. Each is an outcome of the first channel that the
    /// message has a body for, by the full name, and so no answer of that channel's other sends.
    fn own_answers(&mut self, channel: usize, channel_name: &str) {
        for message in self.names_of(|k| matches!(k, SigKind::Message { .. })) {
            let Some(SigKind::Message {
                channels, answers, ..
            }) = self.kind_of(message)
            else {
                continue;
            };
            let is_channel =
                |name: &&String| matches!(self.world.names.get(*name), Some(Entity::Channel(_)));
            if channels.iter().find(is_channel).map(String::as_str) != Some(channel_name) {
                continue;
            }
            let mut seen = BTreeSet::new();
            for answer in answers {
                if answer.name.is_missing() || !seen.insert(&answer.name.text) {
                    continue;
                }
                let full = format!("{message}.{}", answer.name.text);
                self.outcome(channel, full.clone(), full, answer.unverified, false);
            }
        }
    }

    /// An outcome of a channel, and the event that it is; `name` as the channel calls it.
    fn outcome(
        &mut self,
        channel: usize,
        full: String,
        name: String,
        unverified: bool,
        answer: bool,
    ) {
        let event = EventId::new(self.world.events.len());
        let record = self.record(&full);
        let Some(sig) = self.world.channels.get_mut(channel) else {
            return;
        };
        let place = u32::try_from(sig.outcomes.len()).unwrap_or(u32::MAX);
        sig.outcomes.push(OutcomeDef {
            name,
            event,
            unverified,
            answer,
        });
        self.world.events.push(EventSig {
            name: full,
            record,
            outcome: Some((ChannelId::new(channel), place)),
            decided: None,
            unverified,
            broadcast: false,
        });
    }

    /// `winback.start`: an event of its own, whose fields are what the journey is given.
    fn starts(&mut self) {
        for name in self.names_of(|k| matches!(k, SigKind::Journey(..))) {
            let started = matches!(self.kind_of(name), Some(SigKind::Journey(_, Some(_))));
            if !started {
                self.world.starts.push(None);
                continue;
            }
            let full = format!("{name}.start");
            let event = EventId::new(self.world.events.len());
            let record = self.record(&full);
            self.world.events.push(EventSig {
                name: full,
                record,
                outcome: None,
                decided: None,
                unverified: false,
                broadcast: false,
            });
            self.world.starts.push(Some(event));
        }
    }

    /// `reminder.sent`: an event of its own, where something asks for it; of a message, of a channel, or of a
    /// journey's step as `JOURNEY.STEP.sent`.
    fn sends(&mut self) {
        let files = self.world.data.iter();
        let templates = files.filter(|(path, _)| is_template(path));
        let in_templates = templates.flat_map(|(_, text)| sent_in_template(text));
        let asked: BTreeSet<&str> = self
            .signatures
            .iter()
            .flat_map(|signature| &signature.sent)
            .map(String::as_str)
            .chain(in_templates)
            .collect();
        let is_asked = |name: &&str| asked.contains(*name);
        let mut full: Vec<String> = Vec::new();
        let messages = self.names_of(|k| matches!(k, SigKind::Message { .. }));
        let channels = self.names_of(|k| matches!(k, SigKind::Channel { .. }));
        for name in messages.into_iter().chain(channels).filter(is_asked) {
            full.push(format!("{name}.sent"));
        }
        for journey in self.names_of(|k| matches!(k, SigKind::Journey(..))) {
            if let Some(SigKind::Journey(outline, _)) = self.kind_of(journey) {
                let steps = outline.sends.iter().map(|(step, _)| step.as_str());
                let steps: BTreeSet<&str> = steps.filter(is_asked).collect();
                full.extend(steps.iter().map(|step| format!("{journey}.{step}.sent")));
            }
        }
        for full in full {
            // a channel may have an outcome of that name
            if self.world.events.iter().any(|event| event.name == full) {
                continue;
            }
            let record = self.record(&full);
            self.world.events.push(EventSig {
                name: full,
                record,
                outcome: None,
                decided: None,
                unverified: false,
                broadcast: false,
            });
        }
    }
}
