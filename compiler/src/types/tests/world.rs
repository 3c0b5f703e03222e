//! A small world, made by hand.

use crate::hir::{Local, OutcomeDef};
use crate::world::{ChannelSig, ConstSig, Entity, EventSig, FnSig, MessageSig, ProfileSig, World};
use journey_program::types::{
    AudienceId, ChannelId, Currency, EVENT_FIELDS, EnumDef, EnumId, EventId, FieldDef, JourneyId,
    MessageId, PurposeId, RecordDef, RecordId, Type, Value,
};

pub(super) fn eur() -> Type {
    Type::Money(Currency(*b"EUR"))
}

fn record(name: &str, fields: &[(&str, Type)]) -> RecordDef {
    let fields = fields
        .iter()
        .map(|(name, ty)| FieldDef {
            name: (*name).to_owned(),
            ty: ty.clone(),
            default: None,
            pii: false,
        })
        .collect();
    RecordDef {
        name: name.to_owned(),
        fields,
    }
}

fn event(name: &str, fields: &[(&str, Type)]) -> RecordDef {
    record(name, &[&EVENT_FIELDS[..], fields].concat())
}

pub(super) fn world() -> World {
    let records = records();
    World {
        timezone: "UTC".to_owned(),
        names: NAMES.into_iter().map(|(n, e)| (n.to_owned(), e)).collect(),
        enums: vec![EnumDef {
            name: "tier".to_owned(),
            values: ["none", "silver", "gold"].map(str::to_owned).to_vec(),
        }],
        records,
        events: events(),
        consts: consts(),
        functions: functions(),
        profile: ProfileSig {
            record: RecordId(4),
            lets: vec![
                ("orders_90d".to_owned(), Type::Int),
                ("last_order".to_owned(), Type::Time.optional()),
            ],
            scores: std::collections::BTreeSet::new(),
            faulting: std::collections::BTreeSet::new(),
            identifiers: Vec::new(),
            normalise: Vec::new(),
            shared: Vec::new(),
            ignore: Vec::new(),
            timezone: None,
        },
        purposes: vec!["marketing".to_owned()],
        audiences: vec!["loyal".to_owned()],
        channels: vec![ChannelSig {
            carries: Vec::new(),
            name: "email".to_owned(),
            outcomes: vec![OutcomeDef {
                answer: false,
                name: "clicked".to_owned(),
                event: EventId(2),
                unverified: false,
            }],
        }],
        tags: Vec::new(),
        messages: vec![MessageSig {
            name: "hello".to_owned(),
            params: Vec::new(),
            purpose: PurposeId(0),
            channels: vec![ChannelId(0)],
            answers: Vec::new(),
        }],
        journeys: vec!["welcome".to_owned()],
        ..World::default()
    }
}

const NAMES: [(&str, Entity); 13] = [
    ("tier", Entity::Enum(EnumId(0))),
    ("line_item", Entity::Record(RecordId(0))),
    ("order_placed", Entity::Event(EventId(0))),
    ("cart_updated", Entity::Event(EventId(1))),
    ("vip_spend", Entity::Const(0)),
    ("month_long", Entity::Const(1)),
    ("discount_of", Entity::Function(0)),
    ("marketing", Entity::Purpose(PurposeId(0))),
    ("loyal", Entity::Audience(AudienceId(0))),
    ("email", Entity::Channel(ChannelId(0))),
    ("hello", Entity::Message(MessageId(0))),
    ("welcome", Entity::Journey(JourneyId(0))),
    ("broken", Entity::Opaque),
];

fn records() -> Vec<RecordDef> {
    let tier = Type::Enum(EnumId(0));
    let items = Type::List(Box::new(Type::Record(RecordId(0))));
    vec![
        record(
            "line_item",
            &[
                ("sku", Type::Text),
                ("price", eur()),
                ("discount", eur().optional()),
            ],
        ),
        event(
            "order_placed",
            &[
                ("order_id", Type::Text),
                ("total", eur()),
                ("items", items.clone()),
                ("note", Type::Text.optional()),
                ("cart_id", Type::Text),
            ],
        ),
        event(
            "cart_updated",
            &[
                ("cart_id", Type::Text),
                ("value", eur()),
                ("coupon", Type::Text.optional()),
            ],
        ),
        event(
            "email.clicked",
            &[("send", Type::Text), ("link", Type::Text)],
        ),
        record(
            "profile",
            &[
                ("age", Type::Int.optional()),
                ("first_name", Type::Text.optional()),
                ("tier", tier.clone()),
                ("rank", tier.optional()),
                ("born", Type::Date.optional()),
                ("joined", Type::Date),
                ("last_seen", Type::Time.optional()),
                ("created", Type::Time),
                ("score", Type::NumberIn(0_f64.to_bits(), 1_f64.to_bits())),
                ("rating", Type::IntIn(1, 3)),
                ("vip", Type::Bool),
                ("open", Type::Bool.optional()),
                ("zone", Type::Timezone.optional()),
                ("tags", Type::List(Box::new(Type::Text))),
                ("wish", items),
                ("spent", eur()),
                ("dollars", Type::Money(Currency(*b"USD"))),
                ("visits", Type::Int),
                ("at_time", Type::Clock),
                ("pace", Type::Duration),
            ],
        ),
    ]
}

fn events() -> Vec<EventSig> {
    let sig = |name: &str, record: u32, outcome| EventSig {
        name: name.to_owned(),
        record: RecordId(record),
        outcome,
        decided: None,
        broadcast: false,
        unverified: false,
    };

    vec![
        sig("order_placed", 1, None),
        sig("cart_updated", 2, None),
        sig("email.clicked", 3, Some((ChannelId(0), 0))),
    ]
}

fn consts() -> Vec<ConstSig> {
    vec![
        ConstSig {
            name: "vip_spend".to_owned(),
            ty: eur(),
            value: Value::Money(50_000, Currency(*b"EUR")),
        },
        ConstSig {
            name: "month_long".to_owned(),
            ty: Type::Duration,
            value: Value::Duration(30 * 86_400_000),
        },
    ]
}

fn functions() -> Vec<FnSig> {
    vec![FnSig {
        name: "discount_of".to_owned(),
        params: vec![
            Local {
                name: "t".to_owned(),
                ty: Type::Enum(EnumId(0)),
            },
            Local {
                name: "n".to_owned(),
                ty: Type::Number,
            },
        ],
        result: Type::Number,
        calculates: true,
    }]
}
