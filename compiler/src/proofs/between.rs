//! What is proved between declarations: fields that two journeys write, journeys that begin each other at one
//! instant for ever, names that nobody uses. Each journey is summed up first, so that an edit which leaves its sum
//! leaves all of this.

use super::alike::alike;
use super::reads::Reads;
use super::translate::{Translator, View};
use super::{Verdict, ask, sound};
use crate::check::{check_decl, template_words, words};
use crate::db::{Db, Workspace};
use crate::diagnostics::{Severity, severity};
use crate::hir::{Enter, Expr, ExprKind, Journey, NodeId, Pat, Step, StepKind};
use crate::lower::walk;
use crate::names::graph::Graph;
use crate::names::{SigKind, all_chunks, signature_of};
use crate::parse::{Chunk, tree};
use crate::types::Problem;
use crate::types::decl::{Checked, Piece};
use journey_grammar::tree::Span;
use journey_program::plan::{ReenterPlan, StayPlan};
use journey_program::types::{EventId, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What other declarations can notice of a journey.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub name: String,
    /// profile field, where it is first set, the constant if it is always the same one
    pub sets: Vec<(u32, Span, Option<Value>)>,
    /// events that it can emit on entry with nothing to wait for before its end: with their constant fields
    pub emits: Vec<(EventId, Vec<Option<Value>>)>,
    /// it can be entered by this event any number of times
    pub enters: Option<EventId>,
}

#[salsa::tracked(returns(ref))]
fn summary<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> Summary {
    let checked = check_decl(db, workspace, chunk);
    match &checked.piece {
        Piece::Journey(journey) if sound(checked) => sum_up(journey, checked),
        _ => Summary::default(),
    }
}

fn sum_up(journey: &Journey, checked: &Checked) -> Summary {
    let mut sets: BTreeMap<u32, (NodeId, Option<Value>)> = BTreeMap::new();
    let mut see = |step: &Step| {
        if let StepKind::SetField { field, value } = &step.kind {
            let constant = constant(value);
            let slot = sets.entry(*field).or_insert((step.node, constant.clone()));
            if slot.1 != constant {
                slot.1 = None;
            }
        }
    };
    walk::every_step(&journey.steps, &mut see);
    for exit in &journey.exits {
        walk::every_step(exit.steps.as_deref().unwrap_or_default(), &mut see);
    }
    let at_once = match &journey.reenter {
        ReenterPlan::Never => false,
        ReenterPlan::Always => true,
        ReenterPlan::After { delay, .. } => *delay == StayPlan::Duration(0),
    };
    let mut emits = Vec::new();
    instant(&journey.steps, true, &mut emits);
    let span = |node: NodeId| {
        checked
            .spans
            .get(node.0 as usize)
            .copied()
            .unwrap_or_default()
    };
    Summary {
        name: journey.name.clone(),
        sets: sets
            .into_iter()
            .map(|(field, (node, value))| (field, span(node), value))
            .collect(),
        emits,
        enters: match &journey.enter {
            Enter::On(pattern) if at_once => Some(pattern.event),
            _ => None,
        },
    }
}

fn constant(e: &Expr) -> Option<Value> {
    match &e.kind {
        ExprKind::Value(value) => Some(value.clone()),
        ExprKind::Some(inner) => constant(inner),
        _ => None,
    }
}

/// Whether the block can come to the journey's end at once, if what follows can; what it emits on such a path.
fn instant(steps: &[Step], mut ends: bool, out: &mut Vec<(EventId, Vec<Option<Value>>)>) -> bool {
    let mut here = Vec::new();
    for step in steps.iter().rev() {
        let mut any = |blocks: Vec<&[Step]>| {
            // every block is looked at: each may emit
            let out: Vec<bool> = blocks
                .into_iter()
                .map(|block| instant(block, ends, &mut here))
                .collect();
            out.contains(&true)
        };
        ends = match &step.kind {
            StepKind::If { arms, otherwise } => {
                let mut blocks: Vec<&[Step]> = arms.iter().map(|(_, s)| s.as_slice()).collect();
                blocks.push(otherwise);
                any(blocks)
            }
            StepKind::Match { arms, .. } => any(arms.iter().map(|(_, s)| s.as_slice()).collect()),
            StepKind::Split { arms, .. } => any(arms.iter().map(|a| a.steps.as_slice()).collect()),
            StepKind::Send(send) => any(vec![send.otherwise.as_slice()]) || ends,
            StepKind::Emit { event, fields, .. } => {
                if ends {
                    let fields = fields.iter().map(|f| f.as_ref().and_then(constant));
                    here.push((*event, fields.collect()));
                }
                ends
            }
            StepKind::Start { event, args } => {
                if ends {
                    here.push((*event, args.iter().map(constant).collect()));
                }
                ends
            }
            StepKind::End { .. } => true,
            StepKind::Let { .. }
            | StepKind::SetLocal { .. }
            | StepKind::SetField { .. }
            | StepKind::Decide { .. }
            | StepKind::Withdraw { .. }
            | StepKind::Mute { .. } => ends,
            // a wait, a loop (which waits), or a step that is not known here
            _ => {
                here.clear();
                false
            }
        };
    }
    out.extend(here);
    ends
}

/// Problems between declarations, each with its declaration's number.
#[salsa::tracked(returns(ref))]
pub fn between(db: &dyn Db, workspace: Workspace) -> Vec<(usize, Problem)> {
    let chunks = all_chunks(db, workspace);
    let reads = Reads { db, workspace };
    let summaries: Vec<(usize, &Summary)> = chunks
        .iter()
        .enumerate()
        .map(|(at, chunk)| (at, summary(db, workspace, *chunk)))
        .filter(|(_, summary)| !summary.name.is_empty())
        .collect();
    let mut out = Vec::new();
    contended(&reads, &summaries, &mut out);
    recursion(&reads, &summaries, &chunks, &mut out);
    unused(&reads, &chunks, &mut out);
    out.extend(alike(db, workspace).iter().cloned());
    out
}

fn contended(reads: &Reads<'_>, all: &[(usize, &Summary)], out: &mut Vec<(usize, Problem)>) {
    let mut first: BTreeMap<u32, (&Summary, &Option<Value>)> = BTreeMap::new();
    let mut sorted: Vec<&(usize, &Summary)> = all.iter().collect();
    sorted.sort_by_key(|(_, summary)| &summary.name);
    for (at, summary) in sorted {
        for (field, span, value) in &summary.sets {
            let Some((other, before)) = first.get(field) else {
                first.insert(*field, (summary, value));
                continue;
            };
            // both say the same: who was last does not matter
            if value.is_some() && value == *before {
                continue;
            }
            let name = reads.world().profile_fields().fields.get(*field as usize);
            let name = name.map_or("", |field| field.name.as_str());
            let mut problem = Problem::new(
                "contended-field",
                *span,
                format!("`{}` and `{}` both set `{name}`", other.name, summary.name),
            )
            .help("whichever comes last wins; let one of them write it, or give each a field");
            let label = "this one sets it too".to_owned();
            problem.related.push((other.name.clone(), label));
            out.push((*at, problem));
        }
    }
}

/// Journeys that begin each other at one instant, with nothing that stops them.
fn recursion(
    reads: &Reads<'_>,
    all: &[(usize, &Summary)],
    chunks: &[Chunk<'_>],
    out: &mut Vec<(usize, Problem)>,
) {
    let mut graph = Graph::default();
    for (_, summary) in all {
        graph.node(summary.name.clone());
    }
    for (_, from) in all {
        for (_, to) in all {
            let begins = |(event, fields): &(EventId, Vec<Option<Value>>)| {
                to.enters == Some(*event) && passes(reads, &to.name, fields)
            };
            if from.emits.iter().any(begins) {
                graph.edge(from.name.clone(), to.name.clone());
            }
        }
    }
    for circle in graph.order().circles {
        let Some(first) = circle.first() else {
            continue;
        };
        let Some((at, _)) = all.iter().find(|(_, summary)| summary.name == *first) else {
            continue;
        };
        let span = chunks
            .get(*at)
            .map(|chunk| signature_of(reads.db, *chunk).name.span);
        let message = match circle.as_slice() {
            [one] => format!("`{one}` begins itself again at the same instant, for ever"),
            _ => format!(
                "{} begin each other at the same instant, for ever",
                crate::diagnostics::words::listed(&circle)
            ),
        };
        let problem = Problem::new("instant-recursion", span.unwrap_or_default(), message)
            .help("wait before the `emit`, or `reenter never` (or only after some time)");
        out.push((*at, problem));
    }
}

/// Whether an event with these constants can pass the entry's `where`.
fn passes(reads: &Reads<'_>, journey: &str, fields: &[Option<Value>]) -> bool {
    let Some(journey) = reads.journey_named(journey) else {
        return false;
    };
    let Enter::On(pattern) = &journey.enter else {
        return false;
    };
    let Some(filter) = &pattern.filter else {
        return true;
    };
    let mut translator = Translator::new(reads);
    translator.by_membership = true;
    let record = reads.world().events.get(pattern.event.index());
    let record = record.map(|event| journey_program::types::Type::Record(event.record));
    translator.event.clone_from(&record);
    let mut parts = vec![translator.predicate(filter)];
    for (place, value) in fields.iter().enumerate() {
        let (Some(value), Ok(field)) = (value, u32::try_from(place + 4)) else {
            continue;
        };
        let sym = translator.event_field(field);
        let fits = sym.and_then(|sym| translator.fits(&sym, &[Pat::Value(value.clone())]));
        parts.extend(fits);
    }
    let question = super::formula::Formula::all(parts);
    ask(&mut translator, question) != Verdict::Never
}

/// What may be called unused, by name: its word. What is asked from outside (audiences, journeys, events) is no
/// such thing, and neither is anything in a program without a journey.
#[salsa::tracked(returns(ref))]
fn spare(db: &dyn Db, workspace: Workspace) -> BTreeMap<String, &'static str> {
    let mut spare = BTreeMap::new();
    let mut journeys = 0;
    for chunk in all_chunks(db, workspace) {
        let signature = signature_of(db, chunk);
        let what = match &signature.kind {
            SigKind::Const(..) => "constant",
            SigKind::Fn { .. } => "function",
            SigKind::Enum(_) => "enum",
            SigKind::Type(_) => "type",
            SigKind::Message { .. } => "message",
            SigKind::Table { .. } => "table",
            SigKind::Group(_) => "group",
            SigKind::Channel { .. } => "channel",
            SigKind::Purpose { .. } => "purpose",
            SigKind::Model { .. } => "model",
            SigKind::Offer(..) => "offer",
            SigKind::Journey(..) => {
                journeys += 1;
                continue;
            }
            _ => continue,
        };
        if !signature.name.is_missing() {
            spare.insert(signature.name.text.clone(), what);
        }
    }
    if journeys == 0 {
        spare.clear();
    }
    spare
}

/// Which of them a declaration names, beside itself.
#[salsa::tracked(returns(ref))]
fn mentions<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> Vec<String> {
    let spare = spare(db, workspace);
    let own = &signature_of(db, chunk).name.text;
    let words = words(db, chunk).iter();
    words
        .filter(|word| *word != own && spare.contains_key(*word))
        .cloned()
        .collect()
}

/// Whether anything is an error in a declaration: of edits of a body, all but that says the same.
#[salsa::tracked(returns(copy))]
fn is_broken<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> bool {
    let mut problems = check_decl(db, workspace, chunk).problems.iter();
    problems.any(|problem| severity(problem.code) == Severity::Error)
}

/// Declarations whose names stand nowhere else.
fn unused(reads: &Reads<'_>, chunks: &[Chunk<'_>], out: &mut Vec<(usize, Problem)>) {
    let (db, workspace) = (reads.db, reads.workspace);
    let mut used: BTreeSet<&str> = chunks
        .iter()
        .flat_map(|chunk| mentions(db, workspace, *chunk))
        .chain(template_words(db, workspace))
        .map(String::as_str)
        .collect();
    // a decision among all that bear a tag names none of them
    let given = reads.decisions().flat_map(|decision| &decision.candidates);
    let given = given.filter_map(|candidate| reads.world().offers.get(candidate.offer.index()));
    used.extend(given.map(|offer| offer.name.as_str()));
    let broken = chunks.iter().any(|chunk| is_broken(db, workspace, *chunk));
    for (at, chunk) in chunks.iter().enumerate() {
        let name = &signature_of(db, *chunk).name;
        let Some(what) = spare(db, workspace).get(&name.text) else {
            continue;
        };
        // what is broken may have meant it
        if broken && matches!(*what, "channel" | "purpose" | "model" | "offer") {
            continue;
        }
        if !used.contains(name.text.as_str()) {
            let message = format!("nothing uses the {what} `{}`", name.text);
            let mut problem = Problem::new("unused-declaration", name.span, message);
            problem = problem.help("remove it, or use it");
            if let Some(tree) = tree(db, *chunk) {
                problem = problem.fix("remove it", vec![(tree.span, String::new())]);
            }
            out.push((at, problem));
        }
    }
}
