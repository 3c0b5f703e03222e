//! A raw value → a value of a type, exactly or not at all. Numbers come as text and never pass through a
//! double on their way to money or an int; every refusal names what was found and what was expected.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JSON has six kinds of value and no seventh"
)]

pub mod amount;
pub mod instant;
pub mod length;

use crate::intake::convert::amount::Misfit;
use crate::intake::json::Json;
use crate::intake::suggest::nearest;
use journey_program::civil::{Zone, zone_name, zone_word};
use journey_program::plan::Program;
use journey_program::types::{EnumId, EventId, RecordDef, RecordId, Type, Value};
use std::ops::RangeInclusive;

/// How many elements a list may have when data arrive.
pub const LIST_MAX: usize = 1_000;
/// Numbers that are milliseconds since 1970: of 1973 to 9999. What is smaller may be seconds.
const MS_LIKELY: RangeInclusive<i64> = 100_000_000_000..=253_402_300_799_999;
/// What is larger is in microseconds, as GA4 exports them.
const MICROS_LIKELY: RangeInclusive<i64> = 253_402_300_800_000..=253_402_300_799_999_999;
/// How much of a value a refusal shows.
const SHOWN_MAX: usize = 80;

/// Milliseconds since 1970 of a number of them, or of microseconds; what is finer is let go, as in texts.
fn since_1970(text: &str) -> Option<i64> {
    let (whole, finer) = text.split_once('.').unwrap_or((text, ""));
    let number = amount::scaled(whole, 0).ok()?;
    if !finer.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    if MICROS_LIKELY.contains(&number) {
        return Some(number / 1_000);
    }
    Some(number).filter(|ms| MS_LIKELY.contains(ms))
}

/// Why a value was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// the path inside the value: `.price`, `[3].sku`; empty: itself
    pub path: String,
    /// what was found, cut short; None: it was missing
    pub value: Option<String>,
    /// what was expected
    pub expected: String,
}

impl Refusal {
    pub fn of(value: &Json<'_>, expected: impl Into<String>) -> Self {
        let value = match value {
            Json::Null => None,
            known => Some(shown(known)),
        };
        Self {
            path: String::new(),
            value,
            expected: expected.into(),
        }
    }

    fn inside(mut self, outer: &str) -> Self {
        self.path.insert_str(0, outer);
        self
    }

    /// As a sentence, the field named by the caller.
    pub fn message(&self, field: &str) -> String {
        let Self {
            path,
            value,
            expected,
        } = self;
        match value {
            Some(value) => format!("`{field}{path}` is `{value}`, expected {expected}"),
            None => format!("`{field}{path}` is missing, expected {expected}"),
        }
    }
}

/// A value as refusals show it.
fn shown(value: &Json<'_>) -> String {
    let mut text = String::new();
    match value {
        Json::Text(plain) => text.push_str(plain),
        other => other.write(&mut text),
    }
    match text.char_indices().nth(SHOWN_MAX) {
        None => text,
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
    }
}

/// Reads values for one program.
#[derive(Clone, Debug)]
pub struct Converter<'p> {
    pub program: &'p Program,
    /// the project's zone, for times without one; None: such times are refused
    pub zone: Option<&'static Zone>,
    /// through a `source` a text may hold a number or a bool, and a text may come as a number;
    /// the canonical envelope says what it means
    pub lenient: bool,
}

impl Converter<'_> {
    pub fn record(&self, id: RecordId) -> Option<&RecordDef> {
        self.program.records.get(id.index())
    }

    /// Whether an event belongs to nobody.
    pub fn is_broadcast(&self, event: EventId) -> bool {
        let plan = self.program.events.get(event.index());
        plan.is_some_and(|plan| plan.broadcast)
    }

    /// The value of a field: nothing or null is the default, else unknown, else refused.
    pub fn field(
        &self,
        value: Option<&Json<'_>>,
        ty: &Type,
        default: Option<&Value>,
    ) -> Result<Value, Refusal> {
        let absent = match value {
            None | Some(Json::Null) => true,
            Some(Json::Text(text)) => {
                text.is_empty() && self.lenient && *ty.known() != Type::Text && ty.is_optional()
            }
            Some(_) => false,
        };
        match (value, default) {
            (Some(value), _) if !absent => self.value(value, ty),
            (_, Some(default)) => Ok(default.clone()),
            _ if ty.is_optional() => Ok(Value::Unknown),
            _ => Err(Refusal::of(&Json::Null, self.expected(ty))),
        }
    }

    /// The value as `ty`.
    pub fn value(&self, value: &Json<'_>, ty: &Type) -> Result<Value, Refusal> {
        let refused = || Refusal::of(value, self.expected(ty));
        match ty {
            Type::Optional(inner) => match value {
                Json::Null => Ok(Value::Unknown),
                known => self.value(known, inner),
            },
            Type::Bool => self.bool(value).map(Value::Bool).ok_or_else(refused),
            Type::Int => self.int(value).map(Value::Int),
            Type::IntIn(low, high) => match self.int(value) {
                Ok(int) if (*low..=*high).contains(&int) => Ok(Value::Int(int)),
                _ => Err(refused()),
            },
            Type::Number => self.number(value).map(Value::Number).ok_or_else(refused),
            Type::NumberIn(low, high) => match self.number(value) {
                Some(n) if f64::from_bits(*low) <= n && n <= f64::from_bits(*high) => {
                    Ok(Value::Number(n))
                }
                _ => Err(refused()),
            },
            Type::Money(currency) => amount::money(value, *currency)
                .map(|minor| Value::Money(minor, *currency))
                .map_err(|expected| Refusal::of(value, expected)),
            Type::Text => self.text(value).map(Value::Text).ok_or_else(refused),
            Type::Time => self.time(value).map(Value::Time),
            Type::Date => instant::date(text_of(value))
                .map(Value::Date)
                .ok_or_else(refused),
            Type::Clock => instant::clock(text_of(value))
                .map(Value::Clock)
                .ok_or_else(refused),
            Type::Duration => length::duration(text_of(value))
                .map(Value::Duration)
                .ok_or_else(refused),
            Type::Span => length::span(text_of(value))
                .map(Value::Span)
                .ok_or_else(refused),
            Type::Timezone => timezone(value).map(Value::Timezone).ok_or_else(refused),
            Type::Enum(id) | Type::Offer(id) => self.enum_value(value, *id),
            Type::Record(id) => self.record_value(value, *id),
            Type::List(inner) => self.list(value, inner),
            Type::Error => Err(refused()),
        }
    }

    fn bool(&self, value: &Json<'_>) -> Option<bool> {
        match value {
            Json::Bool(value) => Some(*value),
            Json::Text(text) if self.lenient && text.eq_ignore_ascii_case("true") => Some(true),
            Json::Text(text) if self.lenient && text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    fn number_text<'v>(&self, value: &'v Json<'_>) -> Option<&'v str> {
        match value {
            Json::Number(text) => Some(text),
            Json::Text(text) if self.lenient => Some(text),
            _ => None,
        }
    }

    fn int(&self, value: &Json<'_>) -> Result<i64, Refusal> {
        let text = self.number_text(value).unwrap_or_default();
        amount::scaled(text, 0).map_err(|misfit| match misfit {
            Misfit::Shape | Misfit::Digits => Refusal::of(value, "a whole number"),
            Misfit::Range => Refusal::of(value, "a whole number that 64 bits can hold"),
        })
    }

    fn number(&self, value: &Json<'_>) -> Option<f64> {
        amount::number(self.number_text(value)?)
    }

    fn text(&self, value: &Json<'_>) -> Option<String> {
        match value {
            Json::Text(text) => Some(text.to_string()),
            Json::Number(text) if self.lenient => Some(text.to_string()),
            Json::Bool(value) if self.lenient => Some(value.to_string()),
            _ => None,
        }
    }

    /// An instant; through a source also a civil date or a local time, in the project's zone.
    pub fn time(&self, value: &Json<'_>) -> Result<i64, Refusal> {
        let expected = "a time such as `2026-01-05T10:00:00Z`";
        // a table has numbers as text: what is no number of milliseconds there may still be a date
        match (self.number_text(value).and_then(since_1970), value) {
            (Some(ms), _) if self.lenient => return Ok(ms),
            (_, Json::Number(_)) if self.lenient => return Err(Refusal::of(value, expected)),
            _ => {}
        }
        match (instant::parse(text_of(value)), &self.zone) {
            (Some(instant::Parsed::Instant(at)), _) => Ok(at),
            (Some(instant::Parsed::Local(local)), Some(zone)) => instant::in_zone(local, zone)
                .ok_or_else(|| Refusal::of(value, "a time that its zone knows")),
            (Some(instant::Parsed::Local(_)), None) => Err(Refusal::of(
                value,
                "a time with its zone, such as `2026-01-05T10:00:00Z`",
            )),
            (None, _) => Err(Refusal::of(value, expected)),
        }
    }

    fn enum_value(&self, value: &Json<'_>, id: EnumId) -> Result<Value, Refusal> {
        let names = self
            .program
            .enums
            .get(id.index())
            .map_or(&[][..], |def| &def.values);
        let place = names.iter().position(|name| name == text_of(value));
        match place.and_then(|place| u32::try_from(place).ok()) {
            Some(place) => Ok(Value::Enum(id, place)),
            None => Err(Refusal::of(value, self.expected(&Type::Enum(id)))),
        }
    }

    fn record_value(&self, value: &Json<'_>, id: RecordId) -> Result<Value, Refusal> {
        let (Json::Object(_), Some(def)) = (value, self.record(id)) else {
            return Err(Refusal::of(value, self.expected(&Type::Record(id))));
        };
        let mut fields = Vec::with_capacity(def.fields.len());
        for field in &def.fields {
            let taken = self.field(value.field(&field.name), &field.ty, field.default.as_ref());
            fields.push(taken.map_err(|refusal| refusal.inside(&format!(".{}", field.name)))?);
        }
        Ok(Value::Record(id, fields))
    }

    fn list(&self, value: &Json<'_>, inner: &Type) -> Result<Value, Refusal> {
        let Json::List(items) = value else {
            return Err(Refusal::of(value, "a list"));
        };
        if items.len() > LIST_MAX {
            let found = Json::Text(format!("{} elements", items.len()).into());
            return Err(Refusal::of(
                &found,
                format!("a list of at most {LIST_MAX} elements"),
            ));
        }
        let mut taken = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let item = self.field(Some(item), inner, None);
            taken.push(item.map_err(|refusal| refusal.inside(&format!("[{place}]")))?);
        }
        Ok(Value::List(taken))
    }

    /// What a type expects, in words.
    pub fn expected(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "`true` or `false`".into(),
            Type::Int => "a whole number".into(),
            Type::IntIn(low, high) => format!("a whole number in {low}..{high}"),
            Type::Number => "a number".into(),
            Type::NumberIn(low, high) => {
                format!(
                    "a number in {}..{}",
                    f64::from_bits(*low),
                    f64::from_bits(*high)
                )
            }
            Type::Money(currency) => amount::expected(*currency),
            Type::Text => "a text".into(),
            Type::Time => "a time such as `2026-01-05T10:00:00Z`".into(),
            Type::Date => "a date such as `2026-05-10`".into(),
            Type::Clock => "a time of day such as `21:00`".into(),
            Type::Duration => "a duration such as `PT1H`".into(),
            Type::Span => "a span such as `P1M`".into(),
            Type::Timezone => "an IANA time zone such as `Europe/London`".into(),
            Type::Enum(id) | Type::Offer(id) => self.enum_expected(*id),
            Type::Record(id) => {
                format!(
                    "an object `{}`",
                    self.record(*id).map_or("?", |def| def.name.as_str())
                )
            }
            Type::List(_) => "a list".into(),
            Type::Optional(inner) => self.expected(inner),
            Type::Error => "nothing: its type is wrong".into(),
        }
    }

    fn enum_expected(&self, id: EnumId) -> String {
        let Some(def) = self.program.enums.get(id.index()) else {
            return "an enum".into();
        };
        let names: Vec<String> = def
            .values
            .iter()
            .take(12)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = if def.values.len() > names.len() {
            ", …"
        } else {
            ""
        };
        format!("a `{}`: {}{more}", def.name, names.join(", "))
    }

    /// The name of a declared field nearest to one that is not.
    pub fn nearest_field(&self, id: RecordId, name: &str) -> Option<&str> {
        nearest(
            name,
            self.record(id)?
                .fields
                .iter()
                .map(|field| field.name.as_str()),
        )
    }
}

fn text_of<'v>(value: &'v Json<'_>) -> &'v str {
    match value {
        Json::Text(text) => text,
        _ => "",
    }
}

/// The zone's own name, if the zone is known.
fn timezone(value: &Json<'_>) -> Option<String> {
    zone_name(zone_word(text_of(value))?).map(str::to_owned)
}
