//! The questions that everyone asks: what is wrong, what is declared, and the program if nothing is.
//! Problems are values with places in their own declaration; only here do they get places in files.

mod assemble;
mod deployed;

pub(crate) use deployed::unfit;

use crate::db::{Db, SourceFile, Workspace};
use crate::diagnostics::{Diagnostic, Fix, Label, Location, Severity, habits};
use crate::hir::Program;
use crate::names::{all_chunks, signature_of};
use crate::parse::{Chunk, parse_decl, tree};
use crate::project::project;
use crate::types::Problem;
use crate::types::decl::{self, Checked};
use crate::versions::Role;
use crate::world::World;
use crate::world::build::{Built, build};
use crate::world::seen::{self, Facts, Seen};
use journey_grammar::tree::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The world and the problems between declarations.
#[salsa::tracked]
fn built(db: &dyn Db, workspace: Workspace) -> Built {
    let chunks = all_chunks(db, workspace);
    let signatures: Vec<_> = chunks
        .iter()
        .map(|chunk| signature_of(db, *chunk))
        .collect();
    let mut built = build(project(db, workspace), &signatures, workspace.data(db));
    if !workspace.versions(db).is_empty() {
        let others = workspace.versions(db).values();
        let deployed = others.flat_map(|version| {
            let there = world(db, *version);
            let journeys = there.journeys.iter().cloned();
            journeys.zip(there.outlines.iter().cloned())
        });
        Arc::make_mut(&mut built.world).deployed = deployed.collect();
    }
    built
}

/// The declared world. Where it stays equal, nothing behind it runs again.
pub fn world(db: &dyn Db, workspace: Workspace) -> &World {
    declared(db, workspace)
}

#[salsa::tracked]
fn declared(db: &dyn Db, workspace: Workspace) -> Arc<World> {
    Arc::clone(&built(db, workspace).world)
}

/// A digest of what lies behind each name.
#[salsa::tracked]
fn facts(db: &dyn Db, workspace: Workspace) -> Facts {
    Facts::of(world(db, workspace))
}

/// The world as the declarations of an older version see it.
#[salsa::tracked]
fn world_then(db: &dyn Db, workspace: Workspace, file: SourceFile) -> World {
    let now = world(db, workspace);
    match file.role(db) {
        Role::Older(older) => older.view(now),
        Role::Own | Role::Program | Role::Tests(_) => now.clone(),
    }
}

/// The words of a declaration's text: what it may name.
#[salsa::tracked]
pub(crate) fn words<'db>(db: &'db dyn Db, chunk: Chunk<'db>) -> BTreeSet<String> {
    seen::words(chunk.text(db))
}

/// The words of all template files: what they may name for their messages.
#[salsa::tracked]
pub(crate) fn template_words(db: &dyn Db, workspace: Workspace) -> BTreeSet<String> {
    let data = workspace.data(db).iter();
    let templates = data.filter(|(path, _)| crate::types::is_template(path));
    templates.flat_map(|(_, text)| seen::words(text)).collect()
}

/// The world as a declaration sees it. Where what it names stays, it is not checked again.
#[salsa::tracked]
fn seen_by<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> Seen {
    facts(db, workspace).seen(declared(db, workspace), words(db, chunk))
}

/// One declaration, checked against the world.
#[salsa::tracked]
pub fn check_decl<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> Checked {
    let Some(tree) = tree(db, chunk) else {
        return Checked::default();
    };
    match chunk.file(db).role(db) {
        Role::Own | Role::Program => {}
        Role::Tests(folder) => return decl::check(world(db, workspace), tree, Some(folder)),
        Role::Older(_) => {
            let world = world_then(db, workspace, chunk.file(db));
            return decl::check(world, tree, None);
        }
    }
    if seen::sees_all(&tree.kind) || seen::names_template(&tree.kind) {
        return decl::check(world(db, workspace), tree, None);
    }
    let checked = decl::check(&seen_by(db, workspace, chunk).world, tree, None);
    if !checked.problems.is_empty() {
        // Suggestions come from everywhere: from now on this declaration asks for the whole world.
        world(db, workspace);
    }
    checked
}

/// All problems of a program, in the order of file, place and code.
pub fn check(db: &dyn Db, workspace: Workspace) -> Vec<Diagnostic> {
    let mut all = workspace.loading(db).to_vec();
    all.extend(project(db, workspace).problems.iter().cloned());
    // A source that could not be read hides names: what misses them is no mistake of the author.
    if !all.iter().any(|problem| problem.code == "file-too-large") {
        of_declarations(db, workspace, &mut all);
    }
    let lints = &project(db, workspace).lints;
    all.retain_mut(|problem| match lints.get(problem.code) {
        Some(Some(severity)) => {
            problem.severity = *severity;
            true
        }
        Some(None) => false,
        None => true,
    });
    all.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.at.file.clone(), d.at.start, d.code, d.at.end);
        key(a).cmp(&key(b))
    });
    all.dedup();
    all
}

fn of_declarations(db: &dyn Db, workspace: Workspace, all: &mut Vec<Diagnostic>) {
    let chunks = all_chunks(db, workspace);
    let placer = Placer::new(db, &chunks);
    for (at, chunk) in chunks.iter().enumerate() {
        for problem in &parse_decl(db, *chunk).problems {
            let mut problem = Problem {
                help: problem.help.clone(),
                fix: problem
                    .fix
                    .as_ref()
                    .map(|fix| (fix.title.clone(), fix.edits.clone())),
                ..Problem::new(problem.code, problem.span, problem.message.clone())
            };
            habits::teach(&mut problem, chunk.file(db).text(db), chunk.offset(db));
            all.push(placer.place(at, &problem));
        }
        for problem in &check_decl(db, workspace, *chunk).problems {
            let mut problem = problem.clone();
            habits::teach(&mut problem, chunk.file(db).text(db), chunk.offset(db));
            all.push(placer.place(at, &problem));
        }
        for problem in crate::proofs::prove(db, workspace, *chunk) {
            all.push(placer.place(at, problem));
        }
    }
    for (at, problem) in crate::proofs::between::between(db, workspace) {
        all.push(placer.place(*at, problem));
    }
    for (at, problem) in &built(db, workspace).problems {
        all.push(placer.place(*at, problem));
    }
    deployed::versions(db, workspace, all);
}

/// The program, if nothing in it is an error.
pub fn checked(db: &dyn Db, workspace: Workspace) -> Option<Arc<Program>> {
    if check(db, workspace)
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return None;
    }
    Some(Arc::new(assemble::assemble(db, workspace)))
}

/// The program of a workspace that is known to be without errors.
pub(crate) fn assembled(db: &dyn Db, workspace: Workspace) -> Program {
    assemble::assemble(db, workspace)
}

/// Gives problems their places in files.
struct Placer<'db> {
    /// of each declaration: its file, where it begins, its name's place
    places: Vec<(&'db str, u32, Span)>,
    by_name: BTreeMap<&'db str, usize>,
}

impl<'db> Placer<'db> {
    fn new(db: &'db dyn Db, chunks: &[Chunk<'db>]) -> Self {
        let mut places = Vec::new();
        let mut by_name = BTreeMap::new();
        for (at, chunk) in chunks.iter().enumerate() {
            let name = &signature_of(db, *chunk).name;
            let span = match tree(db, *chunk) {
                Some(tree) if name.is_missing() => Span::new(tree.span.start, tree.span.start),
                _ => name.span,
            };
            places.push((chunk.file(db).path(db), chunk.offset(db), span));
            if !name.is_missing() {
                by_name.entry(name.text.as_str()).or_insert(at);
            }
        }
        Self { places, by_name }
    }

    fn locate(&self, at: usize, span: Span) -> Location {
        let (file, offset) = self
            .places
            .get(at)
            .map_or(("", 0), |(file, offset, _)| (*file, *offset));
        Location {
            file: file.to_owned(),
            start: span.start + offset,
            end: span.end + offset,
        }
    }

    /// Another declaration, by its name or by `#` and its number.
    fn other(&self, name: &str) -> Option<Location> {
        let at = match name.strip_prefix('#') {
            Some(number) => number.parse().ok()?,
            None => *self.by_name.get(name)?,
        };
        let (_, _, span) = self.places.get(at)?;
        Some(self.locate(at, *span))
    }

    fn place(&self, at: usize, problem: &Problem) -> Diagnostic {
        let locate = |span: Span| match &problem.file {
            Some(file) => Location {
                file: file.clone(),
                start: span.start,
                end: span.end,
            },
            None => self.locate(at, span),
        };
        let fix = |(title, edits): &(String, Vec<(Span, String)>)| Fix {
            title: title.clone(),
            edits: edits
                .iter()
                .map(|(span, text)| (locate(*span), text.clone()))
                .collect(),
        };
        let place = locate(problem.span);
        let mut labels: Vec<Label> = problem
            .labels
            .iter()
            .map(|(span, text)| Label {
                at: locate(*span),
                text: text.clone(),
            })
            .collect();
        let mut related = Vec::new();
        for (name, text) in &problem.related {
            if let Some(location) = self.other(name) {
                let same_file = location.file == place.file;
                let list = if same_file { &mut labels } else { &mut related };
                list.push(Label {
                    at: location,
                    text: text.clone(),
                });
            }
        }
        Diagnostic {
            code: problem.code,
            severity: crate::diagnostics::severity(problem.code),
            message: problem.message.clone(),
            at: place,
            labels,
            help: problem.help.clone(),
            fix: problem.fix.as_ref().map(fix),
            alternative: problem.alternative.as_ref().map(fix),
            related,
        }
    }
}
