//! A small program by hand, for the tests of the intake: what the compiler would make of a shop.

use journey_program::plan::{
    EventPlan, IdentifierPlan, ProfilePlan, Program, SourceFormat, SourcePlan, SourceRule,
    SourceTarget,
};
use journey_program::raw::{RawExpr, RawOp};
use journey_program::types::{
    ChannelId, Currency, EVENT_FIELDS, EnumDef, EnumId, EventId, FieldDef, RecordDef, RecordId,
    Type, Value,
};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};

pub(crate) const ARRIVED: i64 = 1_700_000_000_000;

pub(crate) fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.into(),
        ty,
        default: None,
        pii: false,
    }
}

fn event(program: &mut Program, name: &str, fields: Vec<FieldDef>) {
    let mut all: Vec<FieldDef> = EVENT_FIELDS.map(|(name, ty)| field(name, ty)).into();
    all.extend(fields);
    let record = RecordId::new(program.records.len());
    program.records.push(RecordDef {
        name: name.into(),
        fields: all,
    });
    program.events.push(EventPlan {
        keep: None,
        name: name.into(),
        record,
        // a name with a point is an outcome's: `email.clicked`
        outcome: name.contains('.').then_some((ChannelId(0), 0)),
        decided: None,
        broadcast: false,
        feed_fn: None,
        consents: Vec::new(),
        feeds: Vec::new(),
        filters: Vec::new(),
    });
}

pub(crate) fn path(name: &str) -> RawExpr {
    RawExpr::Path(name.split('.').map(Into::into).collect())
}

pub(crate) fn text(value: &str) -> RawExpr {
    RawExpr::Text(value.into())
}

pub(crate) fn binary(op: RawOp, left: RawExpr, right: RawExpr) -> RawExpr {
    RawExpr::Binary(op, Box::new(left), Box::new(right))
}

/// Events `order_placed`, `order_cancelled`, `email.clicked`; a csv source `till`, a json source `web`.
pub(crate) fn program() -> Program {
    let mut program = Program {
        timezone: "Europe/London".into(),
        ..Program::default()
    };
    let tiers = ["none", "silver", "gold"].map(Into::into).into();
    program.enums.push(EnumDef {
        name: "tier".into(),
        values: tiers,
    });
    let mut line = vec![field("sku", Type::Text), field("price", Type::Money(gbp()))];
    line.push(FieldDef {
        default: Some(Value::Int(1)),
        ..field("quantity", Type::Int)
    });
    program.records.push(RecordDef {
        name: "line_item".into(),
        fields: line,
    });
    program.records.push(RecordDef {
        name: "profile".into(),
        fields: vec![
            field("user_id", Type::Text.optional()),
            field("email", Type::Text.optional()),
            field("tier", Type::Enum(EnumId(0)).optional()),
            field("visits", Type::Int),
        ],
    });
    program.profile = ProfilePlan {
        record: RecordId(1),
        traits: Vec::new(),
        ignore: Vec::new(),
        identifiers: vec![
            IdentifierPlan {
                name: "user_id".into(),
                field: 0,
                normalise: None,
                shared: None,
            },
            IdentifierPlan {
                name: "email".into(),
                field: 1,
                normalise: None,
                shared: None,
            },
        ],
        ..ProfilePlan::default()
    };
    let note = FieldDef {
        default: Some(Value::Text(String::new())),
        ..field("note", Type::Text)
    };
    let items = Type::List(Box::new(Type::Record(RecordId(0))));
    event(
        &mut program,
        "order_placed",
        vec![
            field("order_id", Type::Text),
            field("total", Type::Money(gbp())),
            field("items", items),
            note,
            field("score", Type::Int.optional()),
        ],
    );
    event(
        &mut program,
        "order_cancelled",
        vec![field("order_id", Type::Text)],
    );
    event(
        &mut program,
        "email.clicked",
        vec![field("send", Type::Text), field("link", Type::Text)],
    );
    program.regexes.push("^[0-9]+$".into());
    program.sources = vec![till(), web()];
    program
}

fn rule(when: Option<RawExpr>, event: u32, assigns: Vec<(u32, RawExpr)>) -> SourceRule {
    let target = SourceTarget::Event(EventId(event));
    SourceRule {
        when,
        each: None,
        target,
        at: Some(path("ts")),
        id: None,
        assigns,
    }
}

fn till() -> SourcePlan {
    let cancelled = binary(RawOp::StartsWith, path("invoice"), text("C"));
    let sold = RawExpr::Matches(Box::new(path("invoice")), 0);
    SourcePlan {
        name: "till".into(),
        format: SourceFormat::Csv,
        identify: vec![("user_id".into(), path("customer_id"))],
        rules: vec![
            rule(Some(cancelled), 1, vec![(4, path("invoice"))]),
            rule(
                Some(sold),
                0,
                vec![
                    (4, path("invoice")),
                    (5, path("amount")),
                    (6, RawExpr::List(Vec::new())),
                ],
            ),
        ],
    }
}

fn web() -> SourcePlan {
    let order = binary(RawOp::Eq, path("event"), text("Order Completed"));
    let mut placed = rule(
        Some(order),
        0,
        vec![
            (4, path("properties.order_id")),
            (5, path("properties.revenue")),
            (6, path("properties.products")),
            (
                8,
                binary(RawOp::Add, path("properties.a"), path("properties.b")),
            ),
        ],
    );
    placed.id = Some(path("messageId"));
    let profile = SourceRule {
        when: Some(binary(RawOp::Eq, path("type"), text("identify"))),
        each: None,
        target: SourceTarget::Profile,
        at: None,
        id: None,
        assigns: vec![(1, path("traits.email")), (2, path("traits.tier"))],
    };
    SourcePlan {
        name: "web".into(),
        format: SourceFormat::Json,
        identify: vec![
            ("email".into(), path("traits.email")),
            ("user_id".into(), path("userId")),
        ],
        rules: vec![placed, profile],
    }
}

/// Every record of an input, taken.
pub(crate) fn take(source: Option<&str>, input: &[u8]) -> Vec<Taken> {
    let program = program();
    let mut intake = Intake::new(&program, source).unwrap();
    let mut reader = Reader::open(input, "", intake.format()).unwrap();
    intake.header(reader.columns()).unwrap();
    let mut taken = Vec::new();
    while let Some(next) = intake.next(&mut reader, ARRIVED).unwrap() {
        taken.push(next);
    }
    taken
}

/// As lines: an input as its `Debug`, a dead letter as its JSON.
pub(crate) fn told(source: Option<&str>, input: &str) -> Vec<String> {
    let tell = |taken: Taken| match taken {
        Taken::Input(input) => format!("{input:?}"),
        Taken::DeadLetter(letter) => letter.to_json(),
    };
    take(source, input.as_bytes())
        .into_iter()
        .map(tell)
        .collect()
}
