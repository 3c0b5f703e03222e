//! Sends: `run` stops, the engine passes the gates and renders the body for the channel that is left.

use super::generate::Generate;
use super::steps::Steps;
use crate::hir::{Body, Expr, LocalId, Message, Prefer, Send};
use journey_program::host::HostOp;
use journey_program::ir::Ty;
use journey_program::plan::{CombinedPlan, Outcome, SendChannel, SendPlan};
use journey_program::types::{ChannelId, FunctionId, StepId};

impl<'p> Steps<'_, '_, 'p> {
    pub(super) fn send(&mut self, send: &'p Send) {
        let number = self.making.parts.sends.len();
        self.making.parts.sends.push(None);
        let hir = self.g.tables.hir;
        let Some(message) = hir.messages.get(send.message.index()) else {
            return;
        };
        let zero = self.g.code.int(0);
        self.stop(Outcome::Send, i64::try_from(number).unwrap_or(0), zero);
        let channels = send
            .channels
            .iter()
            .filter_map(|channel| self.channel(send, message, *channel, number))
            .collect();
        let (prefer, preferred) = match &send.prefer {
            Some(prefer) => {
                let by = prefer.channels.iter();
                let ways = by.filter_map(|by| self.channel(send, message, *by, number));
                let ways = ways.collect();
                (Some(self.preference(prefer, number)), ways)
            }
            None => (None, Vec::new()),
        };
        let join = self.g.code.block();
        let resume_sent = self.resume_at(join);
        let resume_skipped = if send.otherwise.is_empty() {
            resume_sent
        } else {
            let resume = self.resume();
            self.all(&send.otherwise);
            self.g.code.jump(join);
            resume
        };
        self.fresh(join);
        let of = |local: Option<LocalId>| self.making.instance.locals.get(&local?).cloned();
        let (reason, channel) = (of(send.reason), of(send.channel));
        let shows = send.shows.iter().filter_map(|local| {
            let slot = self.making.instance.locals.get(local)?;
            Some(slot.offset)
        });
        let shows = shows.collect();
        let combined = self.combined(send);
        if let Some(slot) = self.making.parts.sends.get_mut(number) {
            *slot = Some(SendPlan {
                step: StepId(send.step.0),
                message: send.message.0,
                purpose: message.purpose,
                expires: message.expires,
                answers: message.answers.iter().map(|own| own.event).collect(),
                answer_within: message.answer_within,
                channels,
                prefer,
                preferred,
                reason,
                channel,
                shows,
                combined,
                resume_sent,
                resume_skipped,
            });
        }
    }

    fn combined(&self, send: &Send) -> Option<CombinedPlan> {
        let combined = send.combined.as_ref()?;
        let slot = self.making.instance.locals.get(&combined.rows).cloned();
        let variable = self.making.journey.locals.get(combined.rows.0 as usize);
        Some(CombinedPlan {
            within: combined.within,
            slot: slot?,
            ty: variable?.ty.clone(),
        })
    }

    /// () → (Bool known, Int place): the number of the enum's value.
    fn preference(&mut self, prefer: &Prefer, number: usize) -> FunctionId {
        let journey = &self.making.journey.name;
        let name = format!("journey.{journey}.send.{number}.prefer");
        let context = self.making.context(None);
        let results = [Ty::Bool, Ty::Int];
        self.g.tables.function(name, &[], &results, &context, |g| {
            let value = g.expr(&prefer.value);
            let known = g.known(value);
            g.finish(vec![known, value.reg]);
        })
    }

    fn channel(
        &mut self,
        send: &Send,
        message: &Message,
        channel: ChannelId,
        number: usize,
    ) -> Option<SendChannel> {
        let body = message.bodies.iter().find(|body| body.channel == channel)?;
        Some(SendChannel {
            channel,
            fields: body.fields.iter().map(|(name, _)| name.clone()).collect(),
            render: self.render(&send.args, message, body, number),
        })
    }

    /// () → (): the arguments as they are in the journey, then each field of the body.
    fn render(
        &mut self,
        args: &[Expr],
        message: &Message,
        body: &Body,
        number: usize,
    ) -> FunctionId {
        let hir = self.g.tables.hir;
        let channel = hir.channels.get(body.channel.index());
        let channel = channel.map_or("", |channel| channel.name.as_str());
        let journey = &self.making.journey.name;
        let name = format!("journey.{journey}.send.{number}.{channel}");
        let context = self.making.context(None);
        self.g.tables.function(name, &[], &[], &context, |g| {
            let locals = g.arguments(args, &message.locals);
            g.inside(message.decl, locals, |g| {
                for ((_, field), place) in body.fields.iter().zip(0i64..) {
                    let text = g.expr(field);
                    let site = g.site(field.node);
                    let write = |g: &mut Generate<'_, '_>| {
                        let place = g.code.int(place);
                        g.code.call(HostOp::Content, &[place, text.reg], site);
                    };
                    if field.ty.is_optional() {
                        let known = g.known(text);
                        g.when(known, write);
                    } else {
                        write(g);
                    }
                }
            });
            g.finish(Vec::new());
        })
    }
}
