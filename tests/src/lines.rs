//! A program over lines of JSON, as `journey run` takes them: the records in, what it did and what it refused out.

use journey_cli::compile::Execution;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::Intake;
use journey_runtime::intake::reader::Reader;
use journey_runtime::run::{self, Terms};
use std::sync::Arc;

/// Actions and dead letters, a line each; `include` names actions that are not shown by themselves.
pub fn played(execution: &Execution, input: &str, include: &[&str]) -> (String, String) {
    let options = Options {
        include: include.iter().map(|kind| (*kind).to_owned()).collect(),
        ..Options::default()
    };
    let plan = &execution.plan;
    let mut engine = Engine::new(Arc::clone(plan), execution.executor(), options);
    let mut intake = Intake::new(plan, None).unwrap();
    let mut reader = Reader::open(input.as_bytes(), "", intake.format()).unwrap();
    let (mut actions, mut dead) = (Vec::new(), Vec::new());
    let terms = Terms {
        arrived: 0,
        until: None,
    };
    run::run(
        &mut engine,
        &mut intake,
        &mut reader,
        terms,
        &mut actions,
        &mut dead,
        &mut |_| {},
    )
    .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(actions), text(dead))
}
