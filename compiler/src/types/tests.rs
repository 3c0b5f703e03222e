//! Expressions, one line each: where it stands, what is written, the type or the codes that come out.

mod queries;
mod soup;
mod values;
mod world;

use super::{Checker, Place, type_name};
use crate::hir::Expr;
use crate::world::World;
use journey_grammar::parse_chunk;
use journey_grammar::tree::{self, DeclKind};
use journey_program::types::{EventId, Type};

/// The tree of an expression.
fn parse(text: &str) -> tree::Expr {
    let parsed = parse_chunk(&format!("audience x = {text}"));
    assert!(parsed.problems.is_empty(), "{text}: {:?}", parsed.problems);
    match parsed.decl.expect("a declaration").kind {
        DeclKind::Audience(audience) => audience.value,
        other => panic!("{text}: {other:?}"),
    }
}

/// Somewhere in the small world of the tests.
fn checker<'w>(world: &'w World, place: &str) -> Checker<'w> {
    let event = EventId(0);
    let place = match place {
        "profile" => Place::Profile { watched: false },
        "watched" => Place::Profile { watched: true },
        "where" => Place::Where { event },
        "function" => Place::Function,
        "constant" => Place::Constant,
        "message" => Place::Message,
        "journey" => Place::Journey { watched: false },
        "while" => Place::Journey { watched: true },
        other => panic!("no place {other}"),
    };
    let mut checker = Checker::new(world, place);
    if matches!(checker.place, Place::Journey { .. } | Place::Where { .. }) {
        checker.scope.entry = Some(EventId(1));
        checker
            .scope
            .steps
            .push(("reminder".to_owned(), crate::hir::StepRef(3)));
        checker.declare("cart", Type::Record(world.events[1].record));
        checker.declare("seen", Type::Int.optional());
    }
    if matches!(checker.place, Place::Function) {
        checker.declare("t", Type::Enum(journey_program::types::EnumId(0)));
        checker.declare("n", Type::Number);
    }
    checker
}

/// The checked expression, and what comes out of it: its type, or the codes.
fn check(place: &str, text: &str) -> (Expr, String) {
    let world = world::world();
    let mut checker = checker(&world, place);
    let value = checker.expr(&parse(text), None);
    let codes: Vec<&str> = checker.problems.iter().map(|p| p.code).collect();
    let out = if codes.is_empty() {
        type_name(&world, &value.ty)
    } else {
        codes.join(" ")
    };
    (value, out)
}

/// Every line is `place | expression | type or codes`.
fn table(lines: &str) {
    let mut wrong = Vec::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let mut parts = line.split('¦').map(str::trim);
        let (place, text, due) = (
            parts.next().expect("a place"),
            parts.next().expect("an expression"),
            parts.next().expect("what is due"),
        );
        let (_, out) = check(place, text);
        if out != due {
            wrong.push(format!("{place} ¦ {text}\n   due   {due}\n   found {out}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
