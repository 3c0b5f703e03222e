//! Types and names as the author writes them, for messages.

use crate::world::World;
use journey_grammar::tree::{Expr, ExprKind, Name};
use journey_program::types::Type;

/// A type as it is written in a program.
pub fn type_name(world: &World, ty: &Type) -> String {
    match ty {
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
        Type::Enum(id) | Type::Offer(id) => named(world.enums.get(id.index()).map(|e| &e.name)),
        Type::Record(id) => named(world.records.get(id.index()).map(|r| &r.name)),
        Type::List(inner) => format!("list<{}>", type_name(world, inner)),
        Type::Optional(inner) => format!("{}?", type_name(world, inner)),
        Type::IntIn(low, high) => format!("int in {low}..{high}"),
        Type::NumberIn(low, high) => {
            format!(
                "number in {}..{}",
                f64::from_bits(*low),
                f64::from_bits(*high)
            )
        }
    }
}

fn named(name: Option<&String>) -> String {
    name.map_or_else(|| "?".to_owned(), Clone::clone)
}

/// A dotted path as written.
pub(crate) fn dotted(names: &[Name]) -> String {
    let words: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
    words.join(".")
}

/// A path in back-ticks, or `this` for what has no short name.
pub(crate) fn subject(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Path(names) => format!("`{}`", dotted(names)),
        ExprKind::Paren(inner) => subject(inner),
        _ => "this".to_owned(),
    }
}
