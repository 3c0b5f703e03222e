//! The versions that tests deploy: whether they are there, whether they are what they are called, and the lines of
//! tests that they run.

use super::{Placer, check_decl};
use crate::db::{Db, Workspace};
use crate::diagnostics::{Diagnostic, Severity, severity};
use crate::names::all_chunks;
use crate::parse::tree;
use crate::project::project;
use crate::types::Problem;
use crate::types::test::{deploy_of, literal};
use crate::versions::Role;
use journey_grammar::tree::{DeclKind, Deploy, Expr, Span};

pub(super) fn versions(db: &dyn Db, workspace: Workspace, all: &mut Vec<Diagnostic>) {
    let chunks = all_chunks(db, workspace);
    let placer = Placer::new(db, &chunks);
    for (at, chunk) in chunks.iter().enumerate() {
        let Some(DeclKind::Test(test)) = tree(db, *chunk).map(|decl| &decl.kind) else {
            continue;
        };
        if *chunk.file(db).role(db) != Role::Own {
            continue; // it is said where the test stands
        }
        for deploy in test.lines.iter().filter_map(deploy_of) {
            if let Deploy::From { version, folder } = deploy
                && let Some((span, message, help)) = missing(db, workspace, version, folder)
            {
                let problem = Problem::new("version-mismatch", span, message).help(help);
                all.push(placer.place(at, &problem));
            }
        }
    }
    for version in workspace.versions(db).values() {
        let chunks = all_chunks(db, *version);
        let placer = Placer::new(db, &chunks);
        for (at, chunk) in chunks.iter().enumerate() {
            if matches!(chunk.file(db).role(db), Role::Tests(_)) {
                let problems = &check_decl(db, *version, *chunk).problems;
                all.extend(problems.iter().map(|problem| placer.place(at, problem)));
            }
        }
    }
}

/// What is wrong with a deployment's version: where, what, and a way out.
fn missing(
    db: &dyn Db,
    workspace: Workspace,
    version: &Expr,
    folder: &Expr,
) -> Option<(Span, String, String)> {
    let (named, path) = (literal(version)?, literal(folder)?);
    let Some(found) = workspace.versions(db).get(path) else {
        let message = format!("there is no project at `{path}`");
        let help = "name the folder of an older version, from this project's folder".to_owned();
        return Some((folder.span, message, help));
    };
    let is = &project(db, *found).version;
    if is != named {
        let message = format!("`{path}` is version `{is}`");
        let help = format!("write `deploy \"{is}\"`, or change the version in its manifest");
        return Some((version.span, message, help));
    }
    if *is == project(db, workspace).version {
        let message = format!("this program is version `{is}`, too");
        let help = "give this one another `version` in `journey.toml`".to_owned();
        return Some((version.span, message, help));
    }
    let errors = errors_of(db, *found);
    (errors > 0).then(|| {
        let message = format!("`{path}` has {errors} errors");
        (folder.span, message, format!("see `journey check {path}`"))
    })
}

/// How much is wrong with a version apart from the tests that deploy it.
fn errors_of(db: &dyn Db, version: Workspace) -> usize {
    let mut problems = version.loading(db).len();
    let chunks = all_chunks(db, version);
    for chunk in chunks {
        if *chunk.file(db).role(db) == Role::Program {
            let found = check_decl(db, version, chunk).problems.iter();
            problems += found
                .filter(|p| severity(p.code) == Severity::Error)
                .count();
            problems += crate::parse::parse_decl(db, chunk).problems.len();
        }
    }
    problems
}

/// What is wrong with the declarations that are kept of older versions: they no longer fit.
pub(crate) fn unfit(db: &dyn Db, workspace: Workspace) -> Vec<Diagnostic> {
    let chunks = all_chunks(db, workspace);
    let placer = Placer::new(db, &chunks);
    let mut all = Vec::new();
    for (at, chunk) in chunks.iter().enumerate() {
        if matches!(chunk.file(db).role(db), Role::Older(_)) {
            let problems = check_decl(db, workspace, *chunk).problems.iter();
            all.extend(problems.map(|problem| placer.place(at, problem)));
        }
    }
    let between = super::built(db, workspace).problems.iter();
    all.extend(between.map(|(at, problem)| placer.place(*at, problem)));
    all.retain(|problem| problem.severity == Severity::Error);
    all
}
