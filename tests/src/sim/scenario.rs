//! What a life of crashes is about: programs that are deployed one over the other, what comes in, and what an engine
//! in memory that nobody disturbs makes of it.

use super::SALT;
use crate::irgen::Rng;
use crate::progen::trial::{self, upgrade};
use journey_program::artifact;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_program::types::{DecisionId, Type, Value};
use journey_runtime::actions::Action;
use journey_runtime::engine::{Engine, Options, asked_anew};
use journey_runtime::input::{Asked, Input};
use journey_runtime::run::refusal;
use journey_runtime::state::{PersonNo, State, Taken};
use journey_runtime::store::{Deployment, Entry};
use std::sync::Arc;

/// What comes in, with what must come of it.
#[derive(Debug)]
pub struct Scenario {
    pub(super) versions: Vec<Version>,
    /// by record
    pub(super) records: Vec<Vec<Entry>>,
    pub(super) end: Vec<Entry>,
    pub(super) actions: Vec<u8>,
    pub(super) dead_letters: Vec<u8>,
    pub(super) state: State,
}

/// A program, and how many records come before it.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) program: Arc<Program>,
    pub(super) deployment: Deployment,
    pub(super) from: u64,
    pub(super) at: i64,
    /// what its new histories start from
    pub(super) events: Vec<(PersonNo, Taken)>,
}

impl Version {
    fn of(program: Arc<Program>, (from, at): (usize, i64)) -> Self {
        let artifact = artifact::write(&program, &[]).unwrap();
        let hash = artifact::hash(&artifact).unwrap();
        Self {
            deployment: Deployment {
                hash,
                name: Deployment::name(&program, &hash),
                artifact,
                sources: b"sources".to_vec(),
            },
            program,
            from: from as u64,
            at,
            events: Vec::new(),
        }
    }

    pub(super) fn engine(&self) -> Engine {
        let executor = Box::new(Interpreter::new(Arc::clone(&self.program)));
        Engine::new(Arc::clone(&self.program), executor, options())
    }
}

fn options() -> Options {
    Options {
        salt: SALT.to_owned(),
        ..Options::all()
    }
}

/// One program. None: the generator made no inputs for it.
pub fn scenario(seed: u64) -> Option<Scenario> {
    let (program, inputs) = trial::traced(seed, 40)?;
    Some(of(seed, (vec![program], vec![inputs], Vec::new())))
}

/// Several versions. None: the generator made no second one.
pub fn deployed(seed: u64) -> Option<Scenario> {
    Some(of(seed, upgrade::traced_versions(seed)?))
}

fn of(seed: u64, (plans, parts, at): upgrade::Deployments) -> Scenario {
    let mut rng = Rng::new(seed);
    let mut records: Vec<Vec<Entry>> = Vec::new();
    let mut versions = Vec::new();
    let until = parts.iter().flatten().map(Input::at).max().unwrap_or(0);
    let at = std::iter::once(0).chain(at);
    for ((program, inputs), at) in plans.into_iter().zip(parts).zip(at) {
        let from = records.len();
        versions.push(Version::of(Arc::clone(&program), (from, at)));
        for input in inputs {
            if rng.chance(5) {
                let line = format!("{{\"record\":{}}}", records.len());
                records.push(vec![Entry::Refused(line)]);
            }
            let asked = touchpoint(&mut rng, &program, &input);
            let entry = Entry::Input(input);
            match records.get_mut(from..).and_then(<[_]>::last_mut) {
                // one record may make several inputs
                Some(last) if rng.chance(10) => last.push(entry),
                Some(_) | None => records.push(vec![entry]),
            }
            if let Some(asked) = asked.filter(|_| rng.chance(25)) {
                records.push(vec![Entry::Asked(asked)]);
            }
        }
    }
    let end = vec![
        Entry::Release,
        Entry::Input(Input::Clock(until + 86_400_000)),
    ];
    let scenario = Scenario {
        versions,
        records,
        end,
        actions: Vec::new(),
        dead_letters: Vec::new(),
        state: State::default(),
    };
    undisturbed(scenario)
}

/// What a touchpoint asks for when an input's person is there. None: there is nothing to ask, or nobody.
fn touchpoint(rng: &mut Rng, program: &Program, input: &Input) -> Option<Asked> {
    let ids = match input {
        Input::Event(event) => &event.ids,
        Input::Profile(profile) => &profile.ids,
        Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => return None,
    };
    if program.decisions.is_empty() || ids.is_empty() {
        return None;
    }
    let decision = rng.below(program.decisions.len());
    let args = program
        .records
        .get(program.decisions[decision].args.index());
    let fields = args.map_or(&[][..], |args| &args.fields);
    Some(Asked {
        at: input.at().saturating_sub(program.settings.reorder_ms),
        ids: ids.clone(),
        decision: DecisionId::new(decision),
        args: fields
            .iter()
            .map(|field| some(rng, program, &field.ty))
            .collect(),
    })
}

/// A value of a type.
fn some(rng: &mut Rng, program: &Program, ty: &Type) -> Value {
    match ty {
        Type::Error | Type::Span | Type::Optional(_) => Value::Unknown,
        Type::Bool => Value::Bool(rng.chance(50)),
        Type::Int => Value::Int(rng.small()),
        Type::IntIn(low, _) => Value::Int(*low),
        Type::Number => Value::Number(rng.small() as f64),
        Type::NumberIn(low, _) => Value::Number(f64::from_bits(*low)),
        Type::Money(currency) => Value::Money(rng.below(5_000) as i64, *currency),
        Type::Text => Value::Text("text".to_owned()),
        Type::Time => Value::Time(0),
        Type::Date => Value::Date(0),
        Type::Clock => Value::Clock(0),
        Type::Duration => Value::Duration(0),
        Type::Timezone => Value::Timezone("UTC".to_owned()),
        Type::Enum(id) | Type::Offer(id) => {
            let values = program.enums[id.index()].values.len();
            Value::Enum(*id, rng.below(values) as u32)
        }
        Type::Record(id) => {
            let fields = &program.records[id.index()].fields;
            let values = fields.iter().map(|field| some(rng, program, &field.ty));
            Value::Record(*id, values.collect())
        }
        Type::List(_) => Value::List(Vec::new()),
    }
}

/// What must come of it. An engine beside it remembers the events, for what later versions ask anew.
fn undisturbed(mut scenario: Scenario) -> Scenario {
    let Some(first) = scenario.versions.first() else {
        return scenario;
    };
    let (mut all, mut beside) = (first.engine(), first.engine());
    beside.remember_events();
    let (mut actions, mut dead_letters) = (Vec::new(), Vec::new());
    let mut next = 1;
    let ends = std::iter::once(&scenario.end);
    for (number, record) in scenario.records.iter().chain(ends).enumerate() {
        while let Some(version) = scenario.versions.get_mut(next)
            && version.from <= number as u64
        {
            let asked = asked_anew(all.program(), &version.program);
            let mut events = beside.state().remembered.clone();
            events.retain(|(_, event)| asked.contains(&event.event));
            version.events = events.clone();
            let executor = || Box::new(Interpreter::new(Arc::clone(&version.program)));
            let program = || Arc::clone(&version.program);
            all.deploy_from(version.at, program(), executor(), events);
            beside.deploy(version.at, program(), executor());
            next += 1;
        }
        for entry in record {
            match entry {
                Entry::Input(input) => {
                    all.input(input.clone());
                    beside.input(input.clone());
                }
                Entry::Refused(line) => dead_letters.extend(format!("{line}\n").into_bytes()),
                Entry::Release => all.finish(None),
                Entry::Asked(asked) => {
                    all.asked(asked.clone());
                    beside.asked(asked.clone());
                }
                Entry::Reading { .. } | Entry::Deployed { .. } | Entry::Sending(_) => {}
            }
            let lines = all.take_actions();
            let lines = lines.iter().map(Action::to_json);
            actions.extend(lines.flat_map(|line| format!("{line}\n").into_bytes()));
            for letter in all.take_dead_letters() {
                let line = refusal(all.program(), &letter);
                dead_letters.extend(format!("{line}\n").into_bytes());
            }
        }
    }
    scenario.state = all.state().clone();
    scenario.actions = actions;
    scenario.dead_letters = dead_letters;
    scenario
}
