//! Someone asks what happened to a person, and why: the engine, in a replay, notes what it meets and decides for
//! those who are watched. It decides nothing by it, so a replay that is watched is the same replay.

use super::Engine;
use super::passing::Counted;
use crate::actions::ActionKind;
use crate::host::Noted;
use crate::input::Input;
use crate::state::{PersonNo, Sent};
use journey_program::plan::{LimitPlan, Program};
use journey_program::record;
use journey_program::types::{ChannelId, FunctionId, PurposeId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who is watched, and what was seen.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pub who: BTreeSet<PersonNo>,
    pub seen: Vec<Seen>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// the clock
    pub at: i64,
    pub who: PersonNo,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// an input of theirs has its turn
    Input(Box<Input>),
    /// one that was not applied
    Refused {
        reason: &'static str,
        input: Box<Input>,
    },
    /// something was decided
    Action(Box<ActionKind>),
    /// decision code was asked
    Asked(Asked),
    /// a gate has refused a channel
    Gate(Box<Refusal>),
    /// from here on by this program
    Version(Arc<Program>),
}

/// One call of decision code.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub function: FunctionId,
    pub faulted: bool,
    /// the first word of what came out
    pub result: Option<i64>,
    /// what a program that explains itself has noted
    pub notes: Vec<Noted>,
}

/// What a gate knew when it refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub reason: &'static str,
    pub message: u32,
    pub channel: ChannelId,
    pub purpose: PurposeId,
    /// of consent: None: nothing was ever said; else whether it was granted, and when
    pub said: Option<(bool, i64)>,
    /// until when the purpose is muted
    pub muted: Option<i64>,
    pub limit: Option<Filled>,
}

/// A limit, and what it counted: when, and of the person's own limits which sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    pub limit: LimitPlan,
    pub counted: Vec<(i64, Option<Sent>)>,
}

impl Engine {
    /// Notes from now on what happens to these people.
    pub fn watch(&mut self, who: BTreeSet<PersonNo>) {
        self.watch = Some(Watch {
            who,
            seen: Vec::new(),
        });
        self.see_version();
    }

    pub(super) fn see_version(&mut self) {
        if self.watch.is_some() {
            let program = Arc::clone(&self.program);
            self.see(super::call::NOBODY, What::Version(program));
        }
    }

    /// What was seen since the last call.
    pub fn take_seen(&mut self) -> Vec<Seen> {
        let watch = self.watch.as_mut();
        watch.map_or_else(Vec::new, |watch| std::mem::take(&mut watch.seen))
    }

    pub(super) fn is_watched(&self, who: PersonNo) -> bool {
        let watch = self.watch.as_ref();
        watch.is_some_and(|watch| watch.who.contains(&who))
    }

    pub(super) fn see(&mut self, who: PersonNo, what: What) {
        let at = self.clock_ms();
        if let Some(watch) = &mut self.watch {
            watch.seen.push(Seen { at, who, what });
        }
    }

    pub(super) fn see_input(&mut self, who: PersonNo, input: &Input) {
        if self.is_watched(who) {
            self.see(who, What::Input(Box::new(input.clone())));
        }
    }

    pub(super) fn see_refused(&mut self, reason: &'static str, input: &Input) {
        if self.watch.is_none() {
            return;
        }
        let mut named = input.ids().iter();
        let who = named.find_map(|id| self.state.owner(id));
        if let Some(who) = who.filter(|who| self.is_watched(*who)) {
            let input = Box::new(input.clone());
            self.see(who, What::Refused { reason, input });
        }
    }

    pub(super) fn see_action(&mut self, who: PersonNo, kind: &ActionKind) {
        if self.is_watched(who) {
            self.see(who, What::Action(Box::new(kind.clone())));
        }
    }

    pub(super) fn see_asked(&mut self, who: PersonNo, asked: Option<Asked>) {
        if let Some(asked) = asked {
            self.see(who, What::Asked(asked));
        }
    }

    /// A gate refuses; `limit`: by the limit of this number.
    pub(super) fn see_gate(
        &mut self,
        who: PersonNo,
        counted: Counted,
        reason: &'static str,
        limit: Option<u32>,
    ) {
        if !self.is_watched(who) {
            return;
        }
        let place = counted.purpose.index() * self.program.channels.len() + counted.channel.index();
        let person = self.person(who);
        let said = person.and_then(|person| {
            let first = self.program.profile.consent;
            let byte = first.saturating_add(super::index::number(place));
            let granted = record::get_u8(&person.block, byte);
            let at = person.consented.get(place).map_or(i64::MIN, |at| at.0);
            (granted != 0).then_some((granted == 1, at))
        });
        let muted = person.and_then(|person| *person.muted.get(counted.purpose.index())?);
        let limit = limit.and_then(|number| {
            let limit = self.index.limits.get(number as usize)?.clone();
            let counted = self.counted_by(who, number, &limit);
            Some(Filled { limit, counted })
        });
        let refusal = Refusal {
            reason,
            message: counted.message,
            channel: counted.channel,
            purpose: counted.purpose,
            said,
            muted,
            limit,
        };
        self.see(who, What::Gate(Box::new(refusal)));
    }

    /// Evaluates the audiences once more, so that it is seen why somebody is in one or not.
    pub fn look_at_audiences(&mut self, who: PersonNo) {
        if let Some(function) = self.program.audiences_fn {
            let about = super::call::About::person();
            self.call(who, about, function, &[], |_, _, _| ());
        }
    }
}
