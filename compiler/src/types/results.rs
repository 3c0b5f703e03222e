//! `S.sent`, `S.reason`, `S.channel` after `send S`: variables of the journey that the engine writes. They
//! exist only where something reads them.

use super::name::{Root, did_you_mean};
use super::suggest::nearest;
use super::{Checker, Place, Problem};
use crate::hir::{ExprKind as Hir, Journey, Local, LocalId, Step, StepKind, StepRef};
use journey_grammar::tree::{Name, Span};
use journey_program::types::Type;

/// What a variable holds of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendResult {
    Reason,
    Channel,
}

const RESULTS: [&str; 3] = ["sent", "reason", "channel"];

impl Checker<'_> {
    /// `S.sent`, `S.reason`, `S.channel`, where `S` is a send on every path to here.
    pub(crate) fn send_result(&mut self, names: &[Name], span: Span) -> Option<Root> {
        let [first, second, ..] = names else {
            return None;
        };
        let step = self
            .scope
            .steps
            .iter()
            .rev()
            .find(|(name, _)| *name == first.text)?
            .1;
        if matches!(self.place, Place::HistoryWhere { .. }) {
            self.report_outer(&first.text, span);
            return Some(Root::Failed);
        }
        let at = first.span.to(second.span);
        let result = match second.text.as_str() {
            "reason" => SendResult::Reason,
            "sent" | "channel" => SendResult::Channel,
            other => {
                let message = format!("a send has no `{other}`");
                let problem = Problem::new("unknown-field", second.span, message);
                let problem = match nearest(other, RESULTS) {
                    Some(near) => did_you_mean(problem, second.span, near),
                    None => problem.help("after it one may ask `sent`, `reason` and `channel`"),
                };
                self.report(problem);
                return Some(Root::Failed);
            }
        };
        let local = self.result_variable(&first.text, step, result);
        let value = self.make(at, Type::Text.optional(), Hir::Local(local));
        let value = if second.text == "sent" {
            self.make(at, Type::Bool, Hir::Known(Box::new(value)))
        } else {
            value
        };
        Some(Root::Value(value, 2))
    }

    fn result_variable(&mut self, step_name: &str, step: StepRef, result: SendResult) -> LocalId {
        let before = self
            .results
            .iter()
            .find(|(s, r, _)| (*s, *r) == (step, result));
        if let Some((_, _, local)) = before {
            return *local;
        }
        let local = LocalId(u32::try_from(self.locals.len()).unwrap_or(u32::MAX));
        let word = match result {
            SendResult::Reason => "reason",
            SendResult::Channel => "channel",
        };
        self.locals.push(Local {
            name: format!("{step_name}.{word}"),
            ty: Type::Text.optional(),
        });
        self.results.push((step, result, local));
        local
    }

    /// Tells the sends of a checked journey which of their results are read.
    pub(crate) fn fill_results(&mut self, journey: &mut Journey) {
        if self.results.is_empty() {
            return;
        }
        self.fill(&mut journey.steps);
        for exit in &mut journey.exits {
            exit.steps.iter_mut().for_each(|steps| self.fill(steps));
        }
    }

    fn fill(&self, steps: &mut [Step]) {
        for step in steps {
            match &mut step.kind {
                StepKind::Send(send) => {
                    for (_, result, local) in self.results.iter().filter(|r| r.0 == send.step) {
                        match result {
                            SendResult::Reason => send.reason = Some(*local),
                            SendResult::Channel => send.channel = Some(*local),
                        }
                    }
                    self.fill(&mut send.otherwise);
                }
                StepKind::WaitUntil { past, .. } => {
                    past.iter_mut().for_each(|steps| self.fill(steps));
                }
                StepKind::WaitFor { arms, timeout, .. } => {
                    arms.iter_mut().for_each(|arm| self.fill(&mut arm.steps));
                    timeout.iter_mut().for_each(|steps| self.fill(steps));
                }
                StepKind::If { arms, otherwise } => {
                    arms.iter_mut().for_each(|(_, steps)| self.fill(steps));
                    self.fill(otherwise);
                }
                StepKind::Match { arms, .. } => {
                    arms.iter_mut().for_each(|(_, steps)| self.fill(steps));
                }
                StepKind::Split { arms, .. } => {
                    arms.iter_mut().for_each(|arm| self.fill(&mut arm.steps));
                }
                StepKind::Repeat { steps, .. } => self.fill(steps),
                StepKind::Wait { .. }
                | StepKind::Decide { .. }
                | StepKind::Let { .. }
                | StepKind::SetLocal { .. }
                | StepKind::SetField { .. }
                | StepKind::Emit { .. }
                | StepKind::Start { .. }
                | StepKind::Mute { .. }
                | StepKind::Withdraw { .. }
                | StepKind::Collect { .. }
                | StepKind::Leave
                | StepKind::Again
                | StepKind::Restart { .. }
                | StepKind::End { .. } => {}
            }
        }
    }
}
