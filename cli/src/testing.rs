//! Runs `test` blocks: each on native code and on the interpreter, which must agree to the byte.
//!
//! Files: `prepare` (questions become part of the program), `play` (lines → inputs), `expect`
//! (expectations → verdicts), `report` (verdicts as text, JSON, JUnit).

pub mod expect;
pub mod play;
pub mod prepare;
pub mod report;

use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::graph::Sources;
use journey_compiler::hir::{Program, Test};
use play::Played;

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

/// An expectation that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// from 1
    pub line: u32,
    pub source: String,
    pub message: String,
}

/// Runs the tests whose title contains the filter, in the order of the program.
pub fn run(program: &Program, sources: &Sources, filter: &str) -> Result<Vec<Verdict>, Failure> {
    let prepared = prepare::program(program);
    let pair = Pair::compile(&prepared, sources)?;
    let chosen = program
        .tests
        .iter()
        .enumerate()
        .filter(|(_, t)| t.title.contains(filter));
    Ok(chosen
        .map(|(number, test)| one(program, &pair, test, number, sources))
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

fn one(program: &Program, pair: &Pair, test: &Test, number: usize, sources: &Sources) -> Verdict {
    let place = Place::of(program, test, sources);
    let native = play::play(program, &pair.native, test, number);
    let interpreted = play::play(program, &pair.interpreted, test, number);
    let mut failures: Vec<Missed> = native
        .missed
        .iter()
        .map(|(node, message)| place.missed(*node, message))
        .collect();
    if let Some(difference) = differ(&native, &interpreted) {
        let (line, source) = (place.line, place.title.clone());
        failures.push(Missed {
            line,
            source,
            message: difference,
        });
    }
    Verdict {
        title: test.title.clone(),
        file: place.file.clone(),
        line: place.line,
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
