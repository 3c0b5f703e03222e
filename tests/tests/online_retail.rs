//! The example over its real invoices: what its summary says equals the published numbers and a brute-force
//! count; its edges are right to the millisecond; and every number in it is held by a test of its own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[cfg(test)]
#[path = "real/edges.rs"]
#[expect(dead_code, reason = "panes are the other test's")]
mod edges;
#[cfg(test)]
#[path = "real/harness.rs"]
mod harness;
#[cfg(test)]
#[path = "real/mutations.rs"]
mod mutations;

use edges::{DAY, Edges, Purchase, Rule, exact};
use harness::run;
use jiff::tz::TimeZone;
use journey_runtime::actions::KINDS;
use journey_tests::data::{root, shared};
use std::collections::BTreeMap;

#[derive(Default)]
struct Ledger {
    orders: BTreeMap<String, Vec<Purchase>>,
    rows: u64,
    cancelled: u64,
    adjusted: u64,
    people: std::collections::BTreeSet<String>,
    unknown: u64,
    unknown_cancelled: u64,
    last: i64,
}

fn invoices() -> Vec<u8> {
    std::fs::read(root().join("examples/online_retail/invoices.csv.zst")).unwrap()
}

/// The rows, sorted out by hand.
fn ledger() -> Ledger {
    let bytes = zstd::decode_all(&invoices()[..]).unwrap();
    let zone = TimeZone::get("Europe/London").unwrap();
    let mut ledger = Ledger::default();
    for row in csv::Reader::from_reader(&bytes[..]).records() {
        let row = row.unwrap();
        let (invoice, ts, customer, amount) = (&row[0], &row[1], &row[2], &row[6]);
        let local: jiff::civil::DateTime = ts.parse().unwrap();
        let at = local
            .to_zoned(zone.clone())
            .unwrap()
            .timestamp()
            .as_millisecond();
        let amount: rust_decimal::Decimal = amount.parse().unwrap();
        let is_cancelled = invoice.starts_with('C');
        ledger.rows += 1;
        if customer.is_empty() {
            ledger.unknown += 1;
            ledger.unknown_cancelled += u64::from(is_cancelled);
            continue;
        }
        ledger.last = at;
        ledger.people.insert(customer.to_owned());
        if is_cancelled {
            ledger.cancelled += 1;
        } else if amount.is_sign_positive() && !amount.is_zero() {
            let cents = (amount * rust_decimal::Decimal::from(100))
                .normalize()
                .to_string();
            let purchase = Purchase {
                at,
                cents: cents.parse().unwrap(),
                units: 0,
            };
            ledger
                .orders
                .entry(customer.to_owned())
                .or_default()
                .push(purchase);
        } else {
            ledger.adjusted += 1;
        }
    }
    ledger
}

fn edges_of(ledger: &Ledger, until: i64) -> Edges {
    let within = |all: &[Purchase], now, days| all.iter().filter(|p| exact(p, now, days)).count();
    let rules = [
        Rule {
            name: "new",
            lets_go: &|p| p.at + 30 * DAY,
            inside: &|now, all| all.len() == 1 && within(all, now, 30) > 0,
        },
        Rule {
            name: "loyal",
            lets_go: &|p| p.at + 180 * DAY,
            inside: &|now, all| within(all, now, 180) >= 3,
        },
        Rule {
            name: "lapsed",
            lets_go: &|p| p.at + 90 * DAY,
            inside: &|now, all| !all.is_empty() && within(all, now, 90) == 0,
        },
    ];
    let mut all = Edges::new();
    for (person, purchases) in &ledger.orders {
        for rule in &rules {
            let edges = edges::edges(rule, purchases, until);
            if !edges.is_empty() {
                all.insert((rule.name.to_owned(), person.clone()), edges);
            }
        }
    }
    all
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}

#[test]
fn the_summary_is_what_a_count_by_hand_says() {
    let ledger = ledger();
    let outcome = run(
        "examples/online_retail",
        "invoices",
        &invoices(),
        None,
        true,
        &KINDS,
    );
    let summary = &outcome.summary;
    assert_eq!((summary.records, ledger.rows), (28_816, 28_816));
    assert_eq!(summary.people, number(ledger.people.len()));
    let orders: usize = ledger.orders.values().map(Vec::len).sum();
    assert_eq!(summary.events["order_placed"], number(orders));
    assert_eq!(summary.events["order_cancelled"], ledger.cancelled);
    assert_eq!(summary.events["stock_adjusted"], ledger.adjusted);
    assert_eq!(
        summary.dead_letters,
        [("no_identity".to_owned(), ledger.unknown)].into()
    );
    assert!(
        outcome
            .dead
            .iter()
            .all(|letter| letter["raw"]["customer_id"] == "")
    );
    let reads = |key: &str, kind: &str| {
        outcome
            .actions
            .iter()
            .filter(|action| action[key] == kind)
            .count()
    };
    assert_eq!(reads("kind", "fault"), 0);
    // the clock stops at the last event: what is due later has not come
    let expected = edges_of(&ledger, ledger.last - 1);
    let ours = edges::of_actions(&outcome.actions);
    let ours: Edges = ours
        .into_iter()
        .filter(|((name, _), _)| name != "returns_much")
        .collect();
    edges::assert_same(&ours, &expected);
    for name in ["new", "loyal", "lapsed"] {
        let inside = |((audience, _), edges): &(&(String, String), &Vec<(i64, bool)>)| {
            audience == name && edges.last().is_some_and(|(_, inside)| *inside)
        };
        let members = expected.iter().filter(inside).count();
        assert_eq!(summary.audiences[name], number(members), "{name}");
    }
    let entered = summary.journeys["second_purchase"];
    assert_eq!(entered.entered, number(ledger.orders.len()));
    let again = |orders: &&Vec<Purchase>| {
        orders[1..]
            .iter()
            .any(|order| order.at <= orders[0].at + 30 * DAY)
    };
    assert_eq!(
        entered.goals,
        number(ledger.orders.values().filter(again).count())
    );
    let Some(reference) = shared("online-retail-2010/reference.json") else {
        return;
    };
    let reference: serde_json::Value = serde_json::from_slice(&reference).unwrap();
    let published = |key: &str| reference[key].as_u64().unwrap();
    assert_eq!(published("invoices"), summary.records);
    assert_eq!(published("customers"), number(ledger.orders.len()));
    assert_eq!(published("customers_any_row"), summary.people);
    let cancelled = summary.events["order_cancelled"] + ledger.unknown_cancelled;
    assert_eq!(published("cancelled_invoices"), cancelled);
}

#[test]
fn native_code_and_interpreter_agree_on_every_action() {
    let native = run(
        "examples/online_retail",
        "invoices",
        &invoices(),
        None,
        true,
        &KINDS,
    );
    let interpreted = run(
        "examples/online_retail",
        "invoices",
        &invoices(),
        None,
        false,
        &KINDS,
    );
    assert_eq!(native.actions, interpreted.actions);
}
