//! How fast a large project compiles: a thousand journeys of four kinds in a hundred files, 39,000 lines. Prints a line
//! for each thing measured, as the processor and as the wall saw it, and ends with whether the floors hold.
//! They are held against processor time, since a bench seldom has the machine for itself.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and may stop and say why"
)]

#[path = "compile/clock.rs"]
mod clock;
#[path = "compile/project.rs"]
mod project;

use clock::{Clock, Took, most_memory};
use journey_cli::compile::{self, Execution};
use journey_compiler::db::{SourceFile, Workspace};
use journey_compiler::diagnostics::Severity;
use journey_compiler::load::{File, project};
use journey_compiler::{Database, check, checked};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const EDITS: usize = 21;
/// No check of the whole may take longer, no check after an edit, and (our own aim) no build.
const CHECK_MAX: Duration = Duration::from_secs(2);
const EDIT_MAX: Duration = Duration::from_millis(50);
const BUILD_MAX: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let sources = project::sources();
    let lines: usize = sources.values().map(|text| text.lines().count()).sum();
    let (files, journeys) = (sources.len(), project::JOURNEYS);
    println!("{journeys} journeys, {files} files, {lines} lines");

    let clock = Clock::start();
    let mut db = Database::default();
    let files = sources
        .iter()
        .map(|(path, text)| File::new(path, text.as_str()));
    let workspace = project(&db, files.collect());
    no_problems(&db, workspace);
    let mut floors = Floors(true);
    floors.report("check, cold", clock.alone(), Some(CHECK_MAX));

    let shared = file(&db, workspace, "shared.journey");
    let team = file(&db, workspace, "campaigns/team_050.journey");
    let mut edit = |what, file, from, to: fn(usize) -> String, max| {
        floors.report(what, edits(&mut db, workspace, file, (from, to)), max);
    };
    let body: fn(usize) -> String = |n| format!("wait {} days\n", n + 1);
    edit(
        "check after an edit of a journey",
        team,
        "wait 1 day\n",
        body,
        Some(EDIT_MAX),
    );
    let above = |n| format!("/// The first {n} weeks");
    edit(
        "check after an edit of a comment",
        team,
        "/// The first weeks",
        above,
        Some(EDIT_MAX),
    );
    let field = |n| format!("event cart_lost {{ cart_id: text, why_{n}: text?");
    edit(
        "check after a new event field",
        shared,
        "event cart_lost { cart_id: text",
        field,
        None,
    );
    let name = |n| format!("audience new_{n} = adult\naudience adult");
    edit(
        "check after a new audience",
        shared,
        "audience adult",
        name,
        None,
    );
    println!("most memory, check: {} MB", most_memory());
    build(&db, workspace, &sources, &mut floors);
    println!(
        "compile: floors {}",
        if floors.0 { "hold" } else { "do not hold" }
    );
    if floors.0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// From the checked declarations to native code.
fn build(
    db: &Database,
    workspace: Workspace,
    sources: &std::collections::BTreeMap<String, String>,
    floors: &mut Floors,
) {
    let clock = Clock::start();
    let program = checked(db, workspace).unwrap();
    floors.report("program put together", clock.alone(), None);
    let clock = Clock::start();
    let plan = Arc::new(compile::plan(&program, sources).unwrap());
    floors.report("plan and its verifier", clock.alone(), None);
    let functions = &plan.functions;
    let insts: usize = functions
        .iter()
        .flat_map(|function| &function.blocks)
        .map(|block| block.insts.len() + 1)
        .sum();
    println!("{} functions, {insts} instructions", functions.len());
    let clock = Clock::start();
    Execution::native(&plan).unwrap();
    floors.report("native code", clock.together(), Some(BUILD_MAX));
    println!("most memory, build: {} MB", most_memory());
}

fn file(db: &Database, workspace: Workspace, path: &str) -> SourceFile {
    let mut files = workspace.files(db).iter();
    *files.find(|file| file.path(db) == path).unwrap()
}

fn no_problems(db: &Database, workspace: Workspace) {
    let problems = check(db, workspace);
    let real = problems
        .iter()
        .find(|problem| problem.severity != Severity::Note);
    if let Some(problem) = real {
        panic!("{:?}: {}", problem.at, problem.message);
    }
}

/// The median of several edits of one place, each unlike the one before.
fn edits(
    db: &mut Database,
    workspace: Workspace,
    file: SourceFile,
    (from, to): (&str, fn(usize) -> String),
) -> Took {
    let original = file.text(db).to_owned();
    assert!(original.contains(from));
    let mut times: Vec<Took> = (1..=EDITS)
        .map(|n| {
            let text = original.replacen(from, &to(n), 1);
            let clock = Clock::start();
            file.edit(db, text);
            no_problems(db, workspace);
            clock.alone()
        })
        .collect();
    file.edit(db, original);
    check(db, workspace);
    times.sort_unstable();
    times[EDITS / 2]
}

/// Whether all that has a floor is above it, so far.
struct Floors(bool);

impl Floors {
    fn report(&mut self, what: &str, took: Took, max: Option<Duration>) {
        let holds = max.is_none_or(|max| took.cpu <= max);
        self.0 &= holds;
        let verdict = match max {
            Some(max) if holds => format!(" (floor {} ms: holds)", max.as_millis()),
            Some(max) => format!(" (floor {} ms: DOES NOT HOLD)", max.as_millis()),
            None => String::new(),
        };
        println!("{what}: {took}{verdict}");
    }
}
