//! Each input's turn: held back for `reorder` and taken in the order of `at`, once within `dedupe`, not
//! later than `lateness`. The clock is the largest `at` taken; before it moves past an instant, all that is
//! due at that instant happens.

use super::erasing::without_data;
use super::{DeadLetter, Engine};
use crate::input::Input;
use journey_program::chance::fingerprint;

impl Engine {
    /// The one function that live work and replay go through.
    pub(super) fn apply(&mut self, input: Input) {
        if let Input::Clock(at) = input {
            self.close(at);
            return;
        }
        let at = input.at();
        let newest = self.state.newest.map_or(at, |newest| newest.max(at));
        self.state.newest = Some(newest);
        let reorder = self.program.settings.reorder_ms;
        if reorder == 0 && self.state.held.is_empty() {
            self.take(input);
            return;
        }
        let arrival = self.state.arrivals;
        self.state.arrivals += 1;
        self.state.held.insert((at, arrival), input);
        self.release(newest.saturating_sub(reorder));
    }

    /// Takes what was held back, up to an instant.
    pub(super) fn release(&mut self, until: i64) {
        while let Some(entry) = self.state.held.first_entry() {
            if entry.key().0 > until {
                break;
            }
            let input = entry.remove();
            self.take(input);
        }
    }

    /// All instants up to this one are over.
    fn close(&mut self, at: i64) {
        self.state.newest = Some(self.state.newest.map_or(at, |newest| newest.max(at)));
        self.release(at);
        self.run_due(at);
        if self.state.clock.is_none_or(|clock| at >= clock) {
            self.state.clock = Some(at);
            self.state.closed = true;
        }
    }

    fn take(&mut self, mut input: Input) {
        self.normalise(&mut input);
        let at = input.at();
        if self.is_duplicate(input.id()) {
            self.state.counters.duplicates += 1;
            return self.see_refused("duplicate", &input);
        }
        let clock = self.state.clock.unwrap_or(at);
        let late = at < clock;
        let right = matches!(input, Input::Erase(_)); // never too late
        if !right && late && clock.saturating_sub(at) > self.program.settings.lateness_ms {
            self.refuse("late", input);
            return;
        }
        if late {
            self.state.counters.late += 1;
        } else if self.state.clock.is_none_or(|clock| at > clock) {
            self.run_due(at.saturating_sub(1));
            self.state.clock = Some(at);
            self.state.closed = false;
        }
        if self.names_the_erased(&input) {
            self.refuse("erased", without_data(input));
            return;
        }
        if let Input::Erase(erase) = input {
            self.remember(&erase.id);
            self.state.rounds = 0;
            self.erase(erase);
            return self.drain();
        }
        let heard = matches!(&input, Input::Event(event) if self.is_broadcast(event.event));
        let who = if heard {
            super::call::NOBODY
        } else if let Some(who) = self.person_of(&input) {
            who
        } else {
            self.refuse("no_identity", input);
            return;
        };
        self.see_input(who, &input);
        self.remember(input.id());
        self.state.taken += 1;
        self.state.counters.events += 1;
        self.state.rounds = 0;
        match input {
            Input::Event(event) => {
                let name = self.index.event(event.event);
                *self.state.counters.by_event.entry(name).or_default() += 1;
                if heard {
                    self.broadcast(event, late);
                } else {
                    self.event(who, event, late);
                }
            }
            Input::Profile(profile) => self.profile(who, &profile),
            Input::Consent(consent) => self.consent(who, &consent),
            Input::Clock(_) | Input::Erase(_) => {}
        }
        self.drain();
    }

    pub(super) fn refuse(&mut self, reason: &'static str, input: Input) {
        self.see_refused(reason, &input);
        *self
            .state
            .counters
            .dead_letters
            .entry(reason.into())
            .or_default() += 1;
        self.dead_letters.push(DeadLetter { reason, input });
    }

    /// Ids are forgotten before they are looked up: `dedupe` counts from the clock.
    fn is_duplicate(&mut self, id: &str) -> bool {
        let newest = self.state.newest.unwrap_or(0);
        let clock = self.state.clock.unwrap_or(newest);
        let oldest = clock.saturating_sub(self.program.settings.dedupe_ms);
        while let Some((at, print)) = self.state.seen_order.front().copied() {
            if at >= oldest {
                break;
            }
            self.state.seen_order.pop_front();
            self.state.seen.remove(&print);
        }
        !id.is_empty() && self.state.seen.contains(&fingerprint(id))
    }

    fn remember(&mut self, id: &str) {
        if !id.is_empty() {
            let print = fingerprint(id);
            self.state.seen.insert(print);
            self.state.seen_order.push_back((self.clock_ms(), print));
        }
    }
}
