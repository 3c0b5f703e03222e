//! Renaming: every place of a name at once, in sources, templates and tables. What comes out is tried before it is
//! offered: it has to mean what the program meant, and nothing may be wrong with it that was not wrong before.

use super::names::{self, Found};
use super::{Edit, Place, Project};
use journey_compiler::names::index::Symbol;
use journey_grammar::{Kind, is_word, tokens, written};
use std::collections::{BTreeMap, BTreeSet};

/// The name that would be renamed, if it may be; else why not.
pub fn prepare(project: &Project, path: &str, byte: u32) -> Result<Found, String> {
    let Some(name) = names::at(project, path, byte) else {
        return Err("there is no name here".to_owned());
    };
    if !names::is_own(&name.symbol) {
        let word = name.symbol.name();
        return Err(format!("`{word}` is no name of the program's"));
    }
    if names::definitions(project, &name.symbol).is_empty() {
        let word = name.symbol.name();
        return Err(format!("nothing in the program declares `{word}`"));
    }
    Ok(name)
}

/// The edits that give a name another one, or why that can't be.
pub fn rename(project: &Project, path: &str, byte: u32, to: &str) -> Result<Vec<Edit>, String> {
    let name = prepare(project, path, byte)?;
    let edits = edits(project, &name.symbol, to)?;
    tried(project, &edits, to)?;
    Ok(edits)
}

/// The edits alone, without the trial.
pub fn edits(project: &Project, symbol: &Symbol, to: &str) -> Result<Vec<Edit>, String> {
    spelt(symbol, to)?;
    let mut edits = Vec::new();
    let mut places: BTreeSet<Place> = BTreeSet::new();
    for symbol in names::alike(project, symbol) {
        spelt(&symbol, to)?;
        for found in names::occurrences(project, &symbol) {
            if places.insert(found.at.clone()) {
                edits.push(Edit {
                    text: as_written(project, &found, to),
                    at: found.at,
                });
            }
        }
    }
    edits.sort();
    Ok(edits)
}

/// In a template or a table's data a name is as it is; in a source a word of the language takes back-ticks where it
/// had them before.
fn as_written(project: &Project, found: &Found, to: &str) -> String {
    let text = project.text(&found.at.file).unwrap_or_default();
    let before = usize::try_from(found.at.start).ok();
    let quoted = before
        .and_then(|at| text.get(at..))
        .is_some_and(|t| t.starts_with('`'));
    if quoted { written(to) } else { to.to_owned() }
}

/// A name as the language has them.
fn spelt(symbol: &Symbol, to: &str) -> Result<(), String> {
    let bare = match tokens(to).as_slice() {
        [only] => only.kind == Kind::Ident || is_word(to),
        _ => false,
    };
    if !bare || !is_snake_case(to) {
        return Err(format!("`{to}` is no name: one is written in snake_case"));
    }
    let may_be_word = matches!(
        symbol,
        Symbol::Profile(_)
            | Symbol::Field(..)
            | Symbol::Value(..)
            | Symbol::Outcome(..)
            | Symbol::Tag(_)
            | Symbol::OfferTag(_)
            | Symbol::Reason(..)
            | Symbol::Arm(..)
    );
    if is_word(to) && !may_be_word {
        return Err(format!("`{to}` is a word of the language"));
    }
    Ok(())
}

fn is_snake_case(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_lowercase());
    first && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// How often each thing is wrong, and the words of one of them.
fn wrongs(project: &Project) -> BTreeMap<&'static str, (usize, String)> {
    let mut all = BTreeMap::new();
    for problem in journey_compiler::check(&project.db, project.workspace) {
        let entry = all.entry(problem.code).or_insert((0, problem.message));
        entry.0 += 1;
    }
    all
}

/// Makes the edits on the side and looks: the same names stand for the same things, and nothing new is wrong.
fn tried(project: &Project, edits: &[Edit], to: &str) -> Result<(), String> {
    let renamed = project.with(edits);
    let before = wrongs(project);
    for (code, (count, message)) in wrongs(&renamed) {
        if before.get(code).is_none_or(|(known, _)| *known < count) {
            return Err(format!(
                "with the name `{to}` something is wrong: {message}"
            ));
        }
    }
    let meant = groups(project, edits);
    let mean = groups(&renamed, &[]);
    if meant == mean {
        Ok(())
    } else {
        Err(format!(
            "`{to}` is something else already where this name stands"
        ))
    }
}

/// Which places stand for one thing, or for things that are spelt alike: each place with the first place of its
/// symbol. `edits` move what follows them.
fn groups(project: &Project, edits: &[Edit]) -> BTreeMap<Place, Place> {
    let mut first: BTreeMap<Symbol, Place> = BTreeMap::new();
    let mut all = BTreeMap::new();
    let classes = names::classes(project);
    for name in names::all(project) {
        if !names::is_own(&name.symbol) {
            continue;
        }
        let at = moved(&name.at, edits);
        let symbol = classes.get(&name.symbol).unwrap_or(&name.symbol);
        let of = first.entry(symbol.clone()).or_insert_with(|| at.clone());
        all.insert(at, of.clone());
    }
    all
}

fn moved(at: &Place, edits: &[Edit]) -> Place {
    let shift = |byte: u32, inclusive: bool| -> u32 {
        let mut moved = i64::from(byte);
        for edit in edits.iter().filter(|edit| edit.at.file == at.file) {
            let ends = if inclusive {
                edit.at.end <= byte
            } else {
                edit.at.start < byte && edit.at.end <= byte
            };
            if ends {
                let length = i64::try_from(edit.text.len()).unwrap_or(0);
                moved += length - i64::from(edit.at.end - edit.at.start);
            }
        }
        u32::try_from(moved).unwrap_or_default()
    };
    Place::new(at.file.clone(), shift(at.start, false), shift(at.end, true))
}
