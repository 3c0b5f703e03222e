//! Each input's turn: held back for `reorder` and taken in the order of `at`, once within `dedupe`, not
//! later than `lateness`. The clock is the largest `at` taken; before it moves past an instant, all that is
//! due at that instant happens.

use super::erasing::without_data;
use super::{DeadLetter, Engine};
use crate::input::Input;
use journey_program::chance::fingerprint;
use journey_program::types::EventId;

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
        self.state.held.insert((at, arrival), Box::new(input));
        self.release(newest.saturating_sub(reorder));
    }

    /// Takes what was held back, up to an instant.
    pub(super) fn release(&mut self, until: i64) {
        while let Some(entry) = self.state.held.first_entry() {
            if entry.key().0 > until {
                break;
            }
            let input = entry.remove();
            self.take(*input);
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
        let print = print_of(input.id());
        if self.is_duplicate(print) {
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
            self.remember(print);
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
        self.remember(print);
        self.state.taken += 1;
        self.state.counters.events += 1;
        self.state.rounds = 0;
        match input {
            Input::Event(event) => {
                self.count_event(event.event);
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

    fn count_event(&mut self, event: EventId) {
        let counted = &mut self.state.counters.by_event;
        match counted.get_mut(self.index.event_name(event)) {
            Some(count) => *count += 1,
            None => {
                counted.insert(self.index.event(event), 1);
            }
        }
    }

    /// Ids are forgotten before they are looked up: `dedupe` counts from the clock.
    fn is_duplicate(&mut self, print: Option<u128>) -> bool {
        // before the first input is taken nothing is known; what is held back says nothing of the clock
        let Some(clock) = self.state.clock else {
            return false;
        };
        let oldest = clock.saturating_sub(self.program.settings.dedupe_ms);
        self.state.seen.forget(oldest);
        print.is_some_and(|print| self.state.seen.contains(print))
    }

    fn remember(&mut self, print: Option<u128>) {
        if let Some(print) = print {
            let now = self.clock_ms();
            self.state.seen.insert(now, print);
        }
    }
}

/// What an id is remembered by; what has none is never a duplicate.
fn print_of(id: &str) -> Option<u128> {
    (!id.is_empty()).then(|| fingerprint(id))
}
