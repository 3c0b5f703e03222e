//! Waits: where `run` stops and what lets it go on.

use super::journey::{bind, condition, pattern};
use super::recall::pattern_signature;
use super::steps::{Steps, Waiting, kind_of};
use crate::hir::{Awaited, Expr, Step, StepKind, StepRef, Until, WaitArm};
use journey_program::ir::{BlockId, IntOp, Reg};
use journey_program::plan::{Outcome, PatternPlan, WaitArmPlan, WaitKind, WaitPlan};
use journey_program::types::{EventId, StepId};

/// No deadline.
const NEVER: i64 = i64::MAX;

impl<'p> Steps<'_, '_, 'p> {
    pub(super) fn new_wait(&mut self) -> i64 {
        self.making.parts.waits.push(None);
        i64::try_from(self.making.parts.waits.len() - 1).unwrap_or(0)
    }

    pub(super) fn set_wait(&mut self, number: i64, plan: WaitPlan) {
        let slot = usize::try_from(number)
            .ok()
            .and_then(|number| self.making.parts.waits.get_mut(number));
        if let Some(slot) = slot {
            *slot = Some(plan);
        }
    }

    pub(super) fn wait(&mut self, named: StepRef, delay: &Expr) {
        let value = self.g.expr(delay).reg;
        let number = self.new_wait();
        self.stop(Outcome::Wait, number, value);
        let resume = self.resume();
        self.set_wait(
            number,
            WaitPlan {
                step: StepId(named.0),
                kind: kind_of(&delay.ty),
                arms: Vec::new(),
                timeout: resume,
                past: resume,
                collect: None,
            },
        );
    }

    pub(super) fn wait_until(&mut self, named: StepRef, until: &Until, past: Option<&'p [Step]>) {
        let (kind, value) = match until {
            Until::Clock { weekday, clock } => (
                WaitKind::Clock { weekday: *weekday },
                self.g.expr(clock).reg,
            ),
            Until::Instant(instant) => (WaitKind::Until, self.g.expr(instant).reg),
        };
        let number = self.new_wait();
        self.stop(Outcome::Wait, number, value);
        let join = self.g.code.block();
        let timeout = self.resume_at(join);
        let past = past.map_or(timeout, |steps| {
            let resume = self.resume();
            self.all(steps);
            self.g.code.jump(join);
            resume
        });
        self.set_wait(
            number,
            WaitPlan {
                step: StepId(named.0),
                kind,
                arms: Vec::new(),
                timeout,
                past,
                collect: None,
            },
        );
        self.fresh(join);
    }

    pub(super) fn wait_for(&mut self, step: &'p Step) {
        let StepKind::WaitFor {
            step: named,
            up_to,
            arms,
            timeout,
            as_optional,
            answers,
        } = &step.kind
        else {
            return;
        };
        let up_to = up_to.as_ref();
        let number = self.new_wait();
        let waiting = Waiting {
            number,
            up_to,
            counter: self.begin_counter(arms),
            node: step.node,
        };
        if *as_optional {
            self.clear_binds(arms);
        }
        let value = self.limit(up_to);
        self.stop(Outcome::Wait, number, value);
        let join = self.g.code.block();
        let mut plans = Vec::with_capacity(arms.len());
        for (arm, place) in arms.iter().zip(0u32..) {
            plans.push(self.arm(arm, place, waiting, join, answers.is_some()));
        }
        let timeout = match timeout {
            Some(steps) => {
                let resume = self.resume();
                self.all(steps);
                self.g.code.jump(join);
                resume
            }
            None => self.resume_at(join),
        };
        let send = answers.and_then(|step| self.making.instance.send_of(step));
        let past = match send {
            Some(_) => self.resume_at(join),
            None => timeout,
        };
        let kind = match send {
            Some(send) => WaitKind::Answer { send },
            None => up_to.map_or(WaitKind::Duration, |up_to| kind_of(&up_to.ty)),
        };
        self.set_wait(
            number,
            WaitPlan {
                step: StepId(named.0),
                kind,
                arms: plans,
                timeout,
                past,
                collect: None,
            },
        );
        self.fresh(join);
    }

    /// A wait that may begin again counts how often it did.
    fn begin_counter(&mut self, arms: &[WaitArm]) -> Option<u32> {
        arms.iter().any(|arm| arm.restarts.is_some()).then(|| {
            let counter = self.making.counter();
            let zero = self.g.code.int(0);
            self.g.set_int_at(counter, zero);
            counter
        })
    }

    fn clear_binds(&mut self, arms: &[WaitArm]) {
        for arm in arms {
            let bound = arm
                .on
                .pattern()
                .and_then(|pattern| bind(self.making, pattern));
            if let Some((_, Some(bit))) = bound {
                let no = self.g.code.bool(false);
                self.g.set_bit(bit, no);
            }
        }
    }

    fn limit(&mut self, up_to: Option<&Expr>) -> Reg {
        match up_to {
            Some(up_to) => self.g.expr(up_to).reg,
            None => self.g.code.int(NEVER),
        }
    }

    fn arm(
        &mut self,
        arm: &'p WaitArm,
        place: u32,
        waiting: Waiting<'p>,
        join: BlockId,
        answers: bool,
    ) -> WaitArmPlan {
        let bound = waiting.counter.zip(arm.restarts.map(i64::from));
        let name = format!("wait.{}.arm.{place}", waiting.number);
        let plan = match &arm.on {
            Awaited::Event(awaited) => pattern(self.g.tables, self.making, awaited, &name, bound),
            Awaited::Audience { .. } => PatternPlan {
                event: EventId::default(),
                also: Vec::new(),
                filter: condition(self.g.tables, self.making, None, None, &name, bound),
                key: None,
                each: None,
                of_send: None,
            },
        };
        let resume = self.resume();
        self.waits.push(waiting);
        self.all(&arm.steps);
        self.waits.pop();
        self.g.code.jump(join);
        let back = arm.on.pattern();
        let back = back.filter(|pattern| pattern.since_enter || answers);
        let recall = back.and_then(|pattern| {
            let signature = pattern_signature(pattern);
            self.making.parts.looks_back.get(&signature).copied()
        });
        WaitArmPlan {
            pattern: plan,
            resume,
            bind: arm
                .on
                .pattern()
                .and_then(|pattern| bind(self.making, pattern)),
            recall,
            audience: match &arm.on {
                Awaited::Event(_) => None,
                Awaited::Audience { id, .. } => Some(*id),
            },
        }
    }

    pub(super) fn restart(&mut self) {
        let Some(waiting) = self.waits.last().copied() else {
            return;
        };
        if let Some(counter) = waiting.counter {
            let site = self.g.site(waiting.node);
            let count = self.g.int_at(counter);
            let one = self.g.code.int(1);
            let add = super::code::Pure::Arith(IntOp::Add, count, one);
            let count = self.g.code.pure(add, site);
            self.g.set_int_at(counter, count);
        }
        let value = self.limit(waiting.up_to);
        self.stop(Outcome::Restart, waiting.number, value);
    }
}
