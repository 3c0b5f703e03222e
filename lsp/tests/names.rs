//! The index of names is right for everything that the project has programs of: every name has a definition or is
//! known to be no one's, and what is renamed means what it meant.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

use journey_compiler::db::Database;
use journey_compiler::load::{File, lone_file, project_with};
use journey_compiler::names::index::Symbol;
use journey_grammar::{Kind, tokens};
use journey_lsp::disk;
use journey_lsp::ide::{Project, names, rename};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The programs of the corpus, the examples, and the shop of the reference.
fn programs() -> Vec<(PathBuf, Project)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders = vec![root.join("tests/corpus"), root.join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let source = path.extension().is_some_and(|e| e == "journey");
            if path.join("journey.toml").is_file() {
                found.push((path.clone(), folder_of(&path)));
            } else if path.is_dir() {
                folders.push(path);
            } else if source {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let db = Database::default();
                let workspace = lone_file(&db, File::new(name, std::fs::read(&path).unwrap()));
                found.push((path, Project { db, workspace }));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() > 30, "the corpus is where it was");
    found
}

fn folder_of(path: &Path) -> Project {
    let read = disk::read(path, &|_| None);
    let db = Database::default();
    let workspace = project_with(&db, read.files, read.versions);
    Project { db, workspace }
}

/// What is there though nobody declares it: the identifier of a program without `identity`, and that an offer was
/// shown.
fn is_given(symbol: &Symbol) -> bool {
    let given = |name: &str| matches!(name, "user_id" | "shown");
    matches!(symbol, Symbol::Profile(name) | Symbol::Outcome(_, name) if given(name))
}

#[test]
fn every_name_has_a_definition_or_is_built_in() {
    let mut missing = Vec::new();
    for (path, project) in programs() {
        let all = names::all(&project);
        let defined: BTreeSet<&Symbol> = all
            .iter()
            .filter(|n| n.defines)
            .map(|n| &n.symbol)
            .collect();
        for name in &all {
            let own = names::is_own(&name.symbol);
            if own && !defined.contains(&name.symbol) && !is_given(&name.symbol) {
                missing.push(format!("{}: {:?}", path.display(), name));
            }
        }
        // Every name token of a source is in the index, and nothing stands in it that is no name.
        for (file, text) in project.texts() {
            if !file.ends_with(".journey") {
                continue;
            }
            let indexed: BTreeMap<u32, u32> = all
                .iter()
                .filter(|name| name.at.file == file)
                .map(|name| (name.at.start, name.at.end))
                .collect();
            for token in tokens(text) {
                if matches!(token.kind, Kind::Ident | Kind::Quoted) {
                    let word = token.text(text);
                    let known = indexed.get(&token.start) == Some(&token.end);
                    if !known {
                        missing.push(format!(
                            "{}/{file}: {word} at {}",
                            path.display(),
                            token.start
                        ));
                    }
                }
            }
        }
    }
    missing.sort();
    assert!(
        missing.is_empty(),
        "{} names:\n{}",
        missing.len(),
        missing.join("\n")
    );
}

/// Each definition gets a fresh name; the same is wrong as before, and the same names mean the same.
#[test]
fn renaming_keeps_the_meaning() {
    let every: usize = std::env::var("JOURNEY_RENAMES").map_or(7, |n| n.parse().unwrap());
    let mut wrong = Vec::new();
    let mut at = 0_usize;
    for (path, project) in programs() {
        let mut seen: BTreeSet<Symbol> = BTreeSet::new();
        for name in names::all(&project) {
            // What models learn from is called as the language calls it.
            let learned =
                matches!(&name.symbol, Symbol::Outcome(_, n) if n == "accepted" || n == "shown");
            if !name.defines || learned || !seen.insert(name.symbol.clone()) {
                continue;
            }
            at += 1;
            if !at.is_multiple_of(every) {
                continue;
            }
            let to = format!("renamed_{}", name.symbol.name().trim_matches('_'));
            let done = rename::rename(&project, &name.at.file, name.at.start, &to);
            // cells of tables are not indexed: whoever renames what stands in one is told so
            let in_a_cell = |why: &str| {
                matches!(name.symbol, Symbol::Value(..)) && why.contains("something is wrong: row")
            };
            if let Err(why) = done
                && !in_a_cell(&why)
            {
                wrong.push(format!("{}: {:?}: {why}", path.display(), name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {at}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
