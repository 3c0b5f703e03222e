//! What is proved of sends: those that hours push past their own deadline, and what limits leave of them.

#![expect(clippy::expect_used, reason = "a test may fail by panicking")]

use journey_compiler::load::{File, project};
use journey_compiler::proofs::stats::stats;
use journey_compiler::{Database, Workspace, check};

const HEAD: &str = "
event order { total: money<EUR> due: date? }
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
