//! `wait for STEP { accepted => { } timeout => { } }`: every answer of the step's channels, and the deadline; and
//! `withdraw STEP`.

use super::{One, Walk};
use crate::diagnostics::words;
use crate::hir::{StepKind, StepRef};
use crate::types::{Checker, Problem};
use journey_grammar::tree::{self, Name, Span};
use journey_program::types::ChannelId;

impl Checker<'_> {
    pub(super) fn wait_for_answers(
        &mut self,
        name: Option<&Name>,
        limited: bool,
        of: &Name,
        arms: &[tree::WaitArm],
        span: Span,
        walk: &mut Walk,
    ) -> One {
        if limited {
            let message = "by when an answer is due is the channel's to say";
            self.report(
                Problem::new("misplaced", of.span, message).help("write `wait for STEP { … }`"),
            );
        }
        let step = self.begin_wait(name, span, walk);
        let Some((send, answers)) = self.answered_send(of, walk) else {
            let before = self.save(walk);
            for arm in arms {
                self.steps(&arm.steps, walk);
                self.restore(walk, &before);
            }
            return (None, false);
        };
        self.timeouts(arms, true, span);
        let given = |answer: &&String| {
            let patterns = arms.iter().filter_map(|arm| arm.pattern.as_ref());
            let mut paths = patterns.filter_map(|pattern| pattern.path.first());
            paths.any(|name| name.text == **answer)
        };
        let missing: Vec<&str> = answers
            .iter()
            .filter(|answer| !given(answer))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            let close = Span::new(span.end.saturating_sub(1), span.end.saturating_sub(1));
            let arms: String = missing.iter().map(|m| format!("{m} => {{ }}\n")).collect();
            let message = format!("nothing is said for {}", words::listed(&missing));
            self.report(
                Problem::new("answer-not-handled", of.span, message)
                    .help("every answer has an arm, and the deadline: `timeout => { … }`")
                    .fix("add what is missing", vec![(close, arms)]),
            );
        }
        let arms: Vec<tree::WaitArm> = arms.iter().map(|arm| outcome_arm(arm, of)).collect();
        self.arms(step, None, &arms, Some(send), walk)
    }

    pub(super) fn withdraw(&mut self, of: &Name, walk: &Walk) -> Option<StepKind> {
        let (send, _) = self.answered_send(of, walk)?;
        Some(StepKind::Withdraw { send })
    }

    /// A send on this path, and the names of what it may be answered by.
    fn answered_send(&mut self, of: &Name, walk: &Walk) -> Option<(StepRef, Vec<String>)> {
        let sends = walk.sends_here();
        let Some((_, step, channels)) = sends.iter().find(|(name, ..)| *name == of.text) else {
            let known = sends.iter().map(|(name, ..)| name.as_str());
            self.report(words::unknown_name(of, "send", known));
            return None;
        };
        let own = self.own_answers(*step).iter().map(|own| own.name.clone());
        let mut answers: Vec<String> = own.collect();
        if answers.is_empty() {
            answers = self.answers_of(channels);
        }
        if answers.is_empty() {
            let message = format!("nobody answers `{}`", of.text);
            self.report(
                Problem::new("not-answerable", of.span, message)
                    .help("its channels name no `answer`; what they tell are outcomes: `wait for STEP.OUTCOME`"),
            );
            return None;
        }
        Some((*step, answers))
    }

    fn answers_of(&self, channels: &[ChannelId]) -> Vec<String> {
        let mut answers: Vec<String> = Vec::new();
        for id in channels {
            let channel = self.world.channels.get(id.index());
            let outcomes = channel.into_iter().flat_map(|channel| &channel.outcomes);
            for outcome in outcomes.filter(|outcome| outcome.answer) {
                if !answers.contains(&outcome.name) {
                    answers.push(outcome.name.clone());
                }
            }
        }
        answers
    }
}

/// `accepted => …` as `STEP.accepted as accepted => …`
fn outcome_arm(arm: &tree::WaitArm, of: &Name) -> tree::WaitArm {
    let mut arm = arm.clone();
    if let Some(pattern) = &mut arm.pattern
        && let [answer] = pattern.path.as_slice()
    {
        let answer = answer.clone();
        pattern.bind.get_or_insert_with(|| answer.clone());
        pattern.path = vec![of.clone(), answer];
    }
    arm
}
