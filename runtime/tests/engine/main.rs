//! The engine over programs built by hand, under the interpreter: what comes in, line by line, and the
//! actions that come out, as JSON.

mod instants;
mod shop;

use journey_program::interp::Interpreter;
use journey_program::ir::Cmp;
use journey_program::plan::*;
use journey_program::types::*;
use journey_runtime::actions::Action;
use journey_runtime::engine::{Engine, Options, Standing};
use journey_runtime::input::{ConsentInput, EventInput, Input, ProfileInput};
use journey_runtime::log::MemoryLog;
use shop::*;
use std::sync::Arc;

fn engine(shop: Shop) -> Engine {
    let program = Arc::new(shop.program);
    Engine::new(
        Arc::clone(&program),
        Box::new(Interpreter::new(program)),
        Options::all(),
    )
}

fn ids() -> Vec<(u32, String)> {
    vec![(0, "u1".to_owned())]
}

fn cart(event: EventId, id: &str, at: i64, cart: &str, value: i64) -> Input {
    Input::Event(EventInput {
        event,
        id: id.to_owned(),
        at,
        source: String::new(),
        ids: ids(),
        fields: vec![Value::Text(cart.to_owned()), Value::Int(value)],
    })
}

fn person(engine: &mut Engine, at: i64) {
    engine.input(Input::Profile(ProfileInput {
        id: "p".to_owned(),
        at,
        source: String::new(),
        ids: ids(),
        writes: vec![(EMAIL, Value::Text("a@example.com".to_owned()))],
    }));
    engine.input(Input::Consent(ConsentInput {
        id: "c".to_owned(),
        at,
        ids: ids(),
        granted: true,
        purpose: PurposeId(0),
        channels: Vec::new(),
    }));
}

#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of tests"
)]
/// Hours since T0, kind, and what tells the action from others.
fn told(actions: &[Action]) -> Vec<String> {
    actions
        .iter()
        .map(|action| {
            let json: serde_json::Value = serde_json::from_str(&action.to_json()).unwrap();
            let hours = (action.at - T0) as f64 / HOUR as f64;
            let detail = [
                "key", "audience", "edge", "step", "reason", "until", "arm", "event",
            ];
            let detail: Vec<&str> = detail
                .iter()
                .filter_map(|key| json[*key].as_str())
                .collect();
            format!("{hours} {} {}", action.kind.name(), detail.join(" "))
                .trim()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_cart_is_reminded_once_and_ends() {
    let mut shop = Shop::new();
    shop.reminder();
    let mut engine = engine(shop);
    person(&mut engine, T0);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.input(cart(CART, "e1", T0 + 1, "c1", 80));
    engine.finish(Some(T0 + 3 * DAY));
    let actions = engine.take_actions();
    assert_eq!(
        told(&actions),
        ["0 enter c1", "1 send c1 reminder", "49 end c1 enough"]
    );
    assert_eq!(
        actions[1].to_json(),
        format!(
            "{{\"n\":1,\"at\":\"2026-01-05T11:00:00.000Z\",\"profile\":\"u1\",\"kind\":\"send\",\
             \"journey\":\"abandoned_cart\",\"key\":\"c1\",\"step\":\"reminder\",\
             \"message\":\"cart_reminder\",\"channel\":\"email\",\"to\":\"a@example.com\",\
             \"id\":\"{}\",\"content\":{{\"subject\":\"Come back\"}}}}",
            journey_program::chance::send_key(
                "shop",
                "u1",
                "abandoned_cart",
                "c1",
                0,
                "reminder",
                0
            )
        )
    );
    assert_eq!(engine.counters().duplicates, 1);
}

#[test]
fn what_is_due_at_an_instant_waits_until_the_clock_moves_past_it() {
    let mut shop = Shop::new();
    shop.reminder().exits = vec![ExitPlan {
        pattern: pattern(ORDER),
        reason: "order_placed".into(),
        resume: None,
        bind: None,
    }];
    let mut engine = engine(shop);
    person(&mut engine, T0);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.input(cart(ORDER, "o1", T0 + HOUR, "other", 1));
    engine.finish(Some(T0 + 2 * HOUR));
    assert_eq!(
        told(&engine.take_actions()),
        ["0 enter c1", "1 exit c1 order_placed"]
    );
}

#[test]
fn a_goal_that_is_an_exit_converts_and_counts_once() {
    let mut shop = Shop::new();
    let journey = shop.reminder();
    let mut own = pattern(ORDER);
    own.key = Some(CART_ID);
    journey.exits = vec![ExitPlan {
        pattern: own.clone(),
        reason: "order_placed".into(),
        resume: None,
        bind: None,
    }];
    journey.goals = vec![own];
    journey.goal_within = Some(DAY);
    let mut engine = engine(shop);
    person(&mut engine, T0);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.input(cart(CART, "e2", T0 + 1, "c2", 80));
    engine.input(cart(ORDER, "o0", T0 + 2, "c3", 1));
    engine.input(cart(ORDER, "o1", T0 + DAY, "c1", 1));
    engine.input(cart(ORDER, "o2", T0 + DAY + HOUR, "c2", 1));
    let told = told(&engine.take_actions());
    let goals: Vec<_> = told
        .iter()
        .filter(|line| line.contains("goal") || line.contains("exit"))
        .collect();
    assert_eq!(
        goals,
        [
            "24 goal c1",
            "24 exit c1 converted",
            "25 exit c2 order_placed"
        ]
    );
}

#[test]
fn entries_are_refused_with_a_reason() {
    let mut shop = Shop::new();
    shop.reminder().reenter = ReenterPlan::After {
        delay: StayPlan::Duration(7 * DAY),
        from_entry: false,
    };
    let mut engine = engine(shop);
    person(&mut engine, T0);
    for (id, at) in [
        ("1", 0),
        ("2", 1),
        ("3", 49 * HOUR + 7 * DAY - 1),
        ("4", 49 * HOUR + 7 * DAY),
    ] {
        engine.input(cart(CART, id, T0 + at, "c1", 80));
    }
    let told = told(&engine.take_actions());
    let entries: Vec<_> = told
        .iter()
        .filter(|line| line.contains("enter") || line.contains("refused"))
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(
        entries,
        [
            "enter c1",
            "refused c1 already_in",
            "refused c1 reenter",
            "enter c1"
        ]
    );
}

#[test]
fn an_audience_changes_by_time_alone_at_its_instant() {
    let mut shop = Shop::new();
    let window = HistoryWindow::Last(60 * DAY);
    let any = shop.history(ORDER, HistoryAggregate::Count, None, window, 1);
    shop.audience("lapsed", any, Cmp::Eq, 0);
    let mut engine = engine(shop);
    engine.input(cart(ORDER, "o1", T0, "c", 1));
    engine.input(cart(ORDER, "o2", T0 + HOUR, "c", 1));
    // At exactly sixty days the order still counts; the clock has to pass.
    engine.input(cart(CART, "x", T0 + HOUR + 60 * DAY, "c", 1));
    assert_eq!(told(&engine.take_actions()), Vec::<String>::new());
    engine.finish(Some(T0 + 61 * DAY));
    assert_eq!(told(&engine.take_actions()), ["1441 audience lapsed enter"]);
}

#[test]
fn a_pane_leaves_as_a_whole_and_never_late() {
    let mut shop = Shop::new();
    let window = HistoryWindow::Last(3 * HOUR);
    let sum = shop.history(ORDER, HistoryAggregate::Sum, Some(VALUE), window, 0);
    shop.audience("spender", sum, Cmp::Ge, 100);
    let mut engine = engine(shop);
    engine.input(cart(ORDER, "o1", T0 + HOUR / 2, "c", 60));
    engine.input(cart(ORDER, "o2", T0 + 2 * HOUR, "c", 60));
    engine.finish(Some(T0 + DAY));
    let told = told(&engine.take_actions());
    assert_eq!(
        told,
        ["2 audience spender enter", "3 audience spender leave"]
    );
}

#[test]
fn staying_in_an_audience_enters_and_leaving_takes_it_back() {
    let mut shop = Shop::new();
    let window = HistoryWindow::Last(DAY);
    let any = shop.history(ORDER, HistoryAggregate::Count, None, window, 1);
    let quiet = shop.audience("quiet", any, Cmp::Eq, 0);
    let run = shop.run(&[(Outcome::End, 0, 0)]);
    let enter = EnterPlan::When {
        audience: quiet,
        leaving: false,
        stay: Some(StayPlan::Duration(3 * DAY)),
        including_members: false,
    };
    shop.journey("win_back", enter, run);
    let mut engine = engine(shop);
    engine.input(cart(ORDER, "o1", T0, "c", 1));
    engine.input(cart(ORDER, "o2", T0 + 3 * DAY, "c", 1));
    engine.finish(Some(T0 + 10 * DAY));
    let told = told(&engine.take_actions());
    assert_eq!(
        told,
        [
            "24 audience quiet enter",
            "72 audience quiet leave",
            "96 audience quiet enter",
            "168 enter",
            "168 end",
        ]
    );
}

#[test]
fn gates_refuse_in_their_order() {
    let mut shop = Shop::new();
    shop.reminder();
    let mut engine = engine(shop);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.finish(Some(T0 + 2 * HOUR));
    let told = told(&engine.take_actions());
    assert_eq!(
        told,
        [
            "0 enter c1",
            "1 skip c1 reminder no_consent",
            "1 end c1 enough"
        ]
    );
}

#[test]
fn quiet_hours_postpone_and_limits_count_what_is_planned() {
    let mut shop = Shop::new();
    shop.reminder();
    let limit = LimitPlan {
        count: 1,
        window: LimitWindow::Rolling(DAY),
        purposes: vec![PurposeId(0)],
        ..LimitPlan::default()
    };
    shop.program.channels[0].limits = vec![limit];
    shop.program.channels[0].quiet = vec![QuietPlan {
        from: 11 * HOUR,
        to: 13 * HOUR,
        purposes: Vec::new(),
    }];
    let mut engine = engine(shop);
    person(&mut engine, T0);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    // 11:00 is quiet until 13:00; the second finds the place taken, though nothing was sent yet.
    engine.input(cart(CART, "e2", T0 + HOUR / 2, "c2", 80));
    engine.finish(Some(T0 + 4 * HOUR));
    let told = told(&engine.take_actions());
    assert_eq!(
        told,
        [
            "0 enter c1",
            "0.5 enter c2",
            "1 postpone c1 reminder 2026-01-05T13:00:00.000Z",
            "1.5 skip c2 reminder limit",
            "1.5 end c2 enough",
            "3 send c1 reminder",
        ]
    );
}

#[test]
fn an_exit_withdraws_what_is_postponed() {
    let mut shop = Shop::new();
    shop.reminder().exits = vec![ExitPlan {
        pattern: pattern(ORDER),
        reason: "order_placed".into(),
        resume: None,
        bind: None,
    }];
    shop.program.channels[0].quiet = vec![QuietPlan {
        from: 11 * HOUR,
        to: 13 * HOUR,
        purposes: Vec::new(),
    }];
    let mut engine = engine(shop);
    person(&mut engine, T0);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.input(cart(ORDER, "o1", T0 + 2 * HOUR, "c1", 80));
    engine.finish(Some(T0 + 4 * HOUR));
    let told = told(&engine.take_actions());
    assert_eq!(
        told[2..],
        ["2 exit c1 order_placed", "2 skip c1 reminder withdrawn"]
    );
}

#[test]
fn an_arm_takes_the_outcome_of_its_own_send() {
    let mut shop = Shop::new();
    let journey = shop.reminder();
    let mut clicked = arm(CLICKED, 3);
    clicked.pattern.of_send = Some(0);
    journey.waits[1].arms = vec![clicked];
    let mut engine = engine(shop);
    person(&mut engine, T0);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.advance(T0 + HOUR);
    let key =
        journey_program::chance::send_key("shop", "u1", "abandoned_cart", "c1", 0, "reminder", 0);
    for (id, send) in [("k1", "other"), ("k2", key.as_str())] {
        engine.input(Input::Event(EventInput {
            event: CLICKED,
            id: id.to_owned(),
            at: T0 + 2 * HOUR,
            source: String::new(),
            ids: ids(),
            fields: vec![Value::Text(send.to_owned())],
        }));
        let standing =
            engine.person_view("u1").unwrap().instances.first().map(
                |i| matches!(&i.standing, Standing::Waiting { step, .. } if &**step == "second"),
            );
        assert_eq!(standing, (id == "k1").then_some(true));
    }
    assert_eq!(told(&engine.take_actions())[2..], ["2 end c1 enough"]);
}

#[test]
fn late_events_repair_histories_and_too_late_ones_are_dead() {
    let mut shop = Shop::new();
    let window = HistoryWindow::Last(3 * DAY);
    let any = shop.history(ORDER, HistoryAggregate::Count, None, window, 1);
    shop.audience("buyer", any, Cmp::Gt, 0);
    let mut engine = engine(shop);
    engine.input(cart(CART, "e1", T0, "c", 1));
    engine.input(cart(ORDER, "o1", T0 - 2 * HOUR, "c", 1));
    engine.input(cart(ORDER, "o2", T0 - DAY - 1, "c", 1));
    engine.finish(Some(T0 + 4 * DAY));
    let told = told(&engine.take_actions());
    assert_eq!(told, ["0 audience buyer enter", "70 audience buyer leave"]);
    assert_eq!(engine.counters().late, 1);
    assert_eq!(engine.take_dead_letters().len(), 1);
}

#[test]
fn reorder_takes_events_by_their_time() {
    let mut shop = Shop::new();
    shop.program.settings.reorder_ms = HOUR;
    shop.reminder();
    let mut engine = engine(shop);
    for (id, minutes) in [("a", 30), ("b", 10), ("c", 20)] {
        engine.input(cart(CART, id, T0 + minutes * 60_000, id, 1));
    }
    assert_eq!(engine.take_actions(), Vec::new());
    engine.finish(None);
    let actions = engine.take_actions();
    let keys: Vec<_> = actions
        .iter()
        .map(|a| a.kind.subject().unwrap().key_text.clone())
        .collect();
    assert_eq!(
        keys,
        [
            Some("b".to_owned()),
            Some("c".to_owned()),
            Some("a".to_owned())
        ]
    );
}

/// The first input is taken when a much later one has come; the clock stands at the first by then.
#[test]
fn what_is_held_back_takes_no_part_in_forgetting_ids() {
    let mut shop = Shop::new();
    shop.program.settings.reorder_ms = HOUR;
    shop.program.settings.dedupe_ms = 7 * DAY;
    shop.reminder();
    let mut engine = engine(shop);
    for (id, at) in [("a", T0), ("a", T0), ("b", T0 + 30 * DAY)] {
        engine.input(cart(CART, id, at, id, 1));
    }
    engine.finish(None);
    assert_eq!(engine.counters().duplicates, 1);
}

#[test]
fn a_replay_of_the_log_decides_the_same() {
    let build = || {
        let mut shop = Shop::new();
        let journey = shop.reminder();
        journey.reenter = ReenterPlan::Always;
        journey.holdout = Some(HoldoutPlan {
            below: u64::MAX / 2,
            salt: String::new(),
        });
        shop
    };
    let (mut live, mut log) = (engine(build()), MemoryLog::default());
    for n in 0..200 {
        let mut input = cart(CART, &n.to_string(), T0 + n * 7 * HOUR, "c", n);
        if let Input::Event(event) = &mut input {
            event.ids[0].1 = format!("u{}", n % 13);
        }
        live.logged(&mut log, input).unwrap();
    }
    let mut replay = engine(build());
    for input in &log.inputs {
        replay.input(input.clone());
    }
    let (live, replay) = (live.take_actions(), replay.take_actions());
    assert!(live.iter().any(|action| action.kind.name() == "holdout"));
    assert!(live.iter().any(|action| action.kind.name() == "skip"));
    assert_eq!(live, replay);
}
