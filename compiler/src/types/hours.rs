//! Hours of a channel that never meet: quiet hours that cover all the hours in which it is open. Both go by the
//! person's zone; opening hours of a zone of their own meet quiet hours somewhere, so they are left to the runtime.

use super::{Checker, Problem};
use crate::hir::Quiet;
use journey_grammar::tree::ChannelDecl;
use journey_program::plan::OpenPlan;
use journey_program::types::PurposeId;
use std::collections::BTreeSet;

const DAY: i64 = 86_400_000;

impl Checker<'_> {
    /// Reports the purposes for which a channel takes nothing at any time.
    pub(crate) fn never_open(&mut self, decl: &ChannelDecl, quiet: &[Quiet], open: &[OpenPlan]) {
        if open.iter().any(|open| open.zone.is_some()) || open.len() != decl.open.len() {
            return;
        }
        let always = [(0, DAY)];
        let open: Vec<(i64, i64)> = if open.is_empty() {
            always.to_vec()
        } else {
            let hours = open.iter().map(|open| (open.from, open.to));
            hours.flat_map(|(from, to)| of_a_day(from, to)).collect()
        };
        let named: BTreeSet<Option<PurposeId>> = quiet
            .iter()
            .flat_map(|quiet| quiet.purposes.iter().map(|purpose| Some(*purpose)))
            .chain([None])
            .collect();
        for purpose in named {
            let concerned = quiet.iter().filter(|quiet| {
                quiet.purposes.is_empty() || purpose.is_some_and(|p| quiet.purposes.contains(&p))
            });
            let windows = concerned.flat_map(|quiet| of_a_day(quiet.from, quiet.to));
            let mut windows: Vec<(i64, i64)> = windows.collect();
            windows.sort_unstable();
            if !open.iter().all(|hours| covered(*hours, &windows)) {
                continue;
            }
            let name = purpose.and_then(|purpose| self.world.purposes.get(purpose.index()));
            let whom = name.map_or_else(String::new, |name| format!(" for `{name}`"));
            let Some(first) = decl.quiet.first() else {
                return;
            };
            let message = format!("`{}` never takes a message{whom}", decl.name.text);
            let mut problem = Problem::new("never-open", first.span, message)
                .help("leave an hour in which the channel is open and nothing is quiet");
            if let Some(open) = decl.open.first() {
                problem = problem.label(open.span, "all of these hours are quiet");
            }
            self.report(problem);
            return;
        }
    }
}

/// A window of clock times as parts of one day.
fn of_a_day(from: i64, to: i64) -> Vec<(i64, i64)> {
    if from < to {
        vec![(from, to)]
    } else {
        vec![(0, to), (from, DAY)]
    }
}

/// Whether windows, by their beginnings, leave nothing of a stretch.
fn covered((from, to): (i64, i64), windows: &[(i64, i64)]) -> bool {
    let mut at = from;
    for (start, end) in windows {
        if *start <= at {
            at = at.max(*end);
        }
    }
    at >= to
}
