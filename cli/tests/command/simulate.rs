//! `journey simulate`: its reports and its refusals as snapshots; what it invents has the rates that were
//! declared, what it sends keeps every promise of the program, and `journey run` makes the same of it.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong must stop"
)]

use super::{journey, write};
use journey_program::civil::{Zone, weekday};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CLUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulate/club");
const RETAIL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/online_retail");

/// Events and actions of a simulation, and its report.
struct Year {
    folder: TempDir,
    report: String,
}

impl Year {
    fn of(project: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "--write-events",
            "events.jsonl",
            "--actions",
            "actions.jsonl",
        ];
        let args: Vec<&str> = ["simulate", project]
            .iter()
            .chain(&files)
            .chain(more)
            .copied()
            .collect();
        let report = journey(folder.path(), &args);
        assert!(report.starts_with("exit 0"), "{report}");
        Self { folder, report }
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        let text = self.text(name);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Those of one type.
    fn events(&self, kind: &str) -> Vec<Value> {
        let all = self.lines("events.jsonl").into_iter();
        all.filter(|event| event["type"] == kind).collect()
    }

    /// What `run` makes of the events.
    fn replayed(&self, project: &str) -> String {
        let args = [
            "run",
            project,
            "--events",
            "events.jsonl",
            "--actions",
            "replayed.jsonl",
        ];
        let told = journey(self.folder.path(), &args);
        assert!(told.starts_with("exit 0"), "{told}");
        self.text("replayed.jsonl")
    }
}

fn at_ms(line: &Value) -> i64 {
    use journey_runtime::intake::convert::instant::{Parsed, parse};
    match parse(line["at"].as_str().unwrap()) {
        Some(Parsed::Instant(at)) => at,
        _ => panic!("no instant in {line}"),
    }
}

#[test]
fn the_year_of_the_examples() {
    let retail = ["--people", "600"];
    let year = Year::of(RETAIL, &retail);
    insta::assert_snapshot!("simulate_retail", year.report);
    assert_eq!(year.text("actions.jsonl"), year.replayed(RETAIL));
    let year = Year::of(CLUB, &[]);
    insta::assert_snapshot!("simulate_club", year.report);
    assert_eq!(year.text("actions.jsonl"), year.replayed(CLUB));
    let first: Vec<String> = year
        .text("events.jsonl")
        .lines()
        .take(6)
        .map(str::to_owned)
        .collect();
    insta::assert_snapshot!("simulate_club_events", first.join("\n"));
    let json = journey(
        Path::new(CLUB),
        &["simulate", ".", "--format", "json", "--days", "14"],
    );
    insta::assert_snapshot!("simulate_club_json", json);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_both_executions() {
    let short = ["--days", "14", "--people", "150"];
    let one = Year::of(CLUB, &short);
    let two = Year::of(CLUB, &[&short[..], &["--interpret"]].concat());
    assert_eq!(one.report, two.report);
    assert_eq!(one.text("events.jsonl"), two.text("events.jsonl"));
    assert_eq!(one.text("actions.jsonl"), two.text("actions.jsonl"));
    let other = Year::of(CLUB, &[&short[..], &["--seed", "8"]].concat());
    assert_ne!(one.text("events.jsonl"), other.text("events.jsonl"));
}

/// A change of what one habit does leaves all others as they were.
#[test]
fn what_is_changed_in_one_place_moves_nothing_else() {
    let manifest = std::fs::read_to_string(Path::new(CLUB).join("journey.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let more = write(
        &folder,
        "more.toml",
        manifest
            .replace("per_week = 2\n", "per_week = 20\n")
            .as_bytes(),
    );
    let short = ["--days", "14", "--people", "150"];
    let one = Year::of(CLUB, &short);
    let model = ["--model", more.to_str().unwrap()];
    let two = Year::of(CLUB, &[&short[..], &model].concat());
    for kind in ["cart_updated", "order_placed", "profile", "email.opened"] {
        assert_eq!(one.events(kind), two.events(kind), "{kind}");
    }
    assert!(two.events("restocked").len() > 4 * one.events("restocked").len());
}

/// A project of nothing but events, in a zone.
fn bare(zone: &str, model: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("bare");
    std::fs::create_dir(&root).unwrap();
    let manifest = format!("[project]\nname = \"bare\"\ntimezone = \"{zone}\"\n{model}");
    std::fs::write(root.join("journey.toml"), manifest).unwrap();
    let text = "enum tier { none, silver, gold }\n\
                event looked { page: text, amount: money<EUR>, stars: int in 1..5, tier: tier? }\n\
                event bought { page: text }\n\
                profile { tier: tier?, score: number? }\n\
                identity { user_id unique }\n";
    std::fs::write(root.join("bare.journey"), text).unwrap();
    (folder, root)
}

/// Pearson's: how far counts are from what is expected.
fn chi_square(counts: &[u64], expected: &[f64]) -> f64 {
    counts
        .iter()
        .zip(expected)
        .map(|(count, expected)| (*count as f64 - expected).powi(2) / expected)
        .sum()
}

/// Whether a count of `n` tries of probability `p` is within five deviations.
fn binomial(count: usize, n: usize, p: f64) {
    let (mean, deviation) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
    let off = (count as f64 - mean).abs();
    assert!(off < 5.0 * deviation, "{count} of {n}, expected {mean}");
}

const RATES: &str = r#"
[simulation]
people = 500
from = "2026-01-05"
days = 56
[simulation.profile]
tier = { shares = { none = 0.5, silver = 0.3, gold = 0.2 }, unknown = 0.1 }
score = { normal = [10, 2] }
[simulation.activity]
keen = { share = 0.2, factor = 3 }
calm = { share = 0.8, factor = 0.5 }
[simulation.events.looked]
per_week = 2
hours = { "0-11" = 1, "12-23" = 3 }
weekdays = { sunday = 4 }
months = { february = 2 }
[simulation.events.looked.fields]
page = "p{1..10}"
amount = { lognormal = [20, 1] }
stars = { range = [1, 5] }
tier = { profile = "tier" }
[[simulation.follow]]
after = "looked"
event = "bought"
share = 0.25
median = "30 minutes"
carry = ["page"]
"#;

#[test]
fn rates_and_shares_are_as_declared() {
    let (_folder, root) = bare("UTC", RATES);
    let year = Year::of(root.to_str().unwrap(), &[]);
    let looked = year.events("looked");
    // 27 days of January, 28 of February at twice the rate, one of March; weekly factor 1 by the classes
    let mean = 500.0 * 2.0 / 7.0 * (27.0 + 2.0 * 28.0 + 1.0);
    // people differ: the variance of a Poisson with mean m over classes is m plus that of the classes
    let per_person: f64 = 2.0 / 7.0 * 84.0;
    let classes = per_person.powi(2) * (0.2 * 9.0 + 0.8 * 0.25 - 1.0) * 500.0;
    let off = (looked.len() as f64 - mean).abs();
    assert!(
        off < 5.0 * (mean + classes).sqrt(),
        "{} of {mean}",
        looked.len()
    );

    let total = looked.len() as f64;
    let (mut hours, mut days, mut stars) = ([0u64; 24], [0u64; 7], [0u64; 5]);
    let mut small = 0;
    for event in &looked {
        let (date, clock) = Zone::utc().local(at_ms(event)).unwrap();
        hours[(clock / 3_600_000) as usize] += 1;
        days[(weekday(date) - 1) as usize] += 1;
        stars[(event["data"]["stars"].as_u64().unwrap() - 1) as usize] += 1;
        small += usize::from(event["data"]["amount"].as_f64().unwrap() < 20.0);
    }
    let hourly: Vec<f64> = (0..24)
        .map(|h| total * if h < 12 { 1.0 } else { 3.0 } / 48.0)
        .collect();
    assert!(chi_square(&hours, &hourly) < 60.0, "{hours:?}"); // 23 degrees: p < 0.0001
    let daily: Vec<f64> = (0..7)
        .map(|d| total * if d == 6 { 4.0 } else { 1.0 } / 10.0)
        .collect();
    assert!(chi_square(&days, &daily) < 33.0, "{days:?}"); // 6 degrees: p < 0.00002
    assert!(chi_square(&stars, &[total / 5.0; 5]) < 28.0, "{stars:?}"); // 4 degrees
    binomial(small, looked.len(), 0.5); // the median

    let people = year.events("profile");
    assert_eq!(people.len(), 500);
    let of = |tier: &str| people.iter().filter(|p| p["data"]["tier"] == tier).count();
    binomial(of("none"), 500, 0.45);
    binomial(of("gold"), 500, 0.18);
    let known = people
        .iter()
        .filter(|p| p["data"].get("tier").is_some())
        .count();
    binomial(known, 500, 0.9);
    let scores: Vec<f64> = people
        .iter()
        .map(|p| p["data"]["score"].as_f64().unwrap())
        .collect();
    let mean = scores.iter().sum::<f64>() / 500.0;
    assert!((mean - 10.0).abs() < 5.0 * 2.0 / 500f64.sqrt(), "{mean}");
    let inside = scores
        .iter()
        .filter(|score| (**score - 10.0).abs() < 2.0)
        .count();
    binomial(inside, 500, 0.6827);

    followed(&looked, &year.events("bought"));
}

/// Each purchase follows a look at the same page, a quarter of them do, half within the median.
fn followed(looked: &[Value], bought: &[Value]) {
    binomial(bought.len(), looked.len(), 0.25);
    let key = |event: &Value| {
        let page = event["data"]["page"].as_str().unwrap().to_owned();
        (event["ids"]["user_id"].as_str().unwrap().to_owned(), page)
    };
    let mut looks: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for event in looked {
        looks.entry(key(event)).or_default().push(at_ms(event));
    }
    for event in bought {
        let at = at_ms(event);
        assert!(looks[&key(event)].iter().any(|look| *look < at));
    }
    // a person's only look at a page and only purchase of it: its delay is certain
    let mut bought_at: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for event in bought {
        bought_at.entry(key(event)).or_default().push(at_ms(event));
    }
    let delays: Vec<i64> = bought_at
        .iter()
        .filter(|(key, bought)| bought.len() == 1 && looks[*key].len() == 1)
        .map(|(key, bought)| bought[0] - looks[key][0])
        .collect();
    let soon = delays.iter().filter(|delay| **delay <= 1_800_000).count();
    binomial(soon, delays.len(), 0.5);
}

#[test]
fn a_day_of_23_hours_and_one_of_25_are_days() {
    let model = |from: &str| {
        format!(
            "[simulation]\npeople = 300\nfrom = \"{from}\"\ndays = 1\n\
             [simulation.events.looked]\nper_week = 14\n\
             hours = {{ \"0\" = 0, \"1-3\" = 1, \"4-23\" = 0 }}\n\
             fields = {{ page = \"p\", amount = 1, stars = 3 }}\n"
        )
    };
    // Berlin's clock goes from 02:00 to 03:00 at 01:00 UTC, and back from 03:00 to 02:00
    for (from, first, last, without) in [
        ("2026-03-29", "2026-03-29T00:00", "2026-03-29T01:59", None),
        (
            "2026-10-25",
            "2026-10-24T23:00",
            "2026-10-25T02:59",
            Some("2026-10-25T01"),
        ),
    ] {
        let (_folder, root) = bare("Europe/Berlin", &model(from));
        let year = Year::of(root.to_str().unwrap(), &[]);
        let looked = year.events("looked");
        let mean = 600.0f64; // two a person, whatever the day's length
        assert!(
            (looked.len() as f64 - mean).abs() < 5.0 * mean.sqrt(),
            "{}",
            looked.len()
        );
        let mut times: Vec<String> = looked
            .iter()
            .map(|event| event["at"].as_str().unwrap().to_owned())
            .collect();
        for at in &times {
            assert!(&at[..16] >= first && &at[..16] <= last, "{at}");
            assert!(without.is_none_or(|hour| !at.starts_with(hour)), "{at}");
        }
        times.dedup();
        assert!(times.len() > looked.len() - 5, "they are not spread");
    }
}

/// Over every action of the club's time: no send without consent, against a limit, or in closed hours.
#[test]
fn what_the_program_promises_is_kept() {
    let year = Year::of(CLUB, &["--people", "300"]);
    let mut zones = BTreeMap::new();
    // purpose's last word of each person, in order
    let mut said: BTreeMap<String, Vec<(i64, &str)>> = BTreeMap::new();
    let events = year.lines("events.jsonl");
    for event in &events {
        let Some(who) = event["ids"]["user_id"].as_str() else {
            continue;
        };
        if let Some(zone) = event["data"]["timezone"].as_str() {
            zones.insert(who.to_owned(), Zone::named(zone).unwrap());
        }
        let word = event["type"].as_str().unwrap();
        if ["signed_up", "unsubscribed", "objected"].contains(&word) {
            said.entry(who.to_owned())
                .or_default()
                .push((at_ms(event), word));
        }
    }
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let mut sends: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    let mut calls: BTreeMap<i64, u32> = BTreeMap::new();
    let actions = year.lines("actions.jsonl");
    for action in actions.iter().filter(|action| action["kind"] == "send") {
        let who = action["profile"].as_str().unwrap();
        let channel = action["channel"].as_str().unwrap();
        let at = at_ms(action);
        let zone = zones[who];
        let hour = zone.local(at).unwrap().1 / 3_600_000;
        let before: Vec<&str> = said.get(who).map_or_else(Vec::new, |said| {
            let before = said.iter().filter(|(when, _)| *when <= at);
            before.map(|(_, word)| *word).collect()
        });
        match channel {
            "desk" => {
                assert!(!before.contains(&"objected"), "{action}");
                let (date, clock) = berlin.local(at).unwrap();
                assert!(
                    weekday(date) <= 5 && (9..17).contains(&(clock / 3_600_000)),
                    "{action}"
                );
                *calls.entry(date).or_default() += 1;
            }
            other => {
                let marketing = before.iter().rev().find(|word| **word != "objected");
                assert_eq!(marketing, Some(&"signed_up"), "{action}");
                let open = if other == "email" { 8..21 } else { 9..20 };
                assert!(open.contains(&hour), "{action}");
            }
        }
        sends
            .entry((who.to_owned(), channel.to_owned()))
            .or_default()
            .push(at);
    }
    assert!(calls.values().all(|calls| *calls <= 5));
    for ((who, channel), times) in &sends {
        let most = match channel.as_str() {
            "email" => 2,
            "sms" => 1,
            _ => continue,
        };
        for window in times.windows(most + 1) {
            assert!(window[most] - window[0] > 7 * 86_400_000, "{who} {channel}");
        }
    }
    assert!(sends.len() > 200, "there is something to see");
}

/// Recorded people, drawn again: weekday and hour stay, identifiers differ, answers of then are left out.
#[test]
fn recorded_people_come_again() {
    let recorded = Year::of(CLUB, &["--people", "60", "--days", "21"]);
    let file = recorded.folder.path().join("events.jsonl");
    let again = Year::of(
        CLUB,
        &[
            "--events",
            file.to_str().unwrap(),
            "--people",
            "90",
            "--from",
            "2027-02-01",
        ],
    );
    assert_eq!(again.text("actions.jsonl"), again.replayed(CLUB));
    insta::assert_snapshot!("simulate_resampled", again.report);
    let slots = |year: &Year, kind: &str| {
        let mut slots = BTreeMap::new();
        let people = year.events("profile");
        for event in year.events(kind) {
            let person = people
                .iter()
                .find(|person| person["ids"]["user_id"] == event["ids"]["user_id"]);
            let zone = person.unwrap()["data"]["timezone"].as_str().unwrap();
            let zone = Zone::named(zone).unwrap();
            let (date, clock) = zone.local(at_ms(&event)).unwrap();
            let who = event["ids"]["user_id"].as_str().unwrap();
            let who = who.split('~').next().unwrap().to_owned();
            let slot = (who, weekday(date), clock);
            *slots.entry(slot).or_insert(0) += 1;
        }
        slots
    };
    let (then, now) = (slots(&recorded, "signed_up"), slots(&again, "signed_up"));
    assert!(!now.is_empty() && now.keys().all(|slot| then.contains_key(slot)));
    let everyone: std::collections::BTreeSet<String> = again
        .events("profile")
        .iter()
        .map(|event| event["ids"]["user_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(everyone.len(), 90);
}

#[path = "simulate_wrong.rs"]
mod wrong;
