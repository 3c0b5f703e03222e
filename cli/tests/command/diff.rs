//! `journey diff`: versions that differ in several ways at once, where it is known what each change does, and
//! what only two of them do together.

use super::journey;
use serde_json::Value;
use std::collections::BTreeSet;
use tempfile::TempDir;

const DATA: &str = "event joined { plan: text }\n\
    event bought { sku: text, total: money<EUR> }\n\
    event pinged { score: int }\n\
    table products key sku { category: text } from \"products.csv\"\n\
    profile { email: text? }\n\
    identity { user_id unique }\n\
    purpose news { consent not_needed basis contract }\n";

/// What the older version says besides; each of the newer's changes is a replacement in it.
const OLD: &str = "const big = 50 EUR\n\
    const least = 3\n\
    channel mail { to email limit 1 per 7 days for news deliver none }\n\
    channel sms { to email deliver none }\n\
    message hello for news { sms { body: \"Hello\" } }\n\
    message first_mail for news { mail { subject: \"One\" } }\n\
    message second_mail for news { mail { subject: \"Two\" } }\n\
    journey greet { enter on joined send hi = hello by sms }\n\
    journey morning { enter on joined wait until 09:00 send rise = hello by sms }\n\
    journey mails { enter on joined send one = first_mail by mail }\n\
    journey thanks { enter on bought where total > big send ta = hello by sms }\n\
    journey nag { enter on pinged where score > least send nagged = hello by sms }\n\
    journey books { enter on bought where products(sku).category ?? \"\" == \"book\" send read = hello by sms }\n\
    journey farewell { enter on joined where plan == \"leaving\" send bye = hello by sms }\n";

/// What is replaced by what.
const CHANGES: [(&str, &str); 8] = [
    // a constant that one journey reads
    ("const big = 50 EUR", "const big = 40 EUR"),
    // neither of these alone sends the second mail
    ("limit 1 per 7 days", "limit 2 per 7 days"),
    (
        "send one = first_mail by mail }",
        "send one = first_mail by mail send two = second_mail by mail }",
    ),
    // each of these alone keeps a score of 5 out
    ("const least = 3", "const least = 10"),
    ("where score > least", "where score > least and score != 5"),
    // gone
    (
        "journey farewell { enter on joined where plan == \"leaving\" send bye = hello by sms }",
        "",
    ),
    // no change at all
    (
        "journey greet { enter on joined send hi = hello by sms }",
        "// said at once\njourney greet {\n    enter on joined\n\n    send hi = hello by sms\n}",
    ),
    // what needs others to compile
    (
        "channel sms {",
        "event left { }\nmessage sorry for news { sms { body: \"Sorry\" } }\n\
         journey regret { enter on left send regrets = sorry by sms }\nchannel sms {",
    ),
];

const EVENTS: &str = r#"{"type":"joined","id":"1","at":"2026-01-05T07:30:00Z","ids":{"user_id":"ann"},"data":{"plan":"new"}}
{"type":"profile","id":"2","at":"2026-01-05T07:20:00Z","ids":{"user_id":"ann"},"data":{"email":"ann@example.com"}}
{"type":"profile","id":"3","at":"2026-01-05T07:30:00Z","ids":{"user_id":"bob"},"data":{"email":"bob@example.com"}}
{"type":"joined","id":"4","at":"2026-01-05T07:40:00Z","ids":{"user_id":"bob"},"data":{"plan":"leaving"}}
{"type":"bought","id":"5","at":"2026-01-06T10:00:00Z","ids":{"user_id":"bob"},"data":{"sku":"a1","total":45}}
{"type":"bought","id":"6","at":"2026-01-06T11:00:00Z","ids":{"user_id":"ann"},"data":{"sku":"b2","total":5}}
{"type":"pinged","id":"7","at":"2026-01-06T12:00:00Z","ids":{"user_id":"ann"},"data":{"score":5}}
{"type":"pinged","id":"8","at":"2026-01-06T12:00:00Z","ids":{"user_id":"bob"},"data":{"score":7}}
{"type":"left","id":"9","at":"2026-01-07T12:00:00Z","ids":{"user_id":"ann"}}
{"type":"@clock","at":"2026-01-08T00:00:00Z"}
"#;

fn version(folder: &TempDir, name: &str, zone: &str, program: &str, table: &str) {
    let root = folder.path().join(name);
    std::fs::create_dir(&root).unwrap();
    let number = if name == "old" { "1.0.0" } else { "1.1.0" };
    let manifest =
        format!("[project]\nname = \"shop\"\nversion = \"{number}\"\ntimezone = \"{zone}\"\n");
    std::fs::write(root.join("journey.toml"), manifest).unwrap();
    std::fs::write(root.join("data.journey"), DATA).unwrap();
    std::fs::write(root.join("shop.journey"), program).unwrap();
    std::fs::write(root.join("products.csv"), table).unwrap();
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.jsonl"), EVENTS).unwrap();
    version(&folder, "old", "UTC", OLD, "sku,category\na1,toy\nb2,toy\n");
    let mut program = OLD.to_owned();
    for (from, to) in CHANGES {
        assert!(program.contains(from), "{from}");
        program = program.replacen(from, to, 1);
    }
    let table = "sku,category\na1,toy\nb2,book\n";
    version(&folder, "new", "Europe/Berlin", &program, table);
    folder
}

/// A group: how its changes bring it about, their names, those that they need, who is written to otherwise (more,
/// less, other, moved).
type Told = (String, BTreeSet<String>, BTreeSet<String>, [u64; 4]);

fn groups(report: &Value) -> Vec<Told> {
    let names = |numbers: &Value| -> BTreeSet<String> {
        let numbers = numbers.as_array().unwrap().iter();
        let name = |number: &Value| {
            let place = usize::try_from(number.as_u64().unwrap()).unwrap();
            let change = report["changes"].get(place).unwrap();
            change["name"].as_str().unwrap().to_owned()
        };
        numbers.map(name).collect()
    };
    let groups = report["groups"].as_array().unwrap().iter();
    groups
        .map(|group| {
            let count = |what: &str| group[what].as_u64().unwrap();
            (
                group["cause"].as_str().unwrap().to_owned(),
                names(&group["changes"]),
                names(&group["with"]),
                [count("more"), count("less"), count("other"), count("moved")],
            )
        })
        .collect()
}

fn json(out: &str) -> Value {
    let body = out.split("--- out\n").nth(1).unwrap();
    let body = body.split("--- err").next().unwrap();
    // every `\\` of an output is shown as `/`, as on one system so on all
    serde_json::from_str(&body.replace("/\"", "\\\"")).unwrap()
}

#[test]
fn each_difference_is_put_down_to_the_change_that_makes_it() {
    let folder = folder();
    let args = ["diff", "old", "new", "--events", "events.jsonl"];
    let told = journey(folder.path(), &[&args[..], &["--format", "json"]].concat());
    assert!(told.starts_with("exit 0"), "{told}");
    let report = json(&told);
    let set = |names: &[&str]| -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    };
    let one = |name: &str, with: &[&str], counts: [u64; 4]| {
        ("one".to_owned(), set(&[name]), set(with), counts)
    };
    let mut expected = vec![
        // 45 EUR is more than 40
        one("const big", &[], [1, 0, 0, 0]),
        // 09:00 in Berlin is 08:00 UTC
        one("journey.toml timezone", &[], [0, 0, 0, 2]),
        // b2 is a book now
        one("products.csv", &[], [1, 0, 0, 0]),
        one("journey farewell", &[], [0, 1, 0, 0]),
        one(
            "journey regret",
            &["event left", "message sorry"],
            [1, 0, 0, 0],
        ),
        // a score of 7 is out by the constant alone
        one("const least", &[], [0, 1, 0, 0]),
        // a score of 5 by each
        (
            "either".to_owned(),
            set(&["const least", "journey nag"]),
            set(&[]),
            [0, 1, 0, 0],
        ),
        // whose address comes too late has one step more that is skipped
        one("journey mails", &[], [0, 0, 0, 0]),
        // the second mail takes the step and the limit
        (
            "together".to_owned(),
            set(&["channel mail", "journey mails"]),
            set(&[]),
            [1, 0, 0, 0],
        ),
    ];
    let mut found = groups(&report);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let changed: BTreeSet<&str> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["name"].as_str().unwrap())
        .collect();
    assert!(!changed.contains("journey greet"), "{changed:?}");
    insta::assert_snapshot!("diff", journey(folder.path(), &args));
    insta::assert_snapshot!("diff_json", told);
}

#[test]
fn versions_that_say_the_same_and_wrong_usage() {
    let folder = folder();
    let mut told = String::new();
    for args in [
        &["diff", "old", "old", "--events", "events.jsonl"][..],
        &["diff", "old", "nowhere", "--events", "events.jsonl"],
        &["diff", "old", "new", "--events", "nowhere.jsonl"],
        &[
            "diff",
            "old",
            "new",
            "--events",
            "events.jsonl",
            "--source",
            "rows",
        ],
        &[
            "diff",
            "old",
            "new",
            "--events",
            "events.jsonl",
            "--until",
            "soon",
        ],
        &["diff", "old", "new"],
    ] {
        told.push_str(&format!(
            "{}\n{}\n",
            args.join(" "),
            journey(folder.path(), args)
        ));
    }
    std::fs::write(
        folder.path().join("new/shop.journey"),
        "audience gone = any departed\n",
    )
    .unwrap();
    let args = ["diff", "old", "new", "--events", "events.jsonl"];
    told.push_str(&journey(folder.path(), &args));
    insta::assert_snapshot!("diff_usage", told);
}

/// With all changes left out or made, the parts put together are the versions themselves.
#[test]
fn a_version_against_itself_in_other_files_is_the_same() {
    let folder = folder();
    let root = folder.path().join("again");
    std::fs::create_dir(&root).unwrap();
    let (head, tail) = OLD.split_at(OLD.find("message").unwrap());
    let manifest = std::fs::read(folder.path().join("old/journey.toml")).unwrap();
    std::fs::write(root.join("journey.toml"), manifest).unwrap();
    std::fs::write(root.join("z.journey"), head).unwrap();
    std::fs::write(root.join("a.journey"), format!("{tail}{DATA}")).unwrap();
    let table = std::fs::read(folder.path().join("old/products.csv")).unwrap();
    std::fs::write(root.join("products.csv"), table).unwrap();
    let args = [
        "diff",
        "old",
        "again",
        "--events",
        "events.jsonl",
        "--format",
        "json",
    ];
    let report = json(&journey(folder.path(), &args));
    assert_eq!(report["changes"].as_array().unwrap().len(), 0, "{report}");
    assert_eq!(report["different"], 0);
}
