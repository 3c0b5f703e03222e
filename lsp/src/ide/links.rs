//! Texts that name files, and the call in which a place stands.

use super::{Place, Project, about, names};
use journey_compiler::names::index::Symbol;
use journey_grammar::{Kind, tokens};

/// `textDocument/documentLink`: templates, tables, models.
pub fn of_file(project: &Project, path: &str) -> Vec<(Place, String)> {
    let text = project.text(path).unwrap_or_default();
    let data = project.workspace.data(&project.db);
    let texts = tokens(text).into_iter().filter(|t| t.kind == Kind::Text);
    texts
        .filter_map(|token| {
            let file = token.text(text).trim_matches('"');
            let there = data.contains_key(file);
            there.then(|| {
                (
                    Place::new(path, token.start + 1, token.end - 1),
                    file.to_owned(),
                )
            })
        })
        .collect()
}

/// `textDocument/linkedEditingRange`: a variable or parameter that stands in one declaration only.
pub fn together(project: &Project, path: &str, byte: u32) -> Vec<Place> {
    let Some(name) = names::at(project, path, byte) else {
        return Vec::new();
    };
    let own = matches!(name.symbol, Symbol::Local(..) | Symbol::Binder(..));
    let all = names::occurrences(project, &name.symbol);
    let places: Vec<Place> = all.into_iter().map(|found| found.at).collect();
    let alike = names::alike(project, &name.symbol).len() == 1;
    let length = |place: &Place| place.end - place.start;
    let same = places
        .iter()
        .all(|place| place.file == path && length(place) == length(&name.at));
    if own && alike && same {
        places
    } else {
        Vec::new()
    }
}

/// `textDocument/signatureHelp`: what is called around a byte, and which of its parameters is being written.
pub fn call(project: &Project, path: &str, byte: u32) -> Option<(about::Signature, usize)> {
    let text = project.text(path)?;
    let before = text.get(..usize::try_from(byte).ok()?)?;
    let all = tokens(before);
    let all: Vec<_> = all.iter().filter(|token| !token.kind.is_trivia()).collect();
    let (mut depth, mut commas) = (0_usize, 0_usize);
    for (at, token) in all.iter().enumerate().rev() {
        match token.kind {
            Kind::RParen | Kind::RBracket | Kind::RBrace => depth += 1,
            Kind::LParen if depth == 0 => {
                let callee = all.get(at.checked_sub(1)?)?.text(before).trim_matches('`');
                let signature = about::signature(project, callee)?;
                let named = all.get(at + 1..)?;
                return Some((signature.clone(), active(&signature, named, before, commas)));
            }
            Kind::LParen | Kind::LBracket | Kind::LBrace if depth > 0 => depth -= 1,
            Kind::LBrace => return None,
            Kind::Comma if depth == 0 => commas += 1,
            _ => {}
        }
    }
    None
}

/// An argument by name is that parameter, wherever it stands.
fn active(
    signature: &about::Signature,
    inside: &[&journey_grammar::Token],
    text: &str,
    commas: usize,
) -> usize {
    let last = inside.iter().rposition(|token| token.kind == Kind::Comma);
    let own = inside
        .get(last.map_or(0, |at| at + 1)..)
        .unwrap_or_default();
    if let [name, colon, ..] = own
        && colon.kind == Kind::Colon
        && let Some(place) = signature.params.iter().position(|p| p.0 == name.text(text))
    {
        return place;
    }
    commas
}
