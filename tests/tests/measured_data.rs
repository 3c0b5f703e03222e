//! Published data through the whole house: a source reads them, a program is driven by them, what it says
//! goes to the statistics, and the numbers are those that others published.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

#[cfg(test)]
#[path = "real/harness.rs"]
mod harness;

use harness::{Outcome, run};
use journey_measure::Confidence;
use journey_measure::cohort::{Occasion, cohorts};
use journey_measure::credit::{self, Channel, Model, Path, Touch};
use journey_measure::interval::wilson;
use journey_measure::lift::{self, Amounts, Lift, Share};
use journey_measure::paths::{Transform, Window, paths, summary, transform};
use journey_measure::process::{Activity, Done, Process, process};
use journey_measure::survival::{Stay, kaplan_meier};
use journey_tests::data::shared;
use serde_json::Value;
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;

fn reference(folder: &str) -> Value {
    serde_json::from_slice(&shared(&format!("{folder}/reference.json")).unwrap()).unwrap()
}

fn driven(program: &str, source: &str, file: &str) -> Option<Outcome> {
    let bytes = shared(file)?;
    let outcome = run(
        &format!("tests/programs/{program}"),
        source,
        &bytes,
        None,
        true,
        &["emit", "goal"],
    );
    assert_eq!(outcome.dead, Vec::<Value>::new());
    assert_eq!(outcome.summary.faults, 0);
    Some(outcome)
}

#[track_caller]
fn near(what: &str, found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().unwrap();
    let scale = expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= tolerance * scale,
        "{what}: found {found}, published {expected}"
    );
}

/// Numbers for names, in the order they are met.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        let known = self.0.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        });
        u32::try_from(at).unwrap()
    }

    fn joined(&self, numbers: impl Iterator<Item = u32>) -> String {
        let names: Vec<&str> = numbers.map(|number| &*self.0[number as usize]).collect();
        names.join(" > ")
    }
}

fn at(action: &Value) -> i64 {
    let at: jiff::Timestamp = action["at"].as_str().unwrap().parse().unwrap();
    at.as_millisecond()
}

fn of<'a>(outcome: &'a Outcome, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    outcome
        .actions
        .iter()
        .filter(move |action| action["kind"] == kind)
}

fn emitted<'a>(outcome: &'a Outcome, event: &'a str) -> impl Iterator<Item = &'a Value> {
    of(outcome, "emit").filter(move |action| action["event"] == event)
}

fn same_lift(what: &str, found: &Lift, expected: &Value) {
    near(what, found.difference, &expected["difference"], 1e-10);
    near(
        what,
        *found.relative.as_ref().unwrap(),
        &expected["relative"],
        1e-9,
    );
    near(what, found.standard_error, &expected["se_unpooled"], 1e-6);
    near(what, found.normal.low, &expected["ci95"][0], 1e-5);
    near(what, found.normal.high, &expected["ci95"][1], 1e-5);
}

#[test]
fn an_experiment_has_its_published_lift() {
    let Some(outcome) = driven("measured_trial", "trial", "hillstrom-a/hillstrom.csv.zst") else {
        return;
    };
    assert_eq!(outcome.summary.people, 32_000);
    let reference = reference("hillstrom-a");
    let arms = [
        ("Mens E-Mail", "mens"),
        ("Womens E-Mail", "womens"),
        ("No E-Mail", "nobody"),
    ];
    let arms: BTreeMap<&str, &str> = arms.into_iter().collect();
    let audience = |name: &str| outcome.summary.audiences[name];
    let spent = |arm: &str| {
        let people = audience(arms[arm]);
        let brought = emitted(&outcome, "brought").filter(|action| action["data"]["arm"] == arm);
        let mut amounts: Vec<f64> = brought
            .map(|action| action["data"]["amount"].as_f64().unwrap())
            .collect();
        // whoever is not heard of brought nothing
        amounts.resize(usize::try_from(people).unwrap(), 0.0);
        Amounts::of(&amounts).unwrap()
    };
    for (pair, expected) in reference["lifts"].as_object().unwrap() {
        let (arm, base) = pair.split_once(" minus ").unwrap();
        let share = |arm: &str, what: &str| Share {
            people: audience(arms[arm]),
            converted: audience(&format!("{}_{what}", arms[arm])),
        };
        for (what, name) in [("visited", "visit"), ("bought", "conversion")] {
            let (a, b) = (share(arm, what), share(base, what));
            let found = lift::shares(a, b, Confidence::NINETY_FIVE).unwrap();
            same_lift(pair, &found, &expected[name]);
            near(pair, found.statistic, &expected[name]["z_pooled"], 1e-9);
        }
        let found = lift::means(spent(arm), spent(base), Confidence::NINETY_FIVE).unwrap();
        same_lift(pair, &found, &expected["spend"]);
        near(
            pair,
            found.incremental,
            &expected["spend"]["incremental_total"],
            1e-9,
        );
    }
}

/// Each ticket as the program told it, step by step.
fn told(outcome: &Outcome, names: &mut Names) -> Process {
    let mut cases: BTreeMap<&str, Vec<Done>> = BTreeMap::new();
    for action in of(outcome, "emit") {
        let activity: Activity = match action["event"].as_str() {
            Some("begun") => names.number(action["data"]["activity"].as_str().unwrap()),
            Some("follows") => names.number(action["data"]["to"].as_str().unwrap()),
            _ => panic!("{action}"),
        };
        let case = cases
            .entry(action["profile"].as_str().unwrap())
            .or_default();
        if action["event"] == "follows" {
            let from = names.number(action["data"]["from"].as_str().unwrap());
            assert_eq!(case.last().unwrap().activity, from);
        }
        let at = at(action) as f64 / 1_000.0;
        case.push(Done { activity, at });
    }
    process(&cases.into_values().collect::<Vec<_>>())
}

fn same_log(names: &Names, found: &Process, expected: &Value) {
    assert_eq!(Some(found.cases), expected["cases"].as_u64());
    assert_eq!(Some(found.events), expected["events"].as_u64());
    assert_eq!(
        Some(found.variants.len() as u64),
        expected["variants"].as_u64()
    );
    let counts = [
        ("activities", &found.activities),
        ("start_activities", &found.starts),
        ("end_activities", &found.ends),
    ];
    for (key, counts) in counts {
        let expected = expected[key].as_object().unwrap();
        assert_eq!(counts.len(), expected.len(), "{key}");
        for (activity, count) in counts {
            let name = &names.0[*activity as usize];
            assert_eq!(Some(*count), expected[name].as_u64(), "{key} {name}");
        }
    }
    let follows: BTreeMap<(&str, &str), u64> = found
        .follows
        .iter()
        .map(|((from, to), follows)| {
            (
                (&*names.0[*from as usize], &*names.0[*to as usize]),
                follows.count,
            )
        })
        .collect();
    for row in expected["directly_follows_top30"].as_array().unwrap() {
        let pair = (row["from"].as_str().unwrap(), row["to"].as_str().unwrap());
        assert_eq!(Some(follows[&pair]), row["count"].as_u64());
    }
    for (row, variant) in expected["top_variants"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&found.variants)
    {
        assert_eq!(Some(variant.cases), row["cases"].as_u64());
    }
    let spread = found.throughput.unwrap();
    let durations = &expected["case_duration_seconds"];
    near("median", spread.median, &durations["median"], 1e-9);
    near("mean", spread.mean, &durations["mean"], 1e-9);
    near("p90", spread.p90, &durations["p90"], 1e-9);
    near("most", spread.most, &durations["max"], 1e-9);
}

#[test]
fn tickets_are_told_step_by_step() {
    for (source, name) in [
        ("helpdesk", "helpdesk"),
        ("receipt", "receipt"),
        ("incidents", "bpi2013_incidents"),
    ] {
        let file = format!("case-logs/{name}_events.csv.zst");
        let Some(outcome) = driven("measured_cases", source, &file) else {
            return;
        };
        let mut names = Names::default();
        let found = told(&outcome, &mut names);
        same_log(&names, &found, &reference("case-logs")["logs"][name]);
    }
}

/// What each person was touched by and what they did, of `came` and of what converts.
type People = BTreeMap<String, (Vec<Touch>, Vec<(i64, f64)>)>;

fn touched(outcome: &Outcome, names: &mut Names) -> People {
    let mut people = People::new();
    for action in emitted(outcome, "came") {
        let channel: Channel = names.number(action["data"]["channel"].as_str().unwrap());
        let person = people.entry(action["profile"].as_str().unwrap().to_owned());
        let (at, cost) = (at(action), 0.0);
        person.or_default().0.push(Touch { channel, at, cost });
    }
    people
}

#[test]
fn sessions_of_a_shop_are_credited() {
    let Some(outcome) = driven(
        "measured_clicks",
        "clicks",
        "clickstream-ecom/events.csv.zst",
    ) else {
        return;
    };
    let reference = reference("clickstream-ecom");
    let funnel = &reference["funnel_unordered"];
    for (audience, step) in [
        ("looked", "product_view"),
        ("added", "add_to_cart"),
        ("saw_cart", "cart"),
        ("ships", "shipping_details"),
        ("pays", "payment_details"),
        ("bought", "purchase"),
    ] {
        let people = outcome.summary.audiences[audience];
        assert_eq!(Some(people), funnel[step]["users"].as_u64(), "{step}");
    }
    let visits = &outcome.summary.journeys["visit"];
    assert_eq!(Some(visits.entered), reference["sessions"].as_u64());
    assert_eq!(
        Some(visits.goals),
        reference["sessions_with_purchase"].as_u64()
    );
    let mut names = Names::default();
    let mut people = touched(&outcome, &mut names);
    for goal in of(&outcome, "goal") {
        let person = people.get_mut(goal["profile"].as_str().unwrap()).unwrap();
        person.1.push((at(goal), 1.0));
    }
    let window = Window {
        within: None,
        restart: true,
    };
    let walks: Vec<Path> = people
        .values()
        .flat_map(|(touches, conversions)| paths(touches, conversions, window, i64::MAX))
        .collect();
    let reference = &reference["paths"];
    let nulls: u64 = walks.iter().map(|path| path.nulls).sum();
    assert_eq!(Some(nulls), reference["nulls"].as_u64());
    let markov = Model::Markov { order: 1 };
    for (model, expected) in [
        (Model::First, &reference["first_touch"]),
        (Model::Last, &reference["last_touch"]),
        (Model::Linear, &reference["linear"]),
        (markov, &reference["markov_order1_exact"]["attributed"]),
    ] {
        let found = credit::attribute(&walks, model).unwrap();
        for (channel, expected) in expected.as_object().unwrap() {
            let account = found.channels[&names.number(channel)];
            near(channel, account.conversions, expected, 1e-10);
        }
    }
}

fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = shared(&format!("snowplow-fractribution/{file}_expected.csv")).unwrap();
    csv::Reader::from_reader(&bytes[..])
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn page_views_become_fractributions_report() {
    let Some(outcome) = driven(
        "measured_sessions",
        "web",
        "snowplow-fractribution/events.csv",
    ) else {
        return;
    };
    let mut names = Names::default();
    let mut people = touched(&outcome, &mut names);
    for conversion in emitted(&outcome, "converted") {
        let person = people
            .get_mut(conversion["profile"].as_str().unwrap())
            .unwrap();
        person.1.push((
            at(conversion),
            conversion["data"]["revenue"].as_f64().unwrap(),
        ));
    }
    let window = Window {
        within: Some(30 * DAY),
        restart: false,
    };
    let mut walks = Vec::new();
    for (touches, conversions) in people.values() {
        let until = touches.last().unwrap().at;
        for path in paths(touches, conversions, window, until) {
            let touches = transform(&path.touches, Transform::Exposure);
            walks.push(Path { touches, ..path });
        }
    }
    let found = summary(&walks);
    let published = rows("path_summary");
    assert_eq!(found.len(), published.len());
    for row in published {
        let same = |found: &&journey_measure::paths::Summary| {
            names.joined(found.channels.iter().copied()) == row["transformed_path"]
        };
        let found = found.iter().find(same).unwrap();
        assert_eq!(found.conversions.to_string(), row["conversions"]);
        assert_eq!(found.nulls.to_string(), row["non_conversions"]);
    }
    for row in rows("channel_attribution") {
        let model = match &*row["ATTRIBUTION_TYPE"] {
            "shapley" => Model::Marginal,
            "last_touch" => Model::Last,
            "first_touch" => Model::First,
            "linear" => Model::Linear,
            "position_based" => Model::Position,
            other => panic!("{other}"),
        };
        let found = credit::attribute(&walks, model).unwrap();
        let account = found.channels[&names.number(&row["CHANNEL"])];
        for (found, column) in [
            (account.conversions, "CONVERSIONS"),
            (account.value, "REVENUE"),
        ] {
            let expected: f64 = row[column].parse().unwrap();
            // the tables' shares are rounded to three decimals
            assert!(
                (found - expected).abs() < 1e-3 * expected.max(1.0),
                "{model:?} {row:?}"
            );
        }
    }
}

#[test]
fn an_export_with_microseconds_is_counted_as_published() {
    let file = "ga4-purchases/purchase_items.csv.zst";
    let Some(outcome) = driven("measured_store", "purchases", file) else {
        return;
    };
    let reference = reference("ga4-purchases");
    assert_eq!(Some(outcome.summary.people), reference["users"].as_u64());
    assert_eq!(
        Some(outcome.summary.events["purchase"]),
        reference["purchases"].as_u64()
    );
    let rows = outcome.summary.events["purchase"] + outcome.summary.duplicates;
    assert_eq!(Some(rows), reference["rows"].as_u64());
    let countries = &reference["by_country_top10"]["United States"];
    let told = emitted(&outcome, "bought");
    let american = told.filter(|action| action["data"]["country"] == "United States");
    assert_eq!(Some(american.count() as u64), countries.as_u64());
    let mut each: BTreeMap<&str, u64> = BTreeMap::new();
    for action in emitted(&outcome, "bought") {
        *each.entry(action["profile"].as_str().unwrap()).or_default() += 1;
    }
    let mut users: BTreeMap<String, u64> = BTreeMap::new();
    for purchases in each.values() {
        *users.entry(purchases.to_string()).or_default() += 1;
    }
    for (purchases, people) in reference["purchases_per_user"].as_object().unwrap() {
        assert_eq!(Some(users[purchases]), people.as_u64(), "{purchases}");
    }

    let outcome = driven("measured_store", "items", file).unwrap();
    assert_eq!(
        Some(outcome.summary.events["item_bought"]),
        reference["rows"].as_u64()
    );
    let mut occasions = Vec::new();
    let mut units = 0.0;
    let mut people: BTreeMap<&str, u64> = BTreeMap::new();
    for action in emitted(&outcome, "brought") {
        let fresh = people.len() as u64;
        let person = *people
            .entry(action["profile"].as_str().unwrap())
            .or_insert(fresh);
        let at: jiff::Timestamp = action["at"].as_str().unwrap().parse().unwrap();
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        units += action["data"]["units"].as_f64().unwrap();
        occasions.push(Occasion {
            person,
            period: i64::from(date.year()) * 12 + i64::from(date.month()) - 1,
            amount: action["data"]["paid"].as_f64().unwrap(),
        });
    }
    near("units", units, &reference["units"], 0.0);
    let cohorts = cohorts(&occasions);
    for (month, expected) in reference["revenue_by_month"].as_object().unwrap() {
        let (year, month) = month.split_once('-').unwrap();
        let period = year.parse::<i64>().unwrap() * 12 + month.parse::<i64>().unwrap() - 1;
        let cells = cohorts.cells.iter().filter(|(key, _)| key.1 == period);
        let amount = cells.map(|(_, cell)| cell.amount).sum();
        near("revenue", amount, expected, 1e-12);
    }
    let all: f64 = occasions.iter().map(|occasion| occasion.amount).sum();
    near("revenue", all, &reference["item_revenue_usd"], 1e-12);
}

#[test]
fn rates_of_a_bank_and_a_telephone_company() {
    let Some(outcome) = driven("measured_rates", "bank", "bank-marketing/bank.csv.zst") else {
        return;
    };
    let bank = reference("bank-marketing");
    let audience = |name: &str| outcome.summary.audiences[name];
    assert_eq!(Some(audience("all_called")), bank["rows"].as_u64());
    assert_eq!(Some(audience("all_yes")), bank["yes"].as_u64());
    let level = Confidence::NINETY_FIVE;
    let same = |people: &str, yes: &str, expected: &Value| {
        assert_eq!(
            Some(audience(people)),
            expected["contacts"].as_u64(),
            "{people}"
        );
        let rate = wilson(audience(yes), audience(people), level).unwrap();
        assert!((rate.value - expected["rate"].as_f64().unwrap()).abs() < 1e-6);
        assert!(rate.interval.contains(rate.value));
    };
    for contact in ["cellular", "telephone", "unknown"] {
        let (people, yes) = (format!("by_{contact}"), format!("by_{contact}_yes"));
        same(&people, &yes, &bank["by"]["contact"][contact]);
    }
    same(
        "succeeded",
        "succeeded_yes",
        &bank["by"]["poutcome"]["success"],
    );
    for cap in 1..=5 {
        let expected = &bank["frequency_cap"][format!("cap_{cap}")];
        let (decided, kept) = (format!("decided_{cap}"), format!("kept_{cap}"));
        assert_eq!(
            Some(audience(&decided)),
            expected["clients_decided_within_cap"].as_u64()
        );
        assert_eq!(Some(audience(&kept)), expected["yes_kept"].as_u64());
    }

    let outcome = driven("measured_rates", "telco", "telco-churn/telco_churn.csv.zst").unwrap();
    let telco = reference("telco-churn");
    let stay = |action: &Value| Stay {
        time: action["data"]["months"].as_f64().unwrap(),
        left: action["data"]["left"].as_bool().unwrap(),
    };
    let all: Vec<Stay> = emitted(&outcome, "told").map(stay).collect();
    let curve = kaplan_meier(&all, level).unwrap();
    assert_eq!(Some(curve.people), telco["rows"].as_u64());
    let left: u64 = curve.drops.iter().map(|drop| drop.left).sum();
    assert_eq!(Some(left), telco["churned"].as_u64());
    for (contract, expected) in telco["by"]["Contract"].as_object().unwrap() {
        let told = emitted(&outcome, "told");
        let of = told.filter(|action| action["data"]["contract"] == *contract);
        let stays: Vec<Stay> = of.map(stay).collect();
        let left = stays.iter().filter(|stay| stay.left).count() as u64;
        let rate = wilson(left, stays.len() as u64, level).unwrap();
        assert_eq!(Some(rate.people), expected["n"].as_u64(), "{contract}");
        assert!((rate.value - expected["rate"].as_f64().unwrap()).abs() < 1e-6);
    }
}
