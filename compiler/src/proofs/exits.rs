//! Arms of waits that an exit takes every event of: an exit beats a wait on the same event, so what stands in such
//! an arm is never reached, and a goal whose messages all stand there can't be brought about by any.

use super::reads::Reads;
use super::translate::{Translator, View};
use super::{Verdict, ask};
use crate::hir::{Exit, Journey, NodeId, Pattern, Step, StepKind};
use crate::lower::walk;
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_grammar::tree::Span;
use journey_program::types::Type;

/// What is proved of a journey's waits and goals.
pub fn prove(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let (mut dead, mut behind) = (Vec::new(), 0);
    walk::every_step(&journey.steps, &mut |step| {
        let StepKind::WaitFor { arms, .. } = &step.kind else {
            return;
        };
        for arm in arms {
            let Some(pattern) = arm.on.pattern() else {
                continue;
            };
            // with nothing in it the arm says no more than that one waits
            if arm.steps.is_empty() {
                continue;
            }
            let takes = |exit: &&Exit| covers(reads, journey, &exit.pattern, pattern);
            if let Some(exit) = journey.exits.iter().find(takes) {
                dead.push((pattern.node, exit));
                behind += sends(&arm.steps);
            }
        }
    });
    let span = |node: NodeId| -> Span {
        let span = checked.spans.get(node.0 as usize);
        span.copied().unwrap_or_default()
    };
    for (node, exit) in &dead {
        let message = format!(
            "this arm is never taken: `exit on {}` ends the journey by the same event",
            exit.reason
        );
        out.push(
            Problem::new("unreachable-arm", span(*node), message)
                .label(span(exit.pattern.node), "an exit comes before a wait")
                .help("take the arm's steps to the exit, or the exit out"),
        );
    }
    let all = sends(&journey.steps);
    let out_of_exits: usize = journey
        .exits
        .iter()
        .map(|exit| sends(exit.steps.as_deref().unwrap_or_default()))
        .sum();
    let Some(goal) = journey.goals.first() else {
        return;
    };
    let name = &journey.name;
    if all > 0 && all == behind && out_of_exits == 0 {
        let message = format!("every message of `{name}` stands behind an exit");
        out.push(
            Problem::new("goal-out-of-reach", span(goal.node), message)
                .help("nothing that it sends can bring the goal about"),
        );
    } else if journey.goal_of_last_send && all + out_of_exits == 0 && hands_on(journey) {
        let message = format!("the goal counts from the last send, and `{name}` sends nothing");
        out.push(
            Problem::new("goal-out-of-reach", span(goal.node), message)
                .help("count from the entry: leave `of last send` out"),
        );
    }
}

fn sends(steps: &[Step]) -> usize {
    let mut sends = 0;
    walk::every_step(steps, &mut |step| {
        sends += usize::from(matches!(step.kind, StepKind::Send(_)));
    });
    sends
}

/// It does something that may serve its goal; else `goal-without-send` has said so.
fn hands_on(journey: &Journey) -> bool {
    let mut acts = false;
    walk::every_step(&journey.steps, &mut |step| {
        acts |= matches!(
            step.kind,
            StepKind::Emit { .. } | StepKind::Start { .. } | StepKind::SetField { .. }
        );
    });
    acts
}

/// Whoever's event fits the one fits the other.
fn covers(reads: &Reads<'_>, journey: &Journey, exit: &Pattern, wait: &Pattern) -> bool {
    let alike = exit.event == wait.event
        && exit.of_step.is_none()
        && wait.of_step.is_none()
        && exit.each.is_none()
        && (exit.key.is_none() || exit.key == wait.key && wait.each.is_none());
    // an event of before the wait is seen by `since enter`, and would have ended the journey then
    if !alike {
        return false;
    }
    let Some(filter) = &exit.filter else {
        return true;
    };
    let mut translator = Translator::new(reads);
    let world = reads.world();
    let record = world
        .events
        .get(exit.event.index())
        .map(|event| event.record);
    translator.event = record.map(Type::Record);
    translator.locals = journey
        .locals
        .iter()
        .map(|local| local.ty.clone())
        .collect();
    if let crate::hir::Enter::On(entry) = &journey.enter {
        let record = world
            .events
            .get(entry.event.index())
            .map(|event| event.record);
        translator.entry = record.map(Type::Record);
    }
    let fits = wait
        .filter
        .as_ref()
        .map(|filter| translator.predicate(filter));
    let leaves = translator.predicate(filter);
    let question = fits
        .unwrap_or(super::formula::Formula::True)
        .and(leaves.negated());
    ask(&mut translator, question) == Verdict::Never
}
