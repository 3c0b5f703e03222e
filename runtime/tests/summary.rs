//! The summary as people read it.

use journey_runtime::summary::{JourneyCounts, Pending, Summary, count};
use std::time::Duration;

#[test]
fn reads_as_a_table() {
    let mut summary = Summary {
        records: 28_816,
        people: 4_383,
        ..Summary::default()
    };
    for _ in 0..1_234 {
        count(&mut summary.events, "order_placed");
    }
    count(&mut summary.dead_letters, "no_identifier");
    count(&mut summary.sends, "email");
    count(&mut summary.skips, "no_consent");
    *summary.journey("second_purchase") = JourneyCounts {
        entered: 1_000_000,
        goals: 7,
        ..JourneyCounts::default()
    };
    summary.audiences.insert("lapsed".into(), 0);
    summary.pending = Pending {
        waits: 12,
        sends: 0,
    };
    summary.executed = "native".into();
    let expected = "\
records            28,816
events             1,234
  order_placed     1,234
people             4,383
dead letters       1
  no_identifier    1
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
    assert!(
        Summary::default()
            .render(Some(Duration::ZERO))
            .ends_with("took     0.000 s\n")
    );
}
