//! Which name stands at a byte, and where else the same one stands: definition, references, highlights.

use super::{Here, Place, Project, is_source};
use journey_compiler::names::index::{Occurrence, Symbol, index_decl};
use std::collections::{BTreeMap, BTreeSet};

/// A name where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub at: Place,
    pub symbol: Symbol,
    pub defines: bool,
}

/// The names of one declaration, with their places in files.
pub fn of_decl(project: &Project, here: Here<'_>) -> Vec<Found> {
    let path = project.path_of(here).to_owned();
    let index = index_decl(&project.db, project.workspace, here.chunk);
    let places = index.names.iter();
    places.map(|name| found(&path, here.offset, name)).collect()
}

fn found(path: &str, offset: u32, name: &Occurrence) -> Found {
    let at = match &name.file {
        Some(file) => Place::new(file.clone(), name.span.start, name.span.end),
        None => Place::new(path, name.span.start + offset, name.span.end + offset),
    };
    Found {
        at,
        symbol: name.symbol.clone(),
        defines: name.defines,
    }
}

/// Every name of the program. Names in a template that several messages share come once.
pub fn all(project: &Project) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for here in project.all() {
        all.extend(of_decl(project, here));
    }
    all.sort();
    all.dedup();
    all
}

/// The names of one file.
pub fn of_file(project: &Project, path: &str) -> Vec<Found> {
    let mut names: Vec<Found> = if is_source(path) {
        let decls = project.decls(path).into_iter();
        let names = decls.flat_map(|here| of_decl(project, here));
        names.filter(|name| name.at.file == path).collect()
    } else {
        all(project)
            .into_iter()
            .filter(|name| name.at.file == path)
            .collect()
    };
    names.sort();
    names.dedup();
    names
}

/// The name at a byte, or right before it.
pub fn at(project: &Project, path: &str, byte: u32) -> Option<Found> {
    let names = if is_source(path) {
        of_decl(project, project.at(path, byte)?)
    } else {
        of_file(project, path)
    };
    let touches =
        |name: &&Found| name.at.file == path && name.at.start <= byte && byte <= name.at.end;
    let mut touching: Vec<&Found> = names.iter().filter(touches).collect();
    // Between two names the one that begins here is meant.
    touching.sort_by_key(|name| (byte == name.at.end, name.at.start));
    touching.first().map(|name| (*name).clone())
}

/// What a symbol is where it is one of the program's: not a word of the language.
pub fn is_own(symbol: &Symbol) -> bool {
    !matches!(symbol, Symbol::BuiltIn(_))
}

/// Where a symbol is defined.
pub fn definitions(project: &Project, symbol: &Symbol) -> Vec<Place> {
    let mut places: Vec<Place> = occurrences(project, symbol)
        .into_iter()
        .filter(|name| name.defines)
        .map(|name| name.at)
        .collect();
    places.dedup();
    places
}

/// Where a symbol stands, its definitions among it.
pub fn occurrences(project: &Project, symbol: &Symbol) -> Vec<Found> {
    if !is_own(symbol) {
        return Vec::new();
    }
    let name = symbol.name();
    let mut found: Vec<Found> = Vec::new();
    for here in project.all() {
        // A declaration that never writes the word needs no look, unless it speaks through a file.
        let index = index_decl(&project.db, project.workspace, here.chunk);
        let path = project.path_of(here);
        let own = index.names.iter().filter(|n| n.symbol.name() == name);
        let own = own.filter(|n| n.symbol == *symbol);
        found.extend(own.map(|n| self::found(path, here.offset, n)));
    }
    found.sort();
    found.dedup();
    found
}

/// `textDocument/definition`
pub fn definition(project: &Project, path: &str, byte: u32) -> Option<(Found, Vec<Place>)> {
    let name = at(project, path, byte)?;
    let places = definitions(project, &name.symbol);
    Some((name, places))
}

/// `textDocument/references`
pub fn references(project: &Project, path: &str, byte: u32, defining: bool) -> Vec<Place> {
    let Some(name) = at(project, path, byte) else {
        return Vec::new();
    };
    let all = occurrences(project, &name.symbol).into_iter();
    let kept = all.filter(|found| defining || !found.defines);
    kept.map(|found| found.at).collect()
}

/// `textDocument/documentHighlight`: where it is written, where it is read.
pub fn highlights(project: &Project, path: &str, byte: u32) -> Vec<Found> {
    let Some(name) = at(project, path, byte) else {
        return Vec::new();
    };
    let of_file = of_file(project, path).into_iter();
    of_file
        .filter(|found| found.symbol == name.symbol)
        .collect()
}

/// All symbols that have to be spelt as this one, itself among them.
pub fn alike(project: &Project, symbol: &Symbol) -> BTreeSet<Symbol> {
    let classes = classes(project);
    let Some(of) = classes.get(symbol) else {
        return BTreeSet::from([symbol.clone()]);
    };
    let same = classes.iter().filter(|(_, class)| *class == of);
    same.map(|(one, _)| one.clone()).collect()
}

/// Of every symbol that is linked to another: the first of those that are spelt alike.
pub fn classes(project: &Project) -> BTreeMap<Symbol, Symbol> {
    let mut links: BTreeMap<Symbol, BTreeSet<Symbol>> = BTreeMap::new();
    for here in project.all() {
        let index = index_decl(&project.db, project.workspace, here.chunk);
        for (one, other) in &index.links {
            let (a, b) = (one.clone(), other.clone());
            links.entry(one.clone()).or_default().insert(b);
            links.entry(other.clone()).or_default().insert(a);
        }
    }
    let mut classes: BTreeMap<Symbol, Symbol> = BTreeMap::new();
    for first in links.keys() {
        if classes.contains_key(first) {
            continue;
        }
        let mut todo = vec![first];
        while let Some(next) = todo.pop() {
            if classes.insert(next.clone(), first.clone()).is_none() {
                todo.extend(links.get(next).into_iter().flatten());
            }
        }
    }
    classes
}
