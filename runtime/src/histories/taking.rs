//! An event of the log as a history takes it in: its value, its key, and of a sequence which of the two it is.

use super::{Fact, HistoryState, Link, Linked, When};
use crate::scalar::{Scalar, at_path};
use crate::state::Taken;
use journey_program::plan::{HistoryAggregate, HistoryPlan};

impl HistoryState {
    /// `second`: as the second event of its sequence. True: something was dropped to make room.
    pub fn take(
        &mut self,
        plan: &HistoryPlan,
        when: &When<'_>,
        event: &Taken,
        second: bool,
    ) -> bool {
        let counts = plan.aggregate == HistoryAggregate::Decayed && plan.value.is_empty();
        let value = match at_path(&event.values, &plan.value) {
            _ if counts => Some(Scalar::Int(1)),
            value => value.and_then(Scalar::of),
        };
        let key = plan
            .keyed
            .as_ref()
            .and_then(|path| at_path(&event.values, path))
            .and_then(Scalar::of);
        let fact = Fact {
            at: event.at,
            place: event.place,
            value,
        };
        let dropped = match &plan.sequence {
            None => self.add(plan, &fact, key),
            Some(sequence) => {
                let [first, other] = match &sequence.same {
                    Some([first, other]) => [first, other].map(|path| at_path(&event.values, path)),
                    None => [None, None],
                };
                let (key, same) = if second {
                    (Link::Second, other)
                } else {
                    (Link::First(key), first)
                };
                let same = same.and_then(Scalar::of);
                self.follow(plan, when, &Linked { fact, key, same })
            }
        };
        self.prune(plan, when);
        dropped
    }
}
