//! Scores of 1,231 households, stays of 7,043 telephone customers, answers of 45,211 bank clients: as others
//! counted them, and against a second way of counting.

#[expect(dead_code, reason = "another test takes it")]
#[path = "common/data.rs"]
mod data;

use data::{Row, close, day, number, reference, table, text};
use journey_measure::Confidence;
use journey_measure::interval::wilson;
use journey_measure::lift::{self, Share};
use journey_measure::rfm::{Buying, Ties, scores};
use journey_measure::survival::{Stay, kaplan_meier};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn scores_of_households() {
    let Some(baskets) = table("complete-journey-a/baskets.csv.zst") else {
        return;
    };
    let as_of = day("2018-01-01");
    let mut people: BTreeMap<u64, (BTreeSet<i64>, i64)> = BTreeMap::new();
    for row in &baskets {
        let household = people
            .entry(text(row, "household_id").parse().unwrap())
            .or_default();
        household.0.insert(day(text(row, "ts")));
        // cents
        let sales: rust_decimal::Decimal = text(row, "sales").parse().unwrap();
        let cents = (sales * rust_decimal::Decimal::from(100))
            .round()
            .to_string();
        household.1 += cents.parse::<i64>().unwrap();
    }
    let buying: Vec<Buying> = people
        .values()
        .map(|(days, cents)| Buying {
            recency: (as_of - days.last().unwrap()) as f64,
            frequency: days.len() as f64,
            monetary: *cents as f64 / 100.0,
        })
        .collect();
    let found = scores(&buying, 5, Ties::ByOrder).unwrap();
    let rows = table("complete-journey-a/ref_rfm.csv.zst").unwrap();
    assert_eq!(rows.len(), found.len());
    for ((row, scores), (id, buying)) in rows.iter().zip(&found).zip(people.keys().zip(&buying)) {
        assert_eq!(text(row, "household_id"), id.to_string());
        assert_eq!(buying.recency, number(row, "recency_days"), "{id}");
        assert_eq!(buying.frequency, number(row, "frequency"), "{id}");
        close("money", buying.monetary, number(row, "monetary"), 1e-9);
        let expected = [number(row, "R"), number(row, "F"), number(row, "M")];
        let scores = [scores.recency, scores.frequency, scores.monetary].map(f64::from);
        assert_eq!(scores, expected, "{id}");
    }
}

/// The counts of each value of a column.
fn counted(rows: &[Row], column: &str, yes: (&str, &str)) -> BTreeMap<String, Share> {
    let mut out: BTreeMap<String, Share> = BTreeMap::new();
    for row in rows {
        let none = Share {
            people: 0,
            converted: 0,
        };
        let share = out.entry(text(row, column).to_owned()).or_insert(none);
        share.people += 1;
        share.converted += u64::from(text(row, yes.0) == yes.1);
    }
    out
}

#[test]
fn rates_of_telephone_customers_and_bank_clients() {
    let cases = [
        (
            "telco-churn",
            "telco_churn",
            ("Churn", "Yes"),
            ["n", "churned"],
        ),
        ("bank-marketing", "bank", ("y", "yes"), ["contacts", "yes"]),
    ];
    for (folder, file, yes, keys) in cases {
        let Some(reference) = reference(folder) else {
            return;
        };
        let rows = table(&format!("{folder}/{file}.csv.zst")).unwrap();
        let mut compared = 0;
        for (column, expected) in reference["by"].as_object().unwrap() {
            if !rows[0].contains_key(column) {
                continue;
            }
            let found = counted(&rows, column, yes);
            for (value, expected) in expected.as_object().unwrap() {
                let share = found[value];
                assert_eq!(Some(share.people), expected[keys[0]].as_u64(), "{value}");
                assert_eq!(Some(share.converted), expected[keys[1]].as_u64(), "{value}");
                let level = Confidence::NINETY_FIVE;
                let rate = wilson(share.converted, share.people, level).unwrap();
                assert!((rate.value - expected["rate"].as_f64().unwrap()).abs() < 1e-6);
                assert!(rate.interval.contains(rate.value) && rate.people == share.people);
                compared += 1;
            }
        }
        assert!(compared >= 7, "{folder}: {compared}");
    }
}

#[test]
fn a_contract_keeps_customers() {
    let Some(rows) = table("telco-churn/telco_churn.csv.zst") else {
        return;
    };
    let level = Confidence::NINETY_FIVE;
    let stays = |of: &dyn Fn(&Row) -> bool| -> Vec<Stay> {
        let stay = |row: &&Row| Stay {
            time: number(row, "tenure"),
            left: text(row, "Churn") == "Yes",
        };
        let chosen: Vec<&Row> = rows.iter().filter(|row| of(row)).collect();
        chosen.iter().map(stay).collect()
    };
    let all = stays(&|_| true);
    let curve = kaplan_meier(&all, level).unwrap();
    assert_eq!(curve.people, 7_043);
    assert_eq!(curve.drops.iter().map(|drop| drop.left).sum::<u64>(), 1_869);
    // the second way: month by month over everybody
    let mut survival = 1.0;
    for month in 0..=72 {
        let month = f64::from(month);
        let at_risk = all.iter().filter(|stay| stay.time >= month).count();
        let left = all
            .iter()
            .filter(|stay| stay.time == month && stay.left)
            .count();
        survival *= 1.0 - left as f64 / at_risk as f64;
        close("survival", curve.survival(month), survival, 1e-12);
    }
    let monthly = stays(&|row| text(row, "Contract") == "Month-to-month");
    let yearly = stays(&|row| text(row, "Contract") != "Month-to-month");
    let curves = [&monthly, &yearly].map(|stays| kaplan_meier(stays, level).unwrap());
    assert!(curves[0].median().is_some() && curves[1].median().is_none());
    for (short, long) in [(12.0, 24.0), (24.0, 48.0)] {
        assert!(curves[0].survival(short) < curves[1].survival(long));
    }
    let share = |stays: &[Stay]| Share {
        people: stays.len() as u64,
        converted: stays.iter().filter(|stay| stay.left).count() as u64,
    };
    let lift = lift::shares(share(&monthly), share(&yearly), level).unwrap();
    assert!(lift.interval.low > 0.3 && lift.p_value < 1e-100);
}
