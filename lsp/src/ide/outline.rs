//! What a file declares, and what the whole program declares by a part of its name.

use super::{Here, Place, Project, names};
use journey_compiler::names::index::Symbol;
use journey_grammar::tree::DeclKind;

/// A declaration, and what it defines inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// what it is, in the language's own word
    pub kind: &'static str,
    /// all of it
    pub whole: Place,
    /// its name
    pub at: Place,
    pub inside: Vec<Entry>,
}

/// `textDocument/documentSymbol`
pub fn of_file(project: &Project, path: &str) -> Vec<Entry> {
    let decls = project.decls(path).into_iter();
    decls.filter_map(|here| entry(project, here)).collect()
}

fn entry(project: &Project, here: Here<'_>) -> Option<Entry> {
    let kind = keyword(&here.decl.kind)?;
    let path = project.path_of(here);
    let span = here.decl.span.shifted(here.offset);
    let whole = Place::new(path, span.start, span.end);
    let found = names::of_decl(project, here);
    let own = found
        .iter()
        .filter(|name| name.defines && name.at.file == path);
    let named = own
        .clone()
        .find(|name| matches!(name.symbol, Symbol::Declared(_)));
    let (name, at) = match (&here.decl.kind, named) {
        (DeclKind::Test(test), _) => {
            let title = test.title.span.shifted(here.offset);
            let at = Place::new(path, title.start, title.end);
            (test.title.text.clone(), at)
        }
        (_, Some(name)) => (name.symbol.name().to_owned(), name.at.clone()),
        (_, None) => {
            let length = u32::try_from(kind.len()).unwrap_or_default();
            let end = (span.start + length).min(span.end);
            (kind.to_owned(), Place::new(path, span.start, end))
        }
    };
    let inside = own.filter_map(|name| {
        Some(Entry {
            name: name.symbol.name().to_owned(),
            kind: inner(&name.symbol)?,
            whole: name.at.clone(),
            at: name.at.clone(),
            inside: Vec::new(),
        })
    });
    let within = |entry: &Entry| entry.at != at && whole.start <= entry.at.start;
    let inside: Vec<Entry> = inside.filter(within).collect();
    Some(Entry {
        name,
        kind,
        at,
        inside,
        whole,
    })
}

fn inner(symbol: &Symbol) -> Option<&'static str> {
    Some(match symbol {
        Symbol::Declared(_) => "limit",
        Symbol::Profile(_) | Symbol::Field(..) => "field",
        Symbol::Value(..) => "value",
        Symbol::Outcome(..) => "outcome",
        Symbol::Param(..) => "parameter",
        Symbol::Local(..) => "step",
        Symbol::Arm(..) => "arm",
        Symbol::Reason(..) => "reason",
        Symbol::Binder(..) | Symbol::Tag(_) | Symbol::OfferTag(_) | Symbol::BuiltIn(_) => {
            return None;
        }
    })
}

/// The word that a declaration begins with.
pub fn keyword(kind: &DeclKind) -> Option<&'static str> {
    Some(match kind {
        DeclKind::Enum(_) => "enum",
        DeclKind::Type(_) => "type",
        DeclKind::Const(_) => "const",
        DeclKind::Fn(_) => "fn",
        DeclKind::Event(event) if event.broadcast => "broadcast",
        DeclKind::Event(_) => "event",
        DeclKind::Source(_) => "source",
        DeclKind::Profile(_) => "profile",
        DeclKind::Identity(_) => "identity",
        DeclKind::Purpose(_) => "purpose",
        DeclKind::Audience(_) => "audience",
        DeclKind::Channel(_) => "channel",
        DeclKind::Message(_) => "message",
        DeclKind::Journey(_) => "journey",
        DeclKind::OfferType(_) => "offer_type",
        DeclKind::Group(_) => "group",
        DeclKind::Offer(_) => "offer",
        DeclKind::Model(_) => "model",
        DeclKind::Decision(_) => "decision",
        DeclKind::Limit(_) => "limit",
        DeclKind::Holdout(_) => "holdout",
        DeclKind::Conversion(_) => "conversion",
        DeclKind::Measure(_) => "measure",
        DeclKind::Test(_) => "test",
        DeclKind::Table(_) => "table",
        DeclKind::Broken => return None,
    })
}

/// `workspace/symbol`: what is declared anywhere, with the letters of the query in their order.
pub fn search(project: &Project, query: &str) -> Vec<(Entry, Option<String>)> {
    let query = query.to_lowercase();
    let mut found = Vec::new();
    for here in project.all() {
        let Some(entry) = entry(project, here) else {
            continue;
        };
        for inside in &entry.inside {
            if has_letters(&inside.name, &query) {
                found.push((inside.clone(), Some(entry.name.clone())));
            }
        }
        if has_letters(&entry.name, &query) {
            let inside = Vec::new();
            found.push((Entry { inside, ..entry }, None));
        }
    }
    found.sort_by_key(|(entry, of)| (of.is_some(), entry.name.len(), entry.at.clone()));
    found
}

fn has_letters(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().all(|wanted| letters.any(|c| c == wanted))
}
