//! `repeat`, `leave`, `again`, `restart`: steps that run more than once.

use super::Model;
use super::eval::Broken;
use super::person::{Frame, Waiting};
use super::steps::Next;
use journey_compiler::hir::{Step, StepKind};
use journey_program::types::Value;

impl<'p> Model<'p> {
    /// Begins a cycle if there is one more.
    pub(super) fn cycle(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        cycles: u32,
    ) -> Result<Next, Broken> {
        let StepKind::Repeat { every, times, .. } = &step.kind else {
            return Ok(Next::Go);
        };
        if let Some(times) = times
            && let Value::Int(times) = self.here(who, index)?.eval(times)?
            && i64::from(cycles) >= times
        {
            return Ok(Next::Go);
        }
        if cycles > 0
            && let Some(every) = every
        {
            let value = self.here(who, index)?.eval(every)?;
            let due = self.after_delay(who, &value);
            let since = self.clock;
            if let Some(instance) = self.instance_mut(who, index) {
                instance.since = since;
                instance.waiting = Some(Waiting::Cycle { step, due, cycles });
            }
            return Ok(Next::Wait);
        }
        self.begin_cycle(who, index, step, cycles)
    }

    pub(super) fn begin_cycle(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        cycles: u32,
    ) -> Result<Next, Broken> {
        let StepKind::Repeat {
            condition, steps, ..
        } = &step.kind
        else {
            return Ok(Next::Go);
        };
        if let Some(condition) = condition
            && !self.here(who, index)?.truth(condition)?
        {
            return Ok(Next::Go);
        }
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack.push(Frame::Cycle(step, cycles + 1));
            instance.stack.push(Frame::Steps(steps, 0));
        }
        Ok(Next::Go)
    }

    /// Drops the blocks inside the nearest cycle; its frame is then the innermost.
    pub(super) fn unwind_to_cycle(&mut self, who: usize, index: usize) {
        if let Some(instance) = self.instance_mut(who, index) {
            while let Some(frame) = instance.stack.last() {
                if matches!(frame, Frame::Cycle(..)) {
                    return;
                }
                instance.stack.pop();
            }
        }
    }

    pub(super) fn restart(&mut self, who: usize, index: usize) -> Result<Next, Broken> {
        loop {
            let Some(instance) = self.instance_mut(who, index) else {
                return Ok(Next::Done);
            };
            match instance.stack.pop() {
                Some(Frame::Arm(step, restarts)) => {
                    return self.wait_for(who, index, step, restarts + 1);
                }
                Some(_) => {}
                None => return Ok(Next::Go),
            }
        }
    }
}
