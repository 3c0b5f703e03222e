//! Journeys, by walking their steps: an instance is a stack of blocks and what it waits for.

use super::Model;
use super::actions::Line;
use super::eval::{Broken, Scene};
use super::person::Frame;
use super::values::pat_fits;
use journey_compiler::hir::{Pattern, Step, StepKind};
use journey_program::civil::Zone;
use journey_program::ir::FaultCode;
use journey_program::types::{Span, Value};

/// What a step leads to.
pub(super) enum Next {
    Go,
    /// it waits; the instance says for what
    Wait,
    Done,
}

impl<'p> Model<'p> {
    pub(super) fn zone_of(&self, who: usize) -> &'static Zone {
        self.scene(who, None, None)
            .map_or_else(Zone::utc, |s| s.civil_zone())
    }

    pub(super) fn add_span(&self, who: usize, at: i64, span: Span) -> i64 {
        self.zone_of(who)
            .add_span_to_time(at, span)
            .unwrap_or(i64::MAX)
    }

    pub(super) fn bind(&mut self, who: usize, index: usize, pattern: &Pattern, record: &Value) {
        if let Some(local) = pattern.bind
            && let Some(instance) = self.instance_mut(who, index)
            && let Some(slot) = instance.locals.get_mut(local.0 as usize)
        {
            *slot = record.clone();
        }
    }

    /// Runs an instance until it waits or ends. `first` goes on inside a block that was begun.
    pub(super) fn run(&mut self, who: usize, index: usize, first: Option<&'p [Step]>) {
        if let (Some(steps), Some(instance)) = (first, self.instance_mut(who, index)) {
            instance.stack.push(Frame::Steps(steps, 0));
        }
        loop {
            let Some(instance) = self.instance_mut(who, index) else {
                return;
            };
            if instance.waiting.is_some() {
                return;
            }
            match instance.stack.last_mut() {
                None => {
                    if instance.leaving {
                        return;
                    }
                    self.say_of(who, index, Line::new("end"));
                    self.finish_instance(who, index);
                    return;
                }
                Some(Frame::Arm(..)) => {
                    instance.stack.pop();
                }
                Some(Frame::Cycle(step, cycles)) => {
                    let (step, cycles) = (*step, *cycles);
                    instance.stack.pop();
                    match self.cycle(who, index, step, cycles) {
                        Ok(Next::Go) => {}
                        Ok(Next::Wait | Next::Done) => return,
                        Err(broken) => return self.fault(who, index, broken),
                    }
                }
                Some(Frame::Steps(steps, next)) => {
                    let Some(step) = steps.get(*next) else {
                        instance.stack.pop();
                        continue;
                    };
                    *next += 1;
                    match self.step(who, index, step) {
                        Ok(Next::Go) => {}
                        Ok(Next::Wait | Next::Done) => return,
                        Err(broken) => return self.fault(who, index, broken),
                    }
                }
            }
        }
    }

    pub(super) fn here(&self, who: usize, index: usize) -> Result<Scene<'_>, Broken> {
        let nobody = Broken::new(FaultCode::OutOfRange, Default::default());
        self.scene(who, Some(index), None).ok_or(nobody)
    }

    fn step(&mut self, who: usize, index: usize, step: &'p Step) -> Result<Next, Broken> {
        match &step.kind {
            StepKind::Wait { delay, .. } => {
                let value = self.here(who, index)?.eval(delay)?;
                let due = self.after_delay(who, &value);
                Ok(self.begin_wait(who, index, step, Some(due), &[], 0))
            }
            StepKind::WaitUntil { until, past, .. } => {
                self.wait_until(who, index, step, until, past.as_deref())
            }
            StepKind::WaitFor { .. } => self.wait_for(who, index, step, 0),
            StepKind::If { arms, otherwise } => {
                for (condition, steps) in arms {
                    if self.here(who, index)?.truth(condition)? {
                        self.enter_block(who, index, steps);
                        return Ok(Next::Go);
                    }
                }
                self.enter_block(who, index, otherwise);
                Ok(Next::Go)
            }
            StepKind::Match { value, arms } => {
                let value = self.here(who, index)?.eval(value)?;
                let fits = |(pats, _): &&(Vec<_>, _)| pats.iter().any(|p| pat_fits(p, &value));
                let arm = arms.iter().find(fits);
                if let Some((_, steps)) = arm {
                    self.enter_block(who, index, steps);
                }
                Ok(Next::Go)
            }
            StepKind::Split {
                name, salt, arms, ..
            } => Ok(self.split(who, index, name, salt, arms)),
            StepKind::Send(send) => self.send(who, index, send),
            StepKind::Decide {
                step,
                local,
                decision,
                args,
            } => self.decide(who, index, *step, local.0, *decision, args),
            StepKind::Let { local, value } | StepKind::SetLocal { local, value } => {
                let value = self.here(who, index)?.eval(value)?;
                self.set_local(who, index, local.0, value);
                Ok(Next::Go)
            }
            StepKind::SetField { field, value } => self.set(who, index, *field, value),
            StepKind::Emit { .. } | StepKind::Start { .. } | StepKind::Mute { .. } => {
                self.act(who, index, step)
            }
            StepKind::Collect { .. } => self.collect(who, index, step),
            StepKind::Withdraw { send } => {
                self.take_back(who, index, send.0);
                Ok(Next::Go)
            }
            StepKind::Repeat { .. } => self.cycle(who, index, step, 0),
            StepKind::Leave | StepKind::Again => {
                self.unwind_to_cycle(who, index);
                if matches!(step.kind, StepKind::Leave)
                    && let Some(instance) = self.instance_mut(who, index)
                {
                    instance.stack.pop();
                }
                Ok(Next::Go)
            }
            StepKind::Restart { .. } => self.restart(who, index),
            StepKind::End { reason } => Ok(self.end(who, index, reason.as_deref())),
        }
    }

    pub(super) fn end(&mut self, who: usize, index: usize, reason: Option<&str>) -> Next {
        let mut line = Line::new("end");
        if let Some(reason) = reason {
            line = line.text("reason", reason);
        }
        if self.instance(who, index).is_some_and(|i| i.live) {
            self.say_of(who, index, line);
        }
        self.finish_instance(who, index);
        Next::Done
    }

    pub(super) fn enter_block(&mut self, who: usize, index: usize, steps: &'p [Step]) {
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack.push(Frame::Steps(steps, 0));
        }
    }
}
