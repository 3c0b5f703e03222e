//! `send S = MESSAGE(args) by CHANNEL else { … }`

use super::prefer::every_way;
use super::{One, Walk};
use crate::diagnostics::words;
use crate::hir::{self, Combined, Local, Send, StepKind};
use crate::names::signature::channels_of;
use crate::types::{Checker, Problem};
use crate::world::{Entity, MessageSig};
use journey_grammar::tree::{Arg, Combined as Tree, Name, SendStep, Span};
use journey_program::types::{ChannelId, MessageId, Type};

impl Checker<'_> {
    pub(super) fn send(&mut self, send: &SendStep, span: Span, walk: &mut Walk) -> One {
        let scope = self.scope.locals.clone();
        let combined = send.combined.as_ref();
        let combined = combined.and_then(|combined| self.combined(combined, walk));
        let message = self.resolve(&send.message, "a message", |e| match e {
            Entity::Message(id) => Some(*id),
            _ => None,
        });
        let sig = message.and_then(|id| self.world.messages.get(id.index()));
        let args = match sig {
            Some(sig) => self.step_arguments(&sig.params, &send.message, &send.args),
            None => {
                for arg in &send.args {
                    self.expr(&arg.value, Some(&Type::Error));
                }
                Vec::new()
            }
        };
        self.scope.locals = scope;
        let prefer = self.preference(&send.by, sig);
        let channels = self.send_channels(send, sig);
        let all = every_way(prefer.as_ref(), &channels);
        let name = send.name.as_ref().unwrap_or(&send.message);
        let sent = (message.unwrap_or(MessageId(u32::MAX)), all.as_slice());
        let step = self.named_step(walk, Some(name), "send", span, Some(sent));
        walk.sends.push((name.text.clone(), step, all));
        self.sent.extend(message.map(|message| (step, message)));
        // A send may be held back for quiet hours.
        self.time_passes();
        self.scope.steps.push((name.text.clone(), step));
        let before = self.save(walk);
        let mut ends = vec![before.clone()];
        let otherwise = match &send.otherwise {
            Some(steps) => self.branch(walk, steps, &mut ends),
            None => Vec::new(),
        };
        self.join_states(walk, &before, ends);
        let shows = super::decide::shown(&args, &walk.decided);
        let kind = message.map(|message| {
            StepKind::Send(Send {
                step,
                message,
                args,
                prefer,
                channels,
                shows,
                combined,
                otherwise,
                reason: None,
                channel: None,
            })
        });
        (kind, false)
    }

    /// `combined within D as rows`: the variable is there for the message's arguments only.
    fn combined(&mut self, combined: &Tree, walk: &Walk) -> Option<Combined> {
        if walk.exit {
            let message = "steps on the way out have no waits, and what is combined waits";
            self.report(Problem::new("misplaced", combined.span, message));
        }
        let (Some(within), Some(name)) = (&combined.within, &combined.rows) else {
            self.report(
                Problem::new("missing-part", combined.span, "this is not said whole")
                    .help("write `combined within 7 days as rows`"),
            );
            return None;
        };
        let within = self.duration_ms(within)?;
        let Some(entry) = self.scope.entry else {
            let message = "this journey is not entered by an event, so it has no rows";
            self.report(
                Problem::new("no-entry", name.span, message)
                    .help("`rows` are the entry events of those who share the send"),
            );
            return None;
        };
        let record = self.world.events.get(entry.index())?.record;
        let ty = Type::List(Box::new(Type::Record(record)));
        let rows = self.declare(&name.text, ty);
        Some(Combined { within, rows })
    }

    /// The channels, each of which the message has a body for.
    fn send_channels(&mut self, send: &SendStep, sig: Option<&MessageSig>) -> Vec<ChannelId> {
        let names = channels_of(&send.by);
        let owned: Vec<Name> = names.iter().map(|name| (*name).clone()).collect();
        self.unique_names(&owned, "channel");
        let mut channels = Vec::new();
        for name in names {
            if self.is_preference(&send.by, name) {
                continue;
            }
            let Some(channel) = self.channel(name) else {
                continue;
            };
            channels.push(channel);
            self.has_body(sig, channel, &name.text, name.span);
        }
        channels
    }

    /// That the message can go by a channel.
    pub(super) fn has_body(
        &mut self,
        sig: Option<&MessageSig>,
        channel: ChannelId,
        name: &str,
        span: Span,
    ) {
        let Some(sig) = sig.filter(|sig| !sig.channels.contains(&channel)) else {
            return;
        };
        let message = format!("`{}` has no body for `{name}`", sig.name);
        let has: Vec<&str> = sig
            .channels
            .iter()
            .filter_map(|id| self.world.channels.get(id.index()))
            .map(|channel| channel.name.as_str())
            .collect();
        let mut problem = Problem::new("no-body-for-channel", span, message);
        if !has.is_empty() {
            problem = problem.help(format!("it can go by {}", words::listed(&has)));
        }
        problem
            .related
            .push((sig.name.clone(), "the message is declared here".to_owned()));
        self.report(problem);
    }

    /// One value for each parameter, given by place or by name.
    pub(super) fn step_arguments(
        &mut self,
        params: &[Local],
        name: &Name,
        args: &[Arg],
    ) -> Vec<hir::Expr> {
        let mut given: Vec<Option<hir::Expr>> = Vec::new();
        given.resize_with(params.len(), || None);
        let mut wrong = false;
        for (place, arg) in args.iter().enumerate() {
            let at = match &arg.name {
                None => Some(place).filter(|at| *at < params.len()),
                Some(name) => params.iter().position(|param| param.name == name.text),
            };
            let Some((at, param)) = at.and_then(|at| Some((at, params.get(at)?))) else {
                wrong = true;
                self.expr(&arg.value, Some(&Type::Error));
                self.report(match &arg.name {
                    Some(name) => {
                        let what = format!("parameter of `{}`", name.text);
                        let known = params.iter().map(|param| param.name.as_str());
                        words::unknown_name(name, &what, known)
                    }
                    None => {
                        let takes = words::counted(params.len(), "argument");
                        let message = format!("`{}` takes {takes}", name.text);
                        Problem::new("wrong-arguments", arg.value.span, message)
                    }
                });
                continue;
            };
            let value = self.expr_as(&arg.value, &param.ty);
            if let Some(slot) = given.get_mut(at) {
                if slot.is_some() {
                    let message = format!("`{}` is given twice", param.name);
                    self.report(Problem::new("wrong-arguments", arg.value.span, message));
                }
                *slot = Some(value);
            }
        }
        let missing: Vec<&str> = params
            .iter()
            .zip(&given)
            .filter(|(_, value)| value.is_none())
            .map(|(param, _)| param.name.as_str())
            .collect();
        if !missing.is_empty() && !wrong {
            let message = format!("`{}` also takes {}", name.text, words::listed(&missing));
            self.report(Problem::new("wrong-arguments", name.span, message));
        }
        given.into_iter().flatten().collect()
    }
}
