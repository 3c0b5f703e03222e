//! Runs `test` blocks: each on native code and on the interpreter, which must agree to the byte.
//!
//! Files: `prepare` (questions become part of the program), `play` (lines → inputs), `expect`
//! (expectations → verdicts), `versions` (what `deploy` needs), `report` (verdicts as text, JSON, JUnit).

pub mod expect;
pub mod play;
pub mod prepare;
pub mod report;
pub mod versions;

use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::graph::Sources;
use crate::project::Project;
use journey_compiler::hir::{Program, Test};
use play::{Played, Run};
use std::sync::Arc;
use versions::{Part, Versions};

/// What came of one test.
#[derive(Debug)]
pub struct Verdict {
    pub title: String,
    pub file: String,
    /// from 1
    pub line: u32,
    pub failures: Vec<Missed>,
    /// what happened, line by line
    pub timeline: Vec<String>,
}

impl Verdict {
    fn not_run(test: &Test, why: String) -> Self {
        Self {
            title: test.title.clone(),
            file: String::new(),
            line: 0,
            failures: vec![Missed {
                line: 0,
                source: test.title.clone(),
                message: why,
            }],
            timeline: Vec::new(),
        }
    }
}

/// An expectation that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// from 1
    pub line: u32,
    pub source: String,
    pub message: String,
}

/// Runs the tests whose title contains the filter, in the order of the program.
pub fn run(
    program: &Arc<Program>,
    sources: &Sources,
    filter: &str,
) -> Result<Vec<Verdict>, Failure> {
    run_all(Versions::of(program, sources, None), program, filter)
}

/// The same of a project, whose tests may deploy other versions.
pub fn run_project(
    project: &Project,
    program: &Arc<Program>,
    filter: &str,
) -> Result<Vec<Verdict>, Failure> {
    let versions = Versions::of(program, &project.sources, Some(project));
    run_all(versions, program, filter)
}

fn run_all(
    versions: Result<Versions<'_>, String>,
    program: &Program,
    filter: &str,
) -> Result<Vec<Verdict>, Failure> {
    let mut versions = versions.map_err(Failure::failed)?;
    let chosen = program.tests.iter().filter(|t| t.title.contains(filter));
    Ok(chosen
        .map(|test| match versions.parts(test) {
            Ok(parts) => one(&parts),
            Err(why) => Verdict::not_run(test, why),
        })
        .collect())
}

/// The same program, ready for both executions.
#[derive(Debug)]
pub struct Pair {
    native: Execution,
    interpreted: Execution,
}

impl Pair {
    fn compile(program: &Program, sources: &Sources) -> Result<Self, Failure> {
        let plan = std::sync::Arc::new(compile::plan(program, sources)?);
        Ok(Self {
            native: Execution::native(&plan)?,
            interpreted: Execution::interpreter(&plan),
        })
    }
}

fn one(parts: &[Part]) -> Verdict {
    let runs = |native: bool| -> Vec<Run<'_>> {
        let runs = parts.iter();
        runs.filter_map(|part| part.run(native)).collect()
    };
    let (native, interpreted) = (play::play(&runs(true)), play::play(&runs(false)));
    let places: Vec<Place<'_>> = parts
        .iter()
        .filter_map(|part| {
            let version = &part.version;
            Some(Place::of(&version.program, part.test()?, &version.sources))
        })
        .collect();
    let mut failures: Vec<Missed> = native
        .missed
        .iter()
        .filter_map(|miss| Some(places.get(miss.run)?.missed(miss.node, &miss.message)))
        .collect();
    let (title, file, line) = match places.first() {
        Some(place) => (place.title.clone(), place.file.clone(), place.line),
        None => Default::default(),
    };
    if let Some(difference) = differ(&native, &interpreted) {
        failures.push(Missed {
            line,
            source: title.clone(),
            message: difference,
        });
    }
    Verdict {
        title,
        file,
        line,
        failures,
        timeline: native.timeline(),
    }
}

/// The first action on which the two executions differ.
fn differ(native: &Played, interpreted: &Played) -> Option<String> {
    let (a, b) = (native.lines(), interpreted.lines());
    let first = a.iter().zip(&b).find(|(x, y)| x != y);
    match first {
        Some((x, y)) => Some(format!(
            "native code and interpreter differ: `{x}` against `{y}`"
        )),
        None if a.len() != b.len() => Some(format!(
            "native code made {} actions, the interpreter {}",
            a.len(),
            b.len()
        )),
        None if native.missed != interpreted.missed => {
            Some("native code and interpreter end in different states".to_owned())
        }
        None => None,
    }
}

/// Where a test stands in its file.
struct Place<'a> {
    file: String,
    text: &'a str,
    spans: &'a [(u32, u32)],
    line: u32,
    title: String,
}

impl<'a> Place<'a> {
    fn of(program: &'a Program, test: &Test, sources: &'a Sources) -> Self {
        let sites = program.sites.get(test.decl.0 as usize);
        let file = sites.map_or_else(String::new, |s| s.file.clone());
        let text = sources.get(&file).map_or("", String::as_str);
        let spans = sites.map_or(&[][..], |s| &s.spans);
        let first = test
            .lines
            .first()
            .and_then(|l| spans.get(l.node.0 as usize));
        let start = first.map_or(0, |s| s.0);
        let heading = text
            .get(..start as usize)
            .and_then(|head| head.rfind("test "));
        let line = line_of(text, heading.unwrap_or(start as usize));
        Self {
            file,
            text,
            spans,
            line,
            title: test.title.clone(),
        }
    }

    fn missed(&self, node: journey_compiler::hir::NodeId, message: &str) -> Missed {
        let (start, end) = self.spans.get(node.0 as usize).copied().unwrap_or_default();
        let source = self
            .text
            .get(start as usize..end as usize)
            .unwrap_or("")
            .trim();
        Missed {
            line: line_of(self.text, start as usize),
            source: source.to_owned(),
            message: message.to_owned(),
        }
    }
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or("");
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}
