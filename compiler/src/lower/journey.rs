//! A journey as a state machine: one function that goes on from a resume point to the next wait, send or end,
//! and the tables that say what each of them is. Variables live in the instance's block.

use super::audiences::{predicate, reads};
use super::enter::each;
use super::generate::{Context, Val};
use super::recall::{Recalls, find_recalls, recall_plan};
use super::steps::Steps;
use super::tables::Tables;
use super::walk;
use crate::hir::{Enter, Exit, Expr, Journey, LocalId, Pattern, Step, StepKind, StepRef, Window};
use crate::migration;
use crate::versions::own_name;
use journey_program::ir::{Cmp, Repr, Ty};
use journey_program::layout::Layouter;
use journey_program::plan::{
    DecidePlan, EnterPlan, ExitPlan, FieldSlot, HoldoutPlan, InstancePlan, JourneyPlan,
    MigrationPlan, PatternPlan, RecallPlan, RecallSince, SendPlan, SplitPlan, StepName, WaitPlan,
    Watch,
};
use journey_program::types::{FunctionId, RecordId, Type};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What code of a journey needs to know of its instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    pub(super) number: usize,
    pub(super) entry: Option<u32>,
    pub(super) locals: BTreeMap<LocalId, FieldSlot>,
    /// histories of the instance, by signature
    pub(super) recalls: BTreeMap<String, FieldSlot>,
    /// the first send of each step
    sends: BTreeMap<StepRef, u32>,
}

impl Instance {
    /// Since when a history of the instance counts.
    pub(super) fn since(&self, window: &Window) -> Option<RecallSince> {
        match window {
            Window::SinceEnter => Some(RecallSince::Enter),
            Window::SinceStep(step) => Some(RecallSince::Send(*self.sends.get(step)?)),
            Window::Ever
            | Window::Last(_)
            | Window::LastSpan(_)
            | Window::ThisDay
            | Window::ThisWeek
            | Window::ThisMonth
            | Window::Since(_)
            | Window::SinceField(_) => None,
        }
    }

    pub(super) fn send_of(&self, step: StepRef) -> Option<u32> {
        self.sends.get(&step).copied()
    }
}

/// What the functions and steps of a journey leave in its plan.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) waits: Vec<Option<WaitPlan>>,
    pub(super) sends: Vec<Option<SendPlan>>,
    pub(super) splits: Vec<SplitPlan>,
    pub(super) decides: Vec<DecidePlan>,
    pub(super) reasons: Vec<String>,
    pub(super) recalls: Vec<RecallPlan>,
    /// recalls that waits look back to, by the pattern's signature
    pub(super) looks_back: BTreeMap<String, u32>,
    pub(super) migrations: Vec<MigrationPlan>,
}

/// What the journey's parts are made with.
pub(super) struct Making<'p> {
    pub(super) journey: &'p Journey,
    pub(super) instance: Rc<Instance>,
    layouter: Layouter,
    beside: Vec<(FieldSlot, Type)>,
    pub(super) parts: Parts,
}

pub(super) fn journey(tables: &mut Tables<'_>, number: usize) -> Option<JourneyPlan> {
    let hir = tables.hir;
    let journey = hir.journeys.get(number)?;
    let mut layouter = Layouter::after(0);
    let (instance, recalls) = instance(tables, number, journey, &mut layouter);
    let mut making = Making {
        journey,
        instance: Rc::new(instance),
        layouter,
        beside: Vec::new(),
        parts: Parts::default(),
    };
    for (recall, slot, ty) in recalls {
        making.beside.push((slot.clone(), ty));
        let plan = recall_plan(tables, &mut making, &recall, slot);
        making.parts.recalls.push(plan);
    }
    let (run, exits_at) = run(tables, &mut making);
    let watch = journey.watch.as_ref().map(|watch| {
        let name = format!("journey.{}.while", journey.name);
        let context = making.context(None);
        let (histories, audiences) = reads(tables, watch);
        Watch {
            predicate: Some(predicate(tables, name.clone(), &context, watch)),
            next: tables.next(format!("{name}.next"), &context, watch),
            histories,
            audiences,
        }
    });
    let enter = super::enter::enter(tables, &making);
    let snapshot = super::enter::snapshot(tables, &making);
    let exits = exits(tables, &mut making, &exits_at);
    let goals = journey
        .goals
        .iter()
        .enumerate()
        .map(|(at, goal)| pattern(tables, &making, goal, &format!("goal.{at}"), None))
        .collect();
    let plan = assemble(tables, making, run, watch, enter, exits, goals);
    Some(JourneyPlan { snapshot, ..plan })
}

fn assemble(
    tables: &mut Tables<'_>,
    making: Making<'_>,
    run: FunctionId,
    watch: Option<Watch>,
    enter: EnterPlan,
    exits: Vec<ExitPlan>,
    goals: Vec<PatternPlan>,
) -> JourneyPlan {
    let journey = making.journey;
    let steps = step_names(tables, journey);
    let locals = journey
        .locals
        .iter()
        .zip(0u32..)
        .filter_map(|(local, number)| {
            let slot = making.instance.locals.get(&LocalId(number))?.clone();
            Some((local.name.clone(), slot, local.ty.clone()))
        })
        .collect();
    let (name, version) = own_name(&journey.name);
    JourneyPlan {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        priority: journey.priority,
        enter,
        snapshot: None,
        key: journey.key.as_ref().map(|key| key.ty.clone()),
        reenter: journey.reenter,
        watch,
        exits,
        goals,
        goal_within: journey.goal_within,
        goal_of_last_send: journey.goal_of_last_send,
        holdout: journey.holdout.as_ref().map(|holdout| HoldoutPlan {
            below: holdout.below,
            salt: holdout.salt.clone(),
        }),
        salt: journey.salt.clone(),
        instance: InstancePlan {
            size: making.layouter.finish(),
            entry: making.instance.entry,
            locals,
            beside: making.beside,
        },
        run,
        waits: making.parts.waits.into_iter().flatten().collect(),
        sends: making.parts.sends.into_iter().flatten().collect(),
        splits: making.parts.splits,
        decides: making.parts.decides,
        reasons: making.parts.reasons,
        start: 0,
        recalls: making.parts.recalls,
        steps,
        places: migration::places(journey)
            .into_iter()
            .map(|(name, step)| (name, step.0))
            .collect(),
        migrations: making.parts.migrations,
    }
}

/// Steps without a name of their own are called by what they are and their number.
fn step_names(tables: &mut Tables<'_>, journey: &Journey) -> Vec<StepName> {
    let mut nameless = 0;
    journey
        .named
        .iter()
        .map(|step| {
            let name = if step.name.is_empty() {
                nameless += 1;
                format!("wait {nameless}")
            } else {
                step.name.clone()
            };
            StepName {
                name,
                site: tables.site(journey.decl, step.node).0,
            }
        })
        .collect()
}

/// A place of eight bytes that holds an int.
fn counter(offset: u32) -> (FieldSlot, Type) {
    let slot = FieldSlot {
        offset,
        repr: Repr::Int,
        known: None,
        probes: Vec::new(),
    };
    (slot, Type::Int)
}

impl Making<'_> {
    /// A counter of the instance: where it lies.
    pub(super) fn counter(&mut self) -> u32 {
        let offset = self.layouter.bytes(8, 8);
        self.beside.push(counter(offset));
        offset
    }

    pub(super) fn context(&self, event: Option<RecordId>) -> Context {
        Context {
            decl: self.journey.decl,
            event,
            journey: Some(Rc::clone(&self.instance)),
        }
    }

    pub(super) fn reason(&mut self, reason: &str) -> i64 {
        let reasons = &mut self.parts.reasons;
        let place = reasons.iter().position(|known| known == reason);
        let place = place.unwrap_or_else(|| {
            reasons.push(reason.to_owned());
            reasons.len() - 1
        });
        i64::try_from(place).unwrap_or(0)
    }
}

// --- the instance

fn instance<'p>(
    tables: &Tables<'p>,
    number: usize,
    journey: &'p Journey,
    layouter: &mut Layouter,
) -> (Instance, Recalls<'p>) {
    let hir = tables.hir;
    let entry = match &journey.enter {
        Enter::On(pattern) => hir.events.get(pattern.event.index()).map(|e| e.record),
        Enter::When { .. } | Enter::Every { .. } | Enter::Yearly { .. } => None,
    };
    let entry = entry.map(|record| {
        let ty = Type::Record(record);
        layouter.slot(&ty, &tables.layouts).offset
    });
    let mut sends = BTreeMap::new();
    let mut count = 0;
    each_step(journey, &mut |step| {
        if let StepKind::Send(send) = &step.kind {
            sends.entry(send.step).or_insert(count);
            count += 1;
        }
    });
    let mut instance = Instance {
        number,
        entry,
        locals: journey
            .locals
            .iter()
            .zip(0u32..)
            .map(|(local, number)| (LocalId(number), layouter.slot(&local.ty, &tables.layouts)))
            .collect(),
        recalls: BTreeMap::new(),
        sends,
    };
    let recalls = find_recalls(tables, journey, &mut instance, layouter);
    (instance, recalls)
}

fn each_step<'p>(journey: &'p Journey, see: &mut dyn FnMut(&'p Step)) {
    walk::every_step(&journey.steps, see);
    for exit in &journey.exits {
        exit.steps
            .iter()
            .for_each(|steps| walk::every_step(steps, see));
    }
}

// --- patterns

/// `bound`: a counter of the instance that must still be below a number.
pub(super) fn pattern(
    tables: &mut Tables<'_>,
    making: &Making<'_>,
    pattern: &Pattern,
    name: &str,
    bound: Option<(u32, i64)>,
) -> PatternPlan {
    let hir = tables.hir;
    let record = hir.events.get(pattern.event.index()).map(|e| e.record);
    PatternPlan {
        event: pattern.event,
        also: pattern.also.clone(),
        filter: condition(tables, making, record, pattern.filter.as_ref(), name, bound),
        key: pattern.key,
        each: pattern.each.as_ref().map(each),
        of_send: pattern
            .of_step
            .and_then(|step| making.instance.send_of(step)),
    }
}

/// () → Bool: the counter is below its number, then the filter. None: always.
pub(super) fn condition(
    tables: &mut Tables<'_>,
    making: &Making<'_>,
    event: Option<RecordId>,
    filter: Option<&Expr>,
    name: &str,
    bound: Option<(u32, i64)>,
) -> Option<FunctionId> {
    if filter.is_none() && bound.is_none() {
        return None;
    }
    let name = format!("journey.{}.{name}", making.journey.name);
    let context = making.context(event);
    Some(tables.function(name, &[], &[Ty::Bool], &context, |g| {
        let mut value = g.code.bool(true);
        if let Some((offset, bound)) = bound {
            let count = g.int_at(offset);
            value = g.compare_const(Cmp::Lt, count, bound);
        }
        if let Some(filter) = filter {
            let rest = value;
            value = g
                .choose(
                    rest,
                    &Type::Bool,
                    |g| Val::sure(g.bool(filter)),
                    |g| Val::sure(g.code.bool(false)),
                )
                .reg;
        }
        g.finish(vec![value]);
    }))
}

fn exits(tables: &mut Tables<'_>, making: &mut Making<'_>, at: &[Option<u32>]) -> Vec<ExitPlan> {
    let journey = making.journey;
    let mut plans = Vec::with_capacity(journey.exits.len());
    for ((exit, resume), number) in journey.exits.iter().zip(at).zip(0u32..) {
        let Exit {
            pattern: on,
            reason,
            ..
        } = exit;
        plans.push(ExitPlan {
            pattern: pattern(tables, making, on, &format!("exit.{number}"), None),
            reason: reason.clone(),
            resume: *resume,
            bind: bind(making, on),
        });
    }
    plans
}

/// Where the engine copies an event that has a name.
pub(super) fn bind(making: &Making<'_>, pattern: &Pattern) -> Option<(u32, Option<(u32, u8)>)> {
    let slot = making.instance.locals.get(&pattern.bind?)?;
    Some((slot.offset, slot.known))
}

// --- run

/// The state machine, and where the steps of each exit begin.
fn run<'p>(tables: &mut Tables<'p>, making: &mut Making<'p>) -> (FunctionId, Vec<Option<u32>>) {
    let name = format!("journey.{}.run", making.journey.name);
    let context = making.context(None);
    let journey = making.journey;
    let mut exits = Vec::new();
    let results = [Ty::Int, Ty::Int, Ty::Int];
    let id = tables.function(name, &[Ty::Int], &results, &context, |g| {
        let mut steps = Steps::begin(g, making);
        steps.all(&journey.steps);
        steps.end(None);
        for exit in &journey.exits {
            exits.push(exit.steps.as_ref().map(|list| {
                let resume = steps.resume();
                steps.all(list);
                steps.end(None);
                resume
            }));
        }
        steps.migrations(&journey.migrations);
        steps.finish();
    });
    (id, exits)
}
