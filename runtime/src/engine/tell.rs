//! The engine's part of a run's summary.

use super::Engine;
use crate::state::TimerKind;
use crate::summary::{Counts, Pending, Summary};
use journey_program::show;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Engine {
    /// Fills in what the engine knows; what the intake has counted stays, dead letters add up.
    pub fn tell(&self, summary: &mut Summary) {
        let counters = self.counters();
        summary.people = counters.people;
        summary.duplicates = counters.duplicates;
        summary.sends = named(&counters.sends);
        summary.skips = named(&counters.skips);
        summary.faults = counters.faults.values().sum();
        for (reason, count) in &counters.dead_letters {
            *summary.dead_letters.entry(reason.to_string()).or_default() += count;
        }
        for plan in &self.program().journeys {
            let of = |counts: &BTreeMap<Arc<str>, u64>| {
                counts.get(plan.name.as_str()).copied().unwrap_or(0)
            };
            let journey = summary.journey(&plan.name);
            journey.entered = of(&counters.entries);
            journey.holdout = of(&counters.holdouts);
            journey.goals = of(&counters.goals);
            journey.ended = of(&counters.ended);
            journey.inside = journey.entered.saturating_sub(journey.ended);
        }
        for (number, plan) in self.program().audiences.iter().enumerate() {
            summary
                .audiences
                .insert(plan.name.clone(), self.audience_size(number));
        }
        let timers = |kind: TimerKind| {
            let all = self.state().timers.iter();
            all.filter(|timer| timer.kind == kind).count() as u64
        };
        summary.pending = Pending {
            waits: timers(TimerKind::Wait),
            sends: timers(TimerKind::Release),
        };
        summary.clock = self.clock().map(show::time).unwrap_or_default();
        summary.executed = self.executed_by().to_owned();
    }
}

fn named(counts: &BTreeMap<Arc<str>, u64>) -> Counts {
    counts
        .iter()
        .map(|(name, count)| (name.to_string(), *count))
        .collect()
}
