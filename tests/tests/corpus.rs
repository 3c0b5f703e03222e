//! Every program of the corpus: it checks without a problem, its `test` blocks hold on native code and
//! interpreter, and the naive model, given the same inputs, makes the same actions.

use journey_cli::compile;
use journey_cli::project::Project;
use journey_cli::testing::{self, play, prepare};
use journey_compiler::diagnostics::Severity;
use journey_compiler::hir::{Program, Test, TestLineKind};
use journey_tests::corpus::corpus;
use journey_tests::model::Model;
use std::path::Path;
use std::sync::Arc;

fn open(path: &Path) -> (Project, Arc<Program>) {
    let project = Project::open(Some(path)).unwrap();
    let problems = project.diagnostics();
    let real: Vec<_> = problems
        .iter()
        .filter(|d| d.code != "no-timezone" && d.severity != Severity::Note)
        .collect();
    assert!(real.is_empty(), "{}: {real:#?}", path.display());
    let program = journey_compiler::checked(&project.db, project.workspace).unwrap();
    (project, program)
}

#[test]
fn the_tests_of_every_program_hold() {
    let mut failed = Vec::new();
    let mut count = 0;
    for path in corpus() {
        let (project, program) = open(&path);
        let verdicts = testing::run_project(&project, &program, "").unwrap();
        count += verdicts.len();
        let bad: Vec<_> = verdicts
            .into_iter()
            .filter(|v| !v.failures.is_empty())
            .collect();
        if !bad.is_empty() {
            failed.push(format!(
                "{}\n{}",
                path.display(),
                testing::report::text(&bad)
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{count} tests of the corpus hold");
}

#[test]
fn the_model_makes_the_same_actions() {
    let mut differences = Vec::new();
    for path in corpus() {
        let (project, program) = open(&path);
        let prepared = prepare::program(&program);
        let plan = Arc::new(compile::plan(&prepared, &project.sources).unwrap());
        let interpreter = compile::Execution::interpreter(&plan);
        for (number, test) in program.tests.iter().enumerate() {
            let played = play::alone(&program, &interpreter, test, number);
            let ours = played.lines();
            let theirs = modelled(&prepared, &project, test, &played);
            if let Some(at) =
                (0..ours.len().max(theirs.len())).find(|i| ours.get(*i) != theirs.get(*i))
            {
                differences.push(format!(
                    "{}: {}\n  engine: {}\n  model:  {}",
                    path.display(),
                    test.title,
                    ours.get(at).map_or("nothing", String::as_str),
                    theirs.get(at).map_or("nothing", String::as_str)
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn modelled(
    program: &Program,
    project: &Project,
    test: &Test,
    played: &play::Played,
) -> Vec<String> {
    let mut model = Model::new(program);
    model.sources = project.sources.clone();
    let mut given = 0;
    let mut give = |model: &mut Model<'_>, upto: usize| {
        for input in played.inputs.iter().take(upto).skip(given) {
            model.input(input.clone());
        }
        given = upto;
    };
    for (line, before) in test.lines.iter().zip(&played.before) {
        give(&mut model, *before);
        match &line.kind {
            TestLineKind::AssumeSplit { split, arm, .. } => {
                model.assumed_splits.insert(split.clone(), arm.clone());
            }
            TestLineKind::AssumeHoldout { journey, out } => {
                model.assumed_holdouts.insert(journey.clone(), !out);
            }
            _ => {}
        }
    }
    give(&mut model, played.inputs.len());
    model
        .lines
        .iter()
        .enumerate()
        .map(|(n, l)| l.json(n as u64))
        .collect()
}
