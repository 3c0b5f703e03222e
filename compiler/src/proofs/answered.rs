//! Answers that nobody listens to: from a send by a channel that is answered, every path comes to a wait for its
//! answers, or takes the send back. A checked journey in, a problem for each send with a path that does not.

use super::reads::Reads;
use super::translate::View;
use crate::hir::{Awaited, Journey, NodeId, Send, Step, StepKind, StepRef, WaitArm};
use crate::lower::walk;
use crate::types::Problem;
use crate::types::decl::Checked;
use std::collections::{BTreeMap, BTreeSet};

/// The sends that are unanswered at a point, each with its step.
type Open = BTreeMap<StepRef, NodeId>;

pub fn of_journey(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let mut walk = Walk {
        reads,
        loops: Vec::new(),
        waits: Vec::new(),
        left: BTreeSet::new(),
        due: BTreeMap::new(),
    };
    walk.all_due(journey);
    let end = walk.steps(&journey.steps, Some(Open::new()));
    walk.leave(end);
    for exit in &journey.exits {
        let end = walk.steps(exit.steps.as_deref().unwrap_or_default(), Some(Open::new()));
        walk.leave(end);
    }
    for (step, node) in walk.left {
        let name = journey.named.get(step.0 as usize);
        let name = name.map_or("", |named| named.name.as_str());
        let span = checked.spans.get(node.0 as usize).copied();
        let message = format!("a path from `{name}` comes to no answer of it");
        let help = format!(
            "handle them with `wait for {name} {{ … timeout => {{ }} }}`, or say `withdraw {name}`"
        );
        let span = span.unwrap_or_default();
        out.push(Problem::new("answer-not-handled", span, message).help(help));
    }
}

/// Where a loop's `leave` and `again` take what is open.
#[derive(Default)]
struct Loop {
    leaves: Option<Open>,
    again: Option<Open>,
}

struct Walk<'a> {
    reads: &'a Reads<'a>,
    loops: Vec<Loop>,
    /// of the enclosing waits: what is open where one begins again
    waits: Vec<Option<Open>>,
    left: BTreeSet<(StepRef, NodeId)>,
    /// of each send: the events that answer it
    due: BTreeMap<StepRef, BTreeSet<usize>>,
}

/// What is open where two paths meet; None: no path comes there.
fn join(a: Option<Open>, b: Option<Open>) -> Option<Open> {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.extend(b);
            Some(a)
        }
        (one, other) => one.or(other),
    }
}

impl Walk<'_> {
    /// The end of a path.
    fn leave(&mut self, open: Option<Open>) {
        self.left.extend(open.into_iter().flatten());
    }

    fn steps(&mut self, steps: &[Step], mut open: Option<Open>) -> Option<Open> {
        for step in steps {
            let here = open?;
            open = self.step(step, here);
        }
        open
    }

    fn step(&mut self, step: &Step, mut open: Open) -> Option<Open> {
        match &step.kind {
            StepKind::Send(send) => self.send(send, step.node, open),
            StepKind::Withdraw { send } => {
                open.remove(send);
                Some(open)
            }
            StepKind::WaitFor {
                arms,
                timeout,
                answers,
                ..
            } => {
                if let Some(send) = answers {
                    open.remove(send);
                }
                self.wait(arms, timeout.as_deref(), open)
            }
            StepKind::WaitUntil { past, .. } => {
                let passed = past
                    .as_ref()
                    .and_then(|past| self.steps(past, Some(open.clone())));
                join(Some(open), passed)
            }
            StepKind::If { arms, otherwise } => {
                let mut blocks: Vec<&[Step]> = arms.iter().map(|(_, s)| s.as_slice()).collect();
                blocks.push(otherwise);
                self.any(&blocks, &open)
            }
            StepKind::Match { arms, .. } => {
                let blocks: Vec<&[Step]> = arms.iter().map(|(_, s)| s.as_slice()).collect();
                self.any(&blocks, &open)
            }
            StepKind::Split { arms, .. } => {
                let blocks: Vec<&[Step]> = arms.iter().map(|arm| arm.steps.as_slice()).collect();
                self.any(&blocks, &open)
            }
            StepKind::Repeat { steps, .. } => self.repeat(steps, open),
            StepKind::Leave => self.jump(open, |inner| &mut inner.leaves),
            StepKind::Again => self.jump(open, |inner| &mut inner.again),
            StepKind::Restart { .. } => {
                if let Some(wait) = self.waits.last_mut() {
                    *wait = join(wait.take(), Some(open));
                }
                None
            }
            StepKind::End { .. } => {
                self.leave(Some(open));
                None
            }
            StepKind::Wait { .. }
            | StepKind::Decide { .. }
            | StepKind::Let { .. }
            | StepKind::SetLocal { .. }
            | StepKind::SetField { .. }
            | StepKind::Emit { .. }
            | StepKind::Start { .. }
            | StepKind::Mute { .. }
            | StepKind::Collect { .. } => Some(open),
        }
    }

    fn send(&mut self, send: &Send, node: NodeId, mut open: Open) -> Option<Open> {
        // a second send of this name: nobody waits for the first any more
        if let Some(first) = open.remove(&send.step) {
            self.left.insert((send.step, first));
        }
        let skipped = self.steps(&send.otherwise, Some(open.clone()));
        if self.due.get(&send.step).is_some_and(|due| !due.is_empty()) {
            open.insert(send.step, node);
        }
        join(Some(open), skipped)
    }

    fn any(&mut self, blocks: &[&[Step]], open: &Open) -> Option<Open> {
        blocks.iter().fold(None, |met, block| {
            let end = self.steps(block, Some(open.clone()));
            join(met, end)
        })
    }

    fn jump(&mut self, open: Open, to: fn(&mut Loop) -> &mut Option<Open>) -> Option<Open> {
        if let Some(inner) = self.loops.last_mut() {
            let place = to(inner);
            *place = join(place.take(), Some(open));
        }
        None
    }

    /// Until what is open at the head of each cycle stays the same; it only grows.
    fn repeat(&mut self, steps: &[Step], before: Open) -> Option<Open> {
        let mut head = before;
        loop {
            self.loops.push(Loop::default());
            let end = self.steps(steps, Some(head.clone()));
            let inner = self.loops.pop().unwrap_or_default();
            let met = join(join(Some(head.clone()), end), inner.again);
            let met = met.unwrap_or_default();
            if met.len() == head.len() {
                return join(Some(head), inner.leaves);
            }
            head = met;
        }
    }

    fn wait(&mut self, arms: &[WaitArm], timeout: Option<&[Step]>, before: Open) -> Option<Open> {
        let mut head = before;
        loop {
            self.waits.push(None);
            let mut end = None;
            let closed = self.closed(arms, timeout.is_some());
            for arm in arms {
                let mut open = head.clone();
                let of = arm.on.pattern().and_then(|pattern| pattern.of_step);
                if let Some(send) = of.filter(|send| closed.contains(send)) {
                    open.remove(&send);
                }
                let after = self.steps(&arm.steps, Some(open));
                end = join(end, after);
            }
            let mut late = head.clone();
            late.retain(|send, _| !closed.contains(send));
            let late = match timeout {
                Some(steps) => self.steps(steps, Some(late)),
                None => None,
            };
            end = join(end, late);
            let again = self.waits.pop().flatten();
            let met = join(Some(head.clone()), again).unwrap_or_default();
            if met.len() == head.len() {
                return end;
            }
            head = met;
        }
    }

    /// Sends whose every answer has an arm of this wait, which ends in time.
    fn closed(&self, arms: &[WaitArm], ends: bool) -> BTreeSet<StepRef> {
        let mut given: BTreeMap<StepRef, BTreeSet<usize>> = BTreeMap::new();
        for arm in arms {
            if let Awaited::Event(pattern) = &arm.on
                && let (Some(send), None) = (pattern.of_step, &pattern.filter)
            {
                let events = std::iter::once(pattern.event).chain(pattern.also.iter().copied());
                given
                    .entry(send)
                    .or_default()
                    .extend(events.map(|e| e.index()));
            }
        }
        let all = |send: &StepRef, events: &BTreeSet<usize>| {
            let due = self.due.get(send);
            due.is_some_and(|due| !due.is_empty() && due.is_subset(events))
        };
        let complete = given
            .iter()
            .filter(|(send, events)| ends && all(send, events));
        complete.map(|(send, _)| *send).collect()
    }

    /// What answers each send: what its message says, else its channels.
    fn all_due(&mut self, journey: &Journey) {
        let world = self.reads.world();
        let mut see = |step: &Step| {
            let StepKind::Send(send) = &step.kind else {
                return;
            };
            let message = world.messages.get(send.message.index());
            let own = message.into_iter().flat_map(|message| &message.answers);
            let mut due: BTreeSet<usize> = own.map(|own| own.event.index()).collect();
            if due.is_empty() {
                let channels = send.channels.iter();
                let channels = channels.filter_map(|id| world.channels.get(id.index()));
                let outcomes = channels.flat_map(|channel| &channel.outcomes);
                let answers = outcomes.filter(|outcome| outcome.answer);
                due.extend(answers.map(|outcome| outcome.event.index()));
            }
            self.due.entry(send.step).or_default().extend(due);
        };
        walk::every_step(&journey.steps, &mut see);
        for exit in &journey.exits {
            walk::every_step(exit.steps.as_deref().unwrap_or_default(), &mut see);
        }
    }
}
