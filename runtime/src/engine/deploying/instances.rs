//! An instance goes on in the newer version: in the journey that it was in, if that is what it was; else in what is
//! kept of the older one. Steps have the same numbers in both, so that only names and places of bytes change.

use super::values::Carry;
use crate::state::{Decided, Instance, InstanceRank, Made, RecallState};
use journey_program::plan::JourneyPlan;
use journey_program::record;
use journey_program::types::{RecordId, Value};
use std::cmp::Reverse;
use std::collections::BTreeMap;

impl Carry<'_> {
    /// None: the newer version has nowhere to go on.
    pub(super) fn instance(
        &self,
        rank: &InstanceRank,
        old: Instance,
    ) -> Option<(InstanceRank, Instance)> {
        let to = self.names.instance(old.journey)?;
        let from = self.old_program.journeys.get(old.journey.index())?;
        let plan = self.new_program.journeys.get(to.index())?;
        let key = match &old.key {
            None => None,
            Some(key) => Some(self.scalar(key, from.key.as_ref(), plan.key.as_ref())?),
        };
        let rank = InstanceRank {
            priority: Reverse(plan.priority),
            journey: self.index.rank(to),
            key: key.clone(),
            no: rank.no,
        };
        let block = self.variables(&old, from, plan);
        let offsets = offsets(from, plan);
        let decided = old.decided.iter().filter_map(|(offset, decided)| {
            let decided = Decided {
                decision: self.names.decision(decided.decision)?,
                offer: self.names.offer(decided.offer)?,
                ..*decided
            };
            Some((*offsets.get(offset)?, decided))
        });
        let made = old.made.iter().filter_map(|(step, made)| {
            let channel = self.names.channel(made.channel)?;
            Some((
                *step,
                Made {
                    channel,
                    ..made.clone()
                },
            ))
        });
        let (decided, made) = (decided.collect(), made.collect());
        let mut recalls = old.recalls.clone();
        recalls.resize(plan.recalls.len(), RecallState::default());
        let gathered = old.gathered.iter();
        let gathered = gathered.filter_map(|value| self.gathered(value)).collect();
        let instance = Instance {
            journey: to,
            key,
            block,
            decided,
            made,
            recalls,
            gathered,
            ..old
        };
        Some((rank, instance))
    }

    /// The entry event, the variables, and what lies beside them.
    fn variables(&self, old: &Instance, from: &JourneyPlan, to: &JourneyPlan) -> Vec<u8> {
        let (had, has) = (&from.instance, &to.instance);
        let mut block = vec![0; usize::try_from(has.size).unwrap_or(0)];
        if let (Some(at), Some(place)) = (had.entry, has.entry)
            && let Some((before, now)) = self.entries(from, to)
        {
            let values = record::read_record(&self.old, &old.block, at, before);
            if let Some(values) = self.record(before, &values, now) {
                record::write_record(&self.new, &mut block, place, now, &values);
            }
        }
        let names = |plan: &JourneyPlan| -> Vec<String> {
            plan.instance
                .locals
                .iter()
                .map(|(name, ..)| name.clone())
                .collect()
        };
        if names(from) == names(to) {
            for ((_, slot, ty), (_, to, due)) in had.locals.iter().zip(&has.locals) {
                self.slot((&old.block, 0, slot, ty), (&mut block, 0, to, due));
            }
        }
        if had.beside.len() == has.beside.len() {
            for ((slot, ty), (to, due)) in had.beside.iter().zip(&has.beside) {
                self.slot((&old.block, 0, slot, ty), (&mut block, 0, to, due));
            }
        }
        block
    }

    /// The records of both versions' entry events.
    fn entries(&self, from: &JourneyPlan, to: &JourneyPlan) -> Option<(RecordId, RecordId)> {
        use journey_program::plan::EnterPlan::On;
        let (
            On {
                pattern: before, ..
            },
            On { pattern: now, .. },
        ) = (&from.enter, &to.enter)
        else {
            return None;
        };
        let before = self.old_program.events.get(before.event.index())?.record;
        let now = self.new_program.events.get(now.event.index())?.record;
        Some((before, now))
    }

    /// An event in a list that a `collect` at hand fills.
    fn gathered(&self, value: &Value) -> Option<Value> {
        let Value::Record(record, values) = value else {
            return None;
        };
        let of = |event: &journey_program::plan::EventPlan| event.record == *record;
        let event = self.old_program.events.iter().position(of)?;
        let event = self.names.events.get(event).copied().flatten()?;
        let to = self.new_program.events.get(event)?.record;
        Some(Value::Record(to, self.record(*record, values, to)?))
    }
}

/// Where each variable lies now, by where it lay.
fn offsets(from: &JourneyPlan, to: &JourneyPlan) -> BTreeMap<u32, u32> {
    let (had, has) = (from.instance.locals.iter(), to.instance.locals.iter());
    had.zip(has)
        .map(|((_, old, _), (_, new, _))| (old.offset, new.offset))
        .collect()
}
