//! Any bytes as a program: checking ends, every place lies inside of its file, both renderings are sound, and
//! what has no error becomes a plan that verifies and compiles.

use journey_cli::compile;
use journey_compiler::codegen;
use journey_compiler::diagnostics::{Diagnostic, Location, Severity};
use journey_compiler::load::{File, lone_file};
use journey_compiler::{Database, Workspace, check, checked, explain, json, render};
use journey_program::abi::Target;
use std::collections::BTreeMap;

pub fn run(bytes: &[u8]) {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("a.journey", bytes));
    let text = String::from_utf8_lossy(bytes).into_owned();
    whole(
        &db,
        workspace,
        &BTreeMap::from([("a.journey".to_owned(), text)]),
    );
}

/// What holds for every program.
pub fn whole(db: &Database, workspace: Workspace, sources: &BTreeMap<String, String>) {
    let found = check(db, workspace);
    sound(&found, sources);
    let Some(program) = checked(db, workspace) else {
        return;
    };
    if found
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return;
    }
    let plan = compile::plan(&program, sources)
        .unwrap_or_else(|failure| panic!("accepted, and no plan: {failure}"));
    if let Some(target) = Target::current() {
        let code = codegen::compile(&plan, target);
        assert!(code.is_ok(), "accepted, and no code: {:?}", code.err());
    }
}

/// That diagnostics can be shown: places, pages, JSON, picture.
pub fn sound(found: &[Diagnostic], sources: &BTreeMap<String, String>) {
    for problem in found {
        inside(problem.code, &problem.at, sources);
        for label in problem.labels.iter().chain(&problem.related) {
            inside(problem.code, &label.at, sources);
        }
        let fixes = problem.fix.iter().chain(&problem.alternative);
        for (at, _) in fixes.flat_map(|fix| &fix.edits) {
            inside(problem.code, at, sources);
        }
        assert!(
            explain::page(problem.code).is_some(),
            "`{}` has no page",
            problem.code
        );
    }
    let lines = json::lines(found, sources);
    assert_eq!(lines.lines().count(), found.len(), "one line of JSON each");
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert!(value["span"]["line"].as_u64().is_some_and(|line| line > 0));
    }
    render::text(found, sources, false);
}

fn inside(code: &str, at: &Location, sources: &BTreeMap<String, String>) {
    let text = sources.get(&at.file).map_or("", String::as_str);
    let place = text.get(at.start as usize..at.end as usize);
    assert!(place.is_some(), "`{code}` lies outside: {at:?}");
}
