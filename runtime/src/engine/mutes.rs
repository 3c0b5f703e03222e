//! What is muted: a byte by purpose in the profile's block, true up to the last instant of the longest `mute`
//! and cleared in the second half of that instant.

use super::Engine;
use crate::state::{Moment, PersonNo};
use journey_program::record;
use journey_program::types::PurposeId;

impl Engine {
    pub(super) fn is_muted(&self, who: PersonNo, purpose: PurposeId) -> bool {
        let person = self.state.people.get(who.index());
        let until = person.and_then(|person| person.muted.get(purpose.index()));
        until.is_some_and(Option::is_some)
    }

    /// The next instant at which a purpose is muted no more.
    pub(super) fn mute_change(&self, who: PersonNo) -> i64 {
        let person = self.state.people.get(who.index());
        let untils = person.into_iter().flat_map(|person| &person.muted);
        untils.flatten().copied().min().unwrap_or(i64::MAX)
    }

    /// Ends what has run out.
    pub(super) fn end_mutes(&mut self, who: PersonNo, now: Moment) {
        let first = self.program.profile.muted;
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        for (until, byte) in person.muted.iter_mut().zip(first..) {
            if until.is_some_and(|until| Moment::after(until) <= now) {
                *until = None;
                record::put_u8(&mut person.block, byte, 0);
                person.dirty = true;
            }
        }
    }
}
