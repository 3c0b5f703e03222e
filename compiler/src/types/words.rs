//! Types and names as the author writes them, for messages.

use crate::world::World;
use journey_grammar::tree::{Expr, ExprKind, Name};
use journey_program::types::{Named, Type};

/// A type as it is written in a program.
pub fn type_name(world: &World, ty: &Type) -> String {
    ty.written(&|named| match named {
        Named::Enum(id) => Some(&world.enums.get(id.index())?.name),
        Named::Record(id) => Some(&world.records.get(id.index())?.name),
    })
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
