//! Steps: what a journey does, one function per step.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::tree::{
    Combined, Expr, MatchArm, Name, SendBy, SendStep, SplitArm, Step, StepKind, WaitArm, WaitWhat,
};

impl Lower<'_> {
    /// The steps of a `{ … }`.
    pub(super) fn block(&mut self, pair: P<'_>) -> Vec<Step> {
        let span = self.span(&pair);
        let steps = self.deeper(span, |lower| {
            let mut steps = Vec::new();
            for kid in pair.into_inner() {
                if kid.as_rule() == Rule::step {
                    steps.push(lower.step(&kid));
                } else if kid.as_rule() == Rule::bad_step {
                    let span = lower.span(&kid);
                    steps.push(Step {
                        doc: None,
                        kind: StepKind::Broken,
                        span,
                    });
                }
            }
            steps
        });
        steps.unwrap_or_default()
    }

    fn block_in(&mut self, kids: &Kids<'_>) -> Vec<Step> {
        kids.find(Rule::block)
            .map_or_else(Vec::new, |block| self.block(block))
    }

    pub(super) fn step(&mut self, pair: &P<'_>) -> Step {
        let first = Self::first(pair);
        let doc = self.doc(first);
        let Some(kind) = pair.clone().into_inner().next() else {
            return Step {
                doc,
                kind: StepKind::Broken,
                span: self.span(pair),
            };
        };
        let span = self.span(&kind);
        Step {
            doc,
            kind: self.step_kind(kind),
            span,
        }
    }

    fn step_kind(&mut self, pair: P<'_>) -> StepKind {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::wait => self.wait(&kids, end),
            Rule::if_step => self.if_step(&kids, end),
            Rule::match_step => StepKind::Match {
                value: self.expr_in(&kids, end),
                arms: kids
                    .all(Rule::match_arm)
                    .map(|arm| self.match_arm(arm))
                    .collect(),
            },
            Rule::split => StepKind::Split {
                name: self.new_name(&kids, first + 1),
                salt: self.salt_in(&kids),
                arms: kids
                    .all(Rule::split_arm)
                    .map(|arm| self.split_arm(arm))
                    .collect(),
            },
            Rule::send => StepKind::Send(self.send(&kids, first, end)),
            Rule::decide => self.decide(&kids, first),
            Rule::let_step => StepKind::Let {
                name: self.value_name(&kids, first + 1),
                ty: kids.find(Rule::type_).map(|ty| self.type_ref(ty)),
                value: self.expr_in(&kids, end),
            },
            Rule::set => StepKind::Set {
                name: kids
                    .find(Rule::path)
                    .map_or_else(Vec::new, |path| self.path(path)),
                value: self.expr_in(&kids, end),
            },
            Rule::repeat => StepKind::Repeat {
                every: kids
                    .find(Rule::every)
                    .map(|every| self.only_duration(every)),
                times: self.times_in(&kids),
                condition: kids
                    .find(Rule::repeat_while)
                    .map(|part| self.only_expr(part)),
                steps: self.block_in(&kids),
            },
            Rule::leave => StepKind::Leave,
            Rule::again => StepKind::Again,
            Rule::restart => StepKind::Restart {
                times: self.times_in(&kids),
            },
            Rule::end => StepKind::End {
                reason: kids.find(Rule::name).map(|reason| self.name(&reason)),
            },
            _ => self.act(rule, &kids, first, end),
        }
    }

    fn decide(&mut self, kids: &Kids<'_>, first: usize) -> StepKind {
        // `decide NAME = DECISION`: the second name.
        let decision = self.names_in(kids).into_iter().nth(1);
        StepKind::Decide {
            name: self.new_name(kids, first + 1),
            decision: decision.unwrap_or_default(),
            args: kids
                .find(Rule::args)
                .map_or_else(Vec::new, |args| self.args(args)),
        }
    }

    fn times_in(&mut self, kids: &Kids<'_>) -> Option<Expr> {
        let found = |rule| kids.has(rule);
        let some = found(Rule::number) || found(Rule::paren) || found(Rule::m_number);
        some.then(|| self.number_in(kids, 0))
    }

    fn if_step(&mut self, kids: &Kids<'_>, end: usize) -> StepKind {
        let mut conditions = kids
            .all(Rule::expr)
            .map(|part| self.expr(part))
            .collect::<Vec<_>>();
        let blocks = kids
            .all(Rule::block)
            .map(|block| self.block(block))
            .collect::<Vec<_>>();
        conditions.resize_with(blocks.len(), || self.missing(end));
        let otherwise = kids
            .find(Rule::else_block)
            .map(|part| self.block_in(&Kids::of(part)));
        StepKind::If {
            arms: conditions.into_iter().zip(blocks).collect(),
            otherwise,
        }
    }

    fn match_arm(&mut self, pair: P<'_>) -> MatchArm {
        let span = self.span(&pair);
        let kids = Kids::of(pair);
        MatchArm {
            patterns: self.value_patterns(&kids),
            steps: self.block_in(&kids),
            span,
        }
    }

    fn split_arm(&mut self, pair: P<'_>) -> SplitArm {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        SplitArm {
            name: self.name_in(&kids, first),
            share: self.number_in(&kids, end),
            steps: self.block_in(&kids),
            span,
        }
    }

    // ── wait ────────────────────────────────────────────────────────────────────────────────────

    fn wait(&mut self, kids: &Kids<'_>, end: usize) -> StepKind {
        let name = kids.find(Rule::wait_name).map(|name| {
            let first = Self::first(&name);
            self.new_name(&Kids::of(name), first)
        });
        if let Some(until) = kids.find(Rule::wait_until) {
            return self.wait_until(name, until);
        }
        if let Some(delay) = kids.find(Rule::wait_delay) {
            return StepKind::Wait {
                name,
                delay: self.only_duration(delay),
            };
        }
        let up_to = kids
            .find(Rule::up_to)
            .map(|up_to| self.only_duration(up_to));
        let what = match kids.find(Rule::wait_for) {
            Some(part) => self.wait_what(part),
            None => WaitWhat::Missing(self.gap(end)),
        };
        StepKind::WaitFor { name, up_to, what }
    }

    fn wait_until(&mut self, name: Option<Name>, pair: P<'_>) -> StepKind {
        let end = Self::end(&pair);
        let kids = Kids::of(pair);
        let weekday = kids.find(Rule::weekday).map(|day| {
            let at = Self::first(&day);
            Name {
                text: self.token_text(at).to_string(),
                span: self.token_span(at),
            }
        });
        let until = match weekday {
            Some(_) => self.clock_in(&kids, end),
            None => self.expr_in(&kids, end),
        };
        let past = kids
            .find(Rule::past)
            .map(|past| self.block_in(&Kids::of(past)));
        StepKind::WaitUntil {
            name,
            weekday,
            until,
            past,
        }
    }

    fn wait_what(&mut self, pair: P<'_>) -> WaitWhat {
        let end = Self::end(&pair);
        let kids = Kids::of(pair);
        if let Some(arms) = kids.find(Rule::wait_arms) {
            return WaitWhat::Arms(self.wait_arms(arms));
        }
        if let Some(step) = kids.find(Rule::wait_step) {
            let first = Self::first(&step);
            let kids = Kids::of(step);
            let arms = kids.find(Rule::wait_arms).map(|arms| self.wait_arms(arms));
            return WaitWhat::Step {
                step: self.name_in(&kids, first),
                arms: arms.unwrap_or_default(),
            };
        }
        match kids.find(Rule::pattern) {
            Some(pattern) => WaitWhat::One(self.event_pattern(pattern)),
            None => WaitWhat::Missing(self.gap(end)),
        }
    }

    fn wait_arms(&mut self, pair: P<'_>) -> Vec<WaitArm> {
        let mut arms = Vec::new();
        for arm in Kids::of(pair).all(Rule::wait_arm) {
            let span = self.span(&arm);
            let kids = Kids::of(arm);
            let pattern = kids
                .find(Rule::arm_pattern)
                .map(|part| self.event_pattern(part));
            arms.push(WaitArm {
                pattern,
                steps: self.block_in(&kids),
                span,
            });
        }
        arms
    }

    // ── send ────────────────────────────────────────────────────────────────────────────────────

    fn combined(&mut self, part: P<'_>) -> Combined {
        let (span, end) = (self.span(&part), Self::end(&part));
        let kids = Kids::of(part);
        let within = kids.find(Rule::duration);
        let named = kids.0.iter().any(|kid| super::is_name(kid.as_rule()));
        Combined {
            within: within.map(|within| self.duration(within)),
            rows: named.then(|| self.new_name(&kids, end)),
            span,
        }
    }

    fn send(&mut self, kids: &Kids<'_>, first: usize, end: usize) -> SendStep {
        let name = kids
            .either(Rule::send_name, Rule::send_bare)
            .next()
            .map(|name| {
                let inner = Kids::of(name);
                self.new_name(&inner, first + 1)
            });
        let message = match kids.find(Rule::send_unnamed) {
            Some(unnamed) => self.name_in(&Kids::of(unnamed), first + 1),
            None => self.name_in(kids, first + 1),
        };
        let args = kids
            .find(Rule::args)
            .map_or_else(Vec::new, |args| self.args(args));
        let by = match kids.find(Rule::by) {
            Some(by) => {
                let after = Self::first(&by);
                let kids = Kids::of(by);
                if kids.has(Rule::by_first) {
                    SendBy::FirstOf(self.names_in(&kids))
                } else {
                    let channel = self.name_in(&kids, after);
                    if channel.is_missing() {
                        SendBy::Missing(channel.span)
                    } else {
                        SendBy::One(channel)
                    }
                }
            }
            None => SendBy::Missing(self.gap(end)),
        };
        let combined = kids.find(Rule::combined).map(|part| self.combined(part));
        let otherwise = kids
            .find(Rule::send_else)
            .map(|part| self.block_in(&Kids::of(part)));
        SendStep {
            name,
            message,
            args,
            by,
            combined,
            otherwise,
        }
    }
}
