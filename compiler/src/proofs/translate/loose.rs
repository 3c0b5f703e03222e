//! What the counts of a question do not say: windows that are not nested in the others, clocks that are asked in two
//! ways. Their variables may be anything, so that nobody is shown on their account.

use super::Translator;
use super::histories::OfEvent;
use super::windows::{lies_in, of_calendar};
use crate::proofs::formula::{Formula, Linear, Var};
use crate::proofs::vars::What;
use journey_program::types::EventId;
use std::collections::BTreeSet;

impl Translator<'_> {
    /// Windows outside the chain: an event in one happened at some time.
    pub(super) fn loose_windows(&mut self, event: EventId, of: &OfEvent) {
        let loose: Vec<usize> = (0..of.windows.len())
            .filter(|window| !of.chain.contains(window))
            .collect();
        for filter in 0..of.filters.len() {
            let count = |window: usize| What::Count {
                event,
                filter,
                window,
            };
            for window in &loose {
                let Some(var) = self.vars.find(&count(*window)) else {
                    continue;
                };
                self.vars.loosen(var);
                let Some(inside) = of.windows.get(*window) else {
                    continue;
                };
                for other in 0..of.windows.len() {
                    let around = of.windows.get(other).is_some_and(|w| lies_in(inside, w));
                    if other != *window
                        && around
                        && let Some(wider) = self.vars.find(&count(other))
                        && let Some(side) = Formula::le(&Linear::var(var), &Linear::var(wider))
                    {
                        self.sides.push(side);
                    }
                }
            }
        }
    }

    pub(super) fn loosen_counts(&mut self, event: EventId) {
        let counts = |what: &What| match what {
            What::Count { event: of, .. } | What::Happened { event: of, .. } => *of == event,
            _ => false,
        };
        let all: Vec<Var> = self
            .vars
            .whats
            .iter()
            .enumerate()
            .filter(|(_, (what, _))| counts(what))
            .filter_map(|(at, _)| Some(Var(u32::try_from(at).ok()?)))
            .collect();
        for var in all {
            self.vars.loosen(var);
        }
    }

    /// Today and now, an age and its date: each alone is free; together they are not, which is not followed.
    pub(super) fn loosen_clocks(&mut self, read: &BTreeSet<Var>) {
        let reads = |what: &What| self.vars.find(what).filter(|var| read.contains(var));
        let mut tied = Vec::new();
        if reads(&What::Now).is_some() || reads(&What::Today).is_some() {
            let events = self.histories.events.iter();
            let civil = events.filter(|(_, of)| of.windows.iter().any(|w| of_calendar(&w.window)));
            let civil: Vec<EventId> = civil.map(|(event, _)| *event).collect();
            for event in civil {
                self.loosen_counts(event);
            }
        }
        let reads = |what: &What| self.vars.find(what).filter(|var| read.contains(var));
        if let (Some(now), Some(today)) = (reads(&What::Now), reads(&What::Today)) {
            tied.extend([now, today]);
        }
        for (what, _) in &self.vars.whats {
            if let What::YearsSince(root, path) = what
                && let Some(age) = reads(what)
                && let Some(date) = reads(&What::Value(*root, path.clone()))
            {
                tied.extend([age, date]);
            }
        }
        for var in tied {
            self.vars.loosen(var);
        }
    }
}
