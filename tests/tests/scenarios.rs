//! The table of acceptance scenarios: every line of every scenario names the `test` blocks and tests that hold it. An
//! empty row fails, and so does a title that is not there. Beside it what a `test` block can't say: bounds that are
//! proven, goals, the account of a decision, and hand-offs whose payload does not fit.

use journey_cli::compile::{self, Execution};
use journey_cli::project::Project;
use journey_cli::testing::{play, prepare};
use journey_compiler::load::{File, project};
use journey_compiler::proofs::stats::stats;
use journey_compiler::{Database, check};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Deserialize)]
struct Table {
    scenario: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    /// in our own words
    what: String,
    /// in `corpus/scenarios`
    program: Option<String>,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// its number, or `must`
    line: String,
    what: String,
    /// titles of `test` blocks, or `FILE.rs::TEST`
    #[serde(default)]
    by: Vec<String>,
    /// the issue that builds it
    open: Option<u32>,
}

/// By scenario: how many numbered lines it has, and how many it must hold.
const LINES: [(&str, usize, usize); 11] = [
    ("S1", 5, 4),
    ("S3", 4, 2),
    ("S5", 4, 2),
    ("S6", 5, 2),
    ("S8", 4, 3),
    ("S9", 3, 1),
    ("S11", 3, 2),
    ("S14", 4, 2),
    ("S17", 5, 3),
    ("S18", 5, 2),
    ("S21", 4, 1),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn path_of(program: &str) -> PathBuf {
    root().join("corpus/scenarios").join(program)
}

fn table() -> Vec<Scenario> {
    let text = std::fs::read_to_string(root().join("scenarios.toml")).unwrap();
    toml::from_str::<Table>(&text).unwrap().scenario
}

/// What is wrong with a line of a scenario whose `test` blocks have these titles.
fn wrong(line: &Line, titles: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    match (line.by.is_empty(), line.open) {
        (true, None) => found.push("the row is empty".to_owned()),
        (false, Some(_)) => found.push("open, and held".to_owned()),
        _ => {}
    }
    for by in &line.by {
        let there = match by.split_once(".rs::") {
            Some((file, test)) => {
                let file = root().join("..").join(format!("{file}.rs"));
                let text = std::fs::read_to_string(file).unwrap_or_default();
                text.contains(&format!("#[test]\nfn {test}("))
            }
            None => titles.contains(by),
        };
        if !there {
            found.push(format!("there is no test `{by}`"));
        }
    }
    found
}

#[test]
fn every_line_of_every_scenario_is_held() {
    let table = table();
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut counts = Vec::new();
    for scenario in &table {
        let titles: BTreeSet<String> = match &scenario.program {
            Some(program) => {
                let project = Project::open(Some(&path_of(program))).unwrap();
                let program = project.checked(false).unwrap();
                program.tests.iter().map(|t| t.title.clone()).collect()
            }
            None => BTreeSet::new(),
        };
        for line in &scenario.lines {
            let place = format!("{}, {}: {}", scenario.name, line.line, line.what);
            open.extend(line.open.map(|issue| format!("{place} (issue {issue})")));
            let wrong = wrong(line, &titles);
            found.extend(wrong.into_iter().map(|what| format!("{place}: {what}")));
        }
        let named: Vec<&String> = titles
            .iter()
            .filter(|title| !scenario.lines.iter().any(|line| line.by.contains(title)))
            .collect();
        if !named.is_empty() {
            found.push(format!("{}: no line names {named:?}", scenario.name));
        }
        let numbers: BTreeSet<&str> = scenario.lines.iter().map(|l| &*l.line).collect();
        let musts = scenario.lines.iter().filter(|l| l.line == "must").count();
        counts.push((&*scenario.name, numbers.len() - 1, musts));
        assert!(!scenario.what.is_empty());
    }
    let programs: BTreeSet<&str> = table.iter().flat_map(|s| s.program.as_deref()).collect();
    for entry in std::fs::read_dir(path_of("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(programs.contains(&*name), "no scenario names {name}");
    }
    println!("{} lines are open\n{}", open.len(), open.join("\n"));
    assert_eq!(counts, LINES, "every line of every scenario has a row");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

// ── what a `test` block can't say ───────────────────────────────────────────────────────────────────

/// The actions of one `test` block.
fn actions(program: &str, title: &str) -> Vec<Value> {
    let project = Project::open(Some(&path_of(program))).unwrap();
    let checked = project.checked(false).unwrap();
    let plan = Arc::new(compile::plan(&prepare::program(&checked), &project.sources).unwrap());
    let found = checked.tests.iter().enumerate();
    let (number, test) = found.clone().find(|(_, test)| test.title == title).unwrap();
    let played = play::alone(&checked, &Execution::interpreter(&plan), test, number);
    let lines = played.lines();
    lines
        .iter()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn with_manifest(path: &str, text: &str) -> Vec<File> {
    let manifest = "[project]\nname = \"s\"\ntimezone = \"Europe/Berlin\"\n";
    vec![File::new("journey.toml", manifest), File::new(path, text)]
}

fn kind<'a>(actions: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    actions.iter().filter(move |action| action["kind"] == kind)
}

#[test]
fn onboarding_is_proven_to_send_four_messages_at_most() {
    let text = std::fs::read_to_string(path_of("s3_onboarding.journey")).unwrap();
    let db = Database::default();
    let workspace = project(&db, with_manifest("s3.journey", &text));
    let said = stats(&db, workspace).text();
    assert!(said.contains("messages an instance  at most 4"), "{said}");
    assert!(
        said.contains("longest life          at most 10 days"),
        "{said}"
    );
}

#[test]
fn a_goal_counts_within_three_days_of_the_last_message() {
    let title = "an order within three days of the last message is the goal, a millisecond later it is none";
    let actions = actions("s1_cart_abandonment.journey", title);
    let goals: Vec<&Value> = kind(&actions, "goal").map(|goal| &goal["key"]).collect();
    assert_eq!(goals, ["c1"]);
}

#[test]
fn a_session_within_14_days_is_the_goal() {
    let actions = actions(
        "s6_win_back.journey",
        "a session within 14 days wins for the arm",
    );
    assert_eq!(kind(&actions, "goal").count(), 1, "{actions:#?}");
}

#[test]
fn the_worked_scores_are_the_banks() {
    let title = "no context: 11.16, 9.60, 10.80 give the Standard card";
    let actions = actions("s17_bank.journey", title);
    let decided = kind(&actions, "decide").next().unwrap();
    let considered = decided["considered"].as_array().unwrap();
    for (offer, score) in [("standard", 11.16), ("rewards", 9.60), ("premier", 10.80)] {
        let one = considered.iter().find(|one| one["offer"] == offer).unwrap();
        let given = one["score"].as_f64().unwrap();
        assert!((given - score).abs() < 1e-9, "{offer}: {given}");
    }
}

/// Two offers have one score; the account has both, the one of higher priority before the other.
#[test]
fn equal_scores_are_explained() {
    let title = "equal scores go by priority, which is declared";
    let actions = actions("s17_bank.journey", title);
    let mut decisions = kind(&actions, "decide");
    let decided = decisions.find(|d| d["decision"] == "by_value").unwrap();
    let considered = decided["considered"].as_array().unwrap();
    let offers: Vec<&Value> = considered.iter().map(|one| &one["offer"]).collect();
    assert_eq!(offers, ["rewards_plus", "rewards"]);
    assert_eq!(considered[0]["score"], considered[1]["score"]);
}

#[test]
fn the_order_of_the_ramp_is_the_same_again() {
    let title =
        "the keenest first, then whoever was first seen; the next day the rest, nobody twice";
    let order = || {
        let actions = actions("s11_ramp.journey", title);
        let entered = kind(&actions, "enter").filter(|entry| entry["journey"] == "ramp");
        entered
            .map(|entry| entry["profile"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(order(), ["u1", "u2", "u4", "u3"]);
    assert_eq!(order(), order());
}

/// One slip in what is handed over, and the program does not check.
#[test]
fn every_hand_off_has_its_payload_checked() {
    let path = path_of("s18_loan.journey");
    let text = std::fs::read_to_string(path).unwrap();
    let slips = [
        // to the cash machine: a page that is no number
        (
            "form: state.form, page: state.page }\n    web",
            "form: state.form, page: state.form }\n    web",
            "type-mismatch",
        ),
        // to the banner: no page at all
        (", page: state.page }\n}", " }\n}", "missing-field"),
        // to the phone: a day where an instant is due
        (
            "open_until: open_until\n",
            "open_until: today\n",
            "type-mismatch",
        ),
        // to the agent: a page as a text
        (
            "page: state.page\n        amount",
            "page: state.form\n        amount",
            "type-mismatch",
        ),
        // into the message: another record
        (
            "form_link(state, now",
            "form_link(entry, now",
            "type-mismatch",
        ),
        // from the web: a page that no form has
        (
            "page: 3, amount: 9_000 EUR",
            "page: 9, amount: 9_000 EUR",
            "out-of-range",
        ),
    ];
    for (right, slip, code) in slips {
        assert!(text.contains(right), "{right}");
        let db = Database::default();
        let text = text.replacen(right, slip, 1);
        let workspace = project(&db, with_manifest("s18.journey", &text));
        let codes: BTreeSet<String> = check(&db, workspace)
            .into_iter()
            .map(|problem| problem.code.to_string())
            .filter(|code| code != "never-granted")
            .collect();
        assert_eq!(codes, BTreeSet::from([code.to_owned()]), "{slip}");
    }
}

/// The codes that S14 raises with one slip in it.
fn slip_of_the_survey(right: &str, slip: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path_of("s14_nps.journey")).unwrap();
    assert!(text.contains(right), "{right}");
    let db = Database::default();
    let text = text.replacen(right, slip, 1);
    let workspace = project(&db, with_manifest("s14.journey", &text));
    let found = check(&db, workspace).into_iter();
    let codes = found.map(|problem| problem.code.to_string());
    codes.filter(|code| code != "never-granted").collect()
}

#[test]
fn every_score_of_the_survey_has_its_arm() {
    let codes = slip_of_the_survey("7..8 =>", "8 =>");
    assert_eq!(codes, BTreeSet::from(["match-not-exhaustive".to_owned()]));
}

#[test]
fn there_is_no_score_of_11() {
    let codes = slip_of_the_survey("nps { score: 9 }", "nps { score: 11 }");
    assert_eq!(codes, BTreeSet::from(["out-of-range".to_owned()]));
}
