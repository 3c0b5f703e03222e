//! Limits: how many sends there may be. A limit counts what was sent and what is planned, in every
//! window of its length that holds the planned instant, before or after it; windows are closed.

use super::Engine;
use crate::state::{PersonNo, Sent};
use journey_program::civil::Zone;
use journey_program::plan::{LimitPlan, LimitWindow};
use journey_program::types::{ChannelId, PurposeId};

impl Engine {
    /// Whether one more send at this instant keeps every limit of the channel.
    pub(super) fn within_limits(
        &self,
        who: PersonNo,
        channel: ChannelId,
        purpose: PurposeId,
        at: i64,
    ) -> bool {
        let Some(plan) = self.program.channels.get(channel.index()) else {
            return true;
        };
        let Some(person) = self.person(who) else {
            return false;
        };
        let zone = self.zone_of(who);
        plan.limits
            .iter()
            .filter(|limit| concerns(&limit.purposes, purpose))
            .all(|limit| {
                let counted = person
                    .sends
                    .iter()
                    .filter(|sent| {
                        sent.channel == channel && concerns(&limit.purposes, sent.purpose)
                    })
                    .map(|sent| sent.at);
                allows(limit, zone, counted.collect(), at)
            })
    }

    /// A send that limits count from now on; those that no window can reach are forgotten.
    pub(super) fn count_send(&mut self, who: PersonNo, sent: Sent) {
        let span = self.index.limit_ms;
        if span == 0 && sent.planned.is_none() {
            return;
        }
        let oldest = self.clock_ms().saturating_sub(span);
        if let Some(person) = self.person_mut(who) {
            person.sends.retain(|sent| sent.at >= oldest);
            person.sends.push(sent);
        }
    }

    /// The place of a planned send is free again; its channel.
    pub(super) fn give_back(&mut self, who: PersonNo, instance: u64) -> Option<ChannelId> {
        let person = self.person_mut(who)?;
        let place = person
            .sends
            .iter()
            .position(|sent| sent.planned == Some(instance))?;
        Some(person.sends.remove(place).channel)
    }
}

pub(super) fn concerns(purposes: &[PurposeId], purpose: PurposeId) -> bool {
    purposes.is_empty() || purposes.contains(&purpose)
}

fn allows(limit: &LimitPlan, zone: &Zone, mut others: Vec<i64>, at: i64) -> bool {
    let most = usize::try_from(limit.count).unwrap_or(usize::MAX);
    let period = match limit.window {
        LimitWindow::Rolling(span) => return rolling(most, span, &mut others, at),
        LimitWindow::Day => zone.day_bounds(at),
        LimitWindow::Week => zone.week_bounds(at),
        LimitWindow::Month => zone.month_bounds(at),
    };
    let Some((from, to)) = period else {
        return false;
    };
    others
        .iter()
        .filter(|other| **other >= from && **other < to)
        .count()
        < most
}

/// No closed window of this length that holds `at` may have more than `most`, `at` included.
fn rolling(most: usize, span: i64, others: &mut Vec<i64>, at: i64) -> bool {
    others.push(at);
    others.sort_unstable();
    let begins = others
        .iter()
        .filter(|from| **from <= at && at <= from.saturating_add(span));
    begins.into_iter().all(|from| {
        let end = from.saturating_add(span);
        others
            .iter()
            .filter(|other| **other >= *from && **other <= end)
            .count()
            <= most
    })
}
