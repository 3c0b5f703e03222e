//! Personal data that flows out: what a field marked `pii` holds goes into message bodies, channel addresses and
//! other marked fields; anywhere else that is seen outside it takes `reveal(x)`. Checked declarations in, a
//! problem with the path of each flow out.
//!
//! `flow` follows values through one expression, this file through variables, steps and declarations. Flow is
//! what is assigned, passed and built; a question about a value (a comparison, `known`, a count, a model's
//! score) gives no value of it.

mod flow;

use super::reads::Reads;
use super::translate::View;
use crate::check::check_decl;
use crate::db::{Db, Workspace};
use crate::hir::{Decision, Enter, Expr, Journey, LocalId, NodeId, Step, StepKind};
use crate::lower::walk;
use crate::names::all_chunks;
use crate::parse::Chunk;
use crate::types::Problem;
use crate::types::decl::{Checked, Piece};
use flow::{Flow, Follow};
use journey_grammar::tree::Span;
use journey_program::types::{DecisionId, EVENT_FIELDS, EventId, FieldDef};
use std::collections::BTreeMap;

/// Where one declaration hands values to another: a journey that is started, a decision that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Door {
    Start(EventId),
    Decide(DecisionId),
}

/// Parameters of other declarations that somebody gives personal data, with its way there.
pub(super) type Given = BTreeMap<(Door, u32), Flow>;

/// A field's mark, and its name.
fn field_of(reads: &Reads<'_>, event: EventId, field: usize) -> Option<(String, FieldDef)> {
    let world = reads.world();
    let event = world.events.get(event.index())?;
    let def = world.records.get(event.record.index())?.fields.get(field)?;
    Some((event.name.clone(), def.clone()))
}

pub fn of_journey(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let given = given(reads.db, reads.workspace);
    let env = variables(reads, journey, checked, given);
    let follow = follow(reads, checked, given, started(reads, journey), &env);
    if let Enter::On(pattern) = &journey.enter
        && let (Some(key), None) = (pattern.key, &pattern.each)
        && let Some((event, field)) = field_of(reads, pattern.event, key as usize)
        && field.pii
    {
        let name = &field.name;
        let message =
            format!("`{name}` of `{event}` is personal, and a key is shown with every action");
        let mut problem = Problem::new("pii-flows-out", span_of(checked, pattern.node), message)
            .help("take a key that says nothing about the person, such as the number of an order");
        problem
            .related
            .push((event, format!("`{name}` is marked `pii`")));
        out.push(problem);
    }
    let mut see = |step: &Step| match &step.kind {
        StepKind::SetField { field, value } => {
            let Some(def) = reads.world().profile_fields().fields.get(*field as usize) else {
                return;
            };
            if let (false, Some(flow)) = (def.pii, follow.of(value)) {
                let place = ("profile", def.name.as_str());
                out.push(unmarked(checked, value, &flow, place));
            }
        }
        StepKind::Emit { event, fields, .. } => {
            for (at, value) in fields.iter().enumerate() {
                let (Some(value), Some((name, def))) =
                    (value, field_of(reads, *event, at + EVENT_FIELDS.len()))
                else {
                    continue;
                };
                if let (false, Some(flow)) = (def.pii, follow.of(value)) {
                    let mut problem = unmarked(checked, value, &flow, (&name, &def.name));
                    let note = format!("its field `{}` is not marked `pii`", def.name);
                    problem.related.push((name, note));
                    out.push(problem);
                }
            }
        }
        _ => {}
    };
    every_step(journey, &mut see);
}

/// Scores are recorded with every decision.
pub fn of_decision(
    reads: &Reads<'_>,
    decision: &Decision,
    checked: &Checked,
    out: &mut Vec<Problem>,
) {
    let given = given(reads.db, reads.workspace);
    let id = reads
        .world()
        .decisions
        .iter()
        .position(|d| d.name == decision.name);
    let mut env = BTreeMap::new();
    if let Some(id) = id {
        for place in 0..decision.params {
            if let Some(flow) = given.get(&(Door::Decide(DecisionId::new(id)), place)) {
                env.insert(LocalId(place), flow.clone());
            }
        }
    }
    let follow = follow(reads, checked, given, None, &env);
    for candidate in &decision.candidates {
        if let Some(flow) = follow.of(&candidate.rank) {
            let at = span_of(checked, candidate.rank.node);
            let message = format!("{} flows into a score, which is recorded", flow.source);
            out.push(told(checked, at, message, &flow));
            // one rank, put in for every offer
            break;
        }
    }
}

fn unmarked(checked: &Checked, value: &Expr, flow: &Flow, (of, field): (&str, &str)) -> Problem {
    let at = span_of(checked, value.node);
    let message = format!(
        "{} flows out through `{of}.{field}`, which is not marked `pii`",
        flow.source
    );
    told(checked, at, message, flow)
}

/// A problem with the way of the value and the ways out.
fn told(checked: &Checked, at: Span, message: String, flow: &Flow) -> Problem {
    let (start, end) = (Span::new(at.start, at.start), Span::new(at.end, at.end));
    let edits = vec![(start, "reveal(".to_owned()), (end, ")".to_owned())];
    let mut problem = Problem::new("pii-flows-out", at, message)
        .help("mark the field that takes it as `pii`, or say `reveal(…)` where it is meant to be seen")
        .fix("reveal it here", edits);
    for hop in &flow.hops {
        match (&hop.decl, hop.node) {
            (Some(decl), _) => problem.related.push((decl.clone(), hop.text.clone())),
            (None, Some(node)) if span_of(checked, node) != at => {
                problem = problem.label(span_of(checked, node), hop.text.clone());
            }
            (None, _) => {}
        }
    }
    problem
}

fn span_of(checked: &Checked, node: NodeId) -> Span {
    let span = checked.spans.get(node.0 as usize);
    span.copied().unwrap_or_default()
}

fn every_step<'j>(journey: &'j Journey, see: &mut dyn FnMut(&'j Step)) {
    walk::every_step(&journey.steps, see);
    for exit in &journey.exits {
        walk::every_step(exit.steps.as_deref().unwrap_or_default(), see);
    }
}

fn follow<'a>(
    reads: &'a Reads<'a>,
    checked: &'a Checked,
    given: &'a Given,
    entry: Option<EventId>,
    env: &'a BTreeMap<LocalId, Flow>,
) -> Follow<'a> {
    Follow {
        reads,
        revealed: &checked.revealed,
        given,
        entry,
        env,
        params: None,
    }
}

/// The event by which other journeys start this one.
fn started(reads: &Reads<'_>, journey: &Journey) -> Option<EventId> {
    let world = reads.world();
    let at = world
        .journeys
        .iter()
        .position(|name| *name == journey.name)?;
    world.starts.get(at).copied().flatten()
}

/// What a journey's variables hold, whatever the path.
fn variables(
    reads: &Reads<'_>,
    journey: &Journey,
    checked: &Checked,
    given: &Given,
) -> BTreeMap<LocalId, Flow> {
    let entry = started(reads, journey);
    let mut env: BTreeMap<LocalId, Flow> = BTreeMap::new();
    loop {
        let mut found = BTreeMap::new();
        let follow = follow(reads, checked, given, entry, &env);
        let mut see = |step: &Step| {
            if let StepKind::Let { local, value } | StepKind::SetLocal { local, value } = &step.kind
                && !env.contains_key(local)
                && let Some(flow) = follow.of(value)
            {
                let name = journey.locals.get(local.0 as usize);
                let name = name.map_or("it", |local| local.name.as_str());
                let flow = flow.on(Some(value.node), format!("`{name}` holds it from here on"));
                found.insert(*local, flow);
            }
        };
        every_step(journey, &mut see);
        if found.is_empty() {
            return env;
        }
        env.extend(found);
    }
}

/// Whether a declaration hands values to others.
#[salsa::tracked]
fn hands_over<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> bool {
    let Piece::Journey(journey) = &check_decl(db, workspace, chunk).piece else {
        return false;
    };
    let mut found = false;
    every_step(journey, &mut |step| {
        found |= match &step.kind {
            StepKind::Start { args, .. } | StepKind::Decide { args, .. } => !args.is_empty(),
            _ => false,
        };
    });
    found
}

/// What is handed over between declarations, until nothing is added.
#[salsa::tracked(returns(ref))]
fn given(db: &dyn Db, workspace: Workspace) -> Given {
    let chunks: Vec<Chunk<'_>> = all_chunks(db, workspace)
        .into_iter()
        .filter(|chunk| *hands_over(db, workspace, *chunk))
        .collect();
    let reads = Reads { db, workspace };
    let mut given = Given::new();
    loop {
        let mut found = Given::new();
        for chunk in &chunks {
            let checked = check_decl(db, workspace, *chunk);
            if let Piece::Journey(journey) = &checked.piece
                && super::sound(checked)
            {
                hand_over(&reads, journey, checked, &given, &mut found);
            }
        }
        if found.is_empty() {
            return given;
        }
        given.extend(found);
    }
}

fn hand_over(
    reads: &Reads<'_>,
    journey: &Journey,
    checked: &Checked,
    given: &Given,
    found: &mut Given,
) {
    let env = variables(reads, journey, checked, given);
    let follow = follow(reads, checked, given, started(reads, journey), &env);
    let mut see = |step: &Step| {
        let (door, args) = match &step.kind {
            StepKind::Start { event, args } => (Door::Start(*event), args),
            StepKind::Decide { decision, args, .. } => (Door::Decide(*decision), args),
            _ => return,
        };
        for (place, value) in (0u32..).zip(args) {
            if !given.contains_key(&(door, place))
                && let Some(flow) = follow.of(value)
            {
                let flow = flow.from(&journey.name, "it is given by this journey");
                found.entry((door, place)).or_insert(flow);
            }
        }
    };
    every_step(journey, &mut see);
}
