//! A send: its gates in their order, limits by counting, quiet hours by looking at the clock.

use super::actions::{self, Line};
use super::deploying::own;
use super::eval::Broken;
use super::person::{Made, Waiting};
use super::steps::Next;
use super::values::text;
use super::{Follow, Model, person::Frame};
use journey_compiler::hir::{Channel, DeclId, Message, Send};
use journey_program::chance;
use journey_program::plan::ConsentRule;
use journey_program::types::{ChannelId, EventId, Value};

/// What the gates say of one channel.
enum Gate {
    /// where to, when
    Open(String, i64),
    /// kept by the purpose's hold; when it would have gone
    Held(i64),
    Refused(&'static str),
}

impl<'p> Model<'p> {
    pub(super) fn send(
        &mut self,
        who: usize,
        index: usize,
        send: &'p Send,
    ) -> Result<Next, Broken> {
        let Some(message) = self.program.messages.get(send.message.index()) else {
            return Ok(Next::Go);
        };
        if let Some(instance) = self.instance(who, index).filter(|i| i.live)
            && let Some(watch) = &instance.journey.watch
            && !self
                .scene(who, Some(index), None)
                .is_some_and(|mut s| s.holds(watch, instance.journey.decl))
        {
            self.exit(who, index, "while");
            return Ok(Next::Done);
        }
        let clock = self.clock;
        if let Some(instance) = self.instance_mut(who, index) {
            instance.reached.get_or_insert(clock);
        }
        if self.gathers(who, index, send) {
            return Ok(Next::Wait);
        }
        self.fill_rows(who, index, send);
        self.attempt(who, index, send, message)
    }

    fn attempt(
        &mut self,
        who: usize,
        index: usize,
        send: &'p Send,
        message: &'p Message,
    ) -> Result<Next, Broken> {
        let mut refused = None;
        for channel in self.ways(who, index, send) {
            let Some(definition) = self.program.channels.get(channel.index()) else {
                continue;
            };
            match self.gate(who, index, definition, channel.0, send) {
                Gate::Refused(reason) => {
                    refused.get_or_insert((channel.0, reason));
                    if matches!(reason, "overall_limit" | "expired") {
                        break;
                    }
                }
                Gate::Held(planned) => {
                    let id = self.send_key(who, index, send);
                    self.reserve(who, channel.0, message, planned, &id, false);
                    let line = self.about(send, message, definition);
                    let line = line("postpone").text("until", &actions::instant(planned));
                    self.say_of(who, index, line);
                    let channel = channel.0;
                    return Ok(self.stand(
                        who,
                        index,
                        Waiting::Held {
                            send,
                            planned,
                            channel,
                        },
                    ));
                }
                Gate::Open(to, planned) => {
                    let id = self.send_key(who, index, send);
                    self.reserve(who, channel.0, message, planned, &id, true);
                    if planned > self.clock {
                        let line = self.about(send, message, definition);
                        let line = line("postpone").text("until", &actions::instant(planned));
                        self.say_of(who, index, line);
                        let (due, channel) = (planned, channel.0);
                        return Ok(self.stand(who, index, Waiting::Release { send, due, channel }));
                    }
                    return self.deliver(who, index, send, message, channel.0, &to, &id);
                }
            }
        }
        let (channel, reason) = refused.unwrap_or((0, "no_address"));
        self.skip(who, index, send, message, channel, reason);
        Ok(Next::Go)
    }

    pub(super) fn stand(&mut self, who: usize, index: usize, waiting: Waiting<'p>) -> Next {
        if let Some(instance) = self.instance_mut(who, index) {
            instance.waiting = Some(waiting);
        }
        Next::Wait
    }

    /// The channels in the order to be tried: the person's own choice first, each once.
    fn ways(&self, who: usize, index: usize, send: &Send) -> Vec<ChannelId> {
        let chosen = send.prefer.as_ref().and_then(|prefer| {
            let mut scene = self.here(who, index).ok()?;
            let value = scene.eval(&prefer.value).unwrap_or_else(|broken| {
                scene.note(broken, self.decl_of(who, index));
                Value::Unknown
            });
            match value {
                Value::Enum(_, place) => prefer.channels.get(place as usize).copied(),
                _ => None,
            }
        });
        let others = send.channels.iter().filter(|c| chosen != Some(**c));
        chosen.into_iter().chain(others.copied()).collect()
    }

    pub(super) fn skip(
        &mut self,
        who: usize,
        index: usize,
        send: &'p Send,
        message: &Message,
        channel: u32,
        reason: &str,
    ) {
        if let Some(definition) = self.program.channels.get(channel as usize) {
            let line = self.about(send, message, definition);
            let line = line("skip").text("reason", reason);
            self.say_of(who, index, line);
        }
        self.note(who, index, send, Some(reason), None);
        self.was_skipped(who, index, send);
        self.give_back_offers(who, index, Some(send));
        if let Some(instance) = self.instance_mut(who, index) {
            instance.reached = None;
            instance.stack.push(Frame::Steps(&send.otherwise, 0));
        }
        self.share_skipped(who, index, send, reason);
    }

    /// What `S.reason` and `S.channel` read from now on.
    pub(super) fn note(
        &mut self,
        who: usize,
        index: usize,
        send: &Send,
        reason: Option<&str>,
        by: Option<&str>,
    ) {
        let Some(instance) = self.instance_mut(who, index) else {
            return;
        };
        for (local, text) in [(send.reason, reason), (send.channel, by)] {
            if let Some(local) = local
                && let Some(slot) = instance.locals.get_mut(local.0 as usize)
            {
                *slot = text.map_or(Value::Unknown, |text| Value::Text(text.to_owned()));
            }
        }
    }

    /// An exit takes back what is postponed.
    pub(super) fn withdrawn(&mut self, who: usize, index: usize, send: &Send, channel: u32) {
        self.unsent(who, index, send, channel, "withdrawn");
    }

    pub(super) fn unsent(
        &mut self,
        who: usize,
        index: usize,
        send: &Send,
        channel: u32,
        reason: &str,
    ) {
        let message = self.program.messages.get(send.message.index());
        let definition = self.program.channels.get(channel as usize);
        if let (Some(message), Some(definition)) = (message, definition) {
            let line = self.about(send, message, definition);
            let line = line("skip").text("reason", reason);
            self.say_of(who, index, line);
        }
    }

    pub(super) fn about(
        &self,
        send: &Send,
        message: &Message,
        channel: &Channel,
    ) -> impl Fn(&str) -> Line + use<> {
        let step = self.step_name(send);
        let (message, channel) = (message.name.clone(), channel.name.clone());
        move |kind| {
            Line::new(kind)
                .text("step", &step)
                .text("message", &message)
                .text("channel", &channel)
        }
    }

    fn step_name(&self, send: &Send) -> String {
        let journeys = self.program.journeys.iter();
        let of = journeys.flat_map(|j| {
            j.named.get(send.step.0 as usize).filter(|_| {
                holds_send(&j.steps, send)
                    || j.exits
                        .iter()
                        .any(|e| e.steps.as_ref().is_some_and(|s| holds_send(s, send)))
            })
        });
        of.map(|n| n.name.clone()).next().unwrap_or_default()
    }

    pub(super) fn send_key(&self, who: usize, index: usize, send: &Send) -> String {
        let Some(person) = self.people.get(who) else {
            return String::new();
        };
        let Some(instance) = person.instances.get(index) else {
            return String::new();
        };
        let key = instance
            .key
            .as_ref()
            .map(actions::key_text)
            .unwrap_or_default();
        let occurrence = instance.occurrences.get(&send.step.0).copied().unwrap_or(0);
        let step = self.step_name(send);
        let (name, id) = (&self.program.name, &instance.of);
        chance::send_key(
            name,
            id,
            own(instance.journey),
            &key,
            instance.number as u32,
            &step,
            occurrence,
        )
    }

    /// consent → holdout → address → limits → hold → limits over all people; limits are asked for when it would go
    fn gate(&self, who: usize, index: usize, channel: &Channel, number: u32, send: &Send) -> Gate {
        let Some(message) = self.program.messages.get(send.message.index()) else {
            return Gate::Refused("no_address");
        };
        let Some(known) = self.known(who) else {
            return Gate::Refused("no_address");
        };
        let purpose = self.program.purposes.get(message.purpose.index());
        let said = known.consent.get(&(message.purpose.0, number));
        let consented = match purpose.map(|p| p.consent) {
            Some(ConsentRule::OptIn) | None => said == Some(&true),
            Some(ConsentRule::OptOut) => said != Some(&false),
            Some(ConsentRule::NotNeeded) => true,
        };
        if !consented {
            return Gate::Refused("no_consent");
        }
        let until = known.muted.get(&message.purpose.0);
        if until.is_some_and(|u| self.clock < *u || (self.clock == *u && !self.after)) {
            return Gate::Refused("muted");
        }
        if self.tagged_out(who, message) {
            return Gate::Refused("holdout");
        }
        let to = match &channel.to {
            None => Some(Value::Text(String::new())),
            Some(to) => self.scene(who, Some(index), None).and_then(|mut s| {
                let to = s.eval(to);
                to.map_err(|broken| s.note(broken, channel.decl)).ok()
            }),
        };
        let to = match to {
            None => return Gate::Refused("fault"),
            Some(Value::Unknown) => return Gate::Refused("no_address"),
            Some(value) => text(&value).to_owned(),
        };
        if !self.shows_the_eligible(who, index, send) {
            return Gate::Refused("not_eligible");
        }
        let Ok(planned) = self.planned(who, channel, number, message, false) else {
            return Gate::Refused("limit");
        };
        let held = purpose
            .and_then(|p| p.hold)
            .is_some_and(|hold| known.audiences.get(hold.audience.index()) == Some(&true));
        if held {
            return Gate::Held(planned);
        }
        let planned = match self.planned(who, channel, number, message, true) {
            Ok(planned) => planned,
            Err(reason) => return Gate::Refused(reason),
        };
        let reached = self.instance(who, index).and_then(|i| i.reached);
        match (message.expires, reached) {
            (Some(after), Some(reached)) if planned - reached > after => Gate::Refused("expired"),
            _ => Gate::Open(to, planned),
        }
    }

    /// Whether a holdout of the whole program keeps the message from the person.
    fn tagged_out(&self, who: usize, message: &Message) -> bool {
        let Some(person) = self.people.get(who) else {
            return false;
        };
        self.program.holdouts.iter().any(|holdout| {
            let assumed = self.assumed_holdouts.get(&holdout.name).copied();
            let drawn = chance::lot(&person.id, &holdout.name, &holdout.salt) < holdout.below;
            holdout.tags.iter().any(|tag| message.tags.contains(tag)) && assumed.unwrap_or(drawn)
        })
    }

    /// What is not sent gives its place back.
    pub(super) fn forget_reservation(&mut self, who: usize, index: usize) {
        let Some(instance) = self.instance(who, index) else {
            return;
        };
        let Some(Waiting::Release { send, .. } | Waiting::Held { send, .. }) = &instance.waiting
        else {
            return;
        };
        let id = self.send_key(who, index, send);
        if let Some(person) = self.people.get_mut(who) {
            person.sent.retain(|r| r.send != id);
        }
    }

    /// A postponed send comes back and passes every gate again.
    pub(super) fn release_send(&mut self, who: usize, index: usize) {
        self.forget_reservation(who, index);
        if let Some(Waiting::Gathering { .. }) =
            self.instance(who, index).and_then(|i| i.waiting.as_ref())
        {
            return self.send_for_all(who, index);
        }
        let waiting = self.instance_mut(who, index).and_then(|i| i.waiting.take());
        let Some(Waiting::Release { send, .. }) = waiting else {
            return;
        };
        match self.send(who, index, send) {
            Ok(_) => self.run(who, index, None),
            Err(broken) => self.fault(who, index, broken),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a send is about")]
    fn deliver(
        &mut self,
        who: usize,
        index: usize,
        send: &'p Send,
        message: &'p Message,
        channel: u32,
        to: &str,
        id: &str,
    ) -> Result<Next, Broken> {
        let Some(definition) = self.program.channels.get(channel as usize) else {
            return Ok(Next::Go);
        };
        let content = match self.content(who, index, send, message, channel) {
            Ok(content) => content,
            Err(broken) => {
                let decl = self.decl_of(who, index);
                if let Some(scene) = self.scene(who, Some(index), None) {
                    scene.note(broken, decl);
                }
                if let Some(person) = self.people.get_mut(who) {
                    person.sent.retain(|r| r.send != id);
                }
                self.skip(who, index, send, message, channel, "fault");
                return Ok(Next::Go);
            }
        };
        let line = self.about(send, message, definition);
        let line = line("send")
            .text("to", to)
            .text("id", id)
            .raw("content", &content);
        self.say_of(who, index, line);
        self.note(who, index, send, None, Some(&definition.name));
        self.tell_sent(who, index, send, [&message.name, &definition.name], id);
        self.show_offers(who, index, send, id);
        if let Some(person) = self.people.get_mut(who) {
            person.all_sends.push(id.to_owned());
        }
        self.remember_sent(who, index, send, message, channel, id);
        if let Some(instance) = self.instance_mut(who, index) {
            instance.reached = None;
        }
        self.share_sent(who, index, send, message, channel, id);
        Ok(Next::Go)
    }

    /// An instance knows that a send of its own, or the one that it shares, went out.
    pub(super) fn remember_sent(
        &mut self,
        who: usize,
        index: usize,
        send: &Send,
        message: &Message,
        channel: u32,
        id: &str,
    ) {
        let (clock, log) = (self.clock, self.log);
        let Some(instance) = self.instance_mut(who, index) else {
            return;
        };
        instance.sends.insert(send.step.0, id.to_owned());
        instance.sent_at.insert(send.step.0, (log, clock));
        let made = Made {
            message: message.name.clone(),
            channel,
            key: id.to_owned(),
            at: clock,
            done: false,
            skipped: false,
        };
        instance.made.insert(send.step.0, made);
        *instance.occurrences.entry(send.step.0).or_insert(0) += 1;
        instance.last_send = Some(clock);
    }

    /// The events of a send that the program names.
    fn tell_sent(&mut self, who: usize, index: usize, send: &Send, of: [&str; 2], id: &str) {
        let Some(journey) = self.instance(who, index).map(|i| i.journey) else {
            return;
        };
        let [message, channel] = of;
        let step = journey.named.get(send.step.0 as usize);
        let step = step.map_or("", |step| step.name.as_str());
        let of_step = format!("{}.{step}", own(journey));
        for of in [message, channel, &of_step] {
            let name = format!("{of}.sent");
            let mut events = self.program.events.iter();
            let Some(event) = events.position(|e| e.name == name && e.outcome.is_none()) else {
                continue;
            };
            let mut record = vec![
                Value::Text(id.to_owned()),
                Value::Time(self.clock),
                Value::Text(String::new()),
                Value::Bool(false),
            ];
            let told = [id, channel, message, own(journey), step];
            record.extend(told.map(|text| Value::Text(text.to_owned())));
            self.queue.push_back(Follow::Emit {
                person: who,
                event: EventId::new(event),
                record,
            });
        }
    }

    /// The declaration of an instance's journey.
    fn decl_of(&self, who: usize, index: usize) -> DeclId {
        let journey = self.instance(who, index).map(|instance| instance.journey);
        journey.map(|journey| journey.decl).unwrap_or_default()
    }

    fn content(
        &self,
        who: usize,
        index: usize,
        send: &Send,
        message: &Message,
        channel: u32,
    ) -> Result<String, Broken> {
        let nobody = Broken::new(
            journey_program::ir::FaultCode::OutOfRange,
            Default::default(),
        );
        let mut scene = self.scene(who, Some(index), None).ok_or(nobody)?;
        let mut locals = scene.all(&send.args)?;
        locals.resize(message.locals.len().max(locals.len()), Value::Unknown);
        scene.locals = locals;
        let mut object = actions::Object::default();
        let body = message.bodies.iter().find(|b| b.channel.0 == channel);
        for (name, value) in body.iter().flat_map(|b| &b.fields) {
            let value = scene.eval(value).map_err(|b| b.inside(message.decl))?;
            if value == Value::Unknown {
                continue;
            }
            object.text(name, text(&value));
        }
        Ok(object.end())
    }
}

/// Whether a send stands somewhere in these steps.
fn holds_send(steps: &[journey_compiler::hir::Step], wanted: &Send) -> bool {
    use journey_compiler::hir::StepKind;
    steps.iter().any(|step| match &step.kind {
        StepKind::Send(send) => std::ptr::eq(send, wanted) || holds_send(&send.otherwise, wanted),
        StepKind::WaitFor { arms, timeout, .. } => {
            arms.iter().any(|a| holds_send(&a.steps, wanted))
                || timeout.as_ref().is_some_and(|t| holds_send(t, wanted))
        }
        StepKind::WaitUntil {
            past: Some(past), ..
        } => holds_send(past, wanted),
        StepKind::If { arms, otherwise } => {
            arms.iter().any(|(_, s)| holds_send(s, wanted)) || holds_send(otherwise, wanted)
        }
        StepKind::Match { arms, .. } => arms.iter().any(|(_, s)| holds_send(s, wanted)),
        StepKind::Split { arms, .. } => arms.iter().any(|a| holds_send(&a.steps, wanted)),
        StepKind::Repeat { steps, .. } => holds_send(steps, wanted),
        _ => false,
    })
}
