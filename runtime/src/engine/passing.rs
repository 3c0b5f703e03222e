//! The gates of one channel, in the order of the language; the first that refuses is what is recorded. Whether
//! the instance is still there (`exit`, `while`) is asked before any channel is.

use super::Engine;
use super::call::About;
use super::limits::Limited;
use crate::state::{Instance, PersonNo};
use journey_program::chance;
use journey_program::plan::{ConsentRule, SendChannel, SendPlan};
use journey_program::record;
use journey_program::types::{ChannelId, PurposeId};

/// What a channel's gates say.
pub(super) enum Gate {
    /// it may go then
    Pass { to: String, at: i64 },
    /// its purpose is held; when it would have gone
    Held { at: i64 },
    /// `next`: another channel may be tried
    Refused { reason: &'static str, next: bool },
}

/// What limits look at in a send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) channel: ChannelId,
    pub(super) purpose: PurposeId,
    pub(super) message: u32,
}

impl Engine {
    /// Consent, muted, holdout, address, offers still eligible, limits, hold, limits over all people, in this
    /// order. Limits are asked for the planned instant: quiet and closed hours come before they are.
    pub(super) fn gates(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        by: &SendChannel,
        instance: &mut Instance,
    ) -> Gate {
        let counted = Counted {
            channel: by.channel,
            purpose: send.purpose,
            message: send.message,
        };
        let gate = self.gates_of(who, send, counted, instance);
        if let Gate::Refused { reason, .. } = gate
            && !matches!(reason, "limit" | "overall_limit")
        {
            self.see_gate(who, counted, reason, None);
        }
        gate
    }

    fn gates_of(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        counted: Counted,
        instance: &mut Instance,
    ) -> Gate {
        let refused = |reason| Gate::Refused { reason, next: true };
        if !self.consents(who, send.purpose, counted.channel) {
            return refused("no_consent");
        }
        if self.is_muted(who, send.purpose) {
            return refused("muted");
        }
        if self.tagged_out(who, send.message) {
            return refused("holdout");
        }
        let to = match self.address(who, counted.channel, instance) {
            Ok(Some(to)) => to,
            Ok(None) => return refused("no_address"),
            Err(()) => return refused("fault"),
        };
        if !self.still_eligible(who, send, instance) {
            return refused("not_eligible");
        }
        let at = match self.planned(who, counted, false) {
            Ok(at) => at,
            Err(limited) => {
                self.note_limited(who, counted, "limit", limited);
                return refused("limit");
            }
        };
        if self.is_held(who, send.purpose) {
            return Gate::Held { at };
        }
        let last = |reason| Gate::Refused {
            reason,
            next: false,
        };
        let at = match self.planned(who, counted, true) {
            Ok(at) => at,
            Err(limited) => {
                let overall = limited.overall;
                let reason = if overall { "overall_limit" } else { "limit" };
                self.note_limited(who, counted, reason, limited);
                return if overall {
                    last(reason)
                } else {
                    refused(reason)
                };
            }
        };
        let since = instance.sending.unwrap_or(self.clock_ms());
        if send
            .expires
            .is_some_and(|after| at > since.saturating_add(after))
        {
            return last("expired");
        }
        Gate::Pass { to, at }
    }

    fn note_limited(
        &mut self,
        who: PersonNo,
        counted: Counted,
        reason: &'static str,
        limited: Limited,
    ) {
        self.see_gate(who, counted, reason, limited.limit);
        if let Some(limit) = limited.limit {
            *self.state.counters.limited.entry(limit).or_default() += 1;
        }
    }

    pub(super) fn consents(&self, who: PersonNo, purpose: PurposeId, channel: ChannelId) -> bool {
        let place = purpose.index() * self.program.channels.len() + channel.index();
        let byte = self
            .program
            .profile
            .consent
            .saturating_add(super::index::number(place));
        let said = self
            .person(who)
            .map_or(0, |person| record::get_u8(&person.block, byte));
        let rule = self
            .program
            .purposes
            .get(purpose.index())
            .map(|purpose| purpose.consent);
        match rule {
            Some(ConsentRule::OptIn) | None => said == 1,
            Some(ConsentRule::OptOut) => said != 2,
            Some(ConsentRule::NotNeeded) => true,
        }
    }

    /// Whether a holdout of the program keeps messages of these tags from the person.
    fn tagged_out(&self, who: PersonNo, message: u32) -> bool {
        let (Some(tags), Some(person)) = (
            self.program.message_tags.get(message as usize),
            self.person(who),
        ) else {
            return false;
        };
        self.program
            .holdouts
            .iter()
            .filter(|holdout| holdout.tags.iter().any(|tag| tags.contains(tag)))
            .any(|holdout| {
                let assumed = self.shared.assumed_tag_holdouts.get(&holdout.name).copied();
                let lot = || chance::lot(&person.id, &holdout.name, &holdout.salt);
                assumed.unwrap_or_else(|| lot() < holdout.below)
            })
    }

    /// None: unknown. An error: the code faulted, which is recorded.
    fn address(
        &mut self,
        who: PersonNo,
        channel: ChannelId,
        instance: &mut Instance,
    ) -> Result<Option<String>, ()> {
        let plan = self.program.channels.get(channel.index());
        let Some(function) = plan.and_then(|plan| plan.address) else {
            return Ok(Some(String::new()));
        };
        let about = About::instance(instance);
        let found = self.call(who, about, function, &[], |ran, frame, results| {
            ran.map(|()| match results {
                [known, text, ..] if *known != 0 => Some(frame.text(*text).to_owned()),
                _ => None,
            })
        });
        match found {
            Some(Ok(to)) => Ok(to),
            Some(Err(fault)) => {
                self.quiet_fault(who, &fault);
                Err(())
            }
            None => Ok(None),
        }
    }
}
