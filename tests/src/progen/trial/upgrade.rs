//! A generated program and a random edit of it: a trace runs on the one, the other is deployed in its middle, and
//! the rest runs on both linked together. Native code, the interpreter, the naive model and engines that stop at
//! every input must say the same; and nobody may be stuck, written to twice, or past the newer version's limits.

mod edits;
mod policy;

use super::{Beside, Decl, beside, differ, words};
use crate::irgen::Rng;
use crate::irgen::rng::mix;
use crate::model::Model;
use crate::progen::trace::Trace;
use crate::relay::handed_on;
use journey_cli::compile::{self, Execution};
use journey_compiler::db::{Database, Workspace};
use journey_compiler::diagnostics::Severity;
use journey_compiler::load::{File, MANIFEST, project};
use journey_compiler::{hir, versions};
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::Input;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What came of one pair.
#[derive(Debug, Default)]
pub struct Upgraded {
    pub failure: Option<String>,
    /// it was linked and run; else the edits made no program, or one that the older code doesn't fit
    pub ran: bool,
    /// edits by name, and what happened
    pub counts: BTreeMap<String, u64>,
}

/// Versions as they run, one after the other.
struct Version {
    program: Arc<hir::Program>,
    plan: Arc<Program>,
    native: Execution,
    interpreter: Execution,
    sources: BTreeMap<String, String>,
}

/// What is deployed, and what comes in on the way: before the first deployment, between two, after the last.
#[derive(Clone, Debug)]
struct Run {
    parts: Vec<Vec<Input>>,
    /// when each of the later versions is deployed
    at: Vec<i64>,
}

const TRIES: u64 = 6;

/// An edit of what a source fills would be one of the source too: records are read before any version runs.
fn without_sources(decls: &[Decl]) -> Vec<Decl> {
    let is_source = |decl: &&Decl| !decl.text.starts_with("source ");
    decls.iter().filter(is_source).cloned().collect()
}

/// Generates a pair and tries it.
pub fn run(seed: u64, traces: usize) -> Upgraded {
    let mut verdict = Upgraded::default();
    let source = crate::progen::program(seed);
    let decls = without_sources(&source.decls);
    let beside = beside(seed, &source);
    let mut found = None;
    for attempt in 0..TRIES {
        let mut rng = Rng::new(mix(seed ^ (attempt << 32) ^ 0x0009_6ade));
        let mut names = Vec::new();
        let texts = edits::versions(&mut rng, &decls, attempt, &mut names);
        match catch_unwind(|| linked(&texts, &beside)) {
            Ok(Ok(versions)) => {
                for name in names {
                    *verdict.counts.entry(format!("edit {name}")).or_default() += 1;
                }
                found = Some((texts, versions));
                break;
            }
            Ok(Err(problem)) if problem.starts_with("internal") => {
                verdict.failure = Some(format!("{problem}\n{}", shown(&texts)));
                return verdict;
            }
            Ok(Err(problem)) => {
                let kind = problem.split(':').next().unwrap_or_default();
                *verdict
                    .counts
                    .entry(format!("not run: {kind}"))
                    .or_default() += 1;
            }
            Err(e) => {
                verdict.failure = Some(format!("panic: {}\n{}", words(&*e), shown(&texts)));
                return verdict;
            }
        }
    }
    let Some((texts, versions)) = found else {
        return verdict;
    };
    verdict.ran = true;
    for number in 0..traces {
        let seed = mix(seed ^ ((number as u64) << 40) ^ 0x77aa);
        let made = catch_unwind(AssertUnwindSafe(|| traced(seed, &versions, &mut verdict)));
        let run = match made {
            Ok(run) => run,
            Err(e) => {
                verdict.failure = Some(format!("panic: {}\n{}", words(&*e), shown(&texts)));
                break;
            }
        };
        if let Some(failure) = tried(&versions, &run) {
            verdict.failure = Some(smaller(&versions, &texts, run, failure));
            break;
        }
    }
    verdict
}

/// Versions and what comes in, to be run elsewhere: the plans, the inputs before each deployment and after the last,
/// and when each is.
pub type Deployments = (Vec<Arc<Program>>, Vec<Vec<Input>>, Vec<i64>);

/// None: the seed makes no two versions.
pub fn traced_versions(seed: u64) -> Option<Deployments> {
    let source = crate::progen::program(seed);
    let decls = without_sources(&source.decls);
    let mut rng = Rng::new(mix(seed ^ 0x0009_6ade));
    let texts = edits::versions(&mut rng, &decls, 0, &mut Vec::new());
    let versions = linked(&texts, &beside(seed, &source)).ok()?;
    let run = traced(mix(seed ^ 0x77aa), &versions, &mut Upgraded::default());
    let plans = versions.into_iter().map(|version| version.plan);
    Some((plans.collect(), run.parts, run.at))
}

fn shown(texts: &[Vec<Decl>]) -> String {
    let text =
        |decls: &Vec<Decl>| -> String { decls.iter().map(|d| format!("{}\n", d.text)).collect() };
    texts
        .iter()
        .map(text)
        .collect::<Vec<_>>()
        .join("\n-- deployed over it\n")
}

/// Each version linked over those before it. What stands before a colon says what kind of problem there is.
fn linked(texts: &[Vec<Decl>], beside: &Beside) -> Result<Vec<Version>, String> {
    let db = Database::default();
    let mut before: Option<Workspace> = None;
    let mut all = Vec::new();
    let mut sources = BTreeMap::new();
    for (number, decls) in texts.iter().enumerate() {
        let text: String = decls.iter().map(|d| format!("{}\n", d.text)).collect();
        let named = format!("version = \"1.{number}.0\"");
        let files = beside.iter().map(|file| {
            if file.path != MANIFEST {
                return file.clone();
            }
            let manifest = String::from_utf8_lossy(&file.bytes);
            File::new(
                MANIFEST,
                manifest.replace("version = \"1.0.0\"", &named).as_bytes(),
            )
        });
        let main = File::new("main.journey", text.as_bytes());
        let own = project(&db, files.chain([main]).collect());
        let problems = journey_compiler::check(&db, own);
        let error = problems.iter().find(|d| d.severity == Severity::Error);
        if let Some(error) = error {
            return Err(format!(
                "{} in an edited program: {}",
                error.code, error.message
            ));
        }
        let (workspace, program) = match before {
            None => (
                own,
                journey_compiler::checked(&db, own).ok_or("internal: no program")?,
            ),
            Some(before) => versions::link(&db, before, own).map_err(|problems| {
                let code = problems.first().map_or("", |problem| problem.code);
                format!("{code} in older code: {problems:?}")
            })?,
        };
        before = Some(workspace);
        sources.insert(format!("main.journey@1.{number}.0"), text.clone());
        let mut all_sources = sources.clone();
        all_sources.insert("main.journey".to_owned(), text);
        let plan = compile::plan(&program, &all_sources);
        let plan = Arc::new(plan.map_err(|e| format!("internal: {e:?}"))?);
        let native = Execution::native(&plan).map_err(|e| format!("internal: {e:?}"))?;
        all.push(Version {
            program,
            interpreter: Execution::interpreter(&plan),
            plan,
            native,
            sources: all_sources,
        });
    }
    Ok(all)
}

fn options() -> Options {
    Options {
        remember: true,
        ..Options::all()
    }
}

fn begun(version: &Version, native: bool) -> Engine {
    let execution = version.execution(native);
    Engine::new(version.plan.clone(), execution.executor(), options())
}

impl Version {
    fn execution(&self, native: bool) -> &Execution {
        if native {
            &self.native
        } else {
            &self.interpreter
        }
    }
}

/// Makes the inputs while the interpreter runs.
fn traced(seed: u64, versions: &[Version], verdict: &mut Upgraded) -> Run {
    let mut rng = Rng::new(seed ^ 0xdeb1);
    let mut run = Run {
        parts: vec![Vec::new()],
        at: Vec::new(),
    };
    let length = 16 * versions.len();
    let mut trace = Trace::new(seed, &versions[0].program, length);
    let mut engine = begun(&versions[0], false);
    let mut left = 4 + rng.below(10);
    let mut next = 1;
    loop {
        if left == 0
            && let Some(version) = versions.get(next)
        {
            let at = trace.deploy(&version.program);
            engine.deploy(at, version.plan.clone(), version.interpreter.executor());
            let waiting: usize = engine
                .state()
                .people
                .iter()
                .map(|p| p.instances.len())
                .sum();
            *verdict
                .counts
                .entry("instances carried".to_owned())
                .or_default() += waiting as u64;
            run.at.push(at);
            run.parts.push(Vec::new());
            (next, left) = (next + 1, 3 + rng.below(12));
        } else {
            left = left.saturating_sub(1);
            let Some(input) = trace.next_input() else {
                break;
            };
            run.parts.last_mut().unwrap().push(input.clone());
            engine.input(input);
        }
        let actions = engine.take_actions();
        trace.saw(&actions);
        for action in &actions {
            *verdict
                .counts
                .entry(format!("action {}", action.kind.name()))
                .or_default() += 1;
        }
    }
    run
}

/// One engine through all versions; a new one from bytes for each input, if it stops in between.
fn played(
    versions: &[Version],
    run: &Run,
    native: bool,
    stops: bool,
) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let mut engine = begun(&versions[0], native);
    let mut policy = policy::Policy::default();
    for (number, inputs) in run.parts.iter().enumerate() {
        let version = &versions[number];
        if let Some(at) = number.checked_sub(1).and_then(|n| run.at.get(n)) {
            let before = standing(&versions[number - 1], &engine, *at)?;
            let execution = version.execution(native);
            engine.deploy(*at, version.plan.clone(), execution.executor());
            policy.deployed(&before, &engine)?;
            said(&mut engine, &mut lines, &mut policy)?;
        }
        for input in inputs {
            if stops {
                let state = handed_on(engine.state())?;
                engine = begun(version, native).with_state(state);
            }
            engine.input(input.clone());
            said(&mut engine, &mut lines, &mut policy)?;
        }
    }
    policy.end(&engine)?;
    Ok(lines)
}

/// Where everybody stands as the deployment begins: what is due before it has happened.
fn standing(version: &Version, engine: &Engine, at: i64) -> Result<BTreeMap<u64, String>, String> {
    let mut state = handed_on(engine.state())?;
    // what is held back has its turn after the deployment
    state.held.clear();
    let mut other = begun(version, false).with_state(state);
    if engine.clock().is_none_or(|clock| at > clock) {
        other.advance(at - 1);
    }
    Ok(policy::standing(&other))
}

fn said(
    engine: &mut Engine,
    lines: &mut Vec<String>,
    policy: &mut policy::Policy,
) -> Result<(), String> {
    for letter in engine.take_dead_letters() {
        lines.push(format!("{:?} {}", letter.reason, letter.input.id()));
    }
    for action in engine.take_actions() {
        lines.push(action.to_json());
        policy.saw(&action, engine.program())?;
    }
    Ok(())
}

fn modelled(versions: &[Version], run: &Run) -> Vec<String> {
    let mut model = Model::new(&versions[0].program);
    model.sources = versions[0].sources.clone();
    for (number, inputs) in run.parts.iter().enumerate() {
        if let Some(at) = number.checked_sub(1).and_then(|n| run.at.get(n)) {
            let version = &versions[number];
            model.deploy(*at, &version.program, version.sources.clone());
        }
        for input in inputs {
            model.input(input.clone());
        }
    }
    let lines = model.lines.iter().enumerate();
    lines.map(|(n, line)| line.json(n as u64)).collect()
}

/// What goes wrong on a run, if anything does.
fn tried(versions: &[Version], run: &Run) -> Option<String> {
    let all = || {
        let ours = match played(versions, run, false, false) {
            Ok(ours) => ours,
            Err(problem) => return Some(format!("policy: {problem}")),
        };
        for (what, native, stops) in [
            ("native differs", true, false),
            ("stops differ", false, true),
        ] {
            match played(versions, run, native, stops) {
                Ok(theirs) => {
                    if let Some(difference) = differ(what, &ours, &theirs) {
                        return Some(difference);
                    }
                }
                Err(problem) => return Some(format!("{what}: {problem}")),
            }
        }
        let ours: Vec<String> = ours.into_iter().filter(|l| l.starts_with('{')).collect();
        differ("model differs", &ours, &modelled(versions, run))
    };
    catch_unwind(AssertUnwindSafe(all)).unwrap_or_else(|e| Some(format!("panic: {}", words(&*e))))
}

/// Leaves out inputs as long as the same kind of failure stays.
fn smaller(versions: &[Version], texts: &[Vec<Decl>], mut run: Run, mut failure: String) -> String {
    let kind = failure.lines().next().unwrap_or_default().to_owned();
    for part in 0..run.parts.len() {
        for place in (0..run.parts[part].len()).rev() {
            let mut fewer = run.clone();
            fewer.parts[part].remove(place);
            if let Some(other) = tried(versions, &fewer).filter(|f| f.starts_with(&kind)) {
                (run, failure) = (fewer, other);
            }
        }
    }
    let mut inputs = String::new();
    for (number, part) in run.parts.iter().enumerate() {
        if let Some(at) = number.checked_sub(1).and_then(|n| run.at.get(n)) {
            inputs += &format!("  deploy at {}\n", journey_program::show::time_ms(*at));
        }
        for input in part {
            inputs += &format!("  {input:?}\n");
        }
    }
    format!("{failure}\n{}\n{inputs}", edits::difference(texts))
}
