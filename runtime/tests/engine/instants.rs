//! What happens within one instant: fields that are set, events that are emitted, clock times that move,
//! `while`s that turn.

use super::*;
use journey_program::host::HostOp;
use journey_program::ir::{Inst, Reg};

fn call(dst: Option<u32>, op: HostOp, args: &[u32]) -> Inst {
    let args = args.iter().copied().map(Reg).collect();
    Inst::Call {
        dst: dst.map(Reg),
        op,
        args,
        site: SiteId(0),
    }
}

fn int(dst: u32, value: i64) -> Inst {
    Inst::ConstInt {
        dst: Reg(dst),
        value,
    }
}

/// Emits a `cart_lost` with value 1.
fn emit_lost() -> Vec<Inst> {
    vec![
        int(1, 4),
        call(None, HostOp::RecordBegin, &[1]),
        int(2, i64::from(VALUE)),
        int(3, 1),
        call(None, HostOp::RecordSetInt, &[2, 3]),
        call(Some(5), HostOp::RecordEnd, &[]),
        int(1, i64::from(LOST.0)),
        call(None, HostOp::Emit, &[1, 5]),
    ]
}

#[test]
fn what_is_set_is_seen_and_what_is_emitted_joins_the_instant() {
    let mut shop = Shop::new();
    let mut steps = vec![int(1, i64::from(POINTS)), int(2, 7)];
    steps.push(call(None, HostOp::SetInt, &[1, 2]));
    steps.extend(emit_lost());
    let run = shop.run_with(vec![
        (steps, (Outcome::Wait, 0, DAY)),
        (vec![], (Outcome::End, 0, 0)),
    ]);
    let journey = shop.journey(
        "first",
        EnterPlan::On {
            pattern: pattern(CART),
            element: None,
        },
        run,
    );
    journey.waits = vec![wait(0, 1, Vec::new())];
    let run = shop.run(&[(Outcome::End, 0, 0)]);
    shop.journey(
        "second",
        EnterPlan::On {
            pattern: pattern(LOST),
            element: None,
        },
        run,
    );
    let mut engine = engine(shop);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    let actions = engine.take_actions();
    assert_eq!(
        told(&actions),
        ["0 enter", "0 set", "0 emit cart_lost", "0 enter", "0 end"]
    );
    let json: Vec<_> = actions.iter().map(Action::to_json).collect();
    assert!(
        json[1].ends_with(r#""journey":"first","field":"points","value":7}"#),
        "{}",
        json[1]
    );
    assert!(
        json[2].ends_with(r#""data":{"cart_id":"","value":1}}"#),
        "{}",
        json[2]
    );
    let view = engine.person_view("u1").unwrap();
    assert_eq!(view.fields[POINTS as usize].1, Value::Int(7));
}

#[test]
fn an_instant_ends_after_a_thousand_rounds() {
    let mut shop = Shop::new();
    let run = shop.run_with(vec![(emit_lost(), (Outcome::End, 0, 0))]);
    let journey = shop.journey(
        "echo",
        EnterPlan::On {
            pattern: pattern(LOST),
            element: None,
        },
        run,
    );
    journey.reenter = ReenterPlan::Always;
    let mut engine = engine(shop);
    engine.input(cart(LOST, "e1", T0, "c1", 80));
    engine.input(cart(CART, "e2", T0 + HOUR, "c1", 80));
    let actions = engine.take_actions();
    let faults: Vec<_> = actions
        .iter()
        .filter(|a| a.kind.name() == "fault")
        .collect();
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0]
            .to_json()
            .ends_with(r#""kind":"fault","reason":"too_many_rounds"}"#)
    );
    assert_eq!(
        actions.iter().filter(|a| a.kind.name() == "enter").count(),
        1001
    );
}

#[test]
fn a_clock_time_moves_with_the_zone_and_fires_once_a_day() {
    let mut shop = Shop::new();
    let run = shop.run(&[(Outcome::Wait, 0, 20 * HOUR), (Outcome::End, 0, 0)]);
    let journey = shop.journey(
        "evening",
        EnterPlan::On {
            pattern: pattern(CART),
            element: None,
        },
        run,
    );
    let mut until = wait(0, 1, Vec::new());
    until.kind = WaitKind::Clock { weekday: 0 };
    journey.waits = vec![until];
    let enter = EnterPlan::Every {
        weekday: 0,
        clock: 9 * HOUR,
        when: None,
    };
    let run = shop.run(&[(Outcome::End, 0, 0)]);
    shop.journey("daily", enter, run).reenter = ReenterPlan::Always;
    let mut engine = engine(shop);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    // Tokyo is nine hours ahead: there 20:00 of this day has not passed at 19:30, and comes at 11:00 UTC.
    engine.input(Input::Profile(ProfileInput {
        id: "z".to_owned(),
        at: T0 + HOUR / 2,
        source: String::new(),
        ids: ids(),
        writes: vec![(TIMEZONE, Value::Timezone("Asia/Tokyo".to_owned()))],
    }));
    engine.finish(Some(T0 + 2 * DAY));
    let told = told(&engine.take_actions());
    // 09:00 in Tokyo is midnight in London, fourteen hours after T0.
    assert_eq!(
        told,
        [
            "0 enter", "1 end", "14 enter", "14 end", "38 enter", "38 end"
        ]
    );
}

#[test]
fn a_while_that_turns_false_by_time_ends_the_instance() {
    let mut shop = Shop::new();
    let window = HistoryWindow::Last(6 * HOUR);
    let any = shop.history(ORDER, HistoryAggregate::Count, None, window, 1);
    let predicate = Some(shop.predicate(any, Cmp::Gt, 0));
    let run = shop.run(&[(Outcome::Wait, 0, DAY), (Outcome::End, 0, 0)]);
    let journey = shop.journey(
        "hot",
        EnterPlan::On {
            pattern: pattern(CART),
            element: None,
        },
        run,
    );
    journey.waits = vec![wait(0, 1, Vec::new())];
    journey.watch = Some(Watch {
        predicate,
        histories: vec![any],
        ..Watch::default()
    });
    let mut engine = engine(shop);
    engine.input(cart(CART, "e1", T0, "c1", 80));
    engine.input(cart(ORDER, "o1", T0 + HOUR, "c1", 80));
    engine.input(cart(CART, "e2", T0 + 2 * HOUR, "c1", 80));
    engine.input(cart(ORDER, "o2", T0 + 3 * HOUR, "c1", 80));
    engine.finish(Some(T0 + DAY));
    let told = told(&engine.take_actions());
    assert_eq!(told, ["0 refused while", "2 enter", "9 exit while"]);
}
