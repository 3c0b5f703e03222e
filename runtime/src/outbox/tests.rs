//! The table of the four classes, and the bounds, by hand.

use super::*;
use crate::store::bugs::Bugs;

fn bugs() -> Bugs {
    Bugs::default()
}

fn outbox() -> Outbox {
    let mut outbox = Outbox::default();
    life(&mut outbox, 1, 0);
    outbox
}

fn life(outbox: &mut Outbox, epoch: u64, at: i64) {
    let policy = Policy::default();
    let step = Step::Life {
        epoch,
        at,
        on: true,
        policy,
    };
    outbox.apply(&step, bugs());
}

fn decide(outbox: &mut Outbox, key: &str, channel: &str, class: Class) {
    outbox.decided(Decided {
        key: key.into(),
        channel: channel.into(),
        message: "m".into(),
        purpose: "p".into(),
        of: None,
        class,
        line: "{}".into(),
        at: 0,
    });
}

/// All jobs that begin at this instant.
fn begin(outbox: &mut Outbox, now: i64) -> Vec<Job> {
    let mut jobs = Vec::new();
    while let Some(step) = outbox.choose(now, &|_| Ok(()), bugs()) {
        jobs.extend(outbox.apply(&step, bugs()));
    }
    jobs
}

fn tell(outbox: &mut Outbox, job: &Job, at: i64, outcome: Outcome) {
    let step = Step::Result {
        key: Arc::clone(&job.key),
        no: job.no,
        epoch: job.epoch,
        at,
        outcome,
    };
    outbox.apply(&step, bugs());
}

fn doubtful() -> Outcome {
    Outcome::Doubtful {
        after: None,
        why: "time-out".to_owned(),
    }
}

fn not_sent(after: Option<i64>) -> Outcome {
    let why = "refused".to_owned();
    Outcome::NotSent { after, why }
}

fn state(outbox: &Outbox, key: &str) -> &'static str {
    outbox.item(key).map_or("gone", Item::state)
}

#[test]
fn what_follows_doubt_is_said_by_the_class() {
    let hour = 3_600_000;
    let rows = [
        (Class::Never, "unknown", false),
        (Class::Always, "waiting", false),
        (Class::Keyed(24 * hour), "waiting", false),
        (Class::Keyed(20_000), "uncertain", false),
        (Class::Asking, "waiting", true),
    ];
    for (class, state_then, asks) in rows {
        let mut outbox = outbox();
        decide(&mut outbox, "k", "c", class);
        let jobs = begin(&mut outbox, 1_000);
        assert_eq!(jobs.len(), 1);
        tell(&mut outbox, &jobs[0], 2_000, doubtful());
        begin(&mut outbox, 2_000);
        assert_eq!(state(&outbox, "k"), state_then, "{class:?}");
        let again = begin(&mut outbox, 60_000);
        assert_eq!(
            again.len(),
            usize::from(state_then == "waiting"),
            "{class:?}"
        );
        assert!(
            again
                .iter()
                .all(|job| job.ask == asks && job.key == jobs[0].key)
        );
    }
}

#[test]
fn a_crash_makes_an_attempt_doubtful_and_its_result_late() {
    for (class, then) in [(Class::Never, "unknown"), (Class::Always, "waiting")] {
        let mut outbox = outbox();
        decide(&mut outbox, "k", "c", class);
        let jobs = begin(&mut outbox, 0);
        life(&mut outbox, 2, 5_000);
        assert_eq!(state(&outbox, "k"), then);
        tell(&mut outbox, &jobs[0], 6_000, Outcome::Accepted);
        assert_eq!(
            state(&outbox, "k"),
            then,
            "an earlier process is not believed"
        );
        assert_eq!(outbox.endpoints["c"].totals.late, 1);
    }
}

#[test]
fn a_keyed_send_is_parked_before_the_receiver_forgets() {
    let window = 3_600_000;
    let mut outbox = outbox();
    decide(&mut outbox, "k", "c", Class::Keyed(window));
    let (mut now, mut last) = (0, 0);
    while state(&outbox, "k") == "waiting" {
        for job in begin(&mut outbox, now) {
            last = now;
            tell(&mut outbox, &job, now + 30_000, doubtful());
        }
        let Some(due) = outbox.next_due(bugs()) else {
            break;
        };
        now = due.max(now + 1);
    }
    assert_eq!(state(&outbox, "k"), "uncertain");
    assert!(last + 30_000 < window, "the last attempt began at {last}");
    assert!(last > window / 2, "it was tried until {last}");
}

#[test]
fn what_certainly_did_not_arrive_is_tried_again_by_all_classes() {
    for class in [Class::Never, Class::Always, Class::Asking, Class::Keyed(1)] {
        let mut outbox = outbox();
        decide(&mut outbox, "k", "c", class);
        let jobs = begin(&mut outbox, 0);
        tell(&mut outbox, &jobs[0], 10, not_sent(None));
        let again = begin(&mut outbox, 60_000);
        assert_eq!(again.len(), 1, "{class:?}");
        assert!(!again[0].ask);
        tell(&mut outbox, &again[0], 60_010, Outcome::Accepted);
        assert_eq!(state(&outbox, "k"), "gone");
        assert_eq!(outbox.endpoints["c"].totals.sent, 1);
        assert!(outbox.is_quiet());
    }
}

#[test]
fn retry_after_is_believed_within_bounds() {
    for (asked, least, most) in [
        (10_000, 10_000, 10_000),
        (i64::MAX, 3_600_000, 3_600_000),
        (-5, 0, 1_000),
    ] {
        let mut outbox = outbox();
        decide(&mut outbox, "k", "c", Class::Always);
        decide(&mut outbox, "other", "c", Class::Always);
        let jobs = begin(&mut outbox, 0);
        tell(&mut outbox, &jobs[1], 0, Outcome::Accepted);
        tell(&mut outbox, &jobs[0], 0, not_sent(Some(asked)));
        let due = outbox.next_due(bugs()).unwrap();
        assert!((least..=most).contains(&due), "{asked}: {due}");
    }
}

#[test]
fn an_endpoint_that_fails_is_left_alone_and_one_that_is_gone_for_good() {
    let mut outbox = outbox();
    for n in 0..100 {
        decide(&mut outbox, &format!("dead{n}"), "dead", Class::Always);
        decide(&mut outbox, &format!("well{n}"), "well", Class::Always);
    }
    let (mut now, mut tried, mut well) = (0, 0, 0);
    while now < 600_000 {
        for job in begin(&mut outbox, now) {
            if &*job.channel == "dead" {
                tried += 1;
                tell(&mut outbox, &job, now, not_sent(None));
            } else {
                well += 1;
                tell(&mut outbox, &job, now, Outcome::Accepted);
            }
        }
        now += 500;
    }
    assert_eq!(well, 100);
    assert!((16..60).contains(&tried), "{tried} attempts in ten minutes");
    decide(&mut outbox, "gone", "left", Class::Always);
    decide(&mut outbox, "next", "left", Class::Always);
    let jobs = begin(&mut outbox, now);
    let job = jobs.iter().find(|job| &*job.key == "gone").unwrap();
    let why = "410".to_owned();
    tell(&mut outbox, job, now, Outcome::Gone { why });
    let next = jobs.iter().find(|job| &*job.key == "next").unwrap();
    tell(&mut outbox, next, now, not_sent(None));
    assert_eq!(state(&outbox, "gone"), "failed");
    assert!(
        begin(&mut outbox, now + 3_600_000)
            .iter()
            .all(|job| &*job.channel != "left")
    );
    // the operator says otherwise
    let key = Arc::from("gone");
    outbox.apply(&Step::Replay { key, at: now }, bugs());
    assert!(
        begin(&mut outbox, now + 7_200_000)
            .iter()
            .any(|job| &*job.key == "gone")
    );
}

#[test]
fn consent_is_asked_before_every_attempt_and_what_is_taken_back_does_not_go() {
    let mut outbox = outbox();
    decide(&mut outbox, "k", "c", Class::Always);
    let jobs = begin(&mut outbox, 0);
    tell(&mut outbox, &jobs[0], 0, doubtful());
    let step = outbox
        .choose(60_000, &|_| Err("no_consent"), bugs())
        .unwrap();
    assert!(outbox.apply(&step, bugs()).is_none());
    assert_eq!(state(&outbox, "k"), "gone");
    assert_eq!(outbox.endpoints["c"].totals.dropped, 1);
    decide(&mut outbox, "w", "c", Class::Always);
    decide(&mut outbox, "x", "c", Class::Always);
    outbox.withdraw("w");
    let jobs = begin(&mut outbox, 60_000);
    assert_eq!(jobs.len(), 1);
    outbox.withdraw("x");
    tell(&mut outbox, &jobs[0], 60_000, doubtful());
    assert_eq!(state(&outbox, "x"), "gone");
    assert!(outbox.is_quiet() && outbox.items.is_empty() && outbox.keys.is_empty());
    assert!(outbox.deadlines.is_empty() && outbox.leases.is_empty());
}

#[test]
fn tries_and_letters_are_bounded() {
    let mut outbox = outbox();
    outbox.policy.letters = 3;
    for n in 0..5 {
        decide(&mut outbox, &format!("k{n}"), "c", Class::Never);
    }
    for job in begin(&mut outbox, 0) {
        let why = "400".to_owned();
        tell(&mut outbox, &job, 0, Outcome::Rejected { why });
    }
    let totals = outbox.endpoints["c"].totals;
    assert_eq!((totals.failed, totals.forgotten), (3, 2));
    decide(&mut outbox, "t", "d", Class::Always);
    let (mut now, mut tries) = (0, 0);
    while state(&outbox, "t") == "waiting" {
        for job in begin(&mut outbox, now) {
            tries += 1;
            tell(&mut outbox, &job, now, doubtful());
        }
        now = outbox.next_due(bugs()).map_or(now, |due| due.max(now));
    }
    assert_eq!(
        (state(&outbox, "t"), tries),
        ("failed", outbox.policy.tries)
    );
}

#[test]
fn after_a_restore_what_waits_is_in_doubt_since_the_copy() {
    let hour = 3_600_000;
    let mut outbox = outbox();
    let classes = [
        ("never", Class::Never),
        ("always", Class::Always),
        ("asking", Class::Asking),
        ("long", Class::Keyed(24 * hour)),
        ("short", Class::Keyed(hour)),
    ];
    for (key, class) in classes {
        decide(&mut outbox, key, key, class);
    }
    // ten hours later the copy is put back
    let now = 10 * hour;
    outbox.apply(&Step::Restored { at: now }, bugs());
    assert_eq!(outbox.item("never").map(Item::state), Some("unknown"));
    let jobs = begin(&mut outbox, now);
    let begun: Vec<(&str, bool)> = jobs.iter().map(|job| (&*job.key, job.ask)).collect();
    assert_eq!(
        begun,
        [("always", false), ("asking", true), ("long", false)]
    );
    assert_eq!(outbox.item("short").map(Item::state), Some("uncertain"));
    // what is due at an instant of the lost life may have gone out too
    let mut late = |key: &str, at: i64| {
        outbox.decided(Decided {
            key: key.into(),
            channel: "never".into(),
            message: "m".into(),
            purpose: "p".into(),
            of: None,
            class: Class::Never,
            line: "{}".into(),
            at,
        });
        outbox.item(key).map(Item::state)
    };
    assert_eq!(late("then", 5 * hour), Some("unknown"));
    assert_eq!(late("now", now + 1), Some("waiting"));
    let key = "then".into();
    outbox.apply(&Step::Replay { key, at: now + 2 }, bugs());
    let jobs = begin(&mut outbox, now + 2);
    assert!(jobs.iter().any(|job| &*job.key == "then" && !job.ask));
}

#[test]
fn a_channel_may_have_bounds_of_its_own() {
    let mut outbox = outbox();
    let own = Policy {
        concurrency: 1,
        tries: 2,
        first: 10,
        most: 10,
        patience: 1_000,
        ..Policy::default()
    };
    let own = [("a".into(), own)].into();
    outbox.apply(&Step::Bounds { own }, bugs());
    for (key, channel) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")] {
        decide(&mut outbox, key, channel, Class::Always);
    }
    let jobs = begin(&mut outbox, 0);
    assert_eq!(jobs.len(), 3);
    let of_a = jobs.iter().find(|job| &*job.channel == "a").unwrap();
    tell(&mut outbox, of_a, 1, doubtful());
    assert_eq!(begin(&mut outbox, 1).len(), 1, "the other one of a");
    let again = outbox.item(&of_a.key).map(|item| item.standing.clone());
    let Some(Standing::Waiting { due, until }) = again else {
        panic!("{again:?}")
    };
    assert!((6..=11).contains(&due) && until == 1_000, "{due} {until}");
}

#[test]
fn what_nobody_asks_for_is_given_up() {
    let mut outbox = outbox();
    let mut shelve = |key: &str, class: Class| {
        outbox.decided(Decided {
            key: key.into(),
            channel: "wall".into(),
            message: "m".into(),
            purpose: "p".into(),
            of: Some("u1".into()),
            class,
            line: "{}".into(),
            at: 0,
        });
    };
    shelve("once", Class::Never);
    shelve("again", Class::Always);
    shelve("keyed", Class::Keyed(3_600_000));
    shelve("left", Class::Never);
    assert!(begin(&mut outbox, 1_000).is_empty(), "nobody carries them");
    for key in ["once", "again", "keyed"] {
        let item = outbox.item(key).cloned().unwrap();
        let step = outbox.hand(&item, 1_000);
        outbox.apply(&step, bugs());
    }
    let waits = |outbox: &Outbox| outbox.waits_for("u1", "wall").count();
    assert_eq!(waits(&outbox), 3, "one was handed over for good");
    outbox.united(&"u1".into(), &"u0".into());
    assert_eq!(outbox.waits_for("u0", "wall").count(), 3);
    outbox.has_come("again");
    begin(&mut outbox, 7_200_000);
    assert_eq!(outbox.item("keyed").map(Item::state), Some("uncertain"));
    begin(&mut outbox, 91 * 86_400_000);
    assert_eq!(outbox.item("left").map(Item::state), Some("failed"));
    assert!(
        outbox
            .shelves
            .get("u0")
            .is_some_and(|shelf| shelf.len() == 2),
        "as letters"
    );
    assert_eq!(outbox.waits_for("u0", "wall").count(), 0);
}
