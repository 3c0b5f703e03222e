//! Another version over a folder: linked with those that people are still in, logged, carried out, told.

use super::chain::{Chain, Stage};
use super::{Given, Opened, deployment, failed};
use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::graph::Sources;
use crate::terminal;
use journey_compiler::db::{Database, Workspace};
use journey_compiler::hir;
use journey_compiler::load::{File, lone_file, project};
use journey_compiler::{checked, render, versions};
use journey_program::plan::Program;
use journey_program::show;
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

/// What is deployed, put together.
#[derive(Debug)]
pub(super) struct Ready {
    pub chain: Chain,
    pub plan: Arc<Program>,
    /// what histories that are new start from, and from when on if the log does not reach back to the beginning
    pub events: Vec<(PersonNo, Taken)>,
    pub since: Option<i64>,
}

/// Deploys it.
pub(super) fn over(
    mut opened: Opened,
    next: Next,
    (interpret, now): (bool, Option<i64>),
) -> Result<Opened, Failure> {
    let before = Arc::clone(&opened.execution.plan);
    let look = opened.durable.look().map_err(|e| failed(&e))?;
    let ready = next.ready(&before, opened.durable.engine().state(), look.as_ref())?;
    let execution = if interpret {
        Execution::interpreter(&ready.plan)
    } else {
        Execution::native(&ready.plan)?
    };
    let clock = opened.durable.engine().clock().unwrap_or(0);
    let at = now.map_or(clock, |now| now.max(clock));
    let deployment = deployment(&ready.plan, ready.chain.write()?)?;
    let program = (Arc::clone(&ready.plan), execution.executor());
    let deployed = opened.durable.deploy(at, deployment, program, ready.events);
    let deployed = deployed.map_err(|e| failed(&e))?;
    let mut text = format!(
        "note: deployed {} {} over {}\n",
        ready.plan.name, ready.plan.version, before.version
    );
    for ((journey, version), count) in in_flight(&ready.plan, opened.durable.engine().state()) {
        let _ = match version {
            Some(version) => writeln!(text, "  {journey}: {count} stay on {version}"),
            None => writeln!(text, "  {journey}: {count} in flight"),
        };
    }
    tell_rest(&mut text, &deployed, ready.since);
    terminal::complain(&text);
    opened.execution = execution;
    Ok(opened)
}

/// Who is not taken in, and what is counted from when on.
pub(super) fn tell_rest(text: &mut String, deployed: &Deployed, since: Option<i64>) {
    for (journey, count) in &deployed.left_out {
        let _ = writeln!(
            text,
            "  {journey}: {count} are inside already and do not enter (no `including members`)"
        );
    }
    if let Some(since) = since {
        let since = show::time_ms(since);
        let _ = writeln!(
            text,
            "  what is counted anew counts from {since} on: the log reaches no further back"
        );
    }
}

impl Next {
    /// Over a program and a state, with the log that led there.
    pub(super) fn ready(
        self,
        before: &Program,
        state: &State,
        look: Option<&Look>,
    ) -> Result<Ready, Failure> {
        let chain = self.over(before, state);
        let plan = linked(&chain)?;
        let asked = asked_anew(before, &plan);
        let (mut events, mut since) = (Vec::new(), None);
        if let Some(look) = look.filter(|_| !asked.is_empty()) {
            events = look.events().map_err(|e| failed(&e))?;
            events.retain(|(_, event)| asked.contains(&event.event));
            since = look.since();
        }
        Ok(Ready {
            chain,
            plan,
            events,
            since,
        })
    }

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

/// The last version as it runs where those before it ran.
fn linked(chain: &Chain) -> Result<Arc<Program>, Failure> {
    let (program, sources) = meant(chain)?;
    Ok(Arc::new(compile::plan(&program, &sources)?))
}

/// The same before it is compiled, with what it and those before it say.
pub(super) fn meant(chain: &Chain) -> Result<(Arc<hir::Program>, Sources), Failure> {
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
    Ok((program, sources))
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
