//! A program over the events → what everyone gets, in lines that two versions can be compared by: numbers of
//! actions, keys of sends and places in the source are left out.

use crate::compile::Execution;
use crate::failure::Failure;
use journey_runtime::actions::{Action, ActionKind};
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The events that all versions are run over.
#[derive(Debug)]
pub struct Events {
    pub name: String,
    pub bytes: Vec<u8>,
    pub source: Option<String>,
    pub arrived: i64,
    pub until: Option<i64>,
}

/// Something that happened to a person.
#[derive(Clone, Debug)]
pub struct Line {
    /// of what it is, whenever it happens: the person, the instance, and how many alike came before, in it
    pub print: u64,
    pub action: Action,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

/// A person, a journey, its key.
type Place = (Arc<str>, Arc<str>, Option<String>);

/// When what happened, by its print.
pub type Times = HashMap<u64, i64>;

/// What everyone gets.
#[derive(Debug, Default)]
pub struct Run {
    pub people: BTreeMap<Arc<str>, Vec<Line>>,
    pub times: Times,
    /// how many alike there were
    alike: HashMap<u64, u64>,
    /// when each person's instance of a journey and key began
    entered: HashMap<Place, i64>,
    /// records that could not be taken
    pub dead: u64,
    pub records: u64,
}

/// Runs a program; `whole` keeps the lines, not their prints alone.
pub fn run(execution: &Execution, events: &Events, whole: bool) -> Result<Run, Failure> {
    let outside = |e: &dyn std::fmt::Display| Failure::outside(format!("{}: {e}", events.name));
    let mut intake = Intake::new(&execution.plan, events.source.as_deref())
        .map_err(|e| Failure::usage(e.to_string()))?;
    let mut reader =
        Reader::open(&events.bytes[..], &events.name, intake.format()).map_err(|e| outside(&e))?;
    intake
        .header(reader.columns())
        .map_err(|e| Failure::failed(format!("{}: {e}", events.name)))?;
    let plan = Arc::clone(&execution.plan);
    let mut engine = Engine::new(plan, execution.executor(), Options::all());
    let mut run = Run::default();
    while let Some(taken) = intake
        .next(&mut reader, events.arrived)
        .map_err(|e| outside(&e))?
    {
        run.records += 1;
        match taken {
            Taken::Input(input) => engine.input(input),
            Taken::DeadLetter(_) => run.dead += 1,
        }
        run.take(&mut engine, whole);
    }
    engine.finish(events.until);
    run.take(&mut engine, whole);
    Ok(run)
}

impl Run {
    fn take(&mut self, engine: &mut Engine, whole: bool) {
        for action in engine.take_actions() {
            let at = action.at;
            let instance = self.instance(&action);
            let text = comparable(action.clone()).to_json();
            let whole_print = xxh3_64_with_seed(text.as_bytes(), instance.cast_unsigned());
            let alike = self.alike.entry(whole_print).or_default();
            *alike += 1;
            let print = xxh3_64_with_seed(&whole_print.to_le_bytes(), *alike);
            self.times.insert(print, at);
            if whole {
                let lines = self.people.entry(Arc::clone(&action.profile)).or_default();
                lines.push(Line { print, action });
            }
        }
        self.dead += engine.take_dead_letters().len() as u64;
    }

    /// When the instance began that an action is of: what it does may come at another time and is the same, what
    /// another instance does is not. What begins one, or is refused, is what it is by its own time; 0: of none.
    fn instance(&mut self, action: &Action) -> i64 {
        let Some(of) = action.kind.subject() else {
            return 0;
        };
        if matches!(action.kind, ActionKind::Refused { .. }) {
            return action.at;
        }
        let place = (
            Arc::clone(&action.profile),
            Arc::clone(&of.journey),
            of.key_text.clone(),
        );
        if matches!(action.kind, ActionKind::Enter(_)) {
            self.entered.insert(place, action.at);
            return action.at;
        }
        self.entered.get(&place).copied().unwrap_or(0)
    }
}

/// Without its time, and without what differs between versions and tells nobody anything.
fn comparable(mut action: Action) -> Action {
    action.n = 0;
    action.at = 0;
    match &mut action.kind {
        ActionKind::Send { send, .. } => send.id.clear(),
        ActionKind::Withdraw { id, .. } | ActionKind::Emit { id, .. } => id.clear(),
        ActionKind::Fault { site, .. } => *site = None,
        ActionKind::Postpone { until, .. } => *until = 0,
        ActionKind::Enter(_)
        | ActionKind::Exit { .. }
        | ActionKind::End { .. }
        | ActionKind::Goal(_)
        | ActionKind::Skip { .. }
        | ActionKind::Split { .. }
        | ActionKind::Holdout(_)
        | ActionKind::Decide { .. }
        | ActionKind::Set { .. }
        | ActionKind::Audience { .. }
        | ActionKind::Conversion { .. }
        | ActionKind::Merge { .. }
        | ActionKind::Erase
        | ActionKind::Refused { .. } => {}
    }
    action
}
