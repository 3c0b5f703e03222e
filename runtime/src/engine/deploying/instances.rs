//! An instance goes on in the newer version: in the journey that it was in, if that is what it was; else in what is
//! kept of the older one. Steps have the same numbers in both, so that only names and places of bytes change.

use super::values::Carry;
use crate::engine::index::number;
use crate::state::{Decided, Few, Instance, InstanceRank, Made, Place, RecallState};
use journey_program::plan::{JourneyPlan, MigrationTo};
use journey_program::record;
use journey_program::types::{RecordId, StepId, Value};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How an instance of an older version goes on in the newer one.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Way {
    /// None: as it is, it takes no step any more
    pub(in crate::engine) to: Option<MigrationTo>,
    /// it waits since then
    pub(in crate::engine) since: Option<i64>,
}

impl Carry<'_> {
    /// None: the newer version has nowhere to go on.
    pub(super) fn instance(
        &self,
        rank: &InstanceRank,
        old: Instance,
    ) -> Option<(InstanceRank, Instance, Option<Way>)> {
        let to = self.names.instance(old.journey)?;
        let from = self.old_program.journeys.get(old.journey.index())?;
        let plan = self.new_program.journeys.get(to.index())?;
        let way = self.way(&old, from, plan);
        let old = match way {
            Some(_) => self.renumbered(old, from, plan),
            None => old,
        };
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
        recalls.truncate(if way.is_some() { 0 } else { recalls.len() });
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
        Some((rank, instance, way))
    }

    /// How it goes on, where the newer version says so.
    fn way(&self, old: &Instance, from: &JourneyPlan, to: &JourneyPlan) -> Option<Way> {
        if from.version.is_some() || to.version.is_some() {
            return None;
        }
        let mut ways = to.migrations.iter();
        let way = ways.find(|way| way.from == self.old_program.version)?;
        let (step, since) = match &old.place {
            Place::Waiting(waiting) => {
                let wait = from.waits.get(usize::try_from(waiting.wait).ok()?)?;
                (wait.step, Some(waiting.since))
            }
            Place::Holding { send, .. }
            | Place::Gathering { send, .. }
            | Place::Held { send, .. } => {
                (from.sends.get(usize::try_from(*send).ok()?)?.step, None)
            }
            Place::Moving => return Some(Way::default()),
        };
        let stands = |place: &&(String, u32)| place.1 == number(step.index());
        let (name, _) = from.places.iter().find(stands)?;
        let (_, to) = way.arms.iter().find(|(old, _)| old == name)?;
        Some(Way {
            to: Some(*to),
            since,
        })
    }

    /// What it remembers of steps, by their names: the newer version has other numbers.
    fn renumbered(&self, old: Instance, from: &JourneyPlan, to: &JourneyPlan) -> Instance {
        let name = |plan: &JourneyPlan, step: StepId| {
            plan.steps.get(step.index()).map(|step| step.name.clone())
        };
        let send = |number: u32| {
            let sent = from.sends.get(usize::try_from(number).ok()?)?;
            let named = name(from, sent.step)?;
            let mut sends = (0u32..).zip(&to.sends);
            let (number, _) = sends.find(|(_, new)| name(to, new.step).as_ref() == Some(&named))?;
            Some(number)
        };
        let step = |number: u32| {
            let named = &from.steps.get(usize::try_from(number).ok()?)?.name;
            let mut steps = (0u32..).zip(&to.steps);
            Some(steps.find(|(_, new)| new.name == *named)?.0)
        };
        let sends = old.sends.iter();
        let sends = sends.filter_map(|(n, key, at)| Some((send(*n)?, key.clone(), *at)));
        let made = old.made.iter().filter_map(|(at, made)| {
            let send = send(made.send)?;
            Some((
                step(*at)?,
                Made {
                    send,
                    ..made.clone()
                },
            ))
        });
        let attempts = old.attempts.iter();
        let attempts = attempts.filter_map(|(at, count)| Some((step(*at)?, *count)));
        Instance {
            sends: sends.collect(),
            made: made.collect(),
            attempts: attempts.collect(),
            place: Place::Moving,
            gathered: Vec::new(),
            clock_days: Few::new(),
            combined: None,
            sending: None,
            while_due: None,
            ..old
        }
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
        } else {
            for (name, to, due) in &has.locals {
                let before = had.locals.iter().find(|(old, ..)| old == name);
                if let Some((_, slot, ty)) = before {
                    self.slot((&old.block, 0, slot, ty), (&mut block, 0, to, due));
                }
            }
            return block;
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
    let (had, has) = (&from.instance.locals, &to.instance.locals);
    let alike = had.len() == has.len() && had.iter().zip(has).all(|(a, b)| a.0 == b.0);
    let had = had.iter().enumerate();
    had.filter_map(|(place, (name, old, _))| {
        let new = if alike {
            has.get(place)
        } else {
            has.iter().find(|(new, ..)| new == name)
        };
        Some((old.offset, new?.1.offset))
    })
    .collect()
}
