//! The most that several upper bounds leave together, where each bounds a part of what there is: the cheapest
//! choice of bounds that leaves no part out. Exact for as many as people write, an upper bound beyond.

use super::amount::Amount;
use std::collections::BTreeSet;

/// Tries after which the best choice so far is taken.
const STEPS_MAX: usize = 20_000;

/// A bound, and the parts whose sum it bounds.
#[derive(Clone, Debug)]
pub struct Cover {
    pub most: Amount,
    pub over: BTreeSet<usize>,
}

struct Search<'c> {
    covers: &'c [(u64, &'c BTreeSet<usize>)],
    best: Option<u64>,
    steps: usize,
}

/// The most of parts `0..parts`. Unbounded where a part has no bound: `otherwise` names the cause.
pub fn most(parts: usize, covers: &[Cover], otherwise: impl Fn(usize) -> Amount) -> Amount {
    let bounded: Vec<(u64, &BTreeSet<usize>)> = covers
        .iter()
        .filter_map(|cover| Some((cover.most.bounded()?, &cover.over)))
        .collect();
    let free = (0..parts).find(|part| !bounded.iter().any(|(_, over)| over.contains(part)));
    if let Some(part) = free {
        return otherwise(part);
    }
    let mut search = Search {
        covers: &bounded,
        best: None,
        steps: 0,
    };
    search.from(&(0..parts).collect(), 0);
    search.best.map_or_else(Amount::default, Amount::AtMost)
}

impl Search<'_> {
    fn from(&mut self, left: &BTreeSet<usize>, spent: u64) {
        if self.best.is_some_and(|best| spent >= best) {
            return;
        }
        let Some(first) = left.first() else {
            self.best = Some(spent);
            return;
        };
        let mut ways: Vec<&(u64, &BTreeSet<usize>)> = self
            .covers
            .iter()
            .filter(|(_, over)| over.contains(first))
            .collect();
        // the widest first: it soon gives a choice to beat
        ways.sort_by_key(|(most, over)| (usize::MAX - over.intersection(left).count(), *most));
        for (most, over) in ways {
            self.steps += 1;
            if self.steps > STEPS_MAX && self.best.is_some() {
                return;
            }
            let rest: BTreeSet<usize> = left.difference(over).copied().collect();
            self.from(&rest, spent.saturating_add(*most));
        }
    }
}

#[cfg(test)]
mod tests;
