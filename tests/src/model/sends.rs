//! A send: its gates in their order, limits by counting, quiet hours by looking at the clock.

use super::actions::{self, Line};
use super::eval::Broken;
use super::person::{Reservation, Waiting};
use super::steps::Next;
use super::values::text;
use super::{Follow, Model, person::Frame};
use journey_compiler::hir::{Channel, Limit, Message, Send};
use journey_program::chance;
use journey_program::plan::{ConsentRule, LimitWindow};
use journey_program::types::{ChannelId, EventId, Value};

/// What the gates say of one channel.
enum Gate {
    Open(String),
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
                .is_some_and(|mut s| s.holds(watch))
        {
            self.exit(who, index, "while");
            return Ok(Next::Done);
        }
        let mut refused = None;
        for channel in self.ways(who, index, send) {
            let Some(definition) = self.program.channels.get(channel.index()) else {
                continue;
            };
            let planned = self.first_open(who, definition, message);
            match self.gate(who, index, definition, channel.0, send, planned) {
                Gate::Refused(reason) => {
                    refused.get_or_insert((channel.0, reason));
                }
                Gate::Open(to) => {
                    let id = self.send_key(who, index, send);
                    self.reserve(who, channel.0, message, planned, &id);
                    if planned > self.clock {
                        let line = self.about(send, message, definition);
                        let line = line("postpone").text("until", &actions::instant(planned));
                        self.say_of(who, index, line);
                        if let Some(instance) = self.instance_mut(who, index) {
                            let channel = channel.0;
                            instance.waiting = Some(Waiting::Release {
                                send,
                                due: planned,
                                channel,
                            });
                        }
                        return Ok(Next::Wait);
                    }
                    return self.deliver(who, index, send, message, channel.0, &to, &id);
                }
            }
        }
        let (channel, reason) = refused.unwrap_or((0, "no_address"));
        self.skip(who, index, send, message, channel, reason);
        Ok(Next::Go)
    }

    /// The channels in the order to be tried: the person's own choice first, each once.
    fn ways(&self, who: usize, index: usize, send: &Send) -> Vec<ChannelId> {
        let chosen = send.prefer.as_ref().and_then(|prefer| {
            match self.here(who, index).ok()?.eval(&prefer.value).ok()? {
                Value::Enum(_, place) => prefer.channels.get(place as usize).copied(),
                _ => None,
            }
        });
        let others = send.channels.iter().filter(|c| chosen != Some(**c));
        chosen.into_iter().chain(others.copied()).collect()
    }

    fn skip(
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
        self.give_back_offers(who, index, Some(send));
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack.push(Frame::Steps(&send.otherwise, 0));
        }
    }

    /// What `S.reason` and `S.channel` read from now on.
    fn note(
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
        let message = self.program.messages.get(send.message.index());
        let definition = self.program.channels.get(channel as usize);
        if let (Some(message), Some(definition)) = (message, definition) {
            let line = self.about(send, message, definition);
            let line = line("skip").text("reason", "withdrawn");
            self.say_of(who, index, line);
        }
    }

    fn about(
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

    fn send_key(&self, who: usize, index: usize, send: &Send) -> String {
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
        let (name, id) = (&self.program.name, &person.id);
        chance::send_key(
            name,
            id,
            &instance.journey.name,
            &key,
            instance.number as u32,
            &step,
            occurrence,
        )
    }

    /// consent → address → limits; what is quiet is planned for later
    fn gate(
        &self,
        who: usize,
        index: usize,
        channel: &Channel,
        number: u32,
        send: &Send,
        planned: i64,
    ) -> Gate {
        let Some(message) = self.program.messages.get(send.message.index()) else {
            return Gate::Refused("no_address");
        };
        let Some(known) = self.known(who) else {
            return Gate::Refused("no_address");
        };
        let said = known.consent.get(&(message.purpose.0, number));
        let rule = self
            .program
            .purposes
            .get(message.purpose.index())
            .map(|p| p.consent);
        let consented = match rule {
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
        let to = match &channel.to {
            None => Some(Value::Text(String::new())),
            Some(to) => self
                .scene(who, Some(index), None)
                .and_then(|mut s| s.eval(to).ok()),
        };
        let to = match to {
            None => return Gate::Refused("fault"),
            Some(Value::Unknown) => return Gate::Refused("no_address"),
            Some(value) => text(&value).to_owned(),
        };
        if !self.shows_the_eligible(who, index, send) {
            return Gate::Refused("not_eligible");
        }
        let concerns = |l: &&Limit| l.purposes.is_empty() || l.purposes.contains(&message.purpose);
        for limit in channel.limits.iter().filter(concerns) {
            if !self.within(who, limit, number, planned) {
                return Gate::Refused("limit");
            }
        }
        Gate::Open(to)
    }

    /// Whether one more at an instant keeps every window of the limit's length within its count.
    fn within(&self, who: usize, limit: &Limit, channel: u32, at: i64) -> bool {
        let Some(person) = self.people.get(who) else {
            return false;
        };
        let concerns = |r: &&Reservation| {
            r.channel == channel
                && (limit.purposes.is_empty() || limit.purposes.iter().any(|p| p.0 == r.purpose))
        };
        let mut all: Vec<i64> = person.sent.iter().filter(concerns).map(|r| r.at).collect();
        all.push(at);
        let zone = self.zone_of(who);
        let most = limit.count as usize;
        match limit.window {
            LimitWindow::Rolling(length) => {
                // a window that begins at any of the sends and holds the new one
                all.iter()
                    .filter(|from| **from <= at && at <= **from + length)
                    .all(|from| {
                        all.iter()
                            .filter(|x| *from <= **x && **x <= *from + length)
                            .count()
                            <= most
                    })
            }
            LimitWindow::Day | LimitWindow::Week | LimitWindow::Month => {
                let bounds = match limit.window {
                    LimitWindow::Day => zone.day_bounds(at),
                    LimitWindow::Week => zone.week_bounds(at),
                    _ => zone.month_bounds(at),
                };
                let Some((from, to)) = bounds else {
                    return false;
                };
                all.iter().filter(|x| from <= **x && **x < to).count() <= most
            }
        }
    }

    fn reserve(&mut self, who: usize, channel: u32, message: &Message, at: i64, send: &str) {
        if let Some(person) = self.people.get_mut(who) {
            let send = send.to_owned();
            person.sent.push(Reservation {
                channel,
                purpose: message.purpose.0,
                at,
                send,
            });
        }
    }

    /// What is not sent gives its place back.
    pub(super) fn forget_reservation(&mut self, who: usize, index: usize) {
        let Some(instance) = self.instance(who, index) else {
            return;
        };
        let Some(Waiting::Release { send, .. }) = &instance.waiting else {
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
            Err(_) => {
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
        let asked = format!("{}.sent", message.name);
        if let Some(event) = self.program.events.iter().position(|e| e.name == asked) {
            let record = vec![
                Value::Text(id.to_owned()),
                Value::Time(self.clock),
                Value::Text(String::new()),
                Value::Bool(false),
            ];
            let event = EventId::new(event);
            self.queue.push_back(Follow::Emit {
                person: who,
                event,
                record,
            });
        }
        self.show_offers(who, index, send, id);
        let (clock, log) = (self.clock, self.log);
        if let Some(instance) = self.instance_mut(who, index) {
            instance.sends.insert(send.step.0, id.to_owned());
            instance.sent_at.insert(send.step.0, (log, clock));
            *instance.occurrences.entry(send.step.0).or_insert(0) += 1;
            instance.last_send = Some(clock);
        }
        Ok(Next::Go)
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
            let value = scene.eval(value)?;
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
