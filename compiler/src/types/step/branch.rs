//! Steps that part the path: `if`, `match`, `split`, and loops.

use super::{One, State, Walk};
use crate::hir::{self, SplitArm, StepKind};
use crate::types::decl::of_2_64;
use crate::types::{Checker, Problem};
use journey_grammar::tree::{self, Expr, MatchArm, Name, Span};
use journey_program::types::Type;

impl Checker<'_> {
    /// One branch from a state; its end joins the others if a path comes out.
    pub(super) fn branch(
        &mut self,
        walk: &mut Walk,
        steps: &[tree::Step],
        ends: &mut Vec<State>,
    ) -> Vec<hir::Step> {
        let block = self.steps(steps, walk);
        if !block.ends {
            ends.push(self.save(walk));
        }
        block.steps
    }

    pub(super) fn if_step(
        &mut self,
        arms: &[(Expr, Vec<tree::Step>)],
        otherwise: Option<&[tree::Step]>,
        walk: &mut Walk,
    ) -> One {
        let before = self.save(walk);
        let mut ends = Vec::new();
        let mut checked = Vec::new();
        for (condition, steps) in arms {
            let at_condition = self.save(walk);
            let value = self.condition(condition);
            self.assume(condition, true);
            let steps = self.branch(walk, steps, &mut ends);
            checked.push((value, steps));
            self.restore(walk, &at_condition);
            self.assume(condition, false);
        }
        let otherwise = self.branch(walk, otherwise.unwrap_or_default(), &mut ends);
        let stops = ends.is_empty();
        self.join_states(walk, &before, ends);
        let kind = StepKind::If {
            arms: checked,
            otherwise,
        };
        (Some(kind), stops)
    }

    pub(super) fn match_step(
        &mut self,
        value: &Expr,
        arms: &[MatchArm],
        span: Span,
        walk: &mut Walk,
    ) -> One {
        let subject = self.expr(value, None);
        let over = self.match_type(&subject);
        self.check_matchable(&over, value.span);
        let before = self.save(walk);
        let mut ends = Vec::new();
        let mut out = Vec::new();
        let mut all: Vec<hir::Pat> = Vec::new();
        for arm in arms {
            self.restore(walk, &before);
            let pats = self.patterns(&arm.patterns, &over);
            self.report_covered(&over, &all, &pats, arm.span);
            if self.arm_is_known(&pats, &all) {
                self.learn(&subject);
            }
            let steps = self.branch(walk, &arm.steps, &mut ends);
            all.extend(pats.iter().cloned());
            out.push((pats, steps));
        }
        self.report_missing_arms(&over, &all, arms, span);
        let stops = ends.is_empty() && !arms.is_empty();
        self.join_states(walk, &before, ends);
        let kind = StepKind::Match {
            value: subject,
            arms: out,
        };
        (Some(kind), stops)
    }

    /// What the arms of a `match` leave out; the fix adds an arm for each value.
    fn report_missing_arms(&mut self, ty: &Type, all: &[hir::Pat], arms: &[MatchArm], span: Span) {
        let written: usize = arms.iter().map(|arm| arm.patterns.len()).sum();
        // A pattern that was wrong has been told: what it would have covered is anyone's guess.
        if written != all.len() {
            return;
        }
        let Some(missing) = crate::types::missing(ty, all, self.world) else {
            return;
        };
        let head = Span::new(span.start, span.start + 5);
        let message = format!("this `match` leaves out {missing}");
        let mut problem =
            Problem::new("match-not-exhaustive", head, message).help("handle it, or add an `else`");
        // behind the last arm: the block's own end may be missing
        if let Some(last) = arms.last() {
            let behind = Span::new(last.span.end, last.span.end);
            let arms = crate::types::matching::missing_arms(ty, all, self.world);
            let arms: String = arms.iter().map(|arm| format!("\n{arm} => {{ }}")).collect();
            problem = problem.fix("add what is left out", vec![(behind, arms)]);
        }
        self.report(problem);
    }

    pub(super) fn split(
        &mut self,
        name: &Name,
        salt: Option<&Expr>,
        arms: &[tree::SplitArm],
        span: Span,
        walk: &mut Walk,
    ) -> One {
        let step = self.named_step(walk, Some(name), "split", span, None);
        let salt = salt.and_then(|salt| self.constant_text(salt));
        let names: Vec<Name> = arms.iter().map(|arm| arm.name.clone()).collect();
        self.unique_names(&names, "arm");
        let before = self.save(walk);
        let mut ends = Vec::new();
        let mut checked = Vec::new();
        let mut shares = Some(0.0);
        for arm in arms {
            self.restore(walk, &before);
            let share = self.share(&arm.share);
            shares = shares.zip(share).map(|(sum, share)| sum + share);
            let steps = self.branch(walk, &arm.steps, &mut ends);
            checked.push(SplitArm {
                name: arm.name.text.clone(),
                share: of_2_64(share.unwrap_or_default()),
                steps,
            });
        }
        if let Some(sum) = shares.filter(|sum| (sum - 1.0_f64).abs() > 1e-9) {
            let percent = (sum * 1e6).round() / 1e4;
            let message = format!(
                "the shares of `{}` add up to {percent}%, not 100%",
                name.text
            );
            self.report(Problem::new("shares-not-100", name.span, message));
        }
        let stops = ends.is_empty() && !arms.is_empty();
        self.join_states(walk, &before, ends);
        let kind = StepKind::Split {
            step,
            name: name.text.clone(),
            salt: salt.unwrap_or_else(|| format!("{}.{}", walk.salt, name.text)),
            arms: checked,
        };
        (Some(kind), stops)
    }

    pub(super) fn repeat(
        &mut self,
        (every, times, condition): (Option<&Expr>, Option<&Expr>, Option<&Expr>),
        steps: &[tree::Step],
        span: Span,
        walk: &mut Walk,
    ) -> One {
        let step = self.named_step(walk, None, "repeat", span, None);
        let head = Span::new(span.start, span.start + 6);
        if walk.exit {
            let message = "the steps of an `exit` can't repeat";
            self.report(Problem::new("wait-in-exit", head, message));
        }
        let every = every.map(|every| self.duration(every));
        let times = times.map(|times| self.expr_as(times, &Type::Int));
        if times.is_none() {
            self.report(
                Problem::new("loop-without-bound", head, "this loop has no bound")
                    .help("write `repeat up to 12 times { … }`"),
            );
        }
        let waited = walk.waited;
        self.begins_again([steps]);
        let before = self.save(walk);
        let checked_condition = condition.map(|condition| {
            let value = self.condition(condition);
            self.assume(condition, true);
            value
        });
        walk.waited = every.is_some();
        walk.loops.push(Vec::new());
        let block = self.steps(steps, walk);
        if !block.ends && !walk.waited && !walk.exit {
            self.report_no_wait(head);
        }
        let end = self.save(walk);
        let mut ends = walk.loops.pop().unwrap_or_default();
        ends.push(before.clone());
        if !block.ends {
            ends.push(end);
        }
        self.join_states(walk, &before, ends);
        walk.waited = waited;
        let kind = StepKind::Repeat {
            step,
            every,
            times,
            condition: checked_condition,
            steps: block.steps,
        };
        (Some(kind), false)
    }

    fn report_no_wait(&mut self, span: Span) {
        self.report(
            Problem::new(
                "loop-without-wait",
                span,
                "a cycle of this loop may pass without a wait",
            )
            .help("wait in it, or say how often: `repeat every 1 day up to 7 times { … }`"),
        );
    }

    pub(super) fn leave(&mut self, span: Span, walk: &mut Walk) -> Option<StepKind> {
        let state = self.save(walk);
        match walk.loops.last_mut() {
            Some(leaves) => {
                leaves.push(state);
                Some(StepKind::Leave)
            }
            None => {
                self.report(Problem::new(
                    "misplaced",
                    span,
                    "there is no loop here to leave",
                ));
                None
            }
        }
    }

    pub(super) fn again(&mut self, span: Span, walk: &mut Walk) -> Option<StepKind> {
        if walk.loops.is_empty() {
            self.report(Problem::new(
                "misplaced",
                span,
                "there is no loop here to go on with",
            ));
            return None;
        }
        if !walk.waited {
            self.report_no_wait(span);
        }
        Some(StepKind::Again)
    }
}
