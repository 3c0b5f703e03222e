//! 69,659 purchases of a cohort of 23,570, in the order of its customers: repeat rates as published, and
//! every edge of four audiences as counted by hand, to the millisecond.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[cfg(test)]
#[path = "real/edges.rs"]
mod edges;
#[cfg(test)]
#[path = "real/harness.rs"]
mod harness;

use edges::{DAY, Edges, Purchase, Rule, by_pane, exact, pane};
use harness::{Outcome, run};
use journey_tests::data::shared;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Everybody's purchases in order: by time, then as they stand in the file.
type People = BTreeMap<String, Vec<Purchase>>;

const WITHIN_DAYS: [i64; 7] = [7, 14, 30, 60, 90, 180, 365];
/// 1999-01-01: all that is due has come
const UNTIL: i64 = 915_148_800_000;

/// The ledger, and its rows' minutes of the day made odd on request.
fn ledger(odd: bool) -> Option<(Vec<u8>, People)> {
    let packed = shared("cdnow/transactions.csv.zst")?;
    let bytes = zstd::decode_all(&packed[..]).unwrap();
    let mut text = String::from("customer_id,date,cds,dollars\n");
    let mut people = People::new();
    let mut rows = csv::Reader::from_reader(&bytes[..]);
    for (number, row) in rows.records().enumerate() {
        let row = row.unwrap();
        let (customer, date, cds, dollars) = (&row[0], &row[1], &row[2], &row[3]);
        let minute = if odd {
            (i64::try_from(number).unwrap() * 7_919) % 720 * 2 + 1
        } else {
            0
        };
        let clock = format!("{date}T{:02}:{:02}", minute / 60, minute % 60);
        writeln!(
            text,
            "{customer},{},{cds},{dollars}",
            if odd { &clock } else { date }
        )
        .unwrap();
        let at: jiff::Timestamp = format!("{clock}:00Z").parse().unwrap();
        let cents: rust_decimal::Decimal = dollars.parse().unwrap();
        let cents = (cents * rust_decimal::Decimal::from(100)).to_string();
        let cents = cents.split('.').next().unwrap().parse().unwrap();
        let units = cds.parse().unwrap();
        let purchase = Purchase {
            at: at.as_millisecond(),
            cents,
            units,
        };
        people
            .entry(customer.to_owned())
            .or_default()
            .push(purchase);
    }
    for purchases in people.values_mut() {
        purchases.sort_by_key(|purchase| purchase.at);
    }
    Some((if odd { text.into_bytes() } else { packed }, people))
}

fn edges_of(people: &People) -> Edges {
    let rules = [
        Rule {
            name: "lapsed",
            lets_go: &|p| p.at + 60 * DAY,
            inside: &|now, all| !all.is_empty() && !all.iter().any(|p| exact(p, now, 60)),
        },
        Rule {
            name: "often",
            lets_go: &|p| p.at + 90 * DAY,
            inside: &|now, all| all.iter().filter(|p| exact(p, now, 90)).count() >= 3,
        },
        Rule {
            name: "spends",
            lets_go: &|p| pane(p) + 60 * DAY,
            inside: &|now, all| {
                let inside = all.iter().filter(|p| by_pane(p, now, 60));
                inside.map(|p| p.cents).sum::<i64>() >= 5_000
            },
        },
        Rule {
            name: "collects",
            lets_go: &|p| p.at + 28 * DAY,
            inside: &|now, all| {
                let many = all.iter().filter(|p| p.units >= 3 && exact(p, now, 28));
                many.count() >= 2
            },
        },
    ];
    let mut all = Edges::new();
    for (person, purchases) in people {
        for rule in &rules {
            let edges = edges::edges(rule, purchases, UNTIL);
            if !edges.is_empty() {
                all.insert((rule.name.to_owned(), person.clone()), edges);
            }
        }
    }
    all
}

/// How many bought again, later than their first instant, within so many days.
fn repeats(people: &People, days: i64) -> u64 {
    let again = |purchases: &&Vec<Purchase>| {
        let first = purchases[0].at;
        purchases
            .iter()
            .any(|p| p.at > first && p.at <= first + days * DAY)
    };
    u64::try_from(people.values().filter(again).count()).unwrap()
}

fn check(outcome: &Outcome, people: &People) {
    assert_eq!(outcome.dead, Vec::<serde_json::Value>::new());
    assert_eq!(outcome.summary.records, 69_659);
    assert_eq!(outcome.summary.people, 23_570);
    assert_eq!(outcome.summary.events["purchase"], 69_659);
    for days in WITHIN_DAYS {
        let counts = &outcome.summary.journeys[&format!("again_{days}")];
        assert_eq!(
            (counts.entered, counts.goals),
            (23_570, repeats(people, days)),
            "{days} days"
        );
    }
    edges::assert_same(&edges::of_actions(&outcome.actions), &edges_of(people));
}

#[test]
fn repeat_rates_are_the_published_ones() {
    let Some((bytes, people)) = ledger(false) else {
        return;
    };
    let outcome = run(
        "tests/programs/cdnow",
        "ledger",
        &bytes,
        Some(UNTIL),
        true,
        &["audience"],
    );
    check(&outcome, &people);
    let reference = shared("cdnow/reference.json").unwrap();
    let reference: serde_json::Value = serde_json::from_slice(&reference).unwrap();
    for days in WITHIN_DAYS {
        let goals = outcome.summary.journeys[&format!("again_{days}")].goals;
        let rate = f64::from(u32::try_from(goals).unwrap()) / 23_570.0;
        let published = &reference["full_cohort"]["repeat_rate_within_days"][days.to_string()];
        assert!(
            (rate - published.as_f64().unwrap()).abs() < 1e-6,
            "{days} days: {rate}"
        );
    }
}

#[test]
fn edges_fall_at_odd_minutes_too() {
    let Some((bytes, people)) = ledger(true) else {
        return;
    };
    let outcome = run(
        "tests/programs/cdnow",
        "ledger",
        &bytes,
        Some(UNTIL),
        false,
        &["audience"],
    );
    check(&outcome, &people);
}
