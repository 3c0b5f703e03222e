//! Where a field's value comes from: a constant, shares, a distribution, a pattern; checked against its type.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each way of drawing fits a few types"
)]

use super::Reader;
use super::toml::{Item, get, json, plain_number};
use crate::simulate::model::{Draw, From, Law, Piece, Unit};
use journey_compiler::nearest;
use journey_program::types::{FieldDef, Type, Value};
use journey_runtime::intake::json::Json;
use toml::de::DeTable;

/// What a table may say of a value, but for `unknown`.
const KEYS: [&str; 16] = [
    "shares",
    "share",
    "range",
    "normal",
    "lognormal",
    "exponential",
    "within",
    "pattern",
    "count",
    "each",
    "fields",
    "profile",
    "before",
    "key",
    "value",
    "unknown",
];
/// How far shares may be from adding up to 1.
const SHARES_OFF: f64 = 1e-9;

/// The fields around a value: what `before` and `profile` may name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around<'p> {
    /// own fields of the event before; None: there is none
    pub(super) before: Option<&'p [FieldDef]>,
    /// a journey's send is followed
    pub(super) sent: bool,
    /// the person's fields have been drawn: it is an event's field
    pub(super) event: bool,
}

impl Reader<'_> {
    /// A draw for each field; what is not said has its default, is unknown, or is missing.
    pub(super) fn fields(
        &mut self,
        defs: &[FieldDef],
        given: Option<&DeTable<'_>>,
        around: Around<'_>,
        whose: &(&str, std::ops::Range<usize>),
    ) -> Vec<Draw> {
        if let Some(given) = given {
            let names: Vec<&str> = defs.iter().map(|def| def.name.as_str()).collect();
            let what = format!("field of `{}` called", whose.0);
            self.problems.known_keys(given, &names, &what);
        }
        let mut draws = Vec::with_capacity(defs.len());
        for def in defs {
            let item = given.and_then(|given| get(given, &def.name));
            let draw = match item {
                Some(item) => self.draw(item, &def.ty, around),
                None => self.absent(def, whose),
            };
            draws.push(draw.unwrap_or(constant(Value::Unknown)));
        }
        draws
    }

    fn absent(&mut self, def: &FieldDef, whose: &(&str, std::ops::Range<usize>)) -> Option<Draw> {
        match &def.default {
            Some(default) => Some(constant(default.clone())),
            None if def.ty.is_optional() => Some(constant(Value::Unknown)),
            None => {
                let message = format!("nothing says what `{}` of `{}` is", def.name, whose.0);
                let help = format!(
                    "say it in its `fields`: `{} = {}`",
                    def.name,
                    example(def.ty.known())
                );
                self.problems.missing(whose.1.clone(), message, help);
                None
            }
        }
    }

    pub(super) fn draw(&mut self, item: &Item<'_>, ty: &Type, around: Around<'_>) -> Option<Draw> {
        let known = ty.known();
        if let Some(text) = item.get_ref().as_str()
            && *known == Type::Text
        {
            let pieces = self.pattern(text, item)?;
            return Some(always(From::Pattern(pieces)));
        }
        let Some(table) = item.get_ref().as_table() else {
            return Some(constant(self.constant(item, known)?));
        };
        self.problems
            .known_keys(table, &KEYS, "way to draw a value called");
        let unknown = match get(table, "unknown") {
            None => 0.0,
            Some(item) if ty.is_optional() => self.problems.share(item)?,
            Some(item) => {
                let message = "this field is always known, so no share of it is unknown";
                let help = "leave `unknown` out, or make the field optional";
                self.problems.value(item, message, help);
                return None;
            }
        };
        let from = self.from(table, item, known, around)?;
        Some(Draw { unknown, from })
    }

    fn from(
        &mut self,
        table: &DeTable<'_>,
        item: &Item<'_>,
        ty: &Type,
        around: Around<'_>,
    ) -> Option<From> {
        if let Some(item) = get(table, "value") {
            return Some(From::Constant(self.constant(item, ty)?));
        }
        if let Some(item) = get(table, "pattern") {
            if *ty != Type::Text {
                return self.unfit(item, ty, "a pattern makes a text");
            }
            let text = self.problems.text(item)?;
            return Some(From::Pattern(self.pattern(text, item)?));
        }
        if let Some(item) = get(table, "share") {
            if *ty != Type::Bool {
                return self.unfit(item, ty, "`share` is how often a bool is true");
            }
            let share = self.problems.share(item)?;
            let values = [
                (share, Value::Bool(true)),
                (1.0 - share, Value::Bool(false)),
            ];
            return Some(From::Shares(values.to_vec()));
        }
        if let Some(item) = get(table, "shares") {
            return self.shares(item, ty);
        }
        if let (Some(count), Some(each)) = (get(table, "count"), get(table, "each")) {
            return self.list(count, each, ty, around);
        }
        if let Some(fields) = get(table, "fields") {
            return self.record(fields, ty, around);
        }
        if let Some(from) = self.copied(table, ty, around) {
            return from;
        }
        self.distribution(table, item, ty)
    }

    /// A value of the type, as a record would bring it.
    pub(super) fn constant(&mut self, item: &Item<'_>, ty: &Type) -> Option<Value> {
        let tree = json(item.get_ref());
        match self.converter().value(&tree, ty) {
            Ok(value) => Some(value),
            Err(refusal) => {
                let found = refusal.value.unwrap_or_default();
                let message = format!("`{found}` does not fit: expected {}", refusal.expected);
                let help = match (ty, item.get_ref().as_str()) {
                    (Type::Enum(id), Some(text)) => self.near_value(*id, text),
                    _ => None,
                };
                let help = help.unwrap_or_else(|| "write it as events do".to_owned());
                self.problems.value(item, message, help);
                None
            }
        }
    }

    fn near_value(&self, id: journey_program::types::EnumId, text: &str) -> Option<String> {
        let def = self.program.enums.get(id.index())?;
        let near = nearest(text, def.values.iter().map(String::as_str))?;
        Some(format!("did you mean `{near}`?"))
    }

    fn unfit<T>(&mut self, item: &Item<'_>, ty: &Type, message: &str) -> Option<T> {
        let help = format!("the field is {}", self.converter().expected(ty));
        self.problems.value(item, message, help);
        None
    }

    /// `{ gold = 0.1, none = 0.9 }`
    fn shares(&mut self, item: &Item<'_>, ty: &Type) -> Option<From> {
        let table = self.problems.table(item)?;
        let mut shares = Vec::new();
        let mut sum = 0.0;
        for (key, share) in table {
            let text = key.get_ref().as_ref();
            let tree = keyed(text, ty);
            let value = self.converter().value(&tree, ty);
            match value {
                Ok(value) => {
                    let share = self.problems.share(share)?;
                    sum += share;
                    shares.push((share, value));
                }
                Err(_) => {
                    let names = self.values_of(ty);
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    let what = "value of this field called";
                    self.problems.unknown_key(text, key.span(), &names, what);
                    return None;
                }
            }
        }
        if (sum - 1.0).abs() > SHARES_OFF {
            let message = format!("the shares add up to {sum}, not to 1");
            self.problems.value(item, message, "let them add up to 1");
            return None;
        }
        Some(From::Shares(shares))
    }

    fn values_of(&self, ty: &Type) -> Vec<String> {
        match ty {
            Type::Enum(id) => {
                let def = self.program.enums.get(id.index());
                def.map_or_else(Vec::new, |def| def.values.clone())
            }
            Type::Timezone => journey_program::civil::zone_names()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            Type::Bool => vec!["true".to_owned(), "false".to_owned()],
            _ => Vec::new(),
        }
    }

    fn list(
        &mut self,
        count: &Item<'_>,
        each: &Item<'_>,
        ty: &Type,
        around: Around<'_>,
    ) -> Option<From> {
        let Some(element) = ty.element() else {
            return self.unfit(each, ty, "`count` and `each` make a list");
        };
        let most = journey_runtime::intake::convert::LIST_MAX as u64;
        let ends = self.problems.list(count, "the least and the most")?;
        let [least, greatest] = ends.as_slice() else {
            let help = "write `count = [1, 3]`";
            self.problems.value(count, "two numbers are due here", help);
            return None;
        };
        let least = self.problems.count(least, (0, most))?;
        let greatest = self.problems.count(greatest, (least, most))?;
        let each = Box::new(self.draw(each, element, around)?);
        Some(From::List {
            count: (least, greatest),
            each,
        })
    }

    fn record(&mut self, item: &Item<'_>, ty: &Type, around: Around<'_>) -> Option<From> {
        let Some(id) = ty.record() else {
            return self.unfit(item, ty, "`fields` make a record");
        };
        let given = self.problems.table(item)?;
        let def = self.program.records.get(id.index())?;
        let fields = self.fields(&def.fields, Some(given), around, &(&def.name, item.span()));
        Some(From::Record(id, fields))
    }

    /// What is the same as something else.
    fn copied(
        &mut self,
        table: &DeTable<'_>,
        ty: &Type,
        around: Around<'_>,
    ) -> Option<Option<From>> {
        if let Some(item) = get(table, "profile") {
            let defs = self.profile_fields();
            if !around.event {
                let message = "a field of the person can't be taken from the person";
                self.problems.value(item, message, "say how it is drawn");
                return Some(None);
            }
            let place = self.same(item, defs, ty, "field of `profile` called");
            return Some(place.map(From::Profile));
        }
        if let Some(item) = get(table, "before") {
            let Some(defs) = around.before else {
                let message = "there is no event before this one";
                let help = "`before` stands in the fields of what follows an event";
                self.problems.value(item, message, help);
                return Some(None);
            };
            let place = self.same(item, defs, ty, "field of the event before called");
            return Some(place.map(From::Before));
        }
        let item = get(table, "key")?;
        if item.get_ref().as_bool() != Some(true) || !around.sent {
            let message = "the key of a journey is that of a send that is followed";
            let help = "`key = true` stands in the fields of what follows a send";
            self.problems.value(item, message, help);
            return Some(None);
        }
        Some(Some(From::Key(ty.clone())))
    }

    /// A field of the name, with the type that is due.
    fn same(&mut self, item: &Item<'_>, defs: &[FieldDef], ty: &Type, what: &str) -> Option<u32> {
        let name = self.problems.text(item)?;
        let Some((place, def)) = (0u32..).zip(defs).find(|(_, def)| def.name == name) else {
            let names: Vec<&str> = defs.iter().map(|def| def.name.as_str()).collect();
            self.problems.unknown_value(name, item, &names, what);
            return None;
        };
        if def.ty.known().base() != ty.base() {
            let message = format!(
                "`{name}` is {}, this field is {}",
                self.converter().expected(def.ty.known()),
                self.converter().expected(ty)
            );
            self.problems
                .value(item, message, "take one of the same type");
            return None;
        }
        Some(place)
    }

    fn distribution(&mut self, table: &DeTable<'_>, item: &Item<'_>, ty: &Type) -> Option<From> {
        let laws = ["range", "normal", "lognormal", "exponential"];
        let Some((law, given)) = laws.iter().find_map(|law| Some((*law, get(table, law)?))) else {
            let message = "nothing says where the value comes from";
            let help = format!("write `{}`", example(ty));
            self.problems.value(item, message, help);
            return None;
        };
        let Some(unit) = unit(ty) else {
            return self.unfit(
                given,
                ty,
                "a distribution makes a number, an amount or a time",
            );
        };
        let timely = matches!(unit, Unit::Time | Unit::Date | Unit::Clock | Unit::Duration);
        if timely && law != "range" {
            return self.unfit(given, ty, "times are drawn by `range`");
        }
        let law = match law {
            "range" => {
                let (low, high) = self.ends(given, ty)?;
                if matches!(unit, Unit::Number | Unit::Money(_)) {
                    Law::Range(low, high)
                } else {
                    Law::Whole(low, high)
                }
            }
            "exponential" => Law::Exponential {
                mean: self.problems.amount(given)?,
            },
            name => {
                let [middle, deviation] = self.two(given)?;
                if name == "normal" {
                    Law::Normal {
                        mean: middle,
                        deviation,
                    }
                } else {
                    Law::LogNormal {
                        median: middle,
                        deviation,
                    }
                }
            }
        };
        let within = match get(table, "within") {
            Some(item) => Some(self.ends(item, ty)?),
            None => bounds(ty),
        };
        Some(From::Number { law, within, unit })
    }

    fn two(&mut self, item: &Item<'_>) -> Option<[f64; 2]> {
        let list = self.problems.list(item, "the middle and the deviation")?;
        let [middle, deviation] = list.as_slice() else {
            let message = "two numbers are due here: the middle and the deviation";
            self.problems.value(item, message, "write `[40, 12]`");
            return None;
        };
        Some([
            self.problems.number(middle)?,
            self.problems.amount(deviation)?,
        ])
    }

    /// Two values of the type in order, as numbers of its unit.
    fn ends(&mut self, item: &Item<'_>, ty: &Type) -> Option<(f64, f64)> {
        let list = self.problems.list(item, "the least and the greatest")?;
        let [least, greatest] = list.as_slice() else {
            let message = "two values are due here: the least and the greatest";
            self.problems.value(item, message, "write `[1, 5]`");
            return None;
        };
        let (low, high) = (self.end(least, ty)?, self.end(greatest, ty)?);
        if low <= high {
            return Some((low, high));
        }
        self.problems
            .value(item, "the least is above the greatest", "turn them round");
        None
    }

    fn end(&mut self, item: &Item<'_>, ty: &Type) -> Option<f64> {
        if matches!(ty, Type::Money(_))
            && let Some(number) = plain_number(item.get_ref())
        {
            return Some(number);
        }
        if *ty == Type::Duration
            && let Some(text) = item.get_ref().as_str()
            && let Some(ms) = super::toml::duration_ms(text)
        {
            return double(ms);
        }
        match self.constant(item, ty)? {
            Value::Int(whole)
            | Value::Time(whole)
            | Value::Date(whole)
            | Value::Clock(whole)
            | Value::Duration(whole) => double(whole),
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// `u{n}@example.com`
    fn pattern(&mut self, text: &str, item: &Item<'_>) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once('{') {
            if !plain.is_empty() {
                pieces.push(Piece::Text(plain.to_owned()));
            }
            let Some((inside, after)) = after.split_once('}') else {
                let message = "a `{` is not closed";
                self.problems
                    .value(item, message, "write `u{n}@example.com`");
                return None;
            };
            pieces.push(match inside {
                "n" => Piece::Person,
                "i" => Piece::Count,
                other => {
                    let ends = other.split_once("..");
                    let ends = ends.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                    let Some((low, high)) = ends.filter(|(low, high)| low <= high) else {
                        let message = format!("`{{{other}}}` is nothing that a pattern knows");
                        let help = "it knows `{n}` (the person's number), `{i}` (how many came before) \
                                    and `{1..20}` (a number)";
                        self.problems.value(item, message, help);
                        return None;
                    };
                    Piece::Range(low, high)
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Some(pieces)
    }
}

/// A key, which is a text, as a value of the type would be written.
fn keyed<'k>(text: &'k str, ty: &Type) -> Json<'k> {
    match ty {
        Type::Int | Type::IntIn(..) | Type::Number | Type::NumberIn(..) | Type::Money(_) => {
            Json::Number(text.into())
        }
        Type::Bool if text == "true" || text == "false" => Json::Bool(text == "true"),
        _ => Json::Text(text.into()),
    }
}

fn always(from: From) -> Draw {
    Draw { unknown: 0.0, from }
}

pub(super) fn constant(value: Value) -> Draw {
    always(From::Constant(value))
}

fn unit(ty: &Type) -> Option<Unit> {
    Some(match ty {
        Type::Int | Type::IntIn(..) => Unit::Int,
        Type::Number | Type::NumberIn(..) => Unit::Number,
        Type::Money(currency) => Unit::Money(*currency),
        Type::Time => Unit::Time,
        Type::Date => Unit::Date,
        Type::Clock => Unit::Clock,
        Type::Duration => Unit::Duration,
        _ => return None,
    })
}

/// What the type itself holds.
fn bounds(ty: &Type) -> Option<(f64, f64)> {
    match ty {
        Type::IntIn(low, high) => Some((double(*low)?, double(*high)?)),
        Type::NumberIn(low, high) => Some((f64::from_bits(*low), f64::from_bits(*high))),
        _ => None,
    }
}

/// A whole number that a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "its bound is checked")]
fn double(whole: i64) -> Option<f64> {
    (whole.abs() <= 1 << 53).then_some(whole as f64)
}

/// How a value of the type may be said.
pub(super) fn example(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "{ share = 0.1 }",
        Type::Text => "\"o{n}-{i}\"",
        Type::Enum(_) | Type::Offer(_) => "{ shares = { … } }",
        Type::Timezone => "\"Europe/London\"",
        Type::Money(_) => "{ lognormal = [30, 0.8] }",
        Type::List(_) => "{ count = [1, 3], each = … }",
        Type::Record(_) => "{ fields = { … } }",
        Type::Date => "{ range = [\"1950-01-01\", \"2005-12-31\"] }",
        Type::Clock => "{ range = [\"08:00\", \"20:00\"] }",
        Type::Duration => "{ range = [\"1 hour\", \"2 days\"] }",
        _ => "{ range = [1, 5] }",
    }
}
