//! What can be done at a place: the compiler's own fixes, and changes of shape that keep the program right. A change
//! of shape is tried before it is offered: what would make something wrong is not.

mod shape;

use super::{Edit, Place, Project};
use journey_compiler::diagnostics::{Diagnostic, Fix};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub title: String,
    /// the protocol's word: `quickfix`, `refactor.extract`, …
    pub kind: &'static str,
    pub edits: Vec<Edit>,
    /// what it mends, and the first way out of it
    pub mends: Option<(Diagnostic, bool)>,
}

/// `textDocument/codeAction` between two bytes.
pub fn of_range(project: &Project, path: &str, from: u32, to: u32) -> Vec<Action> {
    let mut actions = fixes(project, path, from, to);
    actions.extend(shape::of_range(project, path, from, to));
    actions.extend(fix_all(project, path));
    actions
}

fn of_file(project: &Project, path: &str) -> Vec<Diagnostic> {
    let all = journey_compiler::check(&project.db, project.workspace);
    all.into_iter().filter(|d| d.at.file == path).collect()
}

pub fn edits_of(fix: &Fix) -> Vec<Edit> {
    let edits = fix.edits.iter();
    let edit = |(at, text): &(journey_compiler::diagnostics::Location, String)| Edit {
        at: Place::new(at.file.clone(), at.start, at.end),
        text: text.clone(),
    };
    edits.map(edit).collect()
}

/// Every fix of what is wrong between two bytes.
pub fn fixes(project: &Project, path: &str, from: u32, to: u32) -> Vec<Action> {
    let mut actions = Vec::new();
    for problem in of_file(project, path) {
        if problem.at.start > to || problem.at.end < from {
            continue;
        }
        let ways = [
            (problem.fix.clone(), true),
            (problem.alternative.clone(), false),
        ];
        for (fix, first) in ways {
            if let Some(fix) = fix {
                actions.push(Action {
                    title: fix.title.clone(),
                    kind: "quickfix",
                    edits: edits_of(&fix),
                    mends: Some((problem.clone(), first)),
                });
            }
        }
    }
    actions
}

/// All first fixes of a file that do not touch each other.
pub fn fix_all(project: &Project, path: &str) -> Option<Action> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut fixed = 0;
    for problem in of_file(project, path) {
        let Some(fix) = &problem.fix else { continue };
        let own = edits_of(fix);
        let touches = |one: &Edit, other: &Edit| {
            let same = one.at.file == other.at.file;
            same && one.at.start <= other.at.end && other.at.start <= one.at.end
        };
        if own
            .iter()
            .any(|one| edits.iter().any(|other| touches(one, other)))
        {
            continue;
        }
        edits.extend(own);
        fixed += 1;
    }
    edits.sort();
    (fixed > 0).then(|| Action {
        title: "fix all that has a fix".to_owned(),
        kind: "source.fixAll",
        edits,
        mends: None,
    })
}

/// Whether edits make nothing wrong that was right.
pub fn keeps(project: &Project, edits: &[Edit]) -> bool {
    let count = |project: &Project| {
        let mut all: BTreeMap<&'static str, usize> = BTreeMap::new();
        for problem in journey_compiler::check(&project.db, project.workspace) {
            if problem.severity == journey_compiler::diagnostics::Severity::Error {
                *all.entry(problem.code).or_default() += 1;
            }
        }
        all
    };
    let before = count(project);
    let after = count(&project.with(edits));
    after
        .iter()
        .all(|(code, n)| before.get(code).is_some_and(|known| known >= n))
}
