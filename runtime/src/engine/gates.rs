//! Sends: every one passes the gates in their order, and the first refusal is recorded. A channel that
//! refuses gives way to the next; quiet and closed hours postpone, and a postponed send passes every gate again.

use super::Engine;
use super::call::About;
use super::passing::Gate;
use crate::actions::{ActionKind, SendAction};
use crate::input::{EventInput, Input};
use crate::state::{Instance, InstanceRank, Made, PersonNo, Place, Queued, Sent, Taken, TimerKind};
use journey_program::chance;
use journey_program::plan::{JourneyPlan, SendChannel, SendPlan};
use journey_program::record;
use journey_program::types::{ChannelId, EventId, Value};
use std::sync::Arc;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum SendResult {
    /// sent or skipped: the steps go on there
    Go(u32),
    /// postponed
    Held,
    /// the `while` has turned false: the instance exits
    While,
}

impl Instance {
    /// Outcomes answer the newest send of a step.
    pub(super) fn keep_send(&mut self, plan: &JourneyPlan, number: u32, key: String, at: i64) {
        let step = |send: u32| plan.sends.get(send as usize).map(|send| send.step);
        self.sends
            .retain(|(made, _, _)| step(*made) != step(number));
        self.sends.push((number, key, at));
    }
}

/// A message ready to go.
struct Ready<'a> {
    by: &'a SendChannel,
    to: String,
    content: Vec<(Arc<str>, String)>,
}

impl Engine {
    pub(super) fn send(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        plan: &JourneyPlan,
        instance: &mut Instance,
        index: i64,
    ) -> SendResult {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let Some(send) = plan.sends.get(number as usize) else {
            return SendResult::Held;
        };
        if instance.ended.is_none() && !self.while_holds(who, plan, instance) {
            return SendResult::While;
        }
        instance.sending.get_or_insert(self.clock_ms());
        if self.gathers(who, rank, (number, send), instance) {
            return SendResult::Held;
        }
        self.fill_rows(who, plan, send, instance);
        let result = self.attempt(who, rank, plan, (number, send), instance);
        if let SendResult::Go(_) = result {
            instance.sending = None;
        }
        result
    }

    fn attempt(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        plan: &JourneyPlan,
        (number, send): (u32, &SendPlan),
        instance: &mut Instance,
    ) -> SendResult {
        let mut refusal: Option<(ChannelId, &'static str)> = None;
        for by in self.candidates(who, send, instance) {
            match self.gates(who, send, by, instance) {
                Gate::Refused { reason, next } => {
                    refusal.get_or_insert((by.channel, reason));
                    if !next {
                        break;
                    }
                }
                Gate::Pass { to, at } if at <= self.clock_ms() => {
                    match self.render(who, by, to, instance) {
                        Some(ready) => {
                            self.sent(who, plan, number, send, instance, ready);
                            return SendResult::Go(send.resume_sent);
                        }
                        None => refusal = Some((by.channel, "fault")),
                    }
                    break;
                }
                Gate::Pass { at, .. } => {
                    let place = Place::Holding {
                        send: number,
                        until: at,
                    };
                    self.postpone(who, send, by.channel, instance, place, at);
                    self.set_timer(who, TimerKind::Release, rank, at);
                    return SendResult::Held;
                }
                Gate::Held { at } => {
                    let place = Place::Held {
                        send: number,
                        planned: at,
                    };
                    self.postpone(who, send, by.channel, instance, place, at);
                    return SendResult::Held;
                }
            }
        }
        let (channel, reason) = refusal.unwrap_or((ChannelId::default(), "no_address"));
        self.skipped(who, send, channel, instance, reason);
        SendResult::Go(send.resume_skipped)
    }

    /// The channels in the order to be tried: the person's own choice first, each once.
    fn candidates<'a>(
        &mut self,
        who: PersonNo,
        send: &'a SendPlan,
        instance: &mut Instance,
    ) -> Vec<&'a SendChannel> {
        let chosen = send.prefer.and_then(|prefer| {
            let about = About::instance(instance);
            self.call(who, about, prefer, &[], |ran, _, results| {
                let known = results.first().is_some_and(|word| *word != 0);
                ran.map(|()| results.get(1).copied().filter(|_| known))
            })?
            .unwrap_or_else(|fault| {
                self.quiet_fault(who, &fault);
                None
            })
        });
        let chosen = chosen
            .and_then(|place| usize::try_from(place).ok())
            .and_then(|place| send.preferred.get(place));
        let others = send
            .channels
            .iter()
            .filter(|by| chosen.is_none_or(|c| c.channel != by.channel));
        chosen.into_iter().chain(others).collect()
    }

    /// The message's body. None: the code faulted, which is recorded.
    fn render<'a>(
        &mut self,
        who: PersonNo,
        by: &'a SendChannel,
        to: String,
        instance: &mut Instance,
    ) -> Option<Ready<'a>> {
        let about = About::instance(instance);
        let rendered = self.call(who, about, by.render, &[], |ran, frame, _| {
            ran.map(|()| frame.content)
        })?;
        match rendered {
            Ok(written) => {
                let name = |place: u32| by.fields.get(place as usize).map(|n| n.as_str().into());
                let content = written
                    .into_iter()
                    .filter_map(|(p, text)| Some((name(p)?, text)));
                Some(Ready {
                    by,
                    to,
                    content: content.collect(),
                })
            }
            Err(fault) => {
                self.quiet_fault(who, &fault);
                None
            }
        }
    }

    /// The key of the next send of a step.
    pub(super) fn send_key(
        &self,
        plan: &JourneyPlan,
        send: &SendPlan,
        instance: &Instance,
        step: &str,
    ) -> String {
        let count = instance.attempts.get(&send.step.0).copied();
        let count = count.unwrap_or_default();
        let key = instance.key.as_ref().map(crate::scalar::Scalar::text);
        let key = key.unwrap_or_default();
        let (program, entry) = (&self.program.name, instance.entry);
        let person = &instance.of;
        chance::send_key(program, person, &plan.name, &key, entry, step, count)
    }

    fn sent(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        number: u32,
        send: &SendPlan,
        instance: &mut Instance,
        ready: Ready<'_>,
    ) {
        let now = self.clock_ms();
        let step = self.index.step(instance.journey, send.step.index());
        let id = self.send_key(plan, send, instance, &step);
        *instance.attempts.or_default(send.step.0) += 1;
        let channel = ready.by.channel;
        let counts = Sent {
            at: now,
            channel,
            purpose: send.purpose,
            message: send.message,
            planned: None,
        };
        self.count_send(who, counts, true);
        self.state.senders.insert(chance::fingerprint(&id), who);
        instance.last_send = Some(now);
        self.begin_recalls(instance, number);
        instance.keep_send(plan, number, id.clone(), now);
        let made = Made {
            send: number,
            key: id.clone(),
            channel,
            at: now,
            done: false,
            skipped: false,
        };
        instance.made.insert(send.step.0, made);
        let name = self.index.channel(channel);
        self.note(send, instance, None, Some(&name));
        *self
            .state
            .counters
            .sends
            .entry(Arc::clone(&name))
            .or_default() += 1;
        let send_action = SendAction {
            step,
            message: self.index.message(send.message),
            channel: name,
            to: ready.to,
            id: id.clone(),
            content: ready.content,
        };
        let of = self.subject(instance);
        self.act(
            who,
            ActionKind::Send {
                of,
                send: Box::new(send_action),
            },
        );
        self.tell_sent(who, send, instance, channel, &id);
        self.show(who, send, instance, &id);
        self.share_sent(who, (number, send), instance, channel, &id);
    }

    /// A send is an event, where something asks for it.
    fn tell_sent(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        instance: &Instance,
        channel: ChannelId,
        id: &str,
    ) {
        let message = self.index.message(send.message);
        let channel = self.index.channel(channel);
        let journey = self.index.journey(instance.journey);
        let step = self.index.step(instance.journey, send.step.index());
        let full = self.index.full_name(instance.journey);
        for event in self.index.sent(&message, &channel, [&full, &step]) {
            let own = [id, &*channel, &*message, &*journey, &*step];
            let own = own.map(|text| Value::Text(text.to_owned()));
            let values = vec![Value::Unknown; 4].into_iter().chain(own).collect();
            self.join_event(who, event, id.to_owned(), values, false);
        }
    }

    /// What `S.reason` and `S.channel` read.
    pub(super) fn note(
        &self,
        send: &SendPlan,
        instance: &mut Instance,
        reason: Option<&str>,
        channel: Option<&str>,
    ) {
        let types = record::Types::of(&self.program, &self.shared.symbols);
        for (slot, text) in [(&send.reason, reason), (&send.channel, channel)] {
            if let Some(slot) = slot {
                let value = text.map_or(Value::Unknown, |text| Value::Text(text.to_owned()));
                let ty = journey_program::types::Type::Text;
                record::set_field(&types, &mut instance.block, 0, slot, &ty, &value);
            }
        }
    }

    pub(super) fn skipped(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        channel: ChannelId,
        instance: &mut Instance,
        reason: &'static str,
    ) {
        *self.state.counters.skips.entry(reason.into()).or_default() += 1;
        self.note(send, instance, Some(reason), None);
        self.give_back_shown(who, send, instance);
        if let Some(made) = instance.made.get_mut(&send.step.0) {
            made.skipped = true;
        }
        let of = self.subject(instance);
        let step = self.index.step(instance.journey, send.step.index());
        let message = self.index.message(send.message);
        let channel = self.index.channel(channel);
        self.act(
            who,
            ActionKind::Skip {
                of,
                step,
                message,
                channel,
                reason,
            },
        );
        self.share_skipped(who, send, instance, reason);
    }

    /// A send that goes later has its place under the limits at its planned instant.
    fn postpone(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        channel: ChannelId,
        instance: &mut Instance,
        place: Place,
        at: i64,
    ) {
        let planned = Some(instance.no);
        let (purpose, message) = (send.purpose, send.message);
        let counts = Sent {
            at,
            channel,
            purpose,
            message,
            planned,
        };
        self.count_send(who, counts, matches!(place, Place::Holding { .. }));
        instance.place = place;
        self.say_postponed(who, send, channel, instance, at);
    }

    pub(super) fn say_postponed(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        channel: ChannelId,
        instance: &Instance,
        until: i64,
    ) {
        let of = self.subject(instance);
        let step = self.index.step(instance.journey, send.step.index());
        let message = self.index.message(send.message);
        let channel = self.index.channel(channel);
        self.act(
            who,
            ActionKind::Postpone {
                of,
                step,
                message,
                channel,
                until,
            },
        );
    }

    /// A postponed send whose time has come passes every gate again.
    pub(super) fn try_again(&mut self, who: PersonNo, rank: &InstanceRank) {
        let program = Arc::clone(&self.program);
        let Some(mut instance) = self.take_instance(who, rank) else {
            return;
        };
        let Place::Holding { send, .. } = instance.place else {
            let gathering = matches!(instance.place, Place::Gathering { .. });
            self.put_instance(who, rank.clone(), instance);
            if gathering {
                self.send_for_all(who, rank);
            }
            return;
        };
        self.give_back(who, instance.no);
        instance.place = Place::Moving;
        let Some(plan) = program.journeys.get(instance.journey.index()) else {
            return;
        };
        match self.send(who, rank, plan, &mut instance, i64::from(send)) {
            SendResult::Go(next) => self.go(who, rank.clone(), instance, next, None),
            SendResult::Held => self.put_instance(who, rank.clone(), instance),
            SendResult::While => self.left(who, rank.clone(), instance, "while".into()),
        }
    }

    /// An exit takes back what is postponed.
    pub(super) fn withdraw(&mut self, who: PersonNo, rank: &InstanceRank, instance: &mut Instance) {
        self.withdraw_as(who, rank, instance, "withdrawn");
    }

    /// The same for a reason.
    pub(super) fn withdraw_as(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        instance: &mut Instance,
        reason: &'static str,
    ) {
        let group = instance.combined.take();
        self.withdraw_own(who, rank, instance, reason);
        if let Some(group) = group {
            self.next_in_group(who, instance.journey, group);
        }
    }

    fn withdraw_own(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        instance: &mut Instance,
        reason: &'static str,
    ) {
        let send = match instance.place {
            Place::Gathering { send, until, .. } => {
                if let Some(until) = until {
                    self.clear_timer(who, TimerKind::Release, rank, until);
                }
                send
            }
            Place::Holding { send, until } => {
                self.clear_timer(who, TimerKind::Release, rank, until);
                send
            }
            Place::Held { send, .. } => send,
            Place::Moving | Place::Waiting(_) => return,
        };
        instance.place = Place::Moving;
        instance.sending = None;
        let channel = self.give_back(who, instance.no);
        let program = Arc::clone(&self.program);
        let plan = program.journeys.get(instance.journey.index());
        if let Some(send) = plan.and_then(|plan| plan.sends.get(send as usize)) {
            let first = send.channels.first().map(|by| by.channel);
            let channel = channel.or(first).unwrap_or_default();
            self.skipped(who, send, channel, instance, reason);
        }
    }

    /// An event that a journey emits: an action now, and a round of the queue.
    pub(super) fn emit(
        &mut self,
        who: PersonNo,
        instance: &mut Instance,
        event: EventId,
        values: Vec<Value>,
        to: Option<(u32, String)>,
    ) {
        let count = instance.emits;
        instance.emits += 1;
        let key = instance
            .key
            .as_ref()
            .map(crate::scalar::Scalar::text)
            .unwrap_or_default();
        let journey = self.index.journey(instance.journey);
        let (program, entry) = (&self.program.name, instance.entry);
        let id = chance::emit_id(program, &instance.of, &journey, &key, entry, count);
        let Some(plan) = self.program.events.get(event.index()) else {
            return;
        };
        let data = crate::actions::json::record(&self.program, plan.record, &values, 4);
        let of = self.subject(instance);
        let name = self.index.event(event);
        let starts = self.index.starts.get(event.index()).copied();
        if !starts.unwrap_or_default() {
            let action = ActionKind::Emit {
                of,
                event: name,
                id: id.clone(),
                data,
                to: to.as_ref().map(|to| self.addressee(to)),
            };
            self.act(who, action);
        }
        if self.is_broadcast(event) {
            return self.join_event(who, event, id, values, false);
        }
        match to.map_or(Some(who), |to| self.person_at(event, &id, to)) {
            Some(who) => self.join_event(who, event, id, values, false),
            None => {
                let reasons = &mut self.state.counters.dead_letters;
                *reasons.entry("no_person".into()).or_default() += 1;
            }
        }
    }

    /// `{"user_id":"u2"}`
    fn addressee(&self, (identifier, value): &(u32, String)) -> String {
        let identifiers = &self.program.profile.identifiers;
        let name = identifiers.get(*identifier as usize);
        let mut line = crate::actions::json::Line::new();
        line.text(name.map_or("", |plan| &plan.name), value);
        line.end()
    }

    /// Whose an event is that is emitted to someone: as if it had come with that identifier.
    fn person_at(&mut self, event: EventId, id: &str, to: (u32, String)) -> Option<PersonNo> {
        self.person_of(&Input::Event(EventInput {
            event,
            id: id.to_owned(),
            at: self.clock_ms(),
            source: String::new(),
            ids: vec![to],
            fields: Vec::new(),
        }))
    }

    /// Puts an event of the engine's own making into the queue; its first four fields are filled here.
    /// `counted`: an offer's place has been counted.
    pub(super) fn join_event(
        &mut self,
        who: PersonNo,
        event: EventId,
        id: String,
        values: Vec<Value>,
        counted: bool,
    ) {
        let at = self.clock_ms();
        self.state.taken += 1;
        let place = self.state.taken;
        let first = [
            Value::Text(id),
            Value::Time(at),
            Value::Text(String::new()),
            Value::Bool(false),
        ];
        let values: Vec<Value> = first
            .into_iter()
            .chain(values.into_iter().skip(4))
            .collect();
        let Some(plan) = self.program.events.get(event.index()) else {
            return;
        };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let block = record::write(&types, plan.record, &values);
        let broadcast = plan.broadcast;
        let taken = Box::new(Taken {
            event,
            at,
            place,
            values,
            block,
            counted,
        });
        self.join(if broadcast {
            Queued::Broadcast(who, taken)
        } else {
            Queued::Event(who, taken)
        });
    }
}
