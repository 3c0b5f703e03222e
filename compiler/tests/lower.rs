//! Lowering: checked trees built by hand come in, every plan verifies, and the interpreter gives the answers
//! that the language page promises.

use journey_compiler::hir::*;
use journey_compiler::lower::lower;
use journey_program::host::{Executor, Host, HostOp};
use journey_program::interp::Interpreter;
use journey_program::ir::{FaultCode, Space};
use journey_program::plan::{
    ConsentRule, EnterPlan, HistoryAggregate, Outcome, Program as Plan, ReenterPlan, Settings,
};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::*;
use std::sync::Arc;

// --- a small shop, built by hand

const EUR: Currency = Currency(*b"EUR");
const ORDER: EventId = EventId(0);
const ORDER_RECORD: RecordId = RecordId(0);
const PROFILE_RECORD: RecordId = RecordId(1);
const TIER: EnumId = EnumId(0);
const HOUR: i64 = 3_600_000;

fn expr(ty: Type, kind: ExprKind) -> Expr {
    Expr {
        node: NodeId(0),
        ty,
        kind,
    }
}
fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}
fn bool_of(kind: ExprKind) -> Expr {
    expr(Type::Bool, kind)
}
fn int(value: i64) -> Expr {
    expr(Type::Int, ExprKind::Value(Value::Int(value)))
}
fn text(value: &str) -> Expr {
    expr(Type::Text, ExprKind::Value(Value::Text(value.into())))
}
fn compare(op: CompareOp, a: Expr, b: Expr) -> Expr {
    bool_of(ExprKind::Compare(op, boxed(a), boxed(b)))
}
fn and(a: Expr, b: Expr) -> Expr {
    bool_of(ExprKind::And(boxed(a), boxed(b)))
}
fn or(a: Expr, b: Expr) -> Expr {
    bool_of(ExprKind::Or(boxed(a), boxed(b)))
}
fn profile(field: u32, ty: Type) -> Expr {
    expr(ty, ExprKind::Profile(field))
}
fn event_field(field: u32, ty: Type) -> Expr {
    let event = expr(Type::Record(ORDER_RECORD), ExprKind::Event);
    expr(ty, ExprKind::Field(boxed(event), field))
}
fn field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.into(),
        ty,
        default: None,
        pii: false,
    }
}
fn tier() -> Expr {
    profile(0, Type::Enum(TIER))
}
fn age() -> Expr {
    let age = profile(1, Type::Int.optional());
    expr(Type::Int, ExprKind::Narrow(boxed(age)))
}
fn known_age() -> Expr {
    bool_of(ExprKind::Known(boxed(profile(1, Type::Int.optional()))))
}
fn country() -> Expr {
    profile(2, Type::Text)
}
fn tags() -> Expr {
    profile(3, Type::List(Box::new(Type::Text)))
}
fn points() -> Expr {
    profile(4, Type::Int)
}
fn count_orders(days: i64, filter: Option<Expr>) -> Expr {
    expr(
        Type::Int,
        ExprKind::History(Box::new(History {
            question: Question::Aggregate(HistoryAggregate::Count),
            event: ORDER,
            value: Vec::new(),
            filter,
            keyed: None,
            window: Window::Last(days * 24 * HOUR),
            exact: 4,
            pane_ms: 0,
            up_to: 0,
        })),
    )
}
fn audience(name: &str, predicate: Expr) -> Audience {
    Audience {
        name: name.into(),
        decl: DeclId(0),
        predicate,
    }
}
fn step(kind: StepKind) -> Step {
    Step {
        node: NodeId(0),
        kind,
    }
}
fn on_order(filter: Option<Expr>) -> Pattern {
    Pattern {
        node: NodeId(0),
        event: ORDER,
        of_step: None,
        filter,
        key: None,
        since_enter: false,
        bind: None,
    }
}

fn shop(audiences: Vec<Audience>, journeys: Vec<Journey>) -> Program {
    let mut order: Vec<FieldDef> = EVENT_FIELDS
        .iter()
        .map(|(name, ty)| field(name, ty.clone()))
        .collect();
    order.push(field("total", Type::Money(EUR)));
    order.push(field("quantity", Type::Int));
    let person = vec![
        field("tier", Type::Enum(TIER)),
        field("age", Type::Int.optional()),
        field("country", Type::Text),
        field("tags", Type::List(Box::new(Type::Text))),
        field("points", Type::Int),
        field("email", Type::Text.optional()),
    ];
    Program {
        name: "shop".into(),
        version: "1.0.0".into(),
        timezone: "Europe/London".into(),
        settings: Settings::default(),
        enums: vec![EnumDef {
            name: "tier".into(),
            values: ["none", "silver", "gold"].map(String::from).to_vec(),
        }],
        records: vec![
            RecordDef {
                name: "order_placed".into(),
                fields: order,
            },
            RecordDef {
                name: "profile".into(),
                fields: person,
            },
        ],
        events: vec![Event {
            name: "order_placed".into(),
            record: ORDER_RECORD,
            outcome: None,
        }],
        sources: Vec::new(),
        source_regexes: Vec::new(),
        profile: Profile {
            record: PROFILE_RECORD,
            lets: Vec::new(),
            identifiers: vec![("email".into(), 5)],
            timezone: None,
        },
        functions: Vec::new(),
        purposes: vec![Purpose {
            name: "marketing".into(),
            decl: DeclId(0),
            consent: ConsentRule::OptIn,
            rules: Vec::new(),
        }],
        audiences,
        channels: vec![Channel {
            name: "email".into(),
            decl: DeclId(0),
            to: Some(profile(5, Type::Text.optional())),
            quiet: Vec::new(),
            limits: Vec::new(),
            outcomes: Vec::new(),
            deliver: "none".into(),
        }],
        messages: vec![Message {
            name: "hello".into(),
            decl: DeclId(0),
            locals: vec![Local {
                name: "who".into(),
                ty: Type::Text,
            }],
            params: 1,
            purpose: PurposeId(0),
            bodies: vec![Body {
                channel: ChannelId(0),
                fields: vec![("subject".into(), greeting())],
            }],
        }],
        journeys,
        tests: Vec::new(),
        sites: vec![Sites {
            file: "shop.journey".into(),
            spans: vec![(3, 9)],
        }],
    }
}

fn greeting() -> Expr {
    let who = expr(Type::Text, ExprKind::Local(LocalId(0)));
    let pieces = vec![Piece::Text("Hello ".into()), Piece::Value(who)];
    expr(Type::Text, ExprKind::Concat(pieces))
}

fn journey(enter: Enter, locals: Vec<Local>, steps: Vec<Step>) -> Journey {
    Journey {
        name: "welcome".into(),
        decl: DeclId(0),
        salt: "welcome".into(),
        priority: 0,
        key: None,
        enter,
        reenter: ReenterPlan::Never,
        watch: None,
        exits: Vec::new(),
        goals: Vec::new(),
        goal_within: None,
        goal_of_last_send: false,
        holdout: None,
        locals,
        named: vec![
            NamedStep {
                name: "mail".into(),
                node: NodeId(0),
            },
            NamedStep {
                name: String::new(),
                node: NodeId(0),
            },
        ],
        steps,
    }
}

fn plan(program: &Program) -> Plan {
    let plan = lower(program, &|_, byte| (1, byte + 1));
    if let Err(problems) = journey_program::verify::verify(&plan) {
        for problem in &problems {
            println!("{problem}");
        }
        panic!("{} problems", problems.len());
    }
    plan
}

// --- a host that answers what these functions ask

struct Desk {
    profile: Vec<u8>,
    event: Vec<u8>,
    instance: Vec<u8>,
    constants: Vec<u8>,
    clock: i64,
    calls: Vec<HostOp>,
}

impl Host for Desk {
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        self.calls.push(op);
        let _ = args;
        Ok(0)
    }
    fn block(&self, space: Space) -> &[u8] {
        match space {
            Space::Profile => &self.profile,
            Space::Event => &self.event,
            Space::Instance => &self.instance,
            Space::Const => &self.constants,
            Space::Scratch => &[],
        }
    }
    fn instance(&mut self) -> &mut [u8] {
        &mut self.instance
    }
    fn clock(&self) -> i64 {
        self.clock
    }
}

struct Person<'a> {
    tier: u32,
    age: Option<i64>,
    country: &'a str,
    tags: &'a [&'a str],
    points: i64,
}

const ANN: Person<'static> = Person {
    tier: 2,
    age: Some(30),
    country: "DE",
    tags: &["vip"],
    points: 7,
};

fn desk(plan: &Plan, person: &Person<'_>) -> Desk {
    let symbols = Symbols::of(&plan.texts);
    let types = Types::of(plan, &symbols);
    let size = usize::try_from(plan.profile.size).unwrap();
    let mut profile = vec![0; size];
    let layout = &plan.layouts[PROFILE_RECORD.index()];
    let fields = &plan.records[PROFILE_RECORD.index()].fields;
    let tags = person
        .tags
        .iter()
        .map(|tag| Value::Text((*tag).into()))
        .collect();
    let values = [
        Value::Enum(TIER, person.tier),
        person.age.map_or(Value::Unknown, Value::Int),
        Value::Text(person.country.into()),
        Value::List(tags),
        Value::Int(person.points),
        Value::Unknown,
    ];
    for ((slot, field), value) in layout.fields.iter().zip(fields).zip(&values) {
        record::set_field(&types, &mut profile, 0, slot, &field.ty, value);
    }
    Desk {
        profile,
        event: vec![0; 512],
        instance: vec![0; 512],
        constants: record::constants(&plan.texts),
        clock: 1_000_000,
        calls: Vec::new(),
    }
}

fn answers(audiences: Vec<Expr>, person: &Person<'_>) -> (Vec<bool>, Vec<HostOp>) {
    let named = audiences
        .into_iter()
        .enumerate()
        .map(|(number, predicate)| audience(&format!("a{number}"), predicate))
        .collect();
    let plan = plan(&shop(named, Vec::new()));
    let mut desk = desk(&plan, person);
    let mut results = vec![0; plan.audiences.len()];
    let function = plan.audiences_fn.unwrap();
    Interpreter::new(Arc::new(plan.clone()))
        .run(function, &mut desk, &[], &mut results)
        .unwrap();
    (results.iter().map(|word| *word != 0).collect(), desk.calls)
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

#[test]
fn a_journey_stops_at_its_waits_and_sends() {
    let send = step(StepKind::Send(Send {
        step: StepRef(0),
        message: MessageId(0),
        args: vec![country()],
        channels: vec![ChannelId(0)],
        otherwise: vec![step(StepKind::End {
            reason: Some("no_mail".into()),
        })],
        reason: None,
        channel: None,
    }));
    let count = expr(Type::Int, ExprKind::Local(LocalId(0)));
    let more = ExprKind::Arith(ArithOp::Add, boxed(count.clone()), boxed(int(1)));
    let steps = vec![
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
    ];
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
        pattern: Pattern {
            bind: Some(LocalId(0)),
            ..on_order(None)
        },
        restarts: Some(2),
        steps: vec![step(StepKind::Restart { times: 2 })],
    };
    let steps = vec![step(StepKind::WaitFor {
        step: StepRef(1),
        up_to: Some(hour()),
        arms: vec![again],
        timeout: Some(Vec::new()),
        as_optional: false,
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
