//! `journey run`: events in, actions out, then done. The run itself is the runtime's; here are its files.

pub(super) mod kept;
pub(super) mod load;
pub(super) mod output;
pub(super) mod tell;

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::terminal;
use journey_runtime::actions::KINDS;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::Intake;
use journey_runtime::intake::convert::instant::{Parsed, parse};
use journey_runtime::intake::reader::{ReadError, Reader};
use journey_runtime::run::{self, RunError, Terms};
use output::Output;
use std::io::BufReader;
use std::path::Path;
use tell::Progress;

const READ_BUFFER_BYTES: usize = 1 << 16;

pub fn run(args: &RunArgs, coloured: bool) -> Result<(), Failure> {
    let until = args.until.as_deref().map(instant).transpose()?;
    let options = options(args)?;
    let given = load::given(&args.path, &args.trust, args.interpret, coloured)?;
    let terms = Terms {
        arrived: tell::now_ms(),
        until,
    };
    if let Some(state) = &args.state {
        let source = open(&args.events)?;
        return kept::run(args, state, given, options, terms, source);
    }
    let execution = given.execution;
    let mut intake = Intake::new(&execution.plan, args.source.as_deref())
        .map_err(|e| Failure::usage(e.to_string()))?;
    let mut engine = Engine::new(execution.plan.clone(), execution.executor(), options);
    let (input, name, size) = open(&args.events)?;
    let input = BufReader::with_capacity(READ_BUFFER_BYTES, input);
    let mut reader =
        Reader::open(input, &name, intake.format()).map_err(|e| broken(&args.events, &e))?;
    let mut actions = Output::open(args.actions.as_deref())?;
    let mut dead_letters = Output::open(args.dead_letters.as_deref())?;
    let (began, progress) = (tell::stopwatch(), Progress::new(size));
    let done = run::run(
        &mut engine,
        &mut intake,
        &mut reader,
        terms,
        &mut actions,
        &mut dead_letters,
        &mut |position| progress.at(position),
    );
    progress.done();
    let done = match done {
        Ok(done) => done,
        Err(RunError::Intake(e)) => {
            return Err(Failure::failed(format!("{}: {e}", args.events.display())));
        }
        Err(RunError::Write {
            output,
            whole,
            error,
        }) => {
            let which = match output {
                run::Output::Actions => &mut actions,
                run::Output::DeadLetters => &mut dead_letters,
            };
            return Err(which.failed(whole, &error));
        }
    };
    actions.end()?;
    dead_letters.end()?;
    terminal::complain(&done.summary.render(Some(began.elapsed())));
    match done.broken {
        None => Ok(()),
        Some(error) => Err(broken(&args.events, &error)),
    }
}

fn broken(path: &Path, error: &ReadError) -> Failure {
    Failure::outside(format!("{}: {error}", path.display()))
}

pub(super) type Source = (Box<dyn std::io::Read>, String, Option<u64>);

/// The input, its name, its size if it is known.
pub(super) fn open(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(std::io::stdin()), "-".to_owned(), None));
    }
    let file = std::fs::OpenOptions::new().read(true).open(path);
    let file = file.map_err(|e| Failure::file("read", path, &e))?;
    let size = file
        .metadata()
        .ok()
        .filter(std::fs::Metadata::is_file)
        .map(|m| m.len());
    Ok((Box::new(file), path.to_string_lossy().into_owned(), size))
}

pub(crate) fn instant(text: &str) -> Result<i64, Failure> {
    match parse(text) {
        Some(Parsed::Instant(at)) => Ok(at),
        Some(Parsed::Local(_)) | None => Err(Failure::usage(format!(
            "`{text}` is no instant: write it as 2026-02-01T00:00:00Z"
        ))),
    }
}

fn options(args: &RunArgs) -> Result<Options, Failure> {
    let mut options = Options::default();
    for kind in args.actions_include.iter().chain(&args.actions_exclude) {
        if !KINDS.contains(&kind.as_str()) {
            let near = journey_compiler::nearest(kind, KINDS.iter().copied());
            let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
            return Err(Failure::usage(format!(
                "there is no kind of action `{kind}`{hint}"
            )));
        }
    }
    options.include.extend(args.actions_include.iter().cloned());
    for kind in &args.actions_exclude {
        options.include.remove(kind);
    }
    Ok(options)
}
