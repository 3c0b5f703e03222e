//! What the proofs say, case by case: programs that must raise a lint, and programs that must not.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may fail by panicking, and may print"
)]

use journey_compiler::diagnostics::Severity;
use journey_compiler::load::{File, project};
use journey_compiler::proofs::stats::stats;
use journey_compiler::{Database, check};
use std::path::{Path, PathBuf};

mod common {
    pub(crate) const HEAD: &str = "
enum tier { none, silver, gold }
enum kind { web, store }
event order { total: money<EUR>, kind: kind, units: int in 1..9, note: text? }
event visit { page: text }
profile {
    tier: tier = none
    age: int in 0..120
    points: int = 0
    score: number = 0
    city: text = \"\"
    email: text?
    vip: bool = false
    asked: bool?
    birth: date?
    tags: list<text>
    let orders = count order
}
identity { user_id unique }
purpose marketing { consent opt_in granted by visit }
channel email { to email outcome delivered, opened unverified, clicked { link: text } deliver none }
channel sms { to city deliver none }
message hello for marketing { email { subject: \"Hello\" } sms { text: \"Hello\" } }
";
}

/// The codes that a program raises, with their messages.
fn said(text: &str) -> Vec<(String, String)> {
    raised(&format!("{}{text}", common::HEAD))
}

fn raised(whole: &str) -> Vec<(String, String)> {
    let manifest = "[project]\nname = \"p\"\ntimezone = \"UTC\"\n";
    let db = Database::default();
    let files = vec![
        File::new("journey.toml", manifest),
        File::new("p.journey", whole),
    ];
    let workspace = project(&db, files);
    check(&db, workspace)
        .into_iter()
        .map(|problem| (problem.code.to_owned(), problem.message))
        .collect()
}

fn codes(text: &str) -> String {
    let all: Vec<String> = said(text).into_iter().map(|(code, _)| code).collect();
    all.join(" ")
}

/// Lines `condition ¦ codes`, each as an audience.
fn audiences(table: &str) {
    let mut wrong = Vec::new();
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (condition, due) = line.split_once(" ¦").expect("two columns");
        let raised = codes(&format!("audience it = {condition}"));
        if raised != due.trim() {
            wrong.push(format!(
                "{condition}: raised `{raised}`, due `{}`",
                due.trim()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn empty_audiences() {
    audiences(
        "tier == gold and tier == silver ¦ empty-audience
         tier > gold ¦ empty-audience
         tier < none ¦ empty-audience
         age > 120 ¦ empty-audience
         age > 30 and age < 31 ¦ empty-audience
         points > 3 and points < 5 and points != 4 ¦ empty-audience
         score > 1.5 and score < 1.5 ¦ empty-audience
         city == \"Rome\" and city == \"Oslo\" ¦ empty-audience
         city == \"Rome\" and city starts with \"O\" ¦ empty-audience
         city == \"Rome\" and city matches /^O/ ¦ empty-audience
         city < \"a\" and city > \"b\" ¦ empty-audience
         vip and not vip ¦ empty-audience
         unknown email and (email ?? \"\") != \"\" ¦ empty-audience
         (asked ?? false) and unknown asked ¦ empty-audience
         any order and no order ¦ empty-audience
         any order in last 30 days and no order in last 60 days ¦ empty-audience
         count order in last 7 days > 3 and count order in last 30 days < 3 ¦ empty-audience
         (any order where kind == web) and no order ¦ empty-audience
         (any order where kind == web) and (any order where kind == web and total > 5 EUR in last 3 days) and no order in last 3 days ¦ empty-audience
         orders > 3 and count order <= 3 ¦ empty-audience
         any order where (total > 50 EUR and total < 20 EUR) ¦ empty-audience
         known (avg order.total) and no order ¦ empty-audience
         sum order.units in last 30 days > 9 and count order in last 30 days == 1 ¦ empty-audience
         points * 2 > 10 and points < 6 and points != 5 ¦ empty-audience
         least(points, 3) > 3 ¦ empty-audience
         (if vip then 1 else 2) > 2 ¦ empty-audience
         (match tier { gold => 3, silver => 2, none => 1 }) == 2 and tier != silver ¦ empty-audience
         tags contains \"a\" and not (tags contains \"a\") ¦ empty-audience
         known birth and years since birth > 40 and years since birth < 30 ¦ empty-audience",
    );
}

#[test]
fn universal_audiences() {
    audiences(
        "tier == gold or tier != gold ¦ universal-audience
         tier in [none, silver, gold] ¦ universal-audience
         age >= 0 ¦ universal-audience
         age in 0..120 ¦ universal-audience
         any order or no order ¦ universal-audience
         no order in last 30 days or any order in last 60 days ¦ universal-audience
         count order >= 0 ¦ universal-audience
         known email or unknown email ¦ universal-audience
         points <= 5 or points >= 6 ¦ universal-audience",
    );
}

#[test]
fn audiences_that_are_sound() {
    audiences(
        "tier == gold ¦
         true ¦
         tier == gold and any order and no order in last 60 days ¦
         count order == 1 and any order in last 30 days ¦
         no order in last 30 days and any order in last 60 days ¦
         any order in last 30 days or no order in last 60 days ¦
         count order where kind == web in last 7 days > 3 and count order in last 30 days < 5 ¦
         points * 2 > age and age > 3 ¦
         points + 1 > points ¦
         points / age > 0.5 ¦
         score * 2.0 > 4.0 and score < 3.0 ¦
         city starts with \"R\" and city != \"Rome\" ¦
         city matches /^R/ and city matches /e$/ ¦
         city > \"a\" and city < \"b\" ¦
         unknown email or (email ?? \"\") == \"\" ¦
         sum order.total > 20 EUR and count order == 1 ¦
         consent.marketing and not consent.marketing.sms ¦
         known birth and years since birth >= 18 ¦
         score > 1.5 and score < 1.6 ¦
         tags contains \"a\" and not (tags contains \"b\") ¦",
    );
}

#[test]
fn what_takes_too_long_is_said() {
    let profile =
        "event e { } profile { x: int = 0 y: int = 0 z: int = 0 a: int = 0 b: int = 0 c: int = 0 }";
    let odd = "x + y == 2 * a + 1 and y + z == 2 * b + 1 and x + z == 2 * c + 1";
    let raised = raised(&format!("{profile} audience odd = {odd}"));
    assert_eq!(
        raised.first().map(|(code, _)| code.as_str()),
        Some("not-decided")
    );
}

/// Tables of journeys: `members and steps ¦ codes`, each as a journey `it`.
fn journeys(table: &str) {
    let mut wrong = Vec::new();
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (body, due) = line.split_once(" ¦").expect("two columns");
        let all = said(&format!("journey it {{ {body} }}"));
        let raised: Vec<String> = all.iter().map(|(code, _)| code.clone()).collect();
        // the messages of the common declarations that this journey does not send
        let raised: Vec<String> = raised
            .into_iter()
            .filter(|code| code != "unused-declaration")
            .collect();
        if raised.join(" ") != due.trim() {
            wrong.push(format!("{body}: raised {all:?}, due `{}`", due.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_of_journeys() {
    journeys(
        "enter on order where units > 3 if entry.units < 3 { set vip = true } ¦ never-holds
         enter on order where units > 3 if entry.units > 2 { set vip = true } ¦ always-holds
         enter on order where units > 3 if entry.units > 2 { set vip = true } else { set age = 1 } ¦ swallowed-branch
         enter on order where units > 3 if entry.units > 4 { set vip = true } else { set age = 1 } ¦
         enter on order where total > 9 EUR and total < 5 EUR wait 1 day ¦ never-holds
         enter on order while tier == gold and tier == none wait 1 day ¦ never-holds
         enter on order exit on visit where page == \"a\" and page == \"b\" wait 1 day ¦ never-holds
         enter on order if tier == gold { if tier == silver { set vip = true } } ¦ never-holds
         enter on order if tier == gold { wait 1 day if tier == silver { set vip = true } } ¦
         enter on order if tier == gold { set tier = none if tier == silver { set vip = true } } ¦
         enter on order if tier == gold { set age = 1 } else if tier == gold { set age = 2 } ¦ swallowed-branch
         enter on order if age > 5 { set age = 1 } else if age > 9 { set age = 2 } else { set age = 3 } ¦ swallowed-branch
         enter on order if age > 9 { set age = 1 } else if age > 5 { set age = 2 } else { set age = 3 } ¦
         enter on order if age > 9 { set age = 1 } else if age <= 9 { set age = 2 } else { set age = 3 } ¦ swallowed-branch
         enter on order if vip { end } if vip { set age = 1 } ¦ never-holds
         enter on order if vip { end } wait 1 day if vip { set age = 1 } ¦
         enter on order if entry.kind == web { end } wait 1 day if entry.kind == web { set age = 1 } ¦ never-holds
         enter on order if entry.kind == web { wait 1 day } if entry.kind == web { set age = 1 } ¦
         enter on order if tier == gold { match tier { gold => { set age = 1 } else => { set age = 2 } } } ¦ unreachable-arm
         enter on order match tier { gold => { set age = 1 } else => { if tier == gold { set age = 2 } } } ¦ never-holds
         enter on order let n = entry.units if n > 3 { set n = 1 if n > 3 { set age = 2 } } ¦
         enter on order let n = entry.units if n > 3 { if n < 2 { set age = 2 } } ¦ never-holds
         enter on order let n = 0 repeat up to 3 times { wait 1 day if n > 3 { set age = 2 } set n = n + 1 } ¦
         enter on order wait up to 1 day for { order where (units > 3 and units < 2) => { } timeout => { } } ¦ never-holds
         enter on order split s { a 50% => { if vip { end } } b 50% => { } } if vip { set age = 1 } ¦
         enter on order if no order in last 3 days { set age = 1 } else if no order in last 2 days { set age = 2 } ¦
         enter on order if no order in last 2 days { set age = 1 } else if no order in last 3 days { set age = 2 } ¦ swallowed-branch",
    );
}

#[test]
fn sends_and_goals_of_journeys() {
    journeys(
        "enter on order if unknown email { send s = hello by email } ¦ never-sent
         enter on order if unknown email { send s = hello by first of email, sms } ¦
         enter on order if known email { send s = hello by email } ¦
         enter on order if not consent.marketing { send s = hello by email } ¦ never-sent
         enter on order if consent.marketing { send s = hello by email } ¦
         enter on order goal on visit within 1 day wait 1 day ¦ goal-without-send
         enter on order goal on visit within 1 day wait 2 days send s = hello by email ¦ goal-out-of-reach
         enter on order goal on visit within 1 day of last send wait 2 days send s = hello by email ¦
         enter on order goal on visit within 3 days wait 2 days send s = hello by email ¦
         enter on order send s = hello by email wait up to 1 day for { s.opened => { } timeout => { } } ¦ unverified-opens
         enter on order send s = hello by email wait up to 1 day for { s.clicked => { } timeout => { } } ¦
         enter on order exit on email.opened wait 1 day ¦ unverified-opens
         enter on order if any email.opened { set vip = true } ¦ unverified-opens
         enter on order wait up to 1 day for order set city = entry.note ?? \"\" ¦ stale-entry
         enter on order wait up to 1 day for visit set city = entry.note ?? \"\" ¦
         enter on order set city = entry.note ?? \"\" wait up to 1 day for order ¦
         enter on order wait up to 1 day for { order => { end } timeout => { } } set city = entry.note ?? \"\" ¦",
    );
}

#[test]
fn habits_of_audiences() {
    let raised = |name: &str, condition: &str| codes(&format!("audience {name} = {condition}"));
    assert_eq!(
        raised("lapsed", "no order in last 60 days"),
        "lapsed-includes-never"
    );
    assert_eq!(
        raised("churned", "vip and no order in last 60 days"),
        "lapsed-includes-never"
    );
    assert_eq!(
        raised("lapsed", "any order and no order in last 60 days"),
        ""
    );
    assert_eq!(
        raised("lapsed", "orders > 2 and no order in last 60 days"),
        ""
    );
    assert_eq!(raised("quiet_ones", "no visit in last 60 days"), "");
    assert_eq!(raised("it", "unknown asked"), "unknown-of-bool");
    assert_eq!(raised("it", "unknown asked or not asked"), "");
    assert_eq!(
        raised("it", "any email.opened in last 9 days"),
        "unverified-opens"
    );
}

#[test]
fn proofs_between_declarations() {
    let of = |text: &str| {
        let all = said(&format!(
            "{text} journey other {{ enter on order wait 1 day }}"
        ));
        let kept = all.into_iter().map(|(code, _)| code);
        let kept: Vec<String> = kept.filter(|code| code != "unused-declaration").collect();
        kept.join(" ")
    };
    let both = |a: &str, b: &str| {
        of(&format!(
            "journey a {{ enter on order {a} }} journey b {{ enter on visit {b} }}"
        ))
    };
    assert_eq!(both("set age = 1", "set age = 2"), "contended-field");
    assert_eq!(both("set age = 1", "set age = 1"), "");
    assert_eq!(both("set age = 1", "set points = 1"), "");
    let ring = |one: &str, where_: &str, two: &str| {
        let order = "emit order { total: 1 EUR, kind: web, units: 1 }";
        of(&format!(
            "journey a {{ enter on order {where_} {one} emit visit {{ page: \"a\" }} }}
             journey b {{ enter on visit {two} {order} }}"
        ))
    };
    assert_eq!(
        ring("reenter always", "", "reenter always"),
        "instant-recursion"
    );
    assert_eq!(ring("reenter always", "", ""), "");
    assert_eq!(ring("reenter always", "", "reenter after 1 day"), "");
    assert_eq!(ring("reenter always wait 1 day", "", "reenter always"), "");
    assert_eq!(
        ring("reenter always", "where kind == store", "reenter always"),
        ""
    );
    assert_eq!(
        ring("reenter always", "where kind == web", "reenter always"),
        "instant-recursion"
    );
    let unused = |text: &str| {
        codes(&format!(
            "{text} journey a {{ enter on order send s = hello by sms }}"
        ))
    };
    assert_eq!(unused("const n = 1"), "unused-declaration");
    assert_eq!(unused("const n = 1 audience x = points > n"), "");
    assert_eq!(unused("fn f(a: int) -> int = a"), "unused-declaration");
    for one in [
        "channel push { to city deliver none }",
        "purpose partners { consent opt_out }",
        "model warm -> number = logistic(0.1 * orders)",
        "offer_type gift { } offer mug: gift { }",
        "group mugs { limit 1 per 30 days }",
    ] {
        assert_eq!(unused(one), "unused-declaration", "{one}");
    }
    assert_eq!(
        unused(
            "channel push { to city deliver none }
             purpose partners { consent opt_out }
             message news for partners { push { text: \"News\" } }
             journey b { enter on visit send n = news by push }"
        ),
        ""
    );
    assert_eq!(
        unused(
            "offer_type gift { } group mugs { limit 1 per 30 days }
             model warm -> number = logistic(0.1 * orders)
             offer mug: gift in mugs { tags cups }
             offer cup: gift { tags cups }
             decision best() -> gift { among all tagged cups rank by warm }"
        ),
        ""
    );
}

/// A decided offer must be valid when it is sent.
#[test]
fn offers_that_have_passed() {
    let sent = |valid: &str, open: &str, steps: &str| {
        codes(&format!(
            "channel desk {{ to city {open} deliver none }}
             offer_type gift {{ }}
             offer mug: gift {{ {valid} }}
             decision best() -> gift {{ among mug rank by 1 }}
             message here(pick: gift?) for marketing {{ desk {{ text: \"Here\" }} }}
             journey h {{ enter on order send t = hello by sms }}
             journey j {{ enter on visit {steps} }}"
        ))
    };
    let late = "decide pick = best() wait 30 days send s = here(pick) by desk";
    let black_friday = "valid 2026-11-27 to 2026-11-30";
    assert_eq!(sent(black_friday, "", late), "send-past-deadline");
    assert_eq!(sent("valid 2026-11-01 to 2026-12-31", "", late), "");
    assert_eq!(sent("", "", late), "");
    let soon = "decide pick = best() send s = here(pick) by desk";
    assert_eq!(sent(black_friday, "", soon), "");
    let again =
        "decide pick = best() wait 30 days decide pick2 = best() send s = here(pick2) by desk";
    assert_eq!(sent(black_friday, "", again), "");
    let answered = "decide pick = best() wait up to 30 days for { order => { } timeout => { } }
                    send s = here(pick) by desk";
    assert_eq!(sent(black_friday, "", answered), "");
    let weekend = "valid 2026-11-28 to 2026-11-29";
    let office = "open monday to friday 09:00 to 17:00 in \"Europe/London\"";
    assert_eq!(sent(weekend, office, soon), "send-past-deadline");
    assert_eq!(sent(black_friday, office, soon), "");
}

/// Conditions of offers beside those of groups and audiences.
#[test]
fn eligibilities_that_say_nothing_new() {
    let of = |text: &str| codes(&format!("offer_type gift {{ }} {text}"));
    let in_group = |own: &str, group: &str| {
        of(&format!(
            "group g {{ eligible when {group} }} offer mug: gift in g {{ eligible when {own} }}"
        ))
    };
    assert_eq!(in_group("age >= 18", "age > 20"), "implied-eligibility");
    assert_eq!(in_group("age >= 18", "age >= 18"), "implied-eligibility");
    assert_eq!(in_group("age > 20", "age >= 18"), "");
    assert_eq!(in_group("vip", "age >= 18"), "");
    let beside = |own: &str| {
        of(&format!(
            "audience adults = age >= 18 offer mug: gift {{ eligible when {own} }}"
        ))
    };
    assert_eq!(beside("not (age < 18)"), "same-eligibility");
    assert_eq!(beside("adults"), "");
    assert_eq!(beside("adults and vip"), "");
    assert_eq!(beside("age > 18"), "");
}

/// The programs that their authors hold to be right.
fn sound_programs() -> Vec<(String, Vec<File>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    for folder in ["examples", "tests/corpus", "tests/programs"] {
        programs(&root.join(folder), &mut all);
    }
    all
}

#[test]
fn nearly_every_audience_is_decided() {
    let (mut decided, mut open) = (0, Vec::new());
    for (name, files) in sound_programs() {
        let db = Database::default();
        let workspace = project(&db, files);
        let stats = stats(&db, workspace);
        for audience in stats.audiences.into_iter().chain(stats.eligibilities) {
            if audience.decided {
                decided += 1;
            } else {
                open.push(format!("{name}: {}", audience.audience));
            }
        }
    }
    println!("{decided} decided, open: {open:#?}");
    assert!(open.len() * 20 <= decided + open.len(), "{open:#?}");
}

#[test]
fn stats_say_bounds() {
    let db = Database::default();
    let text = "
event order { total: money<EUR> }
profile { email: text? }
purpose news { consent opt_in granted by order }
channel email { to email quiet 21:00 to 08:00 limit 3 per 7 days deliver none }
message hello for news { email { subject: \"Hello\" } }
audience buyers = any order in last 30 days
audience keen = count order in last 30 days >= 3
audience lapsed = any order and no order in last 30 days
journey welcome {
    enter on order
    reenter after 30 days
    if entry.total > 50 EUR { send a = hello by email wait 2 days } else { wait 1 day }
    send b = hello by email
    repeat up to 4 times { wait 3 days send c = hello by email }
}
journey open_end { enter on order wait for order }
";
    let workspace = project(
        &db,
        vec![
            File::new(
                "journey.toml",
                "[project]\nname = \"p\"\ntimezone = \"UTC\"\n",
            ),
            File::new("p.journey", text),
        ],
    );
    assert_eq!(check(&db, workspace), Vec::new());
    let said = stats(&db, workspace).text();
    for line in [
        "  messages an instance  at most 6",
        "  messages a day        at most 3",
        "  messages a week       at most 3",
        "  longest life          at most 17 days",
        "  longest life          unbounded: a wait without `up to`",
        "  send a: hello by email to who agreed, but not to a person with `email` unknown",
        "  in       a person with 3 `order in last 30 days`",
        "  implies  buyers",
        "  excludes buyers, keen",
        "  messages a week       at most 0",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

/// Every project below a folder: all its files where there is a `journey.toml`, else each program alone.
fn programs(folder: &Path, found: &mut Vec<(String, Vec<File>)>) {
    let paths = inside(folder);
    if paths.iter().any(|path| path.ends_with("journey.toml")) {
        let mut files = Vec::new();
        project_files(folder, folder, &mut files);
        found.push((folder.display().to_string(), files));
        return;
    }
    for path in paths {
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "journey") {
            let text = std::fs::read(&path).expect("it is there");
            found.push((
                path.display().to_string(),
                vec![File::new("p.journey", text)],
            ));
        }
    }
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn project_files(root: &Path, folder: &Path, files: &mut Vec<File>) {
    const TEXTS: [&str; 6] = ["journey", "toml", "csv", "json", "html", "txt"];
    for path in inside(folder) {
        if path.is_dir() {
            project_files(root, &path, files);
        } else if TEXTS
            .iter()
            .any(|ext| path.extension().is_some_and(|e| e == *ext))
        {
            let name = path.strip_prefix(root).expect("it lies inside");
            let text = std::fs::read(&path).expect("it is there");
            files.push(File::new(name.to_str().expect("a name in UTF-8"), text));
        }
    }
}

/// Programs of which a proof is right to speak: their end, the code, why they stand so.
const ON_PURPOSE: &[(&str, &str, &str)] = &[];

/// No proof speaks of a program that its authors hold to be right.
#[test]
fn no_false_alarm() {
    let all = sound_programs();
    let mut wrong = Vec::new();
    let count = all.len();
    for (name, files) in all {
        let db = Database::default();
        let workspace = project(&db, files);
        for problem in check(&db, workspace) {
            let alarm = problem.severity != Severity::Note || NOTES.contains(&problem.code);
            let known = ON_PURPOSE
                .iter()
                .any(|(end, code, _)| name.ends_with(end) && *code == problem.code);
            if alarm && !known && PROOFS.contains(&problem.code) {
                wrong.push(format!("{name}: {}: {}", problem.code, problem.message));
            }
        }
    }
    assert!(count > 10, "{count} programs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notes that would be wrong of a program that is right.
const NOTES: &[&str] = &["not-decided", "implied-eligibility", "same-eligibility"];

/// The codes that proofs raise.
const PROOFS: &[&str] = &[
    "always-eligible",
    "always-holds",
    "channel-limit-only",
    "contended-field",
    "empty-audience",
    "goal-out-of-reach",
    "goal-without-send",
    "implied-eligibility",
    "instant-recursion",
    "lapsed-includes-never",
    "never-eligible",
    "never-holds",
    "never-sent",
    "not-decided",
    "outside-trained-range",
    "send-past-deadline",
    "same-audience",
    "same-eligibility",
    "stale-entry",
    "swallowed-branch",
    "universal-audience",
    "unknown-of-bool",
    "unreachable-arm",
    "unused-declaration",
    "unverified-opens",
];
