//! Runs a program of the house over an input, and hands back what came out, parsed.

use journey_cli::compile::{self, Execution};
use journey_cli::project::Project;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::Intake;
use journey_runtime::intake::reader::Reader;
use journey_runtime::run::{self, Terms};
use journey_runtime::summary::Summary;
use journey_tests::data::root;
use serde_json::Value;
use std::sync::Arc;

pub(crate) struct Outcome {
    pub(crate) actions: Vec<Value>,
    pub(crate) dead: Vec<Value>,
    pub(crate) summary: Summary,
}

/// A run over an input, up to an instant; of the actions these kinds.
pub(crate) fn run(
    folder: &str,
    source: &str,
    bytes: &[u8],
    until: Option<i64>,
    native: bool,
    kinds: &[&str],
) -> Outcome {
    let project = Project::open(Some(&root().join(folder))).unwrap();
    let program = project.checked(false).unwrap();
    let plan = Arc::new(compile::plan(&program, &project.sources).unwrap());
    let execution = if native {
        Execution::native(&plan).unwrap()
    } else {
        Execution::interpreter(&plan)
    };
    let include = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let mut engine = Engine::new(
        Arc::clone(&plan),
        execution.executor(),
        Options {
            include,
            ..Options::default()
        },
    );
    let mut intake = Intake::new(&plan, Some(source)).unwrap();
    let mut reader = Reader::open(bytes, "", intake.format()).unwrap();
    let (mut actions, mut dead) = (Vec::new(), Vec::new());
    let terms = Terms { arrived: 0, until };
    let done = run::run(
        &mut engine,
        &mut intake,
        &mut reader,
        terms,
        &mut actions,
        &mut dead,
        &mut |_| {},
    )
    .unwrap();
    assert!(done.broken.is_none());
    let expected = if native { "native" } else { "interpreter" };
    assert_eq!(done.summary.executed, expected);
    let parse = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    Outcome {
        actions: parse(actions),
        dead: parse(dead),
        summary: done.summary,
    }
}
