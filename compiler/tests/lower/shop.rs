//! A small shop, built by hand: one event, a profile, a channel, a message; what tests add are audiences and
//! journeys. Beside it a desk: the memory of one person, and a host that notes what it is asked.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that is wrong must stop"
)]

use journey_compiler::hir::*;
use journey_compiler::lower::lower;
use journey_program::host::{Host, HostOp};
use journey_program::ir::{FaultCode, Space};
use journey_program::plan::{
    ConsentRule, HistoryAggregate, Program as Plan, ReenterPlan, Settings,
};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::*;

// --- a small shop, built by hand

pub(crate) const EUR: Currency = Currency(*b"EUR");
pub(crate) const ORDER: EventId = EventId(0);
pub(crate) const ORDER_RECORD: RecordId = RecordId(0);
pub(crate) const PROFILE_RECORD: RecordId = RecordId(1);
pub(crate) const TIER: EnumId = EnumId(0);
pub(crate) const HOUR: i64 = 3_600_000;

pub(crate) fn expr(ty: Type, kind: ExprKind) -> Expr {
    Expr {
        node: NodeId(0),
        ty,
        kind,
    }
}
pub(crate) fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}
pub(crate) fn bool_of(kind: ExprKind) -> Expr {
    expr(Type::Bool, kind)
}
pub(crate) fn int(value: i64) -> Expr {
    expr(Type::Int, ExprKind::Value(Value::Int(value)))
}
pub(crate) fn text(value: &str) -> Expr {
    expr(Type::Text, ExprKind::Value(Value::Text(value.into())))
}
pub(crate) fn compare(op: CompareOp, a: Expr, b: Expr) -> Expr {
    bool_of(ExprKind::Compare(op, boxed(a), boxed(b)))
}
pub(crate) fn and(a: Expr, b: Expr) -> Expr {
    bool_of(ExprKind::And(boxed(a), boxed(b)))
}
pub(crate) fn or(a: Expr, b: Expr) -> Expr {
    bool_of(ExprKind::Or(boxed(a), boxed(b)))
}
pub(crate) fn profile(field: u32, ty: Type) -> Expr {
    expr(ty, ExprKind::Profile(field))
}
pub(crate) fn event_field(field: u32, ty: Type) -> Expr {
    let event = expr(Type::Record(ORDER_RECORD), ExprKind::Event);
    expr(ty, ExprKind::Field(boxed(event), field))
}
pub(crate) fn field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.into(),
        ty,
        default: None,
        pii: false,
    }
}
pub(crate) fn tier() -> Expr {
    profile(0, Type::Enum(TIER))
}
pub(crate) fn age() -> Expr {
    let age = profile(1, Type::Int.optional());
    expr(Type::Int, ExprKind::Narrow(boxed(age)))
}
pub(crate) fn known_age() -> Expr {
    bool_of(ExprKind::Known(boxed(profile(1, Type::Int.optional()))))
}
pub(crate) fn country() -> Expr {
    profile(2, Type::Text)
}
pub(crate) fn tags() -> Expr {
    profile(3, Type::List(Box::new(Type::Text)))
}
pub(crate) fn points() -> Expr {
    profile(4, Type::Int)
}
pub(crate) fn count_orders(days: i64, filter: Option<Expr>) -> Expr {
    expr(
        Type::Int,
        ExprKind::History(Box::new(History {
            question: Question::Aggregate(HistoryAggregate::Count),
            event: ORDER,
            value: Vec::new(),
            filter,
            keyed: None,
            sequence: None,
            half_life: 0,
            window: Window::Last(days * 24 * HOUR),
            exact: 4,
            pane_ms: 0,
            up_to: 0,
        })),
    )
}
pub(crate) fn audience(name: &str, predicate: Expr) -> Audience {
    Audience {
        name: name.into(),
        decl: DeclId(0),
        predicate,
    }
}
pub(crate) fn step(kind: StepKind) -> Step {
    Step {
        node: NodeId(0),
        kind,
    }
}
pub(crate) fn on_order(filter: Option<Expr>) -> Pattern {
    Pattern {
        node: NodeId(0),
        event: ORDER,
        also: Vec::new(),
        of_step: None,
        filter,
        key: None,
        each: None,
        since_enter: false,
        bind: None,
    }
}

pub(crate) fn shop(audiences: Vec<Audience>, journeys: Vec<Journey>) -> Program {
    Program {
        tags: Vec::new(),
        limits: Vec::new(),
        holdouts: Vec::new(),
        name: "shop".into(),
        version: "1.0.0".into(),
        timezone: "Europe/London".into(),
        settings: Settings::default(),
        enums: vec![EnumDef {
            name: "tier".into(),
            values: ["none", "silver", "gold"].map(String::from).to_vec(),
        }],
        records: records(),
        events: vec![Event {
            name: "order_placed".into(),
            record: ORDER_RECORD,
            outcome: None,
            decided: None,
            broadcast: false,
            keep: None,
        }],
        sources: Vec::new(),
        source_regexes: Vec::new(),
        profile: Profile {
            normalise: vec![None],
            shared: vec![None],
            ignore: Vec::new(),
            record: PROFILE_RECORD,
            lets: Vec::new(),
            identifiers: vec![("email".into(), 5)],
            timezone: None,
        },
        functions: Vec::new(),
        purposes: vec![Purpose {
            hold: None,
            name: "marketing".into(),
            decl: DeclId(0),
            consent: ConsentRule::OptIn,
            rules: Vec::new(),
        }],
        audiences,
        channels: vec![email()],
        messages: vec![hello()],
        offers: Vec::new(),
        groups: Vec::new(),
        decisions: Vec::new(),
        learned: Vec::new(),
        forests: Vec::new(),
        journeys,
        conversions: Vec::new(),
        measures: Vec::new(),
        tests: Vec::new(),
        sites: vec![Sites {
            file: "shop.journey".into(),
            spans: vec![(3, 9)],
        }],
    }
}

fn records() -> Vec<RecordDef> {
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
    vec![
        RecordDef {
            name: "order_placed".into(),
            fields: order,
        },
        RecordDef {
            name: "profile".into(),
            fields: person,
        },
    ]
}

fn email() -> Channel {
    Channel {
        name: "email".into(),
        decl: DeclId(0),
        to: Some(profile(5, Type::Text.optional())),
        quiet: Vec::new(),
        open: Vec::new(),
        limits: Vec::new(),
        outcomes: Vec::new(),
        answer_within: None,
        carries: Vec::new(),
        cost: None,
        deliver: "none".into(),
        retry: None,
    }
}

fn hello() -> Message {
    Message {
        name: "hello".into(),
        decl: DeclId(0),
        locals: vec![Local {
            name: "who".into(),
            ty: Type::Text,
        }],
        params: 1,
        purpose: PurposeId(0),
        tags: Vec::new(),
        expires: None,
        answers: Vec::new(),
        answer_within: None,
        bodies: vec![Body {
            channel: ChannelId(0),
            fields: vec![("subject".into(), greeting())],
        }],
    }
}

pub(crate) fn greeting() -> Expr {
    let who = expr(Type::Text, ExprKind::Local(LocalId(0)));
    let pieces = vec![Piece::Text("Hello ".into()), Piece::Value(who)];
    expr(Type::Text, ExprKind::Concat(pieces))
}

pub(crate) fn journey(enter: Enter, locals: Vec<Local>, steps: Vec<Step>) -> Journey {
    Journey {
        migrations: Vec::new(),
        take: None,
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

pub(crate) fn plan(program: &Program) -> Plan {
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

pub(crate) struct Desk {
    pub(crate) profile: Vec<u8>,
    pub(crate) event: Vec<u8>,
    pub(crate) instance: Vec<u8>,
    pub(crate) constants: Vec<u8>,
    pub(crate) clock: i64,
    pub(crate) calls: Vec<HostOp>,
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

pub(crate) struct Person<'a> {
    pub(crate) tier: u32,
    pub(crate) age: Option<i64>,
    pub(crate) country: &'a str,
    pub(crate) tags: &'a [&'a str],
    pub(crate) points: i64,
}

pub(crate) const ANN: Person<'static> = Person {
    tier: 2,
    age: Some(30),
    country: "DE",
    tags: &["vip"],
    points: 7,
};

pub(crate) fn desk(plan: &Plan, person: &Person<'_>) -> Desk {
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
