//! A person of the older version → the same of the newer one.

use super::instances::Way;
use super::names::Names;
use super::values::Carry;
use crate::engine::identity::blank;
use crate::engine::index::number;
use crate::state::{
    InstanceRank, Moment, OfferPlace, OfferState, Person, Resting, Sent, Showing, ShownSend,
};
use journey_program::plan::{EnterPlan, Program};
use journey_program::record;
use journey_program::types::{JourneyId, Type};

impl Carry<'_> {
    /// With the instances that the newer version leads on.
    pub(super) fn person(&self, old: Person) -> (Person, Vec<(InstanceRank, Way)>) {
        let mut ways = Vec::new();
        let blank = blank(
            self.new_program,
            old.id.clone(),
            old.no,
            (old.seen, old.born.clone()),
        );
        if old.united.is_some() || old.erased {
            // nothing is asked of them any more
            let gone = Person {
                block: Vec::new(),
                united: old.united,
                erased: old.erased,
                ..blank
            };
            return (gone, ways);
        }
        let mut new = Person {
            identifiers: self.ids(old.identifiers.clone()),
            ..blank
        };
        self.profile(&old, &mut new);
        self.said(&old, &mut new);
        self.asked(&old, &mut new);
        self.journeys(&old, &mut new);
        new.sends = old
            .sends
            .iter()
            .filter_map(|sent| self.sent(sent))
            .collect();
        new.offers = self.offers(old.offers);
        new.measured = old.measured;
        for (rank, instance) in old.instances {
            if let Some((rank, instance, way)) = self.instance(&rank, *instance) {
                ways.extend(way.map(|way| (rank.clone(), way)));
                new.instances.insert(rank, Box::new(instance));
            }
        }
        (new, ways)
    }

    /// Fields by their names; a new one has its default.
    fn profile(&self, old: &Person, new: &mut Person) {
        let of = |program: &Program| {
            let record = program.profile.record.index();
            let defs = program.records.get(record).map(|def| def.fields.clone());
            let slots = program
                .layouts
                .get(record)
                .map(|layout| layout.fields.clone());
            let defs = defs.unwrap_or_default().into_iter();
            defs.zip(slots.unwrap_or_default()).collect::<Vec<_>>()
        };
        let had = of(self.old_program);
        for (place, (def, slot)) in of(self.new_program).iter().enumerate() {
            let before = self.names.fields.iter().position(|to| *to == Some(place));
            let carried = before
                .and_then(|before| had.get(before))
                .is_some_and(|(from, at)| {
                    let to = (&mut new.block, 0, slot, &def.ty);
                    self.slot((&old.block, 0, at, &from.ty), to)
                });
            if let (false, Some(value)) = (carried, &def.default) {
                record::set_field(&self.new, &mut new.block, 0, slot, &def.ty, value);
            }
            if let (Some(before), Some(written)) = (before, new.written.get_mut(place)) {
                *written = old.written.get(before).copied().unwrap_or(*written);
            }
        }
    }

    /// Consent and what is muted.
    fn said(&self, old: &Person, new: &mut Person) {
        let (had, has) = (self.old_program, self.new_program);
        for (purpose, to) in self.names.purposes.iter().enumerate() {
            let Some(to) = *to else { continue };
            if let (Some(muted), Some(slot)) = (old.muted.get(purpose), new.muted.get_mut(to)) {
                *slot = *muted;
            }
            let byte = |plan: &Program, purpose: usize| plan.profile.muted + number(purpose);
            let muted = record::get_u8(&old.block, byte(had, purpose));
            record::put_u8(&mut new.block, byte(has, to), muted);
            for (channel, to_channel) in self.names.channels.iter().enumerate() {
                let Some(to_channel) = *to_channel else {
                    continue;
                };
                let from = purpose * had.channels.len() + channel;
                let to = to * has.channels.len() + to_channel;
                let said = record::get_u8(&old.block, had.profile.consent + number(from));
                record::put_u8(&mut new.block, has.profile.consent + number(to), said);
                if let (Some(at), Some(slot)) = (old.consented.get(from), new.consented.get_mut(to))
                {
                    *slot = *at;
                }
            }
        }
    }

    /// Histories and audiences.
    fn asked(&self, old: &Person, new: &mut Person) {
        for (history, to) in old.histories.iter().zip(&self.names.histories) {
            if let Some(slot) = to.and_then(|to| new.histories.get_mut(to)) {
                slot.clone_from(history);
                slot.change = history.change.map(|_| Moment::ALWAYS);
            }
        }
        new.histories_change = Moment::ALWAYS;
        let bit = |program: &Program, audience: usize| {
            let bit = u8::try_from(audience % 8).unwrap_or(0);
            (program.profile.audiences + number(audience / 8), bit)
        };
        for (audience, to) in self.names.audiences.iter().enumerate() {
            let Some(to) = *to else { continue };
            let (byte, place) = bit(self.old_program, audience);
            let inside = record::get_bit(&old.block, byte, place);
            let (byte, place) = bit(self.new_program, to);
            record::put_bit(&mut new.block, byte, place, inside);
            if let (Some(since), Some(slot)) = (old.since.get(audience), new.since.get_mut(to)) {
                *slot = *since;
            }
        }
    }

    /// What is remembered of journeys: entries, pending ones, arms of splits.
    fn journeys(&self, old: &Person, new: &mut Person) {
        for ((journey, key), entries) in &old.entries {
            let Some(to) = self.names.journey(*journey) else {
                continue;
            };
            let key = match key {
                None => None,
                Some(key) => match self.scalar(
                    key,
                    self.key_of(self.old_program, *journey),
                    self.key_of(self.new_program, to),
                ) {
                    Some(key) => Some(key),
                    None => continue,
                },
            };
            new.entries.insert((to, key), entries.clone());
        }
        for (journey, schedule) in &old.schedules {
            if let Some(to) = self.names.journey(*journey)
                && self.is_entered(to)
                && self.enters_alike(*journey, to)
            {
                new.schedules.insert(to, *schedule);
            }
        }
        for (journey, day) in &old.met_days {
            if let Some(to) = self.names.journey(*journey) {
                new.met_days.insert(to, *day);
            }
        }
        // what those of older versions have drawn first: the newest one's word takes its place
        let is_newest = |journey: &JourneyId| {
            let plan = self.old_program.journeys.get(journey.index());
            plan.is_some_and(|plan| plan.version.is_none())
        };
        let mut splits: Vec<_> = old.splits.iter().collect();
        splits.sort_by_key(|((journey, _), _)| is_newest(journey));
        for ((journey, split), arm) in splits {
            let both = [self.names.journey(*journey), self.names.instance(*journey)];
            for to in both.into_iter().flatten() {
                if let Some((split, arm)) = self.arm(*journey, *split, *arm, to) {
                    new.splits.insert((to, split), arm);
                }
            }
        }
    }

    pub(super) fn key_of<'p>(&self, program: &'p Program, journey: JourneyId) -> Option<&'p Type> {
        program.journeys.get(journey.index())?.key.as_ref()
    }

    /// What is kept for those who are in is entered by nobody.
    fn is_entered(&self, journey: JourneyId) -> bool {
        let plan = self.new_program.journeys.get(journey.index());
        plan.is_some_and(|plan| plan.version.is_none())
    }

    /// Whether a pending entry is still what it was.
    fn enters_alike(&self, old: JourneyId, new: JourneyId) -> bool {
        let enter = |program: &'_ Program, id: JourneyId| {
            program
                .journeys
                .get(id.index())
                .map(|plan| plan.enter.clone())
        };
        match (enter(self.old_program, old), enter(self.new_program, new)) {
            (
                Some(EnterPlan::When {
                    audience,
                    leaving,
                    stay,
                    ..
                }),
                Some(EnterPlan::When {
                    audience: to,
                    leaving: leaves,
                    stay: stays,
                    ..
                }),
            ) => self.names.audience(audience) == Some(to) && leaving == leaves && stay == stays,
            (
                Some(EnterPlan::Every { weekday, clock, .. }),
                Some(EnterPlan::Every {
                    weekday: day,
                    clock: at,
                    ..
                }),
            ) => weekday == day && clock == at,
            (
                Some(EnterPlan::Yearly { field, clock, .. }),
                Some(EnterPlan::Yearly {
                    field: to,
                    clock: at,
                    ..
                }),
            ) => Names::number(&self.names.fields, field) == Some(to) && clock == at,
            _ => false,
        }
    }

    fn arm(&self, journey: JourneyId, split: u32, arm: u32, to: JourneyId) -> Option<(u32, u32)> {
        let place = |number: u32| usize::try_from(number).ok();
        let old = self.old_program.journeys.get(journey.index())?;
        let old = old.splits.get(place(split)?)?;
        let (name, _) = old.arms.get(place(arm)?)?;
        let splits = &self.new_program.journeys.get(to.index())?.splits;
        let split = splits.iter().position(|new| new.name == old.name)?;
        let arms = &splits.get(split)?.arms;
        let arm = arms.iter().position(|(new, _)| new == name)?;
        Some((number(split), number(arm)))
    }

    fn sent(&self, sent: &Sent) -> Option<Sent> {
        Some(Sent {
            channel: self.names.channel(sent.channel)?,
            purpose: self.names.purpose(sent.purpose)?,
            message: Names::number(&self.names.messages, sent.message).unwrap_or(u32::MAX),
            ..*sent
        })
    }

    fn offers(&self, old: OfferState) -> OfferState {
        let names = self.names;
        let places = old.places.iter().filter_map(|place| {
            let offer = names.offer(place.offer)?;
            Some(OfferPlace { offer, ..*place })
        });
        let rests = old.rests.into_iter().filter_map(|((whose, rule), rest)| {
            let whose = match whose {
                Resting::Group(id) => Resting::Group(names.group(id)?),
                Resting::Offer(id) => Resting::Offer(names.offer(id)?),
            };
            Some(((whose, rule), rest))
        });
        let showings = old.showings.into_iter().filter_map(|showing| {
            Some(Showing {
                decision: names.decision(showing.decision)?,
                offer: names.offer(showing.offer)?,
                ..showing
            })
        });
        let sends = old.sends.into_iter().filter_map(|send| {
            Some(ShownSend {
                decision: names.decision(send.decision)?,
                offer: names.offer(send.offer)?,
                ..send
            })
        });
        let asked = old.asked.into_iter();
        OfferState {
            places: places.collect(),
            rests: rests.collect(),
            showings: showings.collect(),
            sends: sends.collect(),
            asked: asked
                .filter_map(|(decision, count)| Some((names.decision(decision)?, count)))
                .collect(),
        }
    }
}
