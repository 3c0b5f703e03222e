//! `run --state`: the same run over a folder that keeps what has happened. A thread beside it syncs the log.

use super::{Source, broken, tell};
use crate::args::RunArgs;
use crate::disk::{Folder, Outside, Syncing};
use crate::failure::Failure;
use crate::kept::{Given, Opened, failed};
use crate::terminal;
use journey_runtime::engine::Options;
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, IntakeError};
use journey_runtime::run::Terms;
use journey_runtime::run::kept::{self, KeptError, Named};
use journey_runtime::store::{ACTIONS, DEAD_LETTERS, Out};
use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::Path;

pub(super) fn run(
    args: &RunArgs,
    state: &Path,
    given: Given,
    options: Options,
    terms: Terms,
    (input, name, size): Source,
) -> Result<(), Failure> {
    // what is wrong with the input is said before the folder is touched
    let usage = |e: IntakeError| Failure::usage(e.to_string());
    let format = Intake::new(&given.execution.plan, args.source.as_deref()).map_err(usage)?;
    let input = BufReader::with_capacity(super::READ_BUFFER_BYTES, input);
    let mut reader =
        Reader::open(input, &name, format.format()).map_err(|e| broken(&args.events, &e))?;
    let files = outside(args.actions.as_deref(), args.dead_letters.as_deref());
    let folder = Folder::open(state, files)?;
    let opening = crate::kept::Terms {
        options,
        interpret: args.interpret,
        deploy: args.deploy,
        now: None,
        actions: args.actions.as_deref().map(out),
        dead_letters: args.dead_letters.as_deref().map(out),
    };
    let Opened {
        mut durable,
        execution,
    } = crate::kept::open(folder, given, opening)?;
    let mut intake = Intake::new(&execution.plan, args.source.as_deref()).map_err(usage)?;
    let (began, progress) = (tell::stopwatch(), tell::Progress::new(size));
    let named = Named {
        name: &name,
        source: args.source.as_deref(),
    };
    let mut thread = Syncing::new(Box::new(|| {}));
    let done = kept::run(
        &mut durable,
        &mut thread,
        &mut intake,
        &mut reader,
        named,
        terms,
        &mut |position| progress.at(position),
    );
    progress.done();
    let done = done.map_err(|e| match e {
        KeptError::Intake(e) => Failure::failed(format!("{}: {e}", args.events.display())),
        KeptError::Store(e) => failed(&e),
    })?;
    terminal::complain(&done.summary.render(Some(began.elapsed())));
    match done.broken {
        None => Ok(()),
        Some(error) => Err(broken(&args.events, &error)),
    }
}

/// A device or a pipe can't be cut back, and so is written to once more after a stop.
pub(in crate::commands) fn out(path: &Path) -> Out {
    let device = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    Out {
        name: path.to_string_lossy().into_owned(),
        file: path != Path::new("-") && !device,
    }
}

pub(in crate::commands) fn outside(
    actions: Option<&Path>,
    dead_letters: Option<&Path>,
) -> BTreeMap<&'static str, Outside> {
    let both = [(ACTIONS, actions), (DEAD_LETTERS, dead_letters)];
    let named = both.into_iter().filter_map(|(name, path)| {
        let path = path?;
        let outside = if path == Path::new("-") {
            Outside::Out
        } else {
            Outside::Path(path.to_owned())
        };
        Some((name, outside))
    });
    named.collect()
}
