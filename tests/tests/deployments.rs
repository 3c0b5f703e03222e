//! Deployments: the `test` blocks of projects that deploy one version over another hold, on native code and on the
//! interpreter; the naive model, which carries people over by itself, makes the same actions.

use journey_cli::project::Project;
use journey_cli::testing::versions::{Part, Versions};
use journey_cli::testing::{self, play, prepare, report};
use journey_compiler::hir::{Program, TestLineKind};
use journey_tests::model::Model;
use std::path::Path;

fn projects() -> Vec<Project> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deployments");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let open = |path: &std::path::PathBuf| Project::open(Some(path)).unwrap();
    found.iter().map(open).collect()
}

#[test]
fn tests_that_deploy_hold() {
    let mut count = 0;
    let mut failed = Vec::new();
    for project in projects() {
        let program = project.checked(false).unwrap();
        let verdicts = testing::run_project(&project, &program, "").unwrap();
        count += verdicts.len();
        failed.extend(verdicts.into_iter().filter(|v| !v.failures.is_empty()));
    }
    assert!(failed.is_empty(), "{}", report::text(&failed));
    assert!(count >= 10, "{count} tests");
}

#[test]
fn the_model_makes_the_same_actions() {
    let mut differences = Vec::new();
    let mut deployments = 0;
    for project in projects() {
        let program = project.checked(false).unwrap();
        let mut versions = Versions::of(&program, &project.sources, Some(&project)).unwrap();
        for test in &program.tests {
            let parts = versions.parts(test).unwrap();
            let runs: Vec<_> = parts.iter().map(|part| part.run(false).unwrap()).collect();
            let played = play::play(&runs);
            deployments += played.deployed.len();
            let prepared: Vec<Program> = parts
                .iter()
                .map(|part| prepare::program(&part.version.program))
                .collect();
            let (ours, theirs) = (played.lines(), modelled(&parts, &prepared, &played));
            let at = (0..ours.len().max(theirs.len())).find(|i| ours.get(*i) != theirs.get(*i));
            if let Some(at) = at {
                differences.push(format!(
                    "{}: {}\n  engine: {}\n  model:  {}",
                    project.root.display(),
                    test.title,
                    ours.get(at).map_or("nothing", String::as_str),
                    theirs.get(at).map_or("nothing", String::as_str)
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(deployments >= 10, "{deployments} deployments");
}

/// What the model says of a test, part by part.
fn modelled(parts: &[Part], prepared: &[Program], played: &play::Played) -> Vec<String> {
    let mut model = Model::new(&prepared[0]);
    model.sources = parts[0].version.sources.clone();
    let mut inputs = played.inputs.iter().cloned();
    let mut given = 0;
    let mut give = |model: &mut Model<'_>, upto: usize| {
        while given < upto {
            model.input(inputs.next().unwrap());
            given += 1;
        }
    };
    let mut before = played.before.iter();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            let (inputs, at) = played.deployed[number - 1];
            give(&mut model, inputs);
            model.deploy(at, &prepared[number], part.version.sources.clone());
        }
        let mut place = 0;
        for line in &part.test().unwrap().lines {
            if let TestLineKind::Deploy { .. } = &line.kind {
                place += 1;
                continue;
            }
            if place != part.part {
                continue;
            }
            give(&mut model, *before.next().unwrap());
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
    }
    give(&mut model, played.inputs.len());
    let lines = model.lines.iter().enumerate();
    lines.map(|(n, line)| line.json(n as u64)).collect()
}
