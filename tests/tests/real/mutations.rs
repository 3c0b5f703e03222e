//! The example's own tests hold every number of it: each of these slips of the pen makes one fail.

use journey_cli::project::{Project, folder};
use journey_cli::testing;
use journey_tests::data::root;
use std::path::Path;

/// File, what it says, what it says by mistake.
const MUTATIONS: [(&str, &str, &str); 33] = [
    ("audiences", "== 1 and any", "== 2 and any"),
    ("audiences", "last 30 days", "last 31 days"),
    ("audiences", "last 180 days >= 3", "last 180 days >= 4"),
    ("audiences", "last 180 days >= 3", "last 181 days >= 3"),
    (
        "audiences",
        "no order_placed in last 90 days",
        "no order_placed in last 91 days",
    ),
    (
        "audiences",
        "no order_placed in last 90 days",
        "no order_placed in last 89 days",
    ),
    ("audiences", "orders >= 4", "orders >= 5"),
    (
        "audiences",
        "cancelled * 2 > orders",
        "cancelled * 2 > orders + 2",
    ),
    ("audiences", "orders >= 4 and", "orders >= 1 and"),
    ("channels", "consent opt_out", "consent opt_in"),
    (
        "channels",
        "revoked by unsubscribed",
        "revoked by order_cancelled",
    ),
    ("channels", "20:00 to 08:00", "20:01 to 08:00"),
    ("channels", "20:00 to 08:00", "20:00 to 07:59"),
    ("channels", "1 per 7 days", "2 per 7 days"),
    ("channels", "1 per 7 days", "1 per 8 days"),
    ("channels", "{order.units} pieces", "{order.units} parcels"),
    (
        "data",
        "sum order_placed.total",
        "max order_placed.total ?? 0 GBP",
    ),
    ("data", "count order_cancelled", "count order_placed"),
    ("journeys", "    exit on order_cancelled\n", ""),
    ("journeys", "within 30 days", "within 29 days"),
    ("journeys", "within 30 days", "within 31 days"),
    ("journeys", "within 21 days", "within 22 days"),
    ("journeys", "    set country = first_order.country\n", ""),
    ("journeys", "wait 10 days", "wait 11 days"),
    ("journeys", "wait 25 days", "wait 24 days"),
    ("journeys", "reenter after 365 days", "reenter always"),
    ("journeys", "    while not returns_much\n", ""),
    ("journeys", "spent >= 1_000 GBP", "spent > 1_000 GBP"),
    ("journeys", "reenter after 180 days", "reenter never"),
    (
        "journeys",
        "reenter after 180 days",
        "reenter after 90 days",
    ),
    (
        "journeys",
        "voucher 50% => { send with_voucher = win_back_voucher",
        "voucher 50% => { send with_voucher = win_back_letter",
    ),
    ("journeys", "up to 28 days", "up to 27 days"),
    (
        "journeys",
        "send last_word = win_back_last",
        "send last_word = win_back_letter",
    ),
];

/// The titles of the example's tests that fail, after a change of one file.
fn failing(change: Option<(&str, &str, &str)>) -> Vec<String> {
    let source = root().join("examples/online_retail");
    let copy = tempfile::tempdir().unwrap();
    for file in folder(&source).unwrap() {
        let mut text = String::from_utf8(file.bytes.to_vec()).unwrap();
        if let Some((name, from, to)) = change
            && file.path == format!("{name}.journey")
        {
            assert!(text.contains(from), "{name} does not say {from}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(copy.path().join(&file.path), text).unwrap();
    }
    tests_of(copy.path())
}

fn tests_of(folder: &Path) -> Vec<String> {
    let project = Project::open(Some(folder)).unwrap();
    let program = project.checked(false).unwrap();
    let verdicts = testing::run(&program, &project.sources, "").unwrap();
    assert!(!verdicts.is_empty());
    let failed = verdicts
        .into_iter()
        .filter(|verdict| !verdict.failures.is_empty());
    failed
        .map(|verdict| format!("{}: {:?}", verdict.title, verdict.failures))
        .collect()
}

#[test]
fn the_example_passes_its_own_tests() {
    assert_eq!(failing(None), Vec::<String>::new());
}

#[test]
fn every_mutation_is_caught() {
    let survives = |change: &&(&str, &str, &str)| failing(Some(**change)).is_empty();
    let survivors: Vec<_> = MUTATIONS.iter().filter(survives).collect();
    assert!(survivors.is_empty(), "{survivors:#?}");
}
