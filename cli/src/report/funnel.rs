//! What became of those who entered a journey, step by step, and how long that took.

use super::facts::Facts;
use super::table::{Cell, Table};
use journey_runtime::measure::{Kind, What};
use std::collections::BTreeMap;

const COLUMNS: &[&str] = &[
    "journey",
    "version",
    "step",
    "what",
    "detail",
    "times",
    "people",
    "mean_minutes",
];
const MINUTE: f64 = 60_000.0;

/// In the order in which a person meets them.
const ORDER: [(What, &str); 11] = [
    (What::Entered, "entered"),
    (What::HeldOut, "held_out"),
    (What::Refused, "refused"),
    (What::Arm, "arm"),
    (What::Sent, "sent"),
    (What::Answered, "outcome"),
    (What::Skipped, "skipped"),
    (What::Postponed, "postponed"),
    (What::Withdrawn, "withdrawn"),
    (What::Goal, "goal"),
    (What::Left, "left"),
];

#[derive(Default)]
struct Count {
    times: u64,
    people: u64,
    took: i128,
}

pub fn tables(facts: &Facts) -> Vec<Table> {
    let mut counts: BTreeMap<(String, String, String, usize, String), Count> = BTreeMap::new();
    for person in &facts.people {
        for (no, tally) in &person.tallies {
            let Some(kind) = facts.kind(*no) else {
                continue;
            };
            let Some(place) = ORDER.iter().position(|(what, _)| *what == kind.what) else {
                continue;
            };
            let (step, detail) = names(kind);
            let [journey, ..] = &kind.names;
            let key = (
                journey.to_string(),
                kind.version.to_string(),
                step,
                place,
                detail,
            );
            let count = counts.entry(key).or_default();
            count.times += u64::from(tally.count);
            count.people += 1;
            count.took += i128::from(tally.took);
        }
    }
    let mut table = Table::new("funnel", "What became of those who entered", COLUMNS);
    for ((journey, version, step, place, detail), count) in counts {
        let timed = ORDER.get(place).is_some_and(|(what, _)| {
            !matches!(what, What::Entered | What::HeldOut | What::Refused)
        });
        let mean = count.took as f64 / count.times as f64 / MINUTE;
        table.rows.push(vec![
            Cell::Text(journey),
            Cell::Text(version),
            Cell::Text(step),
            Cell::text(ORDER.get(place).map_or("", |(_, name)| name)),
            Cell::Text(detail),
            Cell::Count(count.times),
            Cell::Count(count.people),
            Cell::maybe(timed.then_some(mean)),
        ]);
    }
    vec![table]
}

/// The step, and what more is to be said of it.
fn names(kind: &Kind) -> (String, String) {
    let [_, a, b, c] = kind.names.each_ref().map(|name| name.to_string());
    let dotted = |one: String, more: String| match more.is_empty() {
        true => one,
        false => format!("{one} {more}"),
    };
    match kind.what {
        What::Sent => (a, b),
        What::Answered => (a, dotted(b, c)),
        What::Arm | What::Postponed | What::Withdrawn => (a, b),
        What::Skipped => (a, dotted(b, c)),
        What::Left | What::Refused => (String::new(), a),
        What::Entered
        | What::HeldOut
        | What::Goal
        | What::Decided
        | What::Offered
        | What::Touched
        | What::Converted
        | What::Advocated
        | What::Moved => (String::new(), String::new()),
    }
}
