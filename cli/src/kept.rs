//! A state folder as the commands open it: with the program that it goes on with, or with another one, which is
//! then deployed over it. The folder keeps every program that its records are of, and what each was compiled from,
//! so the program at hand may be the folder's own: linked with what is still needed of the versions before it.

mod chain;
mod deploy;
mod foresee;

pub use foresee::foreseen;

use crate::compile::Execution;
use crate::disk::Folder;
use crate::failure::Failure;
use crate::graph::Sources;
use crate::rights::master;
use crate::terminal;
use chain::Chain;
use journey_compiler::hir;
use journey_program::artifact;
use journey_program::host::Executor;
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::store::bugs::Bugs;
use journey_runtime::store::{
    Deployment, Disk, Durable, Execute, Out, Settings, StoreError, interpreted, program_in,
    program_of, sources_in,
};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// A program as it was named on the command line.
#[derive(Debug)]
pub struct Given {
    pub execution: Execution,
    /// the project's files; None: it is an artifact
    pub sources: Option<Sources>,
}

/// How a folder is opened.
#[derive(Debug)]
pub struct Terms {
    pub options: Options,
    pub interpret: bool,
    /// another program than the folder's takes over
    pub deploy: bool,
    /// the instant of a deployment, where the folder's clock is not past it
    pub now: Option<i64>,
    pub actions: Option<Out>,
    pub dead_letters: Option<Out>,
}

/// A folder that is ready, and the program that runs in it.
#[derive(Debug)]
pub struct Opened {
    pub durable: Durable<Folder>,
    pub execution: Execution,
}

pub fn open(mut folder: Folder, given: Given, terms: Terms) -> Result<Opened, Failure> {
    let own = deployment(&given.execution.plan, Vec::new())?;
    let running = program_of(&mut folder).map_err(|e| failed(&e))?;
    let Some(running) = running.filter(|running| *running != own.hash) else {
        let chain = Chain::of(&given, own.hash);
        let deployment = Deployment {
            sources: chain.map_or_else(|| Ok(Vec::new()), |chain| chain.write())?,
            ..own
        };
        return begin(folder, given.execution, deployment, terms);
    };
    let kept = sources_in(&mut folder, &running).map_err(|e| failed(&e))?;
    let chain = kept.as_deref().map(Chain::read).transpose()?;
    let plan = program_in(&mut folder, &running).map_err(|e| failed(&e))?;
    let deployment = deployment(&plan, kept.unwrap_or_default())?;
    let name = deployment.name.clone();
    let same = chain.as_ref().is_some_and(|chain| chain.is_at(own.hash));
    if !same && !terms.deploy {
        return Err(Failure::failed(format!(
            "the state is of the program `{name}`, this is `{}`: run that one, or deploy this one over it by \
             `--deploy` (`journey plan OLD NEW --state DIR` says what it would do)",
            own.name
        )));
    }
    let execution = if terms.interpret {
        Execution::interpreter(&plan)
    } else {
        Execution::native(&plan)?
    };
    if same {
        return begin(folder, execution, deployment, terms);
    }
    let (interpret, now) = (terms.interpret, terms.now);
    let next = deploy::next(chain, &given, own.hash, &plan)?;
    let opened = begin(folder, execution, deployment, terms)?;
    deploy::over(opened, next, (interpret, now))
}

fn begin(
    folder: Folder,
    execution: Execution,
    deployment: Deployment,
    terms: Terms,
) -> Result<Opened, Failure> {
    let engine = Engine::new(execution.plan.clone(), execution.executor(), terms.options);
    let settings = Settings {
        deployment,
        execute: execute(terms.interpret),
        salt: salt(),
        actions: terms.actions,
        dead_letters: terms.dead_letters,
        cache: None,
        sealing: master::sealing()?,
        bugs: Bugs::default(),
    };
    let mut durable = Durable::open(folder, engine, settings).map_err(|e| failed(&e))?;
    if !durable.reserve().map_err(|e| failed(&e))? {
        terminal::complain("note: the disk is nearly full: no room is kept to erase people\n");
    }
    for note in durable.notes() {
        terminal::complain(&format!("note: {note}\n"));
    }
    Ok(Opened { durable, execution })
}

fn execute(interpret: bool) -> Execute {
    if interpret { interpreted } else { compiled }
}

fn compiled(plan: &Arc<Program>) -> Result<Box<dyn Executor>, String> {
    let execution = Execution::native(plan).map_err(|e| e.message)?;
    Ok(execution.executor())
}

/// The tables alone: native code is another form of the same program.
fn deployment(plan: &Program, sources: Vec<u8>) -> Result<Deployment, Failure> {
    let internal =
        |e: &dyn std::fmt::Display| Failure::failed(format!("internal error: no artifact: {e}"));
    let artifact = artifact::write(plan, &[]).map_err(|e| internal(&e))?;
    let hash = artifact::hash(&artifact).map_err(|e| internal(&e))?;
    Ok(Deployment {
        hash,
        name: Deployment::name(plan, &hash),
        artifact,
        sources,
    })
}

/// Chance enough that nobody guesses the prints of erased identifiers.
fn salt() -> String {
    let word = || RandomState::new().hash_one(0u8);
    format!("{:016x}{:016x}", word(), word())
}

/// What ends a command whose folder can't be used.
pub fn failed(error: &StoreError) -> Failure {
    match error {
        StoreError::Program { .. }
        | StoreError::Kinds { .. }
        | StoreError::Entry(_)
        | StoreError::Execution(_) => Failure::failed(error.to_string()),
        StoreError::Io { .. }
        | StoreError::Damaged { .. }
        | StoreError::Format { .. }
        | StoreError::Flags { .. }
        | StoreError::Build { .. }
        | StoreError::Output { .. }
        | StoreError::Input { .. }
        | StoreError::Sealed
        | StoreError::Master { .. }
        | StoreError::Keys { .. }
        | StoreError::Ended => Failure::outside(error.to_string()),
    }
}

/// What a program of the folder was compiled from. None: the folder does not know, or this build no longer takes it.
pub fn meant<D: Disk>(
    disk: &mut D,
    program: &[u8; 32],
) -> Result<Option<(Arc<hir::Program>, Sources)>, Failure> {
    let kept = sources_in(disk, program).map_err(|e| failed(&e))?;
    let chain = kept.as_deref().map(Chain::read).transpose()?;
    Ok(chain.and_then(|chain| deploy::meant(&chain).ok()))
}
