//! Two versions → the newer one with what instances of the older one still need beside it.

use super::closure::{Declared, changed, declared, is_journey, reach};
use super::{Older, Role};
use crate::check::{assembled, unfit};
use crate::db::{Database, SourceFile, Workspace};
use crate::diagnostics::Diagnostic;
use crate::hir::Program;
use crate::migration;
use crate::names::{all_chunks, signature_of};
use crate::parse::{chunks, tree};
use crate::project::project;
use crate::types::test::literal;
use crate::world::seen;
use journey_grammar::tree::DeclKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The newer version as it runs where the older one ran before. Both are without errors; what may be wrong is that
/// code of the older one no longer fits what is declared now.
///
/// # Errors
/// The places in the older version's files that do not fit, under the paths `FILE@VERSION`.
pub fn link(
    db: &Database,
    before: Workspace,
    after: Workspace,
) -> Result<(Workspace, Arc<Program>), Vec<Diagnostic>> {
    let (old, new) = (declared(db, before), declared(db, after));
    let changed = changed(&old, &new);
    let version = &project(db, before).version;
    let roots = changed
        .iter()
        .filter(|name| is_journey(&old, name) && !migrates(db, new.get(*name), version))
        .cloned()
        .chain(left_over(db, before, &changed));
    let kept = reach(roots, &old, &changed);
    let alias = |name: &String| (name.clone(), format!("{name}@{version}"));
    let aliases: BTreeMap<String, String> = kept.iter().map(alias).collect();

    let mut files = after.files(db).to_vec();
    for file in before.files(db) {
        files.extend(older_file(db, before, *file, &aliases));
    }
    let linked = Workspace::new(
        db,
        after.manifest(db).clone(),
        files,
        after.data(db).clone(),
        after.loading(db).to_vec(),
        after.versions(db).clone(),
    );
    let problems = unfit(db, linked);
    if !problems.is_empty() {
        return Err(problems);
    }
    let program = assembled(db, linked);
    let problems = migration::check(&assembled(db, before), &program);
    if problems.is_empty() {
        Ok((linked, Arc::new(program)))
    } else {
        Err(problems)
    }
}

/// What versions before the older one have used of it until now, and is changed.
fn left_over(db: &Database, before: Workspace, changed: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for chunk in all_chunks(db, before) {
        if let Role::Older(older) = chunk.file(db).role(db) {
            let words = seen::words(chunk.text(db)).into_iter();
            let of_it = words.filter(|word| changed.contains(word));
            found.extend(of_it.filter(|word| !older.aliases.contains_key(word)));
        }
    }
    found
}

/// Whether the newer journey says how those of the older version go on.
fn migrates(db: &Database, journey: Option<&Declared<'_>>, version: &str) -> bool {
    let decl = journey.and_then(|journey| tree(db, journey.chunk));
    let Some(DeclKind::Journey(journey)) = decl.map(|decl| &decl.kind) else {
        return false;
    };
    let mut ways = journey.migrations.iter();
    ways.any(|way| literal(&way.from) == Some(version))
}

/// What of a file of the older version stays; of versions before it, all that had stayed.
fn older_file(
    db: &Database,
    before: Workspace,
    file: SourceFile,
    aliases: &BTreeMap<String, String>,
) -> Option<SourceFile> {
    let (path, text) = (file.path(db), file.text(db).to_owned());
    let (path, older) = match file.role(db) {
        Role::Tests(_) => return None,
        Role::Older(older) => {
            let mut older = Older::clone(older);
            for (name, alias) in aliases {
                let known = older.aliases.entry(name.clone());
                known.or_insert_with(|| alias.clone());
            }
            (path.to_owned(), older)
        }
        Role::Own | Role::Program => {
            let version = project(db, before).version.clone();
            let names = chunks(db, file).iter();
            let names = names.map(|chunk| signature_of(db, *chunk).name.text.clone());
            let older = Older {
                kept: names.filter(|name| aliases.contains_key(name)).collect(),
                aliases: aliases.clone(),
                data: before.data(db).clone(),
                version: version.clone(),
            };
            if older.kept.is_empty() {
                return None;
            }
            (format!("{path}@{version}"), older)
        }
    };
    Some(SourceFile::new(
        db,
        path,
        text,
        Role::Older(Arc::new(older)),
    ))
}
