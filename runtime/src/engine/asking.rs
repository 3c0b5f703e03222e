//! Decisions that a touchpoint asks for: a web shop, a call centre, a till. One that reserves is an entry of the
//! log like an event: it takes its place in limits and budgets for the decision's `hold`, unless it is shown
//! before. One that does not changes nothing, and is of no consequence for any other.

use super::Engine;
use super::call::NOBODY;
use crate::actions::{ActionKind, DecideAction};
use crate::input::{Asked, Input, ProfileInput};
use crate::state::PersonNo;
use std::sync::Arc;

/// What stands in the place of a variable: no variable lies there.
const INBOUND: u32 = u32::MAX;

impl Engine {
    /// A decision that reserves. Nothing is decided where there is no such decision; identifiers that name nobody are
    /// refused.
    pub fn asked(&mut self, asked: Asked) {
        if self.state.clock.is_none_or(|clock| asked.at > clock) {
            self.run_due(asked.at.saturating_sub(1));
            self.state.clock = Some(asked.at);
            self.state.closed = false;
        }
        self.state.rounds = 0;
        let touch = Input::Profile(ProfileInput {
            id: String::new(),
            at: asked.at,
            source: String::new(),
            ids: asked.ids,
            writes: Vec::new(),
        });
        if self.names_the_erased(&touch) {
            let touch = super::erasing::without_data(touch);
            return self.refuse("erased", touch);
        }
        let Some(who) = self.person_of(&touch) else {
            return self.refuse("no_identity", touch);
        };
        self.state.taken += 1;
        let program = Arc::clone(&self.program);
        let Some(plan) = program.decisions.get(asked.decision.index()) else {
            return;
        };
        let (account, choice) = self.choose(who, &program, asked.decision, plan, asked.args);
        if let Some(offer) = choice.as_ref().and_then(super::decide::Choice::reserved) {
            let no = self.state.instances;
            self.state.instances = self.state.instances.saturating_add(1);
            self.hold_offer(who, offer, (no, INBOUND));
            let until = self.clock_ms().saturating_add(plan.hold);
            self.state.reserved.insert((until, no), who);
        }
        let account = self.account(asked.decision, "".into(), &account, choice);
        let decide = Box::new(account);
        self.act(who, ActionKind::Decide { of: None, decide });
        self.drain();
    }

    /// The same, of no consequence: all that it touched is as it was before.
    pub fn considered(&mut self, asked: Asked) -> Option<DecideAction> {
        let program = Arc::clone(&self.program);
        let plan = program.decisions.get(asked.decision.index())?;
        let known = asked.ids.iter();
        let who = known
            .filter_map(|(number, value)| self.person_by(*number, value))
            .next();
        let who = who.map_or(NOBODY, |who| self.now_of(who));
        let person = self.state.people.get(who.index()).cloned();
        let counters = self.state.counters.clone();
        let (clock, closed) = (self.state.clock, self.state.closed);
        let (numbered, made) = (self.state.actions, self.actions.len());
        if clock.is_none_or(|clock| asked.at > clock) {
            (self.state.clock, self.state.closed) = (Some(asked.at), false);
        }
        let (account, choice) = self.choose(who, &program, asked.decision, plan, asked.args);
        let account = self.account(asked.decision, "".into(), &account, choice);
        (self.state.clock, self.state.closed) = (clock, closed);
        (self.state.actions, self.state.counters) = (numbered, counters);
        self.actions.truncate(made);
        if let (Some(before), Some(now)) = (person, self.state.people.get_mut(who.index())) {
            *now = before;
        }
        Some(account)
    }

    /// Places that were reserved, and that nobody has shown in time, are free again; that instant still held them.
    pub(super) fn give_back_reserved(&mut self, until: i64) {
        while let Some(entry) = self.state.reserved.first_entry() {
            let (held_until, no) = *entry.key();
            if held_until >= until {
                return;
            }
            let who = entry.remove();
            let who: PersonNo = self.now_of(who);
            self.give_back_offers(who, |held| held == (no, INBOUND));
        }
    }
}
