//! What values a program knows: identifiers, types, constants. Shared by the checked tree (compiler),
//! the layouts, the IR and the runtime, so that a type means the same thing in each of them.

use serde::{Deserialize, Serialize};

/// Declares index types: every index is a type, so that an event's number is never taken for a channel's.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    )+};
}
ids!(
    EnumId, RecordId, EventId, PurposeId, AudienceId, ChannelId, MessageId, JourneyId, HistoryId,
    FunctionId, TextId, RegexId, SourceId, OfferId, GroupId, DecisionId,
    /// A named or numbered step of one journey, in source order.
    StepId,
    /// A place in the source, for faults, `why` and traces.
    SiteId,
);

/// An ISO 4217 code, three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Currency(pub [u8; 3]);

impl Currency {
    /// The currency of a code, if ISO 4217 knows it.
    pub fn parse(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code)?;
        Some(Self(code.as_bytes().try_into().ok()?))
    }
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
    /// Digits after the point: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(&self) -> u32 {
        iso_currency::Currency::from_code(self.code())
            .and_then(|c| c.exponent())
            .map_or(2, u32::from)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Type {
    /// the type of something that was wrong; fits everything, reported once
    Error,
    Bool,
    Int,
    Number,
    Money(Currency),
    Text,
    /// milliseconds since 1970-01-01T00:00:00Z
    Time,
    /// days since 1970-01-01
    Date,
    /// milliseconds since midnight
    Clock,
    /// milliseconds
    Duration,
    /// months and days, civil
    Span,
    Timezone,
    Enum(EnumId),
    /// an offer: of one offer type, or any; the enum lists them by name
    Offer(EnumId),
    /// a declared record, or an event (every event has a record)
    Record(RecordId),
    List(#[serde(deserialize_with = "crate::depth::bounded")] Box<Type>),
    Optional(#[serde(deserialize_with = "crate::depth::bounded")] Box<Type>),
    /// `int in low..high`, closed
    IntIn(i64, i64),
    /// `number in low..high`, closed; the bits of two doubles
    NumberIn(u64, u64),
}

impl Type {
    /// `T` of `T?`, else itself.
    pub fn known(&self) -> &Type {
        if let Type::Optional(inner) = self {
            inner
        } else {
            self
        }
    }
    /// Of a record, or of one that may be unknown: which.
    pub fn record(&self) -> Option<RecordId> {
        if let Type::Record(record) = self.known() {
            Some(*record)
        } else {
            None
        }
    }
    /// Of a list, or of one that may be unknown: its elements' type.
    pub fn element(&self) -> Option<&Type> {
        if let Type::List(element) = self.known() {
            Some(element)
        } else {
            None
        }
    }
    pub fn is_optional(&self) -> bool {
        matches!(self, Type::Optional(_))
    }
    pub fn optional(self) -> Type {
        if self.is_optional() || self == Type::Error {
            self
        } else {
            Type::Optional(Box::new(self))
        }
    }
    /// Without its range: `int in 0..10` is an `int` once it has arrived.
    pub fn base(&self) -> Type {
        if let Type::IntIn(..) = self {
            Type::Int
        } else if let Type::NumberIn(..) = self {
            Type::Number
        } else {
            self.clone()
        }
    }
}

/// What a type names that somebody has declared.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    Enum(EnumId),
    Record(RecordId),
}

impl Type {
    /// The type as the language writes it; `name` knows what was declared.
    pub fn written<'n>(&self, name: &dyn Fn(Named) -> Option<&'n String>) -> String {
        let named = |named| name(named).map_or("?", String::as_str).to_owned();
        match self {
            Type::Error => "?".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Int => "int".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Money(currency) => format!("money<{}>", currency.code()),
            Type::Text => "text".to_owned(),
            Type::Time => "time".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Clock => "clock".to_owned(),
            Type::Duration => "duration".to_owned(),
            Type::Span => "span".to_owned(),
            Type::Timezone => "timezone".to_owned(),
            Type::Enum(id) | Type::Offer(id) => named(Named::Enum(*id)),
            Type::Record(id) => named(Named::Record(*id)),
            Type::List(inner) => format!("list<{}>", inner.written(name)),
            Type::Optional(inner) => format!("{}?", inner.written(name)),
            Type::IntIn(low, high) => format!("int in {low}..{high}"),
            Type::NumberIn(low, high) => {
                let (low, high) = (f64::from_bits(*low), f64::from_bits(*high));
                format!("number in {low}..{high}")
            }
        }
    }
}

/// A value, typed by where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// the absent value of a `T?`
    Unknown,
    Bool(bool),
    Int(i64),
    Number(f64),
    /// minor units
    Money(i64, Currency),
    Text(String),
    Time(i64),
    Date(i64),
    Clock(i64),
    Duration(i64),
    Span(Span),
    /// an IANA name
    Timezone(String),
    /// the place of the value in its enum (of an offer: in its type's)
    Enum(EnumId, u32),
    /// fields in order
    Record(
        RecordId,
        #[serde(deserialize_with = "crate::depth::bounded")] Vec<Value>,
    ),
    List(#[serde(deserialize_with = "crate::depth::bounded")] Vec<Value>),
}

/// A civil span: added to a date or time in the person's zone, the day clamped to the month's end.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Span {
    pub months: i32,
    pub days: i32,
}

impl Span {
    /// One 64-bit word: months above, days below. Both executions hold spans so.
    pub fn pack(self) -> i64 {
        (i64::from(self.months) << 32) | i64::from(self.days.cast_unsigned())
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of one word"
    )]
    pub fn unpack(word: i64) -> Self {
        Self {
            months: (word >> 32) as i32,
            days: word as i32,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EnumDef {
    pub name: String,
    pub values: Vec<String>,
}

/// A record: a declared type, an event (its first four fields are `EVENT_FIELDS`), or the profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordDef {
    pub name: String,
    pub fields: Vec<FieldDef>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldDef {
    pub name: String,
    pub ty: Type,
    /// for what is missing in the input
    pub default: Option<Value>,
    pub pii: bool,
}

/// The fields that every event has before its own, in this order.
pub const EVENT_FIELDS: [(&str, Type); 4] = [
    ("id", Type::Text),
    ("at", Type::Time),
    ("source", Type::Text),
    ("late", Type::Bool),
];
