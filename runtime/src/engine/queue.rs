//! What joins the same instant: edges of fields that steps set, events that steps emit. First in, first
//! out, each with the full order, in a bounded number of rounds.

use super::Engine;
use super::apply::Cause;
use crate::actions::ActionKind;
use crate::state::{PersonNo, Queued};
use journey_program::ir::FaultCode;

/// Rounds at one instant; the next one is a fault and ends the instant.
pub const ROUNDS_MAX: u32 = 1000;

impl Engine {
    pub(super) fn join(&mut self, queued: Queued) {
        self.state.queue.push_back(queued);
    }

    pub(super) fn drain(&mut self) {
        while let Some(queued) = self.state.queue.pop_front() {
            self.state.rounds += 1;
            if self.state.rounds > ROUNDS_MAX {
                self.too_many(match &queued {
                    Queued::Edges(who)
                    | Queued::Resume(who, ..)
                    | Queued::Event(who, _)
                    | Queued::Broadcast(who, _) => *who,
                });
                return;
            }
            match queued {
                Queued::Edges(who) => self.occur(who, None, &Cause::Time),
                Queued::Event(who, event) => self.occur(who, Some(&event), &Cause::Time),
                Queued::Resume(who, rank, next) => self.resume_shared(who, rank, next),
                Queued::Broadcast(_, event) => self.hear(&event),
            }
        }
    }

    fn too_many(&mut self, who: PersonNo) {
        self.state.queue.clear();
        let reason = FaultCode::TooManyRounds.name();
        *self.state.counters.faults.entry(reason.into()).or_default() += 1;
        self.act(
            who,
            ActionKind::Fault {
                of: None,
                reason,
                site: None,
            },
        );
    }
}
