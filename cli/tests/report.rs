//! `journey report`: the numbers are those that anyone counts out of the actions, and every format says the same.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]
#![expect(clippy::indexing_slicing, reason = "the same")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const CLUB: &str = r#"
enum tier { none, silver, gold }
event visited { network: text }
event ordered { order_id: text  total: money<EUR> }
event referred { }
profile {
    email: text? pii
    tier:  tier = none
}
identity {
    user_id unique
    email   unique
}
purpose service { consent not_needed basis contract }
channel email {
    to      email
    outcome clicked
    cost    0.001 EUR
    deliver none
}
message hello for service {
    email { subject: "Hello" }
}
journey welcome {
    enter on visited
    goal on ordered within 7 days
    holdout 30%
    split subject {
        short 50% => { send greeting = hello by email }
        long  50% => {
            wait 1 hour
            send greeting = hello by email
        }
    }
}
conversion purchase on ordered where total > 1 EUR value total {
    credit sends, visited.network within 7 days
}
measure worth {
    purchase: purchase
    loyalty:  tier
    advocacy: referred
}
"#;

const DAY: u64 = 86_400;

/// The second of a year, as the envelope has it.
fn instant(second: u64) -> String {
    let (day, rest) = (second / DAY, second % DAY);
    let (month, day) = (1 + day / 28, 1 + day % 28);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

struct Rng(u64);

impl Rng {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Visits, orders and what else happens to so many people, some of whom turn out to be one.
fn events(people: u64) -> String {
    let mut rng = Rng(7);
    let mut all: Vec<(u64, String)> = Vec::new();
    let mut add =
        |at: u64, who: &str, kind: &str, data: &str| {
            let id = all.len();
            let at_text = instant(at);
            all.push((at, format!(
            r#"{{"type":"{kind}","id":"e{id}","at":"{at_text}","ids":{{{who}}},"data":{data}}}"#
        )));
        };
    for who in 0..people {
        let user = format!(r#""user_id":"u{who}""#);
        let mail = format!(r#""email":"u{who}@example.com""#);
        let both = format!("{user},{mail}");
        let begin = rng.below(40 * DAY);
        let network = ["search", "social", "mail"][usize::try_from(rng.below(3)).unwrap()];
        let known = who % 5 != 4;
        let first = if known { &both } else { &user };
        add(
            begin,
            first,
            "visited",
            &format!(r#"{{"network":"{network}"}}"#),
        );
        if !known {
            add(begin + 60, &mail, "visited", r#"{"network":"social"}"#);
            add(
                begin + 3 * 3600,
                &both,
                "visited",
                r#"{"network":"search"}"#,
            );
        }
        for number in 0..rng.below(4) {
            let at = begin + rng.below(20 * DAY);
            let total = rng.below(90);
            let data = format!(r#"{{"order_id":"o{who}-{number}","total":{total}.50}}"#);
            add(at, &user, "ordered", &data);
        }
        if rng.below(3) == 0 {
            add(begin + DAY, &user, "profile", r#"{"tier":"gold"}"#);
        }
        if rng.below(4) == 0 {
            add(begin + 2 * DAY, &user, "referred", "{}");
        }
    }
    all.sort();
    all.iter().fold(String::new(), |mut text, (_, line)| {
        writeln!(text, "{line}").unwrap();
        text
    })
}

fn journey(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journey"));
    let done = command
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {errors}");
    String::from_utf8(done.stdout).unwrap()
}

/// A folder in which the club has run, and its actions.
fn ran(people: u64) -> (TempDir, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("club.journey"), CLUB).unwrap();
    std::fs::write(folder.path().join("events.jsonl"), events(people)).unwrap();
    let run = [
        "run",
        "club.journey",
        "--events",
        "events.jsonl",
        "--actions",
        "actions.jsonl",
        "--state",
        "state",
        "--until",
        "2026-04-15T00:00:00Z",
        "--actions-include",
        "conversion,audience,refused",
        "--interpret",
    ];
    journey(folder.path(), &run);
    let actions = std::fs::read_to_string(folder.path().join("actions.jsonl")).unwrap();
    let actions = actions
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (folder, actions.collect())
}

fn report(folder: &Path, more: &[&str]) -> String {
    journey(folder, &[&["report", "--state", "state"], more].concat())
}

fn rows(report: &Value, table: &str) -> Vec<Value> {
    report["tables"][table].as_array().unwrap().clone()
}

/// Who an id stands for in the end.
fn united(actions: &[Value]) -> BTreeMap<String, String> {
    let merges = actions.iter().filter(|action| action["kind"] == "merge");
    let pair = |action: &Value| {
        let text = |key: &str| action[key].as_str().unwrap().to_owned();
        (text("from"), text("profile"))
    };
    merges.map(pair).collect()
}

#[test]
fn the_funnel_is_what_the_actions_say() {
    let (folder, actions) = ran(300);
    let report: Value =
        serde_json::from_str(&report(folder.path(), &["--format", "json"])).unwrap();
    let now = united(&actions);
    assert!(now.len() > 20, "some people turn out to be one");
    let mut counted: BTreeMap<(String, String), (u64, BTreeSet<String>)> = BTreeMap::new();
    for action in &actions {
        let text = |key: &str| action[key].as_str().unwrap_or_default().to_owned();
        let (kind, reason) = (text("kind"), text("reason"));
        let detail = match kind.as_str() {
            "enter" => ("entered", String::new()),
            "holdout" => ("held_out", String::new()),
            "split" => ("arm", text("arm")),
            "send" => ("sent", text("channel")),
            "skip" => ("skipped", format!("{reason} {}", text("channel"))),
            "goal" => ("goal", String::new()),
            "exit" | "end" => ("left", reason),
            "refused" => ("refused", reason),
            _ => continue,
        };
        let who = text("profile");
        let who = now.get(&who).cloned().unwrap_or(who);
        let count = counted.entry((detail.0.to_owned(), detail.1)).or_default();
        count.0 += 1;
        count.1.insert(who);
    }
    let told = rows(&report, "funnel").into_iter().map(|row| {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let number = |key: &str| row[key].as_u64().unwrap();
        (
            (text("what"), text("detail")),
            (number("times"), number("people")),
        )
    });
    let counted = counted
        .into_iter()
        .map(|(key, (times, who))| (key, (times, who.len() as u64)));
    let counted: BTreeMap<_, _> = counted.collect();
    assert_eq!(told.collect::<BTreeMap<_, _>>(), counted);
}

#[test]
fn conversions_credit_and_lift_are_what_the_actions_say() {
    let (folder, actions) = ran(300);
    let report: Value =
        serde_json::from_str(&report(folder.path(), &["--format", "json"])).unwrap();
    let conversions: Vec<&Value> = actions
        .iter()
        .filter(|action| action["kind"] == "conversion")
        .collect();
    let cents = |value: &Value| (value.as_f64().unwrap() * 100.0).round();
    let total: f64 = conversions
        .iter()
        .map(|action| cents(&action["value"]))
        .sum();
    let row = &rows(&report, "conversions")[0];
    assert_eq!(row["conversions"], conversions.len());
    assert!((cents(&row["value"]) - total).abs() < 0.5, "{row} {total}");
    // every model shares out the same conversions, once, whatever the number of claims
    let untouched = row["untouched"].as_f64().unwrap();
    let credit = rows(&report, "credit");
    for model in [
        "first",
        "last",
        "linear",
        "position",
        "time_decay",
        "markov",
        "shapley",
    ] {
        let own = credit
            .iter()
            .filter(|row| row["model"] == model && row["by"] == "channel");
        let shared: f64 = own.map(|row| row["conversions"].as_f64().unwrap()).sum();
        let due = conversions.len() as f64 - untouched;
        assert!((shared - due).abs() < 1e-6, "{model}: {shared} of {due}");
    }
    // cost: a thousandth of a euro for each send
    let sends = actions
        .iter()
        .filter(|action| action["kind"] == "send")
        .count();
    let cost = rows(&report, "cost");
    let cost = cost.iter().find(|row| row["by"] == "channel").unwrap();
    assert_eq!(cost["sends"], sends);
    assert!((cost["cost"].as_f64().unwrap() - sends as f64 / 1000.0).abs() < 1e-9);
    lift(&report, &actions);
}

/// Who entered and who was held out.
fn lift(report: &Value, actions: &[Value]) {
    let now = united(actions);
    let who = |action: &Value| {
        let id = action["profile"].as_str().unwrap().to_owned();
        now.get(&id).cloned().unwrap_or(id)
    };
    let (mut entered, mut held): (BTreeMap<String, u64>, BTreeMap<String, u64>) =
        Default::default();
    for action in actions {
        match action["kind"].as_str().unwrap() {
            "enter" => *entered.entry(who(action)).or_default() += 1,
            "holdout" => *held.entry(who(action)).or_default() += 1,
            _ => {}
        }
    }
    let base = entered
        .iter()
        .filter(|(who, times)| held.get(*who) == Some(*times))
        .count();
    let arm = entered
        .keys()
        .filter(|who| !held.contains_key(*who))
        .count();
    let lift = rows(report, "lift");
    let row = lift
        .iter()
        .find(|row| row["of"] == "welcome" && row["metric"] == "rate")
        .unwrap();
    assert_eq!(
        (&row["people"], &row["base_people"]),
        (&arm.into(), &base.into())
    );
    assert!(base > 30 && arm > 100, "{base} {arm}");
    let rate = row["arm_value"].as_f64().unwrap();
    assert!(rate > 0.2 && rate < 0.9, "{rate}");
}

#[test]
fn every_format_says_the_same() {
    let (folder, _) = ran(120);
    let folder = folder.path();
    let whole: Value = serde_json::from_str(&report(folder, &["--format", "json"])).unwrap();
    let tables = whole["tables"].as_object().unwrap();
    assert!(tables.len() >= 12);
    for (name, rows) in tables {
        let csv = report(folder, &["--format", "csv", "--table", name]);
        let alone = report(folder, &["--format", "json", "--table", name]);
        let alone: Value = serde_json::from_str(&alone).unwrap();
        assert_eq!(&alone["tables"][name], rows);
        let mut lines = csv.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        let rows = rows.as_array().unwrap();
        assert_eq!(lines.clone().count(), rows.len(), "{name}");
        for (line, row) in lines.zip(rows).filter(|(line, _)| !line.contains('"')) {
            for (column, cell) in head.iter().zip(line.split(',')) {
                let plain = match &row[*column] {
                    Value::String(text) => text.clone(),
                    Value::Null | Value::Object(_) => String::new(),
                    Value::Bool(_) | Value::Number(_) | Value::Array(_) => row[*column].to_string(),
                };
                assert_eq!(cell, plain, "{name}.{column}");
            }
        }
    }
    let text = report(folder, &[]);
    for title in [
        "What became of those who entered",
        "Conversions, and how long they took",
    ] {
        assert!(text.contains(title), "{text}");
    }
    let people = whole["people"].to_string();
    assert!(
        text.contains(&format!("{people} people measured")),
        "{text}"
    );
}

#[test]
fn what_is_not_there_is_said() {
    let (folder, _) = ran(10);
    let mut command = Command::new(env!("CARGO_BIN_EXE_journey"));
    let asked = ["report", "--state", "state", "--table", "nothing"];
    let done = command
        .args(asked)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("funnel"));
    let few = report(folder.path(), &["--table", "models"]);
    assert!(few.contains("people, at least"), "{few}");
}
