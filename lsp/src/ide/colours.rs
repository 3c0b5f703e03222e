//! What each word of a file is, for its colour: the scanner knows texts, numbers and words of the language, the
//! index knows what the names are.

use super::{Project, names};
use journey_compiler::names::index::Symbol;
use journey_compiler::world::Entity;
use journey_grammar::{Kind, tokens};
use std::collections::BTreeMap;

/// The kinds of words, in the order of the protocol's legend.
pub const LEGEND: [&str; 16] = [
    "keyword",
    "comment",
    "string",
    "number",
    "regexp",
    "operator",
    "event",
    "class",
    "enum",
    "enumMember",
    "property",
    "parameter",
    "variable",
    "function",
    "type",
    "interface",
];
/// `declaration`, `defaultLibrary`
pub const MODIFIERS: [&str; 2] = ["declaration", "defaultLibrary"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coloured {
    pub start: u32,
    pub end: u32,
    /// its place in `LEGEND`
    pub kind: u32,
    /// bits of `MODIFIERS`
    pub modifiers: u32,
}

const KEYWORD: u32 = 0;
const OWN: u32 = 2;

pub fn of_file(project: &Project, path: &str) -> Vec<Coloured> {
    let text = project.text(path).unwrap_or_default();
    let found = names::of_file(project, path);
    let by_start: BTreeMap<u32, &names::Found> = found.iter().map(|n| (n.at.start, n)).collect();
    let mut all = Vec::new();
    for token in tokens(text) {
        let (kind, modifiers) = match by_start.get(&token.start) {
            Some(name) if token.kind.is_reserved() || name.at.end != token.end => {
                match plain(token.kind) {
                    Some(kind) => (kind, 0),
                    None => continue,
                }
            }
            Some(name) => (of_name(project, &name.symbol), modifiers(name)),
            None => match plain(token.kind) {
                Some(kind) => (kind, 0),
                None => continue,
            },
        };
        all.push(Coloured {
            start: token.start,
            end: token.end,
            kind,
            modifiers,
        });
    }
    all
}

fn modifiers(name: &names::Found) -> u32 {
    let built_in = !names::is_own(&name.symbol);
    u32::from(name.defines) | if built_in { OWN } else { 0 }
}

fn plain(kind: Kind) -> Option<u32> {
    Some(match kind {
        Kind::Comment | Kind::Doc => 1,
        Kind::Text | Kind::TextUnclosed | Kind::TextHead | Kind::TextMid => 2,
        Kind::TextTail | Kind::TailUnclosed => 2,
        Kind::Int | Kind::Decimal | Kind::Percent => 3,
        Kind::Time | Kind::Date | Kind::Clock | Kind::Currency => 3,
        Kind::Regex | Kind::RegexUnclosed => 4,
        Kind::Lt | Kind::Gt | Kind::Le | Kind::Ge | Kind::EqEq | Kind::NotEq => 5,
        Kind::Assign | Kind::FatArrow | Kind::Arrow | Kind::Plus | Kind::Minus => 5,
        Kind::Star | Kind::Slash | Kind::Coalesce | Kind::Pipe => 5,
        Kind::Ident | Kind::Quoted => 12,
        kind if kind.is_reserved() || kind.is_soft_word() => KEYWORD,
        _ => return None,
    })
}

fn of_name(project: &Project, symbol: &Symbol) -> u32 {
    match symbol {
        Symbol::Declared(name) => {
            let world = journey_compiler::world(&project.db, project.workspace);
            match world.names.get(name) {
                Some(Entity::Event(_)) => 6,
                Some(Entity::Journey(_) | Entity::Audience(_) | Entity::Group(_)) => 7,
                Some(Entity::Enum(_)) => 8,
                Some(Entity::Const(_) | Entity::Offer(_)) => 9,
                Some(Entity::Function(_) | Entity::Decision(_) | Entity::Message(_)) => 13,
                Some(Entity::Model(_) | Entity::Learned(_) | Entity::Table(_)) => 13,
                Some(Entity::Record(_) | Entity::OfferType(_)) => 14,
                Some(Entity::Channel(_) | Entity::Purpose(_)) => 15,
                Some(Entity::Conversion(_) | Entity::Measure) => 7,
                Some(Entity::Limit | Entity::Holdout | Entity::Opaque) | None => 12,
            }
        }
        Symbol::Profile(_) | Symbol::Field(..) => 10,
        Symbol::Value(..) | Symbol::Arm(..) | Symbol::Reason(..) => 9,
        Symbol::Tag(_) | Symbol::OfferTag(_) => 9,
        Symbol::Outcome(..) => 6,
        Symbol::Param(..) => 11,
        Symbol::Local(..) | Symbol::Binder(..) => 12,
        Symbol::BuiltIn(name) => match name.as_str() {
            "int" | "number" | "text" | "bool" | "time" | "date" | "clock" | "duration" => 14,
            "span" | "timezone" => 14,
            "least" | "greatest" | "format" | "logistic" | "reveal" => 13,
            _ if name.chars().all(|c| c.is_ascii_uppercase()) => 3,
            _ => 12,
        },
    }
}
