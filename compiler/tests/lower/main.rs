//! Lowering: checked trees built by hand come in, every plan verifies, and the interpreter gives the answers
//! that the language page promises.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

mod shop;

use journey_compiler::hir::*;
use journey_program::host::{Executor, HostOp};
use journey_program::interp::Interpreter;
use journey_program::plan::{EnterPlan, Outcome, bit_of, words_of};
use journey_program::types::*;
use shop::*;
use std::sync::Arc;

fn answers(audiences: Vec<Expr>, person: &Person<'_>) -> (Vec<bool>, Vec<HostOp>) {
    let named = audiences
        .into_iter()
        .enumerate()
        .map(|(number, predicate)| audience(&format!("a{number}"), predicate))
        .collect();
    let plan = plan(&shop(named, Vec::new()));
    let mut desk = desk(&plan, person);
    let count = plan.audiences.len();
    let mut results = vec![0; words_of(count)];
    let function = plan.audiences_fn.unwrap();
    Interpreter::new(Arc::new(plan.clone()))
        .run(function, &mut desk, &[], &mut results)
        .unwrap();
    let bits = (0..count).map(|bit| bit_of(&results, bit));
    (bits.collect(), desk.calls)
}

#[test]
fn texts_and_sets_ask_no_host() {
    let set = |items: &[&str]| {
        bool_of(ExprKind::In(
            boxed(country()),
            items.iter().map(|t| text(t)).collect(),
        ))
    };
    let gold = expr(Type::Enum(TIER), ExprKind::Value(Value::Enum(TIER, 2)));
    let (answers, calls) = answers(
        vec![
            compare(CompareOp::Eq, country(), text("DE")),
            compare(CompareOp::Ne, country(), text("DE")),
            set(&["AT", "DE"]),
            set(&["FR", "IT"]),
            compare(CompareOp::Ge, tier(), gold),
            bool_of(ExprKind::Contains(boxed(tags()), boxed(text("vip")))),
            bool_of(ExprKind::Contains(boxed(tags()), boxed(text("new")))),
        ],
        &ANN,
    );
    assert_eq!(answers, [true, false, true, false, true, true, false]);
    assert_eq!(calls, []);
}

#[test]
fn an_operand_that_may_fault_waits_for_those_before_it() {
    let ratio = expr(
        Type::Int,
        ExprKind::Arith(ArithOp::IntDiv, boxed(int(10)), boxed(points())),
    );
    let guarded = and(
        compare(CompareOp::Ne, points(), int(0)),
        compare(CompareOp::Gt, ratio.clone(), int(1)),
    );
    let either = or(
        compare(CompareOp::Eq, points(), int(0)),
        compare(CompareOp::Gt, ratio, int(1)),
    );
    let nobody = Person { points: 0, ..ANN };
    assert_eq!(
        answers(vec![guarded.clone(), either.clone()], &nobody).0,
        [false, true]
    );
    let five = Person { points: 5, ..ANN };
    assert_eq!(answers(vec![guarded, either], &five).0, [true, true]);
}

#[test]
fn unknown_is_not_known() {
    let adult = and(known_age(), compare(CompareOp::Ge, age(), int(18)));
    let or_else = ExprKind::Else(boxed(profile(1, Type::Int.optional())), boxed(int(40)));
    let older = compare(CompareOp::Ge, expr(Type::Int, or_else), int(35));
    let nameless = Person { age: None, ..ANN };
    assert_eq!(
        answers(vec![adult.clone(), older.clone()], &nameless).0,
        [false, true]
    );
    assert_eq!(answers(vec![adult, older], &ANN).0, [true, false]);
}

#[test]
fn matches_take_the_first_arm_that_fits() {
    let arm = |value: u32, to: i64| (vec![Pat::Value(Value::Enum(TIER, value))], int(to));
    let arms = vec![arm(1, 10), arm(2, 20), (vec![Pat::Else], int(0))];
    let weight = expr(Type::Int, ExprKind::Match(boxed(tier()), arms));
    let is = |n: i64| compare(CompareOp::Eq, weight.clone(), int(n));
    assert_eq!(
        answers(vec![is(10), is(20), is(0)], &ANN).0,
        [false, true, false]
    );
    let bands = vec![
        (vec![Pat::Unknown], int(1)),
        (vec![Pat::Range(Value::Int(0), Value::Int(29))], int(2)),
        (vec![Pat::Else], int(3)),
    ];
    let age = profile(1, Type::Int.optional());
    let band = expr(Type::Int, ExprKind::Match(boxed(age), bands));
    let is = |n: i64| compare(CompareOp::Eq, band.clone(), int(n));
    assert_eq!(
        answers(vec![is(1), is(2), is(3)], &ANN).0,
        [false, false, true]
    );
    let nameless = Person { age: None, ..ANN };
    assert_eq!(
        answers(vec![is(1), is(2), is(3)], &nameless).0,
        [true, false, false]
    );
}

#[test]
fn equal_histories_are_one() {
    let large = || {
        let total = event_field(5, Type::Int);
        Some(compare(CompareOp::Gt, total, int(2)))
    };
    let many = |n: i64, filter| compare(CompareOp::Ge, count_orders(30, filter), int(n));
    let plan = plan(&shop(
        vec![
            audience("a", many(1, None)),
            audience("b", many(2, large())),
            audience(
                "c",
                and(
                    many(3, large()),
                    bool_of(ExprKind::InAudience(AudienceId(0))),
                ),
            ),
        ],
        Vec::new(),
    ));
    assert_eq!(plan.histories.len(), 2);
    let order = &plan.events[0];
    assert_eq!(
        order.feeds.iter().map(|f| f.when).collect::<Vec<_>>(),
        [None, Some(0)]
    );
    assert!(order.feed_fn.is_some() && order.filters.is_empty());
    assert_eq!(plan.audiences[2].watch.histories.len(), 2);
    assert_eq!(plan.audiences[2].watch.audiences, [AudienceId(0)]);
}

#[test]
fn the_next_turn_is_after_now() {
    let at = expr(Type::Time, ExprKind::Value(Value::Time(5_000_000)));
    let late = compare(CompareOp::Gt, expr(Type::Time, ExprKind::Now), at);
    let plan = plan(&shop(vec![audience("late", late)], Vec::new()));
    let next = plan.audiences[0].watch.next.unwrap();
    let mut desk = desk(&plan, &ANN);
    let mut ask = |clock: i64| {
        desk.clock = clock;
        let mut result = [0];
        Interpreter::new(Arc::new(plan.clone()))
            .run(next, &mut desk, &[], &mut result)
            .unwrap();
        result[0]
    };
    assert_eq!(ask(0), 5_000_000);
    assert_eq!(ask(5_000_000), 5_000_001);
    assert_eq!(ask(5_000_001), i64::MAX);
}

fn hour() -> Expr {
    expr(Type::Duration, ExprKind::Value(Value::Duration(HOUR)))
}

/// Counts to two over a wait, then sends; a skip ends it.
fn count_and_send() -> Vec<Step> {
    let send = step(StepKind::Send(Send {
        step: StepRef(0),
        message: MessageId(0),
        args: vec![country()],
        prefer: None,
        channels: vec![ChannelId(0)],
        shows: Vec::new(),
        combined: None,
        otherwise: vec![step(StepKind::End {
            reason: Some("no_mail".into()),
        })],
        reason: None,
        channel: None,
    }));
    let count = expr(Type::Int, ExprKind::Local(LocalId(0)));
    let more = ExprKind::Arith(ArithOp::Add, boxed(count.clone()), boxed(int(1)));
    vec![
        step(StepKind::Let {
            local: LocalId(0),
            value: int(1),
        }),
        step(StepKind::Wait {
            step: StepRef(1),
            delay: hour(),
        }),
        step(StepKind::SetLocal {
            local: LocalId(0),
            value: expr(Type::Int, more),
        }),
        step(StepKind::If {
            arms: vec![(
                compare(CompareOp::Eq, count, int(2)),
                vec![step(StepKind::SetField {
                    field: 4,
                    value: int(9),
                })],
            )],
            otherwise: vec![step(StepKind::End { reason: None })],
        }),
        send,
    ]
}

#[test]
fn a_journey_stops_at_its_waits_and_sends() {
    let steps = count_and_send();
    let locals = vec![Local {
        name: "n".into(),
        ty: Type::Int,
    }];
    let plan = plan(&shop(
        Vec::new(),
        vec![journey(Enter::On(on_order(None)), locals, steps)],
    ));
    let welcome = &plan.journeys[0];
    assert!(matches!(welcome.enter, EnterPlan::On { .. }));
    assert_eq!(welcome.steps[1].name, "wait 1");
    let mut desk = desk(&plan, &ANN);
    desk.instance = vec![0; usize::try_from(welcome.instance.size).unwrap()];
    let mut run = |resume: u32| {
        let mut results = [0; 3];
        let args = [i64::from(resume)];
        let interpreter = Interpreter::new(Arc::new(plan.clone()));
        interpreter
            .run(welcome.run, &mut desk, &args, &mut results)
            .unwrap();
        results
    };
    assert_eq!(run(welcome.start), [Outcome::Wait as i64, 0, HOUR]);
    assert_eq!(run(welcome.waits[0].timeout), [Outcome::Send as i64, 0, 0]);
    assert_eq!(
        run(welcome.sends[0].resume_sent),
        [Outcome::End as i64, 0, 0]
    );
    assert_eq!(
        run(welcome.sends[0].resume_skipped),
        [Outcome::End as i64, 1, 0]
    );
    assert_eq!(welcome.reasons, ["no_mail"]);
    assert_eq!(desk.calls, [HostOp::SetInt]);
}

#[test]
fn a_wait_restarts_up_to_its_bound() {
    let again = WaitArm {
        on: Awaited::Event(Pattern {
            bind: Some(LocalId(0)),
            ..on_order(None)
        }),
        restarts: Some(2),
        steps: vec![step(StepKind::Restart { times: 2 })],
    };
    let steps = vec![step(StepKind::WaitFor {
        step: StepRef(1),
        up_to: Some(hour()),
        arms: vec![again],
        timeout: Some(Vec::new()),
        as_optional: false,
        answers: None,
    })];
    let locals = vec![Local {
        name: "order".into(),
        ty: Type::Record(ORDER_RECORD),
    }];
    let plan = plan(&shop(
        Vec::new(),
        vec![journey(Enter::On(on_order(None)), locals, steps)],
    ));
    let welcome = &plan.journeys[0];
    let arm = &welcome.waits[0].arms[0];
    let mut desk = desk(&plan, &ANN);
    desk.instance = vec![0; usize::try_from(welcome.instance.size).unwrap()];
    let interpreter = Interpreter::new(Arc::new(plan.clone()));
    let mut results = [0; 3];
    interpreter
        .run(welcome.run, &mut desk, &[0], &mut results)
        .unwrap();
    let mut turns = 0;
    loop {
        let mut fits = [0];
        interpreter
            .run(arm.pattern.filter.unwrap(), &mut desk, &[], &mut fits)
            .unwrap();
        if fits[0] == 0 {
            break;
        }
        let resume = [i64::from(arm.resume)];
        interpreter
            .run(welcome.run, &mut desk, &resume, &mut results)
            .unwrap();
        assert_eq!(results, [Outcome::Restart as i64, 0, HOUR]);
        turns += 1;
    }
    assert_eq!(turns, 2);
}

#[test]
fn a_loop_counts_its_cycles() {
    let steps = vec![step(StepKind::Repeat {
        step: StepRef(1),
        every: Some(hour()),
        times: Some(int(3)),
        condition: None,
        steps: vec![step(StepKind::SetField {
            field: 4,
            value: int(1),
        })],
    })];
    let plan = plan(&shop(
        Vec::new(),
        vec![journey(Enter::On(on_order(None)), Vec::new(), steps)],
    ));
    let welcome = &plan.journeys[0];
    let mut desk = desk(&plan, &ANN);
    desk.instance = vec![0; usize::try_from(welcome.instance.size).unwrap()];
    let interpreter = Interpreter::new(Arc::new(plan.clone()));
    let mut results = [0; 3];
    let mut resume = welcome.start;
    let mut stops = Vec::new();
    loop {
        let args = [i64::from(resume)];
        interpreter
            .run(welcome.run, &mut desk, &args, &mut results)
            .unwrap();
        stops.push(results[0]);
        if results[0] == Outcome::End as i64 {
            break;
        }
        resume = welcome.waits[0].timeout;
    }
    assert_eq!(stops, [1, 1, 0]);
    assert_eq!(desk.calls, [HostOp::SetInt; 3]);
}
