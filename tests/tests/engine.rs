//! Whole programs, from their text: compiled, verified, run by both executions over events in the canonical
//! envelope; what comes out is said in short lines (hours since the first instant, kind, details).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use it: a broken assumption must stop them"
)]

use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, check, checked};
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_program::verify::verify;
use journey_runtime::actions::Action;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use std::fmt::Write as _;
use std::sync::Arc;

/// 2026-01-05T10:00:00Z, a Monday
const T0: i64 = 1_767_607_200_000;
const MINUTE: i64 = 60_000;

const SHOP: &str = r#"
event cart_updated { cart_id: text  value: money<EUR> }
event order_placed { cart_id: text  total: money<EUR>  note: text = "" }
event signup { accepts: bool }
event cart_lost { cart_id: text }
profile {
    email: text?  pii
    points: int = 0
    timezone: timezone?
    interested: bool?
}
identity { user_id unique }
purpose marketing {
    consent opt_in
    granted by signup where accepts
    revoked by signup where not accepts
}
channel email { to email  quiet 21:00 to 08:00 for marketing  outcome clicked { link: text }, bounced  deliver none }
channel push { to user_id  deliver none }
message reminder(cart: cart_updated) for marketing {
    email { subject: "Your cart {cart.cart_id}"  body: "Worth {cart.value}" }
    push { title: "Still there?" }
}
"#;

fn compile(text: &str) -> Arc<Program> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", text));
    let problems = check(&db, workspace);
    let errors: Vec<_> = problems.iter().map(|p| format!("{p:?}")).collect();
    let Some(hir) = checked(&db, workspace) else {
        panic!("{errors:#?}")
    };
    let program = lower(&hir, &|_, _| (1, 1));
    verify(&program).unwrap();
    Arc::new(program)
}

/// An event some minutes after T0, of a person; the data are JSON.
fn event(minutes: i64, kind: &str, who: &str, data: &str) -> String {
    let at = journey_program::show::time_ms(T0 + minutes * MINUTE);
    format!(
        r#"{{"type":"{kind}","id":"{kind}-{minutes}-{who}","at":"{at}","ids":{{"user_id":"{who}"}},"data":{data}}}"#
    )
}

fn signed_up() -> Vec<String> {
    vec![
        event(0, "profile", "u1", r#"{"email":"a@example.com"}"#),
        event(0, "signup", "u1", r#"{"accepts":true}"#),
    ]
}

fn run(program: &Arc<Program>, lines: &[String], until: i64) -> (Engine, Vec<Action>) {
    let executor = Box::new(Interpreter::new(Arc::clone(program)));
    let mut engine = Engine::new(Arc::clone(program), executor, Options::all());
    let mut intake = Intake::new(program, None).unwrap();
    let bytes = lines.join("\n");
    let mut reader = Reader::open(bytes.as_bytes(), "events.jsonl", intake.format()).unwrap();
    while let Some(taken) = intake.next(&mut reader, 0).unwrap() {
        match taken {
            Taken::Input(input) => engine.input(input),
            Taken::DeadLetter(letter) => panic!("{}", letter.to_json()),
        }
    }
    engine.finish(Some(T0 + until * MINUTE));
    let actions = engine.take_actions();
    (engine, actions)
}

/// Minutes since T0, kind, and what tells the action from others.
fn told(actions: &[Action]) -> String {
    let mut text = String::new();
    for action in actions {
        let json: serde_json::Value = serde_json::from_str(&action.to_json()).unwrap();
        let minutes = (action.at - T0) / MINUTE;
        write!(text, "{minutes} {}", action.kind.name()).unwrap();
        let keys = [
            "journey", "key", "audience", "edge", "step", "channel", "reason", "until",
        ];
        for key in keys.iter().chain(&["arm", "event", "field"]) {
            if let Some(detail) = json[*key].as_str() {
                write!(text, " {detail}").unwrap();
            }
        }
        text.push('\n');
    }
    text
}

#[track_caller]
fn expect(
    journeys: &str,
    lines: &[String],
    until: i64,
    expected: &[&str],
) -> (Engine, Vec<Action>) {
    let program = compile(&format!("{SHOP}{journeys}"));
    let (engine, actions) = run(&program, lines, until);
    let told = told(&actions);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines, expected);
    (engine, actions)
}

const CART: &str = r#"{"cart_id":"c1","value":80}"#;
const ORDER: &str = r#"{"cart_id":"c1","total":80}"#;

#[test]
fn the_abandoned_cart() {
    let journey = r#"
        journey abandoned {
            enter on cart_updated where value > 20 EUR key cart_id
            reenter after 7 days
            exit on order_placed any key
            goal on order_placed any key within 7 days
            let cart = entry
            wait up to 1 hour for {
                cart_updated => { set cart = cart_updated  restart at most 2 times }
                timeout => { }
            }
            send first_mail = reminder(cart) by email
            wait up to 2 days for {
                first_mail.clicked => { set interested = true }
                timeout => { send nudge = reminder(cart) by first of email, push else { emit cart_lost { cart_id: cart.cart_id } } }
            }
        }"#;
    let mut lines = signed_up();
    lines.push(event(1, "cart_updated", "u1", CART));
    lines.push(event(
        2,
        "cart_updated",
        "u1",
        r#"{"cart_id":"c2","value":10}"#,
    ));
    lines.push(event(
        31,
        "cart_updated",
        "u1",
        r#"{"cart_id":"c1","value":90}"#,
    ));
    lines.push(event(
        61,
        "cart_updated",
        "u1",
        r#"{"cart_id":"c1","value":95}"#,
    ));
    lines.push(event(
        91,
        "cart_updated",
        "u1",
        r#"{"cart_id":"c1","value":99}"#,
    ));
    let expected = [
        "1 enter abandoned c1",
        "31 refused abandoned c1 already_in",
        "61 refused abandoned c1 already_in",
        "91 refused abandoned c1 already_in",
        "121 send abandoned c1 first_mail email",
        "3001 send abandoned c1 nudge email",
        "3001 end abandoned c1",
    ];
    let (_, actions) = expect(journey, &lines, 5000, &expected);
    assert!(
        actions[4].to_json().contains(r#""body":"Worth 95.00 EUR""#),
        "{}",
        actions[4].to_json()
    );
    lines.push(event(200, "order_placed", "u1", ORDER));
    let mut expected = expected[..5].to_vec();
    expected.extend(["200 goal abandoned c1", "200 exit abandoned c1 converted"]);
    expect(journey, &lines, 5000, &expected);
}

#[test]
fn repeats_branches_and_sets() {
    let journey = r#"
        audience busy = points >= 3
        journey counting {
            enter on signup
            let n = 0
            repeat up to 5 times {
                wait 1 hour
                set n = n + 1
                if n == 2 { again }
                set points = points + 1
                if n > 3 { leave }
            }
            end enough
        }
        journey busy_one { enter when busy  end }
    "#;
    let lines = [event(0, "signup", "u1", r#"{"accepts":true}"#)];
    let (engine, _) = expect(
        journey,
        &lines,
        600,
        &[
            "0 enter counting",
            "60 set counting points",
            "180 set counting points",
            "240 set counting points",
            "240 end counting enough",
            "240 audience busy enter",
            "240 enter busy_one",
            "240 end busy_one",
        ],
    );
    assert_eq!(engine.person_view("u1").unwrap().fields.len(), 5);
}

#[test]
fn audiences_by_time_alone() {
    let journey = r#"
        audience lapsed = any order_placed and no order_placed in last 60 days
        audience spender = sum order_placed.total in last 90 days >= 100 EUR
        audience both = lapsed and spender
        journey win_back {
            enter when both for 3 days
            exit on order_placed
            wait 1 day
        }
    "#;
    let day = 24 * 60;
    let lines = [
        event(0, "order_placed", "u1", r#"{"cart_id":"c1","total":60}"#),
        event(60, "order_placed", "u1", r#"{"cart_id":"c1","total":60}"#),
    ];
    let expected = [
        "60 audience spender enter".to_owned(),
        format!("{} audience lapsed enter", 60 + 60 * day),
        format!("{} audience both enter", 60 + 60 * day),
        format!("{} enter win_back", 60 + 63 * day),
        format!("{} end win_back", 60 + 64 * day),
        // panes of a day: that of the first order begins ten hours before it
        format!("{} audience spender leave", -600 + 90 * day),
        format!("{} audience both leave", -600 + 90 * day),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expect(journey, &lines, 200 * day, &expected);
}

#[test]
fn quiet_hours_in_the_persons_zone() {
    let journey = r#"
        journey welcome {
            enter on cart_updated
            wait until 20:30
            send hello = reminder(entry) by email
            wait until monday 09:00
            end later
        }
    "#;
    let mut lines = signed_up();
    lines.push(event(
        0,
        "profile",
        "u2",
        r#"{"email":"b@example.com","timezone":"Asia/Tokyo"}"#,
    ));
    lines.push(event(0, "signup", "u2", r#"{"accepts":true}"#));
    lines.push(event(1, "cart_updated", "u1", CART));
    lines.push(event(1, "cart_updated", "u2", CART));
    lines[2] = lines[2].replace("profile-0-u2", "p2");
    let day = 24 * 60;
    let expected = [
        "1 enter welcome".to_owned(),
        "1 enter welcome".to_owned(),
        // 20:30 in Tokyo is 11:30 UTC
        "90 send welcome hello email".to_owned(),
        "630 send welcome hello email".to_owned(),
        format!("{} end welcome later", 7 * day - 10 * 60),
        format!("{} end welcome later", 7 * day - 60),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expect(journey, &lines, 10 * day, &expected);
}

#[test]
fn looking_back_and_since() {
    let journey = r#"
        journey looking {
            enter on cart_updated
            wait 1 hour
            wait up to 1 hour for { order_placed since enter as o => { if o.total > 50 EUR { end big } end small }  timeout => { end none } }
        }
        journey counting {
            enter on cart_updated
            wait 2 hours
            if count order_placed since enter >= 2 { end many }
            end few
        }
    "#;
    let lines = [
        event(0, "order_placed", "u1", ORDER),
        event(1, "cart_updated", "u1", CART),
        event(30, "order_placed", "u1", ORDER),
        event(40, "order_placed", "u1", r#"{"cart_id":"c1","total":1}"#),
    ];
    let expected = [
        "1 enter counting",
        "1 enter looking",
        "61 end looking big",
        "121 end counting many",
    ];
    expect(journey, &lines, 600, &expected);
}
