//! Three logs of customer service: activities, variants, directly-follows, starts, ends and durations as
//! others counted them.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[expect(dead_code, reason = "another test takes it")]
#[path = "common/data.rs"]
mod data;

use data::{Row, near, reference, table, text};
use journey_measure::process::{Activity, Done, Process, process};
use serde_json::Value;
use std::collections::BTreeMap;

fn load(file: &str, activity: impl Fn(&Row) -> String) -> Option<(Vec<String>, Process)> {
    let mut names: Vec<String> = Vec::new();
    let mut ids: BTreeMap<String, Activity> = BTreeMap::new();
    let mut cases: BTreeMap<String, Vec<Done>> = BTreeMap::new();
    for row in table(&format!("case-logs/{file}_events.csv.zst"))? {
        let name = activity(&row);
        let fresh = Activity::try_from(names.len()).unwrap();
        let activity = *ids.entry(name.clone()).or_insert(fresh);
        if activity == fresh {
            names.push(name);
        }
        let time: jiff::Timestamp = text(&row, "ts").parse().unwrap();
        let at = time.as_millisecond() as f64 / 1_000.0;
        let case = cases.entry(text(&row, "case").to_owned()).or_default();
        case.push(Done { activity, at });
    }
    let cases: Vec<Vec<Done>> = cases.into_values().collect();
    Some((names, process(&cases)))
}

fn same(names: &[String], found: &Process, expected: &Value) {
    let name = |activity: &Activity| names.get(*activity as usize).unwrap().clone();
    assert_eq!(expected["cases"].as_u64(), Some(found.cases));
    assert_eq!(expected["events"].as_u64(), Some(found.events));
    assert_eq!(
        expected["variants"].as_u64(),
        Some(found.variants.len() as u64)
    );
    let counts = |counts: &BTreeMap<Activity, u64>| -> BTreeMap<String, u64> {
        counts
            .iter()
            .map(|(activity, count)| (name(activity), *count))
            .collect()
    };
    let named = |key: &str| -> BTreeMap<String, u64> {
        let object = expected[key].as_object().unwrap();
        object
            .iter()
            .map(|(name, count)| (name.clone(), count.as_u64().unwrap()))
            .collect()
    };
    assert_eq!(counts(&found.activities), named("activities"));
    assert_eq!(counts(&found.starts), named("start_activities"));
    assert_eq!(counts(&found.ends), named("end_activities"));
    let follows: BTreeMap<(String, String), u64> = found
        .follows
        .iter()
        .map(|((from, to), follows)| ((name(from), name(to)), follows.count))
        .collect();
    for row in expected["directly_follows_top30"].as_array().unwrap() {
        let word = |key: &str| row[key].as_str().unwrap().to_owned();
        let count = follows.get(&(word("from"), word("to"))).copied();
        assert_eq!(count, row["count"].as_u64());
    }
    let paths: BTreeMap<String, u64> = found
        .variants
        .iter()
        .map(|variant| {
            let path: Vec<String> = variant.activities.iter().map(name).collect();
            (path.join(" > "), variant.cases)
        })
        .collect();
    for (row, variant) in expected["top_variants"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&found.variants)
    {
        let path = row["path"].as_str().unwrap();
        assert_eq!(paths.get(path).copied(), row["cases"].as_u64(), "{path}");
        assert_eq!(Some(variant.cases), row["cases"].as_u64());
    }
    let spread = found.throughput.unwrap();
    let durations = &expected["case_duration_seconds"];
    near("median", spread.median, &durations["median"], 1e-9);
    near("mean", spread.mean, &durations["mean"], 1e-9);
    near("p90", spread.p90, &durations["p90"], 1e-9);
    near("max", spread.most, &durations["max"], 1e-9);
}

#[test]
fn logs_are_counted_as_published() {
    let Some(reference) = reference("case-logs") else {
        return;
    };
    let activity = |row: &Row| text(row, "activity").to_owned();
    let status = |row: &Row| format!("{}/{}", text(row, "status"), text(row, "substatus"));
    let (names, found) = load("receipt", activity).unwrap();
    same(&names, &found, &reference["logs"]["receipt"]);
    let (names, found) = load("helpdesk", activity).unwrap();
    same(&names, &found, &reference["logs"]["helpdesk"]);
    let (names, found) = load("bpi2013_incidents", status).unwrap();
    same(&names, &found, &reference["logs"]["bpi2013_incidents"]);
}
