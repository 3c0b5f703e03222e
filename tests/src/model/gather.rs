//! `collect`: events become a list, the entry first if it is one of them.

use super::Model;
use super::eval::Broken;
use super::person::Waiting;
use super::steps::Next;
use journey_compiler::hir::{Enter, Step, StepKind};
use journey_program::types::{EventId, Value};

impl<'p> Model<'p> {
    pub(super) fn collect(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
    ) -> Result<Next, Broken> {
        let StepKind::Collect { pattern, up_to, .. } = &step.kind else {
            return Ok(Next::Go);
        };
        let delay = self.here(who, index)?.eval(up_to)?;
        let due = self.after_delay(who, &delay);
        let since = self.clock;
        if let Some(instance) = self.instance_mut(who, index) {
            let list = Vec::new();
            instance.since = since;
            instance.waiting = Some(Waiting::Collect { step, due, list });
        }
        let instance = self.instance(who, index);
        let entry = instance.and_then(|i| match &i.journey.enter {
            Enter::On(entry) if entry.event == pattern.event => i.entry.clone(),
            _ => None,
        });
        if let Some(entry) = entry
            && self.fits(who, index, pattern, pattern.event, &entry)
            && self.add(who, index, entry)
        {
            self.close_list(who, index);
            return Ok(Next::Go);
        }
        Ok(Next::Wait)
    }

    /// Takes an event in; goes on when there are enough.
    pub(super) fn gather(&mut self, who: usize, index: usize, event: EventId, record: &Value) {
        let Some(instance) = self.instance(who, index).filter(|i| i.live) else {
            return;
        };
        let Some(Waiting::Collect { step, .. }) = instance.waiting else {
            return;
        };
        let StepKind::Collect { pattern, .. } = &step.kind else {
            return;
        };
        if self.fits(who, index, pattern, event, record) && self.add(who, index, record.clone()) {
            self.close_list(who, index);
            self.run(who, index, None);
        }
    }

    /// One more; true: there are enough.
    fn add(&mut self, who: usize, index: usize, record: Value) -> bool {
        let Some(instance) = self.instance_mut(who, index) else {
            return false;
        };
        let Some(Waiting::Collect { step, list, .. }) = &mut instance.waiting else {
            return false;
        };
        list.push(record);
        matches!(&step.kind, StepKind::Collect { most, .. } if list.len() >= *most as usize)
    }

    fn close_list(&mut self, who: usize, index: usize) {
        let waiting = self.instance_mut(who, index).and_then(|i| i.waiting.take());
        if let Some(Waiting::Collect { step, list, .. }) = waiting {
            self.keep_list(who, index, step, list);
        }
    }

    fn keep_list(&mut self, who: usize, index: usize, step: &Step, list: Vec<Value>) {
        if let StepKind::Collect { into, .. } = &step.kind {
            self.set_local(who, index, into.0, Value::List(list));
        }
    }

    /// Its time is over.
    pub(super) fn collected(&mut self, who: usize, index: usize, step: &Step, list: Vec<Value>) {
        self.keep_list(who, index, step, list);
        self.run(who, index, None);
    }
}
