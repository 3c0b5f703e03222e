//! What decisions gave, and how those to whom it was shown answered.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of all things that happen are looked at"
)]

use super::facts::Facts;
use super::table::{Cell, Table};
use journey_measure::Confidence;
use journey_measure::interval::wilson;
use journey_runtime::measure::What;
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &[&str] = &[
    "decision", "offer", "outcome", "times", "people", "shown_to", "rate", "low", "high",
];

pub fn tables(facts: &Facts) -> Vec<Table> {
    let mut table = Table::new("decisions", "Offers, and how they were answered", COLUMNS);
    let mut times: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    let mut who: BTreeMap<(String, String, String), BTreeSet<usize>> = BTreeMap::new();
    for (number, person) in facts.people.iter().enumerate() {
        for (no, tally) in &person.tallies {
            let Some(kind) = facts.kind(*no) else {
                continue;
            };
            let [decision, offer, outcome, _] = &kind.names;
            let outcome = match kind.what {
                What::Decided => "decided",
                What::Offered => &**outcome,
                _ => continue,
            };
            let key = (decision.to_string(), offer.to_string(), outcome.to_owned());
            *times.entry(key.clone()).or_default() += u64::from(tally.count);
            who.entry(key).or_default().insert(number);
        }
    }
    for (key, people) in &who {
        let (decision, offer, outcome) = key;
        let shown = (decision.clone(), offer.clone(), "shown".to_owned());
        let shown = who.get(&shown);
        let answers = !matches!(outcome.as_str(), "shown" | "decided");
        let reached = shown.map_or(0, BTreeSet::len) as u64;
        let both = shown.map_or(0, |shown| shown.intersection(people).count()) as u64;
        let rate = answers.then(|| wilson(both, reached, Confidence::NINETY_FIVE));
        let cell = |of: fn(&journey_measure::Estimate) -> f64| match &rate {
            Some(rate) => Cell::of(rate.as_ref().map(of).map_err(Clone::clone)),
            None => Cell::nothing(),
        };
        table.rows.push(vec![
            Cell::text(decision),
            Cell::text(offer),
            Cell::text(outcome),
            Cell::Count(times.get(key).copied().unwrap_or(0)),
            Cell::Count(people.len() as u64),
            Cell::Count(reached),
            cell(|rate| rate.value),
            cell(|rate| rate.interval.low),
            cell(|rate| rate.interval.high),
        ]);
    }
    vec![table]
}
