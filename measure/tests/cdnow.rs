//! CDNOW, 23,570 customers: the published parameters of BG/NBD and Gamma-Gamma, every customer's prediction,
//! value over twelve months, scores and cohorts, as others computed them.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may fail by panicking"
)]

#[path = "common/data.rs"]
mod data;

use data::{close, day, month, near, number, reference, table, text};
use journey_measure::cohort::{Occasion, cohorts};
use journey_measure::interval::spread;
use journey_measure::rfm::{Buying, Ties, scores};
use journey_measure::value::{
    self, BgNbd, Customer, GammaGamma, Horizon, MbgNbd, ParetoNbd, Purchase,
};
use std::collections::BTreeMap;

fn customers(file: &str) -> Option<Vec<Customer>> {
    let rows = table(file)?;
    let customer = |row: &data::Row| Customer {
        repeats: number(row, "frequency") as u32,
        recency: number(row, "recency"),
        age: number(row, "T"),
        mean_amount: row
            .get("monetary_value")
            .map_or(0.0, |m| m.parse().unwrap()),
    };
    Some(rows.iter().map(customer).collect())
}

/// Everybody's purchases in the order of the ids.
fn ledger() -> Option<BTreeMap<String, Vec<Purchase>>> {
    let mut people: BTreeMap<String, Vec<Purchase>> = BTreeMap::new();
    for row in table("cdnow/transactions.csv.zst")? {
        let id = text(&row, "customer_id").to_owned();
        let (period, amount) = (day(text(&row, "date")), number(&row, "dollars"));
        people
            .entry(id)
            .or_default()
            .push(Purchase { period, amount });
    }
    Some(people)
}

#[test]
fn bg_nbd_has_the_published_parameters() {
    let Some(reference) = reference("cdnow") else {
        return;
    };
    let reference = &reference["bg_nbd"];
    let customers = customers("cdnow/fader_hardie_summary.csv.zst").unwrap();
    let (model, fitted) = BgNbd::fit(&customers).unwrap();
    assert_eq!(fitted.people, 2_357);
    near(
        "ll",
        fitted.log_likelihood,
        &reference["log_likelihood"],
        1e-9,
    );
    // the reference's optimiser stops earlier than ours: its likelihood is not above ours
    assert!(fitted.log_likelihood >= reference["log_likelihood"].as_f64().unwrap() - 1e-6);
    let all = [
        ("r", model.r),
        ("alpha", model.alpha),
        ("a", model.a),
        ("b", model.b),
    ];
    for (name, found) in all {
        near(name, found, &reference["fitted"][name], 1e-3);
        near(name, found, &reference["published"][name], 1e-3);
    }
    let example = &reference["worked_example"];
    let customer = Customer {
        repeats: 2,
        recency: 30.43,
        age: 38.86,
        mean_amount: 0.0,
    };
    let expected = model.expected(&customer, 39.0).unwrap();
    near("example", expected, &example["expected"], 1e-4);
    near("example", expected, &example["published_expected"], 1e-3);
}

#[test]
fn predictions_of_every_customer() {
    let Some(rows) = table("cdnow/ref_customer_predictions.csv.zst") else {
        return;
    };
    let reference = reference("cdnow").unwrap();
    let fitted = &reference["bg_nbd"]["fitted"];
    let of = |name: &str| fitted[name].as_f64().unwrap();
    // the reference's own parameters: what differs is the formulas alone
    let model = BgNbd {
        r: of("r"),
        alpha: of("alpha"),
        a: of("a"),
        b: of("b"),
    };
    let mut total = 0.0;
    for row in &rows {
        let customer = Customer {
            repeats: number(row, "frequency") as u32,
            recency: number(row, "recency"),
            age: number(row, "T"),
            mean_amount: 0.0,
        };
        close(
            "alive",
            model.alive(&customer),
            number(row, "p_alive_bgnbd"),
            1e-8,
        );
        let expected = model.expected(&customer, 39.0).unwrap();
        close(
            "expected",
            expected,
            number(row, "expected_purchases_39w_bgnbd"),
            1e-8,
        );
        total += expected;
    }
    near(
        "total",
        total,
        &reference["sample"]["expected_total_39w_bgnbd"],
        1e-8,
    );
}

#[test]
fn pareto_nbd_and_the_modified_model() {
    let Some(reference) = reference("cdnow") else {
        return;
    };
    let customers = customers("cdnow/fader_hardie_summary.csv.zst").unwrap();
    let expected = &reference["pareto_nbd"];
    let (model, fitted) = ParetoNbd::fit(&customers).unwrap();
    near(
        "ll",
        fitted.log_likelihood,
        &expected["published"]["log_likelihood"],
        1e-5,
    );
    let all = [
        ("r", model.r),
        ("alpha", model.alpha),
        ("s", model.s),
        ("beta", model.beta),
    ];
    for (name, found) in all {
        near(name, found, &expected["fitted"][name], 1e-3);
        near(name, found, &expected["published"][name], 1e-3);
    }
    let of = |name: &str| expected["fitted"][name].as_f64().unwrap();
    let theirs = ParetoNbd {
        r: of("r"),
        alpha: of("alpha"),
        s: of("s"),
        beta: of("beta"),
    };
    let rows = table("cdnow/ref_customer_predictions.csv.zst").unwrap();
    let mut total = 0.0;
    for (row, customer) in rows.iter().zip(&customers) {
        let alive = theirs.alive(customer).unwrap();
        close("alive", alive, number(row, "p_alive_paretonbd"), 1e-8);
        total += theirs.expected(customer, 39.0).unwrap();
    }
    // both models expect about as much
    near(
        "total",
        total,
        &reference["sample"]["expected_total_39w_bgnbd"],
        0.05,
    );
    let (model, _) = MbgNbd::fit(&customers).unwrap();
    let all = [
        ("r", model.r),
        ("alpha", model.alpha),
        ("a", model.a),
        ("b", model.b),
    ];
    for (name, found) in all {
        near(name, found, &reference["mbg_nbd"]["fitted"][name], 1e-3);
    }
    let expected = |c: &Customer| model.expected(c, 39.0).unwrap();
    let total = customers.iter().map(expected).sum();
    near(
        "total",
        total,
        &reference["sample"]["expected_total_39w_bgnbd"],
        0.05,
    );
    assert!(customers.iter().all(|customer| model.alive(customer) < 1.0));
}

#[test]
fn gamma_gamma_has_the_published_parameters() {
    let Some(reference) = reference("cdnow") else {
        return;
    };
    let customers = customers("cdnow/summary_with_monetary.csv.zst").unwrap();
    let (model, fitted) = GammaGamma::fit(&customers).unwrap();
    let reference = &reference["gamma_gamma"];
    assert_eq!(fitted.people, 946);
    for (name, found) in [("p", model.p), ("q", model.q), ("v", model.v)] {
        near(name, found, &reference["fitted"][name], 1e-3);
        near(name, found, &reference["published"][name], 3e-3);
    }
}

#[test]
fn value_over_twelve_months() {
    let Some(reference) = reference("cdnow") else {
        return;
    };
    let customers = customers("cdnow/summary_with_monetary.csv.zst").unwrap();
    let of = |model: &str, name: &str| reference[model]["fitted"][name].as_f64().unwrap();
    let purchases = BgNbd {
        r: of("bg_nbd", "r"),
        alpha: of("bg_nbd", "alpha"),
        a: of("bg_nbd", "a"),
        b: of("bg_nbd", "b"),
    };
    let amounts = GammaGamma {
        p: of("gamma_gamma", "p"),
        q: of("gamma_gamma", "q"),
        v: of("gamma_gamma", "v"),
    };
    let horizon = Horizon {
        periods: 12,
        length: 4.345,
        discount: 0.01,
    };
    let repeaters = customers.iter().filter(|customer| customer.repeats > 0);
    let values: Vec<f64> = repeaters
        .map(|customer| value::value(&purchases, &amounts, customer, horizon).unwrap())
        .collect();
    let reference = &reference["clv_12_months"];
    near("sum", values.iter().sum(), &reference["sum"], 1e-6);
    for (found, expected) in values.iter().zip(reference["first5"].as_array().unwrap()) {
        near("one", *found, expected, 1e-6);
    }
}

#[test]
fn the_papers_summary_comes_from_the_ledger() {
    let Some(people) = ledger() else { return };
    let sample = table("cdnow/sample_ids.csv.zst").unwrap();
    let papers = customers("cdnow/fader_hardie_summary.csv.zst").unwrap();
    let mut masters: Vec<(String, String)> = sample
        .iter()
        .map(|row| {
            (
                text(row, "sample_id").to_owned(),
                text(row, "master_id").to_owned(),
            )
        })
        .collect();
    masters.sort();
    assert_eq!(masters.len(), papers.len());
    for ((_, master), paper) in masters.iter().zip(&papers) {
        let found = value::customer(&people[master], day("1997-09-30"), 7.0).unwrap();
        assert_eq!(found.repeats, paper.repeats, "{master}");
        // the paper's weeks have two decimals
        assert!((found.recency - paper.recency).abs() < 0.006, "{master}");
        assert!((found.age - paper.age).abs() < 0.006, "{master}");
    }
}

#[test]
fn scores_of_everybody() {
    let Some(people) = ledger() else { return };
    let as_of = day("1998-07-01");
    let mut buying = Vec::new();
    for purchases in people.values() {
        let mut days: Vec<i64> = purchases.iter().map(|p| p.period).collect();
        days.sort_unstable();
        days.dedup();
        let cents: f64 = purchases.iter().map(|p| (p.amount * 100.0).round()).sum();
        buying.push(Buying {
            recency: (as_of - days.last().unwrap()) as f64,
            frequency: days.len() as f64,
            monetary: cents / 100.0,
        });
    }
    let found = scores(&buying, 5, Ties::ByOrder).unwrap();
    let rows = table("cdnow/ref_rfm.csv.zst").unwrap();
    assert_eq!(rows.len(), 23_570);
    let mut cells: BTreeMap<String, u64> = BTreeMap::new();
    for ((row, scores), (id, _)) in rows.iter().zip(&found).zip(&people) {
        assert_eq!(text(row, "customer_id"), id);
        let expected = (number(row, "R"), number(row, "F"), number(row, "M"));
        let scores = (scores.recency, scores.frequency, scores.monetary);
        let as_numbers = (
            f64::from(scores.0),
            f64::from(scores.1),
            f64::from(scores.2),
        );
        assert_eq!(as_numbers, expected, "{id}");
        let cell = format!("{}{}{}", scores.0, scores.1, scores.2);
        *cells.entry(cell).or_default() += 1;
    }
    let reference = reference("cdnow").unwrap();
    assert_eq!(
        cells.len() as u64,
        reference["rfm"]["cells"].as_u64().unwrap()
    );
    for (cell, people) in reference["rfm"]["top10_cells"].as_object().unwrap() {
        assert_eq!(cells[cell], people.as_u64().unwrap(), "{cell}");
    }
}

#[test]
fn monthly_cohorts() {
    let Some(people) = ledger() else { return };
    let mut occasions = Vec::new();
    let mut gaps = Vec::new();
    for (person, purchases) in people.values().enumerate() {
        let mut days: BTreeMap<i64, f64> = BTreeMap::new();
        for purchase in purchases {
            *days.entry(purchase.period).or_default() += purchase.amount;
        }
        let mut order = days.keys();
        if let (Some(first), Some(second)) = (order.next(), order.next()) {
            gaps.push((second - first) as f64);
        }
        for (day, amount) in days {
            let date = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(day);
            let period = month(&date.to_string());
            let person = person as u64;
            occasions.push(Occasion {
                person,
                period,
                amount,
            });
        }
    }
    let found = cohorts(&occasions);
    let rows = table("cdnow/ref_monthly_cohorts.csv").unwrap();
    assert_eq!(found.cells.len(), rows.len());
    for row in &rows {
        let key = (month(text(row, "cohort")), month(text(row, "mo")));
        let cell = found.cells[&key];
        assert_eq!(cell.active as f64, number(row, "active"), "{key:?}");
        assert_eq!(cell.occasions as f64, number(row, "orders"), "{key:?}");
        close("dollars", cell.amount, number(row, "dollars"), 1e-9);
        let size = found.people(key.0).unwrap() as f64;
        let kept = found.retention(key.0, key.1 - key.0).unwrap();
        close("retention", kept, number(row, "active") / size, 1e-12);
    }
    let reference = reference("cdnow").unwrap();
    for (cohort, size) in reference["full_cohort"]["cohort_sizes"]
        .as_object()
        .unwrap()
    {
        assert_eq!(found.people(month(cohort)).unwrap(), size.as_u64().unwrap());
    }
    let second = &reference["full_cohort"]["days_first_to_second_purchase"];
    let gaps = spread(gaps).unwrap();
    assert_eq!(gaps.people, second["n"].as_u64().unwrap());
    near("median", gaps.median, &second["median"], 1e-9);
    near("p25", gaps.p25, &second["p25"], 1e-9);
    near("p75", gaps.p75, &second["p75"], 1e-9);
    near("mean", gaps.mean, &second["mean"], 1e-6);
}
