//! What may be written at a place: the grammar says what kind of thing is due, the program which of them there are.

mod scope;
mod snippets;

pub use scope::sends_named;

use super::{Project, about, is_manifest, is_source};
use journey_compiler::names::index::Symbol;
use journey_compiler::world::{Entity, World};
use journey_grammar::{Kind, Token, expected_at, tokens};

/// What is added to the rank of what may stand only after what must.
const LATER: u32 = 4;

/// Something that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub label: String,
    pub kind: ItemKind,
    pub detail: String,
    /// with places to fill in
    pub snippet: Option<String>,
    /// whom it is about, for what is told of it when it is chosen
    pub symbol: Option<Symbol>,
    /// smaller comes first
    pub rank: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    Keyword,
    Snippet,
    Event,
    Field,
    Value,
    Variable,
    Function,
    Declaration,
    Unit,
}

impl Item {
    fn new(label: impl Into<String>, kind: ItemKind, detail: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            kind,
            detail: detail.into(),
            snippet: None,
            symbol: None,
            rank: 5,
        }
    }

    /// A plain word of a kind.
    pub fn word(label: &str, detail: &str) -> Self {
        Self::new(label, ItemKind::Value, detail)
    }

    fn of(symbol: Symbol, kind: ItemKind, detail: impl Into<String>) -> Self {
        let item = Self::new(symbol.name(), kind, detail);
        Self {
            symbol: Some(symbol),
            ..item
        }
    }

    fn ranked(self, rank: u32) -> Self {
        Self { rank, ..self }
    }
}

/// `textDocument/completion`
pub fn at(project: &Project, path: &str, byte: u32) -> Vec<Item> {
    let text = project.text(path).unwrap_or_default();
    if is_manifest(path) {
        return super::manifest::complete(text, byte);
    }
    if !is_source(path) {
        return Vec::new();
    }
    // Only the declaration is looked at, so that a long file costs no more than a short one.
    let from = project.at(path, byte).map_or(0, |here| here.offset);
    let own = slice(text, from, byte);
    let all = tokens(own);
    if all
        .last()
        .is_some_and(|t| matches!(t.kind, Kind::Comment | Kind::Doc | Kind::Regex))
    {
        return Vec::new();
    }
    if let Some(Token {
        kind: Kind::TextUnclosed,
        start,
        ..
    }) = all.last()
    {
        return in_text(own, *start);
    }
    let written: Vec<Token> = all.into_iter().filter(|t| !t.kind.is_trivia()).collect();
    let written = without_begun(own, &written);
    let mut items = match written.last().map(|token| token.kind) {
        Some(Kind::Dot) => scope::after_point(project, path, byte, own, written),
        _ => expected(project, path, byte, own, written),
    };
    items.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    items.dedup_by(|a, b| a.label == b.label);
    items
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
        return "";
    };
    text.get(start..end).unwrap_or_default()
}

/// The tokens without the word that is being written.
fn without_begun<'t>(text: &str, all: &'t [Token]) -> &'t [Token] {
    match all.split_last() {
        Some((last, rest)) => {
            let touches = usize::try_from(last.end).is_ok_and(|end| end == text.len());
            let word = matches!(last.kind, Kind::Ident | Kind::Quoted | Kind::Currency)
                || last.kind.is_reserved()
                || last.kind.is_soft_word();
            if touches && word { rest } else { all }
        }
        None => all,
    }
}

/// Inside of a text only zones are known.
fn in_text(own: &str, start: u32) -> Vec<Item> {
    let before = slice(own, 0, start).trim_end();
    if !(before.ends_with("in") || before.ends_with("timezone:")) {
        return Vec::new();
    }
    zones()
}

pub fn zones() -> Vec<Item> {
    let zones = journey_compiler::program::civil::zone_names().into_iter();
    zones
        .map(|zone| Item::new(zone, ItemKind::Value, "time zone"))
        .collect()
}

fn expected(project: &Project, path: &str, byte: u32, own: &str, written: &[Token]) -> Vec<Item> {
    let world = journey_compiler::world(&project.db, project.workspace);
    let mut items = Vec::new();
    let end = u32::try_from(own.len()).unwrap_or(u32::MAX);
    let mut due = expected_at(own, end);
    // A number waits for its unit, and for nothing else.
    if due.iter().any(|expected| expected.place == "unit") {
        due.retain(|expected| expected.place == "unit");
    }
    // What must stand here comes before what may stand after it.
    let wanted = due.first().is_some_and(|first| first.place != "rbrace");
    for expected in due {
        let known = items.len();
        let later = wanted && expected.place == "rbrace";
        for word in expected.words {
            items.extend(snippets::of_word(&expected.place, expected.what, word));
        }
        items.extend(of_kind(world, &expected.place, expected.what));
        match expected.place.as_str() {
            "expr" | "duration" | "pattern" | "paren" | "share" => {
                items.extend(scope::values(project, path, byte, own, written));
            }
            "rbrace" | "assigns" => {
                items.extend(scope::members(
                    project,
                    path,
                    byte,
                    expected.what,
                    own,
                    written,
                ));
            }
            _ => {}
        }
        for item in items.iter_mut().skip(known).filter(|_| later) {
            item.rank = (item.rank + LATER).min(9);
        }
    }
    if items.is_empty() {
        // An operator may follow, or a clause.
        for word in ["and", "or", "in", "where", "key", "by", "within", "in last"] {
            items.push(Item::new(word, ItemKind::Keyword, "").ranked(8));
        }
    }
    items
}

/// Declarations that fit where one kind is due.
fn of_kind(world: &World, place: &str, what: &str) -> Vec<Item> {
    let fits = |entity: &Entity| match place {
        "event" | "target" => matches!(entity, Entity::Event(_)),
        "rbrace" if what.starts_with("an event") => {
            matches!(entity, Entity::Event(_) | Entity::Audience(_))
        }
        "channel" => matches!(entity, Entity::Channel(_)),
        "message" => matches!(entity, Entity::Message(_)),
        "decision" => matches!(entity, Entity::Decision(_)),
        "purpose" => matches!(entity, Entity::Purpose(_)),
        "offer_type" => matches!(entity, Entity::OfferType(_)),
        "type" => matches!(
            entity,
            Entity::Enum(_) | Entity::Record(_) | Entity::Event(_) | Entity::OfferType(_)
        ),
        "name" => matches!(
            entity,
            Entity::Purpose(_) | Entity::Journey(_) | Entity::Message(_) | Entity::Event(_)
        ),
        _ => false,
    };
    let declared = world.names.iter().filter(|(_, entity)| fits(entity));
    let mut items: Vec<Item> = declared
        .map(|(name, entity)| declaration(name, entity))
        .collect();
    match place {
        "type" => {
            for name in TYPES {
                items.push(Item::new(name, ItemKind::Keyword, "type"));
            }
        }
        "currency" => {
            for code in CURRENCIES {
                items.push(Item::new(code, ItemKind::Unit, "currency").ranked(3));
            }
        }
        _ => {}
    }
    items
}

const TYPES: [&str; 12] = [
    "bool",
    "int",
    "number",
    "text",
    "time",
    "date",
    "clock",
    "duration",
    "timezone",
    "money<EUR>",
    "list<text>",
    "span",
];
const CURRENCIES: [&str; 31] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "AUD", "BRL", "CAD", "CNY", "CZK", "DKK", "HKD", "HUF",
    "ILS", "INR", "ISK", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SEK", "SGD",
    "THB", "TRY", "TWD", "UAH", "ZAR",
];

fn declaration(name: &str, entity: &Entity) -> Item {
    let (kind, detail) = match entity {
        Entity::Event(_) => (ItemKind::Event, "event"),
        Entity::Function(_) => (ItemKind::Function, "function"),
        Entity::Message(_) => (ItemKind::Function, "message"),
        Entity::Decision(_) => (ItemKind::Function, "decision"),
        Entity::Table(_) => (ItemKind::Function, "table"),
        Entity::Audience(_) => (ItemKind::Declaration, "audience"),
        Entity::Channel(_) => (ItemKind::Declaration, "channel"),
        Entity::Purpose(_) => (ItemKind::Declaration, "purpose"),
        Entity::Journey(_) => (ItemKind::Declaration, "journey"),
        Entity::Const(_) => (ItemKind::Value, "constant"),
        Entity::Offer(_) => (ItemKind::Value, "offer"),
        Entity::Enum(_) => (ItemKind::Declaration, "enum"),
        Entity::Record(_) => (ItemKind::Declaration, "type"),
        Entity::OfferType(_) => (ItemKind::Declaration, "offer type"),
        Entity::Group(_) => (ItemKind::Declaration, "group"),
        Entity::Model(_) | Entity::Learned(_) => (ItemKind::Value, "model"),
        Entity::Limit => (ItemKind::Declaration, "limit"),
        Entity::Holdout => (ItemKind::Declaration, "holdout"),
        Entity::Conversion(_) => (ItemKind::Declaration, "conversion"),
        Entity::Measure => (ItemKind::Declaration, "measure"),
        Entity::Opaque => (ItemKind::Declaration, ""),
    };
    Item::of(Symbol::Declared(name.to_owned()), kind, detail)
}

/// `completionItem/resolve`: what is told of an item when it is looked at.
pub fn resolve(project: &Project, symbol: &Symbol) -> Option<String> {
    about::of_symbol(project, symbol)
}
