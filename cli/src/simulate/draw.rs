//! A draw → a value: what a person's field or an event's field is, this time.

use super::chance::Chance;
use super::model::{Draw, From, Piece, Unit};
use journey_program::civil::DAY_MS;
use journey_program::plan::Program;
use journey_program::types::Value;
use journey_runtime::intake::convert::Converter;
use journey_runtime::intake::json::Json;
use std::fmt::Write as _;

/// What a draw may read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    pub program: &'c Program,
    /// the person's number, from 1; 0: nobody's
    pub person: u64,
    /// how many such texts there were before, and this one: from 1
    pub count: u64,
    /// the person's fields, by number
    pub profile: &'c [Value],
    /// own fields of the event before
    pub before: &'c [Value],
    /// of the journey whose send is followed, JSON
    pub key: Option<&'c str>,
}

impl Draw {
    pub fn value(&self, chance: &mut Chance, context: &Context<'_>) -> Value {
        if self.unknown > 0.0 && chance.share() < self.unknown {
            return Value::Unknown;
        }
        self.from.value(chance, context)
    }
}

impl From {
    fn value(&self, chance: &mut Chance, context: &Context<'_>) -> Value {
        let field = |values: &[Value], place: u32| {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            values.get(place).cloned().unwrap_or(Value::Unknown)
        };
        match self {
            From::Constant(value) => value.clone(),
            From::Shares(shares) => {
                let place = chance.choice(shares.iter().map(|(share, _)| *share));
                let chosen = match place {
                    Some(place) => shares.get(place),
                    None => shares.last(), // what rounding left
                };
                chosen.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            From::Number { law, within, unit } => unit.value(chance.law(*law, *within)),
            From::Pattern(pieces) => Value::Text(text(pieces, chance, context)),
            From::List { count, each } => {
                let (least, most) = *count;
                let count = least + chance.below(most.saturating_sub(least) + 1);
                Value::List((0..count).map(|_| each.value(chance, context)).collect())
            }
            From::Record(id, fields) => {
                let fields = fields.iter().map(|field| field.value(chance, context));
                Value::Record(*id, fields.collect())
            }
            From::Profile(place) => field(context.profile, *place),
            From::Before(place) => field(context.before, *place),
            From::Key(ty) => key(context, ty),
        }
    }
}

/// The key of an instance, as its field's type.
fn key(context: &Context<'_>, ty: &journey_program::types::Type) -> Value {
    let converter = Converter {
        program: context.program,
        zone: None,
        lenient: false,
    };
    let tree = context.key.and_then(|key| Json::parse(key).ok());
    tree.and_then(|tree| converter.value(&tree, ty).ok())
        .unwrap_or(Value::Unknown)
}

fn text(pieces: &[Piece], chance: &mut Chance, context: &Context<'_>) -> String {
    let mut text = String::new();
    for piece in pieces {
        let _ = match piece {
            Piece::Text(plain) => text.write_str(plain),
            Piece::Person => write!(text, "{}", context.person),
            Piece::Count => write!(text, "{}", context.count),
            Piece::Range(low, high) => {
                write!(
                    text,
                    "{}",
                    low + chance.below(high.saturating_sub(*low) + 1)
                )
            }
        };
    }
    text
}

impl Unit {
    /// A number of this unit as its value, rounded to what the type can hold.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and bounds were checked when the section was read"
    )]
    pub fn value(self, number: f64) -> Value {
        let whole = || number.round() as i64;
        match self {
            Unit::Int => Value::Int(whole()),
            Unit::Number => Value::Number(number),
            Unit::Money(currency) => {
                let scale = (0..currency.digits()).fold(1.0, |scale, _| scale * 10.0);
                Value::Money((number * scale).round() as i64, currency)
            }
            Unit::Time => Value::Time(whole()),
            Unit::Date => Value::Date(whole()),
            Unit::Clock => Value::Clock(whole().clamp(0, DAY_MS - 1)),
            Unit::Duration => Value::Duration(whole()),
        }
    }
}
