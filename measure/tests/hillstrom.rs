//! Hillstrom's e-mail experiment: rates, differences, standard errors and intervals of three arms as others
//! computed them, and the split as intended.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[expect(dead_code, reason = "another test takes it")]
#[path = "common/data.rs"]
mod data;

use data::{near, number, reference, table, text};
use journey_measure::lift::{self, Amounts, Lift, Share, many, split};
use journey_measure::{Confidence, Interval};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Default)]
struct Arm {
    visits: u64,
    conversions: u64,
    spend: Vec<f64>,
}

fn arms() -> Option<BTreeMap<String, Arm>> {
    let mut arms: BTreeMap<String, Arm> = BTreeMap::new();
    for row in table("hillstrom-a/hillstrom.csv.zst")? {
        let arm = arms.entry(text(&row, "segment").to_owned()).or_default();
        arm.visits += u64::from(text(&row, "visit") == "1");
        arm.conversions += u64::from(text(&row, "conversion") == "1");
        arm.spend.push(number(&row, "spend"));
    }
    Some(arms)
}

fn same(what: &str, found: &Lift, reference: &Value, shares: bool) {
    near(what, found.difference, &reference["difference"], 1e-12);
    near(
        what,
        *found.relative.as_ref().unwrap(),
        &reference["relative"],
        1e-10,
    );
    let [low, high] = [&reference["ci95"][0], &reference["ci95"][1]];
    if shares {
        near(what, found.standard_error, &reference["se_unpooled"], 1e-6);
        near(what, found.statistic, &reference["z_pooled"], 1e-9);
        near(what, found.normal.low, low, 1e-5);
        near(what, found.normal.high, high, 1e-5);
    } else {
        near(what, found.standard_error, &reference["se_unpooled"], 1e-10);
        near(what, found.normal.low, low, 1e-10);
        near(what, found.normal.high, high, 1e-10);
        near(
            what,
            found.incremental,
            &reference["incremental_total"],
            1e-9,
        );
    }
    // Newcombe's and Welch's are of the same size on so many people
    let Interval { low: a, high: b } = found.interval;
    let width = found.normal.width();
    assert!((a - found.normal.low).abs() < 0.02 * width, "{what}");
    assert!((b - found.normal.high).abs() < 0.02 * width, "{what}");
    let relative = found.relative_interval.as_ref().unwrap();
    assert!(relative.contains(*found.relative.as_ref().unwrap()));
    // the relative interval holds zero exactly where the difference's does
    assert_eq!(relative.contains(0.0), found.normal.contains(0.0), "{what}");
}

#[test]
fn lifts_are_the_published_ones() {
    let Some(arms) = arms() else { return };
    let reference = reference("hillstrom-a").unwrap();
    let level = Confidence::NINETY_FIVE;
    for (pair, expected) in reference["lifts"].as_object().unwrap() {
        let (a, b) = pair.split_once(" minus ").unwrap();
        let (a, b) = (&arms[a], &arms[b]);
        let people = |arm: &Arm| arm.spend.len() as u64;
        let share = |arm: &Arm, converted| Share {
            people: people(arm),
            converted,
        };
        let visit = lift::shares(share(a, a.visits), share(b, b.visits), level).unwrap();
        same(pair, &visit, &expected["visit"], true);
        let (ca, cb) = (share(a, a.conversions), share(b, b.conversions));
        let conversion = lift::shares(ca, cb, level).unwrap();
        same(pair, &conversion, &expected["conversion"], true);
        let amounts = |arm: &Arm| Amounts::of(&arm.spend).unwrap();
        let spend = lift::means(amounts(a), amounts(b), level).unwrap();
        same(pair, &spend, &expected["spend"], false);
        let sums = |arm: &Arm| {
            let squares = arm.spend.iter().map(|spend| spend * spend).sum();
            Amounts::from_sums(people(arm), arm.spend.iter().sum(), squares).unwrap()
        };
        let again = lift::means(sums(a), sums(b), level).unwrap();
        assert!((again.p_value - spend.p_value).abs() < 1e-9);
    }
    for (name, expected) in reference["arms"].as_object().unwrap() {
        let arm = &arms[name];
        let amounts = Amounts::of(&arm.spend).unwrap();
        assert_eq!(expected["n"].as_u64().unwrap(), amounts.people);
        assert_eq!(expected["visits"].as_u64().unwrap(), arm.visits);
        near("sd", amounts.variance.sqrt(), &expected["spend_sd"], 1e-10);
        near("mean", amounts.mean, &expected["spend_per_customer"], 1e-10);
    }
}

#[test]
fn the_split_is_the_intended_one() {
    let Some(arms) = arms() else { return };
    let seen: Vec<(u64, f64)> = arms
        .values()
        .map(|arm| (arm.spend.len() as u64, 1.0))
        .collect();
    let found = split::split(&seen).unwrap();
    assert!(!found.mismatch && found.people == 32_000);
    // and would not be with a tenth of one arm lost
    let mut lost = seen.clone();
    lost[0].0 -= lost[0].0 / 10;
    assert!(split::split(&lost).unwrap().mismatch);
}

#[test]
fn both_mailings_stand_after_correction() {
    let Some(arms) = arms() else { return };
    let base = &arms["No E-Mail"];
    let p = |name: &str| {
        let arm = &arms[name];
        let share = |arm: &Arm| Share {
            people: arm.spend.len() as u64,
            converted: arm.visits,
        };
        let lift = lift::shares(share(arm), share(base), Confidence::NINETY_FIVE);
        lift.unwrap().p_value
    };
    let adjusted = many::holm(&[p("Mens E-Mail"), p("Womens E-Mail")]);
    assert!(adjusted.iter().all(|p| *p < 1e-10));
}
