//! What happens after what: the directly-follows graph, variants and throughput of cases (van der Aalst,
//! "Process Mining", 2016). In: each case's activities in their order with instants; out: counts and times.

use crate::interval::{Spread, spread};
use std::collections::BTreeMap;

/// The caller's number for what was done.
pub type Activity = u32;

/// An activity and its instant, in any unit that throughput shall have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    pub activity: Activity,
    pub at: f64,
}

/// One activity straight after another in the same case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follows {
    pub count: u64,
    /// the time from the one to the other; `people` counts the times it happened
    pub wait: Spread,
}

/// One way through, and the cases that took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub activities: Vec<Activity>,
    pub cases: u64,
}

/// What a log says.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    pub cases: u64,
    pub events: u64,
    pub activities: BTreeMap<Activity, u64>,
    pub starts: BTreeMap<Activity, u64>,
    pub ends: BTreeMap<Activity, u64>,
    pub follows: BTreeMap<(Activity, Activity), Follows>,
    /// the most frequent first, then by their activities
    pub variants: Vec<Variant>,
    /// from a case's first instant to its last; nothing of no cases
    pub throughput: Option<Spread>,
}

/// Reads cases in the order given inside each; a case without activities counts for nothing.
#[must_use]
pub fn process(cases: &[Vec<Done>]) -> Process {
    let mut activities = BTreeMap::new();
    let mut starts = BTreeMap::new();
    let mut ends = BTreeMap::new();
    let mut waits: BTreeMap<(Activity, Activity), Vec<f64>> = BTreeMap::new();
    let mut ways: BTreeMap<Vec<Activity>, u64> = BTreeMap::new();
    let mut durations = Vec::new();
    let mut events = 0;
    for case in cases {
        let (Some(first), Some(last)) = (case.first(), case.last()) else {
            continue;
        };
        *starts.entry(first.activity).or_default() += 1;
        *ends.entry(last.activity).or_default() += 1;
        for done in case {
            events += 1;
            *activities.entry(done.activity).or_default() += 1;
        }
        for (from, to) in case.iter().zip(case.iter().skip(1)) {
            let wait = waits.entry((from.activity, to.activity)).or_default();
            wait.push(to.at - from.at);
        }
        let way = case.iter().map(|done| done.activity).collect();
        *ways.entry(way).or_default() += 1;
        let earliest = case
            .iter()
            .map(|done| done.at)
            .fold(f64::INFINITY, f64::min);
        let latest = case
            .iter()
            .map(|done| done.at)
            .fold(f64::NEG_INFINITY, f64::max);
        durations.push(latest - earliest);
    }
    let follows = waits.into_iter().filter_map(|(pair, waits)| {
        let wait = spread(waits)?;
        let count = wait.people;
        Some((pair, Follows { count, wait }))
    });
    let mut variants: Vec<Variant> = ways
        .into_iter()
        .map(|(activities, cases)| Variant { activities, cases })
        .collect();
    variants.sort_by_key(|variant| std::cmp::Reverse(variant.cases));
    Process {
        cases: durations.len() as u64,
        events,
        activities,
        starts,
        ends,
        follows: follows.collect(),
        variants,
        throughput: spread(durations),
    }
}
