//! What happens in a test: profiles, consent, events, outcomes of sends.

use crate::diagnostics::words;
use crate::hir::Happening;
use crate::types::{Checker, Meaning, Problem};
use crate::world::Entity;
use journey_grammar::tree::{Assign, Happening as Tree, Name};
use journey_program::types::{ChannelId, EventId, RecordId, Type, Value};

impl Checker<'_> {
    /// Whether a line's happening is a person's. Reports a broadcast that is said to be.
    pub(super) fn needs_person(&mut self, who: Option<&Name>, what: Option<&Tree>) -> bool {
        let Some(Tree::Event { path, .. }) = what else {
            return what.is_some();
        };
        let [name] = path.as_slice() else { return true };
        let Some(Entity::Event(event)) = self.world.names.get(&name.text) else {
            return true;
        };
        let event = *event;
        if let Some(who) = who {
            self.not_a_broadcast(event, who.span, "it happens to everyone");
        }
        !self.is_broadcast(event)
    }

    pub(super) fn happening(&mut self, what: &Tree) -> Option<Happening> {
        match what {
            Tree::Profile(assigns) => self.profile_happening(assigns),
            Tree::Grant { purpose, channels } => self.consent_happening(true, purpose, channels),
            Tree::Revoke { purpose, channels } => self.consent_happening(false, purpose, channels),
            Tree::Event { path, fields, with } => self.event_happening(path, fields, with),
            // a line of its own kind
            Tree::Deploy(_) => None,
        }
    }

    pub(super) fn profile_happening(&mut self, assigns: &[Assign]) -> Option<Happening> {
        let record = self.world.profile.record;
        let names: Vec<Name> = assigns.iter().map(|assign| assign.name.clone()).collect();
        self.unique_names(&names, "value");
        let mut values = Vec::new();
        for assign in assigns {
            if self
                .world
                .profile
                .lets
                .iter()
                .any(|(name, _)| *name == assign.name.text)
            {
                let message = format!("`{}` is computed, so it can't be set", assign.name.text);
                self.report(Problem::new("cannot-set", assign.name.span, message));
                continue;
            }
            let Some(at) = self.field_of(record, &assign.name, 0) else {
                continue;
            };
            let ty = self.field_type(record, at)?;
            if let Some((_, value)) = self.constant(&assign.value, Some(&ty)) {
                values.push((at, value));
            }
        }
        Some(Happening::Profile(values))
    }

    fn consent_happening(
        &mut self,
        granted: bool,
        purpose: &Name,
        channels: &[Name],
    ) -> Option<Happening> {
        let channels: Vec<ChannelId> = channels
            .iter()
            .filter_map(|name| self.channel(name))
            .collect();
        Some(Happening::Consent {
            granted,
            purpose: self.purpose(purpose)?,
            channels,
        })
    }

    fn event_happening(
        &mut self,
        path: &[Name],
        fields: &[Assign],
        with: &[Assign],
    ) -> Option<Happening> {
        match path {
            [name] => {
                let event = self.resolve(name, "an event", |e| match e {
                    Entity::Event(id) => Some(*id),
                    _ => None,
                })?;
                if let Some(first) = with.first() {
                    let why = "it comes without identifiers";
                    self.not_a_broadcast(event, first.name.span, why);
                }
                let with = self.with(with);
                let fields = self.event_fields(event, name, fields, 4)?;
                Some(Happening::Event {
                    event,
                    fields,
                    with,
                })
            }
            [first, outcome] => {
                let world = self.world;
                if let Some(Entity::Channel(channel)) = world.names.get(&first.text) {
                    let event = self.outcome_event(&[*channel], first, outcome)?;
                    self.means(outcome, Meaning::Outcome(event));
                    let with = self.with(with);
                    let fields = self.event_fields(event, outcome, fields, 4)?;
                    return Some(Happening::Event {
                        event,
                        fields,
                        with,
                    });
                }
                if let Some(Entity::Decision(decision)) = world.names.get(&first.text) {
                    let event = self.outcome_of_decision(*decision, outcome)?;
                    self.means(outcome, Meaning::Outcome(event));
                    let with = self.with(with);
                    let fields = self.event_fields(event, outcome, fields, 4)?;
                    return Some(Happening::Event {
                        event,
                        fields,
                        with,
                    });
                }
                let channels = self.channels_of_step(first)?;
                let event = match self.own_answer(first, outcome) {
                    Some(event) => event,
                    None => self.outcome_event(&channels, first, outcome)?,
                };
                self.means(outcome, Meaning::Outcome(event));
                if let Some(assign) = with.first() {
                    let message = "an outcome belongs to who got the send";
                    self.report(Problem::new("misplaced", assign.span, message));
                }
                let fields = self.event_fields(event, outcome, fields, 5)?;
                Some(Happening::Outcome {
                    step: first.text.clone(),
                    event,
                    fields,
                })
            }
            _ => None,
        }
    }

    /// An answer that a step's message declares itself.
    fn own_answer(&mut self, step: &Name, answer: &Name) -> Option<EventId> {
        let message = self.message_of_step(step)?;
        let sig = self.world.messages.iter().find(|sig| sig.name == message)?;
        let own = sig.answers.iter().find(|own| own.name == answer.text)?;
        Some(own.event)
    }

    /// The channels that a step's message can go by.
    fn channels_of_step(&mut self, step: &Name) -> Option<Vec<ChannelId>> {
        let message = self.message_of_step(step)?;
        match self.world.names.get(&message) {
            Some(Entity::Message(id)) => self
                .world
                .messages
                .get(id.index())
                .map(|sig| sig.channels.clone()),
            _ => None,
        }
    }

    /// The message that a step sends.
    pub(super) fn message_of_step(&mut self, step: &Name) -> Option<String> {
        if step.is_missing() {
            return None;
        }
        let world = self.world;
        let sends = || world.played().flat_map(|(_, outline)| &outline.sends);
        if let Some((_, message)) = sends().find(|(name, _)| *name == step.text) {
            return Some(message.clone());
        }
        let known = sends().map(|(name, _)| name.as_str());
        self.report(words::unknown_name(step, "send", known));
        None
    }

    fn outcome_event(
        &mut self,
        channels: &[ChannelId],
        of: &Name,
        outcome: &Name,
    ) -> Option<EventId> {
        let world = self.world;
        let outcomes = || {
            let sigs = channels
                .iter()
                .filter_map(|id| world.channels.get(id.index()));
            sigs.flat_map(|sig| &sig.outcomes)
        };
        if let Some(found) = outcomes().find(|o| o.name == outcome.text) {
            return Some(found.event);
        }
        if !outcome.is_missing() {
            let what = format!("outcome of `{}`", of.text);
            let known = outcomes().map(|o| o.name.as_str());
            self.report(words::unknown_name(outcome, &what, known));
        }
        None
    }

    /// The declared fields of an event in order: given, by default, or unknown.
    fn event_fields(
        &mut self,
        event: EventId,
        name: &Name,
        assigns: &[Assign],
        first: u32,
    ) -> Option<Vec<Value>> {
        let record = self.world.events.get(event.index())?.record;
        let names: Vec<Name> = assigns.iter().map(|assign| assign.name.clone()).collect();
        self.unique_names(&names, "value");
        let mut given: Vec<(u32, Option<Value>)> = Vec::new();
        for assign in assigns {
            if let Some(at) = self.test_field(record, &assign.name, first) {
                let ty = self.field_type(record, at)?;
                let value = self
                    .constant(&assign.value, Some(&ty))
                    .map(|(_, value)| value);
                given.push((at, value));
            }
        }
        let def = self.world.records.get(record.index())?;
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for (at, field) in (0_u32..).zip(&def.fields).skip(first as usize) {
            let value = given
                .iter()
                .find(|(given, _)| *given == at)
                .map(|(_, value)| value);
            match (value, &field.default) {
                (Some(Some(value)), _) => values.push(value.clone()),
                (Some(None), _) => return None,
                (None, Some(default)) => values.push(default.clone()),
                (None, None) => {
                    if !field.ty.is_optional() && field.ty != Type::Error {
                        missing.push(field.name.as_str());
                    }
                    values.push(Value::Unknown);
                }
            }
        }
        if !missing.is_empty() {
            let message = format!("`{}` needs {} too", def.name, words::listed(&missing));
            self.report(Problem::new("missing-field", name.span, message));
            return None;
        }
        Some(values)
    }

    /// A declared field; `at`, `id` and their like are given by the line itself.
    fn test_field(&mut self, record: RecordId, name: &Name, first: u32) -> Option<u32> {
        let own = ["id", "at", "source", "late"].contains(&name.text.as_str());
        if own {
            let message = format!("`{}` can't be given in a test", name.text);
            self.report(
                Problem::new("misplaced", name.span, message)
                    .help("the line says when it happens, the rest is made"),
            );
            return None;
        }
        self.field_of(record, name, first)
    }

    /// `with { device_id: "d" }`: identifiers beside the person's own.
    fn with(&mut self, assigns: &[Assign]) -> Vec<(u32, String)> {
        let mut out = Vec::new();
        for assign in assigns {
            let world = self.world;
            let identifiers = &world.profile.identifiers;
            let mut numbered = (0_u32..).zip(identifiers);
            match numbered.find(|(_, (name, _))| *name == assign.name.text) {
                Some((number, _)) => {
                    out.extend(self.constant_text(&assign.value).map(|text| (number, text)));
                }
                None => {
                    let known = identifiers.iter().map(|(name, _)| name.as_str());
                    self.report(words::unknown_name(&assign.name, "identifier", known));
                }
            }
        }
        out
    }
}
