//! Event patterns: `EVENT [where …] [key F | any key] [since enter] [as NAME]`, and what event they name.

use super::{Checker, Meaning, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{Key, LocalId, OutcomeDef, Pattern, StepRef};
use crate::world::Entity;
use journey_grammar::tree::{EventPattern, KeyRef, Name, Span};
use journey_program::types::{ChannelId, EventId, Type};

/// What a pattern may be and have where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternPlace<'a> {
    /// the journey's key
    pub(crate) key: Option<&'a Key>,
    /// the sends of the journey so far: step, number, channels
    pub(crate) sends: &'a [(String, StepRef, Vec<ChannelId>)],
    /// `since enter` may stand here
    pub(crate) since: bool,
    /// `as NAME` may stand here
    pub(crate) bind: bool,
    /// for messages: "a goal"
    pub(crate) what: &'static str,
}

impl Checker<'_> {
    /// The event that a pattern names, where no step can be meant.
    pub(crate) fn pattern_event(&mut self, pattern: &EventPattern) -> Option<EventId> {
        match pattern.path.as_slice() {
            [name] => self.event(name),
            [channel, outcome] => {
                let event = self.outcome_of_channel(channel, outcome)?;
                self.means(channel, Meaning::Declared);
                self.means(outcome, Meaning::Outcome(event));
                Some(event)
            }
            _ => {
                if let (Some(first), Some(last)) = (pattern.path.first(), pattern.path.last()) {
                    let span = first.span.to(last.span);
                    self.report(Problem::new("unknown-name", span, "an event is due here"));
                }
                None
            }
        }
    }

    fn event(&mut self, name: &Name) -> Option<EventId> {
        self.resolve(name, "an event", |e| match e {
            Entity::Event(id) => Some(*id),
            _ => None,
        })
    }

    fn outcome_of_channel(&mut self, channel: &Name, outcome: &Name) -> Option<EventId> {
        if let Some(Entity::Decision(id)) = self.world.names.get(&channel.text) {
            return self.outcome_of_decision(*id, outcome);
        }
        if let Some(event) = self.named_sent(channel, outcome) {
            return Some(event);
        }
        if let Some(Entity::Message(id)) = self.world.names.get(&channel.text) {
            let own = self.world.messages.get(id.index());
            let mut own = own.into_iter().flat_map(|sig| &sig.answers);
            if let Some(own) = own.find(|own| own.name == outcome.text) {
                return Some(own.event);
            }
            self.report_only_sent(channel, Some(outcome));
            return None;
        }
        let id = self.resolve(channel, "a channel or a step", |e| match e {
            Entity::Channel(id) => Some(*id),
            _ => None,
        })?;
        let sig = self.world.channels.get(id.index())?;
        self.outcome(&[id], outcome, &format!("the channel `{}`", sig.name))
    }

    /// What the message of a send declares of answers, in the place of its channels'.
    pub(crate) fn own_answers(&self, send: StepRef) -> &[OutcomeDef] {
        let message = self.sent.get(&send);
        let sig = message.and_then(|id| self.world.messages.get(id.index()));
        sig.map_or(&[], |sig| &sig.answers)
    }

    /// An outcome of the first of these channels that has it.
    fn outcome(&mut self, channels: &[ChannelId], name: &Name, of: &str) -> Option<EventId> {
        if name.is_missing() {
            return None;
        }
        let sigs = || {
            channels
                .iter()
                .filter_map(|id| self.world.channels.get(id.index()))
        };
        let found = sigs()
            .flat_map(|sig| &sig.outcomes)
            .find(|o| o.name == name.text);
        if let Some(outcome) = found {
            return Some(outcome.event);
        }
        let known: Vec<&str> = sigs()
            .flat_map(|sig| &sig.outcomes)
            .map(|o| o.name.as_str())
            .collect();
        let problem = words::unknown_name(name, &format!("outcome of {of}"), known);
        self.report(problem);
        None
    }

    /// The clauses that have no place in a pattern that stands outside of a journey.
    pub(crate) fn no_extras(&mut self, pattern: &EventPattern, what: &str) {
        let clause = match (&pattern.key, pattern.since_enter, &pattern.bind) {
            (Some(_), _, _) => "key",
            (None, true, _) => "since enter",
            (None, false, Some(_)) => "as",
            (None, false, None) => return,
        };
        let message = format!("`{clause}` has no meaning in {what}");
        self.report(Problem::new("misplaced", pattern.span, message));
    }

    /// A pattern in a journey; the variable that `as` names is declared.
    pub(crate) fn event_pattern(
        &mut self,
        pattern: &EventPattern,
        place: PatternPlace<'_>,
    ) -> Option<Pattern> {
        let (event, of_step) = self.event_or_outcome(pattern, place)?;
        let also = self.other_channels(pattern, place, event, of_step);
        if let (Some(_), [step, outcome]) = (of_step, pattern.path.as_slice()) {
            self.means(step, Meaning::Local);
            self.means(outcome, Meaning::Outcome(event));
            for other in &also {
                self.means(outcome, Meaning::Also(*other));
            }
        }
        let filter = pattern
            .filter
            .as_ref()
            .map(|filter| self.filter(event, filter));
        let record = self.world.events.get(event.index())?.record;
        let bind = match &pattern.bind {
            Some(name) if place.bind => Some(self.declare(&name.text, Type::Record(record))),
            Some(name) => {
                let message = format!("`as` has no meaning in {}", place.what);
                self.report(Problem::new("misplaced", name.span, message));
                None
            }
            None => None,
        };
        if pattern.since_enter && !place.since {
            let message = format!("`since enter` has no meaning in {}", place.what);
            self.report(
                Problem::new("misplaced", pattern.span, message).help("only a wait can look back"),
            );
        }
        let (key, each) = match self.each(event, pattern, false) {
            Some((each, key)) => {
                self.element_key(pattern, place, &key);
                (None, Some(each))
            }
            None => (
                self.correlation(pattern, place, event, of_step.is_some()),
                None,
            ),
        };
        Some(Pattern {
            node: self.node(pattern.span),
            event,
            also,
            of_step,
            filter,
            key,
            each,
            since_enter: pattern.since_enter,
            bind,
        })
    }

    /// A step that may go by several channels has their outcomes of that name, whichever it went by. What is read of
    /// them has to be the same.
    fn other_channels(
        &mut self,
        pattern: &EventPattern,
        place: PatternPlace<'_>,
        event: EventId,
        of_step: Option<StepRef>,
    ) -> Vec<EventId> {
        let (Some(step), [_, outcome]) = (of_step, pattern.path.as_slice()) else {
            return Vec::new();
        };
        if self.own_answers(step).iter().any(|own| own.event == event) {
            return Vec::new();
        }
        let channels = place.sends.iter().find(|(_, at, _)| *at == step);
        let world = self.world;
        let channels = channels.into_iter().flat_map(|(_, _, channels)| channels);
        let outcomes = channels
            .filter_map(|id| world.channels.get(id.index()))
            .flat_map(|channel| &channel.outcomes)
            .filter(|known| known.name == outcome.text && known.event != event);
        let others: Vec<EventId> = outcomes.map(|known| known.event).collect();
        let fields = |event: EventId| {
            let record = world.events.get(event.index())?.record;
            Some(&world.records.get(record.index())?.fields)
        };
        let read = pattern.filter.is_some() || pattern.bind.is_some();
        if read && others.iter().any(|other| fields(*other) != fields(event)) {
            let message = format!("`{}` has other fields by another channel", outcome.text);
            self.report(
                Problem::new("type-mismatch", outcome.span, message)
                    .help("give the outcome the same fields on every channel of the send, or read none of them"),
            );
        }
        others
    }

    /// A `where` over an event, in the journey's scope.
    pub(crate) fn filter(
        &mut self,
        event: EventId,
        filter: &journey_grammar::tree::Expr,
    ) -> crate::hir::Expr {
        let before = std::mem::replace(&mut self.place, Place::Where { event });
        let filter = self.condition(filter);
        self.place = before;
        filter
    }

    fn event_or_outcome(
        &mut self,
        pattern: &EventPattern,
        place: PatternPlace<'_>,
    ) -> Option<(EventId, Option<StepRef>)> {
        if let [step, outcome] = pattern.path.as_slice() {
            if let Some((_, at, channels)) = place.sends.iter().find(|(n, ..)| *n == step.text) {
                if let Some(event) = self.step_sent(step, outcome) {
                    return Some((event, Some(*at)));
                }
                let own = self
                    .own_answers(*at)
                    .iter()
                    .find(|o| o.name == outcome.text);
                if let Some(own) = own {
                    return Some((own.event, Some(*at)));
                }
                let of = format!("the send `{}`", step.text);
                let event = self.outcome(channels, outcome, &of)?;
                return Some((event, Some(*at)));
            }
            if !self.world.names.contains_key(&step.text) && !step.is_missing() {
                let channels = self.world.channels.iter().map(|c| c.name.as_str());
                let known = place
                    .sends
                    .iter()
                    .map(|(name, ..)| name.as_str())
                    .chain(channels);
                self.report(words::unknown_name(step, "send or channel", known));
                return None;
            }
        }
        self.pattern_event(pattern).map(|event| (event, None))
    }

    /// The field that carries the journey's key; `None`: any instance of the person.
    fn correlation(
        &mut self,
        pattern: &EventPattern,
        place: PatternPlace<'_>,
        event: EventId,
        of_step: bool,
    ) -> Option<u32> {
        let Some(key) = place.key else {
            if let Some(reference) = &pattern.key {
                let span = match reference {
                    KeyRef::Field(name) => name.span,
                    KeyRef::Any => pattern.span,
                };
                self.report(
                    Problem::new("misplaced", span, "this journey has no key")
                        .help("a key is given where it is entered: `enter on EVENT key FIELD`"),
                );
            }
            return None;
        };
        if of_step {
            return None;
        }
        let record = self.world.events.get(event.index())?.record;
        match &pattern.key {
            Some(KeyRef::Any) => None,
            Some(KeyRef::Field(name)) => {
                let field = self.field_of(record, name, 0)?;
                self.key_type(event, field, key, name.span);
                Some(field)
            }
            None => {
                let def = self.world.records.get(record.index())?;
                let place = def.fields.iter().position(|field| field.name == key.name);
                let Some(field) = place.and_then(|at| u32::try_from(at).ok()) else {
                    self.key_not_carried(pattern, &def.name, key);
                    return None;
                };
                self.key_type(event, field, key, pattern.span);
                Some(field)
            }
        }
    }

    fn key_not_carried(&mut self, pattern: &EventPattern, event: &str, key: &Key) {
        let message = format!(
            "`{event}` has no field `{}`, the key of this journey",
            key.name
        );
        // `any key` stands after the `where` and before `as`.
        let end = pattern.filter.as_ref().map(|filter| filter.span.end);
        let end = end
            .or(pattern.path.last().map(|name| name.span.end))
            .unwrap_or_default();
        let insert = Span::new(end, end);
        self.report(
            Problem::new("key-not-carried", pattern.span, message)
                .help("say which field carries it with `key FIELD`, or `any key` for every instance of the person")
                .fix("add `any key`", vec![(insert, " any key".to_owned())]),
        );
    }

    fn key_type(&mut self, event: EventId, field: u32, key: &Key, span: Span) {
        let record = self.world.events.get(event.index()).map(|sig| sig.record);
        let def = record.and_then(|id| self.world.records.get(id.index()));
        let Some(field) = def.and_then(|def| def.fields.get(field as usize)) else {
            return;
        };
        let found = field.ty.known().base();
        if found == key.ty || found == Type::Error || key.ty == Type::Error {
            return;
        }
        let (found, due) = (
            super::words::type_name(self.world, &found),
            super::words::type_name(self.world, &key.ty),
        );
        let message = format!(
            "the key `{}` is `{due}`, `{}` is `{found}`",
            key.name, field.name
        );
        self.report(
            Problem::new("key-not-carried", span, message)
                .help("the field that carries the key has the key's type; or say `any key`"),
        );
    }

    /// The variable by which a block reads the event that began it: what `as` named, else the event's name.
    pub(crate) fn event_variable(
        &mut self,
        pattern: &EventPattern,
        checked: &mut Pattern,
    ) -> Option<LocalId> {
        if checked.bind.is_none()
            && let [name] = pattern.path.as_slice()
        {
            let record = self.world.events.get(checked.event.index())?.record;
            checked.bind = Some(self.declare(&name.text, Type::Record(record)));
        }
        checked.bind
    }
}
