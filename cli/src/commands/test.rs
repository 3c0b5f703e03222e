//! `journey test`: the `test` blocks of a program, on native code and interpreter.

use crate::args::{TestArgs, TestFormat};
use crate::failure::Failure;
use crate::project::Project;
use crate::terminal;
use crate::testing::{self, report};
use std::path::Path;

pub fn run(args: &TestArgs, coloured: bool) -> Result<(), Failure> {
    let (path, filter) = read_args(args);
    let project = Project::open(path)?;
    let program = project.checked(coloured)?;
    let verdicts = testing::run_project(&project, &program, filter.unwrap_or(""))?;
    if verdicts.is_empty() {
        let why = match filter {
            Some(filter) => format!("no test's title contains `{filter}`"),
            None => "the program has no `test` block".to_owned(),
        };
        terminal::complain(&format!("{why}\n"));
    }
    terminal::print(&match args.format {
        TestFormat::Text => report::text(&verdicts),
        TestFormat::Json => report::json(&verdicts),
        TestFormat::Junit => report::junit(&verdicts),
    })?;
    if verdicts.iter().all(|v| v.failures.is_empty()) {
        Ok(())
    } else {
        Err(Failure::said())
    }
}

/// `journey test FILTER` inside a project: the one argument is a filter if it is no path.
fn read_args(args: &TestArgs) -> (Option<&Path>, Option<&str>) {
    match (&args.path, &args.filter) {
        (Some(path), None) if !path.exists() => (None, path.to_str()),
        (path, filter) => (path.as_deref(), filter.as_deref()),
    }
}
