//! What is proved of sends: those that hours push past their own deadline, and what limits leave of them.

#![expect(clippy::expect_used, reason = "a test may fail by panicking")]

use journey_compiler::load::{File, project};
use journey_compiler::proofs::stats::stats;
use journey_compiler::{Database, Workspace, check};

const HEAD: &str = "
event order { total: money<EUR> due: date? }
event email_seen { }
profile { user_id: text email: text? phone: text? }
identity { user_id unique }
purpose news { consent opt_in granted by order }
purpose care { consent not_needed basis contract }
purpose calm { consent opt_in granted by order hold while any order in last 1 day }
channel email { to email quiet 21:00 to 08:00 for news deliver none }
channel sms { to phone deliver none }
channel desk { open monday to friday 09:00 to 17:00 in \"Europe/London\" deliver none }
channel late { quiet 21:00 to 08:00 open monday to friday 09:00 to 17:00 deliver none }
message quick for news { email { subject: \"Q\" } sms { text: \"Q\" } expires after 2 hours }
message slow for news { email { subject: \"S\" } expires after 11 hours }
message owed for care { email { subject: \"O\" } expires after 1 hour }
message call for care { desk { } late { } expires after 24 hours }
message patient for care { desk { } late { } expires after 3 days }
";

fn checked(text: &str) -> (Database, Workspace) {
    let db = Database::default();
    let manifest = "[project]\nname = \"p\"\ntimezone = \"UTC\"\n";
    let files = vec![
        File::new("journey.toml", manifest),
        File::new("p.journey", text),
    ];
    let workspace = project(&db, files);
    (db, workspace)
}

fn raised(text: &str) -> Vec<(String, String)> {
    let (db, workspace) = checked(text);
    check(&db, workspace)
        .into_iter()
        .map(|problem| (problem.code.to_owned(), problem.message))
        .filter(|(code, _)| code != "unused-declaration")
        .collect()
}

/// `members and steps ¦ codes`, each as a journey.
fn journeys(table: &str) {
    let mut wrong = Vec::new();
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (body, due) = line.split_once(" ¦").expect("two columns");
        let all = raised(&format!("{HEAD} journey it {{ {body} }}"));
        let codes: Vec<&str> = all.iter().map(|(code, _)| code.as_str()).collect();
        if codes.join(" ") != due.trim() {
            wrong.push(format!("{body}: raised {all:?}, due `{}`", due.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sends_pushed_past_their_deadline() {
    journeys(
        "enter on order send s = quick by email ¦ send-past-deadline
         enter on order send s = quick by sms ¦
         enter on order send s = quick by first of sms, email ¦ send-past-deadline
         enter on order send s = slow by email ¦
         enter on order send s = owed by email ¦
         enter on order send s = call by desk ¦ send-past-deadline
         enter on order send s = patient by desk ¦
         enter on order send s = call by late ¦ send-past-deadline
         enter on order send s = patient by late ¦
         enter on order wait until 09:00 send s = quick by email ¦
         enter on order wait until 20:59 send s = quick by email ¦
         enter on order wait until 21:00 send s = quick by email ¦ send-past-deadline
         enter on order wait until 06:00 send s = quick by email ¦
         enter on order wait until 05:59 send s = quick by email ¦ send-past-deadline
         enter on order wait until 09:00 wait 3 days send s = quick by email ¦
         enter on order wait until 09:00 wait 13 hours send s = quick by email ¦ send-past-deadline
         enter on order wait until monday 12:00 send s = call by late ¦
         enter on order wait until friday 18:00 send s = call by late ¦ send-past-deadline
         enter on order wait until (entry.due ?? 2026-01-01) at 09:00 send s = quick by email ¦
         enter on order wait until (entry.due ?? 2026-01-01) at 23:00 send s = quick by email ¦ send-past-deadline
         enter on order wait until ((entry.due ?? 2026-01-01) at 23:00) - 14 hours send s = quick by email ¦
         enter every day at 10:00 when known email send s = quick by email ¦
         enter every day at 22:00 when known email send s = quick by email ¦ send-past-deadline
         enter every tuesday at 10:00 when known email send s = call by late ¦
         enter every saturday at 10:00 when known email send s = call by late ¦ send-past-deadline
         enter on order wait until 09:00 wait up to 1 hour for order send s = quick by email ¦ send-past-deadline
         enter on order wait until 09:00 wait up to 1 hour for { order => { } timeout => { send s = quick by email } } ¦
         enter on order if now < 2026-03-01T10:00:00Z { send s = quick by email } ¦
         enter on order wait until 09:00 repeat every 1 day up to 3 times { send s = quick by sms } ¦
         enter on order wait until 09:00 repeat every 7 hours up to 3 times { send s = quick by email } ¦ send-past-deadline
         enter on order exit on order { send s = quick by email } wait 1 day ¦ send-past-deadline",
    );
}

#[test]
fn a_deadline_says_when() {
    let all = raised(&format!(
        "{HEAD} journey it {{ enter on order send s = call by desk }}"
    ));
    assert_eq!(
        all.first().map(|(_, message)| message.as_str()),
        Some(
            "`call` is stale before `desk` takes it: who comes here at friday 17:00 would get it at \
             monday 09:00, 2 days 16 hours later, and it expires after 1 day"
        )
    );
}

/// What `check --stats` says of a program.
fn said(text: &str) -> String {
    let (db, workspace) = checked(text);
    let errors: Vec<_> = check(&db, workspace)
        .into_iter()
        .filter(|problem| problem.severity == journey_compiler::diagnostics::Severity::Error)
        .collect();
    assert_eq!(errors, Vec::new());
    stats(&db, workspace).text()
}

fn says(text: &str, lines: &[&str]) {
    let said = said(text);
    for line in lines {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

const LIMITED: &str = "
event order { }
event paid { }
profile { user_id: text email: text? phone: text? region: text = \"\" }
identity { user_id unique }
purpose news { consent not_needed basis contract }
purpose care { consent not_needed basis contract }
channel email { to email deliver none }
channel sms { to phone deliver none }
message hello for news tagged lapsing { email { subject: \"H\" } sms { text: \"H\" } }
message bill for care { email { subject: \"B\" } }
";

#[test]
fn limits_of_the_program_count() {
    let journeys = "
journey a { enter on order reenter always priority 1 send s = hello by first of email, sms }
journey b { enter on paid reenter always priority 9 send s = bill by email }";
    let with = |limits: &str| format!("{LIMITED}{limits}{journeys}");
    // nothing bounds them
    says(
        &with(""),
        &["messages a day        unbounded: it is entered on every `order`"],
    );
    says(
        &with("limit pressure 5 per 7 days across email, sms"),
        &[
            "messages a week       at most 5",
            "limit pressure: 5 per 7 days, of any number (it is entered on every `paid`); first b, a",
        ],
    );
    says(
        &with(
            "limit pressure 2 per calendar day across email, sms \nlimit news_cap 3 per 7 days for news",
        ),
        &[
            "messages a day        at most 2",
            "messages a week       at most 14",
        ],
    );
    // one for each journey, and the other bound by neither
    says(
        &with("limit lapsing_cap 2 per calendar week across email, sms for tagged lapsing"),
        &[
            "messages a week       at most 4",
            "messages a week       unbounded: it is entered on every `paid`",
        ],
    );
    says(
        &with(
            "limit whole 3 per calendar day overall\nlimit region_cap 1 per calendar day per region overall",
        ),
        &[
            "messages a day        at most 3",
            "limit whole: 3 per calendar day over all people",
        ],
    );
    says(
        &with("holdout control 10% for tagged lapsing"),
        &["holdout control: 10% of people get none of hello"],
    );
}

#[test]
fn a_limit_that_nothing_reaches_is_said() {
    says(
        &format!(
            "{LIMITED} limit pressure 5 per 7 days journey a {{ enter on order send s = hello by email wait 1 day send t = bill by email }}"
        ),
        &["limit pressure: 5 per 7 days, never reached: a ask for 2 at most"],
    );
}

#[test]
fn how_long_instances_live() {
    let life = |steps: &str, line: &str| {
        says(
            &format!(
                "{HEAD} message soft for calm {{ sms {{ text: \"S\" }} }} journey it {{ enter on order {steps} }}"
            ),
            &[&format!("longest life          {line}")],
        );
    };
    life("send s = slow by email", "at most 11 hours");
    life("send s = owed by email", "at most no time at all");
    life("send s = call by late", "at most 1 day");
    life("send s = patient by late", "at most 2 days 17 hours");
    life("send s = patient by desk", "at most 2 days 17 hours");
    life("send s = soft by sms", "unbounded: the hold of `calm`");
    life(
        "send s = quick by email else { wait 1 day } wait 1 day",
        "at most 2 days 2 hours",
    );
}

#[test]
fn arms_and_goals_behind_an_exit() {
    journeys(
        "enter on order exit on order wait up to 1 day for { order => { send s = patient by desk } timeout => { } } ¦ unreachable-arm
         enter on order exit on order where total > 5 EUR wait up to 1 day for { order where total > 9 EUR => { send s = patient by desk } timeout => { } } ¦ unreachable-arm
         enter on order exit on order where total > 9 EUR wait up to 1 day for { order where total > 5 EUR => { send s = patient by desk } timeout => { } } ¦
         enter on order exit on order wait up to 1 day for order send s = patient by desk ¦
         enter on order exit on email_seen wait up to 1 day for { order => { send s = patient by desk } timeout => { } } ¦
         enter on order goal on email_seen exit on order wait up to 1 day for { order => { send s = patient by desk } timeout => { } } ¦ goal-out-of-reach unreachable-arm
         enter on order goal on email_seen exit on order wait up to 1 day for { order => { send s = patient by desk } timeout => { send t = patient by desk } } ¦ unreachable-arm
         enter on order goal on email_seen within 1 day of last send set email = \"x\" ¦ goal-out-of-reach
         enter on order goal on email_seen within 1 day set email = \"x\" ¦",
    );
}

#[test]
fn audiences_with_two_names() {
    let codes = |text: &str| {
        let all = raised(&format!("{HEAD}{text}"));
        all.into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let two = |a: &str, b: &str| codes(&format!("audience a = {a} audience b = {b}"));
    assert_eq!(two("any order", "count order > 0"), "same-audience");
    assert_eq!(two("any order", "count order >= 2"), "");
    assert_eq!(two("any order", "a"), "");
    assert_eq!(
        two("known email and known phone", "known phone and known email"),
        "same-audience"
    );
    assert_eq!(
        two("known email and known phone", "known phone or known email"),
        ""
    );
    assert_eq!(
        two("no order in last 3 days", "not (any order in last 3 days)"),
        "same-audience"
    );
    assert_eq!(
        two("no order in last 3 days", "no order in last 4 days"),
        ""
    );
}

/// The trees of one split at 40, trained on 18 to 80.
const TREES: &str = r#"{ "num_class": 1, "num_tree_per_iteration": 1, "objective": "binary sigmoid:1",
    "feature_names": ["age"],
    "feature_infos": { "age": { "min_value": 18, "max_value": 80, "values": [] } },
    "tree_info": [ { "tree_structure": { "split_feature": 0, "threshold": 40, "decision_type": "<=",
        "missing_type": "NaN", "default_left": true,
        "left_child": { "leaf_value": 1.4 }, "right_child": { "leaf_value": -1.6 } } } ] }"#;

#[test]
fn models_and_what_they_were_trained_on() {
    let of = |input: &str| {
        let db = Database::default();
        let text = format!(
            "event order {{ }} profile {{ days: int in 3_000..40_000 age: int in 0..120 young: int in 0..30 maybe: int? in_all: int = 0 }}
             model m -> number in 0..1 from \"m.json\" {{ age: {input} }}"
        );
        let files = vec![
            File::new(
                "journey.toml",
                "[project]\nname = \"p\"\ntimezone = \"UTC\"\n",
            ),
            File::new("p.journey", text),
            File::new("m.json", TREES),
        ];
        let workspace = project(&db, files);
        let raised: Vec<String> = check(&db, workspace)
            .into_iter()
            .map(|problem| problem.code.to_owned())
            .collect();
        (raised.join(" "), stats(&db, workspace).text())
    };
    let outside = "outside-trained-range";
    for (input, due) in [
        ("days", outside),
        ("days / 365", ""),
        ("age", ""),
        ("young", outside),
        ("maybe", ""),
        ("in_all + 50", ""),
        ("count order", ""),
        ("count order + 41", outside),
        ("if age > 50 then 60 else 41", outside),
        ("if age > 50 then 60 else 39", ""),
    ] {
        assert_eq!(of(input).0, due, "{input}");
    }
    let said = of("count order").1;
    let line = "model m: age trained on 18 and 80, but not a person with 81 `order`";
    assert!(said.contains(line), "{said}");
    let said = of("age").1;
    assert!(said.contains("but not a person with `age` 81"), "{said}");
    assert!(of("young").1.contains("trained on 18 and 80, but not"));
}

/// What a channel carries is tested as what it is.
#[test]
fn what_is_carried_has_a_type() {
    let with = |test: &str| {
        let all = raised(&format!(
            "{HEAD} channel page {{ carries {{ number: int, title: text }} deliver none }}
             message turn for care {{ page {{ number: 3, title: \"Three\" }} }}
             journey j {{ enter on order send s = turn by page }}
             test \"it\" {{
                 profile {{ user_id: \"u1\" }}
                 at 2026-01-05T10:00:00Z order {{ total: 1 EUR }}
                 expect send s with {test}
             }}"
        ));
        let codes: Vec<&str> = all.iter().map(|(code, _)| code.as_str()).collect();
        codes.join(" ")
    };
    assert_eq!(with("number == 3"), "");
    assert_eq!(with("number != 4, title == \"Three\""), "");
    assert_eq!(with("number == \"3\""), "type-mismatch");
    assert_eq!(with("title == 3"), "type-mismatch");
}
