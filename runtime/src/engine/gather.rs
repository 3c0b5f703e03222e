//! `collect`: a wait whose events become a list. The entry comes first if it matches; the wait is over at its
//! deadline, or as soon as there are enough.

use super::Engine;
use crate::state::{Instance, PersonNo, Taken};
use journey_program::plan::{CollectPlan, JourneyPlan, WaitPlan};
use journey_program::record;
use journey_program::types::Value;

impl Engine {
    /// Some: there are enough already, go on there.
    pub(super) fn begin_collect(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        wait: &WaitPlan,
        collect: &CollectPlan,
        instance: &mut Instance,
    ) -> Option<u32> {
        instance.gathered.clear();
        let entry = self.entry_event(plan, wait, collect, instance);
        if entry.is_some_and(|entry| self.gather(who, wait, collect, &entry, instance)) {
            self.gathered(collect, instance);
            return Some(wait.timeout);
        }
        None
    }

    /// The event that began the instance, as it came.
    fn entry_event(
        &self,
        plan: &JourneyPlan,
        wait: &WaitPlan,
        collect: &CollectPlan,
        instance: &Instance,
    ) -> Option<Taken> {
        let at = plan.instance.entry.filter(|_| collect.entry)?;
        let event = wait.arms.first()?.pattern.event;
        let record = self.program.events.get(event.index())?.record;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let values = record::read_record(&types, &instance.block, at, record);
        let block = record::write(&types, record, &values);
        Some(Taken {
            event,
            at: self.clock_ms(),
            place: 0,
            values,
            block,
            counted: true,
        })
    }

    /// Takes an event in if it matches. True: there are enough now.
    pub(super) fn gather(
        &mut self,
        who: PersonNo,
        wait: &WaitPlan,
        collect: &CollectPlan,
        event: &Taken,
        instance: &mut Instance,
    ) -> bool {
        let Some(arm) = wait.arms.first() else {
            return true;
        };
        if !self.matches(who, &arm.pattern, event, instance) {
            return false;
        }
        let record = self.program.events.get(event.event.index());
        let Some(record) = record.map(|plan| plan.record) else {
            return false;
        };
        let value = Value::Record(record, event.values.clone());
        instance.gathered.push(value);
        instance.gathered.len() >= collect.most as usize
    }

    /// The list becomes the instance's variable.
    pub(super) fn gathered(&self, collect: &CollectPlan, instance: &mut Instance) {
        let list = Value::List(std::mem::take(&mut instance.gathered));
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let (slot, ty) = (&collect.slot, &collect.ty);
        record::set_field(&types, &mut instance.block, 0, slot, ty, &list);
    }
}
