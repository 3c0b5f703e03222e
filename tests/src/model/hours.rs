//! When a channel takes a send: by looking at every civil day around, at every instant at which something
//! begins or ends.

use super::Model;
use journey_compiler::hir::{Channel, Message};
use journey_program::civil::{Zone, weekday};
use journey_program::plan::OpenPlan;

const DAYS: i64 = 20;

/// Two weeks: what does not come before is looked for again then.
const AGAIN: i64 = 14 * 24 * 60 * 60 * 1000;

impl Model<'_> {
    /// The first instant, from `from` on, that no quiet window of the channel covers and at which it is open.
    pub(super) fn first_open(
        &self,
        who: usize,
        channel: &Channel,
        message: &Message,
        from: i64,
    ) -> i64 {
        let zone = self.zone_of(who);
        let quiet: Vec<_> = channel
            .quiet
            .iter()
            .filter(|q| q.purposes.is_empty() || q.purposes.contains(&message.purpose))
            .collect();
        let fits = |at: i64| {
            let loud = quiet
                .iter()
                .all(|q| zone.window_end(at, q.from, q.to).is_none());
            loud && (channel.open.is_empty() || channel.open.iter().any(|o| is_open(o, zone, at)))
        };
        // Something changes only where a window begins or ends.
        let mut instants = vec![from];
        for day in days_around(zone, from) {
            for q in &quiet {
                instants.extend(zone.date_at_clock(day, q.to));
            }
        }
        for open in &channel.open {
            let zone = zone_of(open, zone);
            for day in days_around(zone, from) {
                instants.extend(zone.date_at_clock(day, open.from));
            }
        }
        instants.sort_unstable();
        let mut later = instants
            .into_iter()
            .filter(|at| *at >= from && *at <= from + AGAIN);
        later.find(|at| fits(*at)).unwrap_or(from + AGAIN)
    }
}

pub(super) fn days_around(zone: &Zone, at: i64) -> std::ops::RangeInclusive<i64> {
    let today = zone.date_of(at).unwrap_or(0);
    today - 1..=today + DAYS
}

pub(super) fn zone_of(open: &OpenPlan, person: &'static Zone) -> &'static Zone {
    open.zone.as_deref().and_then(Zone::named).unwrap_or(person)
}

fn is_open(open: &OpenPlan, person: &'static Zone, at: i64) -> bool {
    let zone = zone_of(open, person);
    let today = zone.date_of(at).unwrap_or(0);
    [today - 1, today, today + 1].into_iter().any(|day| {
        let end = if open.from > open.to { day + 1 } else { day };
        let on = open.days & (1 << (weekday(day) - 1)) != 0;
        let (from, to) = (
            zone.date_at_clock(day, open.from),
            zone.date_at_clock(end, open.to),
        );
        on && from.is_some_and(|from| from <= at) && to.is_some_and(|to| at < to)
    })
}
