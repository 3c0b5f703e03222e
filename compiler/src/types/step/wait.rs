//! Waits: for a while, until an instant, for the first of some events.

use super::{One, Walk};
use crate::hir::{self, StepKind, StepRef, Until, WaitArm};
use crate::types::{Checker, Problem};
use journey_grammar::tree::{self, EventPattern, Expr, Name, Span, WaitWhat};
use journey_program::types::Type;

impl Checker<'_> {
    pub(super) fn wait(
        &mut self,
        name: Option<&Name>,
        delay: &Expr,
        span: Span,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let delay = self.duration(delay);
        let step = self.begin_wait(name, span, walk);
        self.time_passes();
        walk.waited = true;
        Some(StepKind::Wait { step, delay })
    }

    pub(super) fn begin_wait(
        &mut self,
        name: Option<&Name>,
        span: Span,
        walk: &mut Walk,
    ) -> StepRef {
        if walk.exit {
            self.report(
                Problem::new("wait-in-exit", span, "the steps of an `exit` can't wait")
                    .help("they act once on the way out; start another journey by an event if it takes longer"),
            );
        }
        self.named_step(walk, name, "wait", span, None)
    }

    pub(super) fn wait_until(
        &mut self,
        (name, weekday, until): (Option<&Name>, Option<&Name>, &Expr),
        past: Option<&[tree::Step]>,
        span: Span,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let value = self.expr(until, None);
        let value = self.need_known(until, value, None);
        let step = self.begin_wait(name, span, walk);
        let weekday_number = weekday.and_then(|day| self.weekday(day));
        let target = match (&value.ty, weekday_number) {
            (Type::Clock, day) => Until::Clock {
                weekday: day.unwrap_or_default(),
                clock: value,
            },
            (Type::Time, None) => Until::Instant(value),
            (Type::Error, _) => Until::Instant(value),
            (found, _) => {
                let found = crate::types::words::type_name(self.world, found);
                let due = if weekday.is_some() {
                    "a time of day"
                } else {
                    "a time or a time of day"
                };
                let mut problem = Problem::new(
                    "type-mismatch",
                    until.span,
                    format!("{due} is due here, not `{found}`"),
                );
                if value.ty == Type::Date {
                    problem = problem.help("`DATE at 09:00` makes a time of a date");
                }
                self.report(problem);
                Until::Instant(value)
            }
        };
        let before = self.save(walk);
        let past = past.map(|steps| {
            if matches!(target, Until::Clock { .. }) {
                let message = "a time of day is never past: the next one is taken";
                self.report(Problem::new("misplaced", span, message));
            }
            self.time_passes();
            let block = self.steps(steps, walk);
            (block, self.save(walk))
        });
        self.restore(walk, &before);
        self.time_passes();
        walk.waited = true;
        let mut ends = vec![self.save(walk)];
        let past = past.map(|(block, state)| {
            if !block.ends {
                ends.push(state);
            }
            block.steps
        });
        self.join_states(walk, &before, ends);
        Some(StepKind::WaitUntil {
            step,
            until: target,
            past,
        })
    }

    pub(super) fn wait_for(
        &mut self,
        name: Option<&Name>,
        up_to: Option<&Expr>,
        what: &WaitWhat,
        span: Span,
        walk: &mut Walk,
    ) -> One {
        let up_to = up_to.map(|up_to| self.duration(up_to));
        match what {
            WaitWhat::Missing(_) => (None, false),
            WaitWhat::One(pattern) => {
                let kind = self.wait_for_one(name, up_to, pattern, span, walk);
                (kind, false)
            }
            WaitWhat::Arms(arms) => self.wait_for_arms(name, up_to, arms, span, walk),
            WaitWhat::Step { step, arms } => {
                self.wait_for_answers(name, up_to.is_some(), step, arms, span, walk)
            }
        }
    }

    /// Without a block it goes on; the event can be read afterwards, as a `T?` if the wait has an end.
    fn wait_for_one(
        &mut self,
        name: Option<&Name>,
        up_to: Option<hir::Expr>,
        pattern: &EventPattern,
        span: Span,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let step = self.begin_wait(name, span, walk);
        self.time_passes();
        walk.waited = true;
        let on = self.awaited(pattern, walk)?;
        let as_optional = up_to.is_some();
        let bind = on.pattern().and_then(|checked| checked.bind);
        if as_optional && let Some(local) = bind.and_then(|id| self.locals.get_mut(id.0 as usize)) {
            local.ty = local.ty.clone().optional();
        }
        Some(StepKind::WaitFor {
            step,
            timeout: up_to.as_ref().map(|_| Vec::new()),
            up_to,
            arms: vec![WaitArm {
                on,
                restarts: None,
                steps: Vec::new(),
            }],
            as_optional,
            answers: None,
        })
    }

    fn wait_for_arms(
        &mut self,
        name: Option<&Name>,
        up_to: Option<hir::Expr>,
        arms: &[tree::WaitArm],
        span: Span,
        walk: &mut Walk,
    ) -> One {
        let step = self.begin_wait(name, span, walk);
        self.timeouts(arms, up_to.is_some(), span);
        self.arms(step, up_to, arms, None, walk)
    }

    /// The arms of a wait, each from the state at its beginning. `answers`: the send that they answer, which may
    /// have been skipped.
    pub(super) fn arms(
        &mut self,
        step: StepRef,
        up_to: Option<hir::Expr>,
        arms: &[tree::WaitArm],
        answers: Option<StepRef>,
        walk: &mut Walk,
    ) -> One {
        self.time_passes();
        if arms.iter().any(|arm| has_restart(&arm.steps)) {
            self.begins_again(arms.iter().map(|arm| arm.steps.as_slice()));
        }
        walk.waited = true;
        let before = self.save(walk);
        let mut ends = Vec::new();
        let mut checked_arms = Vec::new();
        let mut timeout = None;
        for arm in arms {
            self.restore(walk, &before);
            let pattern = arm.pattern.as_ref();
            let checked = pattern.and_then(|pattern| {
                let on = self.awaited(pattern, walk)?;
                if let (Some(filter), Some(checked)) = (&pattern.filter, on.pattern()) {
                    self.bound_facts(checked, filter);
                }
                Some(on)
            });
            if pattern.is_some() {
                walk.restarts.push(None);
            }
            let block = self.steps(&arm.steps, walk);
            let restarts = if pattern.is_some() {
                walk.restarts.pop().flatten()
            } else {
                None
            };
            if !block.ends {
                ends.push(self.save(walk));
            }
            match (pattern, checked) {
                (None, _) => timeout = Some(block.steps),
                (Some(_), Some(on)) => checked_arms.push(WaitArm {
                    on,
                    restarts,
                    steps: block.steps,
                }),
                (Some(_), None) => {}
            }
        }
        if answers.is_some() {
            self.restore(walk, &before);
            ends.push(self.save(walk));
        }
        let stops = ends.is_empty() && !arms.is_empty();
        self.join_states(walk, &before, ends);
        let kind = StepKind::WaitFor {
            step,
            up_to,
            arms: checked_arms,
            timeout,
            as_optional: false,
            answers,
        };
        (Some(kind), stops)
    }

    /// What an arm's `where` proves known of its event is known of the variable that holds it.
    fn bound_facts(&mut self, pattern: &hir::Pattern, filter: &Expr) {
        let Some(local) = pattern.bind else {
            return;
        };
        let place = std::mem::replace(
            &mut self.place,
            crate::types::Place::Where {
                event: pattern.event,
            },
        );
        let known = std::mem::take(&mut self.scope.known);
        self.assume(filter, true);
        let proved = std::mem::replace(&mut self.scope.known, known);
        self.place = place;
        for fact in proved {
            if let [root, rest @ ..] = fact.as_slice()
                && root == "event"
            {
                let mut fact = vec!["local".to_owned(), local.0.to_string()];
                fact.extend(rest.iter().cloned());
                self.scope.known.push(fact);
            }
        }
    }

    /// A wait with an end says what happens then; one without has no such arm.
    pub(super) fn timeouts(&mut self, arms: &[tree::WaitArm], ends: bool, span: Span) {
        let timeouts: Vec<&tree::WaitArm> = arms.iter().filter(|a| a.pattern.is_none()).collect();
        let head = Span::new(span.start, span.start + 4);
        match (timeouts.as_slice(), ends) {
            ([], true) => {
                let message = "this wait doesn't say what happens when nothing comes";
                let mut problem = Problem::new("wait-without-timeout", head, message)
                    .help("add an arm `timeout => { … }`");
                // behind the last arm: the block's own end may be missing
                if let Some(last) = arms.last() {
                    let behind = Span::new(last.span.end, last.span.end);
                    let arm = "\ntimeout => { }".to_owned();
                    problem = problem.fix("add `timeout`", vec![(behind, arm)]);
                }
                self.report(problem);
            }
            ([timeout, ..], false) => {
                self.report(
                    Problem::new(
                        "timeout-without-limit",
                        timeout.span,
                        "this wait has no end, so `timeout` never comes",
                    )
                    .help("say how long: `wait up to 3 days for { … }`"),
                );
            }
            ([first, second, ..], true) => {
                self.report(
                    Problem::new(
                        "duplicate-arm",
                        second.span,
                        "this wait has two `timeout` arms",
                    )
                    .label(first.span, "the first is here"),
                );
            }
            _ => {}
        }
        if timeouts.len() == arms.len() && ends {
            self.report(
                Problem::new("missing-part", head, "this wait names no event")
                    .help("to wait for time alone, write `wait 3 days`"),
            );
        }
    }

    pub(super) fn restart(
        &mut self,
        times: Option<&Expr>,
        span: Span,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let times = match times {
            Some(times) => self.count(times, 1),
            None => {
                self.report(
                    Problem::new(
                        "loop-without-bound",
                        span,
                        "this could begin again for ever",
                    )
                    .help("write `restart at most 100 times`"),
                );
                None
            }
        };
        let Some(bound) = walk.restarts.last_mut() else {
            self.report(
                Problem::new(
                    "misplaced",
                    span,
                    "there is no wait here that could begin again",
                )
                .help("it stands in the arm of an event: `EVENT => { restart at most 9 times }`"),
            );
            return None;
        };
        let times = times?;
        *bound = Some(bound.map_or(times, |before| before.min(times)));
        Some(StepKind::Restart { times })
    }
}

fn has_restart(steps: &[tree::Step]) -> bool {
    steps.iter().any(|step| {
        matches!(step.kind, tree::StepKind::Restart { .. })
            || crate::names::signature::blocks(&step.kind)
                .into_iter()
                .any(has_restart)
    })
}
