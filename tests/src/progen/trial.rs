//! One generated program and its traces through interpreter, native code and model; failures made small.

use super::coverage::{self, Reached};
use super::trace::Trace;
use super::{Decl, Marks, Source};
use crate::irgen::Rng;
use crate::irgen::rng::mix;
use crate::model::Model;
use crate::relay;
use journey_cli::compile::{self, Execution};
use journey_compiler::db::Database;
use journey_compiler::diagnostics::Severity;
use journey_compiler::hir;
use journey_compiler::load::{File, MANIFEST, project};
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::Input;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

mod raw;
mod smaller;
pub mod upgrade;

use smaller::smaller;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub traces: usize,
    /// of them, so many against the model
    pub modelled: usize,
    pub length: usize,
}

/// What came of one program.
#[derive(Debug, Default)]
pub struct Verdict {
    pub failure: Option<String>,
    pub marks: Marks,
    pub reached: Reached,
    pub kinds: BTreeMap<String, u64>,
    pub actions: u64,
}

/// A program that checks, ready to run.
struct Ready {
    program: Arc<hir::Program>,
    plan: Arc<Program>,
    sources: std::collections::BTreeMap<String, String>,
}

fn manifest(seed: u64) -> String {
    let mut rng = Rng::new(seed ^ 0x77);
    let zone = rng.pick(&[
        "UTC",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
    ]);
    let runtime = rng.pick(&[
        "",
        "[runtime]\nlateness = \"2 days\"\n",
        "[runtime]\nreorder = \"1 hour\"\n",
        "[runtime]\ndedupe = \"1 hour\"\nlateness = \"30 minutes\"\n",
    ]);
    format!(
        "[project]\nname = \"generated\"\nversion = \"1.0.0\"\nedition = \"2026\"\ntimezone = \"{zone}\"\n{runtime}"
    )
}

/// Files beside a program, its manifest too.
type Beside = Vec<File>;

fn beside(seed: u64, source: &Source) -> Beside {
    let manifest = manifest(seed);
    let files = source.files.iter();
    let files = files.map(|(name, text)| File::new(*name, text.as_bytes()));
    [File::new(MANIFEST, manifest.as_bytes())]
        .into_iter()
        .chain(files)
        .collect()
}

fn ready(decls: &[Decl], beside: &Beside) -> Result<Ready, Vec<String>> {
    let text: String = decls.iter().map(|d| format!("{}\n", d.text)).collect();
    let db = Database::default();
    let main = File::new("main.journey", text.as_bytes());
    let files = beside.iter().cloned().chain([main]).collect();
    let workspace = project(&db, files);
    let problems: Vec<String> = journey_compiler::check(&db, workspace)
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| {
            let (from, to) = (d.at.start as usize, d.at.end as usize);
            let before = text.get(from.saturating_sub(40)..from).unwrap_or_default();
            format!(
                "{}: {}: {before}`{}`",
                d.code,
                d.message,
                text.get(from..to).unwrap_or_default()
            )
        })
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let Some(program) = journey_compiler::checked(&db, workspace) else {
        return Err(vec!["internal: no program and no error".to_owned()]);
    };
    let sources: std::collections::BTreeMap<String, String> =
        [("main.journey".to_owned(), text)].into_iter().collect();
    let plan = compile::plan(&program, &sources).map_err(|e| vec![format!("internal: {e:?}")])?;
    Ok(Ready {
        program,
        plan: Arc::new(plan),
        sources,
    })
}

/// What an execution says of some inputs.
#[derive(Debug, PartialEq)]
struct Said {
    lines: Vec<String>,
    counters: String,
}

fn played(execution: &Execution, inputs: &[Input]) -> Said {
    let mut engine = Engine::new(execution.plan.clone(), execution.executor(), Options::all());
    for input in inputs {
        engine.input(input.clone());
    }
    said(&mut engine, Vec::new())
}

fn said(engine: &mut Engine, mut lines: Vec<String>) -> Said {
    lines.extend(engine.take_actions().iter().map(|a| a.to_json()));
    let dead: Vec<_> = engine
        .take_dead_letters()
        .iter()
        .map(|d| (d.reason, d.input.id().to_owned()))
        .collect();
    Said {
        lines,
        counters: format!("{:?} {dead:?}", engine.counters()),
    }
}

fn modelled(ready: &Ready, inputs: &[Input]) -> Vec<String> {
    let mut model = Model::new(&ready.program);
    model.sources = ready.sources.clone();
    for input in inputs {
        model.input(input.clone());
    }
    model
        .lines
        .iter()
        .enumerate()
        .map(|(n, l)| l.json(n as u64))
        .collect()
}

fn differ(what: &str, ours: &[String], theirs: &[String]) -> Option<String> {
    let at = (0..ours.len().max(theirs.len())).find(|i| ours.get(*i) != theirs.get(*i))?;
    let before: Vec<String> = ours[at.saturating_sub(4)..at]
        .iter()
        .map(|l| format!("\n  both: {l}"))
        .collect();
    let before = before.concat();
    let line = |all: &[String]| all.get(at).cloned().unwrap_or_else(|| "nothing".to_owned());
    Some(format!(
        "{what}{before}\n  interpreter: {}\n  other:       {}",
        line(ours),
        line(theirs)
    ))
}

/// Whether native code or the model say something else on these inputs than the interpreter.
fn compare(ready: &Ready, native: &Execution, inputs: &[Input], model: bool) -> Option<String> {
    let run = || {
        let ours = played(&Execution::interpreter(&ready.plan), inputs);
        against(ready, native, inputs, &ours, model)
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|e| Some(format!("panic: {}", words(&*e))))
}

fn against(
    ready: &Ready,
    native: &Execution,
    inputs: &[Input],
    ours: &Said,
    model: bool,
) -> Option<String> {
    let theirs = played(native, inputs);
    if let Some(difference) = differ("native differs", &ours.lines, &theirs.lines) {
        return Some(difference);
    }
    if ours.counters != theirs.counters {
        return Some(format!(
            "counters differ\n  interpreter: {}\n  native: {}",
            ours.counters, theirs.counters
        ));
    }
    if model {
        let other = relay::difference(native, inputs);
        if let Some(difference) = other.or_else(|| raw::difference(&ready.plan, inputs)) {
            return Some(difference);
        }
        return differ("model differs", &ours.lines, &modelled(ready, inputs));
    }
    None
}

fn words(e: &(dyn std::any::Any + Send)) -> String {
    let text = e.downcast_ref::<String>().cloned();
    text.or_else(|| e.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_default()
}

/// A generated program with one trace of inputs for it. None: it does not compile, which `run` tells of.
pub fn traced(seed: u64, length: usize) -> Option<(Arc<Program>, Vec<Input>)> {
    let source = super::program(seed);
    let ready = ready(&source.decls, &beside(seed, &source)).ok()?;
    let mut verdict = Verdict::default();
    let interpreter = Execution::interpreter(&ready.plan);
    let seed = mix(seed ^ 0x5109);
    let (inputs, failure) = trace((&ready, &interpreter), seed, length, false, &mut verdict);
    failure.is_none().then_some((ready.plan, inputs))
}

/// Generates a program and tries it.
pub fn run(seed: u64, plan: Plan) -> Verdict {
    let source = super::program(seed);
    let beside = beside(seed, &source);
    let mut verdict = Verdict::default();
    let made = catch_unwind(|| {
        let ready = ready(&source.decls, &beside)?;
        let native =
            Execution::native(&ready.plan).map_err(|e| vec![format!("internal: {e:?}")])?;
        Ok::<_, Vec<String>>((ready, native))
    });
    let (ready, native) = match made {
        Ok(Ok(made)) => made,
        Ok(Err(problems)) => {
            let text = source.text();
            verdict.failure = Some(format!("rejected: {}\n{text}", problems.join("\n")));
            return verdict;
        }
        Err(e) => {
            verdict.failure = Some(format!(
                "panic while compiling: {}\n{}",
                words(&*e),
                source.text()
            ));
            return verdict;
        }
    };
    coverage::count(
        &source.text(),
        &ready.program,
        &ready.plan,
        &mut verdict.reached,
    );
    verdict.marks.clone_from(&source.marks);
    for number in 0..plan.traces {
        let trace_seed = mix(seed ^ ((number as u64) << 40));
        let tried = (&ready, &native);
        let (inputs, failure) = trace(
            tried,
            trace_seed,
            plan.length,
            number < plan.modelled,
            &mut verdict,
        );
        if let Some(failure) = failure {
            let small = smaller(&source, &beside, inputs, number < plan.modelled, &failure);
            verdict.failure = Some(format!("trace {number}: {small}"));
            break;
        }
    }
    verdict
}

/// One trace: made while the interpreter runs, then given to the others.
fn trace(
    (ready, native): (&Ready, &Execution),
    seed: u64,
    length: usize,
    model: bool,
    verdict: &mut Verdict,
) -> (Vec<Input>, Option<String>) {
    let mut inputs = Vec::new();
    let mut trace = Trace::new(seed, &ready.program, length);
    let run = || {
        let execution = Execution::interpreter(&ready.plan);
        let mut engine = Engine::new(ready.plan.clone(), execution.executor(), Options::all());
        let mut lines = Vec::new();
        while let Some(input) = trace.next_input() {
            inputs.push(input.clone());
            engine.input(input);
            let actions = engine.take_actions();
            trace.saw(&actions);
            for action in &actions {
                count(verdict, action);
                lines.push(action.to_json());
            }
        }
        said(&mut engine, lines)
    };
    let ours = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(ours) => ours,
        Err(e) => return (inputs, Some(format!("panic: {}", words(&*e)))),
    };
    for (mark, times) in trace.marks {
        *verdict.marks.entry(mark).or_default() += times;
    }
    let rest = || against(ready, native, &inputs, &ours, model);
    let failure = catch_unwind(AssertUnwindSafe(rest))
        .unwrap_or_else(|e| Some(format!("panic: {}", words(&*e))));
    (inputs, failure)
}

fn count(verdict: &mut Verdict, action: &journey_runtime::actions::Action) {
    use journey_runtime::actions::ActionKind as Kind;
    verdict.actions += 1;
    let name = match &action.kind {
        Kind::Skip { reason, .. } => format!("skip {reason}"),
        Kind::Refused { reason, .. } => format!("refused {reason}"),
        Kind::Fault { reason, .. } => format!("fault {reason}"),
        Kind::Exit { reason, .. } if matches!(&**reason, "converted" | "while") => {
            format!("exit {reason}")
        }
        other => other.name().to_owned(),
    };
    *verdict.kinds.entry(name).or_default() += 1;
}
