//! Journeys of two people who are one: instances unite by journey and key. Where both sides are in the same one
//! the earlier goes on and the later ends as `merged`; so does one that has taken steps and falls into the
//! holdout now.

use super::*;
use crate::state::{Entries, Instance, InstanceRank, Place, Resting};

impl Instance {
    /// What it is due for.
    pub(in crate::engine) fn dues(&self) -> impl Iterator<Item = (TimerKind, i64)> {
        let place = match &self.place {
            Place::Waiting(waiting) => waiting.deadline.map(|due| (TimerKind::Wait, due)),
            Place::Holding { until, .. } => Some((TimerKind::Release, *until)),
            Place::Gathering { until, .. } => until.map(|until| (TimerKind::Release, until)),
            Place::Moving | Place::Held { .. } => None,
        };
        let edges = self.while_due.map(|due| (TimerKind::Edges, due));
        place.into_iter().chain(edges)
    }
}

impl Engine {
    pub(super) fn unite_instances(&mut self, to: PersonNo, gone: Person) {
        let moved: Vec<InstanceRank> = gone.instances.keys().cloned().collect();
        for (rank, instance) in gone.instances {
            for (kind, due) in instance.dues() {
                self.set_timer(to, kind, &rank, due);
            }
            self.put_instance(to, rank, instance);
        }
        let program = Arc::clone(&self.program);
        let Some(person) = self.person_mut(to) else {
            return;
        };
        person.faults.extend(gone.faults);
        for (split, arm) in gone.splits {
            person.splits.or_insert_with(split, || arm);
        }
        person.sends.extend(gone.sends);
        person.offers.unite(gone.offers);
        for ((whose, number), rest) in &mut person.offers.rests {
            let rules = match whose {
                Resting::Group(id) => program.groups.get(id.index()).map(|plan| &plan.rules),
                Resting::Offer(id) => program.offers.get(id.index()).map(|plan| &plan.rules),
            };
            if let Some(rule) = rules.and_then(|rules| rules.rests.get(*number as usize)) {
                rest.begin(rule.count, rule.length);
            }
        }
        for (of, theirs) in gone.entries {
            let ours = person.entries.or_default(of);
            *ours = Entries {
                count: ours.count.saturating_add(theirs.count),
                entered: ours.entered.max(theirs.entered),
                ended: ours.ended.max(theirs.ended),
                inside: ours.inside || theirs.inside,
            };
        }
        for rank in &moved {
            let treated = self.instance(to, rank).filter(|instance| {
                let plan = program.journeys.get(instance.journey.index());
                let out = plan.is_some_and(|plan| self.is_held_out(to, plan, instance.journey));
                instance.ended.is_none() && !instance.held_out && out
            });
            if treated.is_some() {
                self.end_merged(to, rank);
            }
        }
        for rank in self.doubled(to, &moved) {
            self.end_merged(to, &rank);
        }
        self.unite_groups(to);
        self.count_inside(to);
    }

    /// Of two instances of one journey and key the one that began later; at one instant the other person's.
    fn doubled(&self, who: PersonNo, moved: &[InstanceRank]) -> Vec<InstanceRank> {
        let Some(person) = self.person(who) else {
            return Vec::new();
        };
        let live = |rank: &&InstanceRank| {
            let instance = person.instances.get(*rank);
            instance.is_some_and(|instance| instance.ended.is_none())
        };
        let began = |rank: &InstanceRank| {
            let entered = person.instances.get(rank).map(|instance| instance.entered);
            (entered, moved.contains(rank))
        };
        let all: Vec<&InstanceRank> = person.instances.keys().filter(live).collect();
        let mut later = Vec::new();
        for rank in &all {
            let same =
                |other: &&&InstanceRank| (other.journey, &other.key) == (rank.journey, &rank.key);
            if all
                .iter()
                .filter(same)
                .any(|other| began(other) < began(rank))
            {
                later.push((*rank).clone());
            }
        }
        later
    }

    /// It exits, and nothing more is expected of it.
    fn end_merged(&mut self, who: PersonNo, rank: &InstanceRank) {
        self.end_for_good(who, rank, "merged", "withdrawn");
    }

    /// An exit after which not even a goal is counted; `unsent`: why what is postponed is skipped.
    pub(in crate::engine) fn end_for_good(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        reason: &str,
        unsent: &'static str,
    ) {
        let Some(mut instance) = self.take_instance(who, rank) else {
            return;
        };
        let of = self.subject(&instance);
        let reason = reason.into();
        self.act(who, ActionKind::Exit { of, reason });
        self.withdraw_as(who, rank, &mut instance, unsent);
        self.take_all_back(who, &mut instance);
        self.mark_ended(who, rank, &mut instance);
    }

    /// Where somebody is now, once instances have come together and ended.
    fn count_inside(&mut self, who: PersonNo) {
        let index = &self.index;
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        let live = person.instances.values().filter(|i| i.ended.is_none());
        let live: Vec<_> = live
            .map(|i| (index.newest(i.journey), i.key.clone()))
            .collect();
        for (of, entries) in &mut person.entries {
            entries.inside = live.contains(of);
        }
    }
}
