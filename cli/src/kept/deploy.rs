//! Another version over a folder: linked with those that people are still in, logged, carried out, told.

use super::chain::{Chain, Stage};
use super::{Given, Opened, deployment, failed};
use crate::compile::{self, Execution};
use crate::disk::Folder;
use crate::failure::Failure;
use crate::graph::Sources;
use crate::terminal;
use journey_compiler::db::{Database, Workspace};
use journey_compiler::hir;
use journey_compiler::load::{File, lone_file, project};
use journey_compiler::{checked, render, versions};
use journey_program::plan::Program;
use journey_program::show;
use journey_program::types::EventId;
use journey_runtime::engine::{Deployed, asked_anew};
use journey_runtime::state::{Instance, PersonNo, State, Taken};
use journey_runtime::store::looking::Look;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// How many are in each journey, by its name and the older version that it is kept of.
type Flights = BTreeMap<(String, Option<String>), u64>;

/// What is to be deployed, once it is known who is still in what.
#[derive(Debug)]
pub(super) struct Next {
    chain: Chain,
    stage: Stage,
}

/// Both sources are known, and the versions differ.
pub(super) fn next(
    chain: Option<Chain>,
    given: &Given,
    own: [u8; 32],
    running: &Program,
) -> Result<Next, Failure> {
    let unknown = |what: &str| {
        Failure::failed(format!(
            "{what} was built before, so what it was compiled from is not known: a deployment needs the project's \
             folder on both sides"
        ))
    };
    let chain = chain.ok_or_else(|| unknown("the state's program"))?;
    let stage = Stage::of(given, own).ok_or_else(|| unknown("this program"))?;
    if chain.stages.iter().any(|old| old.version == stage.version) {
        return Err(Failure::failed(format!(
            "the state has been run with another version {} of `{}`: give this one a `version` of its own in \
             `journey.toml`",
            stage.version, running.name
        )));
    }
    Ok(Next { chain, stage })
}

/// Deploys it.
pub(super) fn over(
    mut opened: Opened,
    next: Next,
    (interpret, now): (bool, Option<i64>),
) -> Result<Opened, Failure> {
    let before = Arc::clone(&opened.execution.plan);
    let chain = next.over(&before, opened.durable.engine().state());
    let (plan, _) = linked(&chain)?;
    let execution = if interpret {
        Execution::interpreter(&plan)
    } else {
        Execution::native(&plan)?
    };
    let asked = asked_anew(&before, &plan);
    let (events, since) = if asked.is_empty() {
        (Vec::new(), None)
    } else {
        remembered(opened.durable.disk(), &asked)?
    };
    let clock = opened.durable.engine().clock().unwrap_or(0);
    let at = now.map_or(clock, |now| now.max(clock));
    let deployment = deployment(&plan, chain.write()?)?;
    let deployed = opened
        .durable
        .deploy(
            at,
            deployment,
            (Arc::clone(&plan), execution.executor()),
            events,
        )
        .map_err(|e| failed(&e))?;
    let after = in_flight(&plan, opened.durable.engine().state());
    terminal::complain(&told(&before, &plan, &after, &deployed));
    if let Some(since) = since {
        let since = show::time_ms(since);
        terminal::complain(&format!(
            "  what is counted anew counts from {since} on: the log reaches no further back\n"
        ));
    }
    opened.execution = execution;
    Ok(opened)
}

/// What the log holds of these events, and from when on if not all.
fn remembered(
    folder: &mut Folder,
    asked: &BTreeSet<EventId>,
) -> Result<(Vec<(PersonNo, Taken)>, Option<i64>), Failure> {
    let look = Look::into(folder).map_err(|e| failed(&e))?;
    let Some(look) = look else {
        return Ok((Vec::new(), None));
    };
    let mut events = look.events().map_err(|e| failed(&e))?;
    events.retain(|(_, event)| asked.contains(&event.event));
    Ok((events, look.since()))
}

impl Next {
    /// It over the versions that somebody is still in, and over the last.
    fn over(self, running: &Program, state: &State) -> Chain {
        // an instance that has ended may still wait for its goal
        let needed: BTreeSet<String> = counted(running, state, |_| true)
            .into_keys()
            .filter_map(|(_, version)| version)
            .collect();
        let last = self.chain.stages.len().saturating_sub(1);
        let stages = self.chain.stages.into_iter().enumerate();
        let needed = stages.filter(|(n, stage)| *n == last || needed.contains(&stage.version));
        let mut stages: Vec<Stage> = needed.map(|(_, stage)| stage).collect();
        stages.push(self.stage);
        Chain { stages }
    }
}

/// Those who are on the way.
fn in_flight(plan: &Program, state: &State) -> Flights {
    counted(plan, state, |instance| instance.ended.is_none())
}

fn counted(plan: &Program, state: &State, is_meant: impl Fn(&Instance) -> bool) -> Flights {
    let mut found = Flights::new();
    let people = state.people.iter();
    let instances = people.flat_map(|person| person.instances.values());
    for instance in instances.filter(|instance| is_meant(instance)) {
        let Some(journey) = plan.journeys.get(instance.journey.index()) else {
            continue;
        };
        let name = versions::own_name(&journey.name).0.to_owned();
        *found.entry((name, journey.version.clone())).or_default() += 1;
    }
    found
}

/// The last version as it runs where those before it ran, with what it and they say.
pub(super) fn linked(chain: &Chain) -> Result<(Arc<Program>, Sources), Failure> {
    let db = Database::default();
    let mut before: Option<(Workspace, Arc<hir::Program>)> = None;
    let mut sources = Sources::new();
    for (number, stage) in chain.stages.iter().enumerate() {
        let own = workspace(&db, stage);
        let is_last = number + 1 == chain.stages.len();
        for (path, text) in &stage.files {
            let path = if is_last {
                path.clone()
            } else {
                format!("{path}@{}", stage.version)
            };
            sources.insert(path, text.clone());
        }
        before = Some(match before {
            None => {
                let program = checked(&db, own);
                let program = program.ok_or_else(|| {
                    Failure::failed(format!(
                        "the version {} that runs no longer checks with this build of `journey`: deploy with the \
                         build that it was deployed with",
                        stage.version
                    ))
                })?;
                (own, program)
            }
            Some((before, _)) => versions::link(&db, before, own).map_err(|problems| {
                terminal::complain(&render::text(&problems, &sources, false));
                Failure::failed(format!(
                    "{} can't be deployed: who is in an older version could not go on",
                    stage.version
                ))
            })?,
        });
    }
    let (_, program) = before.ok_or_else(|| Failure::failed("internal error: no version"))?;
    let plan = compile::plan(&program, &sources)?;
    Ok((Arc::new(plan), sources))
}

fn workspace(db: &Database, stage: &Stage) -> Workspace {
    let mut files = stage
        .files
        .iter()
        .map(|(path, text)| File::new(path.clone(), text.as_bytes()));
    if stage.lone
        && stage.files.len() == 1
        && let Some(file) = files.next()
    {
        return lone_file(db, file);
    }
    project(db, files.collect())
}

/// What was deployed, and what that means for those who are on the way.
fn told(before: &Program, after: &Program, in_flight: &Flights, deployed: &Deployed) -> String {
    let mut text = format!(
        "note: deployed {} {} over {}\n",
        after.name, after.version, before.version
    );
    for ((journey, version), count) in in_flight {
        let _ = match version {
            Some(version) => writeln!(text, "  {journey}: {count} stay on {version}"),
            None => writeln!(text, "  {journey}: {count} in flight"),
        };
    }
    for (journey, count) in &deployed.left_out {
        let _ = writeln!(
            text,
            "  {journey}: {count} are inside already and do not enter (no `including members`)"
        );
    }
    text
}
