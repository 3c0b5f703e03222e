//! What a deployment over a folder would do, found by doing it in memory.

use super::chain::Chain;
use super::deploy::{next, tell_rest};
use super::{Given, deployment, failed};
use crate::compile::Execution;
use crate::disk::Seeing;
use crate::failure::Failure;
use crate::looking::Looked;
use journey_compiler::versions::own_name;
use journey_program::plan::Program;
use journey_program::show;
use journey_runtime::state::State;
use journey_runtime::store::sources_in;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// An instance on its way: its journey, and the older version that it is kept of.
type OnTheWay = BTreeMap<u64, (String, Option<String>)>;

pub fn foreseen(folder: &Path, old: &Given, new: &Given) -> Result<String, Failure> {
    let looked = Looked::at(folder)?;
    let running = looked.look.running();
    let kept = sources_in(&mut Seeing::of(folder)?, &running).map_err(|e| failed(&e))?;
    let chain = kept.as_deref().map(Chain::read).transpose()?;
    let own = |given: &Given| deployment(&given.execution.plan, Vec::new());
    let (old, next_own) = (own(old)?, own(new)?);
    if old.hash != running && !chain.as_ref().is_some_and(|chain| chain.is_at(old.hash)) {
        let name = deployment(&looked.program, Vec::new())?.name;
        return Err(Failure::failed(format!(
            "`{}` does not run in `{}`: that is `{name}`",
            old.name,
            folder.display()
        )));
    }
    let next = next(chain, new, next_own.hash, &looked.program)?;
    let mut engine = looked.engine;
    let before = on_the_way(&looked.program, engine.state());
    let ready = next.ready(&looked.program, engine.state(), Some(&looked.look))?;
    let at = engine.clock().unwrap_or(0);
    let execution = Execution::interpreter(&ready.plan);
    let events = ready.events.len();
    let program = Arc::clone(&ready.plan);
    let deployed = engine.deploy_from(at, program, execution.executor(), ready.events);
    let after = on_the_way(&ready.plan, engine.state());

    let mut text = format!("in flight at {}\n", show::time_ms(at));
    let version = &looked.program.version;
    for ((journey, fate), count) in fates(&before, &after, (version, &ready.plan)) {
        let _ = writeln!(text, "  {journey}: {count} {fate}");
    }
    if events > 0 {
        let _ = writeln!(text, "  counted anew from the log: {events} events");
    }
    tell_rest(&mut text, &deployed, ready.since);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for action in engine.take_actions() {
        *kinds.entry(action.kind.name()).or_default() += 1;
    }
    for (kind, count) in kinds {
        let _ = writeln!(text, "  at once: {count} {kind}");
    }
    Ok(text)
}

fn on_the_way(plan: &Program, state: &State) -> OnTheWay {
    let instances = state
        .people
        .iter()
        .flat_map(|person| person.instances.values());
    let there = instances.filter(|instance| instance.ended.is_none());
    let named = there.filter_map(|instance| {
        let journey = plan.journeys.get(instance.journey.index())?;
        let name = own_name(&journey.name).0.to_owned();
        Some((instance.no, (name, journey.version.clone())))
    });
    named.collect()
}

/// What becomes of those who are on the way, and who comes in: how many of each.
fn fates(
    before: &OnTheWay,
    after: &OnTheWay,
    (running, plan): (&str, &Program),
) -> BTreeMap<(String, String), usize> {
    let leads = |journey: &str, from: &str| {
        let mut plans = plan.journeys.iter().filter(|plan| plan.name == journey);
        plans.any(|plan| plan.migrations.iter().any(|way| way.from == from))
    };
    let mut fates: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (no, (journey, was)) in before {
        let from = was.as_deref().unwrap_or(running);
        let fate = match (after.get(no), leads(journey, from)) {
            (Some((_, Some(kept))), _) => format!("stay on {kept}"),
            (Some((_, None)), true) => format!("are carried over from {from}"),
            (Some((_, None)), false) => "go on".to_owned(),
            (None, true) => format!("are carried over from {from} and end"),
            (None, false) => "end".to_owned(),
        };
        *fates.entry((journey.clone(), fate)).or_default() += 1;
    }
    for (_, (journey, _)) in after.iter().filter(|(no, _)| !before.contains_key(no)) {
        *fates
            .entry((journey.clone(), "enter".to_owned()))
            .or_default() += 1;
    }
    fates
}
