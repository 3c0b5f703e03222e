//! What a `[simulation]` section gets wrong, one thing a case, and what is said of it.

use super::super::journey;
use std::fmt::Write as _;

const PROGRAM: &str = "enum tier { none, silver, gold }\n\
    type line { sku: text }\n\
    event looked { page: text, tier: tier? }\n\
    event bought { page: text, total: money<EUR>, stars: int in 1..5 = 3, lines: list<line> = [] }\n\
    event agreed { }\n\
    event joined { }\n\
    event declined { }\n\
    event lost { page: int }\n\
    profile { email: text?, tier: tier?, member: bool, born: date? }\n\
    identity { user_id unique }\n\
    purpose marketing { consent opt_in granted by agreed, joined revoked by declined }\n\
    purpose service { consent not_needed basis contract }\n\
    channel mail { to email outcome opened deliver none }\n\
    message hello for marketing { mail { subject: \"Hi\", body: \"Hi\" } }\n\
    journey greet { enter on looked send hi = hello by mail }\n";

/// What is written below `[project]`, each wrong in one way.
const CASES: &[&str] = &[
    "[simulation]\npeopel = 5",
    "[simulation]\npeople = 0",
    "[simulation]\npeople = \"many\"",
    "[simulation]\nfrom = \"monday\"",
    "[simulation]\narriving = 1.5",
    "simulation = 3",
    "[simulation.profile]\nemial = \"u{n}\"",
    "[simulation.profile]\ntier = { shares = { gold = 0.5, silver = 0.4 } }",
    "[simulation.profile]\ntier = { shares = { glod = 1 } }",
    "[simulation.profile]\ntier = \"golden\"",
    "[simulation.profile]\ntier = { share = 0.5 }",
    "[simulation.profile]\nmember = { share = 0.5, unknown = 0.1 }",
    "[simulation.profile]\nmember = { shares = { yes = 1 } }",
    "[simulation.profile]\nemail = \"u{m}\"",
    "[simulation.profile]\nemail = \"u{n\"",
    "[simulation.profile]\nemail = 5",
    "[simulation.profile]\nborn = { normal = [1, 2] }",
    "[simulation.profile]\nborn = { range = [\"2000-01-01\", \"1990-01-01\"] }",
    "[simulation.profile]\nborn = { range = [\"2000-01-01\"] }",
    "[simulation.profile]\nborn = { rage = [1, 2] }",
    "[simulation.profile]\nemail = { profile = \"user_id\" }",
    "[simulation.consent]\nmarketting = 0.5",
    "[simulation.consent]\nmarketing = 0.5",
    "[simulation.consent]\nmarketing = { by = \"agreed\" }",
    "[simulation.consent]\nmarketing = { share = 0.5, by = \"agred\" }",
    "[simulation.consent]\nservice = 0.5",
    "[simulation.activity]\nkeen = { share = 0.5, factor = 2 }",
    "[simulation.activity]\nkeen = { share = 1 }",
    "[simulation.activity]\nkeen = { share = 1, factor = -2 }",
    "[simulation.hours]\n\"7-25\" = 2",
    "[simulation.hours]\n\"0-23\" = 0",
    "[simulation.weekdays]\nmoonday = 2",
    "[simulation.months]\njuly = \"hot\"",
    "[simulation.events.loked]\nper_week = 1",
    "[simulation.events.looked]\nfields = { page = \"p\" }",
    "[simulation.events.looked]\nper_week = 1",
    "[simulation.events.looked]\nper_week = 1\nfields = { page = \"p\", tear = \"gold\" }",
    "[simulation.events.bought]\nper_week = 1\nfields = { page = \"p\", total = \"dear\" }",
    "[simulation.events.bought]\nper_week = 1\nfields = { page = \"p\", total = 5, stars = 9 }",
    "[simulation.events.bought]\nper_week = 1\nfields = { page = \"p\", total = { normal = [5] } }",
    "[simulation.events.bought]\nper_week = 1\nfields = { page = \"p\", total = { within = [5, 6] } }",
    "[simulation.events.bought]\nper_week = 1\n\
     fields = { page = \"p\", total = 5, lines = { count = [1, 2], each = { fields = { } } } }",
    "[simulation.events.bought]\nper_week = 1\n\
     fields = { page = \"p\", total = 5, lines = { count = [3, 2], each = { fields = { sku = \"s\" } } } }",
    "[simulation.events.looked]\nper_week = 1\nfields = { page = { before = \"page\" } }",
    "[simulation.events.looked]\nper_week = 1\nfields = { page = { key = true } }",
    "[simulation.events.looked]\nper_week = 1\nfields = { page = { profile = \"tier\" } }",
    "[[simulation.follow]]\nevent = \"looked\"",
    "[[simulation.follow]]\nafter = \"greet.sent\"\nevent = \"looked\"",
    "[[simulation.follow]]\nafter = \"looked\"\nwithin = \"1 day\"",
    "[[simulation.follow]]\nafter = \"looked\"\nevent = \"agreed\"\nshare = 0.5",
    "[[simulation.follow]]\nafter = \"looked\"\nevent = \"agreed\"\nshare = 0.5\nwithin = \"soon\"",
    "[[simulation.follow]]\nafter = \"looked\"\nevent = \"agreed\"\nwithin = \"1 day\"",
    "[[simulation.follow]]\nafter = \"looked\"\nevent = \"mail.opened\"\nshare = 0.5\nwithin = \"1 day\"",
    "[[simulation.follow]]\nafter = \"mail.sent\"\nevent = \"mail.opend\"\nshare = 0.5\nwithin = \"1 day\"",
    "[[simulation.follow]]\nafter = \"mail.sent\"\none_of = { agreed = 0.7, declined = 0.4 }\nwithin = \"1 day\"",
    "[[simulation.follow]]\nafter = \"mail.sent\"\none_of = { agreed = 0.7 }\nevent = \"looked\"\nwithin = \"1 day\"",
    "[[simulation.follow]]\nafter = \"looked\"\nevent = \"bought\"\nshare = 0.5\nwithin = \"1 day\"\n\
     carry = [\"pages\"]\nfields = { total = 5, page = \"p\" }",
    "[[simulation.follow]]\nafter = \"looked\"\nevent = \"lost\"\nshare = 0.5\nwithin = \"1 day\"\n\
     carry = [\"page\"]\nfields = { page = 5 }",
    "[simulation",
];

#[test]
fn a_wrong_section_is_a_diagnostic() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.journey"), PROGRAM).unwrap();
    let mut told = String::new();
    for case in CASES {
        let at_top = !case.contains('[');
        let project = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";
        let manifest = if at_top {
            format!("{case}\n{project}")
        } else {
            format!("{project}{case}\n")
        };
        std::fs::write(folder.path().join("journey.toml"), manifest).unwrap();
        let checked = journey(folder.path(), &["check", ".", "--format", "json"]);
        assert!(checked.starts_with("exit 1"), "{case}\n{checked}");
        let run = journey(folder.path(), &["simulate", "."]);
        assert!(run.starts_with("exit 1"), "{case}\n{run}");
        let _ = writeln!(told, "{case}");
        for line in checked.lines().filter(|line| line.starts_with('{')) {
            let problem: serde_json::Value =
                serde_json::from_str(&line.replace("/\"", "\\\"")).unwrap();
            if problem["severity"] != "error" {
                continue;
            }
            assert_eq!(problem["file"], "journey.toml", "{case}: {problem}");
            let place = &problem["span"];
            let _ = writeln!(
                told,
                "  {}:{} {}: {}\n    {}",
                place["line"],
                place["column"],
                problem["code"].as_str().unwrap(),
                problem["message"].as_str().unwrap(),
                problem["help"].as_str().unwrap_or("-")
            );
        }
    }
    insta::assert_snapshot!("simulate_wrong", told);
}

#[test]
fn without_a_section_and_with_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.journey"), PROGRAM).unwrap();
    let manifest = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";
    std::fs::write(folder.path().join("journey.toml"), manifest).unwrap();
    std::fs::write(folder.path().join("empty.jsonl"), "").unwrap();
    let mut told = String::new();
    for args in [
        &["simulate", "."][..],
        &["simulate", "nowhere"],
        &["simulate", ".", "--model", "nowhere.toml"],
        &["simulate", ".", "--events", "nowhere.jsonl"],
        &["simulate", ".", "--events", "empty.jsonl"],
        &[
            "simulate",
            ".",
            "--events",
            "empty.jsonl",
            "--source",
            "rows",
        ],
        &[
            "simulate",
            ".",
            "--model",
            "journey.toml",
            "--from",
            "tomorrow",
        ],
    ] {
        let _ = writeln!(told, "{}\n{}", args.join(" "), journey(folder.path(), args));
    }
    insta::assert_snapshot!("simulate_without", told);
}
