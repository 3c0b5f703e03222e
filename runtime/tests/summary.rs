//! The summary as people read it.

use journey_runtime::summary::{Counts, JourneyCounts, Pending, Summary};
use std::time::Duration;

fn counts(table: &[(&str, u64)]) -> Counts {
    table
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn reads_as_a_table() {
    let entered = JourneyCounts {
        entered: 1_000_000,
        goals: 7,
        ..JourneyCounts::default()
    };
    let summary = Summary {
        records: 28_816,
        people: 4_383,
        events: counts(&[("order_cancelled", 4_372), ("order_placed", 19_213)]),
        dead_letters: counts(&[("no_identity", 5_229)]),
        duplicates: 2,
        journeys: [("second_purchase".to_owned(), entered)].into(),
        sends: counts(&[("email", 1)]),
        skips: counts(&[("no_consent", 1)]),
        audiences: counts(&[("lapsed", 0)]),
        pending: Pending {
            waits: 12,
            sends: 0,
        },
        executed: "native".into(),
        ..Summary::default()
    };
    let expected = "\
records            28,816
events             23,585
  order_cancelled  4,372
  order_placed     19,213
people             4,383
duplicates         2
dead letters       5,229
  no_identity      5,229
journeys
  second_purchase  1,000,000 entered, 7 goals
sends              1
  email            1
skips              1
  no_consent       1
audiences
  lapsed           0
pending            12 waits, 0 sends
executed           native
took               0.250 s, 115,264 records a second
";
    assert_eq!(summary.render(Some(Duration::from_millis(250))), expected);
    let empty = Summary::default().render(Some(Duration::ZERO));
    assert!(
        empty.ends_with("pending  0 waits, 0 sends\ntook     0.000 s\n"),
        "{empty}"
    );
}
