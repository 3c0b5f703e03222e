//! Someone asks what happened to a person, and why: the engine, in a replay, notes what it meets and decides for
//! those who are watched. It decides nothing by it, so a replay that is watched is the same replay.

use super::Engine;
use crate::actions::ActionKind;
use crate::input::Input;
use crate::state::{Owner, PersonNo};
use std::collections::BTreeSet;

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
}

impl Engine {
    /// Notes from now on what happens to these people.
    pub fn watch(&mut self, who: BTreeSet<PersonNo>) {
        self.watch = Some(Watch {
            who,
            seen: Vec::new(),
        });
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
        let who = named.find_map(|id| self.state.identifiers.get(id).and_then(Owner::person));
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
}
