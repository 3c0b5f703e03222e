//! How soon the first message of a journey can go out: the shortest time on any path to a send.

use crate::hir::{Expr, ExprKind, Step, StepKind};
use journey_program::types::Value;

/// Milliseconds from the entry to the earliest send; None: there is none, or a step is of a kind not known here.
pub fn first_send(steps: &[Step]) -> Option<i64> {
    let mut found = None;
    walk(steps, 0, &mut found);
    found
}

/// The shortest time to the end of the block; None: no path comes out.
fn walk(steps: &[Step], from: i64, found: &mut Option<i64>) -> Option<i64> {
    let mut now = from;
    for step in steps {
        now = one(step, now, found)?;
    }
    Some(now)
}

fn least(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn one(step: &Step, now: i64, found: &mut Option<i64>) -> Option<i64> {
    let mut any = |blocks: Vec<(&[Step], i64)>| {
        blocks
            .into_iter()
            .map(|(block, at)| walk(block, at, found))
            .fold(None, least)
    };
    match &step.kind {
        StepKind::Wait { delay, .. } => Some(now + length(delay)),
        StepKind::WaitFor {
            up_to,
            arms,
            timeout,
            ..
        } => {
            let late = now + up_to.as_ref().map_or(0, length);
            let mut blocks: Vec<(&[Step], i64)> =
                arms.iter().map(|arm| (arm.steps.as_slice(), now)).collect();
            blocks.extend(timeout.iter().map(|steps| (steps.as_slice(), late)));
            any(blocks)
        }
        StepKind::WaitUntil { past, .. } => {
            let past = past.as_deref().unwrap_or_default();
            any(vec![(past, now), (&[], now)])
        }
        StepKind::If { arms, otherwise } => {
            let mut blocks: Vec<(&[Step], i64)> = arms
                .iter()
                .map(|(_, steps)| (steps.as_slice(), now))
                .collect();
            blocks.push((otherwise, now));
            any(blocks)
        }
        StepKind::Match { arms, .. } => any(arms
            .iter()
            .map(|(_, steps)| (steps.as_slice(), now))
            .collect()),
        StepKind::Split { arms, .. } => {
            any(arms.iter().map(|arm| (arm.steps.as_slice(), now)).collect())
        }
        StepKind::Send(send) => {
            *found = least(*found, Some(now));
            walk(&send.otherwise, now, found);
            Some(now)
        }
        StepKind::Repeat { steps, .. } => {
            walk(steps, now, found);
            Some(now)
        }
        StepKind::Leave | StepKind::Again | StepKind::Restart { .. } | StepKind::End { .. } => None,
        _ => Some(now),
    }
}

/// A constant delay; what is data may be nothing.
pub(super) fn length(e: &Expr) -> i64 {
    const SHORT_DAY_MS: i64 = 23 * 3_600_000;
    match &e.kind {
        ExprKind::Value(Value::Duration(ms)) => *ms,
        ExprKind::Value(Value::Span(span)) => {
            (i64::from(span.months) * 28 + i64::from(span.days)) * SHORT_DAY_MS
        }
        _ => 0,
    }
}
